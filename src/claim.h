/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Putting items into a slot's queue: claim cells, fill them, install a new segment where there are
 * none, and tell the loop what it must know. Any thread.
 *
 * Who tells the loop enters the gate before it publishes, because a loop that has everything
 * may finish, and go away under a late signal. Before the publication it can't finish, so the
 * gate is open.
 */
#ifndef MPCC__CLAIM_H
#define MPCC__CLAIM_H

#include "world.h"

/* A push under way. It enters the gate before it publishes a cell, if it has anything left to do
 * after that: until then its claim keeps the gate open, and after that the gate keeps the
 * instance. */
struct mpcc__push {
  struct mpcc__world *world;
  struct mpcc__slot *slot;
  bool inside;
  bool waited;       /* for its turn to use memory: goes before others */
  bool quiet;        /* who pushes sees to it that the loop looks at the ready list */
  uint64_t since_ms; /* the time of its items, by the instance's clock, or MPCC__NOW */
};

#define MPCC__NOW MPCC__UNSEEN /* without a clock: when the loop sees it */

/* While no claim of this push is unpublished. False if the loop has finished. */
static inline bool mpcc__push_try_enter(struct mpcc__push *push)
{
  if (!push->inside)
    push->inside = mpcc__gate_try_enter(&push->world->core->gate);
  return push->inside;
}

static inline void mpcc__push_leave(struct mpcc__push *push)
{
  if (push->inside)
    mpcc__gate_leave(&push->world->core->gate);
}

/* Whether the loop must be told that cells [index, index + count) are filled: the last one, or
 * the one with which a batch is full that began in the middle of a segment. They have been
 * claimed. */
static inline bool mpcc__claim_is_news(const struct mpcc__slot *slot, uint32_t cap, uint32_t index,
                                       uint32_t count)
{
  /* pairs slot.phase: the cells were claimed before. */
  uint32_t phase = atomic_load_explicit(&slot->queue.phase, memory_order_seq_cst);

  return index + count >= cap || (index < phase && phase <= index + count);
}

/* Put a slot on the list of those that want service, and signal if that is news; inside the
 * gate. */
void mpcc__claim_signal(struct mpcc__world *world, struct mpcc__slot *slot);

/**
 * Use a claim of ${want} cells, which has found ${tail}: how many items were put, 0 to claim
 * again, or MPCC_ECLOSED, MPCC_EFULL, MPCC_ENOMEM. ${last}: the push has nothing to do after these.
 */
ptrdiff_t mpcc__claim_use(struct mpcc__push *push, uint64_t tail, const void *items, uint32_t want,
                          bool last);

/**
 * Make the segment ${number}, the caller's own with ${count} items at its beginning, the last one
 * of the queue. False if the last one has free cells, or the queue is closed: the segment
 * is the caller's still. Inside the gate.
 */
bool mpcc__claim_adopt(struct mpcc__push *push, uint32_t number, uint32_t count);

/* Put items for which there is room: how many were put, and *err why not all. */
size_t mpcc__claim_put(struct mpcc__push *push, const unsigned char *items, size_t count,
                       int *err);

#endif
