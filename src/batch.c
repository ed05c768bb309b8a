/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include "check.h"

#define ABANDONED (UINT64_C(1) << 63)

enum { MARKED = 2 }; /* a ready byte of a cell whose item has failed */

/* -- Loop ---------------------------------------------------------------------------------- */

void mpcc__batch_form(struct mpcc__batch *batch, struct mpcc__core *core, uint32_t slot,
                      uint32_t from, uint32_t end, uint64_t first)
{
  struct mpcc_batch *shown = &batch->shown;

  if (batch->core == NULL) {
    batch->core = core; /* never written again: a late second answer may read it at any time */
    batch->generation = MPCC__FIRST_64;
  }
  shown->slot = slot;
  shown->attempt = 0;
  shown->id = 0;
  shown->due = 0;
  shown->data = NULL;
  batch->from = from;
  batch->end = end;
  batch->first = first;
  batch->front = first;
  batch->seen = false;
  batch->waiting = false;
  batch->condemned = false;
  batch->marked = false;
  batch->bypassed = false;
  mpcc__deadline_init(&batch->deadline);
}

void mpcc__batch_show(struct mpcc__batch *batch, const struct mpcc__shelf *shelf, uint32_t lo,
                      uint32_t hi)
{
  batch->lo = lo;
  batch->hi = hi;
  batch->shown.items = mpcc__segment_items(shelf, &batch->segment) + lo * shelf->item_size;
  batch->shown.count = hi - lo;
}

uint32_t mpcc__batch_next_part(const struct mpcc__batch *batch)
{
  uint32_t lo = batch->from, hi = batch->end;

  while (lo != batch->hi) {
    uint32_t middle = lo + (hi - lo) / 2;

    if (batch->hi < middle)
      hi = middle;
    else
      lo = middle;
  }
  return hi;
}

/* Let who looks in see it as it is now. */
static void show_sight(struct mpcc__batch *batch, uint64_t until_ms)
{
  const struct mpcc_batch *shown = &batch->shown;
  struct mpcc__seen seen;

  seen.id = shown->id;
  seen.waited_ms = shown->waited_ms;
  seen.until_ms = until_ms;
  seen.slot = shown->slot;
  seen.count = (uint32_t)shown->count;
  seen.attempt = shown->attempt;
  seen.due = shown->due;
  seen.waits = batch->waiting;
  mpcc__sight_show(&batch->sight, &seen);
}

void mpcc__batch_wait(struct mpcc__batch *batch, uint64_t until_ms)
{
  batch->waiting = true;
  show_sight(batch, until_ms);
}

/* A generation comes round within the bits that it has here, and does not reach the last one. */
static uint64_t id_of(const struct mpcc__batch *batch, uint64_t generation, unsigned number_bits)
{
  return (generation << number_bits | batch->segment.number) & ~ABANDONED;
}

void mpcc__batch_launch(struct mpcc__batch *batch, unsigned number_bits, uint64_t started_ns)
{
  uint64_t id = mpcc__batch_id_next(batch, number_bits);

  batch->generation++;
  batch->shown.attempt++;
  batch->shown.id = id;
  batch->waiting = false;
  batch->marks = 0;
  mpcc__ready_node_init(&batch->done);
  /* relaxed: the id that follows publishes it. */
  atomic_store_explicit(&batch->started_ns, started_ns, memory_order_relaxed);
  show_sight(batch, 0);
  /* relaxed: likewise. */
  atomic_store_explicit(&batch->cancelled, false, memory_order_relaxed);
  /* pairs batch.live: who answers by the id sees the batch as it is now. */
  atomic_store_explicit(&batch->live, id, memory_order_release);
}

uint64_t mpcc__batch_id_next(const struct mpcc__batch *batch, unsigned number_bits)
{
  return id_of(batch, batch->generation + 1, number_bits);
}

uint64_t mpcc__batch_id_before(const struct mpcc__batch *batch, unsigned number_bits)
{
  return id_of(batch, batch->generation - 1, number_bits);
}

void mpcc__batch_withdraw(struct mpcc__batch *batch, unsigned number_bits)
{
  /* relaxed: nobody has heard of the id. */
  atomic_store_explicit(&batch->live, 0, memory_order_relaxed);
  batch->shown.attempt--;
  batch->shown.id = 0;
  if (batch->seen)
    batch->shown.id = mpcc__batch_id_before(batch, number_bits);
}

void mpcc__batch_clear_marks(struct mpcc__batch *batch)
{
  _Atomic uint8_t *flags = mpcc__segment_flags(&batch->segment);

  for (uint32_t at = batch->lo; at < batch->hi && batch->marks != 0; at++)
    /* relaxed: the finisher's marks came with its answer. */
    atomic_store_explicit(&flags[at], 1, memory_order_relaxed);
  batch->marks = 0;
}

