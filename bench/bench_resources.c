/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What does libmpcc cost beside time?
 *
 * At work, as fast as the producers can and at fixed rates: how often a sleeping loop is woken, and
 * how often memory is asked for, per batch, once the instance is warm. A wake is one write to a
 * descriptor. And at rest, when all items have gone: how often the library's threads run, and for
 * how long. Which system calls it makes at work says syscalls.sh, which runs this program.
 *
 * Instances of three kinds: unbounded, bounded (options.capacity), and unbounded with a producer
 * handle for each producer. Batches of 500 items of 16 bytes, 10 ms.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>

#include "counting.h"
#include "load.h"
#include "resources_rest.h"
#include "suite.h"

enum { BATCH = 500, INTERVAL_MS = 10, CAPACITY = 65536, WARM_RUNS = 3 };

struct kind {
  const char *name;
  bool bounded, handles;
};

static const struct kind kinds[] = {
    {"mpcc push", false, false},
    {"mpcc bounded", true, false},
    {"mpcc handle", false, true},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* What has been used since an instance began. */
struct used {
  mpcc_stats_t stats;
  uint64_t calls; /* of the allocator */
};

static struct used look(struct load *load, struct counting *counting)
{
  struct used used;

  mpcc_stats(load->mpcc, &used.stats);
  used.calls = counting_calls(counting);
  return used;
}

/* A tenth of a second's items at a fixed rate. */
static uint64_t items_of(const struct suite *suite, const struct load_plan *plan)
{
  if (plan->rate != 0)
    return plan->rate / (suite->smoke ? 100 : 10);
  return suite->smoke ? 5000 : 2000000;
}

static void print_used(struct suite *suite, const char *config, const char *kind,
                       const struct used *before, const struct used *after)
{
  const double batches = (double)(after->stats.batches - before->stats.batches);
  char note[80];

  snprintf(note, sizeof note, "%.0f batches of %.0f items", batches,
           (double)(after->stats.delivered - before->stats.delivered) / batches);
  suite_value(suite, config, kind, "batches", "batches", batches, "");
  suite_value(suite, config, kind, "wake-ups", "a batch",
              (double)(after->stats.wakeups - before->stats.wakeups) / batches, note);
  suite_value(suite, config, kind, "allocator calls", "a batch",
              (double)(after->calls - before->calls) / batches, "");
}

static void measure_work(struct suite *suite, const char *config, const struct kind *kind,
                         const struct load_plan *plan)
{
  const size_t rounds = suite_rounds(suite, 1, 9);
  const uint64_t items = items_of(suite, plan);
  struct counting counting = {0};
  const mpcc_allocator_t allocator = counting_allocator(&counting);
  struct used before, after;
  mpcc_options_t options;
  struct load load;

  mpcc_options_init(&options);
  options.slot_count = plan->slots;
  options.batch_size = BATCH;
  options.push_interval_ms = INTERVAL_MS;
  options.capacity = kind->bounded ? CAPACITY : 0;
  options.allocator = &allocator;
  load_open(&load, suite, &options);
  for (int i = 0; i < WARM_RUNS; i++)
    (void)load_run(&load, plan, items);
  before = look(&load, &counting);
  (void)load_run(&load, plan, items * rounds); /* one run: threads are started only once */
  after = look(&load, &counting);
  load_close(&load);
  if (counting_bytes(&counting) != 0)
    suite_fail(suite, "memory is missing");
  print_used(suite, config, kind->name, &before, &after);
}

/* P producers, S slots; ${rate} 0: full speed. */
static void measure_config(struct suite *suite, uint32_t producers, uint32_t slots, uint64_t rate)
{
  char speed[32] = "full speed", config[64];

  if (rate != 0)
    snprintf(speed, sizeof speed, "%" PRIu64 " items/s", rate);
  snprintf(config, sizeof config, "P=%" PRIu32 " S=%" PRIu32 " %s", producers, slots, speed);
  if (!suite_wants(suite, config))
    return;
  printf("\nat work: batches of %d items, %d ms\n", BATCH, INTERVAL_MS);
  for (size_t i = 0; i < KINDS; i++) {
    const struct load_plan plan = {.producers = producers, .slots = slots, .stride = 1,
                                   .handles = kinds[i].handles, .rate = rate};

    if (suite_takes(suite, kinds[i].name))
      measure_work(suite, config, &kinds[i], &plan);
  }
}

int main(int argc, char **argv)
{
  struct suite suite;

  suite_open(&suite, "bench_resources", argc, argv);
  for (uint32_t producers = 1; producers <= 4; producers *= 2)
    measure_config(&suite, producers, 1, 0);
  measure_config(&suite, 2, 16, 0);
  measure_config(&suite, 1, 1, 1000);
  measure_config(&suite, 1, 1, 100000);
  measure_config(&suite, 1, 16, 100000);
  resources_rest(&suite);
  suite_close(&suite);
  return 0;
}
