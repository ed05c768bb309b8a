/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "quick.h"

#include "thread.h"

/* The segment is not where the hint said, or nobody has looked. One that fills up becomes the hint,
 * once; where each slot gets a few items, hints would be written as often as read. */
static void fill(struct mpcc__world *world, const void *item, uint32_t number, uint64_t tail)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  struct mpcc__segment *segment = mpcc__segment_at(shelf, mpcc__tail_segment(tail));
  uint32_t index = mpcc__tail_index(tail);

  if (index == MPCC__HINT_AT) {
    /* pairs world.hint: its first_cell. */
    atomic_store_explicit(&world->hints[number % MPCC__HINTS], segment, memory_order_release);
    mpcc__segment_seen_by(segment, mpcc__platform_thread());
  }
  mpcc__quick_fill(shelf, segment, index, item);
}

/* Some slot has a phase (then each push into any comes here, for some 2 ns), or the cell is the
 * last one, or none. */
static bool is_usual_after_all(const struct mpcc__world *world, const struct mpcc__slot *slot,
                               uint32_t index)
{
  return world->usual && index + 1 < world->pool.shelf.cap &&
         /* pairs slot.phase: the cell was claimed before. */
         index + 1 != atomic_load_explicit(&slot->queue.phase, memory_order_seq_cst);
}

int mpcc__quick_look_closer(struct mpcc__world *world, const void *item, uint32_t number,
                            uint64_t tail)
{
  struct mpcc__slot *slot = &world->slots[number];
  uint32_t index = mpcc__tail_index(tail);

  if (!mpcc__quick_is_usual(world, index) && !is_usual_after_all(world, slot, index))
    return mpcc__intake_push_claimed(world, slot, tail, item);
  fill(world, item, number, tail);
  return 0;
}

int mpcc__quick_bounded(struct mpcc__world *world, const void *item, uint32_t number)
{
  if (mpcc__slot_take_room(&world->slots[number], 1) == 0)
    return mpcc__intake_push_one(world, &world->slots[number], item);
  return mpcc__quick_store(world, item, number);
}

int mpcc__quick_buffer(struct mpcc__world *world, const void *item, uint32_t number)
{
  struct mpcc__slot *slot = &world->slots[number];
  struct mpcc__rings *rings = &world->stores.rings;
  struct mpcc__ring *mine = mpcc__rings_of(rings, &world->source, mpcc__platform_thread());
  uint64_t tail;
  uint32_t index;

  if (mine != NULL && !mpcc__ring_has_room(mine))
    mine = mpcc__rings_grow(rings, &world->source, mine);
  if (mine == NULL)
    return mpcc__quick_store(world, item, number);
  tail = mpcc__queue_claim(&slot->queue, 1);
  index = mpcc__tail_index(tail);
  if (!mpcc__quick_is_usual(world, index) && !is_usual_after_all(world, slot, index))
    return mpcc__intake_push_claimed(world, slot, tail, item);
  mpcc__stores_put(mine, tail, item);
  return 0;
}

/* The ingress has closed before all were in: push the rest. How many are in then, or a code. */
static ptrdiff_t go_on(struct mpcc__world *world, const unsigned char *items, size_t count,
                       size_t done, uint32_t number)
{
  ptrdiff_t more = mpcc__intake_push(world, &world->slots[number],
                                     items + done * world->options.item_size, count - done);

  if (more >= 0)
    return (ptrdiff_t)done + more;
  return done != 0 ? (ptrdiff_t)done : more;
}

ptrdiff_t mpcc__quick_scattered(struct mpcc__world *world, const void *items, size_t count,
                                uint32_t number)
{
  int err;
  size_t done = mpcc__entrance_push(world, number, items, count, &err);

  if (done == count)
    return (ptrdiff_t)done;
  if (err == 0)
    return go_on(world, (const unsigned char *)items, count, done, number);
  mpcc__intake_count_rejected(&world->slots[number], count - done);
  return done != 0 ? (ptrdiff_t)done : err;
}

int mpcc__quick_scattered_one(struct mpcc__world *world, const void *item, uint32_t number)
{
  ptrdiff_t done = mpcc__quick_scattered(world, item, 1, number);

  return done > 0 ? 0 : (int)done;
}
