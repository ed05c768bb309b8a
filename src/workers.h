/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The instance's own threads for pumps that block (MPCC_PUMP_ON_WORKER). libuv's shared pool would
 * not do: it can't be left while a job hangs.
 *
 * One lock and one line of jobs; the lock is not held while the pump runs. A worker that comes back
 * from its pump answers under the lock, and then the loop is told. An instance that is abandoned
 * leaves workers behind that are still in their pump: each is told so under the lock, and never
 * touches the instance again. So the workers' own memory and the core are counted, and go with the
 * last thread.
 */
#ifndef MPCC__WORKERS_H
#define MPCC__WORKERS_H

#include "batch.h"
#include "world.h"

/* Have the memory for a start: 0 or MPCC_ENOMEM. */
int mpcc__workers_open(struct mpcc__world *world);

/* Start the threads, while there is no loop: 0, MPCC_ENOMEM, or MPCC_ESYSTEM, and then there are
 * none. */
int mpcc__workers_start(struct mpcc__world *world);

/* Loop: a batch in flight, for the next worker that is free. */
void mpcc__workers_submit(struct mpcc__world *world, struct mpcc__batch *batch);

/* Loop: take it back, if no worker has begun with it; then it is not in flight. */
bool mpcc__workers_withdraw(struct mpcc__world *world, struct mpcc__batch *batch);

/* Loop: whether no worker is in a pump. */
bool mpcc__workers_quiet(struct mpcc__world *world);

/* Loop: who is in a pump is on his own from here on. What is in flight was abandoned before. */
void mpcc__workers_leave(struct mpcc__world *world);

/* Loop, or while there is none: let the threads go, and wait for those that were not left behind,
 * none of which is in a pump. */
void mpcc__workers_stop(struct mpcc__world *world);

/* The world is closed, and the threads have been let go. */
void mpcc__workers_close(struct mpcc__world *world);

#endif
