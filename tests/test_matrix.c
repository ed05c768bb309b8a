/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Rows of docs/FAULTS.md that no other program has: handles, completions, time and size, all under
   a virtual clock. */

#include "harness.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "crew.h"
#include "verdict.h"

/* -- Handles ------------------------------------------------------------------------------ */

static void a_second_answer_frees_no_second_place(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 1);
  options.max_concurrency = 2;
  rig_t *rig = rig_open(&options);
  rig->answer = MPCC_PENDING;
  rig_start(rig);
  rig_push(rig, 0, 0, 6);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 2);

  mpcc_batch_t *batch = rig->calls[0].batch;
  assert_int_equal(mpcc_batch_done(batch, 0), 0);
  assert_int_equal(mpcc_batch_done(batch, 0), MPCC_EALREADY);
  assert_int_equal(rig_done(rig, 0, 0), MPCC_EALREADY);
  rig_step(rig, 2);

  assert_int_equal(rig_calls(rig), 3);
  assert_fates(rig, 1, 0, 2);
  rig_close(rig);
}

static void an_id_of_another_instance_finishes_nothing_here(void **state)
{
  (void)state;
  rig_t *busy = rig_run(1, MPCC_NO_INTERVAL), *idle = rig_run(1, MPCC_NO_INTERVAL);
  busy->answer = MPCC_PENDING;
  rig_push(busy, 0, 0, 1);
  rig_step(busy, 1);

  assert_int_equal(mpcc_batch_done_id(idle->mpcc, busy->calls[0].id, 0), MPCC_EALREADY);
  rig_push(idle, 0, 0, 1);
  rig_step(idle, 1);
  assert_int_equal(mpcc_batch_done_id(idle->mpcc, busy->calls[0].id, -42), MPCC_EALREADY);
  rig_step(busy, 2);
  rig_step(idle, 2);

  assert_fates(busy, 0, 0, 1);
  assert_fates(idle, 1, 0, 0);
  rig_close(busy);
  rig_close(idle);
}

static int scribble(rig_t *rig, mpcc_batch_t *batch)
{
  memset((void *)(uintptr_t)batch->items, 0xff, batch->count * sizeof(uint64_t));
  return rig->answer;
}

static void what_a_pump_writes_over_its_items_harms_no_other_batch(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  options.max_concurrency = 3;
  options.capacity = 12;
  rig_t *rig = rig_open(&options);
  rig->on_pump = scribble;
  rig_start(rig);

  for (uint64_t round = 0; round < 30; round++) {
    rig->answer = MPCC_PENDING;
    rig_push(rig, 0, 12 * round, 12);
    rig_step(rig, round);
    assert_int_equal(rig_calls(rig), 3 * (round + 1));
    for (size_t i = 3 * round; i < rig_calls(rig); i++) {
      assert_batch(rig, i, 0, 4 * i, 4, MPCC_DUE_FULL);
      assert_int_equal(rig_done(rig, i, 0), 0);
    }
  }
  rig_step(rig, 30);

  assert_fates(rig, 360, 0, 0);
  rig_close(rig);
}

/* -- Completions from inside -------------------------------------------------------------- */

static int complete_in_pump(rig_t *rig, mpcc_batch_t *batch)
{
  (void)batch;
  if (rig->got_count == 0)
    rig_keep(rig, rig_complete(rig, *(int *)rig->hook_arg));
  return 0;
}

static void complete_in_drop(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)batch;
  (void)reason;
  if (rig->got_count == 0)
    rig_keep(rig, rig_complete(rig, *(int *)rig->hook_arg));
  rig->answer = 0; /* what a drain still hands over is delivered */
}

static void complete_in_cancel(rig_t *rig, mpcc_batch_t *batch)
{
  rig_keep(rig, rig_complete(rig, *(int *)rig->hook_arg));
  rig_keep(rig, mpcc_batch_done(batch, 0));
}

/* One batch of two in the pump's hands, one item behind it; what calls depends on ${where}. */
static void complete_in_a_callback(int where, int mode)
{
  rig_t *rig = rig_run(2, MPCC_NO_INTERVAL);
  uint64_t item = 9;
  rig->hook_arg = &mode;
  rig->on_pump = where == 0 ? complete_in_pump : NULL;
  rig->on_drop = where == 1 ? complete_in_drop : NULL;
  rig->on_cancel = where == 2 ? complete_in_cancel : NULL;
  rig->answer = where == 1 ? -7 : where == 2 ? MPCC_PENDING : 0;
  rig_push(rig, 0, 0, 3);
  rig_step(rig, 1);
  rig->answer = 0;
  if (where == 2)
    assert_int_equal(mpcc_discard(rig->mpcc, 0), 0); /* takes the third item, too */
  rig_step(rig, 2);
  rig_step(rig, 3);

  for (size_t i = 0; i < rig->got_count; i++)
    assert_int_equal(rig->got[i], 0);
  assert_true(rig->got_count > 0);
  assert_int_equal(mpcc_push(rig->mpcc, &item, 0), MPCC_ECLOSED);
  assert_int_equal(rig_count(rig, CALL_COMPLETE), 1);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  uint64_t dropped = (where == 1 ? 2U : 0U) + (where == 2 || mode == MPCC_DISCARD ? 1U : 0U);
  assert_fates(rig, 3 - dropped, dropped, 0);
  rig_close(rig);
}

