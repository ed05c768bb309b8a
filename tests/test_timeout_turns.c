/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* pump_timeout_ms among everything else: further tries, parts, discards, drains, on_cancel. */

#include "harness.h"

/* Batches of four, two slots; 50 ms for a hand-over, about 1000 ms before a second try. */
static rig_t *rig_timed(uint32_t attempts, bool isolate)
{
  mpcc_options_t options;
  rig_options(&options, 4);
  options.slot_count = 2;
  options.pump_timeout_ms = 50;
  options.max_attempts = attempts;
  options.retry_delay_ms = 1000;
  options.isolate_failures = isolate;
  rig_t *rig = rig_open(&options);
  rig->answer = MPCC_PENDING;
  rig_start(rig);
  return rig;
}

/* The log holds the same items once for every try: the harness can't derive deliveries from it. */
static void close_rig(rig_t *rig)
{
  rig->forgot = true;
  rig_close(rig);
}

/* Items 0 to 3 handed over at 1000. */
static rig_t *rig_under_way(uint32_t attempts, bool isolate)
{
  rig_t *rig = rig_timed(attempts, isolate);
  rig_push(rig, 0, 0, 4);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(rig->next_ms, 1050);
  return rig;
}

static uint64_t timeouts_of(const rig_t *rig)
{
  mpcc_stats_t stats;
  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  return stats.timeouts;
}

static void each_try_has_its_own_time_and_a_clean_flag(void **state)
{
  (void)state;
  rig_t *rig = rig_under_way(3, false);
  size_t index = 0;
  for (uint32_t attempt = 1; attempt <= 3; attempt++) {
    assert_int_equal(rig->calls[index].attempt, attempt);
    assert_false(mpcc_batch_cancelled(rig->calls[index].batch));
    assert_int_equal(rig->next_ms, rig->now_ms + 50);
    rig_step(rig, rig->next_ms);
    assert_int_equal(rig_calls(rig), index + 2);
    assert_int_equal(rig->calls[index + 1].kind, CALL_CANCEL);
    assert_true(rig->calls[index + 1].id == rig->calls[index].id);
    assert_true(mpcc_batch_cancelled(rig->calls[index].batch));
    assert_int_equal(timeouts_of(rig), attempt);

    assert_int_equal(rig_done(rig, index, -9), 0);
    rig_step(rig, rig->now_ms + 1);
    index += 2;
    if (attempt < 3) {
      assert_in_range(rig->next_ms, rig->now_ms + 500, rig->now_ms + 3000);
      rig_step(rig, rig->next_ms);
    }
  }
  assert_drop(rig, index, 0, 0, 4, -9);
  assert_true(rig->next_ms == UINT64_MAX);
  close_rig(rig);
}

static void a_batch_that_waits_for_its_next_try_has_no_timeout(void **state)
{
  (void)state;
  rig_t *rig = rig_under_way(2, false);
  assert_int_equal(rig_done(rig, 0, -9), 0);
  rig_step(rig, 1010);
  assert_in_range(rig->next_ms, 1510, 2510);
  rig_step(rig, rig->next_ms - 1);
  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(timeouts_of(rig), 0);

  rig_step(rig, rig->next_ms);
  assert_int_equal(rig_calls(rig), 2);
  assert_int_equal(rig->next_ms, rig->now_ms + 50);
  assert_int_equal(rig_done(rig, 1, 0), 0);
  rig_step(rig, rig->now_ms);
  assert_fates(rig, 4, 0, 0);
  assert_true(rig->next_ms == UINT64_MAX);
  close_rig(rig);
}

static void each_part_has_its_own_time_and_a_clean_flag(void **state)
{
  (void)state;
  rig_t *rig = rig_under_way(1, true);
  rig_step(rig, 1050);
  assert_int_equal(rig_done(rig, 0, -9), 0);
  rig_step(rig, 1060);
  assert_batch(rig, 2, 0, 0, 2, MPCC_DUE_FULL);
  assert_false(mpcc_batch_cancelled(rig->calls[2].batch));
  assert_int_equal(rig->next_ms, 1110);

  rig_step(rig, 1109);
  assert_int_equal(rig_done(rig, 2, 0), 0);
  rig_step(rig, 1109);
  assert_batch(rig, 3, 0, 2, 2, MPCC_DUE_FULL);
  assert_int_equal(rig->next_ms, 1159);
  rig_step(rig, 1159);
  assert_int_equal(rig->calls[4].kind, CALL_CANCEL);
  assert_int_equal(rig->items[rig->calls[4].first], 2);
  assert_int_equal(rig->calls[4].count, 2);
  assert_int_equal(rig_done(rig, 3, 0), 0);
  rig_step(rig, 1160);
  assert_fates(rig, 4, 0, 0);
  assert_int_equal(timeouts_of(rig), 2);
  assert_int_equal(rig_calls(rig), 5);
  close_rig(rig);
}

