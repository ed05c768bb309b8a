/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What stands at the front of a slot's queue, and taking a batch from there. On the loop's thread.
 *
 * Without weights and discards a batch is a segment, taken as it is. Where items were taken from
 * the front of a segment (offset), a batch is
 *
 *   the rest of it                  a window of the segment;
 *   the rest, and items of the next the rest is moved to the segment's beginning, and the others
 *                                   are copied behind it: no memory is needed;
 *   less than the rest (weights)    copied to a segment of its own; without memory it is a window
 *                                   of this one, and what is behind it waits until it is done.
 *
 * So batches stay full after a cut. Producers tell the loop when they claim a segment's last cell;
 * while there is an offset, a batch fills up in the middle of a segment, and slot.phase says at
 * which cell they must tell it, too.
 */
#ifndef MPCC__FRONT_H
#define MPCC__FRONT_H

#include "world.h"

enum mpcc__front_state {
  MPCC__FRONT_EMPTY,  /* nothing is queued */
  MPCC__FRONT_STUCK,  /* a producer has not published an item yet; ${count} stand before it */
  MPCC__FRONT_GROWS,  /* ${count} items, and room for more in their batch */
  MPCC__FRONT_WHOLE   /* ${count} items that are a batch, as no more can come to them */
};

struct mpcc__front {
  enum mpcc__front_state state;
  enum mpcc__queue_state head; /* what the head is like */
  uint32_t rest;               /* items of the head */
  uint32_t count;              /* of the batch; GROWS: so far */
  bool full;                   /* WHOLE: by number or weight, not because the queue ends */
};

/* The front is soon looked at. */
void mpcc__front_fetch(const struct mpcc__world *world, const struct mpcc__slot *slot);

/* ${wanted}: items that are still in store buffers are brought to the queue if they are missed. */
struct mpcc__front mpcc__front_look(struct mpcc__world *world, struct mpcc__slot *slot,
                                    bool wanted);

/* Published items at the front, up to ${limit}, and where they are. */
uint32_t mpcc__front_items(struct mpcc__world *world, struct mpcc__slot *slot, uint32_t limit,
                           const unsigned char **items);

/* Leave out the first ${count} of these. Their memory may be used again when the segment that is
 * returned, if it is not 0, has been given back. */
uint32_t mpcc__front_skip(struct mpcc__world *world, struct mpcc__slot *slot, uint32_t count);

/* Take a batch of front->count items, all published. NULL if there is no memory to do so before
 * another batch of the slot is done. */
struct mpcc__batch *mpcc__front_take(struct mpcc__world *world, struct mpcc__slot *slot,
                                     const struct mpcc__front *front);

/* Make the queue idle, which is empty. False if an item came meanwhile. */
bool mpcc__front_settle(struct mpcc__world *world, struct mpcc__slot *slot);

/* Seal the head, which is a partial segment, as it is due. */
void mpcc__front_seal(struct mpcc__world *world, struct mpcc__slot *slot, int due);

/* Close the queue: nothing more comes. */
void mpcc__front_close(struct mpcc__world *world, struct mpcc__slot *slot);

/* The time from which the interval of the head counts. */
uint64_t mpcc__front_since_ms(const struct mpcc__world *world, const struct mpcc__slot *slot);

/* Why the head was sealed, or 0. */
int mpcc__front_sealed_for(const struct mpcc__world *world, const struct mpcc__slot *slot);

#endif
