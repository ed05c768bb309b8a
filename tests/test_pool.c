/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Segments: how many, which one next, what they look like, and whose they are among threads. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "counted.h"
#include "pool.h"
#include "racers.h"

enum {
  HEAD = sizeof(struct mpcc__segment) + 40,
  TAKERS = 4,
  TURNS = 40000 / RACERS_SLOWER,
  GROWN = 500
};

static struct counted counted;
static struct mpcc__pool pool;
static uint64_t refuse_from; /* the first call of the allocator that fails; 0: none */

/* Sanitizers end the program when they are asked for more than they can give. */
#define REFUSED_SIZE ((size_t)1 << 30)

static void *calloc_or_refuse(size_t count, size_t size, void *user)
{
  if ((refuse_from != 0 && counted_load(&counted.asked) + 1 >= refuse_from) ||
      size >= REFUSED_SIZE / count) {
    counted_add(&counted.asked, 1);
    return NULL;
  }
  return counted_calloc(count, size, user);
}

static bool open_pool(size_t item_size, uint32_t cap, uint32_t limit)
{
  const struct mpcc__source source = {
    .calloc = calloc_or_refuse, .free = counted_free, .user = &counted};

  return mpcc__pool_open(&pool, &source, HEAD, item_size, cap, limit);
}

static int fresh_allocator(void **state)
{
  (void)state;
  atomic_init(&counted.asked, 0);
  atomic_init(&counted.blocks, 0);
  atomic_init(&counted.bytes, 0);
  refuse_from = 0;
  return 0;
}

static int nothing_held(void **state)
{
  (void)state;
  return counted_load(&counted.blocks) == 0 ? 0 : -1;
}

static struct mpcc__segment *at(uint32_t number)
{
  return mpcc__segment_at(&pool.shelf, number);
}

/* Take them all: their numbers in the order in which they came. */
static void take_each(uint32_t *numbers, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    numbers[i] = mpcc__pool_take(&pool);
}

/* -- How many ------------------------------------------------------------------------------ */

static void a_bounded_pool_gives_exactly_its_limit(void **state)
{
  (void)state;
  static const uint32_t limits[] = {1, 2, 7, 1000};
  for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
    bool *seen = calloc(limits[i] + 1, sizeof(bool));
    assert_non_null(seen);
    assert_true(open_pool(8, 4, limits[i]));

    for (uint32_t k = 0; k < limits[i]; k++) {
      uint32_t number = mpcc__pool_take(&pool);
      assert_in_range(number, 1, limits[i]);
      assert_false(seen[number]);
      seen[number] = true;
    }

    assert_int_equal(mpcc__pool_take(&pool), 0);
    assert_int_equal(mpcc__pool_take(&pool), 0);
    mpcc__pool_give(&pool, limits[i]);
    assert_int_equal(mpcc__pool_take(&pool), limits[i]);
    assert_int_equal(mpcc__pool_take(&pool), 0);
    mpcc__pool_close(&pool);
    free(seen);
  }
}

static void a_bounded_pool_asks_for_no_memory_after_it_is_open(void **state)
{
  (void)state;
  uint32_t numbers[50];
  assert_true(open_pool(100, 50, 50));
  uint64_t asked = counted_load(&counted.asked), blocks = counted_load(&counted.blocks);

  for (int round = 0; round < 3; round++) {
    take_each(numbers, 50);
    assert_int_equal(mpcc__pool_take(&pool), 0);
    for (int i = 0; i < 50; i++)
      mpcc__pool_give(&pool, numbers[i]);
  }

  assert_true(counted_load(&counted.asked) == asked);
  assert_true(counted_load(&counted.blocks) == blocks);
  mpcc__pool_close(&pool);
}

static void an_unbounded_pool_grows_and_keeps_what_it_has(void **state)
{
  (void)state;
  uint32_t *numbers = calloc(GROWN, sizeof(*numbers));
  assert_non_null(numbers);
  assert_true(open_pool(4000, 64, 0));

  take_each(numbers, GROWN);
  uint64_t asked = counted_load(&counted.asked), bytes = counted_load(&counted.bytes);
  for (uint32_t i = 0; i < GROWN; i++) {
    assert_int_equal(numbers[i], i + 1);
    assert_int_equal(at(numbers[i])->number, numbers[i]);
    memset(mpcc__segment_items(&pool.shelf, at(numbers[i])), (int)(i & 0xff), 4000 * 64);
  }
  for (int i = 0; i < GROWN; i++)
    mpcc__pool_give(&pool, numbers[i]);
  take_each(numbers, GROWN + 1 - pool.distance);

  assert_true(bytes >= (uint64_t)GROWN * 4000 * 64);
  assert_true(counted_load(&counted.asked) == asked);
  mpcc__pool_close(&pool);
  free(numbers);
}

