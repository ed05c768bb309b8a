/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Pumps that block in workers: timeouts, cancels, discards, and waiting inside a pump. */

#include "workshop.h"

static int block_until_cancelled(shop_t *shop, mpcc_batch_t *batch)
{
  while (!mpcc_batch_cancelled(batch))
    shop_nap_ms(1);
  return shop->answer;
}

static shop_t *shop_timed(uint32_t batch_size, uint32_t workers, uint64_t timeout_ms)
{
  mpcc_options_t options;
  shop_options(&options, batch_size, workers);
  options.pump_timeout_ms = timeout_ms;
  options.max_attempts = 2;
  options.retry_delay_ms = 0;
  shop_t *shop = shop_open(&options);
  shop_start(shop);
  return shop;
}

/* -- Timeouts ----------------------------------------------------------------------------- */

static void a_timeout_cancels_a_blocked_pump_once_on_the_loop_s_thread(void **state)
{
  (void)state;
  shop_t *shop = shop_timed(2, 2, 30);
  shop->work = block_until_cancelled;

  uint64_t before_ms = crew_now_ms();
  shop_push(shop, 0, 0, 2);
  shop_await_delivered(shop, 2);
  uint64_t took_ms = crew_now_ms() - before_ms;
  shop_drain(shop);

  assert_true(took_ms >= 28); /* clocks are cut to milliseconds */
  assert_int_equal(shop->counts[CALL_CANCEL], 1);
  const shop_note_t *pump = shop_nth(shop, CALL_PUMP, 0), *cancel = shop_nth(shop, CALL_CANCEL, 0);
  assert_int_equal(cancel->id, pump->id);
  assert_int_equal(cancel->count, 2);
  assert_false(pthread_equal(cancel->thread, pump->thread));
  assert_true(pthread_equal(cancel->thread, shop_nth(shop, CALL_COMPLETE, 0)->thread));
  assert_int_equal(shop_stats(shop).timeouts, 1);
  shop_check(shop, 2, 0, 0);
  shop_close(shop);
}

static int hold_slot_0_and_nap_else(shop_t *shop, mpcc_batch_t *batch)
{
  if (batch->slot == 0)
    return block_until_cancelled(shop, batch);
  shop_nap_ms(20);
  shop_keep(shop, mpcc_batch_cancelled(batch));
  return 0;
}

static void the_time_counts_from_the_call_of_the_pump_not_from_waiting_for_a_worker(void **state)
{
  (void)state;
  shop_t *shop = shop_timed(1, 1, 300);
  shop->work = hold_slot_0_and_nap_else;

  shop_push(shop, 0, 0, 1);
  shop_await_inside(shop, 1);
  shop_push(shop, 1, 1, 1); /* waits for the only worker about as long as its time is */
  shop_await_delivered(shop, 2);
  shop_drain(shop);

  assert_int_equal(shop->got_count, 1);
  assert_int_equal(shop->got[0], false);
  assert_int_equal(shop->counts[CALL_CANCEL], 1);
  assert_int_equal(shop_stats(shop).timeouts, 1);
  shop_close(shop);
}

static int fail_when_cancelled_and_then_deliver(shop_t *shop, mpcc_batch_t *batch)
{
  if (batch->attempt > 1)
    return 0;
  (void)block_until_cancelled(shop, batch);
  return -3;
}

static void a_batch_that_failed_by_its_timeout_is_tried_again_uncancelled(void **state)
{
  (void)state;
  shop_t *shop = shop_timed(2, 1, 20);
  shop->work = fail_when_cancelled_and_then_deliver;

  shop_push(shop, 0, 0, 2);
  shop_await_delivered(shop, 2);
  shop_drain(shop);

  assert_int_equal(shop->counts[CALL_PUMP], 2);
  assert_false(shop_nth(shop, CALL_PUMP, 1)->cancelled);
  assert_int_not_equal(shop_nth(shop, CALL_PUMP, 0)->id, shop_nth(shop, CALL_PUMP, 1)->id);
  assert_int_equal(shop->counts[CALL_CANCEL], 1);
  assert_int_equal(shop_stats(shop).retries, 1);
  shop_check(shop, 2, 0, 0);
  shop_close(shop);
}

