/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Pumps that run on workers: that answer, leave it to others, hang, and are left behind. */
#include "instance.h"

/* Ghosts. */
enum { MAY_RETURN = OWN, INSIDE };

static mpcc_options_t worker_options(uint32_t count)
{
  mpcc_options_t options = loop_options(1);

  options.pump_on = MPCC_PUMP_ON_WORKER;
  options.worker_count = count;
  return options;
}

static int pump_one(mpcc_batch_t *batch, void *state)
{
  CHECK(batch->count == 1);
  (void)state;
  ghost_add(DELIVERED, 1);
  return 0;
}

static void worker_drain(void)
{
  mpcc_options_t options = worker_options(1);

  open_instance(&options, pump_one);
  scene_go(push_two, (void *)1);
  scene_dawdle(1);
  finish_loop(MPCC_DRAIN);
  CHECK(ghost_get(DELIVERED) == ghost_get(ACCEPTED));
}

/* Two slots, two workers. */
static void worker_two(void)
{
  mpcc_options_t options = worker_options(2);

  options.slot_count = 2;
  open_instance(&options, pump_one);
  CHECK(push_into(0, 1, 1) == 0 && push_into(1, 2, 1) == 0);
  finish_loop(MPCC_DRAIN);
  CHECK(ghost_get(DELIVERED) == 2);
}

/* What waits for a worker is taken away from it. */
static void worker_discard(void)
{
  mpcc_options_t options = worker_options(1);

  options.max_concurrency = 2;
  open_instance(&options, pump_one);
  push_items(1, 2);
  scene_dawdle(1);
  finish_loop(MPCC_DISCARD);
  CHECK(ghost_get(DELIVERED) + ghost_get(DROPPED) == 2);
}

static void deliver_first(void *arg)
{
  (void)arg;
  ghost_add(DELIVERED, by_id(0, 0) == 0);
}

static int pump_or_leave(mpcc_batch_t *batch, void *state)
{
  int answer = pump_later(batch, state);

  scene_dawdle(1);
  return scene_choose(2) == 0 ? answer : 0;
}

/* The pump's return against an answer by another thread. */
static void worker_answer(void)
{
  mpcc_options_t options = worker_options(1);

  open_instance(&options, pump_or_leave);
  push_items(1, 1);
  scene_go(deliver_first, NULL);
  finish_loop(MPCC_DRAIN);
}

/* It hangs, is left behind, and returns when the instance is gone, or before. */
static int pump_hanging(mpcc_batch_t *batch, void *state)
{
  uint64_t item = *(const uint64_t *)batch->items;

  (void)state;
  ghost_set(INSIDE, 1);
  (void)ghost_await(MAY_RETURN, 1);
  CHECK(item == *(const uint64_t *)batch->items);
  return 0;
}

static void worker_abandon(void)
{
  mpcc_options_t options = worker_options(1);

  open_instance(&options, pump_hanging);
  push_items(1, 1);
  CHECK(ghost_await(INSIDE, 1));
  if (scene_choose(2) == 0)
    ghost_set(MAY_RETURN, 1);
  CHECK(mpcc_complete(mpcc, MPCC_ABANDON, on_complete, NULL) == 0);
  CHECK(mpcc_wait(mpcc, MPCC_NO_TIMEOUT) == 0);
  CHECK(mpcc_destroy(mpcc) == 0);
  ghost_set(MAY_RETURN, 1);
}

const struct scene scenes_workers[] = {
  {"worker_drain", "pushes, a worker and a drain", worker_drain, 1},
  {"worker_two", "two workers", worker_two, 1},
  {"worker_discard", "jobs that wait for a worker against a discard", worker_discard, 1},
  {"worker_answer", "the pump's return against another answer", worker_answer, 1},
  {"worker_abandon", "a worker that is left behind", worker_abandon, 1},
  {0},
};
