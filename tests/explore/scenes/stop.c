/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* A manual instance: pushes against its completion, in every way. */
#include "instance.h"

/* What was accepted has a fate, whatever came first. */
static void stop_in(int mode, int pushers)
{
  mpcc_options_t options = manual_options(2);

  open_instance(&options, pump_now);
  for (intptr_t i = 1; i <= pushers; i++)
    scene_go(push_two, (void *)i);
  scene_dawdle(2);
  if (scene_choose(2) == 0)
    (void)step();
  CHECK(mpcc_complete(mpcc, mode, on_complete, NULL) == 0);
  drive_to_end();
  scene_join();
  check_stopped();
  CHECK(ghost_get(DELIVERED) + ghost_get(DROPPED) == ghost_get(ACCEPTED));
  CHECK(mode != MPCC_DRAIN || ghost_get(DROPPED) == 0);
  CHECK(push_into(0, 5, 1) == MPCC_ECLOSED);
  CHECK(mpcc_destroy(mpcc) == 0);
}

static void drain(void)
{
  stop_in(MPCC_DRAIN, 2);
}

static void discard(void)
{
  stop_in(MPCC_DISCARD, 2);
}

static void abandon(void)
{
  stop_in(MPCC_ABANDON, 1);
}

/* -- Asked for by others --------------------------------------------------------------------- */

static void ask(void *arg)
{
  int err = mpcc_complete(mpcc, (int)(intptr_t)arg, on_complete, NULL);

  CHECK(err == 0 || err == MPCC_EALREADY);
  ghost_add(DONE, err == 0);
}

/* Two ask: each mode goes on from the weaker one, and the end is told once. */
static void asked_twice(void)
{
  mpcc_options_t options = manual_options(2);

  open_instance(&options, pump_now);
  scene_go(push_two, (void *)1);
  scene_go(ask, (void *)MPCC_DRAIN);
  scene_go(ask, (void *)MPCC_DISCARD);
  drive_to_end();
  scene_join();
  CHECK(ghost_get(COMPLETED) == 1 && ghost_get(DONE) >= 1);
  check_stopped();
  CHECK(mpcc_destroy(mpcc) == 0);
}

/* Who waits for the end may destroy the instance at once. */
static void wait_and_destroy(void *arg)
{
  (void)arg;
  CHECK(mpcc_complete(mpcc, MPCC_DRAIN, on_complete, NULL) == 0);
  CHECK(mpcc_wait(mpcc, MPCC_NO_TIMEOUT) == 0);
  check_stopped();
  ghost_set(DONE, 1);
}

static void stop_wait(void)
{
  mpcc_options_t options = manual_options(2);

  open_instance(&options, pump_now);
  push_items(1, 1);
  scene_go(wait_and_destroy, NULL);
  drive_to_end();
  scene_join();
  CHECK(ghost_get(DONE) == 1 && mpcc_destroy(mpcc) == 0);
}

/* -- In IDLE --------------------------------------------------------------------------------- */

static void idle_discard(void)
{
  mpcc_options_t options = manual_options(2);

  create(&options);
  scene_go(push_two, (void *)1);
  scene_go(push_one, (void *)2);
  scene_dawdle(1);
  CHECK(mpcc_complete(mpcc, MPCC_DISCARD, on_complete, NULL) == 0);
  CHECK(ghost_get(COMPLETED) == 1);
  scene_join();
  check_stopped();
  CHECK(ghost_get(DROPPED) == ghost_get(ACCEPTED));
  CHECK(mpcc_destroy(mpcc) == 0);
}

/* A drain in IDLE is refused if it is not empty; and then nothing has changed. */
static void idle_drain(void)
{
  mpcc_options_t options = manual_options(2);
  int err;

  create(&options);
  scene_go(push_one, (void *)1);
  scene_go(push_one, (void *)2);
  scene_dawdle(1);
  err = mpcc_complete(mpcc, MPCC_DRAIN, on_complete, NULL);
  CHECK(err == 0 || err == MPCC_ESTATE);
  scene_join();
  if (err != 0) {
    CHECK(ghost_get(ACCEPTED) == 2);
    CHECK(mpcc_complete(mpcc, MPCC_DISCARD, on_complete, NULL) == 0);
  }
  check_stopped();
  CHECK(mpcc_destroy(mpcc) == 0);
}

static void start_it(void *arg)
{
  (void)arg;
  CHECK(mpcc_start(mpcc, pump_now, NULL) == 0);
  ghost_set(WOKEN, 1);
}

/* What was pushed before and during the start is not forgotten. */
static void start_push(void)
{
  mpcc_options_t options = manual_options(1);

  create(&options);
  scene_go(push_two, (void *)1);
  scene_go(start_it, NULL);
  drive();
  CHECK(ghost_get(DELIVERED) == 2);
  finish_manual();
}

/* -- Again ----------------------------------------------------------------------------------- */

/* The same pushers, over two lives. */
static void restart(void)
{
  mpcc_options_t options = manual_options(2);

  open_instance(&options, pump_now);
  scene_go(push_three, (void *)1);
  scene_go(push_one, (void *)2);
  scene_dawdle(1);
  CHECK(mpcc_complete(mpcc, scene_choose(2) == 0 ? MPCC_DRAIN : MPCC_DISCARD, on_complete, NULL) ==
        0);
  drive_to_end();
  ghost_set(COMPLETED, 0);
  CHECK(mpcc_start(mpcc, pump_now, NULL) == 0);
  drive();
  CHECK(ghost_get(ACCEPTED) - ghost_get(DELIVERED) - ghost_get(DROPPED) < 2);
  finish_manual();
}

const struct scene scenes_stop[] = {
  {"stop_drain", "pushes against a drain", drain, 1},
  {"stop_discard", "pushes against a discard", discard, 1},
  {"stop_abandon", "pushes against abandoning", abandon, 1},
  {"stop_asked_twice", "two threads ask for different ends", asked_twice, 1},
  {"stop_wait", "a thread that waits for the end", stop_wait, 1},
  {"idle_discard", "pushes against a discard in IDLE", idle_discard, 1},
  {"idle_drain", "pushes against a drain in IDLE", idle_drain, 1},
  {"start_push", "pushes against the start", start_push, 1},
  {"restart", "pushes over a stop and a start", restart, 1},
  {0},
};
