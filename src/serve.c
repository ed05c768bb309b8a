/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include "batch.h"
#include "check.h"
#include "waiters.h"

enum { LINGER_MS = 2 }; /* see dispatcher.h */

static uint32_t in_flight_count(const struct mpcc__slot *slot)
{
  /* relaxed: only the loop writes it. */
  return atomic_load_explicit(&slot->in_flight_count, memory_order_relaxed);
}

static void count_in_flight(struct mpcc__slot *slot, int by)
{
  /* pairs slot.tally: see slot.h. */
  atomic_store_explicit(&slot->in_flight_count, in_flight_count(slot) + (uint32_t)by,
                        memory_order_release);
}

/* -- Segments and batches ------------------------------------------------------------------ */

static void give_segment(struct mpcc__world *world, uint32_t number)
{
  if (number != 0)
    mpcc__pool_give(&world->pool, number);
}

static void retire(struct mpcc__world *world, struct mpcc__slot *slot, struct mpcc__batch *batch)
{
  mpcc__batch_end(batch);
  mpcc__segment_poison(&world->pool.shelf, &batch->segment); /* also if it can't go back yet */
  if (mpcc__queue_retire(&slot->end, &world->pool.shelf, batch->segment.number))
    mpcc__pool_give(&world->pool, batch->segment.number);
}

/* The time from which the interval of a segment counts. */
static uint64_t since_ms(const struct mpcc__world *world, const struct mpcc__batch *batch)
{
  uint64_t stamp_ms = batch->segment.stamp_ms, start_ms = world->loop.start_ms;

  return stamp_ms > start_ms ? stamp_ms : start_ms;
}

static uint64_t waited_ms(const struct mpcc__world *world, const struct mpcc__batch *batch)
{
  uint64_t since = since_ms(world, batch), now_ms = world->loop.now_ms;

  return now_ms > since ? now_ms - since : 0;
}

/* Take the head, which is whole: its items are a batch now, and its room is free. */
static struct mpcc__batch *take_head(struct mpcc__world *world, struct mpcc__slot *slot,
                                     uint32_t count)
{
  struct mpcc__batch *batch = mpcc__batch_at(&world->pool.shelf, slot->end.head);

  if (slot->stamped == slot->end.head)
    slot->stamped = 0;
  mpcc__queue_take(&slot->end, &world->pool.shelf, count);
  slot->linger_ms = 0;
  if (world->loop.stopping != MPCC__RUNNING)
    world->loop.leftover -= count;
  mpcc__batch_fill(batch, world, mpcc__slot_number(world, slot), count, waited_ms(world, batch));
  if (world->options.capacity != 0)
    mpcc__waiters_give_room(world, slot, count);
  return batch;
}

static void drop(struct mpcc__world *world, struct mpcc__slot *slot, struct mpcc__batch *batch,
                 int reason)
{
  size_t count = batch->shown.count;

  if (world->options.on_drop != NULL)
    world->options.on_drop(&batch->shown, reason, world->loop.state);
  mpcc__tally_add(&slot->tally.dropped, count);
}

void mpcc__serve_settle(struct mpcc__world *world, struct mpcc__batch *batch)
{
  struct mpcc__slot *slot = &world->slots[batch->shown.slot];
  uint64_t ended_ns = batch->done_ns != 0 ? batch->done_ns : mpcc__world_measured_ns(world);
  uint64_t took_ns = ended_ns > batch->started_ns ? ended_ns - batch->started_ns : 0;

  mpcc__tally_add(&slot->tally.pump_ns_total, took_ns);
  mpcc__tally_max(&slot->tally.pump_ns_max, took_ns);
  if (batch->status == 0)
    mpcc__tally_add(&slot->tally.delivered, batch->shown.count);
  else
    drop(world, slot, batch, batch->status);
  mpcc__batch_unlist(&slot->in_flight, batch);
  count_in_flight(slot, -1);
  world->loop.in_flight--;
  retire(world, slot, batch);
}

static void hand_over(struct mpcc__world *world, struct mpcc__slot *slot,
                      struct mpcc__batch *batch, int due)
{
  uint64_t id;
  int status;

  mpcc__tally_add(&slot->tally.batches[0], 1);
  mpcc__tally_add(&slot->tally.batches[due], 1);
  mpcc__tally_max(&slot->tally.wait_ms_max, batch->shown.waited_ms);
  count_in_flight(slot, 1);
  world->loop.in_flight++;
  mpcc__batch_list(&slot->in_flight, batch);
  mpcc__batch_launch(batch, world->number_bits, due, mpcc__world_measured_ns(world));
  id = batch->shown.id;
  status = world->loop.pump(&batch->shown, world->loop.state);
  if (status != MPCC_PENDING &&
      mpcc__batch_answer(batch, id, status, mpcc__world_measured_ns(world)))
    mpcc__serve_settle(world, batch);
}

/* -- Visiting a slot ----------------------------------------------------------------------- */

static void set_deadline(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t time_ms)
{
  mpcc__deadlines_set(&world->loop.deadlines, &slot->deadline, time_ms);
}

/* Without a clock, a segment is as old as the first pass that sees it. */
static void stamp_new(struct mpcc__world *world, struct mpcc__slot *slot)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  uint32_t number;

  if (world->outside.clock_ns != NULL)
    return;
  number = slot->stamped == 0 ? slot->end.head : mpcc__queue_next(shelf, slot->stamped);
  while (number != 0) {
    mpcc__segment_at(shelf, number)->stamp_ms = world->loop.now_ms;
    slot->stamped = number;
    number = mpcc__queue_next(shelf, number);
  }
}

