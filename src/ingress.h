/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One way in for all slots. Where many slots get an item now and then, it is the slot's own memory
 * that a push waits for: its tail comes from far away, and so does a segment for an item or two.
 * Here a push draws a number, the next one of the whole instance, and puts number, slot and item
 * into its thread's ring (rings.h). Who empties takes what the rings hold in the order of the
 * numbers, and sorts it by slot (stage.h).
 *
 * The order. If one push has returned before another one began, it comes before it. Who empties
 * looks first at how many numbers were drawn (the bound), then into the rings, and leaves records
 * with later numbers there. Say a record is taken. Each push that had returned before its push began
 * had published before that drew its number; so before the bound was read, and the rings were
 * looked into after. So it is taken as well, now or earlier; and now by its number, which is less. A
 * push that has drawn a number and not published has not returned; it comes after all that are
 * taken meanwhile, whatever its number. So a thread that is stopped in the middle of a push delays
 * nobody.
 *
 * Sleeping and closing are marks in the word that numbers are drawn from: a push either has its
 * number before, and is counted, or sees the mark. Who sees that the loop sleeps calls it. Who sees
 * that the way is closed has put nothing, and goes another way. What goes another way must not
 * overtake what has come in here; so it is closed when the instance stops and nothing else comes, or
 * when it is empty, and all that came out of it stands in the queues.
 *
 * Orderings:
 *
 *   ingress.claims  a push draws its number (release), who empties reads how many there are
 *                   (acquire): what was published before one of these numbers was drawn is seen in
 *                   the rings. The loop closes it (release), a push that draws sees that (acquire):
 *                   that the instance is closed, or what stands in the queues by then. (Who does not
 *                   come here any more has seen the mark in world.detour taken off, with release.)
 */
#ifndef MPCC__INGRESS_H
#define MPCC__INGRESS_H

#include "rings.h"
#include "segment.h"

enum { MPCC__INGRESS_CLOSED = 1, MPCC__INGRESS_SLEEPS = 2, MPCC__INGRESS_ONE = 4 };
enum { MPCC__INGRESS_CHUNK = 512 };

/* What stands before an item in a ring. */
struct mpcc__ingress_record {
  uint64_t number;
  uint32_t slot;
  uint32_t stamp_ms; /* when it was pushed, or a little earlier; comes round */
};

struct mpcc__ingress {
  /* Numbers that were drawn, times MPCC__INGRESS_ONE, and marks. It would take 10^9 a second for a
   * century and a half to come round. */
  _Alignas(MPCC__LINE) _Atomic uint64_t claims;

  struct mpcc__rings rings;

  /* Who empties: under the lanes' lock. */
  _Alignas(MPCC__LINE) size_t item_size;
  uint64_t first;     /* the number of the first one since it was opened */
  uint64_t taken;     /* records since then */
  uint64_t last;      /* closed: numbers behind this one do not count */
  bool open;
  bool sleeps;
  uint64_t looked_ms; /* when it was looked into the last time */
  uint64_t left, left_ms; /* without a clock: what has lower numbers than this was seen then */
  uint64_t busy_ms;   /* when there was much in it the last time */
  size_t dropped, to_drop; /* of what is looked at: see mpcc__entrance_drop */
  uint32_t slots[MPCC__INGRESS_CHUNK];
  uint32_t stamps_ms[MPCC__INGRESS_CHUNK];
  struct mpcc__ring *from[MPCC__INGRESS_CHUNK];
  _Alignas(MPCC__LINE) unsigned char items[];
};

/* Closed. NULL when memory is refused. Items are of a usual size (segment.h). */
struct mpcc__ingress *mpcc__ingress_new(const struct mpcc__source *source, size_t item_size);

/* While no thread pushes; may be NULL. */
void mpcc__ingress_free(struct mpcc__ingress *ingress, const struct mpcc__source *source);

/* -- A push -------------------------------------------------------------------------------- */

/* The calling thread's ring, with room for a record. NULL when memory is refused. */
struct mpcc__ring *mpcc__ingress_ring(struct mpcc__ingress *ingress,
                                      const struct mpcc__source *source, uintptr_t thread);

/* Draw numbers for ${count} items, for which there is room, and write their records, which are then
 * to be published. The word that the numbers were drawn from: if it is marked as closed, there is
 * nothing to be published. */
static inline uint64_t mpcc__ingress_claim(struct mpcc__ingress *ingress, struct mpcc__ring *ring,
                                           uint32_t slot, const unsigned char *items,
                                           uint32_t count)
{
  uint64_t tail = mpcc__ring_tail(ring), word;
  size_t size = ring->stride - sizeof(struct mpcc__ingress_record);

  for (uint32_t i = 0; i < count; i++) {
    unsigned char *record = mpcc__ring_at(ring, tail + i);

    mpcc__prefetch_to_own(record + MPCC__RINGS_AHEAD);
    mpcc__item_copy_usual(record + sizeof(struct mpcc__ingress_record), items + i * size, size);
  }
  /* pairs ingress.claims: what was published before; and why it was closed, if so. */
  word = atomic_fetch_add_explicit(&ingress->claims, (uint64_t)count * MPCC__INGRESS_ONE,
                                   memory_order_acq_rel);
  for (uint32_t i = 0; i < count; i++) {
    struct mpcc__ingress_record record = {word / MPCC__INGRESS_ONE + i, slot, ring->stamp_ms};

    memcpy(mpcc__ring_at(ring, tail + i), &record, sizeof record);
  }
  return word;
}

/* -- Who empties: one thread at a time --------------------------------------------------------- */

/* How many numbers were drawn: records of those are taken that are published. */
uint64_t mpcc__ingress_bound(struct mpcc__ingress *ingress);

/* The first of these records, some at most: how many. Their slots and items are in ${slots} and
 * ${items}; in the rings they stay until they are taken. */
size_t mpcc__ingress_look(struct mpcc__ingress *ingress, const struct mpcc__source *source,
                          uint64_t bound);

/* Of these, ${count} from ${begin} on are taken; those before were. */
void mpcc__ingress_took(struct mpcc__ingress *ingress, size_t begin, size_t count);

/* Records of a slot, or of all (UINT32_MAX), that are published and not taken. */
uint64_t mpcc__ingress_count(struct mpcc__ingress *ingress, uint32_t slot);

/* Let pushes call. False if one has a number already, and was not taken: it may not call. */
bool mpcc__ingress_sleep(struct mpcc__ingress *ingress);
void mpcc__ingress_wake(struct mpcc__ingress *ingress);

/* Let pushes in: it is closed. */
void mpcc__ingress_open(struct mpcc__ingress *ingress);

/* Let nothing more in; more than once is once. Whether all pushes that came in have published. */
bool mpcc__ingress_close(struct mpcc__ingress *ingress);

/* The same if all that came in was taken; else false. */
bool mpcc__ingress_close_empty(struct mpcc__ingress *ingress);

#endif
