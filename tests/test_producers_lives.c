/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Producer handles and the life of their instance: opened, used and closed in every state, over
   stops and starts, up to mpcc_destroy(). */

#include "handles.h"

enum { SLOTS = 3 };

static rig_t *rig_idle(uint32_t batch_size)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.slot_count = SLOTS;
  options.lane_capacity = 100;
  return rig_open(&options);
}

static rig_t *rig_running(uint32_t batch_size)
{
  rig_t *rig = rig_idle(batch_size);
  rig_start(rig);
  return rig;
}

static void stop(rig_t *rig, int mode)
{
  assert_int_equal(mpcc_complete(rig->mpcc, mode, NULL, NULL), 0);
  rig_step(rig, rig->now_ms + 1);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
}

static void a_handle_of_any_state_pushes_whenever_the_instance_is_open(void **state)
{
  (void)state;
  rig_t *rig = rig_idle(2);
  mpcc_producer_t *handles[4];

  handles[0] = handle_open(rig);
  assert_int_equal(handle_try(handles[0], 0, 0), 0);
  rig_start(rig);
  handles[1] = handle_open(rig);
  rig->answer = MPCC_PENDING;
  assert_int_equal(handle_try(handles[0], 0, 1), 0);
  assert_int_equal(handle_try(handles[1], 1, 0), 0);
  rig_step(rig, 1);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  handles[2] = handle_open(rig);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(handle_try(handles[i], 0, 2), MPCC_ECLOSED);
  rig_step(rig, 2);
  finish_calls(rig, 0);
  rig_step(rig, 3);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  handles[3] = handle_open(rig);
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(handle_try(handles[i], 0, 2), MPCC_ECLOSED);
  assert_fates(rig, 3, 0, 0);
  assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).rejected, 0);

  rig_start(rig);
  rig->answer = 0;
  for (uint32_t i = 0; i < 4; i++)
    handle_push(handles[i], 2, i, 1);
  rig_step(rig, 4);
  assert_fates(rig, 7, 0, 0);
  for (size_t i = 0; i < 4; i++)
    handle_close(handles[i]);
  rig_close(rig);
}

static void an_open_handle_keeps_its_instance_from_being_destroyed(void **state)
{
  (void)state;
  rig_t *rig = rig_idle(2);
  mpcc_producer_t *first = handle_open(rig), *second = handle_open(rig);

  assert_int_equal(mpcc_destroy(rig->mpcc), MPCC_EBUSY); /* IDLE, and nothing queued */
  handle_close(first);
  assert_int_equal(mpcc_destroy(rig->mpcc), MPCC_EBUSY);
  rig_start(rig);
  assert_int_equal(mpcc_destroy(rig->mpcc), MPCC_EBUSY);
  handle_push(second, 0, 0, 2);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 1); /* what was refused has changed nothing */
  stop(rig, MPCC_DRAIN);
  assert_int_equal(mpcc_destroy(rig->mpcc), MPCC_EBUSY);
  assert_int_equal(mpcc_destroy(rig->mpcc), MPCC_EBUSY);
  rig_start(rig);
  handle_push(second, 0, 2, 2);
  rig_step(rig, 2);
  assert_batch(rig, 1, 0, 2, 2, MPCC_DUE_FULL);
  stop(rig, MPCC_DISCARD);
  handle_close(second);

  assert_int_equal(mpcc_destroy(rig->mpcc), 0);
  rig->mpcc = NULL;
  rig_close(rig);
}

static void an_idle_instance_whose_handle_left_items_is_not_empty(void **state)
{
  (void)state;
  for (int pushed = 0; pushed < 2; pushed++) {
    rig_t *rig = rig_idle(2);
    mpcc_producer_t *handle = handle_open(rig);
    handle_push(handle, 1, 0, (size_t)pushed);
    handle_close(handle);

    assert_int_equal(mpcc_destroy(rig->mpcc), pushed != 0 ? MPCC_EBUSY : 0);

    if (pushed == 0)
      rig->mpcc = NULL;
    rig_close(rig);
  }
}

static void a_closed_handle_s_items_stay_queued_in_their_order(void **state)
{
  (void)state;
  for (int running = 0; running < 2; running++) {
    rig_t *rig = running != 0 ? rig_running(100) : rig_idle(100);
    mpcc_producer_t *handle = handle_open(rig);
    handle_push(handle, 0, 0, 60);
    handle_push(handle, 2, 0, 40);

    handle_close(handle);

    assert_int_equal(stats_of(rig, 0).queued, 60);
    assert_int_equal(stats_of(rig, 2).queued, 40);
    if (running == 0)
      rig_start(rig);
    rig_step(rig, 1);
    assert_int_equal(rig_calls(rig), 0);
    stop(rig, MPCC_DRAIN);
    assert_int_equal(rig_calls(rig), 2);
    assert_batch(rig, pick(rig, CALL_PUMP, 0, 0), 0, 0, 60, MPCC_DUE_DRAIN);
    assert_batch(rig, pick(rig, CALL_PUMP, 2, 0), 2, 0, 40, MPCC_DUE_DRAIN);
    rig_close(rig);
  }
}

