/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The callbacks: each proves that it may come now, with these items, and books what follows. */
#include "fuzz.h"

static void enter(const char *what, const void *state)
{
  if (fuzz.step == NEVER && !fuzz.idle_end)
    fuzz_fail("%s outside of a step", what);
  if (state != fuzz.state)
    fuzz_fail("%s with a state that is not the last start's", what);
  if (fuzz.life != RUNNING && fuzz.life != COMPLETING)
    fuzz_fail("%s of an instance that does not run", what);
  fuzz.calls++;
  fuzz.depth++;
}

static void leave(void)
{
  fuzz.depth--;
}

/* -- A new batch ------------------------------------------------------------------------------- */

/* Whether the slot from which it was just taken had a reason. */
static bool is_due(const mpcc_batch_t *batch, bool flushed, uint32_t queued, uint64_t weight)
{
  const mpcc_options_t *options = &fuzz.options;

  switch (batch->due) {
  case MPCC_DUE_FULL:
    return queued >= options->batch_size ||
           (options->capacity != 0 && queued >= options->capacity) ||
           (options->max_batch_weight != 0 && weight >= options->max_batch_weight);
  case MPCC_DUE_INTERVAL:
    return options->push_interval_ms != MPCC_NO_INTERVAL &&
           batch->waited_ms >= options->push_interval_ms;
  case MPCC_DUE_FLUSH:
    /* A drain that has no memory for what handles hold first flushes what is queued. */
    return flushed || (fuzz.life == COMPLETING && fuzz.channels != 0 && fuzz.refused_ever);
  case MPCC_DUE_DRAIN:
    return fuzz.life == COMPLETING;
  default:
    return false;
  }
}

/* Nothing that fits is left but what callbacks of this very step have pushed. */
static void check_longest(const mpcc_batch_t *batch, uint64_t weight)
{
  size_t most = fuzz.options.max_batch_weight;

  if (most != 0 && weight > most)
    fuzz_fail("slot %u: a batch that weighs %" PRIu64 ", over %zu", batch->slot, weight, most);
  if (batch->count == fuzz.options.batch_size || fuzz_scarce() || fuzz.now_ms < fuzz.short_until)
    return;
  for (uint32_t i = 0; i < fuzz.item_count; i++) {
    const struct item *item = &fuzz.items[i];

    if (!fuzz_is_queued(i, batch->slot))
      continue;
    if (item->step == fuzz.step || (most != 0 && weight + item->weight > most))
      return;
    fuzz_fail("slot %u: a batch of %zu left item %u behind", batch->slot, batch->count, i);
  }
}

/* Whether items may count as older than they are: see struct slot. Where memory was refused, what a
 * handle held may count as old as what went before it. */
static bool is_blurred(const struct slot *slot)
{
  return fuzz.options.weigh != NULL || slot->cut || (slot->by_push && slot->by_handle) ||
         fuzz.short_until != 0;
}

/* The oldest of them need not be the first one: between two channels there is no order. */
static void check_waited(const mpcc_batch_t *batch, const struct lot *lot)
{
  uint64_t pushed_ms = NEVER, seen_ms = NEVER;

  for (size_t i = 0; i < batch->count; i++) {
    pushed_ms = fuzz_sooner(pushed_ms, fuzz.items[lot->items[i]].pushed_ms);
    seen_ms = fuzz_sooner(seen_ms, fuzz.items[lot->items[i]].seen_ms);
  }
  if (seen_ms != NEVER && !fuzz_scarce() && fuzz.now_ms >= fuzz.short_until &&
      batch->waited_ms < fuzz.now_ms - seen_ms)
    fuzz_fail("slot %u: waited %" PRIu64 " ms, but was seen at %" PRIu64, batch->slot,
              batch->waited_ms, seen_ms);
  if (!is_blurred(&fuzz.slots[batch->slot]) && batch->waited_ms > fuzz.now_ms - pushed_ms)
    fuzz_fail("slot %u: waited %" PRIu64 " ms, but was pushed at %" PRIu64 " or later",
              batch->slot, batch->waited_ms, pushed_ms);
  if (batch->waited_ms > fuzz.waited_max)
    fuzz.waited_max = batch->waited_ms;
}

/* Takes the items out of the queue. Returns what they weigh. */
static uint64_t take(struct lot *lot, const mpcc_batch_t *batch, bool *flushed)
{
  uint64_t weight = 0;

  for (uint32_t i = 0; i < batch->count; i++) {
    uint32_t index = fuzz_read(batch, i);
    struct item *item = &fuzz.items[index];

    if (fuzz_oldest(batch->slot, item->channel) != index)
      fuzz_fail("slot %u: item %u came out of its turn, or twice", batch->slot, index);
    if (item->condemned)
      fuzz_fail("slot %u: item %u was discarded and came to the pump", batch->slot, index);
    fuzz_move(index, QUEUED, HELD);
    item->lot = (uint32_t)(lot - fuzz.lots);
    lot->items[i] = index;
    weight += item->weight;
    *flushed = *flushed || item->flushed;
  }
  lot->parts[0].count = (uint32_t)batch->count;
  return weight;
}

