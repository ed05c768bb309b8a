/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_step(): who may call it, when it wants to be called again, what it leaves. */

#include "harness.h"

#include "crew.h"

static void a_step_wants_a_manual_instance(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  options.manual = false;
  rig_t *rig = rig_open(&options);
  uint64_t next_ms = 77;

  assert_int_equal(mpcc_step(NULL, 1, &next_ms), MPCC_EINVAL);
  assert_int_equal(mpcc_step(rig->mpcc, 1, &next_ms), MPCC_EINVAL);
  assert_int_equal(mpcc_step(rig->mpcc, 1, NULL), MPCC_EINVAL);

  assert_int_equal(next_ms, 77);
  rig_close(rig);
}

static void a_step_has_nothing_to_do_in_idle_and_stopped(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 1);
  options.push_interval_ms = 10;
  rig_t *rig = rig_open(&options);
  rig_push(rig, 0, 0, 1);

  rig_step(rig, 1);
  rig_step(rig, 100);
  assert_int_equal(rig_calls(rig), 0);
  assert_true(rig->next_ms == UINT64_MAX);
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DISCARD, NULL, NULL), 0);
  rig_step(rig, 200);

  assert_int_equal(rig_calls(rig), 1);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static void next_ms_may_be_null(void **state)
{
  (void)state;
  rig_t *rig = rig_run(1, 100);
  rig_push(rig, 0, 0, 1);

  assert_int_equal(mpcc_step(rig->mpcc, 1, NULL), 0);

  assert_int_equal(rig_calls(rig), 1);
  rig_close(rig);
}

static void next_ms_is_the_earliest_deadline_of_all_slots(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 100);
  options.slot_count = 1000;
  options.push_interval_ms = 5000;
  rig_t *rig = rig_open(&options);
  rig_start(rig);

  /* Slot 37 * i is seen at time i: deadlines come in another order than slot numbers. */
  for (uint64_t i = 0; i < 1000; i++) {
    rig_push(rig, (uint32_t)(37 * i % 1000), i, 1);
    rig_step(rig, i);
    assert_int_equal(rig->next_ms, 5000);
  }
  for (uint64_t i = 0; i < 1000; i++) {
    assert_int_equal(rig->next_ms, 5000 + i);
    rig_step(rig, rig->next_ms);
    assert_int_equal(rig_calls(rig), i + 1);
    assert_batch(rig, i, (uint32_t)(37 * i % 1000), i, 1, MPCC_DUE_INTERVAL);
  }

  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static void a_deadline_that_a_full_batch_made_pointless_is_forgotten(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 2);
  options.slot_count = 2;
  options.push_interval_ms = 100;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1000);
  rig_push(rig, 1, 10, 1);
  rig_step(rig, 1050);
  assert_int_equal(rig->next_ms, 1100);

  rig_push(rig, 0, 1, 1);
  rig_step(rig, 1060);

  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(rig->next_ms, 1150);
  rig_close(rig);
}

static int step_in_pump(rig_t *rig, mpcc_batch_t *batch)
{
  uint64_t next_ms = 77;
  (void)batch;
  rig_keep(rig, mpcc_step(rig->mpcc, 5, &next_ms));
  rig_keep(rig, (int)next_ms);
  return -7;
}

static void step_in_drop(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)batch;
  (void)reason;
  rig_keep(rig, mpcc_step(rig->mpcc, 5, NULL));
}

static void step_in_complete(rig_t *rig, mpcc_t *mpcc)
{
  rig_keep(rig, mpcc_step(mpcc, 5, NULL));
}

static void a_step_inside_a_callback_is_a_deadlock(void **state)
{
  (void)state;
  rig_t *rig = rig_run(1, MPCC_NO_INTERVAL);
  rig->on_pump = step_in_pump;
  rig->on_drop = step_in_drop;
  rig->on_complete = step_in_complete;
  rig_push(rig, 0, 0, 1);

  rig_step(rig, 1);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 2);

  assert_int_equal(rig->got_count, 4);
  assert_int_equal(rig->got[0], MPCC_EDEADLK);
  assert_int_equal(rig->got[1], 77);
  assert_int_equal(rig->got[2], MPCC_EDEADLK);
  assert_int_equal(rig->got[3], MPCC_EDEADLK);
  rig_close(rig);
}

static void step_on_a_thread(void *arg)
{
  rig_t *rig = arg;
  uint64_t next_ms = 77;
  rig_keep(rig, mpcc_step(rig->mpcc, 5, &next_ms));
  rig_keep(rig, (int)next_ms);
}

