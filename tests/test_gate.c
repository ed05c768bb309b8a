/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The gate: nobody is inside when it closes, and nobody comes in while it is closed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gate.h"
#include "racers.h"

enum { CALLERS = 3, ROUNDS = 20000 / RACERS_SLOWER };

static struct mpcc__gate gate;

static int fresh_gate(void **state)
{
  (void)state;
  mpcc__gate_init(&gate);
  return 0;
}

/* -- One thread ---------------------------------------------------------------------------- */

static void an_empty_gate_closes_once(void **state)
{
  (void)state;

  assert_true(mpcc__gate_try_close(&gate));
  assert_false(mpcc__gate_try_close(&gate));
}

static void the_gate_does_not_close_on_those_inside(void **state)
{
  (void)state;
  mpcc__gate_enter(&gate);
  assert_true(mpcc__gate_try_enter(&gate));

  assert_false(mpcc__gate_try_close(&gate));
  mpcc__gate_leave(&gate);
  assert_false(mpcc__gate_try_close(&gate));
  mpcc__gate_leave(&gate);

  assert_true(mpcc__gate_try_close(&gate));
}

static void a_close_that_failed_leaves_the_gate_open(void **state)
{
  (void)state;
  mpcc__gate_enter(&gate);

  assert_false(mpcc__gate_try_close(&gate));

  assert_true(mpcc__gate_try_enter(&gate));
}

static void nobody_comes_into_a_closed_gate_however_often_they_try(void **state)
{
  (void)state;
  assert_true(mpcc__gate_try_close(&gate));

  for (int i = 0; i < 100; i++)
    assert_false(mpcc__gate_try_enter(&gate));

  mpcc__gate_open(&gate);
  assert_true(mpcc__gate_try_close(&gate));
}

static void an_opened_gate_lets_callers_in_again(void **state)
{
  (void)state;
  for (int i = 0; i < 3; i++) {
    assert_true(mpcc__gate_try_close(&gate));
    assert_false(mpcc__gate_try_enter(&gate));

    mpcc__gate_open(&gate);

    assert_true(mpcc__gate_try_enter(&gate));
    mpcc__gate_leave(&gate);
  }
}

static void opening_an_open_gate_keeps_who_is_inside(void **state)
{
  (void)state;
  mpcc__gate_enter(&gate);

  mpcc__gate_open(&gate);

  assert_false(mpcc__gate_try_close(&gate));
  mpcc__gate_leave(&gate);
  assert_true(mpcc__gate_try_close(&gate));
}

/* -- Many threads --------------------------------------------------------------------------- */

struct caller {
  uint64_t entered;
  uint64_t met_nothing; /* times inside without what the gate guards */
  uint64_t mark;        /* written inside, read by who has closed the gate */
};

/* What the gate guards: no atomic, no lock. It is there while the gate is open. */
static bool there;
static atomic_bool over;

static void *come_and_go(void *arg)
{
  struct caller *me = arg;

  racers_line_up();
  while (!atomic_load_explicit(&over, memory_order_relaxed)) {
    if (mpcc__gate_try_enter(&gate)) {
      me->met_nothing += !there;
      me->mark = ++me->entered;
      mpcc__gate_leave(&gate);
    }
    sched_yield();
  }
  return NULL;
}

/* Close, take away, read every mark, put back, open. */
static uint64_t one_round(const struct caller *callers)
{
  uint64_t marks = 0;

  while (!mpcc__gate_try_close(&gate))
    sched_yield();
  there = false;
  for (int i = 0; i < CALLERS; i++)
    marks += callers[i].mark;
  there = true;
  mpcc__gate_open(&gate);
  sched_yield();
  return marks;
}

static void what_the_gate_guards_is_there_for_everyone_inside(void **state)
{
  (void)state;
  struct caller callers[CALLERS] = {{0, 0, 0}};
  struct racers racers;
  uint64_t last = 0, entered = 0, met_nothing = 0;
  bool backwards = false;
  there = true;
  atomic_init(&over, false);
  assert_true(racers_start(&racers, come_and_go, callers, sizeof(callers[0]), CALLERS, 1));

  racers_line_up();
  for (int i = 0; i < ROUNDS; i++) {
    uint64_t marks = one_round(callers);
    backwards |= marks < last;
    last = marks;
  }
  atomic_store_explicit(&over, true, memory_order_relaxed);
  racers_join(&racers);

  for (int i = 0; i < CALLERS; i++) {
    entered += callers[i].entered;
    met_nothing += callers[i].met_nothing;
  }
  assert_int_equal(met_nothing, 0);
  assert_false(backwards);
  assert_true(entered >= last);
  assert_true(mpcc__gate_try_close(&gate));
}

/* A producer's way in: it does not ask, because what it has not published keeps the gate open. */
static _Atomic unsigned published;
static unsigned left;

static void *enter_publish_leave(void *arg)
{
  unsigned *counter = arg;

  racers_line_up();
  for (unsigned i = 1; i <= ROUNDS; i++) {
    mpcc__gate_enter(&gate);
    atomic_store_explicit(&published, i, memory_order_release);
    *counter = i;
    mpcc__gate_leave(&gate);
    while (atomic_load_explicit(&published, memory_order_acquire) != 0)
      sched_yield();
  }
  return NULL;
}

static void who_saw_a_publication_closes_only_after_its_publisher_has_left(void **state)
{
  (void)state;
  struct racers racers;
  unsigned early = 0;
  atomic_init(&published, 0);
  left = 0;
  assert_true(racers_start(&racers, enter_publish_leave, &left, 0, 1, 1));

  racers_line_up();
  for (unsigned i = 1; i <= ROUNDS; i++) {
    while (atomic_load_explicit(&published, memory_order_acquire) != i)
      sched_yield();
    while (!mpcc__gate_try_close(&gate))
      sched_yield();
    early += left != i;
    mpcc__gate_open(&gate);
    atomic_store_explicit(&published, 0, memory_order_release);
  }
  racers_join(&racers);

  assert_int_equal(early, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(an_empty_gate_closes_once, fresh_gate),
    cmocka_unit_test_setup(the_gate_does_not_close_on_those_inside, fresh_gate),
    cmocka_unit_test_setup(a_close_that_failed_leaves_the_gate_open, fresh_gate),
    cmocka_unit_test_setup(nobody_comes_into_a_closed_gate_however_often_they_try, fresh_gate),
    cmocka_unit_test_setup(an_opened_gate_lets_callers_in_again, fresh_gate),
    cmocka_unit_test_setup(opening_an_open_gate_keeps_who_is_inside, fresh_gate),
    cmocka_unit_test_setup(what_the_gate_guards_is_there_for_everyone_inside, fresh_gate),
    cmocka_unit_test_setup(who_saw_a_publication_closes_only_after_its_publisher_has_left,
                           fresh_gate),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
