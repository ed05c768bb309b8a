/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* retry_delay_ms and retry_delay_max_ms: when the next try comes, told by next_ms. */

#include "harness.h"

/* Started; every batch is one item, and fails. */
static rig_t *rig_failing(uint64_t delay_ms, uint64_t delay_max_ms, uint32_t attempts)
{
  mpcc_options_t options;
  rig_options(&options, 1);
  options.slot_count = 3;
  options.max_attempts = attempts;
  options.retry_delay_ms = delay_ms;
  options.retry_delay_max_ms = delay_max_ms;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = -7;
  return rig;
}

/* The log holds the same item once for every try: the harness can't derive deliveries from it. */
static void close_rig(rig_t *rig)
{
  rig->forgot = true;
  rig_close(rig);
}

/* Let time pass until the one waiting batch is tried, which is not a moment too early; tell how
   long that was after its last try. */
static uint64_t pass_delay(rig_t *rig)
{
  size_t calls = rig_calls(rig);
  uint64_t tried_ms = rig->now_ms, due_ms = rig->next_ms;
  assert_true(due_ms > tried_ms && due_ms != UINT64_MAX);

  rig_step(rig, due_ms - 1);
  assert_int_equal(rig_calls(rig), calls);
  assert_true(rig->next_ms == due_ms);
  rig_step(rig, due_ms);
  assert_true(rig_calls(rig) > calls);
  assert_int_equal(rig->calls[calls].kind, CALL_PUMP);
  return due_ms - tried_ms;
}

static void delays_double_up_to_the_ceiling_give_or_take_a_half(void **state)
{
  (void)state;
  static const uint64_t bases[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000};
  rig_t *rig = rig_failing(100, 5000, 11);
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1000);

  for (size_t k = 0; k < 10; k++) {
    uint64_t most = bases[k] + bases[k] / 2;
    uint64_t delay = pass_delay(rig);
    assert_in_range(delay, bases[k] / 2, most < 5000 ? most : 5000);
  }

  assert_int_equal(rig_calls(rig), 12);
  assert_drop(rig, 11, 0, 0, 1, -7);
  assert_true(rig->next_ms == UINT64_MAX);
  close_rig(rig);
}

static void every_new_batch_begins_with_the_shortest_delay(void **state)
{
  (void)state;
  rig_t *rig = rig_failing(100, 100000, 8);
  for (uint64_t i = 0; i < 3; i++) {
    rig_push(rig, 0, i, 1);
    rig_step(rig, rig->now_ms + 1);
    assert_in_range(pass_delay(rig), 50, 150);
    for (int k = 2; k < 8; k++)
      (void)pass_delay(rig);
    assert_fates(rig, 0, i + 1, 0);
  }
  close_rig(rig);
}

enum { DELAYS = 300 };

/* The first delays of so many batches, one after the other. */
static void take_first_delays(rig_t *rig, uint64_t *delays)
{
  for (size_t i = 0; i < DELAYS; i++) {
    rig_push(rig, 0, i, 1);
    rig_step(rig, rig->now_ms + 1);
    delays[i] = pass_delay(rig);
  }
}

static size_t count_between(const uint64_t *delays, uint64_t from, uint64_t to)
{
  size_t count = 0;
  for (size_t i = 0; i < DELAYS; i++)
    count += delays[i] >= from && delays[i] <= to;
  return count;
}

static void delays_are_spread_by_chance_over_the_whole_range(void **state)
{
  (void)state;
  uint64_t delays[DELAYS];
  rig_t *rig = rig_failing(1000, 30000, 2);
  take_first_delays(rig, delays);
  close_rig(rig);

  assert_int_equal(count_between(delays, 500, 1500), DELAYS);
  /* A fair spread has 75 in each quarter. */
  for (uint64_t from = 500; from < 1500; from += 250)
    assert_in_range(count_between(delays, from, from + 250), 30, 130);
  for (size_t i = 3; i < DELAYS; i++)
    assert_false(delays[i] == delays[i - 1] && delays[i] == delays[i - 2] &&
                 delays[i] == delays[i - 3]);
}

