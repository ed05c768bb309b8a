/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What a handle holds is queued in its slot for flushes, discards, stops and statistics, before any
   step has seen it; and instances that weigh or count their memory. */

#include "crew.h"
#include "handles.h"
#include "purse.h"

enum { SLOTS = 4 };

static rig_t *rig_slots(uint32_t batch_size)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.slot_count = SLOTS;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig_step(rig, 0);
  return rig;
}

static void statistics_count_what_handles_hold_before_any_step(void **state)
{
  (void)state;
  for (int running = 0; running < 2; running++) {
    mpcc_options_t options;
    rig_options(&options, 100);
    options.slot_count = SLOTS;
    rig_t *rig = rig_open(&options);
    if (running != 0)
      rig_start(rig);
    mpcc_producer_t *first = handle_open(rig), *second = handle_open(rig);
    handle_push(first, 0, 0, 10);
    handle_push(first, 1, 0, 20);
    handle_push(second, 1, 20, 5);
    rig_push(rig, 1, 25, 1);

    static const uint64_t expected[SLOTS] = {10, 26, 0, 0};
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
      mpcc_stats_t stats = stats_of(rig, slot);
      assert_int_equal(stats.pushed, expected[slot]);
      assert_int_equal(stats.queued, expected[slot]);
      assert_int_equal(stats.queued_peak, expected[slot]);
      assert_int_equal(stats.batches + stats.delivered + stats.dropped + stats.rejected, 0);
    }
    handle_push(second, 3, 0, 7);
    mpcc_stats_t all = stats_of(rig, MPCC_ALL_SLOTS);
    assert_int_equal(all.pushed, 43);
    assert_int_equal(all.queued, 43);
    assert_int_equal(all.queued_peak, 1); /* what handles hold is left out of an instance's */
    assert_int_equal(rig_calls(rig), 0);
    handle_close(first);
    handle_close(second);
    assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).queued, 43);
    rig_close(rig);
  }
}

static void a_flush_makes_due_what_handles_hold_in_its_slot(void **state)
{
  (void)state;
  for (int all = 0; all < 2; all++) {
    rig_t *rig = rig_slots(10);
    mpcc_producer_t *first = handle_open(rig), *second = handle_open(rig);
    handle_push(first, 0, 0, 3);
    handle_push(first, 1, 0, 12);
    handle_push(second, 1, 12, 2);
    handle_push(second, 2, 0, 4);

    assert_int_equal(mpcc_flush(rig->mpcc, all != 0 ? MPCC_ALL_SLOTS : 1), 0);
    assert_int_equal(rig_calls(rig), 0);
    rig_step(rig, 1);

    assert_int_equal(picks(rig, CALL_PUMP, 1), 2);
    assert_int_equal(rig->calls[pick(rig, CALL_PUMP, 1, 0)].due, MPCC_DUE_FULL);
    assert_int_equal(rig->calls[pick(rig, CALL_PUMP, 1, 1)].count, 4);
    assert_int_equal(rig->calls[pick(rig, CALL_PUMP, 1, 1)].due, MPCC_DUE_FLUSH);
    assert_int_equal(picks(rig, CALL_PUMP, 0), all);
    assert_int_equal(picks(rig, CALL_PUMP, 2), all);
    for (uint64_t now = 2; now < 10; now++)
      rig_step(rig, now);
    assert_int_equal(rig_calls(rig), 2 + 2 * all); /* and nothing else, however often it looks */
    handle_close(first);
    handle_close(second);
    rig_close(rig);
  }
}

static void a_flush_leaves_later_items_to_the_usual_rules(void **state)
{
  (void)state;
  rig_t *rig = rig_slots(10);
  mpcc_producer_t *handle = handle_open(rig);
  handle_push(handle, 0, 0, 3);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_step(rig, 1);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FLUSH);

  handle_push(handle, 0, 3, 9);
  for (uint64_t now = 2; now < 10; now++)
    rig_step(rig, now);
  assert_int_equal(rig_calls(rig), 1);
  handle_push(handle, 0, 12, 1);
  rig_step(rig, 12);

  assert_batch(rig, 1, 0, 3, 10, MPCC_DUE_FULL);
  handle_close(handle);
  rig_close(rig);
}

