/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "outcome.h"

#include "memory.h"
#include "probes.h"
#include "waiters.h"

static struct mpcc__slot *slot_of(struct mpcc__world *world, const struct mpcc__batch *batch)
{
  return &world->slots[batch->shown.slot];
}

static void set_deadline(struct mpcc__world *world, struct mpcc__batch *batch, uint64_t time_ms)
{
  mpcc__deadlines_set(&world->loop.batch_deadlines, &batch->deadline, time_ms);
}

/* -- Places -------------------------------------------------------------------------------- */

static void count_in_flight(struct mpcc__world *world, struct mpcc__slot *slot, int by)
{
  /* relaxed: only the loop writes it. */
  uint32_t count = atomic_load_explicit(&slot->in_flight_count, memory_order_relaxed);

  /* pairs slot.tally, slot.load: see slot.h. */
  atomic_store_explicit(&slot->in_flight_count, count + (uint32_t)by, memory_order_release);
  if (world->options.weigh != NULL)
    /* pairs slot.load: either this acquires what a producer has published, or it sees the place. */
    atomic_fetch_add_explicit(&mpcc__burden_of(world, slot)->load, 0, memory_order_acq_rel);
  world->loop.in_flight += (uint64_t)(int64_t)by;
}

void mpcc__outcome_enter(struct mpcc__world *world, struct mpcc__batch *batch)
{
  struct mpcc__slot *slot = slot_of(world, batch);

  mpcc__batch_list(&slot->oldest, &slot->newest, batch);
  count_in_flight(world, slot, 1);
}

void mpcc__outcome_count(struct mpcc__world *world, const struct mpcc__batch *batch)
{
  struct mpcc__slot *slot = slot_of(world, batch);
  const struct mpcc_batch *shown = &batch->shown;

  mpcc__tally_add(&slot->tally.batches[shown->due - 1], 1);
  mpcc__tally_max(&slot->tally.wait_ms_max, shown->waited_ms);
  mpcc__histogram_add(&world->histograms[MPCC_HISTOGRAM_ITEMS], shown->count);
  mpcc__histogram_add(&world->histograms[MPCC_HISTOGRAM_WAIT_MS], shown->waited_ms);
  mpcc__probe_batch_formed(world->handle, shown->slot,
                           mpcc__batch_id_next(batch, world->number_bits), shown->count,
                           shown->due);
}

static void count_out(struct mpcc__world *world, struct mpcc__batch *batch)
{
  struct mpcc__slot *slot = slot_of(world, batch);

  mpcc__batch_unlist(&slot->oldest, &slot->newest, batch);
  count_in_flight(world, slot, -1);
}

void mpcc__outcome_tell(struct mpcc__world *world, struct mpcc__slot *slot)
{
  uint64_t ticket = slot->oldest != NULL ? slot->oldest->front : mpcc__slot_taken(slot);

  if (ticket != mpcc__slot_fated(slot))
    mpcc__waiters_tell_fate(world, slot, ticket);
}

/* -- Fates --------------------------------------------------------------------------------- */

static void deliver(struct mpcc__world *world, struct mpcc__batch *batch, size_t count)
{
  mpcc__tally_add(&slot_of(world, batch)->tally.delivered, count);
}

static void show_drop(struct mpcc__world *world, const struct mpcc_batch *shown, int reason)
{
  size_t count = shown->count; /* who has the memory next may write there */

  mpcc__probe_drop(world->handle, shown->slot, count, reason);
  if (world->options.on_drop != NULL)
    world->options.on_drop(shown, reason, world->loop.state);
  mpcc__tally_add(&world->slots[shown->slot].tally.dropped, count);
}

static void drop_part(struct mpcc__world *world, struct mpcc__batch *batch, int reason)
{
  mpcc__segment_unpoison(&world->pool.shelf, &batch->segment);
  show_drop(world, &batch->shown, reason);
}

/* A late read is to be noticed; but producers may still write to a segment in the queue. */
static void poison(struct mpcc__world *world, struct mpcc__batch *batch)
{
  if (batch->segment.number != slot_of(world, batch)->end.head)
    mpcc__segment_poison(&world->pool.shelf, &batch->segment);
}

/* The batch has no items left. */
static void end(struct mpcc__world *world, struct mpcc__batch *batch)
{
  struct mpcc__slot *slot = slot_of(world, batch);
  uint32_t number = batch->segment.number;

  mpcc__sight_clear(&batch->sight);
  count_out(world, batch);
  if (batch->bypassed) {
    mpcc__memory_give_spare(world, number);
    return;
  }
  poison(world, batch);
  if (mpcc__queue_retire(&slot->end, &world->pool.shelf, number))
    mpcc__memory_give(world, number);
}

