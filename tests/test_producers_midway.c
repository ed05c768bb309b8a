/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* A stop that drops items while a push through a handle is under way: nothing more is handed to the
   pump meanwhile. The push is held there by hand, between its beginning and its end. */

#include "crew.h"
#include "handles.h"
#include "lane.h"
#include "lanes.h"

enum { ITEMS = 25 };

/* As a thread that was preempted there. */
static void begin_push(mpcc_producer_t *handle)
{
  /* pairs lane.begun. */
  atomic_store_explicit(&handle->lane.begun, mpcc__lane_tail(&handle->lane) + 1,
                        memory_order_seq_cst);
}

static void end_push(mpcc_producer_t *handle)
{
  mpcc__lane_take_back(&handle->lane);
}

static rig_t *rig_with_items(uint64_t capacity, mpcc_producer_t **handle)
{
  mpcc_options_t options;
  rig_options(&options, 10);
  options.capacity = capacity;
  rig_t *rig = rig_open(&options);
  *handle = handle_open(rig);
  handle_push(*handle, 0, 0, ITEMS);
  return rig;
}

static void a_started_instance_waits_for_the_push_and_then_drops_all(void **state)
{
  (void)state;
  for (int mode = MPCC_DISCARD; mode <= MPCC_ABANDON; mode++) {
    mpcc_producer_t *handle;
    rig_t *rig = rig_with_items(mode == MPCC_DISCARD ? 0 : 100, &handle);
    rig_start(rig);

    begin_push(handle);
    assert_int_equal(rig_complete(rig, mode), 0);
    for (uint64_t now_ms = 1; now_ms <= 20; now_ms++)
      rig_step(rig, now_ms);
    assert_int_equal(rig_calls(rig), 0);
    assert_int_equal(rig->next_ms, 21);

    end_push(handle);
    rig_step(rig, 21);
    assert_int_equal(rig_count(rig, CALL_PUMP), 0);
    assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
    assert_int_equal(stats_of(rig, 0).dropped, ITEMS);
    handle_close(handle);
    rig_close(rig);
  }
}

static void what_is_in_flight_may_be_finished_meanwhile(void **state)
{
  (void)state;
  mpcc_producer_t *handle;
  rig_t *rig = rig_with_items(0, &handle);
  rig->answer = MPCC_PENDING;
  rig_start(rig);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 1); /* there is one place */

  begin_push(handle);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 2);
  assert_int_equal(stats_of(rig, 0).delivered, 10);
  assert_int_equal(rig_count(rig, CALL_PUMP), 1);

  end_push(handle);
  rig_step(rig, 3);
  assert_int_equal(rig_count(rig, CALL_PUMP), 1);
  assert_int_equal(stats_of(rig, 0).dropped, ITEMS - 10);
  handle_close(handle);
  rig_close(rig);
}

static void *end_soon(void *arg)
{
  uint64_t until_ms = crew_now_ms() + 20;
  while (crew_now_ms() < until_ms)
    continue;
  end_push(arg);
  return NULL;
}

/* Where there is no pump yet. */
static void in_idle_too(void **state)
{
  (void)state;
  for (uint64_t capacity = 0; capacity <= 100; capacity += 100) {
    mpcc_producer_t *handle;
    rig_t *rig = rig_with_items(capacity, &handle);
    pthread_t pusher;

    begin_push(handle);
    assert_int_equal(pthread_create(&pusher, NULL, end_soon, handle), 0);
    assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
    pthread_join(pusher, NULL);

    assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
    assert_int_equal(stats_of(rig, 0).dropped, ITEMS);
    handle_close(handle);
    rig_close(rig);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_started_instance_waits_for_the_push_and_then_drops_all),
    cmocka_unit_test(what_is_in_flight_may_be_finished_meanwhile),
    cmocka_unit_test(in_idle_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
