/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The command line: what the user asked for.
 */
#ifndef INGEST_ARGS_H
#define INGEST_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct args {
  const char *out;        /* folder of the databases */
  const char *sync;       /* SQLite's synchronous: off, normal, full */
  uint32_t shards;
  uint32_t readers;
  uint32_t batch;
  uint32_t interval_ms;
  uint32_t capacity;      /* lines a shard may have queued; 0 until args_parse() has filled it in */
  uint32_t max_line;      /* bytes of a line that the databases take; 0: any number */
  uint32_t tries;         /* at a transaction, while another process has locked the database */
  uint32_t compare_limit; /* lines of the comparison */
  bool compare;
  bool force;
  bool quiet;
  char **paths;           /* what is left of argv */
  size_t path_count;
};

/* Fill ${args}. Returns 0, or -1 after a message about what is wrong, or 1: --help was printed. */
int args_parse(struct args *args, int argc, char **argv);

#endif
