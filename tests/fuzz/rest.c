/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What must hold when a step asks for nothing more: nothing due waits, and all numbers agree. */
#include "fuzz.h"

/* -- What is due ------------------------------------------------------------------------------- */

/* The loop comes again for what it had no memory for. */
static bool short_of_memory(void)
{
  return fuzz.now_ms < fuzz.short_until;
}

static bool any_queued(uint32_t slot, bool condemned)
{
  for (uint32_t i = 0; i < fuzz.item_count; i++)
    if (fuzz_is_queued(i, slot) &&
        (condemned ? fuzz.items[i].condemned : fuzz.items[i].flushed))
      return true;
  return false;
}

/* Why a batch of this slot is due whatever the time is; NULL: none is, or it has no place. */
static const char *slot_due(uint32_t slot)
{
  const mpcc_options_t *options = &fuzz.options;
  uint32_t queued = fuzz_queued(slot);

  if (queued == 0)
    return NULL;
  if (any_queued(slot, true))
    return "discarded items";
  if (!fuzz_has_place(slot))
    return NULL;
  if (queued >= options->batch_size)
    return "a full batch";
  if (options->capacity != 0 && queued >= options->capacity)
    return "a slot at its capacity";
  if (options->max_batch_weight != 0 && fuzz_queued_weight(slot) >= options->max_batch_weight)
    return "a batch that weighs enough";
  if (any_queued(slot, false))
    return "flushed items";
  return fuzz.life == COMPLETING ? "the rest of a drain" : NULL;
}

static const char *lot_due(const struct lot *lot)
{
  if (lot->state == LOT_DROPS)
    return "a batch to be dropped";
  if (lot->state == LOT_WAITS && lot->delay_ms == 0)
    return "another try without delay";
  if (lot->state == LOT_PENDING && lot->condemned && !lot->cancelled)
    return "a batch to be cancelled";
  return NULL;
}

static bool can_end(void)
{
  if (fuzz.life != COMPLETING)
    return false;
  for (uint32_t i = 0; i < SLOTS; i++)
    if (fuzz_queued(i) != 0)
      return false;
  for (uint32_t i = 0; i < LOTS; i++)
    if (fuzz_active(&fuzz.lots[i]) &&
        (fuzz.mode != MPCC_ABANDON || !fuzz_in_flight(&fuzz.lots[i])))
      return false;
  return true;
}

static const char *due(void)
{
  const char *why;

  for (uint32_t i = 0; i < fuzz.options.slot_count; i++)
    if ((why = slot_due(i)) != NULL)
      return why;
  for (uint32_t i = 0; i < LOTS; i++)
    if ((why = lot_due(&fuzz.lots[i])) != NULL)
      return why;
  return can_end() ? "the end" : NULL;
}

/* -- Between two steps ------------------------------------------------------------------------- */

/* Items that no step has seen grow old only from the next one on: it must come soon. */
static bool unseen_waits(uint32_t slot)
{
  for (uint32_t i = 0; i < fuzz.item_count; i++)
    if (fuzz_is_queued(i, slot))
      return fuzz.items[i].seen_ms == NEVER && fuzz_has_place(slot);
  return false;
}

/* Whoever steps when on_wake or the last step asked for it, and only then, misses nothing. */
void fuzz_check_awake(void)
{
  const char *why;

  if (fuzz.wakes > 0 || fuzz.next_ms <= fuzz.now_ms || short_of_memory() ||
      (fuzz.life != RUNNING && fuzz.life != COMPLETING))
    return;
  why = due();
  if (why != NULL)
    fuzz_fail("asleep until %" PRIu64 ", though there is %s", fuzz.next_ms, why);
  if (fuzz.next_ms <= fuzz_later(fuzz.now_ms, 2) ||
      fuzz.options.push_interval_ms == MPCC_NO_INTERVAL)
    return;
  for (uint32_t i = 0; i < fuzz.options.slot_count; i++)
    if (unseen_waits(i))
      fuzz_fail("asleep until %" PRIu64 ", though slot %u got items", fuzz.next_ms, i);
}

/* -- After a step ------------------------------------------------------------------------------ */

/* The latest time at which a batch of this slot must be formed. */
static uint64_t slot_deadline(uint32_t slot)
{
  uint64_t first_ms = NEVER;

  if (fuzz.options.push_interval_ms == MPCC_NO_INTERVAL || !fuzz_has_place(slot))
    return NEVER;
  for (uint32_t i = 0; i < fuzz.item_count; i++)
    if (fuzz_is_queued(i, slot))
      first_ms = fuzz_sooner(first_ms, fuzz.items[i].seen_ms);
  return fuzz_later(first_ms, fuzz.options.push_interval_ms);
}

static uint64_t lot_deadline(const struct lot *lot)
{
  uint64_t longest_ms = lot->delay_ms + (lot->delay_ms + 1) / 2;

  if (lot->state == LOT_WAITS)
    return fuzz_later(lot->noticed_ms,
                      fuzz_sooner(longest_ms, fuzz.options.retry_delay_max_ms));
  if (lot->state == LOT_PENDING && fuzz.options.pump_timeout_ms != 0 && !lot->cancelled)
    return fuzz_later(lot->pumped_ms, fuzz.options.pump_timeout_ms + 1);
  return NEVER;
}

