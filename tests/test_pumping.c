/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What the pump gets and what its answer does: fields, drops, pushing back. */

#include "harness.h"

#include <stdlib.h>

static void an_answer_of_0_delivers(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);

  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1);

  assert_fates(rig, 3, 0, 0);
  assert_int_equal(rig_calls(rig), 1);
  rig_close(rig);
}

static void the_pump_and_on_drop_get_the_state_of_start(void **state)
{
  (void)state;
  rig_t *rig = rig_run(1, MPCC_NO_INTERVAL);
  rig->answer = -7;

  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), 2);
  assert_ptr_equal(rig->calls[0].state, rig);
  assert_ptr_equal(rig->calls[1].state, rig);
  rig_close(rig);
}

static int leave_data_and_fail(rig_t *rig, mpcc_batch_t *batch)
{
  batch->data = rig->hook_arg;
  return rig->answer;
}

static void a_failed_batch_is_shown_to_on_drop_once_with_all_it_had(void **state)
{
  (void)state;
  static const int reasons[] = {-7, 5, -1, -30009, -30001, -2147483647 - 1, 2147483646};
  for (size_t k = 0; k < sizeof(reasons) / sizeof(reasons[0]); k++) {
    int mine = 0;
    rig_t *rig = rig_run(3, 100);
    rig->on_pump = leave_data_and_fail;
    rig->hook_arg = &mine;
    rig->answer = reasons[k];

    rig_push(rig, 0, 10, 2);
    rig_step(rig, 1000);
    rig_step(rig, 1107);
    rig_step(rig, 1300);

    assert_int_equal(rig_calls(rig), 2);
    assert_batch(rig, 0, 0, 10, 2, MPCC_DUE_INTERVAL);
    assert_drop(rig, 1, 0, 10, 2, reasons[k]);
    const call_t *pumped = &rig->calls[0], *dropped = &rig->calls[1];
    assert_int_equal(dropped->attempt, 1);
    assert_ptr_equal(dropped->data, &mine);
    assert_true(dropped->id == pumped->id);
    assert_int_equal(dropped->due, MPCC_DUE_INTERVAL);
    assert_int_equal(dropped->waited_ms, 107);
    rig_close(rig);
  }
}

static void without_on_drop_failures_are_counted(void **state)
{
  (void)state;
  mpcc_options_t options;
  mpcc_options_init(&options);
  options.item_size = sizeof(uint64_t);
  options.batch_size = 2;
  options.manual = true;
  rig_t rig = {.answer = -1, .item_size = sizeof(uint64_t)};
  uint64_t item = 4;
  assert_int_equal(mpcc_create(&rig.mpcc, &options), 0);
  assert_int_equal(mpcc_start(rig.mpcc, rig_on_pump, &rig), 0);

  for (int i = 0; i < 4; i++)
    assert_int_equal(mpcc_push(rig.mpcc, &item, 0), 0);
  rig_step(&rig, 1);

  assert_fates(&rig, 0, 4, 0);
  assert_int_equal(rig_calls(&rig), 2);
  assert_int_equal(mpcc_complete(rig.mpcc, MPCC_DISCARD, NULL, NULL), 0);
  rig_step(&rig, 2);
  assert_int_equal(mpcc_destroy(rig.mpcc), 0);
  free(rig.calls);
  free(rig.items);
}

static void a_failed_batch_makes_room_for_the_next(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, MPCC_NO_INTERVAL);
  rig->answer = -7;

  rig_push(rig, 0, 0, 6);
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), 6);
  for (uint64_t i = 0; i < 6; i += 2) {
    assert_batch(rig, i, 0, i, 2, MPCC_DUE_FULL);
    assert_drop(rig, i + 1, 0, i, 2, -7);
  }
  rig_close(rig);
}

static void data_starts_as_null_also_in_memory_that_is_used_again(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 2);
  options.capacity = 2;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->on_pump = leave_data_and_fail;
  rig->hook_arg = rig;
  rig->answer = 0;

  for (uint64_t i = 0; i < 100; i++) {
    rig_push(rig, 0, 2 * i, 2);
    rig_step(rig, i);
  }

  assert_int_equal(rig_calls(rig), 100);
  for (size_t i = 0; i < 100; i++)
    assert_batch(rig, i, 0, 2 * i, 2, MPCC_DUE_FULL); /* checks data too */
  rig_close(rig);
}

static int push_four_more(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  uint64_t item = 1000 + rig->got_count;
  if (rig->got_count < 4)
    rig_keep(rig, mpcc_push(rig->mpcc, &item, 0));
  return 0;
}

static void a_pump_may_push_into_its_own_slot(void **state)
{
  (void)state;
  rig_t *rig = rig_run(1, MPCC_NO_INTERVAL);
  rig->on_pump = push_four_more;

  rig_push(rig, 0, 0, 1);
  for (uint64_t now = 1; now <= 5; now++) {
    rig_step(rig, now);
    assert_int_equal(rig_calls(rig), now);
    assert_true(rig->next_ms == (now < 5 ? now : UINT64_MAX));
  }

  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(rig->got[i], 0);
    assert_batch(rig, i + 1, 0, 1000 + i, 1, MPCC_DUE_FULL);
  }
  rig_close(rig);
}

static void push_back(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)reason;
  for (size_t i = 0; i < batch->count; i++)
    rig_keep(rig, mpcc_push(rig->mpcc, (const uint64_t *)batch->items + i, batch->slot));
}

static void on_drop_may_push_the_items_back(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, MPCC_NO_INTERVAL);
  rig->on_drop = push_back;
  rig->answer = -7;
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 2);
  assert_int_equal(rig->next_ms, 1);

  rig->answer = 0;
  rig_step(rig, 1);

  assert_int_equal(rig->got[0], 0);
  assert_int_equal(rig->got[1], 0);
  assert_int_equal(rig_calls(rig), 3);
  assert_batch(rig, 2, 0, 0, 2, MPCC_DUE_FULL);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_answer_of_0_delivers),
    cmocka_unit_test(the_pump_and_on_drop_get_the_state_of_start),
    cmocka_unit_test(a_failed_batch_is_shown_to_on_drop_once_with_all_it_had),
    cmocka_unit_test(without_on_drop_failures_are_counted),
    cmocka_unit_test(a_failed_batch_makes_room_for_the_next),
    cmocka_unit_test(data_starts_as_null_also_in_memory_that_is_used_again),
    cmocka_unit_test(a_pump_may_push_into_its_own_slot),
    cmocka_unit_test(on_drop_may_push_the_items_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
