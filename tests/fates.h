/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a batch in a stress run: every way to finish one, chosen at random.
 *
 * The pump answers at once, finishes the batch inside the call and then returns something that
 * must be ignored, or leaves it to one of two finisher threads, which take batches out of order and
 * finish them by pointer or by id; some fail. What the fate will be is chosen in the pump: a
 * batch that shall fail carries a note of it in batch->data, which on_drop must find unchanged.
 */
#ifndef MPCC_TESTS_FATES_H
#define MPCC_TESTS_FATES_H

#include "ledger.h"

#define FATES_FINISHERS 2

/* A batch that shall be dropped. */
struct fate_note {
  uint64_t id;
  uint64_t sum;
  size_t count;
  uint32_t slot;
  int status;
};

/* A batch that a finisher shall finish. */
struct fate_job {
  mpcc_batch_t *batch;
  uint64_t id;
  uint64_t sum;
  int status;
  bool by_id;
};

struct fates {
  struct ledger *ledger;
  mpcc_t *mpcc;
  uint64_t random;       /* guard: callbacks */
  uint64_t seed;
  uint64_t finished_late; /* batches that a finisher finished; guard: lock */
  uint64_t told_twice;    /* second answers, each refused; guard: lock */
  pthread_mutex_t lock;
  pthread_cond_t work;
  struct fate_job *jobs; /* this and below; guard: lock */
  size_t job_count;
  size_t job_room;
  uint32_t threads_started;
  bool closing;
  pthread_t threads[FATES_FINISHERS];
};

/* -- Finishers ---------------------------------------------------------------------------- */

/* A finisher dawdles now and then, so that slots reach their cap and producers run ahead. */
static inline void fates_dawdle(uint64_t *random)
{
  switch (verdict_draw(random, 1024)) {
  case 0:
    verdict_sleep_us(verdict_draw(random, 300));
    break;
  case 1: case 2: case 3: case 4: case 5: case 6: case 7: case 8:
    sched_yield();
    break;
  default:
    break;
  }
}

static inline void fates_finish(struct fates *fates, const struct fate_job *job, uint64_t *random)
{
  bool twice = job->by_id && verdict_draw(random, 4) == 0;
  int answer;

  /* While it is in flight nobody else touches it; looking at all of them would only be slow. */
  if (verdict_draw(random, 8) == 0 && ledger_sum(job->batch) != job->sum)
    verdict_fail("slot %u: the items changed while the batch was in flight", job->batch->slot);
  if (job->batch->id != job->id)
    verdict_fail("slot %u: the batch was used again while it was in flight", job->batch->slot);
  (void)mpcc_batch_cancelled(job->batch);

  ledger_give(fates->ledger, job->batch->slot);
  answer = job->by_id ? mpcc_batch_done_id(fates->mpcc, job->id, job->status)
                      : mpcc_batch_done(job->batch, job->status);
  verdict_expect(job->by_id ? "first mpcc_batch_done_id" : "mpcc_batch_done", answer, 0);
  if (twice)
    verdict_expect("second mpcc_batch_done_id",
                   mpcc_batch_done_id(fates->mpcc, job->id, job->status), MPCC_EALREADY);
  pthread_mutex_lock(&fates->lock);
  fates->finished_late++;
  fates->told_twice += twice;
  pthread_mutex_unlock(&fates->lock);
}

static inline void *fates_finisher(void *argument)
{
  struct fates *fates = argument;
  uint64_t random;

  pthread_mutex_lock(&fates->lock);
  random = verdict_stream(fates->seed, 1000 + fates->threads_started++);
  for (;;) {
    struct fate_job job;
    size_t at;

    while (fates->job_count == 0 && !fates->closing)
      pthread_cond_wait(&fates->work, &fates->lock);
    if (fates->job_count == 0)
      break;
    at = verdict_draw(&random, fates->job_count);
    job = fates->jobs[at];
    fates->jobs[at] = fates->jobs[--fates->job_count];
    pthread_mutex_unlock(&fates->lock);
    fates_dawdle(&random);
    fates_finish(fates, &job, &random);
    pthread_mutex_lock(&fates->lock);
  }
  pthread_mutex_unlock(&fates->lock);
  return NULL;
}

/* Leaves a batch to the finishers; also for batches that a test kept for a while. */
static inline void fates_leave(struct fates *fates, const struct fate_job *job)
{
  pthread_mutex_lock(&fates->lock);
  if (fates->job_count == fates->job_room)
    verdict_fail("more batches in flight than slots times their cap");
  fates->jobs[fates->job_count++] = *job;
  pthread_cond_signal(&fates->work);
  pthread_mutex_unlock(&fates->lock);
}

