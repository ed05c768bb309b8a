/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_flush_wait(): what it waits for and what not. A thread waits while the test steps. */

#include "crew.h"
#include "picks.h"
#include "purse.h"

enum { BATCH = 10 };

struct wish {
  rig_t *rig;
  uint32_t slot;
  uint64_t timeout_ms;
  sleeper_t sleeper;
};

static int flush_and_wait(void *arg)
{
  const struct wish *wish = arg;
  return mpcc_flush_wait(wish->rig->mpcc, wish->slot, wish->timeout_ms);
}

static void wait_flushed(struct wish *wish, rig_t *rig, uint32_t slot)
{
  wish->rig = rig;
  wish->slot = slot;
  wish->timeout_ms = MPCC_NO_TIMEOUT;
  sleeper_start(&wish->sleeper, flush_and_wait, wish);
}

/* Asks itself, too: a thread that was let go too early may take a while to show it. */
static bool is_settled(struct wish *wish)
{
  return mpcc_flush_wait(wish->rig->mpcc, wish->slot, 0) != MPCC_ETIMEDOUT ||
         sleeper_is_up(&wish->sleeper);
}

/* Pumps that answer later, intervals of an hour. */
static rig_t *rig_pending(uint32_t concurrency, uint32_t attempts)
{
  mpcc_options_t options;
  rig_options(&options, BATCH);
  options.slot_count = 3;
  options.push_interval_ms = 3600000;
  options.max_concurrency = concurrency;
  options.max_attempts = attempts;
  options.retry_delay_ms = 100;
  rig_t *rig = rig_open(&options);
  rig->answer = MPCC_PENDING;
  rig->forgot = attempts > 1; /* rig_close() can't add up tries */
  rig_start(rig);
  return rig;
}

static void flush_wait_wants_an_instance_and_a_slot_that_exists(void **state)
{
  (void)state;
  rig_t *rig = rig_pending(1, 1);
  assert_int_equal(mpcc_flush_wait(NULL, 0, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_flush_wait(rig->mpcc, UINT32_MAX - 1, MPCC_NO_TIMEOUT), MPCC_EINVAL);
  assert_int_equal(mpcc_flush_wait(rig->mpcc, 2, 0), 0);
  assert_int_equal(mpcc_flush_wait(rig->mpcc, MPCC_ALL_SLOTS, 0), 0);
  rig_close(rig);
}

static void flush_wait_answers_by_the_state_of_the_instance(void **state)
{
  (void)state;
  static const uint32_t slots[] = {0, MPCC_ALL_SLOTS};
  for (size_t k = 0; k < 2; k++) {
    mpcc_options_t options;
    rig_options(&options, BATCH);
    rig_t *rig = rig_open(&options);
    rig_push(rig, 0, 0, 3);
    assert_int_equal(mpcc_flush_wait(rig->mpcc, slots[k], MPCC_NO_TIMEOUT), MPCC_ESTATE);
    rig_start(rig);
    rig->answer = MPCC_PENDING;
    rig_step(rig, 1);
    assert_int_equal(rig_calls(rig), 0);
    assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
    assert_int_equal(mpcc_flush_wait(rig->mpcc, slots[k], MPCC_NO_TIMEOUT), MPCC_ECLOSED);
    rig_step(rig, 2);
    assert_int_equal(mpcc_flush_wait(rig->mpcc, slots[k], MPCC_NO_TIMEOUT), MPCC_ECLOSED);
    assert_int_equal(rig_done(rig, 0, 0), 0);
    rig_step(rig, 3);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
    assert_int_equal(mpcc_flush_wait(rig->mpcc, slots[k], MPCC_NO_TIMEOUT), MPCC_ECLOSED);
    rig_close(rig);
  }
}

static void wait_here(rig_t *rig)
{
  rig_keep(rig, mpcc_flush_wait(rig->mpcc, 0, MPCC_NO_TIMEOUT));
  rig_keep(rig, mpcc_flush_wait(rig->mpcc, 1, 0)); /* nothing is in it */
  rig_keep(rig, mpcc_flush_wait(rig->mpcc, MPCC_ALL_SLOTS, MPCC_NO_TIMEOUT));
}

static int wait_in_pump(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  wait_here(rig);
  return -1;
}

static void wait_in_drop(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)batch;
  (void)reason;
  wait_here(rig);
}

