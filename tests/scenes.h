/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One leg of a run with faults: an instance that is stopped in every way at random moments, and
 * started again, or destroyed and made anew, while batches that were abandoned are still in
 * somebody's hands. In STOPPED all numbers agree.
 */
#ifndef MPCC_TESTS_SCENES_H
#define MPCC_TESTS_SCENES_H

#include "counted.h"
#include "faults_pump.h"
#include "host.h"

struct leg {
  const char *name;
  enum host_kind kind;
  bool worker;
  bool abandons;
};

struct scene {
  const struct leg *leg;
  struct host host;
  struct ledger ledger;
  struct accounts accounts;
  struct faults faults;
  struct counted memory;
  mpcc_allocator_t allocator;
  mpcc_options_t options;
  mpcc_t *mpcc;           /* guard: faults.lives */
  mpcc_stats_t past;      /* of the instances that were destroyed */
  uint64_t seed;
  uint64_t random;        /* of the thread that completes */
  int64_t window;
  uint64_t pause;         /* items between two completions, at most */
  atomic_bool moving;     /* producers keep out */
  _Atomic uint32_t pushing;
  _Atomic uint32_t told;  /* completions */
  uint64_t completions[4]; /* by plan */
  uint64_t destroyed;
};

enum plan { PLAN_DRAIN, PLAN_DISCARD, PLAN_ABANDON, PLAN_ESCALATE };

/* -- Instances ---------------------------------------------------------------------------- */

/* Other limits for each instance; batch size and concurrency are the leg's. */
static inline void scenes_draw_options(struct scene *scene)
{
  static const uint64_t intervals[] = {1, 5, 0, MPCC_NO_INTERVAL};
  mpcc_options_t *options = &scene->options;
  uint64_t *random = &scene->random;

  options->push_interval_ms = intervals[verdict_draw(random, 4)];
  options->capacity = verdict_draw(random, 3) == 0 ? 301 : 0;
  options->max_memory = 0;
  if (verdict_draw(random, 4) == 0)
    options->max_memory = (size_t)options->slot_count * options->batch_size *
                          options->item_size * 16 + ((size_t)1 << 20);
  options->max_attempts = 1 + (uint32_t)verdict_draw(random, 3);
  options->retry_delay_ms = verdict_draw(random, 3);
  options->retry_delay_max_ms = 3;
  options->pump_timeout_ms = verdict_draw(random, 3) * 2;
  options->isolate_failures = verdict_draw(random, 2) == 0;
}

static inline void scenes_on_room(mpcc_t *mpcc, uint32_t slot, void *state)
{
  const struct faults_era *era = state;

  if (mpcc != era->mpcc || slot >= era->faults->ledger->slot_count)
    verdict_fail("on_room for slot %u", slot);
}

static inline void scenes_open_instance(struct scene *scene)
{
  struct faults_era *era;

  scenes_draw_options(scene);
  host_open(&scene->host, scene->leg->kind);
  host_options(&scene->host, &scene->options);
  verdict_expect("mpcc_create", mpcc_create(&scene->mpcc, &scene->options), 0);
  era = faults_begin_era(&scene->faults, &scene->options);
  era->mpcc = scene->mpcc;
  verdict_watch(scene->mpcc);
  host_attach(&scene->host, scene->mpcc);
}

static inline void scenes_add_past(struct scene *scene)
{
  mpcc_stats_t now;

  verdict_expect("mpcc_stats", mpcc_stats(scene->mpcc, &now), 0);
  scene->past.pushed += now.pushed;
  scene->past.delivered += now.delivered;
  scene->past.dropped += now.dropped;
  scene->past.orphaned += now.orphaned;
  scene->past.retries += now.retries;
  scene->past.timeouts += now.timeouts;
}

/* With nobody inside: under the writers' lock, or at the end. */
static inline void scenes_close_instance(struct scene *scene)
{
  scenes_add_past(scene);
  ledger_same("accepted", scene->past.pushed, ledger_total_accepted(&scene->ledger));
  verdict_watch(NULL);
  scene->faults.era->over = true;
  host_destroy(&scene->host);
  scene->destroyed++;
}

/* Abandoned batches stay with whoever has them. */
static inline void scenes_renew(struct scene *scene)
{
  /* relaxed: only a pause; the lock is the order. */
  atomic_store_explicit(&scene->moving, true, memory_order_relaxed);
  pthread_rwlock_wrlock(&scene->faults.lives);
  scenes_close_instance(scene);
  scenes_open_instance(scene);
  pthread_rwlock_unlock(&scene->faults.lives);
}

/* -- Ends and beginnings ------------------------------------------------------------------ */

static inline void scenes_on_complete(mpcc_t *mpcc, int status, void *arg)
{
  struct scene *scene = arg;

  if (mpcc != scene->mpcc || status != 0)
    verdict_fail("a completion was told with status %d, or of another instance", status);
  /* release: with all that the callbacks of this life have counted. */
  atomic_fetch_add_explicit(&scene->told, 1, memory_order_release);
}

/* Goes on to ${mode}, if the end has not come yet. */
static inline bool scenes_complete(struct scene *scene, int mode, bool first)
{
  int answer;

  if (mode == MPCC_ABANDON)
    accounts_add(&scene->faults.abandons, 1);
  answer = mpcc_complete(scene->mpcc, mode, scenes_on_complete, scene);
  if (!first && answer == MPCC_EALREADY)
    return false;
  verdict_expect("mpcc_complete", answer, 0);
  return true;
}

