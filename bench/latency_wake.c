/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * From a full batch to the pump, while the loop sleeps: all but one of a batch's items are
 * pushed, some time goes by, and then the last one is. Against the least that a program with a loop
 * of libuv can do: uv_async_send() to a loop that has slept as long. Both by the same thread,
 * which sleeps as long before and watches nothing meanwhile.
 *
 * Two times: from the call of the last push (or of uv_async_send) until the first line of the pump
 * (or of the callback), and from when the call returned, which may have been later than that.
 * What tells that the loop did sleep is that the library counted a wake-up.
 */
#define _POSIX_C_SOURCE 200809L
#include <mpcc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "latency.h"
#include "schedule.h"

enum {
  BATCH = 500,
  ASLEEP_MS = 10, /* the loop looks again 2 ms after the first items; then it has 8 ms */
  WAKES = 15,     /* in a round */
  ROUNDS = 20,
  WAKES_MAX = WAKES * ROUNDS_MAX,
  TRIES = 20,
  PATIENCE_MS = 10000,
  METRICS = 2
};

enum { FROM_CALL, FROM_RETURN };

/* One way to be woken. */
struct sleeper {
  const struct suite *suite;
  const char *name;
  bool bounded, handle, bare;

  mpcc_t *mpcc;
  mpcc_producer_t *producer;
  uint64_t sum; /* of the items that came out; the pump's */

  uv_loop_t loop;
  uv_async_t async;
  uv_thread_t thread;
  _Atomic bool ending;

  _Atomic uint64_t woken_ns; /* 0: not yet */
  uint64_t pushed_sum;
  size_t wakes;
  double samples[METRICS][WAKES_MAX];
  double values[METRICS][ROUNDS_MAX]; /* medians, by round */
};

struct wake {
  uint64_t called_ns, returned_ns;
};

/* -- Those who sleep ------------------------------------------------------------------------ */

static int pump(mpcc_batch_t *batch, void *state)
{
  const uint64_t woken_ns = now_ns();
  struct sleeper *sleeper = state;
  const uint64_t *items = batch->items;

  if (batch->count != BATCH)
    suite_fail(sleeper->suite, "a batch is not full");
  for (size_t i = 0; i < batch->count; i++)
    sleeper->sum += items[i];
  /* release: pairs with await_woken(); carries the sum. */
  atomic_store_explicit(&sleeper->woken_ns, woken_ns, memory_order_release);
  return 0;
}

static void on_async(uv_async_t *async)
{
  const uint64_t woken_ns = now_ns();
  struct sleeper *sleeper = async->data;

  /* relaxed: set before the send that woke us. */
  if (atomic_load_explicit(&sleeper->ending, memory_order_relaxed))
    uv_close((uv_handle_t *)async, NULL);
  /* release: pairs with await_woken(). */
  atomic_store_explicit(&sleeper->woken_ns, woken_ns, memory_order_release);
}

static void run_loop(void *loop)
{
  uv_run(loop, UV_RUN_DEFAULT);
}

static void open_bare(struct sleeper *sleeper)
{
  sleeper->async.data = sleeper;
  if (uv_loop_init(&sleeper->loop) != 0 ||
      uv_async_init(&sleeper->loop, &sleeper->async, on_async) != 0 ||
      uv_thread_create(&sleeper->thread, run_loop, &sleeper->loop) != 0)
    suite_fail(sleeper->suite, "libuv does not start");
}

static void close_bare(struct sleeper *sleeper)
{
  /* relaxed: the send comes after it. */
  atomic_store_explicit(&sleeper->ending, true, memory_order_relaxed);
  uv_async_send(&sleeper->async);
  uv_thread_join(&sleeper->thread);
  if (uv_loop_close(&sleeper->loop) != 0)
    suite_fail(sleeper->suite, "libuv does not stop");
}

static void open_mpcc(struct sleeper *sleeper)
{
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(uint64_t);
  options.batch_size = BATCH;
  options.push_interval_ms = 60000; /* a timer is armed, and does not fire */
  options.capacity = sleeper->bounded ? 10 * BATCH : 0;
  if (mpcc_create(&sleeper->mpcc, &options) != 0 ||
      mpcc_start(sleeper->mpcc, pump, sleeper) != 0 ||
      (sleeper->handle && mpcc_producer_open(sleeper->mpcc, &sleeper->producer) != 0))
    suite_fail(sleeper->suite, "mpcc does not start");
}

static void close_mpcc(struct sleeper *sleeper)
{
  (void)mpcc_producer_close(sleeper->producer);
  if (mpcc_complete(sleeper->mpcc, MPCC_DRAIN, NULL, NULL) != 0 ||
      mpcc_wait(sleeper->mpcc, PATIENCE_MS) != 0 || mpcc_destroy(sleeper->mpcc) != 0)
    suite_fail(sleeper->suite, "mpcc does not stop");
  if (sleeper->sum != sleeper->pushed_sum)
    suite_fail(sleeper->suite, "what came out is not what was pushed");
}

/* -- Waking --------------------------------------------------------------------------------- */

static void push(struct sleeper *sleeper, uint64_t item)
{
  const int err = sleeper->handle ? mpcc_producer_push(sleeper->producer, &item, 0)
                                  : mpcc_push(sleeper->mpcc, &item, 0);

  if (err != 0)
    suite_fail(sleeper->suite, mpcc_strerror(err));
  sleeper->pushed_sum += item;
}

