/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_stats() and mpcc_slot_stats(): every counter, and the equation that holds at rest. */

#include "harness.h"

#include <string.h>

static mpcc_stats_t stats_of(const rig_t *rig)
{
  mpcc_stats_t stats;
  memset(&stats, 0xa5, sizeof(stats));
  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  return stats;
}

static mpcc_stats_t slot_stats_of(const rig_t *rig, uint32_t slot)
{
  mpcc_stats_t stats;
  memset(&stats, 0xa5, sizeof(stats));
  assert_int_equal(mpcc_slot_stats(rig->mpcc, slot, &stats), 0);
  return stats;
}

static void stats_want_an_instance_a_slot_and_a_place_to_write(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  options.slot_count = 2;
  rig_t *rig = rig_open(&options);
  mpcc_stats_t stats, untouched;
  memset(&stats, 0xa5, sizeof(stats));
  memset(&untouched, 0xa5, sizeof(untouched));

  assert_int_equal(mpcc_stats(NULL, &stats), MPCC_EINVAL);
  assert_int_equal(mpcc_stats(rig->mpcc, NULL), MPCC_EINVAL);
  assert_int_equal(mpcc_slot_stats(NULL, 0, &stats), MPCC_EINVAL);
  assert_int_equal(mpcc_slot_stats(rig->mpcc, 0, NULL), MPCC_EINVAL);
  assert_int_equal(mpcc_slot_stats(rig->mpcc, 2, &stats), MPCC_EINVAL);
  assert_int_equal(mpcc_slot_stats(rig->mpcc, MPCC_ALL_SLOTS, &stats), MPCC_EINVAL);

  assert_memory_equal(&stats, &untouched, sizeof(stats));
  rig_close(rig);
}

static void a_new_instance_has_counted_nothing(void **state)
{
  (void)state;
  static const mpcc_stats_t zero;
  mpcc_options_t options;
  rig_options(&options, 3);
  options.slot_count = 2;
  rig_t *rig = rig_open(&options);

  mpcc_stats_t whole = stats_of(rig), slot = slot_stats_of(rig, 1);

  assert_memory_equal(&whole, &zero, sizeof(zero));
  assert_memory_equal(&slot, &zero, sizeof(zero));
  rig_close(rig);
}

static void items_are_counted_from_push_to_fate(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  options.max_concurrency = 2;
  options.capacity = 11;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  uint64_t item = 0;

  rig_push(rig, 0, 0, 11);
  assert_int_equal(mpcc_push(rig->mpcc, &item, 0), MPCC_EFULL);
  rig_step(rig, 1);
  mpcc_stats_t flying = stats_of(rig);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  assert_int_equal(rig_done(rig, 1, -7), 0);
  rig_step(rig, 2);
  mpcc_stats_t done = stats_of(rig);
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DISCARD, NULL, NULL), 0);
  rig_step(rig, 3);
  mpcc_stats_t end = stats_of(rig);

  assert_int_equal(flying.pushed, 11);
  assert_int_equal(flying.rejected, 1);
  assert_int_equal(flying.queued, 3);
  assert_int_equal(flying.in_flight, 2);
  assert_int_equal(flying.delivered + flying.dropped, 0);
  assert_int_equal(done.delivered, 4);
  assert_int_equal(done.dropped, 4);
  assert_int_equal(done.in_flight, 0);
  assert_int_equal(end.dropped, 7);
  assert_int_equal(end.queued, 0);
  assert_int_equal(end.pushed, end.delivered + end.dropped);
  assert_int_equal(end.orphaned + end.retries + end.timeouts, 0);
  rig_close(rig);
}

static void refusals_for_want_of_room_are_rejected_items_and_no_others_are(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  options.capacity = 5;
  rig_t *rig = rig_open(&options);
  uint64_t items[8] = {0};

  assert_int_equal(mpcc_push_many(rig->mpcc, items, 8, 0), 5);
  assert_int_equal(stats_of(rig).rejected, 3);
  assert_int_equal(mpcc_push_many(rig->mpcc, items, 8, 0), MPCC_EFULL);
  assert_int_equal(stats_of(rig).rejected, 11);
  assert_int_equal(mpcc_push(rig->mpcc, items, 0), MPCC_EFULL);
  assert_int_equal(stats_of(rig).rejected, 12);
  assert_int_equal(mpcc_push_wait(rig->mpcc, items, 0, 0), MPCC_ETIMEDOUT);
  assert_int_equal(mpcc_push(rig->mpcc, NULL, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_push(rig->mpcc, items, 1), MPCC_EINVAL);
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DISCARD, NULL, NULL), 0);
  assert_int_equal(mpcc_push(rig->mpcc, items, 0), MPCC_ECLOSED);

  assert_int_equal(stats_of(rig).rejected, 12);
  assert_int_equal(slot_stats_of(rig, 0).rejected, 12);
  assert_int_equal(stats_of(rig).pushed, 5);
  rig_close(rig);
}

