/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A sink that fails in every way: it answers at once or later, by pointer or by id, with success,
 * with an error, with some items marked, too late, or long after the instance that asked is gone.
 *
 * Some items are poison: they fail on every try. Batches without poison fail now and then as a
 * whole. Two finisher threads take what is pending out of order. While they are held, nothing
 * pending is finished and half of the workers' pumps hang: then only an abandonment ends.
 *
 * An era is one instance from its creation to its destruction. Whoever uses the instance of an
 * era reads under the lock that the destroyer writes under; a batch's own calls need no lock, as
 * an abandoned batch outlives its era.
 */
#ifndef MPCC_TESTS_FAULTS_H
#define MPCC_TESTS_FAULTS_H

#include "accounts.h"

#define FAULTS_FINISHERS 2
#define FAULTS_CANCELS 4096
#define FAULTS_MOST 512 /* items in a batch */

struct faults;

struct faults_era {
  struct faults *faults;
  mpcc_t *mpcc;
  uint32_t pump_timeout_ms;
  uint32_t max_attempts;
  bool worker;
  bool over; /* destroyed; guard: faults->lives */
  struct faults_era *next;
};

struct faults_job {
  struct faults_era *era;
  mpcc_batch_t *batch;
  uint64_t id;
  size_t count;
  uint32_t slot;
  uint32_t life;
  int status;
  bool marks; /* poison items, before it is done with 0 */
  bool by_id;
};

struct faults_tally {
  _Atomic uint64_t finished; /* by finishers */
  _Atomic uint64_t again;    /* hand-overs of what the pump had before */
  _Atomic uint64_t marked;   /* items */
  _Atomic uint64_t cancelled;
  _Atomic uint64_t absorbed; /* dones of abandoned batches */
  _Atomic uint64_t late;     /* of these, after their instance was destroyed */
};

struct faults {
  struct ledger *ledger;
  struct accounts *accounts;
  uint64_t seed;
  size_t weight_cap;
  pthread_rwlock_t lives;
  struct faults_era *era;       /* the last one made; guard: lives */
  _Atomic uint64_t abandons;    /* told before mpcc_complete(MPCC_ABANDON) */
  uint64_t cancelled[FAULTS_CANCELS]; /* the last ids, by their lower bits; guard: callbacks */
  char *marks;                  /* [slot]: what the pump leaves in batch->data points here */
  struct faults_tally tally;
  atomic_bool held;
  _Atomic uint32_t inside;      /* pumps on workers */
  pthread_mutex_t lock;
  pthread_cond_t work;
  struct faults_job *jobs; /* this and below; guard: lock */
  size_t job_count;
  size_t job_room;
  uint32_t threads_started;
  bool closing;
  pthread_t threads[FAULTS_FINISHERS];
};

/* -- The nature of items ------------------------------------------------------------------ */

static inline bool faults_poison(const struct ledger_item *item)
{
  return (item->seal >> 40) % 512 == 0;
}

static inline size_t faults_weight(const struct ledger_item *item)
{
  return 1 + (item->seal >> 32) % 8;
}

static inline size_t faults_weigh(const void *item, void *arg)
{
  (void)arg;
  return faults_weight(item);
}

/* -- Finishing one batch ------------------------------------------------------------------ */

static inline bool faults_held(struct faults *faults)
{
  /* relaxed: only a pause. */
  return atomic_load_explicit(&faults->held, memory_order_relaxed);
}

/* Marks the poison items. Its instance must be there. */
static inline void faults_mark(struct faults *faults, const struct faults_job *job,
                               const struct ledger_item *items)
{
  for (size_t i = 0; i < job->count; i++) {
    int answer;

    if (!faults_poison(&items[i]))
      continue;
    answer = mpcc_batch_fail(job->batch, i, -1000 - (int)(i % 7));
    if (answer != MPCC_ECLOSED || accounts_load(&faults->abandons) == 0)
      verdict_expect("mpcc_batch_fail", answer, 0);
    accounts_add(&faults->tally.marked, 1);
  }
}

/* Moves the items that this job delivers; returns how many they are. */
static inline uint64_t faults_deliver(struct faults *faults, const struct faults_job *job,
                                      const struct ledger_item *items, enum account from,
                                      enum account to)
{
  uint64_t moved = 0;

  for (size_t i = 0; i < job->count && job->status == 0; i++) {
    if (job->marks && faults_poison(&items[i]))
      continue;
    accounts_move(faults->accounts, &items[i], from, to);
    moved++;
  }
  return moved;
}

/* It was abandoned: what seemed delivered is orphaned, and all the rest of it. */
static inline void faults_absorb(struct faults *faults, const struct faults_job *job,
                                 const struct ledger_item *items)
{
  uint64_t back = faults_deliver(faults, job, items, DELIVERED, HELD);

  if (accounts_load(&faults->abandons) == 0)
    verdict_fail("slot %u: done was MPCC_ECLOSED, and nothing was abandoned", job->slot);
  accounts_move_all(faults->accounts, items, job->count, HELD, ORPHANED);
  accounts_add(&faults->accounts->delivered, (uint64_t)0 - back);
  accounts_add(&faults->accounts->orphaned, job->count);
  accounts_add(&faults->tally.absorbed, 1);
}

