/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The parts of a batch that was split: one after the other in its place, in the pump's hands for as
 * long as it likes, and what may happen between them.
 */

#include "harness.h"

/* Started, with two slots; a batch is eight items. */
static rig_t *rig_splitting(uint32_t attempts, uint32_t concurrency)
{
  mpcc_options_t options;
  rig_options(&options, 8);
  options.slot_count = 2;
  options.isolate_failures = true;
  options.max_attempts = attempts;
  options.max_concurrency = concurrency;
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

/* A batch of eight that has just failed: its first part is in the pump's hands as call 1. */
static rig_t *rig_between_parts(uint32_t concurrency)
{
  rig_t *rig = rig_splitting(1, concurrency);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 8);
  rig_step(rig, 1000);
  assert_int_equal(rig_done(rig, 0, -1), 0);
  rig_step(rig, 1001);
  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 0, 0, 4, MPCC_DUE_FULL);
  return rig;
}

/* A pump that answers at once, with one answer after the other from this list. */
struct answers {
  int list[16];
  size_t next;
};

static int answer_in_turn(rig_t *rig, mpcc_batch_t *batch)
{
  struct answers *answers = rig->hook_arg;
  (void)batch;
  return answers->next < 16 ? answers->list[answers->next++] : -999;
}

static void the_halves_follow_each_other_at_once_as_first_tries(void **state)
{
  (void)state;
  struct answers answers = {.list = {-1, -2, 0, 0}};
  rig_t *rig = rig_splitting(2, 1);
  rig->hook_arg = &answers;
  rig->on_pump = answer_in_turn;
  rig_push(rig, 0, 0, 8);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 1);
  rig_step(rig, rig->next_ms);

  assert_int_equal(rig_calls(rig), 4);
  assert_batch(rig, 2, 0, 0, 4, MPCC_DUE_FULL);
  assert_batch(rig, 3, 0, 4, 4, MPCC_DUE_FULL);
  assert_int_equal(rig->calls[3].waited_ms, rig->calls[0].waited_ms);
  for (size_t i = 1; i < 4; i++)
    assert_true(rig->calls[i].id != rig->calls[i - 1].id);
  assert_fates(rig, 8, 0, 0);
  mpcc_stats_t stats;
  assert_int_equal(mpcc_slot_stats(rig->mpcc, 0, &stats), 0);
  assert_int_equal(stats.batches, 1);
  assert_int_equal(stats.retries, 3); /* the second try, and two parts */
  assert_true(rig->next_ms == UINT64_MAX);
  close_rig(rig);
}

static void a_part_waits_until_the_one_before_it_is_done(void **state)
{
  (void)state;
  rig_t *rig = rig_between_parts(1);
  assert_fates(rig, 0, 0, 1);
  rig_step(rig, 5000);
  assert_int_equal(rig_calls(rig), 2);
  assert_int_equal(rig_done(rig, 0, 0), MPCC_EALREADY); /* that was the whole */

  assert_int_equal(mpcc_batch_done(rig->calls[1].batch, 0), 0);
  rig_step(rig, 5001);
  assert_int_equal(rig_calls(rig), 3);
  assert_batch(rig, 2, 0, 4, 4, MPCC_DUE_FULL);
  assert_fates(rig, 4, 0, 1);
  assert_int_equal(rig_done(rig, 1, -5), MPCC_EALREADY);

  assert_int_equal(mpcc_batch_done(rig->calls[2].batch, -5), 0);
  rig_step(rig, 5002);
  assert_batch(rig, 3, 0, 4, 2, MPCC_DUE_FULL);
  assert_int_equal(rig_done(rig, 3, 0), 0);
  rig_step(rig, 5003);
  assert_batch(rig, 4, 0, 6, 2, MPCC_DUE_FULL);
  assert_int_equal(rig_done(rig, 4, 0), 0);
  rig_step(rig, 5004);
  assert_int_equal(rig_calls(rig), 5);
  assert_fates(rig, 8, 0, 0);
  close_rig(rig);
}

/* Leaves its mark where nothing is: the place tells with which item the part began. */
static int fail_and_leave_data(rig_t *rig, mpcc_batch_t *batch)
{
  char *places = rig->hook_arg;
  const uint64_t *items = batch->items;
  if (batch->data == NULL)
    batch->data = &places[items[0]];
  return -7;
}

