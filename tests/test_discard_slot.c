/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_discard(): what it drops, where it cuts, and how batching goes on behind the cut. */

#include "picks.h"

enum { BATCH = 4 };

static void a_discard_wants_an_instance_and_a_slot_that_exists(void **state)
{
  (void)state;
  rig_t *rig = rig_run(BATCH, MPCC_NO_INTERVAL);
  rig_push(rig, 0, 0, 3);

  assert_int_equal(mpcc_discard(NULL, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_discard(NULL, MPCC_ALL_SLOTS), MPCC_EINVAL);
  assert_int_equal(mpcc_discard(rig->mpcc, 1), MPCC_EINVAL);
  assert_int_equal(mpcc_discard(rig->mpcc, UINT32_MAX - 1), MPCC_EINVAL);
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), 0);
  assert_int_equal(stats_of(rig, 0).queued, 3);
  rig_close(rig);
}

static void a_discard_answers_by_the_state_of_the_instance(void **state)
{
  (void)state;
  static const uint32_t slots[] = {0, MPCC_ALL_SLOTS};
  for (size_t k = 0; k < 2; k++) {
    mpcc_options_t options;
    rig_options(&options, BATCH);
    rig_t *rig = rig_open(&options);
    rig_push(rig, 0, 0, BATCH + 1);

    assert_int_equal(mpcc_discard(rig->mpcc, slots[k]), MPCC_ESTATE);
    rig->answer = MPCC_PENDING;
    rig_start(rig);
    rig_step(rig, 1);
    assert_full_batches(rig, 0, 0, 0, 1, BATCH);
    assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
    assert_int_equal(mpcc_discard(rig->mpcc, slots[k]), 0);
    rig_step(rig, 2);
    assert_unseen(rig, 0, BATCH, 1, BATCH);
    assert_int_equal(rig_done(rig, 0, 0), 0);
    rig_step(rig, 3);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);

    assert_int_equal(mpcc_discard(rig->mpcc, slots[k]), MPCC_ECLOSED);
    assert_int_equal(mpcc_discard(rig->mpcc, 1), MPCC_EINVAL);
    assert_fates(rig, BATCH, 1, 0);
    rig_close(rig);
  }
}

static void a_discard_of_nothing_leaves_no_trace(void **state)
{
  (void)state;
  rig_t *rig = rig_run(BATCH, MPCC_NO_INTERVAL);

  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_push(rig, 0, 0, BATCH + 1);
  rig_step(rig, 1);

  assert_full_batches(rig, 0, 0, 0, 1, BATCH);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_step(rig, 2);
  assert_batch(rig, 1, 0, BATCH, 1, MPCC_DUE_FLUSH);
  assert_fates(rig, BATCH + 1, 0, 0);
  rig_close(rig);
}

/* ${before} items, the cut, ${after} items; a batch in flight meanwhile or not, and a step between
   the cut and what follows or not. Then one item after the other until the next batch is full. */
static void check_cut(size_t before, size_t after, bool in_flight, bool step_between)
{
  rig_t *rig = rig_run(BATCH, MPCC_NO_INTERVAL);
  size_t early = in_flight ? 1 : 0, cut = early * BATCH + before;
  rig->answer = in_flight ? MPCC_PENDING : 0;
  rig_push(rig, 0, 0, early * BATCH);
  rig_step(rig, 1);
  rig_push(rig, 0, early * BATCH, before);

  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  if (step_between)
    rig_step(rig, 2);
  rig_push(rig, 0, cut, after);
  rig_step(rig, 3);

  assert_unseen(rig, 0, early * BATCH, before, BATCH);
  if (in_flight) {
    assert_full_batches(rig, 0, 0, 0, 1, BATCH);
    assert_int_equal(rig_done(rig, 0, 0), 0);
  }
  rig->answer = 0;
  rig_step(rig, 4);
  assert_full_batches(rig, 0, early, cut, after / BATCH, BATCH);

  size_t full = early + after / BATCH;
  for (size_t i = after; i % BATCH != 0 || i == after; i++) {
    assert_int_equal(picks(rig, CALL_PUMP, 0), full);
    assert_int_equal(stats_of(rig, 0).queued, i % BATCH);
    rig_push(rig, 0, cut + i, 1);
    rig_step(rig, 5);
  }
  assert_full_batches(rig, 0, early, cut, full - early + 1, BATCH);
  assert_unseen(rig, 0, early * BATCH, before, BATCH);
  rig_close(rig);
}

static void the_cut_is_exactly_at_the_call(void **state)
{
  (void)state;
  for (size_t before = 0; before <= 4 * BATCH + 1; before++)
    for (size_t after = 0; after <= 3 * BATCH; after++)
      for (unsigned kind = 0; kind < 4; kind++)
        check_cut(before, after, (kind & 1) != 0, (kind & 2) != 0);
}

