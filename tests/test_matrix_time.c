/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Rows of docs/FAULTS.md about time: the next step that is wanted, loops that stall, a pump that is
   slow, a wall clock that jumps. */

#include "harness.h"

#include <pthread.h>
#include <time.h>

#include "crew.h"

/* -- A wall clock that jumps -------------------------------------------------------------- */

#if defined(__linux__) && defined(__LP64__)
#define WALL_CLOCK_JUMPS
#include <sys/syscall.h>

long syscall(long number, ...);

static atomic_uint looks; /* at the wall clock */

/* In place of the C library's, for this program and all the libraries that it loads. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
  const time_t year = 365 * 24 * 3600;
  int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (result != 0 || clock != CLOCK_REALTIME)
    return result;
  bool even = atomic_fetch_add_explicit(&looks, 1, memory_order_relaxed) % 2 == 0;
  now->tv_sec += even ? year : -year;
  return 0;
}
#endif

static bool time_has_come(void *arg)
{
  return crew_now_ms() >= *(const uint64_t *)arg;
}

static void pass_ms(uint64_t duration_ms)
{
  uint64_t end_ms = crew_now_ms() + duration_ms;
  assert_true(crew_await(time_has_come, &end_ms));
}

static rig_t *rig_own(uint32_t slots, uint64_t interval_ms)
{
  mpcc_options_t options;
  rig_options(&options, 100);
  options.manual = false;
  options.slot_count = slots;
  options.push_interval_ms = interval_ms;
  options.capacity = 4;
  return rig_open(&options);
}

static void a_wall_clock_that_jumps_by_years_changes_nothing(void **state)
{
  (void)state;
  needs_ticks();
#ifdef WALL_CLOCK_JUMPS
  struct timespec first, second;
  assert_int_equal(clock_gettime(CLOCK_REALTIME, &first), 0);
  assert_int_equal(clock_gettime(CLOCK_REALTIME, &second), 0);
  if (first.tv_sec - second.tv_sec < 3600 && second.tv_sec - first.tv_sec < 3600)
    fail_msg("the wall clock does not jump: nothing would be proven");

  rig_t *short_one = rig_own(1, 20), *long_one = rig_own(1, 3600000);
  uint64_t item = 0;
  rig_start(short_one);
  rig_start(long_one);
  rig_push(long_one, 0, 0, 3);
  for (size_t i = 0; i < 5; i++) {
    uint64_t begin_ms = crew_now_ms();
    rig_push(short_one, 0, i, 1);
    assert_true(rig_await_calls(short_one, i + 1));
    assert_true(crew_now_ms() - begin_ms >= 18); /* each clock may be cut to milliseconds */
    assert_batch(short_one, i, 0, i, 1, MPCC_DUE_INTERVAL);
    assert_in_range(short_one->calls[i].waited_ms, 18, crew_now_ms() - begin_ms + 2);
  }
  rig_push(long_one, 0, 3, 1);
  assert_true(rig_await_calls(long_one, 1)); /* at its capacity */
  assert_batch(long_one, 0, 0, 0, 4, MPCC_DUE_FULL);
  rig_close(long_one);

  rig_t *stuck = rig_own(1, 3600000);
  rig_push(stuck, 0, 0, 4);
  uint64_t begin_ms = crew_now_ms();
  assert_int_equal(mpcc_push_wait(stuck->mpcc, &item, 0, 40), MPCC_ETIMEDOUT);
  assert_true(crew_now_ms() - begin_ms >= 39);
  rig_close(stuck);
  rig_close(short_one);
#else
  skip();
#endif
}

/* -- A loop that stalls ------------------------------------------------------------------- */

static atomic_bool stalled, go_on;

static int stall_in_slot_0(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  if (batch->slot != 0)
    return 0;
  atomic_store_explicit(&stalled, true, memory_order_release);
  while (!atomic_load_explicit(&go_on, memory_order_acquire)) {
    struct timespec nap = {0, 1000000};
    nanosleep(&nap, NULL);
  }
  return 0;
}

static bool it_stalls(void *arg)
{
  (void)arg;
  return atomic_load_explicit(&stalled, memory_order_acquire);
}

static void a_loop_that_stalled_serves_every_slot_once_and_tells_how_long(void **state)
{
  (void)state;
  enum { SLOTS = 8, STALL_MS = 150 };
  rig_t *rig = rig_own(SLOTS, 5);
  rig->on_pump = stall_in_slot_0;
  rig_start(rig);
  rig_push(rig, 0, 0, 1);
  assert_true(crew_await(it_stalls, NULL));
  uint64_t pushed_ms = crew_now_ms();
  for (uint32_t slot = 1; slot < SLOTS; slot++)
    rig_push(rig, slot, slot, 1);
  pass_ms(STALL_MS);

  atomic_store_explicit(&go_on, true, memory_order_release);
  assert_true(rig_await_calls(rig, SLOTS));
  uint64_t longest_ms = crew_now_ms() - pushed_ms;
  pass_ms(30); /* a burst would come now */

  assert_int_equal(rig_calls(rig), SLOTS);
  unsigned seen = 0;
  for (size_t i = 1; i < SLOTS; i++) {
    uint32_t slot = rig->calls[i].slot;
    assert_batch(rig, i, slot, slot, 1, MPCC_DUE_INTERVAL);
    assert_in_range(rig->calls[i].waited_ms, STALL_MS - 5, longest_ms + 5);
    seen |= 1U << slot;
  }
  assert_int_equal(seen, (1U << SLOTS) - 2);
  rig_close(rig);
}

/* -- A pump that takes ten intervals ------------------------------------------------------ */

static int hold_slot_0(rig_t *rig, mpcc_batch_t *batch)
{
  return batch->slot == 0 ? rig->answer : 0;
}

