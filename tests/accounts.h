/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What became of every single item of a stress run in which batches are tried again, split, marked
 * and abandoned: one byte for each, on top of the ledger, which knows who pushed it and what must
 * come next.
 *
 *     FRESH --first hand-over--> HELD --> DELIVERED, DROPPED, ORPHANED or RETURNED
 *       '--------- dropped from the queue --> DROPPED
 *
 * RETURNED: the pump itself returned 0. That delivers the item, unless the batch was abandoned
 * while a worker was inside the pump, of which the pump learns nothing; likewise an item may then
 * be HELD for ever. Totals settle these two.
 *
 * The bytes are moved by exchanges, so that two holders of one item are told from each other
 * even where no order between them is promised.
 */
#ifndef MPCC_TESTS_ACCOUNTS_H
#define MPCC_TESTS_ACCOUNTS_H

#include "ledger.h"

#define ACCOUNTS_PAGE (UINT64_C(1) << 16)
#define ACCOUNTS_PAGES 4096 /* of one producer in one slot */

enum account { FRESH, HELD, DELIVERED, DROPPED, ORPHANED, RETURNED, ACCOUNT_STATES };

/* What is promised of the order in which a slot's items are seen first. */
enum account_order {
  ORDER_NONE,
  ORDER_PUMP, /* hand-overs are in the order of the queue, drops come between them somewhere */
  ORDER_ALL   /* hand-overs and drops together are in the order of the queue */
};

typedef _Atomic unsigned char account_byte;

struct accounts {
  struct ledger *ledger;
  account_byte **pages; /* [producer][slot][page]: made by that producer before the push */
  enum account_order order;
  bool counted;         /* batches in flight can be counted: nothing lags behind a restart */
  _Atomic uint64_t *in_flight; /* per slot: the life in the upper half, a count in the lower */
  uint32_t life;        /* set between two lives */
  _Atomic uint64_t delivered; /* items, all lives and instances; by a done, while it may still be
                                 told that it was abandoned */
  _Atomic uint64_t returned;
  _Atomic uint64_t dropped;
  _Atomic uint64_t orphaned;
  _Atomic uint64_t calls;     /* of the pump */
};

static inline void accounts_open(struct accounts *accounts, struct ledger *ledger)
{
  size_t pairs = (size_t)ledger->producer_count * ledger->slot_count;

  memset(accounts, 0, sizeof *accounts);
  accounts->ledger = ledger;
  accounts->pages = ledger_memory(pairs * ACCOUNTS_PAGES, sizeof *accounts->pages);
  accounts->in_flight = ledger_memory(ledger->slot_count, sizeof *accounts->in_flight);
}

static inline void accounts_close(struct accounts *accounts)
{
  size_t pairs = (size_t)accounts->ledger->producer_count * accounts->ledger->slot_count;

  for (size_t i = 0; i < pairs * ACCOUNTS_PAGES; i++)
    free(accounts->pages[i]);
  free(accounts->pages);
  free(accounts->in_flight);
}

static inline void accounts_add(_Atomic uint64_t *number, uint64_t count)
{
  /* relaxed: a number; joins and completions order its readers. */
  atomic_fetch_add_explicit(number, count, memory_order_relaxed);
}

static inline uint64_t accounts_load(const _Atomic uint64_t *number)
{
  /* relaxed: likewise. */
  return atomic_load_explicit(number, memory_order_relaxed);
}

/* -- One item ----------------------------------------------------------------------------- */

static inline account_byte **accounts_page(struct accounts *accounts, uint32_t producer,
                                           uint32_t slot, uint64_t sequence)
{
  size_t pair = (size_t)producer * accounts->ledger->slot_count + slot;

  if (sequence / ACCOUNTS_PAGE >= ACCOUNTS_PAGES)
    verdict_fail("too many items for one producer and slot");
  return &accounts->pages[pair * ACCOUNTS_PAGES + sequence / ACCOUNTS_PAGE];
}

/* Before a push of ${count} items by this producer into this slot. */
static inline void accounts_prepare(struct accounts *accounts, uint32_t producer, uint32_t slot,
                                    uint64_t count)
{
  uint64_t first = *ledger_accepted(accounts->ledger, producer, slot);
  account_byte **page = accounts_page(accounts, producer, slot, first);
  account_byte **last = accounts_page(accounts, producer, slot, first + count);

  for (; page <= last; page++)
    if (*page == NULL)
      *page = ledger_memory(ACCOUNTS_PAGE, sizeof **page);
}

