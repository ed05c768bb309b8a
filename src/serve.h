/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Serving one slot: what is due becomes a batch and goes to the pump, what is discarded is
 * dropped. The dispatcher says which slot, and when. On the loop's thread.
 */
#ifndef MPCC__SERVE_H
#define MPCC__SERVE_H

#include "world.h"

/* Take one step: true if there may be another one to take in this pass; else the slot's
 * deadline says when to look again, if a signal or a settled batch does not come first. */
bool mpcc__serve_step(struct mpcc__world *world, struct mpcc__slot *slot);

/* Stopping: no more items; what is queued counts as left over. */
void mpcc__serve_close(struct mpcc__world *world, struct mpcc__slot *slot);

/* Discarding what was pushed before this ticket: drop batches that nobody has, and tell the
 * pump about the others. */
void mpcc__serve_condemn(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t discard_to);

/* Abandoning: leave to the pump what it has. */
void mpcc__serve_abandon(struct mpcc__world *world, struct mpcc__slot *slot);

#endif
