/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What pumps on workers answer: later, early and late, failures, retries, parts, marks. */

#include "workshop.h"

static void a_pending_batch_leaves_its_worker_free_and_is_finished_elsewhere(void **state)
{
  (void)state;
  shop_t *shop = shop_run(2, 1);
  shop->answer = MPCC_PENDING;
  for (uint32_t slot = 0; slot < 3; slot++)
    shop_push(shop, slot, 2 * slot, 2);

  shop_await(shop, CALL_PUMP, 3);
  shop_await_inside(shop, 0);
  assert_int_equal(shop_stats(shop).in_flight, 3);
  assert_int_equal(mpcc_batch_done(shop_nth(shop, CALL_PUMP, 1)->batch, 0), 0);
  assert_int_equal(mpcc_batch_done_id(shop->mpcc, shop_nth(shop, CALL_PUMP, 2)->id, -4), 0);
  assert_int_equal(mpcc_batch_done_id(shop->mpcc, shop_nth(shop, CALL_PUMP, 2)->id, 0),
                   MPCC_EALREADY);
  shop_await(shop, CALL_DROP, 1);
  shop_complete(shop, MPCC_DRAIN);
  assert_int_equal(mpcc_wait(shop->mpcc, 20), MPCC_ETIMEDOUT);
  assert_int_equal(mpcc_batch_done(shop_nth(shop, CALL_PUMP, 0)->batch, 0), 0);
  assert_int_equal(mpcc_wait(shop->mpcc, MPCC_NO_TIMEOUT), 0);

  assert_int_equal(shop_nth(shop, CALL_DROP, 0)->reason, -4);
  shop_check(shop, 4, 2, 0);
  shop_close(shop);
}

static int done_and_then_answer(shop_t *shop, mpcc_batch_t *batch)
{
  static const int statuses[] = {0, -9, 0, -9};
  static const int answers[] = {-9, 0, MPCC_PENDING, MPCC_PENDING};
  uint32_t slot = batch->slot;
  uint64_t id = batch->id;
  shop_keep(shop, mpcc_batch_done(batch, statuses[slot]));
  shop_keep(shop, mpcc_batch_done_id(shop->mpcc, id, -1) == MPCC_EALREADY ? 0 : -1);
  return answers[slot];
}

static void the_first_answer_counts_when_a_batch_is_done_inside_its_pump(void **state)
{
  (void)state;
  shop_t *shop = shop_run(2, 2);
  shop->work = done_and_then_answer;

  for (uint32_t slot = 0; slot < 4; slot++)
    shop_push(shop, slot, 2 * slot, 2);
  shop_drain(shop);

  assert_int_equal(shop->got_count, 8);
  for (size_t i = 0; i < 8; i++)
    assert_int_equal(shop->got[i], 0);
  for (uint64_t item = 0; item < 8; item++)
    assert_int_equal(shop->dropped[item], item / 2 % 2);
  shop_check(shop, 4, 4, 0);
  shop_close(shop);
}

static int done_and_hold_slot_0(shop_t *shop, mpcc_batch_t *batch)
{
  uint32_t slot = batch->slot;
  int result = mpcc_batch_done(batch, 0);
  if (slot == 0)
    shop_hold(shop);
  return result;
}

static void a_pump_that_returns_long_after_its_done_holds_up_the_end_alone(void **state)
{
  (void)state;
  static const int modes[] = {MPCC_DRAIN, MPCC_DISCARD};
  for (size_t k = 0; k < 2; k++) {
    shop_t *shop = shop_run(2, 3);
    shop->work = done_and_hold_slot_0;
    shop_push(shop, 0, 0, 4);
    shop_push(shop, 1, 4, 40);

    /* Done is done: the slot's next batch comes while the first one's pump is still inside. */
    shop_await_delivered(shop, 44);
    shop_await_inside(shop, 2);
    assert_int_equal(shop_stats(shop).in_flight, 0);
    shop_complete(shop, modes[k]);
    assert_int_equal(mpcc_wait(shop->mpcc, 30), MPCC_ETIMEDOUT);
    assert_int_equal(shop_count(shop, CALL_COMPLETE), 0);
    shop_door(shop, true);
    assert_int_equal(mpcc_wait(shop->mpcc, MPCC_NO_TIMEOUT), 0);

    assert_int_equal(shop->counts[CALL_COMPLETE], 1);
    assert_int_equal(shop->counts[CALL_CANCEL], 0);
    shop_check(shop, 44, 0, 0);
    shop_close(shop);
  }
}

