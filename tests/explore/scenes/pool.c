/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Where segments come from: take against take, give, and growing; and a taker that is slow. */
#include "queue_parts.h"

enum { OWNER_OF = 40 /* ghost: by number */ };

static void own(uint32_t number, int who)
{
  CHECK(ghost_get(OWNER_OF + (int)number) == 0);
  ghost_set(OWNER_OF + (int)number, who);
}

static void disown(uint32_t number, int who)
{
  CHECK(ghost_get(OWNER_OF + (int)number) == who);
  ghost_set(OWNER_OF + (int)number, 0);
}

static uint64_t *first_item(uint32_t number)
{
  void *items = mpcc__segment_items(&pool.shelf, mpcc__segment_at(&pool.shelf, number));

  return items;
}

/* Nobody else has it, and its memory is this thread's alone. */
static void take_and_give(int who)
{
  uint32_t number = mpcc__pool_take(&pool);

  if (number == 0)
    return;
  own(number, who);
  *first_item(number) = (uint64_t)who;
  CHECK(*first_item(number) == (uint64_t)who);
  disown(number, who);
  mpcc__pool_give(&pool, number);
}

static void twice(void *arg)
{
  take_and_give((int)(intptr_t)arg);
  take_and_give((int)(intptr_t)arg);
}

static void pair(void *arg)
{
  uint32_t first = mpcc__pool_take(&pool), second = mpcc__pool_take(&pool);
  int who = (int)(intptr_t)arg;

  if (first != 0)
    own(first, who);
  if (second != 0) {
    own(second, who);
    disown(second, who);
    mpcc__pool_give(&pool, second);
  }
  if (first != 0) {
    disown(first, who);
    mpcc__pool_give(&pool, first);
  }
}

/* Every segment is there, once. */
static void count_segments(uint32_t limit)
{
  for (uint32_t i = 0; i < limit; i++) {
    uint32_t number = mpcc__pool_take(&pool);

    CHECK(number != 0);
    own(number, 9);
  }
  CHECK(mpcc__pool_take(&pool) == 0);
  mpcc__pool_close(&pool);
}

static void take_give(void)
{
  open_queue(1, 2);
  scene_go(twice, (void *)1);
  scene_go(twice, (void *)2);
  scene_join();
  count_segments(2);
}

static void three(void)
{
  open_queue(1, 2);
  scene_go(twice, (void *)1);
  scene_go(pair, (void *)2);
  scene_go(twice, (void *)3);
  scene_join();
  count_segments(2);
}

/* All segments have been given back before, so nodes and numbers do not match any more, and a stale
 * look at the ends finds the same numbers with other tags. */
static void reuse(void)
{
  uint32_t a, b;

  open_queue(1, 2);
  a = mpcc__pool_take(&pool);
  b = mpcc__pool_take(&pool);
  mpcc__pool_give(&pool, b);
  mpcc__pool_give(&pool, a);
  scene_go(pair, (void *)1);
  scene_go(pair, (void *)2);
  scene_join();
  count_segments(2);
}

static void take_fresh(void *arg)
{
  uint32_t number = mpcc__pool_take(&pool);

  CHECK(number != 0);
  own(number, (int)(intptr_t)arg);
  *first_item(number) = (uint64_t)(uintptr_t)arg;
  CHECK(mpcc__segment_at(&pool.shelf, number)->number == number);
  if (number % 2 == 0)
    mpcc__pool_give(&pool, number);
}

/* Unbounded: two threads find that there is no slab, and bring one each. */
static void grow(void)
{
  open_queue(1, 0);
  scene_go(take_fresh, (void *)1);
  scene_go(take_fresh, (void *)2);
  scene_join();
  mpcc__pool_close(&pool);
}

/* There is always one: who takes finds it, however old what it looks at is. */
static void take_one(void *arg)
{
  uint32_t number = mpcc__pool_take(&pool);

  CHECK(number != 0);
  own(number, (int)(intptr_t)arg);
}

static void never_empty(void)
{
  uint32_t numbers[3];

  open_queue(1, 3);
  for (int i = 0; i < 3; i++)
    numbers[i] = mpcc__pool_take(&pool);
  for (int i = 0; i < 3; i++)
    mpcc__pool_give(&pool, numbers[i]);
  scene_go(twice, (void *)1);
  scene_go(take_one, (void *)2);
  scene_join();
  mpcc__pool_close(&pool);
}

/* Three give at once, one that was stopped is helped by the others, and one takes again. */
static void give_one(void *arg)
{
  mpcc__pool_give(&pool, (uint32_t)(uintptr_t)arg);
}

static void give_and_take(void *arg)
{
  mpcc__pool_give(&pool, (uint32_t)(uintptr_t)arg);
  take_and_give(3);
  take_and_give(3);
}

static void givers(void)
{
  open_queue(1, 3);
  for (int i = 0; i < 3; i++)
    CHECK(mpcc__pool_take(&pool) != 0);
  scene_go(give_one, (void *)1);
  scene_go(give_one, (void *)2);
  scene_go(give_and_take, (void *)3);
  scene_join();
  count_segments(3);
}

const struct scene scenes_pool[] = {
  {"pool_take_give", "two threads take and give two segments", take_give, 1},
  {"pool_three", "three threads take and give two segments", three, 1},
  {"pool_reuse", "two threads take both segments, in used memory", reuse, 1},
  {"pool_grow", "two threads make a pool grow at once", grow, 0},
  {"pool_never_empty", "there is always a segment to take", never_empty, 1},
  {"pool_givers", "three threads give, and take again", givers, 1},
  {0},
};
