/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_batch_fail(): items that failed among others that did not. */

#include "harness.h"

#include <string.h>

#include "crew.h"

static rig_t *rig_trying(uint32_t batch_size, uint32_t attempts)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.max_attempts = attempts;
  options.retry_delay_ms = 0;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  return rig;
}

/* The log holds the same items once for every try: the harness can't derive deliveries from it. */
static void close_rig(rig_t *rig)
{
  rig->forgot = true;
  rig_close(rig);
}

/* Call ${index} carried exactly these. */
static void expect_items(const rig_t *rig, size_t index, enum call_kind kind, size_t count,
                         const uint64_t *items)
{
  assert_true(index < rig_calls(rig));
  assert_int_equal(rig->calls[index].kind, kind);
  assert_int_equal(rig->calls[index].count, count);
  for (size_t i = 0; i < count; i++)
    assert_int_equal(rig->items[rig->calls[index].first + i], items[i]);
}

/* What a pump shall do in its n-th call: mark these, one after the other, and answer. */
struct script {
  struct {
    size_t count;
    size_t marks[8];
    int answer;
  } calls[4];
  size_t next;
  bool moved; /* some item was not where it was pushed, while the pump had the batch */
};

/* The mark of index i has status -100 - i. */
static int play(rig_t *rig, mpcc_batch_t *batch)
{
  struct script *script = rig->hook_arg;
  size_t turn = script->next++;
  uint64_t before[64];
  if (turn >= 4)
    return -999;
  memcpy(before, batch->items, batch->count * sizeof(uint64_t));
  for (size_t i = 0; i < script->calls[turn].count; i++) {
    size_t index = script->calls[turn].marks[i];
    rig_keep(rig, mpcc_batch_fail(batch, index, -100 - (int)index));
  }
  script->moved |= memcmp(before, batch->items, batch->count * sizeof(uint64_t)) != 0;
  return script->calls[turn].answer;
}

/* One batch of eight, pumped as the script says. */
static rig_t *rig_playing(struct script *script, uint32_t attempts)
{
  rig_t *rig = rig_trying(8, attempts);
  rig->on_pump = play;
  rig->hook_arg = script;
  rig_push(rig, 0, 0, 8);
  rig_step(rig, 1);
  assert_false(script->moved);
  return rig;
}

static void marked_items_are_tried_again_in_their_order_and_the_others_delivered(void **state)
{
  (void)state;
  static const uint64_t marked[] = {1, 2, 5, 7};
  struct script script = {.calls = {{4, {5, 1, 7, 2}, 0}}};
  rig_t *rig = rig_playing(&script, 2);

  assert_int_equal(rig_calls(rig), 2);
  expect_items(rig, 1, CALL_PUMP, 4, marked);
  assert_int_equal(rig->calls[1].attempt, 2);
  assert_true(rig->calls[1].id != rig->calls[0].id);
  assert_int_equal(rig->got_count, 4);
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(rig->got[i], 0);
  assert_fates(rig, 8, 0, 0);
  mpcc_stats_t stats;
  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  assert_int_equal(stats.retries, 1);
  assert_int_equal(stats.batches, 1);
  close_rig(rig);
}

static void after_the_last_try_marked_items_are_dropped_for_the_first_of_them(void **state)
{
  (void)state;
  static const uint64_t marked[] = {3, 4, 6};
  struct script script = {.calls = {{3, {6, 4, 3}, 0}}};
  rig_t *rig = rig_playing(&script, 1);

  assert_int_equal(rig_calls(rig), 2);
  expect_items(rig, 1, CALL_DROP, 3, marked);
  assert_int_equal(rig->calls[1].reason, -103);
  assert_int_equal(rig->calls[1].attempt, 1);
  assert_fates(rig, 5, 3, 0);
  close_rig(rig);
}

static void each_try_marks_among_what_is_left(void **state)
{
  (void)state;
  static const uint64_t second[] = {0, 2, 3, 6, 7}, third[] = {2, 7}, last[] = {7};
  struct script script = {
    .calls = {{5, {0, 2, 3, 6, 7}, 0}, {2, {4, 1}, 0}, {1, {1}, 0}}};
  rig_t *rig = rig_playing(&script, 3);

  assert_int_equal(rig_calls(rig), 4);
  expect_items(rig, 1, CALL_PUMP, 5, second);
  expect_items(rig, 2, CALL_PUMP, 2, third);
  expect_items(rig, 3, CALL_DROP, 1, last);
  assert_int_equal(rig->calls[3].reason, -101); /* it was marked at index 1 */
  assert_int_equal(rig->calls[3].attempt, 3);
  assert_fates(rig, 7, 1, 0);
  close_rig(rig);
}

