/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Instances whose pushes go by way of the ingress: opened as the loop does when it is worth it. */

#include "harness.h"

#include "check.h"
#include "entrance.h"
#include "instance.h"
#include "purse.h"
#include "quick.h"

enum { BATCH = 4, SLOTS = 8, INTERVAL_MS = 100, START_MS = 1000, CALM_MS = 500 };

static bool is_scattered(const rig_t *rig)
{
  /* relaxed: nothing is made of it. */
  return mpcc__entrance_is_for(
      atomic_load_explicit(&rig->mpcc->world.detour, memory_order_relaxed));
}

static void scattered_options(mpcc_options_t *options)
{
  rig_options(options, BATCH);
  options->slot_count = SLOTS;
  options->push_interval_ms = INTERVAL_MS;
}

static rig_t *scattered_with(mpcc_options_t *options)
{
  rig_t *rig = rig_open(options);

  rig_start(rig);
  rig_step(rig, START_MS - 1);
  rig->mpcc->world.loop.scattered = true;
  rig_step(rig, START_MS);
  assert_true(is_scattered(rig));
  return rig;
}

static rig_t *scattered(void)
{
  mpcc_options_t options;

  scattered_options(&options);
  return scattered_with(&options);
}

static mpcc_stats_t stats_of(const rig_t *rig, uint32_t slot)
{
  mpcc_stats_t stats;
  int err = slot == MPCC_ALL_SLOTS ? mpcc_stats(rig->mpcc, &stats)
                                   : mpcc_slot_stats(rig->mpcc, slot, &stats);

  assert_int_equal(err, 0);
  return stats;
}

/* -- As ever ------------------------------------------------------------------------------- */

static void items_are_due_when_they_are_full_or_old(void **state)
{
  (void)state;
  rig_t *rig = scattered();
  for (uint32_t slot = 0; slot < 3; slot++)
    rig_push(rig, slot, 100 * slot, slot + BATCH - 1);
  assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).queued, 3 * BATCH);
  assert_int_equal(stats_of(rig, 2).pushed, BATCH + 1);

  rig_step(rig, START_MS + 1);
  assert_int_equal(rig_calls(rig), 2);
  assert_batch(rig, 0, 1, 100, BATCH, MPCC_DUE_FULL);
  assert_batch(rig, 1, 2, 200, BATCH, MPCC_DUE_FULL);
  assert_true(rig->next_ms == START_MS + 1 + INTERVAL_MS);

  rig_step(rig, START_MS + INTERVAL_MS);
  assert_int_equal(rig_calls(rig), 2);
  rig_step(rig, START_MS + 1 + INTERVAL_MS);
  assert_batch(rig, 2, 0, 0, BATCH - 1, MPCC_DUE_INTERVAL);
  assert_batch(rig, 3, 2, 200 + BATCH, 1, MPCC_DUE_INTERVAL);
  assert_fates(rig, 3 * BATCH, 0, 0);
  rig_close(rig);
}

static void a_push_wakes_the_loop_and_a_step_lets_it_sleep(void **state)
{
  (void)state;
  rig_t *rig = scattered();
  unsigned before = atomic_load(&rig->wakes);
  for (uint64_t i = 0; i < 3; i++)
    rig_push(rig, 1, i, 1);
  assert_int_equal(atomic_load(&rig->wakes), before + 1);
  rig_step(rig, START_MS + 1);
  rig_push(rig, 2, 9, 1);
  assert_int_equal(atomic_load(&rig->wakes), before + 2);
  rig_close(rig);
}

static void push_wait_does_not_wait(void **state)
{
  (void)state;
  rig_t *rig = scattered();
  const uint64_t item = 5;
  assert_int_equal(mpcc_push_wait(rig->mpcc, &item, 3, MPCC_NO_TIMEOUT), 0);
  assert_int_equal(mpcc_push_many(rig->mpcc, &item, 0, 3), 0);
  assert_int_equal(mpcc_push_many(rig->mpcc, (const uint64_t[]){6, 7}, 2, 3), 2);
  assert_int_equal(mpcc_flush(rig->mpcc, 3), 0);
  rig_step(rig, START_MS + 1);
  assert_batch(rig, 0, 3, 5, 3, MPCC_DUE_FLUSH);
  rig_close(rig);
}

static int push_more(rig_t *rig, mpcc_batch_t *batch)
{
  const uint64_t item = *(const uint64_t *)batch->items + BATCH;
  if (item < 3 * BATCH)
    for (uint64_t i = 0; i < BATCH; i++) {
      uint64_t next = item + i;
      rig->got[rig->got_count++ % 16] = mpcc_push(rig->mpcc, &next, batch->slot);
    }
  return 0;
}

