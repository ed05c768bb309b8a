/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "cut.h"

#include "claim.h"
#include "waiters.h"

/* Everything that was pushed so far. */
static uint64_t ticket_of(const struct mpcc__world *world, const struct mpcc__slot *slot)
{
  return mpcc__queue_ticket(&slot->queue, &world->pool.shelf);
}

/* Let *mark be at least ${ticket}. False if it is already. */
static bool raise(_Atomic uint64_t *mark, uint64_t ticket)
{
  /* relaxed: compared below. */
  uint64_t before = atomic_load_explicit(mark, memory_order_relaxed);

  do {
    if (before >= ticket)
      return false;
    /* pairs slot.flush: the signal that follows, and what this thread pushes later, is for this
     * cut. */
  } while (!atomic_compare_exchange_weak_explicit(mark, &before, ticket, memory_order_release,
                                                  memory_order_relaxed));
  return true;
}

/* An idle queue has given all it had to the loop, full or sealed: due already. */
static bool due_already(const struct mpcc__slot *slot)
{
  return mpcc__queue_idle(&slot->queue);
}

bool mpcc__cut_mark(struct mpcc__world *world, struct mpcc__slot *slot)
{
  return !due_already(slot) && raise(&slot->flush_to, ticket_of(world, slot));
}

void mpcc__cut_flush(struct mpcc__world *world, struct mpcc__slot *slot)
{
  if (due_already(slot))
    return;
  (void)raise(&slot->flush_to, ticket_of(world, slot));
  mpcc__claim_signal(world, slot);
}

int mpcc__cut_flush_wait(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t ticket,
                         uint64_t deadline_ns)
{
  if (mpcc__slot_fated(slot) >= ticket)
    return 0;
  mpcc__cut_flush(world, slot);
  return mpcc__waiters_wait_for_fate(world, slot, ticket, deadline_ns);
}

void mpcc__cut_discard(struct mpcc__world *world, struct mpcc__slot *slot)
{
  uint64_t ticket = ticket_of(world, slot);

  if (mpcc__slot_fated(slot) >= ticket)
    return;
  (void)raise(&slot->discard_to, ticket);
  mpcc__claim_signal(world, slot);
}
