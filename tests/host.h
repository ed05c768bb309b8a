/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The three places an instance can live in, behind one face: a thread of the library's own, a
 * thread that runs the user's loop, a thread that steps a manual instance.
 *
 *     host_open -> host_options -> mpcc_create -> host_attach -> host_start ... -> host_destroy
 *
 * What must happen on the thread of the user's loop - start, destroy - is ordered there and
 * waited for. host_destroy() also proves that the loop, once the instance is gone, closes.
 */
#ifndef MPCC_TESTS_HOST_H
#define MPCC_TESTS_HOST_H

#include <fcntl.h>
#include <poll.h>
#include <uv.h>

#include "verdict.h"

enum host_kind { HOST_OWN, HOST_LOOP, HOST_MANUAL };

enum host_order { HOST_NOTHING, HOST_START, HOST_DESTROY };

struct host {
  enum host_kind kind;
  mpcc_t *mpcc;
  pthread_t thread;
  uv_loop_t loop;
  uv_async_t bell;
  pthread_mutex_t lock;
  pthread_cond_t answered;
  enum host_order order; /* this and below; guard: lock */
  mpcc_pump_cb pump;
  void *state;
  int answer;
  int wake[2];           /* a pipe: on_wake writes, the stepping thread waits */
  atomic_bool quit;
};

static inline const char *host_name(enum host_kind kind)
{
  static const char *const names[] = {"own", "loop", "manual"};

  return names[kind];
}

/* -- The user's loop ---------------------------------------------------------------------- */

static inline void host_obey(uv_async_t *bell)
{
  struct host *host = bell->data;
  enum host_order order;
  int answer = 0;

  pthread_mutex_lock(&host->lock);
  order = host->order;
  pthread_mutex_unlock(&host->lock);
  if (order == HOST_START)
    answer = mpcc_start(host->mpcc, host->pump, host->state);
  else if (order == HOST_DESTROY)
    answer = mpcc_destroy(host->mpcc);
  else
    return;
  if (order == HOST_DESTROY)
    uv_close((uv_handle_t *)bell, NULL);

  pthread_mutex_lock(&host->lock);
  host->answer = answer;
  host->order = HOST_NOTHING;
  pthread_cond_signal(&host->answered);
  pthread_mutex_unlock(&host->lock);
}

static inline int host_command(struct host *host, enum host_order order)
{
  int answer;

  pthread_mutex_lock(&host->lock);
  host->order = order;
  uv_async_send(&host->bell);
  while (host->order != HOST_NOTHING)
    pthread_cond_wait(&host->answered, &host->lock);
  answer = host->answer;
  pthread_mutex_unlock(&host->lock);
  return answer;
}

static inline void *host_run_loop(void *argument)
{
  struct host *host = argument;

  uv_run(&host->loop, UV_RUN_DEFAULT);
  return NULL;
}

/* -- Steps -------------------------------------------------------------------------------- */

static inline void host_wake(mpcc_t *mpcc, void *argument)
{
  struct host *host = argument;
  ssize_t written;

  (void)mpcc;
  /* A full pipe is as good as a written one. */
  do
    written = write(host->wake[1], "", 1);
  while (written < 0 && errno == EINTR);
}

static inline void host_sleep(struct host *host, uint64_t now_ms, uint64_t next_ms)
{
  struct pollfd woken = {host->wake[0], POLLIN, 0};
  char bytes[64];
  int timeout = -1;

  if (next_ms != UINT64_MAX)
    timeout = next_ms <= now_ms ? 0 : next_ms - now_ms > 1000 ? 1000 : (int)(next_ms - now_ms);
  if (poll(&woken, 1, timeout) > 0)
    while (read(host->wake[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes)
      ;
}

static inline void *host_run_steps(void *argument)
{
  struct host *host = argument;

  /* relaxed: host_destroy() joins. */
  while (!atomic_load_explicit(&host->quit, memory_order_relaxed)) {
    uint64_t now_ms = verdict_now_ns() / 1000000, next_ms = 0;

    verdict_expect("mpcc_step", mpcc_step(host->mpcc, now_ms, &next_ms), 0);
    host_sleep(host, now_ms, next_ms);
  }
  return NULL;
}

/* -- Life --------------------------------------------------------------------------------- */

static inline void host_open(struct host *host, enum host_kind kind)
{
  memset(host, 0, sizeof *host);
  host->kind = kind;
  pthread_mutex_init(&host->lock, NULL);
  pthread_cond_init(&host->answered, NULL);
  if (kind == HOST_LOOP) {
    if (uv_loop_init(&host->loop) != 0 || uv_async_init(&host->loop, &host->bell, host_obey) != 0)
      verdict_fail("no loop");
    host->bell.data = host;
  }
  if (kind == HOST_MANUAL) {
    if (pipe(host->wake) != 0 || fcntl(host->wake[0], F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(host->wake[1], F_SETFL, O_NONBLOCK) != 0)
      verdict_fail("no pipe");
  }
}

static inline void host_options(struct host *host, mpcc_options_t *options)
{
  if (host->kind == HOST_LOOP)
    options->loop = &host->loop;
  if (host->kind == HOST_MANUAL) {
    options->manual = true;
    options->on_wake = host_wake;
    options->wake_arg = host;
  }
}

/* From here on the host's thread, if it has one, serves the instance. */
static inline void host_attach(struct host *host, mpcc_t *mpcc)
{
  host->mpcc = mpcc;
  if (host->kind == HOST_OWN)
    return;
  if (pthread_create(&host->thread, NULL, host->kind == HOST_LOOP ? host_run_loop : host_run_steps,
                     host) != 0)
    verdict_fail("no thread for the loop");
}

static inline void host_start(struct host *host, mpcc_pump_cb pump, void *state)
{
  if (host->kind != HOST_LOOP) {
    verdict_expect("mpcc_start", mpcc_start(host->mpcc, pump, state), 0);
    return;
  }
  pthread_mutex_lock(&host->lock);
  host->pump = pump;
  host->state = state;
  pthread_mutex_unlock(&host->lock);
  verdict_expect("mpcc_start on the loop's thread", host_command(host, HOST_START), 0);
}

static inline void host_destroy(struct host *host)
{
  switch (host->kind) {
  case HOST_OWN:
    verdict_expect("mpcc_destroy", mpcc_destroy(host->mpcc), 0);
    break;
  case HOST_LOOP:
    verdict_expect("mpcc_destroy on the loop's thread", host_command(host, HOST_DESTROY), 0);
    pthread_join(host->thread, NULL);
    if (uv_loop_close(&host->loop) != 0)
      verdict_fail("uv_loop_close: a handle was left behind");
    break;
  case HOST_MANUAL:
    /* relaxed: the write below wakes, the join is the order. */
    atomic_store_explicit(&host->quit, true, memory_order_relaxed);
    host_wake(NULL, host);
    pthread_join(host->thread, NULL);
    close(host->wake[0]);
    close(host->wake[1]);
    verdict_expect("mpcc_destroy", mpcc_destroy(host->mpcc), 0);
    break;
  }
  pthread_cond_destroy(&host->answered);
  pthread_mutex_destroy(&host->lock);
}

#endif /* MPCC_TESTS_HOST_H */
