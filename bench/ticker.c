/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "ticker.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>
#include <uv.h>

struct ticker {
  struct ticker_calls calls;
  void *peer;
  uint64_t interval_ms;
  uv_loop_t loop;
  uv_async_t async;
  uv_timer_t timer;
  pthread_t thread;
  _Atomic bool ending;
  _Atomic uint64_t wakeups;
  alignas(64) ticker_flag dormant; /* apart: every push reads it */
  unsigned char apart[64];
};

static void on_tick(uv_timer_t *timer)
{
  struct ticker *ticker = timer->data;
  /* relaxed: only this thread stores it. */
  const bool dormant = atomic_load_explicit(&ticker->dormant, memory_order_relaxed);

  if (ticker->calls.tick(ticker->peer))
    return;
  if (dormant)
    uv_timer_stop(timer);
  else
    /* seq_cst: a producer that made its item seen by a read-modify-write and then looks here is
     * either seen by the next tick or sees this. */
    atomic_store_explicit(&ticker->dormant, true, memory_order_seq_cst);
}

static void on_wake(uv_async_t *async)
{
  struct ticker *ticker = async->data;

  /* relaxed: a count that this thread alone writes. */
  atomic_fetch_add_explicit(&ticker->wakeups, 1, memory_order_relaxed);
  /* relaxed: only this thread stores it. */
  if (atomic_load_explicit(&ticker->dormant, memory_order_relaxed)) {
    /* relaxed: who sees it late wakes the thread once more. */
    atomic_store_explicit(&ticker->dormant, false, memory_order_relaxed);
    uv_timer_start(&ticker->timer, on_tick, ticker->interval_ms, ticker->interval_ms);
  }
  ticker->calls.wake(ticker->peer);
  /* acquire: what the producers pushed before ticker_close(). */
  if (!atomic_load_explicit(&ticker->ending, memory_order_acquire))
    return;
  while (ticker->calls.tick(ticker->peer))
    continue;
  uv_close((uv_handle_t *)&ticker->async, NULL);
  uv_close((uv_handle_t *)&ticker->timer, NULL);
}

static void *run(void *arg)
{
  struct ticker *ticker = arg;

  uv_run(&ticker->loop, UV_RUN_DEFAULT);
  return NULL;
}

/* Frees what a loop that no thread has run holds. */
static void close_unrun(struct ticker *ticker, bool with_async)
{
  uv_close((uv_handle_t *)&ticker->timer, NULL);
  if (with_async)
    uv_close((uv_handle_t *)&ticker->async, NULL);
  uv_run(&ticker->loop, UV_RUN_DEFAULT);
  uv_loop_close(&ticker->loop);
}

static bool start(struct ticker *ticker)
{
  if (uv_loop_init(&ticker->loop) != 0)
    return false;
  uv_timer_init(&ticker->loop, &ticker->timer); /* always 0 */
  ticker->timer.data = ticker;
  if (uv_async_init(&ticker->loop, &ticker->async, on_wake) != 0) {
    close_unrun(ticker, false);
    return false;
  }
  ticker->async.data = ticker;
  if (pthread_create(&ticker->thread, NULL, run, ticker) != 0) {
    close_unrun(ticker, true);
    return false;
  }
  return true;
}

struct ticker *ticker_open(const struct ticker_calls *calls, uint64_t interval_ms, void *peer)
{
  struct ticker *ticker = aligned_alloc(64, sizeof *ticker);

  if (ticker == NULL)
    return NULL;
  ticker->calls = *calls;
  ticker->peer = peer;
  ticker->interval_ms = interval_ms;
  atomic_init(&ticker->ending, false);
  atomic_init(&ticker->wakeups, 0);
  atomic_init(&ticker->dormant, true);
  if (!start(ticker)) {
    free(ticker);
    return NULL;
  }
  return ticker;
}

void ticker_close(struct ticker *ticker)
{
  /* release: pairs with the load in on_wake(). */
  atomic_store_explicit(&ticker->ending, true, memory_order_release);
  uv_async_send(&ticker->async);
  pthread_join(ticker->thread, NULL);
  uv_loop_close(&ticker->loop);
  free(ticker);
}

void ticker_wake(struct ticker *ticker)
{
  uv_async_send(&ticker->async);
}

const ticker_flag *ticker_dormant(const struct ticker *ticker)
{
  return &ticker->dormant;
}

uint64_t ticker_wakeups(const struct ticker *ticker)
{
  /* relaxed: a count for people. */
  return atomic_load_explicit(&ticker->wakeups, memory_order_relaxed);
}
