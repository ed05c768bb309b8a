/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include "check.h"
#include "dispatcher.h"
#include "lanes.h"
#include "loop_thread.h"

/* A small budget: what is signalled during a pass waits for the next one. */
enum { BUDGET = 16, TURNS_ON_USERS_LOOP = 8, DESCRIPTORS_OF_A_LOOP = 8 };

/* To put a thread to sleep and wake it takes some microseconds of two processors. Before its own
 * thread sleeps, a loop looks out for half as long for what may save that. When it has done so in
 * vain it sleeps twice as often before it does so again, and else half as often. */
enum { VAIN_MOST = 64 };

static uint64_t now_ms(void)
{
  return mpcc__platform_now_ns() / 1000000;
}

uint64_t mpcc__loop_clock_ns(void)
{
  return mpcc__platform_now_ns();
}

void mpcc__loop_wake(struct mpcc__world *world)
{
  struct mpcc__loop *loop = (struct mpcc__loop *)world->driver;
  /* uv_async_send writes to a descriptor: a thread cancelled there would leave it half sent. */
  int cancel = mpcc__platform_cancel_off();

  (void)uv_async_send(&loop->async);
  mpcc__platform_cancel_restore(cancel);
}

static bool is_own(const struct mpcc__loop *loop)
{
  return loop->uv == &loop->own;
}

/* -- Turns --------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
  struct mpcc__loop *loop = (struct mpcc__loop *)handle->data;

  if (--loop->open_handles == 0 && !is_own(loop))
    loop->finished(loop->owner);
}

static void close_handles(struct mpcc__loop *loop)
{
  loop->open_handles = 3;
  uv_close((uv_handle_t *)&loop->timer, on_closed);
  uv_close((uv_handle_t *)&loop->again, on_closed);
  uv_close((uv_handle_t *)&loop->async, on_closed);
}

static void on_timer(uv_timer_t *timer);
static void on_again(uv_idle_t *again);

/* Let the timer fire at ${at_ms} of our clock, which is the loop's, but newer than its cached
 * one. */
static void arm(struct mpcc__loop *loop, uint64_t at_ms)
{
  uint64_t cached_ms = uv_now(loop->uv);

  if (at_ms == MPCC__NO_DEADLINE)
    (void)uv_timer_stop(&loop->timer);
  else
    (void)uv_timer_start(&loop->timer, on_timer, at_ms > cached_ms ? at_ms - cached_ms : 0, 0);
}

/* Between two looks. Threads that push through handles have nothing in common: where they want this
 * processor, too, they get it, but for the first half of the moment, in which most signals come.
 * Those that push into the same slots would only be in each other's way. */
static void pause_watch(const struct mpcc__world *world, uint64_t passed_ns)
{
  if (passed_ns > MPCC__WATCH_NS / 2 && mpcc__lanes_used(world->lanes))
    mpcc__platform_yield();
  else
    mpcc__platform_relax();
}

/* Whether a signal comes within a moment. */
static bool watch(struct mpcc__loop *loop)
{
  uint64_t begin_ns, until_ns, now_ns;

  if (!is_own(loop) || loop->unwatched++ < loop->vain)
    return false;
  loop->unwatched = 0;
  begin_ns = mpcc__platform_now_ns();
  until_ns = begin_ns + MPCC__WATCH_NS;
  do {
    if (mpcc__event_peek(&loop->world->event)) {
      loop->vain /= 2;
      return true;
    }
    now_ns = mpcc__platform_now_ns();
    pause_watch(loop->world, now_ns - begin_ns);
  } while (now_ns < until_ns);
  loop->vain = loop->vain < VAIN_MOST / 2 ? 2 * loop->vain + 1 : VAIN_MOST;
  return false;
}

/* One pass. False if the next one must not wait. */
static bool pass(struct mpcc__loop *loop)
{
  struct mpcc__world *world = loop->world;
  uint64_t next_ms, now = now_ms();

  mpcc__dispatcher_pass(world, now, BUDGET);
  if (mpcc__dispatcher_finished(world))
    return true;
  next_ms = mpcc__dispatcher_next_ms(world);
  if (next_ms <= now || watch(loop) || !mpcc__dispatcher_sleep(world))
    return false;
  arm(loop, next_ms);
  return true;
}

