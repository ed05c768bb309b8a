/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A receiver: one thread, one connection, one channel, one slot. The thread is the only one that
 * touches the connection: it receives, and it acknowledges what the pump puts into its inbox.
 *
 * Tags live as long as their channel and count from 1 on the next one. So when a channel dies, its
 * tags have to be gone before the next one opens:
 *
 *   1. the generation goes up under the gate: handlers push no tag of the old channel any more;
 *   2. mpcc_discard() of the slot: the tags that wait there are dropped;
 *   3. mpcc_flush_wait(): the batch that was on its way has come back, too;
 *   4. messages that no handler has begun are forgotten. The broker sends all of them again.
 */
#ifndef RABBITMQ_RECEIVER_H
#define RABBITMQ_RECEIVER_H

#include <mpcc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "service.h"
#include "tags.h"
#include "work.h"

/* The item of libmpcc: a message that is done with. */
struct processed {
  uint64_t tag;
  uint64_t bad; /* 1: can't be processed, so it is rejected and not acknowledged */
};

/* The receiver's thread counts; others may read when it has ended. */
struct receiver_counts {
  uint64_t received, redelivered;
  uint64_t handled; /* by the receiver itself, with --direct */
  uint64_t acked, multiples, singles, rejected;
  uint64_t channels, breaks, refusals, failures;
  uint64_t first_ns, last_ns; /* when the first message came, when the last tag was sent */
};

struct receiver {
  struct service *service;
  uint32_t slot;
  pthread_t thread;
  struct channel channel;
  bool up;        /* channel is open */
  bool cancelled; /* and sends no more messages */
  struct tags tags;
  uint64_t *batch; /* tags of the batch in hand */
  uint32_t direct_count; /* with --direct: tags handled and not yet acknowledged, */
  uint64_t direct_last;  /* and the last of them */

  pthread_rwlock_t gate; /* handlers hold it to read, in receiver_processed() */
  uint32_t generation;   /* gate: which channel it is; written by the receiver's thread only */

  _Atomic(mpcc_batch_t *) inbox; /* at most one: the slot's max_concurrency is 1 */
  int wake[2];                   /* a pipe: look into the inbox, or at the service's phase */

  uint32_t failures_in_a_row; /* to connect, or channels that were of no use; see link.c */
  uint64_t opened_ms;         /* when this channel opened, */
  uint64_t acked_before;      /* and counts.acked then */
  uint64_t next_try_ms;
  uint64_t chance;
  struct receiver_counts counts;
  char last_error[BROKER_ERROR_SIZE];
};

/* Returns 0 or an errno. */
int receiver_open(struct receiver *receiver, struct service *service, uint32_t slot);
int receiver_start(struct receiver *receiver);
void receiver_close(struct receiver *receiver);

/* Any thread: have it look. */
void receiver_wake(struct receiver *receiver);

/* What the service is at. */
int receiver_phase(const struct receiver *receiver);

/* -- acks.c ------------------------------------------------------------------------------- */

/* The pump: acknowledge this batch, and answer it. */
void receiver_give(struct receiver *receiver, mpcc_batch_t *batch);

/* The receiver's thread: do so. Returns 0, or -1 when the channel turned out to be dead. */
int receiver_serve_inbox(struct receiver *receiver);

/* The receiver's thread: this one can't be processed. Returns 0 or -1. */
int receiver_reject(struct receiver *receiver, uint64_t tag);

enum { RECEIVER_LATE = 1 };

/*
 * A handler: ${message} is processed. Returns 0 if its tag was pushed, RECEIVER_LATE if its channel
 * is gone, so that it will come again, or what mpcc_push() said.
 */
int receiver_processed(struct receiver *receiver, const struct message *message, bool bad);

/* -- direct.c: on the receiver's thread, with --direct --------------------------------------- */

/* Handle the message with this ${tag}, and acknowledge it if it is time. Returns 0 or -1. */
int receiver_direct(struct receiver *receiver, uint64_t tag, const void *body, size_t length);

/* Acknowledge what was handled and is not acknowledged. Returns 0 or -1. */
int receiver_direct_flush(struct receiver *receiver);

/* -- link.c: on the receiver's thread ------------------------------------------------------- */

/* One try; when it fails another is planned. */
void receiver_connect(struct receiver *receiver);

/* The channel is dead: forget all about it, and plan another. */
void receiver_break_off(struct receiver *receiver);

#endif