static inline int faults_done(const struct faults_job *job, bool reachable, bool twice)
{
  int answer;

  if (!job->by_id || !reachable)
    return mpcc_batch_done(job->batch, job->status);
  answer = mpcc_batch_done_id(job->era->mpcc, job->id, job->status);
  if (twice)
    verdict_expect("second mpcc_batch_done_id",
                   mpcc_batch_done_id(job->era->mpcc, job->id, 0), MPCC_EALREADY);
  return answer;
}

static inline void faults_finish(struct faults *faults, const struct faults_job *job, bool twice)
{
  struct ledger_item items[FAULTS_MOST];
  bool locked = job->by_id || job->marks, reachable = false;
  int answer;

  if (job->batch->id != job->id || job->batch->count != job->count)
    verdict_fail("slot %u: the batch was used again while it was in flight", job->slot);
  (void)mpcc_batch_cancelled(job->batch);
  memcpy(items, job->batch->items, job->count * sizeof *items);
  if (locked) {
    pthread_rwlock_rdlock(&faults->lives);
    reachable = !job->era->over;
  }
  if (job->marks && reachable)
    faults_mark(faults, job, items);
  accounts_add(&faults->accounts->delivered,
               faults_deliver(faults, job, items, HELD, DELIVERED));
  accounts_leave_flight(faults->accounts, job->slot, job->life);
  answer = faults_done(job, reachable, twice);
  if (locked && !reachable)
    accounts_add(&faults->tally.late, 1);
  if (locked)
    pthread_rwlock_unlock(&faults->lives);
  if (answer == MPCC_ECLOSED)
    faults_absorb(faults, job, items);
  else
    verdict_expect("done", answer, 0);
}

/* -- Finishers ---------------------------------------------------------------------------- */

/* Now and then so slow that slots reach their cap, rarely so slow that the batch times out. */
static inline void faults_dawdle(const struct faults_job *job, uint64_t *random)
{
  uint64_t way = verdict_draw(random, 4096);

  if (way >= 40)
    return;
  if (way >= 8)
    sched_yield();
  else if (way >= 5 || job->era->pump_timeout_ms == 0)
    verdict_sleep_us(verdict_draw(random, 300));
  else
    for (int i = 0; i < 40 && !mpcc_batch_cancelled(job->batch); i++)
      verdict_sleep_us(500);
}

static inline bool faults_next(struct faults *faults, struct faults_job *job, uint64_t *random)
{
  size_t at;

  pthread_mutex_lock(&faults->lock);
  while ((faults->job_count == 0 || faults_held(faults)) && !faults->closing)
    pthread_cond_wait(&faults->work, &faults->lock);
  if (faults->job_count == 0) {
    pthread_mutex_unlock(&faults->lock);
    return false;
  }
  at = verdict_draw(random, faults->job_count);
  *job = faults->jobs[at];
  faults->jobs[at] = faults->jobs[--faults->job_count];
  pthread_mutex_unlock(&faults->lock);
  return true;
}

static inline void *faults_finisher(void *argument)
{
  struct faults *faults = argument;
  struct faults_job job;
  uint64_t random;

  pthread_mutex_lock(&faults->lock);
  random = verdict_stream(faults->seed, 1000 + faults->threads_started++);
  pthread_mutex_unlock(&faults->lock);
  while (faults_next(faults, &job, &random)) {
    faults_dawdle(&job, &random);
    faults_finish(faults, &job, verdict_draw(&random, 4) == 0);
    accounts_add(&faults->tally.finished, 1);
    verdict_step();
  }
  return NULL;
}

static inline void faults_leave(struct faults *faults, const struct faults_job *job)
{
  pthread_mutex_lock(&faults->lock);
  if (faults->job_count == faults->job_room) {
    faults->job_room = faults->job_room * 2 + 64;
    faults->jobs = realloc(faults->jobs, faults->job_room * sizeof *faults->jobs);
    if (faults->jobs == NULL)
      verdict_fail("no memory for what is pending");
  }
  faults->jobs[faults->job_count++] = *job;
  pthread_cond_signal(&faults->work);
  pthread_mutex_unlock(&faults->lock);
}

/* From now on nothing pending is finished, or again. */
static inline void faults_hold(struct faults *faults, bool held)
{
  pthread_mutex_lock(&faults->lock);
  /* relaxed: only a pause. */
  atomic_store_explicit(&faults->held, held, memory_order_relaxed);
  pthread_cond_broadcast(&faults->work);
  pthread_mutex_unlock(&faults->lock);
}

#endif /* MPCC_TESTS_FAULTS_H */