static void turn(struct mpcc__loop *loop)
{
  bool rest = pass(loop);

  for (int i = 1; !rest && (is_own(loop) || i < TURNS_ON_USERS_LOOP); i++)
    rest = pass(loop);
  if (mpcc__dispatcher_finished(loop->world))
    close_handles(loop);
  else if (rest)
    (void)uv_idle_stop(&loop->again);
  else /* not a timer of 0 ms: libuv runs one that re-arms itself for ever */
    (void)uv_idle_start(&loop->again, on_again);
}

static void enter_turn(struct mpcc__loop *loop)
{
  MPCC__CHECK(loop->open_handles == 0); /* libuv calls no handle that is being closed */
  mpcc__loop_thread_set(loop->world);
  turn(loop);
}

static void on_timer(uv_timer_t *timer)
{
  enter_turn((struct mpcc__loop *)timer->data);
}

static void on_again(uv_idle_t *again)
{
  enter_turn((struct mpcc__loop *)again->data);
}

static void on_async(uv_async_t *async)
{
  enter_turn((struct mpcc__loop *)async->data);
}

/* -- Starting ------------------------------------------------------------------------------ */

static int code_of(int uv_err)
{
  if (uv_err == 0)
    return 0;
  return uv_err == UV_ENOMEM ? MPCC_ENOMEM : MPCC_ESYSTEM;
}

static int open_handles(struct mpcc__loop *loop)
{
  int err = uv_async_init(loop->uv, &loop->async, on_async);

  if (err != 0)
    return err;
  (void)uv_timer_init(loop->uv, &loop->timer);
  (void)uv_idle_init(loop->uv, &loop->again);
  loop->again.data = loop;
  loop->async.data = loop;
  loop->timer.data = loop;
  loop->open_handles = 0;
  /* The first pass, for what was pushed before. */
  return uv_timer_start(&loop->timer, on_timer, 0, 0);
}

static void run_thread(void *arg)
{
  struct mpcc__loop *loop = (struct mpcc__loop *)arg;
  int err;

  (void)uv_run(loop->uv, UV_RUN_DEFAULT);
  err = uv_loop_close(loop->uv);
  MPCC__CHECK(err == 0);
  (void)err;
  loop->finished(loop->owner);
}

static int start_own(struct mpcc__loop *loop)
{
  int cancel = mpcc__platform_cancel_off(); /* open and close are cancellation points */
  bool enough = mpcc__platform_has_descriptors(DESCRIPTORS_OF_A_LOOP);
  int err = enough ? uv_loop_init(&loop->own) : UV_EMFILE;

  mpcc__platform_cancel_restore(cancel);
  if (err != 0)
    return err;
  err = open_handles(loop);
  if (err != 0)
    goto close_loop;
  err = mpcc__platform_spawn(&loop->thread, run_thread, loop);
  if (err != 0)
    goto close_handles;
  loop->joinable = true;
  return 0;

close_handles:
  close_handles(loop);
  (void)uv_run(&loop->own, UV_RUN_DEFAULT);
close_loop:
  (void)uv_loop_close(&loop->own);
  return err;
}

void mpcc__loop_init(struct mpcc__loop *loop, struct mpcc__world *world, uv_loop_t *uv,
                     void (*finished)(void *owner), void *owner)
{
  loop->world = world;
  loop->finished = finished;
  loop->owner = owner;
  loop->uv = uv != NULL ? uv : &loop->own;
  loop->joinable = false;
  loop->open_handles = 0;
  loop->unwatched = 0;
  loop->vain = 0;
}

int mpcc__loop_start(struct mpcc__loop *loop)
{
  return code_of(is_own(loop) ? start_own(loop) : open_handles(loop));
}

void mpcc__loop_join(struct mpcc__loop *loop)
{
  if (loop->joinable)
    (void)uv_thread_join(&loop->thread);
  loop->joinable = false;
}
