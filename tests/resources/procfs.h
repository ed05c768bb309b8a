/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What the system says this process holds, read from /proc. Where there is no such folder all
 * counts are 0, which does not grow: whoever needs more asks procfs_there().
 */
#ifndef MPCC_TESTS_PROCFS_H
#define MPCC_TESTS_PROCFS_H

#include <dirent.h>
#include <sys/types.h>

#include "../verdict.h"

#define PROCFS_TASKS 64

static inline bool procfs_there(void)
{
  return access("/proc/self/task", R_OK) == 0;
}

/* The entries of a folder, which are named by numbers. Returns how many there are. */
static inline size_t procfs_list(const char *folder, long *numbers, size_t room)
{
  DIR *dir = opendir(folder);
  struct dirent *entry;
  size_t count = 0;

  if (dir == NULL)
    return 0;
  while ((entry = readdir(dir)) != NULL) {
    if (entry->d_name[0] == '.')
      continue;
    if (count < room)
      numbers[count] = strtol(entry->d_name, NULL, 10);
    count++;
  }
  closedir(dir);
  return count;
}

static inline size_t procfs_descriptors(void)
{
  size_t count = procfs_list("/proc/self/fd", NULL, 0);

  /* One of them was opened to look. */
  return count > 0 ? count - 1 : 0;
}

static inline size_t procfs_threads(void)
{
  return procfs_list("/proc/self/task", NULL, 0);
}

/* The one thread that is there now and was not before. */
static inline long procfs_new_thread(const long *before, size_t before_count)
{
  long now[PROCFS_TASKS], found = 0;
  size_t count = procfs_list("/proc/self/task", now, PROCFS_TASKS);

  if (count > PROCFS_TASKS || count != before_count + 1)
    verdict_fail("%zu threads before the start, %zu after it", before_count, count);
  for (size_t i = 0; i < count; i++) {
    bool old = false;

    for (size_t j = 0; j < before_count; j++)
      old = old || now[i] == before[j];
    if (!old)
      found = now[i];
  }
  if (found == 0)
    verdict_fail("the library's thread was not found");
  return found;
}

/* What stands behind ${key} in a thread's status. */
static inline void procfs_status(long thread, const char *key, char *value, size_t room)
{
  char path[64], line[256];
  bool found = false;
  FILE *file;

  snprintf(path, sizeof path, "/proc/self/task/%ld/status", thread);
  file = fopen(path, "r");
  while (file != NULL && !found && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, key, strlen(key)) == 0) {
      snprintf(value, room, "%s", line + strlen(key) + strspn(line + strlen(key), "\t "));
      found = true;
    }
  if (!found)
    verdict_fail("%s has no %s", path, key);
  fclose(file);
}

static inline uint64_t procfs_switches(long thread, const char *key)
{
  char value[64];

  procfs_status(thread, key, value, sizeof value);
  return strtoull(value, NULL, 10);
}

/* Neither running nor waiting for a processor. */
static inline bool procfs_sleeps(long thread)
{
  char value[64];

  procfs_status(thread, "State:", value, sizeof value);
  return value[0] == 'S';
}

/* How long a thread has had a processor: in ns where the kernel tells, else in ticks. */
static inline uint64_t procfs_cpu(long thread)
{
  char path[64], line[1024];
  uint64_t user = 0, system = 0;
  const char *after_name;
  FILE *file;

  snprintf(path, sizeof path, "/proc/self/task/%ld/schedstat", thread);
  file = fopen(path, "r");
  if (file != NULL && fgets(line, sizeof line, file) != NULL) {
    fclose(file);
    return strtoull(line, NULL, 10);
  }
  if (file != NULL)
    fclose(file);
  snprintf(path, sizeof path, "/proc/self/task/%ld/stat", thread);
  file = fopen(path, "r");
  if (file == NULL || fgets(line, sizeof line, file) == NULL)
    verdict_fail("%s cannot be read", path);
  fclose(file);
  after_name = strrchr(line, ')');
  /* The fields behind the name, which may hold anything; the twelfth and thirteenth are wanted. */
  if (after_name == NULL ||
      sscanf(after_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
             &user, &system) != 2)
    verdict_fail("%s is not understood", path);
  return user + system;
}

#endif /* MPCC_TESTS_PROCFS_H */
