/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* MPCC_PUMP_ON_WORKER: where pumps run, how many at once, and what they may call. */

#include "workshop.h"

#include <signal.h>

static void workers_are_1_to_1024_and_not_in_a_manual_instance(void **state)
{
  (void)state;
  static const struct {
    uint32_t workers;
    int pump_on;
    bool manual;
    int result;
  } rows[] = {
    {0, MPCC_PUMP_ON_WORKER, false, MPCC_EINVAL},
    {1, MPCC_PUMP_ON_WORKER, false, 0},
    {1024, MPCC_PUMP_ON_WORKER, false, 0},
    {1025, MPCC_PUMP_ON_WORKER, false, MPCC_EINVAL},
    {UINT32_MAX, MPCC_PUMP_ON_WORKER, false, MPCC_EINVAL},
    {4, MPCC_PUMP_ON_WORKER, true, MPCC_EINVAL},
    {4, 2, false, MPCC_EINVAL},
    {4, -1, false, MPCC_EINVAL},
    {0, MPCC_PUMP_ON_LOOP, false, 0},
    {0, MPCC_PUMP_ON_LOOP, true, 0},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    mpcc_options_t options;
    shop_options(&options, 4, rows[i].workers);
    options.pump_on = rows[i].pump_on;
    options.manual = rows[i].manual;
    mpcc_t *mpcc = NULL;

    int result = mpcc_create(&mpcc, &options);

    if (result != rows[i].result)
      fail_msg("row %zu: %s", i, mpcc_err_name(result));
    assert_int_equal(mpcc != NULL, result == 0);
    assert_int_equal(mpcc_destroy(mpcc), 0);
  }
}

/* How many threads called, by the log; and whether the test's own was among them. */
static size_t threads_of(const shop_t *shop, enum call_kind kind, bool *mine)
{
  pthread_t seen[16];
  size_t count = 0;
  *mine = false;
  for (size_t i = 0; i < shop->note_count; i++) {
    const shop_note_t *note = &shop->notes[i];
    size_t k = 0;
    if (note->kind != kind)
      continue;
    *mine |= pthread_equal(note->thread, pthread_self()) != 0;
    while (k < count && !pthread_equal(seen[k], note->thread))
      k++;
    if (k == count && count < 16)
      seen[count++] = note->thread;
  }
  return count;
}

static int fail_slot_1(shop_t *shop, mpcc_batch_t *batch)
{
  (void)shop;
  return batch->slot == 1 ? -7 : 0;
}

static void pumps_run_on_workers_and_everything_else_on_the_loop_s_thread(void **state)
{
  (void)state;
  shop_t *shop = shop_run(2, 3);
  shop->work = fail_slot_1;
  bool mine;

  for (uint64_t i = 0; i < 100; i++)
    shop_push(shop, (uint32_t)(i % 4), 2 * i, 2);
  shop_drain(shop);

  assert_in_range(threads_of(shop, CALL_PUMP, &mine), 1, 3);
  assert_false(mine);
  assert_int_equal(threads_of(shop, CALL_DROP, &mine), 1);
  assert_false(mine);
  pthread_t loop = shop_nth(shop, CALL_DROP, 0)->thread;
  assert_true(pthread_equal(loop, shop_nth(shop, CALL_COMPLETE, 0)->thread));
  for (size_t i = 0; i < 100; i++)
    assert_false(pthread_equal(loop, shop_nth(shop, CALL_PUMP, i)->thread));
  shop_check(shop, 150, 50, 0);
  shop_close(shop);
}

static void blocked_pumps_stand_side_by_side_up_to_the_number_of_workers(void **state)
{
  (void)state;
  for (unsigned workers = 1; workers <= 5; workers += 2) {
    shop_t *shop = shop_run(3, workers);
    shop->work = shop_hold_and_answer;
    for (uint32_t slot = 0; slot < SHOP_SLOTS; slot++)
      shop_push(shop, slot, 3 * slot, 3);

    shop_await_inside(shop, workers);
    shop_nap_ms(20);
    assert_int_equal(shop_inside(shop), workers);
    assert_int_equal(shop_stats(shop).in_flight, SHOP_SLOTS);
    shop_door(shop, true);
    shop_drain(shop);

    assert_int_equal(shop->inside_peak, workers);
    assert_int_equal(shop->counts[CALL_PUMP], SHOP_SLOTS);
    shop_check(shop, 3 * SHOP_SLOTS, 0, 0);
    shop_close(shop);
  }
}

static void one_slot_has_no_more_pumps_inside_than_its_max_concurrency(void **state)
{
  (void)state;
  mpcc_options_t options;
  shop_options(&options, 1, 4);
  options.max_concurrency = 2;
  shop_t *shop = shop_open(&options);
  shop_start(shop);
  shop->work = shop_hold_and_answer;
  shop_push(shop, 0, 0, 6);

  shop_await_inside(shop, 2);
  shop_nap_ms(20);
  assert_int_equal(shop_inside(shop), 2);
  assert_int_equal(shop_stats(shop).in_flight, 2);
  shop_push(shop, 1, 6, 1);
  shop_await_inside(shop, 3);
  shop_door(shop, true);
  shop_drain(shop);

  assert_int_equal(shop->inside_slot_peak[0], 2);
  shop_check(shop, 7, 0, 0);
  shop_close(shop);
}

static int hold_slot_0(shop_t *shop, mpcc_batch_t *batch)
{
  if (batch->slot == 0)
    shop_hold(shop);
  return 0;
}

