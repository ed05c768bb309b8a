/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "claim.h"

#include "memory.h"
#include "thread.h"

enum { CLAIM_MAX = 65536 }; /* keeps claims beyond the end far from the segment number */

void mpcc__claim_signal(struct mpcc__world *world, struct mpcc__slot *slot)
{
  /* Without a clock a slot may be on the list quietly (see publish_new): then it must be said. */
  if (mpcc__ready_put(&world->ready, &slot->ready) || world->outside.clock_ns == NULL)
    mpcc__world_signal(world);
}

/* The same, for a push. */
static void signal_loop(struct mpcc__push *push)
{
  if (push->quiet)
    (void)mpcc__ready_put(&push->world->ready, &push->slot->ready);
  else
    mpcc__claim_signal(push->world, push->slot);
}

/* While a claim of this push is not published. */
static void enter(struct mpcc__push *push)
{
  if (!push->inside)
    mpcc__gate_enter(&push->world->core->gate);
  push->inside = true;
}

/* -- Claimed cells ------------------------------------------------------------------------- */

/* The segment gets items that have waited elsewhere. */
static void note_age(struct mpcc__segment *segment, uint64_t since_ms)
{
  /* relaxed: who pushes such items holds a lock; and the loop sees it with the items. */
  if (since_ms < atomic_load_explicit(&segment->older_ms, memory_order_relaxed))
    /* relaxed: as above. */
    atomic_store_explicit(&segment->older_ms, since_ms, memory_order_relaxed);
}

/* Fill cells of the tail segment, and tell the loop if it must know. */
static void publish(struct mpcc__push *push, uint64_t tail, const void *items, uint32_t count)
{
  const struct mpcc__shelf *shelf = &push->world->pool.shelf;
  struct mpcc__segment *segment = mpcc__segment_at(shelf, mpcc__tail_segment(tail));
  uint32_t index = mpcc__tail_index(tail);

  if (push->since_ms != MPCC__NOW)
    note_age(segment, push->since_ms);
  if (index + count == shelf->cap)
    mpcc__segment_seen_by(segment, mpcc__platform_thread());
  if (!mpcc__claim_is_news(push->slot, shelf->cap, index, count)) {
    mpcc__segment_fill(shelf, segment, index, items, count);
    return;
  }
  enter(push);
  mpcc__segment_fill(shelf, segment, index, items, count);
  signal_loop(push);
}

/* Whether on_room is owed where memory was what was missing: the cells of this segment are room. */
static bool makes_room(const struct mpcc__push *push)
{
  /* pairs slot.room: the segment was installed before. */
  return mpcc__world_rationed(push->world) &&
         atomic_load_explicit(&push->slot->refused, memory_order_seq_cst);
}

/* Inside the gate: link a segment that was installed in place of ${seen}, and fill it, unless
 * ${items} is NULL: then it is full of them. */
static void publish_new(struct mpcc__push *push, uint64_t seen, uint32_t number, const void *items,
                        uint32_t count)
{
  struct mpcc__world *world = push->world;
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  uint64_t (*clock_ns)(void) = world->outside.clock_ns, stamp_ms = push->since_ms;

  if (clock_ns != NULL && stamp_ms == MPCC__NOW)
    stamp_ms = clock_ns() / 1000000;
  mpcc__queue_link(&push->slot->queue, shelf, seen, number, stamp_ms);
  if (items != NULL)
    mpcc__segment_fill(shelf, mpcc__segment_at(shelf, number), 0, items, count);
  if (mpcc__tail_segment(seen) == 0 || mpcc__claim_is_news(push->slot, shelf->cap, 0, count) ||
      makes_room(push))
    signal_loop(push);
  else if (clock_ns == NULL && mpcc__ready_put(&world->ready, &push->slot->ready) && !push->quiet)
    /* The next step is to stamp it. That would not need to wake anybody; but another push may have
     * found the slot queued before it was on the list, and woken a step that found nothing. */
    mpcc__world_signal(world);
}

/* -- No cell: a new segment ---------------------------------------------------------------- */

/* A segment, or 0 and why there is none: 0, MPCC_EFULL or MPCC_ENOMEM. A reserved pool has
 * enough for every item it may hold; if it is empty, other threads hold segments that they will
 * not use. */
