/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Cuts through one slot's queue, step by step: tickets, closing and opening again, between any
 * two steps of pushes that are under way. */

#include "queue_rig.h"

static struct queue_rig rig;

/* -- Several pushes that have installed segments and not linked them ------------------------- */

enum { CHAIN = 3 };

struct chain {
  uint64_t seen[CHAIN];
  uint32_t number[CHAIN];
};

/* Every way to link three segments. */
static const int orders[6][CHAIN] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

/* What a queue has behind it when a chain begins. */
enum before { FRESH, IDLE_AGAIN, AT_BRIDGE, AT_FULL_HEAD, BEFORES };

/* Bring the queue there: how many items were pushed. */
static uint64_t begin(enum before before)
{
  uint64_t pushed = 0;
  uint32_t number;

  if (before == FRESH)
    return 0;
  while (pushed < rig.pool.shelf.cap)
    rig_push(&rig, pushed++);
  if (before == AT_FULL_HEAD)
    return pushed;
  number = rig_take(&rig, 0, rig.pool.shelf.cap);
  assert_false(rig_done(&rig, number));
  if (before == IDLE_AGAIN) {
    rig_settle(&rig);
    rig_give_retired(&rig, number);
  }
  return pushed;
}

/* Install full segments one behind the other; items count on from ${first}. */
static void install_chain(struct chain *chain, uint64_t first)
{
  for (int i = 0; i < CHAIN; i++) {
    rig_claim(&rig);
    chain->seen[i] = rig_refuse(&rig);
    chain->number[i] = rig_install(&rig, chain->seen[i]);
    rig_fill_first(&rig, chain->number[i], first++);
    for (uint32_t k = 1; k < rig.pool.shelf.cap; k++)
      rig_fill(&rig, rig_claim(&rig), first++);
  }
}

static void link_one(const struct chain *chain, int which)
{
  rig_link(&rig, chain->seen[which], chain->number[which]);
}

/* Everything can be taken, in order; what may be retired is. */
static void take_all(uint64_t pushed)
{
  for (uint64_t item = rig_taken(&rig); item < pushed; item = rig_taken(&rig)) {
    uint32_t number;

    assert_int_equal(rig_look(&rig), MPCC__QUEUE_WHOLE);
    rig_give_retired(&rig, rig.retired);
    number = rig_take(&rig, item, rig.count);
    rig_done(&rig, number);
  }
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
  rig_settle(&rig);
  rig_give_retired(&rig, rig.retired);
}

/* -- Tickets ------------------------------------------------------------------------------------ */

static void a_ticket_counts_claims_published_or_not(void **state)
{
  (void)state;
  rig_open(&rig, 3, 2);
  assert_int_equal(rig_ticket(&rig), 0);
  rig_claim(&rig);
  assert_int_equal(rig_ticket(&rig), 0);

  uint64_t seen = rig_refuse(&rig);
  uint32_t number = rig_install(&rig, seen);
  assert_int_equal(rig_ticket(&rig), 1);
  rig_link(&rig, seen, number);
  assert_int_equal(rig_ticket(&rig), 1);
  uint64_t second = rig_claim(&rig);
  assert_int_equal(rig_ticket(&rig), 2);
  mpcc__queue_claim(&rig.queue, 100);
  assert_int_equal(rig_ticket(&rig), 3);

  rig_fill_first(&rig, number, 0);
  rig_fill(&rig, second, 1);
  rig_fill(&rig, second + 1, 2);
  take_all(3);
  assert_int_equal(rig_ticket(&rig), 3);
  rig_close(&rig);
}

static void a_ticket_goes_on_where_the_queue_became_idle(void **state)
{
  (void)state;
  rig_open(&rig, 4, 2);
  for (uint64_t item = 0; item < 20; item += 2) {
    rig_push(&rig, item);
    rig_push(&rig, item + 1);
    assert_int_equal(rig_ticket(&rig), item + 2);
    assert_int_equal(rig_look(&rig), MPCC__QUEUE_PARTIAL);

    rig_settle(&rig);

    assert_int_equal(rig_ticket(&rig), item + 2);
    uint32_t number = rig_take(&rig, item, 2);
    assert_int_equal(rig_ticket(&rig), item + 2);
    assert_true(rig_done(&rig, number));
  }
  rig_close(&rig);
}

static void tickets_and_bases_hold_whichever_segment_is_linked_first(void **state)
{
  (void)state;
  for (int before = 0; before < BEFORES; before++)
    for (int order = 0; order < 6; order++)
      for (uint32_t cap = 1; cap <= 3; cap++) {
        struct chain chain;
        rig_open(&rig, cap, CHAIN + 1);
        uint64_t first = begin((enum before)before), total = first + CHAIN * cap;
        install_chain(&chain, first);
        assert_int_equal(rig_ticket(&rig), total);

        for (int i = 0; i < CHAIN; i++) {
          int which = orders[order][i];
          link_one(&chain, which);
          assert_true(rig_base(&rig, chain.number[which]) == first + (uint64_t)which * cap);
          assert_int_equal(rig_ticket(&rig), total);
        }

        take_all(total);
        assert_int_equal(rig_ticket(&rig), total);
        rig_close(&rig);
      }
}

