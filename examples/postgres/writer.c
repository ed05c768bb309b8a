/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* <uv.h> needs it under -std=c11 */
#include "writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "console.h"

enum { LOCK_PART = 20 }; /* so many waits for a lock fit into one try; STORE_LATER_MAX are made */

/* Statuses of batches and rows, which come back to on_drop. */
enum {
  NOT_STORED = -1, /* the connection failed: try again */
  ROW_BUSY = -2    /* this row alone: try again */
};

/* What batch->data points to once a try was sent and not answered. */
static const char maybe_stored[] = "perhaps stored, as the answer never came: ";

static bool is_last_try(const struct writer *writer)
{
  return writer->batch != NULL && writer->batch->attempt >= writer->all->args->tries;
}

static void give_up(struct writer *writer)
{
  writer->given_up = true;
  say("connection %" PRIu32 ": given up after %" PRIu32 " tries: %s", writer->batch->slot,
      writer->batch->attempt, writer->why);
  /* This batch is then not tried again, and what is queued does not come here in vain. */
  mpcc_discard(writer->all->mpcc, writer->batch->slot);
  writer->all->on_give_up(writer->all->arg);
}

/* The batch is the library's again, which tries it once more or drops it. */
static void fail_batch(struct writer *writer)
{
  mpcc_batch_t *batch = writer->batch;

  if (batch == NULL)
    return;
  if (writer->sent)
    batch->data = (void *)(uintptr_t)maybe_stored;
  if (is_last_try(writer) && !writer->all->interrupted)
    give_up(writer);
  writer->batch = NULL;
  writer->sent = false;
  mpcc_batch_done(batch, NOT_STORED);
}

/* The link is closed, and its why says why. */
static void on_lost(struct link *link)
{
  struct writer *writer = link->owner;

  writer->all->breaks++;
  writer->failures++;
  snprintf(writer->why, sizeof writer->why, "%s", link->why);
  if (!writer->down && !writer->all->interrupted && !is_last_try(writer))
    say("connection %zu: %s; %s", (size_t)(writer - writer->all->list), writer->why,
        writer->batch != NULL ? "trying again" : "its next batch makes another one");
  writer->down = true;
  fail_batch(writer);
}

/* Close the link, too. */
static void drop_link(struct writer *writer)
{
  link_close(&writer->link);
  on_lost(&writer->link);
}

/* If the link has broken it says better why than what was on it. */
static void lose_link(struct writer *writer, const char *why)
{
  if (writer->link.why[0] == '\0')
    say_flat(writer->link.why, sizeof writer->link.why, why);
  drop_link(writer);
}

/* A row that has found its place, if only among the rejects, is done with. */
static void settle_refusal(struct writer *writer, const struct refusal *refusal)
{
  struct writers *all = writer->all;
  mpcc_batch_t *batch = writer->batch;
  const struct row *row = (const struct row *)batch->items + refusal->index;

  if (refusal->later) {
    snprintf(writer->why, sizeof writer->why, "%s", refusal->reason);
    mpcc_batch_fail(batch, refusal->index, ROW_BUSY);
  } else if (rejects_add(all->rejects, row, refusal->state, refusal->reason) == 0) {
    all->refused++;
  } else {
    all->refused++;
    all->lost++;
  }
}

/* Only now, and not when a row is refused: a batch that is tried again is not rejected twice. */
static void settle(struct writer *writer)
{
  struct writers *all = writer->all;
  mpcc_batch_t *batch = writer->batch;

  for (size_t i = 0; i < writer->store.refusal_count; i++)
    settle_refusal(writer, &writer->store.refusals[i]);
  all->stored += writer->store.stored;
  all->already += writer->store.already;
  batch->data = NULL; /* this answer has come */
  writer->batch = NULL;
  writer->sent = false;
  mpcc_batch_done(batch, 0);
}

