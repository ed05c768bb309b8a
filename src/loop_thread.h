/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Which thread is the loop's: the one that must not wait for the instance, since it would wait for
 * itself.
 *
 * The library's own thread and a thread inside a step say so themselves. A loop of the user's is
 * known by its first turn; until then it may turn out to be run by the thread that has started
 * the instance.
 */
#ifndef MPCC__LOOP_THREAD_H
#define MPCC__LOOP_THREAD_H

#include "world.h"

/* The calling thread is the one on which callbacks run, from now on. */
void mpcc__loop_thread_set(struct mpcc__world *world);

/* The calling thread starts on a loop of the user's, and may be the one that runs it. */
void mpcc__loop_thread_expect(struct mpcc__world *world);

/* There is none. */
void mpcc__loop_thread_clear(struct mpcc__world *world);

/* Whether the calling thread is the one. */
bool mpcc__loop_thread_is_me(const struct mpcc__world *world);

/* Whether the calling thread may turn out to be the one. */
bool mpcc__loop_thread_may_be_me(const struct mpcc__world *world);

/* For such a thread, before it waits: give the loop up to ${timeout_ms}, and at most a second, to
 * turn on another thread. True if it has not, or has on this one. */
bool mpcc__loop_thread_would_wait_for_me(const struct mpcc__world *world, uint64_t timeout_ms);

#endif
