/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Corners of producer handles: more slots than there are places to stage, no memory when items fall
   due, room that was taken and not used, and asking about what is just being dropped. */

#include "check.h"
#include "handles.h"
#include "instance.h"
#include "lanes.h"
#include "purse.h"
#include "room_told.h"

/* -- Room --------------------------------------------------------------------------------- */

static void a_full_handle_gives_its_slot_s_room_back_and_on_room_comes_once(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  options.capacity = 3;
  options.lane_capacity = 1;
  options.on_room = count_room;
  room_told = 0;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  mpcc_producer_t *handle = handle_open(rig);
  handle_push(handle, 0, 0, 1);

  for (int i = 0; i < 5; i++)
    assert_int_equal(handle_try(handle, 0, 1), MPCC_EFULL);
  assert_int_equal(stats_of(rig, 0).rejected, 5);
  rig_push(rig, 0, 10, 2); /* the other places of the slot are still there */
  assert_int_equal(mpcc_push(rig->mpcc, &(uint64_t){12}, 0), MPCC_EFULL);

  rig_step(rig, 1);
  rig_step(rig, 2);
  assert_int_equal(room_told, 1);
  handle_close(handle);
  rig_close(rig);
}

/* -- Places to stage items ------------------------------------------------------------------ */

/* A bounded instance has no more of these than fit into one piece of memory. */
static void one_look_brings_items_of_more_slots_than_can_be_staged_at_once(void **state)
{
  (void)state;
  enum { SLOTS = 1200 }; /* of 64 bytes each there are 1,024 */
  mpcc_options_t options;
  rig_options(&options, 4);
  options.slot_count = SLOTS;
  options.capacity = 4;
  options.push_interval_ms = 0;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  mpcc_producer_t *handle = handle_open(rig);
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    handle_push(handle, slot, slot, 1);

  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), SLOTS);
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    assert_batch(rig, pick(rig, CALL_PUMP, slot, 0), slot, slot, 1, MPCC_DUE_INTERVAL);
  handle_close(handle);
  rig_close(rig);
}

/* -- No memory for what falls due ------------------------------------------------------------ */

enum { LARGE = 65536, LARGE_BATCH = 16, INTERVAL_MS = 50 };

/* A segment is a piece of memory of its own. */
static rig_t *rig_of_large_items(purse_t *purse, mpcc_allocator_t *allocator)
{
  mpcc_options_t options;
  purse_open(purse, allocator);
  rig_options(&options, LARGE_BATCH);
  options.item_size = LARGE;
  options.slot_count = 2;
  options.push_interval_ms = INTERVAL_MS;
  options.allocator = allocator;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  return rig;
}

static void what_is_due_without_memory_comes_when_there_is_some(void **state)
{
  (void)state;
  static unsigned char item[LARGE];
  mpcc_allocator_t allocator;
  purse_t purse;
  rig_t *rig = rig_of_large_items(&purse, &allocator);
  mpcc_producer_t *handle = handle_open(rig);
  for (uint32_t slot = 0; slot < 2; slot++)
    assert_int_equal(mpcc_producer_push(handle, item, slot), 0);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 0);

  purse_refuse(&purse, 1, true);
  rig_step(rig, 1 + INTERVAL_MS);
  assert_true(purse_refused(&purse) > 0);
  assert_int_equal(rig_calls(rig), 0);
  assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).queued, 2);
  assert_in_range(rig->next_ms, 2 + INTERVAL_MS, 20 + INTERVAL_MS); /* it comes again by itself */
  rig_step(rig, rig->next_ms);
  assert_int_equal(rig_calls(rig), 0);

  purse_refuse(&purse, 0, false);
  rig_step(rig, rig->next_ms);
  assert_int_equal(rig_calls(rig), 2);
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(rig->calls[i].count, 1);
    assert_int_equal(rig->calls[i].due, MPCC_DUE_INTERVAL);
    assert_in_range(rig->calls[i].waited_ms, INTERVAL_MS, rig->now_ms);
  }
  handle_close(handle);
  rig_close(rig);
  assert_true(purse_close(&purse));
}

/* -- In the middle of dropping ---------------------------------------------------------------- */

enum { DROPPED = 25 };

static void ask_while_dropping(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  mpcc_stats_t stats;
  (void)batch;
  (void)reason;
  rig_keep(rig, (int)(mpcc__lanes_ticket(&rig->mpcc->world, 0) - MPCC__FIRST_TICKET));
  rig_keep(rig, mpcc_discard(rig->mpcc, 0));
  rig_keep(rig, mpcc_slot_stats(rig->mpcc, 0, &stats));
  rig_keep(rig, (int)stats.pushed);
}

/* What a handle holds counts as pushed, whether it has been dropped yet or not. */
static void what_is_being_dropped_from_a_handle_is_still_counted(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, MPCC_NO_INTERVAL);
  mpcc_producer_t *handle = handle_open(rig);
  rig->on_drop = ask_while_dropping;
  handle_push(handle, 0, 0, DROPPED);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);

  rig_step(rig, 1);

  assert_unseen(rig, 0, 0, DROPPED, 10);
  assert_int_equal(rig->got_count, 4 * 3);
  for (size_t i = 0; i < rig->got_count; i += 4) {
    assert_int_equal(rig->got[i], DROPPED);
    assert_int_equal(rig->got[i + 1], 0);
    assert_int_equal(rig->got[i + 2], 0);
    assert_int_equal(rig->got[i + 3], DROPPED);
  }
  handle_close(handle);
  rig_close(rig);
}

