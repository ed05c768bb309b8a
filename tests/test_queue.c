/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* One slot's queue, step by step: what the loop is told between any two steps of a push. */

#include "queue_rig.h"

static struct queue_rig rig;

/* -- Claims and what the loop sees of them --------------------------------------------------- */

static void a_new_queue_is_empty_and_idle(void **state)
{
  (void)state;
  rig_open(&rig, 2, 2);

  assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);

  assert_int_equal(rig.count, 0);
  assert_int_equal(rig.retired, 0);
  assert_true(mpcc__queue_idle(&rig.queue));
  rig_close(&rig);
}

static void a_claim_of_an_idle_queue_changes_nothing_for_the_loop(void **state)
{
  (void)state;
  rig_open(&rig, 2, 2);

  uint64_t claim = rig_claim(&rig);
  assert_true(mpcc__tail_index(claim) >= rig.pool.shelf.cap);

  assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
  assert_true(mpcc__queue_idle(&rig.queue));
  rig_refuse(&rig);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
  rig_close(&rig);
}

static void the_first_segment_is_stuck_until_it_is_linked(void **state)
{
  (void)state;
  rig_open(&rig, 2, 1);
  rig_claim(&rig);
  uint64_t seen = rig_refuse(&rig);

  uint32_t number = rig_install(&rig, seen);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_STUCK);
  assert_false(mpcc__queue_idle(&rig.queue));
  rig_link(&rig, seen, number);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_PARTIAL);

  assert_int_equal(rig.count, 1);
  rig_fill_first(&rig, number, 0);
  rig_push(&rig, 1);
  assert_int_equal(rig_take(&rig, 0, 2), number);
  rig_settle(&rig);
  assert_true(rig_done(&rig, number));
  rig_close(&rig);
}

static void a_partial_head_counts_claims_published_or_not(void **state)
{
  (void)state;
  rig_open(&rig, 4, 1);
  rig_push(&rig, 0);

  uint64_t second = rig_claim(&rig), third = rig_claim(&rig);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_PARTIAL);
  assert_int_equal(rig.count, 3);

  rig_fill(&rig, third, 2);
  rig_fill(&rig, second, 1);
  rig_push(&rig, 3);
  uint32_t number = rig_take(&rig, 0, 4);
  rig_settle(&rig);
  assert_true(rig_done(&rig, number));
  rig_close(&rig);
}

static void a_full_head_is_stuck_until_its_last_cell_is_published(void **state)
{
  (void)state;
  rig_open(&rig, 3, 1);
  rig_push(&rig, 0);
  uint64_t second = rig_claim(&rig), third = rig_claim(&rig);

  assert_int_equal(rig_look(&rig), MPCC__QUEUE_STUCK);
  rig_fill(&rig, third, 2);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_STUCK);
  rig_fill(&rig, second, 1);

  uint32_t number = rig_take(&rig, 0, 3);
  rig_settle(&rig);
  assert_true(rig_done(&rig, number));
  rig_close(&rig);
}

static void a_claim_of_several_cells_wins_those_that_are_left(void **state)
{
  (void)state;
  static const uint64_t items[3] = {2, 3, 4};
  rig_open(&rig, 5, 1);
  rig_push(&rig, 0);
  rig_push(&rig, 1);

  uint64_t claim = mpcc__queue_claim(&rig.queue, 100);
  assert_int_equal(mpcc__tail_index(claim), 2);
  mpcc__segment_fill(&rig.pool.shelf, rig_segment(&rig, mpcc__tail_segment(claim)), 2, items, 3);

  uint32_t number = rig_take(&rig, 0, 5);
  rig_settle(&rig);
  assert_true(rig_done(&rig, number));
  rig_close(&rig);
}

