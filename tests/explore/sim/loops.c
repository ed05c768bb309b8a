/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Loops. An iteration is libuv's: timers, idle handles, what was sent, handles that close. */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <string.h>
#include <uv.h>

#include "sched.h"
#include "shadow.h"
#include "stand_ins.h"
#include "trace.h"
#include "verdict.h"

enum { HANDLES = 64, LOOPS = 16 };

enum kind { NOTHING, ASYNC, TIMER, IDLE };

struct handle {
  uv_handle_t *shown;
  const uv_loop_t *loop;
  enum kind kind;
  bool active, pending, closing;
  uint64_t due_ms, repeat_ms;
  union {
    uv_async_cb async;
    uv_timer_cb timer;
    uv_idle_cb idle;
  } act;
  uv_close_cb closed;
  struct sim_view view; /* of who has sent */
};

static struct handle handles[HANDLES];
static struct {
  const uv_loop_t *at;
  uint64_t now_ms;
  bool stop;
} loops[LOOPS];

void sim_loops_begin(void)
{
  memset(handles, 0, sizeof(handles));
  memset(loops, 0, sizeof(loops));
}

static struct handle *find(const void *shown)
{
  for (int i = 0; i < HANDLES; i++)
    if (handles[i].kind != NOTHING && (const void *)handles[i].shown == shown)
      return &handles[i];
  sim_fail("a libuv handle is used that is closed, or was never opened");
}

static struct handle *make(uv_loop_t *loop, void *shown, enum kind kind)
{
  for (int i = 0; i < HANDLES; i++)
    if (handles[i].kind == NOTHING) {
      memset(&handles[i], 0, sizeof(handles[i]));
      handles[i].shown = shown;
      handles[i].loop = loop;
      handles[i].kind = kind;
      return &handles[i];
    }
  sim_fail("more than %d libuv handles", HANDLES);
}

static int loop_number(const uv_loop_t *loop)
{
  for (int i = 0; i < LOOPS; i++)
    if (loops[i].at == loop)
      return i;
  sim_fail("a libuv loop is used that is closed, or was never opened");
}

/* -- Loops ----------------------------------------------------------------------------------- */

int uv_loop_init(uv_loop_t *loop)
{
  int i = 0;

  while (i < LOOPS && loops[i].at != NULL)
    i++;
  if (i == LOOPS)
    sim_fail("more than %d loops", LOOPS);
  loops[i].at = loop;
  loops[i].stop = false;
  loops[i].now_ms = sim_now_ns() / 1000000;
  return 0;
}

int uv_loop_close(uv_loop_t *loop)
{
  int number = loop_number(loop);

  for (int i = 0; i < HANDLES; i++)
    if (handles[i].kind != NOTHING && handles[i].loop == loop)
      return UV_EBUSY;
  loops[number].at = NULL;
  return 0;
}

uint64_t uv_now(const uv_loop_t *loop)
{
  return loops[loop_number(loop)].now_ms;
}

void uv_update_time(uv_loop_t *loop)
{
  loops[loop_number(loop)].now_ms = sim_now_ns() / 1000000;
}

void uv_stop(uv_loop_t *loop)
{
  loops[loop_number(loop)].stop = true;
}

/* -- Handles --------------------------------------------------------------------------------- */

int uv_async_init(uv_loop_t *loop, uv_async_t *async, uv_async_cb act)
{
  struct handle *handle = make(loop, async, ASYNC);

  handle->active = true;
  handle->act.async = act;
  return 0;
}

int uv_async_send(uv_async_t *async)
{
  struct handle *handle;

  sim_point();
  sim_shadow_read(async, sizeof(void *));
  handle = find(async);
  sim_note((struct sim_event){.what = "send", .at = async, .caller = __builtin_return_address(0)});
  (void)sim_tick();
  sim_view_join(&handle->view, &sim_me()->now);
  handle->pending = !handle->closing;
  return 0;
}

int uv_timer_init(uv_loop_t *loop, uv_timer_t *timer)
{
  (void)make(loop, timer, TIMER);
  return 0;
}

int uv_timer_start(uv_timer_t *timer, uv_timer_cb act, uint64_t timeout_ms, uint64_t repeat_ms)
{
  struct handle *handle = find(timer);
  uint64_t now_ms = uv_now(handle->loop);

  if (handle->closing)
    return UV_EINVAL;
  handle->active = true;
  handle->act.timer = act;
  handle->due_ms = timeout_ms > UINT64_MAX - now_ms ? UINT64_MAX : now_ms + timeout_ms;
  handle->repeat_ms = repeat_ms;
  return 0;
}

