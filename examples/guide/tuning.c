/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* docs/guide/tuning.md: prints its table: what the numbers look like when something is wrong. */
#define _POSIX_C_SOURCE 200809L
#include "guide.h"
#include "simulate.h"

#define SINK .call_us = 10000, .item_us = 20

static const struct load loads[] = {
    {"all is well", 10000, 500, 100, 1, 15000, SINK},
    {"batches too small for the sink", 10000, 20, 100, 1, 15000, SINK},
    {"the interval is too short", 10000, 500, 1, 1, 15000, SINK},
    {"the interval is too long", 50, 500, 8000, 1, 15000, SINK},
    {"the sink is at its limit", 10000, 500, 100, 1, 15000, .call_us = 45000, .item_us = 20},
    {"the sink stalls now and then", 10000, 500, 100, 1, 15000, SINK, .pause_at_ms = 4000,
     .pause_ms = 800},
};

/* guide: quantiles */
/* How long the oldest item of a batch had waited, and how long the pump took: the bounds below
 * which half, and 99 of 100, of the batches lie; up to twice the true ones, as buckets are. */
static void print_quantiles(const mpcc_histogram_t *wait_ms, const mpcc_histogram_t *pump_ns)
{
  printf(" %llu, %llu | %.0f, %.0f |",
         (unsigned long long)mpcc_histogram_quantile(wait_ms, 0.5),
         (unsigned long long)mpcc_histogram_quantile(wait_ms, 0.99),
         (double)mpcc_histogram_quantile(pump_ns, 0.5) / 1e6,
         (double)mpcc_histogram_quantile(pump_ns, 0.99) / 1e6);
}
/* guide: end */

/* guide: busy */
/* The part of its places that a slot uses: at 1 the sink can't take more, whatever you set. */
static double busy(const mpcc_stats_t *stats, uint32_t max_concurrency, double elapsed_ms)
{
  return (double)stats->pump_ns_total / 1e6 / (elapsed_ms * max_concurrency);
}
/* guide: end */

static void print_row(const struct load *load)
{
  struct outcome outcome = simulate(load);
  const mpcc_stats_t *stats = &outcome.stats;
  double batches = stats->batches == 0 ? 1 : (double)stats->batches;

  printf("| %s | %.0f | %.0f %% |", load->name, (double)outcome.items.sum / batches,
         (double)stats->batches_full * 100 / batches);
  print_quantiles(&outcome.wait_ms, &outcome.pump_ns);
  printf(" %llu | %.2f | %llu |\n", (unsigned long long)stats->queued_peak,
         busy(stats, load->concurrency, SIMULATED_MS), (unsigned long long)stats->rejected);
}

int main(void)
{
  for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++)
    print_row(&loads[i]);
  return 0;
}
