/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The pool: how many segments, which one next, and memory that is refused. */

#include "pool_rig.h"
#include "racers.h"

enum { GROWN = 500 };

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
  assert_int_equal(mpcc__pool_stride(SIZE_MAX, 1), 0);

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

int main(void)
{
  const struct CMUnitTest tests[] = {
    POOL_TEST(a_bounded_pool_gives_exactly_its_limit),
    POOL_TEST(a_bounded_pool_asks_for_no_memory_after_it_is_open),
    POOL_TEST(an_unbounded_pool_grows_and_keeps_what_it_has),
    POOL_TEST(used_segments_come_back_first_in_first_out),
    POOL_TEST(a_segment_is_used_again_only_behind_a_distance_of_others),
    POOL_TEST(a_bounded_pool_without_fresh_memory_keeps_no_distance),
    POOL_TEST(takes_and_gives_at_random_keep_the_order_of_the_gives),
    POOL_TEST(a_pool_that_cannot_be_opened_holds_nothing),
    POOL_TEST(a_refused_take_changes_nothing_and_works_later),
    POOL_TEST(sizes_that_fit_no_address_space_are_refused_without_asking),
    POOL_TEST(a_segment_too_large_for_any_slab_is_refused_like_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
