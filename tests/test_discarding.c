/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_complete(MPCC_DISCARD): the queue is dropped, what is in flight is cancelled and awaited. */

#include "harness.h"

static int push_one(rig_t *rig, uint64_t item)
{
  return mpcc_push(rig->mpcc, &item, 0);
}

/* One batch of three in flight, and then ${queued} items in the queue. */
static rig_t *rig_with_queue(size_t queued)
{
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 3 + queued);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 1);
  return rig;
}

/* Calls of on_drop for items no pump saw carry first, first + 1, ... to first + count. */
static void expect_dropped_run(const rig_t *rig, uint64_t first, size_t count)
{
  size_t seen = 0;
  for (size_t i = 0; i < rig_calls(rig); i++) {
    const call_t *call = &rig->calls[i];
    if (call->kind != CALL_DROP || call->attempt != 0)
      continue;
    assert_drop(rig, i, 0, first + seen, call->count, MPCC_ECANCELED);
    assert_in_range(call->count, 1, 3);
    assert_int_equal(call->id, 0);
    assert_int_equal(call->due, 0);
    assert_null(call->data);
    seen += call->count;
  }
  assert_int_equal(seen, count);
}

static void a_discard_drops_the_queue_unseen_by_the_pump(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig_push(rig, 0, 0, 8);

  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  assert_int_equal(rig_calls(rig), 0);
  rig_step(rig, 1);

  assert_int_equal(rig_count(rig, CALL_PUMP), 0);
  expect_dropped_run(rig, 0, 8);
  assert_int_equal(rig->calls[rig_calls(rig) - 1].kind, CALL_COMPLETE);
  assert_ptr_equal(rig->calls[0].state, rig);
  assert_fates(rig, 0, 8, 0);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  rig_close(rig);
}

static void a_discard_drops_a_long_queue_of_many_slots(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 500);
  options.slot_count = 7;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  for (uint32_t slot = 0; slot < 7; slot++)
    rig_push(rig, slot, 0, 300 * slot);
  rig_step(rig, 1);

  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  rig_step(rig, 2);

  uint64_t next[7] = {0};
  for (size_t i = 0; i < rig_calls(rig); i++)
    if (rig->calls[i].kind == CALL_PUMP || rig->calls[i].kind == CALL_DROP)
      for (size_t k = 0; k < rig->calls[i].count; k++)
        assert_int_equal(rig->items[rig->calls[i].first + k], next[rig->calls[i].slot]++);
  for (uint32_t slot = 0; slot < 7; slot++)
    assert_int_equal(next[slot], 300 * slot);
  rig_close(rig);
}

static void a_batch_in_flight_is_cancelled_once_and_awaited(void **state)
{
  (void)state;
  rig_t *rig = rig_with_queue(4);
  mpcc_batch_t *batch = rig->calls[0].batch;
  assert_false(mpcc_batch_cancelled(batch));

  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  rig_step(rig, 2);
  rig_step(rig, 3);

  assert_true(mpcc_batch_cancelled(batch));
  assert_false(mpcc_batch_cancelled(NULL));
  assert_int_equal(rig_count(rig, CALL_CANCEL), 1);
  assert_int_equal(rig_count(rig, CALL_COMPLETE), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ETIMEDOUT);
  expect_dropped_run(rig, 3, 4);
  for (size_t i = 0; i < rig_calls(rig); i++)
    if (rig->calls[i].kind == CALL_CANCEL) {
      assert_ptr_equal(rig->calls[i].batch, batch);
      assert_ptr_equal(rig->calls[i].state, rig);
      assert_true(rig->calls[i].id == rig->calls[0].id);
      assert_int_equal(rig->calls[i].count, 3);
      assert_int_equal(rig->items[rig->calls[i].first], 0);
    }
  rig_close(rig);
}

static void a_cancelled_batch_that_is_done_with_0_is_delivered(void **state)
{
  (void)state;
  rig_t *rig = rig_with_queue(4);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  rig_step(rig, 2);

  assert_int_equal(mpcc_batch_done(rig->calls[0].batch, 0), 0);
  rig_step(rig, 3);

  assert_fates(rig, 3, 4, 0);
  assert_int_equal(rig->calls[rig_calls(rig) - 1].kind, CALL_COMPLETE);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  rig_close(rig);
}

static void a_cancelled_batch_that_is_done_with_an_error_is_dropped_with_it(void **state)
{
  (void)state;
  rig_t *rig = rig_with_queue(0);
  rig->calls[0].batch->data = rig;
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  rig_step(rig, 2);

  assert_int_equal(mpcc_batch_done(rig->calls[0].batch, -42), 0);
  rig_step(rig, 3);

  assert_int_equal(rig_calls(rig), 4);
  assert_drop(rig, 2, 0, 0, 3, -42);
  assert_int_equal(rig->calls[2].attempt, 1);
  assert_ptr_equal(rig->calls[2].data, rig);
  assert_true(rig->calls[2].id == rig->calls[0].id);
  assert_int_equal(rig->calls[3].kind, CALL_COMPLETE);
  assert_fates(rig, 0, 3, 0);
  rig_close(rig);
}