static void a_blocked_slot_leaves_the_other_workers_to_the_other_slots(void **state)
{
  (void)state;
  mpcc_options_t options;
  shop_options(&options, 1, 2);
  shop_t *shop = shop_open(&options);
  shop_start(shop);
  shop->work = hold_slot_0;
  shop_push(shop, 0, 0, 40);
  shop_await_inside(shop, 1);

  for (uint64_t i = 0; i < 200; i++)
    shop_push(shop, 1 + (uint32_t)(i % 3), 100 + i, 1);
  shop_await_delivered(shop, 200);

  mpcc_stats_t stalled;
  assert_int_equal(mpcc_slot_stats(shop->mpcc, 0, &stalled), 0);
  assert_int_equal(stalled.in_flight, 1);
  assert_int_equal(stalled.delivered, 0);
  shop_door(shop, true);
  shop_drain(shop);
  shop_check(shop, 240, 0, 0);
  shop_close(shop);
}

static void with_max_concurrency_1_a_slot_keeps_its_order_on_many_workers(void **state)
{
  (void)state;
  shop_t *shop = shop_run(3, 4);

  for (uint64_t i = 0; i < 3000; i++)
    shop_push(shop, 0, i, 1);
  shop_drain(shop);

  uint64_t next = 0;
  for (size_t i = 0; i < shop->counts[CALL_PUMP]; i++) {
    const shop_note_t *note = shop_nth(shop, CALL_PUMP, i);
    assert_int_equal(note->first, next);
    next += note->count;
  }
  assert_int_equal(next, 3000);
  assert_int_equal(shop->inside_slot_peak[0], 1);
  shop_close(shop);
}

static void full_batches_follow_each_other_without_a_push_or_a_tick(void **state)
{
  (void)state;
  mpcc_options_t options;
  shop_options(&options, 5, 1);
  shop_t *shop = shop_open(&options);
  shop_push(shop, 0, 0, 500);

  shop_start(shop);
  shop_await_delivered(shop, 500);

  assert_int_equal(shop_count(shop, CALL_PUMP), 100);
  shop_close(shop);
}

static int note_blocked_signals(shop_t *shop, mpcc_batch_t *batch)
{
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGALRM, SIGCHLD};
  sigset_t blocked;
  (void)batch;
  if (pthread_sigmask(SIG_BLOCK, NULL, &blocked) != 0)
    return -1;
  for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
    shop_keep(shop, sigismember(&blocked, signals[i]));
  return 0;
}

static void workers_take_no_signals_of_the_program(void **state)
{
  (void)state;
  sigset_t before, after;
  assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &before), 0);
  shop_t *shop = shop_run(1, 1);
  shop->work = note_blocked_signals;

  shop_push(shop, 0, 0, 1);
  shop_drain(shop);

  assert_int_equal(shop->got_count, 6);
  for (size_t i = 0; i < 6; i++)
    assert_int_equal(shop->got[i], 1);
  assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &after), 0);
  assert_int_equal(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
  shop_close(shop);
}

static int call_what_a_pump_may_call(shop_t *shop, mpcc_batch_t *batch)
{
  uint64_t item = 1000;
  mpcc_stats_t stats;
  if (batch->slot != 0)
    return 0;
  shop_keep(shop, mpcc_push(shop->mpcc, &item, 1));
  shop_keep(shop, mpcc_flush(shop->mpcc, 1));
  shop_keep(shop, mpcc_stats(shop->mpcc, &stats));
  shop_keep(shop, mpcc_slot_stats(shop->mpcc, 0, &stats));
  shop_keep(shop, stats.in_flight == 1 ? 0 : -1);
  shop_keep(shop, mpcc_start(shop->mpcc, shop_on_pump, shop));
  shop_keep(shop, mpcc_destroy(shop->mpcc));
  shop_keep(shop, mpcc_complete(shop->mpcc, MPCC_DRAIN, shop_on_complete, shop));
  shop_keep(shop, mpcc_push(shop->mpcc, &item, 1));
  return 0;
}

static void a_pump_on_a_worker_may_push_flush_and_complete(void **state)
{
  (void)state;
  static const int expected[] = {0, 0, 0, 0, 0, MPCC_EALREADY, MPCC_EBUSY, 0, MPCC_ECLOSED};
  shop_t *shop = shop_run(4, 2);
  shop->work = call_what_a_pump_may_call;

  shop_push(shop, 0, 0, 4);
  shop_await(shop, CALL_COMPLETE, 1);

  assert_int_equal(mpcc_wait(shop->mpcc, MPCC_NO_TIMEOUT), 0);
  assert_int_equal(shop->got_count, 9);
  for (size_t i = 0; i < 9; i++)
    assert_int_equal(shop->got[i], expected[i]);
  shop_check(shop, 5, 0, 0);
  shop_close(shop);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(workers_are_1_to_1024_and_not_in_a_manual_instance),
    cmocka_unit_test(pumps_run_on_workers_and_everything_else_on_the_loop_s_thread),
    cmocka_unit_test(blocked_pumps_stand_side_by_side_up_to_the_number_of_workers),
    cmocka_unit_test(one_slot_has_no_more_pumps_inside_than_its_max_concurrency),
    cmocka_unit_test(a_blocked_slot_leaves_the_other_workers_to_the_other_slots),
    cmocka_unit_test(with_max_concurrency_1_a_slot_keeps_its_order_on_many_workers),
    cmocka_unit_test(full_batches_follow_each_other_without_a_push_or_a_tick),
    cmocka_unit_test(workers_take_no_signals_of_the_program),
    cmocka_unit_test(a_pump_on_a_worker_may_push_flush_and_complete),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
