/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* From one completion to the next: a drain that becomes a discard, and the life after it. */

#include "harness.h"

/* One batch of three in flight, and then ${queued} items in the queue. */
static rig_t *rig_with_queue(size_t queued)
{
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 3 + queued);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 1);
  return rig;
}

static void note_argument(mpcc_t *mpcc, int status, void *arg)
{
  int *calls = arg;
  (void)mpcc;
  *calls += status == 0 ? 1 : 1000;
}

static void a_drain_may_become_a_discard_and_the_new_callback_takes_the_place(void **state)
{
  (void)state;
  rig_t *rig = rig_with_queue(4);
  int first = 0, second = 0;

  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, note_argument, &first), 0);
  rig_step(rig, 2);
  assert_false(mpcc_batch_cancelled(rig->calls[0].batch));
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DISCARD, note_argument, &second), 0);
  rig_step(rig, 3);
  assert_true(mpcc_batch_cancelled(rig->calls[0].batch));
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 4);

  assert_fates(rig, 3, 4, 0);
  assert_int_equal(first, 0);
  assert_int_equal(second, 1);
  rig_close(rig);
}

static void a_discard_without_a_callback_keeps_the_drain_s(void **state)
{
  (void)state;
  rig_t *rig = rig_with_queue(4);
  int first = 0, unused = 0;

  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, note_argument, &first), 0);
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DISCARD, NULL, &unused), 0);
  rig_step(rig, 2);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 3);

  assert_int_equal(first, 1);
  assert_int_equal(unused, 0);
  rig_close(rig);
}

static void after_a_discard_no_other_completion_begins(void **state)
{
  (void)state;
  rig_t *rig = rig_with_queue(1);
  int other = 0;

  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DISCARD, note_argument, &other), MPCC_EALREADY);
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, note_argument, &other), MPCC_EALREADY);
  rig_step(rig, 2);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 3);
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DISCARD, note_argument, &other), MPCC_EALREADY);

  assert_int_equal(other, 0);
  assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
  rig_close(rig);
}

static int answer_pending_and_ask(rig_t *rig, mpcc_batch_t *batch)
{
  if (mpcc_batch_cancelled(batch))
    rig_keep(rig, 1);
  return MPCC_PENDING;
}

static void a_life_after_a_discard_knows_nothing_of_its_cancels(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 1);
  options.capacity = 4;
  options.max_concurrency = 4;
  rig_t *rig = rig_open(&options);
  rig->on_pump = answer_pending_and_ask;

  for (uint64_t life = 0; life < 50; life++) {
    rig_start(rig);
    for (uint64_t i = 0; i < 4; i++) {
      rig_push(rig, 0, i, 1);
      rig_step(rig, life);
    }
    assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
    rig_step(rig, life);
    assert_int_equal(rig_count(rig, CALL_CANCEL), 4 * (life + 1));
    for (size_t i = 0; i < rig_calls(rig); i++)
      rig_done(rig, i, 0);
    rig_step(rig, life);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  }

  assert_int_equal(rig->got_count, 0);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_drain_may_become_a_discard_and_the_new_callback_takes_the_place),
    cmocka_unit_test(a_discard_without_a_callback_keeps_the_drain_s),
    cmocka_unit_test(after_a_discard_no_other_completion_begins),
    cmocka_unit_test(a_life_after_a_discard_knows_nothing_of_its_cancels),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
