/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What segments look like: aligned, apart, blank when they are taken, and out of reach when not. */

#include "pool_rig.h"

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
        assert_true((unsigned char *)mpcc__segment_flags(segment) >=
                    (unsigned char *)segment + HEAD);
        assert_true((unsigned char *)mpcc__segment_flags(segment) + shapes[i].cap <=
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
    _Atomic uint8_t *flags = mpcc__segment_flags(at(number));

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
      assert_int_equal(atomic_load_explicit(&mpcc__segment_flags(segment)[i],
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

int main(void)
{
  const struct CMUnitTest tests[] = {
    POOL_TEST(every_segment_is_aligned_and_its_own_for_every_size),
    POOL_TEST(the_holders_part_of_the_head_is_zero_and_then_left_alone),
    POOL_TEST(no_cell_of_a_taken_segment_is_ready),
    POOL_TEST(items_are_filled_in_byte_for_byte_for_every_size),
    POOL_TEST(only_numbers_with_memory_behind_them_may_be_looked_up),
#ifdef MPCC__ASAN
    POOL_TEST(items_of_a_given_segment_cannot_be_read),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
