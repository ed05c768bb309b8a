/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Closing one slot's queue between any two steps of pushes that are under way, and opening it. */

#include "queue_chain.h"

static struct queue_rig rig;

/* -- Closing ------------------------------------------------------------------------------- */

static void assert_closed(uint64_t ticket)
{
  for (int i = 0; i < 3; i++)
    assert_true(mpcc__tail_closed(rig_claim(&rig)));
  assert_true(mpcc__tail_closed(rig_refuse(&rig)));
  assert_int_equal(rig_ticket(&rig), ticket);
}

static void an_idle_queue_closes_and_stays_empty(void **state)
{
  (void)state;
  rig_open(&rig, 2, 1);
  rig_claim(&rig);

  rig_shut(&rig);

  rig_give_retired(&rig, 0);
  assert_closed(0);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
  rig_close(&rig);
}

static void closing_seals_a_partial_segment_with_what_was_claimed(void **state)
{
  (void)state;
  rig_open(&rig, 4, 1);
  rig_push(&rig, 0);
  uint64_t claim = rig_claim(&rig);

  rig_shut(&rig);

  assert_closed(2);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_STUCK);
  rig_fill(&rig, claim, 1);
  assert_true(rig_done(&rig, rig_take(&rig, 0, 2)));
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
  rig_close(&rig);
}

static void closing_keeps_a_full_segment_whole(void **state)
{
  (void)state;
  rig_open(&rig, 2, 2);
  for (uint64_t item = 0; item < 4; item++)
    rig_push(&rig, item);
  mpcc__queue_claim(&rig.queue, 1000);

  rig_shut(&rig);

  assert_closed(4);
  take_all(&rig, 4);
  assert_closed(4);
  rig_close(&rig);
}

static void closing_at_the_bridge_retires_it(void **state)
{
  (void)state;
  for (int done_first = 0; done_first < 2; done_first++) {
    rig_open(&rig, 1, 1);
    rig_push(&rig, 0);
    uint32_t number = rig_take(&rig, 0, 1);
    if (done_first)
      assert_false(rig_done(&rig, number));

    rig_shut(&rig);

    rig_give_retired(&rig, done_first ? number : 0);
    if (!done_first)
      assert_true(rig_done(&rig, number));
    assert_closed(1);
    assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
    rig_close(&rig);
  }
}

static void closing_twice_changes_nothing(void **state)
{
  (void)state;
  rig_open(&rig, 2, 1);
  rig_push(&rig, 0);
  rig_shut(&rig);
  rig_claim(&rig);

  rig_shut(&rig);

  rig_give_retired(&rig, 0);
  assert_closed(1);
  assert_true(rig_done(&rig, rig_take(&rig, 0, 1)));
  rig_close(&rig);
}

static void an_install_that_comes_too_late_is_told_so(void **state)
{
  (void)state;
  rig_open(&rig, 1, 2);
  rig_push(&rig, 0);
  rig_claim(&rig);
  uint64_t seen = rig_refuse(&rig);
  uint32_t number = mpcc__pool_take(&rig.pool);

  rig_shut(&rig);

  assert_false(mpcc__queue_install(&rig.queue, &rig.pool.shelf, seen, number, 1));
  assert_closed(1);
  mpcc__pool_give(&rig.pool, number);
  take_all(&rig, 1);
  rig_close(&rig);
}

static void a_queue_closes_as_empty_only_if_all_that_was_claimed_was_taken(void **state)
{
  (void)state;
  rig_open(&rig, 2, 1);
  rig_claim(&rig);
  uint64_t seen = rig_refuse(&rig);
  uint32_t number = rig_install(&rig, seen);
  assert_false(mpcc__queue_close_empty(&rig.queue, &rig.end));
  rig_fill_first(&rig, number, 0);
  rig_link(&rig, seen, number);
  assert_false(mpcc__queue_close_empty(&rig.queue, &rig.end));
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_PARTIAL);
  rig_settle(&rig);
  assert_false(mpcc__queue_close_empty(&rig.queue, &rig.end));
  assert_true(rig_done(&rig, rig_take(&rig, 0, 1)));
  rig_claim(&rig);

  assert_true(mpcc__queue_close_empty(&rig.queue, &rig.end));

  assert_closed(1);
  assert_true(mpcc__queue_close_empty(&rig.queue, &rig.end));
  rig_close(&rig);
}

