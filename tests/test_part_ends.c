/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The parts of a split batch when they are discarded, or when the pump marks items in them. */

#include "harness.h"

static rig_t *rig_splitting(uint32_t attempts)
{
  mpcc_options_t options;
  rig_options(&options, 8);
  options.isolate_failures = true;
  options.max_attempts = attempts;
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

enum { BY_SLOT, BY_ALL_SLOTS, BY_COMPLETION, WAYS };

static int discard_by(rig_t *rig, int way)
{
  if (way == BY_COMPLETION)
    return rig_complete(rig, MPCC_DISCARD);
  return mpcc_discard(rig->mpcc, way == BY_SLOT ? 0 : MPCC_ALL_SLOTS);
}

/* What on_drop got as cancelled, in one call or in several, is items first to first + count - 1 of
   a batch that the pump has seen. */
static void expect_cancelled_run(const rig_t *rig, uint64_t first, size_t count)
{
  size_t seen = 0;
  for (size_t i = 0; i < rig_calls(rig); i++)
    if (rig->calls[i].kind == CALL_DROP && rig->calls[i].reason == MPCC_ECANCELED) {
      assert_drop(rig, i, 0, first + seen, rig->calls[i].count, MPCC_ECANCELED);
      assert_true(rig->calls[i].attempt >= 1); /* a pump has seen them, if only as a whole */
      seen += rig->calls[i].count;
    }
  assert_int_equal(seen, count);
}

/* Eight items, split once: the first part is in the pump's hands as call 1. */
static rig_t *rig_between_parts(uint32_t attempts)
{
  rig_t *rig = rig_splitting(attempts);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 8);
  rig_step(rig, 1000);
  for (uint32_t i = 0; i < attempts; i++) {
    assert_int_equal(rig_done(rig, i, -1), 0);
    rig_step(rig, rig->now_ms + 1);
    if (i + 1 < attempts)
      rig_step(rig, rig->next_ms);
  }
  assert_int_equal(rig_calls(rig), attempts + 1);
  assert_batch(rig, attempts, 0, 0, 4, MPCC_DUE_FULL);
  return rig;
}

static void a_discard_between_parts_drops_the_rest_at_once(void **state)
{
  (void)state;
  for (int k = 0; k < 2 * WAYS; k++) {
    int status = k < WAYS ? 0 : -9;
    rig_t *rig = rig_between_parts(1);
    rig->calls[1].batch->data = rig;
    assert_int_equal(discard_by(rig, k % WAYS), 0);
    assert_true(mpcc_batch_cancelled(rig->calls[1].batch));
    rig_step(rig, 1002);

    assert_int_equal(rig_count(rig, CALL_CANCEL), 1);
    expect_cancelled_run(rig, 4, 4);
    assert_fates(rig, 0, 4, 1);
    assert_int_equal(rig_done(rig, 1, status), 0);
    rig_step(rig, 1003);

    assert_int_equal(rig_count(rig, CALL_PUMP), 2); /* what was cancelled is not split either */
    for (size_t i = 2; i < rig_calls(rig); i++)
      if (rig->calls[i].kind == CALL_DROP && rig->calls[i].reason == MPCC_ECANCELED)
        assert_null(rig->calls[i].data);
    if (status != 0) {
      size_t index = rig_calls(rig) - (k % WAYS == BY_COMPLETION ? 2 : 1);
      assert_drop(rig, index, 0, 0, 4, -9);
      assert_ptr_equal(rig->calls[index].data, rig);
    }
    assert_fates(rig, status == 0 ? 4 : 0, status == 0 ? 4 : 8, 0);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), k % WAYS == BY_COMPLETION ? 0 : MPCC_ESTATE);
    close_rig(rig);
  }
}

static void a_discard_after_a_part_was_delivered_drops_only_what_is_left(void **state)
{
  (void)state;
  for (int way = 0; way < WAYS; way++) {
    rig_t *rig = rig_between_parts(1);
    assert_int_equal(rig_done(rig, 1, 0), 0);
    rig_step(rig, 1002);
    assert_int_equal(rig_done(rig, 2, -1), 0);
    rig_step(rig, 1003);
    assert_batch(rig, 3, 0, 4, 2, MPCC_DUE_FULL);
    assert_int_equal(discard_by(rig, way), 0);
    rig_step(rig, 1004);

    expect_cancelled_run(rig, 6, 2);
    assert_int_equal(rig_done(rig, 3, 0), 0);
    rig_step(rig, 1005);
    assert_fates(rig, 6, 2, 0);
    close_rig(rig);
  }
}

