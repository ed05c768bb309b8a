/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * How a long-running check ends: one line and 0 when all was right, the reason and 1 at the first
 * violation, the state of the instance and 2 when nothing moves any more, 77 when it cannot run.
 *
 * A violation ends the process where it is seen, on whatever thread: the other threads may be
 * waiting for something that will now never happen.
 *
 * The watch is an alarm that one thread of its own waits for, so that it may call the library,
 * which no signal handler may. It ends the process only if between two alarms neither a counter
 * of the watched instance nor verdict_step() has moved: slow tools are not mistaken for a hang.
 */
#ifndef MPCC_TESTS_VERDICT_H
#define MPCC_TESTS_VERDICT_H

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mpcc.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define VERDICT_UNDER_TSAN 1
#elif __has_feature(address_sanitizer)
#define VERDICT_UNDER_ASAN 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define VERDICT_UNDER_TSAN 1
#elif defined(__SANITIZE_ADDRESS__)
#define VERDICT_UNDER_ASAN 1
#endif

#ifdef VERDICT_UNDER_TSAN
#define VERDICT_SLOWER 10
#elif defined(VERDICT_UNDER_ASAN)
#define VERDICT_SLOWER 4
#else
#define VERDICT_SLOWER 1
#endif

#define VERDICT_SKIPPED 77

struct verdict {
  pthread_mutex_t lock;
  const mpcc_t *instance; /* whose state is told; guard: lock */
  unsigned stall_s;
  pthread_t thread;
  atomic_bool ended;
  atomic_flag told; /* who sets it speaks, every other thread is silent for good */
  _Atomic uint64_t steps;
};

static struct verdict verdict = {.lock = PTHREAD_MUTEX_INITIALIZER, .told = ATOMIC_FLAG_INIT};

/* -- Ending ------------------------------------------------------------------------------- */

static inline void verdict_state(void)
{
  pthread_mutex_lock(&verdict.lock);
  if (verdict.instance != NULL)
    (void)mpcc_dump(verdict.instance, stderr);
  pthread_mutex_unlock(&verdict.lock);
}

/* Once: a second violation, most often a consequence of the first, only waits for the end. */
static inline void verdict_claim(void)
{
  /* relaxed: nothing but the claim itself is handed over. */
  while (atomic_flag_test_and_set_explicit(&verdict.told, memory_order_relaxed))
    pause();
}

#if defined(__GNUC__)
__attribute__((format(printf, 1, 2), noreturn))
#endif
static inline void verdict_fail(const char *format, ...)
{
  va_list arguments;

  verdict_claim();
  fflush(stdout);
  fputs("FAILED: ", stderr);
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  verdict_state();
  _exit(1);
}

/* For calls that must answer a certain code: says what was asked, and both answers by name. */
static inline void verdict_expect(const char *what, int answer, int expected)
{
  if (answer != expected)
    verdict_fail("%s: %d (%s) instead of %d (%s)", what, answer, mpcc_err_name(answer), expected,
                 mpcc_err_name(expected));
}

static inline int verdict_skip(const char *reason)
{
  printf("skipped: %s\n", reason);
  return VERDICT_SKIPPED;
}

/* -- Watching ----------------------------------------------------------------------------- */

static inline void verdict_step(void)
{
  /* relaxed: a sign of life carries nothing. */
  atomic_fetch_add_explicit(&verdict.steps, 1, memory_order_relaxed);
}

/* Whose counters tell that something still moves; NULL before the instance is destroyed. */
static inline void verdict_watch(const mpcc_t *instance)
{
  pthread_mutex_lock(&verdict.lock);
  verdict.instance = instance;
  pthread_mutex_unlock(&verdict.lock);
  verdict_step();
}

/* Refused pushes do not count: a producer that is refused for ever is a hang, too. */
static inline uint64_t verdict_moved(void)
{
  mpcc_stats_t now;
  uint64_t moved;

  /* relaxed: a sign of life carries nothing. */
  moved = atomic_load_explicit(&verdict.steps, memory_order_relaxed);
  pthread_mutex_lock(&verdict.lock);
  if (verdict.instance != NULL && mpcc_stats(verdict.instance, &now) == 0)
    moved += now.pushed + now.delivered + now.dropped + now.batches;
  pthread_mutex_unlock(&verdict.lock);
  return moved;
}

