/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * postgres_writer: rows into PostgreSQL, in batches, by way of libmpcc, on one libuv loop.
 *
 *   producers (threads)     libmpcc             the loop: this thread
 *   rows ----------------> slot 0 --batch----> connection 0, one transaction a batch --+
 *   rows ----------------> slot 1 --batch----> connection 1 ---------------------------+
 *                                                        what they refuse: rejects.tsv
 *
 * source.c pushes, writer.c pumps, run.c creates, starts, stops and checks that nothing is
 * missing; the rest knows nothing of libmpcc.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "console.h"
#include "database.h"
#include "report.h"
#include "run.h"

enum { EXIT_USAGE = 2, EXIT_INTERRUPTED = 130, COMPARE_MS = 5000, NAME_SIZE = 48 };

/* The same rows once more, one a transaction, into a table that is then dropped. */
static int run_single(const struct args *args, struct run_result *result)
{
  struct args single = *args;
  char table[NAME_SIZE];
  const struct run_plan plan = {.args = &single, .table = table, .limit_ms = COMPARE_MS};
  int err;

  single.batch = 1;
  single.capacity = 4; /* what is queued when time is up is still stored */
  single.poison = 0;
  snprintf(table, sizeof table, "postgres_writer_compare_%ld", (long)getpid());
  err = run(&plan, result);
  if (err == 0 && (result->stored < result->made || !result->balanced || result->signals > 0))
    err = -1;
  if (database_drop(args->connect, table) != 0)
    err = -1;
  if (err != 0)
    say("no comparison with --batch 1%s",
        result->signals > 0 ? ": interrupted" : ", since it did not store all rows");
  return err;
}

/* What a person must know about rows that are not in the table. */
static void say_what_is_missing(const struct args *args, const struct run_result *result)
{
  if (result->refused > 0)
    say("%" PRIu64 " rows were refused by the database: %s says which, and why", result->refused,
        args->rejects);
  if (result->unstored > 0)
    say("%" PRIu64 " rows are not stored, as no connection took them: they are in %s",
        result->unstored, args->rejects);
  if (result->discarded > 0)
    say("dropped %" PRIu64 " rows that were not yet stored: they are in %s", result->discarded,
        args->rejects);
  if (result->unclear > 0)
    say("%" PRIu64 " of them may be stored nevertheless: the answer never came", result->unclear);
  if (result->lost > 0)
    say("%" PRIu64 " rows that are not stored could not be written there, either", result->lost);
  if (result->breaks > 0)
    say("connections failed %" PRIu64 " times; %" PRIu64 " tries were made again", result->breaks,
        result->retries);
}

static int write_rows(const struct args *args)
{
  const struct run_plan plan = {
      .args = args, .table = args->table, .rejects = args->rejects, .limit_ms = UINT64_MAX};
  struct run_result result, single = {0};
  char settings[128] = "";
  bool good, compared = false;

  if (run(&plan, &result) != 0)
    return EXIT_FAILURE;
  say_what_is_missing(args, &result);
  good = result.balanced && result.counted && result.unstored == 0 && result.lost == 0 &&
         (result.made == args->rows || result.signals > 0);
  if (args->compare && good && result.signals == 0)
    compared = run_single(args, &single) == 0 &&
               database_settings(args->connect, settings, sizeof settings) == 0;
  if (!args->quiet && report(&plan, &result, compared ? &single : NULL, settings) != 0)
    good = false;
  if ((result.signals > 0 || single.signals > 0) && result.balanced)
    return EXIT_INTERRUPTED;
  return good && compared == args->compare ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
  struct args args;
  const int err = args_parse(&args, argc, argv);

  if (err != 0)
    return err > 0 ? EXIT_SUCCESS : EXIT_USAGE;
  /* A limit on file sizes is then an error like a full disk, and not the end of the program. */
  signal(SIGXFSZ, SIG_IGN);
  return write_rows(&args);
}
