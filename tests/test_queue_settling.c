/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* One slot's queue: how the loop makes it idle, and long runs of every step in any order. */

#include "queue_rig.h"
#include "racers.h"

static struct queue_rig rig;

/* -- Settling -------------------------------------------------------------------------------- */

static void settling_seals_a_partial_head_and_makes_the_queue_idle(void **state)
{
  (void)state;
  rig_open(&rig, 4, 2);
  rig_push(&rig, 0);
  rig_push(&rig, 1);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_PARTIAL);

  rig_settle(&rig);
  rig_give_retired(&rig, 0);
  assert_true(mpcc__queue_idle(&rig.queue));
  rig_push(&rig, 2);

  uint32_t sealed = rig_take(&rig, 0, 2);
  assert_true(rig_done(&rig, sealed));
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_PARTIAL);
  assert_int_equal(rig.count, 1);
  rig_settle(&rig);
  assert_true(rig_done(&rig, rig_take(&rig, 2, 1)));
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
  rig_close(&rig);
}

static void a_sealed_segment_waits_for_the_cells_claimed_in_it(void **state)
{
  (void)state;
  rig_open(&rig, 4, 1);
  rig_push(&rig, 0);
  uint64_t claim = rig_claim(&rig);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_PARTIAL);

  rig_settle(&rig);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_STUCK);
  rig_fill(&rig, claim, 1);

  assert_true(rig_done(&rig, rig_take(&rig, 0, 2)));
  rig_close(&rig);
}

static void settling_takes_in_what_was_claimed_since_the_look(void **state)
{
  (void)state;
  rig_open(&rig, 4, 1);
  rig_push(&rig, 0);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_PARTIAL);
  rig_push(&rig, 1);
  rig_push(&rig, 2);

  rig_settle(&rig);

  assert_true(rig_done(&rig, rig_take(&rig, 0, 3)));
  rig_close(&rig);
}

static void settling_leaves_a_full_head_as_it_is(void **state)
{
  (void)state;
  rig_open(&rig, 2, 1);
  rig_push(&rig, 0);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_PARTIAL);
  rig_push(&rig, 1);

  rig_settle(&rig);
  assert_false(mpcc__queue_idle(&rig.queue));

  uint32_t number = rig_take(&rig, 0, 2);
  assert_false(rig_done(&rig, number));
  rig_settle(&rig);
  rig_give_retired(&rig, number);
  rig_close(&rig);
}

static void settling_does_nothing_once_the_tail_has_moved_on(void **state)
{
  (void)state;
  rig_open(&rig, 1, 2);
  rig_push(&rig, 0);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_WHOLE);
  rig_claim(&rig);
  uint64_t seen = rig_refuse(&rig);
  uint32_t second = rig_install(&rig, seen);

  rig_settle(&rig);
  assert_false(mpcc__queue_idle(&rig.queue));
  uint32_t first = rig_take(&rig, 0, 1);
  rig_settle(&rig);
  assert_false(mpcc__queue_idle(&rig.queue));
  assert_false(rig_done(&rig, first));

  rig_fill_first(&rig, second, 1);
  rig_link(&rig, seen, second);
  rig_take(&rig, 1, 1);
  rig_give_retired(&rig, first);
  rig_settle(&rig);
  assert_true(rig_done(&rig, second));
  rig_close(&rig);
}

static void settling_at_the_bridge_makes_the_queue_idle_and_retires_it(void **state)
{
  (void)state;
  for (int done_first = 0; done_first < 2; done_first++) {
    rig_open(&rig, 2, 1);
    rig_push(&rig, 0);
    rig_push(&rig, 1);
    uint32_t number = rig_take(&rig, 0, 2);
    if (done_first)
      assert_false(rig_done(&rig, number));

    rig_settle(&rig);

    assert_true(mpcc__queue_idle(&rig.queue));
    rig_give_retired(&rig, done_first ? number : 0);
    if (!done_first)
      assert_true(rig_done(&rig, number));
    assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
    rig_close(&rig);
  }
}

static void settling_ignores_claims_refused_at_the_bridge(void **state)
{
  (void)state;
  rig_open(&rig, 1, 1);
  rig_push(&rig, 0);
  uint32_t number = rig_take(&rig, 0, 1);
  for (int i = 0; i < 5; i++)
    rig_claim(&rig);

  rig_settle(&rig);

  assert_true(mpcc__queue_idle(&rig.queue));
  assert_int_equal(rig_ticket(&rig), 1);
  assert_int_equal(mpcc__tail_segment(rig_refuse(&rig)), 0);
  assert_true(rig_done(&rig, number));
  rig_push(&rig, 1);
  assert_int_equal(rig_take(&rig, 1, 1), number);
  rig_settle(&rig);
  assert_true(rig_done(&rig, number));
  rig_close(&rig);
}

