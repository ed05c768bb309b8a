/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Promises about memory, room, time and flushes that were once broken. But for the last, on one
   thread that steps only when the instance asks for it: what is not asked for never comes. */

#include <uv.h>

#include "crew.h"
#include "picks.h"

/* Longer than any wait here; short of the test's own limit, so that it can say what failed. */
#define LONG_MS UINT64_C(20000)

/* What a batch of such items takes, with all that goes with it, is less than PIECE. */
enum { BATCH = 64, ITEM_BYTES = 1024, PIECE = BATCH * ITEM_BYTES + 2048, SOON_MS = 100 };

struct big {
  unsigned char bytes[ITEM_BYTES];
};

/* Who was told that there is room goes into rig->got. */
static void keep_the_slot(mpcc_t *mpcc, uint32_t slot, void *state)
{
  (void)mpcc;
  rig_keep(state, (int)slot);
}

static void big_options(mpcc_options_t *options, size_t pieces)
{
  rig_options(options, BATCH);
  options->item_size = sizeof(struct big);
  options->slot_count = 3;
  options->max_memory = pieces * PIECE;
  options->on_room = keep_the_slot;
}

/* The pump keeps every batch. */
static rig_t *rig_keeping(mpcc_options_t *options)
{
  rig_t *rig = rig_open(options);
  rig->answer = MPCC_PENDING;
  rig_start(rig);
  return rig;
}

static int push_big(rig_t *rig, uint32_t slot)
{
  static const struct big big = {{5}};
  return mpcc_push(rig->mpcc, &big, slot);
}

static void push_bigs(rig_t *rig, uint32_t slot, size_t count)
{
  for (size_t i = 0; i < count; i++)
    assert_int_equal(push_big(rig, slot), 0);
}

static unsigned wakes_of(const rig_t *rig)
{
  return atomic_load_explicit(&rig->wakes, memory_order_relaxed);
}

/* Step as long as the instance asks for it, since it was ${wakes}, now or within SOON_MS. */
static void step_when_asked(rig_t *rig, unsigned wakes)
{
  uint64_t end_ms = rig->now_ms + SOON_MS;
  for (;;) {
    if (wakes == wakes_of(rig) && rig->next_ms > end_ms)
      break;
    uint64_t due_ms = wakes == wakes_of(rig) ? rig->next_ms : rig->now_ms + 1;
    wakes = wakes_of(rig);
    rig_step(rig, due_ms > rig->now_ms ? due_ms : rig->now_ms + 1);
  }
}

/* -- Room --------------------------------------------------------------------------------- */

static void memory_that_an_abandoned_batch_gives_back_late_is_room(void **state)
{
  (void)state;
  mpcc_options_t options;
  big_options(&options, 2);
  rig_t *rig = rig_keeping(&options);
  push_bigs(rig, 0, BATCH);
  rig_step(rig, 1);
  mpcc_batch_t *late = rig->calls[0].batch;
  assert_int_equal(rig_complete(rig, MPCC_ABANDON), 0);
  rig_step(rig, 2);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  rig_start(rig);
  push_bigs(rig, 1, 1);
  assert_int_equal(push_big(rig, 2), MPCC_EFULL);
  rig_step(rig, 3); /* it has looked, and there was none */
  rig_step(rig, 4);
  assert_int_equal(rig->got_count, 0);

  unsigned wakes = wakes_of(rig);
  assert_int_equal(mpcc_batch_done(late, 0), MPCC_ECLOSED);
  step_when_asked(rig, wakes);

  assert_int_equal(rig->got_count, 1);
  assert_int_equal(rig->got[0], 2);
  push_bigs(rig, 2, 1);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  rig_step(rig, rig->now_ms);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_fates(rig, 0, 2, 0);
  assert_int_equal(mpcc_destroy(rig->mpcc), 0);
  rig->mpcc = NULL; /* what was abandoned has no fate that rig_close() knows */
  rig_close(rig);
}

