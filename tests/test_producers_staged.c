/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Items that a step has taken out of handles, and that wait to be due outside the queues: they are
   queued for whoever asks, and they are full, due, flushed, discarded and drained as all others. */

#include "crew.h"
#include "handles.h"
#include "purse.h"

enum { SLOTS = 4, BATCH = 100, INTERVAL_MS = 10 };

static rig_t *rig_of(uint64_t interval_ms, mpcc_producer_t **handle)
{
  mpcc_options_t options;
  rig_options(&options, BATCH);
  options.slot_count = SLOTS;
  options.push_interval_ms = interval_ms;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig_step(rig, 0);
  *handle = handle_open(rig);
  return rig;
}

/* How many items of a slot are staged, in a block, at its end, and in a segment. */
static const size_t counts[] = {1, 31, 32, 33, BATCH - 1};
enum { COUNTS = sizeof(counts) / sizeof(counts[0]) };

static void close_all(rig_t *rig, mpcc_producer_t *handle)
{
  handle_close(handle);
  rig_close(rig);
}

static void they_are_due_by_the_step_that_took_them(void **state)
{
  (void)state;
  for (size_t k = 0; k < COUNTS; k++) {
    mpcc_producer_t *handle;
    rig_t *rig = rig_of(INTERVAL_MS, &handle);
    handle_push(handle, 1, 0, counts[k]);
    rig_step(rig, 5);
    assert_int_equal(rig->next_ms, 15);
    handle_push(handle, 2, 0, 1);
    rig_step(rig, 8);
    rig_step(rig, 14);
    assert_int_equal(rig_calls(rig), 0);

    rig_step(rig, 15);
    assert_int_equal(rig_calls(rig), 1);
    assert_batch(rig, 0, 1, 0, counts[k], MPCC_DUE_INTERVAL);
    assert_int_equal(rig->calls[0].waited_ms, INTERVAL_MS);
    assert_int_equal(rig->next_ms, 18);
    rig_step(rig, 18);
    assert_batch(rig, 1, 2, 0, 1, MPCC_DUE_INTERVAL);
    close_all(rig, handle);
  }
}

static void a_step_serves_all_that_are_due_however_many_slots_they_are_of(void **state)
{
  (void)state;
  enum { MANY = 1000 };
  mpcc_options_t options;
  rig_options(&options, BATCH);
  options.slot_count = MANY;
  options.push_interval_ms = INTERVAL_MS;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig_step(rig, 0);
  mpcc_producer_t *handle = handle_open(rig);
  for (uint32_t slot = 0; slot < MANY; slot++)
    handle_push(handle, slot, slot, 1);
  rig_step(rig, 1);
  assert_int_equal(rig->next_ms, 11);

  rig_step(rig, 11);
  assert_int_equal(rig_calls(rig), MANY);
  assert_true(rig->next_ms == UINT64_MAX);
  close_all(rig, handle);
}

static void they_fill_up_batches_over_many_steps(void **state)
{
  (void)state;
  mpcc_producer_t *handle;
  rig_t *rig = rig_of(MPCC_NO_INTERVAL, &handle);
  for (size_t item = 0; item < 3 * BATCH; item++) {
    assert_int_equal(rig_calls(rig), item / BATCH);
    handle_push(handle, 3, item, 1);
    rig_step(rig, item);
  }
  assert_int_equal(rig_calls(rig), 3);
  for (size_t i = 0; i < 3; i++)
    assert_batch(rig, i, 3, i * BATCH, BATCH, MPCC_DUE_FULL);
  close_all(rig, handle);
}

