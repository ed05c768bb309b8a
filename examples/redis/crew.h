/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What the workers share: when to stop, whether the server is there, who is the last to leave.
 */
#ifndef REDIS_STREAM_CREW_H
#define REDIS_STREAM_CREW_H

#include <mpcc.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "args.h"
#include "journal.h"

struct crew {
  const struct args *args;
  mpcc_t *mpcc;
  const struct journal *journal;
  void (*on_end)(void *arg); /* the last worker leaves, on its thread */
  void *arg;
  uv_mutex_t lock;
  uv_cond_t changed; /* stopping has become true */

  /* lock guards: */
  bool stopping;
  bool hurrying;     /* do not even process what was read */
  bool failed;       /* some worker could not go on; said why */
  uint32_t present;  /* who has entered and not left */
  uint32_t cut_off;  /* workers that cannot reach the server */
  uint64_t processed;
  uint64_t began_ns; /* when the first id was pushed, with args->hold; by uv_hrtime() */
};

/* Returns 0, or -1 after a message. Then set mpcc, journal, on_end and arg. */
int crew_open(struct crew *crew, const struct args *args);
void crew_close(struct crew *crew);

/* Before a worker's thread is made; and when it ends, or was not made after all. Who makes them is
 * there, too, until all are made: so on_end comes once. */
void crew_enter(struct crew *crew);
void crew_leave(struct crew *crew);

/* Any thread. */
void crew_stop(struct crew *crew);
bool crew_stopping(struct crew *crew);

/* Stop, and leave even what was read. */
void crew_hurry(struct crew *crew);
bool crew_hurrying(struct crew *crew);

/* Stop, and remember that it was not as it should be. */
void crew_fail(struct crew *crew);

/* Returns after ${ms}, or at once when it is to stop. */
void crew_pause(struct crew *crew, uint64_t ms);

/* So many entries more are processed: with args->limit this may be the end. */
void crew_count(struct crew *crew, uint64_t entries);

/* Pushing begins, with args->hold. */
void crew_begin(struct crew *crew);

/* A worker has lost the server, or has it again: what is said is said once for all of them. */
void crew_cut_off(struct crew *crew, const char *reason);
void crew_back(struct crew *crew);

#endif