static void data_stays_with_the_first_half(void **state)
{
  (void)state;
  char places[8];
  rig_t *rig = rig_splitting(1, 1);
  rig->hook_arg = places;
  rig->on_pump = fail_and_leave_data;
  rig_push(rig, 0, 0, 4);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_step(rig, 1);

  /* The whole, 0-1, 0 and its drop, 1 and its drop, 2-3, 2 and its drop, 3 and its drop. */
  static const int expected[] = {-1, 0, 0, 0, -1, 1, -1, 2, 2, -1, 3};
  static const size_t counts[] = {4, 2, 1, 1, 1, 1, 2, 1, 1, 1, 1};
  assert_int_equal(rig_calls(rig), 11);
  for (size_t i = 0; i < 11; i++) {
    assert_int_equal(rig->calls[i].count, counts[i]);
    assert_ptr_equal(rig->calls[i].data, expected[i] < 0 ? NULL : &places[expected[i]]);
  }
  close_rig(rig);
}

static void parts_hold_the_place_of_their_batch(void **state)
{
  (void)state;
  rig_t *rig = rig_between_parts(2);
  rig_push(rig, 0, 8, 16);
  rig_step(rig, 1002);
  assert_int_equal(rig_calls(rig), 3);
  assert_batch(rig, 2, 0, 8, 8, MPCC_DUE_FULL);
  assert_int_equal(rig_done(rig, 1, 0), 0);
  rig_step(rig, 1003);
  assert_int_equal(rig_calls(rig), 4);
  assert_batch(rig, 3, 0, 4, 4, MPCC_DUE_FULL);
  assert_fates(rig, 4, 0, 2);

  assert_int_equal(rig_done(rig, 3, 0), 0);
  rig_step(rig, 1004);
  assert_int_equal(rig_calls(rig), 5);
  assert_batch(rig, 4, 0, 16, 8, MPCC_DUE_FULL);
  assert_fates(rig, 8, 0, 2);
  close_rig(rig);
}

static void two_batches_of_a_slot_are_split_side_by_side(void **state)
{
  (void)state;
  rig_t *rig = rig_splitting(1, 2);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 16);
  rig_step(rig, 1);
  assert_int_equal(rig_done(rig, 0, -1), 0);
  assert_int_equal(rig_done(rig, 1, -1), 0);
  rig_step(rig, 2);
  assert_int_equal(rig_calls(rig), 4);

  /* Finish the later one's parts first: each part is followed by its own batch's next. */
  size_t of_second = rig->items[rig->calls[2].first] == 8 ? 2 : 3;
  size_t of_first = 5 - of_second;
  assert_batch(rig, of_first, 0, 0, 4, MPCC_DUE_FULL);
  assert_batch(rig, of_second, 0, 8, 4, MPCC_DUE_FULL);
  assert_int_equal(rig_done(rig, of_second, 0), 0);
  rig_step(rig, 3);
  assert_batch(rig, 4, 0, 12, 4, MPCC_DUE_FULL);
  assert_int_equal(rig_done(rig, of_first, 0), 0);
  rig_step(rig, 4);
  assert_batch(rig, 5, 0, 4, 4, MPCC_DUE_FULL);
  assert_int_equal(rig_done(rig, 4, 0), 0);
  assert_int_equal(rig_done(rig, 5, 0), 0);
  rig_step(rig, 5);
  assert_int_equal(rig_calls(rig), 6);
  assert_fates(rig, 16, 0, 0);
  close_rig(rig);
}

static void other_slots_are_served_between_parts(void **state)
{
  (void)state;
  rig_t *rig = rig_between_parts(1);
  for (uint64_t i = 0; i < 10; i++) {
    rig_push(rig, 1, 8 * i, 8);
    rig_step(rig, 1002 + i);
    assert_batch(rig, 2 + i, 1, 8 * i, 8, MPCC_DUE_FULL);
    assert_int_equal(rig_done(rig, 2 + i, 0), 0);
  }
  rig_step(rig, 2000);
  assert_fates(rig, 80, 0, 1);
  close_rig(rig);
}

static int poison_of_slot_0(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  return batch->slot == 0 ? -7 : 0;
}

