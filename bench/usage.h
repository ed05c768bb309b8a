/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What the system has counted: processor time of the process, and context switches of threads,
 * which only Linux tells (in /proc).
 */
#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { USAGE_THREADS_MAX = 64 };

/* Some of this process's threads. */
struct usage_threads {
  size_t count;
  long ids[USAGE_THREADS_MAX];
};

struct usage_switches {
  uint64_t voluntary;
  uint64_t forced;
};

/* All threads together, user's and system's time. */
static inline uint64_t usage_cpu_ns(void)
{
  struct timespec time;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline bool usage_knows(const struct usage_threads *threads, long id)
{
  for (size_t i = 0; i < threads->count; i++) {
    if (threads->ids[i] == id)
      return true;
  }
  return false;
}

/* Those that are there now, but for ${others} (may be NULL). None where the system does not say. */
static inline struct usage_threads usage_threads(const struct usage_threads *others)
{
  struct usage_threads threads = {0};
  DIR *dir = opendir("/proc/self/task");
  struct dirent *entry;

  while (dir != NULL && (entry = readdir(dir)) != NULL) {
    const long id = strtol(entry->d_name, NULL, 10);

    if (id != 0 && (others == NULL || !usage_knows(others, id)) &&
        threads.count < USAGE_THREADS_MAX)
      threads.ids[threads.count++] = id;
  }
  if (dir != NULL)
    closedir(dir);
  return threads;
}

/* Since they began, summed up. */
static inline struct usage_switches usage_switches(const struct usage_threads *threads)
{
  static const char voluntary[] = "voluntary_ctxt_switches:";
  static const char forced[] = "nonvoluntary_ctxt_switches:";
  struct usage_switches switches = {0};

  for (size_t i = 0; i < threads->count; i++) {
    char path[64], line[256];
    FILE *file;

    snprintf(path, sizeof path, "/proc/self/task/%ld/status", threads->ids[i]);
    file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
      if (strncmp(line, voluntary, sizeof voluntary - 1) == 0)
        switches.voluntary += strtoull(line + sizeof voluntary - 1, NULL, 10);
      else if (strncmp(line, forced, sizeof forced - 1) == 0)
        switches.forced += strtoull(line + sizeof forced - 1, NULL, 10);
    }
    if (file != NULL)
      fclose(file);
  }
  return switches;
}

#endif /* BENCH_USAGE_H */
