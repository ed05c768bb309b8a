/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* When batches are formed by time: the interval of a slot's oldest item. */

#include "harness.h"

static void a_partial_batch_waits_for_its_interval_and_no_longer(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, 100);

  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 0);
  assert_int_equal(rig->next_ms, 1100);
  rig_step(rig, 1099);
  assert_int_equal(rig_calls(rig), 0);
  assert_int_equal(rig->next_ms, 1100);
  rig_step(rig, 1100);

  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_INTERVAL);
  assert_int_equal(rig->calls[0].waited_ms, 100);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static void a_late_step_tells_how_long_the_oldest_item_waited(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, 100);

  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1000);
  rig_step(rig, 1250);

  assert_batch(rig, 0, 0, 0, 1, MPCC_DUE_INTERVAL);
  assert_int_equal(rig->calls[0].waited_ms, 250);
  rig_close(rig);
}

static void the_interval_counts_from_the_oldest_item(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, 100);

  for (uint64_t i = 0; i < 5; i++) {
    rig_push(rig, 0, i, 1);
    rig_step(rig, 1000 + 20 * i);
    assert_int_equal(rig->next_ms, 1100);
  }
  rig_step(rig, 1100);

  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 0, 0, 5, MPCC_DUE_INTERVAL);
  assert_int_equal(rig->calls[0].waited_ms, 100);
  rig_close(rig);
}

static void after_a_partial_batch_the_interval_counts_anew(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, 100);
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 1000);
  rig_step(rig, 1100);
  assert_int_equal(rig_calls(rig), 1);

  rig_push(rig, 0, 2, 1);
  rig_step(rig, 1110);
  assert_int_equal(rig->next_ms, 1210);
  rig_step(rig, 1209);
  assert_int_equal(rig_calls(rig), 1);
  rig_step(rig, 1210);

  assert_batch(rig, 1, 0, 2, 1, MPCC_DUE_INTERVAL);
  assert_int_equal(rig->calls[1].waited_ms, 100);
  rig_close(rig);
}

static void what_a_full_batch_leaves_behind_waits_from_its_own_oldest_item(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, 100);
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 1000);

  rig_push(rig, 0, 2, 2);
  rig_step(rig, 1060);
  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FULL);
  assert_int_equal(rig->calls[0].waited_ms, 60);
  assert_int_equal(rig->next_ms, 1160);
  rig_step(rig, 1160);

  assert_batch(rig, 1, 0, 3, 1, MPCC_DUE_INTERVAL);
  assert_int_equal(rig->calls[1].waited_ms, 100);
  rig_close(rig);
}

static void a_full_batch_does_not_wait_for_the_interval(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, 3600000);
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1000);

  rig_push(rig, 0, 1, 1);
  rig_step(rig, 1001);

  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 0, 0, 2, MPCC_DUE_FULL);
  assert_int_equal(rig->calls[0].waited_ms, 1);
  rig_close(rig);
}

/* However the queue keeps them, all items that wait for one interval come as one array. */
static void a_partial_batch_of_any_number_is_one_batch(void **state)
{
  (void)state;
  static const size_t numbers[] = {1, 15, 16, 17, 64, 80, 81, 272, 273, 300, 499};
  for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++) {
    rig_t *rig = rig_run(500, 100);

    rig_push(rig, 0, 7, numbers[k]);
    rig_step(rig, 1000);
    rig_step(rig, 1100);

    assert_int_equal(rig_calls(rig), 1);
    assert_batch(rig, 0, 0, 7, numbers[k], MPCC_DUE_INTERVAL);
    rig_close(rig);
  }
}

static void an_interval_of_0_hands_over_whatever_a_step_finds(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, 0);

  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1000);
  rig_push(rig, 0, 3, 1);
  rig_step(rig, 1000);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_INTERVAL);
  assert_batch(rig, 1, 0, 3, 1, MPCC_DUE_INTERVAL);
  assert_int_equal(rig->calls[0].waited_ms, 0);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static void an_interval_of_0_still_makes_full_batches_of_what_is_there(void **state)
{
  (void)state;
  rig_t *rig = rig_run(4, 0);

  rig_push(rig, 0, 0, 9);
  rig_step(rig, 1000);

  assert_int_equal(rig_calls(rig), 3);
  assert_batch(rig, 0, 0, 0, 4, MPCC_DUE_FULL);
  assert_batch(rig, 1, 0, 4, 4, MPCC_DUE_FULL);
  assert_batch(rig, 2, 0, 8, 1, MPCC_DUE_INTERVAL);
  rig_close(rig);
}

