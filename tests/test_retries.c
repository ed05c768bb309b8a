/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * max_attempts: a batch that failed is tried again in its place, and dropped after its last try.
 * How long it waits in between is test_backoff.c's.
 */

#include "harness.h"

#include "crew.h"
#include "purse.h"

/* Started, with two slots; a batch is three items, and a retry comes about 100 ms later. */
static rig_t *rig_trying(uint32_t attempts, uint32_t concurrency, uint64_t delay_ms)
{
  mpcc_options_t options;
  rig_options(&options, 3);
  options.slot_count = 2;
  options.max_attempts = attempts;
  options.max_concurrency = concurrency;
  options.retry_delay_ms = delay_ms;
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

/* A rig whose first batch, items 0 to 2 of slot 0, has failed once with -7 at 1000 and waits. */
static rig_t *rig_with_a_waiting_batch(uint32_t attempts, uint32_t concurrency)
{
  rig_t *rig = rig_trying(attempts, concurrency, 100);
  rig->answer = -7;
  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 1);
  assert_in_range(rig->next_ms, 1050, 1150);
  return rig;
}

/* Call ${index} was try number ${attempt} of the batch of three that begins with ${first}. */
static void expect_try(const rig_t *rig, size_t index, uint64_t first, uint32_t attempt)
{
  assert_true(index < rig_calls(rig));
  const call_t *call = &rig->calls[index];
  assert_int_equal(call->kind, CALL_PUMP);
  assert_int_equal(call->attempt, attempt);
  assert_int_equal(call->count, 3);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(rig->items[call->first + i], first + i);
}

static int fail_by_number(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  return -(int)batch->attempt;
}

static void a_batch_is_tried_so_often_and_then_dropped_once_with_its_last_status(void **state)
{
  (void)state;
  static const uint32_t attempts[] = {1, 2, 5, 1000};
  for (size_t k = 0; k < 4; k++) {
    uint32_t last = attempts[k];
    rig_t *rig = rig_trying(last, 1, 0);
    rig->on_pump = fail_by_number;
    rig_push(rig, 0, 0, 3);
    rig_step(rig, 40);
    rig_step(rig, 50);

    assert_int_equal(rig_calls(rig), last + 1);
    for (uint32_t i = 0; i < last; i++) {
      expect_try(rig, i, 0, i + 1);
      assert_int_equal(rig->calls[i].due, MPCC_DUE_FULL);
      assert_int_equal(rig->calls[i].waited_ms, rig->calls[0].waited_ms);
      assert_true(rig->calls[i].id != 0 && (i == 0 || rig->calls[i].id != rig->calls[i - 1].id));
    }
    assert_drop(rig, last, 0, 0, 3, -(int)last);
    assert_int_equal(rig->calls[last].attempt, last);
    assert_fates(rig, 0, 3, 0);
    assert_true(rig->next_ms == UINT64_MAX);
    close_rig(rig);
  }
}

static void a_status_is_passed_on_as_it_is(void **state)
{
  (void)state;
  static const int statuses[] = {INT_MIN, -1, 1, 2, INT_MAX - 1, MPCC_ECANCELED, MPCC_EINVAL};
  for (size_t k = 0; k < 14; k++) {
    int status = statuses[k / 2];
    bool later = k % 2 == 1;
    rig_t *rig = rig_trying(2, 1, 0);
    rig->answer = later ? MPCC_PENDING : status;
    rig_push(rig, 0, 0, 3);
    rig_step(rig, 1);
    for (size_t i = 0; later && i < 2; i++) {
      assert_int_equal(rig_done(rig, i, status), 0);
      rig_step(rig, 2 + i);
    }

    assert_int_equal(rig_calls(rig), 3);
    expect_try(rig, 1, 0, 2);
    assert_drop(rig, 2, 0, 0, 3, status);
    close_rig(rig);
  }
}

static int fail_twice_and_count_in_data(rig_t *rig, mpcc_batch_t *batch)
{
  static char places[4];
  batch->data = &places[batch->attempt];
  (void)rig;
  return batch->attempt < 3 ? -7 : 0;
}

static void data_is_kept_from_try_to_try(void **state)
{
  (void)state;
  for (uint32_t attempts = 2; attempts <= 3; attempts++) {
    rig_t *rig = rig_trying(attempts, 1, 10);
    rig->on_pump = fail_twice_and_count_in_data;
    rig_push(rig, 0, 0, 3);
    for (uint64_t now = 0; now < 200; now++)
      rig_step(rig, now);

    assert_int_equal(rig_calls(rig), 3);
    char *first = rig->calls[1].data;
    assert_null(rig->calls[0].data);
    assert_non_null(first);
    assert_ptr_equal(rig->calls[2].data, first + 1);
    assert_int_equal(rig->calls[2].kind, attempts == 2 ? CALL_DROP : CALL_PUMP);
    assert_fates(rig, attempts == 2 ? 0 : 3, attempts == 2 ? 3 : 0, 0);

    /* The same memory again: what the last batch left there is gone. */
    rig_push(rig, 0, 3, 3);
    rig_step(rig, 300);
    assert_batch(rig, 3, 0, 3, 3, MPCC_DUE_FULL);
    close_rig(rig);
  }
}

