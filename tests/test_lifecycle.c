/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_start(), mpcc_wait() and mpcc_destroy() in every state, and life after STOPPED. */

#include "harness.h"

#include "crew.h"

static int push_one(rig_t *rig, uint64_t item)
{
  return mpcc_push(rig->mpcc, &item, 0);
}

static int other_pump(mpcc_batch_t *batch, void *state)
{
  size_t *items = state;
  *items += batch->count;
  return 0;
}

static void stop(rig_t *rig, uint64_t now_ms)
{
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  rig_step(rig, now_ms);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
}

static void start_wants_an_instance_and_a_pump_in_every_state(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  rig_t *rig = rig_open(&options);

  assert_int_equal(mpcc_start(NULL, rig_on_pump, rig), MPCC_EINVAL);
  assert_int_equal(mpcc_start(rig->mpcc, NULL, rig), MPCC_EINVAL);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ESTATE);
  rig_start(rig);
  assert_int_equal(mpcc_start(rig->mpcc, NULL, rig), MPCC_EINVAL);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(mpcc_start(rig->mpcc, NULL, rig), MPCC_EINVAL);
  rig_step(rig, 1);
  assert_int_equal(mpcc_start(rig->mpcc, NULL, rig), MPCC_EINVAL);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  rig_close(rig);
}

static void a_running_instance_is_already_started_and_keeps_its_pump(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  size_t other_items = 0;

  assert_int_equal(mpcc_start(rig->mpcc, other_pump, &other_items), MPCC_EALREADY);
  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1);

  assert_int_equal(other_items, 0);
  assert_int_equal(rig_calls(rig), 1);
  rig_close(rig);
}

static void a_completing_instance_can_not_be_started(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(mpcc_start(rig->mpcc, rig_on_pump, rig), MPCC_ECLOSED);
  rig_step(rig, 2);
  assert_int_equal(mpcc_start(rig->mpcc, rig_on_pump, rig), MPCC_ECLOSED);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  assert_int_equal(mpcc_start(rig->mpcc, rig_on_pump, rig), MPCC_ECLOSED);
  rig_close(rig);
}

static void start_after_stopped_opens_the_instance_with_a_new_pump_and_state(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig_push(rig, 0, 0, 4);
  stop(rig, 1);
  size_t other_items = 0;

  assert_int_equal(mpcc_start(rig->mpcc, other_pump, &other_items), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ESTATE);
  rig_push(rig, 0, 4, 3);
  rig_step(rig, 2);
  assert_int_equal(other_items, 3);
  rig_push(rig, 0, 7, 1);
  stop(rig, 3);

  assert_int_equal(other_items, 4);
  assert_int_equal(rig_calls(rig), 2);
  mpcc_stats_t stats;
  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  assert_int_equal(stats.pushed, 8);
  assert_int_equal(stats.delivered, 8);
  rig_forget(rig); /* the other pump kept no log */
  rig_close(rig);
}

static void a_start_after_a_discard_in_idle_opens_the_instance(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  options.push_interval_ms = 100;
  rig_t *rig = rig_open(&options);
  rig_push(rig, 0, 0, 2);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);

  rig_start(rig);
  rig_push(rig, 0, 2, 4);
  rig_step(rig, 0);

  assert_int_equal(rig_count(rig, CALL_PUMP), 1);
  assert_fates(rig, 3, 2, 0);
  assert_int_equal(rig->next_ms, 100); /* the steps' clock has not moved by itself */
  rig_close(rig);
}

static void every_life_is_like_the_first(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  options.capacity = 9;
  options.push_interval_ms = 10;
  rig_t *rig = rig_open(&options);

  for (uint64_t life = 0; life < 300; life++) {
    uint64_t now = 100 * life;
    rig_start(rig);
    rig_push(rig, 0, 0, 9);
    assert_int_equal(push_one(rig, 0), MPCC_EFULL);
    rig_step(rig, now);
    assert_int_equal(rig_calls(rig), 2);
    assert_int_equal(rig->next_ms, now + 10);
    rig_step(rig, now + 10);
    assert_batch(rig, 2, 0, 8, 1, MPCC_DUE_INTERVAL);
    rig_push(rig, 0, 9, 1);
    if (life % 2 == 0)
      assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
    else
      assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
    rig_step(rig, now + 11);
    assert_int_equal(rig_calls(rig), 5);
    assert_int_equal(rig->calls[3].kind, life % 2 == 0 ? CALL_PUMP : CALL_DROP);
    assert_int_equal(rig->calls[4].kind, CALL_COMPLETE);
    rig_forget(rig);
  }

  assert_fates(rig, 150 * 19, 150, 0);
  rig_close(rig);
}

static void start_again_in_drop(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)batch;
  (void)reason;
  rig_keep(rig, mpcc_start(rig->mpcc, rig_on_pump, rig));
}

static int start_again_in_pump(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  rig_keep(rig, mpcc_start(rig->mpcc, rig_on_pump, rig));
  return 0;
}

static void start_inside_pump_and_on_drop_is_too_late(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig->on_pump = start_again_in_pump;
  rig->on_drop = start_again_in_drop;
  rig_push(rig, 0, 0, 4);
  rig_step(rig, 1);

  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  rig_step(rig, 2);

  assert_int_equal(rig->got_count, 2);
  assert_int_equal(rig->got[0], MPCC_EALREADY);
  assert_int_equal(rig->got[1], MPCC_ECLOSED);
  rig_close(rig);
}

