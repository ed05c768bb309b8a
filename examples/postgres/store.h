/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One batch on one connection in libpq's pipeline mode: every row that the database takes is
 * committed, and which ones it refuses is found out.
 *
 * All statements are sent at once, then a sync, which commits; nothing is waited for in between.
 * One statement that fails undoes its whole transaction, and the server skips the rest of it. So
 * in a second round everything but the row that failed is sent again, as two transactions, then
 * as four, eight ... as long as there are rows without a fate. Each failing transaction tells one
 * row; one that fails in its commit tells none, but becomes smaller until it is a single row.
 * A batch without mistakes is one round trip, and no batch takes more than log2(rows) + 2.
 */
#ifndef POSTGRES_STORE_H
#define POSTGRES_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "row.h"

enum {
  REASON_SIZE = 200,
  STORE_LATER_MAX = 8 /* rows for later in one try: more, and it is the table that is locked */
};

/* A row that was not stored. */
struct refusal {
  size_t index;
  bool later; /* nothing is wrong with it: it is locked, or lost against another transaction */
  char state[6]; /* SQLSTATE */
  char reason[REASON_SIZE];
};

struct store {
  PGconn *conn;
  const struct row *rows;
  size_t count;
  unsigned char *fates; /* of each row */
  size_t room;          /* of fates and refusals */
  struct refusal *refusals;
  size_t refusal_count, later_count;
  size_t stored, already; /* rows; those of the stored ones that were there before */

  size_t waiting;  /* rows without a fate */
  size_t runs;     /* transactions in the next round */
  size_t run_size; /* rows in one */
  size_t ends;     /* transactions of this round whose end has not come */
  size_t unread;   /* rows of this round that belong to transactions after the current one */
  size_t first;    /* where the current one's rows begin */
  size_t next;     /* where its next row without an answer is looked for */
  size_t left;     /* answers to come before its end */
  size_t length;   /* its rows */
  size_t noted;    /* of stored and already: what its commit will add to already */
  bool failed;
  struct refusal failure; /* of a commit: index means nothing */
  char why[REASON_SIZE];  /* of STORE_LOST */
};

enum store_state {
  STORE_WAITS, /* for more answers */
  STORE_SENDS, /* another round: libpq holds it, and wants to be flushed */
  STORE_DONE,
  STORE_LOST   /* an error that is no row's: the connection is of no use */
};

/* For batches of up to ${room} rows. Returns 0, or -1: out of memory. */
int store_open(struct store *store, size_t room);
void store_close(struct store *store);

/* The first round. ${rows} are used until the last. Returns STORE_SENDS or STORE_LOST. */
enum store_state store_begin(struct store *store, PGconn *conn, const struct row *rows,
                             size_t count);

/* Take what answers have come. */
enum store_state store_take(struct store *store);

#endif
