/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The format wants the lines of a family together, so families are on the outside and instances
 * inside. Units are seconds and items; numbers are exact, in decimal.
 */
#include "exposition.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A number of the instance's. */
struct family {
  const char *name, *type, *help;
  size_t offset;     /* in mpcc_stats_t */
  unsigned decimals; /* of its unit, in seconds: 9 for ns */
};

static const struct family families[] = {
    {"mpcc_pushed_items_total", "counter", "Items accepted.", offsetof(mpcc_stats_t, pushed), 0},
    {"mpcc_rejected_items_total", "counter", "Items refused for want of room or memory.",
     offsetof(mpcc_stats_t, rejected), 0},
    {"mpcc_delivered_items_total", "counter", "Items whose batch was done with success.",
     offsetof(mpcc_stats_t, delivered), 0},
    {"mpcc_dropped_items_total", "counter", "Items given up after failures or discards.",
     offsetof(mpcc_stats_t, dropped), 0},
    {"mpcc_orphaned_items_total", "counter", "Items abandoned in the pump's hands.",
     offsetof(mpcc_stats_t, orphaned), 0},
    {"mpcc_retries_total", "counter", "Hand-overs to the pump after a batch's first.",
     offsetof(mpcc_stats_t, retries), 0},
    {"mpcc_timeouts_total", "counter", "Hand-overs cancelled as they took too long.",
     offsetof(mpcc_stats_t, timeouts), 0},
    {"mpcc_wakeups_total", "counter", "Times a sleeping loop was woken.",
     offsetof(mpcc_stats_t, wakeups), 0},
    {"mpcc_queued_items", "gauge", "Items accepted and not yet taken into a batch.",
     offsetof(mpcc_stats_t, queued), 0},
    {"mpcc_queued_items_peak", "gauge", "The most items seen queued in one slot.",
     offsetof(mpcc_stats_t, queued_peak), 0},
    {"mpcc_in_flight_batches", "gauge", "Batches given to the pump and not yet done.",
     offsetof(mpcc_stats_t, in_flight), 0},
    {"mpcc_pump_max_seconds", "gauge", "The longest time from the call of the pump to done.",
     offsetof(mpcc_stats_t, pump_ns_max), 9},
    {"mpcc_wait_max_seconds", "gauge", "The age of the oldest item ever handed over.",
     offsetof(mpcc_stats_t, wait_ms_max), 3},
};

/* Why batches were due. */
static const struct {
  const char *due;
  size_t offset;
} dues[] = {
    {"full", offsetof(mpcc_stats_t, batches_full)},
    {"interval", offsetof(mpcc_stats_t, batches_interval)},
    {"flush", offsetof(mpcc_stats_t, batches_flush)},
    {"drain", offsetof(mpcc_stats_t, batches_drain)},
};

/* Numbers of slots, in the order of slots.h. */
static const struct family slot_families[METRICS_SLOT_VALUES] = {
    {"mpcc_slot_pushed_items_total", "counter", "Items accepted, by slot.", 0, 0},
    {"mpcc_slot_rejected_items_total", "counter", "Items refused, by slot.", 0, 0},
    {"mpcc_slot_delivered_items_total", "counter", "Items delivered, by slot.", 0, 0},
    {"mpcc_slot_dropped_items_total", "counter", "Items given up, by slot.", 0, 0},
    {"mpcc_slot_batches_total", "counter", "Batches formed, by slot.", 0, 0},
    {"mpcc_slot_pump_seconds_total", "counter", "Time from the call of the pump to done, by slot.",
     0, 9},
    {"mpcc_slot_queued_items", "gauge", "Items queued, by slot.", 0, 0},
    {"mpcc_slot_in_flight_batches", "gauge", "Batches in flight, by slot.", 0, 0},
};

/* Buckets are the same in all scrapes, so only those that a value may well be in are shown; what
 * is below the first is counted in it, what is above the last in +Inf alone. */
static const struct {
  const char *name, *help;
  int which;
  unsigned decimals;
  unsigned first, last; /* the library's buckets */
} histograms[METRICS_HISTOGRAMS] = {
    {"mpcc_batch_items", "Items in each batch.", MPCC_HISTOGRAM_ITEMS, 0, 1, 20},
    {"mpcc_batch_wait_seconds", "How long each batch's oldest item had waited.",
     MPCC_HISTOGRAM_WAIT_MS, 3, 0, 20},
    {"mpcc_pump_seconds", "From the call of the pump to done, each try.", MPCC_HISTOGRAM_PUMP_NS,
     9, 10, 38},
};

int metrics_source_open(struct metrics_source *source, const mpcc_t *mpcc, const char *name,
                        unsigned slot_limit)
{
  memset(source, 0, sizeof *source);
  source->mpcc = mpcc;
  source->name = malloc(strlen(name) + 1);
  if (source->name == NULL)
    return MPCC_ENOMEM;
  strcpy(source->name, name);
  return metrics_slots_open(&source->slots, mpcc, slot_limit);
}