static inline void fates_open(struct fates *fates, struct ledger *ledger, mpcc_t *mpcc,
                              uint64_t seed)
{
  memset(fates, 0, sizeof *fates);
  fates->ledger = ledger;
  fates->mpcc = mpcc;
  fates->seed = seed;
  fates->random = verdict_stream(seed, 999);
  pthread_mutex_init(&fates->lock, NULL);
  pthread_cond_init(&fates->work, NULL);
  fates->job_room = (size_t)ledger->slot_count * ledger->max_concurrency;
  fates->jobs = ledger_memory(fates->job_room, sizeof *fates->jobs);
  for (int i = 0; i < FATES_FINISHERS; i++)
    if (pthread_create(&fates->threads[i], NULL, fates_finisher, fates) != 0)
      verdict_fail("no thread for a finisher");
}

static inline void fates_close(struct fates *fates)
{
  pthread_mutex_lock(&fates->lock);
  fates->closing = true;
  pthread_cond_broadcast(&fates->work);
  pthread_mutex_unlock(&fates->lock);
  for (int i = 0; i < FATES_FINISHERS; i++)
    pthread_join(fates->threads[i], NULL);
  pthread_cond_destroy(&fates->work);
  pthread_mutex_destroy(&fates->lock);
  free(fates->jobs);
}

/* -- Callbacks ---------------------------------------------------------------------------- */

/* Counts what will become of the batch, and notes a failure in it. Returns its status. */
static inline int fates_choose(struct fates *fates, mpcc_batch_t *batch, uint64_t sum, bool fails)
{
  static const int statuses[] = {-1, 5, INT_MIN, MPCC_EFULL};
  struct fate_note *note;

  if (!fails) {
    fates->ledger->delivered += batch->count;
    return 0;
  }
  note = ledger_memory(1, sizeof *note);
  note->id = batch->id;
  note->sum = sum;
  note->count = batch->count;
  note->slot = batch->slot;
  note->status = statuses[verdict_draw(&fates->random, 4)];
  batch->data = note;
  fates->ledger->failed += batch->count;
  return note->status;
}

/* The pump's answer, for a batch that ledger_take() has seen. */
static inline int fates_answer(struct fates *fates, mpcc_batch_t *batch, uint64_t sum)
{
  uint64_t way = verdict_draw(&fates->random, 16);
  int status = fates_choose(fates, batch, sum, verdict_draw(&fates->random, 32) == 0);
  struct fate_job job = {batch, batch->id, sum, status, way % 2 == 0};
  int answer;

  if (way >= 10) {
    fates_leave(fates, &job);
    return MPCC_PENDING;
  }
  ledger_give(fates->ledger, batch->slot);
  if (way >= 2)
    return status;
  /* Done inside the pump: whatever it then returns is not heard. */
  answer = job.by_id ? mpcc_batch_done_id(fates->mpcc, job.id, status)
                     : mpcc_batch_done(batch, status);
  verdict_expect("done inside the pump", answer, 0);
  return job.by_id ? 12345 : MPCC_PENDING;
}

static inline void fates_drop(struct fates *fates, const mpcc_batch_t *batch, int reason)
{
  struct fate_note *note = batch->data;

  if (batch->attempt == 0) {
    if (reason != MPCC_ECANCELED || note != NULL || batch->id != 0 || batch->due != 0)
      verdict_fail("slot %u: discarded with reason %d, data %p, id %" PRIu64 ", due %d",
                   batch->slot, reason, batch->data, batch->id, batch->due);
    (void)ledger_see(fates->ledger, batch);
    fates->ledger->discarded += batch->count;
    return;
  }
  if (note == NULL)
    verdict_fail("slot %u: dropped with reason %d, but it was done with 0, or dropped before",
                 batch->slot, reason);
  if (reason != note->status || batch->id != note->id || batch->slot != note->slot ||
      batch->count != note->count || ledger_sum(batch) != note->sum)
    verdict_fail("slot %u, batch %" PRIu64 " of %zu dropped with reason %d; it was slot %u, batch "
                 "%" PRIu64 " of %zu, done with %d", batch->slot, batch->id, batch->count, reason,
                 note->slot, note->id, note->count, note->status);
  fates->ledger->shown += batch->count;
  free(note);
}

#endif /* MPCC_TESTS_FATES_H */
