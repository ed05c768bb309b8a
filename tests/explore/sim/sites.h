/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The places in the program where atomic operations are, by the address that each call of one
 * returns to: which of them were reached, and orders that are to be weakened at some. So a mutant
 * needs no compiler: it is the same program, told to take this acquire for a relaxed.
 */
#ifndef SIM_SITES_H
#define SIM_SITES_H

#include <stdbool.h>

#include "model.h"

/* "ADDRESS,ADDRESS...:s:ORDER": what to weaken; s the order (of a success), f that of a failure.
 * False if it can't be read. */
bool sim_weaken(const char *text);

/* Note which places are reached, from now on; and print them. */
void sim_sites_note(bool on);
void sim_sites_print(void);

/* At ${caller} this order stands (the second: for a failure): what is it today? */
enum sim_order sim_order_at(const void *caller, enum sim_order order, bool failure);

const char *sim_order_name(enum sim_order order);

#endif
