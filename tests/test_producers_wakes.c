/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Producer handles and a loop that sleeps: what was pushed is pumped although nobody pushes again,
 * whenever the push falls - while the loop sleeps, while it looks, while it falls asleep.
 */

#include "crew.h"
#include "handles.h"
#include "host.h"

enum { ROUNDS = VERDICT_SLOWER > 4 ? 120 : 400, BATCH = 8 };

struct place {
  struct host host;
  mpcc_t *mpcc;
  _Atomic uint64_t pumped; /* items */
  _Atomic uint64_t rooms;  /* calls of on_room */
  int due;                 /* of the last batch; with pumped */
  atomic_bool hold;        /* the pump stays inside */
};

static struct place place;

static int count_items(mpcc_batch_t *batch, void *state)
{
  struct place *here = state;

  here->due = batch->due;
  /* acquire and release: with what was written before. */
  while (atomic_load_explicit(&here->hold, memory_order_acquire))
    sched_yield();
  atomic_fetch_add_explicit(&here->pumped, batch->count, memory_order_release);
  return 0;
}

static void count_rooms(mpcc_t *mpcc, uint32_t slot, void *state)
{
  struct place *here = state;

  /* release: with mpcc, which the test compares. */
  if (slot == 1 && mpcc == here->mpcc)
    atomic_fetch_add_explicit(&here->rooms, 1, memory_order_release);
}

static void open_place(enum host_kind kind, uint32_t batch_size, uint64_t interval_ms)
{
  mpcc_options_t options;

  memset(&place, 0, sizeof(place));
  mpcc_options_init(&options);
  options.item_size = sizeof(uint64_t);
  options.slot_count = 3;
  options.batch_size = batch_size;
  options.push_interval_ms = interval_ms;
  options.lane_capacity = 200;
  options.on_room = count_rooms;
  host_open(&place.host, kind);
  host_options(&place.host, &options);
  verdict_expect("mpcc_create", mpcc_create(&place.mpcc, &options), 0);
  host_attach(&place.host, place.mpcc);
  host_start(&place.host, count_items, &place);
}

