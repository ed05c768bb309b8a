/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "console.h"

enum { LABEL = 28, CELL = 16, CELL_TEXT = 40 };

/* 1234567 as "1,234,567". */
static void with_commas(char *text, size_t size, uint64_t number)
{
  char digits[24];
  size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, number), to = 0;

  for (size_t i = 0; i < length && to + 2 < size; i++) {
    if (i > 0 && (length - i) % 3 == 0)
      text[to++] = ',';
    text[to++] = digits[i];
  }
  text[to] = '\0';
}

static void row(const char *label, const char *first, const char *second)
{
  printf("%-*s%*s", LABEL, label, CELL, first);
  if (second != NULL)
    printf("%*s", CELL, second);
  putchar('\n');
}

static void count_row(const char *label, uint64_t first, const uint64_t *second)
{
  char cells[2][CELL_TEXT];

  with_commas(cells[0], sizeof cells[0], first);
  if (second != NULL)
    with_commas(cells[1], sizeof cells[1], *second);
  row(label, cells[0], second != NULL ? cells[1] : NULL);
}

static void decimal_row(const char *label, int places, double first, const double *second)
{
  char cells[2][CELL_TEXT];

  snprintf(cells[0], sizeof cells[0], "%.*f", places, first);
  if (second != NULL)
    snprintf(cells[1], sizeof cells[1], "%.*f", places, *second);
  row(label, cells[0], second != NULL ? cells[1] : NULL);
}

static double per(uint64_t count, double of)
{
  return of > 0 ? (double)count / of : 0;
}

static double mean_batch(const struct run_result *result)
{
  return per(result->rows + result->refused, (double)result->batches);
}

static double rows_per_second(const struct run_result *result)
{
  return per(result->rows, result->seconds);
}

static void comparison(const struct run_result *result, const struct run_result *single)
{
  char count[CELL_TEXT];

  if (single->lines < result->lines) {
    with_commas(count, sizeof count, single->lines);
    printf("\n--batch 1 ran on the first %s lines only.", count);
  }
  if (rows_per_second(single) > 0)
    printf("\nBatches are %.1f times as fast as a transaction for each line.\n",
           rows_per_second(result) / rows_per_second(single));
}

/* What run() has checked, in one line. */
static void equation(const struct run_plan *plan, const struct run_result *result)
{
  const uint64_t places = result->rows + result->rejected;
  const uint64_t rest = result->lines > places ? result->lines - places : 0;
  char lines[CELL_TEXT], rows[CELL_TEXT], rejected[CELL_TEXT], neither[CELL_TEXT];

  with_commas(lines, sizeof lines, result->lines);
  with_commas(rows, sizeof rows, result->rows);
  with_commas(rejected, sizeof rejected, result->rejected);
  with_commas(neither, sizeof neither, rest);
  if (result->unbalanced)
    printf("\nread, stored, rejected: %s, %s, %s, which does not add up", lines, rows, rejected);
  else if (rest > 0)
    printf("\nread = stored + rejected + neither: %s = %s + %s + %s", lines, rows, rejected,
           neither);
  else
    printf("\nread = stored + rejected: %s = %s + %s", lines, rows, rejected);
  if (result->rejected > 0)
    printf(" (in %s/%s)\n", plan->dir->path, OUTDIR_REJECTS);
  else
    puts(" (no line was rejected)");
}

int report(const struct run_plan *plan, const struct run_result *result,
           const struct run_result *single)
{
  const double means[2] = {mean_batch(result), single != NULL ? mean_batch(single) : 0};
  char title[CELL_TEXT];

  snprintf(title, sizeof title, "--batch %" PRIu32, plan->batch);
  row("", title, single != NULL ? "--batch 1" : NULL);
  count_row("lines read", result->lines, single != NULL ? &single->lines : NULL);
  count_row("rows in the databases", result->rows, single != NULL ? &single->rows : NULL);
  count_row("lines rejected", result->rejected, single != NULL ? &single->rejected : NULL);
  count_row("batches", result->batches, single != NULL ? &single->batches : NULL);
  decimal_row("lines in a batch, mean", 1, means[0], single != NULL ? &means[1] : NULL);
  count_row("pushes that had to wait", result->slowed, single != NULL ? &single->slowed : NULL);
  count_row("tries after the first", result->retries, single != NULL ? &single->retries : NULL);
  decimal_row("seconds", 2, result->seconds, single != NULL ? &single->seconds : NULL);
  count_row("rows per second", (uint64_t)rows_per_second(result),
            single != NULL ? &(uint64_t){(uint64_t)rows_per_second(single)} : NULL);
  if (single != NULL)
    comparison(result, single);
  equation(plan, result);
  printf("%" PRIu64 " files, in %" PRIu32 " databases: %s/shard-*.db\n", result->files_read,
         plan->args->shards, plan->dir->path);
  if (fflush(stdout) == 0 && !ferror(stdout))
    return 0;
  say("cannot write the table: %s", strerror(errno));
  return -1;
}
