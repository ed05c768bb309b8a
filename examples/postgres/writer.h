/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The pump. Each slot has a writer: a connection, and at most one batch that is on it.
 *
 * A batch that comes while there is no connection opens one, and waits for it in the pump's hands.
 * If there is none to be had, or it breaks, the batch has failed, and libmpcc tries it again after
 * a while that doubles: that is also how the next connection is tried. There is no other timer.
 * Everything runs on the loop's thread.
 */
#ifndef POSTGRES_WRITER_H
#define POSTGRES_WRITER_H

#include <mpcc.h>
#include <stdbool.h>
#include <stdint.h>

#include "args.h"
#include "link.h"
#include "rejects.h"
#include "store.h"

struct writers;

struct writer {
  struct writers *all;
  struct link link;
  struct store store;
  mpcc_batch_t *batch; /* that the pump has answered with MPCC_PENDING */
  bool sent;           /* and that the server may have committed */
  bool down;           /* the user was told that there is no connection, */
  uint32_t failures;   /* and so often it has failed since */
  bool given_up;
  char why[WHY_SIZE];  /* of the last failure */
};

struct writers {
  const struct args *args;
  mpcc_t *mpcc;
  struct rejects *rejects;
  void (*on_give_up)(void *arg); /* rows of a connection will not be stored any more */
  void *arg;
  bool interrupted;              /* the user does not want to wait any more */
  struct writer *list;
  uint32_t count;
  uint64_t stored, already; /* rows; those that were there before */
  uint64_t refused;         /* by the database, and in the file of rejects */
  uint64_t unstored;        /* dropped after the last try, or with a connection given up */
  uint64_t discarded;       /* dropped because the user did not want to wait */
  uint64_t unclear;         /* of these: perhaps stored, since an answer never came */
  uint64_t lost;            /* not even in the file of rejects */
  uint64_t breaks;          /* connections that broke, or could not be made */
};

/* Returns 0, or -1 after a message. writers->args and what follows it up to arg are set. */
int writers_open(struct writers *writers, uv_loop_t *loop);
/* The loop must run once more, for libuv to free what it has. */
void writers_disconnect(struct writers *writers);
void writers_close(struct writers *writers);

/* For libmpcc; state is the writers. */
int writers_pump(mpcc_batch_t *batch, void *state);
void writers_on_cancel(mpcc_batch_t *batch, void *state);
void writers_on_drop(const mpcc_batch_t *batch, int reason, void *state);

#endif
