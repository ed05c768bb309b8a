/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The finishers' side of an instance: who has a batch answers it, and looks whether it is still
 * wanted. Any thread.
 *
 * The batch is the caller's, so its memory is there, and the core. The instance is there for who
 * gets inside the gate; if the gate is closed, the batch was abandoned, or answered.
 */
#ifndef MPCC__FINISH_H
#define MPCC__FINISH_H

#include "batch.h"
#include "world.h"

/* Inside the gate: answer the hand-over ${id}, and let the loop settle it. 0 or MPCC_EALREADY. */
int mpcc__finish_inside(struct mpcc__world *world, struct mpcc__batch *batch, uint64_t id,
                        int status);

/* Answer the hand-over ${id} of a batch that was abandoned: MPCC_ECLOSED, and its memory may not be
 * touched any more; MPCC_EALREADY if it was not, or was answered. */
int mpcc__finish_late(struct mpcc__batch *batch, uint64_t id);

/* Answer whichever hand-over is under way. */
int mpcc__finish(struct mpcc__batch *batch, int status);

/* Answer the hand-over ${id}, while the instance is there. */
int mpcc__finish_id(struct mpcc__world *world, uint64_t id, int status);

/* Mark an item of a batch as failed. */
int mpcc__finish_mark(struct mpcc__batch *batch, uint32_t index, int status);

/* Whether a batch was cancelled, or will be as soon as the loop comes to it. */
bool mpcc__finish_is_cancelled(const struct mpcc__batch *batch);

#endif