struct wish {
  rig_t *rig;
  uint32_t slot;
  uint64_t timeout_ms;
};

static int flush_and_wait(void *arg)
{
  const struct wish *wish = arg;
  return mpcc_flush_wait(wish->rig->mpcc, wish->slot, wish->timeout_ms);
}

static void flush_wait_waits_for_what_handles_hold_and_for_nothing_later(void **state)
{
  (void)state;
  for (int all = 0; all < 2; all++) {
    rig_t *rig = rig_slots(10);
    mpcc_producer_t *handle = handle_open(rig);
    rig->answer = MPCC_PENDING;
    handle_push(handle, 1, 0, 3);
    struct wish wish = {rig, all != 0 ? MPCC_ALL_SLOTS : 1, 0};

    assert_int_equal(flush_and_wait(&wish), MPCC_ETIMEDOUT);
    rig_step(rig, 1);
    assert_batch(rig, 0, 1, 0, 3, MPCC_DUE_FLUSH);
    wish.timeout_ms = MPCC_NO_TIMEOUT;
    sleeper_t sleeper;
    sleeper_start(&sleeper, flush_and_wait, &wish);
    bool early = sleeper_is_up(&sleeper);
    handle_push(handle, 1, 3, 2); /* after the call */
    assert_int_equal(rig_done(rig, 0, 0), 0);
    rig_step(rig, 2);

    assert_int_equal(sleeper_join(&sleeper), 0);
    assert_false(early);
    wish = (struct wish){rig, 3, 0};
    assert_int_equal(flush_and_wait(&wish), 0); /* nothing was ever pushed there */
    handle_close(handle);
    rig_close(rig);
  }
}

static void a_discard_drops_what_handles_hold_and_nothing_that_is_pushed_later(void **state)
{
  (void)state;
  for (int all = 0; all < 2; all++) {
    rig_t *rig = rig_slots(5);
    mpcc_producer_t *handle = handle_open(rig);
    handle_push(handle, 0, 0, 2);
    handle_push(handle, 1, 0, 13);
    handle_push(handle, 2, 0, 2);

    assert_int_equal(mpcc_discard(rig->mpcc, all != 0 ? MPCC_ALL_SLOTS : 1), 0);
    handle_push(handle, 1, 13, 2);
    handle_push(handle, 0, 2, 3);
    rig_step(rig, 1);
    handle_push(handle, 1, 15, 3);
    rig_step(rig, 3);

    assert_unseen(rig, 1, 0, 13, 5);
    assert_batch(rig, pick(rig, CALL_PUMP, 1, 0), 1, 13, 5, MPCC_DUE_FULL);
    assert_int_equal(picks(rig, CALL_DROP, 0), all);
    assert_int_equal(picks(rig, CALL_DROP, 2), all);
    assert_int_equal(stats_of(rig, 0).queued, all != 0 ? 3 : 0);
    assert_int_equal(stats_of(rig, 2).queued, all != 0 ? 0 : 2);
    handle_close(handle);
    rig_close(rig);
  }
}

