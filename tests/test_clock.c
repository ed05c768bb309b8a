/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Time at its edges: 64 bits, jumps, going back. Deadlines never wrap. */

#include "harness.h"

static void an_interval_of_almost_for_ever_does_not_wrap(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, UINT64_MAX - 1);
  static const uint64_t times[] = {1000, 1001, UINT64_MAX / 2, UINT64_MAX - 2};

  rig_push(rig, 0, 0, 9);
  for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
    rig_step(rig, times[i]);
    assert_int_equal(rig_calls(rig), 0);
    assert_true(rig->next_ms == UINT64_MAX);
  }

  rig_close(rig);
}

static void a_deadline_beyond_the_end_of_time_does_not_wrap(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, 100);

  rig_push(rig, 0, 0, 1);
  rig_step(rig, UINT64_MAX - 50);
  rig_step(rig, UINT64_MAX - 50);
  rig_step(rig, UINT64_MAX - 2);

  assert_int_equal(rig_calls(rig), 0);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static void a_deadline_close_to_the_end_of_time_is_kept(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, 100);

  rig_push(rig, 0, 0, 1);
  rig_step(rig, UINT64_MAX - 200);
  assert_true(rig->next_ms == UINT64_MAX - 100);
  rig_step(rig, UINT64_MAX - 101);
  assert_int_equal(rig_calls(rig), 0);
  rig_step(rig, UINT64_MAX - 100);

  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 0, 0, 1, MPCC_DUE_INTERVAL);
  rig_close(rig);
}

static void a_jump_to_the_end_of_time_serves_every_slot_once(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 10);
  options.push_interval_ms = 100;
  options.slot_count = 3;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  for (uint32_t slot = 0; slot < 3; slot++)
    rig_push(rig, slot, 10 * slot, 2);
  rig_step(rig, 1000);

  rig_step(rig, UINT64_MAX);
  rig_step(rig, UINT64_MAX);

  assert_int_equal(rig_calls(rig), 3);
  for (size_t i = 0; i < 3; i++) {
    uint32_t slot = rig->calls[i].slot;
    assert_batch(rig, i, slot, 10 * slot, 2, MPCC_DUE_INTERVAL);
    assert_true(rig->calls[i].waited_ms == UINT64_MAX - 1000);
  }
  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static void full_batches_are_still_formed_at_the_end_of_time(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, 100);
  rig_step(rig, UINT64_MAX);

  rig_push(rig, 0, 0, 2);
  rig_step(rig, UINT64_MAX);

  assert_batch(rig, 0, 0, 0, 2, MPCC_DUE_FULL);
  assert_int_equal(rig->calls[0].waited_ms, 0);
  rig_close(rig);
}

static void time_that_goes_back_is_taken_as_the_last_time(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 10);
  options.push_interval_ms = 100;
  options.slot_count = 2;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1000);

  rig_step(rig, 500);
  assert_int_equal(rig->next_ms, 1100);
  rig_push(rig, 1, 1, 1);
  rig_step(rig, 0);
  assert_int_equal(rig->next_ms, 1100);
  rig_step(rig, 1099);
  assert_int_equal(rig_calls(rig), 0);
  rig_step(rig, 1100);

  assert_int_equal(rig_calls(rig), 2);
  assert_int_equal(rig->calls[0].waited_ms, 100);
  assert_int_equal(rig->calls[1].waited_ms, 100);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_interval_of_almost_for_ever_does_not_wrap),
    cmocka_unit_test(a_deadline_beyond_the_end_of_time_does_not_wrap),
    cmocka_unit_test(a_deadline_close_to_the_end_of_time_is_kept),
    cmocka_unit_test(a_jump_to_the_end_of_time_serves_every_slot_once),
    cmocka_unit_test(full_batches_are_still_formed_at_the_end_of_time),
    cmocka_unit_test(time_that_goes_back_is_taken_as_the_last_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
