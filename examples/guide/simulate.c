/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "simulate.h"
#include "guide.h"

enum { CALLS_MAX = 64 };

struct sink {
  const struct load *load;
  uint64_t now_ms;
  uint32_t calls, calls_peak;
  struct {
    mpcc_batch_t *batch;
    uint64_t ends_ms;
  } call[CALLS_MAX];
};

/* Begins a call; it is answered in a later step. */
static int pump(mpcc_batch_t *batch, void *state)
{
  struct sink *sink = state;
  const struct load *load = sink->load;
  uint64_t us = load->call_us + (uint64_t)batch->count * load->item_us;
  uint64_t begins_ms = sink->now_ms;
  uint64_t pause_ends_ms = (uint64_t)load->pause_at_ms + load->pause_ms;

  if (begins_ms >= load->pause_at_ms && begins_ms < pause_ends_ms)
    begins_ms = pause_ends_ms;
  is_true(sink->calls < CALLS_MAX, "the sink has a place for each call");
  sink->call[sink->calls].batch = batch;
  sink->call[sink->calls].ends_ms = begins_ms + (us + 999) / 1000;
  sink->calls++;
  if (sink->calls > sink->calls_peak)
    sink->calls_peak = sink->calls;
  return MPCC_PENDING;
}

static void answer(struct sink *sink, int status, bool all)
{
  uint32_t kept = 0;

  for (uint32_t i = 0; i < sink->calls; i++) {
    if (all || sink->call[i].ends_ms <= sink->now_ms)
      check(mpcc_batch_done(sink->call[i].batch, status), "done");
    else
      sink->call[kept++] = sink->call[i];
  }
  sink->calls = kept;
}

static void push_for_a_millisecond(mpcc_t *mpcc, const struct sink *sink)
{
  uint64_t rate = sink->load->items_per_s;
  uint64_t count = rate * (sink->now_ms + 1) / 1000 - rate * sink->now_ms / 1000;

  for (uint64_t i = 0; i < count; i++) {
    int err = mpcc_push(mpcc, &i, 0);
    check(err == MPCC_EFULL ? 0 : err, "push"); /* refused: counted by the library */
  }
}

static mpcc_t *make(const struct load *load)
{
  mpcc_options_t options;
  mpcc_t *mpcc;

  mpcc_options_init(&options);
  options.item_size = sizeof(uint64_t);
  options.batch_size = load->batch_size;
  options.push_interval_ms = load->interval_ms;
  options.max_concurrency = load->concurrency;
  options.capacity = load->capacity;
  options.manual = true;
  check(mpcc_create(&mpcc, &options), "create");
  return mpcc;
}

static void end(mpcc_t *mpcc, struct sink *sink)
{
  check(mpcc_complete(mpcc, MPCC_DISCARD, NULL, NULL), "complete");
  answer(sink, MPCC_ECANCELED, true);
  check(mpcc_step(mpcc, sink->now_ms, NULL), "step");
  check(mpcc_wait(mpcc, 0), "wait");
  check(mpcc_destroy(mpcc), "destroy");
}

struct outcome simulate(const struct load *load)
{
  struct sink sink = {.load = load};
  struct outcome outcome;
  mpcc_t *mpcc = make(load);

  check(mpcc_start(mpcc, pump, &sink), "start");
  for (sink.now_ms = 0; sink.now_ms < SIMULATED_MS; sink.now_ms++) {
    answer(&sink, 0, false);
    push_for_a_millisecond(mpcc, &sink);
    check(mpcc_step(mpcc, sink.now_ms, NULL), "step");
  }
  check(mpcc_stats(mpcc, &outcome.stats), "stats");
  check(mpcc_histogram_read(mpcc, MPCC_HISTOGRAM_ITEMS, &outcome.items), "items");
  check(mpcc_histogram_read(mpcc, MPCC_HISTOGRAM_WAIT_MS, &outcome.wait_ms), "wait");
  check(mpcc_histogram_read(mpcc, MPCC_HISTOGRAM_PUMP_NS, &outcome.pump_ns), "pump");
  outcome.calls_peak = sink.calls_peak;
  end(mpcc, &sink);
  return outcome;
}
