/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The callbacks that only tell: cancelled, room, ended, awake; and weigh. */
#include "fuzz.h"

static void enter(const char *what, const void *state)
{
  if (fuzz.step == NEVER)
    fuzz_fail("%s outside of a step", what);
  if (state != fuzz.state)
    fuzz_fail("%s with a state that is not the last start's", what);
  fuzz.calls++;
  fuzz.depth++;
}

void fuzz_on_cancel(mpcc_batch_t *batch, void *state)
{
  uint64_t timeout_ms = fuzz.options.pump_timeout_ms;
  struct lot *lot = NULL;
  bool timed_out;

  enter("on_cancel", state);
  fuzz_trace("  CANCEL %zu of slot %u", batch->count, batch->slot);
  for (uint32_t i = 0; i < LOTS; i++)
    if (fuzz_in_flight(&fuzz.lots[i]) && fuzz.lots[i].id == batch->id)
      lot = &fuzz.lots[i];
  if (lot == NULL || lot->batch != batch || lot->cancelled)
    fuzz_fail("slot %u: a batch is cancelled twice, or not in flight", batch->slot);
  timed_out = timeout_ms != 0 && fuzz.now_ms - lot->pumped_ms >= timeout_ms;
  if (!lot->condemned && !timed_out)
    fuzz_fail("slot %u: cancelled for no reason", batch->slot);
  if (!mpcc_batch_cancelled(batch))
    fuzz_fail("slot %u: on_cancel, and it is not cancelled", batch->slot);
  fuzz.timeouts += !lot->condemned;
  fuzz.maybe_timeouts += lot->condemned && timed_out;
  lot->cancelled = true;
  if (batch->count != fuzz_top(lot)->count ||
      fuzz_read(batch, 0) != lot->items[fuzz_top(lot)->from])
    fuzz_fail("slot %u: another batch is cancelled", batch->slot);
  if (fuzz_of(4) == 3)
    fuzz_finish(lot, fuzz_status(), fuzz_of(2) == 1);
  fuzz.depth--;
}

void fuzz_on_room(mpcc_t *mpcc, uint32_t slot, void *state)
{
  enter("on_room", state);
  fuzz_trace("  ROOM in slot %u", slot);
  if (mpcc != fuzz.mpcc || slot >= fuzz.options.slot_count || fuzz.slots[slot].refused == 0)
    fuzz_fail("on_room for slot %u, which has refused nothing since the last one", slot);
  if (fuzz.options.capacity != 0 && fuzz_queued(slot) >= fuzz.options.capacity)
    fuzz_fail("on_room for slot %u, which has none", slot);
  if (fuzz.life != RUNNING)
    fuzz_fail("on_room for slot %u of an instance that completes", slot);
  fuzz.slots[slot].refused = 0;
  if (fuzz.depth == 1 && fuzz_of(4) == 3)
    fuzz_meddle();
  fuzz.depth--;
}

/* A completion has come to its end, told or not. */
void fuzz_ended(void)
{
  for (uint32_t i = 0; i < SLOTS; i++) {
    if (fuzz_queued(i) != 0)
      fuzz_fail("slot %u: the end, and items are still queued", i);
    fuzz.slots[i].refused = fuzz.slots[i].refused == 0 ? 0 : 2;
  }
  for (uint32_t i = 0; i < LOTS; i++) {
    struct lot *lot = &fuzz.lots[i];

    if (!fuzz_active(lot))
      continue;
    if (lot->state != LOT_PENDING || fuzz.mode != MPCC_ABANDON || lot->part_count != 1)
      fuzz_fail("slot %u: the end, and a batch has no fate", lot->slot);
    fuzz_orphan(lot);
    lot->state = LOT_ORPHAN;
  }
  fuzz_handles_looked_into();
  fuzz.life = STOPPED;
}

void fuzz_on_complete(mpcc_t *mpcc, int status, void *arg)
{
  if (fuzz.step == NEVER && !fuzz.idle_end)
    fuzz_fail("a completion is told outside of a step");
  if (fuzz.life != COMPLETING || mpcc != fuzz.mpcc || status != 0)
    fuzz_fail("a completion is told twice, or with status %d", status);
  if (fuzz.ending == 0 || (uint64_t)(uintptr_t)arg != fuzz.ending)
    fuzz_fail("the completion is told to another one's callback");
  fuzz_trace("  COMPLETE");
  fuzz.ending = 0;
  fuzz.calls++;
  fuzz.depth++;
  fuzz_ended();
  if (fuzz_of(4) == 3) {
    fuzz_push(); /* MPCC_ECLOSED */
    if (!fuzz.idle_end)
      fuzz_start();
  }
  fuzz.depth--;
}

void fuzz_on_wake(mpcc_t *mpcc, void *arg)
{
  if (arg != &fuzz || (fuzz.mpcc != NULL && mpcc != fuzz.mpcc))
    fuzz_fail("on_wake of another instance");
  if (++fuzz.wakes > 1)
    fuzz_fail("on_wake twice without a step between");
}

size_t fuzz_weigh(const void *item, void *arg)
{
  struct written written;

  memcpy(&written, item, sizeof written);
  if (arg != &fuzz || written.index >= ITEMS || written.seal != fuzz_seal(written.index))
    fuzz_fail("weigh was asked about something that is no item");
  return fuzz.items[written.index].weight;
}
