/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_push_wait() with many waiters: first come, first served, in every slot, by capacity and by
   max_memory; before those who only try; and without polling. */

#include "crew.h"
#include "dozing.h"
#include "picks.h"

enum { WAITERS = 6, SLOTS = 3 };

struct wish {
  rig_t *rig;
  uint64_t item;
  uint32_t slot;
  uint64_t timeout_ms;
  sleeper_t sleeper;
};

static int push_and_wait(void *arg)
{
  const struct wish *wish = arg;
  return mpcc_push_wait(wish->rig->mpcc, &wish->item, wish->slot, wish->timeout_ms);
}

/* A thread that waits for room in ${slot}; it has its place in the line when this returns. */
static void wait_in_line(struct wish *wish, rig_t *rig, uint32_t slot, uint64_t item,
                         uint64_t timeout_ms)
{
  wish->rig = rig;
  wish->item = item;
  wish->slot = slot;
  wish->timeout_ms = timeout_ms;
  sleeper_start(&wish->sleeper, push_and_wait, wish);
}

static int push_one(rig_t *rig, uint32_t slot)
{
  uint64_t item = 999;
  return mpcc_push(rig->mpcc, &item, slot);
}

/* One item of room in a slot, or one piece of memory for all of them. */
static rig_t *rig_of_one(bool by_memory)
{
  mpcc_options_t options;
  rig_options(&options, 1);
  options.slot_count = SLOTS;
  options.capacity = by_memory ? 0 : 1;
  mpcc_t *probe;
  if (by_memory) {
    do
      options.max_memory++;
    while (mpcc_create(&probe, &options) == MPCC_EINVAL);
    assert_int_equal(mpcc_destroy(probe), 0);
  }
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  return rig;
}

static void waiters_are_served_in_their_order(void **state)
{
  (void)state;
  for (int by_memory = 0; by_memory < 2; by_memory++) {
    rig_t *rig = rig_of_one(by_memory != 0);
    rig_push(rig, 0, 0, 1);
    struct wish wishes[WAITERS];
    for (uint64_t i = 0; i < WAITERS; i++)
      wait_in_line(&wishes[i], rig, 0, 1 + i, MPCC_NO_TIMEOUT);

    int results[WAITERS];
    for (size_t i = 0; i < WAITERS; i++) {
      rig_step(rig, i + 1);
      results[i] = sleeper_join(&wishes[i].sleeper);
    }
    rig_step(rig, 100);

    assert_int_equal(rig_calls(rig), WAITERS + 1);
    for (size_t i = 0; i < WAITERS; i++) {
      assert_int_equal(results[i], 0);
      assert_batch(rig, i + 1, 0, i + 1, 1, MPCC_DUE_FULL);
    }
    rig_close(rig);
  }
}

static void every_slot_has_its_own_line(void **state)
{
  (void)state;
  rig_t *rig = rig_of_one(false);
  struct wish wishes[SLOTS][WAITERS];
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    rig_push(rig, slot, 0, 1);
  for (uint64_t i = 0; i < WAITERS; i++)
    for (uint32_t slot = 0; slot < SLOTS; slot++)
      wait_in_line(&wishes[slot][i], rig, slot, 1 + i, MPCC_NO_TIMEOUT);

  int odd = 0;
  for (size_t i = 0; i < WAITERS; i++) {
    rig_step(rig, i + 1);
    for (uint32_t slot = 0; slot < SLOTS; slot++)
      odd |= sleeper_join(&wishes[slot][i].sleeper);
  }
  rig_step(rig, 100);

  assert_int_equal(odd, 0);
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    for (size_t n = 0; n <= WAITERS; n++)
      assert_batch(rig, pick(rig, CALL_PUMP, slot, n), slot, n, 1, MPCC_DUE_FULL);
  rig_close(rig);
}

/* Waiters of several slots for the memory of one batch: whichever slot they are for, everybody is
   served, and each slot's in their order. */
