/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The callbacks of an instance whose sink fails in every way (faults.h), and the beginning and the
 * end of that sink.
 */
#ifndef MPCC_TESTS_FAULTS_PUMP_H
#define MPCC_TESTS_FAULTS_PUMP_H

#include "faults.h"

/* -- Callbacks ---------------------------------------------------------------------------- */

static inline void faults_check(struct faults *faults, const mpcc_batch_t *batch,
                                const struct faults_era *era)
{
  const struct ledger_item *items = batch->items;
  size_t weight = 0;

  if (batch->due < MPCC_DUE_FULL || batch->due > MPCC_DUE_DRAIN)
    verdict_fail("slot %u: due %d", batch->slot, batch->due);
  if (batch->attempt > era->max_attempts ||
      (batch->data != NULL || batch->attempt > 1) != (batch->data == &faults->marks[batch->slot]))
    verdict_fail("slot %u: attempt %u with data %p", batch->slot, batch->attempt, batch->data);
  if (faults->weight_cap == 0)
    return;
  for (size_t i = 0; i < batch->count; i++)
    weight += faults_weight(&items[i]);
  if (weight > faults->weight_cap)
    verdict_fail("slot %u: a batch of weight %zu, the cap is %zu", batch->slot, weight,
                 faults->weight_cap);
}

/* What shall become of this hand-over. */
static inline struct faults_job faults_choose(struct faults_era *era, mpcc_batch_t *batch,
                                              uint32_t life, uint64_t *random)
{
  static const int statuses[] = {-1, 5, INT_MIN, MPCC_EFULL};
  const struct ledger_item *items = batch->items;
  struct faults_job job = {era, batch, batch->id, batch->count, batch->slot, life, 0, false, false};
  bool poison = false;

  for (size_t i = 0; i < batch->count && !poison; i++)
    poison = faults_poison(&items[i]);
  if (poison)
    job.marks = verdict_draw(random, 2) == 0;
  if ((poison && !job.marks) || verdict_draw(random, 32) == 0)
    job.status = statuses[verdict_draw(random, 4)];
  job.marks = job.marks && job.status == 0;
  job.by_id = verdict_draw(random, 2) == 0;
  return job;
}

/* What the pump returns is all that will be heard of this batch. */
static inline int faults_return(struct faults *faults, const struct faults_job *job)
{
  const struct ledger_item *items = job->batch->items;

  if (job->marks) {
    pthread_rwlock_rdlock(&faults->lives);
    if (!job->era->over)
      faults_mark(faults, job, items);
    pthread_rwlock_unlock(&faults->lives);
  }
  accounts_add(&faults->accounts->returned, faults_deliver(faults, job, items, HELD, RETURNED));
  accounts_leave_flight(faults->accounts, job->slot, job->life);
  return job->status;
}

static inline int faults_answer(struct faults *faults, const struct faults_job *job,
                                uint64_t *random)
{
  uint64_t way = verdict_draw(random, 16);

  if (job->era->worker && way % 2 == 0)
    while (faults_held(faults))
      verdict_sleep_us(200);
  if (way >= 8) {
    faults_leave(faults, job);
    return MPCC_PENDING;
  }
  if (way >= 2)
    return faults_return(faults, job);
  faults_finish(faults, job, verdict_draw(random, 4) == 0);
  return way == 0 ? MPCC_PENDING : 12345; /* not heard */
}

static inline int faults_pump(mpcc_batch_t *batch, void *state)
{
  struct faults_era *era = state;
  struct faults *faults = era->faults;
  uint64_t random = verdict_stream(faults->seed, batch->id);
  struct faults_job job;
  bool again;
  int answer;

  /* relaxed: only awaited before the end. */
  atomic_fetch_add_explicit(&faults->inside, 1, memory_order_relaxed);
  again = accounts_take(faults->accounts, batch);
  accounts_add(&faults->tally.again, again);
  if (!again && batch->data != NULL)
    verdict_fail("slot %u: a first hand-over with data", batch->slot);
  faults_check(faults, batch, era);
  batch->data = &faults->marks[batch->slot];
  job = faults_choose(era, batch, faults->accounts->counted ? faults->accounts->life : 0, &random);
  answer = faults_answer(faults, &job, &random);
  /* release: whoever sees that nobody is inside may free what was used here. */
  atomic_fetch_sub_explicit(&faults->inside, 1, memory_order_release);
  return answer;
}

