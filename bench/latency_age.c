/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The age of an item: from when it should have been pushed until the pump is called with it. It
 * should be the interval at most, as far as the generator was in time; how late that was is
 * measured beside it. One thread pushes, at a steady rate.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>

#include "latency.h"
#include "load.h"

enum { BATCH = 500, INTERVAL_MS = 10, ROUND_MS = 500, ROUNDS = 4, KINDS = 2 };

static const struct kind {
  const char *name;
  bool handles;
} kinds[KINDS] = {{"mpcc push", false}, {"mpcc handle", true}};

struct waits {
  struct histogram ages, late;
};

static double ms_of(uint64_t ns)
{
  return (double)ns / 1e6;
}

/* One round, in an instance of its own. */
static void add_round(struct suite *suite, const struct load_plan *plan, struct waits *waits)
{
  const uint64_t items = plan->rate * (suite->smoke ? 15 : ROUND_MS) / 1000;
  mpcc_options_t options;
  struct load load;

  mpcc_options_init(&options);
  options.slot_count = plan->slots;
  options.batch_size = BATCH;
  options.push_interval_ms = INTERVAL_MS;
  load_open(&load, suite, &options);
  load.ages = &waits->ages;
  load.late = &waits->late;
  (void)load_run(&load, plan, items != 0 ? items : 1);
  load_close(&load);
}

static void print_waits(struct suite *suite, const char *config, const char *subject,
                        const struct waits *waits)
{
  const uint64_t p99 = histogram_quantile(&waits->ages, 990);
  char note[80];

  suite_value(suite, config, subject, "age p50", "ms",
              ms_of(histogram_quantile(&waits->ages, 500)), "");
  snprintf(note, sizeof note, "%.2f of the interval", ms_of(p99) / INTERVAL_MS);
  suite_value(suite, config, subject, "age p99", "ms", ms_of(p99), note);
  suite_value(suite, config, subject, "age max", "ms", ms_of(waits->ages.max), "");
  snprintf(note, sizeof note, "at most %.3f", ms_of(waits->late.max));
  suite_value(suite, config, subject, "generator late p99", "ms",
              ms_of(histogram_quantile(&waits->late, 990)), note);
}

static void measure(struct suite *suite, uint32_t slots, uint64_t rate)
{
  const size_t rounds = suite_rounds(suite, 1, ROUNDS);
  struct waits *waits = calloc(KINDS, sizeof *waits);
  char config[64];

  if (waits == NULL)
    suite_fail(suite, "no memory");
  snprintf(config, sizeof config, "age S=%" PRIu32 " %" PRIu64 " items/s", slots, rate);
  for (size_t turn = 0; turn < rounds * KINDS && suite_wants(suite, config); turn++) {
    const size_t which = turn % KINDS;
    const struct load_plan plan = {.producers = 1, .slots = slots, .stride = 1,
                                   .handles = kinds[which].handles, .rate = rate};

    if (suite_takes(suite, kinds[which].name))
      add_round(suite, &plan, &waits[which]);
  }
  if (suite_wants(suite, config))
    printf("\nage of an item in the pump: batches of %d, interval %d ms\n", BATCH, INTERVAL_MS);
  for (size_t which = 0; which < KINDS; which++) {
    if (waits[which].ages.count != 0)
      print_waits(suite, config, kinds[which].name, &waits[which]);
  }
  free(waits);
}

void latency_age(struct suite *suite)
{
  for (uint32_t slots = 1; slots <= 16; slots *= 16) {
    for (uint64_t rate = 100; rate <= 1000000; rate *= 10)
      measure(suite, slots, rate);
  }
}
