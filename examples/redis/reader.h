/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A group's entries, as a worker's connection gets them: new ones, those that were delivered to
 * this consumer and got lost on the way, and those that other consumers have left pending.
 */
#ifndef REDIS_STREAM_READER_H
#define REDIS_STREAM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "args.h"
#include "entry_id.h"
#include "session.h"

struct entry {
  uint32_t slot;      /* which stream */
  struct entry_id id;
  const char *text;   /* the id as text */
  const char *value;  /* the first field's; "" if there is none */
  size_t length;      /* of the value, which may be anything */
  bool deleted;       /* gone, and only its id is still pending: there is nothing to process */
};

struct reader {
  struct session session;
  const struct args *args;
  const char *consumer;
  uint32_t wait_ms;       /* for a new entry, in one call */
  struct command command;
  char (*after)[ENTRY_ID_TEXT]; /* of each stream: where reader_lost() goes on */
  struct entry *entries;  /* what the last call has got; good until the next one */
  size_t count;
  size_t room;
  redisReply *reply;      /* which the entries point into */
};

/* Returns 0, or -1: memory was refused. */
int reader_open(struct reader *reader, const struct args *args, const char *consumer,
                uint32_t wait_ms);

/* Connect, log in, make the groups that are missing. Returns 0, or -1: reader->session.reason. */
int reader_connect(struct reader *reader);
void reader_disconnect(struct reader *reader);

/* Each of these returns 0, with entries or without, or -1: the connection is of no use any more,
 * and reader->session.reason says why. */

/* Wait for new entries. */
int reader_new(struct reader *reader);

/* What this consumer has pending, from the first, in pieces: without entries it is through. After
 * reader_connect() it begins again. */
int reader_lost(struct reader *reader);

/* Take over what has been pending for args->reclaim_ms, whoever it was delivered to, of one stream,
 * in pieces: ${cursor} is where to go on, "0-0" to begin and again when it is through. */
int reader_abandoned(struct reader *reader, uint32_t slot, char cursor[ENTRY_ID_TEXT]);

void reader_close(struct reader *reader);

#endif
