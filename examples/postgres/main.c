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
#include <stdlib.h>

#include "args.h"
#include "compare.h"
#include "console.h"
#include "report.h"
#include "run.h"

enum { EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

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
  struct run_result result;
  bool good;

  if (run(args, &result) != 0)
    return EXIT_FAILURE;
  say_what_is_missing(args, &result);
  good = result.balanced && result.counted && result.unstored == 0 && result.lost == 0 &&
         (result.made == args->rows || result.signals > 0);
  if (!args->quiet && report(args, &result) != 0)
    good = false;
  if (result.signals > 0 && result.balanced)
    return EXIT_INTERRUPTED;
  if (!good)
    return EXIT_FAILURE;
  if (!args->compare)
    return EXIT_SUCCESS;
  switch (compare(args, (double)result.stored / result.seconds)) {
    case COMPARE_DONE: return EXIT_SUCCESS;
    case COMPARE_INTERRUPTED: return EXIT_INTERRUPTED;
    default: return EXIT_FAILURE;
  }
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
