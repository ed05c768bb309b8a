/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One instance that lives many times: completed at random moments, in every way, by another thread
 * or inside the pump, and started again, by that thread or inside the callback that tells of
 * the completion. Between a completion's callback and the next start no other callback comes, each
 * completion is told once, to the right callback, and then all numbers agree.
 */
#ifndef MPCC_TESTS_LIVES_H
#define MPCC_TESTS_LIVES_H

#include "fates.h"
#include "host.h"

enum plan { PLAN_DRAIN, PLAN_DISCARD, PLAN_BOTH };

/* One of two callbacks that a completion may be told to. */
struct ending {
  struct lives *lives;
  _Atomic uint32_t count;
};

struct lives {
  struct host host;
  struct ledger ledger;
  struct fates fates;
  mpcc_t *mpcc;
  uint64_t seed;
  uint64_t random;     /* of the thread that completes */
  int64_t window;      /* how far producers may run ahead */
  bool stopped;        /* between a completion's callback and the next start; guard: callbacks */
  bool restart_inside; /* what the callback shall do; set before mpcc_complete() */
  uint64_t *cancelled; /* ids of this completion; guard: callbacks */
  uint32_t cancelled_count;
  _Atomic int pump_completes; /* 1 + the mode in which the pump shall complete; 0: not */
  struct ending endings[2];
  _Atomic uint32_t waiting; /* producers inside mpcc_push_wait() */
  atomic_bool end;
};

/* What a run has seen, for its one line. */
struct tally {
  uint64_t drains;
  uint64_t discards;
  uint64_t overtaken; /* drains that a discard cut short */
  uint64_t refused;
};

static inline void lives_on_complete(mpcc_t *mpcc, int status, void *arg);

/* -- Callbacks ---------------------------------------------------------------------------- */

static inline int lives_pump(mpcc_batch_t *batch, void *state)
{
  struct lives *lives = state;
  uint64_t sum = ledger_take(&lives->ledger, batch);
  int asked;

  if (lives->stopped)
    verdict_fail("slot %u: the pump was called after the completion had been told", batch->slot);
  /* acquire: with restart_inside, which the callback will read. */
  asked = atomic_exchange_explicit(&lives->pump_completes, 0, memory_order_acquire);
  if (asked != 0)
    verdict_expect("mpcc_complete inside the pump",
                   mpcc_complete(lives->mpcc, asked - 1, lives_on_complete, &lives->endings[0]), 0);
  return fates_answer(&lives->fates, batch, sum);
}

static inline void lives_on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  struct lives *lives = state;

  if (lives->stopped)
    verdict_fail("slot %u: on_drop was called after the completion had been told", batch->slot);
  fates_drop(&lives->fates, batch, reason);
}

static inline void lives_on_cancel(mpcc_batch_t *batch, void *state)
{
  struct lives *lives = state;
  const struct ledger_item *items = batch->items;

  if (lives->stopped)
    verdict_fail("slot %u: on_cancel was called after the completion had been told", batch->slot);
  for (uint32_t i = 0; i < lives->cancelled_count; i++)
    if (lives->cancelled[i] == batch->id)
      verdict_fail("slot %u: batch %" PRIu64 " was cancelled twice", batch->slot, batch->id);
  if (lives->cancelled_count == lives->ledger.slot_count * lives->ledger.max_concurrency)
    verdict_fail("slot %u: more batches cancelled than can be in flight", batch->slot);
  lives->cancelled[lives->cancelled_count++] = batch->id;
  /* A finisher may finish it right now: fields and items must stay until this returns. */
  for (size_t i = 0; i < batch->count; i++)
    if (items[i].slot != batch->slot || items[i].seal != ledger_seal(&items[i]))
      verdict_fail("slot %u: a cancelled batch was used again before on_cancel had returned",
                   batch->slot);
}

/* Just before a start, by whoever starts. */
static inline void lives_revive(struct lives *lives)
{
  lives->stopped = false;
  lives->cancelled_count = 0;
}

static inline void lives_on_complete(mpcc_t *mpcc, int status, void *arg)
{
  struct ending *ending = arg;
  struct lives *lives = ending->lives;

  if (mpcc != lives->mpcc || status != 0)
    verdict_fail("a completion was told with status %d, or of another instance", status);
  if (lives->stopped)
    verdict_fail("a completion was told twice");
  lives->stopped = true;
  if (lives->host.kind == HOST_OWN)
    verdict_expect("mpcc_start inside the complete callback", mpcc_start(mpcc, lives_pump, lives),
                   MPCC_EBUSY);
  if (lives->restart_inside) {
    lives_revive(lives);
    verdict_expect("mpcc_start inside the complete callback", mpcc_start(mpcc, lives_pump, lives),
                   0);
  }
  /* release: with all that the callbacks of this life have counted. */
  atomic_fetch_add_explicit(&ending->count, 1, memory_order_release);
}