static void one_piece_of_memory_serves_the_waiters_of_every_slot(void **state)
{
  (void)state;
  rig_t *rig = rig_of_one(true);
  struct wish wishes[SLOTS * 3];
  rig_push(rig, 0, 0, 1);
  for (uint32_t i = 0; i < SLOTS * 3; i++)
    wait_in_line(&wishes[i], rig, i % SLOTS, 1 + i / SLOTS, MPCC_NO_TIMEOUT);

  uint64_t now = 1;
  for (size_t served = 0; served < SLOTS * 3; now++) {
    rig_step(rig, now);
    served = 0;
    for (size_t i = 0; i < SLOTS * 3; i++)
      served += sleeper_is_up(&wishes[i].sleeper);
    assert_true(now < 1000000);
  }
  for (size_t i = 0; i < SLOTS * 3; i++)
    assert_int_equal(sleeper_join(&wishes[i].sleeper), 0);
  rig_step(rig, now + 1);

  for (uint32_t slot = 0; slot < SLOTS; slot++)
    for (size_t n = 0; n < 3; n++)
      assert_batch(rig, pick(rig, CALL_PUMP, slot, n + (slot == 0)), slot, n + 1, 1,
                   MPCC_DUE_FULL);
  assert_int_equal(rig_calls(rig), SLOTS * 3 + 1);
  rig_close(rig);
}

static void who_only_tries_gets_what_the_waiters_leave(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 5);
  options.capacity = 5;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 5);
  struct wish wishes[3];
  for (uint64_t i = 0; i < 3; i++)
    wait_in_line(&wishes[i], rig, 0, 5, MPCC_NO_TIMEOUT);
  assert_int_equal(push_one(rig, 0), MPCC_EFULL);

  rig_step(rig, 1);
  int results = 0;
  for (size_t i = 0; i < 3; i++)
    results |= sleeper_join(&wishes[i].sleeper);

  assert_int_equal(results, 0);
  assert_int_equal(push_one(rig, 0), 0);
  assert_int_equal(push_one(rig, 0), 0);
  assert_int_equal(push_one(rig, 0), MPCC_EFULL);
  assert_int_equal(stats_of(rig, 0).queued, 5);
  rig_close(rig);
}

static void while_somebody_waits_nobody_gets_room_by_trying(void **state)
{
  (void)state;
  for (int by_memory = 0; by_memory < 2; by_memory++) {
    rig_t *rig = rig_of_one(by_memory != 0);
    uint64_t items[3] = {999, 999, 999};
    rig_push(rig, 0, 0, 1);
    struct wish wishes[WAITERS];
    for (uint64_t i = 0; i < WAITERS; i++)
      wait_in_line(&wishes[i], rig, 0, 1 + i, MPCC_NO_TIMEOUT);

    int odd = 0;
    for (size_t i = 0; i < WAITERS; i++) {
      rig_step(rig, i + 1);
      for (int k = 0; k < 100; k++) {
        odd += push_one(rig, 0) != MPCC_EFULL;
        odd += mpcc_push_many(rig->mpcc, items, 3, 0) != MPCC_EFULL;
        odd += mpcc_push_wait(rig->mpcc, items, 0, 0) != MPCC_ETIMEDOUT;
      }
      if (odd == 0) /* else the waiter may have lost its place for good */
        odd += sleeper_join(&wishes[i].sleeper) != 0;
    }
    assert_int_equal(odd, 0);
    rig_step(rig, 100);

    for (size_t n = 0; n <= WAITERS; n++)
      assert_batch(rig, n, 0, n, 1, MPCC_DUE_FULL);
    assert_int_equal(push_one(rig, 0), 0);
    rig_close(rig);
  }
}

static void those_who_give_up_in_the_middle_of_the_line_hold_nobody_up(void **state)
{
  (void)state;
  for (int by_memory = 0; by_memory < 2; by_memory++) {
    rig_t *rig = rig_of_one(by_memory != 0);
    rig_push(rig, 0, 0, 1);
    struct wish wishes[WAITERS];
    for (uint64_t i = 0; i < WAITERS; i++)
      wait_in_line(&wishes[i], rig, 0, 1 + i, i % 2 == 0 ? MPCC_NO_TIMEOUT : 300);

    int hasty = 0, patient = 0;
    for (size_t i = 1; i < WAITERS; i += 2)
      hasty += sleeper_join(&wishes[i].sleeper) == MPCC_ETIMEDOUT;
    for (size_t i = 0; i < WAITERS; i += 2) {
      rig_step(rig, 10 * i + 1);
      rig_step(rig, 10 * i + 2);
      patient += sleeper_join(&wishes[i].sleeper) == 0;
    }
    rig_step(rig, 100);

    assert_int_equal(hasty, WAITERS / 2);
    assert_int_equal(patient, WAITERS / 2);
    assert_int_equal(rig_calls(rig), 1 + WAITERS / 2);
    for (size_t n = 1; n <= WAITERS / 2; n++)
      assert_batch(rig, n, 0, 2 * n - 1, 1, MPCC_DUE_FULL);
    assert_int_equal(push_one(rig, 0), 0); /* no place in the line is left behind */
    rig_close(rig);
  }
}

