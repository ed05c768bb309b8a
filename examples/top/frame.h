/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What happened between two scrapes. A counter that is lower than before was set back, as the
 * service has started again: then it has counted from 0, and no rate is ever below that. What can't
 * be told (no second scrape yet, no batch in between) is NAN.
 */
#ifndef TOP_FRAME_H
#define TOP_FRAME_H

#include "sample.h"

struct queue_row {
  const char *name;                          /* these are the sample's */
  double push_rate, done_rate;               /* items each second */
  double lost_rate;                          /* refused, dropped, orphaned */
  double queued, in_flight;
  double batch_items;                        /* mean */
  double wait_50, wait_99, pump_50, pump_99; /* seconds, at most; INFINITY: beyond the buckets */
};

struct slot_row {
  const char *queue, *name;
  double push_rate, done_rate, lost_rate, queued, in_flight;
  double busy; /* seconds in the pump each second */
};

struct frame {
  struct queue_row *queues;
  size_t queue_count;
  struct slot_row *slots; /* of all queues, the busiest first */
  size_t slot_count;
};

/* ${before} may be NULL. 0, or -1: there was no memory. The frame is to be freed before ${now}. */
int frame_make(struct frame *frame, const struct sample *before, const struct sample *now,
               double seconds);
void frame_free(struct frame *frame);

/* The bound below which ${quantile} of what came between the two lies; NAN if nothing came. */
double histogram_quantile(const struct histogram *before, const struct histogram *now,
                          double quantile);

#endif
