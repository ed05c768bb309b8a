/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What must hold of a seed's instance at rest: nothing that is due waits, what a step asks for is
 * neither too late nor idle, and all numbers agree with the model's.
 */
#ifndef MPCC_TESTS_SEEDS_CHECKS_H
#define MPCC_TESTS_SEEDS_CHECKS_H

#include "seeds_callbacks.h"

/* -- What is due -------------------------------------------------------------------------- */

static inline uint64_t seeds_weight_queued(const struct seeds *seeds, const struct seeds_slot *slot)
{
  uint64_t weight = 0;

  for (uint32_t i = slot->head; i < slot->tail; i++)
    weight += seeds->items[slot->queue[i]].weight;
  return weight;
}

/* Whether this slot's next batch has a place. */
static inline bool seeds_has_place(const struct seeds *seeds, uint32_t slot)
{
  uint32_t taken = seeds_places_taken(seeds, slot);

  return taken == 0 || (taken < seeds->options.max_concurrency && !seeds_scarce(seeds));
}

/* Why a batch of this slot is due whatever the time is; NULL if none is, or it has no place. */
static inline const char *seeds_slot_due(const struct seeds *seeds, uint32_t index)
{
  const struct seeds_slot *slot = &seeds->slots[index];
  const mpcc_options_t *options = &seeds->options;
  uint32_t queued = seeds_queued(slot);

  if (queued == 0)
    return NULL;
  if (slot->head < slot->condemned)
    return "discarded items";
  if (!seeds_has_place(seeds, index))
    return NULL;
  if (queued >= options->batch_size)
    return "a full batch";
  if (options->capacity != 0 && queued >= options->capacity)
    return "a slot at its capacity";
  if (options->max_batch_weight != 0 &&
      seeds_weight_queued(seeds, slot) >= options->max_batch_weight)
    return "a batch that weighs enough";
  if (slot->head < slot->flushed)
    return "flushed items";
  return seeds->state == STATE_COMPLETING ? "the rest of a drain" : NULL;
}

/* Why this lot wants something to be done whatever the time is. */
static inline const char *seeds_lot_due(const struct seeds *seeds, const struct seeds_lot *lot)
{
  if (lot->state == LOT_DROPS)
    return "a batch to be dropped";
  if (lot->state == LOT_WAITS && lot->delay_ms == 0)
    return "another try without delay";
  if (lot->state == LOT_PENDING && lot->condemned && !lot->cancelled &&
      seeds->options.on_cancel != NULL)
    return "a batch to be cancelled";
  return NULL;
}

static inline bool seeds_can_end(const struct seeds *seeds)
{
  if (seeds->state != STATE_COMPLETING)
    return false;
  for (uint32_t i = 0; i < SEEDS_SLOTS; i++)
    if (seeds_queued(&seeds->slots[i]) != 0)
      return false;
  for (uint32_t i = 0; i < SEEDS_LOTS; i++)
    if (seeds_active(&seeds->lots[i]) &&
        (seeds->mode != MPCC_ABANDON || !seeds_in_flight(&seeds->lots[i])))
      return false;
  return true;
}

static inline const char *seeds_due(const struct seeds *seeds)
{
  const char *due;

  if (seeds->state != STATE_RUNNING && seeds->state != STATE_COMPLETING)
    return NULL;
  for (uint32_t i = 0; i < seeds->options.slot_count; i++)
    if ((due = seeds_slot_due(seeds, i)) != NULL)
      return due;
  for (uint32_t i = 0; i < SEEDS_LOTS; i++)
    if ((due = seeds_lot_due(seeds, &seeds->lots[i])) != NULL)
      return due;
  return seeds_can_end(seeds) ? "the end" : NULL;
}

/* -- Between two steps -------------------------------------------------------------------- */

/* Items that no step has seen grow old only from the next one on: there must be one soon. */
static inline bool seeds_unseen_waits(const struct seeds *seeds, uint32_t index)
{
  const struct seeds_slot *slot = &seeds->slots[index];

  if (seeds_queued(slot) == 0 || seeds->options.push_interval_ms == MPCC_NO_INTERVAL)
    return false;
  return seeds->items[slot->queue[slot->head]].seen_ms == SEEDS_NEVER &&
         seeds_has_place(seeds, index);
}

