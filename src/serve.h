/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Serving one slot: what is due becomes a batch and goes to the pump, what is done is settled,
 * what is discarded is dropped. The dispatcher says which slot, and when. On the loop's thread.
 */
#ifndef MPCC__SERVE_H
#define MPCC__SERVE_H

#include "world.h"

/* Take one step: true if there may be another one to take in this pass; else the slot's
 * deadline says when to look again, if a signal or a settled batch does not come first. */
bool mpcc__serve_step(struct mpcc__world *world, struct mpcc__slot *slot);

/* An answered batch gets its fate, its memory and its place in the slot are free again. */
void mpcc__serve_settle(struct mpcc__world *world, struct mpcc__batch *batch);

/* Stopping: no more items; what is queued counts as left over. */
void mpcc__serve_close(struct mpcc__world *world, struct mpcc__slot *slot);

/* Discarding: tell the pump about every batch of the slot that it still has. */
void mpcc__serve_cancel(struct mpcc__world *world, struct mpcc__slot *slot);

#endif
