/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a batch that was answered, and of items that will not be handed over: delivered,
 * tried again, split, dropped, abandoned. On the loop's thread.
 *
 *   done with 0     what is not marked is delivered; what is marked has failed
 *   failed          discarded: dropped for its status
 *                   tries are left: waits, then is handed over again
 *                   isolate_failures: its first half is handed over, at once
 *                   else: dropped for its status
 *   and then        the next part, if the batch was split; else its memory and its place are free
 *
 * A batch that waits keeps its place in the slot's concurrency, and its memory.
 */
#ifndef MPCC__OUTCOME_H
#define MPCC__OUTCOME_H

#include "batch.h"
#include "world.h"

/* An answered batch gets what it has come to. */
void mpcc__outcome_settle(struct mpcc__world *world, struct mpcc__batch *batch);

/* A batch that nobody has, as it waits, is discarded: what is left of it is dropped. */
void mpcc__outcome_drop(struct mpcc__world *world, struct mpcc__batch *batch);

/* Whether it was discarded, also if the loop has not obeyed that yet: then there is no other
 * try. */
bool mpcc__outcome_is_condemned(const struct mpcc__world *world, const struct mpcc__batch *batch);

/* A batch that somebody has is discarded: what stands behind its part is dropped. */
void mpcc__outcome_condemn(struct mpcc__world *world, struct mpcc__batch *batch);

/* It is left to who has it, if nobody has answered. */
void mpcc__outcome_abandon(struct mpcc__world *world, struct mpcc__batch *batch);

/* Show ${count} items, which no batch had, to on_drop. */
void mpcc__outcome_drop_items(struct mpcc__world *world, struct mpcc__slot *slot,
                              const unsigned char *items, uint32_t count, uint64_t waited_ms);

/* A batch takes its place in the slot; and is counted, before it is handed over first. */
void mpcc__outcome_enter(struct mpcc__world *world, struct mpcc__batch *batch);
void mpcc__outcome_count(struct mpcc__world *world, const struct mpcc__batch *batch);

/* Everything in the slot up to where this is known has its fate: let who waits for it go. */
void mpcc__outcome_tell(struct mpcc__world *world, struct mpcc__slot *slot);

#endif
