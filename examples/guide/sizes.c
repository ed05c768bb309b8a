/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* docs/guide/sizes.md: prints its table of what happens when one number is wrong. */
#define _POSIX_C_SOURCE 200809L
#include "guide.h"
#include "simulate.h"

/* The sink of the page: 10 ms a call and 20 us an item, so 20 ms for 500 of them. */
#define SINK .call_us = 10000, .item_us = 20
#define FAR_SINK .call_us = 100000, .item_us = 20
#define OUTAGE SINK, .pause_at_ms = 5000, .pause_ms = 1000

static const struct load loads[] = {
    {"10,000/s: 500, 100 ms, 1, 15,000", 10000, 500, 100, 1, 15000, SINK},
    {"`batch_size` 20", 10000, 20, 100, 1, 15000, SINK},
    {"`batch_size` 5,000", 10000, 5000, 100, 1, 15000, SINK},
    {"`push_interval_ms` 5", 10000, 500, 5, 1, 15000, SINK},
    {"`push_interval_ms` 5000", 10000, 500, 5000, 1, 15000, SINK},
    {"50/s", 50, 500, 100, 1, 15000, SINK},
    {"50/s, `push_interval_ms` 5000", 50, 500, 5000, 1, 15000, SINK},
    {"a call takes 110 ms", 10000, 500, 100, 1, 15000, FAR_SINK},
    {"the same, `max_concurrency` 3", 10000, 500, 100, 3, 15000, FAR_SINK},
    {"the sink pauses for 1 s", 10000, 500, 100, 1, 15000, OUTAGE},
    {"the same, `capacity` 1,000", 10000, 500, 100, 1, 1000, OUTAGE},
    {"the same, `max_concurrency` 16", 10000, 500, 100, 16, 15000, OUTAGE},
};

static void print_row(const struct load *load)
{
  struct outcome outcome = simulate(load);
  const mpcc_stats_t *stats = &outcome.stats;
  uint64_t offered = stats->pushed + stats->rejected;

  printf("| %s | %.1f | %.0f | %llu | %llu | %u | %.1f %% |\n", load->name,
         (double)stats->batches * 1000 / SIMULATED_MS,
         stats->batches == 0 ? 0.0 : (double)outcome.items.sum / (double)stats->batches,
         (unsigned long long)stats->wait_ms_max, (unsigned long long)stats->queued_peak,
         (unsigned)outcome.calls_peak, (double)stats->rejected * 100 / (double)offered);
}

int main(void)
{
  for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++)
    print_row(&loads[i]);
  return 0;
}
