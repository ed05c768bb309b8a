/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_complete(MPCC_DRAIN): everything accepted is pumped, then the instance is stopped. */

#include "harness.h"

static int push_one(rig_t *rig, uint64_t item)
{
  return mpcc_push(rig->mpcc, &item, 0);
}

static void a_drain_hands_over_full_batches_then_the_remainder(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig_push(rig, 0, 0, 8);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 1000);

  assert_int_equal(rig_calls(rig), 4);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FULL);
  assert_batch(rig, 1, 0, 3, 3, MPCC_DUE_FULL);
  assert_batch(rig, 2, 0, 6, 2, MPCC_DUE_DRAIN);
  assert_int_equal(rig->calls[3].kind, CALL_COMPLETE);
  rig_close(rig);
}

static void a_drain_does_not_wait_for_an_interval_that_has_begun(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, 3600000);
  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1000);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 1001);

  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_DRAIN);
  assert_int_equal(rig->calls[0].waited_ms, 1);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  rig_close(rig);
}

static void a_drain_takes_every_slot(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 10);
  options.slot_count = 50;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  for (uint32_t slot = 0; slot < 50; slot++)
    rig_push(rig, slot, 100 * slot, slot % 4);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 1);

  uint64_t items = 0;
  for (size_t i = 0; i + 1 < rig_calls(rig); i++) {
    uint32_t slot = rig->calls[i].slot;
    assert_batch(rig, i, slot, 100 * slot, slot % 4, MPCC_DUE_DRAIN);
    items += rig->calls[i].count;
  }
  assert_int_equal(rig_count(rig, CALL_PUMP), 37);
  assert_int_equal(items, 12 * 6 + 1);
  assert_int_equal(rig->calls[37].kind, CALL_COMPLETE);
  rig_close(rig);
}

static void a_drain_keeps_to_the_cap_and_waits_for_every_batch_in_flight(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 8);
  rig_step(rig, 1);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  for (size_t i = 0; i < 3; i++) {
    rig_step(rig, 2 + i);
    assert_int_equal(rig_calls(rig), i + 1);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ETIMEDOUT);
    assert_int_equal(rig_done(rig, i, 0), 0);
  }
  rig_step(rig, 9);

  assert_batch(rig, 2, 0, 6, 2, MPCC_DUE_DRAIN);
  assert_int_equal(rig_calls(rig), 4);
  assert_int_equal(rig->calls[3].kind, CALL_COMPLETE);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_fates(rig, 8, 0, 0);
  rig_close(rig);
}

static void the_callback_is_called_once_on_the_loop_s_thread_with_its_argument(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  /* Nothing is left to do, and yet it is the step that ends it. */
  assert_int_equal(rig_calls(rig), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ETIMEDOUT);
  rig_step(rig, 1);
  rig_step(rig, 2);

  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(rig->calls[0].kind, CALL_COMPLETE);
  assert_int_equal(rig->calls[0].reason, 0);
  assert_ptr_equal(rig->calls[0].state, rig);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static void the_callback_of_a_drain_may_be_null(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig_push(rig, 0, 0, 1);

  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  rig_step(rig, 1);

  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_int_equal(rig_calls(rig), 1);
  rig_close(rig);
}

static void from_the_call_on_every_push_is_closed(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig_push(rig, 0, 0, 2);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(push_one(rig, 2), MPCC_ECLOSED);
  rig_step(rig, 1);
  assert_int_equal(push_one(rig, 2), MPCC_ECLOSED);

  mpcc_stats_t stats;
  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  assert_int_equal(stats.pushed, 2);
  assert_int_equal(stats.rejected, 0);
  assert_batch(rig, 0, 0, 0, 2, MPCC_DUE_DRAIN);
  rig_close(rig);
}

static int ask_whether_cancelled(rig_t *rig, mpcc_batch_t *batch)
{
  rig_keep(rig, mpcc_batch_cancelled(batch));
  return MPCC_PENDING;
}

static void a_drain_cancels_nothing(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig->on_pump = ask_whether_cancelled;
  rig_push(rig, 0, 0, 5);
  rig_step(rig, 1);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 2);
  assert_false(mpcc_batch_cancelled(rig->calls[0].batch));
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 3);

  assert_int_equal(rig->got_count, 2);
  assert_int_equal(rig->got[1], 0);
  assert_false(mpcc_batch_cancelled(rig->calls[1].batch));
  assert_int_equal(rig_count(rig, CALL_CANCEL), 0);
  rig_close(rig);
}

