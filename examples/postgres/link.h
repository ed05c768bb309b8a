/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One connection to PostgreSQL on a libuv loop: it is opened without blocking, finds or makes the
 * table, prepares the statement, and is then in libpq's pipeline mode.
 *
 *   CLOSED --open--> CONNECTING --> SETTING --> PREPARING ----------> READY
 *      ^                                          |   ^                 |
 *      |                                          v   |                 |
 *      '---- whatever fails, and link_close() ---- CREATING ------------'
 *
 * Everything runs on the loop's thread. libpq looks names up with the system's resolver, which
 * blocks; an address in place of a name does not.
 */
#ifndef POSTGRES_LINK_H
#define POSTGRES_LINK_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

enum { WHY_SIZE = 512 };
enum link_state {
  LINK_CLOSED,
  LINK_CONNECTING,
  LINK_SETTING,
  LINK_PREPARING,
  LINK_CREATING,
  LINK_READY
};

struct link;

/* Any of them may close the link. */
struct link_calls {
  void (*ready)(struct link *link);
  void (*input)(struct link *link); /* results may have come */
  void (*lost)(struct link *link);  /* it is CLOSED, link->why says why */
};

struct link {
  uv_loop_t *loop;
  const struct link_calls *calls;
  void *owner;           /* of the calls; the link does not look at it */
  const char *connect;   /* what the user says about where */
  const char *table;
  uint32_t lock_wait_ms; /* for a row that somebody else has locked */

  enum link_state state;
  PGconn *conn;
  uv_poll_t *poll;  /* of its socket; freed when libuv has closed it */
  int watched;      /* what poll waits for; 0: it is stopped */
  bool created;     /* the table, on this connection */
  bool refused;     /* the step under way has failed: why says how */
  bool no_table;    /* that was because there is no table */
  bool last_words;  /* why is what the server said when it ended the connection */
  char why[WHY_SIZE];
  uint64_t tried;   /* times that it was opened, */
  uint64_t opened;  /* and became READY */
};

/* Begin to connect: ready() or lost() follows. Returns 0, or -1 with a link->why: it is CLOSED. */
int link_open(struct link *link);

/* Give the connection up, with what is under way on it. Without effect if it is CLOSED. */
void link_close(struct link *link);

/* Send what libpq holds, as far as the socket takes it, the rest when it takes more. Returns 0, or
 * -1 with a link->why. */
int link_flush(struct link *link);

#endif
