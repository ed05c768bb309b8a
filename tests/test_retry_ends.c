/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Retries and the ends they may meet: drain, discard and abandon, of an instance or of a slot. */

#include "harness.h"

/* Started, with two slots; a batch is three items, and a retry comes about 100 ms later. */
static rig_t *rig_trying(uint32_t attempts, uint32_t concurrency)
{
  mpcc_options_t options;
  rig_options(&options, 3);
  options.slot_count = 2;
  options.max_attempts = attempts;
  options.max_concurrency = concurrency;
  options.retry_delay_ms = 100;
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

static int leave_data(rig_t *rig, mpcc_batch_t *batch)
{
  batch->data = rig;
  return rig->answer;
}

/* The first batch, items 0 to 2 of slot 0, has failed ${tries} times with -7, and waits. */
static rig_t *rig_with_a_waiting_batch(uint32_t tries, uint32_t attempts, uint32_t concurrency)
{
  rig_t *rig = rig_trying(attempts, concurrency);
  rig->on_pump = leave_data;
  rig->answer = -7;
  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1000);
  for (uint32_t i = 1; i < tries; i++)
    rig_step(rig, rig->next_ms);
  assert_int_equal(rig_count(rig, CALL_PUMP), tries);
  assert_true(rig->next_ms > rig->now_ms && rig->next_ms != UINT64_MAX);
  return rig;
}

static void a_drain_still_tries_again_and_does_not_hurry(void **state)
{
  (void)state;
  rig_t *rig = rig_with_a_waiting_batch(1, 3, 1);
  uint64_t due_ms = rig->next_ms;
  rig_push(rig, 0, 3, 1);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 1001);
  assert_int_equal(rig_calls(rig), 1);
  assert_true(rig->next_ms == due_ms);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ETIMEDOUT);

  rig_step(rig, due_ms);
  assert_int_equal(rig_calls(rig), 2);
  rig->answer = 0;
  rig_step(rig, rig->next_ms);

  assert_int_equal(rig_calls(rig), 5);
  assert_int_equal(rig->calls[2].attempt, 3);
  assert_batch(rig, 3, 0, 3, 1, MPCC_DUE_DRAIN);
  assert_int_equal(rig->calls[4].kind, CALL_COMPLETE);
  assert_fates(rig, 4, 0, 0);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  close_rig(rig);
}

static void what_is_first_handed_over_by_a_drain_is_tried_again_too(void **state)
{
  (void)state;
  rig_t *rig = rig_trying(2, 1);
  rig->answer = -7;
  rig_push(rig, 0, 0, 4);
  rig_push(rig, 1, 9, 1);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 1);
  for (int i = 0; i < 10 && rig->next_ms != UINT64_MAX; i++)
    rig_step(rig, rig->next_ms);

  assert_int_equal(rig_count(rig, CALL_PUMP), 6);
  assert_int_equal(rig_count(rig, CALL_DROP), 3);
  assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
  assert_fates(rig, 0, 5, 0);
  close_rig(rig);
}

static void a_drain_into_a_pump_that_fails_for_ever_is_ended_by_a_discard(void **state)
{
  (void)state;
  rig_t *rig = rig_with_a_waiting_batch(1, UINT32_MAX, 1);
  rig_push(rig, 0, 3, 5);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  for (uint32_t i = 0; i < 50; i++) {
    rig_step(rig, rig->next_ms);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ETIMEDOUT);
  }
  assert_int_equal(rig_calls(rig), 51);

  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  rig_step(rig, rig->now_ms);

  assert_int_equal(rig_count(rig, CALL_PUMP), 51);
  size_t seen = 0;
  for (size_t i = 51; i < rig_calls(rig); i++)
    if (rig->calls[i].kind == CALL_DROP && rig->calls[i].attempt == 51) {
      assert_drop(rig, i, 0, 0, 3, MPCC_ECANCELED);
      seen++;
    }
  assert_int_equal(seen, 1);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_fates(rig, 0, 8, 0);
  close_rig(rig);
}

enum { END_BY_SLOT, END_BY_ALL_SLOTS, END_BY_DISCARD, END_BY_ABANDON, ENDS };

static int end_by(rig_t *rig, int how)
{
  if (how == END_BY_SLOT)
    return mpcc_discard(rig->mpcc, 0);
  if (how == END_BY_ALL_SLOTS)
    return mpcc_discard(rig->mpcc, MPCC_ALL_SLOTS);
  return rig_complete(rig, how == END_BY_DISCARD ? MPCC_DISCARD : MPCC_ABANDON);
}

