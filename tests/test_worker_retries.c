/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Batches that are tried again, or split, on workers: discarded while they wait for a worker once
   more, and abandoned in the middle of a later try. */

#include "workshop.h"

#include <uv.h>

/* On a loop that turns when the test says so, with one worker: first comes what fails in slot 0,
   then what keeps the worker in slot 1, then slot 0 again. */
struct hall {
  uv_loop_t loop;
  shop_t *shop;
};

static void turn(struct hall *hall)
{
  for (int i = 0; i < 8; i++)
    (void)uv_run(&hall->loop, UV_RUN_NOWAIT);
}

static int fail_behind_the_door(shop_t *shop, mpcc_batch_t *batch)
{
  bool fails = batch->slot == 0;
  shop_hold(shop);
  if (fails)
    shop_door(shop, false); /* for slot 1 */
  return fails ? -5 : 0;
}

static void hall_open(struct hall *hall, mpcc_options_t *options)
{
  assert_int_equal(uv_loop_init(&hall->loop), 0);
  options->loop = &hall->loop;
  options->retry_delay_ms = 0;
  hall->shop = shop_open(options);
  hall->shop->work = fail_behind_the_door;
  shop_start(hall->shop);
}

/* The batch of slot 0 has failed once, and is in line for the worker, which slot 1 keeps. */
static void hall_let_fail(struct hall *hall, size_t count)
{
  shop_t *shop = hall->shop;
  shop_push(shop, 0, 0, count);
  turn(hall);
  shop_await(shop, CALL_PUMP, 1);
  shop_push(shop, 1, 100, count);
  turn(hall);
  assert_int_equal(shop_stats(shop).in_flight, 2);
  shop_door(shop, true);
  shop_await(shop, CALL_PUMP, 2);
  assert_int_equal(shop_nth(shop, CALL_PUMP, 1)->slot, 1);
  turn(hall);
  assert_int_equal(shop_stats(shop).in_flight, 2);
  assert_int_equal(shop_count(shop, CALL_DROP), 0);
}

static void hall_close(struct hall *hall, uint64_t delivered, uint64_t dropped)
{
  shop_t *shop = hall->shop;
  shop_door(shop, true);
  shop_complete(shop, MPCC_DRAIN);
  (void)uv_run(&hall->loop, UV_RUN_DEFAULT);
  assert_int_equal(mpcc_wait(shop->mpcc, 0), 0);
  shop_check(shop, delivered, dropped, 0);
  assert_int_equal(mpcc_destroy(shop->mpcc), 0);
  shop->mpcc = NULL;
  shop_close(shop);
  assert_int_equal(uv_loop_close(&hall->loop), 0);
}

static void a_try_that_no_worker_has_begun_is_as_if_it_had_not_been(void **state)
{
  (void)state;
  struct hall hall;
  mpcc_options_t options;
  shop_options(&options, 3, 1);
  options.max_attempts = 3;
  hall_open(&hall, &options);
  hall_let_fail(&hall, 3);
  uint64_t first_id = shop_nth(hall.shop, CALL_PUMP, 0)->id;

  assert_int_equal(mpcc_discard(hall.shop->mpcc, 0), 0);
  turn(&hall);

  assert_int_equal(shop_count(hall.shop, CALL_DROP), 1);
  const shop_note_t *drop = shop_nth(hall.shop, CALL_DROP, 0);
  assert_int_equal(drop->first, 0);
  assert_int_equal(drop->count, 3);
  assert_int_equal(drop->attempt, 1);
  assert_true(drop->id == first_id);
  assert_int_equal(drop->reason, MPCC_ECANCELED);
  assert_int_equal(shop_count(hall.shop, CALL_CANCEL), 0); /* nobody had it */
  assert_int_equal(shop_stats(hall.shop).retries, 0);
  assert_int_equal(mpcc_batch_done_id(hall.shop->mpcc, first_id, 0), MPCC_EALREADY);
  hall_close(&hall, 3, 3);
}

static void a_part_that_no_worker_has_begun_was_seen_with_the_others(void **state)
{
  (void)state;
  struct hall hall;
  mpcc_options_t options;
  shop_options(&options, 4, 1);
  options.isolate_failures = true;
  hall_open(&hall, &options);
  hall_let_fail(&hall, 4);
  uint64_t first_id = shop_nth(hall.shop, CALL_PUMP, 0)->id;

  assert_int_equal(mpcc_discard(hall.shop->mpcc, 0), 0);
  turn(&hall);

  uint64_t next = 0;
  for (size_t i = 0; i < shop_count(hall.shop, CALL_DROP); i++) {
    const shop_note_t *drop = shop_nth(hall.shop, CALL_DROP, i);
    assert_int_equal(drop->first, next);
    assert_int_equal(drop->attempt, 1);
    assert_true(drop->id == first_id);
    assert_int_equal(drop->reason, MPCC_ECANCELED);
    next += drop->count;
  }
  assert_int_equal(next, 4);
  hall_close(&hall, 4, 4);
}

static int fail_once_and_hang(shop_t *shop, mpcc_batch_t *batch)
{
  if (batch->attempt == 1)
    return -5;
  shop_hold(shop);
  return 0;
}

static void a_try_that_was_abandoned_counts_as_one(void **state)
{
  (void)state;
  mpcc_options_t options;
  shop_options(&options, 3, 1);
  options.max_attempts = 2;
  options.retry_delay_ms = 0;
  shop_t *shop = shop_open(&options);
  shop->work = fail_once_and_hang;
  shop_start(shop);
  shop_push(shop, 0, 0, 3);
  shop_await(shop, CALL_PUMP, 2);

  shop_complete(shop, MPCC_ABANDON);
  assert_int_equal(mpcc_wait(shop->mpcc, MPCC_NO_TIMEOUT), 0);

  assert_int_equal(shop_stats(shop).retries, 1);
  shop_check(shop, 0, 0, 3);
  shop_close(shop);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_try_that_no_worker_has_begun_is_as_if_it_had_not_been),
    cmocka_unit_test(a_part_that_no_worker_has_begun_was_seen_with_the_others),
    cmocka_unit_test(a_try_that_was_abandoned_counts_as_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
