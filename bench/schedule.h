/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Load that does not wait for who bears it: what is to happen at which time is settled beforehand,
 * and what comes late is still counted from then. The program that includes this asks for POSIX.
 */
#ifndef BENCH_SCHEDULE_H
#define BENCH_SCHEDULE_H

#include <stdint.h>
#include <time.h>

static inline uint64_t now_ns(void)
{
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Returns at once if it is later already; else as little later as the system manages. */
static inline void sleep_until_ns(uint64_t at_ns)
{
  uint64_t now;

  while ((now = now_ns()) < at_ns) {
    const uint64_t rest_ns = at_ns - now;
    const struct timespec rest = {.tv_sec = (time_t)(rest_ns / 1000000000u),
                                  .tv_nsec = (long)(rest_ns % 1000000000u)};

    nanosleep(&rest, NULL);
  }
}

static inline void sleep_ms(uint64_t ms)
{
  sleep_until_ns(now_ns() + ms * 1000000u);
}

/* xorshift64*, after one step of splitmix64, so that any seed will do. */
static inline uint64_t random_seed(uint64_t seed)
{
  seed += 0x9e3779b97f4a7c15u;
  seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9u;
  seed = (seed ^ seed >> 27) * 0x94d049bb133111ebu;
  seed ^= seed >> 31;
  return seed != 0 ? seed : 1;
}

static inline uint32_t random_below(uint64_t *random, uint32_t limit)
{
  *random ^= *random >> 12;
  *random ^= *random << 25;
  *random ^= *random >> 27;
  return (uint32_t)((*random * 0x2545f4914f6cdd1du >> 32) * limit >> 32);
}

#endif /* BENCH_SCHEDULE_H */
