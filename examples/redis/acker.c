/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "acker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entry_id.h"
#include "line.h"
#include "say.h"

enum { ACK_LOST = 1, ACK_REFUSED }; /* what a try failed by */
enum { WORDS_BEFORE_IDS = 3 };

struct acker {
  struct ackers *all;
  const char *stream;
  struct line line;
  mpcc_batch_t **waiting; /* for the connection to be made; in_flight of them at most */
  size_t waiting_count;
  bool troubled; /* said so, and nothing was acknowledged since */
  bool resigned; /* said so */
};

/* Says it once for an outage, however often batches are tried again in it. */
static void fail(struct acker *acker, mpcc_batch_t *batch, int status, const char *reason)
{
  if (!acker->troubled && !acker->all->impatient)
    say("%s: cannot acknowledge %zu ids: %s; trying again", acker->stream, batch->count, reason);
  acker->troubled = true;
  mpcc_batch_done(batch, status);
}

static void succeed(struct acker *acker, mpcc_batch_t *batch, uint64_t pending)
{
  if (acker->troubled)
    say("%s: acknowledging again", acker->stream);
  acker->troubled = false;
  acker->all->counts.acknowledged += pending;
  acker->all->counts.repeated += batch->count - pending;
  acker->all->counts.last_ns = uv_hrtime();
  mpcc_batch_done(batch, 0);
}

/* An answer, or NULL in place of one: hiredis calls this exactly once for each command. */
static void on_reply(redisAsyncContext *redis, void *answer, void *data)
{
  struct line *line = redis->data;
  struct acker *acker = line->owner;
  mpcc_batch_t *batch = data;
  const redisReply *reply = answer;

  if (reply == NULL) {
    acker->all->counts.unanswered++;
    line_note(line, redis);
    fail(acker, batch, ACK_LOST, line->reason);
  } else if (reply->type == REDIS_REPLY_INTEGER && reply->integer >= 0 &&
             (uint64_t)reply->integer <= batch->count) {
    succeed(acker, batch, (uint64_t)reply->integer);
  } else {
    const bool moved = reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "READONLY", 8) == 0;
    acker->all->counts.refused++;
    fail(acker, batch, ACK_REFUSED,
         reply->type == REDIS_REPLY_ERROR ? reply->str : "XACK has answered something unknown");
    /* The server is not the primary any more: ask the name again who is. */
    if (moved && line->redis == redis)
      line_cut(line, "the server has become a replica");
  }
}

static void send_ids(struct acker *acker, mpcc_batch_t *batch)
{
  struct ackers *all = acker->all;
  const struct entry_id *ids = batch->items;
  const size_t count = WORDS_BEFORE_IDS + batch->count;
  const char *head[WORDS_BEFORE_IDS] = {"XACK", acker->stream, all->args->group};

  for (size_t i = 0; i < WORDS_BEFORE_IDS; i++) {
    all->words[i] = head[i];
    all->lengths[i] = strlen(head[i]);
  }
  for (size_t i = 0; i < batch->count; i++) {
    char *text = all->texts + i * ENTRY_ID_TEXT;
    all->words[WORDS_BEFORE_IDS + i] = text;
    all->lengths[WORDS_BEFORE_IDS + i] = entry_id_format(text, &ids[i]);
  }
  if (redisAsyncCommandArgv(acker->line.redis, on_reply, batch, (int)count, all->words,
                            all->lengths) == REDIS_OK)
    all->counts.commands++;
  else
    fail(acker, batch, ACK_LOST, "the connection takes no command");
}

int ackers_pump(mpcc_batch_t *batch, void *state)
{
  struct ackers *ackers = state;
  struct acker *acker = &ackers->list[batch->slot];

  if (acker->line.redis != NULL) {
    send_ids(acker, batch);
    return MPCC_PENDING;
  }
  acker->waiting[acker->waiting_count++] = batch;
  line_make(&acker->line);
  return MPCC_PENDING;
}