static void check_next(void)
{
  uint64_t deadline_ms = NEVER;

  for (uint32_t i = 0; i < fuzz.options.slot_count; i++)
    deadline_ms = fuzz_sooner(deadline_ms, slot_deadline(i));
  for (uint32_t i = 0; i < LOTS; i++)
    deadline_ms = fuzz_sooner(deadline_ms, lot_deadline(&fuzz.lots[i]));
  if (deadline_ms < fuzz.next_ms)
    fuzz_fail("a step asks for %" PRIu64 ", but at %" PRIu64 " something is due", fuzz.next_ms,
              deadline_ms);
}

static void check_cancelled(const struct lot *lot)
{
  uint64_t timeout_ms = fuzz.options.pump_timeout_ms, held_ms = fuzz.now_ms - lot->pumped_ms;
  bool cancelled;

  if (lot->state == LOT_ORPHAN && !mpcc_batch_cancelled(lot->batch))
    fuzz_fail("slot %u: an abandoned batch is not cancelled", lot->slot);
  if (lot->state != LOT_PENDING)
    return;
  cancelled = mpcc_batch_cancelled(lot->batch);
  if (cancelled && !lot->condemned && (timeout_ms == 0 || held_ms < timeout_ms))
    fuzz_fail("slot %u: a batch is cancelled for no reason", lot->slot);
  if (!cancelled && (lot->condemned || (timeout_ms != 0 && held_ms > timeout_ms)))
    fuzz_fail("slot %u: in flight for %" PRIu64 " ms, and not cancelled", lot->slot, held_ms);
}

static void check_room(uint32_t slot)
{
  size_t capacity = fuzz.options.capacity;

  if (fuzz.life == RUNNING && fuzz.options.max_memory == 0 && fuzz.slots[slot].refused == 1 &&
      (capacity == 0 || fuzz_queued(slot) < capacity))
    fuzz_fail("slot %u refused, has room again, and on_room was not called", slot);
}

/* -- Numbers ----------------------------------------------------------------------------------- */

static void check_fates(const mpcc_stats_t *now, const uint64_t *fates)
{
  fuzz_same("delivered", now->delivered, fates[DELIVERED]);
  fuzz_same("dropped", now->dropped, fates[DROPPED]);
  fuzz_same("orphaned", now->orphaned, fates[ORPHANED]);
  fuzz_same("queued", now->queued, fates[QUEUED]);
  fuzz_same("pushed", now->pushed,
            now->delivered + now->dropped + now->orphaned + now->queued + fates[HELD]);
}

static uint64_t check_slots(uint64_t *fates)
{
  uint64_t places = 0;

  for (uint32_t i = 0; i < fuzz.options.slot_count; i++) {
    const struct slot *slot = &fuzz.slots[i];
    mpcc_stats_t now;

    fuzz_expect("mpcc_slot_stats", mpcc_slot_stats(fuzz.mpcc, i, &now), 0);
    check_fates(&now, slot->fates);
    fuzz_same("pushed into a slot", now.pushed, slot->pushed);
    fuzz_same("rejected by a slot", now.rejected, slot->rejected);
    fuzz_same("in flight of a slot", now.in_flight, fuzz_places_taken(i));
    for (int fate = 0; fate < FATES; fate++)
      fates[fate] += slot->fates[fate];
    places += now.in_flight;
  }
  return places;
}

void fuzz_check_numbers(void)
{
  uint64_t fates[FATES] = {0}, places = check_slots(fates);
  mpcc_stats_t now;

  fuzz_expect("mpcc_stats", mpcc_stats(fuzz.mpcc, &now), 0);
  check_fates(&now, fates);
  fuzz_same("in flight", now.in_flight, places);
  fuzz_same("batches", now.batches, fuzz.batches[0]);
  fuzz_same("full batches", now.batches_full, fuzz.batches[MPCC_DUE_FULL]);
  fuzz_same("batches by interval", now.batches_interval, fuzz.batches[MPCC_DUE_INTERVAL]);
  fuzz_same("flushed batches", now.batches_flush, fuzz.batches[MPCC_DUE_FLUSH]);
  fuzz_same("drained batches", now.batches_drain, fuzz.batches[MPCC_DUE_DRAIN]);
  fuzz_same("retries", now.retries, fuzz.retries);
  fuzz_same("the longest wait", now.wait_ms_max, fuzz.waited_max);
  if (now.timeouts < fuzz.timeouts || now.timeouts > fuzz.timeouts + fuzz.maybe_timeouts)
    fuzz_fail("%" PRIu64 " timeouts, told were %" PRIu64, now.timeouts, fuzz.timeouts);
}

void fuzz_check_rest(void)
{
  const char *why;

  fuzz_check_numbers();
  for (uint32_t i = 0; i < LOTS; i++)
    check_cancelled(&fuzz.lots[i]);
  if (short_of_memory())
    return;
  why = due();
  if (why != NULL)
    fuzz_fail("a step asks for %" PRIu64 " and leaves %s behind", fuzz.next_ms, why);
  check_next();
  for (uint32_t i = 0; i < fuzz.options.slot_count; i++)
    check_room(i);
}