/* -- Which one next ------------------------------------------------------------------------- */

static void used_segments_come_back_first_in_first_out(void **state)
{
  (void)state;
  static const uint32_t order[] = {3, 1, 5, 2, 4};
  uint32_t numbers[5];
  assert_true(open_pool(8, 4, 5));

  for (int round = 0; round < 4; round++) {
    take_each(numbers, 5);
    for (int i = 0; i < 5; i++)
      mpcc__pool_give(&pool, order[i]);
    for (int i = 0; i < 5; i++)
      assert_int_equal(mpcc__pool_take(&pool), order[i]);
    for (int i = 0; i < 5; i++)
      mpcc__pool_give(&pool, order[i]);
  }

  mpcc__pool_close(&pool);
}

static void a_segment_is_used_again_only_behind_a_distance_of_others(void **state)
{
  (void)state;
  assert_true(open_pool(1000, 100, 0));
  uint32_t distance = pool.distance;
  assert_in_range(distance, 2, 50);

  for (uint32_t i = 1; i <= distance; i++) {
    uint32_t number = mpcc__pool_take(&pool);
    assert_int_equal(number, i);
    mpcc__pool_give(&pool, number);
  }

  for (uint32_t i = 1; i <= 3 * distance; i++) {
    uint32_t number = mpcc__pool_take(&pool);
    assert_int_equal(number, (i - 1) % distance + 1);
    mpcc__pool_give(&pool, number);
  }
  mpcc__pool_close(&pool);
}

static void a_bounded_pool_without_fresh_memory_keeps_no_distance(void **state)
{
  (void)state;
  assert_true(open_pool(8, 4, 3));
  uint32_t numbers[3];
  take_each(numbers, 3);

  mpcc__pool_give(&pool, 2);

  assert_int_equal(mpcc__pool_take(&pool), 2);
  mpcc__pool_close(&pool);
}

static void takes_and_gives_at_random_keep_the_order_of_the_gives(void **state)
{
  (void)state;
  enum { LIMIT = 40, STEPS = 50000 };
  uint32_t given[LIMIT], first = 0, free_count = 0, held[LIMIT], held_count = 0, random = 7;
  assert_true(open_pool(8, 4, LIMIT));
  take_each(held, LIMIT);
  held_count = LIMIT;

  for (int step = 0; step < STEPS; step++) {
    if (racers_random(&random) % 2 == 0) {
      uint32_t number = mpcc__pool_take(&pool);
      assert_int_equal(number, free_count == 0 ? 0 : given[first]);
      if (number == 0)
        continue;
      first = (first + 1) % LIMIT;
      free_count--;
      held[held_count++] = number;
    } else if (held_count > 0) {
      uint32_t pick = racers_random(&random) % held_count, number = held[pick];
      held[pick] = held[--held_count];
      given[(first + free_count++) % LIMIT] = number;
      mpcc__pool_give(&pool, number);
    }
  }

  mpcc__pool_close(&pool);
}

/* -- What they look like --------------------------------------------------------------------- */

static void every_segment_is_aligned_and_its_own_for_every_size(void **state)
{
  (void)state;
  static const struct {
    size_t item_size;
    uint32_t cap;
  } shapes[] = {{1, 1}, {1, 64}, {3, 65}, {8, 1}, {24, 500}, {64, 63}, {65536, 2}, {7, 100000}};
  for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
    size_t bytes = shapes[i].item_size * shapes[i].cap;
    for (uint32_t limit = 0; limit <= 4; limit += 4) {
      assert_true(open_pool(shapes[i].item_size, shapes[i].cap, limit));
      uint32_t numbers[4];
      take_each(numbers, 4);

      for (int k = 0; k < 4; k++) {
        struct mpcc__segment *segment = at(numbers[k]);
        unsigned char *items = mpcc__segment_items(&pool.shelf, segment);
        assert_int_equal((uintptr_t)segment % MPCC__LINE, 0);
        assert_int_equal((uintptr_t)items % MPCC__LINE, 0);
        assert_true((unsigned char *)mpcc__segment_flags(&pool.shelf, segment) >=
                    (unsigned char *)segment + HEAD);
        assert_true((unsigned char *)mpcc__segment_flags(&pool.shelf, segment) + shapes[i].cap <=
                    items);
        memset(items, k + 1, bytes);
      }

      for (int k = 0; k < 4; k++) {
        unsigned char *items = mpcc__segment_items(&pool.shelf, at(numbers[k]));
        assert_int_equal(at(numbers[k])->number, numbers[k]);
        assert_int_equal(items[0], k + 1);
        assert_int_equal(items[bytes - 1], k + 1);
      }
      mpcc__pool_close(&pool);
    }
  }
}

