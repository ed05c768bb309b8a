/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * tags.c against a broker of one array: messages are delivered, processed in any order, taken in
 * batches; what "multiple" covers is never more than what is processed.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tags.h"

enum { PREFETCH = 40, BATCH = 15, MESSAGES = 5000, LIVES = 40 };
enum { UNKNOWN, DELIVERED, PROCESSED, ACKED };

static unsigned char state[MESSAGES + 1]; /* by tag */
static uint64_t processed[PREFETCH];
static size_t processed_count, outstanding;
static uint64_t delivered, runs;
static uint64_t chance;

static size_t below(size_t limit)
{
  chance = chance * 6364136223846793005u + 1442695040888963407u;
  return (size_t)(chance >> 33) % limit;
}

static void check(bool holds, const char *what)
{
  if (holds)
    return;
  fprintf(stderr, "FAILED: %s\n", what);
  exit(1);
}

static void deliver(struct tags *tags)
{
  if (delivered == MESSAGES || outstanding == PREFETCH)
    return;
  state[++delivered] = DELIVERED;
  outstanding++;
  check(tags_add(tags, delivered) == 0, "as many tags as the prefetch have room");
}

/* Some message or other that is delivered, near the first one so that there are runs. */
static void process(void)
{
  uint64_t first = 1;

  while (first <= delivered && state[first] != DELIVERED)
    first++;
  if (first > delivered)
    return;
  uint64_t tag = first + (below(3) == 0 ? below((size_t)(delivered - first) + 1) : 0);
  if (state[tag] != DELIVERED)
    tag = first;
  state[tag] = PROCESSED;
  processed[processed_count++] = tag;
}

static void ack(uint64_t tag, bool multiple)
{
  check(tag >= 1 && tag <= delivered && state[tag] == PROCESSED, "a tag is acknowledged once");
  for (uint64_t i = multiple ? 1 : tag; i <= tag; i++) {
    check(state[i] != DELIVERED, "nothing unprocessed is acknowledged by a neighbour");
    outstanding -= state[i] == PROCESSED;
    state[i] = ACKED;
  }
}

static void acknowledge(struct tags *tags)
{
  uint64_t batch[BATCH];
  const size_t count = processed_count < BATCH ? processed_count : BATCH;
  size_t run;

  memcpy(batch, processed, count * sizeof *batch);
  memmove(processed, processed + count, (processed_count - count) * sizeof *processed);
  processed_count -= count;
  run = tags_take(tags, batch, count);
  check(run <= count, "a run is part of the batch");
  if (run > 0)
    ack(batch[run - 1], true);
  runs += run > 1;
  for (size_t i = run; i < count; i++)
    ack(batch[i], false);
  check(tags->count == outstanding, "the tags are those that the broker waits for");
}

static void live(uint64_t seed)
{
  struct tags tags;

  chance = seed;
  memset(state, UNKNOWN, sizeof state);
  processed_count = outstanding = 0;
  delivered = 0;
  check(tags_open(&tags, PREFETCH) == 0, "memory");
  while (delivered < MESSAGES || outstanding > 0) {
    const size_t what = below(20);
    if (what < 10)
      deliver(&tags);
    else if (what < 19)
      process();
    else
      acknowledge(&tags);
  }
  check(tags.count == 0, "nothing is left");
  for (uint64_t i = 1; i <= PREFETCH; i++)
    check(tags_add(&tags, i) == 0, "room again");
  check(tags_add(&tags, PREFETCH + 1) != 0, "more than the prefetch is refused");
  tags_clear(&tags);
  check(tags_add(&tags, 1) == 0, "a new channel counts from 1");
  tags_close(&tags);
}

int main(void)
{
  for (uint64_t seed = 1; seed <= LIVES; seed++)
    live(seed);
  check(runs > LIVES, "there were runs");
  printf("%d lives, %llu runs\n", LIVES, (unsigned long long)runs);
  return 0;
}