static void what_the_pump_pushes_is_for_the_next_step(void **state)
{
  (void)state;
  rig_t *rig = scattered();
  rig->on_pump = push_more;
  rig_push(rig, 0, 0, BATCH);
  for (uint64_t i = 0; i < 3; i++) {
    rig_step(rig, START_MS + 1 + i);
    assert_int_equal(rig_calls(rig), i + 1);
    assert_batch(rig, i, 0, i * BATCH, BATCH, MPCC_DUE_FULL);
  }
  rig_close(rig);
}

/* -- When it ends ---------------------------------------------------------------------------- */

static void it_closes_when_it_is_calm_and_nothing_is_overtaken(void **state)
{
  (void)state;
  rig_t *rig = scattered();
  needs_queues();
  rig_push(rig, 0, 0, 1);
  rig_step(rig, START_MS + CALM_MS - 1);
  assert_true(is_scattered(rig));
  rig_push(rig, 0, 1, 1);
  rig_step(rig, START_MS + CALM_MS);
  assert_false(is_scattered(rig));
  rig_push(rig, 0, 2, 1); /* as before */
  rig_step(rig, START_MS + CALM_MS + INTERVAL_MS);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_INTERVAL);

  rig->mpcc->world.loop.scattered = true;
  rig_step(rig, START_MS + 2 * CALM_MS);
  assert_true(is_scattered(rig));
  rig_push(rig, 0, 3, BATCH);
  rig_step(rig, START_MS + 2 * CALM_MS + 1);
  assert_batch(rig, 1, 0, 3, BATCH, MPCC_DUE_FULL);
  rig_close(rig);
}

static void it_stays_open_while_there_is_much_or_many_slots_wait(void **state)
{
  (void)state;
  mpcc_options_t options;
  scattered_options(&options);
  options.slot_count = 100;
  options.push_interval_ms = MPCC_NO_INTERVAL;
  rig_t *rig = scattered_with(&options);
  needs_queues();
  for (uint32_t slot = 0; slot < 65; slot++)
    rig_push(rig, slot, slot, 1);
  rig_step(rig, START_MS + CALM_MS); /* 65 are many */
  rig_step(rig, START_MS + 2 * CALM_MS - 1);
  assert_true(is_scattered(rig));
  rig_step(rig, START_MS + 3 * CALM_MS); /* it is calm, but too many would have to be moved */
  assert_true(is_scattered(rig));
  assert_int_equal(mpcc_flush(rig->mpcc, MPCC_ALL_SLOTS), 0);
  rig_step(rig, START_MS + 3 * CALM_MS + 1);
  assert_int_equal(rig_calls(rig), 65);
  assert_false(is_scattered(rig));
  rig_close(rig);
}

static void stop(int mode)
{
  rig_t *rig = scattered();
  rig_push(rig, 0, 0, BATCH + 1);
  rig_push(rig, 1, 10, 2);
  assert_int_equal(rig_complete(rig, mode), 0);
  rig_step(rig, START_MS + 1);
  if (mode == MPCC_DRAIN) {
    assert_fates(rig, BATCH + 3, 0, 0);
  } else {
    assert_fates(rig, 0, BATCH + 3, 0);
    assert_drop(rig, 0, 0, 0, BATCH, MPCC_ECANCELED);
    assert_drop(rig, 1, 0, BATCH, 1, MPCC_ECANCELED);
    assert_drop(rig, 2, 1, 10, 2, MPCC_ECANCELED);
  }
  assert_int_equal(stats_of(rig, 1).pushed, 2);
  assert_int_equal(mpcc_push(rig->mpcc, &(uint64_t){3}, 0), MPCC_ECLOSED);
  assert_int_equal(mpcc_push_many(rig->mpcc, &(uint64_t){3}, 1, 0), MPCC_ECLOSED);

  rig_forget(rig);
  rig_start(rig);
  if (!RIG_INGRESS)
    assert_false(is_scattered(rig));
  rig_push(rig, 0, 20, BATCH);
  rig_step(rig, START_MS + 2);
  assert_batch(rig, 0, 0, 20, BATCH, MPCC_DUE_FULL);
  rig_close(rig);
}

static void a_stop_finds_all_that_came_in(void **state)
{
  (void)state;
  stop(MPCC_DRAIN);
  stop(MPCC_DISCARD);
  stop(MPCC_ABANDON);
}

/* The loop closes it between a push's look at the detour and its claim. */
static void a_push_that_finds_it_closed_goes_another_way(void **state)
{
  (void)state;
  needs_queues();
  rig_t *rig = scattered();
  struct mpcc__world *world = &rig->mpcc->world;
  const uint64_t item = 7;
  rig_step(rig, START_MS + CALM_MS);
  assert_false(is_scattered(rig));
  assert_int_equal(mpcc__quick_scattered_one(world, &item, 2), 0);
  assert_int_equal(mpcc__quick_scattered(world, (const uint64_t[]){8, 9}, 2, 2), 2);
  assert_int_equal(mpcc_flush(rig->mpcc, 2), 0);
  rig_step(rig, START_MS + CALM_MS + 1);
  assert_batch(rig, 0, 2, 7, 3, MPCC_DUE_FLUSH);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, START_MS + CALM_MS + 2);
  assert_int_equal(mpcc__quick_scattered_one(world, &item, 2), MPCC_ECLOSED);
  rig_close(rig);
}

