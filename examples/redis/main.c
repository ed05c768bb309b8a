/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * redis_stream: a consumer group's work, acknowledged in batches by way of libmpcc.
 *
 *   workers (threads)                  libmpcc              pump (on the loop)
 *   XREADGROUP, process, push id ----> slot 0 --batch-----> XACK stream-0 group id id id ...
 *   XREADGROUP, process, push id ----> slot 1 --batch-----> XACK stream-1 group id id id ...
 *
 * A slot is a stream, since an XACK is for one stream: an id of another one would be acknowledged
 * there, or nowhere, and nobody would be told. worker.c pushes, acker.c pumps, run.c has the loop
 * and the instance; the rest knows nothing of libmpcc.
 */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdlib.h>

#include "args.h"
#include "compare.h"
#include "publish.h"
#include "report.h"
#include "run.h"

enum { EXIT_USAGE = 2 };

static int serve(const struct args *args)
{
  struct run_result result;

  if (run(args, &result) != 0)
    return -1;
  return report(&result) == 0 && !result.failed ? 0 : -1;
}

int main(int argc, char **argv)
{
  struct args args;
  int err;

  err = args_parse(&args, argc, argv);
  if (err != 0)
    return err > 0 ? EXIT_SUCCESS : EXIT_USAGE;
  /* hiredis writes to connections that the server has closed. */
  signal(SIGPIPE, SIG_IGN);
  if (args.compare > 0)
    err = compare(&args);
  else if (args.publish > 0)
    err = publish(&args, args.publish);
  else
    err = serve(&args);
  return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