static void after_a_cut_the_push_that_fills_a_batch_wakes(void **state)
{
  (void)state;
  for (size_t before = 1; before < 2 * BATCH; before++) {
    for (size_t after = 1; after < BATCH; after++) {
      rig_t *rig = rig_run(BATCH, MPCC_NO_INTERVAL);
      rig_push(rig, 0, 0, before);
      assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
      rig_push(rig, 0, before, after);
      rig_step(rig, 1);
      unsigned wakes = atomic_load_explicit(&rig->wakes, memory_order_relaxed);

      rig_push(rig, 0, before + after, BATCH - after);

      assert_true(atomic_load_explicit(&rig->wakes, memory_order_relaxed) > wakes);
      rig_step(rig, 2);
      assert_full_batches(rig, 0, 0, before, 1, BATCH);
      rig_close(rig);
    }
  }
}

static void after_a_cut_the_interval_still_holds(void **state)
{
  (void)state;
  for (size_t before = 1; before <= BATCH + 1; before++) {
    rig_t *rig = rig_run(BATCH, 100);
    rig_push(rig, 0, 0, before);
    assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
    rig_push(rig, 0, before, BATCH - 1);

    rig_step(rig, 1000);
    assert_unseen(rig, 0, 0, before, BATCH);
    assert_int_equal(rig_count(rig, CALL_PUMP), 0);
    assert_int_equal(rig->next_ms, 1100);
    rig_step(rig, 1099);
    assert_int_equal(rig_count(rig, CALL_PUMP), 0);
    rig_step(rig, 1100);

    assert_batch(rig, pick(rig, CALL_PUMP, 0, 0), 0, before, BATCH - 1, MPCC_DUE_INTERVAL);
    assert_int_equal(rig->calls[pick(rig, CALL_PUMP, 0, 0)].waited_ms, 100);
    assert_true(rig->next_ms == UINT64_MAX);
    rig_close(rig);
  }
}

static void what_is_pushed_long_after_a_cut_waits_no_longer_than_the_interval(void **state)
{
  (void)state;
  rig_t *rig = rig_run(BATCH, 100);
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1000);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_step(rig, 1050);
  assert_unseen(rig, 0, 0, 1, BATCH);

  rig_step(rig, 5000);
  assert_int_equal(rig_calls(rig), 1); /* no batch of nothing when the old interval ends */
  rig_push(rig, 0, 1, 2);
  rig_step(rig, 5001);
  assert_int_equal(rig_count(rig, CALL_PUMP), 0);
  assert_in_range(rig->next_ms, 5002, 5101);
  rig_step(rig, 5101);

  assert_batch(rig, 1, 0, 1, 2, MPCC_DUE_INTERVAL);
  rig_close(rig);
}

static void flushes_and_cuts_keep_out_of_each_other_s_way(void **state)
{
  (void)state;
  rig_t *rig = rig_run(BATCH, MPCC_NO_INTERVAL);

  rig_push(rig, 0, 0, 2);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0); /* for items that will not be there any more */
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_push(rig, 0, 2, 1);
  rig_step(rig, 1);
  assert_unseen(rig, 0, 0, 2, BATCH);
  assert_int_equal(rig_count(rig, CALL_PUMP), 0);

  rig_push(rig, 0, 3, 1);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_push(rig, 0, 4, 1);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0); /* for the one behind the cut */
  rig_step(rig, 2);

  assert_unseen(rig, 0, 0, 4, BATCH);
  assert_int_equal(rig_count(rig, CALL_PUMP), 1);
  assert_batch(rig, pick(rig, CALL_PUMP, 0, 0), 0, 4, 1, MPCC_DUE_FLUSH);
  rig_close(rig);
}

static void after_a_cut_a_drain_hands_out_what_remains(void **state)
{
  (void)state;
  for (size_t before = 1; before <= 2 * BATCH; before++) {
    rig_t *rig = rig_run(BATCH, MPCC_NO_INTERVAL);
    rig_push(rig, 0, 0, before);
    assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
    rig_push(rig, 0, before, BATCH + 3);

    assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
    rig_step(rig, 1);

    assert_unseen(rig, 0, 0, before, BATCH);
    assert_batch(rig, pick(rig, CALL_PUMP, 0, 0), 0, before, BATCH, MPCC_DUE_FULL);
    assert_batch(rig, pick(rig, CALL_PUMP, 0, 1), 0, before + BATCH, 3, MPCC_DUE_DRAIN);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
    assert_fates(rig, BATCH + 3, before, 0);
    rig_close(rig);
  }
}

/* ${capacity} may be below the batch size: the slot is then due when it is at capacity. */
static void check_capacity(size_t capacity, size_t before)
{
  mpcc_options_t options;
  rig_options(&options, BATCH);
  options.capacity = capacity;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  size_t size = capacity < BATCH ? capacity : BATCH;
  rig_push(rig, 0, 0, size);
  rig_step(rig, 1);
  assert_int_equal(rig_count(rig, CALL_PUMP), 1);
  rig_push(rig, 0, size, before);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_push(rig, 0, size + before, capacity - before);
  uint64_t item = 0;
  assert_int_equal(mpcc_push(rig->mpcc, &item, 0), MPCC_EFULL);

  rig_step(rig, 2);
  rig_push(rig, 0, size + capacity, before);
  assert_int_equal(mpcc_push(rig->mpcc, &item, 0), MPCC_EFULL);

  assert_unseen(rig, 0, size, before, size);
  rig->answer = 0;
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 3);
  assert_full_batches(rig, 0, 1, size + before, capacity / size, size);
  rig_close(rig);
}

