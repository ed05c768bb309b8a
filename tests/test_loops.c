/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Instances on a uv_loop_t of the user's. The test's thread runs the loop; nothing is asserted
 * while it runs. Every test ends by proving that the loop closes.
 */

#include "harness.h"

#include <pthread.h>
#include <uv.h>

#include "crew.h"

static uv_loop_t loop;

static rig_t *rig_on_loop(uint32_t batch_size, uint64_t interval_ms)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.manual = false;
  options.push_interval_ms = interval_ms;
  options.slot_count = 2;
  options.loop = &loop;
  return rig_open(&options);
}

static rig_t *rig_on_new_loop(uint32_t batch_size, uint64_t interval_ms)
{
  assert_int_equal(uv_loop_init(&loop), 0);
  return rig_on_loop(batch_size, interval_ms);
}

/* Without ticks a timer of the first turn may do all, and there is nothing to wait for. */
static void turn(void)
{
  uv_run(&loop, RIG_TICKS ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}

static void close_loop(void)
{
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static int complete_after_three_calls(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  if (rig_calls(rig) == 3)
    rig_keep(rig, rig_complete(rig, MPCC_DRAIN));
  return 0;
}

static void pumps_run_in_uv_run_and_completion_ends_it(void **state)
{
  (void)state;
  rig_t *rig = rig_on_new_loop(2, MPCC_NO_INTERVAL);
  rig->on_pump = complete_after_three_calls;
  rig_start(rig);
  rig_push(rig, 0, 0, 7);
  assert_int_equal(rig_calls(rig), 0);

  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);

  assert_int_equal(rig_calls(rig), 5);
  for (size_t i = 0; i < 3; i++)
    assert_batch(rig, i, 0, 2 * i, 2, MPCC_DUE_FULL);
  assert_batch(rig, 3, 0, 6, 1, MPCC_DUE_DRAIN);
  assert_int_equal(rig->calls[4].kind, CALL_COMPLETE);
  assert_int_equal(uv_loop_close(&loop), 0);
  rig_close(rig);
}

static void the_interval_runs_on_the_loop_s_timer(void **state)
{
  (void)state;
  rig_t *rig = rig_on_new_loop(100, 10);
  rig_start(rig);
  rig_push(rig, 1, 0, 3);

  while (rig_calls(rig) == 0)
    turn();

  assert_batch(rig, 0, 1, 0, 3, MPCC_DUE_INTERVAL);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  close_loop();
  rig_close(rig);
}

static void the_handles_keep_the_loop_alive_from_start_to_completion(void **state)
{
  (void)state;
  rig_t *rig = rig_on_new_loop(2, 100);
  bool before_start = uv_loop_alive(&loop) != 0;
  rig_start(rig);
  bool after_start = uv_loop_alive(&loop) != 0;
  bool while_idle = true;
  for (int i = 0; i < 5; i++)
    while_idle &= uv_run(&loop, UV_RUN_NOWAIT) != 0;

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  bool before_end = uv_loop_alive(&loop) != 0;
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);

  assert_false(before_start);
  assert_true(after_start);
  assert_true(while_idle);
  assert_true(before_end);
  assert_int_equal(uv_loop_close(&loop), 0);
  assert_int_equal(rig_calls(rig), 1);
  rig_close(rig);
}

static void count_handle(uv_handle_t *handle, void *arg)
{
  (void)handle;
  ++*(int *)arg;
}

static void count_handles(rig_t *rig, mpcc_t *mpcc)
{
  int handles = 0;
  (void)mpcc;
  uv_walk(&loop, count_handle, &handles);
  rig_keep(rig, handles);
}

static void the_complete_callback_comes_after_every_handle_is_closed(void **state)
{
  (void)state;
  rig_t *rig = rig_on_new_loop(2, 5);
  rig->on_complete = count_handles;
  rig_start(rig);
  rig_push(rig, 0, 0, 3);
  uv_run(&loop, UV_RUN_NOWAIT);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);

  assert_int_equal(rig->got_count, 1);
  assert_int_equal(rig->got[0], 0);
  assert_int_equal(uv_loop_close(&loop), 0);
  rig_close(rig);
}

static void destroy_at_the_end(rig_t *rig, mpcc_t *mpcc)
{
  rig->mpcc = NULL;
  rig_keep(rig, mpcc_destroy(mpcc));
}