static struct lot *form(const mpcc_batch_t *batch)
{
  uint32_t queued = fuzz_queued(batch->slot);
  uint64_t queued_weight = fuzz_queued_weight(batch->slot), weight;
  bool flushed = false;
  struct lot *lot;

  if (fuzz.life == COMPLETING && fuzz.mode != MPCC_DRAIN)
    fuzz_fail("slot %u: a batch was formed after a discard of all", batch->slot);
  if (fuzz_places_taken(batch->slot) >= fuzz.options.max_concurrency)
    fuzz_fail("slot %u: more than %u batches", batch->slot, fuzz.options.max_concurrency);
  lot = fuzz_open_lot(batch->slot);
  weight = take(lot, batch, &flushed);
  if (!is_due(batch, flushed, queued, queued_weight) ||
      (batch->due != MPCC_DUE_FULL && batch->count == fuzz.options.batch_size &&
       fuzz.life == RUNNING))
    fuzz_fail("slot %u: %zu of %u items, waited %" PRIu64 " ms, due %d", batch->slot,
              batch->count, queued, batch->waited_ms, batch->due);
  check_longest(batch, weight);
  check_waited(batch, lot);
  fuzz.batches[0]++;
  fuzz.batches[batch->due]++;
  return lot;
}

/* -- The pump ---------------------------------------------------------------------------------- */

/* The items of a batch that waited for another try. */
static struct lot *again(const mpcc_batch_t *batch, uint32_t first)
{
  struct lot *lot = &fuzz.lots[fuzz.items[first].lot];
  struct part *part;

  if (fuzz.items[first].fate != HELD || lot->state != LOT_WAITS)
    fuzz_fail("slot %u: item %u came again, and nothing waits for a try", batch->slot, first);
  if (fuzz_top(lot)->halve)
    fuzz_halve(lot, (uint32_t)batch->count);
  part = fuzz_top(lot);
  if (batch->count != part->count)
    fuzz_fail("slot %u: %zu items came again, not %u", batch->slot, batch->count, part->count);
  for (uint32_t i = 0; i < part->count; i++)
    if (fuzz_read(batch, i) != lot->items[part->from + i])
      fuzz_fail("slot %u: another item came again", batch->slot);
  if (part->tries > 0 && fuzz.now_ms < lot->answered_ms + lot->delay_ms / 2)
    fuzz_fail("slot %u: tried again after %" PRIu64 " ms of %" PRIu64, batch->slot,
              fuzz.now_ms - lot->answered_ms, lot->delay_ms);
  fuzz.retries++;
  return lot;
}

static void check_handed(const mpcc_batch_t *batch, const struct part *part)
{
  size_t size = fuzz.options.item_size;

  for (uint32_t i = 0; i < LOTS; i++)
    if (fuzz.lots[i].id == batch->id || batch->id == 0)
      fuzz_fail("slot %u: id %" PRIu64 " came before, or is 0", batch->slot, batch->id);
  if (batch->attempt != part->tries + 1 || batch->data != part->data)
    fuzz_fail("slot %u: attempt %u instead of %u, or other data", batch->slot, batch->attempt,
              part->tries + 1);
  if (mpcc_batch_cancelled(batch))
    fuzz_fail("slot %u: a batch is cancelled when it is handed over", batch->slot);
  if ((uintptr_t)batch->items % (size & (~size + 1)) != 0)
    fuzz_fail("slot %u: items at %p", batch->slot, batch->items);
}

static int answer(struct lot *lot)
{
  uint32_t way = fuzz_byte();
  int status;

  if ((way & 8) != 0 && fuzz.depth == 1)
    fuzz_meddle();
  if (lot->state == LOT_IN_PUMP && (way & 16) != 0)
    fuzz_mark(lot);
  if (lot->state == LOT_IN_PUMP && (way & 7) == 7)
    fuzz_finish(lot, fuzz_status(), (way & 32) != 0);
  if (lot->state != LOT_IN_PUMP)
    return (way & 64) != 0 ? MPCC_PENDING : 4711; /* not heard */
  if ((way & 7) >= 4) {
    lot->state = LOT_PENDING;
    return MPCC_PENDING;
  }
  status = (way & 7) == 0 ? 0 : fuzz_status();
  fuzz_answered(lot, status);
  return status;
}

