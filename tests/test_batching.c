/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* When batches are formed by number: full ones, the cap, one slot beside another. */
#include "harness.h"

static void exactly_batch_size_items_make_one_batch_at_once(void **state)
{
  (void)state;
  rig_t *rig = rig_run(5, 100);

  rig_push(rig, 0, 0, 5);
  rig_step(rig, 1000);

  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 0, 0, 5, MPCC_DUE_FULL);
  assert_int_equal(rig->calls[0].waited_ms, 0);
  rig_close(rig);
}

static void no_runt_batch_follows_a_full_one(void **state)
{
  (void)state;
  rig_t *rig = rig_run(5, 100);
  rig_push(rig, 0, 0, 5);
  rig_step(rig, 1000);

  assert_true(rig->next_ms == UINT64_MAX);
  rig_step(rig, 1100);
  rig_step(rig, 5000);

  assert_int_equal(rig_calls(rig), 1);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static void fewer_than_batch_size_items_make_no_batch(void **state)
{
  (void)state;
  rig_t *rig = rig_run(5, MPCC_NO_INTERVAL);

  rig_push(rig, 0, 0, 4);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 0);

  rig_push(rig, 0, 4, 1);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 1);
  assert_batch(rig, 0, 0, 0, 5, MPCC_DUE_FULL);
  rig_close(rig);
}

static void a_batch_size_of_one_gives_every_item_its_own_batch(void **state)
{
  (void)state;
  rig_t *rig = rig_run(1, MPCC_NO_INTERVAL);

  rig_push(rig, 0, 40, 3);
  rig_step(rig, 1000);

  assert_int_equal(rig_calls(rig), 3);
  for (size_t i = 0; i < 3; i++)
    assert_batch(rig, i, 0, 40 + i, 1, MPCC_DUE_FULL);
  rig_close(rig);
}

static void a_pump_that_is_done_at_once_gets_every_full_batch_in_one_step(void **state)
{
  (void)state;
  rig_t *rig = rig_run(7, MPCC_NO_INTERVAL);

  rig_push(rig, 0, 0, 7 * 1000 + 3);
  rig_step(rig, 1000);

  assert_int_equal(rig_calls(rig), 1000);
  for (size_t i = 0; i < 1000; i++)
    assert_batch(rig, i, 0, 7 * i, 7, MPCC_DUE_FULL);
  rig_close(rig);
}

/* Sizes around the steps in which a queue may grow: whatever it does inside, a batch is whole. */
static void items_come_in_the_order_of_their_pushes_for_every_batch_size(void **state)
{
  (void)state;
  static const uint32_t sizes[] = {1, 2, 3, 15, 16, 17, 63, 64, 65, 80, 191, 192, 272, 273, 500};
  for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
    rig_t *rig = rig_run(sizes[k], MPCC_NO_INTERVAL);
    size_t batches = 3000 / sizes[k];

    for (uint64_t i = 0; i < 3000; i += 10) {
      rig_push(rig, 0, i, 10);
      rig_step(rig, i);
    }

    assert_int_equal(rig_calls(rig), batches);
    for (size_t i = 0; i < batches; i++)
      assert_batch(rig, i, 0, i * sizes[k], sizes[k], MPCC_DUE_FULL);
    rig_close(rig);
  }
}

static void full_batches_fan_out_up_to_the_cap_and_no_further(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  options.max_concurrency = 3;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;

  rig_push(rig, 0, 0, 20);
  rig_step(rig, 1000);
  rig_step(rig, 9000);

  assert_int_equal(rig_calls(rig), 3);
  for (size_t i = 0; i < 3; i++)
    assert_batch(rig, i, 0, 4 * i, 4, MPCC_DUE_FULL);
  assert_true(rig->next_ms == UINT64_MAX);
  rig_close(rig);
}

static void the_next_full_batch_follows_a_done_one_without_push_or_tick(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  options.max_concurrency = 2;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 16);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 2);

  assert_int_equal(rig_done(rig, 1, 0), 0);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 3);
  assert_batch(rig, 2, 0, 8, 4, MPCC_DUE_FULL);

  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 4);
  assert_batch(rig, 3, 0, 12, 4, MPCC_DUE_FULL);
  rig_close(rig);
}

static int finish_the_batch_before(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  size_t calls = rig_calls(rig);
  if (calls > 1)
    rig_keep(rig, rig_done(rig, calls - 2, 0));
  return MPCC_PENDING;
}