static void the_room_of_what_was_dropped_comes_back_exactly(void **state)
{
  (void)state;
  for (size_t capacity = 1; capacity <= 3 * BATCH + 1; capacity++)
    for (size_t before = 0; before <= capacity; before++)
      check_capacity(capacity, before);
}

static void many_discards_in_a_row_each_drop_what_came_before(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, BATCH);
  options.capacity = 100;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  uint64_t item = 0;

  for (uint64_t now = 1; now < 3000; now++) {
    for (size_t n = now % 3 + 1; n > 0; n--) {
      size_t run = (now * n) % (2 * BATCH);
      rig_push(rig, 0, item, run);
      item += run;
      assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
      assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
    }
    rig_step(rig, now);
  }
  rig_push(rig, 0, item, BATCH);
  rig_step(rig, 3000);

  assert_unseen(rig, 0, 0, item, BATCH);
  assert_full_batches(rig, 0, 0, item, 1, BATCH);
  assert_fates(rig, BATCH, item, 0);
  rig_close(rig);
}

static void a_cut_falls_between_two_calls_of_push_many(void **state)
{
  (void)state;
  uint64_t items[40];
  for (uint64_t i = 0; i < 40; i++)
    items[i] = i;
  for (size_t before = 0; before <= 20; before++) {
    rig_t *rig = rig_run(BATCH, MPCC_NO_INTERVAL);

    assert_int_equal(mpcc_push_many(rig->mpcc, items, before, 0), before);
    assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
    assert_int_equal(mpcc_push_many(rig->mpcc, items + before, 40 - before, 0), 40 - before);
    rig_step(rig, 1);

    assert_unseen(rig, 0, 0, before, BATCH);
    assert_full_batches(rig, 0, 0, before, (40 - before) / BATCH, BATCH);
    rig_close(rig);
  }
}

/* Of five slots with two full batches and a half each, one in flight. */
static void check_slots(uint32_t discarded)
{
  enum { SLOTS = 5, EACH = 2 * BATCH + 2 };
  mpcc_options_t options;
  rig_options(&options, BATCH);
  options.slot_count = SLOTS;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    rig_push(rig, slot, 100 * slot, EACH);
  rig_step(rig, 1);

  assert_int_equal(mpcc_discard(rig->mpcc, discarded), 0);
  rig_step(rig, 2);

  for (uint32_t slot = 0; slot < SLOTS; slot++) {
    bool hit = slot == discarded || discarded == MPCC_ALL_SLOTS;
    assert_int_equal(picks(rig, CALL_CANCEL, slot), hit ? 1 : 0);
    assert_unseen(rig, slot, 100 * slot + BATCH, hit ? EACH - BATCH : 0, BATCH);
    assert_int_equal(stats_of(rig, slot).queued, hit ? 0 : EACH - BATCH);
    assert_int_equal(rig_done(rig, pick(rig, CALL_PUMP, slot, 0), 0), 0);
  }
  rig->answer = 0;
  rig_step(rig, 3);
  for (uint32_t slot = 0; slot < SLOTS; slot++) {
    bool hit = slot == discarded || discarded == MPCC_ALL_SLOTS;
    assert_full_batches(rig, slot, 0, 100 * slot, hit ? 1 : 2, BATCH);
  }
  rig_close(rig);
}

static void a_discard_empties_one_slot_or_all_and_no_other(void **state)
{
  (void)state;
  check_slots(0);
  check_slots(3);
  check_slots(MPCC_ALL_SLOTS);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_discard_wants_an_instance_and_a_slot_that_exists),
    cmocka_unit_test(a_discard_answers_by_the_state_of_the_instance),
    cmocka_unit_test(a_discard_of_nothing_leaves_no_trace),
    cmocka_unit_test(the_cut_is_exactly_at_the_call),
    cmocka_unit_test(after_a_cut_the_push_that_fills_a_batch_wakes),
    cmocka_unit_test(after_a_cut_the_interval_still_holds),
    cmocka_unit_test(what_is_pushed_long_after_a_cut_waits_no_longer_than_the_interval),
    cmocka_unit_test(flushes_and_cuts_keep_out_of_each_other_s_way),
    cmocka_unit_test(after_a_cut_a_drain_hands_out_what_remains),
    cmocka_unit_test(the_room_of_what_was_dropped_comes_back_exactly),
    cmocka_unit_test(many_discards_in_a_row_each_drop_what_came_before),
    cmocka_unit_test(a_cut_falls_between_two_calls_of_push_many),
    cmocka_unit_test(a_discard_empties_one_slot_or_all_and_no_other),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
