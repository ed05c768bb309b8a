/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The pump of a seed's instance: it proves that this batch may come now, with these items, and
 * answers at random. Other calls of the library are made inside it.
 */
#ifndef MPCC_TESTS_SEEDS_PUMP_H
#define MPCC_TESTS_SEEDS_PUMP_H

#include "seeds_lots.h"

/* The one that runs: callbacks get other states, so that these can be checked. */
static struct seeds seeds_run;

static inline void seeds_meddle(struct seeds *seeds);
static inline void seeds_meddle_ended(struct seeds *seeds);
static inline void seeds_finish(struct seeds *seeds, struct seeds_lot *lot, int status, bool by_id);

static inline void seeds_enter(struct seeds *seeds, const char *what, const void *state)
{
  if (seeds->step == 0 && !seeds->dropping_idle)
    seeds_fail(seeds, "%s outside of a step", what);
  if (state != seeds->pump_state)
    seeds_fail(seeds, "%s with a state that is not the last start's", what);
  if (seeds->state != STATE_RUNNING && seeds->state != STATE_COMPLETING && !seeds->dropping_idle)
    seeds_fail(seeds, "%s of an instance that does not run", what);
  seeds->calls++;
  seeds->depth++;
}

/* -- The pump ----------------------------------------------------------------------------- */

/* What the header says of a batch's reason, against the queue from which it was just taken. */
static inline void seeds_check_due(const struct seeds *seeds, const mpcc_batch_t *batch,
                                   const struct seeds_slot *slot)
{
  const mpcc_options_t *options = &seeds->options;
  uint32_t queued = seeds_queued(slot);
  uint64_t weight = 0;
  bool full = queued >= options->batch_size ||
              (options->capacity != 0 && queued >= options->capacity);

  for (uint32_t i = slot->head; i < slot->tail; i++)
    weight += seeds->items[slot->queue[i]].weight;
  full = full || (options->max_batch_weight != 0 && weight >= options->max_batch_weight);
  if (batch->due == MPCC_DUE_FULL ? full :
      batch->due == MPCC_DUE_INTERVAL ? options->push_interval_ms != MPCC_NO_INTERVAL &&
                                        batch->waited_ms >= options->push_interval_ms :
      batch->due == MPCC_DUE_FLUSH ? slot->head < slot->flushed :
      batch->due == MPCC_DUE_DRAIN && seeds->state == STATE_COMPLETING) {
    if (batch->count < options->batch_size || batch->due == MPCC_DUE_FULL ||
        seeds->state != STATE_RUNNING)
      return;
  }
  seeds_fail(seeds, "slot %u: %zu of %u queued items of weight %" PRIu64 ", waited %" PRIu64
             " ms, due %d", batch->slot, batch->count, queued, weight, batch->waited_ms,
             batch->due);
}

/* Nothing that fits is left behind but what callbacks of this very step have pushed. */
static inline void seeds_check_longest(const struct seeds *seeds, const mpcc_batch_t *batch,
                                       const struct seeds_slot *slot, uint64_t weight)
{
  uint32_t after = slot->head + (uint32_t)batch->count;
  size_t weight_cap = seeds->options.max_batch_weight;
  const struct seeds_record *next;

  if (weight_cap != 0 && weight > weight_cap)
    seeds_fail(seeds, "slot %u: a batch of %zu items weighs %" PRIu64 ", the cap is %zu",
               batch->slot, batch->count, weight, weight_cap);
  if (after == slot->tail || batch->count == seeds->options.batch_size || seeds_scarce(seeds))
    return;
  next = &seeds->items[slot->queue[after]];
  if (next->step == seeds->step || (weight_cap != 0 && weight + next->weight > weight_cap))
    return;
  seeds_fail(seeds, "slot %u: a batch of %zu items of weight %" PRIu64 " left item %u behind",
             batch->slot, batch->count, weight, slot->queue[after]);
}