static void completion_of_every_mode_lets_all_of_them_go_at_once(void **state)
{
  (void)state;
  static const int modes[] = {MPCC_DRAIN, MPCC_DISCARD, MPCC_ABANDON};
  for (size_t k = 0; k < 6; k++) {
    rig_t *rig = rig_of_one(k >= 3);
    struct wish wishes[WAITERS];
    rig_push(rig, 0, 0, 1);
    for (uint32_t i = 0; i < WAITERS; i++)
      wait_in_line(&wishes[i], rig, k >= 3 ? i % SLOTS : 0, 1 + i,
                   i % 2 == 0 ? MPCC_NO_TIMEOUT : 3600000);

    int result = rig_complete(rig, modes[k % 3]), odd = 0;
    for (size_t i = 0; i < WAITERS; i++)
      odd += sleeper_join(&wishes[i].sleeper) != MPCC_ECLOSED; /* though nobody steps */

    assert_int_equal(result, 0);
    assert_int_equal(odd, 0);
    assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).pushed, 1);
    rig_close(rig);
  }
}

static void wait_here(rig_t *rig)
{
  uint64_t item = 5;
  rig_keep(rig, mpcc_push_wait(rig->mpcc, &item, 1, 0));
  rig_keep(rig, mpcc_push_wait(rig->mpcc, &item, 1, MPCC_NO_TIMEOUT));
}

static int wait_in_pump(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  wait_here(rig);
  return rig->answer;
}

static void wait_in_drop(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)batch;
  (void)reason;
  wait_here(rig);
}

static void wait_in_cancel(rig_t *rig, mpcc_batch_t *batch)
{
  wait_here(rig);
  rig_keep(rig, mpcc_batch_done(batch, -1));
}

static void in_every_callback_it_is_a_deadlock(void **state)
{
  (void)state;
  rig_t *rig = rig_of_one(false);
  rig->answer = MPCC_PENDING;
  rig->on_pump = wait_in_pump;
  rig->on_drop = wait_in_drop;
  rig->on_cancel = wait_in_cancel;
  rig_push(rig, 0, 0, 1);
  rig_step(rig, 1);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_step(rig, 2);
  if (rig->next_ms == 2) /* what on_cancel has done may be left to another step */
    rig_step(rig, 2);

  assert_int_equal(rig->got_count, 7);
  for (size_t i = 0; i < 7; i++)
    assert_int_equal(rig->got[i], i == 4 ? 0 : MPCC_EDEADLK);
  rig_close(rig);
}

static void waiters_sleep_and_do_not_look_again_and_again(void **state)
{
  (void)state;
  rig_t *rig = rig_of_one(false);
  rig_push(rig, 0, 0, 1);
  struct wish wishes[2];
  wait_in_line(&wishes[0], rig, 0, 1, MPCC_NO_TIMEOUT);
  wait_in_line(&wishes[1], rig, 0, 2, 3600000);
  const sleeper_t *const sleepers[] = {&wishes[0].sleeper, &wishes[1].sleeper};

  bool dozed = all_doze(sleepers, 2);
  for (uint64_t now = 1; now < 3; now++) {
    rig_step(rig, now);
    assert_int_equal(sleeper_join(&wishes[now - 1].sleeper), 0);
  }

  assert_true(dozed);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(waiters_are_served_in_their_order),
    cmocka_unit_test(every_slot_has_its_own_line),
    cmocka_unit_test(one_piece_of_memory_serves_the_waiters_of_every_slot),
    cmocka_unit_test(who_only_tries_gets_what_the_waiters_leave),
    cmocka_unit_test(while_somebody_waits_nobody_gets_room_by_trying),
    cmocka_unit_test(those_who_give_up_in_the_middle_of_the_line_hold_nobody_up),
    cmocka_unit_test(completion_of_every_mode_lets_all_of_them_go_at_once),
    cmocka_unit_test(in_every_callback_it_is_a_deadlock),
    cmocka_unit_test(waiters_sleep_and_do_not_look_again_and_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
