/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What other threads are told by ways that order nothing, such as a reply over a network: an id, a
 * handle. And what they may rely on when a call has returned: numbers, fates, a dump.
 */
#include <stdio.h>

#include "instance.h"

/* Ghosts. */
enum { WORD = OWN };

/* -- Answers ----------------------------------------------------------------------------------- */

static int pump_tell(mpcc_batch_t *batch, void *state)
{
  if (ghost_get(DELIVERED) == 0) /* the first one, so that all know where batches may be */
    return pump_now(batch, state);
  see_items(batch);
  ghost_set(WORD, scene_choose(2) == 0 ? (int64_t)batch->id : -(int64_t)(intptr_t)batch);
  ghost_add(HANDED, 1);
  return MPCC_PENDING;
}

static int answer_word(int64_t word)
{
  if (word < 0)
    return mpcc_batch_done((mpcc_batch_t *)(intptr_t)-word, 0);
  return mpcc_batch_done_id(mpcc, (uint64_t)word, 0);
}

/* The word may come before the batch does: then it is not in flight yet, for this thread. */
static void answer_by_word(void *arg)
{
  int err;

  (void)arg;
  (void)ghost_await(HANDED, 1);
  while ((err = answer_word(ghost_get(WORD))) == MPCC_EALREADY)
    scene_yield();
  CHECK(err == 0);
  ghost_add(DELIVERED, 1);
}

static void done_by_word(void)
{
  mpcc_options_t options = manual_options(1);

  open_instance(&options, pump_tell);
  push_items(2, 1);
  (void)step();
  scene_go(answer_by_word, NULL);
  push_items(1, 1);
  drive();
  CHECK(ghost_get(DELIVERED) == 2);
  finish_manual();
}

/* -- Fates ------------------------------------------------------------------------------------- */

static int pumped; /* not atomic: written by the pump */

static int pump_note(mpcc_batch_t *batch, void *state)
{
  (void)state;
  pumped += (int)batch->count;
  ghost_add(DELIVERED, (int64_t)batch->count);
  return 0;
}

static void push_and_see(void *arg)
{
  push_items((int)(intptr_t)arg, 1);
  scene_dawdle(1);
  CHECK(mpcc_flush_wait(mpcc, 0, MPCC_NO_TIMEOUT) == 0);
  CHECK(pumped == 1);
}

/* Who has waited for the fate of its items sees what the pump has done with them. */
static void fate_seen(void)
{
  mpcc_options_t options = manual_options(1);

  pumped = 0;
  open_instance(&options, pump_note);
  scene_go(push_and_see, (void *)1);
  drive();
  finish_manual();
}

/* -- Numbers ----------------------------------------------------------------------------------- */

static void look_at_numbers(void *arg)
{
  (void)arg;
  for (int i = 0; i < 2; i++) {
    mpcc_stats_t stats = stats_now();

    CHECK(stats.delivered + stats.dropped <= stats.pushed);
    CHECK(stats.queued_peak <= stats.pushed && stats.in_flight <= stats.pushed);
    CHECK(stats.batches <= stats.pushed);
  }
}

/* No number is ahead of the pushes that it is about. */
static void numbers(void)
{
  mpcc_options_t options = manual_options(1);

  open_instance(&options, pump_now);
  scene_go(push_one, (void *)1);
  scene_go(look_at_numbers, NULL);
  drive();
  finish_manual();
}

/* Nor over a stop and a start. */
/* What is said to be queued has been queued, also while the queue becomes idle and busy again. */
static void look_at_queued(void *arg)
{
  mpcc_stats_t stats;

  (void)arg;
  CHECK(mpcc_slot_stats(mpcc, 0, &stats) == 0);
  CHECK(stats.queued <= 1);
  CHECK(stats.queued_peak <= 1);
}

static void push_three_times(void *arg)
{
  (void)arg;
  for (int i = 1; i <= 3; i++)
    (void)push_into(0, 1, i);
}

static void numbers_idle(void)
{
  mpcc_options_t options = manual_options(1);

  options.capacity = 1;
  open_instance(&options, pump_now);
  scene_go(look_at_queued, NULL);
  scene_go(push_three_times, NULL);
  drive();
  finish_manual();
}

static void numbers_restart(void)
{
  mpcc_options_t options = manual_options(1);

  open_instance(&options, pump_now);
  push_items(1, 1);
  scene_go(look_at_numbers, NULL);
  (void)step();
  CHECK(mpcc_complete(mpcc, MPCC_DRAIN, on_complete, NULL) == 0);
  drive_to_end();
  ghost_set(COMPLETED, 0);
  CHECK(mpcc_start(mpcc, pump_now, NULL) == 0);
  drive();
  finish_manual();
}

static void dump_all(void *arg)
{
  static FILE *nowhere;

  (void)arg;
  if (nowhere == NULL)
    nowhere = fopen("/dev/null", "w");
  CHECK(nowhere != NULL && mpcc_dump(mpcc, nowhere) == 0);
}

/* Who looks in disturbs nobody. */
static void dump_while(void)
{
  mpcc_options_t options = manual_options(1);

  open_instance(&options, pump_tell);
  push_items(2, 1);
  (void)step();
  scene_go(answer_by_word, NULL);
  scene_go(dump_all, NULL);
  push_items(1, 1);
  drive();
  finish_manual();
}

const struct scene scenes_words[] = {
  {"done_by_word", "an id, or a batch, that comes without any order", done_by_word, 1},
  {"fate_seen", "what the pump has done, for who waited for it", fate_seen, 1},
  {"numbers", "statistics of everything, while it happens", numbers, 1},
  {"numbers_idle", "no more is queued than was, also in a queue that rests", numbers_idle, 1},
  {"numbers_restart", "the same over a stop and a start", numbers_restart, 1},
  {"dump_while", "a dump against a push and an answer", dump_while, 1},
  {0},
};