/* -- Ends and beginnings ------------------------------------------------------------------ */

static inline uint32_t lives_completions(struct lives *lives)
{
  /* acquire: with what the callbacks of that life have counted. */
  return atomic_load_explicit(&lives->endings[0].count, memory_order_acquire) +
         /* acquire: likewise. */
         atomic_load_explicit(&lives->endings[1].count, memory_order_acquire);
}

/* Orders a discard behind a drain; the drain may be through already. Returns who must be told. */
static inline struct ending *lives_overtake(struct lives *lives, struct tally *tally)
{
  bool tell = verdict_draw(&lives->random, 2) == 0;
  int answer;

  verdict_sleep_us(verdict_draw(&lives->random, 300));
  answer = mpcc_complete(lives->mpcc, MPCC_DISCARD, tell ? lives_on_complete : NULL,
                         &lives->endings[1]);
  if (answer != MPCC_EALREADY) {
    verdict_expect("mpcc_complete, discard after drain", answer, 0);
    tally->overtaken++;
  }
  return answer == 0 && tell ? &lives->endings[1] : &lives->endings[0];
}

/* Returns whom the completion must be told to. */
static inline struct ending *lives_end(struct lives *lives, enum plan plan, bool inside,
                                       struct tally *tally)
{
  int mode = plan == PLAN_DISCARD ? MPCC_DISCARD : MPCC_DRAIN;

  tally->drains += mode == MPCC_DRAIN;
  tally->discards += mode == MPCC_DISCARD;
  if (inside) {
    /* release: with restart_inside. */
    atomic_store_explicit(&lives->pump_completes, 1 + mode, memory_order_release);
    return &lives->endings[0];
  }
  verdict_expect("mpcc_complete",
                 mpcc_complete(lives->mpcc, mode, lives_on_complete, &lives->endings[0]), 0);
  if (plan == PLAN_BOTH)
    return lives_overtake(lives, tally);
  return &lives->endings[0];
}

static inline void lives_await_end(struct lives *lives, bool inside, uint32_t told)
{
  int answer;

  while (inside && lives_completions(lives) == told)
    verdict_sleep_us(50);
  answer = mpcc_wait(lives->mpcc, MPCC_NO_TIMEOUT);
  /* Restarted inside the callback there may be nothing left to wait for. */
  if (answer != MPCC_ESTATE || !lives->restart_inside)
    verdict_expect("mpcc_wait", answer, 0);
  while (answer == MPCC_ESTATE && lives_completions(lives) == told)
    verdict_sleep_us(50);
  if (lives_completions(lives) != told + 1)
    verdict_fail("%u completions told of %u", lives_completions(lives), told + 1);
}

/* One completion and, unless a callback has seen to it, the next start. */
static inline void lives_turn(struct lives *lives, struct tally *tally)
{
  enum plan plan = (enum plan)verdict_draw(&lives->random, 3);
  bool inside = plan != PLAN_BOTH && verdict_draw(&lives->random, 4) == 0;
  uint32_t told = lives_completions(lives), before;
  struct ending *ending;

  if (verdict_draw(&lives->random, 4) != 0)
    verdict_sleep_us(verdict_draw(&lives->random, 2000));
  lives->restart_inside = plan != PLAN_BOTH && lives->host.kind != HOST_OWN &&
                          verdict_draw(&lives->random, 2) == 0;
  /* relaxed: no completion is under way. */
  before = atomic_load_explicit(&lives->endings[1].count, memory_order_relaxed);
  ending = lives_end(lives, plan, inside, tally);
  lives_await_end(lives, inside, told);
  /* relaxed: lives_await_end() has ordered it. */
  if (before + (ending == &lives->endings[1]) !=
      atomic_load_explicit(&lives->endings[1].count, memory_order_relaxed))
    verdict_fail("the completion was told to the wrong callback");
  verdict_step();
  if (lives->restart_inside)
    return;
  ledger_compare(&lives->ledger, lives->mpcc);
  /* relaxed: only a number. Whoever waited for room has been sent away, limit or not. */
  while (atomic_load_explicit(&lives->waiting, memory_order_relaxed) != 0)
    sched_yield();
  if (verdict_draw(&lives->random, 4) == 0)
    verdict_sleep_us(verdict_draw(&lives->random, 500));
  lives_revive(lives);
  host_start(&lives->host, lives_pump, lives);
}

#endif /* MPCC_TESTS_LIVES_H */
