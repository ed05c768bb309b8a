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

#include "schedule.h"
#include "stalled_round.h"
#include "suite.h"

/* What suite_open() does not know. */
static const char usage[] =
    "usage: bench_stalled [option of any benchmark]... [option]...\n"
    "Does a slot whose pump never answers delay the others?\n"
    "  --rounds N      pairs of rounds without and with it, of each kind (30)\n"
    "  --round-ms N    length of a round, after its first 100 ms (400)\n"
    "  --rate N        items a second, over all 15 other slots (100000)\n"
    "  --producers N   threads that push them (2)\n"
    "  --batch N       batch_size (100)\n"
    "  --interval N    push_interval_ms (10)\n"
    "  --seed N        of the order of the rounds, and of the items' slots (1)\n";

struct plan {
  struct suite suite;
  struct stalled_load load;
  size_t pairs;
  uint32_t seed;
};

enum { WITHOUT, WITH };

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

  if (waits == NULL)
    suite_fail(&plan->suite, "no memory");
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

static void print_pair(const char *where, size_t pair, uint32_t first,
                       const struct quantiles *quantiles)
{
  printf("%-6s %4zu %-7s", where, pair + 1, first == WITH ? "with" : "without");
  print_quantiles(&quantiles[WITHOUT]);
  print_quantiles(&quantiles[WITH]);
  printf("  %6.3f\n", quantiles[WITH].p99_ms / quantiles[WITHOUT].p99_ms);
  fflush(stdout);
}

/* The lines that count: 99th percentiles, and how many times the one without is better. */
static void report(struct plan *plan, const char *where, const double *p99_ms)
{
  const struct subject subjects[] = {[WITHOUT] = {.name = "without it"},
                                     [WITH] = {.name = "with a stalled slot"}};
  char config[64];

  snprintf(config, sizeof config, "pump on %s", where);
  suite_heading(&plan->suite, "p99 of the other slots' waits", "ms");
  suite_report(&plan->suite, config, "p99 of the others", "ms", LOWER_IS_BETTER, subjects, 2,
               plan->pairs, p99_ms, WITHOUT);
  printf("\n");
}

static void compare(struct plan *plan, const char *where)
{
  static double p99_ms[2 * ROUNDS_MAX];
  uint64_t random = random_seed(plan->seed);

  for (size_t pair = 0; pair < plan->pairs; pair++) {
    const uint32_t first = random_below(&random, 2);
    const uint64_t seed = random;
    struct quantiles quantiles[2];

    quantiles[first] = measure(plan, first == WITH, seed);
    quantiles[1 - first] = measure(plan, first == WITHOUT, seed);
    for (size_t with = 0; with < 2; with++)
      p99_ms[with * plan->pairs + pair] = quantiles[with].p99_ms;
    print_pair(where, pair, first, quantiles);
  }
  report(plan, where, p99_ms);
}

static void describe(const struct plan *plan)
{
  const struct stalled_load *load = &plan->load;

  printf("%" PRIu32 " items/s from %" PRIu32 " threads over %d slots, batches of %" PRIu32
         ", %" PRIu32 " ms\n", load->rate, load->producers, STALLED_SLOTS - 1, load->batch_size,
         load->interval_ms);
  printf("%zu pairs of rounds of %" PRIu32 " ms, seed %" PRIu32 "; waits in ms, from when "
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

/* Takes out of ${argv} what is its own, and leaves the rest; its new length, or -1: wrong. */
static int read_arguments(struct plan *plan, char **argv)
{
  struct stalled_load *load = &plan->load;
  const struct option options[] = {
      {"--round-ms", &load->round_ms, 1, 600000},
      {"--rate", &load->rate, 1000, 10000000},
      {"--producers", &load->producers, 1, 64},
      {"--batch", &load->batch_size, 1, STALLED_CAPACITY},
      {"--interval", &load->interval_ms, 0, 10000},
      {"--seed", &plan->seed, 0, UINT32_MAX},
  };
  const size_t count = sizeof options / sizeof options[0];
  int left = 1;

  for (char **argument = argv + 1; *argument != NULL; argument++) {
    size_t i = 0;

    while (i < count && strcmp(*argument, options[i].name) != 0)
      i++;
    if (i == count)
      argv[left++] = *argument;
    else if (!read_number(&options[i], *++argument))
      return -1;
  }
  argv[left] = NULL;
  return left;
}

int main(int argc, char **argv)
{
  struct plan plan = {.seed = 1,
                      .load = {.rate = 100000, .producers = 2, .batch_size = 100,
                               .interval_ms = 10, .warm_ms = 100, .round_ms = 400}};

  argc = read_arguments(&plan, argv);
  if (argc < 0 || (argc == 2 && strcmp(argv[1], "--help") == 0)) {
    fputs(usage, argc < 0 ? stderr : stdout);
    return argc < 0 ? 2 : 0;
  }
  suite_open(&plan.suite, "bench_stalled", argc, argv);
  if (plan.suite.smoke) {
    plan.load.warm_ms = 5;
    plan.load.round_ms = 30;
  }
  plan.pairs = suite_rounds(&plan.suite, 6, 30); /* 6: as few as give an interval */
  describe(&plan);
  plan.load.pump_on = MPCC_PUMP_ON_LOOP;
  if (suite_wants(&plan.suite, "pump on loop"))
    compare(&plan, "loop");
  plan.load.pump_on = MPCC_PUMP_ON_WORKER;
  if (suite_wants(&plan.suite, "pump on worker"))
    compare(&plan, "worker");
  suite_close(&plan.suite);
  return 0;
}
