/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Threads push while the loop opens the ingress, again and again, and closes it. */

#include "harness.h"

#include <sched.h>
#include <string.h>

#include "crew.h"
#include "instance.h"

enum { PRODUCERS = 3, WIDE = 64, ROUNDS = 4, EACH = 4000 };

static atomic_bool open_now;
static uint64_t expected[PRODUCERS][WIDE]; /* the loop's */
static atomic_uint out_of_order;
static atomic_uint_fast64_t taken;

/* An item is whose, and the how many-th in its slot. */
static int check_order(rig_t *rig, mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;

  if (atomic_exchange(&open_now, false))
    rig->mpcc->world.loop.scattered = true;
  for (size_t i = 0; i < batch->count; i++) {
    uint64_t who = items[i] >> 32;
    if (who == PRODUCERS) /* see is_closed */
      continue;
    if (expected[who][batch->slot]++ != (uint32_t)items[i])
      atomic_fetch_add(&out_of_order, 1);
    atomic_fetch_add(&taken, 1);
  }
  return 0;
}

struct producer {
  rig_t *rig;
  uint64_t number;
  uint64_t next[WIDE];
};

static void produce(void *arg)
{
  struct producer *producer = arg;
  uint64_t random = producer->number + 7;

  for (uint64_t i = 0; i < EACH; i++) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    uint32_t slot = (uint32_t)(random >> 40) % WIDE;
    uint64_t item = producer->number << 32 | producer->next[slot]++;
    while (mpcc_push(producer->rig->mpcc, &item, slot) != 0)
      continue;
    if (i % 1000 == 0)
      (void)mpcc_flush(producer->rig->mpcc, MPCC_ALL_SLOTS);
  }
}

static bool all_are_taken(void *arg)
{
  return atomic_load(&taken) == *(const uint64_t *)arg;
}

static uint64_t trickled;

/* What comes now and then, when it has been calm for long, closes it. */
static bool is_closed(void *arg)
{
  rig_t *rig = arg;
  const uint64_t item = (uint64_t)PRODUCERS << 32;

  trickled += mpcc_push(rig->mpcc, &item, 0) == 0;
  return (atomic_load(&rig->mpcc->world.detour) & MPCC__DETOUR_SCATTERED) == 0;
}

static void calm_down(rig_t *rig)
{
  if (!RIG_INGRESS)
    assert_true(crew_await(is_closed, rig));
}

static void threads_keep_their_order_when_it_opens_and_closes(void **state)
{
  (void)state;
  mpcc_options_t options;
  struct producer producers[PRODUCERS];
  mpcc_stats_t stats;
  rig_options(&options, 4);
  options.manual = false;
  options.slot_count = WIDE;
  options.push_interval_ms = 1;
  memset(expected, 0, sizeof(expected));
  memset(producers, 0, sizeof(producers));
  atomic_init(&out_of_order, 0);
  atomic_init(&taken, 0);
  trickled = 0;
  atomic_init(&open_now, false);
  rig_t *rig = rig_open(&options);
  rig->on_pump = check_order;
  rig_start(rig);
  for (uint64_t i = 0; i < PRODUCERS; i++) {
    producers[i].rig = rig;
    producers[i].number = i;
  }
  for (uint64_t round = 1; round <= ROUNDS; round++) {
    uint64_t all = round * PRODUCERS * EACH;
    atomic_store(&open_now, true);
    crew_run(produce, producers, sizeof(producers[0]), PRODUCERS);
    assert_true(crew_await(all_are_taken, &all));
    calm_down(rig); /* for the next round it is opened again */
  }
  assert_int_equal(atomic_load(&out_of_order), 0);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  assert_int_equal(stats.pushed, ROUNDS * PRODUCERS * EACH + trickled);
  assert_int_equal(stats.delivered, ROUNDS * PRODUCERS * EACH + trickled);
  rig_close(rig);
}

/* -- A backlog ----------------------------------------------------------------------------- */

enum { BACKLOG = 1100000 };

static atomic_bool may_go;
static uint64_t next_item; /* the loop's */
static uint64_t pushed;

/* Opens the ingress when it is called first; and holds the loop up when it is told to. */
static int hold_up(rig_t *rig, mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;

  if (items[0] == 0)
    rig->mpcc->world.loop.scattered = true;
  while (!atomic_load(&may_go))
    sched_yield();
  for (size_t i = 0; i < batch->count; i++)
    if (items[i] != next_item++)
      atomic_fetch_add(&out_of_order, 1);
  atomic_fetch_add(&taken, batch->count);
  return 0;
}

static bool is_open(void *arg)
{
  const rig_t *rig = arg;

  pushed += mpcc_push(rig->mpcc, &pushed, 0) == 0;
  return (atomic_load(&rig->mpcc->world.detour) & MPCC__DETOUR_SCATTERED) != 0;
}

static void more_than_a_look_takes_in_comes_in_order_too(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 500);
  options.manual = false;
  options.push_interval_ms = 1;
  atomic_init(&out_of_order, 0);
  atomic_init(&taken, 0);
  atomic_init(&may_go, true);
  next_item = pushed = 0;
  rig_t *rig = rig_open(&options);
  rig->on_pump = hold_up;
  rig_start(rig);
  assert_true(crew_await(is_open, rig));
  atomic_store(&may_go, false);
  for (uint64_t i = 0; i < BACKLOG; i++, pushed++)
    assert_int_equal(mpcc_push(rig->mpcc, &pushed, 0), 0);
  atomic_store(&may_go, true);
  assert_true(crew_await(all_are_taken, &pushed));
  assert_int_equal(atomic_load(&out_of_order), 0);
  rig_close(rig);
}

static int count_only(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  atomic_fetch_add(&taken, batch->count);
  return 0;
}

/* -- As the loop finds it ---------------------------------------------------------------------- */

/* So much comes due at once, and so little of each slot, that the ingress is opened, if the machine
   is fast enough. */
static void nothing_is_lost_in_many_slots(void **state)
{
  (void)state;
  enum { MANY_SLOTS = 32768 };
  mpcc_options_t options;
  rig_options(&options, 500);
  options.manual = false;
  options.slot_count = MANY_SLOTS;
  options.push_interval_ms = 1;
  atomic_init(&out_of_order, 0);
  atomic_init(&taken, 0);
  memset(expected, 0, sizeof(expected));
  rig_t *rig = rig_open(&options);
  rig->on_pump = count_only;
  for (uint64_t round = 1; round <= 3; round++) {
    uint64_t all = round * MANY_SLOTS;
    for (uint32_t slot = 0; slot < MANY_SLOTS; slot++)
      assert_int_equal(mpcc_push(rig->mpcc, &all, slot), 0);
    if (round == 1)
      rig_start(rig);
    assert_true(crew_await(all_are_taken, &all));
  }
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(threads_keep_their_order_when_it_opens_and_closes),
    cmocka_unit_test(more_than_a_look_takes_in_comes_in_order_too),
    cmocka_unit_test(nothing_is_lost_in_many_slots),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
