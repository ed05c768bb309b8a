/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The usual push: an ordinary cell of a segment that was pushed into just before, an item of a usual
 * size, and nothing to tell anybody. Everything else goes on in intake.h.
 *
 * A push is a locked instruction, and what stands between two of those counts: on many processors
 * the second one waits until the stores behind the first have reached the cache. So
 *   - the segment's address is not looked up between claim and store. It was read before, from a
 *     hint of the instance's (not of the slot's: that would be another cache line for each slot), and
 *     is right if its number is. A segment's memory stays a segment's, so a stale hint may be read;
 *   - the line that later pushes will store to is asked for in advance.
 */
#ifndef MPCC__QUICK_H
#define MPCC__QUICK_H

#include "claim.h"
#include "intake.h"

enum { MPCC__AHEAD = 512 }; /* bytes; a line is wanted this much later */

/* Moves of 8 bytes, one after the other: see mpcc__item_copy. */
static inline bool mpcc__quick_size(size_t size)
{
  return size <= 32 && size % 8 == 0;
}

static inline void mpcc__quick_copy(unsigned char *to, const unsigned char *from, size_t size)
{
  size_t at = 0;

  do {
    uint64_t word;

    memcpy(&word, from + at, 8);
    memcpy(to + at, &word, 8);
    at += 8;
  } while (at < size);
}

/* Whether this push may go on by the usual way; what that takes has been taken. */
static inline bool mpcc__quick_may(struct mpcc__world *world, struct mpcc__slot *slot)
{
  /* pairs world.detour: see world.h. */
  unsigned detour = atomic_load_explicit(&world->detour, memory_order_acquire);

  if (detour == 0)
    return true;
  return detour == MPCC__DETOUR_ROOM && mpcc__slot_take_room(slot, 1) != 0;
}

/* Any thread. 0, or a code of mpcc__intake_push. */
static inline int mpcc__quick_push(struct mpcc__world *world, uint32_t number, const void *item)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  struct mpcc__slot *slot = &world->slots[number];
  struct mpcc__segment *hint;
  unsigned char *cell;
  uint32_t index, hinted;
  uint64_t tail;

  if (!mpcc__quick_may(world, slot)) {
    ptrdiff_t done = mpcc__intake_push(world, slot, item, 1);

    return done > 0 ? 0 : (int)done;
  }
  /* pairs world.hint: its number. */
  hint = atomic_load_explicit(&world->hints[number % MPCC__HINTS].segment, memory_order_acquire);
  hinted = hint->number;
  tail = mpcc__queue_claim(&slot->queue, 1);
  index = mpcc__tail_index(tail);
  if (mpcc__claim_is_news(slot, shelf->cap, index, 1))
    return mpcc__intake_push_news(world, slot, tail, item);
  if (mpcc__tail_segment(tail) != hinted || !mpcc__quick_size(shelf->item_size))
    return mpcc__intake_fill(world, number, tail, item);
  cell = mpcc__segment_items(shelf, hint) + index * shelf->item_size;
  mpcc__prefetch_to_write(cell + MPCC__AHEAD);
  mpcc__quick_copy(cell, (const unsigned char *)item, shelf->item_size);
  /* pairs segment.ready: the loop that sees the byte sees the item. */
  atomic_store_explicit(&mpcc__segment_flags(shelf, hint)[index], 1, memory_order_release);
  return 0;
}

#endif
