/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * ingest: every line of many text files into SQLite, in batches, by way of libmpcc.
 *
 *   readers (threads)      libmpcc             pumps (on its workers)
 *   lines of a file -----> slot 0 --batch----> shard-0.db, one transaction a batch --+
 *   lines of a file -----> slot 1 --batch----> shard-1.db ---------------------------+
 *                                                        what they refuse: rejects.tsv
 *
 * reader.c pushes, writer.c pumps, run.c creates, starts, stops and checks that nothing is
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
#include "files.h"
#include "outdir.h"
#include "report.h"
#include "run.h"
#include "signals.h"

enum { EXIT_USAGE = 2, EXIT_INTERRUPTED = 130, COMPARE_MS = 10000 };

/* The same input once more, one line a transaction, into a new folder that is then removed. */
static int run_single(const struct run_plan *plan, struct run_result *result)
{
  static struct outdir dir; /* a transaction that hangs outlives this call, and has it in use */
  struct run_plan single = *plan;
  int err = -1;

  single.dir = &dir;
  single.batch = 1;
  single.line_limit = plan->args->compare_limit;
  single.time_limit_ms = COMPARE_MS;
  single.rehearsal = true;
  if (outdir_temporary(&dir, plan->dir) == 0) {
    if (run(&single, result) == 0 && !result->failed && result->rows > 0 && signals_count() == 0)
      err = 0;
    outdir_empty(&dir);
    if (result->abandoned == 0)
      outdir_close(&dir);
  }
  if (err != 0)
    say("no comparison with --batch 1%s", signals_count() > 0 ? ": interrupted" : "");
  return err;
}

static bool can_compare(const struct run_plan *plan, const struct run_result *result)
{
  if (!plan->args->compare || plan->args->quiet || plan->batch == 1 || result->rows == 0 ||
      result->failed || signals_count() > 0)
    return false;
  if (plan->files->readable_once) {
    say("no comparison with --batch 1: a pipe or device cannot be read twice");
    return false;
  }
  return true;
}

/* What a person must know about lines that are not in the databases. */
static void say_what_is_missing(const struct run_plan *plan, const struct run_result *result)
{
  const uint64_t unread = plan->files->count - result->files_read - result->files_failed;

  if (result->unstored > 0)
    say("%" PRIu64 " lines that were read are not stored, and the rest was not read",
        result->unstored);
  if (result->discarded > 0)
    say("dropped %" PRIu64 " lines that were read and not yet stored", result->discarded);
  if (result->abandoned > 0)
    say("%" PRIu64 " lines are in transactions that have not ended: they may be stored, or not",
        result->abandoned);
  if (result->rejected > 0)
    say("%" PRIu64 " lines were rejected: %s/%s says which, and why", result->rejected,
        plan->dir->path, OUTDIR_REJECTS);
  if (result->lost > 0)
    say("%" PRIu64 " lines that are not stored could not be written there, either", result->lost);
  if (signals_count() > 0)
    say("interrupted: %" PRIu64 " lines are stored, %" PRIu64 " files were not read to their end",
        result->rows, unread);
}

static int exit_status(bool good, const struct run_result *result)
{
  if (signals_count() > 0 && !result->unbalanced)
    return EXIT_INTERRUPTED;
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A thread is still at work, and everything is its, even what exit() would take away. */
static void leave_it_behind(int status)
{
  fflush(stdout);
  _exit(status);
}

static int ingest(const struct run_plan *plan)
{
  struct run_result result, single = {0};
  bool compared, good;

  if (run(plan, &result) != 0) {
    outdir_empty(plan->dir); /* databases without a line in them would only be in the way */
    return EXIT_FAILURE;
  }
  say_what_is_missing(plan, &result);
  const uint64_t missing = plan->files->failed + result.files_failed;
  if (missing > 0)
    say("paths that could not be read, or not to their end: %" PRIu64, missing);
  good = missing == 0 && !result.failed;

  compared = can_compare(plan, &result) && run_single(plan, &single) == 0;
  if (!plan->args->quiet && report(plan, &result, compared ? &single : NULL) != 0)
    good = false;
  if (result.abandoned > 0 || single.abandoned > 0)
    leave_it_behind(exit_status(good, &result));
  return exit_status(good, &result);
}

static int list_and_ingest(const struct args *args, struct outdir *out)
{
  struct files files;
  struct run_plan plan = {
      .args = args,
      .files = &files,
      .dir = out,
      .batch = args->batch,
      .line_limit = UINT64_MAX,
      .time_limit_ms = UINT64_MAX,
  };
  int status = EXIT_FAILURE;

  if (files_list(&files, args->paths, args->path_count, out) != 0)
    goto free_files;
  if (signals_count() > 0) {
    say("interrupted: nothing was read");
    status = EXIT_INTERRUPTED;
    goto free_files;
  }
  if (files.count == 0) {
    say("there are no files to read");
    goto free_files;
  }
  /* Only now, so that a mistyped path never costs the databases of the last time. */
  if (outdir_clear(out, args->force) == 0)
    status = ingest(&plan);

free_files:
  files_free(&files);
  return status;
}

int main(int argc, char **argv)
{
  struct args args;
  struct outdir out;
  int status;

  status = args_parse(&args, argc, argv);
  if (status != 0)
    return status > 0 ? EXIT_SUCCESS : EXIT_USAGE;

  /* A limit on file sizes is then an error like a full disk, and not the end of the program. */
  signal(SIGXFSZ, SIG_IGN);
  status = signals_open();
  if (status != 0) {
    say("cannot wait for signals: %s", strerror(status));
    return EXIT_FAILURE;
  }
  status = EXIT_FAILURE;
  /* First of all, since what another ingest does there is nothing to judge by. */
  if (outdir_open(&out, args.out) == 0) {
    status = list_and_ingest(&args, &out);
    outdir_close(&out);
  }
  signals_close();
  return status;
}
