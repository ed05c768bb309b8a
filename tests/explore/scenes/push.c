/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* A manual instance: pushes against steps, and against going to sleep. */
#include "instance.h"

static void two_pushers(void (*run)(void *arg))
{
  scene_go(run, (void *)1);
  scene_go(run, (void *)2);
}

/* The stepper sleeps only when no full batch is left. */
static void push_step(void)
{
  mpcc_options_t options = manual_options(2);

  open_instance(&options, pump_now);
  two_pushers(push_two);
  drive();
  CHECK(ghost_get(DELIVERED) == 4);
  finish_manual();
}

/* Batches of one: each push is news. */
static void push_single(void)
{
  mpcc_options_t options = manual_options(1);

  open_instance(&options, pump_now);
  two_pushers(push_one);
  drive();
  CHECK(ghost_get(DELIVERED) == 2);
  finish_manual();
}

static void push_many(void *arg)
{
  uint64_t items[3];
  int who = (int)(intptr_t)arg;

  for (int i = 0; i < 3; i++)
    items[i] = item_of(who, i + 1);
  CHECK(mpcc_push_many(mpcc, items, 3, 0) == 3);
  ghost_add(ACCEPTED, 3);
}

/* An array that ends in the middle of a segment. */
static void push_arrays(void)
{
  mpcc_options_t options = manual_options(2);

  open_instance(&options, pump_now);
  scene_go(push_many, (void *)1);
  scene_go(push_one, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == 4);
  finish_manual();
}

static void push_and_flush(void *arg)
{
  push_items((int)(intptr_t)arg, 1);
  CHECK(mpcc_flush(mpcc, 0) == 0);
}

/* What a thread has pushed before it flushes is pumped. */
static void push_flush(void)
{
  mpcc_options_t options = manual_options(3);

  open_instance(&options, pump_now);
  two_pushers(push_and_flush);
  drive();
  CHECK(ghost_get(DELIVERED) == 2);
  finish_manual();
}

/* One flushes, the other only pushes: the latter's may stay, and no full batch. */
static void push_against_flush(void)
{
  mpcc_options_t options = manual_options(2);

  open_instance(&options, pump_now);
  scene_go(push_and_flush, (void *)1);
  scene_go(push_two, (void *)2);
  drive();
  CHECK(ghost_get(LAST_OF + 1) == 1 && ghost_get(ACCEPTED) - ghost_get(DELIVERED) < 2);
  finish_manual();
}

/* With an interval of 0 nothing stays. */
static void push_at_once(void)
{
  mpcc_options_t options = manual_options(3);

  options.push_interval_ms = 0;
  open_instance(&options, pump_now);
  two_pushers(push_two);
  drive();
  CHECK(ghost_get(DELIVERED) == 4);
  finish_manual();
}

static void push_and_wait_for_fate(void *arg)
{
  int who = (int)(intptr_t)arg;

  push_items(who, 1);
  CHECK(mpcc_flush_wait(mpcc, 0, MPCC_NO_TIMEOUT) == 0);
  CHECK(ghost_get(LAST_OF + who) == 1);
}

static void push_flush_wait(void)
{
  mpcc_options_t options = manual_options(3);

  open_instance(&options, pump_now);
  two_pushers(push_and_wait_for_fate);
  drive();
  finish_manual();
}

/* A reader never sees more fates than pushes. */
static void read_stats(void *arg)
{
  (void)arg;
  for (int i = 0; i < 2; i++) {
    mpcc_stats_t stats = stats_now();

    CHECK(stats.delivered + stats.dropped <= stats.pushed);
    CHECK(stats.delivered + stats.queued <= stats.pushed && stats.queued <= 4);
  }
}

static void push_stats(void)
{
  mpcc_options_t options = manual_options(1);

  open_instance(&options, pump_now);
  scene_go(push_two, (void *)1);
  scene_go(read_stats, NULL);
  drive();
  finish_manual();
}

static void step_too(void *arg)
{
  int err = mpcc_step(mpcc, 1, NULL);

  (void)arg;
  CHECK(err == 0 || err == MPCC_EBUSY);
}

/* Two threads step; the second one is told so, or finds all as the first has left it. */
static void step_step(void)
{
  mpcc_options_t options = manual_options(1);
  int err;

  open_instance(&options, pump_now);
  scene_go(push_one, (void *)1);
  scene_go(step_too, NULL);
  err = mpcc_step(mpcc, 1, NULL);
  CHECK(err == 0 || err == MPCC_EBUSY);
  scene_join();
  CHECK(mpcc_step(mpcc, 1, NULL) == 0);
  CHECK(ghost_get(DELIVERED) == 1);
  finish_manual();
}

const struct scene scenes_push[] = {
  {"push_step", "two pushers and the stepper that sleeps", push_step, 2},
  {"push_single", "the same with batches of one", push_single, 2},
  {"push_arrays", "an array against a push", push_arrays, 2},
  {"push_flush", "push and flush, twice", push_flush, 1},
  {"push_against_flush", "push against flush", push_against_flush, 1},
  {"push_at_once", "no interval to wait", push_at_once, 1},
  {"push_flush_wait", "waiting for the fate of what was pushed", push_flush_wait, 1},
  {"push_stats", "statistics are never ahead", push_stats, 1},
  {"step_step", "two threads step", step_step, 2},
  {0},
};
