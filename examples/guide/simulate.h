/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A load, a slot and a sink on a virtual clock, in steps of a millisecond: a manual instance does
 * what the real library does, so the numbers are not a model's, and are the same on every machine.
 */
#ifndef GUIDE_SIMULATE_H
#define GUIDE_SIMULATE_H

#include <mpcc.h>

struct load {
  const char *name;
  unsigned items_per_s;
  uint32_t batch_size;
  uint64_t interval_ms;
  uint32_t concurrency;
  size_t capacity;      /* 0: unbounded */
  unsigned call_us;     /* what a call of the sink takes, however many items it has, */
  unsigned item_us;     /* and for each item */
  unsigned pause_at_ms; /* calls that begin in the pause end after it; 0 ms long: none */
  unsigned pause_ms;
};

struct outcome {
  mpcc_stats_t stats;
  mpcc_histogram_t items, wait_ms, pump_ns;
  uint32_t calls_peak; /* calls of the sink under way at once */
};

enum { SIMULATED_MS = 10000 };

/* Ten seconds of it; then everything is dropped. Exits with a message if a call fails. */
struct outcome simulate(const struct load *load);

#endif