static int wait_to_push_to_1(void *arg)
{
  static const struct big big = {{5}};
  rig_t *rig = arg;
  return mpcc_push_wait(rig->mpcc, &big, 1, MPCC_NO_TIMEOUT);
}

static void cells_beside_the_item_of_one_who_waited_are_room(void **state)
{
  (void)state;
  mpcc_options_t options;
  sleeper_t waiter;
  big_options(&options, 3);
  rig_t *rig = rig_keeping(&options);
  push_bigs(rig, 0, 3 * BATCH);
  rig_step(rig, 1);
  unsigned wakes = wakes_of(rig);
  sleeper_start(&waiter, wait_to_push_to_1, rig);
  assert_int_equal(push_big(rig, 1), MPCC_EFULL);
  step_when_asked(rig, wakes);
  assert_int_equal(rig->got_count, 0);

  wakes = wakes_of(rig);
  assert_int_equal(rig_done(rig, 0, 0), 0); /* the only piece goes to who waits */
  step_when_asked(rig, wakes);
  assert_int_equal(sleeper_join(&waiter), 0);
  step_when_asked(rig, wakes);

  assert_int_equal(rig->got_count, 1);
  assert_int_equal(rig->got[0], 1);
  push_bigs(rig, 1, BATCH - 1);
  assert_int_equal(push_big(rig, 1), MPCC_EFULL);
  rig_close(rig);
}

/* ${capacity}: what refuses; 0: memory does. */
static void refuse_often(size_t pieces, size_t capacity)
{
  enum { REFUSALS = 1000, FEW = 3 };
  mpcc_options_t options;
  big_options(&options, pieces);
  options.capacity = capacity;
  rig_t *rig = rig_keeping(&options);
  push_bigs(rig, 0, capacity != 0 ? BATCH : 3 * BATCH);
  rig_step(rig, 1);
  if (capacity != 0)
    push_bigs(rig, 0, capacity);
  rig_step(rig, 2);
  assert_int_equal(rig_calls(rig), 1);

  unsigned before = wakes_of(rig);
  for (int i = 0; i < REFUSALS; i++) {
    unsigned wakes = wakes_of(rig);
    assert_int_equal(push_big(rig, 0), MPCC_EFULL);
    step_when_asked(rig, wakes);
  }

  assert_in_range(wakes_of(rig) - before, 0, FEW);
  assert_int_equal(rig->got_count, 0);
  assert_int_equal(stats_of(rig, 0).rejected, REFUSALS);
  unsigned wakes = wakes_of(rig);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  step_when_asked(rig, wakes);
  assert_int_equal(rig->got_count, 1); /* and yet it was not forgotten */
  assert_int_equal(rig->got[0], 0);
  rig_close(rig);
}

static void a_thousand_refusals_for_memory_wake_the_loop_a_few_times(void **state)
{
  (void)state;
  refuse_often(3, 0);
}

static void a_thousand_refusals_at_capacity_beside_max_memory_do_so_too(void **state)
{
  (void)state;
  refuse_often(9, 2 * BATCH);
}

/* -- Time --------------------------------------------------------------------------------- */

static void a_timeout_is_as_long_at_any_time_that_the_caller_says(void **state)
{
  (void)state;
  /* Where milliseconds, as nanoseconds, are more than 64 bits hold; and far beyond. */
  static const uint64_t times[] = {0, UINT64_MAX / 1000000 - 500, UINT64_MAX / 1000000 + 1,
                                   UINT64_C(1) << 60, UINT64_MAX / 2};
  for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
    mpcc_options_t options;
    rig_options(&options, 1);
    options.pump_timeout_ms = 1000;
    rig_t *rig = rig_keeping(&options);
    rig_push(rig, 0, 0, 1);

    rig_step(rig, times[i]);
    assert_int_equal(rig_count(rig, CALL_CANCEL), 0);
    assert_in_range(rig->next_ms - times[i], 1000, 1001);
    rig_step(rig, times[i] + 999);
    assert_int_equal(rig_count(rig, CALL_CANCEL), 0);
    rig_step(rig, times[i] + 1001);
    assert_int_equal(rig_count(rig, CALL_CANCEL), 1);

    assert_int_equal(rig_done(rig, 0, 0), 0);
    rig_close(rig);
  }
}

