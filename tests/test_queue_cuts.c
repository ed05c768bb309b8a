/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Tickets of one slot's queue: exact between any two steps of pushes that are under way. */

#include "queue_chain.h"

static struct queue_rig rig;

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
  take_all(&rig, 3);
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
        uint64_t first = begin(&rig, (enum before)before), total = first + CHAIN * cap;
        install_chain(&rig, &chain, first);
        assert_int_equal(rig_ticket(&rig), total);

        for (int i = 0; i < CHAIN; i++) {
          int which = orders[order][i];
          link_one(&rig, &chain, which);
          assert_true(rig_base(&rig, chain.number[which]) == first + (uint64_t)which * cap);
          assert_int_equal(rig_ticket(&rig), total);
        }

        take_all(&rig, total);
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
    uint64_t first = begin(&rig, (enum before)before);
    install_chain(&rig, &chain, first);
    if (before == AT_FULL_HEAD)
      rig_done(&rig, rig_take(&rig, 0, 1));
    assert_int_equal(rig_look(&rig), MPCC__QUEUE_STUCK);

    link_one(&rig, &chain, 2);
    assert_int_equal(rig_look(&rig), MPCC__QUEUE_STUCK);
    link_one(&rig, &chain, 0);
    assert_int_equal(rig_look(&rig), MPCC__QUEUE_WHOLE);
    rig_give_retired(&rig, rig.retired);
    rig_done(&rig, rig_take(&rig, first, 1));
    assert_int_equal(rig_look(&rig), MPCC__QUEUE_STUCK);
    link_one(&rig, &chain, 1);

    take_all(&rig, first + CHAIN);
    rig_close(&rig);
  }
}

static void a_segment_names_the_one_behind_it_once_that_is_linked(void **state)
{
  (void)state;
  struct chain chain;
  rig_open(&rig, 1, CHAIN);
  install_chain(&rig, &chain, 0);
  for (int i = 0; i < CHAIN; i++)
    assert_int_equal(mpcc__queue_next(&rig.pool.shelf, chain.number[i]), 0);

  link_one(&rig, &chain, 2);
  assert_int_equal(mpcc__queue_next(&rig.pool.shelf, chain.number[0]), 0);
  assert_int_equal(mpcc__queue_next(&rig.pool.shelf, chain.number[1]), chain.number[2]);
  link_one(&rig, &chain, 0);
  assert_int_equal(mpcc__queue_next(&rig.pool.shelf, chain.number[0]), 0);
  link_one(&rig, &chain, 1);
  assert_int_equal(mpcc__queue_next(&rig.pool.shelf, chain.number[0]), chain.number[1]);
  assert_int_equal(mpcc__queue_next(&rig.pool.shelf, chain.number[2]), 0);

  take_all(&rig, CHAIN);
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

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_ticket_counts_claims_published_or_not),
    cmocka_unit_test(a_ticket_goes_on_where_the_queue_became_idle),
    cmocka_unit_test(tickets_and_bases_hold_whichever_segment_is_linked_first),
    cmocka_unit_test(the_loop_is_stuck_at_the_first_link_that_is_missing),
    cmocka_unit_test(a_segment_names_the_one_behind_it_once_that_is_linked),
    cmocka_unit_test(only_a_queue_without_a_segment_is_idle_for_tickets),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