static void start_anew(rig_t *rig, mpcc_t *mpcc)
{
  rig->on_complete = NULL;
  rig_keep(rig, mpcc_start(mpcc, rig_on_pump, rig));
  rig_keep(rig, push_one(rig, 50));
}

static void the_complete_callback_may_start_anew(void **state)
{
  (void)state;
  for (int idle = 0; idle < 2; idle++) {
    mpcc_options_t options;
    rig_options(&options, 1);
    rig_t *rig = rig_open(&options);
    rig->on_complete = start_anew;
    if (idle == 0)
      rig_start(rig);

    assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
    rig_step(rig, 1);
    rig_step(rig, 2);

    assert_int_equal(rig->got_count, 2);
    assert_int_equal(rig->got[0], 0);
    assert_int_equal(rig->got[1], 0);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ESTATE);
    assert_int_equal(rig_calls(rig), 2);
    assert_batch(rig, 1, 0, 50, 1, MPCC_DUE_FULL);
    rig_close(rig);
  }
}

static int wait_in_pump(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  rig_keep(rig, mpcc_wait(rig->mpcc, 0));
  rig_keep(rig, mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT));
  rig_keep(rig, mpcc_wait(NULL, 0));
  return 0;
}

static void wait_in_complete(rig_t *rig, mpcc_t *mpcc)
{
  rig_keep(rig, mpcc_wait(mpcc, MPCC_NO_TIMEOUT));
}

static void wait_on_the_loop_s_thread_is_a_deadlock_in_every_state(void **state)
{
  (void)state;
  rig_t *rig = rig_run(1, MPCC_NO_INTERVAL);
  rig->on_pump = wait_in_pump;
  rig->on_complete = wait_in_complete;
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1); /* RUNNING, where wait is MPCC_ESTATE elsewhere */
  rig_push(rig, 0, 1, 1);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 2);

  assert_int_equal(rig->got_count, 7);
  for (size_t i = 0; i < 7; i++)
    assert_int_equal(rig->got[i], i == 2 || i == 5 ? MPCC_EINVAL : MPCC_EDEADLK);
  rig_close(rig);
}

static void wait_knows_every_state(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 1);
  rig_t *rig = rig_open(&options);

  assert_int_equal(mpcc_wait(NULL, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), MPCC_ESTATE);
  rig_start(rig);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), MPCC_ESTATE);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  uint64_t before_ms = crew_now_ms();
  assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ETIMEDOUT);
  assert_int_equal(mpcc_wait(rig->mpcc, 30), MPCC_ETIMEDOUT);
  assert_true(crew_now_ms() - before_ms >= 29);
  rig_step(rig, 1);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
  rig_start(rig);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ESTATE);
  rig_close(rig);
}

static int wait_for_end(void *arg)
{
  return mpcc_wait(arg, MPCC_NO_TIMEOUT);
}

static int wait_nearly_for_ever(void *arg)
{
  return mpcc_wait(arg, UINT64_MAX - 1);
}

static void every_waiter_is_told(void **state)
{
  (void)state;
  rig_t *rig = rig_run(1, MPCC_NO_INTERVAL);
  sleeper_t sleepers[4];
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  for (size_t i = 0; i < 4; i++)
    sleeper_start(&sleepers[i], i % 2 == 0 ? wait_for_end : wait_nearly_for_ever, rig->mpcc);

  bool was_up = false;
  for (size_t i = 0; i < 4; i++)
    was_up |= sleeper_is_up(&sleepers[i]);
  rig_step(rig, 1);

  for (size_t i = 0; i < 4; i++)
    assert_int_equal(sleeper_join(&sleepers[i]), 0);
  assert_false(was_up);
  rig_close(rig);
}

static void ask_from_a_thread(void *arg)
{
  rig_t *rig = arg;
  rig_keep(rig, mpcc_wait(rig->mpcc, 0));
}

static void let_a_thread_ask(rig_t *rig, mpcc_t *mpcc)
{
  (void)mpcc;
  crew_run(ask_from_a_thread, rig, sizeof(*rig), 1);
}

static void a_completion_has_not_ended_while_its_callback_runs(void **state)
{
  (void)state;
  rig_t *rig = rig_run(1, MPCC_NO_INTERVAL);
  rig->on_complete = let_a_thread_ask;

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 1);

  assert_int_equal(rig->got_count, 1);
  assert_int_equal(rig->got[0], MPCC_ETIMEDOUT);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(start_wants_an_instance_and_a_pump_in_every_state),
    cmocka_unit_test(a_running_instance_is_already_started_and_keeps_its_pump),
    cmocka_unit_test(a_completing_instance_can_not_be_started),
    cmocka_unit_test(start_after_stopped_opens_the_instance_with_a_new_pump_and_state),
    cmocka_unit_test(a_start_after_a_discard_in_idle_opens_the_instance),
    cmocka_unit_test(every_life_is_like_the_first),
    cmocka_unit_test(start_inside_pump_and_on_drop_is_too_late),
    cmocka_unit_test(the_complete_callback_may_start_anew),
    cmocka_unit_test(wait_on_the_loop_s_thread_is_a_deadlock_in_every_state),
    cmocka_unit_test(wait_knows_every_state),
    cmocka_unit_test(every_waiter_is_told),
    cmocka_unit_test(a_completion_has_not_ended_while_its_callback_runs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
