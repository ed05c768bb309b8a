/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "lifecycle.h"

#include "check.h"
#include "dispatcher.h"
#include "lanes.h"
#include "loop_thread.h"
#include "waiters.h"
#include "workers.h"

static bool own_thread(const mpcc_t *m)
{
  return !m->world.options.manual && m->world.options.loop == NULL;
}

/* The only place that changes the state; under the lock. */
static void move(mpcc_t *m, enum mpcc__state to)
{
  static const bool arrows[4][4] = {
      [MPCC__IDLE] = {[MPCC__STARTED] = true, [MPCC__COMPLETING] = true},
      [MPCC__STARTED] = {[MPCC__COMPLETING] = true},
      [MPCC__COMPLETING] = {[MPCC__STOPPED] = true},
      [MPCC__STOPPED] = {[MPCC__STARTED] = true},
  };

  MPCC__CHECK(arrows[m->state][to]);
  (void)arrows;
  m->state = to;
}

static void set_closed(mpcc_t *m, bool closed)
{
  /* pairs world.detour: see world.h. */
  if (closed)
    atomic_fetch_or_explicit(&m->world.detour, MPCC__DETOUR_CLOSED, memory_order_seq_cst);
  else
    /* pairs world.detour: as above. */
    atomic_fetch_and_explicit(&m->world.detour, ~(unsigned)MPCC__DETOUR_CLOSED,
                              memory_order_release);
}

static void ask_to_stop(mpcc_t *m, int mode)
{
  /* pairs world.stop: see world.h. */
  atomic_store_explicit(&m->world.stop, mode, memory_order_release);
}

/* -- The end of a completion --------------------------------------------------------------- */

/* Under the lock: the callback has returned, and was not followed by a destroy. True if it, or
 * another thread, has started the instance again. */
static bool let_go(mpcc_t *m, uint64_t number, bool was_driven)
{
  if (own_thread(m))
    move(m, MPCC__STOPPED);
  m->destroyed = NULL;
  m->ended = number;
  if (m->world.options.manual || !was_driven || !m->driven)
    mpcc__loop_thread_clear(&m->world); /* else: a loop of the user's goes on, started again */
  if (m->world.options.manual && was_driven)
    mpcc__manual_leave(&m->manual);
  uv_cond_broadcast(&m->on_end);
  return m->driven;
}

/* Everything has its fate and the driver is quiet: call back, then let go; on the thread on which
 * callbacks run. It may have been destroyed by the callback, and may be by others, when this
 * returns: not to be touched any more. True if it has been started again. */
static bool end_completion(mpcc_t *m)
{
  bool destroyed = false, was_driven, again;
  mpcc_complete_cb callback;
  uint64_t number;
  void *arg;

  uv_mutex_lock(&m->lock);
  callback = m->callback;
  arg = m->callback_arg;
  number = m->begun;
  was_driven = m->driven;
  m->driven = false;
  if (!own_thread(m)) {
    move(m, MPCC__STOPPED); /* so that the callback may start or destroy */
    m->destroyed = &destroyed;
  }
  uv_mutex_unlock(&m->lock);
  if (callback != NULL)
    callback(m, 0, arg);
  if (destroyed)
    return false;
  uv_mutex_lock(&m->lock);
  again = let_go(m, number, was_driven);
  uv_mutex_unlock(&m->lock);
  return again;
}

static void on_finished(void *owner)
{
  (void)end_completion((mpcc_t *)owner);
}

int mpcc__lifecycle_create(mpcc_t **mpcc, const struct mpcc_options *options)
{
  return mpcc__instance_create(mpcc, options, on_finished);
}

/* -- start --------------------------------------------------------------------------------- */

/* Under the lock. What is allowed now; 0: a start is. */
static int may_start(const mpcc_t *m)
{
  switch (m->state) {
  case MPCC__STARTED:
    return MPCC_EALREADY;
  case MPCC__COMPLETING: /* the complete callback of an own loop is the loop's last word */
    return own_thread(m) && mpcc__loop_thread_is_me(&m->world) &&
                   mpcc__dispatcher_finished(&m->world)
               ? MPCC_EBUSY
               : MPCC_ECLOSED;
  default:
    return 0;
  }
}

/* Under the lock. The driver is running: let producers in. */
static void open_for_pushes(mpcc_t *m)
{
  if (m->state == MPCC__STOPPED) {
    mpcc__gate_open(&m->world.core->gate);
    mpcc__dispatcher_reopen(&m->world);
    mpcc__lanes_reopen(&m->world);
  }
  set_closed(m, false);
  move(m, MPCC__STARTED);
  m->driven = true;
}

