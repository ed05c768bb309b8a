/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A median, and between which two of the values it lies with at least 95 % confidence: the
 * interval that inverts the sign test. It supposes nothing about how the values are distributed,
 * only that each falls below the true median as often as above, independently of the others; so
 * how many fall below is binomial. (W. R. Thompson, Annals of Mathematical Statistics 7, 1936,
 * 122-128; W. J. Conover, Practical Nonparametric Statistics, 3rd edition, section 3.2.)
 */
#ifndef BENCH_MEDIAN_H
#define BENCH_MEDIAN_H

#include <stddef.h>
#include <stdlib.h>

enum { MEDIAN_VALUES_MAX = 1000 }; /* 2^-1000 is still a double */

struct median {
  double value;
  size_t rank;     /* the interval goes from the rank-th smallest value to the rank-th largest;
                      0: too few values for one */
  double low, high;
  double coverage; /* how often such an interval holds the true median */
};

static inline int median_order(const void *left, const void *right)
{
  const double a = *(const double *)left, b = *(const double *)right;

  return (a > b) - (a < b);
}

/* Sorts ${values}, of which there are 1 to MEDIAN_VALUES_MAX. */
static inline struct median median_of(double *values, size_t count)
{
  struct median median = {0};
  double chance = 1, tail = 0; /* of exactly, of fewer than rank values below the median */

  qsort(values, count, sizeof *values, median_order);
  median.value = (values[(count - 1) / 2] + values[count / 2]) / 2;
  for (size_t i = 0; i < count; i++)
    chance /= 2;
  while (tail + chance <= 0.025) {
    tail += chance;
    chance *= (double)(count - median.rank) / (double)(median.rank + 1);
    median.rank++;
  }
  if (median.rank != 0) {
    median.low = values[median.rank - 1];
    median.high = values[count - median.rank];
    median.coverage = 1 - 2 * tail;
  }
  return median;
}

#endif /* BENCH_MEDIAN_H */
