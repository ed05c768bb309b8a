/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What does one push cost? And what does it cost in the batcher that one writes by hand?
 *
 * Each line is one item size, one number of threads, and one slot for all or one for each. Both
 * libraries are open side by side, their memory warm; in each round each of them is pushed the
 * same number of items, turn and turn about. The time is that from the first push of the first
 * thread to the last of the last, divided by all pushes; the pump reads every item meanwhile.
 * The ratio is the median of the rounds' ratios, not the ratio of medians.
 */
#define _POSIX_C_SOURCE 200809L
#include <mpcc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "batcher.h"

enum { BATCH = 500, THREADS = 4, ROUNDS = 15, ITEM_MAX = 64 };

/* What came out of one of the two; written by its thread, read by main(). */
struct sink {
  size_t item_size;
  _Atomic uint64_t count;
  _Atomic uint64_t sum;
};

struct bench {
  size_t item_size;
  uint32_t threads;
  uint32_t slot_count;
  uint64_t pushes; /* per round, all threads together */
  mpcc_t *mpcc;
  batcher_t *batcher;
  struct sink sinks[2]; /* mpcc's, the batcher's */
};

struct job {
  struct bench *bench;
  uint32_t index;
  int with; /* index into sinks */
  pthread_t thread;
  uint64_t begin_ns, end_ns;
};

static pthread_mutex_t gate_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_cond = PTHREAD_COND_INITIALIZER;
static uint32_t gate_missing; /* guard: gate_mutex */

static void fail(const char *what)
{
  fprintf(stderr, "bench_push: %s\n", what);
  exit(1);
}

