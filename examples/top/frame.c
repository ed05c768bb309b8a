/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How much a counter has counted; from 0, if it was set back. */
static double counted(double before, double now)
{
  return now >= before ? now - before : now;
}

static double rate(double before, double now, double seconds)
{
  return seconds > 0 ? counted(before, now) / seconds : (double)NAN;
}

/* Buckets are cumulative, so one that fell means that all were set back. */
static double bucket(const struct histogram *before, const struct histogram *now, size_t i)
{
  const size_t last = now->count - 1;

  if (before == NULL || before->count != now->count || now->values[last] < before->values[last])
    return now->values[i];
  return counted(before->values[i], now->values[i]);
}

double histogram_quantile(const struct histogram *before, const struct histogram *now,
                          double quantile)
{
  double wanted;

  if (now->count == 0)
    return (double)NAN;
  wanted = bucket(before, now, now->count - 1) * quantile;
  if (wanted <= 0)
    return (double)NAN;
  for (size_t i = 0; i < now->count; i++)
    if (bucket(before, now, i) >= wanted)
      return now->bounds[i];
  return (double)INFINITY;
}

static double lost(const struct queue_sample *queue)
{
  return queue->rejected + queue->dropped + queue->orphaned;
}

static void make_queue(struct queue_row *row, const struct queue_sample *before,
                       const struct queue_sample *now, double seconds)
{
  static const struct queue_sample none; /* it is new: it has counted from 0 */
  double batches;

  if (before == NULL)
    before = &none;
  row->name = now->name;
  row->push_rate = rate(before->pushed, now->pushed, seconds);
  row->done_rate = rate(before->delivered, now->delivered, seconds);
  row->lost_rate = rate(lost(before), lost(now), seconds);
  row->queued = now->queued;
  row->in_flight = now->in_flight;
  batches = counted(before->batches, now->batches);
  row->batch_items = batches > 0 && seconds > 0 ? counted(before->items, now->items) / batches
                                                : (double)NAN;
  row->wait_50 = histogram_quantile(&before->wait, &now->wait, 0.5);
  row->wait_99 = histogram_quantile(&before->wait, &now->wait, 0.99);
  row->pump_50 = histogram_quantile(&before->pump, &now->pump, 0.5);
  row->pump_99 = histogram_quantile(&before->pump, &now->pump, 0.99);
  if (!(seconds > 0))
    row->wait_50 = row->wait_99 = row->pump_50 = row->pump_99 = (double)NAN;
}

static void make_slot(struct slot_row *row, const char *queue, const struct slot_sample *before,
                      const struct slot_sample *now, double seconds)
{
  static const struct slot_sample none;

  if (before == NULL)
    before = &none;
  row->queue = queue;
  row->name = now->name;
  row->push_rate = rate(before->pushed, now->pushed, seconds);
  row->done_rate = rate(before->delivered, now->delivered, seconds);
  row->lost_rate = rate(before->rejected + before->dropped, now->rejected + now->dropped, seconds);
  row->busy = rate(before->pump_seconds, now->pump_seconds, seconds);
  row->queued = now->queued;
  row->in_flight = now->in_flight;
}

static double load_of(const struct slot_row *row)
{
  return (isnan(row->push_rate) ? 0 : row->push_rate + row->lost_rate) + row->queued / 1000;
}

static int by_load(const void *a, const void *b)
{
  const struct slot_row *one = a, *other = b;
  const double difference = load_of(other) - load_of(one);

  if (difference != 0)
    return difference > 0 ? 1 : -1;
  if (strcmp(one->queue, other->queue) != 0)
    return strcmp(one->queue, other->queue);
  if (strlen(one->name) != strlen(other->name)) /* numbers by their size */
    return strlen(one->name) > strlen(other->name) ? 1 : -1;
  return strcmp(one->name, other->name);
}

static int make_rows(struct frame *frame, const struct sample *now)
{
  size_t slots = 0;

  for (size_t i = 0; i < now->queue_count; i++)
    slots += now->queues[i].slot_count;
  frame->queues = calloc(now->queue_count + 1, sizeof *frame->queues);
  frame->slots = calloc(slots + 1, sizeof *frame->slots);
  return frame->queues != NULL && frame->slots != NULL ? 0 : -1;
}

int frame_make(struct frame *frame, const struct sample *before, const struct sample *now,
               double seconds)
{
  memset(frame, 0, sizeof *frame);
  if (before == NULL)
    seconds = 0;
  if (make_rows(frame, now) != 0) {
    frame_free(frame);
    return -1;
  }
  for (size_t i = 0; i < now->queue_count; i++) {
    const struct queue_sample *queue = &now->queues[i];
    const struct queue_sample *old = before != NULL ? sample_queue(before, queue->name) : NULL;

    make_queue(&frame->queues[frame->queue_count++], old, queue, seconds);
    for (size_t j = 0; j < queue->slot_count; j++)
      make_slot(&frame->slots[frame->slot_count++], queue->name,
                old != NULL ? sample_slot(old, queue->slots[j].name) : NULL, &queue->slots[j],
                seconds);
  }
  qsort(frame->slots, frame->slot_count, sizeof *frame->slots, by_load);
  return 0;
}

void frame_free(struct frame *frame)
{
  free(frame->queues);
  free(frame->slots);
  memset(frame, 0, sizeof *frame);
}
