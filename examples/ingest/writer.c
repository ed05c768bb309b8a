/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "writer.h"

#include <stdlib.h>
#include <string.h>

#include "console.h"

enum { CANCEL_STRIDE = 256 }; /* lines between two looks at whether the batch is still wanted */

/* One transaction. Returns 0 or the reason for which nothing of the batch was stored. */
static int store(struct shard *shard, const mpcc_batch_t *batch)
{
  const struct line *lines = batch->items;
  int err = shard_begin(shard);

  if (err != 0)
    return err;
  for (size_t i = 0; i < batch->count && err == 0; i++) {
    if (i % CANCEL_STRIDE == 0 && mpcc_batch_cancelled(batch))
      err = MPCC_ECANCELED;
    else
      err = shard_add(shard, &lines[i]);
  }
  if (err == 0)
    err = shard_commit(shard);
  if (err != 0)
    shard_rollback(shard);
  return err;
}

static void finish(struct writer *writer, mpcc_batch_t *batch)
{
  const struct line *lines = batch->items;
  const bool failed_before = writer->shard.failed != 0;
  const int err = store(&writer->shard, batch);

  /* Of a batch that failed, on_drop frees the lines. */
  for (size_t i = 0; i < batch->count && err == 0; i++)
    line_free(&lines[i], writer->all->memory);
  if (writer->shard.failed != 0 && !failed_before)
    writer->all->on_failure(writer->all->arg);
  mpcc_batch_done(batch, err);
}

static void *write_batches(void *arg)
{
  struct writer *writer = arg;
  mpcc_batch_t *batch;

  for (;;) {
    pthread_mutex_lock(&writer->lock);
    while (writer->mail == NULL && !writer->ending)
      pthread_cond_wait(&writer->change, &writer->lock);
    batch = writer->mail;
    writer->mail = NULL;
    pthread_mutex_unlock(&writer->lock);
    if (batch == NULL)
      return NULL;
    finish(writer, batch);
  }
}

int writers_pump(mpcc_batch_t *batch, void *state)
{
  struct writer *writer = &((struct writers *)state)->list[batch->slot];

  pthread_mutex_lock(&writer->lock);
  writer->mail = batch;
  pthread_cond_signal(&writer->change);
  pthread_mutex_unlock(&writer->lock);
  return MPCC_PENDING;
}

void writers_on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  struct writers *writers = state;
  const struct line *lines = batch->items;

  for (size_t i = 0; i < batch->count; i++)
    line_free(&lines[i], writers->memory);
  if (reason == MPCC_ECANCELED)
    writers->discarded += batch->count;
  else
    writers->lost += batch->count;
}

static int open_one(struct writer *writer, struct outdir *dir, uint32_t index, uint32_t count,
                    const char *sync, const struct files *files)
{
  if (shard_open(&writer->shard, dir, index, count, sync, files) != 0)
    goto close_shard;
  if (pthread_mutex_init(&writer->lock, NULL) != 0)
    goto say_why;
  if (pthread_cond_init(&writer->change, NULL) != 0)
    goto destroy_lock;
  if (pthread_create(&writer->thread, NULL, write_batches, writer) != 0)
    goto destroy_change;
  return 0;

destroy_change:
  pthread_cond_destroy(&writer->change);
destroy_lock:
  pthread_mutex_destroy(&writer->lock);
say_why:
  say("the system refused a writer thread");
close_shard:
  shard_close(&writer->shard);
  return -1;
}

int writers_open(struct writers *writers, struct outdir *dir, uint32_t count, const char *sync,
                 const struct files *files)
{
  writers->count = 0;
  writers->list = calloc(count, sizeof *writers->list);
  if (writers->list == NULL) {
    say("out of memory");
    return -1;
  }
  for (; writers->count < count; writers->count++) {
    struct writer *writer = &writers->list[writers->count];
    writer->all = writers;
    if (open_one(writer, dir, writers->count, count, sync, files) != 0) {
      writers_close(writers);
      return -1;
    }
  }
  return 0;
}

void writers_close(struct writers *writers)
{
  for (uint32_t i = 0; i < writers->count; i++) {
    struct writer *writer = &writers->list[i];
    pthread_mutex_lock(&writer->lock);
    writer->ending = true;
    pthread_cond_signal(&writer->change);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    pthread_cond_destroy(&writer->change);
    pthread_mutex_destroy(&writer->lock);
    shard_close(&writer->shard);
  }
  free(writers->list);
  writers->list = NULL;
}

int writers_count_rows(struct writers *writers, uint64_t *rows)
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
