/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The public verbs: check arguments, pass the gate, call a room. */
#include <mpcc.h>

#include "cut.h"
#include "dump.h"
#include "finish.h"
#include "intake.h"
#include "lanes.h"
#include "lifecycle.h"
#include "loop_thread.h"
#include "options.h"
#include "platform.h"
#include "quick.h"
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
  if (mpcc == NULL || mode < MPCC_DRAIN || mode > MPCC_ABANDON)
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
  if (mpcc == NULL || item == NULL || slot >= mpcc->world.options.slot_count)
    return MPCC_EINVAL;
  return mpcc__quick_push(&mpcc->world, item, slot);
}

ptrdiff_t mpcc_push_many(mpcc_t *mpcc, const void *items, size_t count, uint32_t slot)
{
  struct mpcc__slot *place = slot_of(mpcc, slot);

  if (place == NULL || (items == NULL && count != 0) || count > PTRDIFF_MAX)
    return MPCC_EINVAL;
  if (mpcc__quick_is_scattered(&mpcc->world))
    return mpcc__quick_scattered(&mpcc->world, items, count, slot);
  return mpcc__intake_push(&mpcc->world, place, items, count);
}

int mpcc_push_wait(mpcc_t *mpcc, const void *item, uint32_t slot, uint64_t timeout_ms)
{
  struct mpcc__slot *place = slot_of(mpcc, slot);
  uint64_t deadline_ns;
  int err;

  if (place == NULL || item == NULL)
    return MPCC_EINVAL;
  if (mpcc__loop_thread_is_me(&mpcc->world))
    return MPCC_EDEADLK;
  if (mpcc__quick_is_scattered(&mpcc->world)) /* never full: nothing to wait for */
    return mpcc__quick_scattered_one(&mpcc->world, item, slot);
  deadline_ns = mpcc__platform_deadline_ns(timeout_ms);
  if (mpcc__loop_thread_may_be_me(&mpcc->world)) {
    err = mpcc__intake_push_wait(&mpcc->world, place, item, 0);
    if (err != MPCC_ETIMEDOUT)
      return err;
    if (mpcc__loop_thread_would_wait_for_me(&mpcc->world, timeout_ms))
      return MPCC_EDEADLK;
  }
  return mpcc__intake_push_wait(&mpcc->world, place, item, deadline_ns);
}

/* -- A slot, or all of them ---------------------------------------------------------------- */

static bool names_slots(const mpcc_t *mpcc, uint32_t slot)
{
  return mpcc != NULL && (slot == MPCC_ALL_SLOTS || slot < mpcc->world.options.slot_count);
}

/* Inside the gate. */
static void each_slot(struct mpcc__world *world, uint32_t slot,
                      void (*act)(struct mpcc__world *world, struct mpcc__slot *slot))
{
  if (slot != MPCC_ALL_SLOTS) {
    act(world, &world->slots[slot]);
    return;
  }
  for (uint32_t i = 0; i < world->options.slot_count; i++)
    act(world, &world->slots[i]);
}

int mpcc_flush(mpcc_t *mpcc, uint32_t slot)
{
  int err;

  if (!names_slots(mpcc, slot))
    return MPCC_EINVAL;
  err = mpcc__lifecycle_enter_running(mpcc);
  if (err != 0)
    return err;
  if (mpcc__lanes_sweep(&mpcc->world, slot))
    each_slot(&mpcc->world, slot, mpcc__cut_flush);
  else
    err = MPCC_ENOMEM;
  mpcc__gate_leave(&mpcc->world.core->gate);
  return err;
}

/* Inside the gate, so that a completion lets who waits go before it ends. ${ticket} is for one
 * slot. */