static void without_an_interval_a_partial_batch_waits_for_ever(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, MPCC_NO_INTERVAL);
  static const uint64_t times[] = {0, 1000, UINT64_MAX / 2, UINT64_MAX - 1, UINT64_MAX};

  for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
    rig_push(rig, 0, i, 1);
    rig_step(rig, times[i]);
    assert_int_equal(rig_calls(rig), 0);
    assert_true(rig->next_ms == UINT64_MAX);
  }

  rig_close(rig);
}

static void each_slot_has_its_own_interval(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 10);
  options.push_interval_ms = 100;
  options.slot_count = 3;
  rig_t *rig = rig_open(&options);
  rig_start(rig);

  rig_push(rig, 1, 10, 2);
  rig_step(rig, 1000);
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1030);
  rig_push(rig, 2, 20, 3);
  rig_step(rig, 1060);

  assert_int_equal(rig->next_ms, 1100);
  rig_step(rig, 1100);
  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 1, 10, 2, MPCC_DUE_INTERVAL);
  assert_int_equal(rig->next_ms, 1130);
  rig_step(rig, 1130);
  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 0, 0, 1, MPCC_DUE_INTERVAL);
  assert_int_equal(rig->next_ms, 1160);
  rig_step(rig, 1160);
  assert_batch(rig, 2, 2, 20, 3, MPCC_DUE_INTERVAL);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static void an_interval_that_ends_while_the_cap_is_reached_is_served_after_the_done(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, 100);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 1);

  rig_step(rig, 1100);
  assert_int_equal(rig_calls(rig), 1);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_step(rig, 1150);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 1150);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 0, 2, 1, MPCC_DUE_INTERVAL);
  assert_int_equal(rig->calls[1].waited_ms, 150);
  rig_close(rig);
}

static void what_waits_behind_the_cap_ages_from_the_step_that_saw_it(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, 100);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 7);

  for (uint64_t i = 0; i < 4; i++) {
    rig_step(rig, 1000 + 1000 * i);
    assert_int_equal(rig_calls(rig), i + 1);
    assert_batch(rig, i, 0, 2 * i, i < 3 ? 2 : 1, i < 3 ? MPCC_DUE_FULL : MPCC_DUE_INTERVAL);
    assert_int_equal(rig->calls[i].waited_ms, 1000 * i);
    assert_int_equal(rig_done(rig, i, 0), 0);
  }

  rig_close(rig);
}

static void a_slot_at_its_cap_asks_for_no_step(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, 100);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1000);
  assert_int_equal(rig->next_ms, 1100);

  rig_push(rig, 0, 1, 2);
  rig_step(rig, 1010);

  assert_int_equal(rig_calls(rig), 1);
  assert_true(rig->next_ms == UINT64_MAX);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 1020);
  assert_int_equal(rig->next_ms, 1110); /* as of the step that saw the third item */
  rig_close(rig);
}

static void items_pushed_before_start_wait_from_start(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  options.push_interval_ms = 100;
  rig_t *rig = rig_open(&options);
  rig_push(rig, 0, 0, 7);
  rig_step(rig, 10);
  rig_step(rig, 950);
  assert_int_equal(rig_calls(rig), 0);

  rig_start(rig);
  rig_step(rig, 1000);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FULL);
  assert_batch(rig, 1, 0, 3, 3, MPCC_DUE_FULL);
  /* Start came between two steps; its time is either's. */
  assert_in_range(rig->next_ms, 1050, 1100);
  rig_step(rig, 1100);
  assert_int_equal(rig_calls(rig), 3);
  assert_batch(rig, 2, 0, 6, 1, MPCC_DUE_INTERVAL);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_partial_batch_waits_for_its_interval_and_no_longer),
    cmocka_unit_test(a_late_step_tells_how_long_the_oldest_item_waited),
    cmocka_unit_test(the_interval_counts_from_the_oldest_item),
    cmocka_unit_test(after_a_partial_batch_the_interval_counts_anew),
    cmocka_unit_test(what_a_full_batch_leaves_behind_waits_from_its_own_oldest_item),
    cmocka_unit_test(a_full_batch_does_not_wait_for_the_interval),
    cmocka_unit_test(a_partial_batch_of_any_number_is_one_batch),
    cmocka_unit_test(an_interval_of_0_hands_over_whatever_a_step_finds),
    cmocka_unit_test(an_interval_of_0_still_makes_full_batches_of_what_is_there),
    cmocka_unit_test(without_an_interval_a_partial_batch_waits_for_ever),
    cmocka_unit_test(each_slot_has_its_own_interval),
    cmocka_unit_test(an_interval_that_ends_while_the_cap_is_reached_is_served_after_the_done),
    cmocka_unit_test(items_pushed_before_start_wait_from_start),
    cmocka_unit_test(what_waits_behind_the_cap_ages_from_the_step_that_saw_it),
    cmocka_unit_test(a_slot_at_its_cap_asks_for_no_step),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
