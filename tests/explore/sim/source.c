/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "source.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 4096 };

static struct sim_source sources[MOST];
static int count, resolved;

const struct sim_source *sim_source_of(const void *address)
{
  for (int i = 0; i < count; i++)
    if (sources[i].address == address)
      return sources[i].line != 0 ? &sources[i] : NULL;
  return NULL;
}

void sim_source_want(const void *address)
{
  if (address == NULL)
    return;
  for (int i = 0; i < count; i++)
    if (sources[i].address == address)
      return;
  if (count < MOST)
    sources[count++].address = address;
}

static void read_line(struct sim_source *source, const char *path)
{
  FILE *file = fopen(path, "r");
  char line[256] = "", *from = line;

  for (unsigned i = 0; file != NULL && i < source->line; i++)
    if (fgets(line, sizeof(line), file) == NULL)
      line[0] = '\0';
  if (file != NULL)
    fclose(file);
  from += strspn(from, " \t");
  from[strcspn(from, "\n")] = '\0';
  snprintf(source->text, sizeof(source->text), "%.99s", from);
}

/* "path:line", perhaps with more behind it. */
static void take_answer(struct sim_source *source, char *answer)
{
  char *colon = strrchr(answer, ':'), *slash;

  if (colon == NULL || strtoul(colon + 1, NULL, 10) == 0)
    return;
  *colon = '\0';
  source->line = (unsigned)strtoul(colon + 1, NULL, 10);
  slash = strrchr(answer, '/');
  snprintf(source->file, sizeof(source->file), "%.63s", slash != NULL ? slash + 1 : answer);
  read_line(source, answer);
}

/* The call is before the address it returns to. */
static char *make_command(char *command, size_t size, int until)
{
  char self[256] = "";
  ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
  size_t at;

  if (length <= 0)
    return NULL;
  at = (size_t)snprintf(command, size, "addr2line -e '%s'", self);
  for (int i = resolved; i < until && at < size; i++)
    at += (size_t)snprintf(command + at, size - at, " 0x%llx",
                           (unsigned long long)(uintptr_t)sources[i].address - 1);
  return command;
}

void sim_source_resolve(void)
{
  while (resolved < count) {
    int until = count - resolved > 256 ? resolved + 256 : count;
    char command[8192], answer[512];
    FILE *pipe = NULL;

    if (make_command(command, sizeof(command), until) != NULL)
      pipe = popen(command, "r");
    for (; resolved < until; resolved++)
      if (pipe != NULL && fgets(answer, sizeof(answer), pipe) != NULL)
        take_answer(&sources[resolved], answer);
    if (pipe != NULL)
      pclose(pipe);
  }
}