static void a_discard_drops_a_waiting_batch_at_once_and_leaves_no_timer(void **state)
{
  (void)state;
  for (int k = 0; k < 2 * ENDS; k++) {
    uint32_t tries = k < ENDS ? 1 : 3;
    rig_t *rig = rig_with_a_waiting_batch(tries, 4, 1);

    assert_int_equal(end_by(rig, k % ENDS), 0);
    assert_int_equal(rig_calls(rig), tries);
    rig_step(rig, rig->now_ms);

    assert_int_equal(rig_count(rig, CALL_PUMP), tries);
    assert_int_equal(rig_count(rig, CALL_DROP), 1);
    assert_int_equal(rig_count(rig, CALL_CANCEL), 0); /* no pump has it */
    assert_drop(rig, tries, 0, 0, 3, MPCC_ECANCELED);
    assert_int_equal(rig->calls[tries].attempt, tries);
    assert_ptr_equal(rig->calls[tries].data, rig);
    assert_true(rig->next_ms == UINT64_MAX);
    assert_fates(rig, 0, 3, 0);
    rig_step(rig, 100000);
    assert_int_equal(rig_count(rig, CALL_PUMP), tries);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), k % ENDS < END_BY_DISCARD ? MPCC_ESTATE : 0);
    close_rig(rig);
  }
}

static void a_discard_comes_before_a_try_that_is_due_in_the_same_step(void **state)
{
  (void)state;
  for (int how = 0; how < ENDS; how++) {
    rig_t *rig = rig_with_a_waiting_batch(1, 4, 1);
    assert_int_equal(end_by(rig, how), 0);
    rig_step(rig, rig->next_ms + 1000);

    assert_int_equal(rig_count(rig, CALL_PUMP), 1);
    assert_drop(rig, 1, 0, 0, 3, MPCC_ECANCELED);
    close_rig(rig);
  }
}

static void a_discard_of_one_slot_leaves_the_retries_of_others(void **state)
{
  (void)state;
  rig_t *rig = rig_with_a_waiting_batch(1, 2, 1);
  uint64_t due_ms = rig->next_ms;
  rig_push(rig, 1, 50, 3);
  rig_step(rig, 1001);
  assert_int_equal(rig_calls(rig), 2);

  assert_int_equal(mpcc_discard(rig->mpcc, 1), 0);
  rig_step(rig, 1002);
  assert_drop(rig, 2, 1, 50, 3, MPCC_ECANCELED);
  assert_true(rig->next_ms == due_ms);
  rig->answer = 0;
  rig_step(rig, due_ms);

  assert_int_equal(rig_calls(rig), 4);
  assert_int_equal(rig->calls[3].slot, 0);
  assert_fates(rig, 3, 3, 0);
  close_rig(rig);
}

static void after_a_discard_the_slot_goes_on_with_what_comes_then(void **state)
{
  (void)state;
  rig_t *rig = rig_with_a_waiting_batch(1, 2, 1);
  rig_push(rig, 0, 3, 2);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_push(rig, 0, 5, 3);
  rig->answer = 0;
  rig_step(rig, 1001);

  assert_fates(rig, 3, 5, 0);
  assert_int_equal(rig_count(rig, CALL_PUMP), 2);
  for (size_t i = 1; i < rig_calls(rig); i++)
    if (rig->calls[i].kind == CALL_PUMP)
      assert_batch(rig, i, 0, 5, 3, MPCC_DUE_FULL);
  close_rig(rig);
}

static void a_later_life_knows_nothing_of_a_retry_of_the_last_one(void **state)
{
  (void)state;
  for (int how = END_BY_DISCARD; how <= END_BY_ABANDON; how++) {
    rig_t *rig = rig_with_a_waiting_batch(1, 3, 1);
    assert_int_equal(end_by(rig, how), 0);
    rig_step(rig, 1001);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);

    rig_start(rig);
    rig_step(rig, 1002);
    assert_true(rig->next_ms == UINT64_MAX);
    assert_int_equal(rig_done(rig, 0, 0), MPCC_EALREADY);
    rig_push(rig, 0, 10, 3);
    rig_step(rig, 1003);
    assert_batch(rig, rig_calls(rig) - 1, 0, 10, 3, MPCC_DUE_FULL);
    assert_in_range(rig->next_ms, 1053, 1153);
    close_rig(rig);
  }
}

/* A second try in the pump's hands, then a discard of its slot or of the instance. */
static rig_t *rig_with_a_cancelled_try(int how)
{
  rig_t *rig = rig_with_a_waiting_batch(1, 9, 1);
  rig->answer = MPCC_PENDING;
  rig_step(rig, rig->next_ms);
  assert_int_equal(rig_calls(rig), 2);
  assert_int_equal(end_by(rig, how), 0);
  rig_step(rig, rig->now_ms);
  assert_int_equal(rig_calls(rig), 3);
  assert_int_equal(rig->calls[2].kind, CALL_CANCEL);
  assert_true(rig->calls[2].id == rig->calls[1].id);
  assert_int_equal(rig->calls[2].attempt, 2);
  return rig;
}

