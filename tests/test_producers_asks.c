/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* How a program that sleeps between its steps hears of what is pushed through producer handles: by
   on_wake, never too late and not for each item. */

#include <sched.h>

#include "crew.h"
#include "handles.h"
#include "verdict.h"

enum { SLOTS = 3 };

static void on_wake_asks_for_the_first_item_and_for_a_full_batch_and_not_for_each(void **state)
{
  (void)state;
  rig_t *rig = obey_rig(SLOTS, 100, MPCC_NO_INTERVAL);
  mpcc_producer_t *handle = handle_open(rig);
  assert_int_equal(wakes_of(rig), 0);

  for (unsigned round = 1; round <= 20; round++) {
    unsigned before = wakes_of(rig);
    handle_push(handle, 0, 0, 1);
    assert_int_equal(wakes_of(rig), before + 1);
    handle_push(handle, 1, 0, 98); /* 99 in all: neither the first nor a batch of any slots */
    assert_int_equal(wakes_of(rig), before + 1);
    rig_step(rig, rig->now_ms);
    before = wakes_of(rig);
    handle_push(handle, round % 2, 0, 99); /* if it is looked at anyway, this asks for nothing */
    assert_in_range(wakes_of(rig), before, before + 1);
    handle_push(handle, 2, 0, 1); /* as many as a batch */
    assert_int_equal(wakes_of(rig), before + 1);
    obey(rig, rig->now_ms + 10);
    assert_int_equal(mpcc_discard(rig->mpcc, MPCC_ALL_SLOTS), 0);
    obey(rig, rig->now_ms + 10);
    assert_true(rig->next_ms == UINT64_MAX);
  }

  handle_close(handle);
  rig_close(rig);
}

static void a_lane_smaller_than_a_batch_asks_once_it_is_half_full(void **state)
{
  (void)state;
  static const size_t lane_sizes[] = {1, 2, 3, 10, 64};
  for (size_t k = 0; k < 5; k++) {
    mpcc_options_t options;
    obey_options(&options, SLOTS, 1000, MPCC_NO_INTERVAL);
    options.lane_capacity = lane_sizes[k];
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    mpcc_producer_t *handle = handle_open(rig);
    handle_push(handle, 0, 0, 1);
    rig_step(rig, 0);

    for (int round = 0; round < 5; round++) {
      unsigned before = wakes_of(rig);
      handle_push(handle, 0, 0, (lane_sizes[k] + 1) / 2);
      assert_int_equal(wakes_of(rig), before + 1);
      handle_push(handle, 0, 0, lane_sizes[k] / 2);
      assert_int_equal(wakes_of(rig), before + 1);
      rig_step(rig, rig->now_ms);
    }
    handle_close(handle);
    rig_close(rig);
  }
}

static void stop_and_start(rig_t *rig, int mode)
{
  assert_int_equal(mpcc_complete(rig->mpcc, mode, NULL, NULL), 0);
  rig_step(rig, rig->now_ms);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  obey_heard = wakes_of(rig); /* that step has heard it all */
  rig_start(rig);
}

/* What else than a step may take the items out of a handle. */
static void empty_by(rig_t *rig, int way)
{
  mpcc_stats_t stats;
  if (way == 0)
    assert_int_equal(mpcc_flush(rig->mpcc, 1), 0);
  else if (way == 1)
    assert_int_equal(mpcc_discard(rig->mpcc, MPCC_ALL_SLOTS), 0);
  else if (way == 2)
    assert_int_equal(mpcc_flush_wait(rig->mpcc, 2, 0), 0);
  else if (way == 3)
    assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  else
    stop_and_start(rig, way == 4 ? MPCC_DRAIN : MPCC_DISCARD);
}

static void a_handle_that_another_call_has_emptied_is_heard_of_again(void **state)
{
  (void)state;
  for (int way = 0; way < 6; way++)
    for (size_t count = 1; count <= 30; count += 29) {
      rig_t *rig = obey_rig(SLOTS, 20, 10);
      mpcc_producer_t *handle = handle_open(rig);
      uint64_t item = 0;
      for (int round = 0; round < 50; round++) {
        handle_push(handle, 0, item, count);
        empty_by(rig, way);
        item += count;
        if (round % 3 != 0)
          obey(rig, rig->now_ms + (uint64_t)round % 7 * 5);
        handle_push(handle, 0, item, count);
        item += count;
        obey(rig, rig->now_ms + 10);
        assert_int_equal(stats_of(rig, 0).delivered + stats_of(rig, 0).dropped, item);
        if (round % 2 == 0)
          obey(rig, rig->now_ms + (uint64_t)round % 7);
      }
      handle_close(handle);
      rig_close(rig);
    }
}

