/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* A head whose items were all taken, but which may get more: left, closed, or kept as one more item
   comes; and what stands behind a head behind which nothing may stand. */
#include "queue_rig.h"

enum { CAP = 4 };

static void take_some(struct queue_rig *rig, uint32_t count)
{
  uint32_t retired;

  assert_int_equal(mpcc__queue_published(&rig->end, &rig->pool.shelf, count), count);
  mpcc__queue_skip(&rig->end, &rig->pool.shelf, count, &retired);
  assert_int_equal(retired, 0);
}

/* Two items were pushed, and taken. */
static void open_with_two_taken(struct queue_rig *rig)
{
  rig_open(rig, CAP, 3);
  rig_push(rig, 0);
  rig_push(rig, 1);
  assert_int_equal(rig_look(rig), MPCC__QUEUE_PARTIAL);
  take_some(rig, 2);
  assert_int_equal(rig_look(rig), MPCC__QUEUE_EMPTY);
  assert_int_not_equal(rig->end.head, 0);
}

static void settle_taken(struct queue_rig *rig)
{
  mpcc__queue_settle_taken(&rig->queue, &rig->end, &rig->pool.shelf, &rig->retired);
}

static void it_is_left_when_nothing_more_has_come(void **state)
{
  (void)state;
  struct queue_rig rig;
  open_with_two_taken(&rig);
  uint32_t head = rig.end.head;

  settle_taken(&rig);

  assert_true(mpcc__queue_idle(&rig.queue));
  rig_give_retired(&rig, head);
  assert_int_equal(rig.end.head, 0);
  assert_true(rig_ticket(&rig) == 2);
  rig_close(&rig);
}

static void an_item_that_comes_between_look_and_settle_keeps_it(void **state)
{
  (void)state;
  struct queue_rig rig;
  open_with_two_taken(&rig);
  uint32_t head = rig.end.head;

  rig_push(&rig, 2);
  settle_taken(&rig);

  assert_int_equal(rig.retired, 0);
  assert_int_equal(rig.end.head, head);
  assert_false(mpcc__queue_idle(&rig.queue));
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_PARTIAL);
  assert_int_equal(rig.count, 1);
  take_some(&rig, 1);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
  settle_taken(&rig);
  rig_give_retired(&rig, head);
  rig_close(&rig);
}

static void closed_there_it_is_left_with_the_next_look(void **state)
{
  (void)state;
  struct queue_rig rig;
  open_with_two_taken(&rig);
  uint32_t head = rig.end.head;

  rig_shut(&rig);
  rig_give_retired(&rig, 0);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);

  rig_give_retired(&rig, head);
  assert_int_equal(rig.end.head, 0);
  assert_true(rig_ticket(&rig) == 2);
  rig_close(&rig);
}

static void nothing_stands_behind_a_sealed_head(void **state)
{
  (void)state;
  struct queue_rig rig;
  rig_open(&rig, CAP, 3);
  rig_push(&rig, 0);
  rig_push(&rig, 1);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_PARTIAL);
  rig_settle(&rig);
  rig_push(&rig, 2); /* into another segment: the queue has begun anew */
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_WHOLE);

  struct mpcc__queue_behind behind =
      mpcc__queue_look_behind(&rig.queue, &rig.end, &rig.pool.shelf, CAP - 2);

  assert_int_equal(behind.segment, 0);
  assert_int_equal(behind.claimed, 0);
  assert_int_equal(behind.published, 0);
  assert_true(behind.final);
  assert_true(rig_done(&rig, rig_take(&rig, 0, 2)));
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_PARTIAL);
  rig_settle(&rig);
  assert_true(rig_done(&rig, rig_take(&rig, 2, 1)));
  rig_close(&rig);
}

/* -- Passing by ------------------------------------------------------------------------------ */

static enum mpcc__queue_passed pass_by(struct queue_rig *rig, uint32_t number, uint32_t count)
{
  return mpcc__queue_pass_by(&rig->queue, &rig->end, &rig->pool.shelf, number, count);
}

static void items_pass_by_an_idle_queue_one_batch_at_a_time(void **state)
{
  (void)state;
  struct queue_rig rig = {0};
  rig_open(&rig, 3, 2);
  uint32_t first = mpcc__pool_take(&rig.pool), second = mpcc__pool_take(&rig.pool);

  assert_int_equal(pass_by(&rig, first, 2), MPCC__QUEUE_PASSED);
  assert_true(mpcc__queue_idle(&rig.queue));
  assert_int_equal(rig_ticket(&rig), 2);
  assert_int_equal(rig_taken(&rig), 0);

  /* The first ones are not counted. */
  assert_int_equal(pass_by(&rig, second, 1), MPCC__QUEUE_REFUSED);
  mpcc__queue_count_taken(&rig.end, 2);
  assert_int_equal(rig_taken(&rig), 2);
  assert_int_equal(pass_by(&rig, second, 1), MPCC__QUEUE_PASSED);
  mpcc__queue_count_taken(&rig.end, 1);
  assert_int_equal(rig_ticket(&rig), 3);
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_EMPTY);
  mpcc__pool_give(&rig.pool, first);
  mpcc__pool_give(&rig.pool, second);
  rig_close(&rig);
}

static void nothing_passes_by_what_is_queued(void **state)
{
  (void)state;
  struct queue_rig rig = {0};
  rig_open(&rig, 3, 2);
  uint32_t own = mpcc__pool_take(&rig.pool);
  rig_push(&rig, 1);
  assert_int_equal(pass_by(&rig, own, 1), MPCC__QUEUE_REFUSED); /* it is not seen yet */
  assert_int_equal(rig_look(&rig), MPCC__QUEUE_PARTIAL);
  assert_int_equal(pass_by(&rig, own, 1), MPCC__QUEUE_REFUSED);
  assert_int_equal(rig_ticket(&rig), 1);
  mpcc__pool_give(&rig.pool, own);
  rig_settle(&rig);
  uint32_t number = rig_take(&rig, 1, 1);
  assert_true(rig_done(&rig, number));
  rig_close(&rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_is_left_when_nothing_more_has_come),
    cmocka_unit_test(an_item_that_comes_between_look_and_settle_keeps_it),
    cmocka_unit_test(closed_there_it_is_left_with_the_next_look),
    cmocka_unit_test(nothing_stands_behind_a_sealed_head),
    cmocka_unit_test(items_pass_by_an_idle_queue_one_batch_at_a_time),
    cmocka_unit_test(nothing_passes_by_what_is_queued),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
