/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "run.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "console.h"
#include "reader.h"
#include "signals.h"
#include "writer.h"

enum { TICK_MS = 100 };

struct run {
  const struct run_plan *plan;
  mpcc_t *mpcc;
  struct line_memory memory;
  struct writers writers;
  struct readers readers;
  double began, last_tick; /* seconds */
  double rate;             /* lines a second, as shown: the last second or so counts most */
  uint64_t last_delivered;
  bool shows_progress;
};

static double clock_s(void)
{
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* On a writer's thread: this shard stores nothing any more, so do not read the rest. */
static void on_failure(void *arg)
{
  struct run *run = arg;

  readers_stop(&run->readers);
}

/* On the signal thread. */
static void on_signal(int count, void *arg)
{
  struct run *run = arg;

  readers_stop(&run->readers);
  if (count >= 2 || run->plan->rehearsal)
    mpcc_complete(run->mpcc, MPCC_DISCARD, NULL, NULL); /* may be what it is doing already */
  else
    say("interrupted: storing the lines that were read; once more drops them");
}

static void show_progress(struct run *run, double now)
{
  mpcc_stats_t stats;

  if (mpcc_stats(run->mpcc, &stats) != 0)
    return;
  if (now > run->last_tick) {
    double rate = (double)(stats.delivered - run->last_delivered) / (now - run->last_tick);
    run->rate = run->last_delivered == 0 ? rate : run->rate * 0.8 + rate * 0.2;
  }
  run->last_tick = now;
  run->last_delivered = stats.delivered;
  progress_show("%" PRIu64 " lines, %.0f/s, %" PRIu64 " batches of %.1f, %" PRIu64 " queued",
                stats.delivered, run->rate, stats.batches,
                stats.batches == 0
                    ? 0.0
                    : (double)(stats.pushed - stats.queued) / (double)stats.batches,
                stats.queued);
}

/* Every TICK_MS while there is something to wait for. */
static void tick(struct run *run)
{
  const double now = clock_s();

  if (run->plan->time_limit_ms != UINT64_MAX &&
      now - run->began > (double)run->plan->time_limit_ms / 1000)
    readers_stop(&run->readers);
  if (run->shows_progress)
    show_progress(run, now);
}

/* Bounded: all memory is there before the first line, but for lines that are long. */
static int create(struct run *run)
{
  const struct args *args = run->plan->args;
  mpcc_options_t options;
  int err;

  mpcc_options_init(&options);
  options.item_size = sizeof(struct line);
  options.slot_count = args->shards;
  options.batch_size = run->plan->batch;
  options.push_interval_ms = args->interval_ms;
  options.capacity = args->capacity;
  options.on_drop = writers_on_drop;
  err = mpcc_create(&run->mpcc, &options);
  if (err != 0) {
    say("cannot make the queues: %s", mpcc_strerror(err));
    return -1;
  }
  err = mpcc_start(run->mpcc, writers_pump, &run->writers);
  if (err != 0) {
    say("cannot start the loop: %s", mpcc_strerror(err));
    mpcc_destroy(run->mpcc);
    return -1;
  }
  return 0;
}

/* From the first line to the last transaction; the signal thread may interfere at any point. */
static int read_and_store(struct run *run)
{
  int err;

  run->began = run->last_tick = clock_s();
  signals_listen(on_signal, run);
  readers_start(&run->readers, run->plan->args->readers);
  while (!readers_wait(&run->readers, TICK_MS))
    tick(run);
  readers_join(&run->readers);

  err = mpcc_complete(run->mpcc, MPCC_DRAIN, NULL, NULL);
  if (err == 0 || err == MPCC_EALREADY) /* already: a signal made it a discard */
    while ((err = mpcc_wait(run->mpcc, TICK_MS)) == MPCC_ETIMEDOUT)
      tick(run);
  signals_listen(NULL, NULL);
  progress_clear();
  return err;
}

/* Every line that was pushed must be a row, or be known to be none: two ledgers must agree. */
static void balance(struct run *run, struct run_result *result)
{
  mpcc_stats_t stats;

  memset(result, 0, sizeof *result);
  result->seconds = clock_s() - run->began;
  result->lines = run->readers.lines;
  result->slowed = run->readers.slowed;
  result->files_read = run->readers.files_read;
  result->files_failed = run->readers.files_failed;
  result->lost = run->writers.lost;
  result->discarded = run->writers.discarded;
  result->failed = run->readers.refused || result->lost > 0;
  if (mpcc_stats(run->mpcc, &stats) == 0)
    result->batches = stats.batches;
  if (writers_count_rows(&run->writers, &result->rows) != 0)
    result->failed = true;
  else if (result->rows != result->lines - result->lost - result->discarded ||
           stats.pushed != result->lines || stats.delivered != result->rows) {
    say("the books do not balance: %" PRIu64 " lines read, %" PRIu64 " lost, %" PRIu64
        " discarded, but %" PRIu64 " rows (pushed %" PRIu64 ", delivered %" PRIu64 ")",
        result->lines, result->lost, result->discarded, result->rows, stats.pushed,
        stats.delivered);
    result->failed = true;
  }
}

int run(const struct run_plan *plan, struct run_result *result)
{
  struct run run = {.plan = plan};
  int err = -1;

  run.shows_progress = !plan->args->quiet && console_is_terminal();
  run.writers.memory = &run.memory;
  run.writers.on_failure = on_failure;
  run.writers.arg = &run;
  run.readers.files = plan->files;
  run.readers.memory = &run.memory;
  run.readers.slots = plan->args->shards;
  run.readers.line_limit = plan->line_limit;
  run.readers.silent = plan->rehearsal;

  if (readers_open(&run.readers) != 0)
    return -1;
  if (writers_open(&run.writers, plan->dir, plan->args->shards, plan->args->sync, plan->files) != 0)
    goto close_readers;
  if (create(&run) != 0)
    goto close_writers;
  run.readers.mpcc = run.mpcc;
  err = read_and_store(&run);
  if (err == 0)
    balance(&run, result);
  else
    say("the loop did not come to its end: %s", mpcc_strerror(err));
  mpcc_destroy(run.mpcc);

close_writers:
  writers_close(&run.writers);
close_readers:
  readers_close(&run.readers);
  return err == 0 ? 0 : -1;
}