static void close_place(uint64_t items)
{
  mpcc_stats_t stats;

  assert_int_equal(mpcc_complete(place.mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_wait(place.mpcc, MPCC_NO_TIMEOUT), 0);
  assert_int_equal(mpcc_stats(place.mpcc, &stats), 0);
  assert_int_equal(stats.delivered, items);
  assert_int_equal(stats.pushed, items);
  host_destroy(&place.host);
}

static mpcc_producer_t *open_handle(void)
{
  mpcc_producer_t *handle = NULL;

  assert_int_equal(mpcc_producer_open(place.mpcc, &handle), 0);
  return handle;
}

static uint64_t pumped(void)
{
  /* acquire: with what the pump has noted. */
  return atomic_load_explicit(&place.pumped, memory_order_acquire);
}

/* Looks without a pause, so that the next round begins at any moment of the loop's. */
static bool await_pumped(uint64_t items)
{
  uint64_t end_ms = crew_now_ms() + 60000;

  while (pumped() < items && crew_now_ms() < end_ms)
    sched_yield();
  return pumped() == items;
}

static void pass_time_us(uint64_t us)
{
  uint64_t end_ns = verdict_now_ns() + us * 1000;

  while (verdict_now_ns() < end_ns)
    sched_yield();
}

/* Looks are 2 ms apart: the pauses are such that a push finds the loop at anything. */
static void push_one_by_one(enum host_kind kind, uint64_t interval_ms, uint64_t rounds)
{
  uint64_t random = verdict_stream(1, (uint64_t)kind);
  open_place(kind, 100, interval_ms);
  mpcc_producer_t *handle = open_handle();

  for (uint64_t i = 0; i < rounds; i++) {
    assert_int_equal(handle_try(handle, (uint32_t)(i % 3), i), 0);
    if (i % 5 == 0) /* another one than the loop empties the handle, while that looks */
      assert_int_equal(mpcc_flush(place.mpcc, i % 2 == 0 ? (uint32_t)(i % 3) : 0), 0);
    assert_true(await_pumped(i + 1));
    if (verdict_draw(&random, 4) != 0)
      pass_time_us(verdict_draw(&random, i % 8 == 0 ? 4500 : 100));
  }

  handle_close(handle);
  close_place(rounds);
}

static void one_item_is_heard_of_whatever_the_loop_is_doing(void **state)
{
  (void)state;
  for (int kind = HOST_OWN; kind <= HOST_MANUAL; kind++) {
    push_one_by_one((enum host_kind)kind, 0, ROUNDS);
    push_one_by_one((enum host_kind)kind, 3, ROUNDS / 4);
  }
}

static void a_trickle_does_not_wake_the_loop_for_each_item(void **state)
{
  (void)state;
  needs_ticks();
  enum { ITEMS = 1000 };
  mpcc_stats_t stats;
  open_place(HOST_OWN, ITEMS, MPCC_NO_INTERVAL);
  mpcc_producer_t *handle = open_handle();
  uint64_t last_ns = verdict_now_ns(), gaps = 0;

  for (uint64_t i = 0; i < ITEMS; i++) {
    uint64_t now_ns = verdict_now_ns();
    gaps += now_ns - last_ns > 1000000; /* so long that the loop may have found it empty */
    last_ns = now_ns;
    while (handle_try(handle, 1, i) == MPCC_EFULL)
      sched_yield();
    pass_time_us(100);
  }

  assert_true(await_pumped(ITEMS));
  assert_int_equal(mpcc_stats(place.mpcc, &stats), 0);
  assert_in_range(stats.wakeups, 0, 2 * gaps + ITEMS / 4);
  handle_close(handle);
  close_place(ITEMS);
}

/* Two threads make up a batch; both start a round when both have seen the last one pumped. */
struct half {
  mpcc_producer_t *handle;
  gate_t *gate;
  uint32_t number;
  bool lost;
};

static void push_half(void *arg)
{
  struct half *half = arg;
  uint64_t random = verdict_stream(2, 0); /* the same for both */

  for (uint64_t round = 0; round < ROUNDS && !half->lost; round++) {
    uint64_t mine = verdict_draw(&random, BATCH + 1), way = verdict_draw(&random, 3);
    uint64_t pause_us = verdict_draw(&random, round % 8 == 0 ? 4500 : 100);

    gate_pass(half->gate);
    mine = half->number == 0 ? mine : BATCH - mine;
    for (uint64_t i = 0; i < mine; i++) {
      int answer = way == half->number ? mpcc_push(place.mpcc, &i, 1)
                                       : mpcc_producer_push(half->handle, &i, 1);
      verdict_expect("a push", answer, 0);
    }
    half->lost = !await_pumped((round + 1) * BATCH);
    if (half->number == round % 2)
      pass_time_us(pause_us);
  }
}

static void exactly_a_batch_of_two_threads_is_pumped_without_another_push(void **state)
{
  (void)state;
  for (int kind = HOST_OWN; kind <= HOST_MANUAL; kind++) {
    gate_t gate;
    open_place((enum host_kind)kind, BATCH, MPCC_NO_INTERVAL);
    gate_open(&gate, 2);
    struct half halves[2] = {{open_handle(), &gate, 0, false}, {open_handle(), &gate, 1, false}};

    crew_run(push_half, halves, sizeof(halves[0]), 2);

    assert_false(halves[0].lost || halves[1].lost);
    assert_int_equal(place.due, MPCC_DUE_FULL);
    handle_close(halves[0].handle);
    handle_close(halves[1].handle);
    gate_close(&gate);
    close_place((uint64_t)ROUNDS * BATCH);
  }
}

static void an_item_now_and_then_waits_for_its_interval_and_no_longer(void **state)
{
  (void)state;
  needs_ticks();
  enum { INTERVAL_MS = 20, LOOK_MS = 2 };
  for (int kind = HOST_OWN; kind <= HOST_MANUAL; kind++) {
    open_place((enum host_kind)kind, 100, INTERVAL_MS);
    mpcc_producer_t *handle = open_handle();

    for (uint64_t i = 0; i < 15; i++) {
      uint64_t before_ms = crew_now_ms();
      assert_int_equal(handle_try(handle, 2, i), 0);
      assert_true(await_pumped(i + 1)); /* nobody else asks for it */
      /* Late it may be on a busy machine; early it may not: clocks are cut to milliseconds. */
      assert_true(crew_now_ms() - before_ms + 2 >= INTERVAL_MS - LOOK_MS);
      assert_int_equal(place.due, MPCC_DUE_INTERVAL);
      if (i < 5)
        verdict_sleep_us(50000);
    }

    handle_close(handle);
    close_place(15);
  }
}

/* Alone, and with items of mpcc_push in its slot. */
static void what_was_pushed_before_a_start_waits_from_the_start_on(void **state)
{
  (void)state;
  needs_ticks();
  enum { INTERVAL_MS = 40 };
  for (int pushed = 0; pushed < 2; pushed++) {
    mpcc_options_t options;
    rig_options(&options, 100);
    options.manual = false;
    options.push_interval_ms = INTERVAL_MS;
    options.slot_count = 2;
    rig_t *rig = rig_open(&options);
    mpcc_producer_t *handle = handle_open(rig);
    handle_push(handle, 1, 0, 3);
    if (pushed != 0)
      rig_push(rig, 1, 10, 2);
    verdict_sleep_us(2 * INTERVAL_MS * 1000);
    uint64_t before_ms = crew_now_ms();
    rig_start(rig);
    assert_true(rig_await_calls(rig, 1));
    assert_int_equal(rig->calls[0].due, MPCC_DUE_INTERVAL);
    assert_true(rig->calls[0].waited_ms >= INTERVAL_MS);
    assert_true(rig->calls[0].waited_ms <= crew_now_ms() - before_ms + 2);
    handle_close(handle);
    rig_close(rig);
  }
}

static bool room_was_told(void *arg)
{
  (void)arg;
  /* acquire: after what on_room has done. */
  return atomic_load_explicit(&place.rooms, memory_order_acquire) > 0;
}

static void who_found_the_lane_full_is_told_of_room(void **state)
{
  (void)state;
  for (int kind = HOST_OWN; kind <= HOST_MANUAL; kind++) {
    open_place((enum host_kind)kind, 1, MPCC_NO_INTERVAL);
    mpcc_producer_t *handle = open_handle();
    uint64_t items = 0;

    for (int round = 0; round < 20; round++) {
      /* release: the pump that sees it stays inside, and nobody empties the lane. */
      atomic_store_explicit(&place.hold, true, memory_order_release);
      items += handle_fill(handle, 1, items, MPCC_EFULL);
      /* release: likewise. */
      atomic_store_explicit(&place.hold, false, memory_order_release);
      assert_true(crew_await(room_was_told, NULL));
      assert_true(await_pumped(items));
      /* relaxed: nothing was refused since. */
      atomic_store_explicit(&place.rooms, 0, memory_order_relaxed);
    }

    handle_close(handle);
    close_place(items);
  }
}

/* A thread with a cancellation pending: the first cancellation point ends it. (It has no array or
   addressed variable of its own: AddressSanitizer does not follow the unwinding of its stack.) */
struct doomed {
  mpcc_producer_t *handle;
  uint64_t item;
  int result;
  bool returned;
};

static void *push_while_cancelled(void *arg)
{
  struct doomed *doomed = arg;

  pthread_cancel(pthread_self());
  doomed->result = mpcc_producer_push(doomed->handle, &doomed->item, 0);
  doomed->returned = true;
  pthread_testcancel();
  return NULL;
}

static void a_push_is_no_cancellation_point_and_the_handle_passes_to_another_thread(void **state)
{
  (void)state;
  open_place(HOST_OWN, 100, 0);
  mpcc_producer_t *handle = open_handle();
  for (uint64_t i = 0; i < 50; i++) {
    struct doomed doomed = {.handle = handle, .result = 1};
    pthread_t thread;
    void *ended = NULL;

    assert_int_equal(pthread_create(&thread, NULL, push_while_cancelled, &doomed), 0);
    pthread_join(thread, &ended);

    assert_ptr_equal(ended, PTHREAD_CANCELED);
    assert_true(doomed.returned);
    assert_int_equal(doomed.result, 0);
    assert_true(await_pumped(2 * i + 1));
    assert_int_equal(handle_try(handle, 0, i), 0);
    assert_true(await_pumped(2 * i + 2));
  }
  handle_close(handle);
  close_place(100);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_item_is_heard_of_whatever_the_loop_is_doing),
    cmocka_unit_test(a_trickle_does_not_wake_the_loop_for_each_item),
    cmocka_unit_test(exactly_a_batch_of_two_threads_is_pumped_without_another_push),
    cmocka_unit_test(an_item_now_and_then_waits_for_its_interval_and_no_longer),
    cmocka_unit_test(what_was_pushed_before_a_start_waits_from_the_start_on),
    cmocka_unit_test(who_found_the_lane_full_is_told_of_room),
    cmocka_unit_test(a_push_is_no_cancellation_point_and_the_handle_passes_to_another_thread),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
