/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What a script of memory.c is made of: an instance of some kind, and each call that traffic knows,
 * made again when it was told MPCC_ENOMEM and there is memory for it now.
 */
#ifndef MPCC_TESTS_SCRIPTS_H
#define MPCC_TESTS_SCRIPTS_H

#include <uv.h>

#include "account.h"

enum {
  LOOP = 1,       /* on a loop of the caller's, which turns on this thread */
  MANUAL = 2,
  WORKERS = 4,
  HANDLES = 8,
  WEIGHTS = 16,
  RESTARTS = 32,
  ABANDONS = 64,  /* in the middle, and starts again */
  WAITERS = 128,  /* two threads in mpcc_push_wait() */
  ISOLATES = 256, /* three tries, then halves */
  ROOM = 512,     /* on_room */
  HANGS = 1024    /* the first pump on a worker, until the instance has stopped */
};

struct script {
  const char *name;
  unsigned traits;
  size_t capacity;
  size_t max_memory;
  int mode; /* of the last stop */
};

struct run {
  struct account account;
  const struct script *script;
  uv_loop_t loop;
  uint64_t now_ms;
  mpcc_producer_t *handles[2];
  pthread_t waiters[2];
  uint32_t waiter_count;
  atomic_bool stopped;
  atomic_bool hangs;   /* the next pump is to */
  atomic_bool let_go;
  atomic_bool hanging;
};

static struct run run;

static inline bool has(unsigned trait)
{
  return (run.script->traits & trait) != 0;
}

/* -- Callbacks --------------------------------------------------------------------------------- */

/* A worker's pump that blocks until it has long been abandoned. */
static inline int hang(void)
{
  /* acquire: pairs with release_hanging(). */
  while (!atomic_load_explicit(&run.let_go, memory_order_acquire))
    verdict_sleep_us(100);
  /* release: pairs with release_hanging(), which lets the next run begin. */
  atomic_store_explicit(&run.hanging, false, memory_order_release);
  return 0;
}

static inline int pump(mpcc_batch_t *batch, void *state)
{
  /* relaxed: a wish; what it is about is ordered by the batch. */
  if (atomic_exchange_explicit(&run.hangs, false, memory_order_relaxed)) {
    /* release: pairs with release_hanging(). */
    atomic_store_explicit(&run.hanging, true, memory_order_release);
    return hang();
  }
  return account_pump(batch, state);
}

/* Whoever hangs was abandoned: what it answers now is not heard. */
static inline void release_hanging(void)
{
  /* release: pairs with hang(). */
  atomic_store_explicit(&run.let_go, true, memory_order_release);
  /* acquire: pairs with hang() and pump(). */
  while (atomic_load_explicit(&run.hanging, memory_order_acquire))
    verdict_sleep_us(100);
}

static inline void on_room(mpcc_t *mpcc, uint32_t slot, void *state)
{
  (void)mpcc;
  (void)account_push(state, NULL, 3, slot);
}

/* -- Turning ----------------------------------------------------------------------------------- */

/* Let the instance work for a moment. */
static inline void turn(void)
{
  if (has(LOOP))
    uv_run(&run.loop, UV_RUN_NOWAIT);
  if (has(MANUAL))
    verdict_expect("mpcc_step", mpcc_step(run.account.mpcc, run.now_ms++, NULL), 0);
  else
    verdict_sleep_us(300);
  verdict_step();
}

static inline void on_complete(mpcc_t *mpcc, int status, void *arg)
{
  (void)mpcc;
  (void)arg;
  verdict_expect("a completion", status, 0);
  /* release: pairs with stop(). */
  atomic_store_explicit(&run.stopped, true, memory_order_release);
}

/* It must come to its end, whatever is refused. */
static inline void stop(int mode)
{
  /* relaxed: no completion is under way. */
  atomic_store_explicit(&run.stopped, false, memory_order_relaxed);
  verdict_expect("mpcc_complete", mpcc_complete(run.account.mpcc, mode, on_complete, NULL), 0);
  /* acquire: pairs with on_complete(). */
  while (!atomic_load_explicit(&run.stopped, memory_order_acquire)) {
    turn();
    if (mode != MPCC_ABANDON)
      account_finish(&run.account, true);
  }
  if (!has(LOOP)) /* whose thread may not wait */
    verdict_expect("mpcc_wait", mpcc_wait(run.account.mpcc, MPCC_NO_TIMEOUT), 0);
}

/* -- What a script does ------------------------------------------------------------------------ */