static void wait_at_the_end(rig_t *rig, mpcc_t *mpcc)
{
  (void)mpcc;
  wait_here(rig);
}

static void on_the_loop_s_thread_it_is_a_deadlock_whatever_the_state(void **state)
{
  (void)state;
  rig_t *rig = rig_pending(1, 1);
  rig->on_pump = wait_in_pump;
  rig->on_drop = wait_in_drop;
  rig->on_complete = wait_at_the_end;
  rig_push(rig, 0, 0, BATCH);
  rig_step(rig, 1);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 2);

  assert_int_equal(rig->got_count, 9);
  for (size_t i = 0; i < 9; i++)
    assert_int_equal(rig->got[i], MPCC_EDEADLK);
  rig_close(rig);
}

static void with_nothing_on_its_way_it_returns_at_once(void **state)
{
  (void)state;
  rig_t *rig = rig_pending(2, 1);
  assert_int_equal(mpcc_flush_wait(rig->mpcc, 0, MPCC_NO_TIMEOUT), 0);
  rig_push(rig, 0, 0, BATCH);
  rig_push(rig, 1, 0, 1);
  rig_step(rig, 1);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 2);

  assert_int_equal(mpcc_flush_wait(rig->mpcc, 0, MPCC_NO_TIMEOUT), 0);
  assert_int_equal(mpcc_flush_wait(rig->mpcc, 2, MPCC_NO_TIMEOUT), 0);
  assert_int_equal(mpcc_flush_wait(rig->mpcc, 1, 0), MPCC_ETIMEDOUT);
  assert_int_equal(mpcc_flush_wait(rig->mpcc, MPCC_ALL_SLOTS, 0), MPCC_ETIMEDOUT);
  rig_close(rig);
}

static void it_waits_for_what_is_queued_and_then_in_flight_and_for_no_interval(void **state)
{
  (void)state;
  rig_t *rig = rig_pending(1, 1);
  rig_push(rig, 0, 0, BATCH + 3);
  rig_step(rig, 1);
  struct wish wish;
  wait_flushed(&wish, rig, 0);

  bool early = is_settled(&wish);
  rig_step(rig, 2);
  int done = rig_done(rig, 0, 0);
  rig_step(rig, 3);
  early |= is_settled(&wish);
  size_t calls = rig_calls(rig);
  done |= rig_done(rig, 1, 0);
  rig_step(rig, 4);

  assert_int_equal(sleeper_join(&wish.sleeper), 0);
  assert_false(early);
  assert_int_equal(done, 0);
  assert_int_equal(calls, 2);
  assert_batch(rig, 1, 0, BATCH, 3, MPCC_DUE_FLUSH);
  rig_close(rig);
}

static void it_waits_for_the_oldest_also_if_younger_ones_are_done_before(void **state)
{
  (void)state;
  rig_t *rig = rig_pending(3, 1);
  rig_push(rig, 0, 0, 2 * BATCH + 5);
  struct wish wish;
  wait_flushed(&wish, rig, 0);
  rig_step(rig, 1);
  int done = rig_done(rig, 2, 0) | rig_done(rig, 1, 0);
  rig_step(rig, 2);
  bool early = is_settled(&wish);
  done |= rig_done(rig, 0, 0);
  rig_step(rig, 3);

  assert_int_equal(sleeper_join(&wish.sleeper), 0);
  assert_int_equal(done, 0);
  assert_false(early);
  rig_close(rig);
}

