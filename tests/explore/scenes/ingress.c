/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Pushes by way of the ingress; its rings are of two records at first, and of eight at most. */
#include "../../../src/allocator.h"
#include "../../../src/ingress.h"
#include "../../../src/instance.h"

#include "instance.h"

enum { CELLS = 12, CALM_MS = 600 };

/* As the loop does when it has seen that it is worth it: the step opens the ingress. */
static void open_scattered(uint32_t batch_size)
{
  mpcc_options_t options = manual_options(batch_size);

  options.slot_count = 2;
  open_instance(&options, pump_now);
  mpcc->world.loop.scattered = true;
  (void)step();
}

/* The batch is full of what three threads have pushed, each of which finds the loop asleep. */
static void step_full(void)
{
  open_scattered(4);
  scene_go(push_two, (void *)1);
  scene_go(push_one, (void *)2);
  scene_go(push_one, (void *)3);
  drive();
  CHECK(ghost_get(DELIVERED) == 4);
  finish_manual();
}

/* What was pushed before the flush is not left in a ring. */
static void flush(void)
{
  open_scattered(CELLS);
  scene_go(push_three_and_flush, (void *)1);
  scene_go(push_two, (void *)2);
  drive();
  CHECK(ghost_get(LAST_OF + 1) == 3);
  finish_manual();
}

/* All that was pushed before a discard is dropped by the next step. */
static void drop(void)
{
  open_scattered(CELLS);
  push_items(2, 3);
  CHECK(mpcc_discard(mpcc, 0) == 0);
  (void)step();
  CHECK(ghost_get(DROPPED) == 3);
  finish_manual();
}

static void drain(void)
{
  open_scattered(CELLS);
  stop_against_pushes(MPCC_DRAIN);
}

static void discard(void)
{
  open_scattered(CELLS);
  stop_against_pushes(MPCC_DISCARD);
}

static void push_many_more(void *arg)
{
  push_items((int)(intptr_t)arg, 6);
}

/* Rings are emptied while larger ones take their places. */
static void grown(void)
{
  open_scattered(CELLS);
  CHECK(push_into(1, 3, 1) == 0);
  scene_go(push_many_more, (void *)1);
  scene_go(push_three_and_flush, (void *)2);
  drive();
  finish_manual();
}

/* -- One after the other ---------------------------------------------------------------------- */

static _Atomic int turn; /* who may push */

enum { RELAY = 1 }; /* whose items they are */

/* The item of each thread is pushed when that of the one before was. */
static void push_in_turn(void *arg)
{
  int me = (int)(intptr_t)arg;

  /* With the turn goes that the other one has pushed. */
  while (atomic_load_explicit(&turn, memory_order_acquire) != me)
    scene_yield();
  CHECK(push_into(0, RELAY, me + 1) == 0);
  /* As above. */
  atomic_store_explicit(&turn, me + 1, memory_order_release);
}

static void flush_last(void *arg)
{
  push_in_turn(arg);
  CHECK(mpcc_flush(mpcc, 0) == 0);
}

/* They come in that order (see_items). */
static void relay(void)
{
  atomic_init(&turn, 0);
  open_scattered(2);
  for (int i = 0; i < 2; i++)
    scene_go(push_in_turn, (void *)(intptr_t)i);
  scene_go(flush_last, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == 3);
  finish_manual();
}

/* The loop closes the ingress, as it is calm, when some have pushed there and others have not. */
static void calm(void)
{
  atomic_init(&turn, 0);
  open_scattered(3);
  now_ms += CALM_MS;
  for (int i = 0; i < 3; i++)
    scene_go(push_in_turn, (void *)(intptr_t)i);
  drive();
  CHECK(ghost_get(DELIVERED) == 3);
  finish_manual();
}

static void push_both(void *arg)
{
  int who = (int)(intptr_t)arg;
  const uint64_t items[] = {item_of(who, 1), item_of(who, 2)};

  CHECK(mpcc_push_many(mpcc, items, 2, 0) == 2);
  ghost_add(ACCEPTED, 2);
}

static void push_in_turn_or_not(void *arg)
{
  int me = (int)(intptr_t)arg, err;

  /* With the turn goes that the other one has pushed. */
  while (atomic_load_explicit(&turn, memory_order_acquire) != me)
    scene_yield();
  err = push_into(0, RELAY, me + 1);
  CHECK(err == 0 || err == MPCC_ECLOSED);
  /* As above. */
  atomic_store_explicit(&turn, me + 1, memory_order_release);
}

/* The instance is closed when some have pushed there and others have not. */
static void drain_relay(void)
{
  atomic_init(&turn, 0);
  open_scattered(CELLS);
  for (int i = 0; i < 3; i++)
    scene_go(push_in_turn_or_not, (void *)(intptr_t)i);
  CHECK(mpcc_complete(mpcc, MPCC_DRAIN, on_complete, NULL) == 0);
  drive_to_end();
  scene_join();
  check_stopped();
  CHECK(ghost_get(DELIVERED) == ghost_get(ACCEPTED));
  CHECK(mpcc_destroy(mpcc) == 0);
}