static inline bool create(void)
{
  mpcc_options_t options;
  int answer;

  account_options(&run.account, &options);
  options.capacity = run.script->capacity;
  options.max_memory = run.script->max_memory;
  options.pump_on = has(WORKERS) ? MPCC_PUMP_ON_WORKER : MPCC_PUMP_ON_LOOP;
  options.worker_count = 2;
  options.max_attempts = has(ISOLATES) ? 3 : 2;
  options.isolate_failures = has(ISOLATES);
  options.max_batch_weight = has(WEIGHTS) ? 12 : 0;
  options.weigh = has(WEIGHTS) ? account_weigh : NULL;
  options.on_room = has(ROOM) ? on_room : NULL;
  options.lane_capacity = 10;
  options.manual = has(MANUAL);
  options.loop = has(LOOP) ? &run.loop : NULL;
  ACCOUNT_CALL(&run.account, answer, mpcc_create(&run.account.mpcc, &options));
  if (answer != MPCC_ENOMEM)
    verdict_expect("mpcc_create", answer, 0);
  return answer == 0;
}

static inline bool start(void)
{
  int answer;

  ACCOUNT_CALL(&run.account, answer, mpcc_start(run.account.mpcc, pump, &run.account));
  if (answer != MPCC_ENOMEM)
    verdict_expect("mpcc_start", answer, 0);
  return answer == 0;
}

static inline void open_handles(void)
{
  for (int i = 0; has(HANDLES) && i < 2; i++) {
    int answer;

    if (run.handles[i] != NULL)
      continue;
    ACCOUNT_CALL(&run.account, answer, mpcc_producer_open(run.account.mpcc, &run.handles[i]));
    if (answer != MPCC_ENOMEM)
      verdict_expect("mpcc_producer_open", answer, 0);
    else if (run.handles[i] != NULL)
      verdict_fail("%s: a handle was written and refused", run.account.name);
  }
}

static inline void close_handle(int which)
{
  verdict_expect("mpcc_producer_close", mpcc_producer_close(run.handles[which]), 0);
  run.handles[which] = NULL;
}

static inline void push_handles(uint32_t slot, int count)
{
  for (int i = 0; i < count; i++)
    if (run.handles[i % 2] != NULL)
      (void)account_push(&run.account, run.handles[i % 2], 0, slot);
}

static inline void *wait_for_room(void *argument)
{
  uint32_t thread = *(uint32_t *)argument;

  for (int i = 0; i < 10; i++) {
    struct account_item item;
    uint64_t number;
    int answer;

    memset(&item, 0, sizeof item);
    number = account_write(&run.account, &item, thread, 1);
    ACCOUNT_CALL(&run.account, answer, mpcc_push_wait(run.account.mpcc, &item, 1, 20));
    if (answer == 0)
      account_add(&run.account.accepted[number]);
    else if (answer != MPCC_ENOMEM && answer != MPCC_ETIMEDOUT && answer != MPCC_ECLOSED)
      verdict_fail("%s: mpcc_push_wait: %s", run.account.name, mpcc_err_name(answer));
  }
  return NULL;
}

static inline void send_waiters(void)
{
  static uint32_t threads[] = {1, 2};

  for (; has(WAITERS) && run.waiter_count < 2; run.waiter_count++)
    if (pthread_create(&run.waiters[run.waiter_count], NULL, wait_for_room,
                       &threads[run.waiter_count]) != 0)
      verdict_fail("no thread for a waiter");
}

static inline void join_waiters(void)
{
  while (run.waiter_count > 0)
    pthread_join(run.waiters[--run.waiter_count], NULL);
}

/* A call that may lack the memory for what handles hold, or for a wait. */
static inline void ask(const char *what, int answer)
{
  if (answer != MPCC_ENOMEM && answer != MPCC_ETIMEDOUT)
    verdict_expect(what, answer, 0);
}

/* Traffic with every call that traffic knows. */
static inline void live_a_while(void)
{
  mpcc_t *mpcc = run.account.mpcc;
  int answer;

  open_handles();
  for (uint32_t round = 0; round < ACCOUNT_SLOTS; round++) {
    for (int i = 0; i < 11; i++)
      (void)account_push(&run.account, NULL, 0, 0);
    push_handles(1, 14);
    turn();
    account_push_many(&run.account, round, ACCOUNT_BATCH);
    if (!has(LOOP)) { /* its thread is this one */
      ACCOUNT_CALL(&run.account, answer, mpcc_flush_wait(mpcc, round, has(MANUAL) ? 0 : 2));
      ask("mpcc_flush_wait", answer);
    }
    account_finish(&run.account, round == 1);
    ACCOUNT_CALL(&run.account, answer, mpcc_flush(mpcc, MPCC_ALL_SLOTS));
    ask("mpcc_flush", answer);
    turn();
    push_handles(round, 9);
    if (round == 1)
      ACCOUNT_CALL(&run.account, answer, mpcc_discard(mpcc, 1));
    ask("mpcc_discard", answer);
    if (round == 0 && run.handles[0] != NULL)
      close_handle(0);
  }
  turn();
}

#endif /* MPCC_TESTS_SCRIPTS_H */
