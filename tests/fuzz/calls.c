/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The calls that finish, flush and discard, with the answers that must come. */
#include "fuzz.h"

/* -- Finishing --------------------------------------------------------------------------------- */

int fuzz_status(void)
{
  static const int statuses[] = {0, 0, -1, 1, 42, INT_MIN, MPCC_ECANCELED, MPCC_EFULL};

  return statuses[fuzz_of(8)];
}

/* Marks some items of a batch in flight. */
void fuzz_mark(struct lot *lot)
{
  uint32_t count = fuzz_top(lot)->count, which = fuzz_byte();

  for (uint32_t i = 0; i < count; i++) {
    int status = -100 - (int)i;

    if ((which >> i & 1) == 0)
      continue;
    fuzz_expect("mpcc_batch_fail", mpcc_batch_fail(lot->batch, i, status), 0);
    lot->marks[i] = lot->marks[i] == 0 ? status : lot->marks[i];
  }
  fuzz_expect("mpcc_batch_fail behind the end", mpcc_batch_fail(lot->batch, count, -1),
              MPCC_EINVAL);
  fuzz_trace("mark %x", which);
}

/* Done of a batch that was abandoned; the loop may not have counted it yet. */
static void absorbed(struct lot *lot)
{
  if (lot->state == LOT_ORPHAN) {
    lot->state = LOT_FREE;
    return;
  }
  if (fuzz.life != COMPLETING || fuzz.mode != MPCC_ABANDON)
    fuzz_fail("slot %u: done was MPCC_ECLOSED, and nothing is abandoned", lot->slot);
  fuzz_orphan(lot);
  fuzz_next_part(lot);
}

void fuzz_finish(struct lot *lot, int status, bool by_id)
{
  const struct part *part = fuzz_top(lot);
  uint64_t id = lot->id;
  int answer;

  by_id = by_id && fuzz.mpcc != NULL;
  for (uint32_t i = 0; i < part->count; i++)
    if (fuzz_read(lot->batch, i) != lot->items[part->from + i])
      fuzz_fail("slot %u: the items changed in the pump's hands", lot->slot);
  answer = by_id ? mpcc_batch_done_id(fuzz.mpcc, id, status) : mpcc_batch_done(lot->batch, status);
  fuzz_trace("done of slot %u with %d: %d", lot->slot, status, answer);
  if (answer == MPCC_ECLOSED) {
    absorbed(lot);
  } else {
    fuzz_expect("done", answer, lot->state == LOT_ORPHAN ? MPCC_ECLOSED : 0);
    fuzz_answered(lot, status);
  }
  if (fuzz.mpcc != NULL)
    fuzz_expect("a second mpcc_batch_done_id", mpcc_batch_done_id(fuzz.mpcc, id, status),
                MPCC_EALREADY);
}

void fuzz_finish_some(void)
{
  uint32_t from = fuzz_of(LOTS), way = fuzz_byte();

  for (uint32_t i = 0; i < LOTS; i++) {
    struct lot *lot = &fuzz.lots[(from + i) % LOTS];

    if (!fuzz_in_flight(lot) && lot->state != LOT_ORPHAN)
      continue;
    if (lot->state != LOT_ORPHAN && (way & 1) != 0 &&
        !(fuzz.life == COMPLETING && fuzz.mode == MPCC_ABANDON))
      fuzz_mark(lot);
    fuzz_finish(lot, fuzz_status(), (way & 2) != 0);
    return;
  }
}

/* An id that is not in flight any more, or never was. */
void fuzz_finish_stale(void)
{
  const struct lot *lot = &fuzz.lots[fuzz_of(LOTS)];
  uint64_t id = lot->id + fuzz_of(3) * UINT64_C(0x100000001);

  for (uint32_t i = 0; i < LOTS; i++)
    if (fuzz.lots[i].id == id &&
        (fuzz_in_flight(&fuzz.lots[i]) || fuzz.lots[i].state == LOT_ORPHAN))
      return;
  fuzz_expect("mpcc_batch_done_id of a stale id", mpcc_batch_done_id(fuzz.mpcc, id, 0),
              MPCC_EALREADY);
}