static void a_completion_may_begin_in_every_callback(void **state)
{
  (void)state;
  for (int where = 0; where < 3; where++)
    for (int mode = MPCC_DRAIN; mode <= MPCC_DISCARD; mode++)
      complete_in_a_callback(where, mode);
}

/* -- Many batches in one step ------------------------------------------------------------- */

enum { ROUNDS = VERDICT_SLOWER > 4 ? 2 : 10, AT_ONCE = 100000 };

struct crowd {
  mpcc_t *mpcc;
  uint64_t next; /* item that must come, in slot 0 */
  uint64_t odd, others; /* others: items of slot 1 */
  bool inside;
};

static int answer_in_both_ways(mpcc_batch_t *batch, void *state)
{
  struct crowd *crowd = state;
  const uint64_t *items = batch->items;
  bool now = items[0] % 2 == 0;
  crowd->odd += crowd->inside;
  crowd->inside = true;
  if (batch->slot == 1)
    crowd->others++;
  else
    crowd->odd += items[0] != crowd->next++;
  if (!now)
    crowd->odd += mpcc_batch_done(batch, 0) != 0;
  crowd->inside = false;
  return now ? 0 : MPCC_PENDING;
}

/* On a small stack: any depth that grew with the number of batches would leave it. */
static void *step_through_crowds(void *arg)
{
  struct crowd *crowd = arg;
  for (uint64_t round = 0; round < ROUNDS; round++) {
    for (uint64_t i = 0; i < AT_ONCE; i++) {
      uint64_t item = round * AT_ONCE + i;
      crowd->odd += mpcc_push(crowd->mpcc, &item, 0) != 0;
    }
    crowd->odd += mpcc_push(crowd->mpcc, &round, 1) != 0;
    crowd->odd += mpcc_step(crowd->mpcc, round, NULL) != 0;
    crowd->odd += crowd->next != (round + 1) * AT_ONCE || crowd->others != round + 1;
  }
  return NULL;
}

static void a_million_batches_need_no_more_stack_than_one(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 1);
  options.slot_count = 2;
  struct crowd crowd = {.next = 0};
  assert_int_equal(mpcc_create(&crowd.mpcc, &options), 0);
  assert_int_equal(mpcc_start(crowd.mpcc, answer_in_both_ways, &crowd), 0);
  pthread_t thread;
  pthread_attr_t attributes;
  assert_int_equal(pthread_attr_init(&attributes), 0);
  assert_int_equal(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);

  assert_int_equal(pthread_create(&thread, &attributes, step_through_crowds, &crowd), 0);
  pthread_join(thread, NULL);

  assert_int_equal(crowd.odd, 0);
  assert_int_equal(crowd.next, ROUNDS * AT_ONCE);
  assert_int_equal(mpcc_complete(crowd.mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_step(crowd.mpcc, ROUNDS, NULL), 0);
  assert_int_equal(mpcc_destroy(crowd.mpcc), 0);
  pthread_attr_destroy(&attributes);
}

/* -- Many batches in flight --------------------------------------------------------------- */

enum { FLYING = VERDICT_SLOWER > 4 ? 20000 : 100000, BEHIND = FLYING / 10, HANDS = 8 };

struct sky {
  mpcc_t *mpcc;
  mpcc_batch_t **batches;
  uint64_t *ids;
  uint64_t count;
  uint64_t disorder;
};

static int let_fly(mpcc_batch_t *batch, void *state)
{
  struct sky *sky = state;
  sky->disorder += *(const uint64_t *)batch->items != sky->count;
  sky->batches[sky->count] = batch;
  sky->ids[sky->count++] = batch->id;
  return MPCC_PENDING;
}

struct hand {
  struct sky *sky;
  uint64_t first, end; /* takes every HANDS-th of these */
  uint64_t odd;
};

static void finish_a_share(void *arg)
{
  struct hand *hand = arg;
  struct sky *sky = hand->sky;
  for (uint64_t i = hand->first; i < hand->end; i += HANDS) {
    int result = i / HANDS % 2 == 0 ? mpcc_batch_done(sky->batches[i], 0)
                                    : mpcc_batch_done_id(sky->mpcc, sky->ids[i], 0);
    hand->odd += result != 0;
    hand->odd += mpcc_batch_done_id(sky->mpcc, sky->ids[i], -42) != MPCC_EALREADY;
  }
}

static void land(struct sky *sky, uint64_t first, uint64_t end, uint64_t now_ms)
{
  struct hand hands[HANDS];
  for (uint64_t i = 0; i < HANDS; i++)
    hands[i] = (struct hand){sky, first + i, end, 0};
  crew_run(finish_a_share, hands, sizeof(hands[0]), HANDS);
  for (size_t i = 0; i < HANDS; i++)
    assert_int_equal(hands[i].odd, 0);
  assert_int_equal(mpcc_step(sky->mpcc, now_ms, NULL), 0);
}

