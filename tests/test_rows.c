/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* A lane of several rows: who empties it keeps rows, and puts others in their place. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lane.h"
#include "racers.h"

enum { ROW = 4, CAPACITY = 11, ROWS = 5, SPARES = 3, MANY = 200000 / RACERS_SLOWER };

/* What a lane is made of, and rows to put in their place; each has room for an item of the largest
 * usual size at its end. */
static struct {
  struct mpcc__row rows[ROWS];
  uint32_t slots[ROWS * ROW];
} memory;
static uint64_t cells[ROWS + SPARES][ROW + 3];
static struct mpcc__lane lane;

static void make(bool slots)
{
  for (int i = 0; i < ROWS; i++)
    memory.rows[i].items = (unsigned char *)cells[i];
  mpcc__lane_init_rows(&lane, memory.rows, ROWS, ROW, slots, sizeof(uint64_t), CAPACITY);
}

static int of_one_slot(void **state)
{
  (void)state;
  make(false);
  return 0;
}

static int of_many_slots(void **state)
{
  (void)state;
  make(true);
  return 0;
}

static bool put(uint64_t number, uint32_t slot)
{
  const uint64_t item[4] = {number};

  if (!mpcc__lane_has_room(&lane))
    return false;
  mpcc__lane_begin(&lane);
  (void)mpcc__lane_put(&lane, item, slot);
  return true;
}

static void put_from_to(uint64_t first, uint64_t last)
{
  for (uint64_t number = first; number <= last; number++)
    assert_true(put(number, (uint32_t)(10 * number)));
}

static uint64_t front(size_t i)
{
  uint64_t item;

  memcpy(&item, mpcc__lane_front(&lane) + i * sizeof(item), sizeof(item));
  return item;
}

static size_t first_row(void)
{
  return mpcc__lane_row(&lane, mpcc__lane_count(&lane));
}

/* -- One thread ---------------------------------------------------------------------------- */

static void it_holds_its_capacity_exactly_whatever_its_rows_have(void **state)
{
  (void)state;

  put_from_to(1, CAPACITY);
  assert_false(put(99, 0));
  mpcc__lane_took(&lane, 1);
  assert_true(put(99, 0));
  assert_false(put(100, 0));
}

static void items_of_each_row_stand_together_with_their_slots(void **state)
{
  (void)state;
  put_from_to(1, 10);

  for (uint64_t next = 1; next <= 10;) {
    size_t row = first_row();

    assert_int_equal(row, next == 9 ? 2 : ROW);
    for (size_t i = 0; i < row; i++, next++) {
      assert_int_equal(front(i), next);
      assert_int_equal(mpcc__lane_slot(&lane, i), 10 * next);
    }
    mpcc__lane_took(&lane, row);
  }
  assert_int_equal(mpcc__lane_count(&lane), 0);
}

static void all_items_of_a_lane_without_slots_are_for_slot_0(void **state)
{
  (void)state;
  put_from_to(1, 2);

  assert_int_equal(mpcc__lane_slot(&lane, 0), 0);
  assert_int_equal(mpcc__lane_slot(&lane, 1), 0);
}

static void a_row_that_was_taken_stays_as_it_is(void **state)
{
  (void)state;
  put_from_to(1, 5);
  const uint64_t *kept = (const uint64_t *)(void *)mpcc__lane_row_items(&lane);

  mpcc__lane_took_row(&lane, (unsigned char *)cells[ROWS], ROW);
  for (uint64_t number = 6; number <= 60; number++) { /* more than once around */
    assert_true(put(number, 0));
    mpcc__lane_took(&lane, 1);
  }

  for (uint64_t i = 0; i < ROW; i++)
    assert_int_equal(kept[i], i + 1);
}

static void the_row_in_its_place_is_written_when_its_turn_comes(void **state)
{
  (void)state;
  put_from_to(1, ROW);
  mpcc__lane_took_row(&lane, (unsigned char *)cells[ROWS], ROW);

  put_from_to(ROW + 1, ROW + 11);
  mpcc__lane_took(&lane, ROW);
  mpcc__lane_took(&lane, ROW);
  put_from_to(ROW + 12, ROW * ROWS + 1);

  assert_int_equal(cells[ROWS][0], ROW * ROWS + 1);
  assert_int_equal(cells[0][0], 1);
}

