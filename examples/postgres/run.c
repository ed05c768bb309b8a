/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* <uv.h> needs it under -std=c11 */
#include "run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "console.h"
#include "database.h"
#include "rejects.h"
#include "source.h"
#include "writer.h"

enum { RETRY_MS = 50, RETRY_MAX_MS = 2000, SIGNALS = 2 };

struct run {
  const struct args *args;
  uv_loop_t loop;
  uv_signal_t signals[SIGNALS];
  mpcc_t *mpcc;
  struct rejects rejects;
  struct writers writers;
  struct sources sources;
  mpcc_stats_t stats; /* the last */
  uint64_t began_ns, ended_ns;
  int signalled;
};

/* On the loop: some rows will not be stored, so make no more. */
static void on_give_up(void *arg)
{
  struct run *run = arg;

  sources_stop(&run->sources);
}

/* Every handle of the instance is closed; what is left on the loop is this program's. */
static void on_complete(mpcc_t *mpcc, int status, void *arg)
{
  struct run *run = arg;

  (void)status;
  run->ended_ns = uv_hrtime();
  /* The last of them may still be inside the mpcc_complete() that led here. */
  sources_join(&run->sources);
  mpcc_stats(mpcc, &run->stats);
  mpcc_destroy(mpcc);
  writers_disconnect(&run->writers);
  for (int i = 0; i < SIGNALS; i++)
    uv_close((uv_handle_t *)&run->signals[i], NULL);
}

/* Drain, then discard: a batch that is discarded is done at once, so nothing can hang. */
static void on_signal(uv_signal_t *handle, int number)
{
  struct run *run = handle->data;

  (void)number;
  run->signalled++;
  sources_stop(&run->sources);
  if (run->signalled == 1) {
    say("interrupted: storing the rows that were made; once more drops them");
  } else {
    run->writers.interrupted = true;
    mpcc_complete(run->mpcc, MPCC_DISCARD, on_complete, run);
  }
}

static int open_signals(struct run *run)
{
  const int numbers[SIGNALS] = {SIGINT, SIGTERM};
  int err = 0;

  for (int i = 0; i < SIGNALS && err == 0; i++) {
    run->signals[i].data = run;
    err = uv_signal_init(&run->loop, &run->signals[i]);
    if (err == 0)
      err = uv_signal_start(&run->signals[i], on_signal, numbers[i]);
  }
  return err;
}

/* Bounded: all memory is there before the first row. */
static int create(struct run *run)
{
  const struct args *args = run->args;
  mpcc_options_t options;
  int err;

  mpcc_options_init(&options);
  options.item_size = sizeof(struct row);
  options.slot_count = args->connections;
  options.batch_size = args->batch;
  options.push_interval_ms = args->interval_ms;
  options.capacity = args->capacity;
  options.loop = &run->loop;
  options.max_attempts = args->tries;
  options.retry_delay_ms = RETRY_MS;
  options.retry_delay_max_ms = RETRY_MAX_MS;
  options.pump_timeout_ms = args->timeout_ms;
  options.on_cancel = writers_on_cancel;
  options.on_drop = writers_on_drop;
  err = mpcc_create(&run->mpcc, &options);
  if (err != 0) {
    say("cannot make the queues: %s", mpcc_strerror(err));
    return -1;
  }
  run->writers.mpcc = run->sources.mpcc = run->mpcc;
  err = mpcc_start(run->mpcc, writers_pump, &run->writers);
  if (err != 0) {
    say("cannot start: %s", mpcc_strerror(err));
    mpcc_destroy(run->mpcc);
    return -1;
  }
  return 0;
}

static void account(const struct run *run, struct run_result *result)
{
  const struct writers *writers = &run->writers;

  *result = (struct run_result){
      .made = run->sources.pushed,
      .waited = run->sources.waited,
      .stored = writers->stored,
      .already = writers->already,
      .refused = writers->refused,
      .unstored = writers->unstored,
      .discarded = writers->discarded,
      .unclear = writers->unclear,
      .lost = writers->lost,
      .breaks = writers->breaks,
      .batches = run->stats.batches,
      .retries = run->stats.retries,
      .timeouts = run->stats.timeouts,
      .seconds = (double)(run->ended_ns - run->began_ns) / 1e9,
      .signals = run->signalled,
  };
}

