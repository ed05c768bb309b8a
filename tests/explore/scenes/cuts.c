/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Discards: what was done before one is there for who learns of it, by on_drop or by a batch that
 * is cancelled. And batches that fill up in the middle of a segment, as a discard leaves them.
 */
#include "instance.h"

static int why; /* not atomic: written before a discard */

static void push_one_more(void *arg)
{
  push_items((int)(intptr_t)arg, 1);
}

static void discard_for_a_reason(void *arg)
{
  (void)arg;
  why = 1;
  CHECK(mpcc_discard(mpcc, 0) == 0);
}

static void stop_for_a_reason(void *arg)
{
  (void)arg;
  why = 1;
  CHECK(mpcc_complete(mpcc, MPCC_DISCARD, on_complete, NULL) == 0);
}

static void on_drop_why(const mpcc_batch_t *batch, int reason, void *state)
{
  CHECK(why == 1);
  on_drop(batch, reason, state);
}

static mpcc_options_t begin_why(void)
{
  mpcc_options_t options = manual_options(2);

  why = 0;
  options.on_drop = on_drop_why;
  return options;
}

/* The loop is at work for others when the discard comes. */
static void discard_why(void)
{
  mpcc_options_t options = begin_why();

  open_instance(&options, pump_now);
  push_items(5, 1);
  scene_go(push_one_more, (void *)1);
  scene_go(discard_for_a_reason, NULL);
  drive();
  finish_manual();
}

static void stop_why(void)
{
  mpcc_options_t options = begin_why();

  open_instance(&options, pump_now);
  push_items(5, 1);
  scene_go(push_one_more, (void *)1);
  scene_go(stop_for_a_reason, NULL);
  drive_to_end();
  scene_join();
  check_stopped();
  CHECK(mpcc_destroy(mpcc) == 0);
}

/* -- A pump that asks whether it may stop early ------------------------------------------------ */

static _Atomic(mpcc_batch_t *) given;

static int pump_give(mpcc_batch_t *batch, void *state)
{
  (void)state;
  see_items(batch);
  atomic_store_explicit(&given, batch, memory_order_release); /* the batch and its items */
  ghost_add(HANDED, 1);
  return MPCC_PENDING;
}

static void ask_until_cancelled(void *arg)
{
  mpcc_batch_t *batch;

  (void)arg;
  (void)ghost_await(HANDED, 1);
  while ((batch = atomic_load_explicit(&given, memory_order_acquire)) == NULL) /* as above */
    scene_yield();
  while (!mpcc_batch_cancelled(batch))
    scene_yield();
  CHECK(why == 1);
  CHECK(mpcc_batch_done(batch, 0) == 0);
  ghost_add(DELIVERED, 1);
}

static void on_cancel_why(mpcc_batch_t *batch, void *state)
{
  CHECK(why == 1);
  on_cancel(batch, state);
}

static mpcc_options_t begin_cancel(void)
{
  mpcc_options_t options = manual_options(1);

  why = 0;
  options.on_cancel = on_cancel_why;
  atomic_init(&given, NULL);
  return options;
}

static void cancel_why(void)
{
  mpcc_options_t options = begin_cancel();

  open_instance(&options, pump_give);
  push_items(5, 1);
  (void)step();
  scene_go(ask_until_cancelled, NULL);
  scene_go(discard_for_a_reason, NULL);
  drive();
  CHECK(ghost_get(DELIVERED) == 1);
  finish_manual();
}

static void cancel_stop_why(void)
{
  mpcc_options_t options = begin_cancel();

  open_instance(&options, pump_give);
  push_items(5, 1);
  (void)step();
  scene_go(ask_until_cancelled, NULL);
  scene_go(stop_for_a_reason, NULL);
  drive_to_end();
  scene_join();
  check_stopped();
  CHECK(mpcc_destroy(mpcc) == 0);
}

/* -- Batches in the middle of a segment -------------------------------------------------------- */

/* Push some items, discard them, push some more: none is full, until the thread has pushed. */
static void fill_up(uint32_t batch_size, int cut, int left)
{
  mpcc_options_t options = manual_options(batch_size);

  open_instance(&options, pump_now);
  push_items(5, cut);
  CHECK(mpcc_discard(mpcc, 0) == 0);
  push_items(4, left);
  scene_go(push_one_more, (void *)1);
  drive();
  CHECK(ghost_get(DELIVERED) == (int64_t)batch_size);
  finish_manual();
}

/* It is full with the first cell of a new segment. */
static void fill_new(void)
{
  fill_up(2, 1, 1);
}

/* It is full with a cell of a segment that was begun before. */
static void fill_begun(void)
{
  fill_up(4, 3, 3);
}

const struct scene scenes_cuts[] = {
  {"cut_why", "what was done before a discard, for on_drop", discard_why, 1},
  {"cut_stop_why", "the same before a stop that discards", stop_why, 1},
  {"cut_cancel_why", "the same, for a pump that sees itself cancelled", cancel_why, 1},
  {"cut_cancel_stop_why", "the same before a stop", cancel_stop_why, 1},
  {"cut_fill_new", "a batch that a new segment fills up", fill_new, 1},
  {"cut_fill_begun", "a batch that the segment behind fills up", fill_begun, 1},
  {0},
};