static void marks_count_after_a_timeout_as_before(void **state)
{
  (void)state;
  rig_t *rig = rig_under_way(2, false);
  mpcc_batch_t *batch = rig->calls[0].batch;
  assert_int_equal(mpcc_batch_fail(batch, 3, -3), 0);
  rig_step(rig, 1050);
  assert_int_equal(mpcc_batch_fail(batch, 1, -1), 0);
  assert_int_equal(mpcc_batch_done(batch, 0), 0);
  rig_step(rig, 1051);
  assert_fates(rig, 2, 0, 1);
  rig_step(rig, rig->next_ms);

  assert_int_equal(rig->calls[2].count, 2);
  assert_int_equal(rig->items[rig->calls[2].first], 1);
  assert_int_equal(rig->items[rig->calls[2].first + 1], 3);
  assert_false(mpcc_batch_cancelled(rig->calls[2].batch));
  assert_int_equal(rig->next_ms, rig->now_ms + 50);
  close_rig(rig);
}

static void a_drain_cancels_nothing_and_timeouts_go_on(void **state)
{
  (void)state;
  rig_t *rig = rig_under_way(2, false);
  rig_push(rig, 0, 4, 2);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 1001);
  assert_int_equal(rig_calls(rig), 1);
  assert_false(mpcc_batch_cancelled(rig->calls[0].batch));
  assert_int_equal(rig->next_ms, 1050);
  rig_step(rig, 1050);
  assert_int_equal(rig_count(rig, CALL_CANCEL), 1);
  assert_true(mpcc_batch_cancelled(rig->calls[0].batch));

  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 1060);
  assert_batch(rig, 2, 0, 4, 2, MPCC_DUE_DRAIN);
  assert_int_equal(rig->next_ms, 1110);
  rig_step(rig, 1110);
  assert_int_equal(timeouts_of(rig), 2);
  assert_int_equal(rig_done(rig, 2, 0), 0);
  rig_step(rig, 1111);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_fates(rig, 6, 0, 0);
  close_rig(rig);
}

enum { BY_SLOT, BY_ALL_SLOTS, BY_COMPLETION, WAYS };

static int discard_by(rig_t *rig, int way)
{
  if (way == BY_COMPLETION)
    return rig_complete(rig, MPCC_DISCARD);
  return mpcc_discard(rig->mpcc, way == BY_SLOT ? 0 : MPCC_ALL_SLOTS);
}

static void a_discard_after_the_timeout_does_not_cancel_again(void **state)
{
  (void)state;
  for (int way = 0; way < WAYS; way++) {
    rig_t *rig = rig_under_way(2, false);
    rig_step(rig, 1050);
    assert_int_equal(discard_by(rig, way), 0);
    rig_step(rig, 1051);
    rig_step(rig, 2000);
    assert_int_equal(rig_count(rig, CALL_CANCEL), 1);
    assert_true(mpcc_batch_cancelled(rig->calls[0].batch));
    assert_int_equal(timeouts_of(rig), 1);

    /* But it is not tried again now. */
    assert_int_equal(rig_done(rig, 0, -9), 0);
    rig_step(rig, 2001);
    assert_int_equal(rig_count(rig, CALL_PUMP), 1);
    assert_drop(rig, 2, 0, 0, 4, -9);
    close_rig(rig);
  }
}

static void what_a_discard_has_cancelled_does_not_time_out(void **state)
{
  (void)state;
  for (int way = 0; way < WAYS; way++) {
    rig_t *rig = rig_under_way(2, false);
    assert_int_equal(discard_by(rig, way), 0);
    rig_step(rig, 1010);
    assert_int_equal(rig_count(rig, CALL_CANCEL), 1);
    assert_true(rig->next_ms == UINT64_MAX);
    rig_step(rig, 1050);
    rig_step(rig, 2000);
    assert_int_equal(rig_count(rig, CALL_CANCEL), 1);
    assert_int_equal(timeouts_of(rig), 0);
    assert_fates(rig, 0, 0, 1);
    close_rig(rig);
  }
}

static void finish_here(rig_t *rig, mpcc_batch_t *batch)
{
  rig_keep(rig, mpcc_batch_cancelled(batch));
  rig_keep(rig, mpcc_batch_done(batch, *(const int *)rig->hook_arg));
  rig_keep(rig, mpcc_batch_done(batch, 0));
}

static void on_cancel_may_finish_the_batch(void **state)
{
  (void)state;
  for (int status = -9; status <= 0; status += 9) {
    rig_t *rig = rig_timed(2, false);
    rig->hook_arg = &status;
    rig->on_cancel = finish_here;
    rig_push(rig, 0, 0, 8);
    rig_step(rig, 1000);
    rig_step(rig, 1050);
    assert_int_equal(rig_calls(rig), status == 0 ? 3 : 2);
    if (rig->next_ms == 1050) /* a done may ask for one more look */
      rig_step(rig, 1050);

    assert_int_equal(rig->got_count, 3);
    assert_int_equal(rig->got[0], 1);
    assert_int_equal(rig->got[1], 0);
    assert_int_equal(rig->got[2], MPCC_EALREADY);
    if (status == 0) { /* settled in the same step, and followed by the next batch */
      assert_batch(rig, 2, 0, 4, 4, MPCC_DUE_FULL);
      assert_int_equal(rig->next_ms, 1100);
      assert_fates(rig, 4, 0, 1);
    } else {
      assert_in_range(rig->next_ms, 1550, 2550);
      rig_step(rig, rig->next_ms);
      assert_int_equal(rig->calls[2].attempt, 2);
      rig_step(rig, rig->next_ms);
      assert_drop(rig, 4, 0, 0, 4, -9);
    }
    close_rig(rig);
  }
}