static int fail_all(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  (void)batch;
  return -7;
}

static void a_discard_while_one_item_waits_drops_it_and_the_rest_and_leaves_no_timer(void **state)
{
  (void)state;
  for (int way = 0; way < WAYS; way++) {
    rig_t *rig = rig_splitting(2);
    rig->on_pump = fail_all;
    rig_push(rig, 0, 0, 8);
    rig_step(rig, 1000);
    rig_step(rig, rig->next_ms);
    assert_int_equal(rig_calls(rig), 5); /* 8, 8, 4, 2, 1 items */
    assert_int_equal(rig->calls[4].count, 1);
    assert_true(rig->next_ms > rig->now_ms && rig->next_ms != UINT64_MAX);

    assert_int_equal(discard_by(rig, way), 0);
    rig_step(rig, rig->now_ms);

    expect_cancelled_run(rig, 0, 8);
    assert_drop(rig, 5, 0, 0, rig->calls[5].count, MPCC_ECANCELED);
    assert_true(rig->calls[5].attempt >= 1); /* the pump has seen item 0 */
    assert_int_equal(rig_count(rig, CALL_CANCEL), 0);
    assert_true(rig->next_ms == UINT64_MAX);
    assert_fates(rig, 0, 8, 0);
    close_rig(rig);
  }
}

static int discard_in_the_first_part(rig_t *rig, mpcc_batch_t *batch)
{
  const int *way = rig->hook_arg;
  if (batch->count == 4)
    rig_keep(rig, discard_by(rig, *way));
  return batch->count == 4 ? rig->answer : -7;
}

static void a_pump_that_discards_in_a_part_gets_no_more_of_that_batch(void **state)
{
  (void)state;
  for (int way = 0; way < WAYS; way++) {
    for (int status = -1; status <= 0; status++) {
      rig_t *rig = rig_splitting(1);
      rig->hook_arg = &way;
      rig->answer = status;
      rig->on_pump = discard_in_the_first_part;
      rig_push(rig, 0, 0, 8);
      rig_step(rig, 1);
      rig_step(rig, 2);

      assert_int_equal(rig->got_count, 1);
      assert_int_equal(rig->got[0], 0);
      assert_int_equal(rig_count(rig, CALL_PUMP), 2);
      expect_cancelled_run(rig, 4, 4);
      assert_fates(rig, status == 0 ? 4 : 0, status == 0 ? 4 : 8, 0);
      close_rig(rig);
    }
  }
}

static void a_slot_goes_on_after_its_parts_were_discarded(void **state)
{
  (void)state;
  rig_t *rig = rig_between_parts(1);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_push(rig, 0, 8, 8);
  rig_step(rig, 1002);
  assert_int_equal(rig_done(rig, 1, -9), 0);
  rig_step(rig, 1003);
  size_t last = rig_calls(rig) - 1;
  assert_batch(rig, last, 0, 8, 8, MPCC_DUE_FULL);

  /* The same memory, split again: nothing of the last time is left in it. */
  assert_int_equal(rig_done(rig, last, -1), 0);
  rig_step(rig, 1004);
  assert_batch(rig, last + 1, 0, 8, 4, MPCC_DUE_FULL);
  assert_int_equal(rig_done(rig, last + 1, 0), 0);
  rig_step(rig, 1005);
  assert_batch(rig, last + 2, 0, 12, 4, MPCC_DUE_FULL);
  assert_int_equal(rig_done(rig, last + 2, 0), 0);
  rig_step(rig, 1006);
  assert_int_equal(rig_calls(rig), last + 3);
  assert_fates(rig, 8, 8, 0);
  close_rig(rig);
}

