/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_push() and mpcc_push_many(): arguments, capacity, order, what the items look like. */

#include "harness.h"

#include <string.h>

static rig_t *rig_bounded(uint32_t batch_size, size_t capacity)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.capacity = capacity;
  return rig_open(&options);
}

static int push_one(rig_t *rig, uint64_t item)
{
  return mpcc_push(rig->mpcc, &item, 0);
}

/* Returns how many items went in before the slot said MPCC_EFULL. */
static size_t fill(rig_t *rig, uint64_t first)
{
  size_t count = 0;
  while (count < 100000 && push_one(rig, first + count) == 0)
    count++;
  assert_int_equal(push_one(rig, 0), MPCC_EFULL);
  return count;
}

static void a_push_wants_an_instance_an_item_and_a_slot_that_exists(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 10);
  options.slot_count = 3;
  rig_t *rig = rig_open(&options);
  uint64_t item = 1;

  assert_int_equal(mpcc_push(NULL, &item, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_push(rig->mpcc, NULL, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_push(rig->mpcc, &item, 3), MPCC_EINVAL);
  assert_int_equal(mpcc_push(rig->mpcc, &item, UINT32_MAX), MPCC_EINVAL);
  assert_int_equal(mpcc_push_many(NULL, &item, 1, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_push_many(rig->mpcc, NULL, 1, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_push_many(rig->mpcc, &item, 1, 3), MPCC_EINVAL);
  assert_int_equal(mpcc_push_many(rig->mpcc, &item, (size_t)PTRDIFF_MAX + 1, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_push_many(rig->mpcc, &item, SIZE_MAX, 0), MPCC_EINVAL);

  mpcc_stats_t stats;
  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  assert_int_equal(stats.pushed, 0);
  assert_int_equal(stats.rejected, 0);
  rig_close(rig);
}

static void arguments_are_checked_before_state(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, 100);
  uint64_t item = 1;
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);

  assert_int_equal(mpcc_push(rig->mpcc, &item, 1), MPCC_EINVAL);
  assert_int_equal(mpcc_push(rig->mpcc, NULL, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_push_many(rig->mpcc, &item, 1, 1), MPCC_EINVAL);
  assert_int_equal(mpcc_push_wait(rig->mpcc, &item, 1, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_push(rig->mpcc, &item, 0), MPCC_ECLOSED);
  assert_int_equal(mpcc_push_many(rig->mpcc, &item, 1, 0), MPCC_ECLOSED);
  assert_int_equal(mpcc_push_wait(rig->mpcc, &item, 0, 0), MPCC_ECLOSED);

  rig_step(rig, 1);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_int_equal(mpcc_push(rig->mpcc, NULL, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_push(rig->mpcc, &item, 0), MPCC_ECLOSED);
  assert_int_equal(mpcc_push_many(rig->mpcc, &item, 1, 0), MPCC_ECLOSED);
  assert_int_equal(mpcc_push_wait(rig->mpcc, &item, 0, 0), MPCC_ECLOSED);
  rig_close(rig);
}

static void an_item_is_copied_and_need_not_be_aligned(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, MPCC_NO_INTERVAL);
  uint64_t values[] = {77, 78};
  unsigned char bytes[3 * sizeof(uint64_t)];

  for (size_t i = 0; i < 2; i++) {
    memcpy(bytes + 1, &values[i], sizeof(values[i]));
    assert_int_equal(mpcc_push(rig->mpcc, bytes + 1, 0), 0);
    memset(bytes, 0xee, sizeof(bytes));
  }
  rig_step(rig, 1);

  assert_batch(rig, 0, 0, 77, 2, MPCC_DUE_FULL);
  rig_close(rig);
}

static void capacity_is_exact_for_any_number(void **state)
{
  (void)state;
  static const size_t capacities[] = {1, 2, 3, 7, 9, 10, 11, 16, 17, 31, 100, 1000};
  for (size_t k = 0; k < sizeof(capacities) / sizeof(capacities[0]); k++) {
    rig_t *rig = rig_bounded(10, capacities[k]);

    assert_int_equal(fill(rig, 0), capacities[k]);

    mpcc_stats_t stats;
    assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
    assert_int_equal(stats.queued, capacities[k]);
    assert_int_equal(stats.pushed, capacities[k]);
    rig_close(rig);
  }
}

static void room_comes_back_when_a_batch_is_formed_and_not_when_it_is_done(void **state)
{
  (void)state;
  static const size_t capacities[] = {4, 5, 7, 9, 12, 33};
  for (size_t k = 0; k < sizeof(capacities) / sizeof(capacities[0]); k++) {
    rig_t *rig = rig_bounded(4, capacities[k]);
    rig_start(rig);
    rig->answer = MPCC_PENDING;
    size_t pushed = fill(rig, 0);
    assert_int_equal(pushed, capacities[k]);

    for (uint64_t round = 0; round < 20; round++) {
      rig_step(rig, round);
      assert_int_equal(rig_calls(rig), round + 1);
      assert_batch(rig, round, 0, 4 * round, 4, MPCC_DUE_FULL);
      assert_int_equal(fill(rig, pushed), 4);
      pushed += 4;
      assert_int_equal(rig_done(rig, round, 0), 0);
      assert_int_equal(push_one(rig, 0), MPCC_EFULL);
    }
    rig_close(rig);
  }
}

static void capacity_is_each_slot_s_own(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 10);
  options.slot_count = 2;
  options.capacity = 3;
  rig_t *rig = rig_open(&options);
  uint64_t item = 9;

  assert_int_equal(fill(rig, 0), 3);
  rig_push(rig, 1, 0, 3);

  assert_int_equal(mpcc_push(rig->mpcc, &item, 1), MPCC_EFULL);
  rig_close(rig);
}

static void a_capacity_below_batch_size_makes_the_slot_due_when_it_is_reached(void **state)
{
  (void)state;
  static const size_t capacities[] = {1, 2, 3, 9};
  for (size_t k = 0; k < sizeof(capacities) / sizeof(capacities[0]); k++) {
    size_t capacity = capacities[k];
    rig_t *rig = rig_bounded(10, capacity);
    rig_start(rig);

    for (uint64_t round = 0; round < 20; round++) {
      rig_push(rig, 0, round * capacity, capacity - 1);
      rig_step(rig, round);
      assert_int_equal(rig_calls(rig), round);
      rig_push(rig, 0, round * capacity + capacity - 1, 1);
      rig_step(rig, round);
      assert_int_equal(rig_calls(rig), round + 1);
      assert_batch(rig, round, 0, round * capacity, capacity, MPCC_DUE_FULL);
    }
    rig_close(rig);
  }
}

static void a_capacity_above_batch_size_leaves_the_remainder_waiting(void **state)
{
  (void)state;
  rig_t *rig = rig_bounded(3, 7);
  rig_start(rig);

  assert_int_equal(fill(rig, 0), 7);
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FULL);
  assert_batch(rig, 1, 0, 3, 3, MPCC_DUE_FULL);
  assert_int_equal(fill(rig, 7), 6);
  rig_close(rig);
}

static void push_many_crosses_batches_in_order(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  uint64_t items[1000];
  for (uint64_t i = 0; i < 1000; i++)
    items[i] = i;

  assert_int_equal(mpcc_push_many(rig->mpcc, items, 1, 0), 1);
  assert_int_equal(mpcc_push_many(rig->mpcc, items + 1, 10, 0), 10);
  assert_int_equal(mpcc_push_many(rig->mpcc, items + 11, 989, 0), 989);
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), 333);
  for (size_t i = 0; i < 333; i++)
    assert_batch(rig, i, 0, 3 * i, 3, MPCC_DUE_FULL);
  rig_close(rig);
}

