/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* max_batch_weight: what is too heavy, what is due, and where batches end. An item's weight is its
   value. */

#include "picks.h"

static size_t own_value(const void *item, void *arg)
{
  (void)arg;
  return (size_t)*(const uint64_t *)item;
}

static rig_t *rig_weighing(size_t max_weight, uint32_t batch_size, uint64_t interval_ms)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.push_interval_ms = interval_ms;
  options.max_batch_weight = max_weight;
  options.weigh = own_value;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  return rig;
}

static void push_list(rig_t *rig, const uint64_t *items, size_t count)
{
  for (size_t i = 0; i < count; i++)
    assert_int_equal(mpcc_push(rig->mpcc, &items[i], 0), 0);
}

/* The pump's call number ${n} carried just these. */
static void expect_items(const rig_t *rig, size_t n, const uint64_t *items, size_t count, int due)
{
  size_t at = pick(rig, CALL_PUMP, 0, n);
  assert_true(at < rig_calls(rig));
  const call_t *call = &rig->calls[at];
  assert_int_equal(call->count, count);
  assert_int_equal(call->due, due);
  for (size_t i = 0; i < count; i++)
    assert_true(rig->items[call->first + i] == items[i]);
}

#define push_these(rig, ...) \
  push_list(rig, (const uint64_t[]){__VA_ARGS__}, \
            sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))
#define expect_these(rig, n, due, ...) \
  expect_items(rig, n, (const uint64_t[]){__VA_ARGS__}, \
               sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), due)

static void a_maximum_and_a_scale_belong_together(void **state)
{
  (void)state;
  static char mark;
  mpcc_t *mpcc = (mpcc_t *)(void *)&mark;
  mpcc_options_t options;
  rig_options(&options, 10);

  options.max_batch_weight = 10;
  assert_int_equal(mpcc_create(&mpcc, &options), MPCC_EINVAL);
  options.max_batch_weight = 0;
  options.weigh = own_value;
  assert_int_equal(mpcc_create(&mpcc, &options), MPCC_EINVAL);
  assert_ptr_equal(mpcc, &mark);

  static const size_t good[] = {1, 10, SIZE_MAX - 1, SIZE_MAX};
  for (size_t i = 0; i < 4; i++) {
    options.max_batch_weight = good[i];
    assert_int_equal(mpcc_create(&mpcc, &options), 0);
    assert_int_equal(mpcc_destroy(mpcc), 0);
  }
}

static size_t value_if_asked_rightly(const void *item, void *arg)
{
  *(uint64_t *)arg += 1;
  return (size_t)*(const uint64_t *)item;
}

static void weigh_gets_its_argument(void **state)
{
  (void)state;
  uint64_t asked = 0;
  mpcc_options_t options;
  rig_options(&options, 10);
  options.max_batch_weight = 10;
  options.weigh = value_if_asked_rightly;
  options.weigh_arg = &asked;
  rig_t *rig = rig_open(&options);
  rig_start(rig);

  push_these(rig, 6, 4);
  assert_true(asked >= 2);
  rig_step(rig, 1);

  expect_these(rig, 0, MPCC_DUE_FULL, 6, 4);
  rig_close(rig);
}

static void an_item_that_outweighs_a_batch_alone_is_refused(void **state)
{
  (void)state;
  rig_t *rig = rig_weighing(10, 100, MPCC_NO_INTERVAL);
  static const uint64_t heavy[] = {11, 12, 1000, UINT32_MAX, SIZE_MAX - 1, SIZE_MAX};

  for (size_t i = 0; i < 6; i++) {
    assert_int_equal(mpcc_push(rig->mpcc, &heavy[i], 0), MPCC_E2BIG);
    assert_int_equal(mpcc_push_many(rig->mpcc, &heavy[i], 1, 0), MPCC_E2BIG);
    assert_int_equal(mpcc_push_wait(rig->mpcc, &heavy[i], 0, 1000000), MPCC_E2BIG);
  }
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), 0);
  mpcc_stats_t stats = stats_of(rig, 0);
  assert_int_equal(stats.pushed, 0);
  assert_int_equal(stats.queued, 0);
  assert_int_equal(stats.rejected, 0); /* only for want of room or memory */
  push_these(rig, 10);
  rig_step(rig, 2);
  expect_these(rig, 0, MPCC_DUE_FULL, 10);
  rig_close(rig);
}

