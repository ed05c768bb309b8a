/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* An instance as one of several guests on a loop of the user's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <uv.h>

#include <mpcc.h>

struct guest {
  uv_loop_t loop;
  mpcc_t *mpcc;
  long pumps;
  int ticks;
  int errors;
};

static void open_guest(struct guest *guest, uint32_t slots, uint32_t batch_size, size_t capacity)
{
  mpcc_options_t options;

  *guest = (struct guest){.pumps = 0};
  assert_int_equal(uv_loop_init(&guest->loop), 0);
  mpcc_options_init(&options);
  options.item_size = sizeof(int);
  options.slot_count = slots;
  options.batch_size = batch_size;
  options.capacity = capacity;
  options.push_interval_ms = MPCC_NO_INTERVAL;
  options.loop = &guest->loop;
  assert_int_equal(mpcc_create(&guest->mpcc, &options), 0);
}

static void close_guest(struct guest *guest)
{
  assert_int_equal(mpcc_destroy(guest->mpcc), 0);
  assert_int_equal(uv_run(&guest->loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&guest->loop), 0);
}

static int push_again(mpcc_batch_t *batch, void *state)
{
  struct guest *guest = state;
  int item = 1;

  guest->pumps++;
  (void)mpcc_push(guest->mpcc, &item, batch->slot);
  return 0;
}

enum { TICKS = 20 };

/* The user's own handle; it ends the test. */
static void on_tick(uv_timer_t *timer)
{
  struct guest *guest = timer->data;

  if (++guest->ticks < TICKS)
    return;
  guest->errors += mpcc_complete(guest->mpcc, MPCC_DRAIN, NULL, NULL) != 0;
  uv_close((uv_handle_t *)timer, NULL);
}

/* With a 0 ms timer that re-armed itself, libuv ran nothing but the instance, for ever. */
static void a_busy_instance_lets_other_handles_have_their_turn(void **state)
{
  struct guest guest;
  uv_timer_t timer;
  int item = 1;

  (void)state;
  open_guest(&guest, 100, 1, 0);
  assert_int_equal(mpcc_start(guest.mpcc, push_again, &guest), 0);
  for (uint32_t slot = 0; slot < 100; slot++)
    assert_int_equal(mpcc_push(guest.mpcc, &item, slot), 0);
  assert_int_equal(uv_timer_init(&guest.loop, &timer), 0);
  timer.data = &guest;
  assert_int_equal(uv_timer_start(&timer, on_tick, 1, 1), 0);

  assert_int_equal(uv_run(&guest.loop, UV_RUN_DEFAULT), 0);

  assert_int_equal(guest.ticks, TICKS);
  assert_int_equal(guest.errors, 0);
  assert_true(guest.pumps >= 100);
  close_guest(&guest);
}

static int deliver(mpcc_batch_t *batch, void *state)
{
  struct guest *guest = state;

  (void)batch;
  guest->pumps++;
  return 0;
}

/* The first turn tells which thread runs the loop; before it, these waits hung. */
static void who_has_started_and_not_run_the_loop_does_not_wait_for_itself(void **state)
{
  struct guest guest;
  int item = 1;

  (void)state;
  open_guest(&guest, 1, 2, 1);
  assert_int_equal(mpcc_start(guest.mpcc, deliver, &guest), 0);
  assert_int_equal(mpcc_push_wait(guest.mpcc, &item, 0, 10), 0);
  assert_int_equal(mpcc_push_wait(guest.mpcc, &item, 0, 10), MPCC_EDEADLK);
  assert_int_equal(mpcc_push_wait(guest.mpcc, &item, 0, MPCC_NO_TIMEOUT), MPCC_EDEADLK);
  assert_int_equal(mpcc_wait(guest.mpcc, 10), MPCC_ESTATE);
  assert_int_equal(mpcc_complete(guest.mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_wait(guest.mpcc, 10), MPCC_EDEADLK);
  assert_int_equal(mpcc_wait(guest.mpcc, MPCC_NO_TIMEOUT), MPCC_EDEADLK);

  assert_int_equal(uv_run(&guest.loop, UV_RUN_DEFAULT), 0);

  assert_int_equal(guest.pumps, 1);
  assert_int_equal(mpcc_wait(guest.mpcc, 0), 0);
  close_guest(&guest);
}

static void run_loop(void *arg)
{
  struct guest *guest = arg;

  uv_sleep(20); /* let the starter come first */
  (void)uv_run(&guest->loop, UV_RUN_DEFAULT);
}

static void who_has_started_may_wait_when_another_thread_runs_the_loop(void **state)
{
  struct guest guest;
  uv_thread_t thread;
  int item = 1;

  (void)state;
  open_guest(&guest, 1, 1, 1);
  assert_int_equal(mpcc_start(guest.mpcc, deliver, &guest), 0);
  assert_int_equal(uv_thread_create(&thread, run_loop, &guest), 0);

  int pushed = 0, err = 0;
  for (; pushed < 100 && err == 0; pushed++)
    err = mpcc_push_wait(guest.mpcc, &item, 0, MPCC_NO_TIMEOUT);
  int completed = mpcc_complete(guest.mpcc, MPCC_DRAIN, NULL, NULL);
  int waited = mpcc_wait(guest.mpcc, MPCC_NO_TIMEOUT);
  assert_int_equal(uv_thread_join(&thread), 0);

  assert_int_equal(err, 0);
  assert_int_equal(completed, 0);
  assert_int_equal(waited, 0);
  assert_int_equal(guest.pumps, 100);
  close_guest(&guest);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_busy_instance_lets_other_handles_have_their_turn),
      cmocka_unit_test(who_has_started_and_not_run_the_loop_does_not_wait_for_itself),
      cmocka_unit_test(who_has_started_may_wait_when_another_thread_runs_the_loop),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
