/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include "check.h"
#include "front.h"
#include "hand_over.h"
#include "memory.h"
#include "outcome.h"
#include "waiters.h"
#include "weight.h"
#include "workers.h"

enum { LINGER_MS = 2 }; /* see dispatcher.h */

static uint32_t in_flight_count(const struct mpcc__slot *slot)
{
  /* relaxed: only the loop writes it. */
  return atomic_load_explicit(&slot->in_flight_count, memory_order_relaxed);
}

static void set_deadline(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t time_ms)
{
  mpcc__deadlines_set(&world->loop.deadlines, &slot->deadline, time_ms);
}

/* Again in a moment: a producer is in the middle of a push. */
static void look_soon(struct mpcc__world *world, struct mpcc__slot *slot)
{
  set_deadline(world, slot, mpcc__soon_ms(world->loop.now_ms));
}

static uint64_t waited_ms(const struct mpcc__world *world, const struct mpcc__slot *slot)
{
  uint64_t since = mpcc__front_since_ms(world, slot), now_ms = world->loop.now_ms;

  return now_ms > since ? now_ms - since : 0;
}

/* ${count} items are not queued any more. */
static void leave_queue(struct mpcc__world *world, struct mpcc__slot *slot, uint32_t count)
{
  if (world->loop.stopping != MPCC__RUNNING)
    world->loop.leftover -= count;
  if (world->options.capacity != 0)
    mpcc__waiters_give_room(world, slot, count);
}

/* -- The front of the queue ---------------------------------------------------------------- */

/* Why a front that grows would be due at this time; 0: it would not. */
static int due_at_this_time(struct mpcc__world *world, struct mpcc__slot *slot,
                            uint64_t deadline_ms)
{
  /* relaxed: the mark alone counts; a flush that is not seen yet has still to signal. */
  if (mpcc__slot_taken(slot) < atomic_load_explicit(&slot->flush_to, memory_order_relaxed))
    return MPCC_DUE_FLUSH;
  if (world->options.push_interval_ms == MPCC_NO_INTERVAL || world->loop.now_ms < deadline_ms)
    return 0;
  return MPCC_DUE_INTERVAL;
}

/* Why it is due in this pass; 0: it is not, but from *deadline_ms on. */
static int due_anyway(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t *deadline_ms)
{
  uint64_t interval_ms = world->options.push_interval_ms;
  int due;

  *deadline_ms = interval_ms == MPCC_NO_INTERVAL
                     ? MPCC__NO_DEADLINE
                     : mpcc__later_ms(mpcc__front_since_ms(world, slot), interval_ms);
  due = due_at_this_time(world, slot, *deadline_ms);
  if (due == 0 || mpcc__slot_taken(slot) < slot->cut)
    return due;
  *deadline_ms = world->loop.now_ms; /* callbacks of this pass have pushed it: the next one's */
  return 0;
}

/* Nothing is queued: make the queue idle, at once or after a while. False if an item came. */
static bool rest(struct mpcc__world *world, struct mpcc__slot *slot)
{
  uint64_t interval_ms = world->options.push_interval_ms, now_ms = world->loop.now_ms;
  bool at_once = world->outside.clock_ns == NULL || slot->end.head != 0 ||
                 mpcc__world_rationed(world) || !MPCC__TICKS;
  bool idle = slot->end.head == 0 && slot->end.bridge == 0;

  if (!idle && slot->linger_ms == 0)
    slot->linger_ms = mpcc__later_ms(now_ms, interval_ms < LINGER_MS ? interval_ms : LINGER_MS);
  if (!idle && !at_once && now_ms < slot->linger_ms) {
    set_deadline(world, slot, slot->linger_ms);
    return true;
  }
  slot->linger_ms = 0;
  set_deadline(world, slot, MPCC__NO_DEADLINE);
  return idle || mpcc__front_settle(world, slot);
}