static void all_marked_is_a_whole_batch_that_failed(void **state)
{
  (void)state;
  static const uint64_t all[] = {0, 1, 2, 3, 4, 5, 6, 7};
  struct script script = {
    .calls = {{8, {0, 1, 2, 3, 4, 5, 6, 7}, 0}, {8, {7, 6, 5, 4, 3, 2, 1, 0}, 0}}};
  rig_t *rig = rig_playing(&script, 2);

  assert_int_equal(rig_calls(rig), 3);
  expect_items(rig, 1, CALL_PUMP, 8, all);
  expect_items(rig, 2, CALL_DROP, 8, all);
  assert_int_equal(rig->calls[2].reason, -100);
  assert_fates(rig, 0, 8, 0);
  close_rig(rig);
}

static void an_error_makes_marks_void(void **state)
{
  (void)state;
  static const uint64_t all[] = {0, 1, 2, 3, 4, 5, 6, 7};
  struct script script = {.calls = {{2, {2, 5}, -7}, {0, {0}, 0}}};
  rig_t *rig = rig_playing(&script, 3);
  assert_int_equal(rig_calls(rig), 2);
  expect_items(rig, 1, CALL_PUMP, 8, all);
  assert_fates(rig, 8, 0, 0); /* the second try had no marks: all are delivered */
  close_rig(rig);

  static const uint64_t marked[] = {3};
  struct script again = {.calls = {{2, {2, 5}, -7}, {1, {3}, 0}, {0, {0}, 0}}};
  rig = rig_playing(&again, 3);
  assert_int_equal(rig_calls(rig), 3);
  expect_items(rig, 2, CALL_PUMP, 1, marked);
  assert_fates(rig, 8, 0, 0);
  close_rig(rig);

  struct script last = {.calls = {{2, {2, 5}, -7}}};
  rig = rig_playing(&last, 1);
  assert_int_equal(rig_calls(rig), 2);
  assert_drop(rig, 1, 0, 0, 8, -7);
  assert_fates(rig, 0, 8, 0);
  close_rig(rig);
}

static void the_same_memory_again_has_no_marks(void **state)
{
  (void)state;
  struct script script = {.calls = {{3, {0, 3, 7}, 0}}};
  rig_t *rig = rig_playing(&script, 1);
  assert_fates(rig, 5, 3, 0);
  for (uint64_t i = 1; i < 4; i++) {
    rig_push(rig, 0, 8 * i, 8);
    rig_step(rig, 1 + i);
  }
  assert_int_equal(rig_calls(rig), 5);
  assert_fates(rig, 5 + 24, 3, 0);
  close_rig(rig);
}

static void marking_twice_counts_once_and_the_first_status_stays(void **state)
{
  (void)state;
  rig_t *rig = rig_trying(8, 1);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 8);
  rig_step(rig, 1);
  mpcc_batch_t *batch = rig->calls[0].batch;

  assert_int_equal(mpcc_batch_fail(batch, 4, -40), 0);
  assert_int_equal(mpcc_batch_fail(batch, 2, INT_MIN), 0);
  assert_int_equal(mpcc_batch_fail(batch, 2, -21), 0);
  assert_int_equal(mpcc_batch_fail(batch, 4, -41), 0);
  assert_int_equal(mpcc_batch_done(batch, 0), 0);
  rig_step(rig, 2);

  static const uint64_t marked[] = {2, 4};
  assert_int_equal(rig_calls(rig), 2);
  expect_items(rig, 1, CALL_DROP, 2, marked);
  assert_int_equal(rig->calls[1].reason, INT_MIN);
  assert_fates(rig, 6, 2, 0);
  close_rig(rig);
}

static void batch_fail_wants_a_batch_in_flight_an_index_in_it_and_a_failure(void **state)
{
  (void)state;
  rig_t *rig = rig_trying(8, 2);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 5);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_step(rig, 1);
  mpcc_batch_t *batch = rig->calls[0].batch;

  assert_int_equal(mpcc_batch_fail(NULL, 0, -1), MPCC_EINVAL);
  assert_int_equal(mpcc_batch_fail(batch, 5, -1), MPCC_EINVAL); /* batch_size is 8 */
  assert_int_equal(mpcc_batch_fail(batch, SIZE_MAX, -1), MPCC_EINVAL);
  assert_int_equal(mpcc_batch_fail(batch, 0, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_batch_fail(batch, 0, MPCC_PENDING), MPCC_EINVAL);
  assert_int_equal(mpcc_batch_done(batch, 0), 0);
  assert_int_equal(mpcc_batch_fail(batch, 0, -1), MPCC_EALREADY);
  rig_step(rig, 2);

  assert_int_equal(mpcc_batch_fail(batch, 0, -1), MPCC_EALREADY);
  assert_int_equal(rig_calls(rig), 1);
  assert_fates(rig, 5, 0, 0); /* nothing of this was a mark */
  close_rig(rig);
}

