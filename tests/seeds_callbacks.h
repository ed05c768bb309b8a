/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The other callbacks of a seed's instance: each proves that it may come now, with these items, and
 * writes into the model what follows from it.
 */
#ifndef MPCC_TESTS_SEEDS_CALLBACKS_H
#define MPCC_TESTS_SEEDS_CALLBACKS_H

#include "seeds_pump.h"

/* -- The others --------------------------------------------------------------------------- */

static inline void seeds_drop_queued(struct seeds *seeds, const mpcc_batch_t *batch, int reason)
{
  struct seeds_slot *slot = &seeds->slots[batch->slot];

  if (reason != MPCC_ECANCELED || batch->id != 0 || batch->due != 0 || batch->data != NULL)
    seeds_fail(seeds, "slot %u: dropped from the queue with reason %d, id %" PRIu64 ", due %d",
               batch->slot, reason, batch->id, batch->due);
  for (size_t i = 0; i < batch->count; i++) {
    uint32_t index = seeds_read(seeds, batch, i);

    if (slot->head >= slot->condemned || index != slot->queue[slot->head])
      seeds_fail(seeds, "slot %u: item %u was dropped, the first one to drop is %u", batch->slot,
                 index, slot->head < slot->condemned ? slot->queue[slot->head] : UINT32_MAX);
    seeds_move(seeds, index, FATE_QUEUED, FATE_DROPPED);
    slot->head++;
  }
}

/* Halves that never had their turn are dropped below the one that is still in flight, too. */
static inline struct seeds_part *seeds_dropped_part(struct seeds *seeds, struct seeds_lot *lot,
                                                    uint32_t first)
{
  uint32_t low = seeds_in_flight(lot) && lot->condemned ? lot->part_count - 1 :
                 lot->state == LOT_DROPS ? lot->part_count : 0;

  for (uint32_t i = low; i-- > 0;)
    if (lot->parts[i].items[0] == first)
      return &lot->parts[i];
  seeds_fail(seeds, "slot %u: item %u was dropped out of a batch that is not to be dropped",
             lot->slot, first);
}

static inline void seeds_remove_part(struct seeds *seeds, struct seeds_lot *lot,
                                     struct seeds_part *part)
{
  size_t above = (size_t)(seeds_top(lot) - part);

  if (above == 0) {
    seeds_next_part(seeds, lot);
    return;
  }
  memmove(part, part + 1, above * sizeof *part);
  lot->part_count--;
}

static inline void seeds_check_reason(const struct seeds *seeds, const mpcc_batch_t *batch,
                                      const struct seeds_lot *lot, const struct seeds_part *part,
                                      int reason)
{
  int foreseen = part == &lot->parts[lot->part_count - 1] ? lot->reason : MPCC_ECANCELED;

  if (reason != foreseen && !(reason == MPCC_ECANCELED && lot->canceled_too))
    seeds_fail(seeds, "slot %u: dropped with reason %d instead of %d", batch->slot, reason,
               foreseen);
  if ((part->tries != 0 && batch->attempt != part->tries) || batch->data != part->data)
    seeds_fail(seeds, "slot %u: dropped after attempt %u with data %p instead of %u with %p",
               batch->slot, batch->attempt, batch->data, part->tries, part->data);
}

/* Parts that had no try of their own may be dropped together, and halves that were still to come
 * one by one. */
static inline void seeds_drop_tried(struct seeds *seeds, const mpcc_batch_t *batch, int reason)
{
  uint32_t first = seeds_read(seeds, batch, 0), lot_index = seeds->items[first].lot;
  struct seeds_lot *lot = &seeds->lots[lot_index];
  bool whole = false;

  if (seeds->items[first].fate != FATE_HELD)
    seeds_fail(seeds, "slot %u: item %u was dropped after it had its fate, or with an attempt that "
               "never was", batch->slot, first);
  for (size_t at = 0; at < batch->count;) {
    struct seeds_part *part = seeds_dropped_part(seeds, lot, seeds_read(seeds, batch, at));

    if (part->halve && batch->count < part->count) {
      seeds_halve(seeds, lot, batch->count);
      part = seeds_top(lot);
    }
    if (at == 0)
      seeds_check_reason(seeds, batch, lot, part, reason);
    if (batch->count - at < part->count || whole || (at > 0 && part->data != NULL))
      seeds_fail(seeds, "slot %u: %zu items were dropped together", batch->slot, batch->count);
    whole = part->tries != 0;
    for (uint32_t i = 0; i < part->count; i++, at++) {
      if (seeds_read(seeds, batch, at) != part->items[i])
        seeds_fail(seeds, "slot %u: another item than %u was dropped", batch->slot, part->items[i]);
      seeds_move(seeds, part->items[i], FATE_HELD, FATE_DROPPED);
    }
    seeds_remove_part(seeds, lot, part);
  }
}

static inline void seeds_on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  struct seeds *seeds = &seeds_run;

  seeds_enter(seeds, "on_drop", state);
  seeds_note(seeds, "DROP slot, items", batch->slot, batch->count, reason);
  if (batch->slot >= seeds->options.slot_count || batch->count == 0 ||
      batch->count > seeds->options.batch_size)
    seeds_fail(seeds, "%zu items of slot %u were dropped", batch->count, batch->slot);
  if (batch->attempt == 0)
    seeds_drop_queued(seeds, batch, reason);
  else
    seeds_drop_tried(seeds, batch, reason);
  if (seeds_draw(seeds, 4) == 0)
    seeds_expect(seeds, "mpcc_batch_done_id in on_drop",
                 mpcc_batch_done_id(seeds->mpcc, batch->id, 0), MPCC_EALREADY);
  if (!seeds->dropping_idle)
    seeds_meddle(seeds);
  seeds->depth--;
}