static void answer_at_last(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)batch;
  (void)reason;
  if (rig->got_count == 0)
    rig_keep(rig, rig_done(rig, 0, 0));
}

/* What a handle holds is dropped last, just before batches in flight are left to who has them. */
static void a_batch_that_is_answered_just_before_it_is_abandoned_is_delivered(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, MPCC_NO_INTERVAL);
  mpcc_producer_t *handle = handle_open(rig);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 10);
  rig_step(rig, 1);
  rig->on_drop = answer_at_last;
  handle_push(handle, 0, 10, 5);
  assert_int_equal(rig_complete(rig, MPCC_ABANDON), 0);

  for (uint64_t now_ms = 2; now_ms < 5; now_ms++)
    rig_step(rig, now_ms);

  assert_int_equal(rig->got[0], 0);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_fates(rig, 10, 5, 0);
  assert_int_equal(stats_of(rig, 0).orphaned, 0);
  handle_close(handle);
  rig_close(rig);
}

/* -- A clock of the test's, and a call that comes late ------------------------------------- */

static uint64_t clock_ms;

static uint64_t clock_of_the_test(void)
{
  return clock_ms * 1000000;
}

static void step_at(rig_t *rig, uint64_t now_ms)
{
  clock_ms = now_ms;
  rig_step(rig, now_ms);
}

/* From 10 ms on; with an interval of 100. */
static rig_t *start_with_clock(mpcc_options_t *options)
{
  options->push_interval_ms = 100;
  rig_t *rig = rig_open(options);

  rig->mpcc->world.outside.clock_ns = clock_of_the_test;
  clock_ms = 10;
  rig_start(rig);
  return rig;
}

/* A push publishes its item, and then calls. Between the two somebody may flush. */
static void flush_before_the_call(rig_t *rig, mpcc_producer_t *handle, uint64_t number)
{
  uint64_t item[4] = {number}; /* as large as any that is put inline */
  mpcc__lane_begin(&handle->lane);
  assert_true(mpcc__lane_put(&handle->lane, item, 0));
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
}

static void a_call_whose_item_was_gone_does_not_make_the_next_one_old(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  rig_t *rig = start_with_clock(&options);
  mpcc_producer_t *handle = handle_open(rig);
  step_at(rig, 10); /* it sleeps: its first item calls */

  flush_before_the_call(rig, handle, 0);
  assert_int_equal(mpcc__lanes_call(handle), 0);
  step_at(rig, 10);
  step_at(rig, 20);
  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(rig->calls[0].waited_ms, 0);

  clock_ms = 3000;
  flush_before_the_call(rig, handle, 1);
  assert_int_equal(mpcc__lanes_call(handle), 0);
  step_at(rig, 3000);

  assert_int_equal(rig_calls(rig), 2);
  assert_int_equal(rig->calls[1].waited_ms, 0);
  assert_true(stats_of(rig, 0).wait_ms_max < 100);
  step_at(rig, 3010);
  handle_close(handle);
  rig_close(rig);
}

/* -- When a lane calls ---------------------------------------------------------------------- */

/* After how many items. */
static uint64_t calls_after(const mpcc_producer_t *handle)
{
  /* relaxed: one thread. */
  return atomic_load_explicit(&handle->lane.call_at, memory_order_relaxed) -
         atomic_load_explicit(&handle->lane.head, memory_order_relaxed);
}

static void push_and_step(rig_t *rig, mpcc_producer_t *handle, uint64_t count)
{
  for (uint64_t i = 0; i < count; i++)
    assert_int_equal(handle_try(handle, (uint32_t)(i % 2), 0), 0);
  step_at(rig, clock_ms + MPCC__LANES_LOOK_MS);
  assert_int_equal(mpcc__lane_count(&handle->lane), 0);
}

static void a_lane_that_had_much_calls_later_than_one_that_had_little(void **state)
{
  (void)state;
  needs_ticks();
  mpcc_options_t options;
  rig_options(&options, 8);
  options.slot_count = 2;
  options.lane_capacity = 200;
  rig_t *rig = start_with_clock(&options);
  mpcc_producer_t *handle = handle_open(rig);

  push_and_step(rig, handle, 99);
  assert_int_equal(calls_after(handle), 8);
  push_and_step(rig, handle, 100);
  assert_int_equal(calls_after(handle), 100);
  unsigned wakes = wakes_of(rig);
  for (uint64_t i = 0; i < 100; i++) {
    assert_int_equal(wakes_of(rig), wakes);
    assert_int_equal(handle_try(handle, 0, i), 0);
  }
  assert_int_equal(wakes_of(rig), wakes + 1);
  push_and_step(rig, handle, 50);
  assert_int_equal(calls_after(handle), 100);
  push_and_step(rig, handle, 7);
  assert_int_equal(calls_after(handle), 8);

  handle_close(handle);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_lane_that_had_much_calls_later_than_one_that_had_little),
    cmocka_unit_test(a_call_whose_item_was_gone_does_not_make_the_next_one_old),
    cmocka_unit_test(a_full_handle_gives_its_slot_s_room_back_and_on_room_comes_once),
    cmocka_unit_test(one_look_brings_items_of_more_slots_than_can_be_staged_at_once),
    cmocka_unit_test(what_is_due_without_memory_comes_when_there_is_some),
    cmocka_unit_test(what_is_being_dropped_from_a_handle_is_still_counted),
    cmocka_unit_test(a_batch_that_is_answered_just_before_it_is_abandoned_is_delivered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