static void follow(struct writer *writer, enum store_state state)
{
  if (state == STORE_LOST)
    lose_link(writer, writer->store.why);
  else if (state == STORE_DONE)
    settle(writer);
  else if (state == STORE_SENDS && link_flush(&writer->link) != 0)
    drop_link(writer);
}

static void begin(struct writer *writer)
{
  const mpcc_batch_t *batch = writer->batch;

  writer->sent = true;
  follow(writer, store_begin(&writer->store, writer->link.conn, batch->items, batch->count));
}

static void on_ready(struct link *link)
{
  struct writer *writer = link->owner;

  if (writer->down)
    say("connection %zu: is there again, after %" PRIu32 " failures",
        (size_t)(writer - writer->all->list), writer->failures);
  writer->down = false;
  writer->failures = 0;
  if (writer->batch != NULL)
    begin(writer);
}

static void on_input(struct link *link)
{
  struct writer *writer = link->owner;

  if (writer->batch != NULL)
    follow(writer, store_take(&writer->store));
}

/* max_concurrency is 1, so there is no other batch. It may be done before this returns. */
int writers_pump(mpcc_batch_t *batch, void *state)
{
  struct writers *all = state;
  struct writer *writer = &all->list[batch->slot];

  if (writer->given_up) {
    mpcc_discard(all->mpcc, batch->slot);
    return NOT_STORED;
  }
  writer->batch = batch;
  if (writer->link.state == LINK_READY)
    begin(writer);
  else if (link_open(&writer->link) != 0)
    on_lost(&writer->link);
  return MPCC_PENDING;
}

/* It took too long, or the user does not want to wait. With the connection closed nobody else
   refers to the batch, and the server notices in its own time. */
void writers_on_cancel(mpcc_batch_t *batch, void *state)
{
  struct writers *all = state;
  struct writer *writer = &all->list[batch->slot];

  if (writer->batch == batch)
    lose_link(writer, all->interrupted ? "interrupted" : "no answer in time");
}

static void drop_row(struct writers *all, const struct row *row, const char *reason)
{
  if (rejects_add(all->rejects, row, "-", reason) != 0)
    all->lost++;
}

void writers_on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  struct writers *all = state;
  const struct writer *writer = &all->list[batch->slot];
  const struct row *rows = batch->items;
  const bool failed = writer->given_up || reason == ROW_BUSY;
  char text[2 * WHY_SIZE];

  snprintf(text, sizeof text, "%s%s", batch->data != NULL ? (const char *)batch->data : "",
           failed ? writer->why : "interrupted before it was stored");
  for (size_t i = 0; i < batch->count; i++)
    drop_row(all, &rows[i], text);
  if (batch->data != NULL)
    all->unclear += batch->count;
  if (failed)
    all->unstored += batch->count;
  else
    all->discarded += batch->count;
}

int writers_open(struct writers *writers, uv_loop_t *loop)
{
  static const struct link_calls calls = {on_ready, on_input, on_lost};
  const struct args *args = writers->args;

  writers->list = calloc(args->connections, sizeof *writers->list);
  for (uint32_t i = 0; writers->list != NULL && i < args->connections; i++) {
    struct writer *writer = &writers->list[i];
    if (store_open(&writer->store, args->batch) != 0)
      break;
    writer->all = writers;
    writer->link = (struct link){.loop = loop, .calls = &calls, .owner = writer,
                                 .connect = args->connect, .table = args->table,
                                 .lock_wait_ms = args->timeout_ms / LOCK_PART + 1};
    writers->count = i + 1;
  }
  if (writers->count == args->connections)
    return 0;
  say("out of memory");
  writers_close(writers);
  return -1;
}

void writers_disconnect(struct writers *writers)
{
  for (uint32_t i = 0; i < writers->count; i++)
    link_close(&writers->list[i].link);
}

void writers_close(struct writers *writers)
{
  for (uint32_t i = 0; i < writers->count; i++)
    store_close(&writers->list[i].store);
  free(writers->list);
  writers->list = NULL;
  writers->count = 0;
}
