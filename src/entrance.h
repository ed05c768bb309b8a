/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Pushing by way of the ingress (ingress.h), and bringing what is in there to the stage (stage.h).
 *
 * The loop opens it when it has seen that much comes out of many slots, and little out of each
 * (stores.h), in unbounded instances without weights, for items of a usual size, if slots are so many
 * that they are in no cache, and what is on the stage leaves it soon (front.c). While it is open all
 * pushes but those through handles go there; what is pushed directly was begun before. It is closed
 * when a look finds that little has come for a while: a push that finds it empty calls the loop, as
 * it can't know that its slot is being waited for anyway.
 *
 * Who needs to know what is queued has it emptied first, as if it were one more lane (lanes.h); and
 * the loop looks into it as into a lane.
 */
#ifndef MPCC__ENTRANCE_H
#define MPCC__ENTRANCE_H

#include "ingress.h"
#include "lanes.h"

/* Whether pushes go there. */
static inline bool mpcc__entrance_is_open(const struct mpcc__world *world)
{
  return world->ingress != NULL && world->ingress->open;
}

static inline bool mpcc__entrance_is_for(unsigned detour)
{
  return (detour & (MPCC__DETOUR_SCATTERED | MPCC__DETOUR_CLOSED)) == MPCC__DETOUR_SCATTERED;
}

/* Any thread, while pushes go there. How many were put, and *err why not all: MPCC_ENOMEM; or 0, as
 * it has closed: pushes go another way, or nowhere. */
size_t mpcc__entrance_push(struct mpcc__world *world, uint32_t slot, const void *items,
                           size_t count, int *err);

/* -- Under the lanes' lock ------------------------------------------------------------------- */

/* Bring all that was pushed to the stage. False if memory was refused. */
bool mpcc__entrance_empty(struct mpcc__world *world, uint64_t now_ms);

/* What is in it for one slot, or MPCC_ALL_SLOTS. */
uint64_t mpcc__entrance_held(const struct mpcc__world *world, uint32_t slot);

/* -- The loop -------------------------------------------------------------------------------- */

/* Open it. It is not if memory is refused. */
void mpcc__entrance_open(struct mpcc__world *world);

/* Under the lock: look into it; ${at_once}: whoever is there is not to wait for another look. After
 * how long to look again; MPCC__NO_DEADLINE: when it calls. */
uint64_t mpcc__entrance_look(struct mpcc__world *world, uint64_t now_ms, bool at_once);

/* Under the lock: close it, if it is time, and nothing is in it. */
void mpcc__entrance_rest(struct mpcc__world *world);

/* Under the lock: let nothing more in. Whether all that came in can be seen. */
bool mpcc__entrance_close(struct mpcc__world *world);

/* Under the lock, when it was closed: some of its records are the caller's to drop: how many, all
 * for *slot, and where. */
uint32_t mpcc__entrance_drop(struct mpcc__world *world, uint32_t *slot,
                             const unsigned char **items);

#endif