static void discard_here(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  rig_keep(rig, discard_by(rig, *(const int *)rig->hook_arg));
}

static void on_cancel_may_discard_and_is_not_called_again_for_it(void **state)
{
  (void)state;
  for (int way = 0; way < WAYS; way++) {
    rig_t *rig = rig_timed(2, false);
    rig->hook_arg = &way;
    rig->on_cancel = discard_here;
    rig_push(rig, 0, 0, 6);
    rig_step(rig, 1000);
    rig_step(rig, 1050);
    rig_step(rig, 1051);

    assert_int_equal(rig->got_count, 1);
    assert_int_equal(rig->got[0], 0);
    assert_int_equal(rig_count(rig, CALL_CANCEL), 1);
    assert_int_equal(rig_count(rig, CALL_PUMP), 1);
    assert_drop(rig, 2, 0, 4, 2, MPCC_ECANCELED);
    assert_fates(rig, 0, 2, 1);
    close_rig(rig);
  }
}

static void push_here(rig_t *rig, mpcc_batch_t *batch)
{
  uint64_t item = 77;
  rig_keep(rig, mpcc_push(rig->mpcc, &item, batch->slot));
  rig_keep(rig, mpcc_flush(rig->mpcc, batch->slot));
}

static void on_cancel_may_push_and_flush(void **state)
{
  (void)state;
  rig_t *rig = rig_under_way(1, false);
  rig->on_cancel = push_here;
  rig_step(rig, 1050);
  assert_int_equal(rig->got_count, 2);
  assert_int_equal(rig->got[0] | rig->got[1], 0);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 1051);
  assert_batch(rig, 2, 0, 77, 1, MPCC_DUE_FLUSH);
  assert_int_equal(rig->next_ms, 1101);
  close_rig(rig);
}

static void next_ms_is_the_first_of_all_that_will_be_due(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  options.slot_count = 3;
  options.push_interval_ms = 100;
  options.pump_timeout_ms = 250;
  options.max_attempts = 2;
  options.retry_delay_ms = 1000;
  rig_t *rig = rig_open(&options);
  rig->answer = MPCC_PENDING;
  rig_start(rig);
  rig_push(rig, 0, 0, 4);
  rig_step(rig, 1000);
  assert_int_equal(rig->next_ms, 1250); /* slot 0's timeout */
  rig_push(rig, 1, 10, 1);
  rig_step(rig, 1100);
  assert_int_equal(rig->next_ms, 1200); /* slot 1's interval */
  rig_step(rig, 1200);
  assert_batch(rig, 1, 1, 10, 1, MPCC_DUE_INTERVAL);
  assert_int_equal(rig->next_ms, 1250);

  assert_int_equal(rig_done(rig, 0, -1), 0);
  rig_step(rig, 1210);
  assert_int_equal(rig->next_ms, 1450); /* slot 1's timeout comes before slot 0's second try */
  rig_push(rig, 2, 20, 1);
  rig_step(rig, 1349);
  assert_int_equal(rig->next_ms, 1449); /* slot 2's interval, by a hair */
  rig_step(rig, 1449);
  assert_int_equal(rig->next_ms, 1450);
  rig_step(rig, 1450);
  assert_int_equal(rig_count(rig, CALL_CANCEL), 1);
  assert_int_equal(rig->next_ms, 1699); /* slot 2's timeout, before the second try once more */
  rig_step(rig, 1699);
  assert_int_equal(rig_count(rig, CALL_CANCEL), 2);
  assert_in_range(rig->next_ms, 1710, 2710);
  rig_step(rig, rig->next_ms);
  assert_int_equal(rig->calls[rig_calls(rig) - 1].attempt, 2);
  assert_int_equal(rig->next_ms, rig->now_ms + 250);
  close_rig(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_try_has_its_own_time_and_a_clean_flag),
    cmocka_unit_test(a_batch_that_waits_for_its_next_try_has_no_timeout),
    cmocka_unit_test(each_part_has_its_own_time_and_a_clean_flag),
    cmocka_unit_test(marks_count_after_a_timeout_as_before),
    cmocka_unit_test(a_drain_cancels_nothing_and_timeouts_go_on),
    cmocka_unit_test(a_discard_after_the_timeout_does_not_cancel_again),
    cmocka_unit_test(what_a_discard_has_cancelled_does_not_time_out),
    cmocka_unit_test(on_cancel_may_finish_the_batch),
    cmocka_unit_test(on_cancel_may_discard_and_is_not_called_again_for_it),
    cmocka_unit_test(on_cancel_may_push_and_flush),
    cmocka_unit_test(next_ms_is_the_first_of_all_that_will_be_due),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
