/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* MPCC_ABANDON: when it may be asked for, and what becomes of each item. One thread steps. */

#include "parting.h"

#include "crew.h"

static void note_argument(mpcc_t *mpcc, int status, void *arg)
{
  int *calls = arg;
  (void)mpcc;
  *calls += status == 0 ? 1 : 1000;
}

/* ${stepped}: whether the loop has acted upon the first mode when the second one comes. */
static void go_from_mode_to_mode(int first, int second, bool stepped)
{
  struct parting parting;
  rig_t *rig = parting_run(&parting, 3, 1);
  int first_calls = 0, second_calls = 0;
  rig_push(rig, 0, 0, 7);
  rig_step(rig, 1);

  assert_int_equal(mpcc_complete(rig->mpcc, first, note_argument, &first_calls), 0);
  if (stepped)
    rig_step(rig, 2);
  int result = mpcc_complete(rig->mpcc, second, note_argument, &second_calls);
  for (uint64_t now = 3; now < 8; now++) {
    rig_step(rig, now);
    for (size_t i = 0; i < rig_calls(rig); i++)
      if (rig->calls[i].kind == CALL_PUMP)
        (void)rig_done(rig, i, 0);
  }

  if (result != (second > first ? 0 : MPCC_EALREADY))
    fail_msg("mode %d after %d, stepped %d: %s", second, first, stepped, mpcc_err_name(result));
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_int_equal(first_calls, second > first ? 0 : 1);
  assert_int_equal(second_calls, second > first ? 1 : 0);
  int strongest = second > first ? second : first;
  if (strongest == MPCC_DRAIN)
    parting_check(rig, 7, 0, 0);
  else
    parting_check(rig, strongest == MPCC_DISCARD ? 3 : 0, 4, strongest == MPCC_ABANDON ? 3 : 0);
  parting_destroy(rig);
  parting_close(&parting, rig);
}

static void completions_go_on_only_towards_abandon(void **state)
{
  (void)state;
  for (int first = MPCC_DRAIN; first <= MPCC_ABANDON; first++)
    for (int second = MPCC_DRAIN; second <= MPCC_ABANDON; second++)
      for (int stepped = 0; stepped < 2; stepped++)
        go_from_mode_to_mode(first, second, stepped != 0);
}

static void all_three_modes_in_turn_make_one_completion(void **state)
{
  (void)state;
  for (int stepped = 0; stepped < 2; stepped++) {
    struct parting parting;
    rig_t *rig = parting_run(&parting, 3, 1);
    int calls = 0, unused = 0;
    rig_push(rig, 0, 0, 5);
    rig_step(rig, 1);

    for (int mode = MPCC_DRAIN; mode <= MPCC_ABANDON; mode++) {
      /* The one before the last brings a callback; one without keeps it. */
      mpcc_complete_cb callback = mode == MPCC_DISCARD ? note_argument : NULL;
      assert_int_equal(
          mpcc_complete(rig->mpcc, mode, callback, mode == MPCC_DISCARD ? &calls : &unused), 0);
      if (stepped != 0)
        rig_step(rig, 2);
    }
    rig_step(rig, 3);

    assert_int_equal(calls, 1);
    assert_int_equal(unused, 0);
    assert_int_equal(rig_count(rig, CALL_CANCEL), 1); /* by the discard; not once more */
    parting_check(rig, 0, 2, 3);
    assert_int_equal(mpcc_complete(rig->mpcc, MPCC_ABANDON, NULL, NULL), MPCC_EALREADY);
    assert_int_equal(mpcc_complete(rig->mpcc, 3, NULL, NULL), MPCC_EINVAL);
    assert_int_equal(mpcc_complete(rig->mpcc, -1, NULL, NULL), MPCC_EINVAL);
    assert_int_equal(rig_done(rig, 0, 0), MPCC_ECLOSED);
    parting_destroy(rig);
    parting_close(&parting, rig);
  }
}

