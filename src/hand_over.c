/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "hand_over.h"

#include "outcome.h"
#include "workers.h"

static uint64_t later_timeout_ms(const struct mpcc__world *world)
{
  return mpcc__later_ms(world->loop.now_ms, world->options.pump_timeout_ms);
}

/* The time after which a batch that was begun at ${started_ns} takes too long. Without a clock it
 * was begun in this pass. */
static uint64_t timeout_ms(const struct mpcc__world *world, uint64_t started_ns)
{
  if (world->outside.clock_ns == NULL)
    return later_timeout_ms(world);
  return mpcc__later_ms(started_ns / 1000000 + (started_ns % 1000000 != 0),
                        world->options.pump_timeout_ms);
}

static void watch(struct mpcc__world *world, struct mpcc__batch *batch, uint64_t time_ms)
{
  if (world->options.pump_timeout_ms != 0)
    mpcc__deadlines_set(&world->loop.batch_deadlines, &batch->deadline, time_ms);
}

static void pump_here(struct mpcc__world *world, struct mpcc__batch *batch)
{
  uint64_t started_ns = mpcc__world_measured_ns(world), id;
  int status;

  mpcc__batch_launch(batch, world->number_bits, started_ns);
  id = batch->shown.id;
  status = world->loop.pump(&batch->shown, world->loop.state);
  if (status == MPCC_PENDING)
    watch(world, batch, timeout_ms(world, started_ns));
  else if (mpcc__batch_answer(batch, id, status, mpcc__world_measured_ns(world)))
    mpcc__outcome_settle(world, batch);
}

void mpcc__hand_over(struct mpcc__world *world, struct mpcc__batch *batch)
{
  if (world->options.pump_on == MPCC_PUMP_ON_LOOP) {
    pump_here(world, batch);
    return;
  }
  mpcc__batch_launch(batch, world->number_bits, 0);
  watch(world, batch, later_timeout_ms(world));
  mpcc__workers_submit(world, batch);
}

static void try_again(struct mpcc__world *world, struct mpcc__batch *batch)
{
  if (world->options.pump_on == MPCC_PUMP_ON_LOOP)
    mpcc__tally_add(&world->slots[batch->shown.slot].tally.retries, 1);
  mpcc__segment_unpoison(&world->pool.shelf, &batch->segment);
  mpcc__hand_over(world, batch);
}

bool mpcc__hand_over_cancel(struct mpcc__world *world, struct mpcc__batch *batch)
{
  if (!mpcc__batch_cancel(batch))
    return false;
  watch(world, batch, MPCC__NO_DEADLINE);
  if (world->options.on_cancel != NULL)
    world->options.on_cancel(&batch->shown, world->loop.state);
  return true;
}

void mpcc__hand_over_deadline(struct mpcc__world *world, struct mpcc__batch *batch)
{
  uint64_t started_ns;

  if (batch->waiting) {
    if (mpcc__outcome_is_condemned(world, batch))
      mpcc__outcome_drop(world, batch);
    else
      try_again(world, batch);
    return;
  }
  /* relaxed: a time, and nothing with it. A worker may have begun later than we thought, or not
   * yet. */
  started_ns = atomic_load_explicit(&batch->started_ns, memory_order_relaxed);
  if (world->options.pump_on == MPCC_PUMP_ON_WORKER) {
    uint64_t at_ms = started_ns != 0 ? timeout_ms(world, started_ns) : later_timeout_ms(world);

    if (at_ms > world->loop.now_ms) {
      watch(world, batch, at_ms);
      return;
    }
  }
  if (mpcc__hand_over_cancel(world, batch))
    mpcc__tally_add(&world->slots[batch->shown.slot].tally.timeouts, 1);
}
