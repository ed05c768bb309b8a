/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The usual push: an ordinary cell of a segment that was pushed into just before, an item of a
 * usual size, and nothing to tell anybody. Everything else goes on in intake.h.
 *
 * A push is a locked instruction, and what stands between two of those counts: on many processors
 * the second one waits until the stores behind the first have reached the cache. So
 *   - the segment's address is not looked up between claim and store. It was read before, from a
 *     hint, and is right if the claim is one in that segment. A segment's memory stays a segment's,
 *     so a stale hint may be read. Hints are the instance's: one in each slot would be another
 *     cache line for each;
 *   - the line that later pushes will store to is asked for in advance.
 * And what is not for every push is in quick.c: a call in here that another call follows would
 * make each push save registers. That hints stand first in the instance, that one subtraction says
 * whether a claim is in the hinted segment, and which cell it is, and that ready bytes stand at a
 * fixed place in a segment: all this saves instructions.
 */
#ifndef MPCC__QUICK_H
#define MPCC__QUICK_H

#include "claim.h"
#include "entrance.h"
#include "intake.h"

enum {
  MPCC__AHEAD = 256, /* bytes: a line is wanted this much later; more loses where slots are many */
  MPCC__HINT_AT = MPCC__STORES_SAMPLE /* the cell whose push gives the hint */
};

/* The cell that a claim has won is neither beyond the last but one, nor one that the loop wants to
 * hear of, and items have a usual size. False, too, if that takes a closer look. */
static inline bool mpcc__quick_is_usual(const struct mpcc__world *world, uint64_t index)
{
  /* pairs slot.phase: the cell was claimed before. */
  return index < atomic_load_explicit(&world->usual_end, memory_order_seq_cst);
}

/* Fill a cell that was claimed. */
static inline void mpcc__quick_fill(const struct mpcc__shelf *shelf, struct mpcc__segment *segment,
                                    size_t index, const void *item)
{
  unsigned char *cell = mpcc__segment_items(shelf, segment) + index * shelf->item_size;

  mpcc__prefetch_to_write(cell + MPCC__AHEAD);
  mpcc__item_copy_usual(cell, (const unsigned char *)item, shelf->item_size);
  /* pairs segment.ready: the loop that sees the byte sees the item. */
  atomic_store_explicit(&mpcc__segment_flags(segment)[index], 1, memory_order_release);
}

/* Go on with a claim that may not be usual, or whose segment is not where the hint said. 0, or a
 * code of mpcc__intake_push. */
int mpcc__quick_look_closer(struct mpcc__world *world, const void *item, uint32_t number,
                            uint64_t tail);

/* Claim a cell and fill it. 0, or a code of mpcc__intake_push. */
static inline int mpcc__quick_store(struct mpcc__world *world, const void *item, uint32_t number)
{
  struct mpcc__slot *slot = &world->slots[number];
  struct mpcc__segment *segment;
  uint64_t hinted, index;

  /* pairs world.hint: its first_cell. */
  segment = atomic_load_explicit(&world->hints[number % MPCC__HINTS], memory_order_acquire);
  hinted = segment->first_cell;
  index = mpcc__queue_claim(&slot->queue, 1) - hinted; /* beyond all, if it is another segment */
  if (!mpcc__quick_is_usual(world, index))
    return mpcc__quick_look_closer(world, item, number, hinted + index);
  mpcc__quick_fill(&world->pool.shelf, segment, (size_t)index, item);
  return 0;
}

/* The same in a bounded instance. */
int mpcc__quick_bounded(struct mpcc__world *world, const void *item, uint32_t number);

/* The same, but let the loop fill the cell, if the thread has a buffer (stores.h) with room. */
int mpcc__quick_buffer(struct mpcc__world *world, const void *item, uint32_t number);

/* Where slots are many: by way of the ingress (ingress.h), one item or more. */
int mpcc__quick_scattered_one(struct mpcc__world *world, const void *item, uint32_t number);
ptrdiff_t mpcc__quick_scattered(struct mpcc__world *world, const void *items, size_t count,
                                uint32_t number);

static inline bool mpcc__quick_is_scattered(const struct mpcc__world *world)
{
  /* pairs world.detour: see world.h. */
  return mpcc__entrance_is_for(atomic_load_explicit(&world->detour, memory_order_acquire));
}

/* Any thread. 0, or a code of mpcc__intake_push. */
static inline int mpcc__quick_push(struct mpcc__world *world, const void *item, uint32_t number)
{
  /* pairs world.detour: see world.h. */
  unsigned detour = atomic_load_explicit(&world->detour, memory_order_acquire);

  if (detour == 0)
    return mpcc__quick_store(world, item, number);
  if (detour == MPCC__DETOUR_ROOM)
    return mpcc__quick_bounded(world, item, number);
  if (detour == MPCC__DETOUR_SHARED)
    return mpcc__quick_buffer(world, item, number);
  if (mpcc__entrance_is_for(detour))
    return mpcc__quick_scattered_one(world, item, number);
  return mpcc__intake_push_one(world, &world->slots[number], item);
}

#endif