static void a_drain_delivers_what_handles_hold(void **state)
{
  (void)state;
  rig_t *rig = rig_slots(5);
  mpcc_producer_t *first = handle_open(rig), *second = handle_open(rig);
  handle_push(first, 0, 0, 7);
  handle_push(second, 1, 0, 2);
  handle_push(second, 2, 0, 5);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(handle_try(first, 0, 7), MPCC_ECLOSED);
  rig_step(rig, 1);

  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_batch(rig, pick(rig, CALL_PUMP, 0, 0), 0, 0, 5, MPCC_DUE_FULL);
  assert_batch(rig, pick(rig, CALL_PUMP, 0, 1), 0, 5, 2, MPCC_DUE_DRAIN);
  assert_batch(rig, pick(rig, CALL_PUMP, 1, 0), 1, 0, 2, MPCC_DUE_DRAIN);
  assert_batch(rig, pick(rig, CALL_PUMP, 2, 0), 2, 0, 5, MPCC_DUE_FULL);
  assert_int_equal(rig->calls[rig_calls(rig) - 1].kind, CALL_COMPLETE);
  assert_fates(rig, 14, 0, 0);
  handle_close(first);
  handle_close(second);
  rig_close(rig);
}

static void a_stop_that_discards_shows_to_on_drop_what_handles_hold(void **state)
{
  (void)state;
  for (int drained_first = 0; drained_first < 2; drained_first++) {
    rig_t *rig = rig_slots(5);
    mpcc_producer_t *handle = handle_open(rig);
    rig->answer = MPCC_PENDING;
    handle_push(handle, 0, 0, 5);
    rig_step(rig, 1);
    handle_push(handle, 0, 5, 7);
    handle_push(handle, 3, 0, 3);

    if (drained_first != 0)
      assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
    assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
    rig_step(rig, 2);
    assert_unseen(rig, 0, 5, 7, 5);
    assert_unseen(rig, 3, 0, 3, 5);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ETIMEDOUT);
    assert_int_equal(rig_done(rig, 0, 0), 0);
    rig_step(rig, 3);

    assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
    assert_fates(rig, 5, 10, 0);
    handle_close(handle);
    rig_close(rig);
  }
}

static void a_stop_that_abandons_orphans_what_the_pump_has_and_drops_what_handles_hold(void **state)
{
  (void)state;
  rig_t *rig = rig_slots(5);
  mpcc_producer_t *handle = handle_open(rig);
  rig->answer = MPCC_PENDING;
  handle_push(handle, 0, 0, 5);
  rig_step(rig, 1);
  handle_push(handle, 0, 5, 7);
  handle_push(handle, 3, 0, 3);

  assert_int_equal(rig_complete(rig, MPCC_ABANDON), 0);
  rig_step(rig, 2);

  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_unseen(rig, 0, 5, 7, 5);
  assert_unseen(rig, 3, 0, 3, 5);
  mpcc_stats_t stats = stats_of(rig, MPCC_ALL_SLOTS);
  assert_int_equal(stats.orphaned, 5);
  assert_int_equal(stats.pushed, stats.dropped + stats.orphaned);
  assert_int_equal(mpcc_batch_done(rig->calls[0].batch, 0), MPCC_ECLOSED);
  handle_close(handle);
  assert_int_equal(mpcc_destroy(rig->mpcc), 0);
  rig->mpcc = NULL;
  rig_close(rig);
}

static void stops_end_on_a_loop_that_gets_no_memory_for_what_handles_hold(void **state)
{
  (void)state;
  for (int mode = MPCC_DRAIN; mode <= MPCC_ABANDON; mode++) {
    purse_t purse;
    mpcc_allocator_t allocator;
    mpcc_options_t options;
    purse_open(&purse, &allocator);
    rig_options(&options, 16);
    options.manual = false;
    options.push_interval_ms = 1;
    options.lane_capacity = 24;
    options.allocator = &allocator;
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    mpcc_producer_t *handle = handle_open(rig);
    purse_refuse(&purse, 1, true);

    uint64_t accepted = 0;
    for (uint64_t i = 0; i < 20000; i++)
      accepted += handle_try(handle, 0, i) == 0;
    assert_int_equal(mpcc_complete(rig->mpcc, mode, NULL, NULL), 0);
    int result = mpcc_wait(rig->mpcc, mode == MPCC_DRAIN ? 300 : 60000);
    if (mode == MPCC_DRAIN && result == MPCC_ETIMEDOUT) {
      assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DISCARD, NULL, NULL), 0);
      result = mpcc_wait(rig->mpcc, 60000);
    }

    assert_int_equal(result, 0);
    mpcc_stats_t stats = stats_of(rig, MPCC_ALL_SLOTS);
    assert_int_equal(stats.pushed, accepted);
    assert_int_equal(stats.delivered + stats.dropped, accepted);
    for (uint64_t i = 1; i < rig->item_count; i++)
      assert_true(rig->items[i - 1] < rig->items[i]);
    handle_close(handle);
    rig_close(rig);
    assert_true(purse_close(&purse));
  }
}