void mpcc__outcome_drop_items(struct mpcc__world *world, struct mpcc__slot *slot,
                              const unsigned char *items, uint32_t count, uint64_t waited_ms)
{
  struct mpcc__batch stand_in; /* an answer to it finds that it is not in flight */

  memset(&stand_in, 0, sizeof(stand_in));
  stand_in.core = world->core;
  stand_in.shown.items = items;
  stand_in.shown.count = count;
  stand_in.shown.slot = mpcc__slot_number(world, slot);
  stand_in.shown.waited_ms = waited_ms;
  show_drop(world, &stand_in.shown, MPCC_ECANCELED);
}

/* What stands behind the part, which comes later, is discarded. */
static void drop_later_parts(struct mpcc__world *world, struct mpcc__batch *batch)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  struct mpcc__batch stand_in;

  if (batch->hi == batch->end)
    return;
  memset(&stand_in, 0, sizeof(stand_in));
  stand_in.core = world->core;
  stand_in.shown.slot = batch->shown.slot; /* not all: data is the pump's now */
  stand_in.shown.attempt = batch->shown.attempt;
  stand_in.shown.due = batch->shown.due;
  stand_in.shown.waited_ms = batch->shown.waited_ms;
  stand_in.shown.id = mpcc__batch_id_before(batch, world->number_bits);
  stand_in.shown.count = batch->end - batch->hi;
  stand_in.shown.items =
      mpcc__segment_items(shelf, &batch->segment) + batch->hi * shelf->item_size;
  mpcc__segment_unpoison(shelf, &batch->segment);
  show_drop(world, &stand_in.shown, MPCC_ECANCELED);
}

bool mpcc__outcome_is_condemned(const struct mpcc__world *world, const struct mpcc__batch *batch)
{
  return batch->condemned || mpcc__world_discarded(world, batch->shown.slot, batch->first);
}

/* -- Another try --------------------------------------------------------------------------- */

/* xorshift64* (S. Vigna, "An Experimental Exploration of Marsaglia's Xorshift Generators,
 * Scrambled", ACM TOMS 42, 2016). Its quality is of no matter here. */
static uint64_t draw(struct mpcc__loop_side *loop)
{
  loop->random ^= loop->random >> 12;
  loop->random ^= loop->random << 25;
  loop->random ^= loop->random >> 27;
  return loop->random * UINT64_C(2685821657736338717);
}

static uint64_t retry_delay_ms(struct mpcc__world *world, uint32_t attempt)
{
  uint64_t most = world->options.retry_delay_max_ms, delay = world->options.retry_delay_ms, half;

  for (uint32_t i = 1; i < attempt && delay != 0 && delay < most; i++)
    delay = delay > UINT64_MAX / 2 ? UINT64_MAX : delay * 2;
  if (delay > most)
    delay = most;
  half = delay / 2;
  if (half != 0)
    delay = mpcc__later_ms(delay - half, draw(&world->loop) % (2 * half + 1));
  return delay < most ? delay : most;
}

static void wait(struct mpcc__world *world, struct mpcc__batch *batch, uint64_t delay_ms)
{
  uint64_t time_ms = mpcc__later_ms(world->loop.now_ms, delay_ms);

  if (time_ms == MPCC__NO_DEADLINE)
    time_ms--;
  mpcc__batch_wait(batch, time_ms);
  poison(world, batch);
  set_deadline(world, batch, time_ms);
}

/* Hand over the cells [lo, hi) next, as a part of their own. */
static void wait_as_part(struct mpcc__world *world, struct mpcc__batch *batch, uint32_t lo,
                         uint32_t hi)
{
  mpcc__batch_show(batch, &world->pool.shelf, lo, hi);
  batch->tries = hi - lo > 1 ? 1 : world->options.max_attempts;
  batch->marked = false;
  batch->shown.attempt = 0;
  wait(world, batch, 0);
}

/* -- Settling ------------------------------------------------------------------------------ */

/* The part has its fate. */
static void end_part(struct mpcc__world *world, struct mpcc__batch *batch)
{
  if (batch->hi != batch->end && !mpcc__outcome_is_condemned(world, batch)) {
    batch->front = batch->first + (batch->hi - batch->from);
    batch->shown.data = NULL;
    wait_as_part(world, batch, batch->hi, mpcc__batch_next_part(batch));
    return;
  }
  drop_later_parts(world, batch);
  end(world, batch);
}