/* -- Flush and discard ------------------------------------------------------------------------- */

static uint32_t slot_or_all(void)
{
  uint32_t which = fuzz_of(fuzz.options.slot_count + 1);

  return which == fuzz.options.slot_count ? MPCC_ALL_SLOTS : which;
}

static bool means(uint32_t which, uint32_t slot)
{
  return which == MPCC_ALL_SLOTS || which == slot;
}

/* What handles hold may lack the memory to be seen: then the call has changed nothing. */
static bool lanes_lacked_memory(int answer)
{
  return answer == MPCC_ENOMEM && fuzz.refused && fuzz.channels != 0 && fuzz_has_lanes();
}

static int foresee_flush(void)
{
  if (fuzz.life == IDLE)
    return MPCC_ESTATE;
  return fuzz.life == RUNNING ? 0 : MPCC_ECLOSED;
}

static void flushed(uint32_t which)
{
  fuzz.acts++;
  fuzz_handles_looked_into();
  for (uint32_t i = 0; i < fuzz.item_count; i++)
    if (fuzz.items[i].fate == QUEUED && means(which, fuzz.items[i].slot))
      fuzz.items[i].flushed = true;
}

void fuzz_flush(void)
{
  uint32_t which = slot_or_all();
  int answer;

  fuzz.refused = false;
  answer = mpcc_flush(fuzz.mpcc, which);
  fuzz_trace("flush %d: %d", (int)which, answer);
  if (lanes_lacked_memory(answer) && foresee_flush() == 0) {
    fuzz_handles_looked_into();
    return;
  }
  fuzz_expect("mpcc_flush", answer, foresee_flush());
  if (answer == 0)
    flushed(which);
}

/* A flush that only asks: with all fates settled before the last step it must say so. */
void fuzz_flush_ask(void)
{
  uint32_t which = slot_or_all();
  bool settled = true, at_rest = fuzz.acts == fuzz.settled_acts;
  int answer, foreseen = foresee_flush();

  for (uint32_t i = 0; i < fuzz.options.slot_count; i++)
    if (means(which, i))
      settled = settled && fuzz.slots[i].fates[QUEUED] + fuzz.slots[i].fates[HELD] == 0;
  fuzz.refused = false;
  answer = mpcc_flush_wait(fuzz.mpcc, which, 0);
  fuzz_trace("flush_wait %d: %d", (int)which, answer);
  if (foreseen == 0 && (!settled || (!at_rest && answer == MPCC_ETIMEDOUT)))
    foreseen = MPCC_ETIMEDOUT;
  if (answer == MPCC_ENOMEM && fuzz.refused && (foreseen == 0 || foreseen == MPCC_ETIMEDOUT)) {
    fuzz_handles_looked_into();
    fuzz.acts++;
    return;
  }
  fuzz_expect("mpcc_flush_wait", answer, foreseen);
  if (answer == 0 || answer == MPCC_ETIMEDOUT)
    flushed(which);
}

void fuzz_discard(void)
{
  uint32_t which = slot_or_all();
  int answer, foreseen = fuzz.life == IDLE ? MPCC_ESTATE :
                         fuzz.life == STOPPED ? MPCC_ECLOSED : 0;

  fuzz.refused = false;
  answer = mpcc_discard(fuzz.mpcc, which);
  fuzz_trace("discard %d: %d", (int)which, answer);
  if (lanes_lacked_memory(answer) && foreseen == 0) {
    fuzz_handles_looked_into();
    return;
  }
  fuzz_expect("mpcc_discard", answer, foreseen);
  if (answer != 0)
    return;
  fuzz.acts++;
  fuzz_handles_looked_into();
  for (uint32_t i = 0; i < fuzz.options.slot_count; i++)
    if (means(which, i))
      fuzz_condemn(i);
}
