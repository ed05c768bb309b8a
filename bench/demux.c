/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "demux.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROOM_FIRST = 8, AHEAD = 16 };

#ifdef __GNUC__
#define PREFETCH(address) __builtin_prefetch((address), 1)
#else
#define PREFETCH(address) ((void)(address))
#endif

/* Four of them to a line: with many slots that is what counts. */
struct slot {
  struct peer_item *items;
  uint32_t count;
  unsigned room : 31;
  unsigned active : 1; /* it is in the list */
};

struct demux {
  struct peer_job job;
  struct slot *slots;
  uint32_t *active; /* slots that got an item since the last flush */
  uint32_t active_count;
};

/* A thread that hands out has nobody to refuse. */
static void grow(const struct demux *demux, struct slot *slot)
{
  const uint32_t wanted = slot->room == 0 ? ROOM_FIRST : slot->room * 4;
  const uint32_t room = wanted < demux->job.batch ? wanted : demux->job.batch;

  slot->items = realloc(slot->items, room * sizeof *slot->items);
  if (slot->items == NULL) {
    fprintf(stderr, "demux: no memory\n");
    exit(1);
  }
  slot->room = room & 0x7fffffff;
}

static void hand_out(const struct demux *demux, struct slot *slot)
{
  demux->job.pump(slot->items, slot->count, (uint32_t)(slot - demux->slots), demux->job.state);
  slot->count = 0;
}

static void add(struct demux *demux, const struct demux_record *record)
{
  struct slot *slot = &demux->slots[record->slot];

  if (slot->count == slot->room)
    grow(demux, slot);
  if (!slot->active) {
    slot->active = 1;
    demux->active[demux->active_count++] = record->slot;
  }
  slot->items[slot->count++] = record->item;
  if (slot->count == demux->job.batch)
    hand_out(demux, slot);
}

void demux_add(struct demux *demux, const struct demux_record *records, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    if (i + AHEAD < count)
      PREFETCH(&demux->slots[records[i + AHEAD].slot]);
    if (i + AHEAD / 2 < count) {
      const struct slot *slot = &demux->slots[records[i + AHEAD / 2].slot];

      if (slot->items != NULL)
        PREFETCH(&slot->items[slot->count]);
    }
    add(demux, &records[i]);
  }
}

bool demux_flush(struct demux *demux)
{
  const uint32_t count = demux->active_count;

  for (uint32_t i = 0; i < count; i++) {
    struct slot *slot = &demux->slots[demux->active[i]];

    slot->active = 0;
    if (slot->count != 0)
      hand_out(demux, slot);
  }
  demux->active_count = 0;
  return count != 0;
}

struct demux *demux_open(const struct peer_job *job)
{
  struct demux *demux = malloc(sizeof *demux);

  if (demux == NULL)
    return NULL;
  demux->job = *job;
  demux->active_count = 0;
  demux->slots = calloc(job->slots, sizeof *demux->slots);
  if (demux->slots == NULL)
    goto free_demux;
  demux->active = calloc(job->slots, sizeof *demux->active);
  if (demux->active == NULL)
    goto free_slots;
  return demux;

free_slots:
  free(demux->slots);
free_demux:
  free(demux);
  return NULL;
}

void demux_close(struct demux *demux)
{
  for (uint32_t i = 0; i < demux->job.slots; i++)
    free(demux->slots[i].items);
  free(demux->active);
  free(demux->slots);
  free(demux);
}
