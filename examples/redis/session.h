/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A blocking connection, of one thread: a command, its answer.
 */
#ifndef REDIS_STREAM_SESSION_H
#define REDIS_STREAM_SESSION_H

#include <hiredis/hiredis.h>

#include "args.h"

enum { REASON_SIZE = 256 };

struct session {
  const struct args *args;
  redisContext *redis;      /* NULL: not open */
  uint32_t patience_ms;     /* for one answer */
  char reason[REASON_SIZE]; /* why the last call failed */
};

/* A command's words, each with its length; there is room for ${room} of them. */
struct command {
  const char **words;
  size_t *lengths;
  int count, room;
};

/* Connect and log in. An answer may take ${wait_ms} longer than args->timeout_ms: what a command
 * that blocks is told to wait. Returns 0, or -1 with a reason. */
int session_open(struct session *session, const struct args *args, uint32_t wait_ms);

/* Returns the answer, which is yours to free; or NULL with a reason, which is an error's text if
 * the server answered so. */
redisReply *session_ask(struct session *session, const struct command *command);

/* The same for a command that was given before, to session->redis. */
redisReply *session_take(struct session *session);

/* The same, for a few words. The last argument is NULL. */
redisReply *session_call(struct session *session, const char *word, ...);

/* Make the group of a stream, from its first entry on, unless it is there. Returns 0 or -1. */
int session_make_group(struct session *session, const char *stream);

/* How many entries of a stream are delivered to the group and not acknowledged. Returns 0 or -1. */
int session_pending(struct session *session, const char *stream, uint64_t *count);

void session_close(struct session *session);

/* Why the call that is under way fails. */
void session_note(struct session *session, const char *reason);

/* Returns 0, or -1: memory was refused. */
int command_open(struct command *command, int room);
void command_add(struct command *command, const char *word);
void command_close(struct command *command);

#endif
