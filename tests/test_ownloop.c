/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Instances with a loop and a thread of their own, in real time. */

#include "harness.h"

#include <pthread.h>

#include "crew.h"

static rig_t *rig_own(uint32_t batch_size, uint64_t interval_ms)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.manual = false;
  options.push_interval_ms = interval_ms;
  options.slot_count = 2;
  return rig_open(&options);
}

static void drain(rig_t *rig)
{
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
}

static void a_full_batch_reaches_the_pump_without_interval_or_flush(void **state)
{
  (void)state;
  rig_t *rig = rig_own(3, MPCC_NO_INTERVAL);
  rig_start(rig);

  rig_push(rig, 0, 0, 3);

  assert_true(rig_await_calls(rig, 1));
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FULL);
  rig_close(rig);
}

static void a_partial_batch_comes_by_its_interval(void **state)
{
  (void)state;
  rig_t *rig = rig_own(100, 20);
  rig_start(rig);

  for (size_t i = 0; i < 3; i++) {
    rig_push(rig, 1, 10 * i, 1);
    assert_true(rig_await_calls(rig, i + 1));
    assert_batch(rig, i, 1, 10 * i, 1, MPCC_DUE_INTERVAL);
  }

  rig_close(rig);
}

static void an_interval_of_0_needs_no_second_push(void **state)
{
  (void)state;
  rig_t *rig = rig_own(100, 0);
  rig_start(rig);

  for (size_t i = 0; i < 100; i++) {
    rig_push(rig, 0, i, 1);
    assert_true(rig_await_calls(rig, i + 1));
    assert_batch(rig, i, 0, i, 1, MPCC_DUE_INTERVAL);
  }

  rig_close(rig);
}

static void a_flush_does_not_wait_for_an_interval_of_an_hour(void **state)
{
  (void)state;
  rig_t *rig = rig_own(100, 3600000);
  rig_start(rig);
  rig_push(rig, 0, 0, 2);
  rig_push(rig, 1, 10, 3);

  assert_int_equal(mpcc_flush(rig->mpcc, 1), 0);
  assert_true(rig_await_calls(rig, 1));
  assert_int_equal(mpcc_flush(rig->mpcc, MPCC_ALL_SLOTS), 0);
  assert_true(rig_await_calls(rig, 2));

  assert_batch(rig, 0, 1, 10, 3, MPCC_DUE_FLUSH);
  assert_batch(rig, 1, 0, 0, 2, MPCC_DUE_FLUSH);
  rig_close(rig);
}

static void a_drain_does_not_wait_for_an_interval_of_an_hour(void **state)
{
  (void)state;
  rig_t *rig = rig_own(100, 3600000);
  rig_start(rig);
  rig_push(rig, 0, 0, 2);

  drain(rig);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 0, 0, 0, 2, MPCC_DUE_DRAIN);
  assert_int_equal(rig->calls[1].kind, CALL_COMPLETE);
  rig_close(rig);
}

static void items_pushed_before_start_are_pumped_after_it(void **state)
{
  (void)state;
  rig_t *rig = rig_own(3, 20);
  rig_push(rig, 0, 0, 7);

  rig_start(rig);

  assert_true(rig_await_calls(rig, 3));
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FULL);
  assert_batch(rig, 1, 0, 3, 3, MPCC_DUE_FULL);
  assert_batch(rig, 2, 0, 6, 1, MPCC_DUE_INTERVAL);
  rig_close(rig);
}

static bool time_has_come(void *arg)
{
  return crew_now_ms() >= *(const uint64_t *)arg;
}

static void the_interval_of_items_pushed_before_start_counts_from_start(void **state)
{
  (void)state;
  needs_ticks();
  rig_t *rig = rig_own(100, 200);
  rig_push(rig, 0, 0, 1);
  uint64_t long_after_ms = crew_now_ms() + 250;
  assert_true(crew_await(time_has_come, &long_after_ms));

  uint64_t started_ms = crew_now_ms();
  rig_start(rig);

  assert_true(rig_await_calls(rig, 1));
  assert_true(crew_now_ms() - started_ms >= 198); /* clocks are cut to milliseconds */
  rig_close(rig);
}

