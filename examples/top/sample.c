/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_SIZE = 128 };

/* A line of the text: name{label="value",...} number. */
struct line {
  char name[VALUE_SIZE];
  char queue[SAMPLE_NAME], slot[SAMPLE_NAME], le[SAMPLE_NAME];
  double value;
};

/* Where a series goes. */
static const struct {
  const char *name;
  size_t offset;
} queue_series[] = {
    {"mpcc_pushed_items_total", offsetof(struct queue_sample, pushed)},
    {"mpcc_delivered_items_total", offsetof(struct queue_sample, delivered)},
    {"mpcc_rejected_items_total", offsetof(struct queue_sample, rejected)},
    {"mpcc_dropped_items_total", offsetof(struct queue_sample, dropped)},
    {"mpcc_orphaned_items_total", offsetof(struct queue_sample, orphaned)},
    {"mpcc_batches_total", offsetof(struct queue_sample, batches)},
    {"mpcc_queued_items", offsetof(struct queue_sample, queued)},
    {"mpcc_in_flight_batches", offsetof(struct queue_sample, in_flight)},
    {"mpcc_batch_items_sum", offsetof(struct queue_sample, items)},
}, slot_series[] = {
    {"mpcc_slot_pushed_items_total", offsetof(struct slot_sample, pushed)},
    {"mpcc_slot_delivered_items_total", offsetof(struct slot_sample, delivered)},
    {"mpcc_slot_rejected_items_total", offsetof(struct slot_sample, rejected)},
    {"mpcc_slot_dropped_items_total", offsetof(struct slot_sample, dropped)},
    {"mpcc_slot_batches_total", offsetof(struct slot_sample, batches)},
    {"mpcc_slot_pump_seconds_total", offsetof(struct slot_sample, pump_seconds)},
    {"mpcc_slot_queued_items", offsetof(struct slot_sample, queued)},
    {"mpcc_slot_in_flight_batches", offsetof(struct slot_sample, in_flight)},
};
enum {
  QUEUE_SERIES = sizeof queue_series / sizeof queue_series[0],
  SLOT_SERIES = sizeof slot_series / sizeof slot_series[0]
};

/* -- A line ----------------------------------------------------------------------------------- */

/* What stands between quotation marks, without its escapes; what is too long is cut. Where it goes
 * on behind them, or NULL. */
static const char *read_quoted(const char *at, char *value, size_t size)
{
  size_t length = 0;

  if (*at++ != '"')
    return NULL;
  for (; *at != '"'; at++) {
    char c = *at;

    if (c == '\0')
      return NULL;
    if (c == '\\') {
      c = *++at;
      if (c != '\\' && c != '"' && c != 'n')
        return NULL;
      if (c == 'n')
        c = '\n';
    }
    if (length + 1 < size)
      value[length++] = c;
  }
  value[length] = '\0';
  return at + 1;
}

/* {...}: where it goes on, or NULL. */
static const char *read_labels(const char *at, struct line *line)
{
  char other[SAMPLE_NAME];

  for (at++; *at != '}'; at += *at == ',') {
    const size_t length = strcspn(at, "=\",}");
    char *value = other;

    if (at[length] != '=')
      return NULL;
    if (length == 5 && strncmp(at, "queue", length) == 0)
      value = line->queue;
    else if (length == 4 && strncmp(at, "slot", length) == 0)
      value = line->slot;
    else if (length == 2 && strncmp(at, "le", length) == 0)
      value = line->le;
    at = read_quoted(at + length + 1, value, SAMPLE_NAME);
    if (at == NULL || (*at != ',' && *at != '}'))
      return NULL;
  }
  return at + 1;
}

static int read_line(const char *text, struct line *line)
{
  const size_t length = strcspn(text, "{ ");
  const char *at = text + length;
  char *end;

  memset(line, 0, sizeof *line);
  if (length == 0 || *at == '\0')
    return -1;
  memcpy(line->name, text, length < VALUE_SIZE ? length : VALUE_SIZE - 1);
  if (*at == '{')
    at = read_labels(at, line);
  if (at == NULL || *at != ' ')
    return -1;
  line->value = strtod(at + 1, &end);
  return end != at + 1 && (*end == '\0' || *end == ' ') ? 0 : -1; /* a time may follow */
}

/* -- Where it goes ---------------------------------------------------------------------------- */

static void *grown(void *array, size_t count, size_t size)
{
  /* By doubling: it is full when the count is a power of two, or none. */
  if ((count & (count - 1)) != 0)
    return array;
  return realloc(array, (count == 0 ? 1 : 2 * count) * size);
}

static size_t find_queue(const struct sample *sample, const char *name)
{
  size_t at = 0;

  while (at < sample->queue_count && strcmp(sample->queues[at].name, name) != 0)
    at++;
  return at;
}

