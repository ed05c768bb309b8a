/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The ledger of a stress run: what producers were promised against what the callbacks saw.
 *
 * An item carries who pushed it, where, and the how-manyth of this producer in this slot it is.
 * The callbacks of one instance run one after the other, on one thread at a time, and batches of
 * a slot reach the pump in the order in which they were formed, however many are in flight; so
 * one number per producer and slot - the sequence that must come next - finds what is lost, comes
 * twice, changes places or turns up in another slot, and the memory needed does not grow with
 * the number of items.
 *
 * Some of what is shared here is deliberately not atomic: the library promises an order between
 * a push and the pump, and between callbacks. Where that promise breaks, these plain accesses
 * race, and the thread sanitizer says so.
 */
#ifndef MPCC_TESTS_LEDGER_H
#define MPCC_TESTS_LEDGER_H

#include "verdict.h"

#define LEDGER_NOTES 512

struct ledger_item {
  uint64_t sequence; /* from 0, per producer and slot */
  uint64_t seal;     /* of the other three: shows a torn or half-written item */
  uint32_t producer;
  uint32_t slot;
};

struct ledger_slot {
  _Atomic uint32_t in_flight; /* up in the pump, down just before done */
  char apart[60];
};

struct ledger {
  uint32_t producer_count;
  uint32_t slot_count;
  uint32_t batch_size;
  uint32_t max_concurrency;
  uint64_t *accepted; /* [producer][slot]; guard: that producer, then who joined it */
  uint64_t *notes;    /* [producer][slot][LEDGER_NOTES]: written before a push, read in pump */
  struct ledger_slot *slots;
  uint64_t *next;     /* [slot][producer]: the sequence to come; this and below: callbacks */
  uint64_t batches;   /* calls of the pump */
  uint64_t delivered; /* items that were, or will be, done with 0 */
  uint64_t failed;    /* items that were, or will be, done with an error */
  uint64_t shown;     /* of these, on_drop has seen */
  uint64_t discarded; /* items that on_drop saw and no pump */
  _Atomic uint64_t seen;   /* items that a callback saw first, for whoever waits for it */
  _Atomic uint64_t pushed; /* items pushed, told by the producers now and then */
};

static inline void *ledger_memory(size_t count, size_t size)
{
  void *memory = calloc(count, size);

  if (memory == NULL)
    verdict_fail("no memory for the ledger");
  return memory;
}

static inline void ledger_open(struct ledger *ledger, uint32_t producer_count,
                               const mpcc_options_t *options)
{
  size_t pairs = (size_t)producer_count * options->slot_count;

  memset(ledger, 0, sizeof *ledger);
  ledger->producer_count = producer_count;
  ledger->slot_count = options->slot_count;
  ledger->batch_size = options->batch_size;
  ledger->max_concurrency = options->max_concurrency;
  ledger->accepted = ledger_memory(pairs, sizeof *ledger->accepted);
  ledger->notes = ledger_memory(pairs * LEDGER_NOTES, sizeof *ledger->notes);
  ledger->slots = ledger_memory(options->slot_count, sizeof *ledger->slots);
  ledger->next = ledger_memory(pairs, sizeof *ledger->next);
}

static inline void ledger_close(struct ledger *ledger)
{
  free(ledger->accepted);
  free(ledger->notes);
  free(ledger->slots);
  free(ledger->next);
}

/* -- Producers ---------------------------------------------------------------------------- */

static inline uint64_t ledger_seal(const struct ledger_item *item)
{
  uint64_t who = (uint64_t)item->producer << 32 | item->slot;

  return (item->sequence ^ who * UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xD6E8FEB86659FD93);
}

static inline uint64_t *ledger_accepted(struct ledger *ledger, uint32_t producer, uint32_t slot)
{
  return &ledger->accepted[(size_t)producer * ledger->slot_count + slot];
}

static inline uint64_t *ledger_note(struct ledger *ledger, const struct ledger_item *item)
{
  size_t pair = (size_t)item->producer * ledger->slot_count + item->slot;

  return &ledger->notes[pair * LEDGER_NOTES + item->sequence];
}