/* Whoever steps when on_wake or the last step asked for it, and only then, misses nothing. */
static inline void seeds_check_awake(const struct seeds *seeds)
{
  const char *due;

  if (seeds->options.on_wake == NULL || seeds->wakes > 0 || seeds->depth != 0 ||
      seeds->next_ms <= seeds->now_ms ||
      (seeds->state != STATE_RUNNING && seeds->state != STATE_COMPLETING))
    return;
  due = seeds_due(seeds);
  if (due != NULL)
    seeds_fail(seeds, "asleep until %" PRIu64 ", though there is %s", seeds->next_ms, due);
  if (seeds->next_ms <= seeds_later(seeds->now_ms, 2))
    return;
  for (uint32_t i = 0; i < seeds->options.slot_count; i++)
    if (seeds_unseen_waits(seeds, i))
      seeds_fail(seeds, "asleep until %" PRIu64 ", though slot %u got items", seeds->next_ms, i);
}

/* -- After a step ------------------------------------------------------------------------- */

static inline uint64_t seeds_sooner(uint64_t a_ms, uint64_t b_ms)
{
  return a_ms < b_ms ? a_ms : b_ms;
}

/* The latest time at which something must be done for this slot's queue. */
static inline uint64_t seeds_slot_deadline(const struct seeds *seeds, uint32_t index)
{
  const struct seeds_slot *slot = &seeds->slots[index];
  uint64_t interval_ms = seeds->options.push_interval_ms;

  if (seeds_queued(slot) == 0 || interval_ms == MPCC_NO_INTERVAL ||
      !seeds_has_place(seeds, index))
    return SEEDS_NEVER;
  return seeds_later(seeds->items[slot->queue[slot->head]].seen_ms, interval_ms);
}

static inline uint64_t seeds_lot_deadline(const struct seeds *seeds, const struct seeds_lot *lot)
{
  uint64_t longest_ms = lot->delay_ms + (lot->delay_ms + 1) / 2;

  if (lot->state == LOT_WAITS)
    return seeds_later(lot->noticed_ms,
                       seeds_sooner(longest_ms, seeds->options.retry_delay_max_ms));
  if (lot->state == LOT_PENDING && seeds->options.pump_timeout_ms != 0 && !lot->cancelled &&
      seeds->options.on_cancel != NULL)
    return seeds_later(lot->pumped_ms, seeds->options.pump_timeout_ms + 1);
  return SEEDS_NEVER;
}

static inline uint64_t seeds_deadline(const struct seeds *seeds)
{
  uint64_t deadline_ms = SEEDS_NEVER;

  for (uint32_t i = 0; i < seeds->options.slot_count; i++)
    deadline_ms = seeds_sooner(deadline_ms, seeds_slot_deadline(seeds, i));
  for (uint32_t i = 0; i < SEEDS_LOTS; i++)
    deadline_ms = seeds_sooner(deadline_ms, seeds_lot_deadline(seeds, &seeds->lots[i]));
  return deadline_ms;
}

static inline void seeds_check_cancelled(const struct seeds *seeds)
{
  uint64_t timeout_ms = seeds->options.pump_timeout_ms;

  for (uint32_t i = 0; i < SEEDS_LOTS; i++) {
    const struct seeds_lot *lot = &seeds->lots[i];
    uint64_t held_ms = seeds->now_ms - lot->pumped_ms;
    bool cancelled;

    if (lot->state == LOT_ORPHAN && !mpcc_batch_cancelled(lot->batch))
      seeds_fail(seeds, "slot %u: an abandoned batch is not cancelled", lot->slot);
    if (lot->state != LOT_PENDING)
      continue;
    cancelled = mpcc_batch_cancelled(lot->batch);
    if (cancelled && !lot->condemned && (timeout_ms == 0 || held_ms < timeout_ms))
      seeds_fail(seeds, "slot %u: a batch is cancelled for no reason", lot->slot);
    if (!cancelled && (lot->condemned || (timeout_ms != 0 && held_ms > timeout_ms)))
      seeds_fail(seeds, "slot %u: a batch in flight for %" PRIu64 " ms is not cancelled", lot->slot,
                 held_ms);
  }
}

static inline void seeds_check_rooms(const struct seeds *seeds)
{
  if (seeds->options.on_room == NULL || seeds->state != STATE_RUNNING ||
      seeds->options.max_memory != 0)
    return;
  for (uint32_t i = 0; i < seeds->options.slot_count; i++)
    if (seeds->slots[i].refused == 1 && seeds_queued(&seeds->slots[i]) < seeds->options.capacity)
      seeds_fail(seeds, "slot %u refused, has room again, and on_room was not called", i);
}

/* -- Numbers ------------------------------------------------------------------------------ */

static inline void seeds_same(const struct seeds *seeds, const char *what, uint64_t told,
                              uint64_t counted)
{
  if (told != counted)
    seeds_fail(seeds, "%s: the library says %" PRIu64 ", counted were %" PRIu64, what, told,
               counted);
}