static void indices_count_in_the_try_and_not_in_the_first_batch(void **state)
{
  (void)state;
  rig_t *rig = rig_trying(8, 3);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 8);
  rig_step(rig, 1);
  assert_int_equal(mpcc_batch_fail(rig->calls[0].batch, 7, -1), 0);
  assert_int_equal(mpcc_batch_fail(rig->calls[0].batch, 3, 1), 0); /* 1 is a failure, too */
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 2);
  assert_int_equal(rig_calls(rig), 2);

  mpcc_batch_t *batch = rig->calls[1].batch;
  assert_int_equal(batch->count, 2);
  assert_int_equal(mpcc_batch_fail(batch, 2, -1), MPCC_EINVAL);
  assert_int_equal(mpcc_batch_fail(batch, 1, -1), 0);
  assert_int_equal(mpcc_batch_done(batch, 0), 0);
  rig_step(rig, 3);

  assert_int_equal(rig_calls(rig), 3);
  assert_int_equal(rig->items[rig->calls[2].first], 7);
  assert_fates(rig, 7, 0, 1);
  assert_int_equal(rig_done(rig, 2, 0), 0);
  close_rig(rig);
}

static void marked_items_are_not_split(void **state)
{
  (void)state;
  static const uint64_t marked[] = {1, 2, 5};
  for (uint32_t attempts = 1; attempts <= 3; attempts++) {
    mpcc_options_t options;
    rig_options(&options, 8);
    options.max_attempts = attempts;
    options.retry_delay_ms = 0;
    options.isolate_failures = true;
    rig_t *rig = rig_open(&options);
    struct script script = {.calls = {{3, {1, 2, 5}, 0}, {0, {0}, -8}, {0, {0}, -9}}};
    rig->hook_arg = &script;
    rig->on_pump = play;
    rig_start(rig);
    rig_push(rig, 0, 0, 8);
    rig_step(rig, 1);

    static const int reasons[] = {-101, -8, -9};
    assert_int_equal(rig_calls(rig), attempts + 1);
    expect_items(rig, attempts, CALL_DROP, 3, marked);
    assert_int_equal(rig->calls[attempts].reason, reasons[attempts - 1]);
    assert_fates(rig, 5, 3, 0);
    close_rig(rig);
  }
}

static void marked_items_keep_data_and_wait_for_their_retry(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 8);
  options.max_attempts = 2;
  options.retry_delay_ms = 100;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 8);
  rig_step(rig, 1000);
  rig->calls[0].batch->data = rig;
  assert_int_equal(mpcc_batch_fail(rig->calls[0].batch, 6, -5), 0);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 2000);

  assert_int_equal(rig_calls(rig), 1);
  assert_fates(rig, 7, 0, 1);
  assert_in_range(rig->next_ms, 2050, 2150);
  rig_step(rig, rig->next_ms);
  assert_int_equal(rig->items[rig->calls[1].first], 6);
  assert_ptr_equal(rig->calls[1].data, rig);
  assert_int_equal(rig->calls[1].due, rig->calls[0].due);
  assert_int_equal(rig_done(rig, 1, -5), 0);
  rig_step(rig, rig->now_ms);
  assert_ptr_equal(rig->calls[2].data, rig);
  assert_fates(rig, 7, 1, 0);
  close_rig(rig);
}

static int mark_the_last(void *arg)
{
  mpcc_batch_t *batch = arg;
  return mpcc_batch_fail(batch, batch->count - 1, -77);
}

static void threads_may_mark_in_turn(void **state)
{
  (void)state;
  rig_t *rig = rig_trying(8, 1);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 8);
  rig_step(rig, 1);
  mpcc_batch_t *batch = rig->calls[0].batch;

  sleeper_t thread;
  sleeper_start(&thread, mark_the_last, batch);
  assert_int_equal(sleeper_join(&thread), 0);
  assert_int_equal(mpcc_batch_fail(batch, 7, -78), 0);
  assert_int_equal(mpcc_batch_fail(batch, 6, -66), 0);
  assert_int_equal(mpcc_batch_done(batch, 0), 0);
  rig_step(rig, 2);

  static const uint64_t marked[] = {6, 7};
  expect_items(rig, 1, CALL_DROP, 2, marked);
  assert_int_equal(rig->calls[1].reason, -66);
  assert_fates(rig, 6, 2, 0);
  close_rig(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(marked_items_are_tried_again_in_their_order_and_the_others_delivered),
    cmocka_unit_test(after_the_last_try_marked_items_are_dropped_for_the_first_of_them),
    cmocka_unit_test(each_try_marks_among_what_is_left),
    cmocka_unit_test(all_marked_is_a_whole_batch_that_failed),
    cmocka_unit_test(an_error_makes_marks_void),
    cmocka_unit_test(the_same_memory_again_has_no_marks),
    cmocka_unit_test(marking_twice_counts_once_and_the_first_status_stays),
    cmocka_unit_test(batch_fail_wants_a_batch_in_flight_an_index_in_it_and_a_failure),
    cmocka_unit_test(indices_count_in_the_try_and_not_in_the_first_batch),
    cmocka_unit_test(marked_items_are_not_split),
    cmocka_unit_test(marked_items_keep_data_and_wait_for_their_retry),
    cmocka_unit_test(threads_may_mark_in_turn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
