/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Corners of slots: stops that come in the middle of something, a weight that changes its mind, and
   who waits for room behind one who waits for memory. */

#include <uv.h>

#include "crew.h"
#include "picks.h"

/* -- Stops -------------------------------------------------------------------------------- */

static void a_drain_in_idle_that_finds_one_full_slot_leaves_all_of_them_open(void **state)
{
  (void)state;
  enum { SLOTS = 5 };
  mpcc_options_t options;
  rig_options(&options, 3);
  options.slot_count = SLOTS;
  rig_t *rig = rig_open(&options);
  rig_push(rig, SLOTS - 1, 0, 1);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), MPCC_ESTATE);

  for (uint32_t slot = 0; slot < SLOTS; slot++)
    rig_push(rig, slot, 10 + slot, 2);
  rig_start(rig);
  assert_int_equal(mpcc_flush(rig->mpcc, MPCC_ALL_SLOTS), 0);
  rig_step(rig, 1);
  for (uint32_t slot = 0; slot + 1 < SLOTS; slot++)
    assert_batch(rig, pick(rig, CALL_PUMP, slot, 0), slot, 10 + slot, 2, MPCC_DUE_FLUSH);
  assert_fates(rig, 2 * SLOTS + 1, 0, 0);
  rig_close(rig);
}

static void stop_by_draining(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)batch;
  (void)reason;
  rig_keep(rig, rig_complete(rig, MPCC_DRAIN));
}

/* The slot's last segment has been emptied from its front, and is closed before that is noticed. */
static void a_drain_that_on_drop_asks_for_ends_although_the_slot_is_just_empty(void **state)
{
  (void)state;
  for (size_t count = 1; count <= 10; count++) {
    rig_t *rig = rig_run(10, MPCC_NO_INTERVAL);
    rig->on_drop = stop_by_draining;
    rig_push(rig, 0, 0, count);
    assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);

    rig_step(rig, 1);

    assert_unseen(rig, 0, 0, count, 10);
    assert_int_equal(rig->got[0], 0);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
    assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
    rig->on_drop = NULL;
    rig_start(rig);
    rig_push(rig, 0, 100, 10);
    rig_step(rig, 2);
    assert_batch(rig, pick(rig, CALL_PUMP, 0, 0), 0, 100, 10, MPCC_DUE_FULL);
    rig_close(rig);
  }
}

/* -- A loop that does not turn ------------------------------------------------------------- */

static void who_has_started_on_a_loop_that_does_not_turn_may_not_wait_for_a_flush(void **state)
{
  (void)state;
  uv_loop_t loop;
  mpcc_options_t options;
  assert_int_equal(uv_loop_init(&loop), 0);
  rig_options(&options, 10);
  options.manual = false;
  options.loop = &loop;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  assert_int_equal(mpcc_flush_wait(rig->mpcc, 0, 5), 0); /* there is nothing to wait for */
  rig_push(rig, 0, 0, 3);

  assert_int_equal(mpcc_flush_wait(rig->mpcc, 0, 5), MPCC_EDEADLK);
  assert_int_equal(mpcc_flush_wait(rig->mpcc, MPCC_ALL_SLOTS, 5), MPCC_EDEADLK);

  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT) != 0, 1);
  while (rig_calls(rig) == 0)
    (void)uv_run(&loop, UV_RUN_ONCE);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FLUSH); /* it has been flushed all the same */
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
  rig_close(rig);
}

/* -- What is asked about items that no pump has -------------------------------------------- */

static void ask_in_on_drop(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)reason;
  rig_keep(rig, mpcc_batch_cancelled(batch));
}

static void what_was_dropped_from_the_queue_was_not_cancelled(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, MPCC_NO_INTERVAL);
  rig->on_drop = ask_in_on_drop;
  rig_push(rig, 0, 0, 3);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);

  rig_step(rig, 1);

  assert_drop(rig, 0, 0, 0, 3, MPCC_ECANCELED);
  assert_int_equal(rig->got_count, 1);
  assert_int_equal(rig->got[0], false);
  rig_close(rig);
}

/* -- Weights ------------------------------------------------------------------------------ */

static size_t weigh_as_told(const void *item, void *arg)
{
  (void)item;
  return *(const size_t *)arg;
}

