/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Instances with a loop and a thread of their own, or on a loop of the user's; in virtual time. */
#include <uv.h>

#include "instance.h"

/* No time has passed but what a producer may cost that is in the middle of a push: less than the
 * 2 ms after which a loop looks again by itself, which would hide that it was not woken. */
static int pump_in_time(mpcc_batch_t *batch, void *state)
{
  CHECK(batch->due != MPCC_DUE_FULL || scene_passed_ms() < 2);
  return pump_now(batch, state);
}

/* Full batches wake the loop; the end waits for the last push and the thread. */
static void loop_push(void)
{
  mpcc_options_t options = loop_options(2);

  open_instance(&options, pump_in_time);
  scene_go(push_two, (void *)1);
  scene_go(push_two, (void *)2);
  scene_dawdle(1);
  finish_loop(MPCC_DRAIN);
}

/* The loop is asleep when they come. */
static void loop_wake(void)
{
  mpcc_options_t options = loop_options(1);

  open_instance(&options, pump_now);
  scene_go(push_one, (void *)1);
  scene_go(push_one, (void *)2);
  scene_join();
  CHECK(ghost_await(DELIVERED, 2) && scene_passed_ms() < 2);
  finish_loop(MPCC_DRAIN);
}

/* Who pushes knows nothing of the start, and may have to wake what it has begun. */
static void loop_start(void)
{
  mpcc_options_t options = loop_options(1);

  create(&options);
  scene_go(push_two, (void *)1);
  CHECK(mpcc_start(mpcc, pump_now, NULL) == 0);
  CHECK(ghost_await(DELIVERED, 2));
  finish_loop(MPCC_DRAIN);
}

static void loop_discard(void)
{
  mpcc_options_t options = loop_options(2);

  open_instance(&options, pump_now);
  scene_go(push_two, (void *)1);
  scene_dawdle(1);
  finish_loop(MPCC_DISCARD);
}

static void wait_too(void *arg)
{
  int err = mpcc_wait(mpcc, MPCC_NO_TIMEOUT);

  (void)arg;
  CHECK(err == 0 || err == MPCC_ESTATE);
  ghost_add(DONE, 1);
}

/* Two wait for the end, and one of them destroys. */
static void loop_wait(void)
{
  mpcc_options_t options = loop_options(1);

  open_instance(&options, pump_now);
  push_items(1, 1);
  scene_go(wait_too, NULL);
  CHECK(mpcc_complete(mpcc, MPCC_DRAIN, on_complete, NULL) == 0);
  CHECK(mpcc_wait(mpcc, MPCC_NO_TIMEOUT) == 0);
  scene_join();
  check_stopped();
  CHECK(mpcc_destroy(mpcc) == 0);
}

static void loop_restart(void)
{
  mpcc_options_t options = loop_options(1);

  open_instance(&options, pump_now);
  scene_go(push_two, (void *)1);
  CHECK(mpcc_complete(mpcc, MPCC_DRAIN, on_complete, NULL) == 0);
  CHECK(mpcc_wait(mpcc, MPCC_NO_TIMEOUT) == 0);
  CHECK(mpcc_start(mpcc, pump_now, NULL) == 0);
  ghost_set(COMPLETED, 0);
  finish_loop(MPCC_DRAIN);
}

/* An interval: what is not full waits for it, and no longer. */
static int pump_by_interval(mpcc_batch_t *batch, void *state)
{
  CHECK(batch->due == MPCC_DUE_FULL || batch->waited_ms >= 10);
  CHECK(scene_passed_ms() <= 12);
  return pump_now(batch, state);
}

static void loop_interval(void)
{
  mpcc_options_t options = loop_options(3);

  options.push_interval_ms = 10;
  open_instance(&options, pump_by_interval);
  scene_go(push_one, (void *)1);
  scene_go(push_one, (void *)2);
  scene_join();
  CHECK(ghost_await(DELIVERED, 2));
  finish_loop(MPCC_DRAIN);
}

static void wait_for_fate(void *arg)
{
  push_items((int)(intptr_t)arg, 1);
  CHECK(mpcc_flush_wait(mpcc, 0, MPCC_NO_TIMEOUT) == 0);
  CHECK(ghost_get(LAST_OF + (int)(intptr_t)arg) == 1);
}

static void loop_flush_wait(void)
{
  mpcc_options_t options = loop_options(3);

  open_instance(&options, pump_now);
  scene_go(wait_for_fate, (void *)1);
  scene_join();
  finish_loop(MPCC_DRAIN);
}

static mpcc_producer_t *handle;

static void push_handle(void *arg)
{
  (void)arg;
  for (int i = 1; i <= 2; i++) {
    uint64_t item = item_of(1, i);
    int err = mpcc_producer_push(handle, &item, 0);

    CHECK(err == 0 || err == MPCC_ECLOSED);
    ghost_add(ACCEPTED, err == 0);
  }
}

/* A handle, of which the loop knows when to look. */
static void loop_handle(void)
{
  mpcc_options_t options = loop_options(2);

  scene_barrier(scene_choose(2) == 0);
  open_instance(&options, pump_now);
  CHECK(mpcc_producer_open(mpcc, &handle) == 0);
  scene_go(push_handle, NULL);
  scene_join();
  CHECK(ghost_await(DELIVERED, 2) && scene_passed_ms() <= 4);
  CHECK(mpcc_producer_close(handle) == 0);
  finish_loop(MPCC_DRAIN);
}

static void stop_it(void *arg)
{
  (void)arg;
  CHECK(mpcc_complete(mpcc, MPCC_DRAIN, on_complete, NULL) == 0);
}

/* A loop of the user's, which this thread runs until the instance has closed its handles. */
static void users_loop(void)
{
  static uv_loop_t uv;
  mpcc_options_t options = loop_options(2);

  CHECK(uv_loop_init(&uv) == 0);
  options.loop = &uv;
  open_instance(&options, pump_now);
  scene_go(push_two, (void *)1);
  scene_go(stop_it, NULL);
  (void)uv_run(&uv, UV_RUN_DEFAULT);
  CHECK(ghost_get(COMPLETED) == 1);
  scene_join();
  check_stopped();
  CHECK(mpcc_destroy(mpcc) == 0);
  CHECK(uv_loop_close(&uv) == 0);
}

const struct scene scenes_loop[] = {
  {"loop_push", "pushes against a drain and a destroy", loop_push, 1},
  {"loop_wake", "pushes against a loop that goes to sleep", loop_wake, 1},
  {"loop_start", "pushes against the start", loop_start, 1},
  {"loop_discard", "pushes against a discard", loop_discard, 1},
  {"loop_wait", "two threads wait for the end", loop_wait, 1},
  {"loop_restart", "pushes over a stop and a start", loop_restart, 1},
  {"loop_interval", "items that wait for their interval", loop_interval, 1},
  {"loop_flush_wait", "waiting for the fate of what was pushed", loop_flush_wait, 1},
  {"loop_handle", "a handle", loop_handle, 1},
  {"users_loop", "a loop of the user's", users_loop, 1},
  {0},
};
