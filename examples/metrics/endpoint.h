/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What the endpoint (metrics.c) and its connections (connection.c) share. All of it belongs to the
 * loop's thread, but ${sources} and ${fresh} while ${collecting}: then they are the pool thread's.
 *
 * A connection:
 *
 *     FREE --accept--> READING --request--> WAITING --collected--> WRITING --> READING or LINGERING
 *                         |                                                         |
 *                         '--- refused, or too late: WRITING, without WAITING ------'
 *
 * LINGERING: all is written and our side shut down; it ends when the peer closes. A close with
 * unread bytes would take the answer from the peer's hands. From anywhere but FREE a connection may
 * go to CLOSING, and then FREE.
 */
#ifndef METRICS_ENDPOINT_H
#define METRICS_ENDPOINT_H

#include <uv.h>

#include "exposition.h"
#include "metrics.h"
#include "request.h"

enum { CONNECTIONS = 32, REQUEST_ROOM = 4096, HEAD_ROOM = 512 };

enum metrics_connection_state { FREE, READING, WAITING, WRITING, LINGERING, CLOSING };

/* A collection's text, for all that are answered with it. */
struct metrics_page {
  struct metrics_text text;
  unsigned users;
};

struct metrics_connection {
  struct mpcc_metrics *metrics;
  enum metrics_connection_state state;
  uv_tcp_t tcp;
  uv_timer_t timer;
  unsigned open_handles;
  uv_write_t write;
  uv_shutdown_t shutdown;
  struct metrics_request request;
  struct metrics_page *page; /* what is being written, or NULL */
  uint64_t asked;            /* collections that had begun when it asked */
  uint64_t idle_since;       /* in READING, when nothing has come: what the loop counted then */
  char head[HEAD_ROOM];
  char in[REQUEST_ROOM];
  size_t in_length, in_seen;
};

struct mpcc_metrics {
  uv_loop_t *loop;
  uv_tcp_t listener;
  bool listening;        /* the listener's handle is open */
  bool closing;
  bool accept_held;      /* somebody waits for a free connection */
  struct metrics_source *sources;
  size_t source_count;
  uv_work_t work;
  bool collecting;
  uint64_t begun;        /* collections */
  struct metrics_page *fresh; /* of the one under way; NULL: there was no memory for it */
  uint64_t answers;
  mpcc_metrics_closed_cb closed;
  void *closed_arg;
  struct metrics_connection connections[CONNECTIONS];
};

/* -- connection.c ---------------------------------------------------------------------------- */

/* A free place gets the connection that waits on the listener. */
void metrics_connection_accept(struct metrics_connection *connection);

/* A request was for the numbers: here they are, or NULL if there was no memory. */
void metrics_connection_answer(struct metrics_connection *connection, struct metrics_page *page);

void metrics_connection_close(struct metrics_connection *connection);

/* Whether it may be closed for another's sake: it has been answered, and asks for nothing. */
bool metrics_connection_is_idle(const struct metrics_connection *connection);

/* -- metrics.c ------------------------------------------------------------------------------- */

/* The connection is WAITING for numbers that are read from now on. */
void metrics_want(struct metrics_connection *connection);

/* A connection is FREE, or idle: who waits for one may have its place. */
void metrics_make_room(struct mpcc_metrics *metrics);

#endif