static void batches_are_counted_by_why_they_were_due(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, 100);

  rig_push(rig, 0, 0, 7); /* two full */
  rig_step(rig, 1000);
  rig_step(rig, 1100); /* one interval */
  for (uint64_t i = 0; i < 3; i++) {
    rig_push(rig, 0, 7 + i, 1);
    assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
    rig_step(rig, 1200); /* three flush */
  }
  rig_push(rig, 0, 10, 4); /* one full, one drain */
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  rig_step(rig, 1300);

  mpcc_stats_t stats = stats_of(rig);
  assert_int_equal(stats.batches_full, 3);
  assert_int_equal(stats.batches_interval, 1);
  assert_int_equal(stats.batches_flush, 3);
  assert_int_equal(stats.batches_drain, 1);
  assert_int_equal(stats.batches, 8);
  rig_close(rig);
}

static void a_batch_of_a_slot_at_capacity_counts_as_full(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 10);
  options.capacity = 3;
  rig_t *rig = rig_open(&options);
  rig_start(rig);

  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1);

  assert_int_equal(stats_of(rig).batches_full, 1);
  assert_int_equal(stats_of(rig).batches, 1);
  rig_close(rig);
}

static void what_a_discard_drops_from_the_queue_was_never_a_batch(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, 100);
  rig_push(rig, 0, 0, 7);

  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DISCARD, NULL, NULL), 0);
  rig_step(rig, 1);

  assert_int_equal(stats_of(rig).batches, 0);
  assert_int_equal(stats_of(rig).dropped, 7);
  rig_close(rig);
}

static void a_slot_counts_its_own_and_the_instance_the_sum(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  options.slot_count = 3;
  options.capacity = 5;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  uint64_t item = 0;
  for (uint32_t slot = 0; slot < 3; slot++)
    rig_push(rig, slot, 0, slot + 3);
  assert_int_equal(mpcc_push(rig->mpcc, &item, 2), MPCC_EFULL);
  rig_step(rig, 1);

  mpcc_stats_t whole = stats_of(rig);

  uint64_t pushed = 0, delivered = 0, queued = 0, batches = 0, rejected = 0;
  for (uint32_t slot = 0; slot < 3; slot++) {
    mpcc_stats_t own = slot_stats_of(rig, slot);
    assert_int_equal(own.pushed, slot + 3);
    assert_int_equal(own.delivered, 3);
    assert_int_equal(own.queued, slot);
    assert_int_equal(own.rejected, slot == 2 ? 1 : 0);
    assert_int_equal(own.wakeups, 0);
    pushed += own.pushed;
    delivered += own.delivered;
    queued += own.queued;
    batches += own.batches;
    rejected += own.rejected;
  }
  assert_int_equal(whole.pushed, pushed);
  assert_int_equal(whole.delivered, delivered);
  assert_int_equal(whole.queued, queued);
  assert_int_equal(whole.batches, batches);
  assert_int_equal(whole.rejected, rejected);
  rig_close(rig);
}

static void the_peak_is_the_largest_queue_of_one_slot(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 10);
  options.slot_count = 2;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig_push(rig, 0, 0, 4);
  rig_push(rig, 1, 0, 7);
  assert_int_equal(stats_of(rig).queued_peak, 7);
  assert_int_equal(slot_stats_of(rig, 0).queued_peak, 4);

  assert_int_equal(mpcc_flush(rig->mpcc, MPCC_ALL_SLOTS), 0);
  rig_step(rig, 1);
  rig_push(rig, 1, 7, 10); /* a batch is formed without anybody looking before */
  rig_step(rig, 2);

  assert_int_equal(stats_of(rig).queued, 0);
  assert_int_equal(slot_stats_of(rig, 0).queued_peak, 4);
  assert_int_equal(slot_stats_of(rig, 1).queued_peak, 10);
  assert_int_equal(stats_of(rig).queued_peak, 10);
  rig_close(rig);
}

