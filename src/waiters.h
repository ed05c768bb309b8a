/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Threads that wait for room in a bounded slot: first come, first served, each woken by
 * itself, without polling. Only threads that really wait, and the loop when somebody does,
 * take the lock.
 *
 * Room that comes back goes to waiters first. The loop looks for waiters before it gives room
 * to all, and once more after: a thread that began to wait in between either found the room or is
 * found (slot.room). No user code runs under the lock.
 */
#ifndef MPCC__WAITERS_H
#define MPCC__WAITERS_H

#include "slot.h"
#include "world.h"

struct mpcc__waiters;

/* 0 or a code of the library. */
int mpcc__waiters_open(struct mpcc__waiters **waiters, const struct mpcc__source *source);
void mpcc__waiters_close(struct mpcc__waiters *waiters, const struct mpcc__source *source);

/* Take one place in ${slot} if there is one, and nobody waits for it. */
bool mpcc__waiters_try_room(struct mpcc__slot *slot);

/**
 * Take one place in ${slot}, waiting for it. 0: the caller holds it, and must push or give it
 * back. Else MPCC_ETIMEDOUT, MPCC_ECLOSED when the world is closed, or MPCC_ENOMEM.
 */
int mpcc__waiters_wait_for_room(struct mpcc__world *world, struct mpcc__slot *slot,
                                uint64_t timeout_ms);

/* Loop, or a pusher that gives back what it could not use: ${count} places are free again. */
void mpcc__waiters_give_room(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t count);

/* The world has been closed: let every waiter see it. */
void mpcc__waiters_wake_all(struct mpcc__world *world);

#endif