static void marked_items_of_a_part_are_dropped_and_the_rest_goes_on(void **state)
{
  (void)state;
  for (uint32_t attempts = 1; attempts <= 3; attempts += 2) {
    rig_t *rig = rig_between_parts(attempts);
    mpcc_batch_t *part = rig->calls[attempts].batch;
    assert_int_equal(mpcc_batch_fail(part, 4, -40), MPCC_EINVAL); /* the part has four */
    assert_int_equal(mpcc_batch_fail(part, 2, -20), 0);
    assert_int_equal(mpcc_batch_fail(part, 1, -10), 0);
    assert_int_equal(mpcc_batch_done(part, 0), 0);
    rig_step(rig, rig->now_ms);

    assert_int_equal(rig_calls(rig), attempts + 3);
    assert_drop(rig, attempts + 1, 0, 1, 2, -10); /* a part of several has one try */
    assert_int_equal(rig->calls[attempts + 1].attempt, 1);
    assert_batch(rig, attempts + 2, 0, 4, 4, MPCC_DUE_FULL);
    assert_fates(rig, 2, 2, 1);
    assert_int_equal(rig_done(rig, attempts + 2, 0), 0);
    rig_step(rig, rig->now_ms);
    assert_fates(rig, 6, 2, 0);
    close_rig(rig);
  }
}

static void marks_are_void_in_a_part_that_failed_and_count_in_one_that_did_not(void **state)
{
  (void)state;
  rig_t *rig = rig_between_parts(1);
  assert_int_equal(mpcc_batch_fail(rig->calls[1].batch, 0, -1), 0);
  assert_int_equal(mpcc_batch_fail(rig->calls[1].batch, 3, -2), 0);
  assert_int_equal(rig_done(rig, 1, -3), 0); /* void: it failed as a whole */
  rig_step(rig, 1002);
  assert_batch(rig, 2, 0, 0, 2, MPCC_DUE_FULL);
  assert_int_equal(rig_done(rig, 2, 0), 0);
  rig_step(rig, 1003);
  assert_batch(rig, 3, 0, 2, 2, MPCC_DUE_FULL);
  assert_int_equal(mpcc_batch_fail(rig->calls[3].batch, 0, -4), 0);
  assert_int_equal(rig_done(rig, 3, 0), 0); /* item 3 was marked before, and is not now */
  rig_step(rig, 1004);
  assert_int_equal(rig_calls(rig), 6);
  assert_drop(rig, 4, 0, 2, 1, -4);
  assert_fates(rig, 3, 1, 1);

  assert_batch(rig, 5, 0, 4, 4, MPCC_DUE_FULL);
  for (size_t i = 1; i < 4; i++)
    assert_int_equal(mpcc_batch_fail(rig->calls[5].batch, i, -50 - (int)i), 0);
  assert_int_equal(rig_done(rig, 5, 0), 0);
  rig_step(rig, 1005);
  assert_int_equal(rig_calls(rig), 7);
  assert_drop(rig, 6, 0, 5, 3, -51);
  assert_fates(rig, 4, 4, 0);
  close_rig(rig);
}

static int mark_a_single_item(rig_t *rig, mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;
  if (batch->count > 1)
    return -1;
  if (items[0] == 1)
    rig_keep(rig, mpcc_batch_fail(batch, 0, -60 - (int)batch->attempt));
  return 0;
}

static void a_single_item_that_is_marked_has_all_its_tries(void **state)
{
  (void)state;
  rig_t *rig = rig_splitting(3);
  rig->on_pump = mark_a_single_item;
  rig_push(rig, 0, 0, 2);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_step(rig, 1);
  for (int i = 0; i < 10 && rig->next_ms != UINT64_MAX; i++)
    rig_step(rig, rig->next_ms);

  assert_int_equal(rig_count(rig, CALL_PUMP), 3 + 1 + 3);
  assert_int_equal(rig->got_count, 3);
  assert_int_equal(rig->got[0] | rig->got[1] | rig->got[2], 0);
  assert_drop(rig, 7, 0, 1, 1, -63);
  assert_int_equal(rig->calls[7].attempt, 3);
  assert_fates(rig, 1, 1, 0);
  close_rig(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_discard_between_parts_drops_the_rest_at_once),
    cmocka_unit_test(a_discard_after_a_part_was_delivered_drops_only_what_is_left),
    cmocka_unit_test(a_discard_while_one_item_waits_drops_it_and_the_rest_and_leaves_no_timer),
    cmocka_unit_test(a_pump_that_discards_in_a_part_gets_no_more_of_that_batch),
    cmocka_unit_test(a_slot_goes_on_after_its_parts_were_discarded),
    cmocka_unit_test(marked_items_of_a_part_are_dropped_and_the_rest_goes_on),
    cmocka_unit_test(marks_are_void_in_a_part_that_failed_and_count_in_one_that_did_not),
    cmocka_unit_test(a_single_item_that_is_marked_has_all_its_tries),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
