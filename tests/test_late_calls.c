/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Threads that were preempted in the middle of a call, and go on when the instance has stopped, or
 * is not any more as they have seen it. What such a thread still does is done here by hand: the
 * rest of the call, with the room's own function.
 */
#include "check.h"
#include "crew.h"
#include "dispatcher.h"
#include "handles.h"
#include "instance.h"
#include "intake.h"
#include "lanes.h"
#include "room_told.h"
#include "serve.h"

enum { CAPACITY = 2 };

static rig_t *rig_bounded(void)
{
  mpcc_options_t options;
  rig_options(&options, 4);
  options.capacity = CAPACITY;
  options.on_room = count_room;
  room_told = 0;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  return rig;
}

static void stop(rig_t *rig)
{
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, rig->now_ms + 1);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
}

/* The next push is by a thread that has looked before the instance was closed. */
static void look_as_before_the_stop(rig_t *rig, bool before)
{
  struct mpcc__world *world = &rig->mpcc->world;

  /* pairs world.detour, for this thread alone. */
  if (before)
    atomic_fetch_and_explicit(&world->detour, ~(unsigned)MPCC__DETOUR_CLOSED,
                              memory_order_seq_cst);
  else
    /* pairs world.detour. */
    atomic_fetch_or_explicit(&world->detour, MPCC__DETOUR_CLOSED, memory_order_seq_cst);
}

/* -- Refusals ------------------------------------------------------------------------------ */

static void a_refusal_that_is_late_is_counted_and_wakes_nobody(void **state)
{
  (void)state;
  rig_t *rig = rig_bounded();
  stop(rig);
  unsigned wakes = wakes_of(rig);

  mpcc__intake_refuse(&rig->mpcc->world, &rig->mpcc->world.slots[0]);

  assert_int_equal(stats_of(rig, 0).rejected, 1);
  assert_int_equal(wakes_of(rig), wakes);
  assert_false(mpcc__ready_any(&rig->mpcc->world.ready)); /* nobody would look there */
  rig_start(rig); /* nothing is owed in the next life */
  rig_push(rig, 0, 0, CAPACITY);
  rig_step(rig, rig->now_ms + 1);
  assert_int_equal(room_told, 0);
  rig_close(rig);
}