static int let_a_thread_step(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  crew_run(step_on_a_thread, rig, sizeof(*rig), 1);
  return 0;
}

static void a_second_step_beside_the_first_is_busy(void **state)
{
  (void)state;
  rig_t *rig = rig_run(1, MPCC_NO_INTERVAL);
  rig->on_pump = let_a_thread_step;

  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1);

  assert_int_equal(rig->got_count, 2);
  assert_int_equal(rig->got[0], MPCC_EBUSY);
  assert_int_equal(rig->got[1], 77);
  rig_close(rig);
}

static void any_thread_may_step_in_turn(void **state)
{
  (void)state;
  rig_t *rig = rig_run(1, MPCC_NO_INTERVAL);

  for (uint64_t i = 0; i < 3; i++) {
    rig_push(rig, 0, i, 1);
    crew_run(step_on_a_thread, rig, sizeof(*rig), 1);
    assert_int_equal(rig->got[2 * i], 0);
    assert_int_equal(rig_calls(rig), i + 1);
  }

  rig_close(rig);
}

/* A fixed walk through pushes, steps, dones and flushes; the log is the result. */
struct walk {
  uint64_t random;
  uint64_t pending[8];
  size_t pending_count;
};

static uint32_t draw(struct walk *walk, uint32_t below)
{
  walk->random = walk->random * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(walk->random >> 33) % below;
}

static int answer_by_the_walk(rig_t *rig, mpcc_batch_t *batch)
{
  struct walk *walk = rig->hook_arg;
  uint32_t choice = draw(walk, 5);
  if (choice < 2)
    return choice == 0 ? 0 : -7;
  walk->pending[walk->pending_count++] = batch->id;
  return MPCC_PENDING;
}

static void finish_one_by_the_walk(rig_t *rig, struct walk *walk)
{
  if (walk->pending_count == 0)
    return;
  uint32_t which = draw(walk, (uint32_t)walk->pending_count);
  rig_keep(rig, mpcc_batch_done_id(rig->mpcc, walk->pending[which], draw(walk, 4) == 0 ? -8 : 0));
  walk->pending[which] = walk->pending[--walk->pending_count];
}

/* Four slots with two batches in flight at most: walk.pending holds them all. */
static rig_t *walk_from(uint64_t seed)
{
  struct walk walk = {.random = seed};
  mpcc_options_t options;
  rig_options(&options, 5);
  options.slot_count = 4;
  options.max_concurrency = 2;
  options.push_interval_ms = 20;
  options.capacity = 23;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->on_pump = answer_by_the_walk;
  rig->hook_arg = &walk;

  for (uint64_t i = 0; i < 20000; i++) {
    uint32_t choice = draw(&walk, 16), slot = draw(&walk, 4);
    if (choice < 10)
      (void)mpcc_push(rig->mpcc, &i, slot);
    else if (choice < 12)
      rig_step(rig, rig->now_ms + draw(&walk, 15));
    else if (choice < 15)
      finish_one_by_the_walk(rig, &walk);
    else
      (void)mpcc_flush(rig->mpcc, slot);
  }
  return rig;
}

static void the_same_calls_give_the_same_batches(void **state)
{
  (void)state;
  rig_t *first = walk_from(42), *second = walk_from(42);

  assert_true(rig_calls(first) > 1000);
  assert_int_equal(rig_calls(first), rig_calls(second));
  for (size_t i = 0; i < rig_calls(first); i++) {
    const call_t *a = &first->calls[i], *b = &second->calls[i];
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->slot, b->slot);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->due, b->due);
    assert_int_equal(a->waited_ms, b->waited_ms);
    assert_int_equal(a->reason, b->reason);
  }
  assert_int_equal(first->item_count, second->item_count);
  assert_memory_equal(first->items, second->items, first->item_count * sizeof(uint64_t));
  rig_close(first);
  rig_close(second);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_step_wants_a_manual_instance),
    cmocka_unit_test(a_step_has_nothing_to_do_in_idle_and_stopped),
    cmocka_unit_test(next_ms_may_be_null),
    cmocka_unit_test(next_ms_is_the_earliest_deadline_of_all_slots),
    cmocka_unit_test(a_deadline_that_a_full_batch_made_pointless_is_forgotten),
    cmocka_unit_test(a_step_inside_a_callback_is_a_deadlock),
    cmocka_unit_test(a_second_step_beside_the_first_is_busy),
    cmocka_unit_test(any_thread_may_step_in_turn),
    cmocka_unit_test(the_same_calls_give_the_same_batches),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
