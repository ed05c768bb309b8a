/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * mpcc_flush_wait() beside threads that push: what one has pushed has its fate when it returns, at
 * once in spite of an interval of an hour, and however much others push meanwhile. An item is its
 * pusher and its number; a pump, or the thread that finishes for it, ticks it off.
 */

#include <sched.h>
#include <string.h>

#include "crew.h"
#include "dozing.h"
#include "picks.h"

enum { PUSHERS = 8, TICKS = 20000, DESK = 16, SOON_MS = 20000, HOUR_MS = 3600000 };

/* Longer than any wait here; short of the test's own limit, so that it can say what failed. */
#define LONG_MS UINT64_C(40000)

static atomic_uchar ticks[PUSHERS][TICKS]; /* 1: has its fate */
static _Atomic(mpcc_batch_t *) desk[DESK]; /* batches for somebody to finish */
static atomic_bool over;

static void tick_off(const mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;
  for (size_t i = 0; i < batch->count; i++)
    if (items[i] >> 32 < PUSHERS)
      atomic_store_explicit(&ticks[items[i] >> 32][items[i] & UINT32_MAX], 1,
                            memory_order_relaxed);
}

static int tick_off_here(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  tick_off(batch);
  return 0;
}

static int leave_it_on_the_desk(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  for (size_t i = 0; i < DESK; i++) {
    mpcc_batch_t *none = NULL;
    if (atomic_compare_exchange_strong_explicit(&desk[i], &none, batch, memory_order_release,
                                                memory_order_relaxed))
      return MPCC_PENDING;
  }
  tick_off(batch);
  return 0;
}

static void clear_the_desk(void)
{
  for (size_t i = 0; i < DESK; i++) {
    mpcc_batch_t *batch = atomic_exchange_explicit(&desk[i], NULL, memory_order_acquire);
    if (batch == NULL)
      continue;
    tick_off(batch);
    (void)mpcc_batch_done(batch, 0);
  }
}

struct pusher {
  rig_t *rig;
  uint64_t number; /* PUSHERS and more: nobody asks for its items */
  uint32_t rounds; /* 0: until it is over */
  uint32_t slot_count;
  uint64_t next, asked;
  size_t late; /* items without a fate when mpcc_flush_wait() had returned 0 */
  int odd_answer;
};

static void ask_for_mine(struct pusher *pusher, int result)
{
  if (result != 0)
    pusher->odd_answer = result;
  for (; pusher->asked < pusher->next; pusher->asked++)
    pusher->late += atomic_load_explicit(&ticks[pusher->number][pusher->asked],
                                         memory_order_relaxed) == 0;
}

static void push_next(struct pusher *pusher, uint32_t slot)
{
  uint64_t item = pusher->number << 32 | pusher->next++;
  int result = mpcc_push(pusher->rig->mpcc, &item, slot);
  if (result != 0)
    pusher->odd_answer = result;
}

static void push_and_ask(void *arg)
{
  struct pusher *pusher = arg;
  for (uint32_t round = 0; round < pusher->rounds && pusher->odd_answer == 0; round++) {
    uint32_t slot = round % pusher->slot_count;
    for (uint32_t i = 0; i <= round % 7; i++)
      push_next(pusher, slot);
    ask_for_mine(pusher, mpcc_flush_wait(pusher->rig->mpcc, slot, LONG_MS));
  }
}

/* Without an end, but for the memory of it, which is not what is tested. */
static void *keep_pushing(void *arg)
{
  struct pusher *pusher = arg;
  uint64_t random = pusher->number;
  while (!atomic_load_explicit(&over, memory_order_relaxed)) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    mpcc_stats_t stats;
    if (pusher->next % 1024 == 0 && mpcc_stats(pusher->rig->mpcc, &stats) == 0 &&
        stats.queued > 50000)
      sched_yield();
    else
      push_next(pusher, (uint32_t)(random >> 33) % pusher->slot_count);
  }
  return NULL;
}

