/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One run: read the files, push the lines through libmpcc, store them in one folder's databases,
 * and account for every line.
 */
#ifndef INGEST_RUN_H
#define INGEST_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "args.h"
#include "files.h"
#include "outdir.h"

struct run_plan {
  const struct args *args;
  const struct files *files;
  struct outdir *dir; /* holds no databases yet */
  uint32_t batch;
  uint64_t line_limit; /* UINT64_MAX: all lines */
  uint64_t time_limit_ms; /* stop reading then; UINT64_MAX: never */
  bool rehearsal; /* the databases are thrown away: nothing to say about files, nothing to save */
};

/* Each number has its own source: what must add up is not computed from one another. */
struct run_result {
  uint64_t lines;     /* read and pushed, as the readers counted */
  uint64_t rows;      /* by SELECT count(*), afterwards */
  uint64_t rejected;  /* by counting the lines of the rejects file, afterwards */
  uint64_t refused;   /* rows that a database refused, by itself, while it took others */
  uint64_t unstored;  /* lines dropped because of an error */
  uint64_t discarded; /* lines dropped because the user did not want to wait */
  uint64_t lost;      /* lines that are not even in the rejects file; said why */
  uint64_t abandoned; /* lines in transactions that hang: stored or not, nobody knows */
  uint64_t batches, retries;
  uint64_t slowed;    /* pushes that had to wait for room */
  uint64_t files_read, files_failed;
  double seconds;     /* from the first reader's start to the last transaction's end */
  bool failed;        /* lines were not stored, or not read, other than by files_failed; said why */
  bool unbalanced;    /* and they do not add up */
};

/* Returns 0 with a ${result}, or -1 after a message: nothing was read. After a run with abandoned
 * lines a thread may still be at work in ${plan->dir} and with ${plan->files}. */
int run(const struct run_plan *plan, struct run_result *result);

#endif
