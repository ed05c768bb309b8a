/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Histograms with a bucket for each power of two: the loop counts, anybody reads. With
 * MPCC_NO_HISTOGRAMS nothing is counted: that is to see what counting costs. */
#ifndef MPCC__HISTOGRAM_H
#define MPCC__HISTOGRAM_H

#include <mpcc.h>
#include <stdatomic.h>

struct mpcc__histogram {
  _Atomic uint64_t sum;
  _Atomic uint64_t buckets[MPCC_HISTOGRAM_BUCKETS];
};

/* How many bits a value has: its bucket. */
static inline unsigned mpcc__histogram_bucket(uint64_t value)
{
#if defined(__GNUC__)
  return value != 0 ? 64 - (unsigned)__builtin_clzll(value) : 0;
#else
  unsigned bits = 0;

  for (; value != 0; value >>= 1)
    bits++;
  return bits;
#endif
}

/* The loop. */
static inline void mpcc__histogram_add(struct mpcc__histogram *histogram, uint64_t value)
{
#ifdef MPCC_NO_HISTOGRAMS
  (void)histogram;
  (void)value;
#else
  _Atomic uint64_t *bucket = &histogram->buckets[mpcc__histogram_bucket(value)];
  /* relaxed: only this thread writes it. */
  uint64_t count = atomic_load_explicit(bucket, memory_order_relaxed);
  /* relaxed: likewise. */
  uint64_t sum = atomic_load_explicit(&histogram->sum, memory_order_relaxed);

  /* relaxed: a number for statistics. */
  atomic_store_explicit(bucket, count + 1, memory_order_relaxed);
  /* relaxed: likewise. */
  atomic_store_explicit(&histogram->sum, sum + value, memory_order_relaxed);
#endif
}

/* Any thread. */
void mpcc__histogram_read(const struct mpcc__histogram *histogram, mpcc_histogram_t *shown);

#endif