/* Batch k, of three items, fails k % 4 times. */
static int fail_some(rig_t *rig, mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;
  (void)rig;
  return batch->attempt <= items[0] / 3 % 4 ? -7 : 0;
}

static void at_concurrency_1_order_survives_retries(void **state)
{
  (void)state;
  rig_t *rig = rig_trying(4, 1, 100);
  rig->on_pump = fail_some;
  uint64_t now = 0;
  for (uint64_t k = 0; k < 40; k++) {
    rig_push(rig, 0, 3 * k, 3);
    rig_step(rig, now += 17);
  }
  for (int i = 0; i < 500 && rig->next_ms != UINT64_MAX; i++)
    rig_step(rig, rig->next_ms);

  size_t index = 0;
  for (uint64_t k = 0; k < 40; k++)
    for (uint32_t attempt = 1; attempt <= k % 4 + 1; attempt++)
      expect_try(rig, index++, 3 * k, attempt);
  assert_int_equal(rig_calls(rig), index);
  assert_fates(rig, 120, 0, 0);
  close_rig(rig);
}

static void a_waiting_batch_holds_its_place_in_the_concurrency(void **state)
{
  (void)state;
  rig_t *rig = rig_with_a_waiting_batch(2, 2);
  uint64_t due_ms = rig->next_ms;
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 3, 6);
  rig_step(rig, 1001);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 0, 3, 3, MPCC_DUE_FULL);
  assert_fates(rig, 0, 0, 2);
  assert_true(rig->next_ms == due_ms);

  rig_step(rig, due_ms);
  assert_int_equal(rig_calls(rig), 3);
  expect_try(rig, 2, 0, 2);
  assert_int_equal(rig_done(rig, 2, 0), 0);
  rig_step(rig, due_ms);
  assert_int_equal(rig_calls(rig), 4);
  assert_batch(rig, 3, 0, 6, 3, MPCC_DUE_FULL);
  close_rig(rig);
}

static void a_waiting_batch_takes_no_items_and_holds_up_no_other_slot(void **state)
{
  (void)state;
  rig_t *rig = rig_with_a_waiting_batch(2, 1);
  uint64_t due_ms = rig->next_ms;
  rig->answer = 0;
  rig_push(rig, 0, 3, 2);
  for (uint64_t i = 0; i < 20; i++) {
    rig_push(rig, 1, 3 * i, 3);
    rig_step(rig, 1001 + i);
    assert_batch(rig, 1 + i, 1, 3 * i, 3, MPCC_DUE_FULL);
  }
  assert_int_equal(mpcc_flush(rig->mpcc, MPCC_ALL_SLOTS), 0);
  rig_step(rig, due_ms - 1);
  assert_int_equal(rig_calls(rig), 21); /* a flush does not hurry a retry */
  assert_true(rig->next_ms == due_ms);

  rig_step(rig, due_ms);
  expect_try(rig, 21, 0, 2);
  assert_batch(rig, 22, 0, 3, 2, MPCC_DUE_FLUSH);
  assert_fates(rig, 65, 0, 0);
  close_rig(rig);
}

static void stats_count_hand_overs_after_the_first_and_one_batch(void **state)
{
  (void)state;
  rig_t *rig = rig_with_a_waiting_batch(3, 1);
  mpcc_stats_t whole, slot;
  for (uint64_t retries = 0; retries < 3; retries++) {
    assert_int_equal(mpcc_stats(rig->mpcc, &whole), 0);
    assert_int_equal(mpcc_slot_stats(rig->mpcc, 0, &slot), 0);
    assert_int_equal(whole.retries, retries);
    assert_int_equal(slot.retries, retries);
    assert_int_equal(whole.batches, 1);
    assert_int_equal(whole.batches_full, 1);
    assert_int_equal(whole.queued, 0);
    assert_int_equal(slot.in_flight, retries < 2 ? 1 : 0);
    assert_int_equal(whole.in_flight, slot.in_flight);
    assert_int_equal(whole.dropped, retries < 2 ? 0 : 3);
    if (retries < 2)
      rig_step(rig, rig->next_ms);
  }
  assert_int_equal(mpcc_slot_stats(rig->mpcc, 1, &slot), 0);
  assert_int_equal(slot.retries + slot.batches, 0);
  close_rig(rig);
}

