/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "intake.h"

#include "waiters.h"

enum { CLAIM_MAX = 65536 }; /* keeps claims beyond the end far from the segment number */

void mpcc__intake_signal(struct mpcc__world *world, struct mpcc__slot *slot)
{
  /* Without a clock a slot may be on the list quietly (see publish_new): then it must be said. */
  if (mpcc__ready_put(&world->ready, &slot->ready) || world->outside.clock_ns == NULL)
    mpcc__world_signal(world);
}

static bool bounded(const struct mpcc__world *world)
{
  return world->options.capacity != 0;
}

/* A push under way. It enters the gate before it publishes a cell, if it has anything left to do
 * after that: until then its claim keeps the gate open, and after that the gate keeps the
 * instance. */
struct push {
  struct mpcc__world *world;
  struct mpcc__slot *slot;
  bool inside;
};

/* While a claim of this push is not published. */
static void enter(struct push *push)
{
  if (!push->inside)
    mpcc__gate_enter(&push->world->gate);
  push->inside = true;
}

/* At any other time. False if the loop has finished. */
static bool try_enter(struct push *push)
{
  if (!push->inside)
    push->inside = mpcc__gate_try_enter(&push->world->gate);
  return push->inside;
}

static void leave(struct push *push)
{
  if (push->inside)
    mpcc__gate_leave(&push->world->gate);
}

/* -- Claimed cells ------------------------------------------------------------------------- */

/* Fill cells of the tail segment; who fills the last one tells the loop. */
static void publish(struct push *push, uint64_t tail, const void *items, uint32_t count)
{
  const struct mpcc__shelf *shelf = &push->world->pool.shelf;
  struct mpcc__segment *segment = mpcc__segment_at(shelf, mpcc__tail_segment(tail));
  uint32_t index = mpcc__tail_index(tail);

  if (index + count < shelf->cap) {
    mpcc__segment_fill(shelf, segment, index, items, count);
    return;
  }
  enter(push);
  mpcc__segment_fill(shelf, segment, index, items, count);
  mpcc__intake_signal(push->world, push->slot);
}

/* Inside the gate: fill and link a segment that was installed in place of ${seen}. */
static void publish_new(struct push *push, uint64_t seen, uint32_t number, const void *items,
                        uint32_t count)
{
  struct mpcc__world *world = push->world;
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  uint64_t (*clock_ns)(void) = world->outside.clock_ns;

  mpcc__queue_link(&push->slot->queue, shelf, seen, number,
                   clock_ns != NULL ? clock_ns() / 1000000 : 0);
  mpcc__segment_fill(shelf, mpcc__segment_at(shelf, number), 0, items, count);
  if (mpcc__tail_segment(seen) == 0 || count == shelf->cap)
    mpcc__intake_signal(world, push->slot);
  else if (clock_ns == NULL)
    /* The next step is to stamp it; nobody needs to be woken for that. */
    (void)mpcc__ready_put(&world->ready, &push->slot->ready);
}

/* -- No cell: a new segment ---------------------------------------------------------------- */

/* A segment from the pool, or 0 when memory is refused. A bounded pool has enough for every item
 * it may hold; if it is empty, other threads hold segments that they will not use. */
static uint32_t take_segment(struct mpcc__world *world)
{
  uint32_t number = mpcc__pool_take(&world->pool);

  if (number == 0 && bounded(world))
    world->outside.yield();
  return number;
}

/* Inside the gate: install a segment with up to ${count} items: how many, 0 to claim again, or a
 * code. */
static ptrdiff_t grow(struct push *push, const void *items, uint32_t count)
{
  struct mpcc__world *world = push->world;
  struct mpcc__queue *queue = &push->slot->queue;
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  uint64_t seen = mpcc__queue_refuse(queue, shelf);
  uint32_t number = 0;
  ptrdiff_t result = 0;

  while (mpcc__tail_index(seen) >= shelf->cap) {
    if (mpcc__tail_closed(seen)) {
      if (mpcc__world_closed(world))
        result = MPCC_ECLOSED;
      else
        world->outside.yield(); /* the instance is just being opened, or a drain in IDLE undone */
      break;
    }
    if (number == 0)
      number = take_segment(world);
    if (number == 0 && !bounded(world)) {
      result = MPCC_ENOMEM;
      break;
    }
    if (number != 0 && mpcc__queue_install(queue, shelf, seen, number, count)) {
      publish_new(push, seen, number, items, count);
      return (ptrdiff_t)count;
    }
    seen = mpcc__queue_refuse(queue, shelf);
  }
  if (number != 0)
    mpcc__pool_give(&world->pool, number);
  return result;
}

/* Use a claim of ${want} cells, which has found ${tail}: how many items were taken, 0 to claim
 * again, or a code. ${last}: the push has nothing to do after these. */
static ptrdiff_t use_claim(struct push *push, uint64_t tail, const void *items, uint32_t want,
                           bool last)
{
  uint32_t cap = push->world->pool.shelf.cap, index = mpcc__tail_index(tail), got;

  if (index >= cap)
    return try_enter(push) ? grow(push, items, want) : MPCC_ECLOSED;
  got = want < cap - index ? want : cap - index;
  if (got < want || !last)
    enter(push);
  publish(push, tail, items, got);
  return (ptrdiff_t)got;
}

