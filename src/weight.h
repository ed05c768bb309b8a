/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Weights: how many of the queued items a batch may have, and when a slot weighs enough.
 *
 * The loop weighs the items at the front of a queue until they are a batch; it alone decides.
 * Producers only keep a rough sum of what is queued (slot.load), to know when the loop should
 * look: each item counts for its weight, but at most for WEIGHT_STEP, so that no sum overflows. If
 * the items weigh max_batch_weight or more, the sum is at least the smaller of the two.
 */
#ifndef MPCC__WEIGHT_H
#define MPCC__WEIGHT_H

#include "front.h"

/* Any thread: the first items, up to ${count}, that a batch can carry at all: how many. */
size_t mpcc__weight_carried(const struct mpcc__world *world, const void *items, size_t count);

/* Any thread, inside the gate, when it has published the items: whether the loop must be told. */
bool mpcc__weight_add(struct mpcc__world *world, struct mpcc__slot *slot, const void *items,
                      size_t count);

/* Loop: see what of the front is a batch by its weight. */
void mpcc__weight_look(struct mpcc__world *world, struct mpcc__slot *slot,
                       struct mpcc__front *front);

/* Loop: the front is taken as a batch. */
void mpcc__weight_take(struct mpcc__world *world, struct mpcc__slot *slot);

/* Loop: items are taken from the front that are no batch. */
void mpcc__weight_drop(struct mpcc__world *world, struct mpcc__slot *slot,
                       const unsigned char *items, uint32_t count);

#endif
