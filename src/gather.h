/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The line of slots that a pass visits: those that signalled, or whose time has come. On the loop's
 * thread.
 *
 * Where slots are many, all that is to be looked at is cold memory. So slots are fetched into the
 * cache a while before their turn, and then what is at their front, which takes the slot to find.
 */
#ifndef MPCC__GATHER_H
#define MPCC__GATHER_H

#include "world.h"

/* Gather a slot for this pass, which serves it up to what is in it the first time. */
void mpcc__gather(struct mpcc__world *world, struct mpcc__slot *slot);

/* Those that are on world.ready; and those whose deadline has passed. */
void mpcc__gather_ready(struct mpcc__world *world);
void mpcc__gather_expired(struct mpcc__world *world);

/* The first one in the line, which is not empty. */
struct mpcc__slot *mpcc__gather_next(struct mpcc__world *world);

/* It is not done: to the end of the line, where it does not stand yet. */
void mpcc__gather_again(struct mpcc__world *world, struct mpcc__slot *slot);

#endif
