/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Small batches that go past the queue: they are handed over, dropped, tried again, split and
   counted as all others, in the order of their slot; and their memory is as it was, afterwards. */

#include "handles.h"
#include "instance.h"
#include "purse.h"

enum { SLOTS = 40, BATCH = 100, INTERVAL_MS = 10, FEW = 3, DUE_MS = 1 + INTERVAL_MS };

static void options_of(mpcc_options_t *options)
{
  rig_options(options, BATCH);
  options->slot_count = SLOTS;
  options->push_interval_ms = INTERVAL_MS;
}

static rig_t *rig_of(mpcc_options_t *options)
{
  rig_t *rig = rig_open(options);
  rig_start(rig);
  rig_step(rig, 0);
  return rig;
}

/* FEW items for each slot, on the stage. */
static mpcc_producer_t *stage_all(rig_t *rig, uint64_t first)
{
  mpcc_producer_t *handle = handle_open(rig);
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    handle_push(handle, slot, first + 1000 * slot, FEW);
  rig_step(rig, rig->now_ms + 1);
  return handle;
}

static rig_t *staged_rig(mpcc_producer_t **handle)
{
  mpcc_options_t options;
  options_of(&options);
  rig_t *rig = rig_of(&options);
  *handle = stage_all(rig, 0);
  return rig;
}

static const struct mpcc__spares *spares_of(const rig_t *rig)
{
  return &rig->mpcc->world.loop.spares;
}

static uint32_t spare_count(const rig_t *rig)
{
  /* relaxed: nobody else is there. */
  return atomic_load_explicit(&spares_of(rig)->count, memory_order_relaxed);
}

/* No two are the same, and no ready byte is set. */
static void check_spares(const rig_t *rig)
{
  const struct mpcc__shelf *shelf = &rig->mpcc->world.pool.shelf;
  const struct mpcc__spares *spares = spares_of(rig);
  for (uint32_t i = 0; i < spare_count(rig); i++) {
    uint32_t number = spares->numbers[(spares->first + i) % MPCC__SPARES];
    _Atomic uint8_t *flags = mpcc__segment_flags(mpcc__segment_at(shelf, number));
    for (uint32_t k = 0; k < BATCH; k++)
      /* relaxed: nobody else is there. */
      assert_int_equal(atomic_load_explicit(&flags[k], memory_order_relaxed), 0);
    for (uint32_t k = 0; k < i; k++)
      assert_int_not_equal(spares->numbers[(spares->first + k) % MPCC__SPARES], number);
  }
}

static void close_all(rig_t *rig, mpcc_producer_t *handle)
{
  check_spares(rig);
  handle_close(handle);
  rig_close(rig);
}

static void all_are_handed_over_in_one_step(void **state)
{
  (void)state;
  mpcc_producer_t *handle;
  rig_t *rig = staged_rig(&handle);
  /* relaxed: nobody else is there. */
  uint32_t fresh = atomic_load_explicit(&rig->mpcc->world.pool.fresh, memory_order_relaxed);
  rig_step(rig, DUE_MS);
  assert_int_equal(rig_calls(rig), SLOTS);
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    assert_batch(rig, slot, slot, 1000 * slot, FEW, MPCC_DUE_INTERVAL);
  assert_int_equal(spare_count(rig), MPCC__SPARES);
  /* relaxed: as above. */
  assert_int_equal(atomic_load_explicit(&rig->mpcc->world.pool.fresh, memory_order_relaxed),
                   fresh + SLOTS);
  mpcc_stats_t stats = stats_of(rig, MPCC_ALL_SLOTS);
  assert_int_equal(stats.pushed, SLOTS * FEW);
  assert_int_equal(stats.delivered, SLOTS * FEW);
  assert_int_equal(stats.batches_interval, SLOTS);
  assert_int_equal(stats.queued, 0);
  assert_int_equal(stats.queued_peak, FEW);
  assert_int_equal(stats.in_flight, 0);
  assert_int_equal(stats.wait_ms_max, INTERVAL_MS);
  close_all(rig, handle);
}

/* -- Discarded between ---------------------------------------------------------------------- */

static int discard_next(rig_t *rig, mpcc_batch_t *batch)
{
  if (batch->slot == 0)
    rig_keep(rig, mpcc_discard(rig->mpcc, 1));
  return 0;
}

static void a_slot_that_another_ones_pump_discards_is_dropped(void **state)
{
  (void)state;
  mpcc_producer_t *handle;
  rig_t *rig = staged_rig(&handle);
  rig->on_pump = discard_next;
  rig_step(rig, DUE_MS);

  assert_int_equal(rig->got[0], 0);
  assert_int_equal(picks(rig, CALL_PUMP, 1), 0);
  assert_int_equal(picks(rig, CALL_DROP, 1), 1);
  const call_t *drop = &rig->calls[pick(rig, CALL_DROP, 1, 0)];
  assert_int_equal(drop->count, FEW);
  assert_int_equal(drop->due, 0);
  assert_int_equal(drop->attempt, 0);
  assert_int_equal(drop->reason, MPCC_ECANCELED);
  assert_int_equal(rig_count(rig, CALL_PUMP), SLOTS - 1);
  assert_int_equal(stats_of(rig, 1).dropped, FEW);
  assert_int_equal(stats_of(rig, 1).batches, 0);
  assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).delivered, (SLOTS - 1) * FEW);
  close_all(rig, handle);
}

