/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "bypass.h"

#include "batch.h"
#include "hand_over.h"
#include "memory.h"
#include "outcome.h"
#include "thread.h"

/* Whether nothing is to be done for the slot before, and it has a place. */
static bool is_at_rest(const struct mpcc__world *world, const struct mpcc__slot *slot)
{
  uint64_t taken = mpcc__slot_taken(slot), discard_to = mpcc__world_discard_to(world, slot);

  return mpcc__world_stop(world) == MPCC__RUNNING && !slot->on_work &&
         discard_to == slot->discarded && discard_to <= taken &&
         /* relaxed: the mark alone counts; a flush that is not seen yet has still to signal. */
         atomic_load_explicit(&slot->flush_to, memory_order_relaxed) <= taken &&
         /* relaxed: only the loop writes it. */
         atomic_load_explicit(&slot->in_flight_count, memory_order_relaxed) <
             world->options.max_concurrency;
}

static void append(struct mpcc__loop_side *loop, struct mpcc__batch *batch)
{
  batch->job_next = NULL;
  if (loop->passing_first == NULL)
    loop->passing_first = batch;
  else
    loop->passing_last->job_next = batch;
  loop->passing_last = batch;
  loop->passing++;
}

static void form(struct mpcc__world *world, struct mpcc__slot *slot, struct mpcc__batch *batch,
                 uint32_t count, uint64_t since_ms)
{
  uint64_t now_ms = world->loop.now_ms;

  if (since_ms < world->loop.start_ms)
    since_ms = world->loop.start_ms;
  mpcc__batch_form(batch, world->core, mpcc__slot_number(world, slot), 0, count,
                   mpcc__slot_taken(slot));
  mpcc__batch_show(batch, &world->pool.shelf, 0, count);
  batch->bypassed = true;
  batch->segment.sealed = count; /* marks are set in these cells at most */
  batch->shown.due = MPCC_DUE_INTERVAL;
  batch->shown.waited_ms = now_ms > since_ms ? now_ms - since_ms : 0;
  batch->tries = world->options.max_attempts;
  mpcc__tally_max(&slot->tally.queued_peak, count);
  append(&world->loop, batch);
}

/* Another push came between: what is in the segment is the beginning of the queue. */
static void join(struct mpcc__world *world, struct mpcc__slot *slot,
                 struct mpcc__segment *segment, uint32_t count, uint64_t since_ms)
{
  memset((void *)mpcc__segment_flags(segment), 1, count); /* it is this thread that looks at them */
  mpcc__queue_link(&slot->queue, &world->pool.shelf, MPCC__TAIL_IDLE, segment->number, since_ms);
  (void)mpcc__ready_put(&world->ready, &slot->ready);
}

bool mpcc__bypass(struct mpcc__world *world, uint32_t number, const unsigned char *items,
                  uint32_t count, uint64_t since_ms)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  struct mpcc__slot *slot = &world->slots[number];
  struct mpcc__batch *batch;
  uint32_t spare;

  if (mpcc__bypass_is_full(world) || !is_at_rest(world, slot))
    return false;
  spare = mpcc__memory_take_spare(world);
  if (spare == 0)
    return false;
  batch = mpcc__batch_at(shelf, spare);
  memcpy(mpcc__segment_items(shelf, &batch->segment), items, count * shelf->item_size);
  mpcc__segment_sign(&batch->segment, mpcc__platform_thread());
  switch (mpcc__queue_pass_by(&slot->queue, &slot->end, shelf, spare, count)) {
  case MPCC__QUEUE_PASSED:
    form(world, slot, batch, count, since_ms);
    return true;
  case MPCC__QUEUE_JOINED:
    join(world, slot, &batch->segment, count, since_ms);
    return true;
  default:
    mpcc__memory_give_spare(world, spare);
    return false;
  }
}

void mpcc__bypass_serve(struct mpcc__world *world)
{
  struct mpcc__loop_side *loop = &world->loop;
  struct mpcc__batch *batch = loop->passing_first;

  loop->passing_first = batch->job_next;
  loop->passing--;
  mpcc__queue_count_taken(&world->slots[batch->shown.slot].end, batch->end);
  if (loop->stopping != MPCC__RUNNING)
    loop->leftover -= batch->end;
  mpcc__outcome_enter(world, batch);
  if (mpcc__outcome_is_condemned(world, batch)) {
    batch->shown.due = 0; /* as what is dropped out of the queue */
    mpcc__outcome_drop(world, batch);
  } else {
    mpcc__outcome_count(world, batch);
    mpcc__hand_over(world, batch);
  }
}