static void another_thread_may_finish_a_batch_while_its_pump_is_inside(void **state)
{
  (void)state;
  shop_t *shop = shop_run(2, 1);
  shop->work = shop_hold_and_answer;
  shop->answer = MPCC_PENDING;
  shop_push(shop, 0, 0, 2);
  shop_push(shop, 1, 2, 2);
  shop_await_inside(shop, 1);
  uint64_t id = shop_nth(shop, CALL_PUMP, 0)->id;

  assert_int_equal(mpcc_batch_done_id(shop->mpcc, id, 0), 0);
  shop_await_delivered(shop, 2);
  assert_int_equal(mpcc_batch_done_id(shop->mpcc, id, 0), MPCC_EALREADY);
  assert_int_equal(shop_inside(shop), 1);
  shop_door(shop, true);
  shop_await(shop, CALL_PUMP, 2);
  assert_int_equal(mpcc_batch_done_id(shop->mpcc, shop_nth(shop, CALL_PUMP, 1)->id, 0), 0);
  shop_drain(shop);

  shop_check(shop, 4, 0, 0);
  shop_close(shop);
}

/* Fails as often as the batch's first item says; the third try and later find the note. */
static int fail_some_tries(shop_t *shop, mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;
  if (batch->attempt == 1)
    batch->data = shop;
  else if (batch->data != shop)
    shop_keep(shop, -1);
  return batch->attempt <= items[0] / 100 ? -(int)batch->attempt : 0;
}

static void failed_batches_are_tried_again_in_place_and_dropped_after_the_last_try(void **state)
{
  (void)state;
  mpcc_options_t options;
  shop_options(&options, 2, 3);
  options.max_attempts = 3;
  options.retry_delay_ms = 1;
  shop_t *shop = shop_open(&options);
  shop_start(shop);
  shop->work = fail_some_tries;

  shop_push(shop, 0, 200, 2); /* delivered by the third try */
  shop_push(shop, 0, 0, 2);
  shop_push(shop, 1, 300, 2); /* dropped */
  shop_push(shop, 1, 10, 2);
  shop_drain(shop);

  assert_int_equal(shop->got_count, 0);
  assert_int_equal(shop->counts[CALL_DROP], 1);
  const shop_note_t *drop = shop_nth(shop, CALL_DROP, 0);
  assert_int_equal(drop->first, 300);
  assert_int_equal(drop->attempt, 3);
  assert_int_equal(drop->reason, -3);
  assert_ptr_equal(drop->data, shop);
  assert_int_equal(shop->pumped[200], 3);
  assert_int_equal(shop->pumped[300], 3);
  assert_int_equal(shop_stats(shop).retries, 4);
  /* With one batch at a time, order survives the tries. */
  uint64_t last_of_slot_0 = 0;
  for (size_t i = 0; i < shop->note_count; i++)
    if (shop->notes[i].kind == CALL_PUMP && shop->notes[i].slot == 0)
      last_of_slot_0 = shop->notes[i].first;
  assert_int_equal(last_of_slot_0, 0);
  shop_check(shop, 6, 2, 0);
  shop_close(shop);
}

static int fail_with_item_37(shop_t *shop, mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;
  (void)shop;
  for (size_t i = 0; i < batch->count; i++)
    if (items[i] == 37)
      return -37;
  return 0;
}

static void isolation_finds_the_item_that_fails_alone(void **state)
{
  (void)state;
  mpcc_options_t options;
  shop_options(&options, 64, 3);
  options.isolate_failures = true;
  options.max_attempts = 2;
  options.retry_delay_ms = 1;
  shop_t *shop = shop_open(&options);
  shop_start(shop);
  shop->work = fail_with_item_37;

  shop_push(shop, 0, 0, 128);
  shop_drain(shop);

  assert_int_equal(shop->counts[CALL_DROP], 1);
  assert_int_equal(shop_nth(shop, CALL_DROP, 0)->first, 37);
  assert_int_equal(shop_nth(shop, CALL_DROP, 0)->count, 1);
  assert_int_equal(shop_nth(shop, CALL_DROP, 0)->reason, -37);
  /* Two tries of the whole, 2 * 6 calls for parts, another try of the single item, and the
     other batch. */
  assert_in_range(shop->counts[CALL_PUMP], 2 + 6 + 1 + 1, 2 + 12 + 1 + 1);
  assert_int_equal(shop->inside_slot_peak[0], 1);
  shop_check(shop, 127, 1, 0);
  shop_close(shop);
}