static void a_done_inside_a_pump_makes_room_in_the_same_step(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 2);
  options.max_concurrency = 2;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->on_pump = finish_the_batch_before;

  rig_push(rig, 0, 0, 12);
  rig_step(rig, 1000);

  assert_int_equal(rig_calls(rig), 6);
  assert_int_equal(rig->got_count, 5);
  for (size_t i = 0; i < 5; i++)
    assert_int_equal(rig->got[i], 0);
  rig_close(rig);
}

static void a_partial_batch_in_flight_takes_a_place_of_the_cap(void **state)
{
  (void)state;
  rig_t *rig = rig_run(4, 100);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1000);
  rig_step(rig, 1100);
  assert_batch(rig, 0, 0, 0, 1, MPCC_DUE_INTERVAL);

  rig_push(rig, 0, 1, 4);
  rig_step(rig, 1200);
  assert_int_equal(rig_calls(rig), 1);

  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 1200);
  assert_batch(rig, 1, 0, 1, 4, MPCC_DUE_FULL);
  rig_close(rig);
}

static void the_largest_cap_is_taken_at_its_word(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 2);
  options.max_concurrency = UINT32_MAX;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;

  rig_push(rig, 0, 0, 2 * 3000);
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), 3000);
  rig_close(rig);
}

static void the_cap_is_each_slot_s_own(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 2);
  options.slot_count = 3;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;

  for (uint32_t slot = 0; slot < 3; slot++)
    rig_push(rig, slot, 100 * slot, 6);
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), 3);
  bool seen[3] = {false, false, false};
  for (size_t i = 0; i < 3; i++) {
    uint32_t slot = rig->calls[i].slot;
    assert_batch(rig, i, slot, 100 * slot, 2, MPCC_DUE_FULL);
    seen[slot] = true;
  }
  assert_true(seen[0] && seen[1] && seen[2]);
  rig_close(rig);
}

static void a_slot_fills_by_its_own_items_alone_and_never_mixes(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  options.slot_count = 4;
  rig_t *rig = rig_open(&options);
  rig_start(rig);

  for (uint64_t i = 0; i < 2; i++)
    for (uint32_t slot = 0; slot < 4; slot++)
      rig_push(rig, slot, 100 * slot + i, 1);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 0);

  rig_push(rig, 2, 202, 1);
  rig_step(rig, 2);
  rig_push(rig, 0, 2, 1);
  rig_step(rig, 3);

  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 0, 2, 200, 3, MPCC_DUE_FULL);
  assert_batch(rig, 1, 0, 0, 3, MPCC_DUE_FULL);
  rig_close(rig);
}

static int never_answer_slot_0(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  return batch->slot == 0 ? MPCC_PENDING : 0;
}

static void a_slot_whose_pump_never_answers_delays_only_itself(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 2);
  options.slot_count = 2;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->on_pump = never_answer_slot_0;
  rig_push(rig, 0, 0, 100);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 1);

  for (uint64_t i = 0; i < 50; i++) {
    rig_push(rig, 1, 2 * i, 2);
    rig_step(rig, 2 + i);
    assert_int_equal(rig_calls(rig), i + 2);
    assert_batch(rig, i + 1, 1, 2 * i, 2, MPCC_DUE_FULL);
  }

  mpcc_stats_t stats;
  assert_int_equal(mpcc_slot_stats(rig->mpcc, 0, &stats), 0);
  assert_int_equal(stats.queued, 98);
  assert_int_equal(stats.in_flight, 1);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(exactly_batch_size_items_make_one_batch_at_once),
    cmocka_unit_test(no_runt_batch_follows_a_full_one),
    cmocka_unit_test(fewer_than_batch_size_items_make_no_batch),
    cmocka_unit_test(a_batch_size_of_one_gives_every_item_its_own_batch),
    cmocka_unit_test(a_pump_that_is_done_at_once_gets_every_full_batch_in_one_step),
    cmocka_unit_test(items_come_in_the_order_of_their_pushes_for_every_batch_size),
    cmocka_unit_test(full_batches_fan_out_up_to_the_cap_and_no_further),
    cmocka_unit_test(the_next_full_batch_follows_a_done_one_without_push_or_tick),
    cmocka_unit_test(a_done_inside_a_pump_makes_room_in_the_same_step),
    cmocka_unit_test(a_partial_batch_in_flight_takes_a_place_of_the_cap),
    cmocka_unit_test(the_largest_cap_is_taken_at_its_word),
    cmocka_unit_test(the_cap_is_each_slot_s_own),
    cmocka_unit_test(a_slot_fills_by_its_own_items_alone_and_never_mixes),
    cmocka_unit_test(a_slot_whose_pump_never_answers_delays_only_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
