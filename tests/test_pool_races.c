/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Whose a segment is while threads take and give. */

#include "pool_rig.h"
#include "racers.h"

enum { TAKERS = 4, TURNS = 40000 / RACERS_SLOWER, GROWN = 500 };

struct taker {
  uint32_t most; /* segments that it holds at once */
  uint32_t seed;
  uint32_t mark;
  uint64_t taken;
  uint64_t empty;
  uint64_t wrong;
};

/* By number: whose it is; and beside it what only the holder may touch, without any atomic. */
static atomic_uint owners[GROWN * TAKERS + 1];
static uint64_t turns[GROWN * TAKERS + 1];

static void write_and_give(struct taker *me, uint32_t number)
{
  uint32_t *items = (uint32_t *)(void *)mpcc__segment_items(&pool.shelf, at(number));

  me->wrong += items[0] != me->mark || items[pool.shelf.cap - 1] != me->mark;
  /* relaxed: the exchange at the next take finds out who was careless. */
  me->wrong += atomic_exchange_explicit(&owners[number], 0, memory_order_relaxed) != me->mark;
  mpcc__pool_give(&pool, number);
}

static bool take_one(struct taker *me, uint32_t *number)
{
  uint32_t *items;

  *number = mpcc__pool_take(&pool);
  if (*number == 0) {
    me->empty++;
    sched_yield();
    return false;
  }
  /* relaxed: only to see whether somebody else has it. */
  me->wrong += atomic_exchange_explicit(&owners[*number], me->mark, memory_order_relaxed) != 0;
  turns[*number]++;
  items = (uint32_t *)(void *)mpcc__segment_items(&pool.shelf, at(*number));
  items[0] = items[pool.shelf.cap - 1] = me->mark;
  me->taken++;
  return true;
}

static void *take_and_give(void *arg)
{
  struct taker *me = arg;
  uint32_t held[8], count = 0, number;

  racers_line_up();
  /* On a busy machine a thread may not get its turn before the others have had all of theirs. */
  for (uint32_t i = 0; i < TURNS || me->taken == 0; i++) {
    if (count < me->most && racers_random(&me->seed) % 2 == 0) {
      if (take_one(me, &number))
        held[count++] = number;
    } else if (count > 0) {
      write_and_give(me, held[--count]);
    }
    if (racers_random(&me->seed) % 64 == 0)
      sched_yield();
  }
  while (count > 0)
    write_and_give(me, held[--count]);
  return NULL;
}

static void takers_race(uint32_t most)
{
  struct taker takers[TAKERS];
  struct racers racers;
  uint64_t taken = 0, counted_turns = 0, empty = 0;

  memset(turns, 0, sizeof(turns));
  for (uint32_t i = 0; i < TAKERS; i++)
    takers[i] = (struct taker){.most = most, .seed = 100 + i, .mark = i + 1};
  assert_true(racers_start(&racers, take_and_give, takers, sizeof(takers[0]), TAKERS, 0));
  racers_join(&racers);

  for (int i = 0; i < TAKERS; i++) {
    assert_int_equal(takers[i].wrong, 0);
    assert_true(takers[i].taken > 0);
    taken += takers[i].taken;
    empty += takers[i].empty;
  }
  for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++)
    counted_turns += turns[i];
  assert_true(counted_turns == taken);
  if (pool.limit >= most * TAKERS)
    assert_int_equal(empty, 0);
}

static void a_segment_is_in_one_threads_hands_at_a_time(void **state)
{
  (void)state;
  static const uint32_t limits[] = {1, 2, 5};
  for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
    uint32_t numbers[5];
    assert_true(open_pool(4, 3, limits[i]));
    pool.distance = 0;

    takers_race(3);

    take_each(numbers, limits[i]);
    for (uint32_t k = 0; k < limits[i]; k++)
      assert_in_range(numbers[k], 1, limits[i]);
    assert_int_equal(mpcc__pool_take(&pool), 0);
    mpcc__pool_close(&pool);
  }
}

static void takes_from_an_unbounded_pool_never_find_it_empty(void **state)
{
  (void)state;
  assert_true(open_pool(4, 3, 0));
  pool.distance = 4;

  takers_race(8);

  mpcc__pool_close(&pool);
}

static void *grow(void *arg)
{
  struct taker *me = arg;
  uint32_t number;

  racers_line_up();
  for (int i = 0; i < GROWN; i++)
    (void)take_one(me, &number);
  return NULL;
}

static void growing_from_many_threads_gives_each_segment_once(void **state)
{
  (void)state;
  struct taker takers[TAKERS];
  struct racers racers;
  memset(turns, 0, sizeof(turns));
  for (uint32_t i = 0; i <= GROWN * TAKERS; i++)
    atomic_init(&owners[i], 0);
  for (uint32_t i = 0; i < TAKERS; i++)
    takers[i] = (struct taker){.mark = i + 1};
  assert_true(open_pool(4, 50000, 0));

  assert_true(racers_start(&racers, grow, takers, sizeof(takers[0]), TAKERS, 0));
  racers_join(&racers);

  for (int i = 0; i < TAKERS; i++) {
    assert_int_equal(takers[i].wrong, 0);
    assert_int_equal(takers[i].empty, 0);
  }
  for (uint32_t i = 1; i <= GROWN * TAKERS; i++)
    assert_int_equal(turns[i], 1);
  mpcc__pool_close(&pool);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    POOL_TEST(a_segment_is_in_one_threads_hands_at_a_time),
    POOL_TEST(takes_from_an_unbounded_pool_never_find_it_empty),
    POOL_TEST(growing_from_many_threads_gives_each_segment_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
