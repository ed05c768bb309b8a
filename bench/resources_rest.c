/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * After traffic through every slot there is silence, and the instance stays open: does a thread of
 * the library's still run? The one that measures sleeps meanwhile, and what that costs is measured
 * beside it, without an instance.
 */
#define _POSIX_C_SOURCE 200809L
#include "resources_rest.h"

#include <stdio.h>

#include "load.h"
#include "schedule.h"
#include "usage.h"

enum { SLOTS = 1000, PRODUCERS = 2, ITEMS = 200000, SETTLE_MS = 500, SILENCE_MS = 2000 };

/* What a time of silence cost. */
struct silence {
  struct usage_switches switches;
  uint64_t cpu_ns;
};

static struct silence be_silent(const struct suite *suite, const struct usage_threads *threads)
{
  struct usage_switches before, after;
  uint64_t cpu_ns;

  sleep_ms(suite->smoke ? 30 : SETTLE_MS);
  before = usage_switches(threads);
  cpu_ns = usage_cpu_ns();
  sleep_ms(suite->smoke ? 30 : SILENCE_MS);
  cpu_ns = usage_cpu_ns() - cpu_ns;
  after = usage_switches(threads);
  return (struct silence){{after.voluntary - before.voluntary, after.forced - before.forced},
                          cpu_ns};
}

static void print_silence(struct suite *suite, const char *config, const char *subject,
                          const struct silence *silence, size_t threads)
{
  char note[64];

  suite_value(suite, config, subject, "processor time", "us", (double)silence->cpu_ns / 1e3,
              "the whole process");
  if (threads == 0)
    return;
  snprintf(note, sizeof note, "of %zu thread%s", threads, threads == 1 ? "" : "s");
  suite_value(suite, config, subject, "voluntary switches", "switches",
              (double)silence->switches.voluntary, note);
  suite_value(suite, config, subject, "forced switches", "switches",
              (double)silence->switches.forced, note);
}

static void measure_rest(struct suite *suite, const char *config, const char *subject,
                         const mpcc_options_t *options, bool handles)
{
  const struct load_plan plan = {.producers = PRODUCERS, .slots = SLOTS, .stride = 1,
                                 .handles = handles};
  const struct usage_threads others = usage_threads(NULL);
  struct usage_threads ours;
  struct silence silence;
  struct load load;

  load_open(&load, suite, options);
  ours = usage_threads(&others);
  (void)load_run(&load, &plan, suite->smoke ? ITEMS / 10 : ITEMS);
  silence = be_silent(suite, &ours);
  load_close(&load);
  print_silence(suite, config, subject, &silence, ours.count);
}

void resources_rest(struct suite *suite)
{
  const struct usage_threads none = {0};
  const char *config = suite->smoke ? "at rest 30 ms" : "at rest 2 s";
  mpcc_options_t options;
  struct silence nothing;

  if (!suite_wants(suite, config))
    return;
  printf("\nat rest: %d slots, after %d items from %d threads\n", SLOTS,
         suite->smoke ? ITEMS / 10 : ITEMS, PRODUCERS);
  nothing = be_silent(suite, &none);
  print_silence(suite, config, "no instance", &nothing, 0);
  mpcc_options_init(&options);
  options.slot_count = SLOTS;
  options.push_interval_ms = 10;
  measure_rest(suite, config, "mpcc push", &options, false);
  measure_rest(suite, config, "mpcc handle (open)", &options, true);
  options.capacity = 1000;
  measure_rest(suite, config, "mpcc bounded", &options, false);
  options.pump_on = MPCC_PUMP_ON_WORKER;
  options.worker_count = 1; /* what comes out is added up by one thread */
  measure_rest(suite, config, "mpcc bounded and worker", &options, false);
}
