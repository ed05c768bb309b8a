/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Single calls of push, each timed by the monotonic clock, while a loop or a consumer's thread
 * takes away what is pushed. Each producer pushes at a steady rate and watches the clock in
 * between (a sleeping one would be late by more than a push takes). What reading the clock costs is
 * in every time; it is measured beside them, and not subtracted.
 *
 * Two times of each push: that of the call, and from when it should have begun until it returned,
 * which also has in it what calls before it held up. A push that is refused for want of room
 * is tried again; all its tries are one call.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <mpcc.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "latency.h"
#include "pusher.h"
#include "schedule.h"

enum {
  PERIOD_NS = 1000, /* of each producer */
  PUSHES = 100000,  /* of each producer in a round */
  PRODUCERS_MAX = 2,
  CAPACITY = 131072,
  LEAD_NS = 2000000,
  PATIENCE_MS = 20000,
  METRICS = 8
};

extern const struct pusher pusher_mpcc_loop, pusher_mpcc_loop_bounded, pusher_mpcc_loop_handle,
    pusher_mutex_thread;

struct item {
  uint64_t number, planned_ns;
};

/* A queue under test. Its pump adds up what comes out. */
struct queue {
  const struct suite *suite;
  const struct pusher *pusher;
  void *open;
  uint64_t begin_ns; /* of a round */
  uint64_t pushes;   /* of each producer */
  uint32_t producers;
  _Atomic uint64_t count, sum;
  size_t round;
  double values[METRICS][ROUNDS_MAX]; /* by round */
};

/* All of its round's times. */
struct times {
  struct histogram call, planned;
};

struct producer {
  struct queue *queue;
  uint32_t index;
  struct times times;
  pthread_t thread;
};

static const struct metric {
  const char *name;
  uint32_t per_mille; /* 1000: the largest */
  bool planned;
} metrics[METRICS] = {
    {"push call p50", 500, false},
    {"push call p99", 990, false},
    {"push call p99.9", 999, false},
    {"push call max", 1000, false},
    {"push from its planned time p50", 500, true},
    {"push from its planned time p99", 990, true},
    {"push from its planned time p99.9", 999, true},
    {"push from its planned time max", 1000, true},
};

static void sink(const void *arg, size_t count, void *state)
{
  struct queue *queue = state;
  const struct item *items = arg;
  uint64_t sum = 0;

  for (size_t i = 0; i < count; i++)
    sum += items[i].number;
  /* relaxed: the count, which follows, carries the sum. */
  atomic_fetch_add_explicit(&queue->sum, sum, memory_order_relaxed);
  /* release: pairs with await_all(), which reads the sum once the count is complete. */
  atomic_fetch_add_explicit(&queue->count, count, memory_order_release);
}

/* -- Pushing ------------------------------------------------------------------------------- */

static void push(const struct suite *suite, const struct pushing *pushing, const struct item *item)
{
  int err;

  while ((err = pushing->push(pushing->with, item, 0)) == MPCC_EFULL)
    sched_yield();
  if (err != 0)
    suite_fail(suite, "a push failed");
}

static void *produce(void *arg)
{
  struct producer *producer = arg;
  const struct queue *queue = producer->queue;
  const uint64_t offset_ns = (uint64_t)producer->index * PERIOD_NS / queue->producers;
  struct pushing pushing;

  if (!queue->pusher->join(queue->open, &pushing))
    suite_fail(queue->suite, "a producer cannot join");
  for (uint64_t i = 0; i < queue->pushes; i++) {
    const uint64_t planned_ns = queue->begin_ns + offset_ns + i * PERIOD_NS;
    const struct item item = {i + 1, planned_ns};
    uint64_t called_ns, returned_ns;

    while ((called_ns = now_ns()) < planned_ns)
      continue;
    push(queue->suite, &pushing, &item);
    returned_ns = now_ns();
    histogram_add(&producer->times.call, returned_ns - called_ns);
    histogram_add(&producer->times.planned, returned_ns - planned_ns);
  }
  if (queue->pusher->leave != NULL)
    queue->pusher->leave(&pushing);
  return NULL;
}

static void await_all(struct queue *queue)
{
  const uint64_t until_ns = now_ns() + PATIENCE_MS * 1000000ull;
  const uint64_t each = queue->pushes, all = each * queue->producers;

  /* acquire: pairs with sink(); the sum that belongs to this count. */
  while (atomic_load_explicit(&queue->count, memory_order_acquire) < all) {
    if (now_ns() > until_ns)
      suite_fail(queue->suite, "items are missing");
    sleep_ms(1);
  }
  /* relaxed: ordered by the count; and nothing is pushed now. */
  if (atomic_load_explicit(&queue->sum, memory_order_relaxed) !=
          each * (each + 1) / 2 * queue->producers ||
      atomic_load_explicit(&queue->count, memory_order_relaxed) != all)
    suite_fail(queue->suite, "what came out is not what was pushed");
  /* relaxed: as above. */
  atomic_store_explicit(&queue->sum, 0, memory_order_relaxed);
  /* relaxed: as above. */
  atomic_store_explicit(&queue->count, 0, memory_order_relaxed);
}

