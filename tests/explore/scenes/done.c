/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* A manual instance: batches that are answered by other threads. */
#include "instance.h"

/* Answered with 0: counted as delivered if the answer was the one that counts. */
static int deliver(int n, int64_t items)
{
  int err = by_id(n, 0);

  if (err == 0)
    ghost_add(DELIVERED, items);
  return err;
}

static void deliver_first(void *arg)
{
  (void)arg;
  ghost_add(DONE, deliver(0, 1) == 0);
}

static void deliver_nth(void *arg)
{
  CHECK(deliver((int)(intptr_t)arg, 1) == 0);
}

static mpcc_options_t pending_options(void)
{
  mpcc_options_t options = manual_options(1);

  options.max_concurrency = 2;
  return options;
}

/* Exactly one of two answers counts. */
static void done_twice(void)
{
  mpcc_options_t options = pending_options();

  open_instance(&options, pump_later);
  push_items(1, 1);
  scene_go(deliver_first, NULL);
  scene_go(deliver_first, NULL);
  drive();
  CHECK(ghost_get(DONE) == 1);
  finish_manual();
}

/* Two batches at once, of one slot, and a third that waits for a place. */
static void done_places(void)
{
  mpcc_options_t options = pending_options();

  open_instance(&options, pump_later);
  push_items(1, 3);
  for (intptr_t i = 0; i < 3; i++)
    scene_go(deliver_nth, (void *)i);
  drive();
  CHECK(ghost_get(DELIVERED) == 3);
  finish_manual();
}

static void push_and_deliver(void *arg)
{
  push_items((int)(intptr_t)arg, 1);
  (void)deliver((int)(intptr_t)arg - 1, 1);
}

/* Answers make the places that others' pushes need. */
static void done_push(void)
{
  mpcc_options_t options = pending_options();

  options.max_concurrency = 1;
  open_instance(&options, pump_later);
  scene_go(push_and_deliver, (void *)1);
  scene_go(push_and_deliver, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == 2);
  finish_manual();
}

/* Answered before the pump returns. */
static int pump_slowly(mpcc_batch_t *batch, void *state)
{
  (void)pump_later(batch, state);
  scene_dawdle(2);
  return scene_choose(2) == 0 ? MPCC_PENDING : 0;
}

static void done_early(void)
{
  mpcc_options_t options = pending_options();

  open_instance(&options, pump_slowly);
  push_items(1, 1);
  scene_go(deliver_first, NULL);
  drive();
  ghost_set(DELIVERED, 1); /* by the pump or by the other */
  finish_manual();
}

/* The old id of memory that is in use again. */
static void answer_twice(void *arg)
{
  (void)arg;
  CHECK(deliver(0, 1) == 0);
  CHECK(by_id(0, 5) == MPCC_EALREADY);
}

/* The only piece of memory comes round. */
static void done_stale(void)
{
  mpcc_options_t options = pending_options();

  options.max_concurrency = 1;
  ration(&options);
  open_instance(&options, pump_later);
  push_items(1, 1);
  scene_go(answer_twice, NULL);
  drive();
  for (int n = 1; n < HANDS; n++) {
    CHECK(push_into(0, 1, n + 1) == 0);
    (void)step();
    CHECK(by_id(0, 5) == MPCC_EALREADY && deliver(n, 1) == 0);
    (void)step();
  }
  finish_manual();
}

/* -- Against cancelling ---------------------------------------------------------------------- */

static void discard_slot(void *arg)
{
  (void)arg;
  CHECK(mpcc_discard(mpcc, 0) == 0);
}

/* A batch that is done with 0 is delivered, cancelled or not; on_cancel comes once at most. */
static void done_discard(void)
{
  mpcc_options_t options = pending_options();

  open_instance(&options, pump_later);
  push_items(1, 1);
  scene_go(deliver_first, NULL);
  scene_go(discard_slot, NULL);
  drive();
  CHECK(ghost_get(CANCELLED) <= 1 && ghost_get(DELIVERED) + ghost_get(DROPPED) == 1);
  finish_manual();
}

static void stop_now(void *arg)
{
  CHECK(mpcc_complete(mpcc, (int)(intptr_t)arg, on_complete, NULL) == 0);
}

static void done_stop(int mode)
{
  mpcc_options_t options = pending_options();

  open_instance(&options, pump_later);
  push_items(1, 1);
  (void)step();
  scene_go(deliver_first, NULL);
  scene_go(stop_now, (void *)(intptr_t)mode);
  drive_to_end();
  scene_join();
  check_stopped();
  CHECK(ghost_get(DELIVERED) == 1 && ghost_get(CANCELLED) <= (mode != MPCC_DRAIN));
  CHECK(mpcc_destroy(mpcc) == 0);
}

static void done_drain(void)
{
  done_stop(MPCC_DRAIN);
}

static void done_stop_discard(void)
{
  done_stop(MPCC_DISCARD);
}

/* -- Trying again ---------------------------------------------------------------------------- */

static void fail_then_deliver(void *arg)
{
  int err = by_id(0, 5); /* -1: discarded in the queue */

  (void)arg;
  CHECK(err == 0 || err == -1);
  if (err == 0 && by_id(1, 0) == 0)
    ghost_add(DELIVERED, 1);
}

/* A batch that waits for its second try against a discard: tried and delivered, or dropped. */
static void retry_discard(void)
{
  mpcc_options_t options = pending_options();

  options.max_attempts = 2;
  options.retry_delay_ms = (uint64_t)scene_choose(2);
  open_instance(&options, pump_later);
  push_items(1, 1);
  scene_go(fail_then_deliver, NULL);
  scene_go(discard_slot, NULL);
  drive();
  CHECK(ghost_get(DELIVERED) + ghost_get(DROPPED) == 1);
  finish_manual();
}

/* Time runs out while the answer comes. */
static void done_timeout(void)
{
  mpcc_options_t options = pending_options();

  options.pump_timeout_ms = 5;
  open_instance(&options, pump_later);
  push_items(1, 1);
  (void)step();
  scene_go(deliver_first, NULL);
  now_ms += 5;
  drive();
  CHECK(ghost_get(DELIVERED) == 1 && stats_now().timeouts == (uint64_t)ghost_get(CANCELLED));
  finish_manual();
}

const struct scene scenes_done[] = {
  {"done_twice", "two threads answer one batch", done_twice, 2},
  {"done_places", "three batches, two places, three answers", done_places, 1},
  {"done_push", "answers against pushes that need a place", done_push, 1},
  {"done_early", "an answer against the pump's return", done_early, 2},
  {"done_stale", "an old id, and memory in use again", done_stale, 2},
  {"done_discard", "an answer against a discard of the slot", done_discard, 1},
  {"done_drain", "an answer against a drain", done_drain, 1},
  {"done_stop_discard", "an answer against a discard of all", done_stop_discard, 1},
  {"retry_discard", "a second try against a discard", retry_discard, 1},
  {"done_timeout", "an answer against the timeout", done_timeout, 2},
  {0},
};
