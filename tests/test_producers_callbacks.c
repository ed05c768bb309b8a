/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Producer handles inside callbacks: opened, pushed through and closed there. */

#include "handles.h"

enum { SLOTS = 3 };

static rig_t *rig_running(uint32_t batch_size)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.slot_count = SLOTS;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  return rig;
}

/* The handle that the hooks below push through; they also open one, use it and close it. */
static mpcc_producer_t *own;

static void use_handles(rig_t *rig)
{
  mpcc_producer_t *other = NULL;
  uint64_t item = 1000;
  rig_keep(rig, mpcc_producer_push(own, &item, 2));
  rig_keep(rig, mpcc_producer_open(rig->mpcc, &other));
  item++;
  rig_keep(rig, mpcc_producer_push(other, &item, 2));
  rig_keep(rig, mpcc_producer_close(other));
}

static int use_in_pump(rig_t *rig, mpcc_batch_t *batch)
{
  if (batch->slot == 0)
    use_handles(rig);
  return rig->answer;
}

static void use_in_drop(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)reason;
  if (batch->slot == 0)
    use_handles(rig);
}

static void use_in_cancel(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  use_handles(rig);
}

static void use_in_room(mpcc_t *mpcc, uint32_t slot, void *state)
{
  (void)mpcc;
  (void)slot;
  use_handles(state);
}

/* Four results of use_handles(); while the instance is closed, the pushes are told so. */
static void expect_used(const rig_t *rig, int push)
{
  assert_int_equal(rig->got_count, 4);
  assert_int_equal(rig->got[0], push);
  assert_int_equal(rig->got[1], 0);
  assert_int_equal(rig->got[2], push);
  assert_int_equal(rig->got[3], 0);
}

/* The two items that use_handles() has pushed come, in any order, once time goes on. */
static void expect_two_more(rig_t *rig)
{
  rig_step(rig, rig->now_ms + 2);
  size_t at = pick(rig, CALL_PUMP, 2, 0);
  assert_int_equal(picks(rig, CALL_PUMP, 2), 1);
  assert_int_equal(rig->calls[at].count, 2);
  assert_int_equal(rig->items[rig->calls[at].first] + rig->items[rig->calls[at].first + 1], 2001);
}

static void handles_work_in_the_pump_in_on_drop_and_in_on_cancel(void **state)
{
  (void)state;
  for (int where = 0; where < 3; where++) {
    rig_t *rig = rig_running(2);
    own = handle_open(rig);
    rig->on_pump = where == 0 ? use_in_pump : NULL;
    rig->on_drop = where == 1 ? use_in_drop : NULL;
    rig->on_cancel = where == 2 ? use_in_cancel : NULL;
    rig->answer = where == 0 ? 0 : where == 1 ? -7 : MPCC_PENDING;
    handle_push(own, 0, 0, 2);

    rig_step(rig, 1);
    rig->answer = 0;
    if (where == 2) {
      assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
      rig_step(rig, 2);
    }

    expect_used(rig, 0);
    assert_in_range(rig->next_ms, rig->now_ms, rig->now_ms + 2);
    expect_two_more(rig);
    handle_close(own);
    rig_close(rig);
  }
}

static void handles_work_in_on_room(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 2);
  options.slot_count = SLOTS;
  options.capacity = 2;
  options.on_room = use_in_room;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  own = handle_open(rig);

  handle_push(own, 0, 0, 2);
  assert_int_equal(handle_try(own, 0, 0), MPCC_EFULL);
  rig_step(rig, 1);

  expect_used(rig, 0);
  expect_two_more(rig);
  handle_close(own);
  rig_close(rig);
}

static void use_in_complete(rig_t *rig, mpcc_t *mpcc)
{
  if (rig->hook_arg != NULL)
    rig_keep(rig, mpcc_start(mpcc, rig_on_pump, rig));
  use_handles(rig);
  if (rig->hook_arg != NULL)
    return;
  rig_keep(rig, mpcc_destroy(mpcc));
  rig_keep(rig, mpcc_producer_close(own));
  rig_keep(rig, mpcc_destroy(mpcc));
}

