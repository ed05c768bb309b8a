/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* pump_timeout_ms: a batch that takes too long is cancelled, once, and stays the pump's. */

#include "harness.h"

#include "crew.h"
#include "purse.h"

static void timed_options(mpcc_options_t *options, uint64_t timeout_ms)
{
  rig_options(options, 3);
  options->slot_count = 4;
  options->pump_timeout_ms = timeout_ms;
}

static rig_t *rig_timed(uint64_t timeout_ms)
{
  mpcc_options_t options;
  timed_options(&options, timeout_ms);
  rig_t *rig = rig_open(&options);
  rig->answer = MPCC_PENDING;
  rig_start(rig);
  return rig;
}

/* Three items handed over at 1000, with 50 ms to go. */
static rig_t *rig_under_way(void)
{
  rig_t *rig = rig_timed(50);
  rig_push(rig, 0, 0, 3);
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

static void a_batch_is_cancelled_once_when_its_time_is_up_and_not_before(void **state)
{
  (void)state;
  rig_t *rig = rig_under_way();
  mpcc_batch_t *batch = rig->calls[0].batch;
  batch->data = rig;
  rig_step(rig, 1049);
  assert_int_equal(rig_calls(rig), 1);
  assert_false(mpcc_batch_cancelled(batch));
  assert_int_equal(rig->next_ms, 1050);
  assert_int_equal(timeouts_of(rig), 0);

  rig_step(rig, 1050);
  assert_int_equal(rig_calls(rig), 2);
  const call_t *cancel = &rig->calls[1];
  assert_int_equal(cancel->kind, CALL_CANCEL);
  assert_ptr_equal(cancel->batch, batch);
  assert_ptr_equal(cancel->state, rig);
  assert_ptr_equal(cancel->data, rig);
  assert_true(cancel->id == rig->calls[0].id);
  assert_int_equal(cancel->count, 3);
  assert_int_equal(rig->items[cancel->first + 2], 2);
  assert_true(mpcc_batch_cancelled(batch));
  assert_int_equal(timeouts_of(rig), 1);
  assert_true(rig->next_ms == UINT64_MAX);
  assert_fates(rig, 0, 0, 1); /* it is still the pump's */

  rig_step(rig, 1051);
  rig_step(rig, 100000);
  assert_int_equal(rig_calls(rig), 2);
  assert_true(mpcc_batch_cancelled(batch));
  rig_close(rig);
}

static void a_late_step_cancels_what_is_overdue(void **state)
{
  (void)state;
  rig_t *rig = rig_under_way();
  rig_step(rig, 900000);
  assert_int_equal(rig_count(rig, CALL_CANCEL), 1);
  assert_int_equal(timeouts_of(rig), 1);
  rig_close(rig);
}

static void done_with_0_after_the_timeout_still_delivers(void **state)
{
  (void)state;
  rig_t *rig = rig_under_way();
  rig_step(rig, 1060);
  assert_int_equal(mpcc_batch_done(rig->calls[0].batch, 0), 0);
  rig_step(rig, 1070);
  assert_int_equal(rig_calls(rig), 2);
  assert_fates(rig, 3, 0, 0);
  assert_int_equal(timeouts_of(rig), 1);
  rig_close(rig);
}

static void an_error_after_the_timeout_is_the_reason_of_the_drop(void **state)
{
  (void)state;
  rig_t *rig = rig_under_way();
  rig_step(rig, 1060);
  assert_int_equal(rig_done(rig, 0, -9), 0);
  rig_step(rig, 1070);
  assert_int_equal(rig_calls(rig), 3);
  assert_drop(rig, 2, 0, 0, 3, -9);
  rig_close(rig);
}

static void what_was_done_when_the_loop_looks_is_not_cancelled(void **state)
{
  (void)state;
  for (uint64_t late = 0; late < 2; late++) {
    rig_t *rig = rig_under_way();
    assert_int_equal(rig_done(rig, 0, 0), 0);
    rig_step(rig, late ? 90000 : 1049); /* done in time, as far as anybody can tell */
    assert_int_equal(rig_calls(rig), 1);
    assert_fates(rig, 3, 0, 0);
    assert_int_equal(timeouts_of(rig), 0);
    assert_true(rig->next_ms == UINT64_MAX); /* and its timer is gone */
    rig_step(rig, 100000);
    assert_int_equal(rig_calls(rig), 1);
    rig_close(rig);
  }
}

static void time_counts_from_the_hand_over_and_not_from_the_push(void **state)
{
  (void)state;
  mpcc_options_t options;
  timed_options(&options, 50);
  options.push_interval_ms = 1000;
  rig_t *rig = rig_open(&options);
  rig->answer = MPCC_PENDING;
  rig_start(rig);
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 100);
  assert_int_equal(rig->next_ms, 1100);
  rig_step(rig, 1100);
  assert_batch(rig, 0, 0, 0, 2, MPCC_DUE_INTERVAL);
  assert_int_equal(rig->next_ms, 1150);

  /* Behind it, at concurrency 1, waits another: its time does not run yet. */
  rig_push(rig, 0, 2, 3);
  rig_step(rig, 1149);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 1170);
  assert_batch(rig, 1, 0, 2, 3, MPCC_DUE_FULL);
  assert_int_equal(rig->next_ms, 1220);
  rig_step(rig, 1219);
  assert_int_equal(rig_count(rig, CALL_CANCEL), 0);
  rig_step(rig, 1220);
  assert_int_equal(rig_count(rig, CALL_CANCEL), 1);
  rig_close(rig);
}