static void at_the_ceiling_there_is_chance_too(void **state)
{
  (void)state;
  uint64_t delays[DELAYS];
  rig_t *rig = rig_failing(1000, 1000, 2);
  take_first_delays(rig, delays);
  close_rig(rig);

  assert_int_equal(count_between(delays, 500, 1000), DELAYS);
  assert_in_range(count_between(delays, 500, 750), 30, DELAYS - 30);
}

static void manual_instances_repeat_themselves(void **state)
{
  (void)state;
  uint64_t delays[2][DELAYS];
  for (size_t k = 0; k < 2; k++) {
    rig_t *rig = rig_failing(1000, 30000, 2);
    take_first_delays(rig, delays[k]);
    close_rig(rig);
  }
  assert_memory_equal(delays[0], delays[1], sizeof(delays[0]));
}

static void a_hundred_doublings_stay_at_the_ceiling(void **state)
{
  (void)state;
  const uint64_t ceiling_ms = UINT64_C(1) << 40;
  rig_t *rig = rig_failing(3, ceiling_ms, 120);
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 0);

  for (unsigned k = 0; k < 119; k++) {
    uint64_t delay = pass_delay(rig);
    uint64_t base = k < 39 ? UINT64_C(3) << k : ceiling_ms;
    if (base > ceiling_ms)
      base = ceiling_ms;
    assert_true(delay >= base / 2 && delay <= base + (base + 1) / 2 && delay <= ceiling_ms);
  }
  assert_fates(rig, 0, 1, 0);
  close_rig(rig);
}

static void without_a_ceiling_doubling_ends_at_the_end_of_time(void **state)
{
  (void)state;
  rig_t *rig = rig_failing(2, UINT64_MAX, 200);
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 0);

  unsigned doublings = 0;
  while (rig->next_ms < UINT64_MAX - 1) {
    assert_true(doublings < 64);
    assert_true(pass_delay(rig) >= UINT64_C(1) << doublings);
    doublings++;
  }
  assert_in_range(doublings, 60, 64);
  assert_fates(rig, 0, 0, 1);

  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_step(rig, rig->now_ms);
  assert_fates(rig, 0, 1, 0);
  close_rig(rig);
}

/* Jitter of a delay that is nearly as long as time: draw it often. */
static void the_longest_delay_does_not_wrap_into_the_past(void **state)
{
  (void)state;
  rig_t *rig = rig_failing(UINT64_MAX, UINT64_MAX, 4);
  for (uint64_t i = 0; i < 50; i++) {
    rig_push(rig, 0, i, 1);
    rig_step(rig, 1000 + i);
    assert_true(rig->next_ms >= UINT64_MAX / 2);
    assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
    rig_step(rig, 1000 + i);
  }
  assert_int_equal(rig_count(rig, CALL_PUMP), 50);
  assert_fates(rig, 0, 50, 0);
  close_rig(rig);
}

static void half_of_all_time_doubled_does_not_wrap_to_nothing(void **state)
{
  (void)state;
  rig_t *rig = rig_failing(UINT64_C(1) << 63, UINT64_MAX, 4);
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1000);
  assert_in_range(pass_delay(rig), UINT64_C(1) << 62, UINT64_C(3) << 62);
  assert_int_equal(rig_calls(rig), 2);
  assert_true(rig->next_ms >= UINT64_MAX - 1 || rig->next_ms - rig->now_ms >= UINT64_MAX / 2);
  close_rig(rig);
}

static void a_delay_over_the_maximum_is_cut_to_it(void **state)
{
  (void)state;
  static const uint64_t delays[] = {11, 1000, UINT64_MAX / 2, UINT64_MAX};
  for (size_t k = 0; k < 4; k++) {
    rig_t *rig = rig_failing(delays[k], 10, 20);
    rig_push(rig, 0, 0, 1);
    rig_step(rig, 1000);
    for (int i = 0; i < 19; i++)
      assert_in_range(pass_delay(rig), 5, 10);
    assert_fates(rig, 0, 1, 0);
    close_rig(rig);
  }
}

