/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Which slot is due next: a pairing heap (Fredman, Sedgewick, Sleator, Tarjan, "The Pairing
 * Heap: A New Form of Self-Adjusting Heap", Algorithmica 1, 1986) over nodes that live in the
 * slots. Exact, and it never allocates. Only the loop's thread uses it.
 *
 * Cost: set of an earlier or new time is constant, removal is logarithmic (amortised).
 */
#ifndef MPCC__DEADLINES_H
#define MPCC__DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MPCC__NO_DEADLINE UINT64_MAX

/* ${by_ms} after ${from_ms}, or the end of time. */
static inline uint64_t mpcc__later_ms(uint64_t from_ms, uint64_t by_ms)
{
  return by_ms > UINT64_MAX - from_ms ? UINT64_MAX : from_ms + by_ms;
}

/* The time of another look at something that takes nanoseconds, unless a thread is stopped
 * there. */
static inline uint64_t mpcc__soon_ms(uint64_t now_ms)
{
  return now_ms < MPCC__NO_DEADLINE - 1 ? now_ms + 1 : MPCC__NO_DEADLINE - 1;
}

struct mpcc__deadline {
  uint64_t time_ms;              /* MPCC__NO_DEADLINE: not in the heap */
  struct mpcc__deadline *child;  /* first child */
  struct mpcc__deadline *next;   /* next sibling */
  struct mpcc__deadline *back;   /* previous sibling, or the parent of the first child */
};

struct mpcc__deadlines {
  struct mpcc__deadline *first;
};

void mpcc__deadlines_init(struct mpcc__deadlines *deadlines);
void mpcc__deadline_init(struct mpcc__deadline *deadline);

/* Put, move or (MPCC__NO_DEADLINE) remove. */
void mpcc__deadlines_set(struct mpcc__deadlines *deadlines, struct mpcc__deadline *deadline,
                         uint64_t time_ms);

/* The earliest time, or MPCC__NO_DEADLINE. */
uint64_t mpcc__deadlines_next_ms(const struct mpcc__deadlines *deadlines);

/* Remove and return one whose time is not after ${now_ms}, earliest first; NULL if there is
 * none. */
struct mpcc__deadline *mpcc__deadlines_expire(struct mpcc__deadlines *deadlines, uint64_t now_ms);

#endif
