/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A wake-up that is lost on its way: with the interval's timer nobody would know, the items are
 * only late; in a build without ticks (MPCC_NO_TICK, tests/legs/no_timer.sh) they never come. So
 * what passes there has lost none.
 *
 * Linked with --wrap=uv_async_send: here is where the wake-up gets lost.
 */
#include "check.h"
#include "crew.h"
#include "harness.h"

#include <uv.h>

enum { INTERVAL_MS = 50, LATE_MS = 8 * INTERVAL_MS, TRIES = 1000 };

int __real_uv_async_send(uv_async_t *async);
int __wrap_uv_async_send(uv_async_t *async);

static atomic_bool lose_next;
static _Atomic(uv_async_t *) lost; /* what was to be woken */

int __wrap_uv_async_send(uv_async_t *async)
{
  /* relaxed: a switch; what was lost is published below. */
  if (!atomic_exchange_explicit(&lose_next, false, memory_order_relaxed))
    return __real_uv_async_send(async);
  /* pairs with the test's look. */
  atomic_store_explicit(&lost, async, memory_order_release);
  return 0;
}

static uv_async_t *lost_one(void)
{
  /* pairs with the store above. */
  return atomic_load_explicit(&lost, memory_order_acquire);
}

static size_t delivered(const rig_t *rig)
{
  mpcc_stats_t stats;
  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  return (size_t)stats.delivered;
}

static rig_t *running(uint32_t batch_size, uint64_t interval_ms)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.push_interval_ms = interval_ms;
  options.manual = false;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  return rig;
}

struct wait {
  const rig_t *rig;
  size_t count;
};

static bool all_came(void *arg)
{
  const struct wait *wait = arg;
  return delivered(wait->rig) == wait->count;
}

static bool they_come(const rig_t *rig, size_t count)
{
  struct wait wait = {rig, count};
  return crew_await(all_came, &wait);
}

/* Whether they have come when all timers that there may be have fired. */
static bool they_come_soon(const rig_t *rig, size_t count)
{
  for (uint64_t end_ms = crew_now_ms() + LATE_MS; crew_now_ms() < end_ms;) {
    if (delivered(rig) == count)
      return true;
    uv_sleep(1);
  }
  return delivered(rig) == count;
}

/* Whether the loop knows of an item that is not due yet, and so has set its timer. On a slow
   machine the first one may have gone alone, and then nothing hides the loss of the second one's
   wake-up. */
static bool timer_is_set(const rig_t *rig, size_t pushed)
{
  return !MPCC__TICKS || delivered(rig) + 2 <= pushed;
}

static void send_the_lost_one(void)
{
  assert_int_equal(__real_uv_async_send(lost_one()), 0);
  /* relaxed: the loop's thread never writes it. */
  atomic_store_explicit(&lost, NULL, memory_order_relaxed);
}

/* Push the second item of a batch while the loop sleeps, and lose its wake-up; again, until the
   loop was asleep: how many items were pushed. */
static size_t lose_one(rig_t *rig)
{
  size_t pushed = 0;

  while (lost_one() == NULL && pushed < 2 * TRIES) {
    rig_push(rig, 0, pushed++, 1);
    uv_sleep(2);
    /* relaxed: a switch; this thread pushes. */
    atomic_store_explicit(&lose_next, true, memory_order_relaxed);
    rig_push(rig, 0, pushed++, 1);
    /* relaxed: likewise. */
    atomic_store_explicit(&lose_next, false, memory_order_relaxed);
    if (lost_one() != NULL && timer_is_set(rig, pushed))
      break;
    if (lost_one() != NULL)
      send_the_lost_one();
    assert_true(they_come(rig, pushed));
  }
  assert_non_null(lost_one());
  return pushed;
}

static void a_lost_wake_up_is_hidden_by_a_tick_and_shows_without(void **state)
{
  (void)state;
  rig_t *rig = running(2, INTERVAL_MS);
  size_t pushed = lose_one(rig);

  if (MPCC__TICKS) {
    assert_true(they_come(rig, pushed)); /* however late: the interval's timer fires */
  } else {
    assert_false(they_come_soon(rig, pushed));
    send_the_lost_one();
    assert_true(they_come(rig, pushed));
  }

  rig_close(rig);
}

static void without_ticks_one_item_is_handed_over_by_its_wake_up_alone(void **state)
{
  (void)state;
  if (MPCC__TICKS)
    skip(); /* it would take an interval for each */
  rig_t *rig = running(1000, 50000);

  for (size_t i = 0; i < 100; i++) {
    rig_push(rig, 0, i, 1);
    assert_true(they_come(rig, i + 1));
  }

  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_lost_wake_up_is_hidden_by_a_tick_and_shows_without),
    cmocka_unit_test(without_ticks_one_item_is_handed_over_by_its_wake_up_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
