/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* docs/guide/failures.md: a sink that is away at times, and refuses some items for good. */
#define _POSIX_C_SOURCE 200809L
#include "guide.h"

enum { ITEMS = 5000, EACH = 1000 }; /* one item of so many is refused */
enum { AWAY = -1, REFUSED = -2 };   /* statuses of the sink's own: any but the library's codes */

struct sink {
  unsigned calls, written;
  unsigned dead[ITEMS / EACH]; /* items that nobody will get */
  unsigned dead_count;
};

static bool is_refused(int item)
{
  return item % EACH == EACH - 1;
}

/* guide: knows */
/* A sink that tells which items it does not take. */
static int write_and_mark(mpcc_batch_t *batch, void *state)
{
  const int *items = batch->items;
  struct sink *sink = state;

  if (batch->attempt == 1 && ++sink->calls % 3 == 0)
    return AWAY; /* all of it again, after retry_delay_ms */
  for (size_t i = 0; i < batch->count; i++) {
    if (is_refused(items[i]))
      check(mpcc_batch_fail(batch, i, REFUSED), "fail"); /* this one again; the others are in */
    else
      sink->written++;
  }
  return 0;
}
/* guide: end */

/* guide: blind */
/* A sink that takes all of a batch or nothing, and does not tell why. */
static int write_all(mpcc_batch_t *batch, void *state)
{
  const int *items = batch->items;
  struct sink *sink = state;

  for (size_t i = 0; i < batch->count; i++)
    if (is_refused(items[i]))
      return REFUSED; /* isolate_failures finds out which */
  sink->written += (unsigned)batch->count;
  return 0;
}
/* guide: end */

/* guide: dead */
static void keep_dead(const mpcc_batch_t *batch, int reason, void *state)
{
  const int *items = batch->items;
  struct sink *sink = state;

  for (size_t i = 0; i < batch->count && sink->dead_count < ITEMS / EACH; i++)
    sink->dead[sink->dead_count++] = (unsigned)items[i]; /* a file, or a queue for dead letters */
  fprintf(stderr, "%zu not delivered, after %u tries: %d\n", batch->count,
          (unsigned)batch->attempt, reason);
}
/* guide: end */

static void run(mpcc_pump_cb pump, bool isolate)
{
  struct sink sink = {0};
  mpcc_t *mpcc;

  /* guide: options */
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(int);
  options.max_attempts = 3;
  options.retry_delay_ms = 2; /* then 4, 8, ... each plus or minus up to half of it */
  options.retry_delay_max_ms = 1000;
  options.isolate_failures = isolate;
  options.on_drop = keep_dead;
  /* guide: end */
  check(mpcc_create(&mpcc, &options), "create");
  check(mpcc_start(mpcc, pump, &sink), "start");
  for (int i = 0; i < ITEMS; i++)
    check(mpcc_push(mpcc, &i, 0), "push");
  mpcc_stats_t stats = drain(mpcc);
  printf("%llu delivered, %llu dropped, %llu batches, %llu further calls\n",
         (unsigned long long)stats.delivered, (unsigned long long)stats.dropped,
         (unsigned long long)stats.batches, (unsigned long long)stats.retries);
  is_true(sink.written == ITEMS - ITEMS / EACH, "what can be delivered is, once");
  is_true(sink.dead_count == ITEMS / EACH, "what can't is shown");
  for (unsigned i = 0; i < sink.dead_count; i++)
    is_true(sink.dead[i] == (i + 1) * EACH - 1, "in order, and no other item");
}

int main(void)
{
  run(write_and_mark, false);
  run(write_all, true);
  return 0;
}