static void the_complete_callback_may_destroy_the_instance(void **state)
{
  (void)state;
  static const int modes[] = {MPCC_DRAIN, MPCC_DISCARD};
  for (size_t k = 0; k < 2; k++) {
    rig_t *rig = rig_on_new_loop(2, 5);
    rig->on_complete = destroy_at_the_end;
    rig_start(rig);
    rig_push(rig, 0, 0, 3);

    assert_int_equal(rig_complete(rig, modes[k]), 0);
    close_loop();

    assert_int_equal(rig->got_count, 1);
    assert_int_equal(rig->got[0], 0);
    rig_close(rig);
  }
}

static void start_anew(rig_t *rig, mpcc_t *mpcc)
{
  uint64_t item = 50;
  rig->on_complete = NULL;
  rig_keep(rig, mpcc_start(mpcc, rig_on_pump, rig));
  rig_keep(rig, mpcc_push(mpcc, &item, 0));
  rig_keep(rig, rig_complete(rig, MPCC_DRAIN));
}

static void the_complete_callback_may_start_anew(void **state)
{
  (void)state;
  rig_t *rig = rig_on_new_loop(2, 5);
  rig->on_complete = start_anew;
  rig_start(rig);
  rig_push(rig, 0, 0, 1);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  close_loop();

  assert_int_equal(rig->got_count, 3);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(rig->got[i], 0);
  assert_int_equal(rig_calls(rig), 4);
  assert_batch(rig, 2, 0, 50, 1, MPCC_DUE_DRAIN);
  assert_int_equal(rig->calls[3].kind, CALL_COMPLETE);
  rig_close(rig);
}

static int try_what_would_block(rig_t *rig, mpcc_batch_t *batch)
{
  uint64_t item = 5;
  (void)batch;
  rig_keep(rig, mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT));
  rig_keep(rig, mpcc_push_wait(rig->mpcc, &item, 1, MPCC_NO_TIMEOUT));
  rig_keep(rig, mpcc_destroy(rig->mpcc));
  rig_keep(rig, mpcc_start(rig->mpcc, rig_on_pump, rig));
  return 0;
}

static void inside_a_pump_what_would_block_is_refused(void **state)
{
  (void)state;
  rig_t *rig = rig_on_new_loop(2, 5);
  rig->on_pump = try_what_would_block;
  rig_start(rig);
  rig_push(rig, 0, 0, 2);

  while (rig_calls(rig) == 0)
    turn();

  static const int expected[] = {MPCC_EDEADLK, MPCC_EDEADLK, MPCC_EBUSY, MPCC_EALREADY};
  assert_int_equal(rig->got_count, 4);
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(rig->got[i], expected[i]);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  close_loop();
  rig_close(rig);
}

static void wait_in_a_timer(uv_timer_t *timer)
{
  rig_t *rig = timer->data;
  uint64_t item = 5;
  rig_keep(rig, mpcc_wait(rig->mpcc, 0));
  rig_keep(rig, mpcc_push_wait(rig->mpcc, &item, 0, 0));
  rig_keep(rig, rig_complete(rig, MPCC_DISCARD));
  uv_close((uv_handle_t *)timer, NULL);
}

static void the_user_s_own_handles_run_on_the_loop_s_thread_too(void **state)
{
  (void)state;
  rig_t *rig = rig_on_new_loop(2, 5);
  uv_timer_t timer;
  rig_start(rig);
  rig_push(rig, 0, 0, 2);
  while (rig_calls(rig) == 0)
    turn();
  timer.data = rig;
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_timer_start(&timer, wait_in_a_timer, 1, 0), 0);

  close_loop();

  assert_int_equal(rig->got_count, 3);
  assert_int_equal(rig->got[0], MPCC_EDEADLK);
  assert_int_equal(rig->got[1], MPCC_EDEADLK);
  assert_int_equal(rig->got[2], 0);
  rig_close(rig);
}

struct producer {
  rig_t *rig;
  uint64_t first;
  int result;
};

static void push_run(void *arg)
{
  struct producer *producer = arg;
  for (uint64_t i = 0; i < 5000; i++) {
    uint64_t item = producer->first + i;
    int result = mpcc_push(producer->rig->mpcc, &item, 0);
    if (result != 0)
      producer->result = result;
  }
}

