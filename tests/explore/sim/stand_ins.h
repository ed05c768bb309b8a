/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * libuv and the system, as far as the library uses them: locks, conditions, threads, loops with
 * async, timer and idle handles, and a clock. Under libuv's names; nothing of libuv is linked.
 */
#ifndef SIM_STAND_INS_H
#define SIM_STAND_INS_H

#include <stdbool.h>

void sim_locks_begin(void);
void sim_loops_begin(void);
void sim_system_begin(void);

/* Whether the system has a barrier of all threads (membarrier). It has at first. */
void sim_offer_barrier(bool offer);

#endif
