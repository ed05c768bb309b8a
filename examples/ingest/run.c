/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "console.h"
#include "reader.h"
#include "rejects.h"
#include "signals.h"
#include "writer.h"

enum {
  TICK_MS = 100,
  RETRY_MS = 10, /* most locks are short: another's transaction */
  RETRY_MAX_MS = 1000
};

struct run {
  const struct run_plan *plan;
  mpcc_t *mpcc;
  struct line_memory memory;
  struct rejects rejects;
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

/* On a worker or the loop: something stores nothing any more, so do not read the rest. */
static void on_failure(void *arg)
{
  struct run *run = arg;

  readers_stop(&run->readers);
}

/* On the signal thread. A stop that always ends: drain, discard, abandon, as the user loses
 * patience. mpcc_complete() refuses what is behind it already. */
static void on_signal(int count, void *arg)
{
  struct run *run = arg;
  const int stage = run->plan->rehearsal ? count + 1 : count;

  readers_stop(&run->readers);
  if (stage >= 3)
    mpcc_complete(run->mpcc, MPCC_ABANDON, NULL, NULL);
  else if (stage == 2)
    mpcc_complete(run->mpcc, MPCC_DISCARD, NULL, NULL);
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
  options.pump_on = MPCC_PUMP_ON_WORKER;
  options.worker_count = args->shards; /* max_concurrency is 1: each shard has its own */
  options.max_attempts = args->tries;
  options.retry_delay_ms = RETRY_MS;
  options.retry_delay_max_ms = RETRY_MAX_MS;
  options.on_drop = writers_on_drop;
  err = mpcc_create(&run->mpcc, &options);
  if (err != 0) {
    say("cannot make the queues: %s", mpcc_strerror(err));
    return -1;
  }
  run->writers.mpcc = run->mpcc;
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

/*
 * What was read is stored or rejected, and libmpcc says the same. What a thread that hangs still
 * has in its hands may be either.
 */
static bool adds_up(const struct run *run, const struct run_result *result,
                    const mpcc_stats_t *stats, uint64_t refused)
{
  const uint64_t places = result->rows + result->rejected + result->lost;

  if (stats->pushed != result->lines || stats->queued != 0 ||
      stats->delivered + stats->dropped + stats->orphaned != stats->pushed ||
      stats->dropped != run->writers.unstored + run->writers.discarded)
    return false;
  if (result->abandoned > 0)
    return places <= result->lines && places >= result->lines - result->abandoned;
  return places == result->lines && stats->delivered == result->rows + refused;
}

static void balance(struct run *run, struct run_result *result, const mpcc_stats_t *stats)
{
  if (writers_count_rows(&run->writers, &result->rows) != 0 ||
      rejects_count(&run->rejects, &result->rejected) != 0) {
    result->failed = result->unbalanced = true;
  } else if (!adds_up(run, result, stats, result->refused)) {
    say("the books do not balance: %" PRIu64 " lines were read, %" PRIu64 " are rows, %" PRIu64
        " rejects, and %" PRIu64 " lost (pushed %" PRIu64 ", delivered %" PRIu64
        ", dropped %" PRIu64 ", orphaned %" PRIu64 ")",
        result->lines, result->rows, result->rejected, result->lost, stats->pushed,
        stats->delivered, stats->dropped, stats->orphaned);
    result->failed = result->unbalanced = true;
  }
}

static void account(struct run *run, struct run_result *result)
{
  mpcc_stats_t stats = {0};

  memset(result, 0, sizeof *result);
  result->seconds = clock_s() - run->began;
  mpcc_stats(run->mpcc, &stats);
  result->batches = stats.batches;
  result->retries = stats.retries;
  result->abandoned = stats.orphaned;
  result->lines = run->readers.lines;
  result->slowed = run->readers.slowed;
  result->files_read = run->readers.files_read;
  result->files_failed = run->readers.files_failed;
  result->unstored = run->writers.unstored;
  result->discarded = run->writers.discarded;
  result->lost = run->writers.lost;
  /* With a pump that hangs these are its own, and of no use. */
  for (uint32_t i = 0; i < run->writers.count && result->abandoned == 0; i++) {
    result->refused += run->writers.list[i].refused;
    result->lost += run->writers.list[i].lost;
  }
  result->failed = run->readers.refused || result->unstored > 0 || result->lost > 0;
  balance(run, result, &stats);
}

static int run_opened(struct run *run, struct run_result *result)
{
  int err;

  if (create(run) != 0)
    return -1;
  run->readers.mpcc = run->mpcc;
  err = read_and_store(run);
  if (err == 0)
    account(run, result);
  else
    say("the loop did not come to its end: %s", mpcc_strerror(err));
  mpcc_destroy(run->mpcc);
  return err;
}

static void prepare(struct run *run, const struct run_plan *plan)
{
  run->plan = plan;
  run->shows_progress = !plan->args->quiet && console_is_terminal();
  run->writers.args = plan->args;
  run->writers.files = plan->files;
  run->writers.memory = &run->memory;
  run->writers.rejects = &run->rejects;
  run->writers.on_failure = on_failure;
  run->writers.arg = run;
  run->readers.files = plan->files;
  run->readers.memory = &run->memory;
  run->readers.slots = plan->args->shards;
  run->readers.line_limit = plan->line_limit;
  run->readers.silent = plan->rehearsal;
}

int run(const struct run_plan *plan, struct run_result *result)
{
  struct run *run = calloc(1, sizeof *run);
  int err = -1;

  if (run == NULL) {
    say("out of memory");
    return -1;
  }
  prepare(run, plan);
  if (readers_open(&run->readers) != 0)
    goto free_run;
  if (rejects_open(&run->rejects, plan->dir) != 0)
    goto close_readers;
  if (writers_open(&run->writers, plan->dir) != 0)
    goto close_rejects;
  err = run_opened(run, result);
  if (err == 0 && result->abandoned > 0)
    return 0; /* all of it may be in use */

  writers_close(&run->writers);
close_rejects:
  rejects_close(&run->rejects);
close_readers:
  readers_close(&run->readers);
free_run:
  free(run);
  return err == 0 ? 0 : -1;
}