static rig_t *rig_of_an_hour(uint32_t slots, uint32_t concurrency, bool manual,
                             int (*pump)(rig_t *, mpcc_batch_t *))
{
  mpcc_options_t options;
  rig_options(&options, 50);
  options.slot_count = slots;
  options.max_concurrency = concurrency;
  options.push_interval_ms = HOUR_MS;
  options.manual = manual;
  rig_t *rig = rig_open(&options);
  rig->on_pump = pump;
  memset(ticks, 0, sizeof(ticks));
  atomic_store_explicit(&over, false, memory_order_relaxed);
  rig_start(rig);
  return rig;
}

static void check_pushers(const struct pusher *pushers, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(pushers[i].odd_answer, 0);
    assert_int_equal(pushers[i].late, 0);
    assert_int_equal(pushers[i].asked, pushers[i].rounds > 0 ? pushers[i].next : 0);
  }
}

static void an_interval_of_an_hour_holds_nothing_up(void **state)
{
  (void)state;
  rig_t *rig = rig_of_an_hour(2, 1, false, tick_off_here);
  uint64_t before_ms = crew_now_ms();

  struct pusher pusher = {.rig = rig, .number = 0, .rounds = 1000, .slot_count = 2};
  push_and_ask(&pusher);
  size_t calls = rig_calls(rig);
  rig_push(rig, 0, UINT64_C(100) << 32, 3);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  assert_true(rig_await_calls(rig, calls + 1));
  rig_push(rig, 1, UINT64_C(100) << 32, 3);
  assert_int_equal(mpcc_discard(rig->mpcc, 1), 0);
  assert_true(rig_await_calls(rig, calls + 2));
  assert_int_equal(rig->calls[calls + 1].kind, CALL_DROP);
  rig_push(rig, 0, UINT64_C(100) << 32, 3);
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);

  assert_true(crew_now_ms() - before_ms < SOON_MS);
  check_pushers(&pusher, 1);
  rig_close(rig);
}

/* ${producers} push all the time while one thread asks. */
static void check_beside_producers(size_t producers, uint32_t concurrency)
{
  rig_t *rig = rig_of_an_hour(1, concurrency, false, tick_off_here);
  struct pusher noise[2], mine = {.rig = rig, .rounds = 300, .slot_count = 1};
  pthread_t threads[2];
  for (size_t i = 0; i < producers; i++) {
    noise[i] = (struct pusher){.rig = rig, .number = PUSHERS + i, .slot_count = 1};
    assert_int_equal(pthread_create(&threads[i], NULL, keep_pushing, &noise[i]), 0);
  }

  uint64_t before_ms = crew_now_ms();
  push_and_ask(&mine);
  uint64_t took_ms = crew_now_ms() - before_ms;
  atomic_store_explicit(&over, true, memory_order_relaxed);
  for (size_t i = 0; i < producers; i++)
    pthread_join(threads[i], NULL);

  assert_true(took_ms < 2 * SOON_MS);
  check_pushers(&mine, 1);
  check_pushers(noise, producers);
  rig_close(rig);
}

static void a_producer_that_keeps_pushing_does_not_hold_it_up(void **state)
{
  (void)state;
  check_beside_producers(1, 1);
  check_beside_producers(2, 3);
}

static void all_slots_are_waited_for_one_after_the_other_and_it_ends(void **state)
{
  (void)state;
  enum { MANY = 1000 };
  rig_t *rig = rig_of_an_hour(MANY, 1, false, tick_off_here);
  struct pusher noise = {.rig = rig, .number = PUSHERS, .slot_count = MANY};
  struct pusher mine = {.rig = rig, .rounds = 1};
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, keep_pushing, &noise), 0);

  uint64_t before_ms = crew_now_ms();
  for (int round = 0; round < 10; round++) {
    for (uint32_t slot = 0; slot < MANY; slot++)
      push_next(&mine, slot);
    ask_for_mine(&mine, mpcc_flush_wait(rig->mpcc, MPCC_ALL_SLOTS, LONG_MS));
  }
  uint64_t took_ms = crew_now_ms() - before_ms;
  atomic_store_explicit(&over, true, memory_order_relaxed);
  pthread_join(thread, NULL);

  assert_true(took_ms < 2 * SOON_MS);
  check_pushers(&mine, 1);
  check_pushers(&noise, 1);
  rig_close(rig);
}

