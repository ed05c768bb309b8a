/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* on_wake: a manual instance asks for a step, once, and never forgets to. */

#include "harness.h"

static unsigned wakes(const rig_t *rig)
{
  return atomic_load_explicit(&rig->wakes, memory_order_relaxed);
}

static void on_wake_asks_for_the_first_item_and_for_a_full_batch(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, 100);
  rig_step(rig, 0);
  assert_int_equal(wakes(rig), 0);

  rig_push(rig, 0, 0, 1);
  assert_int_equal(wakes(rig), 1);
  rig_step(rig, 1);
  rig_push(rig, 0, 1, 1); /* neither: the step at the deadline will see it */
  assert_int_equal(wakes(rig), 1 + RIG_INGRESS);
  rig_push(rig, 0, 2, 1);
  assert_int_equal(wakes(rig), 2);
  rig_step(rig, 2);

  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(wakes(rig), 2);
  rig_close(rig);
}

static void on_wake_asks_for_what_a_start_finds(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  rig_t *rig = rig_open(&options);
  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1); /* whatever was asked for in IDLE has been heard */
  unsigned before = wakes(rig);

  rig_start(rig);

  assert_int_equal(wakes(rig), before + 1);
  rig_step(rig, 2);
  assert_int_equal(rig_calls(rig), 1);
  rig_close(rig);
}

static void on_wake_asks_once_until_the_next_step(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  options.slot_count = 10;
  options.max_concurrency = 2;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  rig_step(rig, 0);

  for (uint32_t slot = 0; slot < 10; slot++)
    rig_push(rig, slot, 0, 7);
  assert_int_equal(wakes(rig), 1);
  rig_step(rig, 1);
  assert_int_equal(wakes(rig), 1);
  for (size_t i = 0; i < 20; i++)
    assert_int_equal(rig_done(rig, i, 0), 0);
  assert_int_equal(mpcc_flush(rig->mpcc, MPCC_ALL_SLOTS), 0);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);

  assert_int_equal(wakes(rig), 2);
  rig_close(rig);
}

static void on_wake_asks_for_a_done_a_flush_and_a_complete(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1);
  unsigned before = wakes(rig);

  assert_int_equal(rig_done(rig, 0, 0), 0);
  assert_int_equal(wakes(rig), before + 1);
  rig_step(rig, 2);
  rig_push(rig, 0, 3, 1);
  assert_int_equal(wakes(rig), before + 2);
  rig_step(rig, 3);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  assert_int_equal(wakes(rig), before + 3);
  rig_step(rig, 4);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);

  assert_int_equal(wakes(rig), before + 4);
  rig_close(rig);
}

/* Pushes now and then, and looks at how many wakes came since the last step began. */
static void between_two_steps_on_wake_is_called_once_at_most(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  options.slot_count = 3;
  options.push_interval_ms = 5;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig_step(rig, 0);
  uint64_t random = 7;
  unsigned asked = 0;

  for (uint64_t i = 1; i < 5000; i++) {
    unsigned before = wakes(rig);
    random = random * 6364136223846793005u + 1442695040888963407u;
    for (uint64_t n = random >> 60; n > 0; n--)
      rig_push(rig, (uint32_t)(n % 3), i, 1);
    assert_true(wakes(rig) - before <= 1);
    asked += wakes(rig) - before;
    rig_step(rig, i);
  }

  assert_true(asked > 0);
  rig_close(rig);
}

/* What lets a program sleep: what next_ms does not ask for, on_wake does. */
static void nothing_is_served_that_was_not_asked_for(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  options.slot_count = 3;
  options.push_interval_ms = 5;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig_step(rig, 0);
  uint64_t random = 11, pushed = 0;
  unsigned seen = wakes(rig);

  for (uint64_t now = 1; now < 5000; now++) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    for (uint64_t n = (random >> 60) % 5; n > 0; n--, pushed++)
      rig_push(rig, (uint32_t)((random >> 40) % 3), pushed, 1);
    if (wakes(rig) != seen || rig->next_ms <= now) {
      seen = wakes(rig);
      rig_step(rig, now);
    }
  }
  while (rig->next_ms != UINT64_MAX)
    rig_step(rig, rig->next_ms);

  assert_true(pushed > 1000);
  assert_fates(rig, pushed, 0, 0);
  for (size_t i = 0; i < rig_calls(rig); i++)
    assert_in_range(rig->calls[i].waited_ms, 0, 5);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(on_wake_asks_for_the_first_item_and_for_a_full_batch),
    cmocka_unit_test(on_wake_asks_for_what_a_start_finds),
    cmocka_unit_test(on_wake_asks_once_until_the_next_step),
    cmocka_unit_test(on_wake_asks_for_a_done_a_flush_and_a_complete),
    cmocka_unit_test(between_two_steps_on_wake_is_called_once_at_most),
    cmocka_unit_test(nothing_is_served_that_was_not_asked_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