static void the_holders_part_of_the_head_is_zero_and_then_left_alone(void **state)
{
  (void)state;
  for (uint32_t limit = 0; limit <= 2; limit += 2) {
    assert_true(open_pool(8, 4, limit));
    pool.distance = 1;
    uint32_t number = mpcc__pool_take(&pool);
    unsigned char *own = (unsigned char *)at(number) + sizeof(struct mpcc__segment);
    for (size_t i = 0; i < HEAD - sizeof(struct mpcc__segment); i++)
      assert_int_equal(own[i], 0);

    memset(own, 0xa5, HEAD - sizeof(struct mpcc__segment));
    mpcc__pool_give(&pool, number);
    while (mpcc__pool_take(&pool) != number)
      continue;

    for (size_t i = 0; i < HEAD - sizeof(struct mpcc__segment); i++)
      assert_int_equal(own[i], 0xa5);
    mpcc__pool_close(&pool);
  }
}

static void no_cell_of_a_taken_segment_is_ready(void **state)
{
  (void)state;
  uint64_t items[5] = {1, 2, 3, 4, 5};
  assert_true(open_pool(8, 5, 1));
  for (int round = 0; round < 3; round++) {
    uint32_t number = mpcc__pool_take(&pool);
    _Atomic uint8_t *flags = mpcc__segment_flags(&pool.shelf, at(number));

    for (int i = 0; i < 5; i++)
      assert_int_equal(atomic_load_explicit(&flags[i], memory_order_relaxed), 0);

    mpcc__segment_fill(&pool.shelf, at(number), 0, items, 5);
    mpcc__pool_give(&pool, number);
  }
  mpcc__pool_close(&pool);
}

static void items_are_filled_in_byte_for_byte_for_every_size(void **state)
{
  (void)state;
  unsigned char source[3 * 64];
  for (size_t i = 0; i < sizeof(source); i++)
    source[i] = (unsigned char)(i * 37 + 11);
  for (size_t size = 1; size <= 64; size++) {
    assert_true(open_pool(size, 6, 1));
    struct mpcc__segment *segment = at(mpcc__pool_take(&pool));
    unsigned char *items = mpcc__segment_items(&pool.shelf, segment);

    mpcc__segment_fill(&pool.shelf, segment, 0, source, 1);
    mpcc__segment_fill(&pool.shelf, segment, 2, source, 3);

    assert_memory_equal(items, source, size);
    assert_memory_equal(items + 2 * size, source, 3 * size);
    static const uint8_t ready[6] = {1, 0, 1, 1, 1, 0};
    for (int i = 0; i < 6; i++)
      assert_int_equal(atomic_load_explicit(&mpcc__segment_flags(&pool.shelf, segment)[i],
                                            memory_order_relaxed), ready[i]);
    mpcc__pool_close(&pool);
  }
}

static void only_numbers_with_memory_behind_them_may_be_looked_up(void **state)
{
  (void)state;
  assert_true(open_pool(8, 4, 3));
  assert_false(mpcc__pool_has(&pool, 0));
  assert_true(mpcc__pool_has(&pool, 1));
  assert_true(mpcc__pool_has(&pool, 3));
  assert_false(mpcc__pool_has(&pool, 4));
  assert_false(mpcc__pool_has(&pool, UINT32_MAX));
  mpcc__pool_close(&pool);

  assert_true(open_pool(1 << 16, 64, 0));
  assert_false(mpcc__pool_has(&pool, 1));
  assert_int_equal(mpcc__pool_take(&pool), 1);
  assert_true(mpcc__pool_has(&pool, 1));
  assert_false(mpcc__pool_has(&pool, 2));
  assert_false(mpcc__pool_has(&pool, UINT32_MAX));
  mpcc__pool_close(&pool);
}

#ifdef MPCC__ASAN
int __asan_address_is_poisoned(void const volatile *address);

static void items_of_a_given_segment_cannot_be_read(void **state)
{
  (void)state;
  assert_true(open_pool(24, 4, 1));
  uint32_t number = mpcc__pool_take(&pool);
  unsigned char *items = mpcc__segment_items(&pool.shelf, at(number));
  assert_false(__asan_address_is_poisoned(items));

  mpcc__pool_give(&pool, number);
  assert_true(__asan_address_is_poisoned(items));
  assert_true(__asan_address_is_poisoned(items + 24 * 4 - 1));

  assert_int_equal(mpcc__pool_take(&pool), number);
  assert_false(__asan_address_is_poisoned(items));
  assert_false(__asan_address_is_poisoned(items + 24 * 4 - 1));
  mpcc__pool_close(&pool);
}
#endif