int uv_timer_stop(uv_timer_t *timer)
{
  find(timer)->active = false;
  return 0;
}

int uv_idle_init(uv_loop_t *loop, uv_idle_t *idle)
{
  (void)make(loop, idle, IDLE);
  return 0;
}

int uv_idle_start(uv_idle_t *idle, uv_idle_cb act)
{
  struct handle *handle = find(idle);

  handle->active = true;
  handle->act.idle = act;
  return 0;
}

int uv_idle_stop(uv_idle_t *idle)
{
  find(idle)->active = false;
  return 0;
}

void uv_close(uv_handle_t *shown, uv_close_cb closed)
{
  struct handle *handle = find(shown);

  if (handle->closing)
    sim_fail("a libuv handle is closed twice");
  handle->closing = true;
  handle->active = false;
  handle->pending = false;
  handle->closed = closed;
}

int uv_is_closing(const uv_handle_t *shown)
{
  return find(shown)->closing;
}

/* -- Iterations ------------------------------------------------------------------------------ */

static bool is_of(const struct handle *handle, const uv_loop_t *loop, enum kind kind)
{
  return handle->kind == kind && handle->loop == loop && !handle->closing;
}

static void run_timers(const uv_loop_t *loop)
{
  for (int i = 0; i < HANDLES; i++) {
    struct handle *handle = &handles[i];

    if (!is_of(handle, loop, TIMER) || !handle->active || handle->due_ms > uv_now(loop))
      continue;
    handle->active = handle->repeat_ms != 0;
    handle->due_ms = uv_now(loop) + handle->repeat_ms;
    handle->act.timer((uv_timer_t *)handle->shown);
  }
}

static void run_idle(const uv_loop_t *loop)
{
  for (int i = 0; i < HANDLES; i++)
    if (is_of(&handles[i], loop, IDLE) && handles[i].active)
      handles[i].act.idle((uv_idle_t *)handles[i].shown);
}

static void run_sent(const uv_loop_t *loop)
{
  for (int i = 0; i < HANDLES; i++) {
    struct handle *handle = &handles[i];

    if (!is_of(handle, loop, ASYNC) || !handle->pending)
      continue;
    handle->pending = false;
    sim_view_join(&sim_me()->now, &handle->view);
    handle->act.async((uv_async_t *)handle->shown);
  }
}

static void run_closed(const uv_loop_t *loop)
{
  for (int i = 0; i < HANDLES; i++) {
    struct handle *handle = &handles[i];

    if (handle->kind == NOTHING || handle->loop != loop || !handle->closing)
      continue;
    handle->kind = NOTHING;
    if (handle->closed != NULL)
      handle->closed(handle->shown);
  }
}

/* Something was sent, or is closing, or an idle handle wants to run. */
static bool has_news(void *arg)
{
  for (int i = 0; i < HANDLES; i++)
    if (handles[i].kind != NOTHING && handles[i].loop == arg &&
        (handles[i].pending || handles[i].closing ||
         (handles[i].kind == IDLE && handles[i].active)))
      return true;
  return false;
}

static uint64_t next_timer_ns(const uv_loop_t *loop)
{
  uint64_t next_ms = UINT64_MAX;

  for (int i = 0; i < HANDLES; i++)
    if (is_of(&handles[i], loop, TIMER) && handles[i].active && handles[i].due_ms < next_ms)
      next_ms = handles[i].due_ms;
  return next_ms > UINT64_MAX / 1000000 ? SIM_NO_DEADLINE : next_ms * 1000000;
}

static bool is_alive(const uv_loop_t *loop)
{
  for (int i = 0; i < HANDLES; i++)
    if (handles[i].kind != NOTHING && handles[i].loop == loop &&
        (handles[i].active || handles[i].closing))
      return true;
  return false;
}

int uv_run(uv_loop_t *loop, uv_run_mode mode)
{
  int number = loop_number(loop);

  while (is_alive(loop) && !loops[number].stop) {
    uv_update_time(loop);
    run_timers(loop);
    run_idle(loop);
    sim_point();
    if (mode != UV_RUN_NOWAIT)
      (void)sim_wait(has_news, loop, next_timer_ns(loop), "its loop to be woken");
    uv_update_time(loop);
    run_sent(loop);
    run_closed(loop);
    if (mode == UV_RUN_ONCE)
      run_timers(loop);
    if (mode != UV_RUN_DEFAULT)
      break;
  }
  loops[number].stop = false;
  return is_alive(loop);
}