static void push_many_takes_what_stands_before_the_one_that_is_too_heavy(void **state)
{
  (void)state;
  for (size_t heavy = 0; heavy < 20; heavy++) {
    rig_t *rig = rig_weighing(1000, 7, MPCC_NO_INTERVAL);
    uint64_t items[20];
    for (uint64_t i = 0; i < 20; i++)
      items[i] = i == heavy ? 1001 : i;

    ptrdiff_t taken = mpcc_push_many(rig->mpcc, items, 20, 0);

    assert_int_equal(taken, heavy > 0 ? (ptrdiff_t)heavy : MPCC_E2BIG);
    assert_int_equal(stats_of(rig, 0).queued, heavy);
    assert_int_equal(mpcc_push_many(rig->mpcc, items, heavy, 0), heavy);
    rig_step(rig, 1);
    uint64_t next = 0;
    for (size_t i = 0; i < rig->item_count; i++, next = heavy > 0 ? (next + 1) % heavy : 0)
      assert_int_equal(rig->items[i], next);
    assert_int_equal(rig->item_count, 2 * heavy / 7 * 7);
    rig_close(rig);
  }
}

static void a_slot_that_weighs_as_much_as_a_batch_may_is_due_at_once(void **state)
{
  (void)state;
  rig_t *rig = rig_weighing(10, 100, 1000);

  push_these(rig, 3, 3, 3);
  rig_step(rig, 5000);
  assert_int_equal(rig_calls(rig), 0);
  assert_int_equal(rig->next_ms, 6000);
  unsigned wakes = atomic_load_explicit(&rig->wakes, memory_order_relaxed);
  push_these(rig, 1);
  assert_int_equal(atomic_load_explicit(&rig->wakes, memory_order_relaxed), wakes + 1);
  rig_step(rig, 5000);

  assert_int_equal(rig_calls(rig), 1);
  expect_these(rig, 0, MPCC_DUE_FULL, 3, 3, 3, 1);
  assert_int_equal(stats_of(rig, 0).batches_full, 1);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static void a_batch_is_the_longest_run_that_is_not_too_heavy(void **state)
{
  (void)state;
  rig_t *rig = rig_weighing(10, 100, MPCC_NO_INTERVAL);

  push_these(rig, 6, 5);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 1);
  expect_these(rig, 0, MPCC_DUE_FULL, 6);
  push_these(rig, 5, 1, 9, 10, 2, 2, 2);
  rig_step(rig, 2);

  assert_int_equal(rig_calls(rig), 4);
  expect_these(rig, 1, MPCC_DUE_FULL, 5, 5);
  expect_these(rig, 2, MPCC_DUE_FULL, 1, 9);
  expect_these(rig, 3, MPCC_DUE_FULL, 10);
  assert_int_equal(stats_of(rig, 0).queued, 3);
  rig_close(rig);
}

static void what_weighs_nothing_rides_along_and_counts_as_an_item(void **state)
{
  (void)state;
  rig_t *rig = rig_weighing(10, 4, MPCC_NO_INTERVAL);

  push_these(rig, 10, 0, 0);
  rig_step(rig, 1);
  expect_these(rig, 0, MPCC_DUE_FULL, 10, 0, 0);
  push_these(rig, 0, 0, 0);
  rig_step(rig, 2);
  assert_int_equal(rig_calls(rig), 1);
  push_these(rig, 0, 0);
  rig_step(rig, 3);
  expect_these(rig, 1, MPCC_DUE_FULL, 0, 0, 0, 0);
  push_these(rig, 3, 7, 0, 10);
  rig_step(rig, 4);

  expect_these(rig, 2, MPCC_DUE_FULL, 0, 3, 7, 0);
  expect_these(rig, 3, MPCC_DUE_FULL, 10);
  assert_int_equal(rig_calls(rig), 4);
  rig_close(rig);
}

static void a_batch_ends_at_the_maximum_or_the_batch_size_whichever_comes_first(void **state)
{
  (void)state;
  rig_t *rig = rig_weighing(10, 3, MPCC_NO_INTERVAL);

  push_these(rig, 1, 1, 1, 1, 9, 1, 1, 1, 4, 4, 4);
  rig_step(rig, 1);

  expect_these(rig, 0, MPCC_DUE_FULL, 1, 1, 1);
  expect_these(rig, 1, MPCC_DUE_FULL, 1, 9);
  expect_these(rig, 2, MPCC_DUE_FULL, 1, 1, 1);
  expect_these(rig, 3, MPCC_DUE_FULL, 4, 4);
  assert_int_equal(rig_calls(rig), 4);
  assert_int_equal(stats_of(rig, 0).queued, 1);
  rig_close(rig);
}

