/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_discard() and the batches in the pump's hands, batches that wait for another try, and
   discards made inside callbacks. */

#include "picks.h"

enum { BATCH = 3, MANY_DROPS = 1000 };

static rig_t *rig_with(uint32_t concurrency, uint32_t attempts, uint64_t delay_ms)
{
  mpcc_options_t options;
  rig_options(&options, BATCH);
  options.slot_count = 2;
  options.max_concurrency = concurrency;
  options.max_attempts = attempts;
  options.retry_delay_ms = delay_ms;
  rig_t *rig = rig_open(&options);
  rig->forgot = attempts > 1; /* rig_close() can't add up tries */
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  return rig;
}

static void what_is_in_flight_is_cancelled_once_however_often_one_discards(void **state)
{
  (void)state;
  rig_t *rig = rig_with(2, 1, 0);
  rig_push(rig, 0, 0, 2 * BATCH);
  rig_push(rig, 1, 100, BATCH);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 3);

  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_step(rig, 2);
  assert_int_equal(mpcc_discard(rig->mpcc, MPCC_ALL_SLOTS), 0);
  rig_step(rig, 3);
  rig_step(rig, 4);

  assert_int_equal(picks(rig, CALL_CANCEL, 0), 2);
  assert_int_equal(picks(rig, CALL_CANCEL, 1), 1);
  for (size_t i = 0; i < 3; i++)
    assert_true(mpcc_batch_cancelled(rig->calls[i].batch));
  uint64_t ids = 0;
  for (size_t i = 3; i < 6; i++) {
    const call_t *call = &rig->calls[i];
    assert_int_equal(call->kind, CALL_CANCEL);
    assert_ptr_equal(call->state, rig);
    assert_int_equal(call->count, BATCH);
    assert_int_equal(call->attempt, 1);
    ids ^= call->id ^ rig->calls[i - 3].id;
  }
  assert_true(ids == 0);
  rig_close(rig);
}

static void only_what_was_in_flight_at_the_call_is_cancelled(void **state)
{
  (void)state;
  rig_t *rig = rig_with(2, 1, 0);
  rig_push(rig, 0, 0, BATCH);
  rig_step(rig, 1);

  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_push(rig, 0, BATCH, BATCH);
  rig_step(rig, 2);
  rig_step(rig, 3);

  size_t second = pick(rig, CALL_PUMP, 0, 1);
  assert_batch(rig, second, 0, BATCH, BATCH, MPCC_DUE_FULL);
  assert_true(mpcc_batch_cancelled(rig->calls[0].batch));
  assert_false(mpcc_batch_cancelled(rig->calls[second].batch));
  assert_int_equal(rig_count(rig, CALL_CANCEL), 1);
  rig_close(rig);
}

/* The batch in flight is done before or after the loop has seen the discard. */
static void check_done(int status, bool loop_first)
{
  rig_t *rig = rig_with(1, 5, 0);
  rig_push(rig, 0, 0, BATCH + 1);
  rig_step(rig, 1);
  rig->calls[0].batch->data = rig;

  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  if (loop_first)
    rig_step(rig, 2);
  assert_int_equal(rig_done(rig, 0, status), 0);
  rig_push(rig, 0, BATCH + 1, BATCH);
  rig_step(rig, 3);
  rig_step(rig, 100000);

  /* Never tried again; the place it held is free for the next batch. */
  assert_int_equal(rig_count(rig, CALL_PUMP), 2);
  assert_batch(rig, pick(rig, CALL_PUMP, 0, 1), 0, BATCH + 1, BATCH, MPCC_DUE_FULL);
  assert_int_equal(rig_count(rig, CALL_CANCEL), loop_first ? 1 : 0);
  assert_unseen(rig, 0, BATCH, 1, BATCH);
  assert_fates(rig, status == 0 ? BATCH : 0, status == 0 ? 1 : BATCH + 1, 1);
  assert_int_equal(rig_count(rig, CALL_DROP), status == 0 ? 1 : 2);
  for (size_t i = 0; status != 0 && i < rig_calls(rig); i++) {
    if (rig->calls[i].kind != CALL_DROP || rig->calls[i].attempt == 0)
      continue;
    assert_drop(rig, i, 0, 0, BATCH, status);
    assert_int_equal(rig->calls[i].attempt, 1);
    assert_ptr_equal(rig->calls[i].data, rig);
  }
  rig_close(rig);
}

static void a_cancelled_batch_is_delivered_or_dropped_but_not_tried_again(void **state)
{
  (void)state;
  for (int loop_first = 0; loop_first < 2; loop_first++) {
    check_done(0, loop_first != 0);
    check_done(-42, loop_first != 0);
    check_done(1, loop_first != 0);
  }
}

static void a_batch_that_failed_just_before_the_call_is_not_tried_again(void **state)
{
  (void)state;
  rig_t *rig = rig_with(1, 5, 0);
  rig_push(rig, 0, 0, BATCH);
  rig_step(rig, 1);

  assert_int_equal(rig_done(rig, 0, -42), 0);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_step(rig, 2);
  rig_step(rig, 100000);

  assert_int_equal(rig_calls(rig), 2);
  assert_int_equal(rig->calls[1].kind, CALL_DROP);
  assert_int_equal(rig->calls[1].attempt, 1);
  assert_int_equal(rig->calls[1].count, BATCH);
  assert_true(rig->calls[1].reason == -42 || rig->calls[1].reason == MPCC_ECANCELED);
  assert_fates(rig, 0, BATCH, 0);
  rig_close(rig);
}

