/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The model's books: items and batches, and what follows when a batch is done, in whatever way. */
#include "fuzz.h"

/* -- Items ------------------------------------------------------------------------------------- */

uint32_t fuzz_seal(uint32_t index)
{
  const struct item *item = &fuzz.items[index];

  return (index + 1) * 0x9E3779B1u ^ (item->slot + 1) * 0x85EBCA77u ^ item->weight * 0xC2B2AE3Du;
}

void fuzz_move(uint32_t index, enum fate from, enum fate to)
{
  static const char *const names[] = {"not accepted", "queued", "in a batch", "delivered",
                                      "dropped", "orphaned"};
  struct item *item = &fuzz.items[index];

  if (item->fate != from)
    fuzz_fail("item %u of slot %u, which was %s, is now %s", index, item->slot, names[item->fate],
              names[to]);
  if (from != NO_FATE)
    fuzz.slots[item->slot].fates[from]--;
  fuzz.slots[item->slot].fates[to]++;
  item->fate = to;
}

bool fuzz_is_queued(uint32_t index, uint32_t slot)
{
  return fuzz.items[index].fate == QUEUED && fuzz.items[index].slot == slot;
}

uint32_t fuzz_queued(uint32_t slot)
{
  return (uint32_t)fuzz.slots[slot].fates[QUEUED];
}

uint64_t fuzz_queued_weight(uint32_t slot)
{
  uint64_t weight = 0;

  for (uint32_t i = 0; i < fuzz.item_count; i++)
    if (fuzz_is_queued(i, slot))
      weight += fuzz.items[i].weight;
  return weight;
}

bool fuzz_has_lanes(void)
{
  return fuzz.options.max_memory == 0 && fuzz.options.weigh == NULL;
}

uint32_t fuzz_oldest(uint32_t slot, uint32_t channel)
{
  for (uint32_t i = 0; i < fuzz.item_count; i++)
    if (fuzz_is_queued(i, slot) && fuzz.items[i].channel == channel)
      return i;
  return ITEMS;
}

uint32_t fuzz_read(const mpcc_batch_t *batch, size_t at)
{
  const unsigned char *bytes = (const unsigned char *)batch->items + at * fuzz.options.item_size;
  struct written item;

  memcpy(&item, bytes, sizeof item);
  if (item.index >= fuzz.item_count || item.seal != fuzz_seal(item.index))
    fuzz_fail("slot %u: item %zu of %zu is torn, or was never pushed", batch->slot, at,
              batch->count);
  if (fuzz.items[item.index].slot != batch->slot)
    fuzz_fail("item %u of slot %u came in a batch of slot %u", item.index,
              fuzz.items[item.index].slot, batch->slot);
  for (size_t i = sizeof item; i < fuzz.options.item_size; i++)
    if (bytes[i] != (unsigned char)item.seal)
      fuzz_fail("slot %u: byte %zu of item %u is wrong", batch->slot, i, item.index);
  return item.index;
}

/* -- Lots -------------------------------------------------------------------------------------- */

uint32_t fuzz_places_taken(uint32_t slot)
{
  uint32_t taken = 0;

  for (uint32_t i = 0; i < LOTS; i++)
    taken += fuzz.lots[i].slot == slot && fuzz_active(&fuzz.lots[i]);
  return taken;
}

bool fuzz_scarce(void)
{
  return fuzz.options.weigh != NULL && (fuzz.options.max_memory != 0 || fuzz.refused_ever);
}

bool fuzz_has_place(uint32_t slot)
{
  uint32_t taken = fuzz_places_taken(slot);

  return taken == 0 || (taken < fuzz.options.max_concurrency && !fuzz_scarce());
}

struct lot *fuzz_open_lot(uint32_t slot)
{
  for (uint32_t i = 0; i < LOTS; i++) {
    struct lot *lot = &fuzz.lots[i];

    if (lot->state != LOT_FREE)
      continue;
    memset(lot, 0, sizeof *lot);
    lot->slot = slot;
    lot->part_count = 1;
    lot->parts[0].tries_cap = fuzz.options.max_attempts;
    return lot;
  }
  fuzz_fail("more than %d batches at once", LOTS);
}

static void set_part(struct part *part, uint32_t from, uint32_t count)
{
  memset(part, 0, sizeof *part);
  part->from = from;
  part->count = count;
  part->tries_cap = count == 1 ? fuzz.options.max_attempts : 1;
}