/* Reads all it may read: a tool that watches memory sees a batch that was taken away. */
static void read_the_batch_slowly(shop_t *shop, mpcc_batch_t *batch)
{
  const volatile uint64_t *items = batch->items;
  uint64_t sum = 0;
  for (size_t round = 0; round < 200; round++)
    for (size_t i = 0; i < batch->count; i++)
      sum += items[i];
  if (sum != 200 * (items[0] * 4 + 6))
    shop_keep(shop, -1);
}

static int nap_about_as_long_as_there_is(shop_t *shop, mpcc_batch_t *batch)
{
  (void)shop;
  const uint64_t *items = batch->items;
  struct timespec nap = {.tv_nsec = (long)(800000 + items[0] * 7919 % 2000000)};
  nanosleep(&nap, NULL);
  return 0;
}

static void a_done_may_meet_its_cancel(void **state)
{
  (void)state;
  shop_t *shop = shop_timed(4, 4, 1);
  shop->work = nap_about_as_long_as_there_is;
  shop->on_cancel = read_the_batch_slowly;

  for (uint64_t i = 0; i < 400; i++)
    shop_push(shop, (uint32_t)(i % 4), 4 * i, 4);
  shop_drain(shop);

  assert_int_equal(shop->got_count, 0);
  assert_true(shop->counts[CALL_CANCEL] > 0);
  assert_int_equal(shop_stats(shop).timeouts, shop->counts[CALL_CANCEL]);
  shop_check(shop, 1600, 0, 0);
  shop_close(shop);
}

/* -- Discards ----------------------------------------------------------------------------- */

static void a_drain_cancels_no_pump_and_a_discard_cancels_all(void **state)
{
  (void)state;
  shop_t *shop = shop_timed(2, 3, 0);
  shop->work = block_until_cancelled;
  shop->answer = -8; /* and is not tried again */
  for (uint32_t slot = 0; slot < 3; slot++)
    shop_push(shop, slot, 2 * slot, 2);
  shop_await_inside(shop, 3);

  shop_complete(shop, MPCC_DRAIN);
  assert_int_equal(mpcc_wait(shop->mpcc, 30), MPCC_ETIMEDOUT);
  assert_int_equal(shop_inside(shop), 3);
  assert_int_equal(shop_count(shop, CALL_CANCEL), 0);
  shop_complete(shop, MPCC_DISCARD);
  assert_int_equal(mpcc_wait(shop->mpcc, MPCC_NO_TIMEOUT), 0);

  assert_int_equal(shop->counts[CALL_PUMP], 3);
  assert_in_range(shop->counts[CALL_CANCEL], 0, 3); /* none where the pump was quicker */
  assert_int_equal(shop->counts[CALL_DROP], 3);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(shop_nth(shop, CALL_DROP, i)->reason, -8);
    assert_int_equal(shop_nth(shop, CALL_DROP, i)->attempt, 1);
  }
  assert_int_equal(shop_stats(shop).timeouts, 0);
  shop_check(shop, 0, 6, 0);
  shop_close(shop);
}

static bool one_batch_is_in_flight(void *arg)
{
  return shop_stats(arg).in_flight == 1;
}