static int stop_modes[] = {MPCC_DISCARD, MPCC_ABANDON};

static int complete_first(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  if (rig->got_count == 0)
    rig_keep(rig, rig_complete(rig, *(int *)rig->hook_arg));
  return 0;
}

static void a_stop_by_the_first_pump_drops_the_others(void **state)
{
  (void)state;
  for (size_t k = 0; k < sizeof(stop_modes) / sizeof(*stop_modes); k++) {
    mpcc_producer_t *handle;
    rig_t *rig = staged_rig(&handle);
    rig->on_pump = complete_first;
    rig->hook_arg = &stop_modes[k];
    for (uint64_t ms = DUE_MS; ms < DUE_MS + 5; ms++)
      rig_step(rig, ms);

    assert_int_equal(rig->got[0], 0);
    assert_int_equal(rig_count(rig, CALL_PUMP), 1);
    assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
    mpcc_stats_t stats = stats_of(rig, MPCC_ALL_SLOTS);
    assert_int_equal(stats.delivered, FEW);
    assert_int_equal(stats.dropped, (SLOTS - 1) * FEW);
    assert_int_equal(stats.in_flight, 0);
    close_all(rig, handle);
  }
}

/* Nobody has them before their turn: the first pump finds one in flight, and the others queued. */
static int count_others(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  mpcc_stats_t stats = stats_of(rig, MPCC_ALL_SLOTS);
  assert_int_equal(stats.in_flight, 1);
  assert_int_equal(stats.batches, rig_calls(rig));
  assert_int_equal(stats.queued, (SLOTS - rig_calls(rig)) * FEW);
  return 0;
}

static void they_are_queued_until_their_turn(void **state)
{
  (void)state;
  mpcc_producer_t *handle;
  rig_t *rig = staged_rig(&handle);
  rig->on_pump = count_others;
  rig_step(rig, DUE_MS);
  assert_int_equal(rig_calls(rig), SLOTS);
  close_all(rig, handle);
}

/* -- Order, and places ------------------------------------------------------------------------ */

static int push_to_next(rig_t *rig, mpcc_batch_t *batch)
{
  if (batch->slot == 0)
    rig_push(rig, 1, 500000, BATCH);
  return 0;
}

static void a_full_batch_that_comes_meanwhile_comes_after(void **state)
{
  (void)state;
  mpcc_options_t options;
  options_of(&options);
  options.max_concurrency = 4;
  rig_t *rig = rig_of(&options);
  mpcc_producer_t *handle = stage_all(rig, 0);
  rig->on_pump = push_to_next;
  rig_step(rig, DUE_MS);
  rig_step(rig, DUE_MS);

  assert_int_equal(picks(rig, CALL_PUMP, 1), 2);
  assert_int_equal(rig->calls[pick(rig, CALL_PUMP, 1, 0)].count, FEW);
  assert_int_equal(rig->calls[pick(rig, CALL_PUMP, 1, 1)].count, BATCH);
  close_all(rig, handle);
}

static int push_to_others(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  if (rig_calls(rig) == 1)
    rig_push(rig, SLOTS, 500000, BATCH); /* a slot that had nothing */
  return 0;
}

static void what_a_pump_pushes_is_for_the_next_step(void **state)
{
  (void)state;
  mpcc_options_t options;
  options_of(&options);
  options.slot_count = SLOTS + 1;
  rig_t *rig = rig_of(&options);
  mpcc_producer_t *handle = stage_all(rig, 0);
  rig->on_pump = push_to_others;
  rig_step(rig, DUE_MS);
  assert_int_equal(rig_calls(rig), SLOTS);
  assert_int_equal(rig->next_ms, DUE_MS);
  rig_step(rig, DUE_MS);
  assert_int_equal(rig_calls(rig), SLOTS + 1);
  close_all(rig, handle);
}

static void slots_without_a_place_wait(void **state)
{
  (void)state;
  mpcc_producer_t *handle;
  rig_t *rig = staged_rig(&handle);
  rig->answer = MPCC_PENDING;
  rig_step(rig, DUE_MS);
  assert_int_equal(rig_calls(rig), SLOTS);
  assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).in_flight, SLOTS);
  handle_close(handle);
  handle = stage_all(rig, 50);
  rig_step(rig, 3 * DUE_MS);
  assert_int_equal(rig_calls(rig), SLOTS);
  assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).queued, SLOTS * FEW);

  rig->answer = 0;
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    assert_int_equal(rig_done(rig, slot, 0), 0);
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    assert_int_equal(rig_done(rig, slot, 0), MPCC_EALREADY);
  rig_step(rig, 3 * DUE_MS);
  assert_int_equal(rig_calls(rig), 2 * SLOTS);
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    assert_int_equal(rig->calls[pick(rig, CALL_PUMP, slot, 1)].count, FEW);
  assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).delivered, 2 * SLOTS * FEW);
  close_all(rig, handle);
}

