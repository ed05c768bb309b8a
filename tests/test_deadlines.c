/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Which deadline comes first: against a plain list, and at sizes where recursion would end. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deadlines.h"
#include "racers.h"

enum { NODES = 300, OPERATIONS = 100000, MANY = 200000 };

static struct mpcc__deadlines heap;
static struct mpcc__deadline nodes[NODES];

static int empty_heap(void **state)
{
  (void)state;
  mpcc__deadlines_init(&heap);
  for (int i = 0; i < NODES; i++)
    mpcc__deadline_init(&nodes[i]);
  return 0;
}

static void set(int node, uint64_t time_ms)
{
  mpcc__deadlines_set(&heap, &nodes[node], time_ms);
}

/* The index of what has expired, or -1. */
static int expire(uint64_t now_ms)
{
  struct mpcc__deadline *expired = mpcc__deadlines_expire(&heap, now_ms);

  return expired == NULL ? -1 : (int)(expired - nodes);
}

/* Every node stands behind its parent in time, and every link has its way back. */
static size_t count_consistent(void)
{
  struct mpcc__deadline *at = heap.first;
  size_t count = 0;

  if (at != NULL && (at->next != NULL || at->back != NULL))
    return SIZE_MAX;
  while (at != NULL) {
    count++;
    for (struct mpcc__deadline *child = at->child, *back = at; child != NULL;
         back = child, child = child->next)
      if (child->back != back || child->time_ms < at->time_ms)
        return SIZE_MAX;
    if (at->child != NULL) {
      at = at->child;
      continue;
    }
    while (at != NULL && at->next == NULL) {
      while (at->back != NULL && at->back->child != at)
        at = at->back;
      at = at->back;
    }
    if (at != NULL)
      at = at->next;
  }
  return count;
}

static void an_empty_heap_has_no_deadline_and_nothing_expires(void **state)
{
  (void)state;

  assert_true(mpcc__deadlines_next_ms(&heap) == MPCC__NO_DEADLINE);
  assert_int_equal(expire(0), -1);
  assert_int_equal(expire(UINT64_MAX), -1);
}

static void a_deadline_expires_at_its_time_and_not_before(void **state)
{
  (void)state;
  set(0, 10);

  assert_int_equal(expire(9), -1);
  assert_int_equal(expire(10), 0);

  assert_int_equal(expire(10), -1);
  assert_true(nodes[0].time_ms == MPCC__NO_DEADLINE);
}

static void the_earliest_expires_first_however_they_were_set(void **state)
{
  (void)state;
  set(0, 30);
  set(1, 10);
  set(2, 50);
  set(3, 20);
  set(4, 40);

  assert_true(mpcc__deadlines_next_ms(&heap) == 10);
  assert_int_equal(expire(100), 1);
  assert_int_equal(expire(100), 3);
  assert_int_equal(expire(100), 0);
  assert_int_equal(expire(100), 4);
  assert_int_equal(expire(100), 2);
  assert_int_equal(expire(100), -1);
}

static void what_expired_may_be_set_again_while_others_wait(void **state)
{
  (void)state;
  set(0, 1);
  set(1, 5);
  assert_int_equal(expire(1), 0);

  set(0, 9);

  assert_true(mpcc__deadlines_next_ms(&heap) == 5);
  assert_int_equal(expire(9), 1);
  assert_int_equal(expire(9), 0);
}

static void a_deadline_moves_both_ways(void **state)
{
  (void)state;
  for (int i = 0; i < 10; i++)
    set(i, (uint64_t)(100 + i));

  set(7, 1);
  set(0, 200);
  set(4, 104);

  assert_int_equal(expire(1), 7);
  assert_true(mpcc__deadlines_next_ms(&heap) == 101);
  for (int i = 1; i < 10; i++)
    if (i != 7)
      assert_int_equal(expire(199), i);
  assert_int_equal(expire(199), -1);
  assert_int_equal(expire(200), 0);
}

static void a_removed_deadline_never_expires(void **state)
{
  (void)state;
  for (int i = 0; i < 5; i++)
    set(i, (uint64_t)i);

  set(0, MPCC__NO_DEADLINE);
  set(3, MPCC__NO_DEADLINE);
  set(3, MPCC__NO_DEADLINE);

  assert_int_equal(expire(9), 1);
  assert_int_equal(expire(9), 2);
  assert_int_equal(expire(9), 4);
  assert_int_equal(expire(UINT64_MAX), -1);
}

