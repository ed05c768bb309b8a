/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Does a slot whose pump never answers delay the others?
 *
 * Two kinds of rounds, in pairs: without and with such a slot, which of them first by chance. Both
 * put the same load, items of the same slots at the same times, on 15 other slots. What is
 * compared is the 99th percentile of their items' wait. Each pair gives one ratio, with to
 * without; the answer is the median of the ratios, and the interval in which it lies.
 *
 * All is done twice: with the pump on the loop, where the stalled batch is answered MPCC_PENDING
 * and never done, and on workers, where its pump does not return. Its queue is full meanwhile
 * and refuses what it is offered; and when the round is over it is abandoned, and done too late.
 *
 * Most of a wait is the interval, which a delay of the library's own has to stand out from; with
 * --interval 0 there is nothing else in it.
 *
 * Whatever else the machine does is in it too, and widens the interval of the answer. Where that
 * cannot be stopped, a real-time priority (Linux: chrt -f 1) keeps most of it out.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <mpcc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "median.h"
#include "schedule.h"
#include "stalled_round.h"

static const char usage[] =
    "usage: bench_stalled [option]...\n"
    "Does a slot whose pump never answers delay the others?\n"
    "  --smoke         rounds too short to tell anything: that it runs and delivers everything\n"
    "  --pairs N       rounds without and with it, of each kind (30)\n"
    "  --round-ms N    length of a round, after its first 100 ms (1000)\n"
    "  --rate N        items a second, over all 15 other slots (100000)\n"
    "  --producers N   threads that push them (2)\n"
    "  --batch N       batch_size (100)\n"
    "  --interval N    push_interval_ms (10)\n"
    "  --seed N        of the order of the rounds, and of the items' slots (1)\n"
    "  --help          this page\n";

struct plan {
  struct stalled_load load;
  uint32_t pairs;
  uint32_t seed;
};

struct option {
  const char *name;
  uint32_t *value;
  uint32_t min, max;
};

struct quantiles {
  double p50_ms, p99_ms, p999_ms, max_ms;
};

static double ms_of(uint64_t ns)
{
  return (double)ns / 1e6;
}

static struct quantiles measure(const struct plan *plan, bool with_stalled, uint64_t seed)
{
  struct histogram *waits = calloc(1, sizeof *waits);
  struct quantiles quantiles;

  if (waits == NULL) {
    fprintf(stderr, "bench_stalled: no memory\n");
    exit(1);
  }
  stalled_round(&plan->load, with_stalled, seed, waits);
  quantiles.p50_ms = ms_of(histogram_quantile(waits, 500));
  quantiles.p99_ms = ms_of(histogram_quantile(waits, 990));
  quantiles.p999_ms = ms_of(histogram_quantile(waits, 999));
  quantiles.max_ms = ms_of(waits->max);
  free(waits);
  return quantiles;
}

static void print_quantiles(const struct quantiles *quantiles)
{
  printf("  %7.3f %7.3f %7.3f %7.3f", quantiles->p50_ms, quantiles->p99_ms, quantiles->p999_ms,
         quantiles->max_ms);
}

static void print_ratio(const char *where, const struct median *ratio, size_t pairs)
{
  printf("%s: p99 with / without, median of %zu pairs: %.4f\n", where, pairs, ratio->value);
  if (ratio->rank == 0) {
    printf("%s: no 95 %% interval from fewer than 6 pairs\n", where);
    return;
  }
  printf("%s: 95 %% interval of the median: %.4f to %.4f (sign test: ratios %zu and %zu by size, "
         "coverage %.1f %%)\n", where, ratio->low, ratio->high, ratio->rank,
         pairs + 1 - ratio->rank, ratio->coverage * 100);
  printf("%s: it %s 1.0, and %s\n\n", where,
         ratio->low <= 1 && ratio->high >= 1 ? "includes" : "does not include",
         ratio->high < 1.1 ? "lies below 1.1" : "does not lie below 1.1");
}