static void batches_behind_busy_workers_are_dropped_by_a_discard(void **state)
{
  (void)state;
  shop_t *shop = shop_run(2, 1);
  shop->work = shop_hold_and_answer;
  shop_push(shop, 0, 0, 6);
  shop_await_inside(shop, 1);
  for (uint32_t slot = 1; slot < 5; slot++)
    shop_push(shop, slot, 4 * slot + 2, 4);
  shop_nap_ms(10);

  shop_complete(shop, MPCC_DISCARD);
  shop_await(shop, CALL_CANCEL, 1);
  shop_await(shop, CALL_DROP, 10);
  assert_true(crew_await(one_batch_is_in_flight, shop));
  assert_int_equal(shop_inside(shop), 1); /* all that while the pump is still inside */
  assert_int_equal(mpcc_wait(shop->mpcc, 10), MPCC_ETIMEDOUT);
  shop_door(shop, true);
  assert_int_equal(mpcc_wait(shop->mpcc, MPCC_NO_TIMEOUT), 0);

  assert_int_equal(shop->counts[CALL_PUMP], 1);
  assert_int_equal(shop->counts[CALL_CANCEL], 1);
  for (size_t i = 0; i < shop->counts[CALL_DROP]; i++) {
    assert_int_equal(shop_nth(shop, CALL_DROP, i)->reason, MPCC_ECANCELED);
    assert_int_equal(shop_nth(shop, CALL_DROP, i)->attempt, 0);
    assert_int_equal(shop_nth(shop, CALL_DROP, i)->id, 0);
    assert_null(shop_nth(shop, CALL_DROP, i)->data);
  }
  shop_check(shop, 2, 20, 0);
  shop_close(shop);
}

static int hold_then_tell_whether_cancelled(shop_t *shop, mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;
  if (items[0] != 0)
    return 0;
  (void)block_until_cancelled(shop, batch);
  shop_hold(shop);
  shop_keep(shop, mpcc_batch_cancelled(batch)); /* long after the discard, too */
  return -6;
}

static void a_slot_s_discard_reaches_its_blocked_pump_and_what_waits_behind_it(void **state)
{
  (void)state;
  shop_t *shop = shop_timed(2, 1, 0);
  shop->work = hold_then_tell_whether_cancelled;
  shop_push(shop, 0, 0, 4);
  shop_await_inside(shop, 1);
  shop_push(shop, 1, 4, 2);
  shop_push(shop, 2, 6, 2);
  shop_nap_ms(10);

  assert_int_equal(mpcc_discard(shop->mpcc, 0), 0);
  assert_int_equal(mpcc_discard(shop->mpcc, 1), 0);
  shop_push(shop, 0, 8, 2); /* after the discard: untouched */
  shop_await(shop, CALL_DROP, 2);
  shop_await(shop, CALL_CANCEL, 1);
  shop_door(shop, true);
  shop_await_delivered(shop, 4);
  shop_drain(shop);

  assert_int_equal(shop->got_count, 1);
  assert_int_equal(shop->got[0], true);
  assert_int_equal(shop->counts[CALL_CANCEL], 1);
  assert_int_equal(shop->counts[CALL_PUMP], 3);
  for (size_t i = 1; i < 3; i++)
    assert_false(shop_nth(shop, CALL_PUMP, i)->cancelled);
  for (uint64_t item = 0; item < 10; item++)
    assert_int_equal(shop->dropped[item], item < 6);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(shop_nth(shop, CALL_DROP, i)->reason, i < 2 ? MPCC_ECANCELED : -6);
  shop_check(shop, 4, 6, 0);
  shop_close(shop);
}

/* -- Waiting inside a pump ---------------------------------------------------------------- */

static int wait_in_every_way(shop_t *shop, mpcc_batch_t *batch)
{
  uint64_t items[] = {100, 101, 102};
  if (batch->slot != 0)
    return 0;
  shop_hold(shop);
  shop_keep(shop, mpcc_push_wait(shop->mpcc, &items[0], 1, MPCC_NO_TIMEOUT));
  shop_keep(shop, mpcc_push_wait(shop->mpcc, &items[1], 1, MPCC_NO_TIMEOUT));
  shop_keep(shop, mpcc_push_wait(shop->mpcc, &items[2], 0, 0));
  shop_keep(shop, mpcc_push_wait(shop->mpcc, &items[2], 0, 20)); /* only this pump makes room */
  shop_keep(shop, mpcc_flush_wait(shop->mpcc, 1, MPCC_NO_TIMEOUT));
  shop_keep(shop, mpcc_flush_wait(shop->mpcc, 0, 20));
  shop_keep(shop, mpcc_wait(shop->mpcc, 20));
  shop_keep(shop, mpcc_complete(shop->mpcc, MPCC_DRAIN, shop_on_complete, shop));
  shop_keep(shop, mpcc_wait(shop->mpcc, 0));
  shop_keep(shop, mpcc_wait(shop->mpcc, 20));
  shop_keep(shop, mpcc_push_wait(shop->mpcc, &items[2], 0, MPCC_NO_TIMEOUT));
  return 0;
}

