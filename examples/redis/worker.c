/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "worker.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "say.h"

enum {
  WAIT_MS = 500, /* for new entries; a stop waits as long */
  SETTLE_MS = 500,
  DELAY_MS = 50, /* before trying the server again, doubling up to: */
  DELAY_MAX_MS = 1000
};

static void work_for(uint32_t us)
{
  struct timespec left = {.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000};

  while (nanosleep(&left, &left) != 0 && errno == EINTR)
    continue;
}

/* Returns how many of the reader's entries are processed, from the first, or -1 after a message. */
static ptrdiff_t process(struct worker *worker)
{
  const struct args *args = worker->crew->args;
  size_t done = 0, deleted = 0;

  for (; done < worker->reader.count && !crew_hurrying(worker->crew); done++) {
    const struct entry *entry = &worker->reader.entries[done];
    if (entry->deleted) {
      deleted++;
      continue;
    }
    if (args->work_us > 0)
      work_for(args->work_us);
    if (journal_add(worker->crew->journal, &worker->page, args->streams[entry->slot], entry->text,
                    entry->value, entry->length) != 0)
      return -1;
  }
  if (journal_write(worker->crew->journal, &worker->page) != 0)
    return -1;
  worker->counts.deleted += deleted;
  worker->counts.processed += done - deleted;
  return (ptrdiff_t)done;
}

/* What is not pushed, since the instance takes nothing any more, stays pending. */
static bool push_one(struct worker *worker, const struct entry_id *id, uint32_t slot)
{
  const int err = mpcc_push_wait(worker->crew->mpcc, id, slot, MPCC_NO_TIMEOUT);

  if (err == 0) {
    worker->counts.pushed++;
    return true;
  }
  if (err != MPCC_ECLOSED) {
    say("cannot push: %s", mpcc_strerror(err));
    crew_fail(worker->crew);
  }
  return false;
}

static void push(struct worker *worker, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    const struct entry *entry = &worker->reader.entries[i];
    if (!push_one(worker, &entry->id, entry->slot))
      return;
  }
}

/* For a comparison, where acknowledging alone is measured when all is read. */
static void hold(struct worker *worker, size_t count)
{
  if (worker->held_room - worker->held_count < count) {
    const size_t room = 2 * worker->held_room + count;
    struct entry_id *held = realloc(worker->held, room * sizeof *held);
    if (held == NULL) {
      say("out of memory");
      crew_fail(worker->crew);
      return;
    }
    worker->held = held;
    worker->held_room = room;
  }
  for (size_t i = 0; i < count; i++)
    worker->held[worker->held_count++] = worker->reader.entries[i].id;
}

/* Without libmpcc. No measurement is worth another try. */
static void ack_held(struct worker *worker)
{
  struct session *session = &worker->reader.session;
  const size_t count = worker->held_count;

  worker->held_count = 0;
  if (session->redis == NULL || direct_ack(session, worker->crew->args->streams[0], worker->held,
                                           count, &worker->direct) != 0) {
    say("cannot acknowledge: %s", session->reason);
    crew_fail(worker->crew);
  }
}

static void let_go_of_held(struct worker *worker)
{
  crew_begin(worker->crew);
  if (worker->crew->args->direct_ids > 0) {
    ack_held(worker);
    return;
  }
  for (size_t i = 0; i < worker->held_count; i++)
    if (!push_one(worker, &worker->held[i], 0))
      return;
}

/* What the reader has got: process it, write that down, and only then have it acknowledged. */
static void take(struct worker *worker, uint64_t *kind)
{
  const size_t count = worker->reader.count;

  worker->counts.read += count;
  if (kind != NULL)
    *kind += count;
  if (count == 0)
    return;
  const ptrdiff_t done = process(worker);
  if (done < 0) {
    crew_fail(worker->crew);
    return;
  }
  const struct args *args = worker->crew->args;
  if (args->hold || args->direct_ids > 0)
    hold(worker, (size_t)done);
  else
    push(worker, (size_t)done);
  if (!args->hold && args->direct_ids > 0)
    ack_held(worker);
  crew_count(worker->crew, (uint64_t)done);
}

/* A delay after a failure: twice the last one, plus or minus up to half of it by chance, so that a
 * thousand workers do not come back to the server in step. */
static uint64_t next_delay_ms(struct worker *worker)
{
  const uint32_t delay = worker->delay_ms;
  const uint32_t chance = (uint32_t)rand_r(&worker->seed) % (delay + 1);

  worker->delay_ms = delay < DELAY_MAX_MS / 2 ? delay * 2 : DELAY_MAX_MS;
  return delay / 2 + chance;
}