/* Whether the front is for this pass. One that callbacks have filled up is for the next. */
static bool in_this_pass(struct mpcc__world *world, struct mpcc__slot *slot,
                         const struct mpcc__front *front)
{
  uint64_t taken = mpcc__slot_taken(slot), ignored;

  if (taken + front->count <= slot->cut)
    return true;
  if (front->full)
    return due_anyway(world, slot, &ignored) != 0;
  return taken < slot->cut;
}

static int why_due(const struct mpcc__world *world, const struct mpcc__slot *slot,
                   const struct mpcc__front *front)
{
  int sealed_for = mpcc__front_sealed_for(world, slot);

  if (front->full)
    return MPCC_DUE_FULL;
  return sealed_for != 0 ? sealed_for : MPCC_DUE_DRAIN;
}

/* Make the front, all of which is published, a batch and hand it over. False if that must wait. */
static bool serve_front(struct mpcc__world *world, struct mpcc__slot *slot,
                        const struct mpcc__front *front, int due)
{
  uint64_t waited = waited_ms(world, slot);
  struct mpcc__batch *batch = mpcc__front_take(world, slot, front);

  if (batch == NULL) { /* the batch that has the memory is done, or there is some again */
    set_deadline(world, slot, mpcc__later_ms(world->loop.now_ms, MPCC__MEMORY_MS));
    return false;
  }
  mpcc__pool_fetch(&world->pool, batch->segment.number);
  slot->linger_ms = 0;
  leave_queue(world, slot, front->count);
  batch->shown.due = due;
  batch->shown.waited_ms = waited;
  batch->tries = world->options.max_attempts;
  mpcc__outcome_enter(world, batch);
  mpcc__outcome_count(world, batch);
  mpcc__hand_over(world, batch);
  return true;
}

/* The front was discarded: drop of it what is published. */
static bool drop_front(struct mpcc__world *world, struct mpcc__slot *slot,
                       const struct mpcc__front *front, uint64_t discard_to)
{
  uint64_t taken = mpcc__slot_taken(slot), waited = waited_ms(world, slot);
  uint32_t most = front->rest, count, retired;
  const unsigned char *items;

  if (discard_to - taken < most)
    most = (uint32_t)(discard_to - taken);
  count = mpcc__front_items(world, slot, most, &items);
  if (count == 0) {
    look_soon(world, slot);
    return false;
  }
  if (world->options.weigh != NULL)
    mpcc__weight_drop(world, slot, items, count);
  retired = mpcc__front_skip(world, slot, count);
  leave_queue(world, slot, count);
  mpcc__outcome_drop_items(world, slot, items, count, waited);
  mpcc__memory_give(world, retired);
  mpcc__outcome_tell(world, slot);
  return true;
}

/* What callbacks have pushed and discarded in this pass is dropped in the next: a pass must end. */
static bool drop_in_this_pass(struct mpcc__world *world, struct mpcc__slot *slot,
                              const struct mpcc__front *front, uint64_t discard_to)
{
  if (slot->end.head == 0) {
    look_soon(world, slot); /* it is not linked yet */
    return false;
  }
  if (mpcc__slot_taken(slot) < slot->cut)
    return drop_front(world, slot, front, discard_to < slot->cut ? discard_to : slot->cut);
  set_deadline(world, slot, world->loop.now_ms);
  return false;
}

/* A front that grows: seal it if it is due, or take it if it is not one segment. */
static bool serve_growing(struct mpcc__world *world, struct mpcc__slot *slot,
                          const struct mpcc__front *front)
{
  uint64_t deadline_ms;
  int due = due_anyway(world, slot, &deadline_ms);

  if (due == 0) {
    set_deadline(world, slot, deadline_ms);
    return false;
  }
  if (front->head == MPCC__QUEUE_WHOLE)
    return serve_front(world, slot, front, due);
  mpcc__front_seal(world, slot, due);
  return true;
}

static bool serve_whole(struct mpcc__world *world, struct mpcc__slot *slot,
                        const struct mpcc__front *front)
{
  if (in_this_pass(world, slot, front))
    return serve_front(world, slot, front, why_due(world, slot, front));
  set_deadline(world, slot, world->loop.now_ms);
  return false;
}

