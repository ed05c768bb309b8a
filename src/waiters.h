/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Threads that wait, each on its own condition, without polling: for room in a bounded slot, for
 * memory in a rationed instance, for the fate of what was pushed. Only threads that really wait,
 * and the loop when somebody does, take a lock; no user code runs under it.
 *
 * Room: first come, first served in each slot. Room that comes back is handed to waiters first. The
 * loop looks for waiters before it gives room to all, and once more after: a thread that began
 * to wait in between either found the room or is found (slot.room).
 *
 * Memory: one line for the instance, since one segment serves whichever slot. Only the thread at
 * its head tries to push; it leaves when it has, and lets the next one try. While a thread waits
 * in a slot for either, other pushes into that slot are refused.
 *
 * Waiters are kept in a few lines by slot, so that slots seldom meet.
 */
#ifndef MPCC__WAITERS_H
#define MPCC__WAITERS_H

#include "world.h"

struct mpcc__waiters;

/* 0 or a code of the library. */
int mpcc__waiters_open(struct mpcc__waiters **waiters, const struct mpcc__source *source);
void mpcc__waiters_close(struct mpcc__waiters *waiters, const struct mpcc__source *source);

/* Whether somebody waits in ${slot} to push. */
bool mpcc__waiters_any(const struct mpcc__slot *slot);

/* Take one place in ${slot} if there is one, and nobody waits for it. */
bool mpcc__waiters_try_room(struct mpcc__slot *slot);

/**
 * Take one place in ${slot}, waiting for it. 0: the caller holds it, and must push or give it
 * back. Else MPCC_ETIMEDOUT, MPCC_ECLOSED when the world is closed, or MPCC_ENOMEM.
 */
int mpcc__waiters_wait_for_room(struct mpcc__world *world, struct mpcc__slot *slot,
                                uint64_t deadline_ns);

/* Loop, or a pusher that gives back what it could not use: ${count} places are free again. */
void mpcc__waiters_give_room(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t count);

/**
 * Call ${attempt} until it answers something else than MPCC_EFULL: when this thread is at the
 * head of the line, and each time that memory has come back. Its answer, or MPCC_ETIMEDOUT,
 * MPCC_ECLOSED, MPCC_ENOMEM.
 */
int mpcc__waiters_wait_for_memory(struct mpcc__world *world, struct mpcc__slot *slot,
                                  int (*attempt)(void *arg), void *arg, uint64_t deadline_ns);

/* A segment has come back, and somebody waits for one. */
void mpcc__waiters_feed(struct mpcc__world *world);

/* Wait until slot->fated has reached ${ticket}: 0, MPCC_ETIMEDOUT or MPCC_ENOMEM. */
int mpcc__waiters_wait_for_fate(struct mpcc__world *world, struct mpcc__slot *slot,
                                uint64_t ticket, uint64_t deadline_ns);

/* The loop: all items of the slot before this ticket have their fate. */
void mpcc__waiters_tell_fate(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t ticket);

/* The world has been closed: let every waiter see it. */
void mpcc__waiters_wake_all(struct mpcc__world *world);

#endif
