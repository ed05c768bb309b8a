/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A scrape, read: the series of examples/metrics (text exposition format 0.0.4) as queues and their
 * slots. Series that are not known are skipped, so others may be among them.
 */
#ifndef TOP_SAMPLE_H
#define TOP_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

enum { SAMPLE_NAME = 64, SAMPLE_BOUNDS = 64 };

struct histogram {
  size_t count;                 /* of bounds, the last of which is +Inf */
  double bounds[SAMPLE_BOUNDS];
  double values[SAMPLE_BOUNDS]; /* at most the bound */
};

struct slot_sample {
  char name[SAMPLE_NAME];
  double pushed, delivered, rejected, dropped, batches, pump_seconds, queued, in_flight;
};

struct queue_sample {
  char name[SAMPLE_NAME];
  double pushed, delivered, rejected, dropped, orphaned, batches, queued, in_flight;
  double items;                 /* in all batches */
  struct histogram wait, pump;
  struct slot_sample *slots;
  size_t slot_count;
  size_t next;                  /* while reading: the slot that may well come next */
};

struct sample {
  struct queue_sample *queues;  /* in the order of the text */
  size_t queue_count;
  bool failed;                  /* there was no memory */
};

/* Read it. 0; -1: this is not the text format, or there was no memory. Either way free it. */
int sample_read(struct sample *sample, const char *text, size_t length);
void sample_free(struct sample *sample);

const struct queue_sample *sample_queue(const struct sample *sample, const char *name);
const struct slot_sample *sample_slot(const struct queue_sample *queue, const char *name);

#endif
