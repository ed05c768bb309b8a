/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include "check.h"
#include "world.h"

void mpcc__batch_fill(struct mpcc__batch *batch, struct mpcc__world *world, uint32_t slot,
                      uint32_t count, uint64_t waited_ms)
{
  struct mpcc_batch *shown = &batch->shown;

  if (batch->world == NULL) /* never written again: a late second answer may read it at any time */
    batch->world = world;
  shown->items = mpcc__segment_items(&world->pool.shelf, &batch->segment);
  shown->count = count;
  shown->slot = slot;
  shown->attempt = 0;
  shown->id = 0;
  shown->due = 0;
  shown->waited_ms = waited_ms;
  shown->data = NULL;
}

void mpcc__batch_launch(struct mpcc__batch *batch, unsigned number_bits, int due,
                        uint64_t started_ns)
{
  uint64_t id = ++batch->generation << number_bits | batch->segment.number;

  batch->shown.attempt++;
  batch->shown.id = id;
  batch->shown.due = due;
  batch->started_ns = started_ns;
  mpcc__ready_node_init(&batch->done);
  /* relaxed: the id that follows publishes it. */
  atomic_store_explicit(&batch->cancelled, false, memory_order_relaxed);
  /* pairs batch.live: who answers by the id sees the batch as it is now. */
  atomic_store_explicit(&batch->live, id, memory_order_release);
}

bool mpcc__batch_answer(struct mpcc__batch *batch, uint64_t id, int status, uint64_t done_ns)
{
  /* pairs batch.live: the first answer wins; the fields below are ours until we hand them on. */
  if (!atomic_compare_exchange_strong_explicit(&batch->live, &id, 0, memory_order_acq_rel,
                                               memory_order_relaxed))
    return false;
  batch->status = status;
  batch->done_ns = done_ns;
  return true;
}

uint64_t mpcc__batch_live(const struct mpcc__batch *batch)
{
  /* relaxed: only to be compared in the answer, which orders. */
  return atomic_load_explicit(&batch->live, memory_order_relaxed);
}

bool mpcc__batch_cancel(struct mpcc__batch *batch)
{
  if (mpcc__batch_live(batch) == 0 || mpcc__batch_is_cancelled(batch))
    return false;
  /* pairs batch.cancelled: the pump that sees it sees why. */
  atomic_store_explicit(&batch->cancelled, true, memory_order_release);
  return true;
}

bool mpcc__batch_is_cancelled(const struct mpcc__batch *batch)
{
  /* pairs batch.cancelled: see above. */
  return atomic_load_explicit(&batch->cancelled, memory_order_acquire);
}

void mpcc__batch_end(struct mpcc__batch *batch)
{
  MPCC__CHECK(mpcc__batch_live(batch) == 0);
  batch->shown.due = 0;
}

void mpcc__batch_list(struct mpcc__batch **list, struct mpcc__batch *batch)
{
  batch->back = NULL;
  batch->next = *list;
  if (*list != NULL)
    (*list)->back = batch;
  *list = batch;
}

void mpcc__batch_unlist(struct mpcc__batch **list, struct mpcc__batch *batch)
{
  if (batch->back != NULL)
    batch->back->next = batch->next;
  else
    *list = batch->next;
  if (batch->next != NULL)
    batch->next->back = batch->back;
}