static void on_failure(struct worker *worker)
{
  struct crew *crew = worker->crew;
  const char *reason = worker->reader.session.reason;

  worker->counts.failures++;
  reader_disconnect(&worker->reader);
  if (!worker->cut_off) {
    worker->cut_off = true;
    worker->since_ms = clock_ms();
    crew_cut_off(crew, reason);
  } else if (!crew_stopping(crew) &&
             clock_ms() - worker->since_ms >= (uint64_t)crew->args->give_up_s * 1000) {
    say("%s:%" PRIu32 ": given up after %" PRIu32 " s: %s", crew->args->host, crew->args->port,
        crew->args->give_up_s, reason);
    crew_fail(crew);
  }
  crew_pause(crew, next_delay_ms(worker));
}

static void on_success(struct worker *worker)
{
  worker->delay_ms = DELAY_MS;
  if (worker->cut_off)
    crew_back(worker->crew);
  worker->cut_off = false;
}

/* Until every id that was pushed so far is acknowledged, or given up. */
static void settle(struct worker *worker)
{
  while (!crew_stopping(worker->crew) &&
         mpcc_flush_wait(worker->crew->mpcc, MPCC_ALL_SLOTS, SETTLE_MS) == MPCC_ETIMEDOUT)
    continue;
}

static int take_lost(struct worker *worker)
{
  settle(worker);
  while (!crew_stopping(worker->crew)) {
    if (reader_lost(&worker->reader) != 0)
      return -1;
    on_success(worker);
    if (worker->reader.count == 0)
      return 0;
    take(worker, &worker->counts.lost);
  }
  return 0;
}

static int take_abandoned_of(struct worker *worker, uint32_t slot)
{
  char cursor[ENTRY_ID_TEXT] = "0-0";

  do {
    if (reader_abandoned(&worker->reader, slot, cursor) != 0)
      return -1;
    take(worker, &worker->counts.abandoned);
  } while (strcmp(cursor, "0-0") != 0 && !crew_stopping(worker->crew));
  return 0;
}

/* One worker of a process looks, now and then, for what consumers have left that are no more. */
static int take_abandoned(struct worker *worker)
{
  const struct args *args = worker->crew->args;

  if (worker->index != 0 || args->reclaim_ms == 0 || worker->cannot_claim ||
      clock_ms() < worker->next_claim_ms)
    return 0;
  for (uint32_t i = 0; i < args->stream_count && !crew_stopping(worker->crew); i++)
    if (take_abandoned_of(worker, i) != 0) {
      if (strncmp(worker->reader.session.reason, "ERR unknown command", 19) != 0)
        return -1;
      say("the server has no XAUTOCLAIM: what other consumers leave pending stays so");
      worker->cannot_claim = true;
      return 0;
    }
  worker->next_claim_ms = clock_ms() + args->reclaim_ms;
  return 0;
}

/* Returns when the connection is of no use any more, or it is time to stop. */
static int serve(struct worker *worker)
{
  if (reader_connect(&worker->reader) != 0 || take_lost(worker) != 0)
    return -1;
  while (!crew_stopping(worker->crew)) {
    if (take_abandoned(worker) != 0 || reader_new(&worker->reader) != 0)
      return -1;
    on_success(worker);
    take(worker, NULL);
  }
  return 0;
}

static void run(void *arg)
{
  struct worker *worker = arg;

  while (!crew_stopping(worker->crew))
    if (serve(worker) != 0)
      on_failure(worker);
  if (worker->crew->args->hold)
    let_go_of_held(worker);
  reader_disconnect(&worker->reader);
  crew_leave(worker->crew);
}

int worker_start(struct worker *worker, struct crew *crew, uint32_t index)
{
  int err;

  *worker = (struct worker){.crew = crew, .index = index, .delay_ms = DELAY_MS};
  worker->seed = (unsigned)(clock_ms() * 2654435761u) + index;
  snprintf(worker->consumer, sizeof worker->consumer, "%s-%" PRIu32, crew->args->consumer, index);
  if (reader_open(&worker->reader, crew->args, worker->consumer, WAIT_MS) != 0) {
    say("out of memory");
    return -1;
  }
  crew_enter(crew);
  err = uv_thread_create(&worker->thread, run, worker);
  if (err != 0) {
    crew_leave(crew);
    reader_close(&worker->reader);
    say("cannot make a thread: %s", uv_strerror(err));
    return -1;
  }
  worker->started = true;
  return 0;
}

void worker_join(struct worker *worker)
{
  uv_thread_join(&worker->thread);
  reader_close(&worker->reader);
  page_close(&worker->page);
  free(worker->held);
}