static inline void *verdict_watcher(void *unused)
{
  uint64_t last = UINT64_MAX, moved;
  sigset_t alarms;
  int caught;

  (void)unused;
  sigemptyset(&alarms);
  sigaddset(&alarms, SIGALRM);
  for (;;) {
    alarm(verdict.stall_s);
    sigwait(&alarms, &caught);
    /* relaxed: verdict_end() joins this thread, that is the order. */
    if (atomic_load_explicit(&verdict.ended, memory_order_relaxed))
      return NULL;
    moved = verdict_moved();
    if (moved == last)
      break;
    last = moved;
  }
  verdict_claim();
  /* Should even the report hang, the next alarm kills. */
  pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
  alarm(10);
  fprintf(stderr, "HANGS: nothing has moved for %u s\n", verdict.stall_s);
  verdict_state();
  _exit(2);
}

/* Before any other thread is made: they all inherit that the alarm is blocked. */
static inline void verdict_begin(unsigned stall_s)
{
  sigset_t alarms;

  verdict.stall_s = stall_s * (VERDICT_SLOWER > 1 ? 2 : 1);
  sigemptyset(&alarms);
  sigaddset(&alarms, SIGALRM);
  pthread_sigmask(SIG_BLOCK, &alarms, NULL);
  if (pthread_create(&verdict.thread, NULL, verdict_watcher, NULL) != 0)
    verdict_fail("no thread for the watch");
}

static inline void verdict_end(void)
{
  /* relaxed: the join below is the order. */
  atomic_store_explicit(&verdict.ended, true, memory_order_relaxed);
  alarm(0);
  pthread_kill(verdict.thread, SIGALRM);
  pthread_join(verdict.thread, NULL);
}

/* -- What such a program is told, and its choices ------------------------------------------- */

/* A default that natively takes seconds shall take seconds under slow tools, too. */
static inline uint64_t verdict_scaled(uint64_t count)
{
  const char *percent = getenv("MPCC_STRESS_SCALE");
  uint64_t scaled;

  if (percent == NULL || percent[0] == '\0')
    percent = getenv("MPCC_STRESS_SHORT"); /* of a test that has a long form, too */
  if (percent != NULL && percent[0] != '\0')
    scaled = count / 100 * strtoull(percent, NULL, 10);
  else
    scaled = count / VERDICT_SLOWER;
  return scaled > 0 ? scaled : 1;
}

static inline uint64_t verdict_argument(int argc, char **argv, int index, uint64_t otherwise)
{
  char *end;
  uint64_t value;

  if (index >= argc)
    return otherwise;
  errno = 0;
  value = strtoull(argv[index], &end, 10);
  if (errno != 0 || end == argv[index] || *end != '\0')
    verdict_fail("argument %d, '%s', is not a number", index, argv[index]);
  return value;
}

/* xorshift64*: small, seedable, one per thread. */
static inline uint64_t verdict_draw(uint64_t *random, uint64_t below)
{
  *random ^= *random >> 12;
  *random ^= *random << 25;
  *random ^= *random >> 27;
  return ((*random * UINT64_C(0x2545F4914F6CDD1D)) >> 32) % below;
}

/* Streams of one seed that have nothing to do with each other; never zero. */
static inline uint64_t verdict_stream(uint64_t seed, uint64_t stream)
{
  uint64_t random = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15) ^ (stream + 1) << 17;

  if (random == 0)
    random = 1;
  (void)verdict_draw(&random, 2);
  (void)verdict_draw(&random, 2);
  return random;
}

static inline uint64_t verdict_now_ns(void)
{
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static inline void verdict_sleep_us(uint64_t us)
{
  struct timespec rest = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};

  while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
    ;
}

#endif /* MPCC_TESTS_VERDICT_H */