static inline struct seeds_lot *seeds_form(struct seeds *seeds, const mpcc_batch_t *batch)
{
  struct seeds_slot *slot = &seeds->slots[batch->slot];
  const struct seeds_record *oldest = &seeds->items[slot->queue[slot->head]];
  struct seeds_lot *lot;
  uint64_t weight = 0;

  if (seeds->state == STATE_COMPLETING && seeds->mode != MPCC_DRAIN)
    seeds_fail(seeds, "slot %u: a batch was formed though all is discarded", batch->slot);
  if (seeds_places_taken(seeds, batch->slot) >= seeds->options.max_concurrency)
    seeds_fail(seeds, "slot %u: more than %u batches", batch->slot, seeds->options.max_concurrency);
  if (slot->head < slot->condemned)
    seeds_fail(seeds, "slot %u: discarded items were handed to the pump", batch->slot);
  lot = seeds_lot_open(seeds, batch->slot);
  for (uint32_t i = 0; i < batch->count; i++) {
    uint32_t index = seeds_read(seeds, batch, i);

    if (slot->head + i == slot->tail || index != slot->queue[slot->head + i])
      seeds_fail(seeds, "slot %u: item %u came, %u was next", batch->slot, index,
                 slot->queue[slot->head + i]);
    seeds_move(seeds, index, FATE_QUEUED, FATE_HELD);
    seeds->items[index].lot = (uint32_t)(lot - seeds->lots);
    lot->parts[0].items[i] = index;
    weight += seeds->items[index].weight;
  }
  lot->parts[0].count = (uint32_t)batch->count;
  seeds_check_due(seeds, batch, slot);
  seeds_check_longest(seeds, batch, slot, weight);
  if (oldest->seen_ms != SEEDS_NEVER && !seeds_scarce(seeds) &&
      batch->waited_ms < seeds->now_ms - oldest->seen_ms)
    seeds_fail(seeds, "slot %u: waited %" PRIu64 " ms at %" PRIu64 ", but was seen at %" PRIu64,
               batch->slot, batch->waited_ms, seeds->now_ms, oldest->seen_ms);
  if (batch->waited_ms > seeds->waited_max)
    seeds->waited_max = batch->waited_ms;
  slot->head += (uint32_t)batch->count;
  seeds->batches[0]++;
  seeds->batches[batch->due]++;
  return lot;
}

/* The first half of a part that failed is known by its length only when it comes. */
static inline void seeds_halve(struct seeds *seeds, struct seeds_lot *lot, size_t first)
{
  struct seeds_part *part = seeds_top(lot), *half = part + 1;
  uint32_t count = part->count;

  if (first != count / 2 && first != count - count / 2)
    seeds_fail(seeds, "slot %u: a part of %u items was split after %zu", lot->slot, count, first);
  part->halve = false;
  *half = *part;
  half->count = (uint32_t)first;
  part->count = count - (uint32_t)first;
  memmove(part->items, part->items + first, part->count * sizeof *part->items);
  part->data = NULL;
  half->tries = 0;
  part->tries = 0;
  half->tries_cap = half->count == 1 ? seeds->options.max_attempts : 1;
  part->tries_cap = part->count == 1 ? seeds->options.max_attempts : 1;
  lot->part_count++;
}

static inline struct seeds_lot *seeds_again(struct seeds *seeds, const mpcc_batch_t *batch,
                                            uint32_t first)
{
  struct seeds_lot *lot = &seeds->lots[seeds->items[first].lot];
  struct seeds_part *part;

  if (seeds->items[first].fate != FATE_HELD || lot->state != LOT_WAITS)
    seeds_fail(seeds, "slot %u: item %u came again, and nothing waits for a try", batch->slot,
               first);
  if (seeds_top(lot)->halve)
    seeds_halve(seeds, lot, batch->count);
  part = seeds_top(lot);
  if (batch->count != part->count)
    seeds_fail(seeds, "slot %u: %zu items came again instead of %u", batch->slot, batch->count,
               part->count);
  for (uint32_t i = 0; i < part->count; i++)
    if (seeds_read(seeds, batch, i) != part->items[i])
      seeds_fail(seeds, "slot %u: another item than %u came again", batch->slot, part->items[i]);
  if (part->tries > 0 && seeds->now_ms < lot->answered_ms + lot->delay_ms / 2)
    seeds_fail(seeds, "slot %u: tried again after %" PRIu64 " ms, the delay is %" PRIu64,
               batch->slot, seeds->now_ms - lot->answered_ms, lot->delay_ms);
  seeds->retries++;
  return lot;
}

