/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* MPCC_ABANDON with pumps that hang in workers: the end comes all the same. */

#include "workshop.h"

#include <sched.h>
#include <uv.h>

#include "purse.h"

/* What hung pumps give back late must find its purse: it lives as long as the program. */
static purse_t purse;
static mpcc_allocator_t allocator;

static void fed_options(mpcc_options_t *options, uint32_t batch_size, uint32_t workers)
{
  purse_open(&purse, &allocator);
  shop_options(options, batch_size, workers);
  options->allocator = &allocator;
}

static bool purse_is_whole(void *arg)
{
  (void)arg;
  pthread_mutex_lock(&purse.mutex);
  bool whole = purse.live == 0;
  pthread_mutex_unlock(&purse.mutex);
  return whole;
}

static void abandon(shop_t *shop)
{
  shop_complete(shop, MPCC_ABANDON);
  assert_int_equal(mpcc_wait(shop->mpcc, MPCC_NO_TIMEOUT), 0);
}

static void destroy(shop_t *shop)
{
  assert_int_equal(mpcc_destroy(shop->mpcc), 0);
  shop->mpcc = NULL;
}

/* Lets the hung pumps go, and sees every block come back, once. */
static void close_late(shop_t *shop)
{
  shop_door(shop, true);
  assert_true(crew_await(purse_is_whole, NULL));
  assert_int_equal(purse.strangers, 0);
  shop_close(shop);
  assert_true(purse_close(&purse));
}

/* Two pumps hang; batches wait behind them for a worker, and items behind these. */
static shop_t *shop_that_hangs(mpcc_options_t *options)
{
  shop_t *shop = shop_open(options);
  shop->work = shop_hold_and_answer;
  shop_start(shop);
  shop_push(shop, 0, 0, 2);
  shop_push(shop, 1, 2, 2);
  shop_await_inside(shop, 2);
  for (uint32_t slot = 0; slot < 4; slot++)
    shop_push(shop, slot, 10 + 5 * slot, 5);
  shop_nap_ms(5);
  return shop;
}

static void an_abandon_does_not_wait_for_pumps_that_hang(void **state)
{
  (void)state;
  mpcc_options_t options;
  fed_options(&options, 2, 2);
  shop_t *shop = shop_that_hangs(&options);
  uint64_t before_ms = crew_now_ms();

  abandon(shop);

  assert_int_equal(shop_inside(shop), 2);
  assert_int_equal(shop->counts[CALL_PUMP], 2);
  assert_int_equal(shop->counts[CALL_CANCEL], 2);
  pthread_t loop = shop_nth(shop, CALL_COMPLETE, 0)->thread;
  for (size_t i = 0; i < shop->note_count; i++) {
    const shop_note_t *note = &shop->notes[i];
    assert_int_equal(note->kind != CALL_PUMP, pthread_equal(note->thread, loop) != 0);
    if (note->kind == CALL_DROP) {
      assert_int_equal(note->reason, MPCC_ECANCELED);
      assert_int_equal(note->attempt, 0);
    }
  }
  shop_check(shop, 0, 20, 4);
  mpcc_batch_t *batches[2];
  for (size_t i = 0; i < 2; i++)
    batches[i] = shop_nth(shop, CALL_PUMP, i)->batch;
  destroy(shop);
  assert_true(crew_now_ms() - before_ms < 60000); /* it did not wait for a door that is shut */
  for (size_t i = 0; i < 2; i++)
    assert_true(mpcc_batch_cancelled(batches[i]));
  assert_int_equal(shop_inside(shop), 2);
  close_late(shop);
}

static void a_drain_and_a_discard_that_time_out_lead_to_an_abandon_that_ends(void **state)
{
  (void)state;
  mpcc_options_t options;
  fed_options(&options, 2, 2);
  options.capacity = 20;
  shop_t *shop = shop_that_hangs(&options);

  shop_complete(shop, MPCC_DRAIN);
  assert_int_equal(mpcc_wait(shop->mpcc, 20), MPCC_ETIMEDOUT);
  assert_int_equal(shop_count(shop, CALL_CANCEL), 0);
  shop_complete(shop, MPCC_DISCARD);
  assert_int_equal(mpcc_wait(shop->mpcc, 20), MPCC_ETIMEDOUT);
  abandon(shop);

  assert_int_equal(shop->counts[CALL_CANCEL], 2); /* by the discard, and not again */
  assert_int_equal(shop->counts[CALL_COMPLETE], 1);
  shop_check(shop, 0, 20, 4);
  destroy(shop);
  close_late(shop);
}

