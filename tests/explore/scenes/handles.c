/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Producer handles, on manual instances: with the system's barrier of all threads, and without. */
#include "instance.h"

static mpcc_producer_t *handle;
static bool of_one_slot; /* what the handle holds may become a batch as it is */

static void push_handle(int count)
{
  for (int i = 1; i <= count; i++) {
    uint64_t item = item_of(1, i);
    int err = mpcc_producer_push(handle, &item, 0);

    CHECK(err == 0 || err == MPCC_ECLOSED || err == MPCC_EFULL);
    ghost_add(ACCEPTED, err == 0);
    ghost_add(REFUSED, err == MPCC_EFULL);
  }
}

static void push_two_through(void *arg)
{
  (void)arg;
  push_handle(2);
}

static void push_three_through(void *arg)
{
  (void)arg;
  push_handle(3);
}

static void push_and_close(void *arg)
{
  (void)arg;
  push_handle(2);
  CHECK(mpcc_producer_close(handle) == 0);
}

static mpcc_options_t open_handle(uint32_t batch_size, size_t capacity)
{
  mpcc_options_t options = manual_options(batch_size);

  scene_barrier(of_one_slot || scene_choose(2) == 0);
  options.slot_count = of_one_slot ? 1 : 2;
  options.lane_capacity = capacity;
  of_one_slot = false;
  return options;
}

static void begin(const mpcc_options_t *options)
{
  open_instance(options, pump_now);
  CHECK(mpcc_producer_open(mpcc, &handle) == 0);
}

static void finish(void)
{
  CHECK(mpcc_producer_close(handle) == 0);
  finish_manual();
}

/* The first item into an empty handle calls; no full batch stays. */
static void handle_step(void)
{
  mpcc_options_t options = open_handle(2, 4);

  begin(&options);
  scene_go(push_three_through, NULL);
  drive();
  CHECK(ghost_get(ACCEPTED) - ghost_get(DELIVERED) < 2);
  finish();
}

/* A handle and a push into the same slot. */
static void handle_and_push(void)
{
  mpcc_options_t options = open_handle(2, 4);

  begin(&options);
  scene_go(push_two_through, NULL);
  scene_go(push_two, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == 4);
  finish();
}

/* No interval to wait: nothing stays in a handle. */
static void handle_at_once(void)
{
  mpcc_options_t options = open_handle(3, 2);

  options.push_interval_ms = 0;
  begin(&options);
  scene_go(push_two_through, NULL);
  drive();
  CHECK(ghost_get(DELIVERED) == ghost_get(ACCEPTED));
  finish();
}

/* What comes out of the handle goes past the queue, unless a push comes into it. */
static void bypass_and_push(void)
{
  mpcc_options_t options = open_handle(3, 2);

  options.push_interval_ms = 0;
  begin(&options);
  scene_go(push_two_through, NULL);
  scene_go(push_two, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == ghost_get(ACCEPTED));
  finish();
}

static void flush(void *arg)
{
  (void)arg;
  CHECK(mpcc_flush(mpcc, 0) == 0);
}

static void push_and_flush(void *arg)
{
  (void)arg;
  push_handle(1);
  CHECK(mpcc_flush(mpcc, 0) == 0);
}

/* What this thread, and another, has in handles is flushed, too. */
static void handle_flush(void)
{
  mpcc_options_t options = open_handle(3, 4);

  begin(&options);
  scene_go(push_and_flush, NULL);
  scene_go(flush, NULL);
  drive();
  CHECK(ghost_get(DELIVERED) == 1);
  finish();
}

static void stop_against(int mode, size_t capacity)
{
  mpcc_options_t options = open_handle(2, capacity);

  begin(&options);
  scene_go(push_three_through, NULL);
  scene_dawdle(2);
  if (scene_choose(2) == 0)
    (void)step();
  CHECK(mpcc_complete(mpcc, mode, on_complete, NULL) == 0);
  drive_to_end();
  scene_join();
  check_stopped();
  CHECK(mode != MPCC_DRAIN || ghost_get(DROPPED) == 0);
  CHECK(mpcc_producer_close(handle) == 0);
  CHECK(mpcc_destroy(mpcc) == 0);
}

/* Nothing comes after the last look into a handle. */
static void handle_drain(void)
{
  stop_against(MPCC_DRAIN, 2);
}

static void handle_discard(void)
{
  stop_against(MPCC_DISCARD, 2);
}

/* A handle is closed while the loop empties it. */
static void handle_close(void)
{
  mpcc_options_t options = open_handle(1, 4);

  begin(&options);
  scene_go(push_and_close, NULL);
  drive();
  CHECK(ghost_get(DELIVERED) == 2);
  finish_manual();
}

/* One that was full is told of room. */
static void handle_room(void)
{
  mpcc_options_t options = open_handle(1, 1);

  options.on_room = on_room;
  begin(&options);
  scene_go(push_two_through, NULL);
  drive();
  CHECK(ghost_get(DELIVERED) == ghost_get(ACCEPTED));
  CHECK((ghost_get(ROOMS) > 0) == (ghost_get(REFUSED) > 0));
  finish();
}

