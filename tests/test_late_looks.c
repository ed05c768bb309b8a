/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Looks that are taken once more, because what they are about may have changed since the first one:
 * here it has. And what a loop finds that has run for years.
 */
#include "check.h"
#include "handles.h"
#include "instance.h"
#include "intake.h"
#include "lanes.h"
#include "room_told.h"
#include "waiters.h"

/* A push was refused for want of memory; when it says so there is some. */
static void who_was_refused_for_memory_that_is_back_is_told_at_once(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  options.max_memory = 8192;
  options.on_room = count_room;
  room_told = 0;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig_step(rig, 1);
  unsigned wakes = wakes_of(rig);

  mpcc__intake_refuse(&rig->mpcc->world, &rig->mpcc->world.slots[0]);
  assert_int_equal(wakes_of(rig), wakes + 1);
  rig_step(rig, 2);
  assert_int_equal(room_told, 1);

  rig_step(rig, 3);
  assert_int_equal(room_told, 1);
  rig_close(rig);
}

/* The items had no fate when a flush looked, and have it when it begins to wait. */
static void who_waits_for_a_fate_that_is_there_does_not_wait(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, MPCC_NO_INTERVAL);
  struct mpcc__world *world = &rig->mpcc->world;
  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1);

  assert_int_equal(mpcc__waiters_wait_for_fate(world, &world->slots[0], MPCC__FIRST_TICKET + 2,
                                               UINT64_MAX),
                   0);
  assert_int_equal(mpcc__waiters_wait_for_fate(world, &world->slots[0], MPCC__FIRST_TICKET + 3, 0),
                   MPCC_ETIMEDOUT);
  rig_close(rig);
}

/* -- A stop that cannot be obeyed yet ---------------------------------------------------------- */

static mpcc_producer_t *preempted;

static int stop_in_the_pump(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  mpcc__lane_begin(&preempted->lane); /* another thread's push, which goes no further */
  rig_keep(rig, rig_complete(rig, MPCC_DISCARD));
  return 0;
}

static void after_a_discard_by_the_pump_nothing_is_handed_over_while_a_push_is_under_way(
    void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, MPCC_NO_INTERVAL);
  preempted = handle_open(rig);
  rig_push(rig, 0, 0, 20);
  rig->on_pump = stop_in_the_pump;

  for (uint64_t now_ms = 1; now_ms < 5; now_ms++)
    rig_step(rig, now_ms);
  assert_int_equal(rig->got[0], 0);
  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(stats_of(rig, 0).queued, 18);

  mpcc__lane_take_back(&preempted->lane);
  rig_step(rig, rig->next_ms);
  assert_unseen(rig, 0, 2, 18, 2);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  handle_close(preempted);
  rig_close(rig);
}

/* -- A push that has not published ------------------------------------------------------------- */

/* A batch is the rest of one segment and the beginning of the next, in which a cell is claimed. */
static void a_batch_of_two_pieces_waits_a_moment_for_who_has_claimed_its_last_place(void **state)
{
  (void)state;
  uint64_t item = 5;
  rig_t *rig = rig_run(4, MPCC_NO_INTERVAL);
  struct mpcc__world *world = &rig->mpcc->world;
  rig_push(rig, 0, 0, 2);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_push(rig, 0, 2, 3);
  uint64_t tail = mpcc__queue_claim(&world->slots[0].queue, 1);
  rig_step(rig, 1);
  assert_unseen(rig, 0, 0, 2, 4);
  assert_int_equal(rig_count(rig, CALL_PUMP), 0);
  assert_int_equal(rig->next_ms, 2);

  mpcc__segment_fill(&world->pool.shelf,
                     mpcc__segment_at(&world->pool.shelf, mpcc__tail_segment(tail)),
                     mpcc__tail_index(tail), &item, 1);
  rig_step(rig, 2);

  assert_batch(rig, pick(rig, CALL_PUMP, 0, 0), 0, 2, 4, MPCC_DUE_FULL);
  rig_close(rig);
}

/* -- Store buffers ------------------------------------------------------------------------------ */

/* As the loop does when it has seen that they are worth it. */
static void turn_buffers_on(rig_t *rig)
{
  struct mpcc__world *world = &rig->mpcc->world;

  world->stores.on = true;
  atomic_fetch_or_explicit(&world->detour, MPCC__DETOUR_SHARED, memory_order_relaxed);
}

static bool buffers_are_on(const rig_t *rig)
{
  return (atomic_load_explicit(&rig->mpcc->world.detour, memory_order_relaxed) &
          MPCC__DETOUR_SHARED) != 0;
}