/* Whether the slot was discarded since the last look; then what is in flight has been told. */
static bool obey_discard(struct mpcc__world *world, struct mpcc__slot *slot)
{
  uint64_t discard_to = mpcc__world_discard_to(world, slot);

  if (discard_to == slot->discarded || discard_to == UINT64_MAX)
    return false;
  slot->discarded = discard_to;
  mpcc__serve_condemn(world, slot, discard_to);
  return true;
}

/* A producer is in the middle of a push. If that takes longer than a moment, the items before its
 * own go without it, once they are due. */
static bool serve_stuck(struct mpcc__world *world, struct mpcc__slot *slot,
                        const struct mpcc__front *front)
{
  uint64_t now_ms = world->loop.now_ms, ignored;
  int due;

  if (slot->stuck_ms == MPCC__NO_DEADLINE)
    slot->stuck_ms = now_ms;
  look_soon(world, slot);
  if (front->count == 0 || slot->stuck_ms == now_ms)
    return false;
  due = mpcc__front_sealed_for(world, slot);
  if (due == 0)
    due = world->loop.stopping != MPCC__RUNNING ? MPCC_DUE_DRAIN
                                                : due_anyway(world, slot, &ignored);
  return due != 0 && serve_front(world, slot, front, due);
}

bool mpcc__serve_step(struct mpcc__world *world, struct mpcc__slot *slot)
{
  struct mpcc__front front;
  uint64_t discard_to;
  bool has_place;

  if (obey_discard(world, slot))
    return true; /* callbacks may have asked for more */
  has_place = in_flight_count(slot) < world->options.max_concurrency;
  front = mpcc__front_look(world, slot, has_place);
  if (front.state != MPCC__FRONT_STUCK)
    slot->stuck_ms = MPCC__NO_DEADLINE;
  if (front.state == MPCC__FRONT_EMPTY)
    return !rest(world, slot);
  discard_to = mpcc__world_discard_to(world, slot); /* after the look: see slot.flush */
  if (mpcc__slot_taken(slot) < discard_to)
    return drop_in_this_pass(world, slot, &front, discard_to);
  if (!has_place) {
    set_deadline(world, slot, MPCC__NO_DEADLINE);
    return false;
  }
  switch (front.state) {
  case MPCC__FRONT_STUCK:
    return serve_stuck(world, slot, &front);
  case MPCC__FRONT_GROWS:
    return serve_growing(world, slot, &front);
  default:
    return serve_whole(world, slot, &front);
  }
}

/* -- Stopping ------------------------------------------------------------------------------ */

void mpcc__serve_close(struct mpcc__world *world, struct mpcc__slot *slot)
{
  mpcc__front_close(world, slot);
  world->loop.leftover += mpcc__queue_ticket(&slot->queue, &world->pool.shelf);
  world->loop.leftover -= mpcc__slot_taken(slot);
}

void mpcc__serve_condemn(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t discard_to)
{
  struct mpcc__batch *batch, *next;

  for (batch = slot->oldest; batch != NULL; batch = next) {
    next = batch->next;
    if (batch->first >= discard_to)
      return; /* pushed after the call, as all behind */
    if (batch->waiting || mpcc__workers_withdraw(world, batch)) {
      mpcc__outcome_drop(world, batch);
    } else {
      mpcc__outcome_condemn(world, batch);
      (void)mpcc__hand_over_cancel(world, batch);
    }
  }
}

void mpcc__serve_abandon(struct mpcc__world *world, struct mpcc__slot *slot)
{
  struct mpcc__batch *batch, *last = slot->newest, *next;

  MPCC__CHECK(slot->end.head == 0 && slot->end.bridge == 0); /* no segment has two users */
  for (batch = slot->oldest; batch != NULL; batch = next) {
    next = batch != last ? batch->next : NULL;
    mpcc__outcome_abandon(world, batch);
  }
}