static void the_longest_wait_of_an_item_is_kept(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 2);
  options.slot_count = 2;
  options.push_interval_ms = 100;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1000);
  rig_push(rig, 1, 0, 1);
  rig_step(rig, 1070);
  rig_step(rig, 1130);
  rig_step(rig, 1175);

  assert_int_equal(slot_stats_of(rig, 0).wait_ms_max, 130);
  assert_int_equal(slot_stats_of(rig, 1).wait_ms_max, 105);
  assert_int_equal(stats_of(rig).wait_ms_max, 130);
  rig_push(rig, 0, 1, 2);
  rig_step(rig, 1200);
  assert_int_equal(slot_stats_of(rig, 0).wait_ms_max, 130);
  rig_close(rig);
}

static void the_time_in_the_pump_s_hands_is_counted_by_the_steps_clock(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 1);
  options.max_concurrency = 2;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1000);
  rig_push(rig, 0, 1, 1);
  rig_step(rig, 1020);

  rig_step(rig, 1050);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 1050);
  rig_step(rig, 1090);
  assert_int_equal(rig_done(rig, 1, -7), 0);
  rig_step(rig, 1090);

  mpcc_stats_t stats = stats_of(rig);
  assert_int_equal(stats.pump_ns_total, 50000000 + 70000000);
  assert_int_equal(stats.pump_ns_max, 70000000);
  rig_close(rig);
}

static void wakes_are_counted(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, MPCC_NO_INTERVAL);
  rig_step(rig, 0);

  for (uint64_t i = 1; i <= 10; i++) {
    rig_push(rig, 0, 2 * i, 2);
    rig_step(rig, i);
  }

  assert_int_equal(stats_of(rig).wakeups, 10);
  assert_int_equal(atomic_load_explicit(&rig->wakes, memory_order_relaxed), 10);
  rig_close(rig);
}

static void counters_go_on_over_a_restart_and_can_be_read_when_stopped(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, MPCC_NO_INTERVAL);
  for (uint64_t life = 1; life <= 3; life++) {
    rig_push(rig, 0, 3 * life, 3);
    assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
    rig_step(rig, life);

    mpcc_stats_t stats = stats_of(rig);

    assert_int_equal(stats.pushed, 3 * life);
    assert_int_equal(stats.delivered, 3 * life);
    assert_int_equal(stats.batches_drain, life);
    rig_start(rig);
  }
  rig_close(rig);
}

static int look_in_the_pump(rig_t *rig, mpcc_batch_t *batch)
{
  mpcc_stats_t stats;
  rig_keep(rig, mpcc_stats(rig->mpcc, &stats));
  rig_keep(rig, (int)stats.in_flight);
  rig_keep(rig, (int)(stats.pushed - stats.delivered - stats.dropped - stats.queued));
  rig_keep(rig, mpcc_slot_stats(rig->mpcc, batch->slot, &stats));
  return 0;
}

static void inside_a_pump_its_batch_is_in_flight(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig->on_pump = look_in_the_pump;
  rig_push(rig, 0, 0, 7);

  rig_step(rig, 1);

  assert_int_equal(rig->got_count, 8);
  for (size_t i = 0; i < 8; i += 4) {
    assert_int_equal(rig->got[i], 0);
    assert_int_equal(rig->got[i + 1], 1);
    assert_int_equal(rig->got[i + 2], 3);
    assert_int_equal(rig->got[i + 3], 0);
  }
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(stats_want_an_instance_a_slot_and_a_place_to_write),
    cmocka_unit_test(a_new_instance_has_counted_nothing),
    cmocka_unit_test(items_are_counted_from_push_to_fate),
    cmocka_unit_test(refusals_for_want_of_room_are_rejected_items_and_no_others_are),
    cmocka_unit_test(batches_are_counted_by_why_they_were_due),
    cmocka_unit_test(a_batch_of_a_slot_at_capacity_counts_as_full),
    cmocka_unit_test(what_a_discard_drops_from_the_queue_was_never_a_batch),
    cmocka_unit_test(a_slot_counts_its_own_and_the_instance_the_sum),
    cmocka_unit_test(the_peak_is_the_largest_queue_of_one_slot),
    cmocka_unit_test(the_longest_wait_of_an_item_is_kept),
    cmocka_unit_test(the_time_in_the_pump_s_hands_is_counted_by_the_steps_clock),
    cmocka_unit_test(wakes_are_counted),
    cmocka_unit_test(counters_go_on_over_a_restart_and_can_be_read_when_stopped),
    cmocka_unit_test(inside_a_pump_its_batch_is_in_flight),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