/* What is in the queue comes first, and fills up with what is staged. */
static void what_is_in_the_queue_is_not_overtaken(void **state)
{
  (void)state;
  mpcc_producer_t *handle;
  rig_t *rig = staged_rig(&handle);
  rig_push(rig, 2, 700, 2);
  rig_step(rig, 2);
  rig_step(rig, DUE_MS);
  assert_int_equal(rig->calls[pick(rig, CALL_PUMP, 2, 0)].count, FEW + 2);
  assert_int_equal(picks(rig, CALL_PUMP, 2), 1);
  close_all(rig, handle);
}

/* -- Failures --------------------------------------------------------------------------------- */

/* The second item fails whatever is tried; the first attempt fails it by a mark. */
static int fail_second(rig_t *rig, mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;
  (void)rig;
  for (uint32_t i = 0; i < batch->count; i++)
    if (items[i] % 1000 == 1)
      assert_int_equal(mpcc_batch_fail(batch, i, -7), 0);
  return batch->attempt == 1 && batch->count == FEW ? -5 : 0;
}

static void they_are_tried_again_and_split_and_leave_nothing_behind(void **state)
{
  (void)state;
  mpcc_options_t options;
  options_of(&options);
  options.max_attempts = 2;
  options.isolate_failures = true;
  rig_t *rig = rig_of(&options);
  rig->on_pump = fail_second;
  for (uint64_t round = 0; round < 3; round++) {
    mpcc_producer_t *handle = stage_all(rig, 0);
    for (int i = 0; i < 300; i++)
      rig_step(rig, rig->now_ms + 10);
    handle_close(handle);
    check_spares(rig);
    assert_int_equal(spare_count(rig), MPCC__SPARES);
    mpcc_stats_t stats = stats_of(rig, MPCC_ALL_SLOTS);
    assert_int_equal(stats.delivered, (round + 1) * SLOTS * (FEW - 1));
    assert_int_equal(stats.dropped, (round + 1) * SLOTS);
    assert_int_equal(stats.in_flight, 0);
    rig_forget(rig); /* it sums up what was tried once */
  }
  rig_close(rig);
}

/* -- Memory ----------------------------------------------------------------------------------- */

/* Segments of a megabyte, of which the spare ones are all there are. */
static void spare_segments_are_for_all_when_memory_is_refused(void **state)
{
  (void)state;
  enum { ITEM = 1024, MANY = MPCC__SPARES };
  static const unsigned char item[ITEM];
  mpcc_allocator_t allocator;
  mpcc_options_t options;
  purse_t purse;
  purse_open(&purse, &allocator);
  options_of(&options);
  options.item_size = ITEM;
  options.batch_size = 1024;
  options.lane_capacity = 1024;
  options.slot_count = MANY;
  options.allocator = &allocator;
  rig_t *rig = rig_of(&options);
  mpcc_producer_t *handle = handle_open(rig);
  for (uint32_t slot = 0; slot < MANY; slot++)
    assert_int_equal(mpcc_producer_push(handle, item, slot), 0);
  rig_step(rig, 1);
  rig_step(rig, DUE_MS);
  assert_int_equal(spare_count(rig), MPCC__SPARES);

  purse_refuse(&purse, 1, true);
  assert_int_equal(mpcc_push(rig->mpcc, item, 1), MPCC_ENOMEM);
  assert_int_equal(mpcc_producer_push(handle, item, 2), 0);
  rig_step(rig, DUE_MS + 1);
  assert_int_equal(spare_count(rig), 0);
  assert_int_equal(mpcc_push(rig->mpcc, item, 1), 0);
  assert_int_equal(mpcc_flush(rig->mpcc, 2), 0);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  for (uint64_t ms = 2; ms < 5; ms++)
    rig_step(rig, DUE_MS + ms);
  assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
  assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).delivered, MANY + 2);
  assert_int_equal(spare_count(rig), 0); /* for a while */
  close_all(rig, handle);
  assert_true(purse_close(&purse));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(all_are_handed_over_in_one_step),
    cmocka_unit_test(a_slot_that_another_ones_pump_discards_is_dropped),
    cmocka_unit_test(a_stop_by_the_first_pump_drops_the_others),
    cmocka_unit_test(they_are_queued_until_their_turn),
    cmocka_unit_test(a_full_batch_that_comes_meanwhile_comes_after),
    cmocka_unit_test(what_a_pump_pushes_is_for_the_next_step),
    cmocka_unit_test(slots_without_a_place_wait),
    cmocka_unit_test(what_is_in_the_queue_is_not_overtaken),
    cmocka_unit_test(they_are_tried_again_and_split_and_leave_nothing_behind),
    cmocka_unit_test(spare_segments_are_for_all_when_memory_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