uint32_t mpcc__batch_keep_marked(struct mpcc__batch *batch, const struct mpcc__shelf *shelf)
{
  _Atomic uint8_t *flags = mpcc__segment_flags(&batch->segment);
  unsigned char *items = mpcc__segment_items(shelf, &batch->segment);
  uint32_t to = batch->hi, others = batch->hi - batch->lo - batch->marks;

  for (uint32_t at = batch->hi; at-- > batch->lo;) {
    /* relaxed: the finisher's marks came with its answer. */
    if (atomic_load_explicit(&flags[at], memory_order_relaxed) != MARKED)
      continue;
    to--;
    if (to != at)
      memcpy(items + to * shelf->item_size, items + at * shelf->item_size, shelf->item_size);
  }
  MPCC__CHECK(to == batch->lo + others);
  mpcc__batch_clear_marks(batch);
  batch->front += batch->first_mark;
  batch->marked = true;
  mpcc__batch_show(batch, shelf, to, batch->hi);
  return others;
}

bool mpcc__batch_cancel(struct mpcc__batch *batch)
{
  bool abandoned;

  if (mpcc__batch_live(batch, &abandoned) == 0 || mpcc__batch_is_cancelled(batch))
    return false;
  /* pairs batch.cancelled: the pump that sees it sees why. */
  atomic_store_explicit(&batch->cancelled, true, memory_order_release);
  return true;
}

bool mpcc__batch_abandon(struct mpcc__batch *batch)
{
  bool abandoned;
  uint64_t id = mpcc__batch_live(batch, &abandoned);

  /* pairs batch.live: from here on the memory belongs to who has the batch. */
  return id != 0 && atomic_compare_exchange_strong_explicit(&batch->live, &id, id | ABANDONED,
                                                            memory_order_release,
                                                            memory_order_relaxed);
}

void mpcc__batch_list(struct mpcc__batch **oldest, struct mpcc__batch **newest,
                      struct mpcc__batch *batch)
{
  batch->next = NULL;
  batch->back = *newest;
  if (batch->back != NULL)
    batch->back->next = batch;
  else
    *oldest = batch;
  *newest = batch;
}

void mpcc__batch_unlist_between(struct mpcc__batch **oldest, struct mpcc__batch **newest,
                                struct mpcc__batch *back, struct mpcc__batch *next)
{
  if (back != NULL)
    back->next = next;
  else
    *oldest = next;
  if (next != NULL)
    next->back = back;
  else
    *newest = back;
}

void mpcc__batch_unlist(struct mpcc__batch **oldest, struct mpcc__batch **newest,
                        struct mpcc__batch *batch)
{
  mpcc__batch_unlist_between(oldest, newest, batch->back, batch->next);
}

/* -- Any thread ---------------------------------------------------------------------------- */

bool mpcc__batch_is_id(uint64_t id)
{
  return id != 0 && (id & ABANDONED) == 0;
}

bool mpcc__batch_is_abandoned(const struct mpcc__batch *batch, uint64_t id)
{
  /* relaxed: who asks has abandoned it itself. */
  return atomic_load_explicit(&batch->live, memory_order_relaxed) == (id | ABANDONED);
}

bool mpcc__batch_answer(struct mpcc__batch *batch, uint64_t id, int status, uint64_t done_ns)
{
  /* pairs batch.live: the first answer wins; the fields below are ours until we hand them on. */
  if (!atomic_compare_exchange_strong_explicit(&batch->live, &id, 0, memory_order_acquire,
                                               memory_order_relaxed))
    return false;
  batch->status = status;
  batch->done_ns = done_ns;
  return true;
}

bool mpcc__batch_answer_late(struct mpcc__batch *batch, uint64_t id)
{
  uint64_t live = id | ABANDONED;

  /* pairs batch.live: who wins has the segment. */
  return atomic_compare_exchange_strong_explicit(&batch->live, &live, 0, memory_order_acquire,
                                                 memory_order_relaxed);
}

uint64_t mpcc__batch_live(const struct mpcc__batch *batch, bool *abandoned)
{
  /* pairs batch.live: the batch as it was handed over. */
  uint64_t live = atomic_load_explicit(&batch->live, memory_order_acquire);

  *abandoned = (live & ABANDONED) != 0;
  return live & ~ABANDONED;
}

void mpcc__batch_mark(struct mpcc__batch *batch, uint32_t index, int status)
{
  _Atomic uint8_t *flag = mpcc__segment_flags(&batch->segment) + batch->lo + index;

  /* relaxed: the finisher's; the answer carries it to the loop. */
  if (atomic_load_explicit(flag, memory_order_relaxed) == MARKED)
    return;
  /* relaxed: as above. */
  atomic_store_explicit(flag, MARKED, memory_order_relaxed);
  if (batch->marks++ == 0 || index < batch->first_mark) {
    batch->first_mark = index;
    batch->mark_status = status;
  }
}

bool mpcc__batch_is_cancelled(const struct mpcc__batch *batch)
{
  /* pairs batch.cancelled: see above. */
  return atomic_load_explicit(&batch->cancelled, memory_order_acquire);
}