/* -- Memory that is refused ------------------------------------------------------------------ */

static void a_pool_that_cannot_be_opened_holds_nothing(void **state)
{
  (void)state;
  for (uint32_t limit = 0; limit <= 5; limit += 5) {
    uint64_t calls = limit == 0 ? 1 : 2;
    for (uint64_t k = 1; k <= calls; k++) {
      fresh_allocator(NULL);
      refuse_from = k;

      assert_false(open_pool(8, 4, limit));

      assert_int_equal(counted_load(&counted.blocks), 0);
    }
    fresh_allocator(NULL);
    refuse_from = calls + 1;
    assert_true(open_pool(8, 4, limit));
    mpcc__pool_close(&pool);
  }
}

static void a_refused_take_changes_nothing_and_works_later(void **state)
{
  (void)state;
  assert_true(open_pool(1 << 16, 64, 0));
  refuse_from = 1;
  assert_int_equal(mpcc__pool_take(&pool), 0);
  refuse_from = 0;
  assert_int_equal(mpcc__pool_take(&pool), 1);
  refuse_from = 1;
  assert_int_equal(mpcc__pool_take(&pool), 0);

  mpcc__pool_give(&pool, 1);

  assert_int_equal(mpcc__pool_take(&pool), 1);
  assert_int_equal(mpcc__pool_take(&pool), 0);
  refuse_from = 0;
  assert_int_equal(mpcc__pool_take(&pool), 2);
  mpcc__pool_close(&pool);
}

static void sizes_that_fit_no_address_space_are_refused_without_asking(void **state)
{
  (void)state;

  assert_false(open_pool(SIZE_MAX, 1, 0));
  assert_false(open_pool(SIZE_MAX / 2, 2, 0));
  assert_false(open_pool(SIZE_MAX / 8, 8, 1));
  assert_false(open_pool(SIZE_MAX / 64, 16, 8));
  assert_false(open_pool(8, 4, UINT32_MAX));
  assert_false(open_pool(8, 4, UINT32_C(1) << 28));
  assert_int_equal(mpcc__pool_stride(HEAD, SIZE_MAX, 1), 0);

  assert_int_equal(counted_load(&counted.asked), 0);
}

static void a_segment_too_large_for_any_slab_is_refused_like_memory(void **state)
{
  (void)state;
  static const size_t sizes[] = {REFUSED_SIZE, SIZE_MAX / 4, SIZE_MAX / 2 - 4096,
                                 SIZE_MAX / 2 + 4096, SIZE_MAX - 4096};
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    assert_true(open_pool(sizes[i], 1, 0));
    uint64_t blocks = counted_load(&counted.blocks);

    assert_int_equal(mpcc__pool_take(&pool), 0);

    assert_true(counted_load(&counted.blocks) == blocks);
    mpcc__pool_close(&pool);
  }
}

/* -- Many threads ----------------------------------------------------------------------------- */

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
  for (uint32_t i = 0; i < TURNS; i++) {
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh_allocator, nothing_held)

int main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(a_bounded_pool_gives_exactly_its_limit),
    TEST(a_bounded_pool_asks_for_no_memory_after_it_is_open),
    TEST(an_unbounded_pool_grows_and_keeps_what_it_has),
    TEST(used_segments_come_back_first_in_first_out),
    TEST(a_segment_is_used_again_only_behind_a_distance_of_others),
    TEST(a_bounded_pool_without_fresh_memory_keeps_no_distance),
    TEST(takes_and_gives_at_random_keep_the_order_of_the_gives),
    TEST(every_segment_is_aligned_and_its_own_for_every_size),
    TEST(the_holders_part_of_the_head_is_zero_and_then_left_alone),
    TEST(no_cell_of_a_taken_segment_is_ready),
    TEST(items_are_filled_in_byte_for_byte_for_every_size),
    TEST(only_numbers_with_memory_behind_them_may_be_looked_up),
#ifdef MPCC__ASAN
    TEST(items_of_a_given_segment_cannot_be_read),
#endif
    TEST(a_pool_that_cannot_be_opened_holds_nothing),
    TEST(a_refused_take_changes_nothing_and_works_later),
    TEST(sizes_that_fit_no_address_space_are_refused_without_asking),
    TEST(a_segment_too_large_for_any_slab_is_refused_like_memory),
    TEST(a_segment_is_in_one_threads_hands_at_a_time),
    TEST(takes_from_an_unbounded_pool_never_find_it_empty),
    TEST(growing_from_many_threads_gives_each_segment_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