static inline void seeds_check_handed(struct seeds *seeds, const mpcc_batch_t *batch,
                                      const struct seeds_lot *lot, const struct seeds_part *part)
{
  for (uint32_t i = 0; i < SEEDS_LOTS; i++)
    if (seeds->lots[i].id == batch->id)
      seeds_fail(seeds, "slot %u: id %" PRIu64 " came before, or is 0", batch->slot, batch->id);
  if (batch->attempt != part->tries + 1 || batch->data != part->data)
    seeds_fail(seeds, "slot %u: attempt %u with data %p instead of %u with %p", batch->slot,
               batch->attempt, batch->data, part->tries + 1, part->data);
  if (mpcc_batch_cancelled(batch))
    seeds_fail(seeds, "slot %u: a batch is handed over that is cancelled already", lot->slot);
  if ((uintptr_t)batch->items % (seeds->options.item_size & (~seeds->options.item_size + 1)) != 0)
    seeds_fail(seeds, "slot %u: items at %p", batch->slot, batch->items);
}

static inline int seeds_status(struct seeds *seeds)
{
  static const int statuses[] = {-1, 1, 42, INT_MIN, MPCC_ECANCELED, MPCC_EFULL};

  if (seeds->temper.fails == 0 || seeds_draw(seeds, seeds->temper.fails) != 0)
    return 0;
  return statuses[seeds_draw(seeds, 6)];
}

/* Marks some items of a batch in flight, as any thread that works on it would. */
static inline void seeds_mark(struct seeds *seeds, struct seeds_lot *lot)
{
  uint32_t count = seeds_top(lot)->count;

  lot->marked = true;
  for (uint64_t left = 1 + seeds_draw(seeds, count); left > 0; left--) {
    uint32_t index = (uint32_t)seeds_draw(seeds, count);
    int status = -100 - (int)seeds_draw(seeds, 8);

    seeds_expect(seeds, "mpcc_batch_fail", mpcc_batch_fail(lot->batch, index, status), 0);
    if (lot->marks[index] == 0)
      lot->marks[index] = status;
  }
}

static inline int seeds_pump(mpcc_batch_t *batch, void *state)
{
  struct seeds *seeds = &seeds_run;
  const struct seeds_temper *temper = &seeds->temper;
  struct seeds_lot *lot;
  uint32_t first;
  int status = 0;

  seeds_enter(seeds, "the pump", state);
  if (batch->slot >= seeds->options.slot_count || batch->count == 0 ||
      batch->count > seeds->options.batch_size)
    seeds_fail(seeds, "a batch of %zu items of slot %u", batch->count, batch->slot);
  first = seeds_read(seeds, batch, 0);
  lot = seeds->items[first].fate == FATE_QUEUED ? seeds_form(seeds, batch)
                                                : seeds_again(seeds, batch, first);
  seeds_check_handed(seeds, batch, lot, seeds_top(lot));
  seeds_note(seeds, "PUMP slot, items", batch->slot, batch->count, (int64_t)batch->attempt);
  lot->state = LOT_IN_PUMP;
  lot->batch = batch;
  lot->id = batch->id;
  lot->cancelled = false;
  lot->pumped_ms = seeds->now_ms;
  seeds_top(lot)->tries++;
  if (seeds_draw(seeds, 4) == 0)
    batch->data = seeds_top(lot)->data = &seeds->notes[seeds->calls % SEEDS_NOTES];
  if (temper->marks != 0 && seeds_draw(seeds, temper->marks) == 0)
    seeds_mark(seeds, lot);
  seeds_meddle(seeds);
  if (lot->state == LOT_IN_PUMP && temper->inside != 0 && seeds_draw(seeds, temper->inside) == 0)
    seeds_finish(seeds, lot, seeds_status(seeds), seeds_draw(seeds, 2) == 0);
  if (lot->state != LOT_IN_PUMP) {
    status = seeds_draw(seeds, 2) == 0 ? MPCC_PENDING : 4711; /* not heard */
  } else if (temper->pending != 0 && seeds_draw(seeds, temper->pending) == 0) {
    lot->state = LOT_PENDING;
    status = MPCC_PENDING;
  } else {
    status = seeds_status(seeds);
    seeds_answered(seeds, lot, status);
  }
  seeds->depth--;
  seeds_note(seeds, "pump of slot, lot answers", batch->slot, (uint64_t)(lot - seeds->lots),
             status);
  return status;
}

#endif /* MPCC_TESTS_SEEDS_PUMP_H */
