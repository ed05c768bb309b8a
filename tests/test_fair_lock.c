/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The lock that threads get in the order in which they came. */

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fair_lock.h"

enum { WAITERS = 8, ROUNDS = 200, RACERS = 4, EACH = 5000 };

struct line {
  struct mpcc__fair_lock lock;
  uint64_t count;          /* under the lock */
  uint64_t had[WAITERS];   /* when each had it: the count then */
};

struct waiter {
  struct line *line;
  int number;
  pthread_t thread;
};

static void *have_it_once(void *arg)
{
  struct waiter *waiter = arg;

  mpcc__fair_lock(&waiter->line->lock);
  waiter->line->had[waiter->number] = ++waiter->line->count;
  mpcc__fair_unlock(&waiter->line->lock);
  return NULL;
}

/* How many have come, from the beginning, whether they had it or wait. */
static uint64_t came(struct mpcc__fair_lock *lock)
{
  uint64_t given;

  uv_mutex_lock(&lock->lock);
  given = lock->given;
  uv_mutex_unlock(&lock->lock);
  return given;
}

static void open_line(struct line *line)
{
  *line = (struct line){.count = 0};
  assert_true(mpcc__fair_lock_init(&line->lock));
}

static void who_waits_has_it_before_who_comes_back_at_once(void **state)
{
  (void)state;
  struct line line;
  struct waiter waiter = {.line = &line};

  open_line(&line);
  for (int i = 0; i < ROUNDS; i++) {
    uint64_t before = came(&line.lock);

    line.had[0] = 0;
    mpcc__fair_lock(&line.lock);
    assert_int_equal(pthread_create(&waiter.thread, NULL, have_it_once, &waiter), 0);
    while (came(&line.lock) < before + 2)
      sched_yield();
    mpcc__fair_unlock(&line.lock);
    mpcc__fair_lock(&line.lock);
    assert_int_not_equal(line.had[0], 0);
    mpcc__fair_unlock(&line.lock);
    pthread_join(waiter.thread, NULL);
  }
  mpcc__fair_lock_destroy(&line.lock);
}

static void all_who_wait_have_it_in_the_order_in_which_they_came(void **state)
{
  (void)state;
  struct line line;
  struct waiter waiters[WAITERS];

  open_line(&line);
  mpcc__fair_lock(&line.lock);
  for (int i = 0; i < WAITERS; i++) {
    waiters[i] = (struct waiter){.line = &line, .number = i};
    assert_int_equal(pthread_create(&waiters[i].thread, NULL, have_it_once, &waiters[i]), 0);
    while (came(&line.lock) < (uint64_t)i + 2)
      sched_yield();
  }
  mpcc__fair_unlock(&line.lock);
  for (int i = 0; i < WAITERS; i++)
    pthread_join(waiters[i].thread, NULL);
  for (uint64_t i = 0; i < WAITERS; i++)
    assert_int_equal(line.had[i], i + 1);
  mpcc__fair_lock_destroy(&line.lock);
}

static void *have_it_and_end(void *arg)
{
  have_it_once(arg);
  pthread_testcancel();
  return NULL;
}

static void who_is_cancelled_while_it_waits_has_its_turn_first(void **state)
{
  (void)state;
  struct line line;
  struct waiter waiter = {.line = &line};
  void *result;

  open_line(&line);
  mpcc__fair_lock(&line.lock);
  assert_int_equal(pthread_create(&waiter.thread, NULL, have_it_and_end, &waiter), 0);
  while (came(&line.lock) < 2)
    sched_yield();
  assert_int_equal(pthread_cancel(waiter.thread), 0);
  for (int i = 0; i < 1000; i++)
    sched_yield();
  mpcc__fair_unlock(&line.lock);

  assert_int_equal(pthread_join(waiter.thread, &result), 0);
  assert_ptr_equal(result, PTHREAD_CANCELED);
  assert_int_equal(line.had[0], 1);
  mpcc__fair_lock(&line.lock); /* it is there for others */
  mpcc__fair_unlock(&line.lock);
  mpcc__fair_lock_destroy(&line.lock);
}

static void *have_it_often(void *arg)
{
  struct line *line = arg;

  for (int i = 0; i < EACH; i++) {
    mpcc__fair_lock(&line->lock);
    line->count++;
    mpcc__fair_unlock(&line->lock);
  }
  return NULL;
}

static void one_thread_has_it_at_a_time(void **state)
{
  (void)state;
  struct line line;
  pthread_t racers[RACERS];

  open_line(&line);
  for (int i = 0; i < RACERS; i++)
    assert_int_equal(pthread_create(&racers[i], NULL, have_it_often, &line), 0);
  for (int i = 0; i < RACERS; i++)
    pthread_join(racers[i], NULL);
  assert_int_equal(line.count, (uint64_t)RACERS * EACH);
  mpcc__fair_lock_destroy(&line.lock);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(who_waits_has_it_before_who_comes_back_at_once),
    cmocka_unit_test(all_who_wait_have_it_in_the_order_in_which_they_came),
    cmocka_unit_test(who_is_cancelled_while_it_waits_has_its_turn_first),
    cmocka_unit_test(one_thread_has_it_at_a_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