static void a_whole_batch_in_one_push_many_is_never_forgotten(void **state)
{
  (void)state;
  rig_t *rig = rig_own(3, MPCC_NO_INTERVAL);
  rig_start(rig);

  for (uint64_t i = 0; i < 500; i++) {
    uint64_t items[] = {3 * i, 3 * i + 1, 3 * i + 2};
    assert_int_equal(mpcc_push_many(rig->mpcc, items, 3, 0), 3);
    assert_true(rig_await_calls(rig, i + 1));
    assert_batch(rig, i, 0, 3 * i, 3, MPCC_DUE_FULL);
  }

  rig_close(rig);
}

static void a_done_on_another_thread_lets_the_next_batch_follow(void **state)
{
  (void)state;
  rig_t *rig = rig_own(2, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;
  rig_start(rig);
  rig_push(rig, 0, 0, 40);

  for (size_t i = 0; i < 20; i++) {
    assert_true(rig_await_calls(rig, i + 1));
    assert_batch(rig, i, 0, 2 * i, 2, MPCC_DUE_FULL);
    assert_int_equal(mpcc_batch_done(rig->calls[i].batch, 0), 0);
  }

  rig_close(rig);
}

static pthread_t loop_threads[8];

static void note_thread(rig_t *rig)
{
  if (rig->got_count < 8)
    loop_threads[rig->got_count] = pthread_self();
  rig_keep(rig, 0);
}

static int pump_notes_thread(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  note_thread(rig);
  return rig->got_count == 1 ? -7 : MPCC_PENDING;
}

static void drop_notes_thread(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)batch;
  (void)reason;
  note_thread(rig);
}

static void cancel_notes_thread(rig_t *rig, mpcc_batch_t *batch)
{
  note_thread(rig);
  mpcc_batch_done(batch, 0);
}

static void complete_notes_thread(rig_t *rig, mpcc_t *mpcc)
{
  (void)mpcc;
  note_thread(rig);
}

static void every_callback_runs_on_one_thread_which_is_not_the_caller_s(void **state)
{
  (void)state;
  rig_t *rig = rig_own(1, MPCC_NO_INTERVAL);
  rig->on_pump = pump_notes_thread;
  rig->on_drop = drop_notes_thread;
  rig->on_cancel = cancel_notes_thread;
  rig->on_complete = complete_notes_thread;
  rig_start(rig);
  rig_push(rig, 0, 0, 2);
  assert_true(rig_await_calls(rig, 3));

  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);

  assert_int_equal(rig->got_count, 5); /* two pumps, drop, cancel, complete */
  for (size_t i = 0; i < 5; i++) {
    assert_true(pthread_equal(loop_threads[i], loop_threads[0]));
    assert_false(pthread_equal(loop_threads[i], pthread_self()));
  }
  rig_close(rig);
}

static int block_on_the_loop(rig_t *rig, mpcc_batch_t *batch)
{
  uint64_t item = 5;
  if (rig->got_count > 0)
    return 0;
  rig_keep(rig, mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT));
  rig_keep(rig, mpcc_push_wait(rig->mpcc, &item, 1, MPCC_NO_TIMEOUT));
  rig_keep(rig, mpcc_step(rig->mpcc, 1, NULL));
  rig_keep(rig, mpcc_start(rig->mpcc, rig_on_pump, rig));
  rig_keep(rig, mpcc_destroy(rig->mpcc));
  rig_keep(rig, mpcc_push(rig->mpcc, batch->items, 1));
  return 0;
}

static void inside_a_pump_what_would_block_is_refused(void **state)
{
  (void)state;
  rig_t *rig = rig_own(1, MPCC_NO_INTERVAL);
  rig->on_pump = block_on_the_loop;
  rig_start(rig);
  rig_push(rig, 0, 0, 1);
  assert_true(rig_await_calls(rig, 2));

  static const int expected[] = {MPCC_EDEADLK,  MPCC_EDEADLK, MPCC_EINVAL,
                                 MPCC_EALREADY, MPCC_EBUSY,   0};
  assert_int_equal(rig->got_count, 6);
  for (size_t i = 0; i < 6; i++)
    assert_int_equal(rig->got[i], expected[i]);
  rig_close(rig);
}

static void try_everything_at_the_end(rig_t *rig, mpcc_t *mpcc)
{
  uint64_t item = 5;
  mpcc_stats_t stats;
  rig_keep(rig, mpcc_start(mpcc, rig_on_pump, rig));
  rig_keep(rig, mpcc_destroy(mpcc));
  rig_keep(rig, mpcc_wait(mpcc, 0));
  rig_keep(rig, mpcc_push_wait(mpcc, &item, 0, 0));
  rig_keep(rig, mpcc_push(mpcc, &item, 0));
  rig_keep(rig, mpcc_flush(mpcc, 0));
  rig_keep(rig, mpcc_stats(mpcc, &stats));
}

