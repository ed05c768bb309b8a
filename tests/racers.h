/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Threads for the tests of single rooms: all leave the starting line at once. Racers never
 * assert; they leave what they saw in their argument, for the main thread to judge after the join.
 */
#ifndef MPCC_TESTS_RACERS_H
#define MPCC_TESTS_RACERS_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RACERS_SLOWER 10
#endif
#elif defined(__SANITIZE_THREAD__)
#define RACERS_SLOWER 10
#endif
#ifndef RACERS_SLOWER
#define RACERS_SLOWER 1
#endif

enum { RACERS_MOST = 8 };

struct racers {
  pthread_t threads[RACERS_MOST];
  unsigned count;
};

static atomic_uint racers_missing;

/* The first thing that every racer does, and the main thread if it takes part. */
static inline void racers_line_up(void)
{
  /* relaxed: it only makes them start together. */
  atomic_fetch_sub_explicit(&racers_missing, 1, memory_order_relaxed);
  while (atomic_load_explicit(&racers_missing, memory_order_relaxed) != 0)
    sched_yield();
}

/* Run work(args + i * arg_size) on ${count} threads, which start when ${others} more line up.
 * False if a thread could not be had: then the test has failed, and cannot go on. */
static inline bool racers_start(struct racers *racers, void *(*work)(void *), void *args,
                                size_t arg_size, unsigned count, unsigned others)
{
  racers->count = count;
  atomic_store_explicit(&racers_missing, count + others, memory_order_relaxed);
  for (unsigned i = 0; i < count; i++) {
    if (pthread_create(&racers->threads[i], NULL, work, (char *)args + i * arg_size) != 0)
      return false;
  }
  return true;
}

static inline void racers_join(struct racers *racers)
{
  for (unsigned i = 0; i < racers->count; i++)
    (void)pthread_join(racers->threads[i], NULL);
}

/* A small generator, so that a failing run can be had again. The state is never 0. */
static inline uint32_t racers_random(uint32_t *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

#endif