/* The loop opens it while others push. */
static void opened(void)
{
  mpcc_options_t options = manual_options(3);

  atomic_init(&turn, 0);
  open_instance(&options, pump_now);
  scene_go(push_in_turn, (void *)0);
  scene_go(push_in_turn, (void *)1);
  scene_go(flush_last, (void *)2);
  scene_go(push_both, (void *)2);
  (void)step();
  mpcc->world.loop.scattered = true;
  drive();
  CHECK(ghost_get(LAST_OF + RELAY) == 3);
  finish_manual();
}

/* -- The ingress alone ------------------------------------------------------------------------ */

enum { EACH = 3, PUSHERS = 2, TAKEN = OWN };

static struct mpcc__ingress *ingress;
static struct mpcc__source plain;

/* Three items of each thread, when it is its turn: so its ring of two is full in between. */
static void put_in_turn(void *arg)
{
  int me = (int)(intptr_t)arg;

  /* With the turn goes that the other one has pushed. */
  while (atomic_load_explicit(&turn, memory_order_acquire) != me)
    scene_yield();
  for (uint64_t i = 1; i <= EACH; i++) {
    const uint64_t item[4] = {(uint64_t)me * EACH + i};
    /* Who comes first has the entry that is looked into first. */
    struct mpcc__ring *ring = mpcc__ingress_ring(ingress, &plain, (uintptr_t)(PUSHERS - me));

    (void)mpcc__ingress_claim(ingress, ring, 0, (const unsigned char *)item, 1);
    mpcc__ring_publish(ring, 1);
  }
  /* As above. */
  atomic_store_explicit(&turn, me + 1, memory_order_release);
}

/* ${full}: other threads have all entries of the first table. */
static void take_in_turn(bool full)
{
  int turns = 0;

  atomic_init(&turn, 0);
  plain = mpcc__allocator_source(NULL);
  ingress = mpcc__ingress_new(&plain, sizeof(uint64_t));
  mpcc__ingress_open(ingress);
  for (int i = 0; full && i < MPCC__RINGS_THREADS; i++)
    atomic_init(&ingress->rings.table.entries[i].thread, (uintptr_t)(PUSHERS + 1 + i));
  for (int i = 0; i < PUSHERS; i++)
    scene_go(put_in_turn, (void *)(intptr_t)i);
  while (ghost_get(TAKEN) < PUSHERS * EACH) {
    size_t count = mpcc__ingress_look(ingress, &plain, mpcc__ingress_bound(ingress));

    for (size_t i = 0; i < count; i++) {
      uint64_t item;

      memcpy(&item, ingress->items + i * sizeof item, sizeof item);
      ghost_add(TAKEN, 1);
      CHECK(item == (uint64_t)ghost_get(TAKEN));
    }
    mpcc__ingress_took(ingress, 0, count);
    if (count == 0)
      scene_idle(&turns);
  }
  scene_join();
  mpcc__ingress_free(ingress, &plain);
}

static void in_turn(void)
{
  take_in_turn(false);
}

static void in_a_further_table(void)
{
  take_in_turn(true);
}

/* Both make a further table: one of the two is used. */
static void join(void *arg)
{
  CHECK(mpcc__ingress_ring(ingress, &plain, (uintptr_t)arg) != NULL);
  CHECK(mpcc__ingress_ring(ingress, &plain, (uintptr_t)arg)->thread == (uintptr_t)arg);
}

static void join_at_once(void)
{
  plain = mpcc__allocator_source(NULL);
  ingress = mpcc__ingress_new(&plain, sizeof(uint64_t));
  for (int i = 0; i < MPCC__RINGS_THREADS; i++)
    atomic_init(&ingress->rings.table.entries[i].thread, (uintptr_t)(PUSHERS + 1 + i));
  for (int i = 1; i <= PUSHERS; i++)
    scene_go(join, (void *)(intptr_t)i);
  scene_join();
  mpcc__ingress_free(ingress, &plain);
}

const struct scene scenes_ingress[] = {
  {"ingress_further", "the same, with entries in a further table", in_a_further_table, 1},
  {"ingress_join", "two threads make a further table at once", join_at_once, 1},
  {"ingress_in_turn", "threads that push one after the other, and who takes", in_turn, 1},
  {"ingress_full", "a batch out of three rings", step_full, 1},
  {"ingress_flush", "a flush behind what came in", flush, 1},
  {"ingress_drop", "a discard behind what came in", drop, 1},
  {"ingress_drain", "a drain against pushes", drain, 1},
  {"ingress_discard", "a discarding stop against pushes", discard, 1},
  {"ingress_grown", "larger rings take full ones' places", grown, 1},
  {"ingress_relay", "threads that push one after the other", relay, 1},
  {"ingress_drain_relay", "the same against a drain", drain_relay, 1},
  {"ingress_calm", "the same, and it is closed meanwhile", calm, 1},
  {"ingress_opened", "the same, and it is opened meanwhile", opened, 1},
  {0},
};
