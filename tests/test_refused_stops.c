/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* A stop needs nothing of the system: no memory, no descriptor, in every mode, however busy. */

#include "workshop.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include "purse.h"

enum { BATCH = 4, ITEMS = SHOP_SLOTS * 5 * BATCH + 3 };

/* What hung pumps give back late must find its purse. */
static purse_t purse;
static mpcc_allocator_t allocator;

/* The number that the next descriptor would get: it grows if one was left open. */
static int next_descriptor(void)
{
  int descriptor = open("/dev/null", O_RDONLY);
  assert_true(descriptor >= 0);
  close(descriptor);
  return descriptor;
}

/* What a stop runs under: no descriptor but those that are open, no memory. */
static struct rlimit take_everything_away(void)
{
  struct rlimit before, now;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  now = before;
  now.rlim_cur = (rlim_t)next_descriptor();
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
  purse_refuse(&purse, 1, true);
  return before;
}

static void give_everything_back(const struct rlimit *before)
{
  purse_refuse(&purse, 0, false);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, before), 0);
}

static uint64_t asked(void)
{
  pthread_mutex_lock(&purse.mutex);
  uint64_t count = purse.asked;
  pthread_mutex_unlock(&purse.mutex);
  return count;
}

/* Slot 0 hangs, 1 stays pending, 2 and 3 fail (2 waits for another try, 3 is split), others go. */
static int behave_by_slot(shop_t *shop, mpcc_batch_t *batch)
{
  if (batch->slot == 0)
    shop_hold(shop);
  if (batch->slot == 1)
    return MPCC_PENDING;
  return batch->slot == 2 ? -2 : batch->slot == 3 && batch->count > 1 ? -3 : 0;
}

/* On the loop's thread nothing may hang. */
static int behave_by_slot_on_the_loop(shop_t *shop, mpcc_batch_t *batch)
{
  (void)shop;
  return batch->slot < 2 ? MPCC_PENDING : batch->slot == 2 ? -2 : 0;
}

static shop_t *busy_shop(mpcc_options_t *options)
{
  purse_open(&purse, &allocator);
  options->allocator = &allocator;
  options->max_attempts = 2;
  options->retry_delay_ms = 2;
  options->isolate_failures = true;
  options->pump_timeout_ms = 50;
  shop_t *shop = shop_open(options);
  shop->work = options->pump_on == MPCC_PUMP_ON_WORKER ? behave_by_slot
                                                       : behave_by_slot_on_the_loop;
  return shop;
}

static void push_everything(shop_t *shop)
{
  for (uint64_t item = 0; item < ITEMS; item++)
    shop_push(shop, (uint32_t)(item / BATCH % SHOP_SLOTS), item, 1);
}

static bool nothing_is_left(void *arg)
{
  return mpcc_wait(((shop_t *)arg)->mpcc, 0) == 0;
}

/* Answers what is pending until the end has come; a second answer is told apart. */
static bool ends_while_answered(void *arg)
{
  shop_t *shop = arg;
  size_t pumps = shop_count(shop, CALL_PUMP);
  for (size_t i = 0; i < pumps; i++) {
    const shop_note_t *call = shop_nth(shop, CALL_PUMP, i);
    if (call->slot < 2)
      (void)mpcc_batch_done_id(shop->mpcc, call->id, 0);
  }
  return nothing_is_left(shop);
}

/* With neither memory nor descriptors until the end is there. */
static void stop_with_nothing(shop_t *shop, int mode, pthread_t *loop_thread)
{
  struct rlimit before = take_everything_away();
  uint64_t asked_before = asked();

  int completed = mpcc_complete(shop->mpcc, mode, shop_on_complete, shop);
  if (mode != MPCC_ABANDON)
    shop_door(shop, true);
  bool ended = crew_await(mode == MPCC_ABANDON ? nothing_is_left : ends_while_answered, shop);
  if (loop_thread != NULL)
    pthread_join(*loop_thread, NULL);
  uint64_t asked_after = asked();
  give_everything_back(&before);

  assert_int_equal(completed, 0);
  assert_true(ended);
  assert_true(asked_after == asked_before || RIG_INGRESS);
}

/* Abandoned batches answered late take their memory along. */
static void answer_late(shop_t *shop)
{
  for (size_t i = 0; i < shop->counts[CALL_PUMP]; i++) {
    const shop_note_t *call = shop_nth(shop, CALL_PUMP, i);
    if (call->slot < 2)
      (void)mpcc_batch_done_id(shop->mpcc, call->id, 0);
  }
}

