/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Store buffers. Where threads push into the same slots at the same time, it is the cache lines
 * of items and ready bytes that cost them: two neighbours in a segment are written by two
 * processors in turn, and each claim (a locked instruction) waits until the store before it has
 * got its line. Where slots are many the lines come from far away instead. So a thread may, when
 * it has claimed a cell, write item and cell into a ring of its own, and the loop, which is about
 * to read the item anyway, brings it to the cell. Only the tails of the queues go from processor
 * to processor with each push then. The claim has settled the order; and a cell that was claimed
 * and is not filled keeps its segment, as ever.
 *
 * Nothing depends on it: a push whose thread has no buffer, or no room in it, writes to its cell
 * itself. So does one that has something to tell the loop; hence nobody is woken for a buffer.
 * The loop empties all of them when it meets a cell that was claimed and is not ready (front.c);
 * not sooner, or it would read the lines that are being written. A thread never empties its own:
 * if it were stopped meanwhile, its earlier items would wait for it, of all slots.
 *
 * A buffer is the thread's ring (rings.h). Who finds no free entry there pushes directly; and so
 * does, until there is room, one whose buffer is full and may not grow.
 *
 * The loop decides (note): it turns buffers on when many items come out of segments in which more
 * than one thread was seen, or out of many slots, and off when hardly any do.
 */
#ifndef MPCC__STORES_H
#define MPCC__STORES_H

#include "rings.h"
#include "segment.h"

enum { MPCC__STORES_SAMPLE = 16 }; /* who fills this cell is compared with the opener */
enum { MPCC__STORES_SEEN = 4096 };

/* A record is the claim's tail (queue.h), and the item. */
struct mpcc__stores {
  struct mpcc__rings rings;

  /* The loop's. */
  _Alignas(MPCC__LINE) bool on;
  uint64_t all, shared;  /* items that have come out since ${since_ms} */
  uint64_t takes;        /* in so many segments */
  uint64_t since_ms;
  uint32_t slots;        /* different ones that they came out of, about */
  uint64_t slots_seen[MPCC__STORES_SEEN / 64]; /* a bit for each, or for some together */
};

/* What the loop makes of it: leave things as they are, turn buffers on or off, or do without them,
 * as there is a better way. */
enum mpcc__stores_turn {
  MPCC__STORES_STAY,
  MPCC__STORES_ON,
  MPCC__STORES_OFF,
  MPCC__STORES_SCATTERED /* much comes out of many slots, and little at a time: see ingress.h */
};

/* ${stores} is zeroed memory; ${item_size} a usual one (segment.h). */
void mpcc__stores_init(struct mpcc__stores *stores, size_t item_size);

/* The item for the cell that was claimed by ${claim}; there is room. */
static inline void mpcc__stores_put(struct mpcc__ring *ring, uint64_t claim, const void *item)
{
  unsigned char *record = mpcc__ring_at(ring, mpcc__ring_tail(ring));

  mpcc__prefetch_to_own(record + MPCC__RINGS_AHEAD);
  memcpy(record, &claim, sizeof claim);
  mpcc__item_copy_usual(record + sizeof claim, (const unsigned char *)item,
                        ring->stride - sizeof claim);
  mpcc__ring_publish(ring, 1);
}

/* -- The loop ------------------------------------------------------------------------------ */

/* Bring what is in the buffers to its cells. Whether there was anything. */
bool mpcc__stores_apply(struct mpcc__stores *stores, const struct mpcc__source *source,
                        const struct mpcc__shelf *shelf);

/* A segment of so many items of a slot was taken. */
struct mpcc__stores_take {
  uint32_t slot;
  uint32_t items;
  bool shared;      /* several threads were seen at it */
  uint32_t few;     /* less than so many items at a time are better scattered; 0: not here */
};

enum mpcc__stores_turn mpcc__stores_note(struct mpcc__stores *stores,
                                         const struct mpcc__stores_take *take, uint64_t now_ms);

#endif
