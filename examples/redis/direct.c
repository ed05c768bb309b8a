/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* <uv.h> needs it under -std=c11 */
#include "direct.h"

#include <stdlib.h>
#include <uv.h>

enum { WORDS_BEFORE_IDS = 3 };

/* Puts one command into the connection's buffer. Returns 0 or -1. */
static int append(struct session *session, struct command *command, char (*texts)[ENTRY_ID_TEXT],
                  const char *stream, const struct entry_id *ids, size_t count)
{
  command->count = 0;
  command_add(command, "XACK");
  command_add(command, stream);
  command_add(command, session->args->group);
  for (size_t i = 0; i < count; i++) {
    entry_id_format(texts[i], &ids[i]);
    command_add(command, texts[i]);
  }
  if (redisAppendCommandArgv(session->redis, command->count, command->words, command->lengths) ==
      REDIS_OK)
    return 0;
  session_note(session, "out of memory");
  return -1;
}

/* Returns how many ids were acknowledged by it, or -1. */
static long long take_answer(struct session *session)
{
  redisReply *reply = session_take(session);
  long long acknowledged = -1;

  if (reply == NULL)
    return -1;
  if (reply->type == REDIS_REPLY_INTEGER)
    acknowledged = reply->integer;
  else
    session_note(session, "XACK has answered something unknown");
  freeReplyObject(reply);
  return acknowledged;
}

static int ack_all(struct session *session, struct command *command, char (*texts)[ENTRY_ID_TEXT],
                   const char *stream, const struct entry_id *ids, size_t count,
                   struct direct_counts *counts)
{
  const struct args *args = session->args;
  size_t at = 0;

  while (at < count) {
    uint32_t sent = 0;
    for (; sent < args->direct_in_flight && at < count; sent++) {
      const size_t some = count - at < args->direct_ids ? count - at : args->direct_ids;
      if (append(session, command, texts, stream, ids + at, some) != 0)
        return -1;
      at += some;
    }
    counts->commands += sent;
    for (; sent > 0; sent--) {
      const long long acknowledged = take_answer(session);
      if (acknowledged < 0)
        return -1;
      counts->acknowledged += (uint64_t)acknowledged;
    }
  }
  counts->last_ns = uv_hrtime();
  return 0;
}

int direct_ack(struct session *session, const char *stream, const struct entry_id *ids,
               size_t count, struct direct_counts *counts)
{
  char (*texts)[ENTRY_ID_TEXT] = calloc(session->args->direct_ids, sizeof *texts);
  struct command command;
  int err = -1;

  if (command_open(&command, WORDS_BEFORE_IDS + (int)session->args->direct_ids) == 0 &&
      texts != NULL)
    err = ack_all(session, &command, texts, stream, ids, count, counts);
  else
    session_note(session, "out of memory");
  command_close(&command);
  free(texts);
  return err;
}