static void a_complete_callback_closes_its_handles_before_it_destroys(void **state)
{
  (void)state;
  rig_t *rig = rig_running(2);
  own = handle_open(rig);
  rig->on_complete = use_in_complete;

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 1);

  assert_int_equal(rig->got[0], MPCC_ECLOSED);
  assert_int_equal(rig->got[1] | rig->got[3], 0);
  assert_int_equal(rig->got[2], MPCC_ECLOSED);
  assert_int_equal(rig->got[4], MPCC_EBUSY);
  assert_int_equal(rig->got[5] | rig->got[6], 0);
  rig->mpcc = NULL;
  rig_close(rig);
}

static void in_the_complete_callback_a_start_opens_the_handles_again(void **state)
{
  (void)state;
  rig_t *rig = rig_running(2);
  own = handle_open(rig);
  rig->on_complete = use_in_complete;
  rig->hook_arg = rig;

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 1);

  assert_int_equal(rig->got_count, 5);
  for (size_t i = 0; i < 5; i++)
    assert_int_equal(rig->got[i], 0);
  expect_two_more(rig);
  handle_close(own);
  rig_close(rig);
}

/* A pump that pushes as much as it gets, through the handle that brought it. */
static int push_it_all_again(rig_t *rig, mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;
  for (size_t i = 0; i < batch->count; i++)
    rig->answer += handle_try(own, batch->slot, items[i] + 2) != 0;
  return 0;
}

static void a_pump_that_pushes_through_a_handle_does_not_keep_a_step_from_its_end(void **state)
{
  (void)state;
  rig_t *rig = rig_running(2);
  own = handle_open(rig);
  rig->on_pump = push_it_all_again;
  handle_push(own, 1, 0, 2);

  for (uint64_t i = 0; i < 100; i++) {
    rig_step(rig, rig->now_ms + (i > 0 ? 2 : 0));
    assert_int_equal(rig_calls(rig), i + 1);
    assert_in_range(rig->next_ms, rig->now_ms, rig->now_ms + 2);
  }

  assert_int_equal(rig->answer, 0);
  for (size_t i = 0; i < rig_calls(rig); i++)
    assert_batch(rig, i, 1, 2 * i, 2, MPCC_DUE_FULL);
  rig->on_pump = NULL;
  handle_close(own);
  rig_close(rig);
}

static void push_back(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)reason;
  rig_keep(rig, handle_try(own, batch->slot, *(const uint64_t *)batch->items));
}

static void an_on_drop_that_pushes_back_does_not_keep_a_discard_from_its_end(void **state)
{
  (void)state;
  rig_t *rig = rig_running(5);
  own = handle_open(rig);
  rig->on_drop = push_back;
  handle_push(own, 1, 0, 3);

  assert_int_equal(mpcc_discard(rig->mpcc, 1), 0);
  rig_step(rig, 1);
  assert_unseen(rig, 1, 0, 3, 5);
  assert_int_equal(rig->got_count, 1);
  assert_int_equal(rig->got[0], 0); /* pushed after the cut */
  assert_int_equal(stats_of(rig, 1).queued, 1);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  rig_step(rig, 2);

  assert_int_equal(rig->got_count, 2);
  assert_int_equal(rig->got[1], MPCC_ECLOSED);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_fates(rig, 0, 4, 0);
  handle_close(own);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(handles_work_in_the_pump_in_on_drop_and_in_on_cancel),
    cmocka_unit_test(handles_work_in_on_room),
    cmocka_unit_test(a_complete_callback_closes_its_handles_before_it_destroys),
    cmocka_unit_test(in_the_complete_callback_a_start_opens_the_handles_again),
    cmocka_unit_test(a_pump_that_pushes_through_a_handle_does_not_keep_a_step_from_its_end),
    cmocka_unit_test(an_on_drop_that_pushes_back_does_not_keep_a_discard_from_its_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