static int poll_until_cancelled_and_destroyed(shop_t *shop, mpcc_batch_t *batch)
{
  uint64_t first = *(const uint64_t *)batch->items;
  while (!mpcc_batch_cancelled(batch))
    shop_nap_ms(1);
  shop_hold(shop);
  shop_keep(shop, mpcc_batch_cancelled(batch) ? 1 : 0);
  shop_keep(shop, *(const volatile uint64_t *)batch->items == first && batch->count == 2);
  /* By itself, by its return, or (slot 2) by someone else later. */
  if (batch->slot == 0)
    shop_keep(shop, mpcc_batch_done(batch, 0) == MPCC_ECLOSED);
  return shop->answer;
}

static void a_hung_pump_keeps_its_batch_after_destroy(void **state)
{
  (void)state;
  static const int answers[] = {0, -5, MPCC_PENDING};
  for (size_t k = 0; k < 3; k++) {
    mpcc_options_t options;
    fed_options(&options, 2, 2);
    shop_t *shop = shop_open(&options);
    shop->work = poll_until_cancelled_and_destroyed;
    shop->answer = answers[k];
    shop_start(shop);
    shop_push(shop, 0, 0, 2);
    shop_push(shop, 1, 2, 2);
    shop_await_inside(shop, 2);
    abandon(shop);
    destroy(shop);

    shop_door(shop, true);
    shop_await_inside(shop, 0);

    assert_int_equal(shop->got_count, 5);
    for (size_t i = 0; i < 5; i++)
      assert_int_equal(shop->got[i], 1);
    if (answers[k] == MPCC_PENDING)
      for (size_t i = 0; i < 2; i++) {
        const shop_note_t *call = shop_nth(shop, CALL_PUMP, i);
        if (call->slot == 1) /* still its own, though the pump has returned */
          assert_int_equal(mpcc_batch_done(call->batch, 0), MPCC_ECLOSED);
      }
    close_late(shop);
  }
}

static int hold_and_done(shop_t *shop, mpcc_batch_t *batch)
{
  shop_hold(shop);
  shop_keep(shop, mpcc_batch_done(batch, 0));
  return shop->answer;
}

/* The memory goes with the late done; the pump that made it still has to return. */
static void a_hung_pump_may_finish_its_batch_and_then_return(void **state)
{
  (void)state;
  static const int answers[] = {0, -5, MPCC_PENDING};
  for (size_t k = 0; k < 6; k++) {
    mpcc_options_t options;
    fed_options(&options, 2, 1);
    shop_t *shop = shop_open(&options);
    shop->work = k < 3 ? hold_and_done : shop_hold_and_answer;
    shop->answer = answers[k % 3];
    shop_start(shop);
    shop_push(shop, 0, 0, 2);
    shop_await_inside(shop, 1);
    abandon(shop);
    destroy(shop);

    if (k >= 3) /* and the same, when somebody else did */
      assert_int_equal(mpcc_batch_done(shop_nth(shop, CALL_PUMP, 0)->batch, 0), MPCC_ECLOSED);
    shop_door(shop, true);
    shop_await_inside(shop, 0);

    assert_true(k >= 3 || shop->got[0] == MPCC_ECLOSED);
    close_late(shop);
  }
}

static int done_and_hold(shop_t *shop, mpcc_batch_t *batch)
{
  int result = mpcc_batch_done(batch, 0);
  shop_hold(shop);
  return result;
}

static void a_pump_that_hangs_after_its_done_leaves_no_orphan(void **state)
{
  (void)state;
  for (int drains = 0; drains < 2; drains++) {
    mpcc_options_t options;
    fed_options(&options, 2, 2);
    shop_t *shop = shop_open(&options);
    shop->work = done_and_hold;
    shop_start(shop);
    shop_push(shop, 0, 0, 2);
    shop_await_delivered(shop, 2);

    if (drains != 0) { /* nothing is left but that pump, and the loop must hear of the abandon */
      shop_complete(shop, MPCC_DRAIN);
      assert_int_equal(mpcc_wait(shop->mpcc, 20), MPCC_ETIMEDOUT);
    }
    abandon(shop);

    assert_int_equal(shop_inside(shop), 1);
    assert_int_equal(shop->counts[CALL_CANCEL], 0);
    shop_check(shop, 2, 0, 0);
    destroy(shop);
    close_late(shop);
  }
}

