/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The wake-up: its table, and that neither work nor sleep is ever lost between threads. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "event.h"
#include "racers.h"

enum { SIGNALLERS = 3, SIGNALS = 60000 / RACERS_SLOWER, HANDOVERS = 20000 / RACERS_SLOWER };

static struct mpcc__event event;

/* What a signaller that must send sends to: a count of wake-ups not yet received. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static unsigned sent;

static int fresh_event(void **state)
{
  (void)state;
  mpcc__event_init(&event);
  sent = 0;
  return 0;
}

/* -- One thread ---------------------------------------------------------------------------- */

static void nobody_sends_to_a_sleeper_that_is_awake(void **state)
{
  (void)state;

  assert_false(mpcc__event_signal(&event));
  assert_false(mpcc__event_signal(&event));
}

static void a_signal_is_consumed_once(void **state)
{
  (void)state;
  assert_false(mpcc__event_consume(&event));

  mpcc__event_signal(&event);
  mpcc__event_signal(&event);

  assert_true(mpcc__event_consume(&event));
  assert_false(mpcc__event_consume(&event));
}

static void a_signal_forbids_to_sleep_until_it_is_consumed(void **state)
{
  (void)state;
  mpcc__event_signal(&event);

  assert_false(mpcc__event_sleep(&event));
  assert_false(mpcc__event_sleep(&event));
  assert_true(mpcc__event_consume(&event));

  assert_true(mpcc__event_sleep(&event));
}

static void only_the_first_signal_to_a_sleeper_sends(void **state)
{
  (void)state;
  assert_true(mpcc__event_sleep(&event));

  assert_true(mpcc__event_signal(&event));
  assert_false(mpcc__event_signal(&event));

  assert_true(mpcc__event_consume(&event));
  assert_false(mpcc__event_signal(&event));
}

static void each_sleep_is_sent_to_anew(void **state)
{
  (void)state;
  for (int i = 0; i < 3; i++) {
    assert_true(mpcc__event_sleep(&event));

    assert_true(mpcc__event_signal(&event));

    assert_true(mpcc__event_consume(&event));
  }
}

static void a_sleeper_that_wakes_by_itself_needs_no_sending(void **state)
{
  (void)state;
  assert_true(mpcc__event_sleep(&event));

  assert_false(mpcc__event_consume(&event));

  assert_false(mpcc__event_signal(&event));
  assert_true(mpcc__event_consume(&event));
}

/* -- Many threads --------------------------------------------------------------------------- */

struct signaller {
  _Atomic uint64_t done; /* pieces of work put before a signal each */
  unsigned sends;
};

static void send(void)
{
  pthread_mutex_lock(&mutex);
  sent++;
  pthread_cond_signal(&cond);
  pthread_mutex_unlock(&mutex);
}

/* False if nobody sends for so long that nobody ever will. */
static bool receive(void)
{
  struct timespec until;
  int err = 0;

  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 60;
  pthread_mutex_lock(&mutex);
  while (sent == 0 && err == 0)
    err = pthread_cond_timedwait(&cond, &mutex, &until);
  if (sent > 0)
    sent--;
  pthread_mutex_unlock(&mutex);
  return err == 0;
}

static void *work_and_signal(void *arg)
{
  struct signaller *me = arg;
  uint32_t random = (uint32_t)(uintptr_t)arg | 1;

  racers_line_up();
  for (uint64_t i = 1; i <= SIGNALS; i++) {
    /* relaxed: the signal carries it. */
    atomic_store_explicit(&me->done, i, memory_order_relaxed);
    if (mpcc__event_signal(&event)) {
      me->sends++;
      send();
    }
    if (racers_random(&random) % 4 == 0)
      sched_yield();
  }
  return NULL;
}

static uint64_t look(struct signaller *signallers)
{
  uint64_t done = 0;

  for (int i = 0; i < SIGNALLERS; i++)
    /* relaxed: what was signalled is seen by the consume before. */
    done += atomic_load_explicit(&signallers[i].done, memory_order_relaxed);
  return done;
}

static void no_wake_up_is_lost_and_none_is_sent_twice(void **state)
{
  (void)state;
  struct signaller signallers[SIGNALLERS] = {{0, 0}};
  struct racers racers;
  unsigned sleeps = 0, sends = 0;
  bool lost = false, left_over;
  assert_true(racers_start(&racers, work_and_signal, signallers, sizeof(signallers[0]),
                           SIGNALLERS, 1));

  racers_line_up();
  for (;;) {
    mpcc__event_consume(&event);
    if (look(signallers) == (uint64_t)SIGNALLERS * SIGNALS)
      break;
    if (!mpcc__event_sleep(&event))
      continue;
    sleeps++;
    if (!receive()) {
      lost = true;
      break;
    }
  }
  racers_join(&racers);
  left_over = sent != 0;

  for (int i = 0; i < SIGNALLERS; i++)
    sends += signallers[i].sends;
  assert_false(lost);
  assert_false(left_over);
  assert_int_equal(sends, sleeps);
}

/* One value, written by the signaller and read by the sleeper without any order of its own. */
static uint64_t box;
static _Atomic uint64_t opened;

static void *fill_the_box(void *arg)
{
  (void)arg;
  racers_line_up();
  for (uint64_t i = 1; i <= HANDOVERS; i++) {
    box = i;
    mpcc__event_signal(&event);
    while (atomic_load_explicit(&opened, memory_order_acquire) != i)
      sched_yield();
  }
  return NULL;
}

static void what_was_done_before_a_signal_is_seen_after_the_consume(void **state)
{
  (void)state;
  struct racers racers;
  unsigned wrong = 0;
  atomic_init(&opened, 0);
  assert_true(racers_start(&racers, fill_the_box, &box, 0, 1, 1));

  racers_line_up();
  for (uint64_t i = 1; i <= HANDOVERS; i++) {
    while (!mpcc__event_consume(&event))
      sched_yield();
    wrong += box != i;
    atomic_store_explicit(&opened, i, memory_order_release);
  }
  racers_join(&racers);

  assert_int_equal(wrong, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(nobody_sends_to_a_sleeper_that_is_awake, fresh_event),
    cmocka_unit_test_setup(a_signal_is_consumed_once, fresh_event),
    cmocka_unit_test_setup(a_signal_forbids_to_sleep_until_it_is_consumed, fresh_event),
    cmocka_unit_test_setup(only_the_first_signal_to_a_sleeper_sends, fresh_event),
    cmocka_unit_test_setup(each_sleep_is_sent_to_anew, fresh_event),
    cmocka_unit_test_setup(a_sleeper_that_wakes_by_itself_needs_no_sending, fresh_event),
    cmocka_unit_test_setup(no_wake_up_is_lost_and_none_is_sent_twice, fresh_event),
    cmocka_unit_test_setup(what_was_done_before_a_signal_is_seen_after_the_consume, fresh_event),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
