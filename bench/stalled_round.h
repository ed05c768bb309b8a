/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One round of bench_stalled: an instance of its own, 15 slots under a steady load, and, or not, a
 * 16th whose pump never answers.
 */
#ifndef BENCH_STALLED_ROUND_H
#define BENCH_STALLED_ROUND_H

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"

enum { STALLED_SLOTS = 16, STALLED_CAPACITY = 5000, STALLED_WORKERS = 4 };

struct stalled_load {
  int pump_on;          /* options.pump_on */
  uint32_t rate;        /* items a second, all of the 15 slots together */
  uint32_t producers;   /* threads that share them */
  uint32_t batch_size;  /* at most STALLED_CAPACITY */
  uint32_t interval_ms;
  uint32_t warm_ms;     /* of the load's beginning, that are not counted */
  uint32_t round_ms;    /* that are */
};

/* Adds every counted item's wait, from when it should have been pushed until the pump was called
 * with it, to ${waits}. Ends the program if an item is missing or the stall was none. */
void stalled_round(const struct stalled_load *load, bool with_stalled, uint64_t seed,
                   struct histogram *waits);

#endif /* BENCH_STALLED_ROUND_H */
