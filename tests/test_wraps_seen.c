/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Whole instances whose counters begin just before they come round, as they do in builds with
 * internal checks (check.h): that they do, and that nothing of it is seen from outside.
 */
#include "check.h"
#include "handles.h"
#include "instance.h"

enum { SLOTS = 3, EACH = 7 }; /* more than is left before the end */

static rig_t *running(void)
{
  mpcc_options_t options;
  rig_options(&options, 3);
  options.slot_count = SLOTS;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  return rig;
}

static void every_slot_of_the_library_begins_there(void **state)
{
  (void)state;
  rig_t *rig = running();

  for (uint32_t slot = 0; slot < SLOTS; slot++) {
    const struct mpcc__slot *inner = &rig->mpcc->world.slots[slot];
    assert_true(mpcc__slot_taken(inner) == MPCC__FIRST_TICKET);
    assert_true(mpcc__slot_fated(inner) == MPCC__FIRST_TICKET);
    rig_push(rig, slot, 0, EACH);
    assert_int_equal(mpcc_flush(rig->mpcc, slot), 0);
  }
  rig_step(rig, 1);

  for (uint32_t slot = 0; slot < SLOTS; slot++)
    assert_true(mpcc__slot_fated(&rig->mpcc->world.slots[slot]) == MPCC__FIRST_TICKET + EACH);
  assert_fates(rig, SLOTS * EACH, 0, 0);
  rig_close(rig);
}

static void statistics_count_from_0(void **state)
{
  (void)state;
  rig_t *rig = running();
  mpcc_producer_t *handle = handle_open(rig);

  assert_int_equal(stats_of(rig, 1).pushed, 0);
  for (uint64_t i = 0; i < EACH; i++) {
    rig_push(rig, 1, i, 1);
    assert_int_equal(stats_of(rig, 1).pushed, i + 1);
    assert_int_equal(stats_of(rig, 1).queued, i + 1);
  }
  for (uint64_t i = 0; i < EACH; i++) {
    handle_push(handle, 2, i, 1);
    assert_int_equal(stats_of(rig, 2).pushed, i + 1);
    assert_int_equal(stats_of(rig, 2).queued, i + 1);
  }
  rig_step(rig, 1);
  assert_int_equal(stats_of(rig, 1).queued, EACH % 3);
  assert_int_equal(stats_of(rig, 2).queued, EACH % 3);
  assert_int_equal(mpcc_discard(rig->mpcc, MPCC_ALL_SLOTS), 0);
  rig_step(rig, 2);

  for (uint32_t slot = 1; slot < SLOTS; slot++) {
    mpcc_stats_t stats = stats_of(rig, slot);
    assert_int_equal(stats.pushed, EACH);
    assert_int_equal(stats.delivered, EACH - EACH % 3);
    assert_int_equal(stats.dropped, EACH % 3);
    assert_int_equal(stats.queued, 0);
    assert_in_range(stats.queued_peak, 1, EACH);
  }
  handle_close(handle);
  rig_close(rig);
}

/* Nothing was pushed there, so there is nothing to wait for, to flush or to drop. */
static void a_slot_that_was_never_used_is_flushed_and_discarded_at_once(void **state)
{
  (void)state;
  rig_t *rig = running();

  for (uint32_t slot = 0; slot < SLOTS; slot++) {
    assert_int_equal(mpcc_flush_wait(rig->mpcc, slot, 0), 0);
    assert_int_equal(mpcc_discard(rig->mpcc, slot), 0);
    assert_int_equal(mpcc_flush(rig->mpcc, slot), 0);
    assert_int_equal(mpcc_flush_wait(rig->mpcc, slot, 0), 0);
  }
  assert_int_equal(mpcc_flush_wait(rig->mpcc, MPCC_ALL_SLOTS, 0), 0);
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), 0);
  rig_close(rig);
}

/* Marks are tickets, too: what came before one is due, or dropped; what came after it is not. */
static void a_flush_and_a_discard_cut_at_every_place_around_the_carry(void **state)
{
  (void)state;
  for (uint64_t before = 0; before <= EACH; before++) {
    rig_t *rig = running();
    mpcc_stats_t stats;

    rig_push(rig, 0, 0, (size_t)before);
    assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
    rig_push(rig, 0, before, 2);
    rig_step(rig, 1);
    stats = stats_of(rig, 0);
    assert_int_equal(stats.dropped, before);
    assert_int_equal(stats.delivered, 0);

    assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
    rig_step(rig, 2);
    stats = stats_of(rig, 0);
    assert_int_equal(stats.dropped, before);
    assert_int_equal(stats.delivered, 2);
    rig_close(rig);
  }
}

/* A slot that is served for the first time in whatever pass. */
static void each_pass_serves_what_was_pushed_before_it(void **state)
{
  (void)state;
  for (uint64_t passes = 0; passes <= EACH; passes++) {
    rig_t *rig = running();

    for (uint64_t now_ms = 1; now_ms <= passes; now_ms++)
      rig_step(rig, now_ms);
    rig_push(rig, 1, 0, 3);
    rig_step(rig, passes + 1);

    assert_batch(rig, 0, 1, 0, 3, MPCC_DUE_FULL);
    rig_close(rig);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_slot_of_the_library_begins_there),
    cmocka_unit_test(statistics_count_from_0),
    cmocka_unit_test(a_slot_that_was_never_used_is_flushed_and_discarded_at_once),
    cmocka_unit_test(a_flush_and_a_discard_cut_at_every_place_around_the_carry),
    cmocka_unit_test(each_pass_serves_what_was_pushed_before_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