static void a_batch_that_waits_for_another_try_is_dropped(void **state)
{
  (void)state;
  for (uint32_t tries = 1; tries < 4; tries++) {
    rig_t *rig = rig_with(1, 5, 1000);
    rig_push(rig, 0, 0, BATCH + 1);
    rig_push(rig, 1, 50, BATCH);
    for (uint32_t k = 0; k < tries; k++) {
      rig_step(rig, 1 + 100000 * (uint64_t)k);
      size_t call = pick(rig, CALL_PUMP, 0, k);
      rig->calls[call].batch->data = rig;
      assert_int_equal(rig_done(rig, call, -42), 0);
      rig_step(rig, rig->now_ms);
    }
    assert_int_equal(rig_done(rig, pick(rig, CALL_PUMP, 1, 0), -43), 0);
    rig_step(rig, rig->now_ms);
    assert_int_equal(stats_of(rig, 0).in_flight, 1);

    assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
    rig_push(rig, 0, BATCH + 1, BATCH);
    rig_step(rig, rig->now_ms + 1);

    size_t drop = pick(rig, CALL_DROP, 0, 0);
    assert_drop(rig, drop, 0, 0, BATCH, MPCC_ECANCELED);
    assert_int_equal(rig->calls[drop].attempt, tries);
    assert_ptr_equal(rig->calls[drop].data, rig);
    assert_unseen(rig, 0, BATCH, 1, BATCH);
    assert_int_equal(rig_count(rig, CALL_CANCEL), 0);
    /* Its place is free again, and the other slot's batch is tried as ever. */
    assert_int_equal(picks(rig, CALL_PUMP, 0), tries + 1);
    assert_batch(rig, pick(rig, CALL_PUMP, 0, tries), 0, BATCH + 1, BATCH, MPCC_DUE_FULL);
    assert_int_equal(picks(rig, CALL_PUMP, 1), 1);
    rig_step(rig, rig->now_ms + 100000);
    assert_int_equal(picks(rig, CALL_PUMP, 0), tries + 1);
    assert_int_equal(picks(rig, CALL_PUMP, 1), 2);
    rig_close(rig);
  }
}

static void no_timer_is_left_of_a_batch_that_was_dropped(void **state)
{
  (void)state;
  rig_t *rig = rig_with(1, 5, 1000);
  rig_push(rig, 0, 0, BATCH);
  rig_step(rig, 1);
  assert_int_equal(rig_done(rig, 0, -42), 0);
  rig_step(rig, 2);
  assert_in_range(rig->next_ms, 3, 1502);

  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_step(rig, 3);

  assert_true(rig->next_ms == UINT64_MAX);
  assert_fates(rig, 0, BATCH, 0);
  rig_close(rig);
}

static int discard_in_the_first_call(rig_t *rig, mpcc_batch_t *batch)
{
  if (rig->got_count > 0)
    return 0;
  rig_keep(rig, mpcc_discard(rig->mpcc, batch->slot));
  return rig->answer;
}

static void a_pump_may_discard_its_own_slot_and_still_answers_for_its_batch(void **state)
{
  (void)state;
  static const int answers[] = {0, -7, MPCC_PENDING};
  for (size_t k = 0; k < 3; k++) {
    rig_t *rig = rig_with(1, 3, 0);
    rig->on_pump = discard_in_the_first_call;
    rig->answer = answers[k];
    rig_push(rig, 0, 0, 3 * BATCH + 1);

    rig_step(rig, 1);
    rig_step(rig, 2);

    assert_int_equal(rig->got_count, 1);
    assert_int_equal(rig->got[0], 0);
    assert_int_equal(rig_count(rig, CALL_PUMP), 1);
    assert_unseen(rig, 0, BATCH, 2 * BATCH + 1, BATCH);
    assert_int_equal(rig_count(rig, CALL_CANCEL), answers[k] == MPCC_PENDING ? 1 : 0);
    if (answers[k] == MPCC_PENDING)
      assert_int_equal(rig_done(rig, 0, 0), 0);
    rig_push(rig, 0, 3 * BATCH + 1, BATCH);
    rig_step(rig, 3);

    uint64_t failed = answers[k] == -7 ? BATCH : 0;
    assert_batch(rig, pick(rig, CALL_PUMP, 0, 1), 0, 3 * BATCH + 1, BATCH, MPCC_DUE_FULL);
    assert_fates(rig, 2 * BATCH - failed, 2 * BATCH + 1 + failed, 0);
    rig_close(rig);
  }
}

static int discard_everything_once(rig_t *rig, mpcc_batch_t *batch)
{
  uint64_t item = 77;
  if (rig->got_count == 0) {
    rig_keep(rig, mpcc_discard(rig->mpcc, MPCC_ALL_SLOTS));
    rig_keep(rig, mpcc_push(rig->mpcc, &item, 1 - batch->slot));
  }
  return 0;
}

