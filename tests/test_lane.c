/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* A lane: what one thread puts in, another takes out, in order; and who calls whom. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lane.h"
#include "racers.h"

enum { CAPACITY = 5, MANY = 200000 / RACERS_SLOWER };

static struct mpcc__lane lane;
static void *memory;

static void make(bool fenced)
{
  memory = aligned_alloc(MPCC__LINE, 1024);
  assert_non_null(memory);
  assert_true(mpcc__lane_bytes(sizeof(uint64_t), CAPACITY) <= 1024);
  mpcc__lane_init(&lane, memory, sizeof(uint64_t), CAPACITY, fenced);
}

static int a_lane(void **state)
{
  (void)state;
  make(false);
  return 0;
}

static int a_fenced_lane(void **state)
{
  (void)state;
  make(true);
  return 0;
}

static int free_lane(void **state)
{
  (void)state;
  free(memory);
  return 0;
}

/* Push one number: whether it is to call. */
static bool put(uint64_t number, uint32_t slot)
{
  const uint64_t item[4] = {number}; /* as large as usual sizes get, for the compiler's checks */

  if (!mpcc__lane_has_room(&lane))
    return false;
  mpcc__lane_begin(&lane);
  return mpcc__lane_put(&lane, item, slot);
}

static uint64_t item_at(size_t index)
{
  uint64_t item;

  memcpy(&item, lane.rows[0].items + index * sizeof(item), sizeof(item));
  return item;
}

/* -- One thread ---------------------------------------------------------------------------- */

static void a_lane_holds_its_capacity_exactly_and_again_after_each_item_taken(void **state)
{
  (void)state;

  for (uint64_t i = 0; i < CAPACITY; i++)
    (void)put(i, 0);
  assert_false(mpcc__lane_has_room(&lane));
  assert_int_equal(mpcc__lane_count(&lane), CAPACITY);

  mpcc__lane_took(&lane, 1);
  (void)put(CAPACITY, 0);
  assert_false(mpcc__lane_has_room(&lane));
}

static void items_stand_in_rows_that_end_where_the_memory_does(void **state)
{
  (void)state;
  for (uint64_t i = 0; i < CAPACITY; i++)
    (void)put(i, (uint32_t)i);
  mpcc__lane_took(&lane, 3);
  (void)put(5, 5);

  assert_int_equal(mpcc__lane_row(&lane, mpcc__lane_count(&lane)), 2);
  assert_int_equal(item_at(lane.from), 3);
  assert_int_equal(lane.slots[lane.from], 3);
  mpcc__lane_took(&lane, 2);
  assert_int_equal(mpcc__lane_row(&lane, mpcc__lane_count(&lane)), 1);
  assert_int_equal(item_at(lane.from), 5);
}

static void a_new_lane_calls_with_its_first_item_and_only_with_that(void **state)
{
  (void)state;

  assert_true(put(1, 0));
  assert_false(put(2, 0));
  assert_false(put(3, 0));
}

static void it_calls_once_when_there_are_so_many_as_was_asked_for(void **state)
{
  (void)state;
  (void)put(1, 0);
  mpcc__lane_took(&lane, 1);

  mpcc__lane_call_at(&lane, 3);
  assert_false(put(2, 0));
  assert_false(put(3, 0));
  assert_true(put(4, 0));
  assert_false(put(5, 0));
}

static void it_calls_again_when_it_is_asked_again(void **state)
{
  (void)state;
  assert_true(put(1, 0));
  mpcc__lane_took(&lane, 1);

  mpcc__lane_call_at(&lane, 1);
  assert_true(put(2, 0));
}

static void a_push_that_has_begun_is_seen_until_it_ends(void **state)
{
  const uint64_t item[4] = {1};

  (void)state;
  assert_true(mpcc__lane_quiet(&lane));
  mpcc__lane_begin(&lane);
  assert_false(mpcc__lane_quiet(&lane));
  (void)mpcc__lane_put(&lane, item, 0);
  assert_true(mpcc__lane_quiet(&lane));

  mpcc__lane_begin(&lane);
  assert_false(mpcc__lane_quiet(&lane));
  mpcc__lane_take_back(&lane);
  assert_true(mpcc__lane_quiet(&lane));
  assert_int_equal(mpcc__lane_count(&lane), 1);
}