/* Where it is; slot_count if there is none. ${guess} is looked at first. */
static size_t find_slot(const struct queue_sample *queue, const char *name, size_t guess)
{
  size_t at = 0;

  if (guess < queue->slot_count && strcmp(queue->slots[guess].name, name) == 0)
    return guess;
  while (at < queue->slot_count && strcmp(queue->slots[at].name, name) != 0)
    at++;
  return at;
}

static struct queue_sample *want_queue(struct sample *sample, const char *name)
{
  struct queue_sample *queues, *queue;

  const size_t at = find_queue(sample, name);

  if (at < sample->queue_count)
    return &sample->queues[at];
  queues = grown(sample->queues, sample->queue_count, sizeof *queues);
  if (queues == NULL) {
    sample->failed = true;
    return NULL;
  }
  sample->queues = queues;
  queue = &queues[sample->queue_count++];
  memset(queue, 0, sizeof *queue);
  strcpy(queue->name, name);
  return queue;
}

static struct slot_sample *want_slot(struct sample *sample, struct queue_sample *queue,
                                     const char *name)
{
  struct slot_sample *slots, *slot;

  /* Most often they come in the order of the series before. */
  queue->next = find_slot(queue, name, queue->next) + 1;
  if (queue->next <= queue->slot_count)
    return &queue->slots[queue->next - 1];
  slots = grown(queue->slots, queue->slot_count, sizeof *slots);
  if (slots == NULL) {
    sample->failed = true;
    return NULL;
  }
  queue->slots = slots;
  slot = &slots[queue->slot_count++];
  memset(slot, 0, sizeof *slot);
  strcpy(slot->name, name);
  return slot;
}

static void add_at(void *base, size_t offset, double value)
{
  double sum;

  memcpy(&sum, (char *)base + offset, sizeof sum);
  sum += value; /* batches come in several series, by why they were due */
  memcpy((char *)base + offset, &sum, sizeof sum);
}

static void add_bucket(struct histogram *histogram, const struct line *line)
{
  if (histogram->count == SAMPLE_BOUNDS)
    return;
  histogram->bounds[histogram->count] =
      strcmp(line->le, "+Inf") == 0 ? (double)INFINITY : strtod(line->le, NULL);
  histogram->values[histogram->count++] = line->value;
}

static void place(struct sample *sample, const struct line *line)
{
  struct queue_sample *queue;
  struct slot_sample *slot;

  if (strncmp(line->name, "mpcc_", 5) != 0 || line->queue[0] == '\0')
    return;
  queue = want_queue(sample, line->queue);
  if (queue == NULL)
    return;
  if (strcmp(line->name, "mpcc_batch_wait_seconds_bucket") == 0)
    add_bucket(&queue->wait, line);
  else if (strcmp(line->name, "mpcc_pump_seconds_bucket") == 0)
    add_bucket(&queue->pump, line);
  for (size_t i = 0; i < QUEUE_SERIES; i++)
    if (strcmp(line->name, queue_series[i].name) == 0)
      add_at(queue, queue_series[i].offset, line->value);
  for (size_t i = 0; i < SLOT_SERIES; i++) {
    if (strcmp(line->name, slot_series[i].name) != 0 || line->slot[0] == '\0')
      continue;
    slot = want_slot(sample, queue, line->slot);
    if (slot != NULL)
      add_at(slot, slot_series[i].offset, line->value);
  }
}

/* -- The whole -------------------------------------------------------------------------------- */

const struct queue_sample *sample_queue(const struct sample *sample, const char *name)
{
  const size_t at = find_queue(sample, name);

  return at < sample->queue_count ? &sample->queues[at] : NULL;
}

const struct slot_sample *sample_slot(const struct queue_sample *queue, const char *name)
{
  const size_t at = find_slot(queue, name, 0);

  return at < queue->slot_count ? &queue->slots[at] : NULL;
}

static int read_lines(struct sample *sample, char *text)
{
  struct line line;

  for (char *end; *text != '\0'; text = end + 1) {
    end = strchr(text, '\n');
    if (end == NULL)
      return -1; /* the last line has one, too: something is missing */
    *end = '\0';
    if (end > text && end[-1] == '\r')
      end[-1] = '\0';
    if (text[0] == '#' || text[0] == '\0')
      continue;
    if (read_line(text, &line) != 0)
      return -1;
    place(sample, &line);
  }
  return sample->failed ? -1 : 0;
}

int sample_read(struct sample *sample, const char *text, size_t length)
{
  char *copy = malloc(length + 1);
  int err = -1;

  memset(sample, 0, sizeof *sample);
  if (copy == NULL) {
    sample->failed = true;
    return -1;
  }
  memcpy(copy, text, length);
  copy[length] = '\0';
  if (strlen(copy) == length)
    err = read_lines(sample, copy);
  free(copy);
  return err;
}

void sample_free(struct sample *sample)
{
  for (size_t i = 0; i < sample->queue_count; i++)
    free(sample->queues[i].slots);
  free(sample->queues);
  memset(sample, 0, sizeof *sample);
}
