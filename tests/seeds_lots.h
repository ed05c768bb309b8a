/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The moves of a seed's model: an item from one fate to the next, and what follows from what
 * becomes of a batch, when it is done, in whatever way, discarded, or abandoned.
 */
#ifndef MPCC_TESTS_SEEDS_LOTS_H
#define MPCC_TESTS_SEEDS_LOTS_H

#include "seeds_model.h"

/* -- Items -------------------------------------------------------------------------------- */

static inline uint32_t seeds_seal(uint32_t index, uint32_t slot, uint32_t weight)
{
  return (index * 0x9E3779B1u ^ slot * 0x85EBCA77u) + weight * 0xC2B2AE3Du;
}

/* One item goes from one fate to the next; the slot's numbers follow. */
static inline void seeds_move(struct seeds *seeds, uint32_t index, enum seeds_fate from,
                              enum seeds_fate to)
{
  static const char *const names[] = {"not accepted", "queued", "in a batch", "delivered",
                                      "dropped", "orphaned"};
  struct seeds_record *record = &seeds->items[index];
  struct seeds_slot *slot = &seeds->slots[record->slot];

  if (record->fate != from)
    seeds_fail(seeds, "slot %u: item %u, which was %s, is %s now; it should have been %s",
               record->slot, index, names[record->fate], names[to], names[from]);
  if (from != FATE_NONE)
    slot->fates[from]--;
  slot->fates[to]++;
  record->fate = to;
}

/* Reads item ${at} of a batch and proves that it is what was pushed into this slot. */
static inline uint32_t seeds_read(struct seeds *seeds, const mpcc_batch_t *batch, size_t at)
{
  const unsigned char *bytes = (const unsigned char *)batch->items + at * seeds->options.item_size;
  struct seeds_item item;

  memcpy(&item, bytes, sizeof item);
  if (item.index >= seeds->item_count ||
      item.seal != seeds_seal(item.index, item.slot, item.weight))
    seeds_fail(seeds, "slot %u, item %zu of %zu: torn or never pushed", batch->slot, at,
               batch->count);
  if (item.slot != batch->slot)
    seeds_fail(seeds, "item %u of slot %u came in a batch of slot %u", item.index, item.slot,
               batch->slot);
  for (size_t i = sizeof item; i < seeds->options.item_size; i++)
    if (bytes[i] != (unsigned char)item.seal)
      seeds_fail(seeds, "slot %u, item %u: byte %zu is wrong", item.slot, item.index, i);
  return item.index;
}

/* A batch cut by weight leaves the rest in its memory; if there is no other, all of its slot
 * waits for that batch. */
static inline bool seeds_scarce(const struct seeds *seeds)
{
  return seeds->options.max_batch_weight != 0 &&
         (seeds->options.max_memory != 0 || seeds->refuse_in != 0 || seeds->refuse_all);
}

static inline uint32_t seeds_queued(const struct seeds_slot *slot)
{
  return slot->tail - slot->head;
}

/* -- Lots --------------------------------------------------------------------------------- */

static inline struct seeds_part *seeds_top(struct seeds_lot *lot)
{
  return &lot->parts[lot->part_count - 1];
}

/* Whether it takes one of its slot's places. */
static inline bool seeds_active(const struct seeds_lot *lot)
{
  return lot->state != LOT_FREE && lot->state != LOT_ORPHAN;
}

static inline bool seeds_in_flight(const struct seeds_lot *lot)
{
  return lot->state == LOT_IN_PUMP || lot->state == LOT_PENDING;
}

static inline uint32_t seeds_places_taken(const struct seeds *seeds, uint32_t slot)
{
  uint32_t taken = 0;

  for (uint32_t i = 0; i < SEEDS_LOTS; i++)
    taken += seeds->lots[i].slot == slot && seeds_active(&seeds->lots[i]);
  return taken;
}

static inline struct seeds_lot *seeds_lot_open(struct seeds *seeds, uint32_t slot)
{
  for (uint32_t i = 0; i < SEEDS_LOTS; i++) {
    struct seeds_lot *lot = &seeds->lots[i];

    if (lot->state != LOT_FREE)
      continue;
    memset(lot, 0, offsetof(struct seeds_lot, parts));
    memset(&lot->parts[0], 0, offsetof(struct seeds_part, items));
    lot->slot = slot;
    lot->part_count = 1;
    lot->parts[0].tries_cap = seeds->options.max_attempts;
    return lot;
  }
  seeds_fail(seeds, "more than %d batches at once", SEEDS_LOTS);
}