/* The first half of a part that failed has ${first} items: in the middle, whichever way rounded. */
void fuzz_halve(struct lot *lot, uint32_t first)
{
  struct part *part = fuzz_top(lot);
  uint32_t from = part->from, count = part->count;
  void *data = part->data;

  if (first != count / 2 && first != count - count / 2)
    fuzz_fail("slot %u: a part of %u items was split after %u", lot->slot, count, first);
  set_part(part, from + first, count - first);
  set_part(part + 1, from, first);
  part[1].data = data; /* stays with the first half */
  lot->part_count++;
}

static void await(struct lot *lot, uint64_t delay_ms)
{
  lot->answered_ms = fuzz.now_ms;
  lot->noticed_ms = NEVER;
  lot->delay_ms = delay_ms;
}

void fuzz_next_part(struct lot *lot)
{
  if (--lot->part_count == 0) {
    lot->state = LOT_FREE;
    return;
  }
  lot->state = lot->condemned ? LOT_DROPS : LOT_WAITS;
  lot->reason = MPCC_ECANCELED;
  await(lot, 0);
}

void fuzz_remove_part(struct lot *lot, uint32_t at)
{
  if (at == lot->part_count - 1) {
    fuzz_next_part(lot);
    return;
  }
  memmove(&lot->parts[at], &lot->parts[at + 1],
          (lot->part_count - 1 - at) * sizeof lot->parts[0]);
  lot->part_count--;
}

static uint64_t retry_delay(uint32_t tries)
{
  uint64_t delay_ms = fuzz.options.retry_delay_ms, most_ms = fuzz.options.retry_delay_max_ms;

  for (uint32_t i = 1; i < tries && delay_ms < most_ms; i++)
    delay_ms *= 2;
  return delay_ms < most_ms ? delay_ms : most_ms;
}

static void failed(struct lot *lot, int status)
{
  struct part *part = fuzz_top(lot);

  lot->reason = status;
  lot->canceled_too = false;
  if (!lot->condemned && part->tries < part->tries_cap) {
    lot->state = LOT_WAITS;
    await(lot, retry_delay(part->tries));
    return;
  }
  part->halve = !lot->condemned && fuzz.options.isolate_failures && part->count > 1 &&
                !part->marked;
  lot->state = part->halve ? LOT_WAITS : LOT_DROPS;
  await(lot, 0);
}

void fuzz_answered(struct lot *lot, int status)
{
  struct part *part = fuzz_top(lot);
  uint32_t kept = 0;

  fuzz.acts++;
  for (uint32_t i = 0; status == 0 && i < part->count; i++)
    if (lot->marks[i] == 0)
      fuzz_move(lot->items[part->from + i], HELD, DELIVERED);
  if (status == 0) {
    for (uint32_t i = 0; i < part->count; i++)
      if (lot->marks[i] != 0) {
        status = status == 0 ? lot->marks[i] : status;
        lot->items[part->from + kept++] = lot->items[part->from + i];
      }
    part->count = kept;
    part->marked = true;
  }
  memset(lot->marks, 0, sizeof lot->marks);
  if (status == 0)
    fuzz_next_part(lot);
  else
    failed(lot, status);
}

void fuzz_orphan(struct lot *lot)
{
  const struct part *part = fuzz_top(lot);

  for (uint32_t i = 0; i < part->count; i++)
    fuzz_move(lot->items[part->from + i], HELD, ORPHANED);
}

/* -- Discards ---------------------------------------------------------------------------------- */

static void condemn_lot(struct lot *lot)
{
  if (!fuzz_active(lot))
    return;
  lot->condemned = true;
  if (fuzz_in_flight(lot))
    return;
  if (lot->noticed_ms == NEVER || lot->noticed_ms == fuzz.now_ms)
    lot->canceled_too = true;
  else if (lot->state == LOT_WAITS)
    lot->reason = MPCC_ECANCELED;
  lot->state = LOT_DROPS;
}

void fuzz_condemn(uint32_t slot)
{
  for (uint32_t i = 0; i < fuzz.item_count; i++)
    if (fuzz_is_queued(i, slot))
      fuzz.items[i].condemned = true;
  for (uint32_t i = 0; i < LOTS; i++)
    if (fuzz.lots[i].slot == slot)
      condemn_lot(&fuzz.lots[i]);
}