static void without_the_option_a_batch_may_take_for_ever(void **state)
{
  (void)state;
  rig_t *rig = rig_timed(0);
  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1000);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_step(rig, UINT64_MAX - 1);
  assert_int_equal(rig_calls(rig), 1);
  assert_false(mpcc_batch_cancelled(rig->calls[0].batch));
  rig_close(rig);
}

static void the_longest_timeout_does_not_wrap(void **state)
{
  (void)state;
  static const uint64_t timeouts[] = {UINT64_MAX - 1, UINT64_MAX, UINT64_MAX - 999};
  for (size_t k = 0; k < 3; k++) {
    rig_t *rig = rig_timed(timeouts[k]);
    rig_push(rig, 0, 0, 3);
    rig_step(rig, 1000);
    assert_true(rig->next_ms == UINT64_MAX);
    rig_step(rig, 1001);
    rig_step(rig, UINT64_MAX - 1);
    assert_int_equal(rig_count(rig, CALL_CANCEL), 0);
    rig_close(rig);
  }

  rig_t *rig = rig_timed(UINT64_MAX - 1 - 1000);
  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1000);
  assert_true(rig->next_ms == UINT64_MAX - 1);
  rig_step(rig, UINT64_MAX - 2);
  assert_int_equal(rig_count(rig, CALL_CANCEL), 0);
  rig_step(rig, UINT64_MAX - 1);
  assert_int_equal(rig_count(rig, CALL_CANCEL), 1);
  rig_close(rig);
}

static void a_hung_slot_is_cancelled_and_the_others_go_on(void **state)
{
  (void)state;
  rig_t *rig = rig_under_way();
  for (uint64_t i = 0; i < 100; i++) {
    rig_push(rig, 1, 3 * i, 3);
    rig_step(rig, 1001 + i);
    size_t last = rig_calls(rig) - 1;
    last -= rig->calls[last].kind == CALL_CANCEL;
    assert_batch(rig, last, 1, 3 * i, 3, MPCC_DUE_FULL);
    assert_int_equal(rig_done(rig, last, 0), 0);
  }
  rig_step(rig, 1101);
  assert_fates(rig, 300, 0, 1);
  assert_int_equal(rig_count(rig, CALL_CANCEL), 1);
  rig_close(rig);
}

static uint64_t slot_timeouts(const rig_t *rig, uint32_t slot)
{
  mpcc_stats_t stats;
  assert_int_equal(mpcc_slot_stats(rig->mpcc, slot, &stats), 0);
  return stats.timeouts;
}

static void stats_count_timeouts_where_they_happen(void **state)
{
  (void)state;
  rig_t *rig = rig_timed(50);
  for (uint32_t slot = 0; slot < 3; slot++)
    rig_push(rig, slot, 0, 3);
  rig_step(rig, 1000);
  assert_int_equal(rig_done(rig, 1, 0), 0);
  rig_step(rig, 1050);
  assert_int_equal(slot_timeouts(rig, 0), 1);
  assert_int_equal(slot_timeouts(rig, 1), 0);
  assert_int_equal(slot_timeouts(rig, 2), 1);
  assert_int_equal(slot_timeouts(rig, 3), 0);
  assert_int_equal(timeouts_of(rig), 2);
  rig_close(rig);
}

enum { MANY = 200 };

