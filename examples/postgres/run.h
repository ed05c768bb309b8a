/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One run: a loop, an instance on it, producers beside it, and an account of every row.
 */
#ifndef POSTGRES_RUN_H
#define POSTGRES_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "args.h"

/* Each number has its own source: what must add up is not computed from one another. */
struct run_result {
  uint64_t made;      /* rows, as the producers counted */
  uint64_t stored;    /* as the connections' answers said; of these */
  uint64_t already;   /* there before: from an earlier run, or by a commit whose answer was lost */
  uint64_t rejected;  /* by counting the lines of the rejects file, afterwards */
  uint64_t refused;   /* of these: by the database */
  uint64_t unstored;  /* of these: no connection, or locked for too long */
  uint64_t discarded; /* of these: the user did not want to wait */
  uint64_t unclear;   /* of these: perhaps stored */
  uint64_t lost;      /* not even in the file of rejects; said why */
  uint64_t found;     /* in the table, by SELECT count(*), afterwards */
  uint64_t batches, retries, timeouts, breaks, waited;
  double seconds;     /* from the first row to the last answer */
  int signals;        /* how often the user has interrupted */
  bool counted;       /* found means something; else said why */
  bool balanced;
};

/* Returns 0 with a ${result}, or -1 after a message: nothing was made. */
int run(const struct args *args, struct run_result *result);

#endif
