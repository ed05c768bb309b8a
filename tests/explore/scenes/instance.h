/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A whole instance, through its public functions. Items are uint64_t: whose, and the how many-th.
 * A manual instance is stepped by the scenario's first thread, which sleeps when the step says so
 * and wakes by on_wake alone: so a wake-up that is lost is seen.
 */
#ifndef EXPLORE_INSTANCE_H
#define EXPLORE_INSTANCE_H

#include <stdatomic.h>

#include <mpcc.h>

#include "scene.h"

enum { WHO = 6, HANDS = 8 };

/* Ghosts. */
enum {
  ACCEPTED, DELIVERED, DROPPED, WOKEN, COMPLETED, DONE, CANCELLED, ROOMS, REFUSED, ATTEMPTS,
  LAST_OF /* [WHO] */,
  HANDED = LAST_OF + WHO /* batches given to other threads */,
  OWN /* the scenario's own, from here */
};

static mpcc_t *mpcc;
static uint64_t now_ms;
static _Atomic uint64_t ids[HANDS]; /* of batches that other threads are to answer */

static inline uint64_t item_of(int who, int64_t number)
{
  return (uint64_t)who << 32 | (uint64_t)number;
}

/* -- Callbacks ------------------------------------------------------------------------------- */

/* Each thread's items come in its order, once. */
static inline void see_items(const mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;

  for (size_t i = 0; i < batch->count; i++) {
    int who = (int)(items[i] >> 32);
    int64_t number = (int64_t)(uint32_t)items[i];

    CHECK(who < WHO && number > ghost_get(LAST_OF + who));
    ghost_set(LAST_OF + who, number);
  }
}

static inline int pump_now(mpcc_batch_t *batch, void *state)
{
  (void)state;
  see_items(batch);
  ghost_add(DELIVERED, (int64_t)batch->count);
  return 0;
}

/* Somebody else will answer: by_id(). */
static inline int pump_later(mpcc_batch_t *batch, void *state)
{
  (void)state;
  if (batch->attempt == 1)
    see_items(batch);
  CHECK(ghost_get(HANDED) < HANDS);
  /* With the id goes all that was done to the batch. */
  atomic_store_explicit(&ids[ghost_get(HANDED)], batch->id, memory_order_release);
  ghost_add(HANDED, 1);
  return MPCC_PENDING;
}

static inline void on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  (void)reason;
  (void)state;
  if (batch->attempt == 0)
    see_items(batch);
  ghost_add(DROPPED, (int64_t)batch->count);
}

static inline void on_cancel(mpcc_batch_t *batch, void *state)
{
  (void)batch;
  (void)state;
  ghost_add(CANCELLED, 1);
}

static inline void on_wake(mpcc_t *which, void *arg)
{
  (void)which;
  (void)arg;
  ghost_set(WOKEN, 1);
}

static inline void on_room(mpcc_t *which, uint32_t slot, void *state)
{
  (void)which;
  (void)slot;
  (void)state;
  ghost_add(ROOMS, 1);
}

static inline void on_complete(mpcc_t *which, int status, void *arg)
{
  (void)which;
  (void)arg;
  CHECK(status == 0);
  ghost_add(COMPLETED, 1);
}

/* -- Making one ------------------------------------------------------------------------------ */

/* Manual, with one slot and no interval, so that only what is due by itself is pumped. */
static inline mpcc_options_t manual_options(uint32_t batch_size)
{
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(uint64_t);
  options.batch_size = batch_size;
  options.push_interval_ms = MPCC_NO_INTERVAL;
  options.lane_capacity = 4;
  options.manual = true;
  options.on_wake = on_wake;
  options.on_drop = on_drop;
  options.on_cancel = on_cancel;
  return options;
}

/* The same with a loop and a thread of its own. */
static inline mpcc_options_t loop_options(uint32_t batch_size)
{
  mpcc_options_t options = manual_options(batch_size);

  options.manual = false;
  options.on_wake = NULL;
  return options;
}

/* So little memory that there is one batch only; how much that is, is found once. */
static inline void ration(mpcc_options_t *options)
{
  static size_t least;

  options->max_memory = least != 0 ? least : 1;
  while (least == 0) {
    if (mpcc_create(&mpcc, options) == 0) {
      CHECK(mpcc_destroy(mpcc) == 0);
      least = options->max_memory;
    } else {
      options->max_memory += 64;
    }
  }
}

static inline void create(const mpcc_options_t *options)
{
  now_ms = 1;
  for (int i = 0; i < HANDS; i++)
    atomic_init(&ids[i], 0);
  CHECK(mpcc_create(&mpcc, options) == 0);
}

static inline void open_instance(const mpcc_options_t *options, mpcc_pump_cb pump)
{
  create(options);
  CHECK(mpcc_start(mpcc, pump, NULL) == 0);
}