static void the_largest_weights_add_up_without_wrapping(void **state)
{
  (void)state;
  const uint64_t most = SIZE_MAX, half = SIZE_MAX / 2;
  rig_t *rig = rig_weighing(SIZE_MAX, 100, MPCC_NO_INTERVAL);
  push_these(rig, half, half);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 0); /* one short of the maximum */
  push_these(rig, 1, most, half + 1, half + 1);
  rig_step(rig, 2);
  expect_these(rig, 0, MPCC_DUE_FULL, half, half, 1);
  expect_these(rig, 1, MPCC_DUE_FULL, most);
  expect_these(rig, 2, MPCC_DUE_FULL, half + 1);
  assert_int_equal(rig_calls(rig), 3);
  rig_close(rig);
}

static void a_sum_that_went_over_every_bound_comes_down_again_exactly(void **state)
{
  (void)state;
  const uint64_t half = SIZE_MAX / 2;
  rig_t *rig = rig_weighing(SIZE_MAX - 1, 100, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;
  push_these(rig, half, half);
  rig_step(rig, 1);
  for (int i = 0; i < 21; i++)
    push_these(rig, half);

  for (size_t n = 1; n <= 10; n++) {
    assert_int_equal(rig_done(rig, n - 1, 0), 0);
    rig_step(rig, 1 + n);
    expect_these(rig, n, MPCC_DUE_FULL, half, half);
  }
  assert_int_equal(rig_done(rig, 10, 0), 0);
  rig_step(rig, 20);
  assert_int_equal(rig_calls(rig), 11); /* one is left, and not due */
  push_these(rig, half - 1);
  rig_step(rig, 21);
  assert_int_equal(rig_calls(rig), 11);
  push_these(rig, 1);
  rig_step(rig, 22);
  expect_these(rig, 11, MPCC_DUE_FULL, half, half - 1, 1);
  rig_close(rig);
}

static void many_small_weights_in_front_of_a_taken_slot_are_due_as_soon_as_it_is_free(void **state)
{
  (void)state;
  rig_t *rig = rig_weighing(100, 1000, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;
  push_these(rig, 100);
  rig_step(rig, 1);
  for (int i = 0; i < 250; i++)
    push_these(rig, 1);

  rig->answer = 0;
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 2);

  assert_int_equal(rig_calls(rig), 3);
  assert_int_equal(rig->calls[1].count, 100);
  assert_int_equal(rig->calls[2].count, 100);
  assert_int_equal(stats_of(rig, 0).queued, 50);
  rig_close(rig);
}

static void several_batches_of_one_slot_keep_to_the_maximum_each(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 100);
  options.max_concurrency = 3;
  options.max_batch_weight = 10;
  options.weigh = own_value;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;

  push_these(rig, 7, 7, 2, 2, 8, 9, 9, 9);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 3);
  expect_these(rig, 0, MPCC_DUE_FULL, 7);
  expect_these(rig, 1, MPCC_DUE_FULL, 7, 2);
  expect_these(rig, 2, MPCC_DUE_FULL, 2, 8);
  assert_int_equal(rig_done(rig, 1, 0), 0);
  rig_step(rig, 2);

  assert_int_equal(rig_calls(rig), 4);
  expect_these(rig, 3, MPCC_DUE_FULL, 9);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_maximum_and_a_scale_belong_together),
    cmocka_unit_test(weigh_gets_its_argument),
    cmocka_unit_test(an_item_that_outweighs_a_batch_alone_is_refused),
    cmocka_unit_test(push_many_takes_what_stands_before_the_one_that_is_too_heavy),
    cmocka_unit_test(a_slot_that_weighs_as_much_as_a_batch_may_is_due_at_once),
    cmocka_unit_test(a_batch_is_the_longest_run_that_is_not_too_heavy),
    cmocka_unit_test(what_weighs_nothing_rides_along_and_counts_as_an_item),
    cmocka_unit_test(a_batch_ends_at_the_maximum_or_the_batch_size_whichever_comes_first),
    cmocka_unit_test(the_largest_weights_add_up_without_wrapping),
    cmocka_unit_test(a_sum_that_went_over_every_bound_comes_down_again_exactly),
    cmocka_unit_test(many_small_weights_in_front_of_a_taken_slot_are_due_as_soon_as_it_is_free),
    cmocka_unit_test(several_batches_of_one_slot_keep_to_the_maximum_each),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