static int push_then_drain(void *arg)
{
  struct producer producers[3];
  rig_t *rig = arg;
  for (uint64_t i = 0; i < 3; i++)
    producers[i] = (struct producer){rig, i << 32, 0};
  crew_run(push_run, producers, sizeof(producers[0]), 3);
  int result = rig_complete(rig, MPCC_DRAIN);
  for (size_t i = 0; i < 3; i++)
    result |= producers[i].result;
  return result;
}

struct side_thread {
  pthread_t thread;
  rig_t *rig;
  int result;
};

static void *side_main(void *arg)
{
  struct side_thread *side = arg;
  side->result = push_then_drain(side->rig);
  return NULL;
}

static void other_threads_push_and_complete_while_the_loop_runs(void **state)
{
  (void)state;
  rig_t *rig = rig_on_new_loop(64, 1);
  struct side_thread side = {.rig = rig};
  rig_start(rig);
  assert_int_equal(pthread_create(&side.thread, NULL, side_main, &side), 0);

  int alive = uv_run(&loop, UV_RUN_DEFAULT);
  pthread_join(side.thread, NULL);

  assert_int_equal(alive, 0);
  assert_int_equal(side.result, 0);
  assert_fates(rig, 15000, 0, 0);
  uint64_t next[3] = {0};
  assert_int_equal(rig->item_count, 15000);
  for (size_t i = 0; i < rig->item_count; i++)
    assert_int_equal(rig->items[i] & UINT32_MAX, next[rig->items[i] >> 32]++);
  assert_int_equal(uv_loop_close(&loop), 0);
  rig_close(rig);
}

static void two_instances_share_a_loop(void **state)
{
  (void)state;
  rig_t *first = rig_on_new_loop(2, 5);
  rig_t *second = rig_on_loop(3, 5);
  rig_start(first);
  rig_start(second);
  rig_push(first, 0, 0, 4);
  rig_push(second, 0, 100, 4);

  assert_int_equal(rig_complete(first, MPCC_DRAIN), 0);
  while (rig_count(first, CALL_COMPLETE) == 0 || rig_calls(second) < 2)
    turn();
  bool alive = uv_loop_alive(&loop) != 0;
  assert_int_equal(rig_complete(second, MPCC_DRAIN), 0);
  close_loop();

  assert_true(alive);
  assert_fates(first, 4, 0, 0);
  assert_fates(second, 4, 0, 0);
  rig_close(first);
  rig_close(second);
}

static void an_instance_that_was_never_started_leaves_nothing_on_the_loop(void **state)
{
  (void)state;
  rig_t *rig = rig_on_new_loop(2, 5);
  rig_push(rig, 0, 0, 3);

  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);

  assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
  close_loop();
  rig_close(rig);
}

static void every_life_closes_what_it_opened(void **state)
{
  (void)state;
  rig_t *rig = rig_on_new_loop(2, 5);

  for (uint64_t life = 0; life < 200; life++) {
    rig_start(rig);
    rig_push(rig, 0, 3 * life, 3);
    assert_int_equal(rig_complete(rig, life % 3 == 0 ? MPCC_DISCARD : MPCC_DRAIN), 0);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  }

  assert_int_equal(rig_count(rig, CALL_COMPLETE), 200);
  assert_int_equal(uv_loop_close(&loop), 0);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(pumps_run_in_uv_run_and_completion_ends_it),
    cmocka_unit_test(the_interval_runs_on_the_loop_s_timer),
    cmocka_unit_test(the_handles_keep_the_loop_alive_from_start_to_completion),
    cmocka_unit_test(the_complete_callback_comes_after_every_handle_is_closed),
    cmocka_unit_test(the_complete_callback_may_destroy_the_instance),
    cmocka_unit_test(the_complete_callback_may_start_anew),
    cmocka_unit_test(inside_a_pump_what_would_block_is_refused),
    cmocka_unit_test(the_user_s_own_handles_run_on_the_loop_s_thread_too),
    cmocka_unit_test(other_threads_push_and_complete_while_the_loop_runs),
    cmocka_unit_test(two_instances_share_a_loop),
    cmocka_unit_test(an_instance_that_was_never_started_leaves_nothing_on_the_loop),
    cmocka_unit_test(every_life_closes_what_it_opened),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