/* 100 ms with an interval of 10; tells how often slot 0 was full, and what slot 1 saw. */
static size_t live_100_ms(int answer, mpcc_stats_t *other)
{
  mpcc_options_t options;
  rig_options(&options, 3);
  options.slot_count = 2;
  options.capacity = 6;
  options.push_interval_ms = 10;
  rig_t *rig = rig_open(&options);
  rig->on_pump = hold_slot_0;
  rig->answer = answer;
  rig_start(rig);
  size_t full = 0;

  for (uint64_t now = 0; now < 100; now++) {
    int result = mpcc_push(rig->mpcc, &now, 0);
    assert_true(result == 0 || result == MPCC_EFULL);
    full += result != 0;
    if (now % 7 == 0)
      rig_push(rig, 1, now, 1);
    rig_step(rig, now);
  }

  mpcc_stats_t slow;
  assert_int_equal(mpcc_slot_stats(rig->mpcc, 0, &slow), 0);
  assert_int_equal(slow.queued, answer == 0 ? 100 % 3 : 6);
  assert_int_equal(mpcc_slot_stats(rig->mpcc, 1, other), 0);
  rig_close(rig);
  return full;
}

static void a_pump_that_takes_ten_intervals_fills_its_own_slot_alone(void **state)
{
  (void)state;
  mpcc_stats_t with, without;

  assert_int_equal(live_100_ms(0, &without), 0);
  assert_int_equal(live_100_ms(MPCC_PENDING, &with), 100 - 9);

  assert_int_equal(without.wait_ms_max, 10);
  assert_memory_equal(&with, &without, sizeof(with));
}

/* -- The next step ------------------------------------------------------------------------ */

/* By the first item: left to its timeout, failed twice, or done. */
static int answer_by_the_item(rig_t *rig, mpcc_batch_t *batch)
{
  uint64_t item = *(const uint64_t *)batch->items;
  (void)rig;
  return item % 7 == 0 ? MPCC_PENDING : item % 5 == 0 && batch->attempt < 3 ? -5 : 0;
}

static void finish_what_is_cancelled(rig_t *rig, mpcc_batch_t *batch)
{
  if (mpcc_batch_done(batch, 0) != 0)
    rig_keep(rig, 1);
}

static rig_t *rig_of_deadlines(void)
{
  mpcc_options_t options;
  rig_options(&options, 5);
  options.slot_count = 4;
  options.max_concurrency = 1000;
  options.push_interval_ms = 20;
  options.max_attempts = 3;
  options.retry_delay_ms = 8;
  options.pump_timeout_ms = 33;
  rig_t *rig = rig_open(&options);
  rig->forgot = true; /* rig_close() can't add up tries */
  rig->on_pump = answer_by_the_item;
  rig->on_cancel = finish_what_is_cancelled;
  rig_start(rig);
  return rig;
}

static unsigned wakes_of(rig_t *rig)
{
  return atomic_load_explicit(&rig->wakes, memory_order_relaxed);
}

/* Steps only if it was woken or announced: how often. An announced time of now once more may be. */
static unsigned step_if_wanted(rig_t *rig, uint64_t now_ms, unsigned *wakes)
{
  unsigned steps = 0;
  while (rig->next_ms <= now_ms || wakes_of(rig) != *wakes) {
    *wakes = wakes_of(rig);
    rig_step(rig, now_ms);
    assert_true(++steps <= 3);
  }
  return steps;
}

static void expect_the_same(const rig_t *one, const rig_t *other)
{
  assert_int_equal(one->item_count, other->item_count);
  assert_memory_equal(one->items, other->items, one->item_count * sizeof(uint64_t));
  for (size_t i = 0; i < rig_calls(one); i++) {
    const call_t *a = &one->calls[i], *b = &other->calls[i];
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->slot, b->slot);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->attempt, b->attempt);
    assert_int_equal(a->due, b->due);
    assert_int_equal(a->waited_ms, b->waited_ms);
  }
}

/* One is stepped every millisecond, the other only when it asks: nothing may come later there. */
static void who_steps_only_when_asked_to_misses_nothing(void **state)
{
  (void)state;
  enum { END_MS = 5000 };
  rig_t *eager = rig_of_deadlines(), *lazy = rig_of_deadlines();
  uint64_t random = 5, item = 0;
  unsigned wakes = 0, steps = 0;
  lazy->next_ms = UINT64_MAX;

  for (uint64_t now = 0; now < END_MS; now++) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    if (random >> 60 < 4) {
      rig_push(eager, (uint32_t)(random >> 40) % 4, item, 1);
      rig_push(lazy, (uint32_t)(random >> 40) % 4, item++, 1);
    }
    rig_step(eager, now);
    steps += step_if_wanted(lazy, now, &wakes);
    if (rig_calls(lazy) != rig_calls(eager))
      fail_msg("at %llu: %zu calls, and %zu where every millisecond was stepped",
               (unsigned long long)now, rig_calls(lazy), rig_calls(eager));
    assert_true(lazy->next_ms > now);
  }

  expect_the_same(eager, lazy);
  assert_true(rig_count(lazy, CALL_CANCEL) > 10 && rig_calls(lazy) > 300);
  assert_true(steps < END_MS / 2);
  assert_int_equal(eager->got_count + lazy->got_count, 0);
  rig_close(eager);
  rig_close(lazy);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_wall_clock_that_jumps_by_years_changes_nothing),
    cmocka_unit_test(a_loop_that_stalled_serves_every_slot_once_and_tells_how_long),
    cmocka_unit_test(a_pump_that_takes_ten_intervals_fills_its_own_slot_alone),
    cmocka_unit_test(who_steps_only_when_asked_to_misses_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
