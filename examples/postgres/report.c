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

static void count_row(const char *label, uint64_t first, const uint64_t *second)
{
  printf("%-*s%*" PRIu64, LABEL, label, CELL, first);
  if (second != NULL)
    printf("%*" PRIu64, CELL, *second);
  putchar('\n');
}

static void decimal_row(const char *label, int places, double first, const double *second)
{
  printf("%-*s%*.*f", LABEL, label, CELL, places, first);
  if (second != NULL)
    printf("%*.*f", CELL, places, *second);
  putchar('\n');
}

/* What was counted, line by line; FOUND is left out if that is not known. */
enum { FOUND = 4, NUMBERS = 10 };
static const char *const labels[NUMBERS] = {
    "rows made",
    "rows stored",
    "  of these, there already",
    "rows rejected",
    "rows in the table, counted",
    "batches",
    "pushes that had to wait",
    "connections that failed",
    "tries that took too long",
    "tries after the first",
};

static void numbers_of(const struct run_result *result, uint64_t numbers[NUMBERS])
{
  const uint64_t all[NUMBERS] = {
      result->made,   result->stored,   result->already, result->rejected, result->found,
      result->batches, result->waited,  result->breaks,  result->timeouts, result->retries,
  };

  memcpy(numbers, all, sizeof all);
}

static void comparison(const struct run_plan *plan, const struct run_result *result,
                       const struct run_result *single, const char *settings)
{
  const double one = per(single->stored, single->seconds);

  if (one > 0)
    printf("\nBatches are %.1f times as fast as a transaction for each row (%" PRIu32
           " connections; %s).\n",
           per(result->stored, result->seconds) / one, plan->args->connections, settings);
}

static void equation(const struct run_plan *plan, const struct run_result *result)
{
  printf("\nmade = stored + rejected: %" PRIu64 " = %" PRIu64 " + %" PRIu64, result->made,
         result->stored, result->rejected);
  if (!result->balanced || result->lost > 0)
    printf(", which does not add up");
  if (result->rejected > 0)
    printf(" (in %s)\n", plan->rejects);
  else
    puts(" (no row was rejected)");
}

int report(const struct run_plan *plan, const struct run_result *result,
           const struct run_result *single, const char *settings)
{
  uint64_t numbers[2][NUMBERS] = {{0}};
  double means[2] = {0}, rates[2] = {0};
  char title[CELL + 8];

  numbers_of(result, numbers[0]);
  means[0] = per(result->stored + result->refused, (double)result->batches);
  rates[0] = per(result->stored, result->seconds);
  if (single != NULL) {
    numbers_of(single, numbers[1]);
    means[1] = per(single->stored, (double)single->batches);
    rates[1] = per(single->stored, single->seconds);
  }
  snprintf(title, sizeof title, "--batch %" PRIu32, plan->args->batch);
  printf("%-*s%*s%*s\n", LABEL, "", CELL, title, single != NULL ? CELL : 0,
         single != NULL ? "--batch 1" : "");
  for (int i = 0; i < NUMBERS; i++)
    if (i != FOUND || result->counted)
      count_row(labels[i], numbers[0][i], single != NULL ? &numbers[1][i] : NULL);
  decimal_row("rows in a batch, mean", 1, means[0], single != NULL ? &means[1] : NULL);
  decimal_row("seconds", 2, result->seconds, single != NULL ? &single->seconds : NULL);
  decimal_row("rows per second", 0, rates[0], single != NULL ? &rates[1] : NULL);
  if (single != NULL)
    comparison(plan, result, single, settings);
  equation(plan, result);
  if (fflush(stdout) == 0 && !ferror(stdout))
    return 0;
  say("cannot write the table: %s", strerror(errno));
  return -1;
}