static void in_idle_an_abandon_drops_on_this_thread(void **state)
{
  (void)state;
  for (uint64_t items = 0; items <= 7; items += 7) {
    struct parting parting;
    mpcc_options_t options;
    rig_options(&options, 3);
    rig_t *rig = parting_open(&parting, &options);
    rig_push(rig, 0, 0, items);

    assert_int_equal(rig_complete(rig, MPCC_ABANDON), 0);

    assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
    assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
    assert_int_equal(rig->calls[rig_calls(rig) - 1].kind, CALL_COMPLETE);
    for (size_t i = 0; i + 1 < rig_calls(rig); i++) {
      assert_int_equal(rig->calls[i].attempt, 0);
      assert_int_equal(rig->calls[i].reason, MPCC_ECANCELED);
    }
    parting_check(rig, 0, items, 0);
    rig_start(rig); /* and it can live after that */
    rig_push(rig, 0, 10, 3);
    rig_step(rig, 1);
    assert_int_equal(rig_count(rig, CALL_PUMP), 1);
    parting_abandon(rig);
    assert_int_equal(rig_done(rig, rig_calls(rig) - 3, 0), MPCC_ECLOSED);
    parting_destroy(rig);
    parting_close(&parting, rig);
  }
}

static void what_is_in_flight_is_orphaned_and_the_rest_dropped(void **state)
{
  (void)state;
  struct parting parting;
  mpcc_options_t options;
  rig_options(&options, 3);
  options.slot_count = 3;
  options.max_concurrency = 2;
  rig_t *rig = parting_open(&parting, &options);
  rig_start(rig);
  rig_push(rig, 0, 0, 8);
  rig_push(rig, 1, 10, 3);
  rig_push(rig, 2, 20, 2);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 3);

  parting_abandon(rig);

  parting_check(rig, 0, 2 + 2, 6 + 3);
  assert_int_equal(rig_count(rig, CALL_CANCEL), 3);
  assert_int_equal(rig->calls[rig_calls(rig) - 1].kind, CALL_COMPLETE);
  static const uint64_t orphans[] = {6, 3, 0}, drops[] = {2, 0, 2};
  for (uint32_t slot = 0; slot < 3; slot++) {
    mpcc_stats_t stats;
    assert_int_equal(mpcc_slot_stats(rig->mpcc, slot, &stats), 0);
    assert_int_equal(stats.orphaned, orphans[slot]);
    assert_int_equal(stats.dropped, drops[slot]);
  }
  for (size_t i = 0; i < 3; i++) {
    mpcc_batch_t *batch = rig->calls[i].batch;
    const uint64_t *items = batch->items;
    assert_true(mpcc_batch_cancelled(batch));
    for (size_t k = 0; k < 3; k++)
      assert_int_equal(items[k], rig->items[rig->calls[i].first + k]);
    assert_int_equal(mpcc_batch_done(batch, 0), MPCC_ECLOSED);
  }
  parting_destroy(rig);
  parting_close(&parting, rig);
}

static void a_batch_answered_in_time_is_no_orphan(void **state)
{
  (void)state;
  struct parting parting;
  rig_t *rig = parting_run(&parting, 2, 3);
  rig_push(rig, 0, 0, 6);
  rig_step(rig, 1);

  assert_int_equal(rig_done(rig, 0, 0), 0);
  assert_int_equal(rig_done(rig, 1, -5), 0);
  assert_int_equal(rig_complete(rig, MPCC_ABANDON), 0);
  /* Whether the loop or the done comes first here is the library's choice; its answer tells. */
  int result = rig_done(rig, 2, 0);
  rig_step(rig, 2);

  assert_true(result == 0 || result == MPCC_ECLOSED);
  parting_check(rig, result == 0 ? 4 : 2, 2, result == 0 ? 0 : 2);
  parting_destroy(rig);
  parting_close(&parting, rig);
}

static void abandon_in_drop(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)batch;
  (void)reason;
  rig_keep(rig, rig_complete(rig, MPCC_ABANDON));
}

static void abandon_in_cancel(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  rig_keep(rig, rig_complete(rig, MPCC_ABANDON));
}

static int abandon_in_pump(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  rig_keep(rig, rig_complete(rig, MPCC_ABANDON));
  return rig->answer;
}

static void abandon_in_complete(rig_t *rig, mpcc_t *mpcc)
{
  rig_keep(rig, mpcc_complete(mpcc, MPCC_ABANDON, NULL, NULL));
}