static void *finish_until_over(void *arg)
{
  (void)arg;
  while (!atomic_load_explicit(&over, memory_order_relaxed)) {
    clear_the_desk();
    sched_yield();
  }
  clear_the_desk();
  return NULL;
}

static void many_ask_at_once_while_others_finish(void **state)
{
  (void)state;
  for (uint32_t slots = 1; slots <= 3; slots += 2) {
    rig_t *rig = rig_of_an_hour(slots, 4, false, leave_it_on_the_desk);
    struct pusher pushers[PUSHERS];
    for (uint64_t i = 0; i < PUSHERS; i++)
      pushers[i] =
        (struct pusher){.rig = rig, .number = i, .rounds = 400, .slot_count = slots};
    pthread_t finisher;
    assert_int_equal(pthread_create(&finisher, NULL, finish_until_over, NULL), 0);

    crew_run(push_and_ask, pushers, sizeof(pushers[0]), PUSHERS);
    atomic_store_explicit(&over, true, memory_order_relaxed);
    pthread_join(finisher, NULL);

    check_pushers(pushers, PUSHERS);
    rig_close(rig);
  }
}

static void *step_until_over(void *arg)
{
  rig_t *rig = arg;
  for (uint64_t now = 1; !atomic_load_explicit(&over, memory_order_relaxed); now++) {
    (void)mpcc_step(rig->mpcc, now / 1000, NULL); /* the hour never passes */
    if (now % 3 == 0)
      clear_the_desk();
    sched_yield();
  }
  return NULL;
}

static void a_manual_instance_needs_another_thread_that_steps(void **state)
{
  (void)state;
  rig_t *rig = rig_of_an_hour(2, 2, true, leave_it_on_the_desk);
  struct pusher pushers[3];
  for (uint64_t i = 0; i < 3; i++)
    pushers[i] = (struct pusher){.rig = rig, .number = i, .rounds = 200, .slot_count = 2};
  pthread_t stepper;
  assert_int_equal(pthread_create(&stepper, NULL, step_until_over, rig), 0);

  crew_run(push_and_ask, pushers, sizeof(pushers[0]), 3);
  atomic_store_explicit(&over, true, memory_order_relaxed);
  pthread_join(stepper, NULL);

  check_pushers(pushers, 3);
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  clear_the_desk();
  rig_step(rig, HOUR_MS - 1);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  rig_close(rig);
}

static int flush_and_wait(void *arg)
{
  rig_t *rig = arg;
  return mpcc_flush_wait(rig->mpcc, 0, MPCC_NO_TIMEOUT);
}

static void who_waits_sleeps_and_does_not_look_again_and_again(void **state)
{
  (void)state;
  rig_t *rig = rig_of_an_hour(1, 1, false, leave_it_on_the_desk);
  rig_push(rig, 0, 0, 5);
  sleeper_t sleepers[2];
  const sleeper_t *const both[] = {&sleepers[0], &sleepers[1]};
  for (size_t i = 0; i < 2; i++)
    sleeper_start(&sleepers[i], flush_and_wait, rig);
  bool pumped = rig_await_calls(rig, 1), dozed = all_doze(both, 2);
  bool early = sleeper_is_up(&sleepers[0]) || sleeper_is_up(&sleepers[1]);
  clear_the_desk();
  int results = sleeper_join(&sleepers[0]) | sleeper_join(&sleepers[1]);

  assert_true(pumped);
  assert_true(dozed);
  assert_false(early);
  assert_int_equal(results, 0);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_interval_of_an_hour_holds_nothing_up),
    cmocka_unit_test(a_producer_that_keeps_pushing_does_not_hold_it_up),
    cmocka_unit_test(all_slots_are_waited_for_one_after_the_other_and_it_ends),
    cmocka_unit_test(many_ask_at_once_while_others_finish),
    cmocka_unit_test(a_manual_instance_needs_another_thread_that_steps),
    cmocka_unit_test(who_waits_sleeps_and_does_not_look_again_and_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
