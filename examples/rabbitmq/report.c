/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "report.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "handler.h"
#include "receiver.h"
#include "say.h"

struct totals {
  struct receiver_counts counts;
  uint64_t handled, pushed, late, failed;
  mpcc_stats_t stats;
};

static void add_receiver(struct receiver_counts *sum, const struct receiver_counts *one)
{
  sum->received += one->received;
  sum->redelivered += one->redelivered;
  sum->handled += one->handled;
  sum->acked += one->acked;
  sum->multiples += one->multiples;
  sum->singles += one->singles;
  sum->rejected += one->rejected;
  sum->channels += one->channels;
  sum->breaks += one->breaks;
  sum->refusals += one->refusals;
  sum->failures += one->failures;
  if (one->received > 0 && (sum->first_ns == 0 || one->first_ns < sum->first_ns))
    sum->first_ns = one->first_ns;
  if (one->last_ns > sum->last_ns)
    sum->last_ns = one->last_ns;
}

static void add_up(const struct service *service, struct totals *totals)
{
  *totals = (struct totals){0};
  mpcc_stats(service->mpcc, &totals->stats);
  for (uint32_t i = 0; i < service->args->receivers; i++)
    add_receiver(&totals->counts, &service->receivers[i].counts);
  totals->handled = totals->counts.handled;
  for (uint32_t i = 0; service->args->direct == 0 && i < service->args->handlers; i++) {
    totals->handled += service->handlers[i].handled;
    totals->pushed += service->handlers[i].pushed;
    totals->late += service->handlers[i].late;
    totals->failed += service->handlers[i].failed;
  }
}

/* Each side was counted by other threads than the other side. */
static bool balances(const struct service *service, const struct totals *totals)
{
  const struct receiver_counts *counts = &totals->counts;
  const mpcc_stats_t *stats = &totals->stats;

  if (counts->received != totals->handled + service->work.forgotten)
    return false;
  if (service->args->direct > 0)
    return true;
  return totals->handled == totals->pushed + totals->late + totals->failed &&
         totals->pushed == stats->pushed &&
         stats->pushed == stats->delivered + stats->dropped + stats->orphaned &&
         /* A batch that fails half way counts as dropped. */
         counts->acked + counts->rejected >= stats->delivered &&
         counts->acked + counts->rejected <= stats->pushed;
}

static void print_rate(const struct receiver_counts *counts)
{
  const double seconds = (double)(counts->last_ns - counts->first_ns) / 1e9;
  const uint64_t frames = counts->multiples + counts->singles;

  if (counts->acked == 0 || counts->last_ns <= counts->first_ns)
    return;
  printf("acknowledged %" PRIu64 " in %.3f s: %.0f a second, %.1f tags a frame\n", counts->acked,
         seconds, (double)counts->acked / seconds, (double)counts->acked / (double)frames);
}

static void print_numbers(const struct service *service, const struct totals *totals)
{
  const struct receiver_counts *counts = &totals->counts;

  printf("received %" PRIu64 " (%" PRIu64 " of them again), handled %" PRIu64
         ", not begun %" PRIu64 "\n",
         counts->received, counts->redelivered, totals->handled, service->work.forgotten);
  printf("tags: acknowledged %" PRIu64 ", rejected %" PRIu64 ", dropped with their channel %" PRIu64
         ", too late for it %" PRIu64 ", left behind %" PRIu64 "\n",
         counts->acked, counts->rejected, totals->stats.dropped, totals->late,
         totals->stats.orphaned);
  printf("frames: %" PRIu64 " for runs of tags, %" PRIu64 " for single ones; batches %" PRIu64 "\n",
         counts->multiples, counts->singles, totals->stats.batches);
  printf("channels: opened %" PRIu64 ", broken %" PRIu64 ", of them refused by the broker %" PRIu64
         "; tries that failed %" PRIu64 "\n",
         counts->channels, counts->breaks, counts->refusals, counts->failures);
  for (uint32_t i = 0; i < service->args->receivers; i++)
    if (service->receivers[i].last_error[0] != '\0')
      say("receiver %" PRIu32 ", the last error: %s", i, service->receivers[i].last_error);
}

int report(const struct service *service)
{
  struct totals totals;
  int err = 0;

  add_up(service, &totals);
  print_numbers(service, &totals);
  print_rate(&totals.counts);
  if (!balances(service, &totals)) {
    printf("the books do not balance\n");
    err = -1;
  }
  if (totals.counts.refusals > 0 || totals.failed > 0 || totals.stats.orphaned > 0)
    err = -1;
  return fflush(stdout) == 0 ? err : -1;
}
