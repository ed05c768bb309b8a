/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_push_wait() from many threads at once: time-outs that race with room, those who only try
   beside those who wait, and a completion in the middle of it. */

#include <sched.h>

#include "crew.h"
#include "picks.h"

enum { PUSHERS = 6, SLOTS = 2 };

struct pusher {
  rig_t *rig;
  uint64_t number;
  uint64_t count;      /* pushes to make */
  uint64_t timeout_ms; /* the longest of them */
  uint64_t accepted[SLOTS];
  uint64_t timeouts;
  int odd_answer;
  atomic_bool *stop; /* for those who only try */
};

static uint64_t item_of(const struct pusher *pusher, uint32_t slot)
{
  return pusher->number << 32 | pusher->accepted[slot];
}

static void push_with_timeouts(void *arg)
{
  struct pusher *pusher = arg;
  for (uint64_t i = 0; i < pusher->count; i++) {
    uint32_t slot = (uint32_t)(i + pusher->number) % SLOTS;
    uint64_t item = item_of(pusher, slot);
    uint64_t timeout_ms =
      pusher->timeout_ms == MPCC_NO_TIMEOUT ? MPCC_NO_TIMEOUT : i % (pusher->timeout_ms + 1);
    int result = mpcc_push_wait(pusher->rig->mpcc, &item, slot, timeout_ms);
    pusher->accepted[slot] += result == 0;
    pusher->timeouts += result == MPCC_ETIMEDOUT;
    if (result == MPCC_ECLOSED)
      return;
    if (result != 0 && result != MPCC_ETIMEDOUT)
      pusher->odd_answer = result;
  }
}

static void push_without_waiting(void *arg)
{
  struct pusher *pusher = arg;
  while (!atomic_load_explicit(pusher->stop, memory_order_relaxed)) {
    uint64_t item = item_of(pusher, 0);
    int result = mpcc_push(pusher->rig->mpcc, &item, 0);
    pusher->accepted[0] += result == 0;
    if (result != 0 && result != MPCC_EFULL)
      pusher->odd_answer = result;
  }
}

static void options_with(mpcc_options_t *options, uint32_t batch_size, size_t capacity)
{
  rig_options(options, batch_size);
  options->slot_count = SLOTS;
  options->capacity = capacity;
}

/* Every accepted item once, in its pusher's order. */
static void check_pushers(const rig_t *rig, const struct pusher *pushers, size_t count)
{
  uint64_t next[PUSHERS + 2][SLOTS] = {{0}};
  for (size_t i = 0; i < rig_calls(rig); i++) {
    const call_t *call = &rig->calls[i];
    for (size_t k = 0; k < call->count; k++) {
      uint64_t item = rig->items[call->first + k];
      assert_in_range(item >> 32, 0, count - 1);
      assert_int_equal(item & UINT32_MAX, next[item >> 32][call->slot]);
      next[item >> 32][call->slot]++;
    }
  }
  for (size_t p = 0; p < count; p++) {
    assert_int_equal(pushers[p].odd_answer, 0);
    for (uint32_t slot = 0; slot < SLOTS; slot++)
      assert_int_equal(next[p][slot], pushers[p].accepted[slot]);
  }
}

struct stepper {
  rig_t *rig;
  atomic_bool stop;
};

/* Steps with pauses in which waiters run out of time. */
static void *step_until_told(void *arg)
{
  struct stepper *stepper = arg;
  for (uint64_t now = 1; !atomic_load_explicit(&stepper->stop, memory_order_acquire); now++) {
    rig_t *rig = stepper->rig;
    (void)mpcc_step(rig->mpcc, now, NULL);
    uint64_t until_ms = crew_now_ms() + now % 3;
    while (crew_now_ms() < until_ms)
      sched_yield();
  }
  return NULL;
}

static void timeouts_that_race_with_room_lose_neither_item_nor_room(void **state)
{
  (void)state;
  for (size_t capacity = 1; capacity <= 4; capacity += 3) {
    mpcc_options_t options;
    options_with(&options, 3, capacity);
    options.push_interval_ms = 0;
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    struct stepper stepper = {.rig = rig};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, step_until_told, &stepper), 0);
    struct pusher pushers[PUSHERS] = {0};
    for (uint64_t i = 0; i < PUSHERS; i++)
      pushers[i] = (struct pusher){.rig = rig, .number = i, .count = 1500, .timeout_ms = 2};

    crew_run(push_with_timeouts, pushers, sizeof(pushers[0]), PUSHERS);
    atomic_store_explicit(&stepper.stop, true, memory_order_release);
    pthread_join(thread, NULL);

    rig->now_ms = 1000000;
    rig_step(rig, 1000001);
    check_pushers(rig, pushers, PUSHERS);
    /* Whoever ran out of time has taken no room with him. */
    uint64_t item = 0;
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
      for (size_t i = 0; i < capacity; i++)
        assert_int_equal(mpcc_push(rig->mpcc, &item, slot), 0);
      assert_int_equal(mpcc_push(rig->mpcc, &item, slot), MPCC_EFULL);
    }
    uint64_t timeouts = 0;
    for (size_t i = 0; i < PUSHERS; i++)
      timeouts += pushers[i].timeouts;
    assert_true(timeouts > 0);
    rig_close(rig);
  }
}

