/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The calls that end the waiting of items in a seed's run - flush, discard, done - each with the
 * answer that the model expects. Most are also made from inside callbacks.
 */
#ifndef MPCC_TESTS_SEEDS_OPS_H
#define MPCC_TESTS_SEEDS_OPS_H

#include "seeds_pushing.h"

/* -- Flush and discard -------------------------------------------------------------------- */

static inline uint32_t seeds_slot_or_all(struct seeds *seeds)
{
  return seeds_draw(seeds, 4) == 0 ? MPCC_ALL_SLOTS : seeds_some_slot(seeds);
}

static inline int seeds_foresee_flush(const struct seeds *seeds)
{
  if (seeds->state == STATE_IDLE)
    return MPCC_ESTATE;
  return seeds->state == STATE_RUNNING ? 0 : MPCC_ECLOSED;
}

static inline void seeds_flushed(struct seeds *seeds, uint32_t which)
{
  seeds->acts++;
  for (uint32_t i = 0; i < seeds->options.slot_count; i++)
    if (which == MPCC_ALL_SLOTS || which == i)
      seeds->slots[i].flushed = seeds->slots[i].tail;
}

static inline void seeds_flush(struct seeds *seeds)
{
  uint32_t which = seeds_slot_or_all(seeds);
  int answer = mpcc_flush(seeds->mpcc, which);

  seeds_note(seeds, "flush slot", which, 0, answer);
  seeds_expect(seeds, "mpcc_flush", answer, seeds_foresee_flush(seeds));
  if (answer == 0)
    seeds_flushed(seeds, which);
}

/* A flush that only asks: with all fates settled at the last step it must say so. */
static inline void seeds_flush_ask(struct seeds *seeds)
{
  uint32_t which = seeds_slot_or_all(seeds);
  bool settled = true, at_rest = seeds->acts == seeds->acts_at_rest;
  int answer = mpcc_flush_wait(seeds->mpcc, which, 0), foreseen = seeds_foresee_flush(seeds);

  for (uint32_t i = 0; i < seeds->options.slot_count; i++) {
    const uint64_t *fates = seeds->slots[i].fates;

    if (which == MPCC_ALL_SLOTS || which == i)
      settled = settled && fates[FATE_QUEUED] + fates[FATE_HELD] == 0;
  }
  seeds_note(seeds, "flush_wait slot, settled", which, settled, answer);
  if (foreseen == 0 && (!settled || (!at_rest && answer == MPCC_ETIMEDOUT)))
    foreseen = MPCC_ETIMEDOUT;
  if (answer != MPCC_ENOMEM || !seeds->refused_memory)
    seeds_expect(seeds, "mpcc_flush_wait", answer, foreseen);
  if (answer == 0 || answer == MPCC_ETIMEDOUT)
    seeds_flushed(seeds, which);
}

static inline void seeds_condemn_slot(struct seeds *seeds, uint32_t index)
{
  seeds->slots[index].condemned = seeds->slots[index].tail;
  for (uint32_t i = 0; i < SEEDS_LOTS; i++)
    if (seeds->lots[i].slot == index)
      seeds_condemn(seeds, &seeds->lots[i]);
}

static inline void seeds_discard(struct seeds *seeds)
{
  uint32_t which = seeds_slot_or_all(seeds);
  int answer = mpcc_discard(seeds->mpcc, which);

  seeds_note(seeds, "discard slot", which, 0, answer);
  seeds_expect(seeds, "mpcc_discard", answer, seeds->state == STATE_IDLE ? MPCC_ESTATE :
               seeds->state == STATE_STOPPED ? MPCC_ECLOSED : 0);
  if (answer != 0)
    return;
  seeds->acts++;
  for (uint32_t i = 0; i < seeds->options.slot_count; i++)
    if (which == MPCC_ALL_SLOTS || which == i)
      seeds_condemn_slot(seeds, i);
}

/* -- Finishing ---------------------------------------------------------------------------- */

/* Done of an abandoned batch; it may not have been counted as abandoned by the loop yet. */
static inline void seeds_absorbed(struct seeds *seeds, struct seeds_lot *lot)
{
  if (lot->state == LOT_ORPHAN) {
    lot->state = LOT_FREE;
    return;
  }
  if (seeds->state != STATE_COMPLETING || seeds->mode != MPCC_ABANDON)
    seeds_fail(seeds, "slot %u: done was MPCC_ECLOSED, and nothing is abandoned", lot->slot);
  seeds_orphan(seeds, lot);
  seeds_next_part(seeds, lot);
}

static inline void seeds_finish(struct seeds *seeds, struct seeds_lot *lot, int status, bool by_id)
{
  uint64_t id = lot->id;
  struct seeds_part *part = seeds_top(lot);
  uint32_t at = (uint32_t)seeds_draw(seeds, part->count);
  int answer;

  by_id = by_id && seeds->state != STATE_GONE;
  if (seeds_read(seeds, lot->batch, at) != part->items[at])
    seeds_fail(seeds, "slot %u: the items changed in the pump's hands", lot->slot);
  answer = by_id ? mpcc_batch_done_id(seeds->mpcc, id, status)
                 : mpcc_batch_done(lot->batch, status);
  seeds_note(seeds, by_id ? "done_id lot, status" : "done lot, status",
             (uint64_t)(lot - seeds->lots), (uint64_t)(int64_t)status, answer);
  if (answer == MPCC_ECLOSED) {
    seeds_absorbed(seeds, lot);
  } else {
    seeds_expect(seeds, "done", answer, lot->state == LOT_ORPHAN ? MPCC_ECLOSED : 0);
    seeds_answered(seeds, lot, status);
  }
  if (seeds->state != STATE_GONE && seeds_draw(seeds, 4) == 0)
    seeds_expect(seeds, "a second mpcc_batch_done_id", mpcc_batch_done_id(seeds->mpcc, id, status),
                 MPCC_EALREADY);
}

/* One lot of those that wait for an answer, or NULL. */
static inline struct seeds_lot *seeds_some_lot(struct seeds *seeds)
{
  uint32_t from = (uint32_t)seeds_draw(seeds, SEEDS_LOTS);

  for (uint32_t i = 0; i < SEEDS_LOTS; i++) {
    struct seeds_lot *lot = &seeds->lots[(from + i) % SEEDS_LOTS];

    if (seeds_in_flight(lot) || lot->state == LOT_ORPHAN)
      return lot;
  }
  return NULL;
}

static inline void seeds_finish_some(struct seeds *seeds)
{
  struct seeds_lot *lot = seeds_some_lot(seeds);

  if (lot == NULL)
    return;
  if (lot->state != LOT_ORPHAN && seeds->mode != MPCC_ABANDON && seeds->temper.marks != 0 &&
      seeds_draw(seeds, seeds->temper.marks) == 0)
    seeds_mark(seeds, lot);
  seeds_finish(seeds, lot, seeds_status(seeds), seeds_draw(seeds, 2) == 0);
}

/* An id that is not in flight any more, or never was. */
static inline void seeds_finish_stale(struct seeds *seeds)
{
  const struct seeds_lot *lot = &seeds->lots[seeds_draw(seeds, SEEDS_LOTS)];
  uint64_t id = seeds_draw(seeds, 2) == 0 ? lot->id : seeds->random;

  if (seeds_in_flight(lot) || lot->state == LOT_ORPHAN)
    return;
  seeds_expect(seeds, "mpcc_batch_done_id of a stale id", mpcc_batch_done_id(seeds->mpcc, id, 0),
               MPCC_EALREADY);
}

#endif /* MPCC_TESTS_SEEDS_OPS_H */
