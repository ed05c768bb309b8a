/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_push_wait(): waiting for room, in line, and being let go. The test's thread steps. */

#include "harness.h"

#include "crew.h"

struct wait_for_room {
  rig_t *rig;
  uint64_t item;
  uint32_t slot;
  uint64_t timeout_ms;
};

static int push_and_wait(void *arg)
{
  const struct wait_for_room *wish = arg;
  return mpcc_push_wait(wish->rig->mpcc, &wish->item, wish->slot, wish->timeout_ms);
}

static int push_one(rig_t *rig, uint64_t item)
{
  return mpcc_push(rig->mpcc, &item, 0);
}

/* One item a batch, one item of room. */
static rig_t *rig_of_one(void)
{
  mpcc_options_t options;
  rig_options(&options, 1);
  options.capacity = 1;
  options.slot_count = 2;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  return rig;
}

static void push_wait_with_room_is_a_push(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, MPCC_NO_INTERVAL);
  uint64_t items[] = {5, 6};

  assert_int_equal(mpcc_push_wait(rig->mpcc, &items[0], 0, 0), 0);
  assert_int_equal(mpcc_push_wait(rig->mpcc, &items[1], 0, MPCC_NO_TIMEOUT), 0);
  rig_step(rig, 1);

  assert_batch(rig, 0, 0, 5, 2, MPCC_DUE_FULL);
  rig_close(rig);
}

static void push_wait_wants_an_instance_an_item_and_a_slot_that_exists(void **state)
{
  (void)state;
  rig_t *rig = rig_of_one();
  uint64_t item = 1;

  assert_int_equal(mpcc_push_wait(NULL, &item, 0, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_push_wait(rig->mpcc, NULL, 0, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_push_wait(rig->mpcc, &item, 2, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_push_wait(rig->mpcc, &item, UINT32_MAX, 0), MPCC_EINVAL);
  rig_close(rig);
}

static void without_room_push_wait_times_out_and_queues_nothing(void **state)
{
  (void)state;
  rig_t *rig = rig_of_one();
  rig_push(rig, 0, 0, 1);
  uint64_t item = 99;

  uint64_t before_ms = crew_now_ms();
  assert_int_equal(mpcc_push_wait(rig->mpcc, &item, 0, 0), MPCC_ETIMEDOUT);
  assert_int_equal(mpcc_push_wait(rig->mpcc, &item, 0, 30), MPCC_ETIMEDOUT);
  /* Two clocks that are cut to milliseconds may differ by one. */
  assert_true(crew_now_ms() - before_ms >= 29);
  rig_step(rig, 1);

  mpcc_stats_t stats;
  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  assert_int_equal(stats.pushed, 1);
  assert_int_equal(stats.rejected, 0);
  assert_int_equal(rig_calls(rig), 1);
  /* Whoever gave up leaves no place in the line behind. */
  assert_int_equal(push_one(rig, 1), 0);
  rig_close(rig);
}

static void a_waiter_gets_the_room_that_a_batch_makes(void **state)
{
  (void)state;
  rig_t *rig = rig_of_one();
  rig_push(rig, 0, 0, 1);
  struct wait_for_room wish = {rig, 1, 0, MPCC_NO_TIMEOUT};
  sleeper_t sleeper;
  sleeper_start(&sleeper, push_and_wait, &wish);
  assert_false(sleeper_is_up(&sleeper));

  rig_step(rig, 1);

  assert_int_equal(sleeper_join(&sleeper), 0);
  rig_step(rig, 2);
  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 0, 1, 1, MPCC_DUE_FULL);
  rig_close(rig);
}

static void a_timeout_close_to_for_ever_does_not_wrap(void **state)
{
  (void)state;
  rig_t *rig = rig_of_one();
  rig_push(rig, 0, 0, 1);
  struct wait_for_room wish = {rig, 1, 0, UINT64_MAX - 1};
  sleeper_t sleeper;
  sleeper_start(&sleeper, push_and_wait, &wish);
  assert_false(sleeper_is_up(&sleeper));

  rig_step(rig, 1);

  assert_int_equal(sleeper_join(&sleeper), 0);
  rig_close(rig);
}

static void room_goes_to_waiters_first(void **state)
{
  (void)state;
  rig_t *rig = rig_of_one();
  rig_push(rig, 0, 0, 1);
  struct wait_for_room wish = {rig, 1, 0, MPCC_NO_TIMEOUT};
  sleeper_t sleeper;
  sleeper_start(&sleeper, push_and_wait, &wish);

  rig_step(rig, 1);
  int newcomer = push_one(rig, 99);
  int result = sleeper_join(&sleeper);

  assert_int_equal(newcomer, MPCC_EFULL);
  assert_int_equal(result, 0);
  rig_step(rig, 2);
  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 0, 1, 1, MPCC_DUE_FULL);
  rig_close(rig);
}

static void waiters_are_served_in_the_order_in_which_they_came(void **state)
{
  (void)state;
  enum { WAITERS = 5 };
  rig_t *rig = rig_of_one();
  rig_push(rig, 0, 0, 1);
  struct wait_for_room wishes[WAITERS];
  sleeper_t sleepers[WAITERS];
  for (uint64_t i = 0; i < WAITERS; i++) {
    wishes[i] = (struct wait_for_room){rig, i + 1, 0, MPCC_NO_TIMEOUT};
    sleeper_start(&sleepers[i], push_and_wait, &wishes[i]);
  }

  int results[WAITERS];
  rig_step(rig, 1);
  for (size_t i = 0; i < WAITERS; i++) {
    results[i] = sleeper_join(&sleepers[i]);
    rig_step(rig, 2 + i);
  }

  assert_int_equal(rig_calls(rig), WAITERS + 1);
  for (size_t i = 0; i < WAITERS; i++) {
    assert_int_equal(results[i], 0);
    assert_batch(rig, i + 1, 0, i + 1, 1, MPCC_DUE_FULL);
  }
  rig_close(rig);
}

static void one_batch_lets_as_many_waiters_in_as_it_makes_room(void **state)
{
  (void)state;
  enum { WAITERS = 4 };
  mpcc_options_t options;
  rig_options(&options, 3);
  options.capacity = 3;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 3);
  struct wait_for_room wishes[WAITERS];
  sleeper_t sleepers[WAITERS];
  for (uint64_t i = 0; i < WAITERS; i++) {
    wishes[i] = (struct wait_for_room){rig, 3 + i, 0, MPCC_NO_TIMEOUT};
    sleeper_start(&sleepers[i], push_and_wait, &wishes[i]);
  }

  rig_step(rig, 1);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(sleeper_join(&sleepers[i]), 0);
  bool last_was_up = sleeper_is_up(&sleepers[3]);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 2);
  assert_int_equal(sleeper_join(&sleepers[3]), 0);

  assert_false(last_was_up);
  assert_int_equal(rig_calls(rig), 2);
  /* Three threads woken at once may take their places in any order: the three belong together. */
  uint64_t sum = 0;
  for (size_t i = 3; i < 6; i++)
    sum += rig->items[i];
  assert_int_equal(sum, 3 + 4 + 5);
  rig_close(rig);
}

