/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Counters that come round. In builds with internal checks they begin just before (check.h), so
 * that every other test goes through it, too: here it is seen that they do. What holds
 * there is asked here in every build.
 */
#include "batch.h"
#include "lane.h"
#include "queue_rig.h"

#if defined(MPCC_CHECKS) && MPCC_CHECKS
enum { BEGINS_BEFORE = 1 };
#else
enum { BEGINS_BEFORE = 0 };
#endif

enum { ROUNDS = 6, NUMBER = 5, NUMBER_BITS = 28, LANE_BYTES = 1024 };

/* Begun at ${first}, counted up to ${last}: through its end where it begins before it, else from 0
 * on. */
static void assert_came_round(uint64_t first, uint64_t last)
{
  if (BEGINS_BEFORE) {
    assert_true(first > ROUNDS);
    assert_true(last < first);
  } else {
    assert_int_equal(first, 0);
    assert_in_range(last, 1, 1000);
  }
}

/* -- 32 bits: the pool's tags, the lives of a segment ---------------------------------------- */

static struct queue_rig rig;

static uint32_t tag_of(const _Atomic uint64_t *word)
{
  /* relaxed: nobody else is here. */
  return (uint32_t)(atomic_load_explicit(word, memory_order_relaxed) >> 32);
}

static void tags_of_the_pool_come_round_and_no_segment_is_lost(void **state)
{
  uint32_t head, tail, taken[2];

  (void)state;
  rig_open(&rig, 1, 2);
  head = tag_of(&rig.pool.head);
  tail = tag_of(&rig.pool.tail);
  for (int i = 0; i < ROUNDS; i++) {
    taken[0] = mpcc__pool_take(&rig.pool);
    taken[1] = mpcc__pool_take(&rig.pool);
    assert_int_equal(taken[0] + taken[1], 1 + 2);
    assert_int_equal(mpcc__pool_take(&rig.pool), 0);
    mpcc__pool_give(&rig.pool, taken[0]);
    mpcc__pool_give(&rig.pool, taken[1]);
  }

  assert_came_round(head, tag_of(&rig.pool.head));
  assert_came_round(tail, tag_of(&rig.pool.tail));
  rig_close(&rig);
}

static void the_tag_of_a_segments_own_node_comes_round(void **state)
{
  struct mpcc__node *node;
  uint32_t first, number;

  (void)state;
  rig_open(&rig, 1, 1);
  number = mpcc__pool_take(&rig.pool);
  node = &rig_segment(&rig, number)->node;
  first = tag_of(&node->next);
  for (int i = 0; i < ROUNDS; i++) {
    mpcc__pool_give(&rig.pool, number);
    assert_int_equal(mpcc__pool_take(&rig.pool), number);
  }

  assert_came_round(first, tag_of(&node->next));
  mpcc__pool_give(&rig.pool, number);
  rig_close(&rig);
}

static uint32_t lives_of(uint32_t number)
{
  /* relaxed: nobody else is here. */
  return atomic_load_explicit(&rig_segment(&rig, number)->incarnation, memory_order_relaxed);
}

static void a_segment_may_live_more_often_than_it_can_count(void **state)
{
  uint32_t first, number;

  (void)state;
  rig_open(&rig, 1, 1);
  number = mpcc__pool_take(&rig.pool);
  first = lives_of(number);
  mpcc__pool_give(&rig.pool, number);
  for (uint64_t i = 0; i < ROUNDS; i++) {
    rig_push(&rig, i);
    assert_int_equal(rig_ticket(&rig), i + 1);
    assert_int_equal(rig_take(&rig, i, 1), number);
    rig_settle(&rig);
    assert_int_equal(rig_ticket(&rig), i + 1);
    assert_true(rig_done(&rig, number));
  }

  assert_came_round(first, lives_of(number));
  rig_close(&rig);
}

/* -- 63 bits: tickets, which have an order, do not come round -------------------------------- */

static void tickets_begin_before_a_carry_through_all_their_bits(void **state)
{
  const uint64_t carried = UINT64_C(1) << 62;
  uint64_t first;

  (void)state;
  rig_open(&rig, 4, 2);
  first = mpcc__queue_ticket(&rig.queue, &rig.pool.shelf);
  for (uint64_t i = 0; i < 4; i++)
    rig_push(&rig, i);

  assert_int_equal(rig_ticket(&rig), 4);
  if (BEGINS_BEFORE) {
    assert_true(first < carried);
    assert_true(mpcc__queue_ticket(&rig.queue, &rig.pool.shelf) > carried);
  } else {
    assert_int_equal(first, 0);
  }
  assert_false(rig_done(&rig, rig_take(&rig, 0, 4)));
  rig_settle(&rig);
  rig_give_retired(&rig, rig.retired);
  rig_close(&rig);
}

/* -- 64 bits: positions of a lane ------------------------------------------------------------- */

static struct mpcc__lane *new_lane(bool fenced, size_t capacity)
{
  const size_t head = (sizeof(struct mpcc__lane) + MPCC__LINE - 1) / MPCC__LINE * MPCC__LINE;
  struct mpcc__lane *lane;

  assert_true(head + mpcc__lane_bytes(sizeof(uint64_t), capacity) <= LANE_BYTES);
  lane = aligned_alloc(MPCC__LINE, LANE_BYTES);
  assert_non_null(lane);
  memset(lane, 0, LANE_BYTES);
  mpcc__lane_init(lane, (unsigned char *)lane + head, sizeof(uint64_t), capacity, fenced);
  return lane;
}

/* Whether it is to call. */
static bool put(struct mpcc__lane *lane, uint64_t number)
{
  const uint64_t item[4] = {number}; /* as large as usual sizes get, for the compiler's checks */

  assert_true(mpcc__lane_has_room(lane));
  mpcc__lane_begin(lane);
  assert_false(mpcc__lane_quiet(lane));
  return mpcc__lane_put(lane, item, 0);
}

