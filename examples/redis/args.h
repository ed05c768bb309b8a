/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The command line: what the user asked for.
 */
#ifndef REDIS_STREAM_ARGS_H
#define REDIS_STREAM_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STREAMS_MAX = 64, WORKERS_MAX = 64, CONSUMER_MAX = 255 };

struct args {
  const char *host;
  uint32_t port;
  const char *user;     /* NULL: none, as before Redis 6 */
  const char *password; /* from the environment; NULL: do not log in */
  const char *group;
  const char *consumer; /* worker i is the consumer "NAME-i" */
  const char *journal;  /* NULL: none */
  uint32_t workers;
  uint32_t read;        /* entries of a stream in one XREADGROUP */
  uint32_t batch;       /* ids in one XACK */
  uint32_t in_flight;   /* XACK commands of one stream without an answer yet */
  uint32_t interval_ms;
  uint32_t timeout_ms;  /* for an answer, and for a connection to be made */
  uint32_t give_up_s;   /* without the server */
  uint32_t reclaim_ms;  /* 0: never */
  uint32_t work_us;
  uint32_t publish;     /* 0: no publishing */
  uint32_t compare;     /* 0: no comparison */
  char **streams;       /* what is left of argv */
  uint32_t stream_count;

  /* No options of the command line; for the comparison: */
  uint64_t limit;       /* stop after so many entries; 0: none */
  bool hold;            /* acknowledge nothing before everything is read */
  uint32_t direct_ids;  /* in an XACK of the worker's own, without libmpcc; 0: with it */
  uint32_t direct_in_flight;
};

/* Fill ${args}. Returns 0, or -1 after a message about what is wrong, or 1: --help was printed. */
int args_parse(struct args *args, int argc, char **argv);

#endif
