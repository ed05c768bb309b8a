/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Producer handles under a virtual clock: when what was pushed through them is due, for a program
 * that steps when it is asked to, and at no other time.
 */

#include "handles.h"

enum { SLOTS = 3, LOOK_MS = 2 };

static void a_batch_is_full_whoever_pushed_it_and_a_step_sees_all(void **state)
{
  (void)state;
  for (size_t mine = 0; mine <= 6; mine++)
    for (size_t others = 0; others + mine <= 6; others++) {
      rig_t *rig = obey_rig(SLOTS, 6, MPCC_NO_INTERVAL);
      mpcc_producer_t *first = handle_open(rig), *second = handle_open(rig);
      handle_push(first, 1, 0, mine);
      handle_push(second, 1, 10, others);
      rig_push(rig, 1, 20, 6 - mine - others);

      rig_step(rig, 0);

      assert_int_equal(rig_calls(rig), 1);
      assert_int_equal(rig->calls[0].count, 6);
      assert_int_equal(rig->calls[0].due, MPCC_DUE_FULL);
      assert_int_equal(rig->calls[0].slot, 1);
      uint64_t next[3] = {0, 10, 20};
      for (size_t i = 0; i < 6; i++)
        assert_int_equal(rig->items[i], next[rig->items[i] / 10]++);
      assert_int_equal(next[0] + next[1] + next[2], 30 + 6);
      handle_close(first);
      handle_close(second);
      rig_close(rig);
    }
}

static void a_batch_that_comes_together_between_two_looks_waits_for_no_other_push(void **state)
{
  (void)state;
  rig_t *rig = obey_rig(SLOTS, 6, MPCC_NO_INTERVAL);
  mpcc_producer_t *handles[2] = {handle_open(rig), handle_open(rig)};
  uint64_t random = 5, item = 0;

  for (size_t round = 1; round <= 500; round++) {
    uint64_t last_ms = rig->now_ms;
    for (size_t n = 0; n < 6; n++) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      uint64_t way = (random >> 40) % 5;
      if (way < 4)
        assert_int_equal(handle_try(handles[way % 2], 2, item), 0);
      else
        rig_push(rig, 2, item, 1);
      item++;
      last_ms = rig->now_ms;
      if (n < 5 && (random >> 50) % 2 == 0)
        obey(rig, rig->now_ms + (random >> 52) % 5);
    }
    obey(rig, last_ms + LOOK_MS);
    assert_int_equal(rig_calls(rig), round);
    assert_int_equal(rig->calls[round - 1].count, 6);
    obey(rig, rig->now_ms + (random >> 56) % 5);
  }

  handle_close(handles[0]);
  handle_close(handles[1]);
  rig_close(rig);
}

static void one_item_is_pumped_when_its_interval_is_over(void **state)
{
  (void)state;
  static const uint64_t intervals[] = {3, 10, 100, 3600000};
  for (size_t k = 0; k < 4; k++) {
    rig_t *rig = obey_rig(SLOTS, 100, intervals[k]);
    mpcc_producer_t *handle = handle_open(rig);
    for (uint64_t i = 0; i < 5; i++) {
      uint64_t pushed_ms = rig->now_ms;
      handle_push(handle, 0, i, 1);

      obey(rig, pushed_ms + intervals[k] - LOOK_MS - 1);
      assert_int_equal(rig_calls(rig), i);
      obey(rig, pushed_ms + intervals[k]);

      assert_int_equal(rig_calls(rig), i + 1);
      assert_batch(rig, i, 0, i, 1, MPCC_DUE_INTERVAL);
      assert_in_range(rig->calls[i].waited_ms, intervals[k] - LOOK_MS, intervals[k]);
      obey(rig, rig->now_ms + 7 * i);
    }
    handle_close(handle);
    rig_close(rig);
  }
}

static uint64_t pushed_ms[20000]; /* when, by item */
static uint64_t most_ms;          /* that any item waited */

static int note_age(rig_t *rig, mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;
  for (size_t i = 0; i < batch->count; i++)
    if (rig->now_ms - pushed_ms[items[i]] > most_ms)
      most_ms = rig->now_ms - pushed_ms[items[i]];
  return 0;
}

static void no_item_waits_longer_than_the_interval_whenever_it_was_pushed(void **state)
{
  (void)state;
  static const uint64_t intervals[] = {0, 1, 2, 3, 7, 20};
  for (size_t k = 0; k < 6; k++) {
    rig_t *rig = obey_rig(SLOTS, 10, intervals[k]);
    mpcc_producer_t *handles[2] = {handle_open(rig), handle_open(rig)};
    uint64_t random = k + 1;
    rig->on_pump = note_age;
    most_ms = 0;

    for (uint64_t item = 0; item < 20000; item++) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      uint32_t slot = (uint32_t)(random >> 33) % SLOTS;
      pushed_ms[item] = rig->now_ms;
      if ((random >> 40) % 5 < 4)
        handle_push(handles[(random >> 40) % 5 / 2], slot, item, 1);
      else
        rig_push(rig, slot, item, 1);
      /* Now close together, now far apart. */
      uint64_t pause_ms = (random >> 50) % (item / 1000 % 2 == 0 ? 2 : 30);
      obey(rig, rig->now_ms + pause_ms);
    }
    obey(rig, rig->now_ms + 30);

    assert_fates(rig, 20000, 0, 0);
    /* Between two looks an item can't be seen, however short the interval is. */
    assert_in_range(most_ms, 0, intervals[k] > LOOK_MS ? intervals[k] : LOOK_MS);
    handle_close(handles[0]);
    handle_close(handles[1]);
    rig_close(rig);
  }
}

