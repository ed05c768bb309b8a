/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Segments for the rooms above the queue, and who is told when there are some again: with
 * options.max_memory a push may be refused because the instance has no more, although its slot
 * has room.
 *
 * Threads in push_wait come first, the longest waiting one of all slots at the head; while there is
 * one, other pushes that need a segment are refused (see waiters.h). Slots that want on_room are
 * on a list which the loop goes through at the end of a pass.
 *
 * And the loop's spare segments, for small batches (bypass.h). They are nobody else's, so where
 * memory is refused the loop is told, gives them back in its next pass, and keeps none for a while.
 */
#ifndef MPCC__MEMORY_H
#define MPCC__MEMORY_H

#include "world.h"

enum { MPCC__MEMORY_MS = 10 }; /* the loop looks for memory again */

/* Any thread, inside the gate or on the loop: give a segment back; 0 is none. */
void mpcc__memory_give(struct mpcc__world *world, uint32_t number);

/* The loop: a segment for a small batch, or 0; and give one back, in which no ready byte behind
 * ${sealed} is set. */
uint32_t mpcc__memory_take_spare(struct mpcc__world *world);
void mpcc__memory_give_spare(struct mpcc__world *world, uint32_t number);

/* The loop: give back all spare segments, and keep none for a while, if somebody wants them. */
void mpcc__memory_share_spares(struct mpcc__world *world);

/* Inside the gate, or the loop: why the pool gave none; MPCC_EFULL or MPCC_ENOMEM. */
int mpcc__memory_refusal(struct mpcc__world *world);

/* Inside the gate: a push into this slot was refused with MPCC_EFULL for want of memory. */
void mpcc__memory_starve(struct mpcc__world *world, struct mpcc__slot *slot);

/* Any thread, inside the gate: a segment came back otherwise. */
void mpcc__memory_came_back(struct mpcc__world *world);

#endif
