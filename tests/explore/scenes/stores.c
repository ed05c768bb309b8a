/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Store buffers, of two records at first, and eight at most: what is in them comes to its cells. */
#include "../../../src/instance.h"

#include "instance.h"

enum { CELLS = 12 };

/* As the loop does when it has seen that they are worth it. */
static void turn_on(void)
{
  mpcc->world.stores.on = true;
  /* relaxed: no other thread is there yet. */
  atomic_fetch_or_explicit(&mpcc->world.detour, MPCC__DETOUR_SHARED, memory_order_relaxed);
}

static void open_sharing(uint32_t batch_size)
{
  mpcc_options_t options = manual_options(batch_size);

  open_instance(&options, pump_now);
  turn_on();
}

/* The batch is full of what is in two buffers, but for its last item. */
static void step_full(void)
{
  open_sharing(3);
  scene_go(push_two, (void *)1);
  scene_go(push_one, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == 3);
  finish_manual();
}

/* Buffers run full. */
static void run_full(void)
{
  open_sharing(CELLS);
  scene_go(push_three, (void *)1);
  scene_go(push_three, (void *)2);
  drive();
  finish_manual();
}

/* What was pushed before the flush is not left in a buffer. */
static void flush(void)
{
  open_sharing(CELLS);
  scene_go(push_three_and_flush, (void *)1);
  scene_go(push_two, (void *)2);
  drive();
  CHECK(ghost_get(LAST_OF + 1) == 3);
  finish_manual();
}

static void drain(void)
{
  open_sharing(CELLS);
  stop_against_pushes(MPCC_DRAIN);
}

static void discard(void)
{
  open_sharing(CELLS);
  stop_against_pushes(MPCC_DISCARD);
}

static void turn_off_and_on(void *arg)
{
  (void)arg;
  /* relaxed: as the loop does it. */
  atomic_fetch_and_explicit(&mpcc->world.detour, ~(unsigned)MPCC__DETOUR_SHARED,
                            memory_order_relaxed);
  scene_pause();
  /* relaxed: as above. */
  atomic_fetch_or_explicit(&mpcc->world.detour, MPCC__DETOUR_SHARED, memory_order_relaxed);
}

/* Some items go directly, some through a buffer: still in order. */
static void mixed(void)
{
  open_sharing(CELLS);
  scene_go(push_three_and_flush, (void *)1);
  scene_go(turn_off_and_on, NULL);
  drive();
  CHECK(ghost_get(LAST_OF + 1) == 3);
  finish_manual();
}

/* All that was pushed before a discard is dropped by the next step, buffered or not. */
static void drop(void)
{
  open_sharing(CELLS);
  push_items(2, 3);
  CHECK(mpcc_discard(mpcc, 0) == 0);
  (void)step();
  CHECK(ghost_get(DROPPED) == 3);
  finish_manual();
}

static void push_many_more(void *arg)
{
  push_items((int)(intptr_t)arg, 6);
}

/* A buffer is emptied while a larger one takes its place. */
static void grown(void)
{
  open_sharing(CELLS);
  CHECK(push_into(0, 3, 1) == 0);
  scene_go(push_many_more, (void *)1);
  scene_go(push_three_and_flush, (void *)2);
  drive();
  finish_manual();
}

static void push_four(void *arg)
{
  push_items((int)(intptr_t)arg, 4);
}

/* Records that the loop has read are written again. */
static void again(void)
{
  open_sharing(4);
  CHECK(push_into(0, 3, 1) == 0);
  scene_go(push_four, (void *)1);
  scene_go(push_two, (void *)2);
  drive();
  finish_manual();
}

/* -- One address, two threads ---------------------------------------------------------------- */

enum { ADDRESS = 77 };

static _Atomic int had; /* how many have had the address */

static void push_as_tenant(void *arg)
{
  int who = (int)(intptr_t)arg;
  struct mpcc__rings *rings = &mpcc->world.stores.rings;
  struct mpcc__ring *ring;

  /* relaxed: who gives the address on orders more; the buffer needs no more than this. */
  while (atomic_load_explicit(&had, memory_order_relaxed) < who)
    scene_yield();
  ring = mpcc__rings_of(rings, &mpcc->world.source, (uintptr_t)ADDRESS);
  CHECK(ring == NULL || ring->stride == 2 * sizeof(uint64_t));
  if (who == 0)
    CHECK(mpcc__rings_grow(rings, &mpcc->world.source, ring) != NULL);
  /* relaxed: as above. */
  atomic_store_explicit(&had, who + 1, memory_order_relaxed);
}

static void tenants(void)
{
  atomic_init(&had, 0);
  open_sharing(CELLS);
  for (int who = 0; who < 2; who++)
    scene_go(push_as_tenant, (void *)(intptr_t)who);
  scene_join();
  finish_manual();
}

/* A cut in the middle of a segment: the cell with which its rest is a batch has to be told of. */
static void cut(void)
{
  open_sharing(3);
  CHECK(push_into(0, 3, 1) == 0);
  CHECK(mpcc_discard(mpcc, 0) == 0);
  scene_go(push_two, (void *)1);
  scene_go(push_one, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) >= 3 - 1);
  finish_manual();
}

const struct scene scenes_stores[] = {
  {"stores_full", "a batch out of two buffers", step_full, 1},
  {"stores_run_full", "buffers that run full", run_full, 1},
  {"stores_flush", "a flush behind buffered items", flush, 1},
  {"stores_drain", "a drain against buffered items", drain, 1},
  {"stores_discard", "a discard against buffered items", discard, 1},
  {"stores_mixed", "buffers are turned off and on", mixed, 1},
  {"stores_drop", "a discard behind buffered items", drop, 1},
  {"stores_grown", "a larger buffer takes a full one's place", grown, 1},
  {"stores_again", "records are written again", again, 1},
  {"stores_tenants", "threads one after the other at one address", tenants, 1},
  {"stores_cut", "a batch that begins in the middle of a segment", cut, 1},
  {0},
};