static void a_hundred_thousand_batches_are_done_at_once_by_eight_threads(void **state)
{
  (void)state;
  mpcc_options_t options;
  mpcc_stats_t stats;
  rig_options(&options, 1);
  options.max_concurrency = FLYING;
  struct sky sky = {.batches = calloc(FLYING + BEHIND, sizeof(mpcc_batch_t *)),
                    .ids = calloc(FLYING + BEHIND, sizeof(uint64_t))};
  assert_true(sky.batches != NULL && sky.ids != NULL);
  assert_int_equal(mpcc_create(&sky.mpcc, &options), 0);
  assert_int_equal(mpcc_start(sky.mpcc, let_fly, &sky), 0);
  for (uint64_t item = 0; item < FLYING + BEHIND; item++)
    assert_int_equal(mpcc_push(sky.mpcc, &item, 0), 0);
  assert_int_equal(mpcc_step(sky.mpcc, 1, NULL), 0);
  assert_int_equal(sky.count, FLYING);

  land(&sky, 0, FLYING, 2);
  assert_int_equal(sky.count, FLYING + BEHIND);
  land(&sky, FLYING, FLYING + BEHIND, 3);

  assert_int_equal(sky.disorder, 0);
  assert_int_equal(mpcc_stats(sky.mpcc, &stats), 0);
  assert_int_equal(stats.delivered, FLYING + BEHIND);
  assert_int_equal(stats.in_flight, 0);
  assert_int_equal(mpcc_complete(sky.mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_step(sky.mpcc, 4, NULL), 0);
  assert_int_equal(mpcc_destroy(sky.mpcc), 0);
  free(sky.batches);
  free(sky.ids);
}

/* -- Ids in the long run ------------------------------------------------------------------ */

enum { MEMORIES = 256, REUSES = 100000 };

struct memory {
  const mpcc_batch_t *batch;
  uint64_t id;
  uint64_t step; /* from one id in this memory to the next one */
};

struct reuse {
  struct memory memories[MEMORIES];
  uint64_t first_id;
  uint64_t reuses;
  uint64_t odd;
  mpcc_t *mpcc;
};

static int follow_the_id(mpcc_batch_t *batch, void *state)
{
  struct reuse *reuse = state;
  struct memory *memory = reuse->memories;
  while (memory < reuse->memories + MEMORIES && memory->batch != NULL && memory->batch != batch)
    memory++;
  if (memory == reuse->memories + MEMORIES) {
    reuse->odd++;
    return 0;
  }
  if (memory->batch != NULL) {
    uint64_t step = (batch->id - memory->id) & (UINT64_MAX >> 1); /* ids of 63 bits come round */
    reuse->odd += step == 0 || (memory->step != 0 && step != memory->step);
    memory->step = step;
    reuse->reuses++;
    reuse->odd += mpcc_batch_done_id(reuse->mpcc, memory->id, -42) != MPCC_EALREADY;
  }
  if (reuse->first_id == 0)
    reuse->first_id = batch->id;
  else
    reuse->odd += mpcc_batch_done_id(reuse->mpcc, reuse->first_id, -42) != MPCC_EALREADY;
  memory->batch = batch;
  memory->id = batch->id;
  return 0;
}

/* 2^32 reuses take too long to be made (test_batch.c skips them); but each moves the id on by the
   same step, and 2^32 of these steps fit into it. */
static void ids_of_used_memory_go_up_by_the_same_step(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 1);
  options.capacity = 1;
  static struct reuse reuse;
  memset(&reuse, 0, sizeof(reuse));
  assert_int_equal(mpcc_create(&reuse.mpcc, &options), 0);
  assert_int_equal(mpcc_start(reuse.mpcc, follow_the_id, &reuse), 0);

  for (uint64_t i = 0; i < REUSES; i++) {
    assert_int_equal(mpcc_push(reuse.mpcc, &i, 0), 0);
    assert_int_equal(mpcc_step(reuse.mpcc, i, NULL), 0);
  }

  assert_int_equal(reuse.odd, 0);
  assert_true(reuse.reuses >= REUSES - MEMORIES);
  for (size_t i = 0; i < MEMORIES && reuse.memories[i].batch != NULL; i++)
    assert_true(reuse.memories[i].step > 0 && reuse.memories[i].step <= UINT64_MAX >> 33);
  assert_int_equal(mpcc_complete(reuse.mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_step(reuse.mpcc, REUSES, NULL), 0);
  assert_int_equal(mpcc_destroy(reuse.mpcc), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_second_answer_frees_no_second_place),
    cmocka_unit_test(an_id_of_another_instance_finishes_nothing_here),
    cmocka_unit_test(what_a_pump_writes_over_its_items_harms_no_other_batch),
    cmocka_unit_test(a_completion_may_begin_in_every_callback),
    cmocka_unit_test(a_million_batches_need_no_more_stack_than_one),
    cmocka_unit_test(a_hundred_thousand_batches_are_done_at_once_by_eight_threads),
    cmocka_unit_test(ids_of_used_memory_go_up_by_the_same_step),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