static void a_waiter_that_times_out_leaves_its_place_to_the_next(void **state)
{
  (void)state;
  rig_t *rig = rig_of_one();
  rig_push(rig, 0, 0, 1);
  struct wait_for_room hasty = {rig, 50, 0, 200}, patient = {rig, 1, 0, MPCC_NO_TIMEOUT};
  sleeper_t first, second;
  sleeper_start(&first, push_and_wait, &hasty);
  sleeper_start(&second, push_and_wait, &patient);

  int hasty_result = sleeper_join(&first);
  rig_step(rig, 1);
  int patient_result = sleeper_join(&second);
  rig_step(rig, 2);

  assert_int_equal(hasty_result, MPCC_ETIMEDOUT);
  assert_int_equal(patient_result, 0);
  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 0, 1, 1, MPCC_DUE_FULL);
  rig_close(rig);
}

static void a_waiter_of_one_slot_does_not_take_the_room_of_another(void **state)
{
  (void)state;
  rig_t *rig = rig_of_one();
  rig_push(rig, 0, 0, 1);
  struct wait_for_room wish = {rig, 1, 0, MPCC_NO_TIMEOUT};
  sleeper_t sleeper;
  sleeper_start(&sleeper, push_and_wait, &wish);

  uint64_t item = 7;
  int other = mpcc_push(rig->mpcc, &item, 1);
  rig_step(rig, 1);

  assert_int_equal(sleeper_join(&sleeper), 0);
  assert_int_equal(other, 0);
  rig_close(rig);
}