static void the_rest_is_what_fills_no_row(void **state)
{
  (void)state;
  put_from_to(1, 3);
  assert_int_equal(mpcc__lane_rest(&lane, 3), 0); /* behind no full row */
  put_from_to(4, 10);

  assert_int_equal(mpcc__lane_rest(&lane, 10), 2);
  assert_int_equal(mpcc__lane_rest(&lane, 8), 0);
  mpcc__lane_took(&lane, 3);
  assert_int_equal(mpcc__lane_rest(&lane, 7), 2);
}

static void the_next_row_is_as_short_as_was_wished_and_no_other(void **state)
{
  (void)state;
  put_from_to(1, 1);
  mpcc__lane_wish(&lane, 1);
  put_from_to(2, 10);

  assert_int_equal(first_row(), ROW);
  assert_false(mpcc__lane_row_is_short(&lane));
  mpcc__lane_took(&lane, ROW);
  assert_int_equal(first_row(), 1);
  assert_true(mpcc__lane_row_is_short(&lane));
  assert_int_equal(mpcc__lane_rest(&lane, 6), 1);
  mpcc__lane_took(&lane, 1);
  assert_int_equal(first_row(), ROW);
  assert_int_equal(front(0), 6);
  assert_false(mpcc__lane_row_is_short(&lane));
}

static void a_wish_can_be_taken_back_until_a_push_has_seen_it(void **state)
{
  (void)state;
  put_from_to(1, 1);
  mpcc__lane_wish(&lane, 2);
  assert_true(mpcc__lane_unwish(&lane));
  put_from_to(2, 6);
  assert_int_equal(mpcc__lane_rest(&lane, 6), 2);

  mpcc__lane_wish(&lane, 2);
  put_from_to(7, 9);
  assert_false(mpcc__lane_unwish(&lane));
}

/* -- Two threads --------------------------------------------------------------------------- */

static void *put_many(void *arg)
{
  (void)arg;
  racers_line_up();
  for (uint64_t i = 0; i < MANY;)
    if (put(i, (uint32_t)i))
      i++;
    else
      sched_yield();
  return NULL;
}

/* Rows are changed as soon as all of one was taken, and one that was wished for is short. */
static void no_item_is_lost_or_torn_when_rows_change(void **state)
{
  struct racers racers = {.count = 0};
  unsigned char *free_rows[SPARES];
  uint64_t next = 0, wrong = 0, changed = 0, wishes = 0;

  (void)state;
  for (int i = 0; i < SPARES; i++)
    free_rows[i] = (unsigned char *)cells[ROWS + i];
  assert_true(racers_start(&racers, put_many, &lane, 0, 1, 1));
  racers_line_up();
  while (next < MANY) {
    size_t count = mpcc__lane_count(&lane), row;
    bool whole;

    if (count == 0) {
      sched_yield();
      continue;
    }
    row = mpcc__lane_row(&lane, count);
    whole = row == ROW;
    for (size_t i = 0; i < row; i++, next++)
      wrong += front(i) != next;
    if (mpcc__lane_row_is_short(&lane))
      wishes++;
    if (whole) {
      unsigned char *kept = mpcc__lane_row_items(&lane);

      mpcc__lane_took_row(&lane, free_rows[changed % SPARES], ROW);
      free_rows[changed++ % SPARES] = kept;
    } else {
      mpcc__lane_took(&lane, row);
    }
    if (next % 97 == 0 && !mpcc__lane_unwish(&lane))
      mpcc__lane_wish(&lane, 1 + next % (ROW - 1));
  }
  racers_join(&racers);
  assert_int_equal(wrong, 0);
  assert_int_not_equal(changed, 0);
  assert_int_not_equal(wishes, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(it_holds_its_capacity_exactly_whatever_its_rows_have, of_many_slots),
    cmocka_unit_test_setup(items_of_each_row_stand_together_with_their_slots, of_many_slots),
    cmocka_unit_test_setup(all_items_of_a_lane_without_slots_are_for_slot_0, of_one_slot),
    cmocka_unit_test_setup(a_row_that_was_taken_stays_as_it_is, of_one_slot),
    cmocka_unit_test_setup(the_row_in_its_place_is_written_when_its_turn_comes, of_many_slots),
    cmocka_unit_test_setup(the_rest_is_what_fills_no_row, of_one_slot),
    cmocka_unit_test_setup(the_next_row_is_as_short_as_was_wished_and_no_other, of_one_slot),
    cmocka_unit_test_setup(a_wish_can_be_taken_back_until_a_push_has_seen_it, of_one_slot),
    cmocka_unit_test_setup(no_item_is_lost_or_torn_when_rows_change, of_one_slot),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