/* Fills the ${count} items that ${producer} would push next into ${slot}. */
static inline void ledger_write(struct ledger *ledger, struct ledger_item *items, size_t count,
                                uint32_t producer, uint32_t slot)
{
  uint64_t sequence = *ledger_accepted(ledger, producer, slot);

  for (size_t i = 0; i < count; i++) {
    items[i].sequence = sequence + i;
    items[i].producer = producer;
    items[i].slot = slot;
    items[i].seal = ledger_seal(&items[i]);
    if (items[i].sequence < LEDGER_NOTES)
      *ledger_note(ledger, &items[i]) = ~items[i].seal;
  }
}

static inline void ledger_accept(struct ledger *ledger, uint32_t producer, uint32_t slot,
                                 uint64_t count)
{
  *ledger_accepted(ledger, producer, slot) += count;
}

/* How many items are told as pushed and not seen; negative if producers are late to tell. */
static inline int64_t ledger_backlog(struct ledger *ledger)
{
  /* relaxed: an estimate that only slows producers down. */
  uint64_t seen = atomic_load_explicit(&ledger->seen, memory_order_relaxed);

  /* relaxed: likewise. */
  return (int64_t)(atomic_load_explicit(&ledger->pushed, memory_order_relaxed) - seen);
}

static inline void ledger_tell(struct ledger *ledger, uint64_t count)
{
  /* relaxed: an estimate that only slows producers down. */
  atomic_fetch_add_explicit(&ledger->pushed, count, memory_order_relaxed);
}

/* -- Callbacks ---------------------------------------------------------------------------- */

static inline void ledger_item_wrong(const struct ledger *ledger, const mpcc_batch_t *batch,
                                     const struct ledger_item *item, uint64_t next)
{
  size_t index = (size_t)(item - (const struct ledger_item *)batch->items);

  if (item->producer >= ledger->producer_count || item->seal != ledger_seal(item))
    verdict_fail("slot %u, item %zu of %zu: torn or not written: producer %u, slot %u, sequence "
                 "%" PRIu64, batch->slot, index, batch->count, item->producer, item->slot,
                 item->sequence);
  if (item->slot != batch->slot)
    verdict_fail("slots mixed: item %zu of %zu in a batch of slot %u was pushed into slot %u",
                 index, batch->count, batch->slot, item->slot);
  if (item->sequence != next)
    verdict_fail("slot %u, producer %u: item %" PRIu64 " came, %" PRIu64 " was next (%s)",
                 batch->slot, item->producer, item->sequence, next,
                 item->sequence < next ? "twice or late" : "lost or early");
  verdict_fail("slot %u, producer %u: item %" PRIu64 " came without what was written before it",
               item->slot, item->producer, item->sequence);
}

/* The first sight of a batch's items, in the pump or, discarded, in on_drop. Returns their sum. */
static inline uint64_t ledger_see(struct ledger *ledger, const mpcc_batch_t *batch)
{
  const struct ledger_item *items = batch->items;
  uint64_t *next, sum = 0;

  if (batch->slot >= ledger->slot_count)
    verdict_fail("a batch of slot %u, there is none", batch->slot);
  if (batch->count == 0 || batch->count > ledger->batch_size)
    verdict_fail("slot %u: a batch of %zu items", batch->slot, batch->count);
  if ((uintptr_t)items % sizeof(uint64_t) != 0)
    verdict_fail("slot %u: items at %p", batch->slot, batch->items);
  next = &ledger->next[(size_t)batch->slot * ledger->producer_count];
  for (size_t i = 0; i < batch->count; i++) {
    if (items[i].producer >= ledger->producer_count || items[i].seal != ledger_seal(&items[i]) ||
        items[i].slot != batch->slot || items[i].sequence != next[items[i].producer] ||
        (items[i].sequence < LEDGER_NOTES && *ledger_note(ledger, &items[i]) != ~items[i].seal))
      ledger_item_wrong(ledger, batch, &items[i],
                        items[i].producer < ledger->producer_count ? next[items[i].producer] : 0);
    next[items[i].producer]++;
    sum += items[i].seal;
  }
  /* relaxed: an estimate that only slows producers down. */
  atomic_fetch_add_explicit(&ledger->seen, batch->count, memory_order_relaxed);
  return sum;
}

static inline uint64_t ledger_sum(const mpcc_batch_t *batch)
{
  const struct ledger_item *items = batch->items;
  uint64_t sum = 0;

  for (size_t i = 0; i < batch->count; i++)
    sum += items[i].seal;
  return sum;
}