static uint32_t take_segment(struct mpcc__push *push, int *err)
{
  struct mpcc__world *world = push->world;
  uint32_t number = 0;

  *err = 0;
  /* relaxed: only about whose turn it is; who waits is woken when memory comes back. */
  if (push->waited ||
      atomic_load_explicit(&world->hungry, memory_order_relaxed) < MPCC__HUNGRY_THREAD)
    number = mpcc__pool_take(&world->pool);
  else
    *err = MPCC_EFULL;
  if (number == 0 && mpcc__world_reserved(world))
    world->outside.yield();
  else if (number == 0 && *err == 0)
    *err = mpcc__memory_refusal(world);
  return number;
}

/* Inside the gate: install a segment with up to ${count} items: how many, 0 to claim again, or a
 * code. */
static ptrdiff_t grow(struct mpcc__push *push, const void *items, uint32_t count)
{
  struct mpcc__world *world = push->world;
  struct mpcc__queue *queue = &push->slot->queue;
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  uint64_t seen = mpcc__queue_refuse(queue, shelf);
  uint32_t number = 0;
  int err = 0;

  while (mpcc__tail_index(seen) >= shelf->cap) {
    if (mpcc__tail_closed(seen)) {
      if (mpcc__world_closed(world))
        err = MPCC_ECLOSED;
      else
        world->outside.yield(); /* the instance is just being opened, or a drain in IDLE undone */
      break;
    }
    if (number == 0) {
      number = take_segment(push, &err);
      if (number != 0)
        mpcc__segment_sign(mpcc__segment_at(shelf, number), mpcc__platform_thread());
    }
    if (err != 0)
      break;
    if (number != 0 && mpcc__queue_install(queue, shelf, seen, number, count)) {
      publish_new(push, seen, number, items, count);
      return (ptrdiff_t)count;
    }
    seen = mpcc__queue_refuse(queue, shelf);
  }
  mpcc__memory_give(world, number);
  return err;
}

bool mpcc__claim_adopt(struct mpcc__push *push, uint32_t number, uint32_t count)
{
  const struct mpcc__shelf *shelf = &push->world->pool.shelf;
  struct mpcc__queue *queue = &push->slot->queue;
  struct mpcc__segment *segment = mpcc__segment_at(shelf, number);
  void *flags = (void *)mpcc__segment_flags(segment);
  uint64_t seen = mpcc__queue_refuse(queue, shelf);

  mpcc__segment_sign(segment, mpcc__platform_thread());
  while (mpcc__tail_index(seen) >= shelf->cap && !mpcc__tail_closed(seen)) {
    memset(flags, 1, count);
    if (mpcc__queue_install(queue, shelf, seen, number, count)) {
      publish_new(push, seen, number, NULL, count);
      return true;
    }
    memset(flags, 0, count);
    seen = mpcc__queue_refuse(queue, shelf);
  }
  return false;
}

ptrdiff_t mpcc__claim_use(struct mpcc__push *push, uint64_t tail, const void *items, uint32_t want,
                           bool last)
{
  uint32_t cap = push->world->pool.shelf.cap, index = mpcc__tail_index(tail), got;

  if (index >= cap)
    return mpcc__push_try_enter(push) ? grow(push, items, want) : MPCC_ECLOSED;
  got = want < cap - index ? want : cap - index;
  if (got < want || !last)
    enter(push);
  publish(push, tail, items, got);
  return (ptrdiff_t)got;
}

size_t mpcc__claim_put(struct mpcc__push *push, const unsigned char *items, size_t count, int *err)
{
  const struct mpcc__shelf *shelf = &push->world->pool.shelf;
  size_t most = shelf->cap < CLAIM_MAX ? shelf->cap : CLAIM_MAX, done = 0;

  while (done < count) {
    uint32_t want = (uint32_t)(count - done < most ? count - done : most);
    uint64_t tail = mpcc__queue_claim(&push->slot->queue, want);
    ptrdiff_t got = mpcc__claim_use(push, tail, items + done * shelf->item_size, want,
                              done + want == count);

    if (got < 0) {
      *err = (int)got;
      break;
    }
    done += (size_t)got;
  }
  return done;
}
