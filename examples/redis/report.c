/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* <uv.h> needs it under -std=c11 */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "say.h"

enum { LABEL = 44, CELL = 14 };

static void row(const char *label, uint64_t count)
{
  printf("%-*s%*" PRIu64 "\n", LABEL, label, CELL, count);
}

static void decimal_row(const char *label, int places, double number)
{
  printf("%-*s%*.*f\n", LABEL, label, CELL, places, number);
}

/* Rows that are of interest only after trouble. */
static void row_if(const char *label, uint64_t count)
{
  if (count > 0)
    row(label, count);
}

static void work_rows(const struct work_counts *work)
{
  row("entries read", work->read);
  row_if("  again, since they had got lost", work->lost);
  row_if("  taken over from other consumers", work->abandoned);
  row_if("  deleted meanwhile", work->deleted);
  row("entries processed", work->processed);
}

static void ack_rows(const struct run_result *result)
{
  const struct ack_counts *acks = &result->acks;
  const double commands = (double)acks->commands;

  row("acknowledged", acks->acknowledged);
  row_if("acknowledged before, by a lost try", acks->repeated);
  row_if("acknowledgements given up", acks->given_up);
  row_if("read, and left as it was", result->work.read - result->work.pushed);
  row("XACK commands", acks->commands);
  decimal_row("ids in an XACK, mean", 1,
              commands > 0 ? (double)(acks->acknowledged + acks->repeated) / commands : 0);
}

static void trouble_rows(const struct run_result *result)
{
  const struct ack_counts *acks = &result->acks;

  row_if("tries after the first", result->stats.retries);
  row_if("XACKs without an answer", acks->unanswered);
  row_if("XACKs refused", acks->refused);
  row_if("XACKs that took too long", result->stats.timeouts);
  row_if("acknowledging: connections that ended", acks->broken);
  row_if("acknowledging: connections given up", acks->cut);
  row_if("acknowledging: connections not made", acks->unmade);
  row_if("reading: connections ended or not made", result->work.failures);
}

int report(const struct run_result *result)
{
  work_rows(&result->work);
  ack_rows(result);
  trouble_rows(result);
  decimal_row("seconds until the last acknowledgement", 2, result->seconds);
  if (result->pending_known)
    row("pending in the group now, says the server", result->pending);
  else
    printf("%-*s%*s (%s)\n", LABEL, "pending in the group now", CELL, "unknown",
           result->pending_reason);
  if (fflush(stdout) == 0 && !ferror(stdout))
    return 0;
  say("cannot write the table: %s", strerror(errno));
  return -1;
}