static void set_started(mpcc_t *m, bool started)
{
  /* relaxed: nothing goes with it; what a flush uses has been there since create. */
  atomic_store_explicit(&m->world.started, started, memory_order_relaxed);
}

/* Under the lock. */
static int start_driver(mpcc_t *m, mpcc_pump_cb pump, void *state)
{
  struct mpcc__loop_side *side = &m->world.loop;
  mpcc_pump_cb pump_before = side->pump;
  void *state_before = side->state;
  int err;

  ask_to_stop(m, MPCC__RUNNING);
  set_started(m, true); /* the first pump may run, and flush, before we are back here */
  if (m->world.options.manual) {
    mpcc__dispatcher_start(&m->world, pump, state, side->now_ms);
    mpcc__manual_start(&m->world);
    return 0;
  }
  mpcc__dispatcher_start(&m->world, pump, state, mpcc__platform_now_ns() / 1000000);
  if (m->world.options.loop != NULL)
    mpcc__loop_thread_expect(&m->world);
  err = mpcc__workers_start(&m->world);
  if (err == 0) {
    err = mpcc__loop_start(&m->loop);
    if (err != 0)
      mpcc__workers_stop(&m->world);
  }
  if (err != 0) {
    mpcc__loop_thread_clear(&m->world);
    side->pump = pump_before;
    side->state = state_before;
    set_started(m, m->state == MPCC__STOPPED);
  }
  return err;
}

int mpcc__lifecycle_start(mpcc_t *m, mpcc_pump_cb pump, void *state)
{
  bool manual = m->world.options.manual;
  int err;

  uv_mutex_lock(&m->lock);
  err = may_start(m);
  if (err == 0) {
    mpcc__loop_join(&m->loop);
    err = mpcc__world_refill(&m->world) ? start_driver(m, pump, state) : MPCC_ENOMEM;
  }
  if (err == 0)
    open_for_pushes(m);
  uv_mutex_unlock(&m->lock);
  if (err == 0 && manual)
    mpcc__manual_announce(&m->world);
  return err;
}

/* -- complete ------------------------------------------------------------------------------ */

/* Under the lock; note what was asked for. */
static void begin_completion(mpcc_t *m, int mode, mpcc_complete_cb callback, void *arg)
{
  move(m, MPCC__COMPLETING);
  m->mode = mode;
  m->callback = callback;
  m->callback_arg = arg;
  m->begun++;
}

/* Under the lock: close an instance that was never started; not in order to drain it when it is not
 * empty. */
static bool close_idle(mpcc_t *m, int mode)
{
  bool may = true;

  if (mode == MPCC_DRAIN) {
    may = mpcc__lanes_freeze(&m->world) && mpcc__dispatcher_close_empty(&m->world);
    set_closed(m, may);
    mpcc__lanes_thaw(&m->world);
  } else {
    set_closed(m, true);
  }
  return may;
}

/* In IDLE, on the caller's thread. Under the lock, which is released. */
static int complete_idle(mpcc_t *m, int mode, mpcc_complete_cb callback, void *arg)
{
  if (!close_idle(m, mode)) {
    uv_mutex_unlock(&m->lock);
    return MPCC_ESTATE;
  }
  begin_completion(m, mode, callback, arg);
  ask_to_stop(m, mode);
  mpcc__loop_thread_set(&m->world); /* callbacks run here: to wait is to deadlock */
  uv_mutex_unlock(&m->lock);
  mpcc__waiters_wake_all(&m->world);
  mpcc__dispatcher_finish_idle(&m->world);
  end_completion(m);
  return 0;
}

/* Under the lock, which is released. Inside the gate until the last touch: the instance can't be
 * completed, and so not destroyed, before. */
static int signal_stop(mpcc_t *m, int mode)
{
  set_closed(m, true);
  ask_to_stop(m, mode);
  uv_mutex_unlock(&m->lock);
  mpcc__waiters_wake_all(&m->world);
  mpcc__world_signal(&m->world);
  mpcc__gate_leave(&m->world.core->gate);
  return 0;
}

int mpcc__lifecycle_complete(mpcc_t *m, int mode, mpcc_complete_cb callback, void *arg)
{
  uv_mutex_lock(&m->lock);
  switch (m->state) {
  case MPCC__IDLE:
    return complete_idle(m, mode, callback, arg);
  case MPCC__STARTED:
    mpcc__gate_enter(&m->world.core->gate); /* open while started */
    begin_completion(m, mode, callback, arg);
    return signal_stop(m, mode);
  case MPCC__COMPLETING:
    if (mode <= m->mode || !mpcc__gate_try_enter(&m->world.core->gate))
      break;
    m->mode = mode;
    if (callback != NULL) {
      m->callback = callback;
      m->callback_arg = arg;
    }
    return signal_stop(m, mode);
  case MPCC__STOPPED:
    break;
  }
  uv_mutex_unlock(&m->lock);
  return MPCC_EALREADY;
}