static void no_delay_or_a_maximum_of_0_is_at_once_in_the_same_step(void **state)
{
  (void)state;
  static const uint64_t delays[][2] = {{0, 30000}, {100, 0}, {0, 0}, {UINT64_MAX, 0}};
  for (size_t k = 0; k < 4; k++) {
    rig_t *rig = rig_failing(delays[k][0], delays[k][1], 100);
    rig_push(rig, 0, 0, 1);
    rig_step(rig, 1000);

    assert_int_equal(rig_count(rig, CALL_PUMP), 100);
    assert_int_equal(rig_count(rig, CALL_DROP), 1);
    assert_true(rig->next_ms == UINT64_MAX);
    close_rig(rig);
  }
}

static void a_delay_of_1_does_not_vanish_in_the_long_run(void **state)
{
  (void)state;
  rig_t *rig = rig_failing(1, 1, 200);
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 0);
  while (rig->next_ms != UINT64_MAX) {
    assert_in_range(rig->next_ms, rig->now_ms, rig->now_ms + 1);
    rig_step(rig, rig->next_ms);
  }
  assert_int_equal(rig_count(rig, CALL_PUMP), 200);
  assert_in_range(rig->now_ms, 20, 199);
  close_rig(rig);
}

static void the_delay_counts_from_the_step_that_sees_the_failure(void **state)
{
  (void)state;
  rig_t *rig = rig_failing(100, 30000, 2);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1000);
  assert_true(rig->next_ms == UINT64_MAX);

  assert_int_equal(rig_done(rig, 0, -7), 0);
  rig_step(rig, 5000);

  assert_int_equal(rig_calls(rig), 1);
  assert_in_range(pass_delay(rig), 50, 150);
  close_rig(rig);
}

static void many_waiting_batches_are_each_tried_at_the_time_that_was_announced(void **state)
{
  (void)state;
  rig_t *rig = rig_failing(1000, 30000, 2);
  for (uint32_t slot = 0; slot < 3; slot++)
    rig_push(rig, slot, slot, 1);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 3);

  uint64_t tried_ms[3] = {0};
  for (uint64_t now = 1001; now <= 2500; now++) {
    size_t calls = rig_calls(rig);
    uint64_t due_ms = rig->next_ms;
    rig_step(rig, now);
    assert_true(rig_calls(rig) > calls ? now == due_ms : now < due_ms);
    for (size_t i = calls; i < rig_calls(rig); i++)
      if (rig->calls[i].kind == CALL_PUMP)
        tried_ms[rig->calls[i].slot] = now;
  }

  assert_int_equal(rig_count(rig, CALL_PUMP), 6);
  assert_int_equal(rig_count(rig, CALL_DROP), 3);
  for (uint32_t slot = 0; slot < 3; slot++)
    assert_in_range(tried_ms[slot], 1500, 2500);
  assert_false(tried_ms[0] == tried_ms[1] && tried_ms[1] == tried_ms[2]);
  close_rig(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(delays_double_up_to_the_ceiling_give_or_take_a_half),
    cmocka_unit_test(every_new_batch_begins_with_the_shortest_delay),
    cmocka_unit_test(delays_are_spread_by_chance_over_the_whole_range),
    cmocka_unit_test(at_the_ceiling_there_is_chance_too),
    cmocka_unit_test(manual_instances_repeat_themselves),
    cmocka_unit_test(a_hundred_doublings_stay_at_the_ceiling),
    cmocka_unit_test(without_a_ceiling_doubling_ends_at_the_end_of_time),
    cmocka_unit_test(the_longest_delay_does_not_wrap_into_the_past),
    cmocka_unit_test(half_of_all_time_doubled_does_not_wrap_to_nothing),
    cmocka_unit_test(a_delay_over_the_maximum_is_cut_to_it),
    cmocka_unit_test(no_delay_or_a_maximum_of_0_is_at_once_in_the_same_step),
    cmocka_unit_test(a_delay_of_1_does_not_vanish_in_the_long_run),
    cmocka_unit_test(the_delay_counts_from_the_step_that_sees_the_failure),
    cmocka_unit_test(many_waiting_batches_are_each_tried_at_the_time_that_was_announced),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