/*
 * Every row that was made has one place, libmpcc's counters agree, and the table holds what the
 * answers said: exactly, if every key of this run was stored or refused by the database.
 */
static bool adds_up(const struct run *run, const struct run_result *result)
{
  const mpcc_stats_t *stats = &run->stats;
  const uint64_t dropped = result->unstored + result->discarded;
  const bool whole = dropped == 0 && result->made == run->args->rows;

  return stats->pushed == result->made && stats->delivered + stats->dropped == stats->pushed &&
         stats->delivered == result->stored + result->refused && stats->dropped == dropped &&
         result->made == result->stored + result->rejected + result->lost &&
         (!result->counted ||
          (whole ? result->found == result->stored : result->found >= result->stored));
}

static void balance(const struct run *run, struct run_result *result)
{
  const struct args *args = run->args;
  const uint64_t last = args->first_key + args->rows - 1;

  /* Who has interrupted twice does not want to wait for a server that perhaps hangs. */
  result->counted = run->signalled < 2 && database_count(args->connect, args->table,
                                                         args->first_key, last,
                                                         &result->found) == 0;
  result->balanced = rejects_count(&run->rejects, &result->rejected) == 0 && adds_up(run, result);
  if (!result->balanced)
    say("the books do not balance: %" PRIu64 " rows were made, %" PRIu64 " stored, %" PRIu64
        " rejected, %" PRIu64 " lost, and %" PRIu64 " found in the table (pushed %" PRIu64
        ", delivered %" PRIu64 ", dropped %" PRIu64 ")",
        result->made, result->stored, result->rejected, result->lost, result->found,
        run->stats.pushed, run->stats.delivered, run->stats.dropped);
}

/* Those of them that were made. */
static void close_signals(struct run *run)
{
  for (int i = 0; i < SIGNALS; i++)
    if (run->signals[i].type == UV_SIGNAL)
      uv_close((uv_handle_t *)&run->signals[i], NULL);
}

/* With the loop there and the writers ready. Returns 0 if there was a run. */
static int run_opened(struct run *run)
{
  int err = open_signals(run);

  if (err != 0)
    say("cannot wait for signals: %s", uv_strerror(err));
  if (err != 0 || create(run) != 0) {
    close_signals(run);
    uv_run(&run->loop, UV_RUN_DEFAULT);
    return -1;
  }
  run->began_ns = uv_hrtime();
  err = sources_start(&run->sources);
  uv_run(&run->loop, UV_RUN_DEFAULT); /* returns when all handles are closed */
  return err;
}

static void prepare(struct run *run, const struct args *args)
{
  run->args = args;
  rejects_open(&run->rejects, args->rejects);
  run->writers.args = args;
  run->writers.rejects = &run->rejects;
  run->writers.on_give_up = on_give_up;
  run->writers.arg = run;
  run->sources.args = args;
  run->sources.on_complete = on_complete;
  run->sources.arg = run;
}

int run(const struct args *args, struct run_result *result)
{
  struct run *run = calloc(1, sizeof *run);
  int err;

  if (run == NULL) {
    say("out of memory");
    return -1;
  }
  prepare(run, args);
  err = uv_loop_init(&run->loop);
  if (err != 0) {
    say("cannot make a loop: %s", uv_strerror(err));
    goto free_run;
  }
  err = writers_open(&run->writers, &run->loop);
  if (err != 0)
    goto close_loop;
  err = run_opened(run);
  if (err == 0) {
    account(run, result);
    balance(run, result);
  }
  writers_close(&run->writers);
close_loop:
  if (uv_loop_close(&run->loop) != 0)
    say("something was left on the loop");
  rejects_close(&run->rejects);
free_run:
  free(run);
  return err == 0 ? 0 : -1;
}
