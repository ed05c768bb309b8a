/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_destroy(): when it frees, and that a refusal leaves everything as it was. */

#include "harness.h"

static void destroying_nothing_is_fine(void **state)
{
  (void)state;
  assert_int_equal(mpcc_destroy(NULL), 0);
}

static void an_instance_that_was_never_used_can_be_destroyed(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  rig_t *rig = rig_open(&options);

  assert_int_equal(mpcc_destroy(rig->mpcc), 0);

  rig->mpcc = NULL;
  rig_close(rig);
}

static void items_in_idle_keep_the_instance(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  rig_t *rig = rig_open(&options);
  rig_push(rig, 0, 0, 2);

  assert_int_equal(mpcc_destroy(rig->mpcc), MPCC_EBUSY);

  rig_push(rig, 0, 2, 1);
  rig_start(rig);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FULL);
  rig_close(rig);
}

static void a_running_instance_is_busy_and_goes_on(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);

  assert_int_equal(mpcc_destroy(rig->mpcc), MPCC_EBUSY);
  rig_push(rig, 0, 0, 3);
  assert_int_equal(mpcc_destroy(rig->mpcc), MPCC_EBUSY);
  rig_step(rig, 1);

  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FULL);
  rig_close(rig);
}

static void a_completing_instance_is_busy_and_comes_to_its_end(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 2);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(mpcc_destroy(rig->mpcc), MPCC_EBUSY);
  rig_step(rig, 1);
  assert_int_equal(mpcc_destroy(rig->mpcc), MPCC_EBUSY);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  assert_int_equal(mpcc_destroy(rig->mpcc), MPCC_EBUSY);
  rig_step(rig, 2);

  assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
  assert_int_equal(mpcc_destroy(rig->mpcc), 0);
  rig->mpcc = NULL;
  rig_close(rig);
}

static int destroy_in_pump(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  rig_keep(rig, mpcc_destroy(rig->mpcc));
  return rig->answer;
}

static void destroy_in_drop(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)batch;
  (void)reason;
  rig_keep(rig, mpcc_destroy(rig->mpcc));
}

static void destroy_in_cancel(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  rig_keep(rig, mpcc_destroy(rig->mpcc));
}

static void inside_pump_on_drop_and_on_cancel_it_is_busy(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig->on_pump = destroy_in_pump;
  rig->on_drop = destroy_in_drop;
  rig->on_cancel = destroy_in_cancel;
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 4);
  rig_step(rig, 1);

  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  rig_step(rig, 2);

  assert_int_equal(rig->got_count, 3);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(rig->got[i], MPCC_EBUSY);
  rig_close(rig);
}

static void inside_on_drop_of_a_discard_in_idle_it_is_busy(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 1);
  rig_t *rig = rig_open(&options);
  rig->on_drop = destroy_in_drop;
  rig_push(rig, 0, 0, 2); /* at the second one the queue is already empty */

  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);

  assert_int_equal(rig->got_count, 2);
  assert_int_equal(rig->got[0], MPCC_EBUSY);
  assert_int_equal(rig->got[1], MPCC_EBUSY);
  rig_close(rig);
}

static void destroy_in_complete(rig_t *rig, mpcc_t *mpcc)
{
  rig->mpcc = NULL;
  rig_keep(rig, mpcc_destroy(mpcc));
}

static void the_complete_callback_of_a_manual_instance_may_destroy_it(void **state)
{
  (void)state;
  static const int modes[] = {MPCC_DRAIN, MPCC_DISCARD};
  for (size_t k = 0; k < 2; k++) {
    rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
    rig->on_complete = destroy_in_complete;
    rig_push(rig, 0, 0, 7);

    assert_int_equal(rig_complete(rig, modes[k]), 0);
    rig_step(rig, 1);

    assert_int_equal(rig->got_count, 1);
    assert_int_equal(rig->got[0], 0);
    assert_null(rig->mpcc);
    rig_close(rig);
  }
}

static void the_complete_callback_in_idle_may_destroy_a_manual_instance(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  rig_t *rig = rig_open(&options);
  rig->on_complete = destroy_in_complete;
  rig_push(rig, 0, 0, 7);

  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);

  assert_int_equal(rig->got_count, 1);
  assert_int_equal(rig->got[0], 0);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(destroying_nothing_is_fine),
    cmocka_unit_test(an_instance_that_was_never_used_can_be_destroyed),
    cmocka_unit_test(items_in_idle_keep_the_instance),
    cmocka_unit_test(a_running_instance_is_busy_and_goes_on),
    cmocka_unit_test(a_completing_instance_is_busy_and_comes_to_its_end),
    cmocka_unit_test(inside_pump_on_drop_and_on_cancel_it_is_busy),
    cmocka_unit_test(inside_on_drop_of_a_discard_in_idle_it_is_busy),
    cmocka_unit_test(the_complete_callback_of_a_manual_instance_may_destroy_it),
    cmocka_unit_test(the_complete_callback_in_idle_may_destroy_a_manual_instance),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
