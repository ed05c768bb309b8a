/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Batches that are abandoned in the pump's hands, and answered late: after the end, after the
 * destroy, or never. */
#include "instance.h"

/* Ghosts. */
enum { LATE = OWN, ANSWERED };

/* Given over by a store of the pump's thread, as a pump would hand a batch to a thread. */
static _Atomic(mpcc_batch_t *) given;

static int pump_give(mpcc_batch_t *batch, void *state)
{
  (void)pump_later(batch, state);
  atomic_store_explicit(&given, batch, memory_order_release); /* the batch and its items */
  return MPCC_PENDING;
}

static mpcc_batch_t *await_batch(void)
{
  mpcc_batch_t *batch;

  (void)ghost_await(HANDED, 1);
  while ((batch = atomic_load_explicit(&given, memory_order_acquire)) == NULL) /* as above */
    scene_yield();
  return batch;
}

static void answer_by_pointer(void *arg)
{
  mpcc_batch_t *batch = await_batch();
  int err;

  (void)arg;
  CHECK(*(const uint64_t *)batch->items == item_of(1, 1));
  err = mpcc_batch_done(batch, 0);
  CHECK(err == 0 || err == MPCC_ECLOSED);
  ghost_add(err == 0 ? ANSWERED : LATE, 1);
}

static void begin_abandon(void)
{
  mpcc_options_t options = manual_options(1);

  atomic_init(&given, NULL);
  open_instance(&options, pump_give);
  push_items(1, 1);
  (void)step();
}

static void end_abandon(void)
{
  mpcc_stats_t stats;

  CHECK(mpcc_complete(mpcc, MPCC_ABANDON, on_complete, NULL) == 0);
  drive_to_end();
  stats = stats_now();
  CHECK(stats.orphaned + stats.delivered == 1);
  CHECK(mpcc_destroy(mpcc) == 0);
  scene_join();
  CHECK(ghost_get(ANSWERED) + ghost_get(LATE) == 1);
  CHECK(ghost_get(LATE) == (int64_t)stats.orphaned);
}

/* The answer comes before, during or after the end and the destroy. */
static void abandon_done(void)
{
  begin_abandon();
  scene_go(answer_by_pointer, NULL);
  end_abandon();
}

static void look_until_cancelled(void *arg)
{
  mpcc_batch_t *batch = await_batch();

  (void)arg;
  while (!mpcc_batch_cancelled(batch))
    scene_yield();
  CHECK(*(const uint64_t *)batch->items == item_of(1, 1)); /* still ours */
  ghost_add(mpcc_batch_done(batch, 0) == 0 ? ANSWERED : LATE, 1);
}

/* A pump that looks whether it may stop early. */
static void abandon_cancelled(void)
{
  begin_abandon();
  scene_go(look_until_cancelled, NULL);
  end_abandon();
}

static void answer_by_id(void *arg)
{
  int err = by_id(0, 0);

  (void)arg;
  CHECK(err == 0 || err == MPCC_ECLOSED || err == MPCC_EALREADY);
  ghost_add(ANSWERED, err == 0);
  ghost_add(LATE, err == MPCC_ECLOSED);
}

/* Two answer by id against the abandoning: one of the three has it. */
static void abandon_two(void)
{
  begin_abandon();
  scene_go(answer_by_id, NULL);
  scene_go(answer_by_id, NULL);
  CHECK(mpcc_complete(mpcc, MPCC_ABANDON, on_complete, NULL) == 0);
  drive_to_end();
  scene_join();
  CHECK(ghost_get(ANSWERED) + ghost_get(LATE) == 1);
  CHECK(stats_now().orphaned == (uint64_t)ghost_get(LATE));
  CHECK(mpcc_destroy(mpcc) == 0);
}

/* The instance runs again when the late answer gives its piece back. */
static void abandon_restart(void)
{
  mpcc_options_t options = manual_options(1);

  atomic_init(&given, NULL);
  open_instance(&options, pump_give);
  push_items(1, 1);
  (void)step();
  CHECK(mpcc_complete(mpcc, MPCC_ABANDON, on_complete, NULL) == 0);
  drive_to_end();
  scene_go(answer_by_pointer, NULL);
  CHECK(mpcc_start(mpcc, pump_now, NULL) == 0);
  CHECK(push_into(0, 2, 1) == 0);
  (void)step();
  CHECK(push_into(0, 2, 2) == 0);
  ghost_set(COMPLETED, 0);
  CHECK(mpcc_complete(mpcc, MPCC_DRAIN, on_complete, NULL) == 0);
  drive_to_end();
  CHECK(ghost_get(DELIVERED) == 2 && stats_now().orphaned == 1);
  CHECK(mpcc_destroy(mpcc) == 0);
  scene_join();
  CHECK(ghost_get(LATE) == 1);
}

const struct scene scenes_abandon[] = {
  {"abandon_done", "an answer against abandoning and the destroy", abandon_done, 1},
  {"abandon_cancelled", "a pump that asks whether it is cancelled", abandon_cancelled, 1},
  {"abandon_two", "two answers against abandoning", abandon_two, 1},
  {"abandon_restart", "a late answer against the next life", abandon_restart, 1},
  {0},
};
