/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The command line: what the user asked for.
 */
#ifndef POSTGRES_ARGS_H
#define POSTGRES_ARGS_H

#include <stdbool.h>
#include <stdint.h>

struct args {
  const char *connect; /* a connection string or URI of libpq's */
  const char *table;   /* a plain name */
  const char *rejects; /* a file */
  uint64_t rows;
  uint64_t first_key;
  uint32_t connections;
  uint32_t producers;
  uint32_t batch;
  uint32_t interval_ms;
  uint32_t capacity;   /* rows that a connection may have queued; args_parse() fills it in */
  uint32_t tries;
  uint32_t timeout_ms;
  uint32_t poison;     /* 0: none */
  bool compare;
  bool quiet;
};

/* Fill ${args}. Returns 0, or -1 after a message about what is wrong, or 1: --help was printed. */
int args_parse(struct args *args, int argc, char **argv);

#endif