/* mpcc_push() and a handle fill one batch together, whoever comes first. */
static void with_items_of_the_queue_they_make_one_batch(void **state)
{
  (void)state;
  for (size_t k = 0; k < COUNTS; k++)
    for (int first = 0; first < 2; first++) {
      mpcc_producer_t *handle;
      rig_t *rig = rig_of(MPCC_NO_INTERVAL, &handle);
      if (first != 0)
        rig_push(rig, 0, 1000, BATCH - counts[k]);
      rig_step(rig, 1);
      handle_push(handle, 0, 0, counts[k]);
      rig_step(rig, 2);
      if (first == 0)
        rig_push(rig, 0, 1000, BATCH - counts[k]);
      rig_step(rig, 3);

      assert_int_equal(rig_calls(rig), 1);
      assert_int_equal(rig->calls[0].count, BATCH);
      assert_int_equal(rig->calls[0].due, MPCC_DUE_FULL);
      close_all(rig, handle);
    }
}

static int push_the_rest(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  if (rig_calls(rig) == 1) /* the first one: this is what the step logs before it asks us */
    rig_push(rig, 0, 2000, BATCH - 1);
  return 0;
}

/* Nobody tells the loop of what is pushed behind a full batch; it has to look itself. */
static void also_with_items_that_the_pump_pushes_behind_a_full_batch(void **state)
{
  (void)state;
  mpcc_producer_t *handle;
  rig_t *rig = rig_of(MPCC_NO_INTERVAL, &handle);
  rig->on_pump = push_the_rest;
  rig_push(rig, 0, 1000, BATCH);
  handle_push(handle, 0, 0, 1);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(rig->next_ms, 1);

  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 2);
  assert_int_equal(rig->calls[1].count, BATCH);
  assert_int_equal(rig->calls[1].due, MPCC_DUE_FULL);
  close_all(rig, handle);
}

static void younger_items_of_the_queue_do_not_make_them_wait(void **state)
{
  (void)state;
  mpcc_producer_t *handle;
  rig_t *rig = rig_of(INTERVAL_MS, &handle);
  handle_push(handle, 0, 0, 2);
  rig_step(rig, 3);
  rig_push(rig, 0, 10, 1);
  rig_step(rig, 9);
  assert_int_equal(rig->next_ms, 13);
  rig_step(rig, 13);
  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(rig->calls[0].count, 3);
  assert_int_equal(rig->calls[0].waited_ms, INTERVAL_MS);
  close_all(rig, handle);
}

static void statistics_count_them_as_queued(void **state)
{
  (void)state;
  for (size_t k = 0; k < COUNTS; k++) {
    mpcc_producer_t *handle;
    rig_t *rig = rig_of(MPCC_NO_INTERVAL, &handle);
    handle_push(handle, 0, 0, counts[k]);
    handle_push(handle, 2, 0, 1);
    rig_step(rig, 1);
    assert_int_equal(stats_of(rig, 0).queued, counts[k]);
    assert_int_equal(stats_of(rig, 1).queued, 0);
    assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).queued, counts[k] + 1);
    assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).pushed, counts[k] + 1);
    assert_int_equal(rig_calls(rig), 0);
    close_all(rig, handle);
  }
}

static void a_flush_makes_them_due_in_its_slot(void **state)
{
  (void)state;
  for (size_t k = 0; k < COUNTS; k++)
    for (int all = 0; all < 2; all++) {
      mpcc_producer_t *handle;
      rig_t *rig = rig_of(MPCC_NO_INTERVAL, &handle);
      handle_push(handle, 0, 0, counts[k]);
      handle_push(handle, 1, 0, 3);
      rig_step(rig, 1);
      handle_push(handle, 0, counts[k], 1);
      assert_int_equal(mpcc_flush(rig->mpcc, all != 0 ? MPCC_ALL_SLOTS : 0), 0);
      rig_step(rig, 2);

      assert_int_equal(picks(rig, CALL_PUMP, 0), 1);
      assert_int_equal(rig->calls[pick(rig, CALL_PUMP, 0, 0)].count, counts[k] + 1);
      assert_int_equal(picks(rig, CALL_PUMP, 1), all);
      close_all(rig, handle);
    }
}

