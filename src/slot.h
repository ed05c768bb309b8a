/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One slot: a cache line that producers write, then what only the loop writes. Statistics may be
 * read by anyone, so those are atomics with one writer.
 *
 * Orderings:
 *
 *   slot.flush  a flush or discard raises flush_to or discard_to (release) before it signals; the
 *               loop loads a discard's (acquire), once more when it has seen the items of a batch
 *               published: so it sees a discard that came before one of them was pushed. Carries
 *               what was done before a discard, to on_drop and to who is told of cancelling.
 *   slot.phase  the loop stores phase, then looks at tail; who claims cells looks at phase after
 *               (sequentially consistent all): one of the two sees the other. Before the
 *               first phase of any slot the loop stores 0 in world.usual_end, where usual pushes
 *               look instead: that is on no line that pushes write.
 *   slot.room   credit, waiting and refused, sequentially consistent: the store-load pair "give
 *               room, then see who waits" (loop) against "wait, then see if there is room"
 *               (push_wait, and a refused push that wants on_room).
 *   slot.load   (weights only) a weighed push adds its weight when it has published, then looks at
 *               in_flight_count; the loop lowers that, then adds nothing to load. Both additions
 *               are read-modify-writes of one word (acq_rel): the loop has acquired the item, or
 *               the push sees the place. So no signal is needed while all places of the slot are
 *               taken.
 *   slot.fated  the loop raises fated, then looks at watching; who waits for a fate counts itself
 *               in watching, then looks at fated (sequentially consistent all). A first look,
 *               before waiting, only acquires.
 *   slot.tally  the loop stores its counters (release), statistics load them (acquire). Carries the
 *               claims of the items counted, so that a ticket taken later is not behind.
 */
#ifndef MPCC__SLOT_H
#define MPCC__SLOT_H

#include "deadlines.h"
#include "queue.h"
#include "ready.h"

struct mpcc__batch;

/* What the loop counts. Only the loop writes. */
struct mpcc__tally {
  _Atomic uint64_t delivered;
  _Atomic uint64_t dropped;
  _Atomic uint64_t orphaned;
  _Atomic uint64_t retries;
  _Atomic uint64_t timeouts;
  _Atomic uint64_t batches[4]; /* by MPCC_DUE_... - 1 */
  _Atomic uint64_t queued_peak;
  _Atomic uint64_t pump_ns_total;
  _Atomic uint64_t pump_ns_max;
  _Atomic uint64_t wait_ms_max;
};

/* What a slot needs in an instance with weights only. */
struct mpcc__burden {
  _Atomic uint64_t load; /* what the queued items weigh, scaled */

  /* The loop. */
  size_t weight;
  uint64_t weight_load;  /* what of load they are */
  uint32_t weighed;      /* items at the front that weigh ${weight} together */
};

/* What a slot needs in an instance with on_room only. */
struct mpcc__wish {
  struct mpcc__ready_node starving; /* was refused for want of memory, or by a full lane */

  /* The loop. */
  struct mpcc__wish *next;
  bool in_line;                     /* waits in loop.room_first for its on_room */
};

struct mpcc__slot {
  /* Any thread. */
  _Alignas(MPCC__LINE) struct mpcc__queue queue;
  _Atomic uint32_t waiting;  /* threads in push_wait; changed under the waiters' lock */
  _Atomic uint32_t watching; /* threads that wait for a fate; likewise */
  _Atomic uint64_t credit;   /* bounded: items that may still be pushed */
  _Atomic uint64_t rejected;
  struct mpcc__ready_node ready;

  /* Any thread, seldom. */
  _Alignas(MPCC__LINE) _Atomic uint64_t flush_to; /* items before this ticket are due */
  _Atomic uint64_t discard_to;       /* items before this ticket are to be dropped */
  atomic_bool refused;               /* wants on_room */

  /* The loop. */
  bool on_work;
  uint32_t cut_pass;                 /* the pass in which cut was taken; 0: none */
  _Atomic uint32_t in_flight_count;  /* only the loop writes it */
  uint32_t stamped;                  /* manual: the last segment that has its time, or 0 */
  struct mpcc__queue_end end;
  struct mpcc__deadline deadline;
  struct mpcc__slot *work_next;
  struct mpcc__batch *oldest, *newest; /* batches in flight, in the order of their items */
  uint64_t cut;                      /* the ticket up to which a pass serves the slot */
  uint64_t linger_ms;                /* when to make an emptied queue idle, or 0 */
  uint64_t stuck_ms;                 /* since when the front is stuck, or MPCC__NO_DEADLINE */
  uint64_t discarded;                /* the discard_to that was acted upon for what is in flight */
  _Atomic uint64_t fated;            /* all items before this ticket have their fate */
  struct mpcc__tally tally;
};

/* The loop: a counter has one writer, so no read-modify-write is needed. */
static inline void mpcc__tally_add(_Atomic uint64_t *counter, uint64_t count)
{
  /* relaxed: only this thread writes it. */
  uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);

  /* pairs slot.tally: see above. */
  atomic_store_explicit(counter, now + count, memory_order_release);
}

static inline void mpcc__tally_max(_Atomic uint64_t *counter, uint64_t value)
{
  /* relaxed: only this thread writes it. */
  if (atomic_load_explicit(counter, memory_order_relaxed) < value)
    /* pairs slot.tally: see above. */
    atomic_store_explicit(counter, value, memory_order_release);
}

/* The loop: the ticket of the first item that was not taken. */
static inline uint64_t mpcc__slot_taken(const struct mpcc__slot *slot)
{
  /* relaxed: only the loop writes it. */
  return atomic_load_explicit(&slot->end.taken, memory_order_relaxed);
}

/* The slot is soon needed: where there are many, each one's memory is cold. */
static inline void mpcc__slot_fetch(const struct mpcc__slot *slot)
{
  for (size_t at = 0; at < sizeof(*slot); at += MPCC__LINE)
    mpcc__prefetch_to_write((const unsigned char *)slot + at);
}

/* Any thread: each item before this ticket has its fate. */
static inline uint64_t mpcc__slot_fated(const struct mpcc__slot *slot)
{
  /* pairs slot.fated: what became of those items. Who has to wait looks again (waiters.c). */
  return atomic_load_explicit(&slot->fated, memory_order_acquire);
}

/* Take up to ${want} places in a bounded slot: how many were there. */
static inline uint64_t mpcc__slot_take_room(struct mpcc__slot *slot, uint64_t want)
{
  /* pairs slot.room: one total order with waiting. */
  uint64_t room = atomic_load_explicit(&slot->credit, memory_order_seq_cst);
  uint64_t got;

  do {
    got = want < room ? want : room;
    if (got == 0)
      return 0;
    /* relaxed: the look above has the order. Never below zero, so nobody is refused because of
     * another refusal. */
  } while (!atomic_compare_exchange_weak_explicit(&slot->credit, &room, room - got,
                                                  memory_order_relaxed, memory_order_relaxed));
  return got;
}

#endif