static void settling_waits_for_a_first_segment_that_is_not_linked_yet(void **state)
{
  (void)state;
  rig_open(&rig, 2, 1);
  rig_settle(&rig);
  rig_give_retired(&rig, 0);
  rig_claim(&rig);
  uint64_t seen = rig_refuse(&rig);
  uint32_t number = rig_install(&rig, seen);

  rig_settle(&rig);
  assert_false(mpcc__queue_idle(&rig.queue));

  rig_fill_first(&rig, number, 0);
  rig_link(&rig, seen, number);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_PARTIAL);
  rig_settle(&rig);
  assert_true(rig_done(&rig, rig_take(&rig, 0, 1)));
  rig_close(&rig);
}

/* -- Long runs ------------------------------------------------------------------------------- */

static void items_stay_in_order_while_few_segments_go_round_and_round(void **state)
{
  (void)state;
  static const uint32_t caps[] = {1, 2, 3, 7};
  for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
    uint32_t waiting = 0;
    rig_open(&rig, caps[i], 2);

    for (uint64_t item = 0; item < (uint64_t)caps[i] * 5000; item += caps[i]) {
      for (uint32_t k = 0; k < caps[i]; k++)
        rig_push(&rig, item + k);
      uint32_t number = rig_take(&rig, item, caps[i]);
      rig_give_retired(&rig, waiting);
      waiting = rig_done(&rig, number) ? 0 : number;
    }

    rig_settle(&rig);
    rig_give_retired(&rig, waiting);
    rig_close(&rig);
  }
}

/* Batches that are out: done in any order. */
enum { OUT_MOST = 6 };

struct random_run {
  uint32_t random, out[OUT_MOST], out_count, held;
  uint64_t pushed, taken;
};

static void give_back(struct random_run *run, uint32_t number)
{
  if (number == 0)
    return;
  mpcc__pool_give(&rig.pool, number);
  run->held--;
}

static void random_push(struct random_run *run)
{
  uint64_t claim = rig_claim(&rig);
  uint32_t number;

  if (mpcc__tail_index(claim) < rig.pool.shelf.cap) {
    rig_fill(&rig, claim, run->pushed++);
    return;
  }
  claim = rig_refuse(&rig);
  number = mpcc__pool_take(&rig.pool);
  assert_int_equal(number == 0, run->held == rig.pool.limit);
  if (number == 0)
    return;
  run->held++;
  assert_true(mpcc__queue_install(&rig.queue, &rig.pool.shelf, claim, number, 1));
  rig_fill_first(&rig, number, run->pushed++);
  rig_link(&rig, claim, number);
}

static void random_loop_step(struct random_run *run)
{
  enum mpcc__queue_state found = rig_look(&rig);

  give_back(run, rig.retired);
  assert_int_not_equal(found, MPCC__QUEUE_STUCK);
  assert_int_equal(found == MPCC__QUEUE_EMPTY, run->pushed == run->taken);
  if (found == MPCC__QUEUE_WHOLE && run->out_count < OUT_MOST) {
    uint32_t count = rig.count;

    run->out[run->out_count++] = rig_take(&rig, run->taken, count);
    run->taken += count;
  } else if (racers_random(&run->random) % 3 == 0) {
    rig_settle(&rig);
    give_back(run, rig.retired);
  }
}

static void random_done(struct random_run *run)
{
  uint32_t pick = racers_random(&run->random) % run->out_count, number = run->out[pick];

  run->out[pick] = run->out[--run->out_count];
  if (mpcc__queue_retire(&rig.end, &rig.pool.shelf, number))
    give_back(run, number);
}

static void any_order_of_steps_delivers_every_item_once_and_in_order(void **state)
{
  (void)state;
  for (uint32_t cap = 1; cap <= 5; cap++) {
    struct random_run run = {.random = 4711 * cap};
    rig_open(&rig, cap, 8);

    for (int step = 0; step < 60000; step++) {
      uint32_t dice = racers_random(&run.random) % 8;
      if (dice < 4)
        random_push(&run);
      else if (dice < 7)
        random_loop_step(&run);
      else if (run.out_count > 0)
        random_done(&run);
      assert_true(rig_ticket(&rig) == run.pushed);
      assert_true(rig_taken(&rig) == run.taken);
    }
    while (run.out_count > 0 || run.taken < run.pushed || !mpcc__queue_idle(&rig.queue)) {
      random_loop_step(&run);
      if (run.out_count > 0)
        random_done(&run);
    }

    assert_int_equal(run.held, 0);
    rig_close(&rig);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(settling_seals_a_partial_head_and_makes_the_queue_idle),
    cmocka_unit_test(a_sealed_segment_waits_for_the_cells_claimed_in_it),
    cmocka_unit_test(settling_takes_in_what_was_claimed_since_the_look),
    cmocka_unit_test(settling_leaves_a_full_head_as_it_is),
    cmocka_unit_test(settling_does_nothing_once_the_tail_has_moved_on),
    cmocka_unit_test(settling_at_the_bridge_makes_the_queue_idle_and_retires_it),
    cmocka_unit_test(settling_ignores_claims_refused_at_the_bridge),
    cmocka_unit_test(settling_waits_for_a_first_segment_that_is_not_linked_yet),
    cmocka_unit_test(items_stay_in_order_while_few_segments_go_round_and_round),
    cmocka_unit_test(any_order_of_steps_delivers_every_item_once_and_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
