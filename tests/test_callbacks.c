/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What a callback of a manual instance pushes: it is left for the next step, which is wanted now. */

#include "harness.h"

static int push_a_full_batch(rig_t *rig, mpcc_batch_t *batch)
{
  uint64_t items[] = {100, 101};
  if (batch->slot == 0 && rig_calls(rig) == 1)
    rig_keep(rig, (int)mpcc_push_many(rig->mpcc, items, 2, 1));
  return 0;
}

static void what_a_callback_pushes_is_left_for_the_next_step_which_is_wanted_now(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 2);
  options.slot_count = 2;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->on_pump = push_a_full_batch;
  rig_push(rig, 0, 0, 2);

  rig_step(rig, 50);
  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(rig->got[0], 2);
  assert_int_equal(rig->next_ms, 50);
  rig_step(rig, 50);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 1, 100, 2, MPCC_DUE_FULL);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static int push_one_into_another_slot(rig_t *rig, mpcc_batch_t *batch)
{
  uint64_t item = 100;
  if (batch->slot == 0)
    rig_keep(rig, mpcc_push(rig->mpcc, &item, 1));
  return 0;
}

static void what_a_callback_pushes_is_as_old_as_the_step_that_sees_it(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 2);
  options.slot_count = 2;
  options.push_interval_ms = 100;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->on_pump = push_one_into_another_slot;
  rig_push(rig, 0, 0, 2);

  rig_step(rig, 50);
  assert_int_equal(rig->next_ms, 50);
  rig_step(rig, 60);
  assert_int_equal(rig->next_ms, 160);
  rig_step(rig, 160);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 1, 100, 1, MPCC_DUE_INTERVAL);
  assert_int_equal(rig->calls[1].waited_ms, 100);
  rig_close(rig);
}

static int push_one_into_its_own_slot(rig_t *rig, mpcc_batch_t *batch)
{
  uint64_t item = 100;
  if (rig->got_count == 0)
    rig_keep(rig, mpcc_push(rig->mpcc, &item, batch->slot));
  return 0;
}

static void what_a_callback_pushes_waits_for_the_next_step_at_an_interval_of_0_too(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, 0);
  rig->on_pump = push_one_into_its_own_slot;
  rig_push(rig, 0, 0, 1);

  rig_step(rig, 50);
  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(rig->next_ms, 50);
  rig_step(rig, 50);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 1, 0, 100, 1, MPCC_DUE_INTERVAL);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static void what_is_due_is_not_put_off_by_what_a_callback_pushes_behind_it(void **state)
{
  (void)state;
  static const uint32_t sizes[] = {2, 10}; /* the callback's item fills the batch, or does not */
  for (size_t k = 0; k < 2; k++) {
    mpcc_options_t options;
    rig_options(&options, sizes[k]);
    options.slot_count = 2;
    options.push_interval_ms = 0;
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    rig->on_pump = push_one_into_another_slot;
    rig_push(rig, 0, 0, 1);
    rig_push(rig, 1, 10, 1);

    rig_step(rig, 50);

    assert_int_equal(rig_calls(rig), 2);
    assert_int_equal(rig->calls[1].slot, 1);
    assert_int_equal(rig->items[rig->calls[1].first], 10);
    rig_close(rig);
  }
}

static int push_one_and_finish_the_first(rig_t *rig, mpcc_batch_t *batch)
{
  uint64_t item = 100;
  if (rig_calls(rig) == 2) {
    rig_keep(rig, mpcc_push(rig->mpcc, &item, batch->slot));
    rig_keep(rig, rig_done(rig, 0, 0));
  }
  return MPCC_PENDING;
}

static void what_a_callback_pushes_is_left_even_where_it_has_made_room(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 1);
  options.max_concurrency = 2;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->on_pump = push_one_and_finish_the_first;
  rig_push(rig, 0, 0, 2);

  rig_step(rig, 50);
  assert_int_equal(rig_calls(rig), 2);
  assert_int_equal(rig->next_ms, 50);
  rig_step(rig, 50);

  assert_int_equal(rig_calls(rig), 3);
  assert_batch(rig, 2, 0, 100, 1, MPCC_DUE_FULL);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_a_callback_pushes_is_left_for_the_next_step_which_is_wanted_now),
    cmocka_unit_test(what_a_callback_pushes_is_as_old_as_the_step_that_sees_it),
    cmocka_unit_test(what_a_callback_pushes_waits_for_the_next_step_at_an_interval_of_0_too),
    cmocka_unit_test(what_is_due_is_not_put_off_by_what_a_callback_pushes_behind_it),
    cmocka_unit_test(what_a_callback_pushes_is_left_even_where_it_has_made_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