static void many_batches_in_flight_time_out_each_at_its_time_and_in_order(void **state)
{
  (void)state;
  for (int late = 0; late < 2; late++) {
    mpcc_options_t options;
    timed_options(&options, 5000);
    options.max_concurrency = MANY;
    rig_t *rig = rig_open(&options);
    rig->answer = MPCC_PENDING;
    rig_start(rig);
    for (uint64_t i = 0; i < MANY; i++) {
      rig_push(rig, (uint32_t)(i * 7 % 4), 3 * i, 3);
      rig_step(rig, 1000 + 10 * i);
      assert_int_equal(rig->next_ms, 6000);
    }
    for (size_t i = 0; i < MANY; i += 5) /* these are done in time */
      assert_int_equal(rig_done(rig, i, 0), 0);
    rig_step(rig, 5000);
    for (size_t i = 0; i < MANY && !late; i++) {
      if (i % 5 == 0)
        continue;
      assert_int_equal(rig->next_ms, 6000 + 10 * i);
      rig_step(rig, rig->next_ms);
      assert_int_equal(rig->items[rig->calls[rig_calls(rig) - 1].first], 3 * i);
    }
    rig_step(rig, 100000);

    assert_true(rig->next_ms == UINT64_MAX);
    assert_int_equal(rig_calls(rig), MANY + MANY * 4 / 5);
    uint64_t last[4] = {0};
    for (size_t i = MANY; i < rig_calls(rig); i++) {
      const call_t *call = &rig->calls[i];
      assert_int_equal(call->kind, CALL_CANCEL);
      assert_true(rig->items[call->first] > last[call->slot]);
      last[call->slot] = rig->items[call->first];
    }
    rig_close(rig);
  }
}

static void timing_out_needs_no_memory(void **state)
{
  (void)state;
  purse_t purse;
  mpcc_allocator_t allocator;
  purse_open(&purse, &allocator);
  mpcc_options_t options;
  timed_options(&options, 50);
  options.capacity = 300;
  options.max_concurrency = 30;
  options.allocator = &allocator;
  rig_t *rig = rig_open(&options);
  rig->answer = MPCC_PENDING;
  rig_start(rig);
  uint64_t calls = purse_calls(&purse);
  purse_refuse(&purse, 1, true);
  for (uint32_t slot = 0; slot < 4; slot++)
    rig_push(rig, slot, 0, 90);
  rig_step(rig, 1000);
  rig_step(rig, 1050);
  assert_int_equal(timeouts_of(rig), 4 * 30);
  assert_int_equal(purse_calls(&purse), calls);
  rig_close(rig);
  assert_true(purse_close(&purse));
}

static void a_real_loop_enforces_it_too_and_not_too_early(void **state)
{
  (void)state;
  mpcc_options_t options;
  timed_options(&options, 30);
  options.manual = false;
  rig_t *rig = rig_open(&options);
  rig->answer = MPCC_PENDING;
  rig_start(rig);
  uint64_t begin_ms = crew_now_ms();
  rig_push(rig, 0, 0, 3);
  assert_true(rig_await_calls(rig, 2));
  /* Each clock may be cut to milliseconds. */
  assert_true(crew_now_ms() - begin_ms >= 30 - 2);

  assert_int_equal(rig->calls[1].kind, CALL_CANCEL);
  assert_true(mpcc_batch_cancelled(rig->calls[0].batch));
  assert_int_equal(rig_done(rig, 0, 0), 0);
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
  assert_fates(rig, 3, 0, 0);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_batch_is_cancelled_once_when_its_time_is_up_and_not_before),
    cmocka_unit_test(a_late_step_cancels_what_is_overdue),
    cmocka_unit_test(done_with_0_after_the_timeout_still_delivers),
    cmocka_unit_test(an_error_after_the_timeout_is_the_reason_of_the_drop),
    cmocka_unit_test(what_was_done_when_the_loop_looks_is_not_cancelled),
    cmocka_unit_test(time_counts_from_the_hand_over_and_not_from_the_push),
    cmocka_unit_test(without_the_option_a_batch_may_take_for_ever),
    cmocka_unit_test(the_longest_timeout_does_not_wrap),
    cmocka_unit_test(a_hung_slot_is_cancelled_and_the_others_go_on),
    cmocka_unit_test(stats_count_timeouts_where_they_happen),
    cmocka_unit_test(many_batches_in_flight_time_out_each_at_its_time_and_in_order),
    cmocka_unit_test(timing_out_needs_no_memory),
    cmocka_unit_test(a_real_loop_enforces_it_too_and_not_too_early),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