/* -- wait ---------------------------------------------------------------------------------- */

static bool is_completing(mpcc_t *m)
{
  bool completing;

  uv_mutex_lock(&m->lock);
  completing = m->ended < m->begun;
  uv_mutex_unlock(&m->lock);
  return completing;
}

int mpcc__lifecycle_wait(mpcc_t *m, uint64_t timeout_ms)
{
  uint64_t deadline_ns, number;
  int err = 0;

  if (mpcc__loop_thread_is_me(&m->world))
    return MPCC_EDEADLK;
  deadline_ns = mpcc__platform_deadline_ns(timeout_ms);
  if (is_completing(m) && mpcc__loop_thread_would_wait_for_me(&m->world, timeout_ms))
    return MPCC_EDEADLK;
  uv_mutex_lock(&m->lock);
  number = m->begun;
  if (m->ended == number && m->state != MPCC__STOPPED)
    err = MPCC_ESTATE;
  while (err == 0 && m->ended < number)
    if (!mpcc__platform_wait(&m->on_end, &m->lock, deadline_ns))
      err = MPCC_ETIMEDOUT;
  uv_mutex_unlock(&m->lock);
  return err;
}

/* -- destroy ------------------------------------------------------------------------------- */

/* Under the lock. */
static bool may_destroy(mpcc_t *m)
{
  if (m->state == MPCC__IDLE)
    return mpcc__dispatcher_empty(&m->world);
  if (m->state != MPCC__STOPPED || mpcc__lanes_in_use(&m->world))
    return false;
  return m->ended == m->begun || (m->destroyed != NULL && mpcc__loop_thread_is_me(&m->world));
}

int mpcc__lifecycle_destroy(mpcc_t *m)
{
  bool allowed;

  uv_mutex_lock(&m->lock);
  allowed = may_destroy(m);
  if (allowed && m->destroyed != NULL)
    *m->destroyed = true;
  uv_mutex_unlock(&m->lock);
  if (!allowed)
    return MPCC_EBUSY;
  mpcc__instance_free(m);
  return 0;
}

/* -- step and flush ------------------------------------------------------------------------ */

static bool is_driven(mpcc_t *m)
{
  bool driven;

  uv_mutex_lock(&m->lock);
  driven = m->driven;
  uv_mutex_unlock(&m->lock);
  return driven;
}

/* Inside a step of a started instance. It may be gone when this returns. */
static uint64_t step_driven(mpcc_t *m, uint64_t now_ms)
{
  uint64_t next_ms, told_ms;

  mpcc__loop_thread_set(&m->world);
  next_ms = mpcc__manual_pass(&m->world, now_ms);
  told_ms = m->world.loop.now_ms;
  if (mpcc__dispatcher_finished(&m->world))
    return end_completion(m) ? told_ms : MPCC__NO_DEADLINE;
  mpcc__loop_thread_clear(&m->world);
  mpcc__manual_leave(&m->manual);
  return next_ms;
}

int mpcc__lifecycle_step(mpcc_t *m, uint64_t now_ms, uint64_t *next_ms)
{
  uint64_t next = MPCC__NO_DEADLINE;

  if (mpcc__loop_thread_is_me(&m->world))
    return MPCC_EDEADLK;
  if (!mpcc__manual_enter(&m->manual))
    return MPCC_EBUSY;
  if (is_driven(m))
    next = step_driven(m, now_ms);
  else
    mpcc__manual_leave(&m->manual);
  if (next_ms != NULL)
    *next_ms = next;
  return 0;
}

int mpcc__lifecycle_enter_started(mpcc_t *m)
{
  /* relaxed: as where it is set. */
  if (!atomic_load_explicit(&m->world.started, memory_order_relaxed))
    return mpcc__world_closed(&m->world) ? MPCC_ECLOSED : MPCC_ESTATE;
  return mpcc__gate_try_enter(&m->world.core->gate) ? 0 : MPCC_ECLOSED;
}

int mpcc__lifecycle_enter_running(mpcc_t *m)
{
  return mpcc__world_closed(&m->world) ? MPCC_ECLOSED : mpcc__lifecycle_enter_started(m);
}