static void it_does_not_wait_for_what_is_pushed_after_it(void **state)
{
  (void)state;
  rig_t *rig = rig_pending(3, 1);
  rig_push(rig, 0, 0, BATCH);
  struct wish wish;
  wait_flushed(&wish, rig, 0);
  rig_push(rig, 0, BATCH, 2 * BATCH + 5);
  rig_push(rig, 1, 0, BATCH);
  rig_step(rig, 1);
  int done = rig_done(rig, pick(rig, CALL_PUMP, 0, 0), 0);
  rig_step(rig, 2);

  assert_int_equal(sleeper_join(&wish.sleeper), 0);
  assert_int_equal(done, 0);
  mpcc_stats_t stats = stats_of(rig, 0);
  assert_int_equal(stats.in_flight, 2);
  assert_int_equal(stats.queued, 5); /* and they are not flushed */
  rig_close(rig);
}

static void it_waits_for_retries_and_a_drop_is_a_fate(void **state)
{
  (void)state;
  for (int last = -5; last <= 0; last += 5) {
    rig_t *rig = rig_pending(1, 3);
    rig_push(rig, 0, 0, 4);
    struct wish wish;
    wait_flushed(&wish, rig, 0);
    bool early = false;
    uint64_t now = 1;
    rig_step(rig, now);
    for (size_t attempt = 0; attempt < 3; attempt++) {
      early |= is_settled(&wish);
      (void)rig_done(rig, attempt, attempt < 2 ? -4 : last);
      rig_step(rig, ++now);
      early |= attempt < 2 && is_settled(&wish);
      rig_step(rig, now += 1000);
    }

    assert_int_equal(sleeper_join(&wish.sleeper), 0);
    assert_false(early);
    assert_int_equal(rig_count(rig, CALL_PUMP), 3);
    assert_fates(rig, last == 0 ? 4 : 0, last == 0 ? 0 : 4, 0);
    rig_close(rig);
  }
}

static void a_discard_settles_what_it_waits_for(void **state)
{
  (void)state;
  rig_t *rig = rig_pending(1, 1);
  rig_push(rig, 0, 0, BATCH + 4);
  rig_step(rig, 1);
  struct wish wish;
  wait_flushed(&wish, rig, 0);
  int result = mpcc_discard(rig->mpcc, 0);
  rig_step(rig, 2);
  bool early = is_settled(&wish); /* one batch is still in flight */
  result |= rig_done(rig, 0, 0);
  rig_step(rig, 3);

  assert_int_equal(sleeper_join(&wish.sleeper), 0);
  assert_int_equal(result, 0);
  assert_false(early);
  assert_fates(rig, BATCH, 4, 0);
  rig_close(rig);
}

static void a_timeout_leaves_it_flushed_and_the_next_wait_succeeds(void **state)
{
  (void)state;
  rig_t *rig = rig_pending(1, 1);
  rig_push(rig, 0, 0, 4);
  uint64_t before_ms = crew_now_ms();
  assert_int_equal(mpcc_flush_wait(rig->mpcc, 0, 40), MPCC_ETIMEDOUT);
  /* Two clocks that are cut to milliseconds may differ by one. */
  assert_true(crew_now_ms() - before_ms >= 39);
  rig_step(rig, 1);
  assert_batch(rig, 0, 0, 0, 4, MPCC_DUE_FLUSH);

  assert_int_equal(mpcc_flush_wait(rig->mpcc, 0, 0), MPCC_ETIMEDOUT);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_step(rig, 2);
  assert_int_equal(mpcc_flush_wait(rig->mpcc, 0, 0), 0);
  rig_push(rig, 0, 4, 2);
  rig_step(rig, 3);
  assert_int_equal(rig_calls(rig), 1); /* it was flushed once */
  rig_close(rig);
}

static void a_timeout_close_to_for_ever_does_not_wrap(void **state)
{
  (void)state;
  rig_t *rig = rig_pending(1, 1);
  rig_push(rig, 0, 0, 4);
  struct wish wish = {rig, MPCC_ALL_SLOTS, UINT64_MAX - 1, {0}};
  sleeper_start(&wish.sleeper, flush_and_wait, &wish);
  bool early = sleeper_is_up(&wish.sleeper);
  rig->answer = 0;
  rig_step(rig, 1);

  assert_int_equal(sleeper_join(&wish.sleeper), 0);
  assert_false(early);
  rig_close(rig);
}