/* -- Producers and finishers ----------------------------------------------------------------- */

/* Push the ${number}-th item of this thread into a slot: 0 or why not. */
static inline int push_into(uint32_t slot, int who, int64_t number)
{
  uint64_t item = item_of(who, number);
  int err = mpcc_push(mpcc, &item, slot);

  if (err == 0)
    ghost_add(ACCEPTED, 1);
  return err;
}

/* Push ${count} items, which may be refused by an instance that is closed. */
static inline void push_items(int who, int count)
{
  for (int i = 1; i <= count; i++) {
    int err = push_into(0, who, i);

    CHECK(err == 0 || err == MPCC_ECLOSED);
  }
}

static inline void push_one(void *arg)
{
  push_items((int)(intptr_t)arg, 1);
}

static inline void push_two(void *arg)
{
  push_items((int)(intptr_t)arg, 2);
}

static inline void push_three(void *arg)
{
  push_items((int)(intptr_t)arg, 3);
}

/* Answer the n-th batch that was handed over, when it has been, by its id: what the call said; -1
 * if there was none. */
static inline int by_id(int n, int status)
{
  uint64_t id;

  if (!ghost_await(HANDED, n + 1))
    return -1;
  while ((id = atomic_load_explicit(&ids[n], memory_order_acquire)) == 0) /* as above */
    scene_yield();
  return mpcc_batch_done_id(mpcc, id, status);
}

/* -- The thread that steps ------------------------------------------------------------------- */

/* One step; when it should be called again. */
static inline uint64_t step(void)
{
  uint64_t next_ms = 0;

  ghost_set(WOKEN, 0);
  CHECK(mpcc_step(mpcc, now_ms, &next_ms) == 0);
  return next_ms;
}

/* Step, sleep, and wake, until all other threads have ended and nothing more is wanted. */
static inline void drive(void)
{
  int turns = 0;

  for (;;) {
    uint64_t next_ms = step();

    if (next_ms != UINT64_MAX) {
      now_ms = next_ms;
      scene_idle(&turns);
    } else if (!ghost_await(WOKEN, 1)) {
      break;
    }
  }
  scene_join();
}

/* The same until the completion that somebody asks for has ended. */
static inline void drive_to_end(void)
{
  int turns = 0;

  while (ghost_get(COMPLETED) == 0) {
    uint64_t next_ms = step();

    if (ghost_get(COMPLETED) != 0)
      break;
    if (next_ms != UINT64_MAX) {
      now_ms = next_ms;
      scene_idle(&turns);
    } else {
      CHECK(ghost_await(WOKEN, 1));
    }
  }
}

/* -- The end --------------------------------------------------------------------------------- */

static inline mpcc_stats_t stats_now(void)
{
  mpcc_stats_t stats;

  CHECK(mpcc_stats(mpcc, &stats) == 0);
  return stats;
}

static inline void check_stopped(void)
{
  mpcc_stats_t stats = stats_now();

  CHECK(stats.pushed == (uint64_t)ghost_get(ACCEPTED));
  CHECK(stats.delivered + stats.dropped + stats.orphaned == stats.pushed);
  CHECK(stats.queued == 0 && stats.in_flight == 0);
  CHECK(stats.dropped == (uint64_t)ghost_get(DROPPED));
}

/* Nobody else is left: drain what there is, and destroy. */
static inline void finish_manual(void)
{
  CHECK(mpcc_complete(mpcc, MPCC_DRAIN, on_complete, NULL) == 0);
  drive_to_end();
  check_stopped();
  CHECK(ghost_get(DELIVERED) + ghost_get(DROPPED) == ghost_get(ACCEPTED));
  CHECK(mpcc_destroy(mpcc) == 0);
}

static inline void push_three_and_flush(void *arg)
{
  push_three(arg);
  CHECK(mpcc_flush(mpcc, 0) == 0);
}

/* A manual instance is stopped while two threads push. */
static inline void stop_against_pushes(int mode)
{
  scene_go(push_three, (void *)1);
  scene_go(push_two, (void *)2);
  CHECK(mpcc_complete(mpcc, mode, on_complete, NULL) == 0);
  drive_to_end();
  scene_join();
  check_stopped();
  CHECK(mode != MPCC_DRAIN || ghost_get(DELIVERED) == ghost_get(ACCEPTED));
  CHECK(mpcc_destroy(mpcc) == 0);
}

static inline void finish_loop(int mode)
{
  CHECK(mpcc_complete(mpcc, mode, on_complete, NULL) == 0);
  CHECK(mpcc_wait(mpcc, MPCC_NO_TIMEOUT) == 0);
  CHECK(ghost_get(COMPLETED) == 1);
  scene_join();
  check_stopped();
  CHECK(mpcc_destroy(mpcc) == 0);
}

#endif
