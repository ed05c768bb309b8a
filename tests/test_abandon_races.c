/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Answers at the very moment of MPCC_ABANDON and of mpcc_destroy(), from several threads, for some
 * thousands of rounds. An answer of 0 delivered the batch, MPCC_ECLOSED freed it; after the last
 * one nothing is held. The allocator counts without a lock, so as not to keep threads in step.
 */

#include "harness.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "counted.h"
#include "crew.h"
#include "verdict.h"

enum { HANDS = 3, EACH = 2, BATCH = 4, LAPS = 1200 / VERDICT_SLOWER };

/* The batches of one lap, and what came of them. */
struct lap {
  mpcc_t *mpcc;
  gate_t *gate;
  mpcc_batch_t *batches[HANDS * EACH]; /* guard: the loop's until the count is seen */
  uint64_t ids[HANDS * EACH];
  atomic_size_t count;
  uint64_t dropped;  /* items; guard: callbacks */
  uint64_t cancels;  /* guard: callbacks */
  uint64_t torn;     /* items that were not what they should be; guard: callbacks */
  bool by_id;
  unsigned dawdle; /* how long the hands wait after the gate, in yields */
};

struct hand {
  struct lap *lap;
  pthread_t thread;
  unsigned number;
  uint64_t delivered;
  uint64_t closed;
  uint64_t odd; /* answers that should not come, items that changed */
};

static int keep_for_the_hands(mpcc_batch_t *batch, void *state)
{
  struct lap *lap = state;
  size_t count = atomic_load_explicit(&lap->count, memory_order_relaxed);
  lap->batches[count] = batch;
  lap->ids[count] = batch->id;
  atomic_store_explicit(&lap->count, count + 1, memory_order_release);
  return MPCC_PENDING;
}

static uint64_t torn_items(const mpcc_batch_t *batch)
{
  const volatile uint64_t *items = batch->items;
  uint64_t torn = 0;
  for (size_t i = 1; i < BATCH; i++)
    torn += items[i] != items[0] + i;
  return torn;
}

static void count_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  struct lap *lap = state;
  (void)reason;
  lap->dropped += batch->count;
}

static void count_cancel(mpcc_batch_t *batch, void *state)
{
  struct lap *lap = state;
  lap->cancels++;
  lap->torn += torn_items(batch);
}

static void finish_one(struct hand *hand, size_t which)
{
  struct lap *lap = hand->lap;
  mpcc_batch_t *batch = lap->batches[which];
  int status = which % 3 == 2 ? -5 : 0;
  hand->odd += torn_items(batch);
  (void)mpcc_batch_cancelled(batch);
  int result = lap->by_id ? mpcc_batch_done_id(lap->mpcc, lap->ids[which], status)
                          : mpcc_batch_done(batch, status);
  hand->delivered += result == 0 && status == 0;
  hand->closed += result == MPCC_ECLOSED;
  hand->odd += result != 0 && result != MPCC_ECLOSED;
}

static void yield_times(unsigned times)
{
  for (unsigned i = 0; i < times; i++)
    sched_yield();
}

static void *finish_in_laps(void *arg)
{
  struct hand *hand = arg;
  struct lap *lap = hand->lap;
  for (size_t n = 0; n < LAPS; n++) {
    gate_pass(lap->gate);
    yield_times(lap->dawdle * hand->number);
    for (size_t i = 0; i < EACH; i++)
      finish_one(hand, hand->number * EACH + i);
    gate_pass(lap->gate);
  }
  return NULL;
}

/* Every batch is in the pump's hands; some items are queued behind them. */
static void fill(struct lap *lap, const mpcc_options_t *options, uint64_t now_ms)
{
  atomic_store_explicit(&lap->count, 0, memory_order_relaxed);
  assert_int_equal(mpcc_start(lap->mpcc, keep_for_the_hands, lap), 0);
  for (uint64_t item = 0; item < BATCH * (HANDS * EACH) + 1; item++)
    assert_int_equal(mpcc_push(lap->mpcc, &item, 0), 0);
  if (options->manual)
    assert_int_equal(mpcc_step(lap->mpcc, now_ms, NULL), 0);
  while (atomic_load_explicit(&lap->count, memory_order_acquire) != HANDS * EACH)
    sched_yield();
}

static void abandon(struct lap *lap, const mpcc_options_t *options, uint64_t now_ms)
{
  assert_int_equal(mpcc_complete(lap->mpcc, MPCC_ABANDON, NULL, NULL), 0);
  /* A done that has just begun may keep the end from coming in the first step. */
  while (options->manual && mpcc_wait(lap->mpcc, 0) != 0)
    assert_int_equal(mpcc_step(lap->mpcc, now_ms, NULL), 0);
  assert_int_equal(mpcc_wait(lap->mpcc, MPCC_NO_TIMEOUT), 0);
}

