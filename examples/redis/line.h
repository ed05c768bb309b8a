/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * An asynchronous connection on a loop, made when it is first needed, and again when it was lost.
 * Everything here runs on the loop's thread.
 *
 * Each making looks the host's name up, without blocking the loop, and takes one of its addresses,
 * after a failure the next one. The password is the connection's first command: what follows need
 * not wait for its answer.
 */
#ifndef REDIS_STREAM_LINE_H
#define REDIS_STREAM_LINE_H

#include <hiredis/async.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "args.h"

enum { LINE_REASON = 256 };

struct line_counts {
  uint64_t broken; /* connections that ended by themselves */
  uint64_t cut;    /* that were given up */
  uint64_t unmade; /* that could not be made */
};

/* The making that line_make() began has ended: commands may be given to ${line->redis}, or not. */
typedef void (*line_made_cb)(void *owner, bool made);

struct line {
  const struct args *args;
  uv_loop_t *loop;
  redisAsyncContext *redis; /* NULL: none; its data is the line. It may still be connecting */
  line_made_cb on_made;
  void *owner;
  uv_getaddrinfo_t lookup;
  bool looking_up, connected, closing;
  uint32_t turn;            /* which of a name's addresses is next */
  char reason[LINE_REASON]; /* why there is none, or why the last one ended */
  struct line_counts counts;
};

void line_open(struct line *line, const struct args *args, uv_loop_t *loop, line_made_cb on_made,
               void *owner);

/* There is no connection: make one. on_made is called once for each making, maybe before this
 * returns; a call while one is under way adds nothing. */
void line_make(struct line *line);

/* End the connection now, if there is one. Commands on it are called back without an answer before
 * this returns or, in a callback of its own, right after that. */
void line_cut(struct line *line, const char *reason);

/* In the callback of a command that got no answer: keep the connection's reason, if it had one. */
void line_note(struct line *line, const redisAsyncContext *redis);

/* No command is on its way. The loop runs on until all of it is closed. */
void line_close(struct line *line);

#endif
