/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A connection and a thread that stores rows by hand: without libmpcc, one row a transaction. It
 * waits for answers only when so many are on their way.
 */
#ifndef POSTGRES_HAND_H
#define POSTGRES_HAND_H

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "args.h"

struct hand {
  const struct args *args;
  uint32_t number;
  uint32_t in_flight; /* answers to wait for, at most */
  PGconn *conn;
  pthread_t thread;
  uint64_t until_ns;         /* it stops then, */
  const atomic_bool *enough; /* or once this is set */

  /* The thread's until it is joined: */
  uint64_t stored;
  bool failed; /* said why */
};

/* Connect and prepare, in pipeline mode if more than one may be on its way. ${number} says which
 * keys are its own. Returns 0, or -1 after a message. */
int hand_open(struct hand *hand, const struct args *args, const char *table, uint32_t number,
              uint32_t in_flight);
void hand_close(struct hand *hand);

/* Returns 0, or -1 after a message. */
int hand_start(struct hand *hand, uint64_t until_ns, const atomic_bool *enough);

/* Returns 0 if all that it sent was stored, else -1, after a message. */
int hand_join(struct hand *hand);

uint64_t hand_clock_ns(void);

#endif