/* -- Weights ------------------------------------------------------------------------------ */

static size_t first_byte(const void *item, void *arg)
{
  const struct big *big = item;
  (void)arg;
  return big->bytes[0];
}

/* Where there is no memory to share out, a batch may be handed over where it lies, and what lies
   behind it waits for memory alone. */
static void a_heavy_batch_does_not_wait_for_one_in_flight_once_memory_is_back(void **state)
{
  (void)state;
  mpcc_options_t options;
  big_options(&options, 2);
  options.on_room = NULL;
  options.max_concurrency = 2;
  options.weigh = first_byte;
  options.max_batch_weight = 10; /* two items */
  rig_t *rig = rig_keeping(&options);
  push_bigs(rig, 1, 1);
  assert_int_equal(mpcc_flush(rig->mpcc, 1), 0);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 1);
  unsigned wakes = wakes_of(rig);
  push_bigs(rig, 0, 4);
  step_when_asked(rig, wakes);
  assert_true(stats_of(rig, 0).in_flight >= 1);

  wakes = wakes_of(rig);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  step_when_asked(rig, wakes);

  assert_int_equal(stats_of(rig, 0).in_flight, 2);
  assert_int_equal(stats_of(rig, 0).queued, 0);
  for (size_t i = 1; i < 3; i++) {
    assert_int_equal(rig->calls[i].count, 2);
    assert_int_equal(rig->calls[i].due, MPCC_DUE_FULL);
  }
  rig_close(rig);
}

/* -- A flush that waits on a loop that does not turn yet ----------------------------------- */

static int hold_item_2(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  return *(const uint64_t *)batch->items == 2 ? MPCC_PENDING : 0;
}

static int start_and_flush(void *arg)
{
  rig_t *rig = arg;
  uint64_t item = 1;
  if (mpcc_start(rig->mpcc, rig_on_pump, rig) != 0 || mpcc_push(rig->mpcc, &item, 0) != 0)
    return 1;
  return mpcc_flush_wait(rig->mpcc, 0, LONG_MS);
}

static void a_flush_by_the_starter_waits_for_no_item_pushed_after_it(void **state)
{
  (void)state;
  uv_loop_t loop;
  mpcc_options_t options;
  sleeper_t starter;
  assert_int_equal(uv_loop_init(&loop), 0);
  rig_options(&options, 1);
  options.manual = false;
  options.loop = &loop;
  options.max_concurrency = 2;
  rig_t *rig = rig_open(&options);
  rig->on_pump = hold_item_2;
  sleeper_start(&starter, start_and_flush, rig);
  rig_push(rig, 0, 2, 1);

  uint64_t end_ms = crew_now_ms() + LONG_MS / 2;
  while (!sleeper_is_up(&starter) && crew_now_ms() < end_ms) {
    uv_run(&loop, UV_RUN_NOWAIT);
    uv_sleep(1);
  }
  assert_true(sleeper_is_up(&starter));
  assert_int_equal(sleeper_join(&starter), 0);

  assert_int_equal(rig_calls(rig), 2);
  assert_int_equal(rig_done(rig, 1, 0), 0);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_fates(rig, 2, 0, 0);
  rig_close(rig);
  assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(memory_that_an_abandoned_batch_gives_back_late_is_room),
    cmocka_unit_test(cells_beside_the_item_of_one_who_waited_are_room),
    cmocka_unit_test(a_thousand_refusals_for_memory_wake_the_loop_a_few_times),
    cmocka_unit_test(a_thousand_refusals_at_capacity_beside_max_memory_do_so_too),
    cmocka_unit_test(a_timeout_is_as_long_at_any_time_that_the_caller_says),
    cmocka_unit_test(a_heavy_batch_does_not_wait_for_one_in_flight_once_memory_is_back),
    cmocka_unit_test(a_flush_by_the_starter_waits_for_no_item_pushed_after_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