static void on_made(void *owner, bool made)
{
  struct acker *acker = owner;
  const size_t count = acker->waiting_count;

  acker->waiting_count = 0;
  for (size_t i = 0; i < count; i++) {
    if (made && acker->line.redis != NULL)
      send_ids(acker, acker->waiting[i]);
    else
      fail(acker, acker->waiting[i], ACK_LOST, acker->line.reason);
  }
}

/* Takes the batch out of those that wait for a connection. */
static bool stop_waiting(struct acker *acker, const mpcc_batch_t *batch)
{
  size_t i = 0;

  while (i < acker->waiting_count && acker->waiting[i] != batch)
    i++;
  if (i == acker->waiting_count)
    return false;
  acker->waiting[i] = acker->waiting[--acker->waiting_count];
  return true;
}

/*
 * The answer may still come, and hiredis would then call back for a batch that is long gone; so the
 * connection goes first, and with it every command on it. Their batches fail at once and are tried
 * again on the next connection.
 */
void ackers_on_cancel(mpcc_batch_t *batch, void *state)
{
  struct ackers *ackers = state;
  struct acker *acker = &ackers->list[batch->slot];
  const uint32_t timeout_ms = ackers->args->timeout_ms;
  const bool waits = stop_waiting(acker, batch);
  char reason[80];

  if (ackers->impatient)
    snprintf(reason, sizeof reason, "its answer is not waited for");
  else
    snprintf(reason, sizeof reason, waits ? "no connection for %" PRIu32 " ms"
                                          : "no answer for %" PRIu32 " ms", timeout_ms);
  if (waits)
    fail(acker, batch, ACK_LOST, reason);
  else
    line_cut(&acker->line, reason);
}

/* These entries were processed, and stay pending: they are delivered again. */
void ackers_on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  (void)reason; /* the last try's, of which the connection knows more */
  struct ackers *ackers = state;
  struct acker *acker = &ackers->list[batch->slot];

  ackers->counts.given_up += batch->count;
  if (acker->resigned)
    return;
  acker->resigned = true;
  if (ackers->impatient)
    say("%s: acknowledgements are dropped, as you do not want to wait", acker->stream);
  else
    say("%s: %zu ids are given up, and stay pending, after %" PRIu32 " tries: %s", acker->stream,
        batch->count, batch->attempt, acker->line.reason);
}

void ackers_disconnect(struct ackers *ackers)
{
  for (uint32_t i = 0; i < ackers->count; i++)
    line_close(&ackers->list[i].line);
}

int ackers_open(struct ackers *ackers, const struct args *args, uv_loop_t *loop)
{
  const size_t words = WORDS_BEFORE_IDS + (size_t)args->batch;

  *ackers = (struct ackers){.args = args, .count = args->stream_count};
  ackers->list = calloc(args->stream_count, sizeof *ackers->list);
  ackers->words = calloc(words, sizeof *ackers->words);
  ackers->lengths = calloc(words, sizeof *ackers->lengths);
  ackers->texts = calloc(args->batch, ENTRY_ID_TEXT);
  if (ackers->list == NULL || ackers->words == NULL || ackers->lengths == NULL ||
      ackers->texts == NULL)
    goto close;
  for (uint32_t i = 0; i < args->stream_count; i++) {
    struct acker *acker = &ackers->list[i];
    acker->all = ackers;
    acker->stream = args->streams[i];
    line_open(&acker->line, args, loop, on_made, acker);
    acker->waiting = calloc(args->in_flight, sizeof(mpcc_batch_t *));
    if (acker->waiting == NULL)
      goto close;
  }
  return 0;

close:
  ackers_close(ackers);
  return -1;
}

void ackers_add_up(struct ackers *ackers)
{
  for (uint32_t i = 0; i < ackers->count; i++) {
    const struct line_counts *counts = &ackers->list[i].line.counts;
    ackers->counts.broken += counts->broken;
    ackers->counts.cut += counts->cut;
    ackers->counts.unmade += counts->unmade;
  }
}

void ackers_close(struct ackers *ackers)
{
  for (uint32_t i = 0; ackers->list != NULL && i < ackers->count; i++)
    free(ackers->list[i].waiting);
  free(ackers->list);
  free(ackers->words);
  free(ackers->lengths);
  free(ackers->texts);
  ackers->list = NULL;
}