static void what_was_pushed_in_idle_waits_from_the_start_on(void **state)
{
  (void)state;
  mpcc_options_t options;
  obey_options(&options, SLOTS, 4, 50);
  rig_t *rig = rig_open(&options);
  mpcc_producer_t *handle = handle_open(rig);
  handle_push(handle, 0, 0, 6);
  handle_push(handle, 1, 0, 2);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 0);

  rig_start(rig);
  obey(rig, 1000);
  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 0, 0, 4, MPCC_DUE_FULL);
  obey(rig, 1050 - LOOK_MS - 1);
  assert_int_equal(rig_calls(rig), 1);
  obey(rig, 1050);

  assert_int_equal(rig_calls(rig), 3);
  assert_batch(rig, pick(rig, CALL_PUMP, 0, 1), 0, 4, 2, MPCC_DUE_INTERVAL);
  assert_batch(rig, pick(rig, CALL_PUMP, 1, 0), 1, 0, 2, MPCC_DUE_INTERVAL);
  handle_close(handle);
  rig_close(rig);
}

static void a_slot_whose_batches_are_all_in_flight_holds_up_no_other(void **state)
{
  (void)state;
  for (int bounded = 0; bounded < 2; bounded++) {
    mpcc_options_t options;
    obey_options(&options, SLOTS, 4, 20);
    options.capacity = bounded != 0 ? 10 : 0;
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    mpcc_producer_t *handle = handle_open(rig);
    rig->answer = MPCC_PENDING;
    handle_push(handle, 0, 0, 4);
    obey(rig, 5);
    assert_int_equal(rig_calls(rig), 1);

    handle_push(handle, 0, 4, 10);
    if (bounded != 0)
      assert_int_equal(handle_try(handle, 0, 14), MPCC_EFULL);
    handle_push(handle, 1, 0, 4);
    handle_push(handle, 2, 0, 1);
    obey(rig, 5 + 1);
    assert_batch(rig, pick(rig, CALL_PUMP, 1, 0), 1, 0, 4, MPCC_DUE_FULL);
    obey(rig, 100);
    assert_batch(rig, pick(rig, CALL_PUMP, 2, 0), 2, 0, 1, MPCC_DUE_INTERVAL);
    assert_int_equal(picks(rig, CALL_PUMP, 0), 1);
    for (size_t n = 1; n < 4; n++) {
      finish_calls(rig, 0);
      obey(rig, 100 + n);
      assert_batch(rig, pick(rig, CALL_PUMP, 0, n), 0, 4 * n, n < 3 ? 4 : 2,
                   n < 3 ? MPCC_DUE_FULL : MPCC_DUE_INTERVAL);
    }
    handle_close(handle);
    rig_close(rig);
  }
}

static void the_same_calls_give_the_same_batches(void **state)
{
  (void)state;
  rig_t *rigs[2];
  for (size_t k = 0; k < 2; k++) {
    rig_t *rig = rigs[k] = obey_rig(SLOTS, 5, 20);
    mpcc_producer_t *handles[2] = {handle_open(rig), handle_open(rig)};
    uint64_t random = 9;
    for (uint64_t i = 0; i < 20000; i++) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      if ((random >> 60) < 12)
        (void)handle_try(handles[(random >> 50) % 2], (uint32_t)(random >> 33) % SLOTS, i);
      else if ((random >> 60) == 12)
        assert_int_equal(mpcc_flush(rig->mpcc, (uint32_t)(random >> 33) % SLOTS), 0);
      else
        rig_step(rig, rig->now_ms + (random >> 50) % 7);
    }
    handle_close(handles[0]);
    handle_close(handles[1]);
  }

  assert_true(rig_calls(rigs[0]) > 1000);
  assert_int_equal(rig_calls(rigs[0]), rig_calls(rigs[1]));
  assert_int_equal(rigs[0]->item_count, rigs[1]->item_count);
  assert_memory_equal(rigs[0]->items, rigs[1]->items, rigs[0]->item_count * sizeof(uint64_t));
  for (size_t i = 0; i < rig_calls(rigs[0]); i++)
    assert_int_equal(rigs[0]->calls[i].waited_ms, rigs[1]->calls[i].waited_ms);
  rig_close(rigs[0]);
  rig_close(rigs[1]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_batch_is_full_whoever_pushed_it_and_a_step_sees_all),
    cmocka_unit_test(a_batch_that_comes_together_between_two_looks_waits_for_no_other_push),
    cmocka_unit_test(one_item_is_pumped_when_its_interval_is_over),
    cmocka_unit_test(no_item_waits_longer_than_the_interval_whenever_it_was_pushed),
    cmocka_unit_test(what_was_pushed_in_idle_waits_from_the_start_on),
    cmocka_unit_test(a_slot_whose_batches_are_all_in_flight_holds_up_no_other),
    cmocka_unit_test(the_same_calls_give_the_same_batches),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
