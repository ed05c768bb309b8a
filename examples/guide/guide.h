/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What the guide's programs share. Regions between "guide: <name>" and "guide: end" are what the
 * pages in docs/guide show, word for word; a test compares them.
 */
#ifndef GUIDE_H
#define GUIDE_H

#include <mpcc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void check(int err, const char *what)
{
  if (err == 0)
    return;
  fprintf(stderr, "%s: %s\n", what, mpcc_strerror(err));
  exit(1);
}

/* For what answers true or false, and for what must hold at the end. */
static inline void is_true(bool good, const char *what)
{
  if (good)
    return;
  fprintf(stderr, "this does not hold: %s\n", what);
  exit(1);
}

static inline void pause_ms(long ms)
{
  nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* Stops in peace: everything is delivered or dropped, and the books balance. */
static inline mpcc_stats_t drain(mpcc_t *mpcc)
{
  mpcc_stats_t stats;

  check(mpcc_complete(mpcc, MPCC_DRAIN, NULL, NULL), "complete");
  check(mpcc_wait(mpcc, MPCC_NO_TIMEOUT), "wait");
  check(mpcc_stats(mpcc, &stats), "stats");
  check(mpcc_destroy(mpcc), "destroy");
  is_true(stats.pushed == stats.delivered + stats.dropped, "each item has one fate");
  return stats;
}

#endif