static void a_try_that_was_cancelled_is_not_repeated(void **state)
{
  (void)state;
  for (int k = 0; k < 2 * END_BY_ABANDON; k++) {
    int status = k < END_BY_ABANDON ? 0 : -9;
    rig_t *rig = rig_with_a_cancelled_try(k % END_BY_ABANDON);
    assert_int_equal(rig_done(rig, 1, status), 0);
    rig_step(rig, rig->now_ms);

    assert_int_equal(rig_count(rig, CALL_PUMP), 2);
    assert_int_equal(rig_count(rig, CALL_DROP), status == 0 ? 0 : 1);
    if (status != 0) {
      assert_drop(rig, 3, 0, 0, 3, -9);
      assert_int_equal(rig->calls[3].attempt, 2);
    }
    assert_fates(rig, status == 0 ? 3 : 0, status == 0 ? 0 : 3, 0);
    assert_true(rig->next_ms == UINT64_MAX);
    close_rig(rig);
  }
}

static void a_failure_that_is_told_after_the_discard_is_not_tried_again_either(void **state)
{
  (void)state;
  for (int k = 0; k < 2 * END_BY_ABANDON; k++) {
    int status = k < END_BY_ABANDON ? 0 : -9;
    rig_t *rig = rig_with_a_waiting_batch(1, 9, 1);
    rig->answer = MPCC_PENDING;
    rig_step(rig, rig->next_ms);
    assert_int_equal(end_by(rig, k % END_BY_ABANDON), 0);
    assert_int_equal(rig_done(rig, 1, status), 0); /* and no step in between */
    rig_step(rig, rig->now_ms + 10000);

    assert_int_equal(rig_count(rig, CALL_PUMP), 2);
    assert_int_equal(rig_count(rig, CALL_CANCEL), 0); /* it was done when the loop looked */
    if (status != 0)
      assert_drop(rig, 2, 0, 0, 3, -9);
    assert_fates(rig, status == 0 ? 3 : 0, status == 0 ? 0 : 3, 0);
    close_rig(rig);
  }
}

static int end_here_and_fail(rig_t *rig, mpcc_batch_t *batch)
{
  const int *how = rig->hook_arg;
  (void)batch;
  rig_keep(rig, end_by(rig, *how));
  return -7;
}

static void a_pump_that_discards_its_own_slot_is_not_asked_again(void **state)
{
  (void)state;
  for (int how = 0; how < END_BY_ABANDON; how++) {
    rig_t *rig = rig_trying(9, 1);
    rig->hook_arg = &how;
    rig->on_pump = end_here_and_fail;
    rig_push(rig, 0, 0, 3);
    rig_step(rig, 1);
    rig_step(rig, 2);

    assert_int_equal(rig->got_count, 1);
    assert_int_equal(rig->got[0], 0);
    assert_drop(rig, 1, 0, 0, 3, -7);
    assert_int_equal(rig->calls[1].attempt, 1);
    assert_true(rig->next_ms == UINT64_MAX);
    close_rig(rig);
  }
}

static void push_back_once(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  const uint64_t *items = batch->items;
  (void)reason;
  rig->on_drop = NULL;
  for (size_t i = 0; i < batch->count; i++)
    rig_keep(rig, mpcc_push(rig->mpcc, &items[i], batch->slot));
}

static void what_on_drop_pushes_back_starts_anew(void **state)
{
  (void)state;
  rig_t *rig = rig_with_a_waiting_batch(1, 2, 1);
  rig->on_drop = push_back_once;
  rig_step(rig, rig->next_ms);
  assert_int_equal(rig->got_count, 3);
  assert_int_equal(rig_count(rig, CALL_DROP), 1);
  for (int i = 0; i < 5 && rig->next_ms != UINT64_MAX; i++)
    rig_step(rig, rig->next_ms);

  assert_int_equal(rig_count(rig, CALL_PUMP), 4);
  assert_batch(rig, 3, 0, 0, 3, MPCC_DUE_FULL);
  assert_fates(rig, 0, 6, 0);
  close_rig(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_drain_still_tries_again_and_does_not_hurry),
    cmocka_unit_test(what_is_first_handed_over_by_a_drain_is_tried_again_too),
    cmocka_unit_test(a_drain_into_a_pump_that_fails_for_ever_is_ended_by_a_discard),
    cmocka_unit_test(a_discard_drops_a_waiting_batch_at_once_and_leaves_no_timer),
    cmocka_unit_test(a_discard_comes_before_a_try_that_is_due_in_the_same_step),
    cmocka_unit_test(a_discard_of_one_slot_leaves_the_retries_of_others),
    cmocka_unit_test(after_a_discard_the_slot_goes_on_with_what_comes_then),
    cmocka_unit_test(a_later_life_knows_nothing_of_a_retry_of_the_last_one),
    cmocka_unit_test(a_try_that_was_cancelled_is_not_repeated),
    cmocka_unit_test(a_failure_that_is_told_after_the_discard_is_not_tried_again_either),
    cmocka_unit_test(a_pump_that_discards_its_own_slot_is_not_asked_again),
    cmocka_unit_test(what_on_drop_pushes_back_starts_anew),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