static inline account_byte *accounts_byte(struct accounts *accounts, const struct ledger_item *item)
{
  return &(*accounts_page(accounts, item->producer, item->slot, item->sequence))
      [item->sequence % ACCOUNTS_PAGE];
}

static inline enum account accounts_look(struct accounts *accounts, const struct ledger_item *item)
{
  /* relaxed: whoever holds the item has been ordered behind who held it before. */
  return (enum account)atomic_load_explicit(accounts_byte(accounts, item), memory_order_relaxed);
}

static inline void accounts_move(struct accounts *accounts, const struct ledger_item *item,
                                 enum account from, enum account to)
{
  static const char *const names[] = {"fresh", "held", "delivered", "dropped", "orphaned",
                                      "delivered by the pump"};
  /* relaxed: see accounts_look(). */
  unsigned char was = atomic_exchange_explicit(accounts_byte(accounts, item), (unsigned char)to,
                                               memory_order_relaxed);

  if (was != (unsigned char)from)
    verdict_fail("slot %u, producer %u, item %" PRIu64 ": it was %s before it is %s; it should "
                 "have been %s", item->slot, item->producer, item->sequence,
                 was < ACCOUNT_STATES ? names[was] : "broken", names[to], names[from]);
}

/* Moves a whole batch. */
static inline void accounts_move_all(struct accounts *accounts, const struct ledger_item *items,
                                     size_t count, enum account from, enum account to)
{
  for (size_t i = 0; i < count; i++)
    accounts_move(accounts, &items[i], from, to);
}

/* -- Hand-overs --------------------------------------------------------------------------- */

/* Where the order of two batches of a slot is not promised, its items are at least whole. */
static inline void accounts_see_unordered(struct accounts *accounts, const mpcc_batch_t *batch)
{
  const struct ledger_item *items = batch->items;
  const struct ledger *ledger = accounts->ledger;

  for (size_t i = 0; i < batch->count; i++)
    if (items[i].producer >= ledger->producer_count || items[i].seal != ledger_seal(&items[i]) ||
        items[i].slot != batch->slot)
      ledger_item_wrong(ledger, batch, &items[i], items[i].sequence);
}

/* Items of one producer in one slot at least never overtake each other. */
static inline void accounts_see_rising(struct accounts *accounts, const mpcc_batch_t *batch)
{
  const struct ledger_item *items = batch->items;
  uint64_t *next = &accounts->ledger->next[(size_t)batch->slot * accounts->ledger->producer_count];

  for (size_t i = 0; i < batch->count; i++) {
    if (items[i].sequence < next[items[i].producer])
      ledger_item_wrong(accounts->ledger, batch, &items[i], next[items[i].producer]);
    next[items[i].producer] = items[i].sequence + 1;
  }
}

static inline void accounts_first_sight(struct accounts *accounts, const mpcc_batch_t *batch,
                                        enum account to)
{
  if (accounts->order == ORDER_ALL) {
    (void)ledger_see(accounts->ledger, batch);
  } else {
    accounts_see_unordered(accounts, batch);
    if (accounts->order == ORDER_PUMP && to == HELD)
      accounts_see_rising(accounts, batch);
    accounts_add(&accounts->ledger->seen, batch->count);
  }
  accounts_move_all(accounts, batch->items, batch->count, FRESH, to);
}

static inline void accounts_enter_flight(struct accounts *accounts, uint32_t slot)
{
  uint64_t life, now, then;

  if (!accounts->counted)
    return;
  life = (uint64_t)accounts->life << 32;
  /* relaxed: whoever leaves does so before done, and done comes before the next hand-over. */
  now = atomic_load_explicit(&accounts->in_flight[slot], memory_order_relaxed);
  do
    then = now >> 32 == accounts->life ? now + 1 : life + 1;
  /* relaxed: likewise. */
  while (!atomic_compare_exchange_weak_explicit(&accounts->in_flight[slot], &now, then,
                                                memory_order_relaxed, memory_order_relaxed));
  if ((uint32_t)then > accounts->ledger->max_concurrency)
    verdict_fail("slot %u: %u batches in flight, the cap is %u", slot, (uint32_t)then,
                 accounts->ledger->max_concurrency);
}

