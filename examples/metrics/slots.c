/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "slots.h"

#include <stdlib.h>
#include <string.h>

enum {
  LOOK = 1024,     /* slots in a collection: what each costs is in README.md */
  ENOUGH_ITEMS = 100 /* for each place, before it is known who is busy */
};

/* How many slots the instance has: it is asked whether it has this one, in halves. */
static uint32_t count_slots(const mpcc_t *mpcc)
{
  uint32_t has = 0, has_not = UINT32_MAX;
  mpcc_stats_t stats;

  while (has_not - has > 1) {
    uint32_t middle = has + (has_not - has) / 2;

    if (mpcc_slot_stats(mpcc, middle, &stats) == 0)
      has = middle;
    else
      has_not = middle;
  }
  return has_not;
}

static void take_values(uint64_t *values, const mpcc_stats_t *stats)
{
  values[METRICS_SLOT_PUSHED] = stats->pushed;
  values[METRICS_SLOT_REJECTED] = stats->rejected;
  values[METRICS_SLOT_DELIVERED] = stats->delivered;
  values[METRICS_SLOT_DROPPED] = stats->dropped;
  values[METRICS_SLOT_BATCHES] = stats->batches;
  values[METRICS_SLOT_PUMP_NS] = stats->pump_ns_total;
  values[METRICS_SLOT_QUEUED] = stats->queued;
  values[METRICS_SLOT_IN_FLIGHT] = stats->in_flight;
}

int metrics_slots_open(struct metrics_slots *slots, const mpcc_t *mpcc, unsigned limit)
{
  memset(slots, 0, sizeof *slots);
  slots->mpcc = mpcc;
  slots->slot_count = count_slots(mpcc);
  slots->all = slots->slot_count <= limit;
  slots->limit = slots->all ? slots->slot_count : limit;
  if (slots->limit == 0)
    return 0;
  slots->shown = calloc(slots->limit, sizeof *slots->shown);
  if (slots->shown == NULL)
    return MPCC_ENOMEM;
  for (uint32_t i = 0; slots->all && i < slots->slot_count; i++)
    slots->shown[slots->shown_count++].slot = i;
  return 0;
}

void metrics_slots_close(struct metrics_slots *slots)
{
  free(slots->shown);
  slots->shown = NULL;
}

static bool is_shown(const struct metrics_slots *slots, uint32_t slot)
{
  for (unsigned i = 0; i < slots->shown_count; i++)
    if (slots->shown[i].slot == slot)
      return true;
  return false;
}

/* A place for a slot that has these numbers; the busiest stand first among those from ${from} on,
 * which are new, and the last of them goes if there are too many. */
static void give_place(struct metrics_slots *slots, unsigned from, uint32_t slot,
                       const mpcc_stats_t *stats)
{
  uint64_t before[METRICS_SLOT_VALUES];
  unsigned at = slots->shown_count;

  while (at > from && slots->shown[at - 1].before[METRICS_SLOT_PUSHED] < stats->pushed)
    at--;
  if (at == slots->limit)
    return;
  if (slots->shown_count < slots->limit)
    slots->shown_count++;
  memmove(&slots->shown[at + 1], &slots->shown[at],
          (slots->shown_count - at - 1) * sizeof *slots->shown);
  take_values(before, stats);
  slots->shown[at].slot = slot;
  memcpy(slots->shown[at].before, before, sizeof slots->shown[at].before);
}

static void find_busy(struct metrics_slots *slots, const mpcc_stats_t *total)
{
  const uint32_t look = slots->slot_count < LOOK ? slots->slot_count : LOOK;
  const unsigned from = slots->shown_count;

  if (from == slots->limit || total->pushed / slots->limit < ENOUGH_ITEMS)
    return;
  for (uint32_t i = 0; i < look; i++) {
    const uint32_t slot = slots->next;
    mpcc_stats_t stats;

    slots->next = slot + 1 < slots->slot_count ? slot + 1 : 0;
    if (mpcc_slot_stats(slots->mpcc, slot, &stats) == 0 &&
        stats.pushed >= total->pushed / slots->limit / 2 && !is_shown(slots, slot))
      give_place(slots, from, slot, &stats);
  }
}

static uint64_t less(uint64_t a, uint64_t b)
{
  return a > b ? a - b : 0;
}

static void read_shown(struct metrics_slots *slots, struct metrics_slot *shown)
{
  mpcc_stats_t stats;

  if (mpcc_slot_stats(slots->mpcc, shown->slot, &stats) != 0)
    return; /* it was there before, so this can't be */
  take_values(shown->values, &stats);
  for (int i = 0; i < METRICS_SLOT_COUNTERS; i++)
    shown->values[i] = less(shown->values[i], shown->before[i]);
}

void metrics_slots_read(struct metrics_slots *slots, const mpcc_stats_t *total)
{
  uint64_t rest[METRICS_SLOT_VALUES];

  if (!slots->all)
    find_busy(slots, total);
  take_values(rest, total);
  for (unsigned i = 0; i < slots->shown_count; i++) {
    read_shown(slots, &slots->shown[i]);
    for (int j = 0; j < METRICS_SLOT_VALUES; j++)
      rest[j] = less(rest[j], slots->shown[i].values[j]);
  }
  for (int j = 0; j < METRICS_SLOT_VALUES; j++)
    if (j >= METRICS_SLOT_COUNTERS || rest[j] > slots->other[j])
      slots->other[j] = rest[j];
}
