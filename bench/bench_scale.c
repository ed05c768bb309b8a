/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What do slots cost that have nothing to do, and what do many that have?
 *
 * Idle slots: the memory that mpcc_create() takes, counted to the byte by an allocator of our own,
 * and how long create and destroy take. Slots beside the active ones: the whole job over 16 slots
 * among up to a million, measured in turn; they are the first ones, the last ones, or lie as far
 * apart as they can, each in a page of its own. Timers: one item in each of 100,000 slots, so each
 * of them comes due by its interval and makes a batch of its own; then silence, and what is left of
 * the memory.
 *
 * Items of 16 bytes, batches of 500, 10 ms.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>

#include "counting.h"
#include "load.h"
#include "schedule.h"
#include "suite.h"
#include "usage.h"

enum { BATCH = 500, INTERVAL_MS = 10, ACTIVE = 16, SIZES = 4, ROUNDS_KEPT = 64 };

static const uint32_t usual_sizes[SIZES] = {16, 1000, 100000, 1000000};
static const uint32_t smoke_sizes[SIZES] = {16, 100, 1000, 20000};

static mpcc_options_t options_of(uint32_t slots, const mpcc_allocator_t *allocator)
{
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(struct load_item);
  options.slot_count = slots;
  options.batch_size = BATCH;
  options.push_interval_ms = INTERVAL_MS;
  options.allocator = allocator;
  return options;
}

/* -- Idle slots ----------------------------------------------------------------------------- */

static size_t bytes_of(struct suite *suite, uint32_t slots)
{
  struct counting counting = {0};
  const mpcc_allocator_t allocator = counting_allocator(&counting);
  const mpcc_options_t options = options_of(slots, &allocator);
  mpcc_t *mpcc;
  size_t bytes;

  if (mpcc_create(&mpcc, &options) != 0)
    suite_fail(suite, "mpcc cannot be created");
  bytes = counting_bytes(&counting);
  if (mpcc_destroy(mpcc) != 0 || counting_bytes(&counting) != 0)
    suite_fail(suite, "memory is missing");
  return bytes;
}

/* Slots alone: what an instance costs that has none of them cancels out. */
static void measure_memory(struct suite *suite, const uint32_t *sizes)
{
  const size_t fewest = bytes_of(suite, sizes[0]);
  char config[64], note[64];

  for (size_t i = 0; i < SIZES; i++) {
    const size_t bytes = bytes_of(suite, sizes[i]);

    snprintf(config, sizeof config, "%" PRIu32 " idle slots", sizes[i]);
    snprintf(note, sizeof note, "%.1f for each, %zu more than for %" PRIu32,
             (double)bytes / sizes[i], bytes - fewest, sizes[0]);
    suite_value(suite, config, "mpcc", "memory", "bytes", (double)bytes, note);
  }
  snprintf(config, sizeof config, "one more idle slot");
  suite_value(suite, config, "mpcc", "memory", "bytes",
              (double)(bytes_of(suite, sizes[SIZES - 1]) - fewest) / (sizes[SIZES - 1] - sizes[0]),
              "");
}

static void measure_life(struct suite *suite, const uint32_t *sizes)
{
  const size_t rounds = suite_rounds(suite, 1, 9);
  double create_ns[ROUNDS_KEPT], destroy_ns[ROUNDS_KEPT];
  char config[64];

  for (size_t i = 0; i < SIZES; i++) {
    const mpcc_options_t options = options_of(sizes[i], NULL);
    size_t creates = 0;
    mpcc_t *mpcc;

    for (; creates < rounds && creates < ROUNDS_KEPT; creates++) {
      const uint64_t begin_ns = now_ns();
      uint64_t created_ns;

      if (mpcc_create(&mpcc, &options) != 0)
        suite_fail(suite, "mpcc cannot be created");
      created_ns = now_ns();
      (void)mpcc_destroy(mpcc);
      create_ns[creates] = (double)(created_ns - begin_ns);
      destroy_ns[creates] = (double)(now_ns() - created_ns);
    }
    snprintf(config, sizeof config, "%" PRIu32 " idle slots", sizes[i]);
    suite_value(suite, config, "mpcc", "create", "us", median_of(create_ns, creates).value / 1e3,
                "");
    suite_value(suite, config, "mpcc", "destroy", "us", median_of(destroy_ns, creates).value / 1e3,
                "");
  }
}

/* -- A few active ones among many ----------------------------------------------------------- */

struct active {
  struct load *load;
  struct load_plan plan;
  uint64_t items;
  char name[64];
};

/* Where they lie. */
enum place { FIRST, LAST, SCATTERED, PLACES };
static const char *const places[PLACES] = {"the first", "the last", "scattered"};

static double job_ns(void *arg)
{
  struct active *active = arg;

  return load_run(active->load, &active->plan, active->items) / (double)active->items;
}

static void add_active(const struct suite *suite, struct active *active, struct load *load,
                       uint32_t producers, uint32_t slots, enum place place)
{
  active->load = load;
  active->plan = (struct load_plan){.producers = producers, .slots = ACTIVE,
                                    .first = place == LAST ? slots - ACTIVE : 0,
                                    .stride = place == SCATTERED ? slots / ACTIVE : 1};
  active->items = suite->smoke ? 10000 : 1000000;
  snprintf(active->name, sizeof active->name, "%s of %" PRIu32, places[place], slots);
  (void)job_ns(active); /* to warm its memory */
}

