/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Pushing items of many slots at once: those of one slot together, so that its queue is touched
 * once for all of them; and slots are fetched into the cache before it is their turn. One thread at
 * a time. (A counting sort, with a hash table of the slots met.)
 */
#ifndef MPCC__SORTER_H
#define MPCC__SORTER_H

#include "claim.h"

struct mpcc__sorter;

/* NULL when memory is refused. Freed by source->free. */
struct mpcc__sorter *mpcc__sorter_new(const struct mpcc__source *source, size_t item_size);

/**
 * Push ${count} items, the i-th into slots[i], for which there is room, as of ${since_ms} by the
 * instance's clock; inside the gate, or on the loop. Who calls sees to it that the loop looks at
 * its ready list. How many were pushed: if memory was refused, not all, and the others are then the
 * last of the two arrays, those of one slot still in their order.
 */
size_t mpcc__sorter_deal(struct mpcc__sorter *sorter, struct mpcc__world *world,
                         unsigned char *items, uint32_t *slots, size_t count, uint64_t since_ms);

#endif
