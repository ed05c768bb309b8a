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

enum { PIPELINED = 64 };

struct way {
  const char *name;
  const char *groups[2]; /* of the whole job, and of acknowledging alone */
  uint32_t batch, in_flight;
};

/* Returns entries a second, or -1: not all of them were read once and acknowledged once. */
static double measure(const struct args *args, const struct way *way, bool alone,
                      struct run_result *result)
{
  struct args own = *args;

  own.group = way->groups[alone];
  own.batch = way->batch;
  own.in_flight = way->in_flight;
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
  char batches[64];
  const struct way ways[] = {
      {"one id an XACK, each answer waited for", {"one", "one-alone"}, 1, 1},
      {"one id an XACK, 64 on their way", {"pipelined", "pipelined-alone"}, 1, PIPELINED},
      {batches, {"batched", "batched-alone"}, args->batch, args->in_flight},
  };
  double first[2] = {0, 0};

  snprintf(batches, sizeof batches, "%" PRIu32 " ids an XACK, %" PRIu32 " on their way",
           args->batch, args->in_flight);
  printf("%-40s%24s%24s%10s\n", "", "acknowledging alone", "read, process, ack", "");
  printf("%-40s%14s%10s%14s%10s%10s\n", "", "entries/s", "ratio", "entries/s", "ratio", "XACKs");
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
    printf("%-40s%14.0f%10.1f%14.0f%10.1f%10" PRIu64 "\n", ways[i].name, alone, alone / first[0],
           job, job / first[1], result.acks.commands);
    fflush(stdout);
  }
  printf("%" PRIu32 " entries each time, %" PRIu32 " workers, %" PRIu32 " entries an XREADGROUP\n",
         args->compare, args->workers, args->read);
  return ferror(stdout) ? -1 : 0;
}

/* A stream of this size is not something to leave behind. */
static int delete_stream(const struct args *args)
{
  struct session session;
  redisReply *reply;

  if (session_open(&session, args, 0) != 0)
    goto failed;
  reply = session_call(&session, "DEL", args->streams[0], NULL);
  session_close(&session);
  if (reply == NULL)
    goto failed;
  freeReplyObject(reply);
  return 0;

failed:
  say("%s is left on the server: %s", args->streams[0], session.reason);
  return -1;
}

int compare(const struct args *args)
{
  char name[64];
  char *streams[] = {name};
  struct args own = *args;

  snprintf(name, sizeof name, "redis_stream-compare-%ld", (long)getpid());
  own.streams = streams;
  own.stream_count = 1;
  const bool good = publish(&own, args->compare) == 0 && measure_all(&own) == 0;
  return delete_stream(&own) == 0 && good ? 0 : -1;
}