static void what_fails_during_a_drain_is_dropped_for_its_own_reason(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig->answer = -7;
  rig_push(rig, 0, 0, 4);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), 5);
  assert_drop(rig, 1, 0, 0, 3, -7);
  assert_drop(rig, 3, 0, 3, 1, -7);
  assert_int_equal(rig->calls[4].kind, CALL_COMPLETE);
  rig_close(rig);
}

static int drain_and_push(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  rig_keep(rig, rig_complete(rig, MPCC_DRAIN));
  rig_keep(rig, push_one(rig, 99));
  return 0;
}

static void a_pump_may_drain(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig->on_pump = drain_and_push;
  rig_push(rig, 0, 0, 4);

  rig_step(rig, 1);
  rig_step(rig, 2);

  assert_int_equal(rig->got[0], 0);
  assert_int_equal(rig->got[1], MPCC_ECLOSED);
  assert_int_equal(rig->got[2], MPCC_EALREADY);
  assert_int_equal(rig_calls(rig), 3);
  assert_batch(rig, 1, 0, 3, 1, MPCC_DUE_DRAIN);
  assert_int_equal(rig->calls[2].kind, CALL_COMPLETE);
  rig_close(rig);
}

static void a_second_drain_is_already_under_way_or_over(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), MPCC_EALREADY);
  rig_step(rig, 1);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), MPCC_EALREADY);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), MPCC_EALREADY);
  rig_step(rig, 2);

  assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
  rig_close(rig);
}

static void an_unknown_mode_changes_nothing(void **state)
{
  (void)state;
  static const int modes[] = {3, 9, -1, MPCC_EINVAL};
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
    assert_int_equal(rig_complete(rig, modes[i]), MPCC_EINVAL);
  assert_int_equal(mpcc_complete(NULL, MPCC_DRAIN, NULL, NULL), MPCC_EINVAL);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ESTATE);
  assert_int_equal(push_one(rig, 0), 0);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(rig_complete(rig, 9), MPCC_EINVAL);
  rig_step(rig, 1);
  assert_int_equal(rig_complete(rig, 9), MPCC_EINVAL);
  rig_close(rig);
}

static void a_drain_in_idle_with_items_has_nowhere_to_drain_and_loses_nothing(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  rig_t *rig = rig_open(&options);
  rig_push(rig, 0, 0, 2);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), MPCC_ESTATE);
  assert_int_equal(rig_calls(rig), 0);
  assert_int_equal(push_one(rig, 2), 0);
  rig_start(rig);
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FULL);
  rig_close(rig);
}

static void an_empty_drain_in_idle_ends_before_the_call_returns(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  rig_t *rig = rig_open(&options);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);

  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(rig->calls[0].kind, CALL_COMPLETE);
  assert_int_equal(rig->calls[0].reason, 0);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_int_equal(push_one(rig, 0), MPCC_ECLOSED);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_drain_hands_over_full_batches_then_the_remainder),
    cmocka_unit_test(a_drain_does_not_wait_for_an_interval_that_has_begun),
    cmocka_unit_test(a_drain_takes_every_slot),
    cmocka_unit_test(a_drain_keeps_to_the_cap_and_waits_for_every_batch_in_flight),
    cmocka_unit_test(the_callback_is_called_once_on_the_loop_s_thread_with_its_argument),
    cmocka_unit_test(the_callback_of_a_drain_may_be_null),
    cmocka_unit_test(from_the_call_on_every_push_is_closed),
    cmocka_unit_test(a_drain_cancels_nothing),
    cmocka_unit_test(what_fails_during_a_drain_is_dropped_for_its_own_reason),
    cmocka_unit_test(a_pump_may_drain),
    cmocka_unit_test(a_second_drain_is_already_under_way_or_over),
    cmocka_unit_test(an_unknown_mode_changes_nothing),
    cmocka_unit_test(a_drain_in_idle_with_items_has_nowhere_to_drain_and_loses_nothing),
    cmocka_unit_test(an_empty_drain_in_idle_ends_before_the_call_returns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
