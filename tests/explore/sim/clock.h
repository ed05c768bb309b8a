/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Vector clocks. Each thread of an execution counts its own events; a clock says, for every
 * thread, up to which of its events something comes after.
 */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { SIM_THREADS = 12 };

struct sim_clock {
  uint32_t at[SIM_THREADS];
};

/* What a thread knows. */
struct sim_view {
  struct sim_clock known;  /* events that happen before what comes next */
  struct sim_clock fenced; /* what happens before a seq_cst fence that is before one in our past:
                              not synchronised with, but nothing older may be read */
  uint32_t fence;          /* when the last seq_cst fence in our past was, in their total order */
};

static inline bool sim_clock_knows(const struct sim_clock *clock, unsigned thread, uint32_t event)
{
  return event <= clock->at[thread];
}

static inline void sim_clock_join(struct sim_clock *clock, const struct sim_clock *other)
{
  for (int i = 0; i < SIM_THREADS; i++)
    clock->at[i] = clock->at[i] > other->at[i] ? clock->at[i] : other->at[i];
}

static inline void sim_view_join(struct sim_view *view, const struct sim_view *other)
{
  sim_clock_join(&view->known, &other->known);
  sim_clock_join(&view->fenced, &other->fenced);
  if (other->fence > view->fence)
    view->fence = other->fence;
}

#endif
