/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The numbers of some instances as text that Prometheus reads. One thread at a time. */
#ifndef METRICS_EXPOSITION_H
#define METRICS_EXPOSITION_H

#include <mpcc.h>

#include "slots.h"
#include "text.h"

enum { METRICS_HISTOGRAMS = 3 };

/* An instance, and what was read of it last. */
struct metrics_source {
  const mpcc_t *mpcc;
  char *name;
  struct metrics_slots slots;
  mpcc_stats_t stats;
  mpcc_histogram_t histograms[METRICS_HISTOGRAMS];
};

/* 0, or MPCC_ENOMEM. */
int metrics_source_open(struct metrics_source *source, const mpcc_t *mpcc, const char *name,
                        unsigned slot_limit);
void metrics_source_close(struct metrics_source *source);

void metrics_source_read(struct metrics_source *source);

/* All families of what was read last. */
void metrics_exposition_write(struct metrics_text *text, const struct metrics_source *sources,
                              size_t count);

#endif
