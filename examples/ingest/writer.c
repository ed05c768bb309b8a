/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "console.h"

enum {
  CANCEL_STRIDE = 256, /* lines between two looks at whether the batch is still wanted */
  TELL_AT = 6,         /* tries, about a third of a second, before the user is told of a lock */
  UNREJECTED = -1      /* a status: the database refused the row, and the rejects file, too */
};

static const char *path_of(const struct writers *all, const struct line *line)
{
  return all->files->path[line->file - 1];
}

static int note_refusal(struct writer *writer, size_t index)
{
  if (writer->refusal_count == writer->refusal_room) {
    const size_t room = writer->refusal_room == 0 ? 16 : writer->refusal_room * 2;
    struct refusal *grown = realloc(writer->refusals, room * sizeof *grown);
    if (grown == NULL) {
      snprintf(writer->shard.why, sizeof writer->shard.why, "out of memory");
      return SQLITE_NOMEM;
    }
    writer->refusals = grown;
    writer->refusal_room = room;
  }
  struct refusal *refusal = &writer->refusals[writer->refusal_count++];
  refusal->index = index;
  snprintf(refusal->reason, sizeof refusal->reason, "%s", writer->shard.why);
  return 0;
}

/* One transaction. Returns 0 or the reason for which nothing of the batch was stored. */
static int store(struct writer *writer, const mpcc_batch_t *batch)
{
  const struct line *lines = batch->items;
  int err = shard_begin(&writer->shard);

  writer->refusal_count = 0;
  if (err != 0)
    return err;
  for (size_t i = 0; i < batch->count && err == 0; i++) {
    if (i % CANCEL_STRIDE == 0 && mpcc_batch_cancelled(batch))
      err = MPCC_ECANCELED;
    else
      err = shard_add(&writer->shard, &lines[i]);
    if (err == SHARD_REFUSED)
      err = note_refusal(writer, i);
  }
  if (err == 0)
    err = shard_commit(&writer->shard);
  if (err != 0)
    shard_rollback(&writer->shard);
  return err;
}

/* Returns false if the line has not found its place, and is to be tried again. */
static bool reject(struct writers *all, mpcc_batch_t *batch, const struct refusal *refusal)
{
  const struct line *line = (const struct line *)batch->items + refusal->index;
  struct writer *writer = &all->list[batch->slot];

  if (rejects_add(all->rejects, path_of(all, line), line, refusal->reason) != 0) {
    if (!rejects_given_up(all->rejects)) {
      mpcc_batch_fail(batch, refusal->index, UNREJECTED);
      return false;
    }
    writer->lost++;
  }
  writer->refused++;
  return true;
}

/* After the commit and not before: a batch that is tried again is not rejected twice. */
static void settle(struct writers *all, mpcc_batch_t *batch)
{
  const struct writer *writer = &all->list[batch->slot];
  const struct line *lines = batch->items;
  size_t next = 0;

  for (size_t i = 0; i < batch->count; i++) {
    if (next < writer->refusal_count && writer->refusals[next].index == i &&
        !reject(all, batch, &writer->refusals[next++]))
      continue;
    line_free(&lines[i], all->memory);
  }
}

/*
 * A lock goes away, so a lock is waited for. A commit that failed otherwise may have taken place:
 * one more try tells, since shard_add() knows the rows that are there. Nothing else gets better.
 */
static bool is_worth_a_try(struct writer *writer, const mpcc_batch_t *batch, int err,
                           bool was_unclear, uint32_t tries)
{
  if (batch->attempt >= tries)
    return false;
  if (!shard_is_busy(err))
    return writer->shard.unclear && !was_unclear;
  if (batch->attempt >= TELL_AT && !writer->told) {
    writer->told = true;
    say("%s: another process has locked it; trying %" PRIu32 " times", writer->shard.path, tries);
  }
  return true;
}

int writers_pump(mpcc_batch_t *batch, void *state)
{
  struct writers *all = state;
  struct writer *writer = &all->list[batch->slot];
  const bool was_unclear = writer->shard.unclear && batch->attempt > 1;
  int err = shard_failed(&writer->shard);

  if (err == 0) {
    writer->shard.unclear = was_unclear;
    err = store(writer, batch);
    if (err == 0) {
      settle(all, batch);
      return 0;
    }
    if (err == MPCC_ECANCELED || is_worth_a_try(writer, batch, err, was_unclear, all->args->tries))
      return err;
    shard_give_up(&writer->shard, err);
    all->on_failure(all->arg);
  }
  /* This batch is then not tried again, and what is queued does not come here in vain. */
  mpcc_discard(all->mpcc, batch->slot);
  return err;
}

void writers_on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  struct writers *all = state;
  const struct shard *shard = &all->list[batch->slot].shard;
  const struct line *lines = batch->items;
  const bool failed = shard_failed(shard) != 0;
  const char *why = failed ? shard->why : "interrupted before it was stored";

  if (reason == UNREJECTED) {
    why = "refused by the database, and late in this file";
    all->on_failure(all->arg);
  }
  for (size_t i = 0; i < batch->count; i++) {
    if (rejects_add(all->rejects, path_of(all, &lines[i]), &lines[i], why) != 0) {
      rejects_give_up(all->rejects);
      all->lost++;
    }
    line_free(&lines[i], all->memory);
  }
  if (failed || reason == UNREJECTED)
    all->unstored += batch->count;
  else
    all->discarded += batch->count;
}

int writers_open(struct writers *writers, struct outdir *dir)
{
  const uint32_t count = writers->args->shards;

  writers->count = 0;
  writers->list = calloc(count, sizeof *writers->list);
  if (writers->list == NULL) {
    say("out of memory");
    return -1;
  }
  for (uint32_t i = 0; i < count; i++) {
    writers->count = i + 1;
    if (shard_open(&writers->list[i].shard, dir, i, writers->args, writers->files) != 0) {
      writers_close(writers);
      return -1;
    }
  }
  return 0;
}

void writers_close(struct writers *writers)
{
  for (uint32_t i = 0; i < writers->count; i++) {
    shard_close(&writers->list[i].shard);
    free(writers->list[i].refusals);
  }
  free(writers->list);
  writers->list = NULL;
}

int writers_count_rows(const struct writers *writers, uint64_t *rows)
{
  uint64_t sum = 0, part;
  int err = 0;

  for (uint32_t i = 0; i < writers->count && err == 0; i++) {
    part = 0;
    err = shard_count(&writers->list[i].shard, &part);
    sum += part;
  }
  *rows = sum;
  return err;
}
