/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Nanoseconds, counted in buckets that grow with them: 512 to each power of two, so a value that
 * is read back is at most 1/512 (0.2 %) too high; below 1024 each has its own. Every value is
 * counted; the largest is kept as it is. One thread at a time.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum {
  HISTOGRAM_BITS = 9,
  HISTOGRAM_LOG2_MAX = 40, /* 18 minutes; what is longer is counted in the last bucket */
  HISTOGRAM_BUCKETS = (HISTOGRAM_LOG2_MAX - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS
};

struct histogram {
  uint64_t count;
  uint64_t max;
  uint32_t buckets[HISTOGRAM_BUCKETS];
};

static inline size_t histogram_bucket(uint64_t value)
{
  size_t shift = 0;

  if (value >> HISTOGRAM_LOG2_MAX != 0)
    return HISTOGRAM_BUCKETS - 1;
  while (value >> shift >= (uint64_t)2 << HISTOGRAM_BITS)
    shift++;
  return (shift << HISTOGRAM_BITS) + (size_t)(value >> shift);
}

/* The largest value that is counted in a bucket. */
static inline uint64_t histogram_value(size_t bucket)
{
  size_t shift = bucket >> HISTOGRAM_BITS;

  if (shift <= 1)
    return bucket;
  shift--;
  return ((uint64_t)(bucket - (shift << HISTOGRAM_BITS) + 1) << shift) - 1;
}

static inline void histogram_add(struct histogram *histogram, uint64_t value)
{
  histogram->count++;
  histogram->max = value > histogram->max ? value : histogram->max;
  histogram->buckets[histogram_bucket(value)]++;
}

static inline void histogram_merge(struct histogram *into, const struct histogram *from)
{
  into->count += from->count;
  into->max = from->max > into->max ? from->max : into->max;
  for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
    into->buckets[i] += from->buckets[i];
}

/* The smallest value that at least ${per_mille} of all do not exceed; 0 if there is none. */
static inline uint64_t histogram_quantile(const struct histogram *histogram, uint32_t per_mille)
{
  const uint64_t rank = (histogram->count * per_mille + 999) / 1000;
  uint64_t seen = 0;

  for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
    seen += histogram->buckets[i];
    if (seen >= rank && seen != 0)
      return histogram_value(i) < histogram->max ? histogram_value(i) : histogram->max;
  }
  return histogram->max;
}

#endif /* BENCH_HISTOGRAM_H */
