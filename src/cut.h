/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Cuts: what was pushed into a slot before the call is flushed, or discarded. Any thread, inside
 * the gate.
 *
 * A cut is a ticket (queue.h), the number of items ever pushed: exact at one moment of the call.
 * The loop compares it with what it has taken.
 */
#ifndef MPCC__CUT_H
#define MPCC__CUT_H

#include "world.h"

/* Make what is queued due. */
void mpcc__cut_flush(struct mpcc__world *world, struct mpcc__slot *slot);

/* The same, on the loop, which sees to it that the slot is served, if that is news. */
bool mpcc__cut_mark(struct mpcc__world *world, struct mpcc__slot *slot);

/* Flush, and wait until what is before this ticket has its fate: 0, MPCC_ETIMEDOUT or
 * MPCC_ENOMEM. */
int mpcc__cut_flush_wait(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t ticket,
                         uint64_t deadline_ns);

/* Have it dropped or cancelled. */
void mpcc__cut_discard(struct mpcc__world *world, struct mpcc__slot *slot);

#endif
