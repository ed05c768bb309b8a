/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Which slots have series of their own, so that an instance with 100,000 slots has not 100,000 of
 * each. All others together are slot="other". No counter ever goes back:
 *
 *   An instance with up to ${limit} slots shows each of them, as the library counts it.
 *   Else there are ${limit} places, for slots that have pushed 1/(2 * limit) of all items so far or
 *   more, the busiest first, once there are enough items to tell. A place is kept for ever: its
 *   series begins at 0 then, and what the slot had before stays in "other".
 *   "other" is the instance's total less what the shown slots show. The total is read first, so
 *   this is never too much while others push; when it seems less than last time, that is shown
 *   again.
 *
 * So the series of a counter add up to no more than the instance's, and to exactly that at rest.
 * Each collection looks for busy slots among LOOK of them, the next time among those that follow.
 */
#ifndef METRICS_SLOTS_H
#define METRICS_SLOTS_H

#include <mpcc.h>

/* What is told of a slot. */
enum {
  METRICS_SLOT_PUSHED,
  METRICS_SLOT_REJECTED,
  METRICS_SLOT_DELIVERED,
  METRICS_SLOT_DROPPED,
  METRICS_SLOT_BATCHES,
  METRICS_SLOT_PUMP_NS,
  METRICS_SLOT_COUNTERS,
  METRICS_SLOT_QUEUED = METRICS_SLOT_COUNTERS, /* from here on it may fall, too */
  METRICS_SLOT_IN_FLIGHT,
  METRICS_SLOT_VALUES
};

struct metrics_slot {
  uint32_t slot;
  uint64_t before[METRICS_SLOT_COUNTERS]; /* what it had when it got its place */
  uint64_t values[METRICS_SLOT_VALUES];   /* to show */
};

struct metrics_slots {
  const mpcc_t *mpcc;
  uint32_t slot_count;
  uint32_t next;               /* where to look for busy slots */
  unsigned limit, shown_count;
  struct metrics_slot *shown;  /* in the order in which they came */
  bool all;                    /* there is no "other" */
  uint64_t other[METRICS_SLOT_VALUES];
};

/* 0, or MPCC_ENOMEM. */
int metrics_slots_open(struct metrics_slots *slots, const mpcc_t *mpcc, unsigned limit);
void metrics_slots_close(struct metrics_slots *slots);

/* Read what is to be shown, when the instance's own numbers have just been read. One thread at a
 * time. */
void metrics_slots_read(struct metrics_slots *slots, const mpcc_stats_t *total);

#endif
