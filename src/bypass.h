/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A short way for small batches. What comes due on the stage, and is little, is a batch as it is,
 * if the slot is at rest: nothing in its queue, nothing asked for, a place in flight. So it is made
 * one there and then, in a spare segment, and counts as pushed into the queue. It then stands in
 * a line, before all slots that are to be served: so no batch of its slot comes before it. Where
 * slots are many and get an item or two each, the way through the queue costs more than twice as
 * much.
 *
 * On the loop's thread. What stands in the line counts as queued until its turn comes; then it is
 * dropped, if it was discarded meanwhile.
 */
#ifndef MPCC__BYPASS_H
#define MPCC__BYPASS_H

#include "world.h"

/* Make ${count} items of the slot a batch, which are due since they wait from ${since_ms} on. False
 * if they must go through the queue. */
bool mpcc__bypass(struct mpcc__world *world, uint32_t slot, const unsigned char *items,
                  uint32_t count, uint64_t since_ms);

static inline bool mpcc__bypass_is_empty(const struct mpcc__world *world)
{
  return world->loop.passing_first == NULL;
}

/* Whether the line is as long as may be: more would not be in the cache. A step serves all there
 * is. */
static inline bool mpcc__bypass_is_full(const struct mpcc__world *world)
{
  return world->loop.passing >= MPCC__SPARES && world->outside.clock_ns != NULL;
}

/* Hand over the first one in the line, which is not empty. */
void mpcc__bypass_serve(struct mpcc__world *world);

#endif