static void take(struct mpcc__lane *lane, uint64_t number)
{
  uint64_t item;

  memcpy(&item, mpcc__lane_front(lane), sizeof(item));
  assert_int_equal(item, number);
  mpcc__lane_took(lane, 1);
}

/* With every distance between the end of positions and the call that is asked for. */
static void call_behind(bool fenced, uint64_t before, size_t call_at)
{
  const size_t capacity = 8;
  struct mpcc__lane *lane = new_lane(fenced, capacity);

  for (uint64_t i = 0; i < before; i++) {
    (void)put(lane, i);
    take(lane, i);
  }
  mpcc__lane_call_at(lane, call_at);
  assert_true(mpcc__lane_calls_next(lane) == (call_at == 1));
  for (size_t i = 0; i < capacity; i++) {
    assert_true(put(lane, before + i) == (i + 1 == call_at));
    assert_int_equal(mpcc__lane_count(lane), i + 1);
    assert_true(mpcc__lane_quiet(lane));
  }
  assert_false(mpcc__lane_has_room(lane));
  for (size_t i = 0; i < capacity; i++)
    take(lane, before + i);
  free(lane);
}

static void positions_of_a_lane_come_round_and_it_calls_when_it_was_asked_to(void **state)
{
  (void)state;
  for (int fenced = 0; fenced <= 1; fenced++)
    for (uint64_t before = 1; before <= ROUNDS; before++)
      for (size_t call_at = 1; call_at <= 8; call_at++)
        call_behind(fenced == 1, before, call_at);
}

static void a_lanes_positions_begin_before_they_come_round(void **state)
{
  struct mpcc__lane *lane = new_lane(false, 8);
  uint64_t first = mpcc__lane_tail(lane);

  (void)state;
  for (uint64_t i = 0; i < ROUNDS; i++) {
    assert_true(put(lane, i) == (i == 0));
    take(lane, i);
  }

  assert_came_round(first, mpcc__lane_tail(lane));
  free(lane);
}

/* -- A batch's ids ---------------------------------------------------------------------------- */

static struct mpcc__batch batch;
static struct mpcc__core *const some_core = (struct mpcc__core *)(void *)&rig;

static int fresh_batch(void **state)
{
  static const struct mpcc__batch nothing;

  (void)state;
  batch = nothing;
  batch.segment.number = NUMBER;
  mpcc__batch_form(&batch, some_core, 0, 0, 1, 0);
  return 0;
}

static void hand_over_and_answer(uint64_t *ids, int count)
{
  for (int i = 0; i < count; i++) {
    mpcc__batch_launch(&batch, NUMBER_BITS, 0);
    ids[i] = batch.shown.id;
    assert_true(mpcc__batch_is_id(ids[i]));
    assert_int_equal(ids[i] & ((UINT64_C(1) << NUMBER_BITS) - 1), NUMBER);
    if (i > 0)
      assert_true(mpcc__batch_id_before(&batch, NUMBER_BITS) == ids[i - 1]);
    for (int k = 0; k < i; k++) {
      assert_true(ids[k] != ids[i]);
      assert_false(mpcc__batch_answer(&batch, ids[k], -42, 0));
    }
    assert_false(mpcc__batch_answer_late(&batch, ids[i])); /* it was not abandoned */
    assert_true(mpcc__batch_answer(&batch, ids[i], 0, 0));
  }
}

static void generations_begin_before_they_come_round(void **state)
{
  uint64_t first = batch.generation, ids[ROUNDS];

  (void)state;
  hand_over_and_answer(ids, ROUNDS);

  assert_came_round(first, batch.generation);
}

static void an_id_whose_generation_has_come_round_is_neither_0_nor_abandoned(void **state)
{
  uint64_t ids[ROUNDS];

  (void)state;
  batch.generation = (UINT64_C(1) << (63 - NUMBER_BITS)) - ROUNDS / 2;
  hand_over_and_answer(ids, ROUNDS);

  assert_true(ids[ROUNDS - 1] < ids[0]);
}

static void a_batch_is_told_from_one_that_was_abandoned_after_its_ids_came_round(void **state)
{
  bool abandoned = true;

  (void)state;
  batch.generation = (UINT64_C(1) << (63 - NUMBER_BITS)) - 1;
  mpcc__batch_launch(&batch, NUMBER_BITS, 0);

  assert_true(mpcc__batch_live(&batch, &abandoned) == batch.shown.id);
  assert_false(abandoned);
  assert_true(mpcc__batch_abandon(&batch));
  assert_true(mpcc__batch_is_abandoned(&batch, batch.shown.id));
  assert_true(mpcc__batch_answer_late(&batch, batch.shown.id));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(tags_of_the_pool_come_round_and_no_segment_is_lost),
    cmocka_unit_test(the_tag_of_a_segments_own_node_comes_round),
    cmocka_unit_test(a_segment_may_live_more_often_than_it_can_count),
    cmocka_unit_test(tickets_begin_before_a_carry_through_all_their_bits),
    cmocka_unit_test(positions_of_a_lane_come_round_and_it_calls_when_it_was_asked_to),
    cmocka_unit_test(a_lanes_positions_begin_before_they_come_round),
    cmocka_unit_test_setup(generations_begin_before_they_come_round, fresh_batch),
    cmocka_unit_test_setup(an_id_whose_generation_has_come_round_is_neither_0_nor_abandoned,
                           fresh_batch),
    cmocka_unit_test_setup(a_batch_is_told_from_one_that_was_abandoned_after_its_ids_came_round,
                           fresh_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
