/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "compare.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "publish.h"
#include "run.h"
#include "say.h"
#include "session.h"

enum { PIPELINED = 64, KEEP_S = 3600, GROUP_TEXT = 16 };

struct way {
  const char *name;
  uint32_t ids, in_flight; /* of the workers' own commands; 0: libmpcc's */
};

/* Returns entries a second, or -1: not all of them were read once and acknowledged once. */
static double measure(const struct args *args, const struct way *way, bool alone,
                      struct run_result *result)
{
  static unsigned groups;
  struct args own = *args;
  char group[GROUP_TEXT];

  snprintf(group, sizeof group, "%u", ++groups);
  own.group = group;
  own.direct_ids = way->ids;
  own.direct_in_flight = way->in_flight;
  own.limit = args->compare;
  own.hold = alone;
  own.workers = alone ? 1 : args->workers; /* others would still be waiting for entries */
  if (run(&own, result) != 0)
    return -1;
  if (result->failed || result->acks.acknowledged != args->compare ||
      result->stats.retries > 0 || result->work.failures > 0 || !result->pending_known ||
      result->pending != 0) {
    say("%s: something went wrong or was interrupted, so this is no measurement", way->name);
    return -1;
  }
  return (double)args->compare / (result->seconds > 0 ? result->seconds : 0.001);
}

static int measure_all(const struct args *args)
{
  char read[40], batches[40];
  const struct way ways[] = {
      {"by hand: one id, waiting for the answer", 1, 1},
      {"by hand: one id, 64 on their way", 1, PIPELINED},
      {read, args->read, 1},
      {batches, 0, 0},
  };
  double first[2] = {0, 0};

  snprintf(read, sizeof read, "by hand: the %" PRIu32 " ids just read", args->read);
  snprintf(batches, sizeof batches, "libmpcc: %" PRIu32 " ids, %" PRIu32 " on their way",
           args->batch, args->in_flight);
  printf("%-40s%20s%20s\n", "", "acknowledging alone", "whole job");
  printf("%-40s%13s%7s%13s%7s\n", "", "entries/s", "ratio", "entries/s", "ratio");
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
    struct run_result result;
    const double alone = measure(args, &ways[i], true, &result);
    const double job = alone < 0 ? -1 : measure(args, &ways[i], false, &result);
    if (job < 0)
      return -1;
    if (i == 0) {
      first[0] = alone;
      first[1] = job;
    }
    printf("%-40s%13.0f%7.1f%13.0f%7.1f\n", ways[i].name, alone, alone / first[0], job,
           job / first[1]);
    fflush(stdout);
  }
  printf("%" PRIu32 " entries each time, %" PRIu32 " workers, %" PRIu32 " entries an XREADGROUP\n",
         args->compare, args->workers, args->read);
  return ferror(stdout) ? -1 : 0;
}

/* Returns 0 or -1. */
static int done(redisReply *reply)
{
  if (reply == NULL)
    return -1;
  freeReplyObject(reply);
  return 0;
}

/* A stream of this size is not something to leave behind: so the server forgets it, in its time,
 * if whoever has made it does not live to delete it. */
static int make_stream(const struct args *args)
{
  struct session session;
  char keep[GROUP_TEXT];
  int err = -1;

  snprintf(keep, sizeof keep, "%d", KEEP_S);
  if (session_open(&session, args, 0) == 0) {
    err = done(session_call(&session, "XGROUP", "CREATE", args->streams[0], "0", "0", "MKSTREAM",
                            NULL));
    if (err == 0)
      err = done(session_call(&session, "EXPIRE", args->streams[0], keep, NULL));
    session_close(&session);
  }
  if (err != 0)
    say("%s:%" PRIu32 ": %s", args->host, args->port, session.reason);
  return err;
}

static int delete_stream(const struct args *args)
{
  struct session session;
  int err = -1;

  if (session_open(&session, args, 0) == 0) {
    err = done(session_call(&session, "DEL", args->streams[0], NULL));
    session_close(&session);
  }
  if (err != 0)
    say("%s is left on the server for an hour: %s", args->streams[0], session.reason);
  return err;
}

int compare(const struct args *args)
{
  char name[64];
  char *streams[] = {name};
  struct args own = *args;

  snprintf(name, sizeof name, "redis_stream-compare-%ld", (long)getpid());
  own.streams = streams;
  own.stream_count = 1;
  if (make_stream(&own) != 0)
    return -1;
  const bool good = publish(&own, args->compare) == 0 && measure_all(&own) == 0;
  return delete_stream(&own) == 0 && good ? 0 : -1;
}
