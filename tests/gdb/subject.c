/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What gdb looks at: an instance that is stopped in a pump, with numbers that are known.
 *
 *   slot 1   a batch whose first try failed and that waits for another, and 5 items behind it
 *   slot 2   a batch of 10 that was answered MPCC_PENDING, and 15 items queued
 *   slot 3   the batch of 10 in whose pump look_here() is called, and 13 items queued
 *   slot 9   nothing ever: idle, as are the others
 * and a producer handle with 4 items. And one whose only worker is in a pump that never ends.
 */
#define _POSIX_C_SOURCE 200809L
#include <mpcc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { ITEMS_BEHIND = 5, ITEMS_TWO = 25, ITEMS_THREE = 23, IN_HANDLE = 4, SINK_FAILED = 7 };

struct item {
  int number;
  char name[12];
};

mpcc_t *subject, *working; /* for gdb to find, as are those below */
mpcc_batch_t *looked_at;
mpcc_producer_t *handle;

void look_here(mpcc_batch_t *batch);

/* The breakpoint. */
void look_here(mpcc_batch_t *batch)
{
  looked_at = batch;
}

static void check(bool good, const char *what)
{
  if (good)
    return;
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

static int pump(mpcc_batch_t *batch, void *state)
{
  (void)state;
  if (batch->slot == 1)
    return SINK_FAILED;
  if (batch->slot == 2)
    return MPCC_PENDING;
  /* Only now, as a step begins with a look into the handles. */
  for (int i = 0; i < IN_HANDLE; i++)
    check(mpcc_producer_push(handle, &(struct item){i, "in a handle"}, 40) == 0,
          "mpcc_producer_push");
  look_here(batch);
  return 0;
}

static void push(uint32_t slot, int count)
{
  for (int i = 0; i < count; i++) {
    const struct item item = {i, "item"};
    check(mpcc_push(subject, &item, slot) == 0, "mpcc_push");
  }
}

static int never_end(mpcc_batch_t *batch, void *state)
{
  (void)batch;
  (void)state;
  while (pause() == -1) /* as it always is */
    ;
  return 0;
}

/* One batch is in the worker's pump, and one waits for it. */
static void work(void)
{
  const struct timespec moment = {.tv_nsec = 1000000};
  mpcc_options_t options;
  mpcc_stats_t stats;

  mpcc_options_init(&options);
  options.item_size = sizeof(int);
  options.slot_count = 2;
  options.batch_size = 1;
  options.pump_on = MPCC_PUMP_ON_WORKER;
  options.worker_count = 1;
  check(mpcc_create(&working, &options) == 0, "mpcc_create");
  check(mpcc_start(working, never_end, NULL) == 0, "mpcc_start");
  for (uint32_t slot = 0; slot < options.slot_count; slot++) {
    check(mpcc_push(working, &(int){1}, slot) == 0, "mpcc_push");
    do
      check(nanosleep(&moment, NULL) == 0 && mpcc_stats(working, &stats) == 0, "mpcc_stats");
    while (stats.in_flight != slot + 1);
  }
  do
    check(nanosleep(&moment, NULL) == 0, "nanosleep"); /* until the worker has begun */
  while (mpcc_slot_stats(working, 0, &stats) != 0 || stats.in_flight != 1);
}

/* Manual: all of it happens in an order that is known, on this thread. */
int main(void)
{
  mpcc_options_t options;

  work();
  mpcc_options_init(&options);
  options.item_size = sizeof(struct item);
  options.slot_count = 3000;
  options.batch_size = 10;
  options.manual = true;
  options.max_attempts = 3;
  options.retry_delay_ms = 100000;
  options.push_interval_ms = MPCC_NO_INTERVAL;
  check(mpcc_create(&subject, &options) == 0, "mpcc_create");
  check(mpcc_start(subject, pump, NULL) == 0, "mpcc_start");
  push(1, (int)options.batch_size);
  check(mpcc_step(subject, 1000, NULL) == 0, "mpcc_step");
  push(2, ITEMS_TWO);
  check(mpcc_step(subject, 2000, NULL) == 0, "mpcc_step");
  push(1, ITEMS_BEHIND);
  push(3, ITEMS_THREE);
  check(mpcc_producer_open(subject, &handle) == 0, "mpcc_producer_open");
  check(mpcc_step(subject, 2500, NULL) == 0, "mpcc_step");
  return 0; /* gdb has ended it before */
}