static void completion_lets_every_waiter_go(void **state)
{
  (void)state;
  static const int modes[] = {MPCC_DRAIN, MPCC_DISCARD};
  for (size_t k = 0; k < 2; k++) {
    rig_t *rig = rig_of_one();
    rig_push(rig, 0, 0, 1);
    struct wait_for_room wish = {rig, 1, 0, MPCC_NO_TIMEOUT};
    sleeper_t sleepers[3];
    for (size_t i = 0; i < 3; i++)
      sleeper_start(&sleepers[i], push_and_wait, &wish);

    int result = rig_complete(rig, modes[k]);
    /* Nobody steps: the call alone must let them go. */
    for (size_t i = 0; i < 3; i++)
      assert_int_equal(sleeper_join(&sleepers[i]), MPCC_ECLOSED);

    assert_int_equal(result, 0);
    rig_close(rig);
  }
}

static void in_idle_a_waiter_waits_for_start_and_is_let_go_by_a_discard(void **state)
{
  (void)state;
  for (int started = 0; started < 2; started++) {
    mpcc_options_t options;
    rig_options(&options, 1);
    options.capacity = 1;
    rig_t *rig = rig_open(&options);
    rig_push(rig, 0, 0, 1);
    struct wait_for_room wish = {rig, 1, 0, MPCC_NO_TIMEOUT};
    sleeper_t sleeper;
    sleeper_start(&sleeper, push_and_wait, &wish);
    rig_step(rig, 1);
    bool was_up = sleeper_is_up(&sleeper);

    if (started != 0) {
      rig_start(rig);
      rig_step(rig, 2);
    } else {
      assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
    }

    assert_int_equal(sleeper_join(&sleeper), started != 0 ? 0 : MPCC_ECLOSED);
    assert_false(was_up);
    rig_close(rig);
  }
}

static void a_discard_in_idle_lets_every_waiter_go(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 1);
  options.capacity = 1;
  rig_t *rig = rig_open(&options);
  rig_push(rig, 0, 0, 1);
  struct wait_for_room wish = {rig, 1, 0, MPCC_NO_TIMEOUT};
  sleeper_t sleepers[3]; /* more than the room that the discard makes */
  for (size_t i = 0; i < 3; i++)
    sleeper_start(&sleepers[i], push_and_wait, &wish);

  int result = rig_complete(rig, MPCC_DISCARD);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(sleeper_join(&sleepers[i]), MPCC_ECLOSED);

  assert_int_equal(result, 0);
  assert_fates(rig, 0, 1, 0);
  rig_close(rig);
}

static int push_and_wait_in_the_pump(rig_t *rig, mpcc_batch_t *batch)
{
  uint64_t item = 5;
  (void)batch;
  rig_keep(rig, mpcc_push_wait(rig->mpcc, &item, 1, 0));
  rig_keep(rig, mpcc_push_wait(rig->mpcc, &item, 1, MPCC_NO_TIMEOUT));
  rig_keep(rig, mpcc_push_wait(rig->mpcc, &item, 2, 0));
  return 0;
}

static void on_the_loop_s_thread_push_wait_is_a_deadlock_even_with_room(void **state)
{
  (void)state;
  rig_t *rig = rig_of_one();
  rig->on_pump = push_and_wait_in_the_pump;

  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1);

  assert_int_equal(rig->got_count, 3);
  assert_int_equal(rig->got[0], MPCC_EDEADLK);
  assert_int_equal(rig->got[1], MPCC_EDEADLK);
  assert_int_equal(rig->got[2], MPCC_EINVAL);
  /* Between steps no thread is the loop's. */
  uint64_t item = 6;
  assert_int_equal(mpcc_push_wait(rig->mpcc, &item, 0, 0), 0);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(push_wait_with_room_is_a_push),
    cmocka_unit_test(push_wait_wants_an_instance_an_item_and_a_slot_that_exists),
    cmocka_unit_test(without_room_push_wait_times_out_and_queues_nothing),
    cmocka_unit_test(a_waiter_gets_the_room_that_a_batch_makes),
    cmocka_unit_test(a_timeout_close_to_for_ever_does_not_wrap),
    cmocka_unit_test(room_goes_to_waiters_first),
    cmocka_unit_test(waiters_are_served_in_the_order_in_which_they_came),
    cmocka_unit_test(one_batch_lets_as_many_waiters_in_as_it_makes_room),
    cmocka_unit_test(a_waiter_that_times_out_leaves_its_place_to_the_next),
    cmocka_unit_test(a_waiter_of_one_slot_does_not_take_the_room_of_another),
    cmocka_unit_test(completion_lets_every_waiter_go),
    cmocka_unit_test(in_idle_a_waiter_waits_for_start_and_is_let_go_by_a_discard),
    cmocka_unit_test(a_discard_in_idle_lets_every_waiter_go),
    cmocka_unit_test(on_the_loop_s_thread_push_wait_is_a_deadlock_even_with_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