static void compare(const struct plan *plan, const char *where)
{
  static double p99_ms[2][MEDIAN_VALUES_MAX], ratios[MEDIAN_VALUES_MAX];
  uint64_t random = random_seed(plan->seed);
  struct median ratio;

  for (uint32_t pair = 0; pair < plan->pairs; pair++) {
    const uint32_t first = random_below(&random, 2);
    const uint64_t seed = random;
    struct quantiles quantiles[2];

    quantiles[first] = measure(plan, first == 1, seed);
    quantiles[1 - first] = measure(plan, first == 0, seed);
    for (int with = 0; with < 2; with++)
      p99_ms[with][pair] = quantiles[with].p99_ms;
    ratios[pair] = p99_ms[1][pair] / p99_ms[0][pair];
    printf("%-6s %4" PRIu32 " %-7s", where, pair + 1, first == 1 ? "with" : "without");
    print_quantiles(&quantiles[0]);
    print_quantiles(&quantiles[1]);
    printf("  %6.3f\n", ratios[pair]);
    fflush(stdout);
  }
  ratio = median_of(ratios, plan->pairs);
  printf("%s: p99 without, median: %.3f ms; with: %.3f ms\n", where,
         median_of(p99_ms[0], plan->pairs).value, median_of(p99_ms[1], plan->pairs).value);
  print_ratio(where, &ratio, plan->pairs);
}

static void describe(const struct plan *plan)
{
  const struct stalled_load *load = &plan->load;
  struct utsname name;

  if (uname(&name) < 0)
    memset(&name, 0, sizeof name);
  printf("mpcc %s, %s, %ld cores; %" PRIu32 " items/s from %" PRIu32 " threads over %d slots, "
         "batches of %" PRIu32 ", %" PRIu32 " ms\n", mpcc_version(), name.machine,
         sysconf(_SC_NPROCESSORS_ONLN), load->rate, load->producers, STALLED_SLOTS - 1,
         load->batch_size, load->interval_ms);
  printf("%" PRIu32 " pairs of rounds of %" PRIu32 " ms, seed %" PRIu32 "; waits in ms, from when "
         "an item should have been pushed until the pump has it\n", plan->pairs, load->round_ms,
         plan->seed);
  printf("%19s  %-31s  with it\n", "", "without the stalled slot");
  printf("%-6s %4s %-7s", "pump", "pair", "first");
  for (int i = 0; i < 2; i++)
    printf("  %7s %7s %7s %7s", "p50", "p99", "p99.9", "max");
  printf("  %6s\n", "ratio");
}

static bool read_number(const struct option *option, const char *text)
{
  char *end;
  unsigned long value;

  if (text == NULL || *text < '0' || *text > '9')
    return false;
  value = strtoul(text, &end, 10);
  if (*end != '\0' || value < option->min || value > option->max)
    return false;
  *option->value = (uint32_t)value;
  return true;
}

/* False: an argument is not right. */
static bool read_arguments(struct plan *plan, char **argv)
{
  struct stalled_load *load = &plan->load;
  const struct option options[] = {
      {"--pairs", &plan->pairs, 1, MEDIAN_VALUES_MAX},
      {"--round-ms", &load->round_ms, 1, 600000},
      {"--rate", &load->rate, 1000, 10000000},
      {"--producers", &load->producers, 1, 64},
      {"--batch", &load->batch_size, 1, STALLED_CAPACITY},
      {"--interval", &load->interval_ms, 0, 10000},
      {"--seed", &plan->seed, 0, UINT32_MAX},
  };
  const size_t count = sizeof options / sizeof options[0];

  while (*++argv != NULL) {
    size_t i = 0;

    if (strcmp(*argv, "--smoke") == 0) {
      plan->pairs = 6; /* as few as give an interval */
      load->warm_ms = 5;
      load->round_ms = 30;
      continue;
    }
    while (i < count && strcmp(*argv, options[i].name) != 0)
      i++;
    if (i == count || !read_number(&options[i], *++argv))
      return false;
  }
  return true;
}

int main(int argc, char **argv)
{
  struct plan plan = {.pairs = 30, .seed = 1,
                      .load = {.rate = 100000, .producers = 2, .batch_size = 100,
                               .interval_ms = 10, .warm_ms = 100, .round_ms = 1000}};

  if (argc == 2 && strcmp(argv[1], "--help") == 0) {
    fputs(usage, stdout);
    return 0;
  }
  if (!read_arguments(&plan, argv)) {
    fputs(usage, stderr);
    return 2;
  }
  describe(&plan);
  plan.load.pump_on = MPCC_PUMP_ON_LOOP;
  compare(&plan, "loop");
  plan.load.pump_on = MPCC_PUMP_ON_WORKER;
  compare(&plan, "worker");
  return 0;
}