/* Just before a batch is done that was handed over in this life. */
static inline void accounts_leave_flight(struct accounts *accounts, uint32_t slot, uint32_t life)
{
  uint64_t now;

  if (!accounts->counted)
    return;
  /* relaxed: see accounts_enter_flight(). */
  now = atomic_load_explicit(&accounts->in_flight[slot], memory_order_relaxed);
  do
    if (now >> 32 != life)
      return; /* abandoned, and the instance lives again */
  /* relaxed: likewise. */
  while (!atomic_compare_exchange_weak_explicit(&accounts->in_flight[slot], &now, now - 1,
                                                memory_order_relaxed, memory_order_relaxed));
}

/* First thing in the pump. Returns whether the pump had these items before. */
static inline bool accounts_take(struct accounts *accounts, const mpcc_batch_t *batch)
{
  const struct ledger_item *items = batch->items;

  if (batch->slot >= accounts->ledger->slot_count || batch->count == 0 ||
      batch->count > accounts->ledger->batch_size || batch->id == 0 || batch->attempt == 0)
    verdict_fail("a batch of %zu items of slot %u with id %" PRIu64 ", attempt %u", batch->count,
                 batch->slot, batch->id, batch->attempt);
  accounts_add(&accounts->calls, 1);
  accounts_enter_flight(accounts, batch->slot);
  if (batch->attempt == 1 && accounts_look(accounts, &items[0]) == FRESH) {
    accounts_first_sight(accounts, batch, HELD);
    return false;
  }
  accounts_see_unordered(accounts, batch);
  for (size_t i = 0; i < batch->count; i++)
    if (accounts_look(accounts, &items[i]) != HELD)
      accounts_move(accounts, &items[i], HELD, HELD);
  return true;
}

/* on_drop. */
static inline void accounts_drop(struct accounts *accounts, const mpcc_batch_t *batch)
{
  if (batch->attempt == 0) {
    accounts_first_sight(accounts, batch, DROPPED);
  } else {
    accounts_see_unordered(accounts, batch);
    accounts_move_all(accounts, batch->items, batch->count, HELD, DROPPED);
  }
  accounts_add(&accounts->dropped, batch->count);
}

/* -- At the end --------------------------------------------------------------------------- */

/* Counts all items of one producer and slot by what became of them. */
static inline void accounts_count(struct accounts *accounts, uint32_t producer, uint32_t slot,
                                  uint64_t *counts)
{
  uint64_t accepted = *ledger_accepted(accounts->ledger, producer, slot);
  struct ledger_item item = {.producer = producer, .slot = slot};

  for (item.sequence = 0; item.sequence < accepted; item.sequence++) {
    enum account now = accounts_look(accounts, &item);

    if (now == FRESH)
      verdict_fail("slot %u, producer %u: item %" PRIu64 " of %" PRIu64 " was accepted and never "
                   "seen", slot, producer, item.sequence, accepted);
    counts[now]++;
  }
}

/* Every accepted item has one fate, and the library's totals, over all instances, say the same. */
static inline void accounts_settle(struct accounts *accounts, const mpcc_stats_t *all,
                                   bool pump_may_be_abandoned)
{
  uint64_t counts[ACCOUNT_STATES] = {0};

  for (uint32_t producer = 0; producer < accounts->ledger->producer_count; producer++)
    for (uint32_t slot = 0; slot < accounts->ledger->slot_count; slot++)
      accounts_count(accounts, producer, slot, counts);
  ledger_same("pushed", all->pushed, ledger_total_accepted(accounts->ledger));
  ledger_same("pushed", all->pushed, all->delivered + all->dropped + all->orphaned);
  ledger_same("dropped", all->dropped, counts[DROPPED]);
  ledger_same("delivered and orphaned", all->delivered + all->orphaned,
              counts[DELIVERED] + counts[RETURNED] + counts[ORPHANED] + counts[HELD]);
  if (all->delivered < counts[DELIVERED] || all->orphaned < counts[ORPHANED] + counts[HELD])
    verdict_fail("%" PRIu64 " delivered and %" PRIu64 " orphaned, the library says %" PRIu64
                 " and %" PRIu64, counts[DELIVERED], counts[ORPHANED] + counts[HELD],
                 all->delivered, all->orphaned);
  if (pump_may_be_abandoned)
    return;
  ledger_same("orphaned", all->orphaned, counts[ORPHANED]);
  ledger_same("delivered", all->delivered, counts[DELIVERED] + counts[RETURNED]);
}

#endif /* MPCC_TESTS_ACCOUNTS_H */