static void push_many_of_nothing_takes_nothing(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, 100);
  uint64_t item = 1;

  assert_int_equal(mpcc_push_many(rig->mpcc, NULL, 0, 0), 0);
  assert_int_equal(mpcc_push_many(rig->mpcc, &item, 0, 0), 0);
  rig_step(rig, 1);

  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static void push_many_takes_what_fits_and_says_how_many(void **state)
{
  (void)state;
  rig_t *rig = rig_bounded(3, 8);
  uint64_t items[20];
  for (uint64_t i = 0; i < 20; i++)
    items[i] = i;

  assert_int_equal(mpcc_push_many(rig->mpcc, items, 5, 0), 5);
  assert_int_equal(mpcc_push_many(rig->mpcc, items + 5, 15, 0), 3);
  assert_int_equal(mpcc_push_many(rig->mpcc, items, 20, 0), MPCC_EFULL);
  assert_int_equal(mpcc_push_many(rig->mpcc, items, 0, 0), 0);
  rig_start(rig);
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 0, 3, 3, MPCC_DUE_FULL);
  assert_int_equal(mpcc_push_many(rig->mpcc, items + 8, 12, 0), 6);
  rig_step(rig, 2);
  assert_int_equal(rig_calls(rig), 4);
  assert_batch(rig, 3, 0, 9, 3, MPCC_DUE_FULL);
  rig_close(rig);
}

static void push_many_fills_a_capacity_below_batch_size(void **state)
{
  (void)state;
  rig_t *rig = rig_bounded(100, 7);
  rig_start(rig);
  uint64_t items[50];
  for (uint64_t i = 0; i < 50; i++)
    items[i] = i;

  assert_int_equal(mpcc_push_many(rig->mpcc, items, 50, 0), 7);
  rig_step(rig, 1);
  assert_int_equal(mpcc_push_many(rig->mpcc, items + 7, 43, 0), 7);
  rig_step(rig, 2);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 0, 0, 0, 7, MPCC_DUE_FULL);
  assert_batch(rig, 1, 0, 7, 7, MPCC_DUE_FULL);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_push_wants_an_instance_an_item_and_a_slot_that_exists),
    cmocka_unit_test(arguments_are_checked_before_state),
    cmocka_unit_test(an_item_is_copied_and_need_not_be_aligned),
    cmocka_unit_test(capacity_is_exact_for_any_number),
    cmocka_unit_test(room_comes_back_when_a_batch_is_formed_and_not_when_it_is_done),
    cmocka_unit_test(capacity_is_each_slot_s_own),
    cmocka_unit_test(a_capacity_below_batch_size_makes_the_slot_due_when_it_is_reached),
    cmocka_unit_test(a_capacity_above_batch_size_leaves_the_remainder_waiting),
    cmocka_unit_test(push_many_crosses_batches_in_order),
    cmocka_unit_test(push_many_of_nothing_takes_nothing),
    cmocka_unit_test(push_many_takes_what_fits_and_says_how_many),
    cmocka_unit_test(push_many_fills_a_capacity_below_batch_size),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