/* All of 16, and 16 in each place of more. */
static void measure_active(struct suite *suite, const uint32_t *sizes, uint32_t producers)
{
  static struct load loads[SIZES];
  struct active actives[PLACES * SIZES];
  struct subject subjects[PLACES * SIZES];
  char config[64];
  size_t count = 0;

  snprintf(config, sizeof config, "P=%" PRIu32 " %d active", producers, ACTIVE);
  if (!suite_wants(suite, config))
    return;
  for (size_t i = 0; i < SIZES; i++) {
    const mpcc_options_t options = options_of(sizes[i], NULL);

    load_open(&loads[i], suite, &options);
    for (enum place place = FIRST; place < (i == 0 ? LAST : PLACES); place++, count++) {
      add_active(suite, &actives[count], &loads[i], producers, sizes[i], place);
      subjects[count] = (struct subject){actives[count].name, job_ns, &actives[count]};
    }
  }
  suite_heading(suite, "the whole job, 16 slots active among many", "ns per item");
  suite_compare(suite, config, "whole job", "ns per item", LOWER_IS_BETTER, subjects, count,
                suite_rounds(suite, 1, 15));
  for (size_t i = 0; i < SIZES; i++)
    load_close(&loads[i]);
}

/* -- Timers on all of many ------------------------------------------------------------------ */

struct timers {
  double first_ns, again_ns; /* processor time per item, and there is one for each slot */
  double idle_us;            /* processor time in silence afterwards */
  double bytes, peak;        /* per slot, more than while all were idle */
  double batches;            /* per item */
};

/* Processor time per item for one in each slot: pushed, come due, handed over. */
static double arm_all(struct load *load, const struct load_plan *plan)
{
  const uint64_t begin_ns = usage_cpu_ns();

  (void)load_run(load, plan, plan->slots);
  return (double)(usage_cpu_ns() - begin_ns) / plan->slots;
}

static double be_silent(const struct suite *suite)
{
  uint64_t cpu_ns;

  sleep_ms(suite->smoke ? 50 : 500);
  cpu_ns = usage_cpu_ns();
  sleep_ms(suite->smoke ? 50 : 1000);
  return (double)(usage_cpu_ns() - cpu_ns) / 1e3;
}

static struct timers measure_timers(struct suite *suite, const struct load_plan *plan)
{
  const size_t rounds = suite_rounds(suite, 1, 9);
  struct counting counting = {0};
  const mpcc_allocator_t allocator = counting_allocator(&counting);
  const mpcc_options_t options = options_of(plan->slots, &allocator);
  double again_ns[ROUNDS_KEPT], idle;
  struct timers timers;
  mpcc_stats_t stats;
  struct load load;
  size_t kept = 0;

  load_open(&load, suite, &options);
  idle = (double)counting_bytes(&counting);
  timers.first_ns = arm_all(&load, plan);
  for (; kept < rounds && kept < ROUNDS_KEPT; kept++)
    again_ns[kept] = arm_all(&load, plan);
  timers.again_ns = median_of(again_ns, kept).value;
  timers.idle_us = be_silent(suite);
  timers.bytes = ((double)counting_bytes(&counting) - idle) / plan->slots;
  timers.peak = ((double)counting_peak(&counting) - idle) / plan->slots;
  mpcc_stats(load.mpcc, &stats);
  timers.batches = (double)stats.batches / (double)stats.pushed;
  load_close(&load);
  return timers;
}

static void print_timers(struct suite *suite, uint32_t slots, bool handles)
{
  const struct load_plan plan = {.producers = 1, .slots = slots, .stride = 1, .evenly = true,
                                 .handles = handles};
  const char *subject = handles ? "mpcc handle" : "mpcc push";
  struct timers timers;
  char config[64], note[64];

  snprintf(config, sizeof config, "1 item in each of %" PRIu32, slots);
  if (!suite_wants(suite, config))
    return;
  timers = measure_timers(suite, &plan);
  printf("\ntimers on all slots at once\n");
  snprintf(note, sizeof note, "%.2f batches for each item", timers.batches);
  suite_value(suite, config, subject, "processor time at first", "ns per item", timers.first_ns,
              "memory never touched before");
  suite_value(suite, config, subject, "processor time", "ns per item", timers.again_ns, note);
  suite_value(suite, config, subject, "idle processor time", "us", timers.idle_us,
              suite->smoke ? "in 50 ms of silence" : "in 1 s of silence");
  suite_value(suite, config, subject, "memory at the peak", "bytes per slot", timers.peak, "");
  suite_value(suite, config, subject, "memory afterwards", "bytes per slot", timers.bytes, "");
}

int main(int argc, char **argv)
{
  const uint32_t *sizes;
  struct suite suite;

  suite_open(&suite, "bench_scale", argc, argv);
  sizes = suite.smoke ? smoke_sizes : usual_sizes;
  if (suite_wants(&suite, "idle slots")) {
    printf("\nidle slots: what mpcc_create() asks for, and how long it takes\n");
    measure_memory(&suite, sizes);
    measure_life(&suite, sizes);
  }
  measure_active(&suite, sizes, 1);
  measure_active(&suite, sizes, 2);
  print_timers(&suite, suite.smoke ? 2000 : 100000, false);
  print_timers(&suite, suite.smoke ? 2000 : 100000, true);
  suite_close(&suite);
  return 0;
}