static int hold_below_9000(shop_t *shop, mpcc_batch_t *batch)
{
  if (*(const uint64_t *)batch->items < 9000)
    shop_hold(shop);
  return 0;
}

static void every_life_has_new_workers_for_those_that_hang(void **state)
{
  (void)state;
  enum { LIVES = 12 };
  for (size_t capacity = 0; capacity <= 16; capacity += 16) {
    mpcc_options_t options;
    fed_options(&options, 2, 2);
    options.capacity = capacity;
    shop_t *shop = shop_open(&options);
    shop->work = hold_below_9000;

    for (uint64_t life = 0; life < LIVES; life++) {
      shop_start(shop);
      for (uint32_t slot = 0; slot < 3; slot++)
        shop_push(shop, slot, 100 * life + 10 * slot, 4);
      shop_await_inside(shop, (unsigned)(2 * (life + 1)));
      abandon(shop);
    }

    shop_check(shop, 0, LIVES * 8, LIVES * 4);
    assert_int_equal(shop->counts[CALL_CANCEL], 2 * LIVES);
    shop_start(shop);
    shop_push(shop, 0, 9000, 2);
    shop_await_delivered(shop, 2); /* while all the others hang */
    shop_drain(shop);
    destroy(shop);
    close_late(shop);
  }
}

static void *run_loop(void *loop)
{
  uv_run(loop, UV_RUN_DEFAULT);
  return NULL;
}

static void a_user_s_loop_closes_while_pumps_hang(void **state)
{
  (void)state;
  uv_loop_t loop;
  assert_int_equal(uv_loop_init(&loop), 0);
  mpcc_options_t options;
  fed_options(&options, 2, 2);
  options.loop = &loop;
  shop_t *shop = shop_open(&options);
  shop->work = shop_hold_and_answer;
  shop_start(shop);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, run_loop, &loop), 0);
  shop_push(shop, 0, 0, 4);
  shop_await_inside(shop, 1);

  shop_complete(shop, MPCC_ABANDON);
  pthread_join(thread, NULL);

  assert_int_equal(mpcc_wait(shop->mpcc, 0), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
  assert_int_equal(shop_inside(shop), 1);
  shop_check(shop, 0, 2, 2);
  destroy(shop);
  close_late(shop);
}

static void hung_pumps_and_their_returns_meet_abandon_and_destroy(void **state)
{
  (void)state;
  for (uint64_t lap = 0; lap < 300; lap++) {
    mpcc_options_t options;
    fed_options(&options, 2, 3);
    shop_t *shop = shop_open(&options);
    shop->work = shop_hold_and_answer;
    shop->answer = lap % 4 == 0 ? -5 : 0;
    shop_start(shop);
    for (uint32_t slot = 0; slot < 5; slot++)
      shop_push(shop, slot, 10 * slot, 4);
    shop_await_inside(shop, 3);

    shop_door(shop, true);
    for (uint64_t i = 0; i < lap % 50; i++)
      sched_yield();
    abandon(shop);
    mpcc_stats_t stats = shop_stats(shop);
    assert_int_equal(stats.pushed, 20);
    shop_check(shop, stats.delivered, stats.dropped, 20 - stats.delivered - stats.dropped);
    destroy(shop);
    close_late(shop);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_abandon_does_not_wait_for_pumps_that_hang),
    cmocka_unit_test(a_drain_and_a_discard_that_time_out_lead_to_an_abandon_that_ends),
    cmocka_unit_test(a_hung_pump_keeps_its_batch_after_destroy),
    cmocka_unit_test(a_hung_pump_may_finish_its_batch_and_then_return),
    cmocka_unit_test(a_pump_that_hangs_after_its_done_leaves_no_orphan),
    cmocka_unit_test(every_life_has_new_workers_for_those_that_hang),
    cmocka_unit_test(a_user_s_loop_closes_while_pumps_hang),
    cmocka_unit_test(hung_pumps_and_their_returns_meet_abandon_and_destroy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