static void every_completion_ends_the_wait(void **state)
{
  (void)state;
  static const int modes[] = {MPCC_DRAIN, MPCC_DISCARD, MPCC_ABANDON};
  for (size_t k = 0; k < 3; k++) {
    rig_t *rig = rig_pending(1, 1);
    rig_push(rig, 0, 0, BATCH + 4);
    rig_push(rig, 1, 0, 2);
    rig_step(rig, 1);
    struct wish wishes[2];
    wait_flushed(&wishes[0], rig, 0);
    wait_flushed(&wishes[1], rig, MPCC_ALL_SLOTS);

    int result = rig_complete(rig, modes[k]);
    rig_step(rig, 2);
    bool early = modes[k] != MPCC_ABANDON && sleeper_is_up(&wishes[0].sleeper);
    int late = mpcc_batch_done(rig->calls[0].batch, 0);
    rig->answer = 0;
    rig_step(rig, 3);
    for (size_t i = 0; i < 3 && modes[k] == MPCC_DRAIN; i++)
      for (size_t n = 1; n < rig_calls(rig); n++, rig_step(rig, 4))
        (void)rig_done(rig, n, 0);

    assert_int_equal(sleeper_join(&wishes[0].sleeper), 0);
    assert_int_equal(sleeper_join(&wishes[1].sleeper), 0);
    rig_step(rig, 100); /* an end waits for calls that are under way */
    assert_int_equal(result, 0);
    assert_false(early);
    assert_int_equal(late, modes[k] == MPCC_ABANDON ? MPCC_ECLOSED : 0);
    assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
    mpcc_stats_t stats = stats_of(rig, MPCC_ALL_SLOTS);
    assert_int_equal(stats.delivered + stats.dropped + stats.orphaned, BATCH + 6);
    assert_int_equal(stats.orphaned, modes[k] == MPCC_ABANDON ? BATCH : 0);
    assert_int_equal(mpcc_destroy(rig->mpcc), 0);
    rig->mpcc = NULL;
    rig_close(rig);
  }
}

static void waiting_asks_the_allocator_of_a_bounded_instance_for_nothing(void **state)
{
  (void)state;
  purse_t purse;
  mpcc_allocator_t allocator;
  purse_open(&purse, &allocator);
  mpcc_options_t options;
  rig_options(&options, BATCH);
  options.capacity = 2 * BATCH;
  options.allocator = &allocator;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig_push(rig, 0, 0, 7);
  uint64_t calls = purse_calls(&purse);
  struct wish wish;
  wait_flushed(&wish, rig, 0);
  rig_step(rig, 1);

  assert_int_equal(sleeper_join(&wish.sleeper), 0);
  assert_int_equal(purse_calls(&purse), calls);
  rig_close(rig);
  assert_true(purse_close(&purse));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(flush_wait_wants_an_instance_and_a_slot_that_exists),
    cmocka_unit_test(flush_wait_answers_by_the_state_of_the_instance),
    cmocka_unit_test(on_the_loop_s_thread_it_is_a_deadlock_whatever_the_state),
    cmocka_unit_test(with_nothing_on_its_way_it_returns_at_once),
    cmocka_unit_test(it_waits_for_what_is_queued_and_then_in_flight_and_for_no_interval),
    cmocka_unit_test(it_waits_for_the_oldest_also_if_younger_ones_are_done_before),
    cmocka_unit_test(it_does_not_wait_for_what_is_pushed_after_it),
    cmocka_unit_test(it_waits_for_retries_and_a_drop_is_a_fate),
    cmocka_unit_test(a_discard_settles_what_it_waits_for),
    cmocka_unit_test(a_timeout_leaves_it_flushed_and_the_next_wait_succeeds),
    cmocka_unit_test(a_timeout_close_to_for_ever_does_not_wrap),
    cmocka_unit_test(every_completion_ends_the_wait),
    cmocka_unit_test(waiting_asks_the_allocator_of_a_bounded_instance_for_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
