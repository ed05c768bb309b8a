/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The heart: forms batches that are due, calls the pump, settles what is done, drains, drops.
 *
 * It knows no loop and asks no clock when it decides: a driver tells it the time, and it answers
 * with when it wants to run next. (The clock is read only to measure how long pumps take.)
 *
 * A pass:  consume the event -> a new stop mode? -> settle what is done -> empty producer handles
 * -> gather the slots that signalled or whose deadline has passed -> visit them in turn, a few
 * batches each -> finished?
 * What callbacks finish is settled in the same pass, so that a slot goes on as soon as it may, and
 * a stop that they ask for is obeyed before the next batch. What they push makes nothing due in
 * it: each slot is served up to the ticket (cut) it had when it was gathered; but an item may ride
 * along in a batch of its slot that is due anyway.
 *
 * A slot is looked at because it signalled, because its deadline passed, or because one of its
 * batches was settled; never because others were. Its deadline is, of what applies:
 *   - the oldest partial segment's time plus the interval, while concurrency is left;
 *   - a moment from now, if a producer was caught between claim and publication;
 *   - a short while from now, if its last segment was taken full and no item has followed: only
 *     then is the queue made idle, so that a slot under load is not woken twice per batch.
 * Batches have deadlines of their own: when to try again, and when they take too long. One of
 * these is served for each slot that is visited.
 *
 * Finished is an instance that has nothing queued, no batch in flight, no worker in a pump and
 * nobody inside the gate. Abandoning makes the second and the third true.
 */
#ifndef MPCC__DISPATCHER_H
#define MPCC__DISPATCHER_H

#include "world.h"

#define MPCC__NO_BUDGET UINT32_MAX

/* On the loop's thread, or while there is none. */
void mpcc__dispatcher_start(struct mpcc__world *world, mpcc_pump_cb pump, void *state,
                            uint64_t now_ms);

/* One pass; about ${budget} batches at most. */
void mpcc__dispatcher_pass(struct mpcc__world *world, uint64_t now_ms, uint32_t budget);

/* When the next pass is wanted: the time of the last one if at once, MPCC__NO_DEADLINE if only on a
 * signal. */
uint64_t mpcc__dispatcher_next_ms(const struct mpcc__world *world);

/* Whether the event may be put to sleep: it is, unless it was signalled meanwhile. */
bool mpcc__dispatcher_sleep(struct mpcc__world *world);

/* Everything that was accepted has its fate, and the gate is closed: nobody will signal. */
bool mpcc__dispatcher_finished(const struct mpcc__world *world);

/* Take every slot back to accepting; before the start that follows a stop. */
void mpcc__dispatcher_reopen(struct mpcc__world *world);

/* Whether nothing is queued, and no handle open. */
bool mpcc__dispatcher_empty(const struct mpcc__world *world);

/* Before there was a loop: close every slot, if all are empty; else none. */
bool mpcc__dispatcher_close_empty(struct mpcc__world *world);

/* While there is no loop: carry out the stop that was asked for, on the calling thread. */
void mpcc__dispatcher_finish_idle(struct mpcc__world *world);

#endif
