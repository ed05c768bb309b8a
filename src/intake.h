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

/* Push one item, waiting for room; any thread but the loop's. */
int mpcc__intake_push_wait(struct mpcc__world *world, struct mpcc__slot *slot, const void *item,
                           uint64_t deadline_ns);

#endif
