/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * How fast is the whole job, and what does it cost? From the push of 16-byte items, by 1 to 4
 * threads (up to 16 where there are processors for them), into 1 to 100,000 slots at random, to a
 * pump that gets them in batches of 500, or of what there is after 10 ms. The pump counts the
 * items, or reads each of them.
 *
 * libmpcc and its peers are open side by side and have their rounds in turn; traffic.h says what a
 * round is. How many items one has depends on the peer, so that it takes about 100 ms, but there are
 * ten for each slot at least. The first round checks that every item comes out of its slot, and in
 * the order in which its thread pushed.
 *
 *   items/s        over a round, its last interval included
 *   CPU            of all threads, per item
 *   mean batch     items per call of the pump
 *   wake-ups       of the thread that hands out, per second
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "peers.h"
#include "traffic.h"

enum { BATCH = 500, INTERVAL_MS = 10, ROUNDS = 9, ITEMS_OF_SLOT = 10 };

static const double round_seconds = 0.1;

struct config {
  uint32_t producers;
  uint32_t slots;
  enum pumping pumping;
};

enum metric { ITEMS, CPU, MEAN_BATCH, WAKEUPS, METRICS };

static const struct {
  const char *name;
  const char *unit;
  enum better better;
} metrics[METRICS] = {
  [ITEMS] = {"items/s", "M/s", HIGHER_IS_BETTER},
  [CPU] = {"CPU per item", "ns", LOWER_IS_BETTER},
  [MEAN_BATCH] = {"mean batch", "items", HIGHER_IS_BETTER},
  [WAKEUPS] = {"wake-ups", "1/s", LOWER_IS_BETTER},
};

/* One peer in one configuration. */
struct contender {
  const struct peer *peer;
  struct traffic *traffic;
  enum pumping pumping;
  uint64_t items; /* a round */
  size_t rounds;  /* so far */
  double values[METRICS][ROUNDS_MAX];
};

struct field {
  size_t count;
  struct contender contenders[SUBJECTS_MAX];
  struct subject subjects[SUBJECTS_MAX];
};

static double measure(void *arg)
{
  struct contender *contender = arg;
  const struct traffic_result result =
      traffic_round(contender->traffic, contender->items, contender->pumping);
  const size_t round = contender->rounds++;
  const double items = (double)result.items;

  contender->values[ITEMS][round] = items / result.seconds / 1e6;
  contender->values[CPU][round] = result.cpu_seconds / items * 1e9;
  contender->values[MEAN_BATCH][round] = items / (double)result.batches;
  contender->values[WAKEUPS][round] = (double)result.wakeups / result.seconds;
  return contender->values[ITEMS][round];
}

/* -- A configuration ----------------------------------------------------------------------- */

static bool fits(const struct peer *peer, const struct config *config)
{
  return (peer->slots_max == 0 || config->slots <= peer->slots_max) &&
         (!peer->spins || config->producers <= sysconf(_SC_NPROCESSORS_ONLN));
}

/* Longer and longer rounds, until one tells how many items fill the time. Warms the memory, too. */
static void calibrate(const struct suite *suite, struct contender *contender, uint32_t slots)
{
  const double interval = INTERVAL_MS / 1e3;
  double seconds;

  contender->items = 20000; /* several batches for each of the few slots */
  traffic_round(contender->traffic, contender->items, PUMP_CHECKS);
  if (suite->smoke)
    return;
  do {
    seconds = traffic_round(contender->traffic, contender->items, contender->pumping).seconds;
    if (seconds < interval + round_seconds / 20)
      contender->items *= 10;
    else
      contender->items = (uint64_t)((double)contender->items * round_seconds /
                                    (seconds - interval));
  } while (seconds < round_seconds / 2);
  /* Or what is measured of many slots is the first touch of each since the others' rounds. */
  if (contender->items < (uint64_t)slots * ITEMS_OF_SLOT)
    contender->items = (uint64_t)slots * ITEMS_OF_SLOT;
}

static void open_field(const struct suite *suite, struct field *field,
                       const struct config *config)
{
  const struct traffic_load load = {
    .producers = config->producers,
    .slots = config->slots,
    .batch = BATCH,
    .interval_ms = INTERVAL_MS,
    .window = config->slots <= 16 ? 131072 : 1048576,
  };

  field->count = 0;
  for (size_t i = 0; peers[i] != NULL; i++) {
    struct contender *contender = &field->contenders[field->count];

    if (!fits(peers[i], config) || !suite_takes(suite, peers[i]->name))
      continue;
    if (field->count == SUBJECTS_MAX)
      suite_fail(suite, "too many peers");
    contender->peer = peers[i];
    contender->pumping = config->pumping;
    contender->rounds = 0;
    contender->traffic = traffic_open(suite, peers[i], &load);
    field->subjects[field->count++] = (struct subject){peers[i]->name, measure, contender};
    calibrate(suite, contender, config->slots);
  }
}

static void close_field(struct field *field)
{
  for (size_t i = 0; i < field->count; i++)
    traffic_close(field->contenders[i].traffic);
}

