/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "console.h"

enum { LABEL = 34, CELL = 14 };

static double per(uint64_t count, double of)
{
  return of > 0 ? (double)count / of : 0;
}

static void count_row(const char *label, uint64_t count)
{
  printf("%-*s%*" PRIu64 "\n", LABEL, label, CELL, count);
}

static void decimal_row(const char *label, int places, double number)
{
  printf("%-*s%*.*f\n", LABEL, label, CELL, places, number);
}

static void count_rows(const struct run_result *result)
{
  count_row("rows made", result->made);
  count_row("rows stored", result->stored);
  count_row("  of these, there already", result->already);
  count_row("rows rejected", result->rejected);
  if (result->counted)
    count_row("rows in the table, counted", result->found);
  count_row("batches", result->batches);
  count_row("pushes that had to wait", result->waited);
  count_row("connections that failed", result->breaks);
  count_row("tries that took too long", result->timeouts);
  count_row("tries after the first", result->retries);
}

static void equation(const struct args *args, const struct run_result *result)
{
  printf("\nmade = stored + rejected: %" PRIu64 " = %" PRIu64 " + %" PRIu64, result->made,
         result->stored, result->rejected);
  if (!result->balanced || result->lost > 0)
    printf(", which does not add up");
  if (result->rejected > 0)
    printf(" (in %s)\n", args->rejects);
  else
    puts(" (no row was rejected)");
}

int report(const struct args *args, const struct run_result *result)
{
  count_rows(result);
  decimal_row("rows in a batch, mean", 1,
              per(result->stored + result->refused, (double)result->batches));
  decimal_row("seconds", 2, result->seconds);
  decimal_row("rows per second", 0, per(result->stored, result->seconds));
  equation(args, result);
  if (fflush(stdout) == 0 && !ferror(stdout))
    return 0;
  say("cannot write the table: %s", strerror(errno));
  return -1;
}