/* The stop that always ends: drain, wait, discard, wait, abandon. */
static inline void scenes_escalate(struct scene *scene)
{
  for (int mode = MPCC_DRAIN; mode <= MPCC_ABANDON; mode++) {
    int answer;

    if (!scenes_complete(scene, mode, mode == MPCC_DRAIN))
      return;
    answer = mpcc_wait(scene->mpcc, verdict_draw(&scene->random, 3));
    if (answer != MPCC_ETIMEDOUT) {
      verdict_expect("mpcc_wait", answer, 0);
      return;
    }
  }
}

static inline void scenes_compare_slots(struct scene *scene, const mpcc_stats_t *all)
{
  uint64_t pushed = 0, orphaned = 0;
  mpcc_stats_t one;

  for (uint32_t slot = 0; slot < scene->ledger.slot_count; slot++) {
    verdict_expect("mpcc_slot_stats", mpcc_slot_stats(scene->mpcc, slot, &one), 0);
    ledger_same("pushed into a slot", one.pushed, one.delivered + one.dropped + one.orphaned);
    ledger_same("left in a slot", one.queued + one.in_flight, 0);
    pushed += one.pushed;
    orphaned += one.orphaned;
  }
  ledger_same("pushed, over the slots", pushed, all->pushed);
  ledger_same("orphaned, over the slots", orphaned, all->orphaned);
}

/* In STOPPED. Batches that were abandoned may still be told. */
static inline void scenes_compare(struct scene *scene)
{
  const struct accounts *accounts = &scene->accounts;
  uint64_t delivered = accounts_load(&accounts->delivered) + accounts_load(&accounts->returned);
  uint64_t told;
  mpcc_stats_t all;

  verdict_expect("mpcc_stats", mpcc_stats(scene->mpcc, &all), 0);
  ledger_same("pushed", all.pushed, all.delivered + all.dropped + all.orphaned);
  ledger_same("queued and in flight", all.queued + all.in_flight, 0);
  ledger_same("dropped", scene->past.dropped + all.dropped, accounts_load(&accounts->dropped));
  scenes_compare_slots(scene, &all);
  told = scene->past.delivered + all.delivered;
  if (accounts_load(&scene->faults.abandons) == 0)
    ledger_same("delivered, with nothing abandoned", told, delivered);
  else if (told + scene->past.orphaned + all.orphaned < delivered)
    verdict_fail("%" PRIu64 " delivered and %" PRIu64 " orphaned, counted were %" PRIu64
                 " delivered", told, scene->past.orphaned + all.orphaned, delivered);
}

static inline void scenes_stop(struct scene *scene, enum plan plan)
{
  /* acquire: with what the callbacks of earlier lives have counted. */
  uint32_t told = atomic_load_explicit(&scene->told, memory_order_acquire);

  if (plan == PLAN_ESCALATE)
    scenes_escalate(scene);
  else
    scenes_complete(scene, plan == PLAN_DRAIN ? MPCC_DRAIN :
             plan == PLAN_DISCARD ? MPCC_DISCARD : MPCC_ABANDON, true);
  verdict_expect("mpcc_wait", mpcc_wait(scene->mpcc, MPCC_NO_TIMEOUT), 0);
  /* acquire: with what the callbacks of this life have counted. */
  if (atomic_load_explicit(&scene->told, memory_order_acquire) != told + 1)
    verdict_fail("a completion was told %u times",
                 /* relaxed: only for the message. */
                 atomic_load_explicit(&scene->told, memory_order_relaxed) - told);
  scenes_compare(scene);
  scene->completions[plan]++;
  verdict_step();
}

static inline void scenes_start(struct scene *scene)
{
  scene->accounts.life++;
  host_start(&scene->host, faults_pump, scene->faults.era);
}

/* Those who hold what was abandoned let go of it before the next life, in it, or in its middle. */
static inline void scenes_turn(struct scene *scene)
{
  uint64_t way = verdict_draw(&scene->random, 8), release = verdict_draw(&scene->random, 3);
  enum plan plan = way < 4 ? PLAN_DRAIN : way < 6 ? PLAN_DISCARD :
                   way < 7 ? PLAN_ABANDON : PLAN_ESCALATE;
  bool hold;

  if (!scene->leg->abandons && plan > PLAN_DISCARD)
    plan = PLAN_DRAIN;
  hold = plan > PLAN_DISCARD && verdict_draw(&scene->random, 2) == 0;
  if (hold) {
    faults_hold(&scene->faults, true);
    verdict_sleep_us(500);
  }
  scenes_stop(scene, plan);
  if (release == 0)
    faults_hold(&scene->faults, false);
  if (verdict_draw(&scene->random, 4) == 0)
    scenes_renew(scene);
  scenes_start(scene);
  /* relaxed: only a pause; the lock is the order. */
  atomic_store_explicit(&scene->moving, false, memory_order_relaxed);
  if (release == 2)
    verdict_sleep_us(verdict_draw(&scene->random, 2000));
  faults_hold(&scene->faults, false);
}

#endif /* MPCC_TESTS_SCENES_H */