/* A handle lives on over a stop and a start. */
static void handle_restart(void)
{
  mpcc_options_t options = open_handle(1, 4);

  begin(&options);
  scene_go(push_three_through, NULL);
  scene_dawdle(1);
  CHECK(mpcc_complete(mpcc, MPCC_DRAIN, on_complete, NULL) == 0);
  drive_to_end();
  ghost_set(COMPLETED, 0);
  CHECK(mpcc_start(mpcc, pump_now, NULL) == 0);
  drive();
  CHECK(ghost_get(DELIVERED) == ghost_get(ACCEPTED));
  finish();
}

/* In IDLE: a drain that finds something in a handle changes nothing. */
static void handle_idle_drain(void)
{
  mpcc_options_t options = open_handle(2, 4);
  int err;

  create(&options);
  CHECK(mpcc_producer_open(mpcc, &handle) == 0);
  scene_go(push_two_through, NULL);
  scene_dawdle(1);
  err = mpcc_complete(mpcc, MPCC_DRAIN, on_complete, NULL);
  CHECK(err == 0 || err == MPCC_ESTATE);
  scene_join();
  if (err != 0)
    CHECK(mpcc_complete(mpcc, MPCC_DISCARD, on_complete, NULL) == 0);
  check_stopped();
  CHECK(mpcc_producer_close(handle) == 0);
  CHECK(mpcc_destroy(mpcc) == 0);
}

/* -- One slot: a batch goes as it stands in the handle ----------------------------------------- */

static void rows_step(void)
{
  of_one_slot = true;
  handle_step();
}

static void rows_and_push(void)
{
  of_one_slot = true;
  handle_and_push();
}

static void rows_flush(void)
{
  of_one_slot = true;
  handle_flush();
}

static void rows_drain(void)
{
  of_one_slot = true;
  stop_against(MPCC_DRAIN, 4);
}

static void rows_discard(void)
{
  of_one_slot = true;
  stop_against(MPCC_DISCARD, 4);
}

static void rows_close(void)
{
  of_one_slot = true;
  handle_close();
}

static void rows_restart(void)
{
  of_one_slot = true;
  handle_restart();
}

static void push_around_from(int first)
{
  for (int i = first; i <= 7; i++) {
    uint64_t item = item_of(1, i);
    int err = mpcc_producer_push(handle, &item, 0);

    CHECK(err == 0 || err == MPCC_EFULL);
    ghost_add(ACCEPTED, err == 0);
  }
}

static void push_around(void *arg)
{
  (void)arg;
  push_around_from(1);
}

static void push_flush_around(void *arg)
{
  (void)arg;
  push_handle(1);
  CHECK(mpcc_flush(mpcc, 0) == 0);
  push_around_from(2);
}

/* Pushes come to a row again, in whose place there is another one. */
static void handle_around(void)
{
  mpcc_options_t options = open_handle(2, 4);

  begin(&options);
  scene_go(push_around, NULL);
  drive();
  CHECK(ghost_get(ACCEPTED) - ghost_get(DELIVERED) < 2);
  finish();
}

/* What was flushed out of a row does not come again with the rest of it. */
static void rows_cut(void)
{
  mpcc_options_t options;

  of_one_slot = true;
  options = open_handle(2, 4);
  begin(&options);
  scene_go(push_flush_around, NULL);
  drive();
  finish();
}

static void rows_around(void)
{
  of_one_slot = true;
  handle_around();
}

const struct scene scenes_handles[] = {
  {"handle_step", "a handle against steps and sleep", handle_step, 1},
  {"handle_and_push", "a handle and pushes into one slot", handle_and_push, 1},
  {"handle_at_once", "a handle with no interval to wait", handle_at_once, 1},
  {"bypass_and_push", "a handle past the queue, and pushes into it", bypass_and_push, 1},
  {"handle_flush", "a handle against flushes", handle_flush, 1},
  {"handle_drain", "a handle against a drain", handle_drain, 1},
  {"handle_discard", "a handle against a discard", handle_discard, 1},
  {"handle_close", "a handle is closed while it is emptied", handle_close, 1},
  {"handle_room", "a full handle is told of room", handle_room, 1},
  {"handle_restart", "a handle over a stop and a start", handle_restart, 1},
  {"handle_idle_drain", "a handle against a drain in IDLE", handle_idle_drain, 1},
  {"handle_around", "a handle whose rows are used again", handle_around, 1},
  {"rows_step", "a handle of one slot against steps and sleep", rows_step, 1},
  {"rows_and_push", "a handle of one slot and pushes", rows_and_push, 1},
  {"rows_flush", "a handle of one slot against flushes", rows_flush, 1},
  {"rows_cut", "a handle of one slot, of which a part was flushed", rows_cut, 1},
  {"rows_drain", "a handle of one slot against a drain", rows_drain, 1},
  {"rows_discard", "a handle of one slot against a discard", rows_discard, 1},
  {"rows_close", "a handle of one slot is closed while it is emptied", rows_close, 1},
  {"rows_restart", "a handle of one slot over a stop and a start", rows_restart, 1},
  {"rows_around", "a handle of one slot whose rows are used again", rows_around, 1},
  {0},
};