static void a_discard_drops_them_in_its_slot(void **state)
{
  (void)state;
  for (size_t k = 0; k < COUNTS; k++) {
    mpcc_producer_t *handle;
    rig_t *rig = rig_of(INTERVAL_MS, &handle);
    handle_push(handle, 0, 0, counts[k]);
    handle_push(handle, 1, 0, 3);
    rig_step(rig, 1);
    assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
    handle_push(handle, 0, 500, 2);
    rig_step(rig, 2);
    assert_int_equal(rig_calls(rig), 1);
    assert_drop(rig, 0, 0, 0, counts[k], MPCC_ECANCELED);

    rig_step(rig, 12);
    assert_batch(rig, pick(rig, CALL_PUMP, 1, 0), 1, 0, 3, MPCC_DUE_INTERVAL);
    assert_batch(rig, pick(rig, CALL_PUMP, 0, 0), 0, 500, 2, MPCC_DUE_INTERVAL);
    close_all(rig, handle);
  }
}

static void a_stop_drains_or_drops_them(void **state)
{
  (void)state;
  for (size_t k = 0; k < COUNTS; k++)
    for (int mode = MPCC_DRAIN; mode <= MPCC_ABANDON; mode++) {
      mpcc_producer_t *handle;
      rig_t *rig = rig_of(MPCC_NO_INTERVAL, &handle);
      handle_push(handle, 0, 0, counts[k]);
      handle_push(handle, 1, 0, 3);
      rig_step(rig, 1);
      handle_push(handle, 1, 3, 4);
      assert_int_equal(rig_complete(rig, mode), 0);
      rig_step(rig, 7);

      uint64_t all = counts[k] + 7;
      assert_fates(rig, mode == MPCC_DRAIN ? all : 0, mode == MPCC_DRAIN ? 0 : all, 0);
      assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
      assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).queued, 0);
      rig_start(rig);
      handle_push(handle, 0, 900, 1);
      rig_step(rig, 8);
      assert_int_equal(stats_of(rig, 0).queued, 1);
      close_all(rig, handle);
    }
}

/* The k-th request for memory refused, and all later ones for a while: nothing is lost, and what
   could not go on does so when there is memory. */
static void without_memory_they_wait_for_it(void **state)
{
  (void)state;
  uint64_t refused = 1;
  for (uint64_t k = 1; refused != 0; k++) {
    purse_t purse;
    mpcc_allocator_t allocator;
    mpcc_options_t options;
    rig_options(&options, BATCH);
    options.slot_count = SLOTS;
    purse_open(&purse, &allocator);
    options.allocator = &allocator;
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    mpcc_producer_t *handle = handle_open(rig);
    handle_push(handle, 0, 0, BATCH);
    handle_push(handle, 1, 0, 40);

    purse_refuse(&purse, k, true);
    for (uint64_t now_ms = 1; now_ms < 30; now_ms++)
      rig_step(rig, now_ms);
    refused = purse_refused(&purse);
    purse_refuse(&purse, 0, false);
    rig_step(rig, 100);
    assert_int_equal(stats_of(rig, 0).delivered, BATCH);
    assert_int_equal(mpcc_flush(rig->mpcc, 1), 0);
    rig_step(rig, 101);

    assert_fates(rig, BATCH + 40, 0, 0);
    assert_true(k > 1 || refused != 0);
    handle_close(handle);
    rig_close(rig);
    assert_true(purse_close(&purse));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(they_are_due_by_the_step_that_took_them),
    cmocka_unit_test(a_step_serves_all_that_are_due_however_many_slots_they_are_of),
    cmocka_unit_test(they_fill_up_batches_over_many_steps),
    cmocka_unit_test(with_items_of_the_queue_they_make_one_batch),
    cmocka_unit_test(also_with_items_that_the_pump_pushes_behind_a_full_batch),
    cmocka_unit_test(younger_items_of_the_queue_do_not_make_them_wait),
    cmocka_unit_test(statistics_count_them_as_queued),
    cmocka_unit_test(a_flush_makes_them_due_in_its_slot),
    cmocka_unit_test(a_discard_drops_them_in_its_slot),
    cmocka_unit_test(a_stop_drains_or_drops_them),
    cmocka_unit_test(without_memory_they_wait_for_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