/* -- Lines --------------------------------------------------------------------------------- */

static bool is_ours(const struct contender *contender)
{
  return strncmp(contender->peer->name, "mpcc ", 5) == 0;
}

/* One of libmpcc's ways leads; the others of them are in its table only if it is the first. */
static void report(struct suite *suite, const struct field *field, const char *config,
                   enum metric metric, size_t lead, size_t rounds)
{
  static double values[SUBJECTS_MAX * ROUNDS_MAX];
  struct subject subjects[SUBJECTS_MAX];
  size_t count = 0, at = 0;

  for (size_t i = 0; i < field->count; i++) {
    const struct contender *contender = &field->contenders[i];

    if (lead != 0 && i != lead && is_ours(contender))
      continue;
    if (i == lead)
      at = count;
    memcpy(&values[count * rounds], contender->values[metric], rounds * sizeof *values);
    subjects[count++] = field->subjects[i];
  }
  suite_report(suite, config, metrics[metric].name, metrics[metric].unit, metrics[metric].better,
               subjects, count, rounds, values, at);
}

/* Without ratios: what they say is not who is better. */
static void report_values(struct suite *suite, const struct field *field, const char *config,
                          enum metric metric, size_t rounds)
{
  for (size_t i = 0; i < field->count; i++) {
    double sorted[ROUNDS_MAX];

    if (metric == WAKEUPS && field->contenders[i].peer->wakeups == NULL)
      continue;
    memcpy(sorted, field->contenders[i].values[metric], rounds * sizeof *sorted);
    suite_value(suite, config, field->subjects[i].name, metrics[metric].name,
                metrics[metric].unit, median_of(sorted, rounds).value, "");
  }
}

static void report_all(struct suite *suite, const struct field *field, const char *config,
                       size_t rounds)
{
  char with_lead[64];

  suite_heading(suite, metrics[ITEMS].name, metrics[ITEMS].unit);
  report(suite, field, config, ITEMS, 0, rounds);
  for (size_t lead = 1; lead < field->count && is_ours(&field->contenders[lead]); lead++) {
    snprintf(with_lead, sizeof with_lead, "%s %s", config, field->subjects[lead].name + 5);
    report(suite, field, with_lead, ITEMS, lead, rounds);
  }
  suite_heading(suite, metrics[CPU].name, metrics[CPU].unit);
  report(suite, field, config, CPU, 0, rounds);
  suite_heading(suite, metrics[MEAN_BATCH].name, metrics[MEAN_BATCH].unit);
  report_values(suite, field, config, MEAN_BATCH, rounds);
  suite_heading(suite, metrics[WAKEUPS].name, metrics[WAKEUPS].unit);
  report_values(suite, field, config, WAKEUPS, rounds);
}

static void run(struct suite *suite, const struct config *config)
{
  static struct field field;
  const size_t rounds = suite_rounds(suite, 1, ROUNDS);
  double items[SUBJECTS_MAX * ROUNDS_MAX];
  char name[40];

  snprintf(name, sizeof name, "P=%" PRIu32 " S=%" PRIu32 " %s", config->producers, config->slots,
           config->pumping == PUMP_READS ? "read" : "no-op");
  if (!suite_wants(suite, name))
    return;
  open_field(suite, &field, config);
  suite_measure(suite, field.subjects, field.count, rounds, items);
  close_field(&field);
  report_all(suite, &field, name, rounds);
}

/* 4 producers, or as many as can really run at once. */
static uint32_t producers_most(void)
{
  const long processors = sysconf(_SC_NPROCESSORS_ONLN);

  if (processors <= 4)
    return 4;
  return processors < TRAFFIC_PRODUCERS_MAX ? (uint32_t)processors : TRAFFIC_PRODUCERS_MAX;
}

static void run_all(struct suite *suite)
{
  static const uint32_t slots[] = {1, 16, 1000, 100000};
  const uint32_t most = producers_most();

  for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
    for (uint32_t producers = 1; producers <= most; producers *= 2) {
      run(suite, &(struct config){producers, slots[i], PUMP_NOTHING});
      if (slots[i] <= 16)
        run(suite, &(struct config){producers, slots[i], PUMP_READS});
    }
  }
}

static void describe_peers(const struct suite *suite)
{
  printf("all on libuv %s, but GAsyncQueue\n", uv_version_string());
  for (size_t i = 0; peers[i] != NULL; i++) {
    if (suite_takes(suite, peers[i]->name))
      printf("%-24s %s\n", peers[i]->name, peers[i]->what);
  }
}

int main(int argc, char **argv)
{
  struct suite suite;

  suite_open(&suite, "bench_batcher", argc, argv);
  describe_peers(&suite);
  if (suite.smoke) {
    run(&suite, &(struct config){2, 1, PUMP_READS});
    run(&suite, &(struct config){2, 16, PUMP_NOTHING});
  } else {
    run_all(&suite);
  }
  suite_close(&suite);
  return 0;
}
