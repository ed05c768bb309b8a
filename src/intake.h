/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The producers' side of an instance: take room, put the items into the queue (claim.h), give back
 * what was not used, and see to what a refusal entails.
 */
#ifndef MPCC__INTAKE_H
#define MPCC__INTAKE_H

#include "world.h"

/**
 * Push up to ${count} items, in order; any thread. How many were taken, or, if none was, a code:
 * MPCC_ECLOSED, MPCC_EFULL, MPCC_E2BIG, MPCC_ENOMEM.
 */
ptrdiff_t mpcc__intake_push(struct mpcc__world *world, struct mpcc__slot *slot, const void *items,
                            size_t count);

/* Push one item; any thread. 0 or one of the same codes. */
int mpcc__intake_push_one(struct mpcc__world *world, struct mpcc__slot *slot, const void *item);

/* Go on with a push of one item that has room, and whose claim has found ${tail} (quick.h). 0 or
 * one of the same codes. */
int mpcc__intake_push_claimed(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t tail,
                              const void *item);

/* A push of one item was refused, as the slot has no room; or room that was taken is not needed. */
void mpcc__intake_refuse(struct mpcc__world *world, struct mpcc__slot *slot);
void mpcc__intake_give_back(struct mpcc__world *world, struct mpcc__slot *slot);

/* For statistics. */
void mpcc__intake_count_rejected(struct mpcc__slot *slot, uint64_t count);

/* Push one item, waiting for room; any thread but the loop's. */
int mpcc__intake_push_wait(struct mpcc__world *world, struct mpcc__slot *slot, const void *item,
                           uint64_t deadline_ns);

#endif
