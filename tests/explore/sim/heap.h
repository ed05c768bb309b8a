/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The program's heap: addresses come from one range in the order of the calls, so they are the same
 * in every run, and no address is used twice in one execution, so that each use after free is seen.
 */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void sim_heap_begin(void);

/* Whether an address lies where blocks come from; and: the program may have written there. */
bool sim_heap_holds(uintptr_t at);
void sim_heap_dirty(uintptr_t at, size_t size);

#endif