/* Items for which there is room: how many were taken, and *err why not all. */
static size_t put(struct push *push, const unsigned char *items, size_t count, int *err)
{
  const struct mpcc__shelf *shelf = &push->world->pool.shelf;
  size_t most = shelf->cap < CLAIM_MAX ? shelf->cap : CLAIM_MAX, done = 0;

  while (done < count) {
    uint32_t want = (uint32_t)(count - done < most ? count - done : most);
    uint64_t tail = mpcc__queue_claim(&push->slot->queue, want);
    ptrdiff_t got = use_claim(push, tail, items + done * shelf->item_size, want,
                              done + want == count);

    if (got < 0) {
      *err = (int)got;
      break;
    }
    done += (size_t)got;
  }
  return done;
}

/* -- Pushing ------------------------------------------------------------------------------- */

static void count_rejected(struct mpcc__slot *slot, uint64_t count)
{
  /* relaxed: a number for statistics. */
  atomic_fetch_add_explicit(&slot->rejected, count, memory_order_relaxed);
}

ptrdiff_t mpcc__intake_push(struct mpcc__world *world, struct mpcc__slot *slot, const void *items,
                            size_t count)
{
  struct push push = {world, slot, false};
  size_t room = count, done;
  int err = 0;

  if (mpcc__world_closed(world))
    return MPCC_ECLOSED;
  if (bounded(world)) {
    room = (size_t)mpcc__slot_take_room(slot, count);
    if (room < count) {
      count_rejected(slot, count - room);
      err = MPCC_EFULL;
    }
  }
  done = put(&push, (const unsigned char *)items, room, &err);
  if (done < room) {
    if (err == MPCC_ENOMEM)
      count_rejected(slot, room - done);
    if (bounded(world))
      mpcc__waiters_give_room(world, slot, room - done);
  }
  leave(&push);
  return done > 0 ? (ptrdiff_t)done : err;
}

/* Push one item for which there is room; a claim for it has found ${tail}. */
static int put_one(struct push *push, uint64_t tail, const void *item)
{
  ptrdiff_t got = use_claim(push, tail, item, 1, true);

  while (got == 0)
    got = use_claim(push, mpcc__queue_claim(&push->slot->queue, 1), item, 1, true);
  if (got > 0)
    return 0;
  if (bounded(push->world))
    mpcc__waiters_give_room(push->world, push->slot, 1);
  else if (got == MPCC_ENOMEM)
    count_rejected(push->slot, 1);
  return (int)got;
}

static int push_one_slowly(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t tail,
                           const void *item)
{
  struct push push = {world, slot, false};
  int err = put_one(&push, tail, item);

  leave(&push);
  return err;
}

int mpcc__intake_push_one(struct mpcc__world *world, struct mpcc__slot *slot, const void *item)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  uint64_t tail;

  if (mpcc__world_closed(world))
    return MPCC_ECLOSED;
  if (bounded(world) && mpcc__slot_take_room(slot, 1) == 0) {
    count_rejected(slot, 1);
    return MPCC_EFULL;
  }
  tail = mpcc__queue_claim(&slot->queue, 1);
  if (mpcc__tail_index(tail) + 1 >= shelf->cap)
    return push_one_slowly(world, slot, tail, item);
  /* The usual case: a cell that is not the last one, and nothing to tell anybody. */
  mpcc__segment_fill(shelf, mpcc__segment_at(shelf, mpcc__tail_segment(tail)),
                     mpcc__tail_index(tail), item, 1);
  return 0;
}

int mpcc__intake_push_wait(struct mpcc__world *world, struct mpcc__slot *slot, const void *item,
                           uint64_t timeout_ms)
{
  struct push push = {world, slot, false};
  int err = 0;

  if (mpcc__world_closed(world))
    return MPCC_ECLOSED;
  if (bounded(world) && !mpcc__waiters_try_room(slot)) {
    /* Inside the gate, so that a completion lets who waits go before it ends. */
    if (!try_enter(&push))
      return MPCC_ECLOSED;
    err = mpcc__waiters_wait_for_room(world, slot, timeout_ms);
  }
  if (err == 0)
    err = put_one(&push, mpcc__queue_claim(&slot->queue, 1), item);
  leave(&push);
  return err;
}

void mpcc__intake_flush(struct mpcc__world *world, struct mpcc__slot *slot)
{
  uint64_t ticket, before;

  /* An idle queue has given all it had to the loop, full or sealed: due already. */
  if (mpcc__queue_idle(&slot->queue))
    return;
  ticket = mpcc__queue_ticket(&slot->queue, &world->pool.shelf);
  /* relaxed: compared below. */
  before = atomic_load_explicit(&slot->flush_to, memory_order_relaxed);
  do {
    if (before >= ticket)
      break;
    /* pairs slot.flush: the signal that follows is for this cut. */
  } while (!atomic_compare_exchange_weak_explicit(&slot->flush_to, &before, ticket,
                                                  memory_order_release, memory_order_relaxed));
  mpcc__intake_signal(world, slot);
}
