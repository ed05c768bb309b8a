/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The usual push: an ordinary cell of a segment that was pushed into just before, an item of a
 * usual size, and nothing to tell anybody. Everything else goes on in intake.h.
 *
 * A push is a locked instruction, and what stands between two of those counts: on many processors
 * the second one waits until the stores behind the first have reached the cache. So
 *   - the segment's address is not looked up between claim and store. It was read before, from a
 *     hint, and is right if its number is. A segment's memory stays a segment's, so a stale hint
 *     may be read. Hints are the instance's: one in each slot would be another cache line for each;
 *   - the line that later pushes will store to is asked for in advance.
 */
#ifndef MPCC__QUICK_H
#define MPCC__QUICK_H

#include "claim.h"
#include "intake.h"

enum {
  MPCC__AHEAD = 256, /* bytes: a line is wanted this much later; more loses where slots are many */
  MPCC__HINT_AT = 16 /* the cell whose push gives the hint */
};

/* Whether this push may go on by the usual way; what that takes has been taken. */
static inline bool mpcc__quick_may(struct mpcc__world *world, struct mpcc__slot *slot)
{
  /* pairs world.detour: see world.h. */
  unsigned detour = atomic_load_explicit(&world->detour, memory_order_acquire);

  if (detour == 0)
    return true;
  return detour == MPCC__DETOUR_ROOM && mpcc__slot_take_room(slot, 1) != 0;
}

/* The cell that a claim has won is neither beyond the last but one, nor one that the loop wants to
 * hear of, and items have a usual size. */
static inline bool mpcc__quick_is_usual(const struct mpcc__world *world,
                                        const struct mpcc__slot *slot, uint32_t index)
{
  /* pairs slot.phase: the cell was claimed before. */
  uint32_t phase = atomic_load_explicit(&slot->queue.phase, memory_order_seq_cst);

  return index + 1 < world->usual_cells && index + 1 != phase;
}

/* The segment of this cell, if it is not where the hint said. A segment that fills up becomes the
 * hint, once; where each slot gets a few items, hints would be written as often as read. */
static inline struct mpcc__segment *mpcc__quick_look_up(struct mpcc__world *world, uint32_t slot,
                                                        uint64_t tail)
{
  struct mpcc__segment *segment =
      mpcc__segment_at(&world->pool.shelf, mpcc__tail_segment(tail));

  if (mpcc__tail_index(tail) == MPCC__HINT_AT)
    /* pairs world.hint: its number. */
    atomic_store_explicit(&world->hints[slot % MPCC__HINTS], segment, memory_order_release);
  return segment;
}

/* Any thread. 0, or a code of mpcc__intake_push. */
static inline int mpcc__quick_push(struct mpcc__world *world, uint32_t number, const void *item)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  struct mpcc__slot *slot = &world->slots[number];
  struct mpcc__segment *segment;
  unsigned char *cell;
  uint32_t index, hinted;
  uint64_t tail;

  if (!mpcc__quick_may(world, slot))
    return mpcc__intake_push_one(world, slot, item);
  /* pairs world.hint: its number. */
  segment = atomic_load_explicit(&world->hints[number % MPCC__HINTS], memory_order_acquire);
  hinted = segment->number;
  tail = mpcc__queue_claim(&slot->queue, 1);
  index = mpcc__tail_index(tail);
  if (!mpcc__quick_is_usual(world, slot, index))
    return mpcc__intake_push_claimed(world, slot, tail, item);
  if (mpcc__tail_segment(tail) != hinted)
    segment = mpcc__quick_look_up(world, number, tail);
  cell = mpcc__segment_items(shelf, segment) + index * shelf->item_size;
  mpcc__prefetch_to_write(cell + MPCC__AHEAD);
  mpcc__item_copy_usual(cell, (const unsigned char *)item, shelf->item_size);
  /* pairs segment.ready: the loop that sees the byte sees the item. */
  atomic_store_explicit(&mpcc__segment_flags(shelf, segment)[index], 1, memory_order_release);
  return 0;
}

#endif