/* Room came back between the look that found none and the refusal: nobody else would tell. */
static void a_refusal_that_is_not_true_any_more_is_told_at_once(void **state)
{
  (void)state;
  rig_t *rig = rig_bounded();
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

/* A push has taken the last place and gives it back; meanwhile another one was refused. */
static void room_that_a_push_could_not_use_is_told_to_who_was_refused(void **state)
{
  (void)state;
  uint64_t item = 7;
  rig_t *rig = rig_bounded();
  struct mpcc__slot *slot = &rig->mpcc->world.slots[0];
  rig_step(rig, 1);
  assert_true(mpcc__slot_take_room(slot, CAPACITY) == CAPACITY);
  assert_int_equal(mpcc_push(rig->mpcc, &item, 0), MPCC_EFULL);
  rig_step(rig, 2);
  assert_int_equal(room_told, 0);
  unsigned wakes = wakes_of(rig);

  mpcc__intake_give_back(&rig->mpcc->world, slot);
  assert_int_equal(wakes_of(rig), wakes + 1);
  rig_step(rig, 3);
  assert_int_equal(room_told, 1);

  mpcc__intake_give_back(&rig->mpcc->world, slot);
  assert_int_equal(wakes_of(rig), wakes + 1);
  rig_push(rig, 0, 0, CAPACITY);
  rig_close(rig);
}

static void a_handle_that_is_refused_late_is_owed_no_room(void **state)
{
  (void)state;
  rig_t *rig = rig_bounded();
  mpcc_producer_t *handle = handle_open(rig);
  stop(rig);
  unsigned wakes = wakes_of(rig);

  mpcc__lanes_owe_room(&rig->mpcc->world, &rig->mpcc->world.slots[0]);

  assert_int_equal(wakes_of(rig), wakes);
  rig_start(rig);
  rig_step(rig, rig->now_ms + 1);
  assert_int_equal(room_told, 0);
  handle_close(handle);
  rig_close(rig);
}

static void a_call_of_a_handle_that_is_late_calls_nobody(void **state)
{
  (void)state;
  rig_t *rig = rig_bounded();
  mpcc_producer_t *handle = handle_open(rig);
  stop(rig);
  unsigned wakes = wakes_of(rig);

  assert_int_equal(mpcc__lanes_call(handle), 0);

  assert_int_equal(wakes_of(rig), wakes);
  rig_start(rig);
  handle_push(handle, 0, 0, 1);
  assert_int_equal(wakes_of(rig), wakes + 1);
  handle_close(handle);
  rig_close(rig);
}

/* A start has let go of the lock, and another thread has stopped the instance since. */
static void an_announcement_that_is_late_wakes_nobody(void **state)
{
  (void)state;
  rig_t *rig = rig_bounded();
  stop(rig);
  unsigned wakes = wakes_of(rig);

  mpcc__manual_announce(&rig->mpcc->world);

  assert_int_equal(wakes_of(rig), wakes);
  rig_close(rig);
}

/* -- Waiting pushes ------------------------------------------------------------------------- */

static int push_for_a_second(rig_t *rig)
{
  uint64_t item = 7;

  look_as_before_the_stop(rig, true);
  int result = mpcc_push_wait(rig->mpcc, &item, 0, 60000);
  look_as_before_the_stop(rig, false);
  return result;
}

static void a_push_does_not_begin_to_wait_for_room_in_an_instance_that_has_stopped(void **state)
{
  (void)state;
  rig_t *rig = rig_bounded();
  struct mpcc__slot *slot = &rig->mpcc->world.slots[0];
  stop(rig);

  assert_true(mpcc__slot_take_room(slot, CAPACITY) == CAPACITY); /* by others, who are late too */
  assert_int_equal(push_for_a_second(rig), MPCC_ECLOSED);
  mpcc__intake_give_back(&rig->mpcc->world, slot);
  mpcc__intake_give_back(&rig->mpcc->world, slot);

  assert_int_equal(stats_of(rig, 0).rejected, 0);
  rig_start(rig);
  rig_push(rig, 0, 0, CAPACITY); /* no place has been lost */
  rig_close(rig);
}

static void nor_for_memory(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  options.max_memory = 4096;
  rig_t *rig = rig_open(&options);
  struct mpcc__slot *slot = &rig->mpcc->world.slots[0];
  rig_start(rig);
  stop(rig);

  /* pairs slot.room: another thread, which is late too, stood in line when we looked. */
  atomic_fetch_add_explicit(&slot->waiting, 1, memory_order_seq_cst);
  assert_int_equal(push_for_a_second(rig), MPCC_ECLOSED);
  /* pairs slot.room. */
  atomic_fetch_sub_explicit(&slot->waiting, 1, memory_order_seq_cst);

  assert_int_equal(stats_of(rig, 0).pushed, 0);
  rig_close(rig);
}

/* -- Weights -------------------------------------------------------------------------------- */

static gate_t weighing, stopped;

/* Weighed while the instance is open; it has stopped when this returns. */
static size_t weigh_slowly(const void *item, void *arg)
{
  (void)item;
  (void)arg;
  gate_pass(&weighing);
  gate_pass(&stopped);
  return 1;
}

static int push_one(void *arg)
{
  uint64_t item = 7;
  rig_t *rig = arg;
  return mpcc_push(rig->mpcc, &item, 0);
}

static int push_one_and_wait(void *arg)
{
  uint64_t item = 7;
  rig_t *rig = arg;
  return mpcc_push_wait(rig->mpcc, &item, 0, MPCC_NO_TIMEOUT);
}

static void an_item_that_was_weighed_for_too_long_is_not_pushed(void **state)
{
  (void)state;
  int (*const ways[])(void *) = {push_one, push_one_and_wait};
  for (size_t i = 0; i < 2; i++) {
    mpcc_options_t options;
    sleeper_t sleeper;
    gate_open(&weighing, 2);
    gate_open(&stopped, 2);
    rig_options(&options, 4);
    options.max_batch_weight = 10;
    options.weigh = weigh_slowly;
    rig_t *rig = rig_open(&options);
    rig_start(rig);

    sleeper_start(&sleeper, ways[i], rig);
    gate_pass(&weighing);
    stop(rig);
    gate_pass(&stopped);

    assert_int_equal(sleeper_join(&sleeper), MPCC_ECLOSED);
    assert_int_equal(stats_of(rig, 0).pushed, 0);
    rig_close(rig);
    gate_close(&weighing);
    gate_close(&stopped);
  }
}

/* -- The loop -------------------------------------------------------------------------------- */

/* A batch of what was pushed after a discard may be in flight before the loop obeys that. */
static void a_discard_that_is_obeyed_late_cancels_what_it_was_meant_for(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 2);
  options.max_concurrency = 3;
  rig_t *rig = rig_open(&options);
  rig->answer = MPCC_PENDING;
  rig_start(rig);
  rig_push(rig, 0, 0, 6);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 3);

  mpcc__serve_condemn(&rig->mpcc->world, &rig->mpcc->world.slots[0], MPCC__FIRST_TICKET + 4);

  assert_int_equal(rig_count(rig, CALL_CANCEL), 2);
  assert_true(mpcc_batch_cancelled(rig->calls[0].batch));
  assert_true(mpcc_batch_cancelled(rig->calls[1].batch));
  assert_false(mpcc_batch_cancelled(rig->calls[2].batch));
  rig_close(rig);
}

/* The batch was in flight when it was looked at; before the next look it was abandoned, and the
   instance has stopped. */
static void a_batch_whose_instance_stops_meanwhile_is_cancelled(void **state)
{
  (void)state;
  rig_t *rig = rig_bounded();
  struct mpcc__gate *gate = &rig->mpcc->world.core->gate;
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, CAPACITY);
  rig_step(rig, 1);
  assert_false(mpcc_batch_cancelled(rig->calls[0].batch));

  assert_true(mpcc__gate_try_close(gate));
  bool cancelled = mpcc_batch_cancelled(rig->calls[0].batch);
  int marked = mpcc_batch_fail(rig->calls[0].batch, 0, -1);
  mpcc__gate_open(gate);

  assert_true(cancelled);
  assert_int_equal(marked, MPCC_ECLOSED);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_refusal_that_is_late_is_counted_and_wakes_nobody),
    cmocka_unit_test(a_refusal_that_is_not_true_any_more_is_told_at_once),
    cmocka_unit_test(room_that_a_push_could_not_use_is_told_to_who_was_refused),
    cmocka_unit_test(a_handle_that_is_refused_late_is_owed_no_room),
    cmocka_unit_test(a_call_of_a_handle_that_is_late_calls_nobody),
    cmocka_unit_test(an_announcement_that_is_late_wakes_nobody),
    cmocka_unit_test(a_push_does_not_begin_to_wait_for_room_in_an_instance_that_has_stopped),
    cmocka_unit_test(nor_for_memory),
    cmocka_unit_test(an_item_that_was_weighed_for_too_long_is_not_pushed),
    cmocka_unit_test(a_discard_that_is_obeyed_late_cancels_what_it_was_meant_for),
    cmocka_unit_test(a_batch_whose_instance_stops_meanwhile_is_cancelled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