static void an_installer_may_claim_several_cells(void **state)
{
  (void)state;
  static const uint64_t items[5] = {0, 1, 2, 3, 4};
  rig_open(&rig, 3, 1);
  for (uint32_t count = 2; count <= 3; count++) {
    uint32_t number = mpcc__pool_take(&rig.pool);
    uint64_t seen = rig_refuse(&rig), stamp_ms = 1234 + count, first = rig_taken(&rig);

    assert_true(mpcc__queue_install(&rig.queue, &rig.pool.shelf, seen, number, count));
    mpcc__queue_link(&rig.queue, &rig.pool.shelf, seen, number, stamp_ms);
    mpcc__segment_fill(&rig.pool.shelf, rig_segment(&rig, number), 0, items + first, count);
    assert_int_equal(rig_look(&rig), count < 3 ? MPCC__QUEUE_PARTIAL : MPCC__QUEUE_WHOLE);
    rig_settle(&rig);

    assert_int_equal(rig_take(&rig, first, count), number);
    assert_int_equal(rig_segment(&rig, number)->stamp_ms, stamp_ms);
    rig_settle(&rig);
    assert_true(rig_done(&rig, number));
  }
  rig_close(&rig);
}

/* -- Refused claims --------------------------------------------------------------------------- */

/* More cells than 32 bits count, claimed and taken back. */
static void refuse_often(uint32_t at_rest)
{
  for (int i = 0; i < 1 << 17; i++) {
    uint64_t claim = mpcc__queue_claim(&rig.queue, 65536), tail;

    assert_int_equal(mpcc__tail_index(claim), at_rest);
    tail = rig_refuse(&rig);
    assert_true(tail == claim);
  }
}

static void refused_claims_however_many_leave_no_trace(void **state)
{
  (void)state;
  rig_open(&rig, 2, 1);
  refuse_often(MPCC__TAIL_IDLE);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);

  rig_push(&rig, 0);
  rig_push(&rig, 1);
  refuse_often(2);
  uint32_t number = rig_take(&rig, 0, 2);
  refuse_often(2);
  rig_shut(&rig);
  refuse_often((uint32_t)MPCC__TAIL_CLOSED);

  assert_true(rig_done(&rig, number));
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
  rig_close(&rig);
}

static void refusals_of_claims_that_came_together_are_made_good_by_any_of_them(void **state)
{
  (void)state;
  rig_open(&rig, 2, 2);
  rig_push(&rig, 0);
  rig_push(&rig, 1);
  for (int i = 0; i < 1000; i++)
    mpcc__queue_claim(&rig.queue, 65536);

  uint64_t first = rig_refuse(&rig), second = rig_refuse(&rig);

  assert_int_equal(mpcc__tail_index(first), 2);
  assert_true(first == second);
  rig_take(&rig, 0, 2);
  rig_settle(&rig);
  assert_true(rig_done(&rig, mpcc__tail_segment(first)));
  rig_close(&rig);
}

static void a_refusal_does_not_touch_cells_that_are_free(void **state)
{
  (void)state;
  rig_open(&rig, 3, 1);
  rig_push(&rig, 0);

  uint64_t tail = rig_refuse(&rig);

  assert_int_equal(mpcc__tail_index(tail), 1);
  rig_push(&rig, 1);
  rig_push(&rig, 2);
  uint32_t number = rig_take(&rig, 0, 3);
  rig_settle(&rig);
  assert_true(rig_done(&rig, number));
  rig_close(&rig);
}

static void whoever_loses_the_race_to_install_may_try_again_with_the_same_segment(void **state)
{
  (void)state;
  rig_open(&rig, 1, 3);
  rig_push(&rig, 0);
  uint64_t seen = rig_refuse(&rig);
  uint32_t loser = mpcc__pool_take(&rig.pool);
  rig_push(&rig, 1);

  assert_false(mpcc__queue_install(&rig.queue, &rig.pool.shelf, seen, loser, 1));
  seen = rig_refuse(&rig);
  assert_true(mpcc__queue_install(&rig.queue, &rig.pool.shelf, seen, loser, 1));
  rig_fill_first(&rig, loser, 2);
  rig_link(&rig, seen, loser);

  for (uint64_t i = 0; i < 3; i++) {
    uint32_t number = rig_take(&rig, i, 1);
    rig_settle(&rig);
    rig_done(&rig, number);
    rig_look(&rig);
    if (rig.retired != 0)
      mpcc__pool_give(&rig.pool, rig.retired);
  }
  rig_close(&rig);
}