/* It may not; then no item is lost, none waits for ever, and those that are too heavy go alone. */
static void a_weight_that_changes_its_mind_harms_nobody(void **state)
{
  (void)state;
  static const size_t later[] = {11, 1000, SIZE_MAX, 0};
  for (size_t i = 0; i < 4; i++) {
    size_t weight = 5;
    mpcc_options_t options;
    rig_options(&options, 10);
    options.max_batch_weight = 10;
    options.weigh = weigh_as_told;
    options.weigh_arg = &weight;
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    rig_push(rig, 0, 0, 4);

    weight = later[i];
    assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
    for (uint64_t now_ms = 1; now_ms < 5; now_ms++)
      rig_step(rig, now_ms);

    assert_fates(rig, 4, 0, 0);
    assert_int_equal(rig_calls(rig), weight != 0 ? 4 : 1);
    weight = 10;
    rig_push(rig, 0, 4, 1);
    rig_step(rig, 10);
    assert_batch(rig, rig_calls(rig) - 1, 0, 4, 1, MPCC_DUE_FULL);
    rig_close(rig);
  }
}

/* -- Room and memory ----------------------------------------------------------------------- */

enum { CAPACITY = 6 };

struct wish {
  rig_t *rig;
  uint64_t item;
};

static int push_and_wait(void *arg)
{
  const struct wish *wish = arg;
  return mpcc_push_wait(wish->rig->mpcc, &wish->item, 0, MPCC_NO_TIMEOUT);
}

static size_t fill(rig_t *rig, uint32_t slot)
{
  size_t count = 0;
  int result;
  while ((result = mpcc_push(rig->mpcc, &(uint64_t){count}, slot)) == 0)
    count++;
  assert_int_equal(result, MPCC_EFULL);
  return count;
}

/* Slot 0 has room, but there is no memory for it: slot 1 has it all. */
static rig_t *rig_without_memory(void)
{
  mpcc_options_t options;
  rig_options(&options, 2);
  options.slot_count = 2;
  options.capacity = CAPACITY;
  options.max_memory = 2048;
  options.max_concurrency = 100;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  do
    rig_step(rig, rig->now_ms + 1);
  while (fill(rig, 1) != 0);
  assert_true(rig_calls(rig) > 1);
  return rig;
}

static void finish_pending(rig_t *rig)
{
  size_t count = rig_calls(rig);
  for (size_t i = 0; i < count; i++)
    (void)rig_done(rig, i, 0);
}

static void who_waits_for_room_behind_one_who_waits_for_memory_takes_no_more_than_one_place(
    void **state)
{
  (void)state;
  rig_t *rig = rig_without_memory();
  struct wish first = {rig, 1000};
  uint64_t second = 1001;
  sleeper_t sleeper;
  sleeper_start(&sleeper, push_and_wait, &first);

  for (int i = 0; i < 3; i++)
    assert_int_equal(mpcc_push_wait(rig->mpcc, &second, 0, 1), MPCC_ETIMEDOUT);
  assert_false(sleeper_is_up(&sleeper));

  rig->answer = 0;
  finish_pending(rig);
  rig_step(rig, rig->now_ms + 1);
  assert_int_equal(sleeper_join(&sleeper), 0);
  /* All places but that of the first are there. */
  for (size_t left = CAPACITY; left > 0;) {
    mpcc_stats_t stats = stats_of(rig, 0);
    left = CAPACITY - stats.queued;
    assert_int_equal(mpcc_push(rig->mpcc, &second, 0), left > 0 ? 0 : MPCC_EFULL);
  }
  assert_int_equal(stats_of(rig, 0).queued, CAPACITY);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_drain_in_idle_that_finds_one_full_slot_leaves_all_of_them_open),
    cmocka_unit_test(a_drain_that_on_drop_asks_for_ends_although_the_slot_is_just_empty),
    cmocka_unit_test(who_has_started_on_a_loop_that_does_not_turn_may_not_wait_for_a_flush),
    cmocka_unit_test(what_was_dropped_from_the_queue_was_not_cancelled),
    cmocka_unit_test(a_weight_that_changes_its_mind_harms_nobody),
    cmocka_unit_test(
        who_waits_for_room_behind_one_who_waits_for_memory_takes_no_more_than_one_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
