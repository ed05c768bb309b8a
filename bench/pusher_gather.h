/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Items that come one by one are gathered into a batch: the sink gets them in a row, whatever they
 * were queued in.
 */
#ifndef BENCH_PUSHER_GATHER_H
#define BENCH_PUSHER_GATHER_H

#include "pusher.h"

struct gather {
  const struct pusher_job *job;
  size_t count, total;
  uint64_t items[PUSHER_BATCH * PUSHER_ITEM_MAX / sizeof(uint64_t)];
};

static inline void gather_begin(struct gather *gather, const struct pusher_job *job)
{
  gather->job = job;
  gather->count = 0;
  gather->total = 0;
}

/* Where the next item goes. */
static inline unsigned char *gather_place(struct gather *gather)
{
  return (unsigned char *)gather->items + gather->count * gather->job->item_size;
}

static inline void gather_flush(struct gather *gather)
{
  if (gather->count == 0)
    return;
  gather->job->sink(gather->items, gather->count, gather->job->state);
  gather->total += gather->count;
  gather->count = 0;
}

/* It is there. */
static inline void gather_next(struct gather *gather)
{
  if (++gather->count == PUSHER_BATCH)
    gather_flush(gather);
}

#endif /* BENCH_PUSHER_GATHER_H */