static void time_zero_and_the_last_one_are_times_like_others(void **state)
{
  (void)state;
  set(0, MPCC__NO_DEADLINE - 1);
  set(1, 0);

  assert_int_equal(expire(0), 1);
  assert_int_equal(expire(MPCC__NO_DEADLINE - 2), -1);
  assert_int_equal(expire(MPCC__NO_DEADLINE - 1), 0);
}

static void equal_deadlines_all_expire_once(void **state)
{
  (void)state;
  bool seen[50] = {false};
  for (int i = 0; i < 50; i++)
    set(i, 7);

  for (int i = 0; i < 50; i++) {
    int node = expire(7);
    assert_in_range(node, 0, 49);
    assert_false(seen[node]);
    seen[node] = true;
  }

  assert_int_equal(expire(7), -1);
}

static uint64_t earliest_of(const uint64_t *times)
{
  uint64_t earliest = MPCC__NO_DEADLINE;

  for (int i = 0; i < NODES; i++)
    if (times[i] < earliest)
      earliest = times[i];
  return earliest;
}

static size_t armed_of(const uint64_t *times)
{
  size_t armed = 0;

  for (int i = 0; i < NODES; i++)
    armed += times[i] != MPCC__NO_DEADLINE;
  return armed;
}

static void random_operations_agree_with_a_plain_list(void **state)
{
  (void)state;
  uint64_t times[NODES];
  uint32_t random = 20260101;
  for (int i = 0; i < NODES; i++)
    times[i] = MPCC__NO_DEADLINE;

  for (int step = 0; step < OPERATIONS; step++) {
    uint32_t dice = racers_random(&random) % 8;
    int node = (int)(racers_random(&random) % NODES);
    if (dice < 5) {
      times[node] = racers_random(&random) % 1000;
      set(node, times[node]);
    } else if (dice == 5) {
      times[node] = MPCC__NO_DEADLINE;
      set(node, MPCC__NO_DEADLINE);
    } else {
      uint64_t earliest = earliest_of(times), now = racers_random(&random) % 500;
      node = expire(now);
      assert_true((node >= 0) == (earliest <= now));
      if (node >= 0) {
        assert_true(times[node] == earliest);
        times[node] = MPCC__NO_DEADLINE;
      }
    }
    assert_true(mpcc__deadlines_next_ms(&heap) == earliest_of(times));
    if (step % 500 == 0)
      assert_true(count_consistent() == armed_of(times));
  }
}

/* Rising times make one long list of siblings, falling ones one long chain of children. */
static void expire_many(struct mpcc__deadline *many, bool rising)
{
  for (uint64_t i = 0; i < MANY; i++) {
    mpcc__deadline_init(&many[i]);
    mpcc__deadlines_set(&heap, &many[i], rising ? i : MANY - 1 - i);
  }
  for (uint64_t i = 0; i < MANY; i++) {
    struct mpcc__deadline *expired = mpcc__deadlines_expire(&heap, i);

    assert_ptr_equal(expired, &many[rising ? i : MANY - 1 - i]);
    assert_null(mpcc__deadlines_expire(&heap, i));
  }
  assert_true(mpcc__deadlines_next_ms(&heap) == MPCC__NO_DEADLINE);
}

static void a_great_many_deadlines_need_no_stack_and_little_time(void **state)
{
  (void)state;
  struct mpcc__deadline *many = calloc(MANY, sizeof(*many));
  assert_non_null(many);

  expire_many(many, true);
  expire_many(many, false);

  free(many);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(an_empty_heap_has_no_deadline_and_nothing_expires, empty_heap),
    cmocka_unit_test_setup(a_deadline_expires_at_its_time_and_not_before, empty_heap),
    cmocka_unit_test_setup(the_earliest_expires_first_however_they_were_set, empty_heap),
    cmocka_unit_test_setup(what_expired_may_be_set_again_while_others_wait, empty_heap),
    cmocka_unit_test_setup(a_deadline_moves_both_ways, empty_heap),
    cmocka_unit_test_setup(a_removed_deadline_never_expires, empty_heap),
    cmocka_unit_test_setup(time_zero_and_the_last_one_are_times_like_others, empty_heap),
    cmocka_unit_test_setup(equal_deadlines_all_expire_once, empty_heap),
    cmocka_unit_test_setup(random_operations_agree_with_a_plain_list, empty_heap),
    cmocka_unit_test_setup(a_great_many_deadlines_need_no_stack_and_little_time, empty_heap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
