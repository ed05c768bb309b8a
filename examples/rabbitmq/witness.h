/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What one sees who reads the wire between consumers and broker, and their journal: which message
 * each delivery tag stands for, and whether a message that is acknowledged was processed by then.
 */
#ifndef RABBITMQ_WITNESS_H
#define RABBITMQ_WITNESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frames.h"

enum { WITNESS_CHANNELS = 16 };

struct witness {
  pthread_mutex_t lock;
  uint64_t cut_every; /* acknowledged messages from one cut to the next; 0: no cuts */

  /* lock guards: */
  int journal;
  size_t line; /* the number of the line that is being read, as far as it is there */
  unsigned char *processed; /* by number */
  size_t processed_room;
  uint64_t delivered, acknowledged, rejected;
  uint64_t runs, singles; /* frames with and without "multiple" */
  uint64_t early;         /* acknowledged, and not in the journal by then */
  uint64_t foreign;       /* tags that were not outstanding on the channel they came over */
  uint64_t refusals;      /* channels that the broker closed */
  uint64_t connections, cuts, broken;
  uint64_t next_cut;
};

struct witness_tag {
  uint64_t tag;
  uint64_t number; /* of the message; UINT64_MAX: it is no number, or not yet known */
};

struct witness_channel {
  struct witness_tag *tags; /* outstanding, in the order of delivery */
  size_t count, room;
  uint64_t body_left; /* bytes of the last delivery's body that have not come */
  char body[24];      /* its beginning */
  size_t body_had;
};

/* A connection that is watched. Each direction is fed by one thread. */
struct witness_connection {
  struct witness *witness;
  struct frames from_client, from_broker;

  /* witness->lock guards: */
  struct witness_channel channels[WITNESS_CHANNELS];
  bool cut;
};

/* Returns 0, or -1 after a message. */
int witness_open(struct witness *witness, const char *journal, uint64_t cut_every);

void witness_connect(struct witness *witness, struct witness_connection *connection);
void witness_disconnect(struct witness_connection *connection);

/*
 * Bytes that go from one to the other, before they are passed on. Returns false if the connection
 * is to be cut here, and these bytes are lost.
 */
bool witness_see(struct witness_connection *connection, bool from_client, const uint8_t *bytes,
                 size_t count);

/* Print what was seen. Returns 0 if nothing was early, foreign, refused or unreadable, else -1. */
int witness_report(struct witness *witness);

#endif