struct sums {
  uint64_t delivered, orphaned, dropped;
};

static void add_up(const mpcc_t *mpcc, struct sums *sums)
{
  mpcc_stats_t stats;
  assert_int_equal(mpcc_stats(mpcc, &stats), 0);
  assert_int_equal(stats.pushed, stats.delivered + stats.dropped + stats.orphaned);
  assert_int_equal(stats.in_flight, 0);
  sums->delivered += stats.delivered;
  sums->orphaned += stats.orphaned;
  sums->dropped += stats.dropped;
}

static void one_lap(struct lap *lap, const mpcc_options_t *options, bool destroy, uint64_t n,
                    struct sums *sums)
{
  if (lap->mpcc == NULL)
    assert_int_equal(mpcc_create(&lap->mpcc, options), 0);
  lap->dawdle = (unsigned)(n % 7 * (n % 3));
  fill(lap, options, n);

  gate_pass(lap->gate);
  yield_times((unsigned)(n % 5));
  abandon(lap, options, n);
  if (destroy) {
    add_up(lap->mpcc, sums);
    assert_int_equal(mpcc_destroy(lap->mpcc), 0);
  } else { /* a life that replaces what the hands may be giving back just now */
    assert_int_equal(mpcc_start(lap->mpcc, keep_for_the_hands, lap), 0);
    abandon(lap, options, n);
  }
  gate_pass(lap->gate);
  if (destroy)
    lap->mpcc = NULL;
}

/* ${destroy}: an instance each lap, destroyed under the hands; else one, restarted each time. */
static void race(mpcc_options_t *options, bool destroy, bool by_id)
{
  struct counted counted;
  memset(&counted, 0, sizeof(counted));
  mpcc_allocator_t allocator = counted_allocator(&counted);
  gate_t gate;
  gate_open(&gate, HANDS + 1);
  struct lap lap = {.gate = &gate, .by_id = by_id};
  struct hand hands[HANDS];
  struct sums sums = {0, 0, 0};
  options->allocator = &allocator;
  for (unsigned i = 0; i < HANDS; i++) {
    hands[i] = (struct hand){.lap = &lap, .number = i};
    assert_int_equal(pthread_create(&hands[i].thread, NULL, finish_in_laps, &hands[i]), 0);
  }

  for (uint64_t n = 0; n < LAPS; n++) {
    one_lap(&lap, options, destroy, n, &sums);
    assert_true(!destroy || counted_load(&counted.blocks) == 0);
  }
  if (!destroy) {
    add_up(lap.mpcc, &sums);
    assert_int_equal(mpcc_destroy(lap.mpcc), 0);
  }

  uint64_t delivered = 0, closed = 0;
  for (size_t i = 0; i < HANDS; i++) {
    pthread_join(hands[i].thread, NULL);
    assert_int_equal(hands[i].odd, 0);
    delivered += BATCH * hands[i].delivered;
    closed += BATCH * hands[i].closed;
  }
  gate_close(&gate);
  assert_int_equal(counted_load(&counted.blocks), 0);
  assert_int_equal(counted_load(&counted.bytes), 0);
  assert_int_equal(lap.torn, 0);
  assert_int_equal(sums.delivered, delivered);
  assert_int_equal(sums.orphaned, closed);
  assert_int_equal(sums.dropped, lap.dropped);
  assert_true(lap.cancels * BATCH >= closed);
  assert_int_equal(sums.delivered + sums.orphaned + sums.dropped,
                   LAPS * (BATCH * HANDS * EACH + 1));
  print_message("%u laps: %llu items answered in time, %llu orphaned\n", (unsigned)LAPS,
                (unsigned long long)(sums.delivered), (unsigned long long)closed);
}

static void race_options(mpcc_options_t *options, bool manual, size_t capacity)
{
  rig_options(options, BATCH);
  options->max_concurrency = HANDS * EACH;
  options->manual = manual;
  options->capacity = capacity;
  options->on_drop = count_drop;
  options->on_cancel = count_cancel;
}

static void answers_meet_abandon_and_destroy_of_a_manual_instance(void **state)
{
  (void)state;
  mpcc_options_t options;
  for (size_t capacity = 0; capacity <= 30; capacity += 30) {
    race_options(&options, true, capacity);
    race(&options, true, false);
  }
}