static void fail(struct mpcc__world *world, struct mpcc__batch *batch, int reason)
{
  bool condemned = mpcc__outcome_is_condemned(world, batch);

  if (!condemned && batch->shown.attempt < batch->tries) {
    wait(world, batch, retry_delay_ms(world, batch->shown.attempt));
    return;
  }
  if (!condemned && world->options.isolate_failures && !batch->marked &&
      batch->shown.count > 1) {
    wait_as_part(world, batch, batch->lo, batch->lo + (batch->hi - batch->lo) / 2);
    return;
  }
  drop_part(world, batch, reason);
  end_part(world, batch);
}

/* A worker may never come to a try, so it counts when it has ended. */
static void count_retry(struct mpcc__world *world, const struct mpcc__batch *batch)
{
  if (world->options.pump_on == MPCC_PUMP_ON_WORKER && batch->seen)
    mpcc__tally_add(&slot_of(world, batch)->tally.retries, 1);
}

static void measure(struct mpcc__world *world, struct mpcc__batch *batch)
{
  struct mpcc__tally *tally = &slot_of(world, batch)->tally;
  uint64_t ended_ns = batch->done_ns != 0 ? batch->done_ns : mpcc__world_measured_ns(world);
  /* relaxed: it came with the answer. */
  uint64_t started_ns = atomic_load_explicit(&batch->started_ns, memory_order_relaxed);
  uint64_t took_ns = ended_ns > started_ns ? ended_ns - started_ns : 0;

  mpcc__tally_add(&tally->pump_ns_total, took_ns);
  mpcc__tally_max(&tally->pump_ns_max, took_ns);
  mpcc__histogram_add(&world->histograms[MPCC_HISTOGRAM_PUMP_NS], took_ns);
  mpcc__probe_batch_done(world->handle, batch->shown.slot, batch->shown.id, batch->status,
                         took_ns);
}

void mpcc__outcome_settle(struct mpcc__world *world, struct mpcc__batch *batch)
{
  struct mpcc__slot *slot = slot_of(world, batch);
  int status = batch->status;

  set_deadline(world, batch, MPCC__NO_DEADLINE);
  count_retry(world, batch);
  batch->seen = true;
  measure(world, batch);
  if (status != 0) {
    mpcc__batch_clear_marks(batch);
    fail(world, batch, status);
  } else if (batch->marks == 0) {
    deliver(world, batch, batch->shown.count);
    end_part(world, batch);
  } else {
    status = batch->mark_status;
    deliver(world, batch, mpcc__batch_keep_marked(batch, &world->pool.shelf));
    fail(world, batch, status);
  }
  mpcc__outcome_tell(world, slot);
}

/* -- Discarding ---------------------------------------------------------------------------- */

void mpcc__outcome_drop(struct mpcc__world *world, struct mpcc__batch *batch)
{
  struct mpcc__slot *slot = slot_of(world, batch);

  set_deadline(world, batch, MPCC__NO_DEADLINE);
  batch->condemned = true;
  if (batch->seen && batch->shown.attempt == 0)
    batch->shown.attempt = 1; /* a part: a pump saw it, with the others */
  drop_part(world, batch, MPCC_ECANCELED);
  end_part(world, batch);
  mpcc__outcome_tell(world, slot);
}

void mpcc__outcome_condemn(struct mpcc__world *world, struct mpcc__batch *batch)
{
  batch->condemned = true;
  drop_later_parts(world, batch);
  batch->end = batch->hi;
}

void mpcc__outcome_abandon(struct mpcc__world *world, struct mpcc__batch *batch)
{
  struct mpcc__slot *slot = slot_of(world, batch);
  struct mpcc__batch *back = batch->back, *next = batch->next;
  uint32_t count = batch->hi - batch->lo;
  bool seen = batch->seen;

  drop_later_parts(world, batch);
  batch->end = batch->hi;
  set_deadline(world, batch, MPCC__NO_DEADLINE);
  mpcc__sight_clear(&batch->sight); /* while it is the loop's */
  mpcc__core_abandon(world->core, &batch->segment);
  if (!mpcc__batch_abandon(batch)) {
    mpcc__core_keep(world->core, &batch->segment);
    return; /* to be settled */
  }
  /* The batch is not the loop's any more, not even to be looked at. */
  mpcc__batch_unlist_between(&slot->oldest, &slot->newest, back, next);
  count_in_flight(world, slot, -1);
  mpcc__tally_add(&slot->tally.orphaned, count);
  if (seen && world->options.pump_on == MPCC_PUMP_ON_WORKER)
    mpcc__tally_add(&slot->tally.retries, 1);
  mpcc__outcome_tell(world, slot);
}