/* First thing in the pump. Returns the sum of the items, by which they are known again later. */
static inline uint64_t ledger_take(struct ledger *ledger, mpcc_batch_t *batch)
{
  uint64_t sum = ledger_see(ledger, batch);
  uint32_t running;

  if (batch->id == 0 || batch->attempt != 1 || batch->data != NULL)
    verdict_fail("slot %u: first hand-over with id %" PRIu64 ", attempt %u, data %p", batch->slot,
                 batch->id, batch->attempt, batch->data);
  if (batch->due < MPCC_DUE_FULL || batch->due > MPCC_DUE_DRAIN)
    verdict_fail("slot %u: due %d", batch->slot, batch->due);
  /* relaxed: ledger_give() comes before done, and done before the next batch. */
  running = 1 + atomic_fetch_add_explicit(&ledger->slots[batch->slot].in_flight, 1,
                                          memory_order_relaxed);
  if (running > ledger->max_concurrency)
    verdict_fail("slot %u: %u batches in flight, the cap is %u", batch->slot, running,
                 ledger->max_concurrency);
  ledger->batches++;
  return sum;
}

/* Last thing before a batch is done, in whatever way, on whatever thread. */
static inline void ledger_give(struct ledger *ledger, uint32_t slot)
{
  /* relaxed: done orders it before the slot's next batch. */
  if (atomic_fetch_sub_explicit(&ledger->slots[slot].in_flight, 1, memory_order_relaxed) == 0)
    verdict_fail("slot %u: more batches given back than taken", slot);
}

/* -- At rest ------------------------------------------------------------------------------ */

static inline uint64_t ledger_total_accepted(const struct ledger *ledger)
{
  uint64_t total = 0;

  for (size_t i = 0; i < (size_t)ledger->producer_count * ledger->slot_count; i++)
    total += ledger->accepted[i];
  return total;
}

static inline void ledger_same(const char *what, uint64_t told, uint64_t counted)
{
  if (told != counted)
    verdict_fail("%s: the library says %" PRIu64 ", counted were %" PRIu64, what, told, counted);
}

/* The library's numbers against the callbacks'. To be called in STOPPED. */
static inline void ledger_compare(struct ledger *ledger, const mpcc_t *mpcc)
{
  mpcc_stats_t all, one;
  uint64_t pushed = 0, batches = 0;

  verdict_expect("mpcc_stats", mpcc_stats(mpcc, &all), 0);
  ledger_same("pushed", all.pushed, ledger->delivered + ledger->failed + ledger->discarded);
  ledger_same("delivered", all.delivered, ledger->delivered);
  ledger_same("dropped", all.dropped, ledger->shown + ledger->discarded);
  ledger_same("dropped after the pump", ledger->failed, ledger->shown);
  ledger_same("queued, in flight and orphaned", all.queued + all.in_flight + all.orphaned, 0);
  ledger_same("batches", all.batches, ledger->batches);
  ledger_same("reasons of batches", all.batches_full + all.batches_interval + all.batches_flush +
              all.batches_drain, all.batches);
  for (uint32_t slot = 0; slot < ledger->slot_count; slot++) {
    verdict_expect("mpcc_slot_stats", mpcc_slot_stats(mpcc, slot, &one), 0);
    ledger_same("pushed into a slot", one.pushed, one.delivered + one.dropped);
    pushed += one.pushed;
    batches += one.batches;
  }
  ledger_same("pushed, over the slots", pushed, all.pushed);
  ledger_same("batches, over the slots", batches, all.batches);
}

/* Each item once: what every producer was promised has been seen, slot by slot, and no more. */
static inline void ledger_settle(struct ledger *ledger, const mpcc_t *mpcc)
{
  mpcc_stats_t all;

  ledger_compare(ledger, mpcc);
  verdict_expect("mpcc_stats", mpcc_stats(mpcc, &all), 0);
  ledger_same("accepted", all.pushed, ledger_total_accepted(ledger));
  for (uint32_t slot = 0; slot < ledger->slot_count; slot++) {
    for (uint32_t producer = 0; producer < ledger->producer_count; producer++) {
      uint64_t accepted = *ledger_accepted(ledger, producer, slot);
      uint64_t seen = ledger->next[(size_t)slot * ledger->producer_count + producer];

      if (accepted != seen)
        verdict_fail("slot %u, producer %u: %" PRIu64 " accepted, %" PRIu64 " seen", slot, producer,
                     accepted, seen);
    }
  }
}

#endif /* MPCC_TESTS_LEDGER_H */