/* ${times} gets those of all producers. */
static void run_round(struct queue *queue, struct times *times)
{
  struct producer *producers = calloc(PRODUCERS_MAX, sizeof *producers);

  if (producers == NULL)
    suite_fail(queue->suite, "no memory");
  queue->begin_ns = now_ns() + LEAD_NS;
  for (uint32_t i = 0; i < queue->producers; i++) {
    producers[i].queue = queue;
    producers[i].index = i;
    if (pthread_create(&producers[i].thread, NULL, produce, &producers[i]) != 0)
      suite_fail(queue->suite, "no thread");
  }
  for (uint32_t i = 0; i < queue->producers; i++) {
    pthread_join(producers[i].thread, NULL);
    histogram_merge(&times->call, &producers[i].times.call);
    histogram_merge(&times->planned, &producers[i].times.planned);
  }
  await_all(queue);
  free(producers);
}

/* -- Rounds --------------------------------------------------------------------------------- */

static double metric_of(const struct metric *metric, const struct times *times)
{
  const struct histogram *histogram = metric->planned ? &times->planned : &times->call;

  return (double)(metric->per_mille == 1000 ? histogram->max
                                            : histogram_quantile(histogram, metric->per_mille));
}

/* For suite_measure(), which wants one value; the others are kept for later. */
static double measure(void *arg)
{
  struct queue *queue = arg;
  struct times *times = calloc(1, sizeof *times);

  if (times == NULL)
    suite_fail(queue->suite, "no memory");
  run_round(queue, times);
  for (size_t i = 0; i < METRICS; i++)
    queue->values[i][queue->round] = metric_of(&metrics[i], times);
  free(times);
  return queue->values[0][queue->round++];
}

static void open_queue(struct suite *suite, struct queue *queue, const struct pusher *pusher,
                       uint32_t producers)
{
  const struct pusher_job job = {.item_size = sizeof(struct item), .slots = 1,
                                 .threads = producers, .room = CAPACITY, .sink = sink,
                                 .state = queue};

  *queue = (struct queue){.suite = suite, .pusher = pusher, .producers = producers,
                          .pushes = suite->smoke ? 5000 : PUSHES};
  queue->open = pusher->open(&job);
  if (queue->open == NULL)
    suite_fail(suite, "a queue does not open");
  (void)measure(queue); /* to warm its memory */
  queue->round = 0;
}

static void report(struct suite *suite, const char *config, const struct queue *queues,
                   const struct subject *subjects, size_t count, size_t rounds)
{
  static double values[SUBJECTS_MAX * ROUNDS_MAX];

  for (size_t metric = 0; metric < METRICS; metric++) {
    for (size_t i = 0; i < count; i++)
      memcpy(&values[i * rounds], queues[i].values[metric], rounds * sizeof *values);
    suite_heading(suite, metrics[metric].name, "ns");
    suite_report(suite, config, metrics[metric].name, "ns", LOWER_IS_BETTER, subjects, count,
                 rounds, values, 0);
  }
}

static void compare(struct suite *suite, uint32_t producers)
{
  static const struct pusher *const pushers[] = {&pusher_mpcc_loop, &pusher_mpcc_loop_bounded,
                                                 &pusher_mpcc_loop_handle, &pusher_mutex_thread};
  enum { PUSHERS = sizeof pushers / sizeof *pushers };
  static struct queue queues[PUSHERS];
  static double first_values[PUSHERS * ROUNDS_MAX];
  const size_t rounds = suite_rounds(suite, 1, 9);
  struct subject subjects[PUSHERS];
  char config[64];
  size_t count = 0;

  snprintf(config, sizeof config, "push P=%" PRIu32, producers);
  for (size_t i = 0; i < PUSHERS && suite_wants(suite, config); i++) {
    if (!suite_takes(suite, pushers[i]->name))
      continue;
    open_queue(suite, &queues[count], pushers[i], producers);
    subjects[count] = (struct subject){pushers[i]->name, measure, &queues[count]};
    count++;
  }
  if (count == 0)
    return;
  suite_measure(suite, subjects, count, rounds, first_values);
  report(suite, config, queues, subjects, count, rounds);
  for (size_t i = 0; i < count; i++)
    queues[i].pusher->close(queues[i].open);
}

/* The time between two readings with nothing between them. */
static void measure_clock(struct suite *suite)
{
  struct histogram *readings = calloc(1, sizeof *readings);

  if (readings == NULL)
    suite_fail(suite, "no memory");
  for (int i = 0; i < PUSHES; i++) {
    const uint64_t before_ns = now_ns();

    histogram_add(readings, now_ns() - before_ns);
  }
  printf("\n");
  suite_value(suite, "push", "clock", "two readings p50", "ns",
              (double)histogram_quantile(readings, 500), "in every time of a push");
  suite_value(suite, "push", "clock", "two readings p99.9", "ns",
              (double)histogram_quantile(readings, 999), "");
  free(readings);
}

void latency_push(struct suite *suite)
{
  if (suite_wants(suite, "push"))
    measure_clock(suite);
  for (uint32_t producers = 1; producers <= PRODUCERS_MAX; producers++)
    compare(suite, producers);
}
