/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The public verbs: check arguments, pass the gate, call a room. */
#include <mpcc.h>

#include "batch.h"
#include "intake.h"
#include "lifecycle.h"
#include "loop_thread.h"
#include "options.h"
#include "stats.h"

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

const char *mpcc_version(void)
{
  return TEXT(MPCC_VERSION_MAJOR) "." TEXT(MPCC_VERSION_MINOR) "." TEXT(MPCC_VERSION_PATCH);
}

/* -- Life ---------------------------------------------------------------------------------- */

int mpcc_create(mpcc_t **mpcc, const mpcc_options_t *options)
{
  int err;

  if (mpcc == NULL || options == NULL)
    return MPCC_EINVAL;
  err = mpcc__options_check(options);
  return err != 0 ? err : mpcc__lifecycle_create(mpcc, options);
}

int mpcc_start(mpcc_t *mpcc, mpcc_pump_cb pump, void *state)
{
  if (mpcc == NULL || pump == NULL)
    return MPCC_EINVAL;
  return mpcc__lifecycle_start(mpcc, pump, state);
}

int mpcc_complete(mpcc_t *mpcc, int mode, mpcc_complete_cb cb, void *arg)
{
  if (mpcc == NULL || (mode != MPCC_DRAIN && mode != MPCC_DISCARD))
    return MPCC_EINVAL;
  return mpcc__lifecycle_complete(mpcc, mode, cb, arg);
}

int mpcc_wait(mpcc_t *mpcc, uint64_t timeout_ms)
{
  return mpcc == NULL ? MPCC_EINVAL : mpcc__lifecycle_wait(mpcc, timeout_ms);
}

int mpcc_destroy(mpcc_t *mpcc)
{
  return mpcc == NULL ? 0 : mpcc__lifecycle_destroy(mpcc);
}

int mpcc_step(mpcc_t *mpcc, uint64_t now_ms, uint64_t *next_ms)
{
  if (mpcc == NULL || !mpcc->world.options.manual)
    return MPCC_EINVAL;
  return mpcc__lifecycle_step(mpcc, now_ms, next_ms);
}

/* -- Pushing ------------------------------------------------------------------------------- */

static struct mpcc__slot *slot_of(mpcc_t *mpcc, uint32_t slot)
{
  if (mpcc == NULL || slot >= mpcc->world.options.slot_count)
    return NULL;
  return &mpcc->world.slots[slot];
}

int mpcc_push(mpcc_t *mpcc, const void *item, uint32_t slot)
{
  struct mpcc__slot *place = slot_of(mpcc, slot);

  if (place == NULL || item == NULL)
    return MPCC_EINVAL;
  return mpcc__intake_push_one(&mpcc->world, place, item);
}

ptrdiff_t mpcc_push_many(mpcc_t *mpcc, const void *items, size_t count, uint32_t slot)
{
  struct mpcc__slot *place = slot_of(mpcc, slot);

  if (place == NULL || (items == NULL && count != 0) || count > PTRDIFF_MAX)
    return MPCC_EINVAL;
  return mpcc__intake_push(&mpcc->world, place, items, count);
}

int mpcc_push_wait(mpcc_t *mpcc, const void *item, uint32_t slot, uint64_t timeout_ms)
{
  struct mpcc__slot *place = slot_of(mpcc, slot);
  int err;

  if (place == NULL || item == NULL)
    return MPCC_EINVAL;
  if (mpcc__loop_thread_is_me(&mpcc->world))
    return MPCC_EDEADLK;
  if (mpcc__loop_thread_may_be_me(&mpcc->world)) {
    err = mpcc__intake_push_wait(&mpcc->world, place, item, 0);
    if (err != MPCC_ETIMEDOUT)
      return err;
    if (mpcc__loop_thread_would_wait_for_me(&mpcc->world, timeout_ms))
      return MPCC_EDEADLK;
  }
  return mpcc__intake_push_wait(&mpcc->world, place, item, timeout_ms);
}

int mpcc_flush(mpcc_t *mpcc, uint32_t slot)
{
  uint32_t first = slot, last = slot;
  int err;

  if (mpcc == NULL || (slot != MPCC_ALL_SLOTS && slot >= mpcc->world.options.slot_count))
    return MPCC_EINVAL;
  err = mpcc__lifecycle_enter_running(mpcc);
  if (err != 0)
    return err;
  if (slot == MPCC_ALL_SLOTS) {
    first = 0;
    last = mpcc->world.options.slot_count - 1;
  }
  for (uint32_t i = first; i <= last; i++)
    mpcc__intake_flush(&mpcc->world, &mpcc->world.slots[i]);
  mpcc__gate_leave(&mpcc->world.gate);
  return 0;
}

/* -- Finishing ----------------------------------------------------------------------------- */

/* Inside the gate: answer a hand-over, and let the loop settle it. */
static int answer(struct mpcc__world *world, struct mpcc__batch *batch, uint64_t id, int status)
{
  uint64_t now_ns = world->outside.clock_ns != NULL ? world->outside.clock_ns() : 0;

  if (!mpcc__batch_answer(batch, id, status, now_ns))
    return MPCC_EALREADY;
  (void)mpcc__ready_put(&world->done, &batch->done);
  mpcc__world_signal(world);
  return 0;
}

int mpcc_batch_done(mpcc_batch_t *shown, int status)
{
  struct mpcc__batch *batch;
  struct mpcc__world *world;
  uint64_t id;
  int err;

  if (shown == NULL || status == MPCC_PENDING)
    return MPCC_EINVAL;
  batch = mpcc__batch_of(shown);
  id = mpcc__batch_live(batch);
  world = batch->world;
  if (id == 0 || !mpcc__gate_try_enter(&world->gate))
    return MPCC_EALREADY;
  err = answer(world, batch, id, status);
  mpcc__gate_leave(&world->gate);
  return err;
}

int mpcc_batch_done_id(mpcc_t *mpcc, uint64_t id, int status)
{
  struct mpcc__world *world;
  uint32_t number;
  int err;

  if (mpcc == NULL || status == MPCC_PENDING)
    return MPCC_EINVAL;
  world = &mpcc->world;
  number = (uint32_t)(id & ((UINT64_C(1) << world->number_bits) - 1));
  if (!mpcc__pool_has(&world->pool, number) || !mpcc__gate_try_enter(&world->gate))
    return MPCC_EALREADY;
  err = answer(world, mpcc__batch_at(&world->pool.shelf, number), id, status);
  mpcc__gate_leave(&world->gate);
  return err;
}

bool mpcc_batch_cancelled(const mpcc_batch_t *shown)
{
  const struct mpcc__batch *batch;

  if (shown == NULL)
    return false;
  batch = mpcc__batch_of(shown);
  /* A pump that runs on the loop keeps it from marking the batch: so look what was asked for,
   * too. */
  return mpcc__batch_is_cancelled(batch) || mpcc__world_stop(batch->world) == MPCC_DISCARD;
}

/* -- Numbers ------------------------------------------------------------------------------- */

int mpcc_stats(const mpcc_t *mpcc, mpcc_stats_t *stats)
{
  if (mpcc == NULL || stats == NULL)
    return MPCC_EINVAL;
  mpcc__stats_all(&mpcc->world, stats);
  return 0;
}

int mpcc_slot_stats(const mpcc_t *mpcc, uint32_t slot, mpcc_stats_t *stats)
{
  if (mpcc == NULL || stats == NULL || slot >= mpcc->world.options.slot_count)
    return MPCC_EINVAL;
  mpcc__stats_slot(&mpcc->world, &mpcc->world.slots[slot], stats);
  return 0;
}
