/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Where the broker is, getting in, and what it says when it does not let one. A connection of
 * librabbitmq and everything on it belong to one thread at a time.
 */
#ifndef RABBITMQ_BROKER_H
#define RABBITMQ_BROKER_H

#include <amqp.h>
#include <stdbool.h>

enum { BROKER_CHANNEL = 1, BROKER_ERROR_SIZE = 512 };

/* What can go wrong: anything; or the broker closed the channel, because of what was sent there. */
enum { BROKER_BROKEN = -1, BROKER_REFUSED = -2 };

struct broker {
  char *memory; /* the URL, which the others point into */
  const char *host, *user, *password, *vhost;
  int port;
  int heartbeat_s;
};

/* Returns 0, or -1 after a message. */
int broker_parse(struct broker *broker, const char *url);
void broker_free(struct broker *broker);

/*
 * Connect, log in and open BROKER_CHANNEL. Each step has a time limit. Returns the connection, or
 * NULL with the reason, a sentence, in ${error} of BROKER_ERROR_SIZE bytes.
 */
amqp_connection_state_t broker_connect(const struct broker *broker, char *error);

/*
 * Close it: politely, with an answer from the broker, if ${politely}. Returns 0 if that answer was
 * as it should be: then the broker has taken everything that was sent before. Else as
 * broker_check().
 */
int broker_close(amqp_connection_state_t connection, bool politely, char *error);

/* Returns 0 if ${reply} is what was asked for, or BROKER_... with what went wrong in ${error}. */
int broker_check(amqp_rpc_reply_t reply, const char *doing, char *error);

/* The method by which the broker closes a channel or a connection. Returns BROKER_..., and why. */
int broker_explain(const amqp_method_t *method, const char *doing, char *error);

#endif