static int flush_wait(struct mpcc__world *world, uint32_t slot, uint64_t ticket,
                      uint64_t deadline_ns)
{
  struct mpcc__slot *slots = world->slots;
  uint32_t count = world->options.slot_count;
  int err = 0;

  if (slot != MPCC_ALL_SLOTS)
    return mpcc__cut_flush_wait(world, &slots[slot], ticket, deadline_ns);
  each_slot(world, slot, mpcc__cut_flush);
  for (uint32_t i = 0; i < count && err == 0; i++)
    err = mpcc__cut_flush_wait(world, &slots[i], mpcc__lanes_ticket(world, i), deadline_ns);
  return err;
}

int mpcc_flush_wait(mpcc_t *mpcc, uint32_t slot, uint64_t timeout_ms)
{
  uint64_t deadline_ns, ticket = 0;
  int err;

  if (!names_slots(mpcc, slot))
    return MPCC_EINVAL;
  if (mpcc__loop_thread_is_me(&mpcc->world))
    return MPCC_EDEADLK;
  deadline_ns = mpcc__platform_deadline_ns(timeout_ms);
  err = mpcc__lifecycle_enter_running(mpcc);
  if (err != 0)
    return err;
  err = mpcc__lanes_sweep(&mpcc->world, slot) ? 0 : MPCC_ENOMEM;
  if (slot != MPCC_ALL_SLOTS)
    ticket = mpcc__lanes_ticket(&mpcc->world, slot);
  if (err == 0)
    err = flush_wait(&mpcc->world, slot, ticket, 0);
  if (err == MPCC_ETIMEDOUT) {
    if (mpcc__loop_thread_would_wait_for_me(&mpcc->world, timeout_ms))
      err = MPCC_EDEADLK;
    else
      err = flush_wait(&mpcc->world, slot, ticket, deadline_ns);
  }
  mpcc__gate_leave(&mpcc->world.core->gate);
  return err;
}

int mpcc_discard(mpcc_t *mpcc, uint32_t slot)
{
  int err;

  if (!names_slots(mpcc, slot))
    return MPCC_EINVAL;
  err = mpcc__lifecycle_enter_started(mpcc);
  if (err != 0)
    return err;
  if (mpcc__lanes_sweep(&mpcc->world, slot))
    each_slot(&mpcc->world, slot, mpcc__cut_discard);
  else
    err = MPCC_ENOMEM;
  mpcc__gate_leave(&mpcc->world.core->gate);
  return err;
}

/* -- Finishing ----------------------------------------------------------------------------- */

int mpcc_batch_fail(mpcc_batch_t *shown, size_t index, int status)
{
  if (shown == NULL || status == 0 || status == MPCC_PENDING || index >= shown->count)
    return MPCC_EINVAL;
  return mpcc__finish_mark(mpcc__batch_of(shown), (uint32_t)index, status);
}

int mpcc_batch_done(mpcc_batch_t *shown, int status)
{
  if (shown == NULL || status == MPCC_PENDING)
    return MPCC_EINVAL;
  return mpcc__finish(mpcc__batch_of(shown), status);
}

int mpcc_batch_done_id(mpcc_t *mpcc, uint64_t id, int status)
{
  if (mpcc == NULL || status == MPCC_PENDING)
    return MPCC_EINVAL;
  return mpcc__finish_id(&mpcc->world, id, status);
}

bool mpcc_batch_cancelled(const mpcc_batch_t *shown)
{
  return shown != NULL && mpcc__finish_is_cancelled(mpcc__batch_of(shown));
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

int mpcc_histogram_read(const mpcc_t *mpcc, int which, mpcc_histogram_t *histogram)
{
  if (mpcc == NULL || histogram == NULL || which < MPCC_HISTOGRAM_ITEMS ||
      which > MPCC_HISTOGRAM_PUMP_NS)
    return MPCC_EINVAL;
  mpcc__histogram_read(&mpcc->world.histograms[which], histogram);
  return 0;
}

int mpcc_dump(const mpcc_t *mpcc, FILE *file)
{
  return mpcc == NULL || file == NULL ? MPCC_EINVAL : mpcc__dump(mpcc, file);
}
