/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Threads push at once, into one slot or each into its own, while the items are taken out and
 * read: by a thread of the pusher's own, or by one here, which drains and then pauses for 10 us
 * unless it found a batch. The window is the same for all, about 130,000 items: without one, a
 * queue without a bound would win by growing.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "push_crew.h"
#include "push_parts.h"
#include "schedule.h"

enum { ROUNDS = 9, ROUND_ITEMS = 600000, SMOKE_ITEMS = 3200, SMOKE_ROOM = 4095 };
enum { PAUSE_NS = 10000, LOOK_NS = 200000 };

static const uint64_t patience_ns = UINT64_C(20000000000);

struct flow {
  struct crew crew;
  struct pusher_job job;
  struct sink sink;
  pthread_t drainer;
  atomic_bool ending; /* tells the drainer */
};

/* -- A round ------------------------------------------------------------------------------- */

static void *drain(void *arg)
{
  const struct timespec pause = {.tv_nsec = PAUSE_NS};
  struct flow *flow = arg;

  /* relaxed: all items have come out when it is set, and it carries nothing. */
  while (!atomic_load_explicit(&flow->ending, memory_order_relaxed)) {
    if (flow->crew.pusher->drain(flow->crew.opened) < PUSHER_BATCH)
      nanosleep(&pause, NULL);
  }
  return NULL;
}

/* What is lost is not waited for for ever. */
static void await(const struct flow *flow, uint64_t count)
{
  const struct timespec look = {.tv_nsec = LOOK_NS};
  const uint64_t deadline_ns = now_ns() + patience_ns;

  while (sink_count(&flow->sink) < count) {
    if (now_ns() > deadline_ns)
      suite_fail(flow->crew.suite, "not all that was pushed came out");
    nanosleep(&look, NULL);
  }
}

static double measure(void *arg)
{
  struct flow *flow = arg;
  const uint64_t items = flow->crew.each * flow->crew.threads;
  const uint64_t count = sink_count(&flow->sink) + items;
  const uint64_t sum = sink_sum(&flow->sink) + crew_sum(&flow->crew);
  const uint64_t ns = crew_push(&flow->crew);

  await(flow, count);
  if (sink_count(&flow->sink) != count || sink_sum(&flow->sink) != sum)
    suite_fail(flow->crew.suite, "what came out is not what was pushed");
  return (double)ns / (double)items;
}

/* -- A configuration ----------------------------------------------------------------------- */

static struct flow *open_flow(struct suite *suite, const struct pusher *pusher, size_t item_size,
                              uint32_t threads, uint32_t slots)
{
  struct flow *flow = calloc(1, sizeof *flow);
  const uint32_t items = suite->smoke ? SMOKE_ITEMS : ROUND_ITEMS;

  if (flow == NULL)
    suite_fail(suite, "no memory");
  sink_open(&flow->sink, item_size);
  flow->job = (struct pusher_job){.item_size = item_size, .slots = slots, .threads = threads,
                                  .room = suite->smoke ? SMOKE_ROOM : CREW_ROOM,
                                  .sink = sink_take, .state = &flow->sink};
  flow->crew = (struct crew){.suite = suite, .pusher = pusher, .item_size = item_size,
                             .threads = threads, .slots = slots, .sink = &flow->sink,
                             .each = items / threads};
  flow->crew.opened = pusher->open(&flow->job);
  if (flow->crew.opened == NULL)
    suite_fail(suite, "a queue does not open");
  atomic_init(&flow->ending, false);
  if (pusher->drain != NULL && pthread_create(&flow->drainer, NULL, drain, flow) != 0)
    suite_fail(suite, "no thread");
  measure(flow); /* to warm its memory */
  return flow;
}

static void close_flow(struct flow *flow)
{
  /* relaxed: see drain(). */
  atomic_store_explicit(&flow->ending, true, memory_order_relaxed);
  if (flow->crew.pusher->drain != NULL)
    pthread_join(flow->drainer, NULL);
  flow->crew.pusher->close(flow->crew.opened);
  free(flow);
}

static bool fits(const struct pusher *pusher, size_t item_size, uint32_t threads, uint32_t slots)
{
  return (pusher->item_size == 0 || pusher->item_size == item_size) &&
         (!pusher->one_producer || threads <= slots);
}

static void compare(struct suite *suite, const char *config, size_t item_size, uint32_t threads,
                    uint32_t slots)
{
  struct subject subjects[SUBJECTS_MAX];
  size_t count = 0;

  for (const struct pusher *const *pusher = pushers_threads; *pusher != NULL; pusher++) {
    if (fits(*pusher, item_size, threads, slots)) {
      struct flow *flow = open_flow(suite, *pusher, item_size, threads, slots);

      subjects[count++] = (struct subject){(*pusher)->name, measure, flow};
    }
  }
  suite_compare(suite, config, "push", "ns", LOWER_IS_BETTER, subjects, count,
                suite_rounds(suite, 1, ROUNDS));
  for (size_t i = 0; i < count; i++)
    close_flow(subjects[i].arg);
}

static void run_threads(struct suite *suite, size_t item_size, uint32_t threads, uint32_t slots)
{
  char config[64];

  snprintf(config, sizeof config, "threads %zu B P=%u S=%u", item_size, threads, slots);
  if (!suite_wants(suite, config))
    return;
  suite_heading(suite, "push while it is drained, time of all threads for each item", "ns");
  compare(suite, config, item_size, threads, slots);
}

void push_threads(struct suite *suite)
{
  static const size_t sizes[] = {16, 8, 32, 64};
  static const uint32_t threads[] = {1, 2, 4, 16};

  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (size_t j = 0; j < sizeof threads / sizeof *threads; j++) {
      if (suite->smoke && (sizes[i] != 16 || threads[j] == 4))
        continue;
      run_threads(suite, sizes[i], threads[j], 1);
      if (threads[j] > 1)
        run_threads(suite, sizes[i], threads[j], threads[j]);
    }
  }
}
