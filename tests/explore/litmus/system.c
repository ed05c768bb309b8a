/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What is not of the memory model: locks, conditions, threads, loops, time, the barrier of all
 * threads, the heap. */
#include <uv.h>

#include "parts.h"

static uv_mutex_t mutex;
static uv_cond_t condition;

/* -- Locks, conditions, threads -------------------------------------------------------------- */

THREAD(add, uv_mutex_lock(&mutex); data++; uv_mutex_unlock(&mutex);)
THREAD(add_unlocked, data++;)
THREAD(add_if, if (uv_mutex_trylock(&mutex) == 0) { data++; uv_mutex_unlock(&mutex); })

static void with_lock(void (*first)(void *arg), void (*second)(void *arg))
{
  begin();
  (void)uv_mutex_init(&mutex);
  (void)uv_cond_init(&condition);
  run_threads(first, second, NULL, NULL);
  uv_cond_destroy(&condition);
  uv_mutex_destroy(&mutex);
  litmus_saw(data, -1);
}

static void locked(void)
{
  with_lock(add, add);
}

static void unlocked(void)
{
  with_lock(add_unlocked, add_unlocked);
}

static void tried(void)
{
  with_lock(add_if, add_if);
}

THREAD(tell, uv_mutex_lock(&mutex); data = 1; uv_cond_signal(&condition);
       uv_mutex_unlock(&mutex);)
THREAD(await, uv_mutex_lock(&mutex); while (data == 0) uv_cond_wait(&condition, &mutex);
       uv_mutex_unlock(&mutex);)
THREAD(await_badly, uv_mutex_lock(&mutex); if (data == 0) uv_cond_wait(&condition, &mutex);
       data += 2; uv_mutex_unlock(&mutex);)
THREAD(tell_nobody, uv_mutex_lock(&mutex); data = 1; uv_mutex_unlock(&mutex);)
THREAD(await_in_time, uv_mutex_lock(&mutex);
       while (data == 0)
         if (uv_cond_timedwait(&condition, &mutex, 5000000) != 0) data = 2;
       uv_mutex_unlock(&mutex);)

static void waited(void)
{
  with_lock(tell, await);
}

/* Who does not look again is fooled by a wake-up that means nothing. */
static void fooled(void)
{
  with_lock(tell, await_badly);
}

static void never_told(void)
{
  with_lock(tell_nobody, await);
}

static void timed_out(void)
{
  with_lock(await_in_time, NULL);
  CHECK(scene_passed_ms() == 5);
}

/* -- The barrier of all threads -------------------------------------------------------------- */

void mpcc__platform_bar(void);

THREAD(left, PUT(&x, 1, relaxed); r[0] = GET(&y, relaxed);)
THREAD(right, PUT(&y, 1, relaxed); mpcc__platform_bar(); r[1] = GET(&x, relaxed);)

TEST(barrier, left, right, NULL, NULL, r[0], r[1])

static void no_barrier(void)
{
  scene_barrier(false);
  barrier();
}

/* -- Loops and time -------------------------------------------------------------------------- */

static uv_loop_t loop;
static uv_async_t async;
static uv_timer_t timer;

static void on_async(uv_async_t *handle)
{
  r[0] += data;
  uv_close((uv_handle_t *)handle, NULL);
}

static void on_timer(uv_timer_t *handle)
{
  r[1]++;
  uv_close((uv_handle_t *)handle, NULL);
}

THREAD(send_one, data = 1; (void)uv_async_send(&async);)

static void turn(bool sends)
{
  begin();
  (void)uv_loop_init(&loop);
  (void)uv_async_init(&loop, &async, on_async);
  (void)uv_timer_init(&loop, &timer);
  (void)uv_timer_start(&timer, on_timer, 7, 0);
  if (sends)
    scene_go(send_one, NULL);
  (void)uv_run(&loop, UV_RUN_DEFAULT);
  scene_join();
  CHECK(uv_loop_close(&loop) == 0 && scene_passed_ms() == 7);
  litmus_saw(r[0], r[1], -1);
}

static void woken(void)
{
  turn(true);
}

static void never_sent(void)
{
  turn(false);
}

/* -- The heap -------------------------------------------------------------------------------- */

static int *block;

THREAD(write_block, *block = 1;)

static void freed_too_soon(void)
{
  block = malloc(sizeof(*block));
  scene_go(write_block, NULL);
  scene_yield();
  free(block);
  scene_join();
  litmus_saw(0, -1);
}

static void used_when_freed(void)
{
  block = malloc(sizeof(*block));
  free(block);
  scene_go(write_block, NULL);
  scene_join();
}

static void freed_twice(void)
{
  block = malloc(sizeof(*block));
  free(block);
  free(block);
}

static void not_freed(void)
{
  block = malloc(sizeof(*block));
}

static void spin(void)
{
  begin();
  while (GET(&x, relaxed) == 0)
    scene_yield();
}

const struct litmus litmus_system[] = {
  {"two with a lock", locked, "2"},
  {"two without a lock", unlocked, "data race"},
  {"two that try the lock", tried, "1 2"},
  {"a condition", waited, "1"},
  {"a condition, not looked at again", fooled, "1 3"},
  {"a condition, not signalled", never_told, "nobody can go on"},
  {"a condition, in time", timed_out, "2"},
  {"sb, a barrier of all threads", barrier, "01 10 11"},
  {"sb, no such barrier", no_barrier, "00 01 10 11"},
  {"a loop is woken", woken, "11"},
  {"a loop is not woken", never_sent, "nobody can go on"},
  {"freed while it is written", freed_too_soon, "data race"},
  {"used when it is freed", used_when_freed, "use after free"},
  {"freed twice", freed_twice, "double free"},
  {"not freed", not_freed, "never freed"},
  {"waiting for nobody", spin, "no end"},
  {0},
};
