/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

static struct timeval as_timeval(uint32_t ms)
{
  return (struct timeval){.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};
}

void session_note(struct session *session, const char *reason)
{
  snprintf(session->reason, sizeof session->reason, "%s", reason);
}

/* Right after the call that failed: hiredis leaves a time-out in errno. */
static void explain(struct session *session)
{
  const redisContext *redis = session->redis;

  if (redis->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK))
    snprintf(session->reason, sizeof session->reason, "no answer for %" PRIu32 " ms",
             session->patience_ms);
  else
    session_note(session, redis->errstr);
}

static int log_in(struct session *session)
{
  const struct args *args = session->args;
  redisReply *reply;

  if (args->password == NULL)
    return 0;
  if (args->user != NULL)
    reply = session_call(session, "AUTH", args->user, args->password, NULL);
  else
    reply = session_call(session, "AUTH", args->password, NULL);
  if (reply == NULL)
    return -1;
  freeReplyObject(reply);
  return 0;
}

int session_open(struct session *session, const struct args *args, uint32_t wait_ms)
{
  *session = (struct session){.args = args};
  session->patience_ms = args->timeout_ms + wait_ms;
  session->redis = redisConnectWithTimeout(args->host, (int)args->port,
                                           as_timeval(args->timeout_ms));
  if (session->redis == NULL) {
    session_note(session, "out of memory");
    return -1;
  }
  if (session->redis->err != 0) {
    session_note(session, session->redis->errstr);
    goto close;
  }
  if (redisSetTimeout(session->redis, as_timeval(session->patience_ms)) != REDIS_OK) {
    session_note(session, session->redis->errstr);
    goto close;
  }
  if (log_in(session) == 0)
    return 0;

close:
  session_close(session);
  return -1;
}

void session_close(struct session *session)
{
  if (session->redis != NULL)
    redisFree(session->redis);
  session->redis = NULL;
}

static redisReply *check(struct session *session, redisReply *reply)
{
  if (reply == NULL) {
    explain(session);
    return NULL;
  }
  if (reply->type == REDIS_REPLY_ERROR) {
    session_note(session, reply->str);
    freeReplyObject(reply);
    return NULL;
  }
  return reply;
}

redisReply *session_ask(struct session *session, const struct command *command)
{
  return check(session, redisCommandArgv(session->redis, command->count, command->words,
                                         command->lengths));
}

redisReply *session_take(struct session *session)
{
  void *answer = NULL;

  redisGetReply(session->redis, &answer);
  return check(session, answer);
}

redisReply *session_call(struct session *session, const char *word, ...)
{
  const char *words[8];
  size_t lengths[8];
  struct command command = {words, lengths, 0, 8};
  va_list list;

  va_start(list, word);
  for (; word != NULL && command.count < command.room; word = va_arg(list, const char *))
    command_add(&command, word);
  va_end(list);
  return session_ask(session, &command);
}

int session_make_group(struct session *session, const char *stream)
{
  redisReply *reply = session_call(session, "XGROUP", "CREATE", stream, session->args->group, "0",
                                   "MKSTREAM", NULL);

  if (reply == NULL)
    return strncmp(session->reason, "BUSYGROUP", 9) == 0 ? 0 : -1;
  freeReplyObject(reply);
  return 0;
}

int session_pending(struct session *session, const char *stream, uint64_t *count)
{
  redisReply *reply = session_call(session, "XPENDING", stream, session->args->group, NULL);
  int err = -1;

  if (reply == NULL)
    return -1;
  if (reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 &&
      reply->element[0]->type == REDIS_REPLY_INTEGER) {
    *count = (uint64_t)reply->element[0]->integer;
    err = 0;
  } else {
    session_note(session, "XPENDING has answered something unknown");
  }
  freeReplyObject(reply);
  return err;
}

int command_open(struct command *command, int room)
{
  command->words = calloc((size_t)room, sizeof *command->words);
  command->lengths = calloc((size_t)room, sizeof *command->lengths);
  command->count = 0;
  command->room = room;
  if (command->words != NULL && command->lengths != NULL)
    return 0;
  command_close(command);
  return -1;
}

/* The word is not copied. */
void command_add(struct command *command, const char *word)
{
  command->words[command->count] = word;
  command->lengths[command->count] = strlen(word);
  command->count++;
}

void command_close(struct command *command)
{
  free(command->words);
  free(command->lengths);
  command->words = NULL;
  command->lengths = NULL;
}