static void handles_that_hold_nothing_ask_for_nothing(void **state)
{
  (void)state;
  rig_t *rig = obey_rig(SLOTS, 5, 10);
  mpcc_producer_t *handles[10];
  for (size_t i = 0; i < 10; i++)
    handles[i] = handle_open(rig);
  obey(rig, 1000);
  assert_int_equal(wakes_of(rig), 0);
  assert_true(rig->next_ms == UINT64_MAX);

  for (size_t i = 0; i < 10; i++)
    handle_push(handles[i], 0, i, 1);
  obey(rig, 1100);
  unsigned before = wakes_of(rig);
  assert_int_equal(rig_calls(rig), 2);
  assert_true(rig->next_ms == UINT64_MAX);
  for (size_t i = 0; i < 10; i++)
    handle_close(handles[i]);
  obey(rig, 2000);

  /* A close may ask for a look of its own; then there is silence. */
  assert_in_range(wakes_of(rig) - before, 0, 10);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

/* -- Two threads: a push that falls into the moment in which a lane is left alone ----------- */

enum { CLOSE_ROUNDS = 60000 / VERDICT_SLOWER };

struct close_call {
  mpcc_t *mpcc;
  atomic_bool woken;
  atomic_bool over;
  _Atomic uint64_t pumped;
};

static void note_wake(mpcc_t *mpcc, void *arg)
{
  struct close_call *call = arg;
  (void)mpcc;
  atomic_store_explicit(&call->woken, true, memory_order_release);
}

static int count_pumped(mpcc_batch_t *batch, void *state)
{
  struct close_call *call = state;
  atomic_fetch_add_explicit(&call->pumped, batch->count, memory_order_release);
  return 0;
}

/* Steps when it is asked to, as soon as it can. */
static void *step_when_asked(void *arg)
{
  struct close_call *call = arg;
  uint64_t next_ms = UINT64_MAX;
  while (!atomic_load_explicit(&call->over, memory_order_relaxed)) {
    if (atomic_exchange_explicit(&call->woken, false, memory_order_acquire) || next_ms == 0)
      (void)mpcc_step(call->mpcc, 0, &next_ms);
    else
      sched_yield();
  }
  return NULL;
}

static bool await_pumped(struct close_call *call, uint64_t items)
{
  uint64_t end_ms = crew_now_ms() + 60000;
  for (unsigned looks = 1; atomic_load_explicit(&call->pumped, memory_order_acquire) < items;
       looks++)
    if (looks % 64 == 0) {
      sched_yield();
      if (crew_now_ms() > end_ms)
        return false;
    }
  return true;
}

static void an_item_behind_another_is_heard_of_however_close_it_comes(void **state)
{
  (void)state;
  mpcc_options_t options;
  struct close_call call = {.mpcc = NULL};
  pthread_t stepper;
  uint64_t random = 1, items = 0;
  obey_options(&options, SLOTS, 100, 0);
  options.on_wake = note_wake;
  options.wake_arg = &call;
  assert_int_equal(mpcc_create(&call.mpcc, &options), 0);
  assert_int_equal(mpcc_start(call.mpcc, count_pumped, &call), 0);
  mpcc_producer_t *handle = NULL;
  assert_int_equal(mpcc_producer_open(call.mpcc, &handle), 0);
  assert_int_equal(pthread_create(&stepper, NULL, step_when_asked, &call), 0);

  for (int round = 0; round < CLOSE_ROUNDS; round++) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    for (uint64_t i = 0; i <= (random >> 60) % 4; i++) {
      for (volatile uint64_t pause = (random >> 33) % 1000; pause > 0; pause--)
        ;
      assert_int_equal(handle_try(handle, 0, items++), 0);
    }
    if (!await_pumped(&call, items))
      fail_msg("an item was forgotten in round %d", round);
  }

  atomic_store_explicit(&call.over, true, memory_order_relaxed);
  pthread_join(stepper, NULL);
  handle_close(handle);
  assert_int_equal(mpcc_complete(call.mpcc, MPCC_DISCARD, NULL, NULL), 0);
  assert_int_equal(mpcc_step(call.mpcc, 1, NULL), 0);
  assert_int_equal(mpcc_destroy(call.mpcc), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(on_wake_asks_for_the_first_item_and_for_a_full_batch_and_not_for_each),
    cmocka_unit_test(a_lane_smaller_than_a_batch_asks_once_it_is_half_full),
    cmocka_unit_test(a_handle_that_another_call_has_emptied_is_heard_of_again),
    cmocka_unit_test(handles_that_hold_nothing_ask_for_nothing),
    cmocka_unit_test(an_item_behind_another_is_heard_of_however_close_it_comes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