static void a_pump_on_a_worker_may_wait(void **state)
{
  (void)state;
  static const int expected[] = {
    0, 0, MPCC_ETIMEDOUT, MPCC_ETIMEDOUT, 0, MPCC_ETIMEDOUT, MPCC_ESTATE, 0, MPCC_ETIMEDOUT,
    MPCC_ETIMEDOUT, MPCC_ECLOSED,
  };
  mpcc_options_t options;
  shop_options(&options, 1, 2);
  options.capacity = 1;
  shop_t *shop = shop_open(&options);
  shop_start(shop);
  shop->work = wait_in_every_way;
  uint64_t second = 1;

  shop_push(shop, 0, 0, 1);
  shop_await_inside(shop, 1);
  assert_int_equal(mpcc_push_wait(shop->mpcc, &second, 0, MPCC_NO_TIMEOUT), 0);
  shop_door(shop, true);
  shop_await(shop, CALL_COMPLETE, 1);
  assert_int_equal(mpcc_wait(shop->mpcc, MPCC_NO_TIMEOUT), 0);

  /* The second batch of slot 0 went the same way, in a closed instance. */
  assert_int_equal(shop->got_count, 22);
  for (size_t i = 0; i < 11; i++)
    assert_int_equal(shop->got[i], expected[i]);
  shop_check(shop, 4, 0, 0);
  shop_close(shop);
}

static int complete_inside(shop_t *shop, mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;
  static const int modes[] = {MPCC_DRAIN, MPCC_DISCARD, MPCC_ABANDON};
  int mode = modes[items[0] / 100 % 3];
  shop_keep(shop, mpcc_complete(shop->mpcc, mode, shop_on_complete, shop));
  return 0;
}

static void a_pump_on_a_worker_may_complete_in_every_mode(void **state)
{
  (void)state;
  for (uint64_t mode = 0; mode < 3; mode++) {
    shop_t *shop = shop_run(2, 1);
    shop->work = complete_inside;

    shop_push(shop, 0, 100 * mode, 2);
    shop_await(shop, CALL_COMPLETE, 1);

    assert_int_equal(mpcc_wait(shop->mpcc, MPCC_NO_TIMEOUT), 0);
    assert_int_equal(shop->got[0], 0);
    mpcc_stats_t stats = shop_stats(shop);
    assert_int_equal(stats.dropped, 0);
    assert_int_equal(stats.delivered + stats.orphaned, 2);
    assert_true(mode == 2 || stats.orphaned == 0);
    shop_close(shop);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_timeout_cancels_a_blocked_pump_once_on_the_loop_s_thread),
    cmocka_unit_test(the_time_counts_from_the_call_of_the_pump_not_from_waiting_for_a_worker),
    cmocka_unit_test(a_batch_that_failed_by_its_timeout_is_tried_again_uncancelled),
    cmocka_unit_test(a_done_may_meet_its_cancel),
    cmocka_unit_test(a_drain_cancels_no_pump_and_a_discard_cancels_all),
    cmocka_unit_test(batches_behind_busy_workers_are_dropped_by_a_discard),
    cmocka_unit_test(a_slot_s_discard_reaches_its_blocked_pump_and_what_waits_behind_it),
    cmocka_unit_test(a_pump_on_a_worker_may_wait),
    cmocka_unit_test(a_pump_on_a_worker_may_complete_in_every_mode),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