static inline void seeds_on_cancel(mpcc_batch_t *batch, void *state)
{
  struct seeds *seeds = &seeds_run;
  uint64_t timeout_ms = seeds->options.pump_timeout_ms;
  struct seeds_lot *lot = NULL;
  bool timed_out;

  seeds_enter(seeds, "on_cancel", state);
  seeds_note(seeds, "CANCEL slot, items", batch->slot, batch->count, 0);
  for (uint32_t i = 0; i < SEEDS_LOTS; i++)
    if (seeds_in_flight(&seeds->lots[i]) && seeds->lots[i].id == batch->id)
      lot = &seeds->lots[i];
  if (lot == NULL || lot->batch != batch || lot->cancelled)
    seeds_fail(seeds, "slot %u: a batch is cancelled twice, or not in flight", batch->slot);
  timed_out = timeout_ms != 0 && seeds->now_ms - lot->pumped_ms >= timeout_ms;
  if (!lot->condemned && !timed_out)
    seeds_fail(seeds, "slot %u: cancelled for no reason", batch->slot);
  if (!mpcc_batch_cancelled(batch))
    seeds_fail(seeds, "slot %u: on_cancel, but mpcc_batch_cancelled() is false", batch->slot);
  seeds->timeouts += !lot->condemned;
  seeds->maybe_timeouts += lot->condemned && timed_out;
  lot->cancelled = true;
  if (batch->count != seeds_top(lot)->count ||
      seeds_read(seeds, batch, batch->count - 1) != seeds_top(lot)->items[batch->count - 1])
    seeds_fail(seeds, "slot %u: another batch is cancelled", batch->slot);
  if (seeds_draw(seeds, 4) == 0)
    seeds_finish(seeds, lot, seeds_status(seeds), seeds_draw(seeds, 2) == 0);
  seeds_meddle(seeds);
  seeds->depth--;
}

static inline void seeds_on_room(mpcc_t *mpcc, uint32_t index, void *state)
{
  struct seeds *seeds = &seeds_run;
  struct seeds_slot *slot = &seeds->slots[index % SEEDS_SLOTS];

  seeds_enter(seeds, "on_room", state);
  seeds_note(seeds, "ROOM slot, queued", index, seeds_queued(slot), slot->refused);
  if (mpcc != seeds->mpcc || index >= seeds->options.slot_count || slot->refused == 0)
    seeds_fail(seeds, "on_room for slot %u, which has refused nothing since the last one", index);
  if (seeds->options.capacity != 0 && seeds_queued(slot) >= seeds->options.capacity)
    seeds_fail(seeds, "on_room for slot %u, which has no room", index);
  if (seeds->state != STATE_RUNNING)
    seeds_fail(seeds, "on_room for slot %u of an instance that completes", index);
  slot->refused = 0;
  seeds_meddle(seeds);
  seeds->depth--;
}

/* -- The end of a completion -------------------------------------------------------------- */

static inline void seeds_ended(struct seeds *seeds)
{
  for (uint32_t i = 0; i < SEEDS_SLOTS; i++) {
    if (seeds_queued(&seeds->slots[i]) != 0)
      seeds_fail(seeds, "slot %u: the end, and items are still queued", i);
    seeds->slots[i].refused = seeds->slots[i].refused == 0 ? 0 : 2;
  }
  for (uint32_t i = 0; i < SEEDS_LOTS; i++) {
    struct seeds_lot *lot = &seeds->lots[i];

    if (!seeds_active(lot))
      continue;
    if (lot->state != LOT_PENDING || seeds->mode != MPCC_ABANDON || lot->part_count != 1)
      seeds_fail(seeds, "slot %u: the end, and a batch has no fate yet", lot->slot);
    seeds_orphan(seeds, lot);
    lot->state = LOT_ORPHAN;
  }
  seeds->state = STATE_STOPPED;
}

static inline void seeds_on_complete(mpcc_t *mpcc, int status, void *arg)
{
  struct seeds *seeds = &seeds_run;

  if (seeds->step == 0 && !seeds->dropping_idle)
    seeds_fail(seeds, "a completion is told outside of a step");
  if (seeds->state != STATE_COMPLETING || mpcc != seeds->mpcc || status != 0)
    seeds_fail(seeds, "a completion is told twice, too early, or with status %d", status);
  if (seeds->ending == 0 || (uint64_t)(uintptr_t)arg != seeds->ending)
    seeds_fail(seeds, "the completion is told to the wrong callback");
  seeds->calls++;
  seeds->depth++;
  seeds_note(seeds, "COMPLETE", seeds->ending, 0, 0);
  seeds->ending = 0;
  seeds_ended(seeds);
  if (!seeds->dropping_idle)
    seeds_meddle_ended(seeds);
  seeds->depth--;
}

static inline void seeds_on_wake(mpcc_t *mpcc, void *arg)
{
  struct seeds *seeds = arg;

  if (seeds->mpcc != NULL && mpcc != seeds->mpcc)
    seeds_fail(seeds, "on_wake of another instance");
  if (++seeds->wakes > 1)
    seeds_fail(seeds, "on_wake twice without a step between");
}

static inline size_t seeds_weigh(const void *item, void *arg)
{
  struct seeds_item copy;

  memcpy(&copy, item, sizeof copy);
  if (arg != &seeds_run || copy.seal != seeds_seal(copy.index, copy.slot, copy.weight))
    seeds_fail(&seeds_run, "weigh was asked about something that is no item");
  return copy.weight;
}

#endif /* MPCC_TESTS_SEEDS_CALLBACKS_H */