static void the_item_that_fills_a_batch_may_be_the_last_before_a_close(void **state)
{
  (void)state;
  rig_t *rig = rig_running(5);
  rig_step(rig, 0);
  for (uint64_t round = 0; round < 200; round++) {
    mpcc_producer_t *handle = handle_open(rig);
    unsigned before = wakes_of(rig);
    handle_push(handle, 1, 5 * round, 5);
    handle_close(handle);

    assert_true(wakes_of(rig) > before || rig->next_ms <= rig->now_ms + 2);
    rig_step(rig, rig->now_ms + 2);
    assert_int_equal(rig_calls(rig), round + 1);
    assert_batch(rig, round, 1, 5 * round, 5, MPCC_DUE_FULL);
  }
  rig_close(rig);
}

static void many_handles_may_come_and_go_beside_each_other(void **state)
{
  (void)state;
  rig_t *rig = rig_running(50);
  struct hand hands[HANDS] = {{0}};
  uint64_t random = 1;
  for (uint64_t i = 0; i < HANDS; i++)
    hands[i] = (struct hand){.handle = handle_open(rig), .number = i};

  /* Closed in no order, with items in them or not. */
  for (size_t left = HANDS; left > 0;) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    struct hand *hand = &hands[(random >> 40) % HANDS];
    if (hand->handle == NULL)
      continue;
    assert_int_equal(hand_push(hand, (uint32_t)(random >> 33) % SLOTS), 0);
    if ((random >> 50) % 8 == 0) {
      handle_close(hand->handle);
      hand->handle = NULL;
      left--;
    }
    if ((random >> 53) % 16 == 0)
      rig_step(rig, rig->now_ms + 1);
  }
  stop(rig, MPCC_DRAIN);

  assert_hands(rig, hands, HANDS);
  rig_close(rig);
}

static void a_handle_survives_stops_and_starts(void **state)
{
  (void)state;
  static const int modes[] = {MPCC_DRAIN, MPCC_DISCARD, MPCC_ABANDON};
  rig_t *rig = rig_idle(7);
  struct hand hands[2] = {{.handle = handle_open(rig), .number = 0},
                          {.handle = handle_open(rig), .number = 1}};

  for (size_t life = 0; life < 30; life++) {
    for (size_t i = 0; i < 5 + life % 11; i++)
      assert_int_equal(hand_push(&hands[i % 2], (uint32_t)i % SLOTS), 0);
    if (life % 4 == 3) { /* stopped before any step has looked */
      stop(rig, MPCC_DISCARD);
      rig_start(rig);
    } else {
      if (life == 0)
        rig_start(rig);
      for (size_t i = 0; i < life % 7; i++)
        assert_int_equal(hand_push(&hands[1], 1), 0);
      if (life % 2 == 0)
        rig_step(rig, rig->now_ms + 1);
      assert_int_equal(hand_push(&hands[0], 2), 0);
      stop(rig, modes[life % 3]);
      rig_start(rig);
    }
  }
  stop(rig, MPCC_DRAIN);

  assert_hands(rig, hands, 2);
  assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).queued, 0);
  handle_close(hands[0].handle);
  handle_close(hands[1].handle);
  rig_close(rig);
}

static void in_idle_a_drain_has_nowhere_to_go_and_a_discard_drops_here(void **state)
{
  (void)state;
  rig_t *rig = rig_idle(3);
  mpcc_producer_t *handle = handle_open(rig);
  handle_push(handle, 1, 0, 7);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), MPCC_ESTATE);
  assert_int_equal(rig_calls(rig), 0);
  handle_push(handle, 1, 7, 1);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);

  assert_unseen(rig, 1, 0, 8, 3);
  assert_int_equal(rig->calls[rig_calls(rig) - 1].kind, CALL_COMPLETE);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_int_equal(handle_try(handle, 1, 8), MPCC_ECLOSED);
  assert_fates(rig, 0, 8, 0);
  handle_close(handle);
  rig_close(rig);
}

static void an_empty_handle_does_not_keep_an_idle_instance_from_draining(void **state)
{
  (void)state;
  rig_t *rig = rig_idle(3);
  mpcc_producer_t *handle = handle_open(rig);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);

  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  handle_close(handle);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_handle_of_any_state_pushes_whenever_the_instance_is_open),
    cmocka_unit_test(an_open_handle_keeps_its_instance_from_being_destroyed),
    cmocka_unit_test(an_idle_instance_whose_handle_left_items_is_not_empty),
    cmocka_unit_test(a_closed_handle_s_items_stay_queued_in_their_order),
    cmocka_unit_test(the_item_that_fills_a_batch_may_be_the_last_before_a_close),
    cmocka_unit_test(many_handles_may_come_and_go_beside_each_other),
    cmocka_unit_test(a_handle_survives_stops_and_starts),
    cmocka_unit_test(in_idle_a_drain_has_nowhere_to_go_and_a_discard_drops_here),
    cmocka_unit_test(an_empty_handle_does_not_keep_an_idle_instance_from_draining),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
