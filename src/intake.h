/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The producers' side of an instance: take room, claim, copy, publish, and tell the loop.
 *
 * Who tells the loop enters the gate before it publishes, because a loop that has everything
 * may finish, and go away under a late signal. Before the publication it can't finish, so the
 * gate is open.
 */
#ifndef MPCC__INTAKE_H
#define MPCC__INTAKE_H

#include "world.h"

/**
 * Push up to ${count} items, in order; any thread. How many were taken, or, if none was, a code:
 * MPCC_ECLOSED, MPCC_EFULL, MPCC_ENOMEM.
 */
ptrdiff_t mpcc__intake_push(struct mpcc__world *world, struct mpcc__slot *slot, const void *items,
                            size_t count);

/* Push one item; any thread. 0 or one of the same codes. */
int mpcc__intake_push_one(struct mpcc__world *world, struct mpcc__slot *slot, const void *item);

/* Push one item, waiting for room; any thread but the loop's. */
int mpcc__intake_push_wait(struct mpcc__world *world, struct mpcc__slot *slot, const void *item,
                           uint64_t timeout_ms);

/* Make what is queued due; inside the gate. */
void mpcc__intake_flush(struct mpcc__world *world, struct mpcc__slot *slot);

/* Put a slot on the list of those that want service, and signal if that is news; inside the
 * gate. */
void mpcc__intake_signal(struct mpcc__world *world, struct mpcc__slot *slot);

#endif
