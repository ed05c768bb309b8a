/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The pump: a batch of ids becomes one XACK, and is done when its answer comes.
 *
 * Everything here runs on one thread, the loop's. A slot is a stream, with a connection of its own;
 * on it up to options.max_concurrency commands are on their way at once. What may happen to one:
 *
 *   answered: so many were pending    done with 0. Fewer than were sent: the others had been
 *                                     acknowledged before, by a try whose answer was lost
 *   answered: an error                done with an error, and tried again by the library
 *   the connection ends, or cannot    hiredis calls back without an answer: the same. XACK may be
 *   be made                           repeated, so nobody need know whether the server heard it
 *   no answer for pump_timeout_ms     on_cancel cuts the connection, which makes it the case above
 *   the instance is discarded         the same, but it is not tried again
 *
 * A connection is made when a batch needs one, so the library's delays between tries are also
 * those between attempts to connect: there is no timer here.
 */
#ifndef REDIS_STREAM_ACKER_H
#define REDIS_STREAM_ACKER_H

#include <mpcc.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "args.h"

struct acker;

/* Sums over all streams; read them when the loop does not run. */
struct ack_counts {
  uint64_t acknowledged; /* ids, as the server counted them */
  uint64_t repeated;     /* ids that it no longer had pending */
  uint64_t given_up;     /* ids shown to on_drop */
  uint64_t commands;     /* XACKs given to a connection */
  uint64_t refused;      /* XACKs answered with an error */
  uint64_t unanswered;   /* XACKs on connections that ended, or were not made */
  uint64_t broken;       /* connections that ended by themselves */
  uint64_t cut;          /* connections given up, since an answer did not come or was no good */
  uint64_t unmade;       /* connections that could not be made */
  uint64_t last_ns;      /* when the last answer came, by uv_hrtime() */
};

struct ackers {
  const struct args *args;
  struct acker *list; /* one for each slot */
  uint32_t count;
  struct ack_counts counts;
  bool impatient; /* set before a discard, for what is said of it */

  /* Where a command is put together; hiredis copies it. */
  const char **words;
  size_t *lengths;
  char *texts;
};

/* Returns 0, or -1: memory was refused. */
int ackers_open(struct ackers *ackers, const struct args *args, uv_loop_t *loop);

/* For mpcc_start() and the options; the state is the struct ackers. */
int ackers_pump(mpcc_batch_t *batch, void *state);
void ackers_on_cancel(mpcc_batch_t *batch, void *state);
void ackers_on_drop(const mpcc_batch_t *batch, int reason, void *state);

/* Once the instance has stopped: close the connections. The loop runs on until that is done. */
void ackers_disconnect(struct ackers *ackers);

/* After the loop has ended: complete the counts. */
void ackers_add_up(struct ackers *ackers);

void ackers_close(struct ackers *ackers);

#endif