/* A thread has drawn a number and is preempted: the loop does not sleep, as it won't be called. */
static void a_push_that_has_not_published_is_looked_for(void **state)
{
  (void)state;
  rig_t *rig = scattered();
  struct mpcc__world *world = &rig->mpcc->world;
  const uint64_t item[4] = {7}; /* as large as usual sizes get, for the compiler's checks */
  struct mpcc__ring *ring = mpcc__ingress_ring(world->ingress, &world->source, 0x1000);
  assert_non_null(ring);
  (void)mpcc__ingress_claim(world->ingress, ring, 3, (const unsigned char *)item, 1);
  rig_step(rig, START_MS + 1);
  assert_true(rig->next_ms == START_MS + 2);
  mpcc__ring_publish(ring, 1);
  rig_step(rig, START_MS + 2);
  assert_true(rig->next_ms == START_MS + 2 + INTERVAL_MS);
  rig_step(rig, START_MS + 2 + INTERVAL_MS);
  assert_batch(rig, 0, 3, 7, 1, MPCC_DUE_INTERVAL);
  rig_close(rig);
}

/* -- Memory ---------------------------------------------------------------------------------- */

static void refused_memory_loses_nothing(void **state)
{
  (void)state;
  mpcc_options_t options;
  mpcc_allocator_t allocator;
  purse_t purse;
  const uint64_t item = 0;
  purse_open(&purse, &allocator);
  scattered_options(&options);
  options.allocator = &allocator;
  rig_t *rig = scattered_with(&options);

  purse_refuse(&purse, 1, true);
  assert_int_equal(mpcc_push(rig->mpcc, &item, 0), MPCC_ENOMEM); /* no ring */
  assert_int_equal(mpcc_push_many(rig->mpcc, &item, 1, 0), MPCC_ENOMEM);
  assert_int_equal(stats_of(rig, 0).rejected, 2);
  purse_refuse(&purse, 0, false);
  rig_push(rig, 0, 0, 1);
  purse_refuse(&purse, 1, true);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), MPCC_ENOMEM); /* no block */
  rig_step(rig, START_MS + 1);
  assert_true(rig->next_ms > START_MS + 1 && rig->next_ms < START_MS + INTERVAL_MS);
  assert_int_equal(stats_of(rig, 0).queued, 1);
  purse_refuse(&purse, 0, false);
  rig_step(rig, rig->next_ms);
  rig_step(rig, START_MS + 1 + INTERVAL_MS);
  assert_batch(rig, 0, 0, 0, 1, MPCC_DUE_INTERVAL);
  rig_close(rig);
  assert_true(purse_close(&purse));
}

static void without_memory_it_is_not_opened(void **state)
{
  (void)state;
  needs_queues();
  for (uint64_t k = 1; k <= 2; k++) {
    mpcc_options_t options;
    mpcc_allocator_t allocator;
    purse_t purse;
    purse_open(&purse, &allocator);
    scattered_options(&options);
    options.allocator = &allocator;
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    rig_step(rig, START_MS);
    purse_refuse(&purse, k, true);
    rig->mpcc->world.loop.scattered = true;
    rig_step(rig, START_MS + 1);
    assert_false(is_scattered(rig));
    purse_refuse(&purse, 0, false);
    rig_push(rig, 0, 0, BATCH);
    rig_step(rig, START_MS + 2);
    assert_batch(rig, 0, 0, 0, BATCH, MPCC_DUE_FULL);
    rig_close(rig);
    assert_true(purse_close(&purse));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(items_are_due_when_they_are_full_or_old),
    cmocka_unit_test(a_push_wakes_the_loop_and_a_step_lets_it_sleep),
    cmocka_unit_test(push_wait_does_not_wait),
    cmocka_unit_test(what_the_pump_pushes_is_for_the_next_step),
    cmocka_unit_test(it_closes_when_it_is_calm_and_nothing_is_overtaken),
    cmocka_unit_test(it_stays_open_while_there_is_much_or_many_slots_wait),
    cmocka_unit_test(a_stop_finds_all_that_came_in),
    cmocka_unit_test(a_push_that_finds_it_closed_goes_another_way),
    cmocka_unit_test(a_push_that_has_not_published_is_looked_for),
    cmocka_unit_test(refused_memory_loses_nothing),
    cmocka_unit_test(without_memory_it_is_not_opened),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