static void a_batch_that_was_already_done_is_not_cancelled(void **state)
{
  (void)state;
  rig_t *rig = rig_with_queue(0);

  assert_int_equal(rig_done(rig, 0, 0), 0);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  rig_step(rig, 2);

  assert_int_equal(rig_count(rig, CALL_CANCEL), 0);
  assert_fates(rig, 3, 0, 0);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  rig_close(rig);
}

static void finish_with_43(rig_t *rig, mpcc_batch_t *batch)
{
  rig_keep(rig, mpcc_batch_cancelled(batch));
  rig_keep(rig, mpcc_batch_done(batch, -43));
}

static void on_cancel_may_finish_the_batch(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  options.max_concurrency = 4;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  rig->on_cancel = finish_with_43;
  rig_push(rig, 0, 0, 12);
  rig_step(rig, 1);

  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  rig_step(rig, 2);

  assert_int_equal(rig->got_count, 8);
  for (size_t i = 0; i < 8; i += 2) {
    assert_int_equal(rig->got[i], 1);
    assert_int_equal(rig->got[i + 1], 0);
  }
  assert_int_equal(rig_count(rig, CALL_CANCEL), 4);
  assert_int_equal(rig_count(rig, CALL_DROP), 4);
  assert_fates(rig, 0, 12, 0);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  rig_close(rig);
}

static int discard_here(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  rig_keep(rig, rig_complete(rig, MPCC_DISCARD));
  return rig->answer;
}

static void a_pump_may_discard_and_still_answer_for_its_batch(void **state)
{
  (void)state;
  static const int answers[] = {0, -7, MPCC_PENDING};
  for (size_t k = 0; k < 3; k++) {
    rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
    rig->on_pump = discard_here;
    rig->answer = answers[k];
    rig_push(rig, 0, 0, 7);

    rig_step(rig, 1);
    rig_step(rig, 2);

    assert_int_equal(rig->got_count, 1);
    assert_int_equal(rig->got[0], 0);
    assert_int_equal(rig_count(rig, CALL_PUMP), 1);
    expect_dropped_run(rig, 3, 4);
    assert_int_equal(rig_count(rig, CALL_CANCEL), answers[k] == MPCC_PENDING ? 1 : 0);
    assert_int_equal(rig_count(rig, CALL_COMPLETE), answers[k] == MPCC_PENDING ? 0 : 1);
    assert_fates(rig, answers[k] == 0 ? 3 : 0, answers[k] == -7 ? 7 : 4, answers[k] > 0 ? 1 : 0);
    rig_close(rig);
  }
}

static void push_back(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)reason;
  rig_keep(rig, mpcc_push(rig->mpcc, batch->items, batch->slot));
}

static void an_on_drop_that_pushes_back_does_not_keep_a_discard_from_its_end(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig->on_drop = push_back;
  rig_push(rig, 0, 0, 2);

  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  rig_step(rig, 1);

  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_int_equal(rig->got[0], MPCC_ECLOSED);
  assert_fates(rig, 0, 2, 0);
  rig_close(rig);
}

static void wait_here(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)batch;
  (void)reason;
  rig_keep(rig, mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT));
}

static void a_discard_in_idle_drops_on_this_thread_before_it_returns(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  rig_t *rig = rig_open(&options);
  rig->on_drop = wait_here;
  rig_push(rig, 0, 0, 7);

  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);

  expect_dropped_run(rig, 0, 7);
  assert_int_equal(rig->calls[rig_calls(rig) - 1].kind, CALL_COMPLETE);
  assert_int_equal(rig->calls[rig_calls(rig) - 1].reason, 0);
  assert_null(rig->calls[0].state); /* no start has given one */
  assert_int_equal(rig->got[0], MPCC_EDEADLK);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_int_equal(push_one(rig, 0), MPCC_ECLOSED);
  assert_fates(rig, 0, 7, 0);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_discard_drops_the_queue_unseen_by_the_pump),
    cmocka_unit_test(a_discard_drops_a_long_queue_of_many_slots),
    cmocka_unit_test(a_batch_in_flight_is_cancelled_once_and_awaited),
    cmocka_unit_test(a_cancelled_batch_that_is_done_with_0_is_delivered),
    cmocka_unit_test(a_cancelled_batch_that_is_done_with_an_error_is_dropped_with_it),
    cmocka_unit_test(a_batch_that_was_already_done_is_not_cancelled),
    cmocka_unit_test(on_cancel_may_finish_the_batch),
    cmocka_unit_test(a_pump_may_discard_and_still_answer_for_its_batch),
    cmocka_unit_test(an_on_drop_that_pushes_back_does_not_keep_a_discard_from_its_end),
    cmocka_unit_test(a_discard_in_idle_drops_on_this_thread_before_it_returns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