/* One by one; an array would go to its cells. */
static void push_each(rig_t *rig, uint64_t first, uint64_t count)
{
  for (uint64_t item = first; item < first + count; item++)
    assert_int_equal(mpcc_push(rig->mpcc, &item, 0), 0);
}

static void a_discard_drops_what_is_in_a_buffer_in_the_same_step(void **state)
{
  (void)state;
  rig_t *rig = rig_run(8, MPCC_NO_INTERVAL);
  turn_buffers_on(rig);
  push_each(rig, 0, 5);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_step(rig, 1);

  assert_fates(rig, 0, 5, 0);
  rig_close(rig);
}

static void buffers_go_off_when_one_thread_alone_has_pushed_for_long(void **state)
{
  (void)state;
  needs_queues();
  rig_t *rig = rig_run(100, MPCC_NO_INTERVAL);
  turn_buffers_on(rig);
  push_each(rig, 0, 100);
  rig_step(rig, 1000);

  assert_batch(rig, 0, 0, 0, 100, MPCC_DUE_FULL);
  assert_true(buffers_are_on(rig) == (MPCC__STORES_ALWAYS != 0));
  rig_close(rig);
}

static void who_has_no_place_for_a_buffer_pushes_directly(void **state)
{
  (void)state;
  rig_t *rig = rig_run(8, MPCC_NO_INTERVAL);
  turn_buffers_on(rig);
  for (int i = 0; i < MPCC__RINGS_THREADS; i++)
    atomic_store_explicit(&rig->mpcc->world.stores.rings.table.entries[i].thread, 1,
                          memory_order_relaxed);
  push_each(rig, 0, 8);
  rig_step(rig, 1);

  assert_batch(rig, 0, 0, 0, 8, MPCC_DUE_FULL);
  rig_close(rig);
}

/* A thread with items of other slots in its store buffer is stopped in the middle of a push. */
static void who_is_stopped_in_a_push_holds_up_that_item_and_no_other_slot(void **state)
{
  (void)state;
  enum { SLOTS = 300 };
  mpcc_options_t options;
  rig_options(&options, 4);
  options.slot_count = SLOTS;
  options.push_interval_ms = 10;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  struct mpcc__world *world = &rig->mpcc->world;
  turn_buffers_on(rig);
  for (uint64_t item = 0; item < 2 * SLOTS; item++)
    assert_int_equal(mpcc_push(rig->mpcc, &item, (uint32_t)(item / 2)), 0);
  rig_step(rig, 1);
  uint64_t tail = mpcc__queue_claim(&world->slots[7].queue, 1);
  rig_step(rig, 20);

  assert_int_equal(rig_count(rig, CALL_PUMP), SLOTS - 1);
  rig_step(rig, rig->next_ms);
  assert_batch(rig, pick(rig, CALL_PUMP, 7, 0), 7, 14, 2, MPCC_DUE_INTERVAL);
  const uint64_t item = 9;
  mpcc__segment_fill(&world->pool.shelf,
                     mpcc__segment_at(&world->pool.shelf, mpcc__tail_segment(tail)),
                     mpcc__tail_index(tail), &item, 1);
  rig_close(rig);
}

/* -- Years ------------------------------------------------------------------------------------ */

static void passes_whose_numbers_come_round_serve_as_before(void **state)
{
  (void)state;
  enum { PASSES = 6 };
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig_step(rig, 0);
  rig->mpcc->world.loop.pass = UINT32_MAX - PASSES / 2;

  for (uint64_t i = 0; i < PASSES; i++) {
    rig_push(rig, 0, 3 * i, 3);
    rig_step(rig, i);
    assert_batch(rig, i, 0, 3 * i, 3, MPCC_DUE_FULL);
  }

  assert_true(rig->mpcc->world.loop.pass < 3 * PASSES); /* of two numbers each */
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(who_was_refused_for_memory_that_is_back_is_told_at_once),
    cmocka_unit_test(who_waits_for_a_fate_that_is_there_does_not_wait),
    cmocka_unit_test(
        after_a_discard_by_the_pump_nothing_is_handed_over_while_a_push_is_under_way),
    cmocka_unit_test(a_batch_of_two_pieces_waits_a_moment_for_who_has_claimed_its_last_place),
    cmocka_unit_test(a_discard_drops_what_is_in_a_buffer_in_the_same_step),
    cmocka_unit_test(buffers_go_off_when_one_thread_alone_has_pushed_for_long),
    cmocka_unit_test(who_has_no_place_for_a_buffer_pushes_directly),
    cmocka_unit_test(who_is_stopped_in_a_push_holds_up_that_item_and_no_other_slot),
    cmocka_unit_test(passes_whose_numbers_come_round_serve_as_before),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