static uint64_t await_woken(struct sleeper *sleeper)
{
  const uint64_t until_ns = now_ns() + PATIENCE_MS * 1000000ull;
  uint64_t woken_ns;

  /* acquire: pairs with pump() and on_async(); what they did before. */
  while ((woken_ns = atomic_load_explicit(&sleeper->woken_ns, memory_order_acquire)) == 0) {
    if (now_ns() > until_ns)
      suite_fail(sleeper->suite, "the loop does not wake up");
    sleep_ms(1);
  }
  /* relaxed: the loop sleeps until we wake it again. */
  atomic_store_explicit(&sleeper->woken_ns, 0, memory_order_relaxed);
  return woken_ns;
}

static uint64_t wakeups_of(const struct sleeper *sleeper)
{
  mpcc_stats_t stats;

  if (sleeper->bare)
    return 0;
  mpcc_stats(sleeper->mpcc, &stats);
  return stats.wakeups;
}

static struct wake wake_up(struct sleeper *sleeper)
{
  struct wake wake;

  wake.called_ns = now_ns();
  if (sleeper->bare)
    uv_async_send(&sleeper->async);
  else
    push(sleeper, sleeper->wakes);
  wake.returned_ns = now_ns();
  return wake;
}

/* False: the loop was still awake. */
static bool wake_once(struct sleeper *sleeper)
{
  uint64_t wakeups, woken_ns;
  struct wake wake;

  for (uint64_t i = 1; i < BATCH && !sleeper->bare; i++)
    push(sleeper, i);
  wakeups = wakeups_of(sleeper); /* before it sleeps: the last push shall find nothing warm */
  sleep_ms(ASLEEP_MS);
  wake = wake_up(sleeper);
  woken_ns = await_woken(sleeper);
  if (!sleeper->bare && wakeups_of(sleeper) == wakeups)
    return false;
  sleeper->samples[FROM_CALL][sleeper->wakes] =
      ((double)woken_ns - (double)wake.called_ns) / 1e3;
  sleeper->samples[FROM_RETURN][sleeper->wakes] =
      ((double)woken_ns - (double)wake.returned_ns) / 1e3;
  sleeper->wakes++;
  return true;
}

/* For suite_measure(), as latency_push.c's. */
static double measure(void *arg)
{
  struct sleeper *sleeper = arg;
  const size_t first = sleeper->wakes, round = first / WAKES;
  int tries = 0;

  while (sleeper->wakes < first + WAKES) {
    if (!wake_once(sleeper) && ++tries == TRIES)
      suite_fail(sleeper->suite, "the loop never sleeps");
  }
  for (int metric = 0; metric < METRICS; metric++) {
    double sorted[WAKES];

    memcpy(sorted, &sleeper->samples[metric][first], sizeof sorted);
    sleeper->values[metric][round] = median_of(sorted, WAKES).value;
  }
  return sleeper->values[FROM_CALL][round];
}

/* -- Results -------------------------------------------------------------------------------- */

static void report_p50(struct suite *suite, const char *config, const struct sleeper *sleepers,
                       const struct subject *subjects, size_t count, size_t rounds)
{
  static const char *const names[METRICS] = {"full batch to pump, from the call, p50",
                                             "full batch to pump, from its return, p50"};
  static double values[SUBJECTS_MAX * ROUNDS_MAX];

  for (int metric = 0; metric < METRICS; metric++) {
    for (size_t i = 0; i < count; i++)
      memcpy(&values[i * rounds], sleepers[i].values[metric], rounds * sizeof *values);
    suite_heading(suite, names[metric], "us");
    suite_report(suite, config, metric == FROM_CALL ? "p50 from the call" : "p50 from its return",
                 "us", LOWER_IS_BETTER, subjects, count, rounds, values, 0);
  }
}

/* Of all rounds together. */
static void report_p99(struct suite *suite, const char *config, struct sleeper *sleepers,
                       size_t count)
{
  for (size_t i = 0; i < count; i++) {
    double *samples = sleepers[i].samples[FROM_CALL];

    qsort(samples, sleepers[i].wakes, sizeof *samples, median_order);
    suite_value(suite, config, sleepers[i].name, "p99 from the call", "us",
                samples[(sleepers[i].wakes * 99 + 99) / 100 - 1], "");
  }
}

void latency_wake(struct suite *suite)
{
  static struct sleeper sleepers[] = {{.name = "mpcc push"},
                                      {.name = "mpcc bounded", .bounded = true},
                                      {.name = "mpcc handle", .handle = true},
                                      {.name = "bare uv_async_send", .bare = true}};
  enum { SLEEPERS = sizeof sleepers / sizeof *sleepers };
  static double values[SLEEPERS * ROUNDS_MAX];
  const size_t rounds = suite_rounds(suite, 1, ROUNDS);
  const char *config = "wake-up";
  struct subject subjects[SLEEPERS];

  if (!suite_wants(suite, config))
    return;
  for (size_t i = 0; i < SLEEPERS; i++) {
    sleepers[i].suite = suite;
    subjects[i] = (struct subject){sleepers[i].name, measure, &sleepers[i]};
    (sleepers[i].bare ? open_bare : open_mpcc)(&sleepers[i]);
  }
  printf("\nlibuv %s\n", uv_version_string());
  suite_measure(suite, subjects, SLEEPERS, rounds, values);
  report_p50(suite, config, sleepers, subjects, SLEEPERS, rounds);
  report_p99(suite, config, sleepers, SLEEPERS);
  for (size_t i = 0; i < SLEEPERS; i++)
    (sleepers[i].bare ? close_bare : close_mpcc)(&sleepers[i]);
}