static inline void faults_on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  struct faults_era *era = state;

  if (reason == 0 || reason == MPCC_PENDING || (batch->attempt == 0 && reason != MPCC_ECANCELED))
    verdict_fail("slot %u: dropped after attempt %u with reason %d", batch->slot, batch->attempt,
                 reason);
  if (batch->attempt == 0 && (batch->id != 0 || batch->data != NULL))
    verdict_fail("slot %u: never in the pump's hands, but it has an id or data", batch->slot);
  accounts_drop(era->faults->accounts, batch);
}

static inline void faults_on_cancel(mpcc_batch_t *batch, void *state)
{
  struct faults_era *era = state;
  struct faults *faults = era->faults;
  const struct ledger_item *items = batch->items;

  if (faults->cancelled[batch->id % FAULTS_CANCELS] == batch->id)
    verdict_fail("slot %u: batch %" PRIu64 " was cancelled twice", batch->slot, batch->id);
  faults->cancelled[batch->id % FAULTS_CANCELS] = batch->id;
  accounts_add(&faults->tally.cancelled, 1);
  /* A finisher may finish it right now: fields and items must stay until this returns. */
  for (size_t i = 0; i < batch->count; i++)
    if (items[i].slot != batch->slot || items[i].seal != ledger_seal(&items[i]))
      verdict_fail("slot %u: a cancelled batch was used again before on_cancel had returned",
                   batch->slot);
}

/* -- Life --------------------------------------------------------------------------------- */

/* A new era; called with nobody else inside, or under the writers' lock. */
static inline struct faults_era *faults_begin_era(struct faults *faults,
                                                  const mpcc_options_t *options)
{
  struct faults_era *era = ledger_memory(1, sizeof *era);

  era->faults = faults;
  era->pump_timeout_ms = (uint32_t)options->pump_timeout_ms;
  era->max_attempts = options->max_attempts;
  era->worker = options->pump_on == MPCC_PUMP_ON_WORKER;
  era->next = faults->era;
  faults->era = era;
  memset(faults->cancelled, 0, sizeof faults->cancelled);
  return era;
}

static inline void faults_open(struct faults *faults, struct accounts *accounts, uint64_t seed)
{
  memset(faults, 0, sizeof *faults);
  faults->ledger = accounts->ledger;
  faults->accounts = accounts;
  faults->seed = seed;
  faults->marks = ledger_memory(accounts->ledger->slot_count, 1);
  pthread_rwlock_init(&faults->lives, NULL);
  pthread_mutex_init(&faults->lock, NULL);
  pthread_cond_init(&faults->work, NULL);
  for (int i = 0; i < FAULTS_FINISHERS; i++)
    if (pthread_create(&faults->threads[i], NULL, faults_finisher, faults) != 0)
      verdict_fail("no thread for a finisher");
}

/* All that is pending is finished, and no pump is inside any more. */
static inline void faults_join(struct faults *faults)
{
  faults_hold(faults, false);
  /* acquire: with what the last pumps did. */
  while (atomic_load_explicit(&faults->inside, memory_order_acquire) != 0)
    verdict_sleep_us(200);
  pthread_mutex_lock(&faults->lock);
  faults->closing = true;
  pthread_cond_broadcast(&faults->work);
  pthread_mutex_unlock(&faults->lock);
  for (int i = 0; i < FAULTS_FINISHERS; i++)
    pthread_join(faults->threads[i], NULL);
}

static inline void faults_close(struct faults *faults)
{
  while (faults->era != NULL) {
    struct faults_era *era = faults->era;

    faults->era = era->next;
    free(era);
  }
  pthread_cond_destroy(&faults->work);
  pthread_mutex_destroy(&faults->lock);
  pthread_rwlock_destroy(&faults->lives);
  free(faults->jobs);
  free(faults->marks);
}

#endif /* MPCC_TESTS_FAULTS_PUMP_H */
