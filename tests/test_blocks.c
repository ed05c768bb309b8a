/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Blocks: distinct memory, taken again last in first out, and given back as a whole. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "blocks.h"

static int live;        /* allocations */
static int allowance;   /* how many more are granted */

static void *grant(size_t count, size_t size, void *user)
{
  (void)user;
  if (allowance == 0)
    return NULL;
  allowance--;
  live++;
  return calloc(count, size);
}

static void take_back(void *memory, void *user)
{
  (void)user;
  live--;
  free(memory);
}

static const struct mpcc__source source = {grant, take_back, NULL};

static int start(void **state)
{
  (void)state;
  live = 0;
  allowance = 1000;
  return 0;
}

static void blocks_are_apart_and_on_cache_lines(void **state)
{
  (void)state;
  static const size_t sizes[] = {1, 8, 64, 65, 256, 100000};
  for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
    enum { MANY = 700 };
    static unsigned char *taken[MANY];
    struct mpcc__blocks blocks;
    assert_true(mpcc__blocks_init(&blocks, &source, sizes[k], true));
    for (size_t i = 0; i < MANY; i++) {
      taken[i] = mpcc__blocks_take(&blocks);
      assert_non_null(taken[i]);
      assert_int_equal((uintptr_t)taken[i] % MPCC__LINE, 0);
      memset(taken[i], (int)(i % 251), sizes[k]);
    }
    for (size_t i = 0; i < MANY; i++) {
      assert_int_equal(taken[i][0], i % 251);
      assert_int_equal(taken[i][sizes[k] - 1], i % 251);
    }
    mpcc__blocks_close(&blocks);
    assert_int_equal(live, 0);
  }
}

static void the_last_one_given_is_the_first_one_taken(void **state)
{
  (void)state;
  struct mpcc__blocks blocks;
  assert_true(mpcc__blocks_init(&blocks, &source, 256, true));
  void *first = mpcc__blocks_take(&blocks), *second = mpcc__blocks_take(&blocks);
  mpcc__blocks_give(&blocks, first);
  mpcc__blocks_give(&blocks, second);
  assert_ptr_equal(mpcc__blocks_take(&blocks), second);
  assert_ptr_equal(mpcc__blocks_take(&blocks), first);
  mpcc__blocks_close(&blocks);
}

static void what_does_not_grow_has_all_from_the_start(void **state)
{
  (void)state;
  struct mpcc__blocks blocks;
  allowance = 2;
  assert_true(mpcc__blocks_init(&blocks, &source, 256, false));
  assert_int_equal(live, 2);
  allowance = 1000;
  size_t count = 0;
  while (mpcc__blocks_take(&blocks) != NULL)
    count++;
  assert_int_equal(count, 256);
  assert_int_equal(live, 2);
  mpcc__blocks_close(&blocks);

  for (allowance = 0; allowance < 2;) {
    int before = allowance;
    assert_false(mpcc__blocks_init(&blocks, &source, 256, false));
    assert_int_equal(live, 0);
    allowance = before + 1;
  }
}

static void refused_memory_is_asked_for_again(void **state)
{
  (void)state;
  struct mpcc__blocks blocks;
  assert_true(mpcc__blocks_init(&blocks, &source, 256, true));
  allowance = 0;
  assert_null(mpcc__blocks_take(&blocks));
  allowance = 1; /* where to keep it, but no block */
  assert_null(mpcc__blocks_take(&blocks));
  allowance = 1;
  assert_non_null(mpcc__blocks_take(&blocks));
  mpcc__blocks_close(&blocks);
  assert_int_equal(live, 0);

  assert_true(mpcc__blocks_init(&blocks, &source, SIZE_MAX / 2, true));
  assert_null(mpcc__blocks_take(&blocks));
  mpcc__blocks_close(&blocks);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(blocks_are_apart_and_on_cache_lines, start),
    cmocka_unit_test_setup(the_last_one_given_is_the_first_one_taken, start),
    cmocka_unit_test_setup(what_does_not_grow_has_all_from_the_start, start),
    cmocka_unit_test_setup(refused_memory_is_asked_for_again, start),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
