/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_flush(): what is queued now is due at once, in full batches and one partial one. */

#include "harness.h"

static void a_flush_hands_over_a_partial_batch_at_once(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, 3600000);
  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 0);

  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_step(rig, 1001);

  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FLUSH);
  assert_int_equal(rig->calls[0].waited_ms, 1);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static void a_flush_works_without_an_interval_and_before_the_first_step(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, MPCC_NO_INTERVAL);
  rig_push(rig, 0, 0, 3);

  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_step(rig, 1000);

  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FLUSH);
  rig_close(rig);
}

static void flushed_full_batches_stay_full_and_one_partial_batch_follows(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  rig_t *rig = rig_open(&options);
  rig_push(rig, 0, 0, 8);
  rig_start(rig);

  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_step(rig, 1000);

  assert_int_equal(rig_calls(rig), 3);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FULL);
  assert_batch(rig, 1, 0, 3, 3, MPCC_DUE_FULL);
  assert_batch(rig, 2, 0, 6, 2, MPCC_DUE_FLUSH);
  rig_close(rig);
}

static void items_pushed_after_a_flush_join_the_batch_that_is_not_yet_formed(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, 100);
  rig_push(rig, 0, 0, 2);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_push(rig, 0, 2, 1);

  rig_step(rig, 1000);

  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FLUSH);
  rig_close(rig);
}

static void items_that_find_no_room_in_the_flushed_batch_wait_as_usual(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, 100);
  rig_push(rig, 0, 0, 2);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_push(rig, 0, 2, 3);

  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FULL);
  assert_int_equal(rig->next_ms, 1100);
  rig_step(rig, 1100);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 0, 3, 2, MPCC_DUE_INTERVAL);
  rig_close(rig);
}

static void items_pushed_after_the_flushed_batch_was_formed_wait_as_usual(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, 100);
  rig_push(rig, 0, 0, 2);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_step(rig, 1000);

  rig_push(rig, 0, 2, 1);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(rig->next_ms, 1100);
  rig_step(rig, 1100);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 0, 2, 1, MPCC_DUE_INTERVAL);
  rig_close(rig);
}

static void a_flush_of_nothing_is_not_kept_for_later_items(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, 100);

  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_step(rig, 1000);
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 1001);
  assert_int_equal(rig_calls(rig), 0);
  rig_step(rig, 1101);

  assert_batch(rig, 0, 0, 0, 2, MPCC_DUE_INTERVAL);
  rig_close(rig);
}

static void a_flush_of_nothing_is_not_kept_even_before_a_step(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, 100);

  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 1000);

  assert_int_equal(rig_calls(rig), 0);
  assert_int_equal(rig->next_ms, 1100);
  rig_close(rig);
}

static void a_flush_takes_one_slot_and_leaves_the_others(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 10);
  options.slot_count = 3;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  for (uint32_t slot = 0; slot < 3; slot++)
    rig_push(rig, slot, 10 * slot, 2);

  assert_int_equal(mpcc_flush(rig->mpcc, 1), 0);
  rig_step(rig, 1000);

  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 1, 10, 2, MPCC_DUE_FLUSH);
  rig_close(rig);
}

static void a_flush_of_all_slots_makes_one_batch_of_each_that_holds_items(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 10);
  options.slot_count = 100;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  for (uint32_t slot = 0; slot < 100; slot += 7)
    rig_push(rig, slot, 1000 * slot, slot % 9 + 1);

  assert_int_equal(mpcc_flush(rig->mpcc, MPCC_ALL_SLOTS), 0);
  rig_step(rig, 1000);

  bool seen[100] = {false};
  assert_int_equal(rig_calls(rig), 15);
  for (size_t i = 0; i < 15; i++) {
    uint32_t slot = rig->calls[i].slot;
    assert_int_equal(slot % 7, 0);
    assert_false(seen[slot]);
    seen[slot] = true;
    assert_batch(rig, i, slot, 1000 * slot, slot % 9 + 1, MPCC_DUE_FLUSH);
  }
  rig_close(rig);
}

