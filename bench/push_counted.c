/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * For instructions.sh: a number of items, pushed and taken by burst_push() and burst_take(); or by
 * burst_cycle(), to see if idle slots cost anything. A run with twice as many differs from it by
 * the instructions that so many items take, however long it took to begin.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "push_parts.h"

enum { ITEM_SIZE = 16, BURST = 2000, ACTIVE = 16, IN_EACH = 60, CYCLE = ACTIVE * IN_EACH };

static const struct {
  const char *name;
  uint32_t slots;
} sparse[] = {{"16 slots active of 16", ACTIVE}, {"16 slots active of 100000", 100000}};

enum { SPARSE_COUNT = sizeof sparse / sizeof *sparse };

struct counted {
  const struct pusher *pusher;
  struct pusher_job job;
  struct sink sink;
  void *opened;
  struct pushing pushing;
};

static bool open_counted(struct counted *counted, const struct pusher *pusher, uint32_t slots)
{
  counted->pusher = pusher;
  counted->job = (struct pusher_job){.item_size = ITEM_SIZE, .slots = slots, .threads = 1,
                                     .room = BURST, .sink = sink_take, .state = &counted->sink};
  sink_open(&counted->sink, ITEM_SIZE);
  counted->opened = pusher->open(&counted->job);
  return counted->opened != NULL && pusher->join(counted->opened, &counted->pushing);
}

static void close_counted(struct counted *counted)
{
  if (counted->pusher->leave != NULL)
    counted->pusher->leave(&counted->pushing);
  counted->pusher->close(counted->opened);
}

static bool run_bursts(const struct pusher *pusher, uint64_t items)
{
  struct counted counted;
  uint64_t sum = 0;
  bool fine = open_counted(&counted, pusher, 1);

  for (uint64_t done = 0; fine && done < items; done += BURST) {
    fine = burst_push(&counted.pushing, 0, 1, BURST, ITEM_SIZE) == BURST &&
           burst_take(pusher, counted.opened, BURST) == BURST;
    sum += burst_sum(1, BURST);
  }
  fine = fine && sink_sum(&counted.sink) == sum;
  if (fine)
    close_counted(&counted);
  return fine;
}

/* The active slots lie as far apart as they can. */
static bool run_cycles(uint32_t slots, uint64_t items)
{
  struct counted counted;
  uint64_t pushed = 0, sum = 0;
  bool fine = open_counted(&counted, pushers_solo[0], slots);

  for (; fine && pushed < items; pushed += CYCLE) {
    fine = burst_cycle(&counted.pushing, counted.pusher, counted.opened, ACTIVE, slots / ACTIVE,
                       IN_EACH);
    sum += ACTIVE * burst_sum(1, IN_EACH);
  }
  if (!fine)
    return false;
  burst_take(counted.pusher, counted.opened, (size_t)(pushed - sink_count(&counted.sink)));
  fine = sink_count(&counted.sink) == pushed && sink_sum(&counted.sink) == sum;
  close_counted(&counted);
  return fine;
}

static int run(const char *name, uint64_t items)
{
  if (items == 0)
    return 3;
  for (size_t i = 0; i < SPARSE_COUNT; i++)
    if (strcmp(name, sparse[i].name) == 0)
      return run_cycles(sparse[i].slots, items) ? 0 : 1;
  for (const struct pusher *const *pusher = pushers_solo; *pusher != NULL; pusher++)
    if (strcmp(name, (*pusher)->name) == 0)
      return run_bursts(*pusher, items) ? 0 : 1;
  return 2;
}

int push_counted(const char *name, const char *items)
{
  const int result = run(name, strtoull(items, NULL, 10));

  if (result == 1)
    fprintf(stderr, "bench_push: %s: not all that was pushed came out\n", name);
  if (result == 2)
    fprintf(stderr, "bench_push: there is no %s\n", name);
  if (result == 3)
    fprintf(stderr, "bench_push: %s is no number of items\n", items);
  return result;
}

void push_counted_names(void)
{
  for (const struct pusher *const *pusher = pushers_solo; *pusher != NULL; pusher++)
    printf("%s\n", (*pusher)->name);
  for (size_t i = 0; i < SPARSE_COUNT; i++)
    printf("%s\n", sparse[i].name);
}
