/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Threads that push at once. They are made anew for each round, join before the clock runs, and
 * begin together. The time is that from the first push of the first to the last of the last.
 */
#ifndef BENCH_PUSH_CREW_H
#define BENCH_PUSH_CREW_H

#include "burst.h"
#include "suite.h"

enum {
  CREW_MAX = 16,
  CREW_LOOK = 64,
  CREW_ROOM = 131071, /* a power of two less one, as some rings keep a cell free */
  /* Each may have pushed CREW_LOOK since it looked, and as many that others do not know of. */
  CREW_WINDOW = CREW_ROOM - 2 * CREW_MAX * CREW_LOOK
};

struct crew {
  struct suite *suite;
  const struct pusher *pusher;
  void *opened;
  size_t item_size;
  uint32_t threads;
  uint32_t slots;  /* each thread pushes into one, in turn */
  uint64_t each;   /* items that a thread pushes in a round */
  /* With flow control a thread looks every CREW_LOOK pushes, and waits while more than CREW_WINDOW
   * items have been pushed by all and not come out. NULL: none. */
  const struct sink *sink;
  _Atomic uint64_t pushed; /* the threads; by CREW_LOOK */
};

/* One round; nanoseconds. A push that is refused is tried again: only with flow control. */
uint64_t crew_push(struct crew *crew);

/* Sum of the first words of what a round pushes. */
static inline uint64_t crew_sum(const struct crew *crew)
{
  return crew->threads * burst_sum(1, crew->each);
}

#endif /* BENCH_PUSH_CREW_H */