static void answers_meet_abandon_and_destroy_of_an_own_loop(void **state)
{
  (void)state;
  mpcc_options_t options;
  for (size_t capacity = 0; capacity <= 30; capacity += 30) {
    race_options(&options, false, capacity);
    race(&options, true, false);
  }
}

static void answers_meet_abandon_and_destroy_with_workers(void **state)
{
  (void)state;
  mpcc_options_t options;
  race_options(&options, false, 30);
  options.pump_on = MPCC_PUMP_ON_WORKER;
  options.worker_count = 1;
  race(&options, true, false);
}

static void answers_by_pointer_and_by_id_meet_abandon_and_the_next_life(void **state)
{
  (void)state;
  mpcc_options_t options;
  for (int kind = 0; kind < 8; kind++) {
    race_options(&options, kind % 2 == 0, kind / 2 % 2 == 0 ? 0 : 30);
    race(&options, false, kind / 4 != 0);
  }
}

/* -- Between the batches and their workers ------------------------------------------------ */

enum { MANY_SLOTS = 20000, LEAVES = 160 / VERDICT_SLOWER };

/* Of one life: two pumps hang until both were cancelled, and a little longer. */
struct leave {
  atomic_uint inside, cancelled;
  unsigned dawdle;
};

static int return_a_little_after_the_cancels(mpcc_batch_t *batch, void *state)
{
  struct leave *leave = state;
  (void)batch;
  atomic_fetch_add_explicit(&leave->inside, 1, memory_order_relaxed);
  while (atomic_load_explicit(&leave->cancelled, memory_order_relaxed) < 2)
    sched_yield();
  for (volatile unsigned i = 0; i < leave->dawdle; i++)
    ;
  return 0;
}

static void count_cancel_of_life(mpcc_batch_t *batch, void *state)
{
  struct leave *leave = state;
  (void)batch;
  atomic_fetch_add_explicit(&leave->cancelled, 1, memory_order_relaxed);
}

static bool nothing_is_held(void *arg)
{
  struct counted *counted = arg;
  return counted_load(&counted->blocks) == 0;
}

/* One batch in the first slot and one in the last: from abandoning the one to the other it is a
   long way, on which the first one's pump comes back. */
static void pumps_come_back_while_the_loop_goes_from_batch_to_batch(void **state)
{
  (void)state;
  static struct leave leaves[LEAVES];
  static struct counted counted;
  mpcc_allocator_t allocator = counted_allocator(&counted);
  mpcc_options_t options;
  mpcc_stats_t stats;
  mpcc_t *mpcc;
  rig_options(&options, 1);
  options.manual = false;
  options.slot_count = MANY_SLOTS;
  options.pump_on = MPCC_PUMP_ON_WORKER;
  options.worker_count = 2;
  options.on_cancel = count_cancel_of_life;
  options.allocator = &allocator;
  assert_int_equal(mpcc_create(&mpcc, &options), 0);

  for (uint64_t life = 0; life < LEAVES; life++) {
    struct leave *leave = &leaves[life];
    leave->dawdle = (unsigned)(life % 40 * 12500);
    assert_int_equal(mpcc_start(mpcc, return_a_little_after_the_cancels, leave), 0);
    assert_int_equal(mpcc_push(mpcc, &life, 0), 0);
    assert_int_equal(mpcc_push(mpcc, &life, MANY_SLOTS - 1), 0);
    while (atomic_load_explicit(&leave->inside, memory_order_relaxed) < 2)
      sched_yield();
    assert_int_equal(mpcc_complete(mpcc, MPCC_ABANDON, NULL, NULL), 0);
    assert_int_equal(mpcc_wait(mpcc, MPCC_NO_TIMEOUT), 0);
  }

  assert_int_equal(mpcc_stats(mpcc, &stats), 0);
  assert_int_equal(stats.delivered + stats.orphaned, 2 * LEAVES);
  assert_int_equal(mpcc_destroy(mpcc), 0);
  assert_true(crew_await(nothing_is_held, &counted));
  print_message("%llu of %u batches orphaned\n", (unsigned long long)stats.orphaned, 2u * LEAVES);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(answers_meet_abandon_and_destroy_of_a_manual_instance),
    cmocka_unit_test(answers_meet_abandon_and_destroy_of_an_own_loop),
    cmocka_unit_test(answers_meet_abandon_and_destroy_with_workers),
    cmocka_unit_test(answers_by_pointer_and_by_id_meet_abandon_and_the_next_life),
    cmocka_unit_test(pumps_come_back_while_the_loop_goes_from_batch_to_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