/* Items that end with 3 fail for good, those that end with 7 on the first try. */
static int mark_3_and_7(shop_t *shop, mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;
  for (size_t i = batch->count; i-- > 0;)
    if (items[i] % 10 == 3 || (items[i] % 10 == 7 && batch->attempt == 1))
      if (mpcc_batch_fail(batch, i, -(int)items[i]) != 0)
        shop_keep(shop, -1);
  return shop->answer;
}

static void marked_items_alone_are_tried_again(void **state)
{
  (void)state;
  mpcc_options_t options;
  shop_options(&options, 20, 2);
  options.max_attempts = 2;
  options.retry_delay_ms = 1;
  shop_t *shop = shop_open(&options);
  shop_start(shop);
  shop->work = mark_3_and_7;

  for (uint32_t slot = 0; slot < 4; slot++)
    shop_push(shop, slot, 100 * slot, 20);
  shop_drain(shop);

  assert_int_equal(shop->got_count, 0);
  assert_int_equal(shop->counts[CALL_PUMP], 8);
  assert_int_equal(shop->counts[CALL_DROP], 4);
  for (uint64_t item = 0; item < 400; item++) {
    bool pushed = item % 100 < 20, again = item % 10 == 3 || item % 10 == 7;
    assert_int_equal(shop->pumped[item], !pushed ? 0 : again ? 2 : 1);
    assert_int_equal(shop->dropped[item], pushed && item % 10 == 3);
  }
  for (size_t i = 0; i < 4; i++) {
    const shop_note_t *drop = shop_nth(shop, CALL_DROP, i);
    assert_int_equal(drop->count, 2);
    assert_int_equal(drop->first, 100 * drop->slot + 3);
    assert_int_equal(drop->reason, -(int)drop->first);
  }
  shop_check(shop, 72, 8, 0);
  shop_close(shop);
}

static void marks_hold_when_the_batch_is_done_elsewhere(void **state)
{
  (void)state;
  shop_t *shop = shop_run(10, 1);
  shop->work = mark_3_and_7;
  shop->answer = MPCC_PENDING;
  shop_push(shop, 0, 0, 10);
  shop_push(shop, 1, 10, 10);
  shop_await(shop, CALL_PUMP, 2);
  shop_await_inside(shop, 0);

  for (size_t i = 0; i < 2; i++) {
    const shop_note_t *call = shop_nth(shop, CALL_PUMP, i);
    int status = call->slot == 0 ? 0 : -50; /* marks are ignored when all of it failed */
    assert_int_equal(mpcc_batch_fail(call->batch, 9, -9), 0);
    assert_int_equal(mpcc_batch_fail(call->batch, 9, -10), 0);
    assert_int_equal(mpcc_batch_fail(call->batch, 10, -9), MPCC_EINVAL);
    assert_int_equal(mpcc_batch_done(call->batch, status), 0);
  }
  shop_drain(shop);

  assert_int_equal(shop->counts[CALL_DROP], 2);
  for (size_t i = 0; i < 2; i++) {
    const shop_note_t *drop = shop_nth(shop, CALL_DROP, i);
    assert_int_equal(drop->count, drop->slot == 0 ? 3 : 10);
    assert_int_equal(drop->reason, drop->slot == 0 ? -3 : -50);
  }
  assert_true(shop->dropped[3] && shop->dropped[7] && shop->dropped[9]);
  shop_check(shop, 7, 13, 0);
  shop_close(shop);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_pending_batch_leaves_its_worker_free_and_is_finished_elsewhere),
    cmocka_unit_test(the_first_answer_counts_when_a_batch_is_done_inside_its_pump),
    cmocka_unit_test(a_pump_that_returns_long_after_its_done_holds_up_the_end_alone),
    cmocka_unit_test(another_thread_may_finish_a_batch_while_its_pump_is_inside),
    cmocka_unit_test(failed_batches_are_tried_again_in_place_and_dropped_after_the_last_try),
    cmocka_unit_test(isolation_finds_the_item_that_fails_alone),
    cmocka_unit_test(marked_items_alone_are_tried_again),
    cmocka_unit_test(marks_hold_when_the_batch_is_done_elsewhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
