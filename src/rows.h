/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Lanes whose rows are segments of the pool; in unbounded instances, if the sizes are apt.
 *
 * When the loop has taken what is in a row, another segment takes its place, and this one goes
 * back to the pool, which keeps it for a while: so a push hardly ever writes lines that the loop
 * has just read, and would have to wait for.
 *
 * Where an instance has one slot, a row that is full is a full batch: it goes into the slot's queue
 * as it is, without a copy, and an item changes processors once, when the pump reads it. That takes
 * rows that begin where batches do. They do not when a part of one was taken because its time had
 * come; then a handle is asked for one shorter row.
 */
#ifndef MPCC__ROWS_H
#define MPCC__ROWS_H

#include "lanes.h"

/* Segments of which a lane is made; 0: it has cells of its own. */
size_t mpcc__rows_count(const struct mpcc__world *world);

/* False if memory was refused. */
bool mpcc__rows_open(struct mpcc__world *world, struct mpcc__row *rows, size_t count);
void mpcc__rows_close(struct mpcc__world *world, const struct mpcc__row *rows, size_t count);

/* -- Under the lanes' lock ------------------------------------------------------------------- */

/* Take ${count} items that stand in one row at the front: how many. Not all if memory was
 * refused. */
size_t mpcc__rows_take(struct mpcc__world *world, struct mpcc_producer *producer, size_t count,
                       uint64_t since_ms);

/* All lanes are empty: nobody was asked for a short row. */
void mpcc__rows_forget(struct mpcc__lanes *lanes);

#endif