static void a_pump_may_discard_all_slots_and_push_behind_the_cut(void **state)
{
  (void)state;
  rig_t *rig = rig_with(1, 1, 0);
  rig->on_pump = discard_everything_once;
  rig_push(rig, 0, 0, 2 * BATCH);
  rig_push(rig, 1, 0, 2 * BATCH);

  rig_step(rig, 1);
  rig_step(rig, 2);

  uint32_t first = rig->calls[0].slot;
  assert_int_equal(rig->got[0], 0);
  assert_int_equal(rig->got[1], 0);
  assert_int_equal(rig_count(rig, CALL_PUMP), 1);
  assert_unseen(rig, first, BATCH, BATCH, BATCH);
  assert_unseen(rig, 1 - first, 0, 2 * BATCH, BATCH);
  assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).queued, 1);
  assert_int_equal(mpcc_flush(rig->mpcc, 1 - first), 0);
  rig_step(rig, 3);
  assert_batch(rig, pick(rig, CALL_PUMP, 1 - first, 0), 1 - first, 77, 1, MPCC_DUE_FLUSH);
  rig_close(rig);
}

static void push_back_and_discard(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)reason;
  if (rig_calls(rig) >= MANY_DROPS)
    return;
  rig_keep(rig, mpcc_push(rig->mpcc, batch->items, batch->slot));
  if (rig->hook_arg != NULL)
    rig_keep(rig, mpcc_discard(rig->mpcc, batch->slot));
}

static void an_on_drop_that_pushes_back_is_called_once_for_each_item(void **state)
{
  (void)state;
  rig_t *rig = rig_with(1, 1, 0);
  rig->on_drop = push_back_and_discard;
  rig_push(rig, 0, 0, 2);

  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_step(rig, 1);
  rig_step(rig, 1);
  rig_step(rig, 2);

  assert_unseen(rig, 0, 0, 2, BATCH);
  size_t back = rig_count(rig, CALL_DROP); /* one of each piece */
  assert_int_equal(rig->got_count, back);
  assert_int_equal(stats_of(rig, 0).queued, back);
  rig->on_drop = NULL;
  rig_close(rig);
}

static void an_on_drop_that_pushes_back_and_discards_lets_every_step_end(void **state)
{
  (void)state;
  rig_t *rig = rig_with(1, 1, 0);
  rig->on_drop = push_back_and_discard;
  rig->hook_arg = rig;
  rig_push(rig, 0, 5, 1);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);

  for (uint64_t now = 1; now <= 50; now++)
    rig_step(rig, now);

  /* What a callback pushes and discards is for a later step: each of them ends. */
  assert_in_range(rig_count(rig, CALL_DROP), 2, MANY_DROPS - 1);
  for (size_t i = 0; i < 16 && i < rig->got_count; i++)
    assert_int_equal(rig->got[i], 0);
  rig->on_drop = NULL;
  rig_close(rig);
}

static void finish_and_discard(rig_t *rig, mpcc_batch_t *batch)
{
  rig_keep(rig, mpcc_discard(rig->mpcc, 1));
  rig_keep(rig, mpcc_batch_done(batch, -43));
}

static void on_cancel_may_discard_and_finish(void **state)
{
  (void)state;
  rig_t *rig = rig_with(2, 4, 0);
  rig->on_cancel = finish_and_discard;
  rig_push(rig, 0, 0, 2 * BATCH + 1);
  rig_push(rig, 1, 100, BATCH - 1);
  rig_step(rig, 1);

  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_step(rig, 2);
  rig_step(rig, 3);

  assert_int_equal(rig_count(rig, CALL_CANCEL), 2);
  assert_int_equal(rig->got_count, 4);
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(rig->got[i], 0);
  assert_unseen(rig, 0, 2 * BATCH, 1, BATCH);
  assert_unseen(rig, 1, 100, BATCH - 1, BATCH);
  assert_int_equal(rig_count(rig, CALL_PUMP), 2);
  assert_fates(rig, 0, 3 * BATCH, 0);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_in_flight_is_cancelled_once_however_often_one_discards),
    cmocka_unit_test(only_what_was_in_flight_at_the_call_is_cancelled),
    cmocka_unit_test(a_cancelled_batch_is_delivered_or_dropped_but_not_tried_again),
    cmocka_unit_test(a_batch_that_failed_just_before_the_call_is_not_tried_again),
    cmocka_unit_test(a_batch_that_waits_for_another_try_is_dropped),
    cmocka_unit_test(no_timer_is_left_of_a_batch_that_was_dropped),
    cmocka_unit_test(a_pump_may_discard_its_own_slot_and_still_answers_for_its_batch),
    cmocka_unit_test(a_pump_may_discard_all_slots_and_push_behind_the_cut),
    cmocka_unit_test(an_on_drop_that_pushes_back_is_called_once_for_each_item),
    cmocka_unit_test(an_on_drop_that_pushes_back_and_discards_lets_every_step_end),
    cmocka_unit_test(on_cancel_may_discard_and_finish),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
