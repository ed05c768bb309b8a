/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "crew.h"
#include "journal.h"
#include "say.h"

enum {
  SIGNALS = 2,
  RETRY_MS = 50, /* doubling up to: */
  RETRY_MAX_MS = 1000,
  TRIES_BELOW_MAX = 6 /* those before the delay is RETRY_MAX_MS, which take 1.5 s */
};

struct run {
  const struct args *args;
  uv_loop_t loop;
  uv_signal_t signals[SIGNALS];
  int signal_count;
  mpcc_t *mpcc;
  struct ackers ackers;
  struct journal journal;
  struct crew crew;
  struct worker *workers;
};

/* On the loop: the instance is stopped and has left the loop; so do all others. */
static void on_complete(mpcc_t *mpcc, int status, void *arg)
{
  struct run *run = arg;

  (void)mpcc;
  (void)status;
  ackers_disconnect(&run->ackers);
  for (int i = 0; i < SIGNALS; i++)
    uv_close((uv_handle_t *)&run->signals[i], NULL);
}

/* The last worker, on its thread: nobody pushes any more. After a discard it is late. */
static void on_end(void *arg)
{
  struct run *run = arg;

  mpcc_complete(run->mpcc, MPCC_DRAIN, on_complete, run);
}

/* A stop that always ends: finish, do not wait for the server, do not wait for anything. */
static void on_signal(uv_signal_t *handle, int number)
{
  struct run *run = handle->data;

  run->signal_count++;
  if (run->signal_count == 1) {
    say("stopping: what was read is processed and acknowledged; once more does not wait for that");
    crew_stop(&run->crew);
  } else if (run->signal_count == 2) {
    run->ackers.impatient = true;
    crew_hurry(&run->crew);
    mpcc_complete(run->mpcc, MPCC_DISCARD, on_complete, run);
  } else {
    _exit(128 + number);
  }
}

static void listen_to_signals(struct run *run)
{
  const int numbers[SIGNALS] = {SIGINT, SIGTERM};
  struct sigaction action;

  for (int i = 0; i < SIGNALS; i++) {
    uv_signal_init(&run->loop, &run->signals[i]);
    run->signals[i].data = run;
    if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN)
      continue; /* as in the background of a script */
    const int err = uv_signal_start(&run->signals[i], on_signal, numbers[i]);
    if (err != 0)
      say("cannot wait for signals: %s", uv_strerror(err));
  }
}

static int start(struct run *run)
{
  const struct args *args = run->args;
  mpcc_options_t options;
  int err;

  mpcc_options_init(&options);
  options.item_size = sizeof(struct entry_id);
  options.slot_count = args->stream_count;
  options.batch_size = args->batch;
  options.max_concurrency = args->in_flight;
  options.push_interval_ms = args->interval_ms;
  options.capacity = 4 * (size_t)args->batch; /* then readers wait: mpcc_push_wait() */
  options.loop = &run->loop;
  options.max_attempts = TRIES_BELOW_MAX + args->give_up_s;
  options.retry_delay_ms = RETRY_MS;
  options.retry_delay_max_ms = RETRY_MAX_MS;
  options.pump_timeout_ms = args->timeout_ms;
  options.on_cancel = ackers_on_cancel;
  options.on_drop = ackers_on_drop;
  err = mpcc_create(&run->mpcc, &options);
  if (err != 0) {
    say("cannot make the queues: %s", mpcc_strerror(err));
    return -1;
  }
  err = mpcc_start(run->mpcc, ackers_pump, &run->ackers);
  if (err != 0) {
    say("cannot start on the loop: %s", mpcc_strerror(err));
    mpcc_destroy(run->mpcc);
    return -1;
  }
  return 0;
}

static void start_workers(struct run *run)
{
  crew_enter(&run->crew);
  for (uint32_t i = 0; i < run->args->workers; i++)
    if (worker_start(&run->workers[i], &run->crew, i) != 0) {
      crew_fail(&run->crew);
      break;
    }
  crew_leave(&run->crew);
}

static void add_work(struct work_counts *sum, const struct work_counts *counts)
{
  sum->read += counts->read;
  sum->lost += counts->lost;
  sum->abandoned += counts->abandoned;
  sum->deleted += counts->deleted;
  sum->processed += counts->processed;
  sum->pushed += counts->pushed;
  sum->failures += counts->failures;
}