static void the_loop_is_stuck_at_the_first_link_that_is_missing(void **state)
{
  (void)state;
  for (int before = 0; before < BEFORES; before++) {
    struct chain chain;
    rig_open(&rig, 1, CHAIN + 1);
    uint64_t first = begin((enum before)before);
    install_chain(&chain, first);
    if (before == AT_FULL_HEAD)
      rig_done(&rig, rig_take(&rig, 0, 1));
    assert_int_equal(rig_look(&rig), MPCC__QUEUE_STUCK);

    link_one(&chain, 2);
    assert_int_equal(rig_look(&rig), MPCC__QUEUE_STUCK);
    link_one(&chain, 0);
    assert_int_equal(rig_look(&rig), MPCC__QUEUE_WHOLE);
    rig_give_retired(&rig, rig.retired);
    rig_done(&rig, rig_take(&rig, first, 1));
    assert_int_equal(rig_look(&rig), MPCC__QUEUE_STUCK);
    link_one(&chain, 1);

    take_all(first + CHAIN);
    rig_close(&rig);
  }
}

static void a_segment_names_the_one_behind_it_once_that_is_linked(void **state)
{
  (void)state;
  struct chain chain;
  rig_open(&rig, 1, CHAIN);
  install_chain(&chain, 0);
  for (int i = 0; i < CHAIN; i++)
    assert_int_equal(mpcc__queue_next(&rig.pool.shelf, chain.number[i]), 0);

  link_one(&chain, 2);
  assert_int_equal(mpcc__queue_next(&rig.pool.shelf, chain.number[0]), 0);
  assert_int_equal(mpcc__queue_next(&rig.pool.shelf, chain.number[1]), chain.number[2]);
  link_one(&chain, 0);
  assert_int_equal(mpcc__queue_next(&rig.pool.shelf, chain.number[0]), 0);
  link_one(&chain, 1);
  assert_int_equal(mpcc__queue_next(&rig.pool.shelf, chain.number[0]), chain.number[1]);
  assert_int_equal(mpcc__queue_next(&rig.pool.shelf, chain.number[2]), 0);

  take_all(CHAIN);
  rig_close(&rig);
}

static void only_a_queue_without_a_segment_is_idle_for_tickets(void **state)
{
  (void)state;
  rig_open(&rig, 1, 1);
  assert_true(mpcc__queue_idle(&rig.queue));
  rig_claim(&rig);
  assert_true(mpcc__queue_idle(&rig.queue));
  rig_push(&rig, 0);
  assert_false(mpcc__queue_idle(&rig.queue));
  uint32_t number = rig_take(&rig, 0, 1);
  assert_false(mpcc__queue_idle(&rig.queue));

  rig_shut(&rig);

  assert_true(mpcc__queue_idle(&rig.queue));
  assert_true(rig_done(&rig, number));
  rig_close(&rig);
}

/* -- Closing --------------------------------------------------------------------------------------- */

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
  take_all(4);
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
  take_all(1);
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
  uint64_t first = begin(before), total = first + CHAIN * cap;
  install_chain(&chain, first);
  for (int i = 0; i < linked; i++)
    link_one(&chain, order[i]);

  rig_shut(&rig);
  assert_closed(total);
  for (int i = linked; i < CHAIN; i++) {
    if (before != AT_FULL_HEAD)
      assert_int_not_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
    rig_give_retired(&rig, rig.retired);
    link_one(&chain, order[i]);
  }

  for (int i = 0; i < CHAIN; i++)
    assert_true(rig_base(&rig, chain.number[i]) == first + (uint64_t)i * cap);
  take_all(total);
  assert_closed(total);
  rig_close(&rig);
}

static void what_was_installed_before_the_close_is_delivered_however_late_it_is_linked(void **state)
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

/* -- Opening again ----------------------------------------------------------------------------------- */

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
    take_all(pushed);

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
  take_all(2);
  rig_close(&rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_ticket_counts_claims_published_or_not),
    cmocka_unit_test(a_ticket_goes_on_where_the_queue_became_idle),
    cmocka_unit_test(tickets_and_bases_hold_whichever_segment_is_linked_first),
    cmocka_unit_test(the_loop_is_stuck_at_the_first_link_that_is_missing),
    cmocka_unit_test(a_segment_names_the_one_behind_it_once_that_is_linked),
    cmocka_unit_test(only_a_queue_without_a_segment_is_idle_for_tickets),
    cmocka_unit_test(an_idle_queue_closes_and_stays_empty),
    cmocka_unit_test(closing_seals_a_partial_segment_with_what_was_claimed),
    cmocka_unit_test(closing_keeps_a_full_segment_whole),
    cmocka_unit_test(closing_at_the_bridge_retires_it),
    cmocka_unit_test(closing_twice_changes_nothing),
    cmocka_unit_test(an_install_that_comes_too_late_is_told_so),
    cmocka_unit_test(a_queue_closes_as_empty_only_if_all_that_was_claimed_was_taken),
    cmocka_unit_test(what_was_installed_before_the_close_is_delivered_however_late_it_is_linked),
    cmocka_unit_test(a_closed_queue_is_stuck_not_empty_while_a_link_is_missing),
    cmocka_unit_test(an_opened_queue_goes_on_counting_where_it_was_closed),
    cmocka_unit_test(a_claim_refused_by_a_closed_queue_may_be_made_good_in_the_opened_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