/* -- Retiring --------------------------------------------------------------------------------- */

static void a_full_segment_is_kept_until_its_link_has_been_read(void **state)
{
  (void)state;
  rig_open(&rig, 1, 2);
  rig_push(&rig, 0);
  uint32_t first = rig_take(&rig, 0, 1);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);

  assert_false(rig_done(&rig, first));
  rig_claim(&rig);
  uint64_t seen = rig_refuse(&rig);
  uint32_t second = rig_install(&rig, seen);
  rig_fill_first(&rig, second, 1);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_STUCK);
  assert_int_equal(rig.retired, 0);
  rig_link(&rig, seen, second);

  assert_int_equal(rig_look(&rig), MPCC__QUEUE_WHOLE);
  rig_give_retired(&rig, first);
  assert_int_equal(rig_take(&rig, 1, 1), second);
  rig_settle(&rig);
  assert_true(rig_done(&rig, second));
  rig_close(&rig);
}

static void a_segment_whose_link_was_read_while_its_batch_was_out_retires_with_it(void **state)
{
  (void)state;
  rig_open(&rig, 1, 2);
  rig_push(&rig, 0);
  uint32_t first = rig_take(&rig, 0, 1);
  rig_push(&rig, 1);

  assert_int_equal(rig_look(&rig), MPCC__QUEUE_WHOLE);
  assert_int_equal(rig.retired, 0);
  assert_true(rig_done(&rig, first));

  uint32_t second = rig_take(&rig, 1, 1);
  rig_settle(&rig);
  assert_true(rig_done(&rig, second));
  rig_close(&rig);
}

static void batches_may_be_done_in_any_order(void **state)
{
  (void)state;
  uint32_t numbers[4];
  rig_open(&rig, 1, 4);
  for (uint64_t i = 0; i < 4; i++)
    rig_push(&rig, i);
  for (uint64_t i = 0; i < 4; i++)
    numbers[i] = rig_take(&rig, i, 1);

  assert_false(rig_done(&rig, numbers[3]));
  assert_true(rig_done(&rig, numbers[1]));
  assert_true(rig_done(&rig, numbers[2]));
  assert_true(rig_done(&rig, numbers[0]));
  rig_push(&rig, 4);

  uint32_t number = rig_take(&rig, 4, 1);
  rig_give_retired(&rig, numbers[3]);
  rig_settle(&rig);
  assert_true(rig_done(&rig, number));
  rig_close(&rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_new_queue_is_empty_and_idle),
    cmocka_unit_test(a_claim_of_an_idle_queue_changes_nothing_for_the_loop),
    cmocka_unit_test(the_first_segment_is_stuck_until_it_is_linked),
    cmocka_unit_test(a_partial_head_counts_claims_published_or_not),
    cmocka_unit_test(a_full_head_is_stuck_until_its_last_cell_is_published),
    cmocka_unit_test(a_claim_of_several_cells_wins_those_that_are_left),
    cmocka_unit_test(an_installer_may_claim_several_cells),
    cmocka_unit_test(refused_claims_however_many_leave_no_trace),
    cmocka_unit_test(refusals_of_claims_that_came_together_are_made_good_by_any_of_them),
    cmocka_unit_test(a_refusal_does_not_touch_cells_that_are_free),
    cmocka_unit_test(whoever_loses_the_race_to_install_may_try_again_with_the_same_segment),
    cmocka_unit_test(a_full_segment_is_kept_until_its_link_has_been_read),
    cmocka_unit_test(a_segment_whose_link_was_read_while_its_batch_was_out_retires_with_it),
    cmocka_unit_test(batches_may_be_done_in_any_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
