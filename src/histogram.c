/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "histogram.h"

#include <string.h>

void mpcc__histogram_read(const struct mpcc__histogram *histogram, mpcc_histogram_t *shown)
{
  memset(shown, 0, sizeof(*shown));
  for (unsigned i = 0; i < MPCC_HISTOGRAM_BUCKETS; i++) {
    /* relaxed: a number for statistics. */
    shown->buckets[i] = atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
    shown->count += shown->buckets[i];
  }
  /* relaxed: likewise; it may be of a value more or less. */
  shown->sum = atomic_load_explicit(&histogram->sum, memory_order_relaxed);
}

uint64_t mpcc_histogram_bound(unsigned bucket)
{
  return bucket < 64 ? (UINT64_C(1) << bucket) - 1 : UINT64_MAX;
}

uint64_t mpcc_histogram_quantile(const mpcc_histogram_t *histogram, double quantile)
{
  uint64_t seen = 0;
  unsigned last = 0;
  double wanted;

  if (histogram == NULL)
    return 0;
  wanted = quantile > 0 ? quantile * (double)histogram->count : 0; /* 0 if it is not a number */
  for (unsigned i = 0; i < MPCC_HISTOGRAM_BUCKETS; i++) {
    if (histogram->buckets[i] == 0)
      continue;
    last = i;
    seen += histogram->buckets[i];
    if ((double)seen >= wanted)
      break;
  }
  return mpcc_histogram_bound(last);
}
