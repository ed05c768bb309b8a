/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Threads of an execution are fibers: they all run on one thread of the system, one at a time, and
 * change only where the scheduler says so. A fiber is used again by later executions.
 */
#ifndef SIM_FIBER_H
#define SIM_FIBER_H

#include <stdbool.h>
#include <stdint.h>

struct sim_fiber;

/* Who calls becomes a fiber, too: the one that all others end in. */
struct sim_fiber *sim_fiber_main(void);

/* One that will call  each time it is entered after that returned. NULL: no memory. */
struct sim_fiber *sim_fiber_new(void (*run)(void *arg), void *arg);

/* Leave the fiber that runs, until somebody switches to it again. */
void sim_fiber_switch(struct sim_fiber *to);

/* It was left in the middle of a run: let it begin anew. */
void sim_fiber_reset(struct sim_fiber *fiber);

/* Whether this address is on its stack. */
bool sim_fiber_holds(const struct sim_fiber *fiber, uintptr_t address);

#endif
