/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Handing a batch over to the pump, here or on a worker; again, when it has waited for that; and
 * asking for it back. On the loop's thread.
 */
#ifndef MPCC__HAND_OVER_H
#define MPCC__HAND_OVER_H

#include "batch.h"
#include "world.h"

/* To the pump, which may have answered when this returns. */
void mpcc__hand_over(struct mpcc__world *world, struct mpcc__batch *batch);

/* A batch whose deadline has passed: it has waited for its next try, or is taking too long. */
void mpcc__hand_over_deadline(struct mpcc__world *world, struct mpcc__batch *batch);

/* Tell who has it that it is not wanted any more, once per hand-over. False if nobody has it, or it
 * was told before. */
bool mpcc__hand_over_cancel(struct mpcc__world *world, struct mpcc__batch *batch);

#endif
