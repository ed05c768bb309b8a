/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Whether a thread that waits really sleeps, or looks again and again. */
#ifndef MPCC_TESTS_DOZING_H
#define MPCC_TESTS_DOZING_H

#include <stdio.h>

#include "crew.h"

/* How often the thread has given up the processor of its own will, by the kernel's count; -1 where
   the kernel does not say. */
static inline long naps_of(const sleeper_t *sleeper)
{
  char path[96], line[128];
  long count = -1;
  snprintf(path, sizeof(path), "/proc/%s/status", sleeper->proc);
  FILE *file = sleeper->proc[0] != '\0' ? fopen(path, "r") : NULL;
  while (file != NULL && fgets(line, sizeof(line), file) != NULL)
    (void)sscanf(line, "voluntary_ctxt_switches: %ld", &count);
  if (file != NULL)
    fclose(file);
  return count;
}

static inline bool it_is_later(void *arg)
{
  return crew_now_ms() >= *(uint64_t *)arg;
}

/* None of the sleepers wakes for 400 ms. */
static inline bool all_doze(const sleeper_t *const *sleepers, size_t count)
{
  uint64_t until_ms = crew_now_ms() + 400;
  long before[8], moves = 0;
  for (size_t i = 0; i < count; i++)
    before[i] = naps_of(sleepers[i]);
  if (!crew_await(it_is_later, &until_ms))
    return false;
  for (size_t i = 0; i < count; i++)
    moves += naps_of(sleepers[i]) != before[i];
  return moves == 0;
}

#endif
