/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One thread pushes BURST items, four batches, and takes them out again, over and over. Both are
 * timed, each on its own. All pushers are open side by side.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>

#include "push_parts.h"
#include "schedule.h"

enum { BURST = 2000, ROUNDS = 31, ROUND_ITEMS = 100000, WARM_ITEMS = 400000, SMOKE_ITEMS = 4000 };

enum metric { PUSH_NS, TAKE_NS };

struct solo {
  struct suite *suite;
  const struct pusher *pusher;
  struct pusher_job job;
  void *opened;
  struct pushing pushing;
  struct sink sink;
  size_t many; /* items in a push; 0: one by one */
  enum metric metric;
  size_t bursts;
  uint64_t items[BURST * PUSHER_ITEM_MAX / sizeof(uint64_t)]; /* for push_many */
};

/* -- A round ------------------------------------------------------------------------------- */

static bool push_burst(struct solo *solo)
{
  const size_t size = solo->job.item_size;

  if (solo->many != 0)
    return burst_push_many(&solo->pushing, 0, solo->items, BURST, solo->many, size);
  return burst_push(&solo->pushing, 0, 1, BURST, size) == BURST;
}

/* Each burst is checked: it came out, and whole. */
static void run_burst(struct solo *solo, uint64_t *push_ns, uint64_t *take_ns)
{
  const uint64_t sum = sink_sum(&solo->sink), begin_ns = now_ns();
  uint64_t middle_ns;

  if (!push_burst(solo))
    suite_fail(solo->suite, "a push was refused");
  middle_ns = now_ns();
  if (burst_take(solo->pusher, solo->opened, BURST) != BURST)
    suite_fail(solo->suite, "not all that was pushed came out");
  *take_ns += now_ns() - middle_ns;
  *push_ns += middle_ns - begin_ns;
  if (sink_sum(&solo->sink) - sum != burst_sum(1, BURST))
    suite_fail(solo->suite, "what came out is not what was pushed");
}

static double measure(void *arg)
{
  struct solo *solo = arg;
  uint64_t push_ns = 0, take_ns = 0;

  for (size_t i = 0; i < solo->bursts; i++)
    run_burst(solo, &push_ns, &take_ns);
  return (double)(solo->metric == PUSH_NS ? push_ns : take_ns) / (double)(solo->bursts * BURST);
}

/* -- A configuration ----------------------------------------------------------------------- */

static void write_items(struct solo *solo)
{
  const size_t words = solo->job.item_size / sizeof(uint64_t);

  for (size_t i = 0; i < BURST * words; i++)
    solo->items[i] = 1 + i / words;
}

static struct solo *open_solo(struct suite *suite, const struct pusher *pusher, size_t item_size,
                              size_t many)
{
  struct solo *solo = calloc(1, sizeof *solo);
  const size_t warm = suite->smoke ? SMOKE_ITEMS : WARM_ITEMS;
  const size_t round = suite->smoke ? SMOKE_ITEMS : ROUND_ITEMS;

  if (solo == NULL)
    suite_fail(suite, "no memory");
  solo->suite = suite;
  solo->pusher = pusher;
  solo->many = many;
  solo->job = (struct pusher_job){.item_size = item_size, .slots = 1, .threads = 1,
                                  .room = BURST, .sink = sink_take, .state = &solo->sink};
  sink_open(&solo->sink, item_size);
  write_items(solo);
  solo->opened = pusher->open(&solo->job);
  if (solo->opened == NULL || !pusher->join(solo->opened, &solo->pushing))
    suite_fail(suite, "a queue does not open");
  solo->bursts = warm / BURST;
  if (many == 0 || solo->pushing.push_many != NULL)
    measure(solo); /* to warm its memory */
  solo->bursts = round / BURST;
  return solo;
}

static void close_solo(struct solo *solo)
{
  if (solo->pusher->leave != NULL)
    solo->pusher->leave(&solo->pushing);
  solo->pusher->close(solo->opened);
  free(solo);
}

static size_t open_all(struct suite *suite, size_t item_size, size_t many, struct solo **solos)
{
  size_t count = 0;

  for (const struct pusher *const *pusher = pushers_solo; *pusher != NULL; pusher++) {
    if ((*pusher)->item_size != 0 && (*pusher)->item_size != item_size)
      continue;
    solos[count] = open_solo(suite, *pusher, item_size, many);
    if (many != 0 && solos[count]->pushing.push_many == NULL)
      close_solo(solos[count]);
    else
      count++;
  }
  return count;
}

static void compare(struct suite *suite, const char *config, struct solo **solos, size_t count,
                    enum metric metric, const char *name)
{
  struct subject subjects[SUBJECTS_MAX];

  for (size_t i = 0; i < count; i++) {
    solos[i]->metric = metric;
    subjects[i] = (struct subject){solos[i]->pusher->name, measure, solos[i]};
  }
  suite_compare(suite, config, name, "ns", LOWER_IS_BETTER, subjects, count,
                suite_rounds(suite, 1, ROUNDS));
}

static void run_solo(struct suite *suite, size_t item_size, size_t many)
{
  struct solo *solos[SUBJECTS_MAX];
  char config[64];
  size_t count;

  if (many == 0)
    snprintf(config, sizeof config, "solo %zu B", item_size);
  else
    snprintf(config, sizeof config, "many %zu x %zu B", many, item_size);
  if (!suite_wants(suite, config))
    return;
  count = open_all(suite, item_size, many, solos);
  suite_heading(suite, many == 0 ? "push one item" : "push many items in one call, for each", "ns");
  compare(suite, config, solos, count, PUSH_NS, "push");
  if (many == 0) {
    suite_heading(suite, "take and read one item", "ns");
    compare(suite, config, solos, count, TAKE_NS, "take");
  }
  for (size_t i = 0; i < count; i++)
    close_solo(solos[i]);
}

void push_solo(struct suite *suite)
{
  static const size_t sizes[] = {16, 8, 32, 64};

  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    run_solo(suite, sizes[i], 0);
}

void push_many(struct suite *suite)
{
  static const size_t counts[] = {8, 64, 500};

  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    run_solo(suite, 16, counts[i]);
}
