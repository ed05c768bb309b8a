/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Corners in which the library was once wrong, and that belong to no other program. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mpcc.h>

static mpcc_t *mpcc;
static int got[8];
static int got_count;

static void keep(int result)
{
  if (got_count < 8)
    got[got_count] = result;
  got_count++;
}

static void open_instance(bool manual, mpcc_drop_cb on_drop)
{
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(int);
  options.batch_size = 1;
  options.manual = manual;
  options.on_drop = on_drop;
  got_count = 0;
  assert_int_equal(mpcc_create(&mpcc, &options), 0);
}

static void push_one(void)
{
  int item = 7;

  assert_int_equal(mpcc_push(mpcc, &item, 0), 0);
}

static void *step_once(void *arg)
{
  *(int *)arg = mpcc_step(mpcc, 1, NULL);
  return NULL;
}

/* A step on another thread, while callbacks of a completion in IDLE run on this one. */
static void step_elsewhere(void)
{
  pthread_t thread;
  int result = -1;

  if (pthread_create(&thread, NULL, step_once, &result) == 0)
    (void)pthread_join(thread, NULL);
  keep(result);
}

static void step_and_wait(const mpcc_batch_t *batch, int reason, void *state)
{
  (void)batch;
  (void)reason;
  (void)state;
  step_elsewhere();
  keep(mpcc_wait(mpcc, 100));
}

static void step_and_destroy(mpcc_t *completed, int status, void *arg)
{
  (void)status;
  (void)arg;
  step_elsewhere();
  keep(mpcc_destroy(completed));
}

static void a_step_elsewhere_leaves_a_completion_in_idle_alone(void **state)
{
  (void)state;
  open_instance(true, step_and_wait);
  push_one();

  assert_int_equal(mpcc_complete(mpcc, MPCC_DISCARD, step_and_destroy, NULL), 0);

  assert_int_equal(got_count, 4);
  assert_int_equal(got[0], 0);
  assert_int_equal(got[1], MPCC_EDEADLK);
  assert_int_equal(got[2], 0);
  assert_int_equal(got[3], 0);
}

static int flush_in_pump(mpcc_batch_t *batch, void *state)
{
  int err = mpcc_flush(mpcc, batch->slot);

  if (err != 0 && err != MPCC_ECLOSED)
    *(int *)state = err;
  return 0;
}

static void the_first_pump_of_an_own_loop_finds_the_instance_started(void **state)
{
  int wrong = 0;

  (void)state;
  for (int round = 0; round < 500; round++) {
    open_instance(false, NULL);
    push_one();
    assert_int_equal(mpcc_start(mpcc, flush_in_pump, &wrong), 0);
    assert_int_equal(mpcc_complete(mpcc, MPCC_DRAIN, NULL, NULL), 0);
    assert_int_equal(mpcc_wait(mpcc, MPCC_NO_TIMEOUT), 0);
    assert_int_equal(mpcc_destroy(mpcc), 0);
  }
  assert_int_equal(wrong, 0);
}

static atomic_bool pumping;

static int poll_for_cancel(mpcc_batch_t *batch, void *state)
{
  atomic_bool *given_up = state;

  if (mpcc_batch_cancelled(batch))
    keep(1);
  atomic_store(&pumping, true);
  while (!mpcc_batch_cancelled(batch) && !atomic_load(given_up))
    continue;
  keep(mpcc_batch_cancelled(batch));
  return 0;
}

static void *give_up_later(void *arg)
{
  (void)mpcc_wait(mpcc, 20000);
  atomic_store((atomic_bool *)arg, true);
  return NULL;
}

static void a_pump_that_works_on_the_loop_sees_that_it_is_cancelled(void **state)
{
  atomic_bool given_up = false;
  pthread_t thread;
  mpcc_stats_t stats;

  (void)state;
  open_instance(false, NULL);
  atomic_store(&pumping, false);
  push_one();
  assert_int_equal(mpcc_start(mpcc, poll_for_cancel, &given_up), 0);
  while (!atomic_load(&pumping))
    continue;
  assert_int_equal(mpcc_complete(mpcc, MPCC_DISCARD, NULL, NULL), 0);
  assert_int_equal(pthread_create(&thread, NULL, give_up_later, &given_up), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(mpcc_wait(mpcc, MPCC_NO_TIMEOUT), 0);

  assert_int_equal(got_count, 1);
  assert_int_equal(got[0], 1);
  assert_int_equal(mpcc_stats(mpcc, &stats), 0);
  assert_int_equal(stats.delivered, 1);
  assert_int_equal(mpcc_destroy(mpcc), 0);
}

static mpcc_batch_t *held;

static int hold(mpcc_batch_t *batch, void *state)
{
  (void)state;
  held = batch;
  return MPCC_PENDING;
}

/* Just before the end of time a look that is to be repeated must not fall off it. */
static void the_last_millisecond_is_a_time_like_any_other(void **state)
{
  uint64_t next_ms = 0;

  (void)state;
  open_instance(true, NULL);
  assert_int_equal(mpcc_start(mpcc, hold, NULL), 0);
  push_one();
  assert_int_equal(mpcc_step(mpcc, UINT64_MAX, &next_ms), 0);
  assert_non_null(held);
  assert_int_equal(mpcc_complete(mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_step(mpcc, UINT64_MAX, &next_ms), 0);
  assert_int_equal(mpcc_batch_done(held, 0), 0);
  assert_int_equal(mpcc_step(mpcc, UINT64_MAX, &next_ms), 0);
  assert_int_equal(mpcc_wait(mpcc, 0), 0);
  assert_int_equal(mpcc_destroy(mpcc), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step_elsewhere_leaves_a_completion_in_idle_alone),
      cmocka_unit_test(the_first_pump_of_an_own_loop_finds_the_instance_started),
      cmocka_unit_test(a_pump_that_works_on_the_loop_sees_that_it_is_cancelled),
      cmocka_unit_test(the_last_millisecond_is_a_time_like_any_other),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