static void inside_the_complete_callback_start_and_destroy_are_busy(void **state)
{
  (void)state;
  rig_t *rig = rig_own(1, MPCC_NO_INTERVAL);
  rig->on_complete = try_everything_at_the_end;
  rig_start(rig);

  drain(rig);

  static const int expected[] = {MPCC_EBUSY,   MPCC_EBUSY,   MPCC_EDEADLK, MPCC_EDEADLK,
                                 MPCC_ECLOSED, MPCC_ECLOSED, 0};
  assert_int_equal(rig->got_count, 7);
  for (size_t i = 0; i < 7; i++)
    assert_int_equal(rig->got[i], expected[i]);
  rig_start(rig); /* outside it may be */
  rig_close(rig);
}

static void wait_times_out_and_can_be_tried_again(void **state)
{
  (void)state;
  rig_t *rig = rig_own(1, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;
  rig_start(rig);
  rig_push(rig, 0, 0, 1);
  assert_true(rig_await_calls(rig, 1));
  assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ESTATE);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  uint64_t before_ms = crew_now_ms();
  assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ETIMEDOUT);
  assert_int_equal(mpcc_wait(rig->mpcc, 30), MPCC_ETIMEDOUT);
  assert_true(crew_now_ms() - before_ms >= 29);
  assert_int_equal(rig_done(rig, 0, 0), 0);

  assert_int_equal(mpcc_wait(rig->mpcc, UINT64_MAX - 1), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  rig_close(rig);
}

static void destroy_may_follow_wait_at_once(void **state)
{
  (void)state;
  for (uint64_t i = 0; i < 200; i++) {
    rig_t *rig = rig_own(2, i % 3 == 0 ? MPCC_NO_INTERVAL : 1);
    rig_start(rig);
    rig_push(rig, 0, 0, i % 6);
    assert_int_equal(rig_complete(rig, i % 2 == 0 ? MPCC_DRAIN : MPCC_DISCARD), 0);
    assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
    assert_int_equal(mpcc_destroy(rig->mpcc), 0);
    assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
    rig->mpcc = NULL;
    rig_close(rig);
  }
}

static void a_hundred_lives_after_a_discard_in_idle(void **state)
{
  (void)state;
  rig_t *rig = rig_own(2, 1);
  rig_push(rig, 0, 0, 1);
  assert_int_equal(mpcc_destroy(rig->mpcc), MPCC_EBUSY);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  assert_int_equal(rig_calls(rig), 2);
  assert_drop(rig, 0, 0, 0, 1, MPCC_ECANCELED);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);

  for (uint64_t life = 0; life < 100; life++) {
    rig_start(rig);
    rig_push(rig, 1, life, 1);
    drain(rig);
  }

  assert_fates(rig, 100, 1, 0);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_full_batch_reaches_the_pump_without_interval_or_flush),
    cmocka_unit_test(a_partial_batch_comes_by_its_interval),
    cmocka_unit_test(an_interval_of_0_needs_no_second_push),
    cmocka_unit_test(a_flush_does_not_wait_for_an_interval_of_an_hour),
    cmocka_unit_test(a_drain_does_not_wait_for_an_interval_of_an_hour),
    cmocka_unit_test(items_pushed_before_start_are_pumped_after_it),
    cmocka_unit_test(a_done_on_another_thread_lets_the_next_batch_follow),
    cmocka_unit_test(every_callback_runs_on_one_thread_which_is_not_the_caller_s),
    cmocka_unit_test(inside_a_pump_what_would_block_is_refused),
    cmocka_unit_test(inside_the_complete_callback_start_and_destroy_are_busy),
    cmocka_unit_test(wait_times_out_and_can_be_tried_again),
    cmocka_unit_test(destroy_may_follow_wait_at_once),
    cmocka_unit_test(a_hundred_lives_after_a_discard_in_idle),
    cmocka_unit_test(the_interval_of_items_pushed_before_start_counts_from_start),
    cmocka_unit_test(a_whole_batch_in_one_push_many_is_never_forgotten),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