static bool purse_is_whole(void *arg)
{
  (void)arg;
  pthread_mutex_lock(&purse.mutex);
  bool whole = purse.live == 0;
  pthread_mutex_unlock(&purse.mutex);
  return whole;
}

static void end(shop_t *shop)
{
  mpcc_stats_t stats = shop_stats(shop);
  assert_int_equal(stats.pushed, ITEMS);
  shop_check(shop, stats.delivered, stats.dropped, ITEMS - stats.delivered - stats.dropped);
  shop_door(shop, true);
  shop_await_inside(shop, 0);
  answer_late(shop);
  assert_int_equal(mpcc_destroy(shop->mpcc), 0);
  shop->mpcc = NULL;
  assert_true(crew_await(purse_is_whole, NULL));
  shop_close(shop);
  assert_true(purse_close(&purse));
}

static void an_own_loop_stops_with_neither_memory_nor_descriptors(void **state)
{
  (void)state;
  shop_close(shop_run(1, 1)); /* what libuv keeps for a process is open from here on */
  int first_free = next_descriptor();
  for (int kind = 0; kind < 12; kind++) {
    mpcc_options_t options;
    shop_options(&options, BATCH, 3);
    options.pump_on = kind / 6 == 0 ? MPCC_PUMP_ON_LOOP : MPCC_PUMP_ON_WORKER;
    options.capacity = kind / 3 % 2 == 0 ? 0 : 10 * BATCH;
    shop_t *shop = busy_shop(&options);
    shop_start(shop);
    push_everything(shop);
    shop_await(shop, CALL_PUMP, 6);

    stop_with_nothing(shop, kind % 3, NULL);

    end(shop);
    assert_int_equal(next_descriptor(), first_free);
  }
}

static void *run_loop(void *loop)
{
  uv_run(loop, UV_RUN_DEFAULT);
  return NULL;
}

static void on_a_user_s_loop_it_stops_with_neither_memory_nor_descriptors(void **state)
{
  (void)state;
  shop_close(shop_run(1, 1));
  int first_free = next_descriptor();
  for (int kind = 0; kind < 6; kind++) {
    uv_loop_t loop;
    pthread_t thread;
    assert_int_equal(uv_loop_init(&loop), 0);
    mpcc_options_t options;
    shop_options(&options, BATCH, 3);
    options.loop = &loop;
    options.pump_on = kind / 3 == 0 ? MPCC_PUMP_ON_LOOP : MPCC_PUMP_ON_WORKER;
    shop_t *shop = busy_shop(&options);
    shop_start(shop);
    assert_int_equal(pthread_create(&thread, NULL, run_loop, &loop), 0);
    push_everything(shop);
    shop_await(shop, CALL_PUMP, 6);

    stop_with_nothing(shop, kind % 3, &thread);

    assert_int_equal(uv_loop_close(&loop), 0);
    end(shop);
    assert_int_equal(next_descriptor(), first_free);
  }
}

/* From DRAIN to DISCARD to ABANDON, each timed out, with nothing to be had. */
static void the_three_stages_of_a_stop_need_nothing_either(void **state)
{
  (void)state;
  mpcc_options_t options;
  shop_options(&options, BATCH, 3);
  options.pump_on = MPCC_PUMP_ON_WORKER;
  shop_t *shop = busy_shop(&options);
  shop_start(shop);
  push_everything(shop);
  shop_await(shop, CALL_PUMP, 6);

  struct rlimit before = take_everything_away();
  uint64_t asked_before = asked();
  int results[6] = {0};
  for (int mode = MPCC_DRAIN; mode <= MPCC_ABANDON; mode++) {
    results[2 * mode] = mpcc_complete(shop->mpcc, mode, NULL, NULL);
    results[2 * mode + 1] = mpcc_wait(shop->mpcc, mode == MPCC_ABANDON ? MPCC_NO_TIMEOUT : 30);
  }
  uint64_t asked_after = asked();
  give_everything_back(&before);

  static const int expected[6] = {0, MPCC_ETIMEDOUT, 0, MPCC_ETIMEDOUT, 0, 0};
  for (size_t i = 0; i < 6; i++)
    assert_int_equal(results[i], expected[i]);
  assert_true(asked_after == asked_before || RIG_INGRESS);
  end(shop);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_own_loop_stops_with_neither_memory_nor_descriptors),
    cmocka_unit_test(on_a_user_s_loop_it_stops_with_neither_memory_nor_descriptors),
    cmocka_unit_test(the_three_stages_of_a_stop_need_nothing_either),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