/* Those who only try are stopped by the last of those who wait. */
static atomic_uint waiting;
static atomic_bool enough;

static void try_or_wait(void *arg)
{
  struct pusher *pusher = arg;
  if (pusher->stop != NULL) {
    push_without_waiting(arg);
    return;
  }
  push_with_timeouts(arg);
  if (atomic_fetch_sub_explicit(&waiting, 1, memory_order_relaxed) == 1)
    atomic_store_explicit(&enough, true, memory_order_relaxed);
}

static void who_waits_gets_in_among_many_who_only_try(void **state)
{
  (void)state;
  mpcc_options_t options;
  options_with(&options, 1, 1);
  options.manual = false;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  struct pusher pushers[PUSHERS + 2] = {0};
  atomic_store_explicit(&waiting, PUSHERS, memory_order_relaxed);
  atomic_store_explicit(&enough, false, memory_order_relaxed);
  for (uint64_t i = 0; i < PUSHERS + 2; i++)
    pushers[i] = (struct pusher){.rig = rig, .number = i, .count = 400,
                                 .timeout_ms = MPCC_NO_TIMEOUT,
                                 .stop = i < PUSHERS ? NULL : &enough};

  crew_run(try_or_wait, pushers, sizeof(pushers[0]), PUSHERS + 2);
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);

  for (size_t i = 0; i < PUSHERS; i++)
    assert_int_equal(pushers[i].accepted[0] + pushers[i].accepted[1], 400);
  check_pushers(rig, pushers, PUSHERS + 2);
  rig_close(rig);
}

static void *complete_soon(void *arg)
{
  rig_t *rig = arg;
  (void)rig_await_calls(rig, 50);
  rig_keep(rig, mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL));
  return NULL;
}

static void a_completion_in_the_middle_of_it_lets_everybody_go(void **state)
{
  (void)state;
  for (int round = 0; round < 30; round++) {
    mpcc_options_t options;
    options_with(&options, 2, round % 2 == 0 ? 2 : 0);
    if (options.capacity == 0)
      options.max_memory = 8192;
    options.manual = false;
    options.push_interval_ms = 0;
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, complete_soon, rig), 0);
    struct pusher pushers[PUSHERS] = {0};
    for (uint64_t i = 0; i < PUSHERS; i++)
      pushers[i] = (struct pusher){
        .rig = rig, .number = i, .count = UINT64_MAX, .timeout_ms = MPCC_NO_TIMEOUT};

    crew_run(push_with_timeouts, pushers, sizeof(pushers[0]), PUSHERS);
    pthread_join(thread, NULL);
    assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);

    assert_int_equal(rig->got[0], 0);
    check_pushers(rig, pushers, PUSHERS);
    rig_close(rig);
  }
}

static atomic_bool let_go;

static bool is_let_go(void *arg)
{
  return atomic_load_explicit((atomic_bool *)arg, memory_order_acquire);
}

static int hang(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  (void)batch;
  (void)crew_await(is_let_go, &let_go);
  return 0;
}

struct wish {
  rig_t *rig;
  uint64_t item;
};

static int push_and_wait(void *arg)
{
  struct wish *wish = arg;
  return mpcc_push_wait(wish->rig->mpcc, &wish->item, 0, MPCC_NO_TIMEOUT);
}

static void a_loop_that_hangs_in_a_pump_keeps_no_waiter_when_it_completes(void **state)
{
  (void)state;
  mpcc_options_t options;
  options_with(&options, 1, 1);
  options.manual = false;
  rig_t *rig = rig_open(&options);
  rig->on_pump = hang;
  atomic_store_explicit(&let_go, false, memory_order_relaxed);
  rig_start(rig);
  rig_push(rig, 0, 0, 1);
  bool inside = rig_await_calls(rig, 1);
  struct wish wishes[3] = {{rig, 1}, {rig, 2}, {rig, 3}};
  sleeper_t sleepers[3];
  for (size_t i = 0; i < 3; i++)
    sleeper_start(&sleepers[i], push_and_wait, &wishes[i]);

  int result = mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), closed = 0;
  for (size_t i = 0; i < 3; i++)
    closed += sleeper_join(&sleepers[i]) == MPCC_ECLOSED;
  atomic_store_explicit(&let_go, true, memory_order_release);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);

  assert_true(inside);
  assert_int_equal(result, 0);
  /* One of them may have found the room that the batch in the pump has made. */
  assert_in_range(closed, 2, 3);
  assert_int_equal(stats_of(rig, 0).delivered, 1 + 3 - closed);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(timeouts_that_race_with_room_lose_neither_item_nor_room),
    cmocka_unit_test(who_waits_gets_in_among_many_who_only_try),
    cmocka_unit_test(a_completion_in_the_middle_of_it_lets_everybody_go),
    cmocka_unit_test(a_loop_that_hangs_in_a_pump_keeps_no_waiter_when_it_completes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