static void a_try_may_be_answered_later_by_pointer_or_by_id(void **state)
{
  (void)state;
  for (int by_id = 0; by_id < 2; by_id++) {
    rig_t *rig = rig_with_a_waiting_batch(3, 1);
    rig->answer = MPCC_PENDING;
    rig_step(rig, rig->next_ms);
    expect_try(rig, 1, 0, 2);
    assert_true(rig->next_ms == UINT64_MAX);
    mpcc_batch_t *batch = rig->calls[1].batch;

    assert_int_equal(rig_done(rig, 0, 0), MPCC_EALREADY); /* the first try's id */
    assert_int_equal(by_id ? rig_done(rig, 1, -8) : mpcc_batch_done(batch, -8), 0);
    assert_int_equal(by_id ? rig_done(rig, 1, 0) : mpcc_batch_done(batch, 0), MPCC_EALREADY);
    rig_step(rig, 2000);
    assert_in_range(rig->next_ms, 2100, 2300);
    rig_step(rig, rig->next_ms);
    expect_try(rig, 2, 0, 3);
    assert_int_equal(rig_done(rig, 1, 0), MPCC_EALREADY);
    assert_int_equal(by_id ? rig_done(rig, 2, 0) : mpcc_batch_done(rig->calls[2].batch, 0), 0);
    rig_step(rig, 4000);

    assert_int_equal(rig_calls(rig), 3);
    assert_fates(rig, 3, 0, 0);
    close_rig(rig);
  }
}

static void nobody_can_answer_for_a_batch_that_waits(void **state)
{
  (void)state;
  rig_t *rig = rig_with_a_waiting_batch(2, 1);
  mpcc_batch_t *batch = rig->calls[0].batch;

  assert_int_equal(mpcc_batch_done(batch, 0), MPCC_EALREADY);
  assert_int_equal(rig_done(rig, 0, 0), MPCC_EALREADY);
  assert_int_equal(mpcc_batch_fail(batch, 0, -1), MPCC_EALREADY);
  rig_step(rig, 1001);
  assert_fates(rig, 0, 0, 1);
  rig_step(rig, rig->next_ms);
  assert_drop(rig, 2, 0, 0, 3, -7);
  close_rig(rig);
}

static int done_here_and_then_fail(rig_t *rig, mpcc_batch_t *batch)
{
  rig_keep(rig, mpcc_batch_done(batch, batch->attempt < 2 ? -7 : 0));
  return -9;
}

static void the_first_answer_decides_whether_there_is_another_try(void **state)
{
  (void)state;
  rig_t *rig = rig_trying(3, 1, 0);
  rig->on_pump = done_here_and_then_fail;
  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), 2);
  assert_int_equal(rig->got_count, 2);
  assert_int_equal(rig->got[0] | rig->got[1], 0);
  assert_fates(rig, 3, 0, 0);
  close_rig(rig);
}

static void trying_again_needs_no_memory(void **state)
{
  (void)state;
  for (size_t capacity = RIG_INGRESS * 300; capacity <= 300; capacity += 300) {
    purse_t purse;
    mpcc_allocator_t allocator;
    purse_open(&purse, &allocator);
    mpcc_options_t options;
    rig_options(&options, 3);
    options.capacity = capacity;
    options.max_attempts = 4;
    options.max_concurrency = 3;
    options.allocator = &allocator;
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    rig->on_pump = fail_some;
    rig_push(rig, 0, 0, 270);
    uint64_t calls = purse_calls(&purse);
    purse_refuse(&purse, 1, true);

    rig_step(rig, 1);
    for (int i = 0; i < 1000 && rig->next_ms != UINT64_MAX; i++)
      rig_step(rig, rig->next_ms);

    assert_fates(rig, 270, 0, 0);
    assert_int_equal(purse_refused(&purse), 0);
    assert_true(capacity == 0 || purse_calls(&purse) == calls);
    close_rig(rig);
    assert_true(purse_close(&purse));
  }
}

static void a_real_loop_tries_again_too_and_not_too_early(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  options.manual = false;
  options.max_attempts = 3;
  options.retry_delay_ms = 20;
  rig_t *rig = rig_open(&options);
  rig->answer = -7;
  rig_start(rig);

  uint64_t begin_ms = crew_now_ms();
  rig_push(rig, 0, 0, 3);
  assert_true(rig_await_calls(rig, 4));
  uint64_t took_ms = crew_now_ms() - begin_ms;

  for (uint32_t i = 0; i < 3; i++)
    expect_try(rig, i, 0, i + 1);
  assert_drop(rig, 3, 0, 0, 3, -7);
  /* At least 10 and 20; each clock may be cut to milliseconds. */
  assert_true(took_ms >= 10 + 20 - 3);
  close_rig(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_batch_is_tried_so_often_and_then_dropped_once_with_its_last_status),
    cmocka_unit_test(a_status_is_passed_on_as_it_is),
    cmocka_unit_test(data_is_kept_from_try_to_try),
    cmocka_unit_test(at_concurrency_1_order_survives_retries),
    cmocka_unit_test(a_waiting_batch_holds_its_place_in_the_concurrency),
    cmocka_unit_test(a_waiting_batch_takes_no_items_and_holds_up_no_other_slot),
    cmocka_unit_test(stats_count_hand_overs_after_the_first_and_one_batch),
    cmocka_unit_test(a_try_may_be_answered_later_by_pointer_or_by_id),
    cmocka_unit_test(nobody_can_answer_for_a_batch_that_waits),
    cmocka_unit_test(the_first_answer_decides_whether_there_is_another_try),
    cmocka_unit_test(trying_again_needs_no_memory),
    cmocka_unit_test(a_real_loop_tries_again_too_and_not_too_early),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
