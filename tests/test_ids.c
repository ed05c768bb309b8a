/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* batch->id: new for every batch, and good to tell an old answer from a new one. */

#include "harness.h"

static void ids_are_new_for_every_batch_and_never_0(void **state)
{
  (void)state;
  enum { BATCHES = 2000 };
  mpcc_options_t options;
  rig_options(&options, 1);
  options.capacity = 1;
  options.slot_count = 2;
  rig_t *rig = rig_open(&options);
  rig_start(rig);

  for (uint64_t i = 0; i < BATCHES; i++) {
    rig_push(rig, i % 2, i, 1);
    rig_step(rig, i);
  }

  assert_int_equal(rig_calls(rig), BATCHES);
  for (size_t i = 0; i < BATCHES; i++) {
    assert_true(rig->calls[i].id != 0);
    for (size_t k = 0; k < i; k++)
      if (rig->calls[i].id == rig->calls[k].id)
        fail_msg("batches %zu and %zu have the same id", k, i);
  }
  rig_close(rig);
}

static void an_old_id_is_told_apart_after_the_memory_was_used_again(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 1);
  options.capacity = 1;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;

  for (uint64_t i = 0; i < 300; i++) {
    rig_push(rig, 0, i, 1);
    rig_step(rig, i);
    assert_int_equal(rig_calls(rig), i + 1);
    for (uint64_t old = 0; old < i; old++)
      assert_int_equal(rig_done(rig, old, -42), MPCC_EALREADY);
    assert_int_equal(rig_done(rig, i, 0), 0);
  }
  rig_step(rig, 300);

  assert_fates(rig, 300, 0, 0);
  rig_close(rig);
}

static void an_id_that_was_never_given_out_is_already_done(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 1);
  options.max_concurrency = 4;
  rig_t *rig = rig_open(&options);
  assert_int_equal(mpcc_batch_done_id(rig->mpcc, 1, 0), MPCC_EALREADY);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 4);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 4);

  static const uint64_t odd[] = {0, UINT64_MAX, UINT64_MAX - 1, UINT32_MAX, (uint64_t)1 << 32,
                                 (uint64_t)1 << 63};
  uint64_t random = 88172645463325252u;
  for (size_t i = 0; i < 20000; i++) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    uint64_t near_one = rig->calls[i % 4].id ^ (uint64_t)1 << i % 64;
    uint64_t id = i < 6 ? odd[i] : i % 2 == 0 ? random : near_one;
    bool given_out = false;
    for (size_t k = 0; k < 4; k++)
      given_out |= rig->calls[k].id == id;
    if (!given_out)
      assert_int_equal(mpcc_batch_done_id(rig->mpcc, id, -42), MPCC_EALREADY);
  }
  rig_step(rig, 2);

  assert_fates(rig, 0, 0, 4);
  rig_close(rig);
}

static void an_id_of_a_life_before_the_restart_is_already_done(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 1);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 2);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_int_equal(rig_done(rig, 0, -42), MPCC_EALREADY);

  rig_start(rig);
  rig_push(rig, 0, 2, 2);
  rig_step(rig, 3);
  assert_int_equal(rig_done(rig, 0, -42), MPCC_EALREADY);
  rig_step(rig, 4);

  assert_fates(rig, 2, 0, 1);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(ids_are_new_for_every_batch_and_never_0),
    cmocka_unit_test(an_old_id_is_told_apart_after_the_memory_was_used_again),
    cmocka_unit_test(an_id_that_was_never_given_out_is_already_done),
    cmocka_unit_test(an_id_of_a_life_before_the_restart_is_already_done),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