static inline uint64_t seeds_later(uint64_t time_ms, uint64_t by_ms)
{
  return time_ms > UINT64_MAX - by_ms ? UINT64_MAX : time_ms + by_ms;
}

/* -- What an answer leads to -------------------------------------------------------------- */

static inline uint64_t seeds_delay(const struct seeds *seeds, uint32_t tries)
{
  uint64_t delay = seeds->options.retry_delay_ms;

  for (uint32_t i = 1; i < tries && delay < seeds->options.retry_delay_max_ms; i++)
    delay *= 2;
  return delay < seeds->options.retry_delay_max_ms ? delay : seeds->options.retry_delay_max_ms;
}

static inline void seeds_await(struct seeds *seeds, struct seeds_lot *lot, uint64_t delay_ms)
{
  lot->answered_ms = seeds->now_ms;
  lot->noticed_ms = SEEDS_NEVER;
  lot->delay_ms = delay_ms;
}

/* The top part has its fate: on to the one below. */
static inline void seeds_next_part(struct seeds *seeds, struct seeds_lot *lot)
{
  if (--lot->part_count == 0) {
    lot->state = LOT_FREE;
    return;
  }
  lot->state = lot->condemned ? LOT_DROPS : LOT_WAITS;
  lot->reason = MPCC_ECANCELED;
  seeds_await(seeds, lot, 0);
}

/* The top part has failed. */
static inline void seeds_part_failed(struct seeds *seeds, struct seeds_lot *lot, int status)
{
  struct seeds_part *part = seeds_top(lot);

  lot->reason = status;
  lot->canceled_too = false;
  if (lot->condemned) {
    lot->state = LOT_DROPS;
  } else if (part->tries < part->tries_cap) {
    lot->state = LOT_WAITS;
    seeds_await(seeds, lot, seeds_delay(seeds, part->tries));
    return;
  } else if (seeds->options.isolate_failures && part->count > 1 && !part->marked) {
    part->halve = true;
    lot->state = LOT_WAITS;
  } else {
    lot->state = LOT_DROPS;
  }
  seeds_await(seeds, lot, 0);
}

/* The batch in flight was done with this status, in whatever way. */
static inline void seeds_answered(struct seeds *seeds, struct seeds_lot *lot, int status)
{
  struct seeds_part *part = seeds_top(lot);
  uint32_t kept = 0;

  seeds->acts++;
  if (status == 0) {
    for (uint32_t i = 0; i < part->count; i++) {
      if (lot->marks[i] == 0) {
        seeds_move(seeds, part->items[i], FATE_HELD, FATE_DELIVERED);
        continue;
      }
      status = status == 0 ? lot->marks[i] : status;
      part->items[kept++] = part->items[i];
    }
    part->count = kept;
    part->marked = true;
  }
  if (lot->marked)
    memset(lot->marks, 0, sizeof lot->marks);
  lot->marked = false;
  if (status == 0)
    seeds_next_part(seeds, lot);
  else
    seeds_part_failed(seeds, lot, status);
}

/* What is in the pump's hands is nobody's any more. */
static inline void seeds_orphan(struct seeds *seeds, struct seeds_lot *lot)
{
  struct seeds_part *part = seeds_top(lot);

  for (uint32_t i = 0; i < part->count; i++)
    seeds_move(seeds, part->items[i], FATE_HELD, FATE_ORPHANED);
}

/* mpcc_discard() of its slot, or a stop that does not drain. */
static inline void seeds_condemn(struct seeds *seeds, struct seeds_lot *lot)
{
  if (!seeds_active(lot))
    return;
  lot->condemned = true;
  if (seeds_in_flight(lot))
    return;
  if (lot->noticed_ms == SEEDS_NEVER || lot->noticed_ms == seeds->now_ms)
    lot->canceled_too = true;
  if (lot->state == LOT_WAITS && lot->noticed_ms != SEEDS_NEVER && !lot->canceled_too)
    lot->reason = MPCC_ECANCELED;
  lot->state = LOT_DROPS;
}

#endif /* MPCC_TESTS_SEEDS_LOTS_H */