static void every_callback_may_abandon(void **state)
{
  (void)state;
  for (int where = 0; where < 4; where++) {
    struct parting parting;
    rig_t *rig = parting_run(&parting, 3, 1);
    rig->on_pump = where == 0 ? abandon_in_pump : NULL;
    rig->on_drop = where == 1 ? abandon_in_drop : NULL;
    rig->on_cancel = where == 2 ? abandon_in_cancel : NULL;
    rig->on_complete = where == 3 ? abandon_in_complete : NULL;
    rig_push(rig, 0, 0, 5);
    rig_step(rig, 1);

    if (where != 0)
      assert_int_equal(rig_complete(rig, where == 3 ? MPCC_ABANDON : MPCC_DISCARD), 0);
    rig_step(rig, 2);
    rig_step(rig, 3);

    assert_int_equal(rig->got_count, 1);
    assert_int_equal(rig->got[0], where == 3 ? MPCC_EALREADY : 0);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
    assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
    assert_int_equal(rig_count(rig, CALL_CANCEL), 1);
    parting_check(rig, 0, 2, 3);
    assert_int_equal(rig_done(rig, 0, 0), MPCC_ECLOSED);
    parting_destroy(rig);
    parting_close(&parting, rig);
  }
}

static void a_pump_that_abandons_and_answers_has_answered(void **state)
{
  (void)state;
  static const int answers[] = {0, -5};
  for (size_t k = 0; k < 2; k++) {
    struct parting parting;
    rig_t *rig = parting_run(&parting, 3, 1);
    rig->on_pump = abandon_in_pump;
    rig->answer = answers[k];
    rig_push(rig, 0, 0, 5);

    rig_step(rig, 1);
    rig_step(rig, 2);

    assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
    parting_check(rig, k == 0 ? 3 : 0, k == 0 ? 2 : 5, 0);
    parting_destroy(rig);
    parting_close(&parting, rig);
  }
}

static void push_back(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)reason;
  rig_keep(rig, mpcc_push(rig->mpcc, batch->items, 0));
}

static void what_is_dropped_can_not_be_pushed_back(void **state)
{
  (void)state;
  struct parting parting;
  rig_t *rig = parting_run(&parting, 3, 1);
  rig->on_drop = push_back;
  rig_push(rig, 0, 0, 4);
  rig_step(rig, 1);

  parting_abandon(rig);

  assert_int_equal(rig->got_count, 1);
  assert_int_equal(rig->got[0], MPCC_ECLOSED);
  assert_int_equal(rig_done(rig, 0, 0), MPCC_ECLOSED);
  parting_check(rig, 0, 1, 3);
  parting_destroy(rig);
  parting_close(&parting, rig);
}

static int flush_and_wait(void *arg)
{
  const rig_t *rig = arg;
  return mpcc_flush_wait(rig->mpcc, 0, MPCC_NO_TIMEOUT);
}

static int push_and_wait(void *arg)
{
  static const uint64_t item = 99;
  const rig_t *rig = arg;
  return mpcc_push_wait(rig->mpcc, &item, 0, MPCC_NO_TIMEOUT);
}

static void an_abandon_lets_everybody_go_who_waits(void **state)
{
  (void)state;
  struct parting parting;
  mpcc_options_t options;
  rig_options(&options, 2);
  options.capacity = 2;
  rig_t *rig = parting_open(&parting, &options);
  rig_start(rig);
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 1);
  rig_push(rig, 0, 2, 2);
  sleeper_t flusher, pusher;
  sleeper_start(&flusher, flush_and_wait, rig);
  sleeper_start(&pusher, push_and_wait, rig);
  rig_step(rig, 2);
  bool was_up = sleeper_is_up(&flusher) || sleeper_is_up(&pusher);

  assert_int_equal(rig_complete(rig, MPCC_ABANDON), 0);
  assert_int_equal(sleeper_join(&pusher), MPCC_ECLOSED);
  rig_step(rig, 3);
  assert_int_equal(sleeper_join(&flusher), 0); /* all of them have their fate */
  rig_step(rig, 4); /* now that both are out of their calls */

  assert_false(was_up);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_int_equal(rig_done(rig, 0, 0), MPCC_ECLOSED);
  parting_check(rig, 0, 2, 2);
  parting_destroy(rig);
  parting_close(&parting, rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(completions_go_on_only_towards_abandon),
    cmocka_unit_test(all_three_modes_in_turn_make_one_completion),
    cmocka_unit_test(in_idle_an_abandon_drops_on_this_thread),
    cmocka_unit_test(what_is_in_flight_is_orphaned_and_the_rest_dropped),
    cmocka_unit_test(a_batch_answered_in_time_is_no_orphan),
    cmocka_unit_test(every_callback_may_abandon),
    cmocka_unit_test(a_pump_that_abandons_and_answers_has_answered),
    cmocka_unit_test(what_is_dropped_can_not_be_pushed_back),
    cmocka_unit_test(an_abandon_lets_everybody_go_who_waits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