/* -- Instances in which a push through a handle is a mpcc_push() -------------------------- */

static size_t own_value(const void *item, void *arg)
{
  (void)arg;
  return (size_t)*(const uint64_t *)item;
}

static void in_an_instance_that_weighs_a_handle_pushes_as_everybody_does(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 100);
  options.slot_count = SLOTS;
  options.lane_capacity = 2; /* of no meaning here */
  options.max_batch_weight = 100;
  options.weigh = own_value;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  mpcc_producer_t *handle = handle_open(rig);

  assert_int_equal(handle_try(handle, 1, 101), MPCC_E2BIG);
  for (uint64_t item = 10; item < 15; item++)
    assert_int_equal(handle_try(handle, 1, item), 0);
  rig_push(rig, 1, 15, 1); /* 75 in all, in the order of the calls */
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 0);
  assert_int_equal(handle_try(handle, 1, 16), 0);
  assert_int_equal(handle_try(handle, 1, 17), 0);
  rig_step(rig, 2);

  assert_batch(rig, 0, 1, 10, 7, MPCC_DUE_FULL);
  assert_int_equal(stats_of(rig, 1).queued, 1);
  assert_int_equal(stats_of(rig, 1).rejected, 0);
  handle_close(handle);
  rig_close(rig);
}

static void in_an_instance_with_a_limit_of_memory_too(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 50);
  options.slot_count = SLOTS;
  options.lane_capacity = 2;
  options.max_memory = 20000;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  mpcc_producer_t *handle = handle_open(rig);

  size_t room = handle_fill(handle, 2, 0, MPCC_EFULL);
  assert_in_range(room, 50, 20000 / sizeof(uint64_t));
  uint64_t item = 0;
  assert_int_equal(mpcc_push(rig->mpcc, &item, 2), MPCC_EFULL);
  assert_int_equal(handle_try(handle, 3, 0), MPCC_EFULL);
  rig_step(rig, 1);
  assert_full_batches(rig, 2, 0, 0, room / 50, 50);
  assert_int_equal(mpcc_discard(rig->mpcc, MPCC_ALL_SLOTS), 0);
  rig_step(rig, 2);
  assert_int_equal(handle_fill(handle, 3, 0, MPCC_EFULL), room);

  handle_close(handle);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(statistics_count_what_handles_hold_before_any_step),
    cmocka_unit_test(a_flush_makes_due_what_handles_hold_in_its_slot),
    cmocka_unit_test(a_flush_leaves_later_items_to_the_usual_rules),
    cmocka_unit_test(flush_wait_waits_for_what_handles_hold_and_for_nothing_later),
    cmocka_unit_test(a_discard_drops_what_handles_hold_and_nothing_that_is_pushed_later),
    cmocka_unit_test(a_drain_delivers_what_handles_hold),
    cmocka_unit_test(a_stop_that_discards_shows_to_on_drop_what_handles_hold),
    cmocka_unit_test(a_stop_that_abandons_orphans_what_the_pump_has_and_drops_what_handles_hold),
    cmocka_unit_test(stops_end_on_a_loop_that_gets_no_memory_for_what_handles_hold),
    cmocka_unit_test(in_an_instance_that_weighs_a_handle_pushes_as_everybody_does),
    cmocka_unit_test(in_an_instance_with_a_limit_of_memory_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