/* Why the head is due although it is not full; 0: it is not. */
static int due_anyway(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t *deadline_ms)
{
  const struct mpcc__batch *batch = mpcc__batch_at(&world->pool.shelf, slot->end.head);
  uint64_t interval_ms = world->options.push_interval_ms;

  *deadline_ms = interval_ms == MPCC_NO_INTERVAL
                     ? MPCC__NO_DEADLINE
                     : mpcc__later_ms(since_ms(world, batch), interval_ms);
  if (mpcc__slot_taken(slot) >= slot->cut) /* pushed by callbacks of this pass */
    return 0;
  /* pairs slot.flush: the flush that signalled. */
  if (mpcc__slot_taken(slot) < atomic_load_explicit(&slot->flush_to, memory_order_acquire))
    return MPCC_DUE_FLUSH;
  if (interval_ms != MPCC_NO_INTERVAL && world->loop.now_ms >= *deadline_ms)
    return MPCC_DUE_INTERVAL;
  return 0;
}

/* Nothing is queued. An emptied queue becomes idle, at once or after a while: see dispatcher.h.
 * False if an item came meanwhile. */
static bool rest(struct mpcc__world *world, struct mpcc__slot *slot)
{
  uint64_t interval_ms = world->options.push_interval_ms, now_ms = world->loop.now_ms;
  uint32_t retired;

  if (slot->end.bridge == 0) {
    slot->linger_ms = 0;
    set_deadline(world, slot, MPCC__NO_DEADLINE);
    return true;
  }
  if (slot->linger_ms == 0)
    slot->linger_ms = mpcc__later_ms(now_ms, interval_ms < LINGER_MS ? interval_ms : LINGER_MS);
  if (world->outside.clock_ns == NULL || now_ms >= slot->linger_ms) {
    mpcc__queue_settle(&slot->queue, &slot->end, &world->pool.shelf, &retired);
    give_segment(world, retired);
    slot->linger_ms = 0;
    set_deadline(world, slot, MPCC__NO_DEADLINE);
    return slot->end.bridge == 0;
  }
  set_deadline(world, slot, slot->linger_ms);
  return true;
}

/* Whether the head, which is whole, is for this pass. One that callbacks have filled up has
 * signalled for the next, unless it was due before. */
static bool in_this_pass(struct mpcc__world *world, struct mpcc__slot *slot, uint32_t count)
{
  uint64_t taken = mpcc__slot_taken(slot), ignored;

  if (taken + count <= slot->cut)
    return true;
  if (count == world->pool.shelf.cap)
    return due_anyway(world, slot, &ignored) != 0;
  return taken < slot->cut;
}

static int why_due(const struct mpcc__world *world, const struct mpcc__slot *slot, uint32_t count)
{
  int sealed_for = mpcc__batch_at(&world->pool.shelf, slot->end.head)->shown.due;

  if (count == world->pool.shelf.cap)
    return MPCC_DUE_FULL;
  return sealed_for != 0 ? sealed_for : MPCC_DUE_DRAIN;
}

static void seal_head(struct mpcc__world *world, struct mpcc__slot *slot, int due)
{
  uint32_t retired;

  mpcc__batch_at(&world->pool.shelf, slot->end.head)->shown.due = due;
  mpcc__queue_settle(&slot->queue, &slot->end, &world->pool.shelf, &retired);
}

/* The head, which is whole and due, gets what it has come for. */
static void serve_head(struct mpcc__world *world, struct mpcc__slot *slot, uint32_t count)
{
  int due = why_due(world, slot, count);
  struct mpcc__batch *batch = take_head(world, slot, count);

  if (world->loop.stopping != MPCC_DISCARD) {
    hand_over(world, slot, batch, due);
    return;
  }
  drop(world, slot, batch, MPCC_ECANCELED);
  retire(world, slot, batch);
}

bool mpcc__serve_step(struct mpcc__world *world, struct mpcc__slot *slot)
{
  uint32_t count, retired;
  enum mpcc__queue_state state =
      mpcc__queue_look(&slot->queue, &slot->end, &world->pool.shelf, &count, &retired);
  uint64_t deadline_ms;
  int due;

  give_segment(world, retired);
  stamp_new(world, slot);
  if (state == MPCC__QUEUE_EMPTY)
    return !rest(world, slot);
  if (world->loop.stopping != MPCC_DISCARD &&
      in_flight_count(slot) == world->options.max_concurrency) {
    set_deadline(world, slot, MPCC__NO_DEADLINE);
    return false;
  }
  if (state == MPCC__QUEUE_STUCK) {
    set_deadline(world, slot, mpcc__soon_ms(world->loop.now_ms));
    return false;
  }
  if (state == MPCC__QUEUE_PARTIAL) {
    due = due_anyway(world, slot, &deadline_ms);
    if (due != 0)
      seal_head(world, slot, due);
    else
      set_deadline(world, slot, deadline_ms);
    return due != 0;
  }
  if (!in_this_pass(world, slot, count)) {
    set_deadline(world, slot, world->loop.now_ms);
    return false;
  }
  serve_head(world, slot, count);
  return true;
}

/* -- Stopping ------------------------------------------------------------------------------ */

void mpcc__serve_close(struct mpcc__world *world, struct mpcc__slot *slot)
{
  uint32_t retired;

  mpcc__queue_close(&slot->queue, &slot->end, &world->pool.shelf, &retired);
  give_segment(world, retired);
  world->loop.leftover += mpcc__queue_ticket(&slot->queue, &world->pool.shelf);
  world->loop.leftover -= mpcc__slot_taken(slot);
}

void mpcc__serve_cancel(struct mpcc__world *world, struct mpcc__slot *slot)
{
  for (struct mpcc__batch *batch = slot->in_flight; batch != NULL; batch = batch->next)
    if (mpcc__batch_cancel(batch) && world->options.on_cancel != NULL)
      world->options.on_cancel(&batch->shown, world->loop.state);
}

