/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The driver without a loop: a step is one pass at the time that the caller says.
 *
 * Orderings:
 *
 *   manual.stepping  a step takes it (acquire) and leaves it (release): the next one, on whatever
 *                    thread, sees what this one did.
 */
#ifndef MPCC__MANUAL_H
#define MPCC__MANUAL_H

#include "world.h"

struct mpcc__manual {
  atomic_bool stepping;
};

void mpcc__manual_init(struct mpcc__manual *manual);

/* False if a step is under way. */
bool mpcc__manual_enter(struct mpcc__manual *manual);
void mpcc__manual_leave(struct mpcc__manual *manual);

/* Inside: the pass. When the next one is wanted, if the dispatcher has not finished. */
uint64_t mpcc__manual_pass(struct mpcc__world *world, uint64_t now_ms);

/* Starting, while nobody steps: from here on signals wake the user. */
void mpcc__manual_start(struct mpcc__world *world);

/* The world's wake: the user's on_wake. */
void mpcc__manual_wake(struct mpcc__world *world);

/* Started: ask for a step if something is queued already. */
void mpcc__manual_announce(struct mpcc__world *world);

#endif