void metrics_source_close(struct metrics_source *source)
{
  metrics_slots_close(&source->slots);
  free(source->name);
}

/* None of these can fail: the instance is there, and the rest are constants. */
void metrics_source_read(struct metrics_source *source)
{
  (void)mpcc_stats(source->mpcc, &source->stats);
  metrics_slots_read(&source->slots, &source->stats);
  for (int i = 0; i < METRICS_HISTOGRAMS; i++)
    (void)mpcc_histogram_read(source->mpcc, histograms[i].which, &source->histograms[i]);
}

static uint64_t number_at(const mpcc_stats_t *stats, size_t offset)
{
  uint64_t number;

  memcpy(&number, (const char *)stats + offset, sizeof number);
  return number;
}

static void begin_family(struct metrics_text *text, const char *name, const char *type,
                         const char *help)
{
  metrics_text_add(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* name{queue="..." : what follows is a label or "}". */
static void begin_line(struct metrics_text *text, const struct metrics_source *source,
                       const char *name, const char *suffix)
{
  metrics_text_add(text, "%s%s{queue=", name, suffix);
  metrics_text_add_quoted(text, source->name);
}

static void end_line(struct metrics_text *text, uint64_t value, unsigned decimals)
{
  metrics_text_add(text, "} ");
  metrics_text_add_scaled(text, value, decimals);
  metrics_text_add(text, "\n");
}

static void write_batches(struct metrics_text *text, const struct metrics_source *sources,
                          size_t count)
{
  begin_family(text, "mpcc_batches_total", "counter", "Batches formed, by why they were due.");
  for (size_t i = 0; i < count; i++) {
    for (size_t j = 0; j < sizeof dues / sizeof dues[0]; j++) {
      begin_line(text, &sources[i], "mpcc_batches_total", "");
      metrics_text_add(text, ",due=\"%s\"", dues[j].due);
      end_line(text, number_at(&sources[i].stats, dues[j].offset), 0);
    }
  }
}

static void write_slots(struct metrics_text *text, const struct metrics_source *source, int which)
{
  const struct metrics_slots *slots = &source->slots;
  const struct family *family = &slot_families[which];

  for (unsigned i = 0; i < slots->shown_count; i++) {
    begin_line(text, source, family->name, "");
    metrics_text_add(text, ",slot=\"%" PRIu32 "\"", slots->shown[i].slot);
    end_line(text, slots->shown[i].values[which], family->decimals);
  }
  if (!slots->all) {
    begin_line(text, source, family->name, "");
    metrics_text_add(text, ",slot=\"other\"");
    end_line(text, slots->other[which], family->decimals);
  }
}

/* The count is what the buckets have, so that they agree also while batches are being counted. */
static void write_histogram(struct metrics_text *text, const struct metrics_source *source,
                            int which)
{
  const mpcc_histogram_t *histogram = &source->histograms[which];
  const char *name = histograms[which].name;
  uint64_t below = 0;

  for (unsigned bucket = 0; bucket < MPCC_HISTOGRAM_BUCKETS; bucket++) {
    below += histogram->buckets[bucket];
    if (bucket < histograms[which].first || bucket > histograms[which].last)
      continue;
    begin_line(text, source, name, "_bucket");
    metrics_text_add(text, ",le=\"");
    metrics_text_add_scaled(text, mpcc_histogram_bound(bucket), histograms[which].decimals);
    metrics_text_add(text, "\"");
    end_line(text, below, 0);
  }
  begin_line(text, source, name, "_bucket");
  metrics_text_add(text, ",le=\"+Inf\"");
  end_line(text, below, 0);
  begin_line(text, source, name, "_sum");
  end_line(text, histogram->sum, histograms[which].decimals);
  begin_line(text, source, name, "_count");
  end_line(text, below, 0);
}

void metrics_exposition_write(struct metrics_text *text, const struct metrics_source *sources,
                              size_t count)
{
  for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
    const struct family *family = &families[i];

    begin_family(text, family->name, family->type, family->help);
    for (size_t j = 0; j < count; j++) {
      begin_line(text, &sources[j], family->name, "");
      end_line(text, number_at(&sources[j].stats, family->offset), family->decimals);
    }
  }
  write_batches(text, sources, count);
  for (int which = 0; which < METRICS_SLOT_VALUES; which++) {
    const struct family *family = &slot_families[which];

    begin_family(text, family->name, family->type, family->help);
    for (size_t j = 0; j < count; j++)
      write_slots(text, &sources[j], which);
  }
  for (int which = 0; which < METRICS_HISTOGRAMS; which++) {
    begin_family(text, histograms[which].name, "histogram", histograms[which].help);
    for (size_t j = 0; j < count; j++)
      write_histogram(text, &sources[j], which);
  }
}