static void ask_pending(const struct args *args, struct run_result *result)
{
  struct session session;
  uint64_t count;

  if (session_open(&session, args, 0) != 0) {
    memcpy(result->pending_reason, session.reason, sizeof session.reason);
    return;
  }
  result->pending_known = true;
  for (uint32_t i = 0; i < args->stream_count && result->pending_known; i++) {
    result->pending_known = session_pending(&session, args->streams[i], &count) == 0;
    if (result->pending_known)
      result->pending += count;
  }
  memcpy(result->pending_reason, session.reason, sizeof session.reason);
  session_close(&session);
}

/* Each sum from two sides. */
static bool adds_up(const struct run_result *result)
{
  const struct ack_counts *acks = &result->acks;
  const mpcc_stats_t *stats = &result->stats;

  return stats->pushed == result->work.pushed && stats->queued == 0 && stats->in_flight == 0 &&
         stats->delivered + stats->dropped == stats->pushed &&
         stats->delivered == acks->acknowledged + acks->repeated &&
         stats->dropped == acks->given_up;
}

/* What the workers have acknowledged themselves, without libmpcc. */
static void add_direct(struct ack_counts *sum, const struct direct_counts *counts)
{
  sum->acknowledged += counts->acknowledged;
  sum->commands += counts->commands;
  if (counts->last_ns > sum->last_ns)
    sum->last_ns = counts->last_ns;
}

static void account(struct run *run, struct run_result *result)
{
  for (uint32_t i = 0; i < run->args->workers; i++)
    add_work(&result->work, &run->workers[i].counts);
  mpcc_stats(run->mpcc, &result->stats);
  result->acks = run->ackers.counts;
  result->unbalanced = !adds_up(result);
  if (result->unbalanced)
    say("the books do not balance: pushed %" PRIu64 " and %" PRIu64 ", delivered %" PRIu64
        ", dropped %" PRIu64 ", acknowledged %" PRIu64 " and %" PRIu64 ", given up %" PRIu64,
        result->work.pushed, result->stats.pushed, result->stats.delivered, result->stats.dropped,
        result->acks.acknowledged, result->acks.repeated, result->acks.given_up);
  for (uint32_t i = 0; i < run->args->workers; i++)
    add_direct(&result->acks, &run->workers[i].direct);
  result->failed = run->crew.failed || result->unbalanced || result->acks.given_up > 0 ||
                   (run->args->direct_ids == 0 && result->work.read != result->work.pushed);
  ask_pending(run->args, result);
}

/* Everything is open; afterwards only what run() has opened is. */
static int run_opened(struct run *run, struct run_result *result)
{
  if (start(run) != 0)
    return -1;
  run->crew.mpcc = run->mpcc;
  run->crew.journal = &run->journal;
  run->crew.on_end = on_end;
  run->crew.arg = run;
  listen_to_signals(run);
  if (!run->args->hold)
    crew_begin(&run->crew);
  start_workers(run);
  uv_run(&run->loop, UV_RUN_DEFAULT);
  for (uint32_t i = 0; i < run->args->workers; i++)
    if (run->workers[i].started)
      worker_join(&run->workers[i]);
  ackers_add_up(&run->ackers);
  account(run, result);
  if (result->acks.last_ns > run->crew.began_ns)
    result->seconds = (double)(result->acks.last_ns - run->crew.began_ns) / 1e9;
  mpcc_destroy(run->mpcc);
  return 0;
}

static int run_on_loop(struct run *run, struct run_result *result)
{
  int err = -1;

  if (ackers_open(&run->ackers, run->args, &run->loop) != 0) {
    say("out of memory");
    return -1;
  }
  if (crew_open(&run->crew, run->args) == 0) {
    err = run_opened(run, result);
    crew_close(&run->crew);
  }
  ackers_close(&run->ackers);
  return err;
}

int run(const struct args *args, struct run_result *result)
{
  struct run *run = calloc(1, sizeof *run);
  int err = -1;

  memset(result, 0, sizeof *result);
  if (run == NULL || (run->workers = calloc(args->workers, sizeof *run->workers)) == NULL) {
    say("out of memory");
    goto free_run;
  }
  run->args = args;
  if (journal_open(&run->journal, args->journal) != 0)
    goto free_workers;
  const int uv_err = uv_loop_init(&run->loop);
  if (uv_err != 0) {
    say("cannot make a loop: %s", uv_strerror(uv_err));
    goto close_journal;
  }
  err = run_on_loop(run, result);
  if (uv_loop_close(&run->loop) != 0) {
    say("something was left on the loop");
    err = -1;
  }

close_journal:
  journal_close(&run->journal);
free_workers:
  free(run->workers);
free_run:
  free(run);
  return err;
}