static void a_slot_full_of_poison_does_not_keep_others_from_their_turn(void **state)
{
  (void)state;
  rig_t *rig = rig_splitting(2, 1);
  rig->on_pump = poison_of_slot_0;
  rig_push(rig, 0, 0, 800);
  rig_push(rig, 1, 0, 800);
  rig_step(rig, 1000);
  assert_fates(rig, 800, 0, 1); /* slot 0 waits for the second try of its first batch */

  for (int i = 0; i < 100000 && rig->next_ms != UINT64_MAX; i++)
    rig_step(rig, rig->next_ms);
  assert_fates(rig, 800, 800, 0);
  uint64_t next = 0;
  for (size_t i = 0; i < rig_calls(rig); i++)
    if (rig->calls[i].kind == CALL_DROP)
      assert_drop(rig, i, 0, next++, 1, -7);
  assert_int_equal(next, 800);
  close_rig(rig);
}

static void what_is_pushed_meanwhile_comes_after_all_parts(void **state)
{
  (void)state;
  rig_t *rig = rig_between_parts(1);
  rig->answer = 0;
  rig_push(rig, 0, 8, 8);
  rig_step(rig, 1002);
  assert_int_equal(rig_calls(rig), 2);
  assert_int_equal(rig_done(rig, 1, 0), 0);
  rig_step(rig, 1003);
  assert_int_equal(rig_calls(rig), 4);
  assert_batch(rig, 2, 0, 4, 4, MPCC_DUE_FULL);
  assert_batch(rig, 3, 0, 8, 8, MPCC_DUE_FULL);
  close_rig(rig);
}

static void an_item_that_is_tried_again_holds_up_the_next_part_and_nothing_comes_early(void **state)
{
  (void)state;
  struct answers answers = {.list = {-1, -1, -3, -3, 0}};
  rig_t *rig = rig_splitting(2, 1);
  rig->hook_arg = &answers;
  rig->on_pump = answer_in_turn;
  rig_push(rig, 0, 0, 2);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_step(rig, 1000);
  rig_step(rig, rig->next_ms);
  assert_int_equal(rig_calls(rig), 3); /* two tries of the whole, one of item 0 */
  assert_batch(rig, 2, 0, 0, 1, MPCC_DUE_FLUSH);
  assert_in_range(rig->next_ms, rig->now_ms + 50, rig->now_ms + 150);
  rig_step(rig, rig->next_ms - 1);
  assert_int_equal(rig_calls(rig), 3);
  assert_fates(rig, 0, 0, 1);

  rig_step(rig, rig->next_ms);
  assert_int_equal(rig_calls(rig), 6);
  assert_int_equal(rig->calls[3].attempt, 2);
  assert_drop(rig, 4, 0, 0, 1, -3);
  assert_int_equal(rig->calls[4].attempt, 2);
  assert_batch(rig, 5, 0, 1, 1, MPCC_DUE_FLUSH);
  assert_fates(rig, 1, 1, 0);
  close_rig(rig);
}

static void a_drain_waits_for_all_parts(void **state)
{
  (void)state;
  rig_t *rig = rig_between_parts(1);
  rig_push(rig, 0, 8, 3);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  for (size_t part = 1; part <= 2; part++) {
    rig_step(rig, 2000);
    assert_int_equal(rig_count(rig, CALL_PUMP), part + 1);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ETIMEDOUT);
    assert_false(mpcc_batch_cancelled(rig->calls[part].batch));
    assert_int_equal(rig_done(rig, part, 0), 0);
  }
  rig->answer = 0;
  rig_step(rig, 2001);
  assert_batch(rig, 3, 0, 8, 3, MPCC_DUE_DRAIN);
  assert_int_equal(rig_count(rig, CALL_CANCEL), 0);
  assert_fates(rig, 11, 0, 0);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  close_rig(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_halves_follow_each_other_at_once_as_first_tries),
    cmocka_unit_test(a_part_waits_until_the_one_before_it_is_done),
    cmocka_unit_test(data_stays_with_the_first_half),
    cmocka_unit_test(parts_hold_the_place_of_their_batch),
    cmocka_unit_test(two_batches_of_a_slot_are_split_side_by_side),
    cmocka_unit_test(other_slots_are_served_between_parts),
    cmocka_unit_test(a_slot_full_of_poison_does_not_keep_others_from_their_turn),
    cmocka_unit_test(what_is_pushed_meanwhile_comes_after_all_parts),
    cmocka_unit_test(an_item_that_is_tried_again_holds_up_the_next_part_and_nothing_comes_early),
    cmocka_unit_test(a_drain_waits_for_all_parts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