static void sizes_that_no_address_space_holds_are_told(void **state)
{
  (void)state;

  assert_int_equal(mpcc__lane_bytes(65536, SIZE_MAX / 65536), 0);
  assert_int_equal(mpcc__lane_bytes(1, SIZE_MAX), 0);
  assert_true(mpcc__lane_bytes(65536, 4096) >= (size_t)65540 * 4096);
}

/* -- Two threads --------------------------------------------------------------------------- */

static atomic_bool awake; /* the taker; a call sets it */

static void *put_many(void *arg)
{
  (void)arg; /* the lane */
  racers_line_up();
  for (uint64_t i = 0; i < MANY;) {
    if (!mpcc__lane_has_room(&lane)) {
      sched_yield();
      continue;
    }
    if (put(i, (uint32_t)i))
      /* pairs with the taker's look: the lane is looked at after it. */
      atomic_store_explicit(&awake, true, memory_order_release);
    i++;
  }
  return NULL;
}

/* Take what there is: how many of them were not the next ones. */
static uint64_t take_all(uint64_t *next)
{
  uint64_t wrong = 0;
  size_t count = mpcc__lane_count(&lane);

  while (count > 0) {
    size_t row = mpcc__lane_row(&lane, count);

    for (size_t i = 0; i < row; i++, (*next)++)
      wrong += item_at(lane.from + i) != *next || lane.slots[lane.from + i] != (uint32_t)*next;
    mpcc__lane_took(&lane, row);
    count -= row;
  }
  return wrong;
}

/* A taker that sleeps when it has found nothing, and is woken by calls alone. In a fenced lane no
 * call is missed; in another one that would take a barrier of all threads. */
static void no_item_is_lost_or_torn_and_no_call_is_missed(void **state)
{
  struct racers racers = {.count = 0};
  uint64_t next = 0, wrong = 0;

  (void)state;
  /* relaxed: before the other thread starts. */
  atomic_store_explicit(&awake, false, memory_order_relaxed);
  assert_true(racers_start(&racers, put_many, &lane, 0, 1, 1));
  racers_line_up();
  while (next < MANY) {
    /* pairs with the call: see above. */
    if (!atomic_exchange_explicit(&awake, false, memory_order_acquire)) {
      sched_yield();
      continue;
    }
    do {
      wrong += take_all(&next);
      mpcc__lane_call_at(&lane, 1);
    } while (mpcc__lane_count(&lane) != 0);
  }
  racers_join(&racers);
  assert_int_equal(wrong, 0);
  assert_int_equal(next, MANY);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(
          a_lane_holds_its_capacity_exactly_and_again_after_each_item_taken, a_lane, free_lane),
      cmocka_unit_test_setup_teardown(items_stand_in_rows_that_end_where_the_memory_does, a_lane,
                                      free_lane),
      cmocka_unit_test_setup_teardown(a_new_lane_calls_with_its_first_item_and_only_with_that,
                                      a_lane, free_lane),
      cmocka_unit_test_setup_teardown(it_calls_once_when_there_are_so_many_as_was_asked_for,
                                      a_fenced_lane, free_lane),
      cmocka_unit_test_setup_teardown(it_calls_again_when_it_is_asked_again, a_lane, free_lane),
      cmocka_unit_test_setup_teardown(a_push_that_has_begun_is_seen_until_it_ends, a_lane,
                                      free_lane),
      cmocka_unit_test(sizes_that_no_address_space_holds_are_told),
      cmocka_unit_test_setup_teardown(no_item_is_lost_or_torn_and_no_call_is_missed,
                                      a_fenced_lane, free_lane),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