/* A chain of three with ${linked} of them linked in that order when the queue is closed. */
static void close_on_chain(enum before before, const int *order, int linked, uint32_t cap)
{
  struct chain chain;
  rig_open(&rig, cap, CHAIN + 1);
  uint64_t first = begin(&rig, before), total = first + CHAIN * cap;
  install_chain(&rig, &chain, first);
  for (int i = 0; i < linked; i++)
    link_one(&rig, &chain, order[i]);

  rig_shut(&rig);
  assert_closed(total);
  for (int i = linked; i < CHAIN; i++) {
    if (before != AT_FULL_HEAD)
      assert_int_not_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
    rig_give_retired(&rig, rig.retired);
    link_one(&rig, &chain, order[i]);
  }

  for (int i = 0; i < CHAIN; i++)
    assert_true(rig_base(&rig, chain.number[i]) == first + (uint64_t)i * cap);
  take_all(&rig, total);
  assert_closed(total);
  rig_close(&rig);
}

static void what_was_installed_before_the_close_comes_however_late_it_is_linked(void **state)
{
  (void)state;

  for (int before = 0; before < BEFORES; before++)
    for (int order = 0; order < 6; order++)
      for (int linked = 0; linked <= CHAIN; linked++)
        for (uint32_t cap = 1; cap <= 2; cap++)
          close_on_chain((enum before)before, orders[order], linked, cap);
}

static void a_closed_queue_is_stuck_not_empty_while_a_link_is_missing(void **state)
{
  (void)state;
  rig_open(&rig, 2, 1);
  rig_claim(&rig);
  uint64_t seen = rig_refuse(&rig);
  uint32_t number = rig_install(&rig, seen);

  rig_shut(&rig);
  assert_closed(1);
  for (int i = 0; i < 3; i++)
    assert_int_equal(rig_look(&rig), MPCC__QUEUE_STUCK);
  rig_fill_first(&rig, number, 0);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_STUCK);
  rig_link(&rig, seen, number);

  assert_true(rig_done(&rig, rig_take(&rig, 0, 1)));
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
  rig_close(&rig);
}

/* -- Opening again ------------------------------------------------------------------------- */

static void an_opened_queue_goes_on_counting_where_it_was_closed(void **state)
{
  (void)state;
  uint64_t pushed = 0;
  rig_open(&rig, 3, 2);
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < 5; i++)
      rig_push(&rig, pushed++);
    rig_shut(&rig);
    assert_closed(pushed);
    take_all(&rig, pushed);

    mpcc__queue_open(&rig.queue);

    assert_int_equal(rig_ticket(&rig), pushed);
    assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
  }
  rig_close(&rig);
}

static void a_claim_refused_by_a_closed_queue_may_be_made_good_in_the_opened_one(void **state)
{
  (void)state;
  rig_open(&rig, 2, 1);
  rig_shut(&rig);
  assert_true(mpcc__tail_closed(rig_claim(&rig)));

  mpcc__queue_open(&rig.queue);
  uint64_t seen = rig_refuse(&rig);

  assert_false(mpcc__tail_closed(seen));
  uint32_t number = rig_install(&rig, seen);
  rig_fill_first(&rig, number, 0);
  rig_link(&rig, seen, number);
  rig_push(&rig, 1);
  take_all(&rig, 2);
  rig_close(&rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_idle_queue_closes_and_stays_empty),
    cmocka_unit_test(closing_seals_a_partial_segment_with_what_was_claimed),
    cmocka_unit_test(closing_keeps_a_full_segment_whole),
    cmocka_unit_test(closing_at_the_bridge_retires_it),
    cmocka_unit_test(closing_twice_changes_nothing),
    cmocka_unit_test(an_install_that_comes_too_late_is_told_so),
    cmocka_unit_test(a_queue_closes_as_empty_only_if_all_that_was_claimed_was_taken),
    cmocka_unit_test(what_was_installed_before_the_close_comes_however_late_it_is_linked),
    cmocka_unit_test(a_closed_queue_is_stuck_not_empty_while_a_link_is_missing),
    cmocka_unit_test(an_opened_queue_goes_on_counting_where_it_was_closed),
    cmocka_unit_test(a_claim_refused_by_a_closed_queue_may_be_made_good_in_the_opened_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