int fuzz_pump(mpcc_batch_t *batch, void *state)
{
  struct lot *lot;
  uint32_t first;
  int status;

  enter("the pump", state);
  if (batch->slot >= fuzz.options.slot_count || batch->count == 0 ||
      batch->count > fuzz.options.batch_size)
    fuzz_fail("a batch of %zu items of slot %u", batch->count, batch->slot);
  first = fuzz_read(batch, 0);
  lot = fuzz.items[first].fate == QUEUED ? form(batch) : again(batch, first);
  check_handed(batch, fuzz_top(lot));
  lot->state = LOT_IN_PUMP;
  lot->batch = batch;
  lot->id = batch->id;
  lot->cancelled = false;
  lot->pumped_ms = fuzz.now_ms;
  fuzz_top(lot)->tries++;
  if (batch->id % 2 == 0)
    batch->data = fuzz_top(lot)->data = &fuzz.slots[batch->count % SLOTS];
  fuzz_trace("  PUMP %zu of slot %u, from item %u, attempt %u, due %d", batch->count, batch->slot,
             first, batch->attempt, batch->due);
  status = answer(lot);
  fuzz_trace("  pump answers %d", status);
  leave();
  return status;
}

/* -- Dropping ---------------------------------------------------------------------------------- */

static void drop_queued(const mpcc_batch_t *batch, int reason)
{
  if (reason != MPCC_ECANCELED || batch->id != 0 || batch->due != 0 || batch->data != NULL)
    fuzz_fail("slot %u: dropped out of the queue with reason %d, due %d", batch->slot, reason,
              batch->due);
  for (size_t i = 0; i < batch->count; i++) {
    uint32_t index = fuzz_read(batch, i);

    if (!fuzz.items[index].condemned ||
        fuzz_oldest(batch->slot, fuzz.items[index].channel) != index)
      fuzz_fail("slot %u: item %u was dropped, and was not to be, or not yet", batch->slot, index);
    fuzz_move(index, QUEUED, DROPPED);
  }
  fuzz.slots[batch->slot].cut = true;
}

/* Which part begins with this item and may be dropped; below one that is in flight, too. */
static uint32_t part_to_drop(struct lot *lot, uint32_t first, size_t count)
{
  uint32_t below = lot->part_count;

  if (fuzz_in_flight(lot) && lot->condemned)
    below--;
  else if (lot->state != LOT_DROPS)
    below = 0;
  for (uint32_t at = below; at-- > 0;) {
    if (lot->items[lot->parts[at].from] != first)
      continue;
    if (lot->parts[at].halve && count < lot->parts[at].count) {
      fuzz_halve(lot, (uint32_t)count); /* only a top part is to be halved */
      at++;
    }
    return at;
  }
  fuzz_fail("slot %u: item %u was dropped out of a batch that is not", lot->slot, first);
}

static void check_reason(const mpcc_batch_t *batch, const struct lot *lot, uint32_t at, int reason)
{
  const struct part *part = &lot->parts[at];
  int foreseen = at == lot->part_count - 1 ? lot->reason : MPCC_ECANCELED;

  if (reason != foreseen && !(reason == MPCC_ECANCELED && lot->canceled_too))
    fuzz_fail("slot %u: dropped for %d instead of %d", batch->slot, reason, foreseen);
  if ((part->tries != 0 && batch->attempt != part->tries) || batch->data != part->data)
    fuzz_fail("slot %u: dropped after attempt %u instead of %u, or with other data", batch->slot,
              batch->attempt, part->tries);
}

/* Parts that had no try of their own may be dropped together. */
static void drop_tried(const mpcc_batch_t *batch, int reason)
{
  uint32_t first = fuzz_read(batch, 0);
  struct lot *lot = &fuzz.lots[fuzz.items[first].lot];
  bool tried = false;

  if (fuzz.items[first].fate != HELD)
    fuzz_fail("slot %u: item %u was dropped after its fate", batch->slot, first);
  for (size_t done = 0; done < batch->count;) {
    uint32_t at = part_to_drop(lot, fuzz_read(batch, done), batch->count - done);
    struct part part = lot->parts[at];

    if (done == 0)
      check_reason(batch, lot, at, reason);
    if (batch->count - done < part.count || tried || (done > 0 && part.data != NULL))
      fuzz_fail("slot %u: %zu items were dropped together", batch->slot, batch->count);
    tried = part.tries != 0;
    for (uint32_t i = 0; i < part.count; i++, done++) {
      if (fuzz_read(batch, done) != lot->items[part.from + i])
        fuzz_fail("slot %u: another item was dropped", batch->slot);
      fuzz_move(lot->items[part.from + i], HELD, DROPPED);
    }
    fuzz_remove_part(lot, at);
  }
}

void fuzz_on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  enter("on_drop", state);
  fuzz_trace("  DROP %zu of slot %u, reason %d, attempt %u", batch->count, batch->slot, reason,
             batch->attempt);
  if (batch->slot >= fuzz.options.slot_count || batch->count == 0 ||
      batch->count > fuzz.options.batch_size)
    fuzz_fail("%zu items of slot %u were dropped", batch->count, batch->slot);
  if (batch->attempt == 0)
    drop_queued(batch, reason);
  else
    drop_tried(batch, reason);
  fuzz_expect("mpcc_batch_done_id in on_drop", mpcc_batch_done_id(fuzz.mpcc, batch->id, 0),
              MPCC_EALREADY);
  if (fuzz.depth == 1 && fuzz_of(8) == 7)
    fuzz_meddle();
  leave();
}