static uint64_t now_ns(void)
{
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void read_items(struct sink *sink, const unsigned char *items, size_t count)
{
  uint64_t sum = 0;

  for (size_t i = 0; i < count; i++) {
    uint64_t value;

    memcpy(&value, items + i * sink->item_size, sizeof value);
    sum += value;
  }
  /* relaxed: one writer; the count, stored last, carries the sum. */
  atomic_fetch_add_explicit(&sink->sum, sum, memory_order_relaxed);
  /* release: await_all() reads the sum once the count is complete. */
  atomic_fetch_add_explicit(&sink->count, count, memory_order_release);
}

static int mpcc_pump(mpcc_batch_t *batch, void *state)
{
  read_items(state, batch->items, batch->count);
  return 0;
}

static void batcher_pump_items(const void *items, size_t count, void *state)
{
  read_items(state, items, count);
}

static void wait_at_gate(void)
{
  pthread_mutex_lock(&gate_mutex);
  if (--gate_missing == 0)
    pthread_cond_broadcast(&gate_cond);
  while (gate_missing != 0)
    pthread_cond_wait(&gate_cond, &gate_mutex);
  pthread_mutex_unlock(&gate_mutex);
}

static void *push_all(void *arg)
{
  struct job *job = arg;
  struct bench *bench = job->bench;
  const uint32_t slot = job->index % bench->slot_count;
  const uint64_t count = bench->pushes / bench->threads;
  unsigned char item[ITEM_MAX] = {0};
  int err = 0;

  wait_at_gate();
  job->begin_ns = now_ns();
  for (uint64_t i = 1; i <= count; i++) {
    memcpy(item, &i, sizeof i);
    err |= job->with == 0 ? mpcc_push(bench->mpcc, item, slot)
                          : batcher_push(bench->batcher, item, slot);
  }
  job->end_ns = now_ns();
  if (err != 0)
    fail("a push was refused");
  return NULL;
}

static void await_all(struct sink *sink, uint64_t count, uint64_t sum)
{
  const struct timespec pause = {.tv_nsec = 1000000};

  /* acquire: the sum that belongs to this count. */
  while (atomic_load_explicit(&sink->count, memory_order_acquire) < count)
    nanosleep(&pause, NULL);
  /* relaxed: ordered by the count. */
  if (atomic_load_explicit(&sink->sum, memory_order_relaxed) != sum)
    fail("what came out is not what was pushed");
  atomic_store_explicit(&sink->sum, 0, memory_order_relaxed);
  atomic_store_explicit(&sink->count, 0, memory_order_relaxed);
}

/* One round of one of the two: nanoseconds per push. */
static double push_round(struct bench *bench, int with)
{
  const uint64_t each = bench->pushes / bench->threads;
  struct job jobs[THREADS];
  uint64_t begin_ns = UINT64_MAX, end_ns = 0;

  gate_missing = bench->threads;
  for (uint32_t i = 0; i < bench->threads; i++) {
    jobs[i] = (struct job){.bench = bench, .index = i, .with = with};
    if (pthread_create(&jobs[i].thread, NULL, push_all, &jobs[i]) != 0)
      fail("no thread");
  }
  for (uint32_t i = 0; i < bench->threads; i++) {
    pthread_join(jobs[i].thread, NULL);
    begin_ns = jobs[i].begin_ns < begin_ns ? jobs[i].begin_ns : begin_ns;
    end_ns = jobs[i].end_ns > end_ns ? jobs[i].end_ns : end_ns;
  }
  await_all(&bench->sinks[with], each * bench->threads,
            each * (each + 1) / 2 * bench->threads);
  return (double)(end_ns - begin_ns) / (double)(each * bench->threads);
}

static void open_both(struct bench *bench)
{
  mpcc_options_t options;

  for (int i = 0; i < 2; i++)
    bench->sinks[i].item_size = bench->item_size;
  mpcc_options_init(&options);
  options.item_size = bench->item_size;
  options.slot_count = bench->slot_count;
  options.batch_size = BATCH;
  options.push_interval_ms = 10;
  if (mpcc_create(&bench->mpcc, &options) != 0 ||
      mpcc_start(bench->mpcc, mpcc_pump, &bench->sinks[0]) != 0)
    fail("mpcc does not start");
  bench->batcher = batcher_open(bench->item_size, bench->slot_count, BATCH, batcher_pump_items,
                                &bench->sinks[1]);
  if (bench->batcher == NULL)
    fail("the batcher does not start");
}

static void close_both(struct bench *bench)
{
  if (mpcc_complete(bench->mpcc, MPCC_DRAIN, NULL, NULL) != 0 ||
      mpcc_wait(bench->mpcc, MPCC_NO_TIMEOUT) != 0 || mpcc_destroy(bench->mpcc) != 0)
    fail("mpcc does not stop");
  batcher_close(bench->batcher);
}

static int by_size(const void *left, const void *right)
{
  const double a = *(const double *)left, b = *(const double *)right;

  return (a > b) - (a < b);
}

static double median(double *values, size_t count)
{
  qsort(values, count, sizeof *values, by_size);
  return values[count / 2];
}

static void measure(size_t item_size, uint32_t threads, uint32_t slot_count, size_t rounds,
                    uint64_t pushes)
{
  struct bench bench = {.item_size = item_size, .threads = threads, .slot_count = slot_count,
                        .pushes = pushes};
  double ns[2][ROUNDS], ratio[ROUNDS];

  open_both(&bench);
  for (int with = 0; with < 2; with++)
    push_round(&bench, with); /* to warm its memory */
  for (size_t round = 0; round < rounds; round++) {
    for (int turn = 0; turn < 2; turn++) {
      const int with = (turn + (int)round) % 2;

      ns[with][round] = push_round(&bench, with);
    }
    ratio[round] = ns[1][round] / ns[0][round];
  }
  close_both(&bench);
  printf("%9zu %8u %6u %8.1f %8.1f %7.2f\n", item_size, threads, slot_count,
         median(ns[0], rounds), median(ns[1], rounds), median(ratio, rounds));
  fflush(stdout);
}

static void describe_machine(size_t rounds, uint64_t pushes)
{
  struct utsname name;

  if (uname(&name) < 0)
    memset(&name, 0, sizeof name);
  printf("mpcc %s, %s, %ld cores; %llu pushes a round, median of %zu rounds\n", mpcc_version(),
         name.machine, sysconf(_SC_NPROCESSORS_ONLN), (unsigned long long)pushes, rounds);
  printf("%9s %8s %6s %8s %8s %7s\n", "item size", "threads", "slots", "mpcc ns", "hand ns",
         "hand/mpcc");
}

int main(int argc, char **argv)
{
  const bool smoke = argc == 2 && strcmp(argv[1], "--smoke") == 0;
  const size_t sizes[] = {8, 16, 32, 64}, size_count = smoke ? 1 : 4;
  const size_t rounds = smoke ? 3 : ROUNDS;
  const uint64_t pushes = smoke ? 20000 : 1000000;

  if (argc > 1 && !smoke) {
    fprintf(stderr, "usage: bench_push [--smoke]\n");
    return 2;
  }
  describe_machine(rounds, pushes);
  for (size_t i = 0; i < size_count; i++) {
    for (uint32_t threads = 1; threads <= THREADS; threads *= 2) {
      measure(sizes[i], threads, 1, rounds, pushes);
      if (threads > 1)
        measure(sizes[i], threads, threads, rounds, pushes);
    }
  }
  return 0;
}