static inline void seeds_check_fates(const struct seeds *seeds, const mpcc_stats_t *now,
                                     const uint64_t *fates)
{
  seeds_same(seeds, "delivered", now->delivered, fates[FATE_DELIVERED]);
  seeds_same(seeds, "dropped", now->dropped, fates[FATE_DROPPED]);
  seeds_same(seeds, "orphaned", now->orphaned, fates[FATE_ORPHANED]);
  seeds_same(seeds, "queued", now->queued, fates[FATE_QUEUED]);
  seeds_same(seeds, "pushed", now->pushed, now->delivered + now->dropped + now->orphaned +
             now->queued + fates[FATE_HELD]);
}

static inline uint64_t seeds_check_slots(const struct seeds *seeds, uint64_t *fates)
{
  uint64_t places = 0;

  for (uint32_t i = 0; i < seeds->options.slot_count; i++) {
    const struct seeds_slot *slot = &seeds->slots[i];
    uint32_t taken = seeds_places_taken(seeds, i);
    mpcc_stats_t now;

    seeds_expect(seeds, "mpcc_slot_stats", mpcc_slot_stats(seeds->mpcc, i, &now), 0);
    seeds_check_fates(seeds, &now, slot->fates);
    seeds_same(seeds, "pushed into a slot", now.pushed, slot->pushed);
    seeds_same(seeds, "rejected by a slot", now.rejected, slot->rejected);
    seeds_same(seeds, "in flight of a slot", now.in_flight, taken);
    for (int fate = 0; fate < FATE_COUNT; fate++)
      fates[fate] += slot->fates[fate];
    places += taken;
  }
  return places;
}

static inline void seeds_check_numbers(const struct seeds *seeds)
{
  uint64_t fates[FATE_COUNT] = {0};
  mpcc_stats_t now;

  seeds_same(seeds, "in flight", seeds_check_slots(seeds, fates),
             (mpcc_stats(seeds->mpcc, &now), now.in_flight));
  seeds_check_fates(seeds, &now, fates);
  seeds_same(seeds, "batches", now.batches, seeds->batches[0]);
  seeds_same(seeds, "full batches", now.batches_full, seeds->batches[MPCC_DUE_FULL]);
  seeds_same(seeds, "batches by interval", now.batches_interval,
             seeds->batches[MPCC_DUE_INTERVAL]);
  seeds_same(seeds, "flushed batches", now.batches_flush, seeds->batches[MPCC_DUE_FLUSH]);
  seeds_same(seeds, "drained batches", now.batches_drain, seeds->batches[MPCC_DUE_DRAIN]);
  seeds_same(seeds, "retries", now.retries, seeds->retries);
  seeds_same(seeds, "the longest wait", now.wait_ms_max, seeds->waited_max);
  if (seeds->options.on_cancel != NULL &&
      (now.timeouts < seeds->timeouts || now.timeouts > seeds->timeouts + seeds->maybe_timeouts))
    seeds_fail(seeds, "%" PRIu64 " timeouts, told were %" PRIu64 ", and perhaps %" PRIu64 " more",
               now.timeouts, seeds->timeouts, seeds->maybe_timeouts);
  if (now.queued_peak < now.queued && seeds->options.slot_count == 1)
    seeds_fail(seeds, "a peak of %" PRIu64 " and %" PRIu64 " are queued", now.queued_peak,
               now.queued);
}

/* After a step that does not ask to be called again at once. */
static inline void seeds_check_rest(const struct seeds *seeds)
{
  const char *due = seeds_due(seeds);
  bool may_wait = SEEDS_INGRESS && seeds->refuse_in != 0; /* for memory to be sorted in */
  uint64_t deadline_ms;

  if (due != NULL && !may_wait)
    seeds_fail(seeds, "a step asks for %" PRIu64 " and leaves %s behind", seeds->next_ms, due);
  if (seeds->state == STATE_RUNNING || seeds->state == STATE_COMPLETING) {
    deadline_ms = seeds_deadline(seeds);
    if (deadline_ms < seeds->next_ms && !may_wait)
      seeds_fail(seeds, "a step asks for %" PRIu64 ", but at %" PRIu64 " something is due",
                 seeds->next_ms, deadline_ms);
  } else if (seeds->next_ms != UINT64_MAX) {
    seeds_fail(seeds, "an instance that has stopped asks for %" PRIu64, seeds->next_ms);
  }
  seeds_check_cancelled(seeds);
  seeds_check_rooms(seeds);
  seeds_check_numbers(seeds);
}

#endif /* MPCC_TESTS_SEEDS_CHECKS_H */