static void a_flush_is_remembered_while_the_cap_is_reached(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 10);
  rig_step(rig, 1000);
  rig_push(rig, 0, 10, 2);

  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_step(rig, 1001);
  rig_step(rig, 1002);
  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 1003);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 0, 10, 2, MPCC_DUE_FLUSH);
  assert_int_equal(rig_done(rig, 1, 0), 0);
  rig_push(rig, 0, 12, 1);
  rig_step(rig, 1004);
  assert_int_equal(rig_calls(rig), 2); /* it was remembered once */
  rig_close(rig);
}

static void two_flushes_before_one_batch_make_one_batch(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 10);
  rig_step(rig, 1000);

  rig_push(rig, 0, 10, 2);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_push(rig, 0, 12, 2);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig->answer = 0;
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 1001);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 0, 10, 4, MPCC_DUE_FLUSH);
  rig_close(rig);
}

static int flush_in_the_first_call(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  if (rig->got_count == 0)
    rig_keep(rig, mpcc_flush(rig->mpcc, MPCC_ALL_SLOTS));
  return 0;
}

static void a_pump_may_flush(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  options.slot_count = 2;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->on_pump = flush_in_the_first_call;
  rig_push(rig, 0, 0, 4);
  rig_push(rig, 1, 10, 2);

  rig_step(rig, 1000);
  for (int i = 0; i < 5 && rig->next_ms == 1000; i++)
    rig_step(rig, 1000);

  assert_int_equal(rig->got_count, 1);
  assert_int_equal(rig->got[0], 0);
  assert_int_equal(rig_calls(rig), 3);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FULL);
  size_t of_slot_0 = rig->calls[1].slot == 0 ? 1 : 2;
  assert_batch(rig, of_slot_0, 0, 3, 1, MPCC_DUE_FLUSH);
  assert_batch(rig, 3 - of_slot_0, 1, 10, 2, MPCC_DUE_FLUSH);
  rig_close(rig);
}

static void a_flush_wants_a_running_instance_and_a_slot_that_exists(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 10);
  options.slot_count = 3;
  rig_t *rig = rig_open(&options);
  rig_push(rig, 0, 0, 1);

  assert_int_equal(mpcc_flush(NULL, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_flush(rig->mpcc, 3), MPCC_EINVAL);
  assert_int_equal(mpcc_flush(rig->mpcc, UINT32_MAX - 1), MPCC_EINVAL);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), MPCC_ESTATE);
  assert_int_equal(mpcc_flush(rig->mpcc, MPCC_ALL_SLOTS), MPCC_ESTATE);

  rig_start(rig);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 0);
  assert_int_equal(mpcc_flush(rig->mpcc, 3), MPCC_EINVAL);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), MPCC_ECLOSED);
  rig_step(rig, 2);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), MPCC_ECLOSED);
  assert_int_equal(mpcc_flush(rig->mpcc, MPCC_ALL_SLOTS), MPCC_ECLOSED);
  assert_int_equal(mpcc_flush(rig->mpcc, 3), MPCC_EINVAL);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_flush_hands_over_a_partial_batch_at_once),
    cmocka_unit_test(a_flush_works_without_an_interval_and_before_the_first_step),
    cmocka_unit_test(flushed_full_batches_stay_full_and_one_partial_batch_follows),
    cmocka_unit_test(items_pushed_after_a_flush_join_the_batch_that_is_not_yet_formed),
    cmocka_unit_test(items_that_find_no_room_in_the_flushed_batch_wait_as_usual),
    cmocka_unit_test(items_pushed_after_the_flushed_batch_was_formed_wait_as_usual),
    cmocka_unit_test(a_flush_of_nothing_is_not_kept_for_later_items),
    cmocka_unit_test(a_flush_of_nothing_is_not_kept_even_before_a_step),
    cmocka_unit_test(a_flush_takes_one_slot_and_leaves_the_others),
    cmocka_unit_test(a_flush_of_all_slots_makes_one_batch_of_each_that_holds_items),
    cmocka_unit_test(a_flush_is_remembered_while_the_cap_is_reached),
    cmocka_unit_test(two_flushes_before_one_batch_make_one_batch),
    cmocka_unit_test(a_pump_may_flush),
    cmocka_unit_test(a_flush_wants_a_running_instance_and_a_slot_that_exists),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
