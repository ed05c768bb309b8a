/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A receiver's channel: its own connection with one channel that consumes one queue. It belongs to
 * one thread; librabbitmq allows nothing else. Knows nothing of libmpcc.
 */
#ifndef RABBITMQ_CHANNEL_H
#define RABBITMQ_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "broker.h"

struct channel {
  amqp_connection_state_t connection; /* NULL: closed */
  bool refused;                       /* the broker closed it because of what was sent */
  char error[BROKER_ERROR_SIZE];      /* why the last call failed */
};

struct channel_message {
  uint64_t tag; /* the broker's name for this delivery: counts from 1 on every new channel */
  bool redelivered;
  const void *body; /* valid until channel_release() */
  size_t length;
  amqp_envelope_t envelope;
};

/* Connect, declare the durable queue ${queue}, consume it. Returns 0 or -1. */
int channel_open(struct channel *channel, const struct broker *broker, const char *queue,
                 uint16_t prefetch);

/* Close it, politely if the connection still works; see broker_close(). */
int channel_close(struct channel *channel, bool politely);

/* To wait for: readable means that channel_receive() may have something. */
int channel_fd(const struct channel *channel);

/*
 * The next message that has arrived, if one has: never waits for one to begin. Also sends and
 * expects heartbeats, so it must be called now and then. Returns 1, 0, or -1 when it is broken.
 */
int channel_receive(struct channel *channel, struct channel_message *message);
void channel_release(struct channel_message *message);

/* Acknowledge ${tag}, or, with ${multiple}, everything up to it. Nothing answers. 0 or -1. */
int channel_ack(struct channel *channel, uint64_t tag, bool multiple);

/* Say that this message can't be processed: it goes to the dead letters, if the queue has any. */
int channel_reject(struct channel *channel, uint64_t tag);

/* No more messages, please. What was delivered can still be acknowledged. Returns 0 or -1. */
int channel_cancel(struct channel *channel);

#endif
