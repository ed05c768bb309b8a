/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The gate counts who is about to signal the loop, so that the loop is not taken away under them.
 * One word: twice the number inside, and a bit for closed.
 *
 * Two ways in. A caller that may come at any time (flush, done, complete) asks with try_enter.
 * A producer that holds a claimed cell which it has not published needs not ask: the loop can't
 * finish without that cell, so the gate is open; it enters *before* it publishes, and leaves
 * after its signal. It enters once per batch, so the gate is not on the way of each push.
 *
 * Orderings:
 *
 *   gate.word  leave (release), close (acq_rel), open (release) and try_enter (acquire), all
 *              read-modify-writes of one word: who closes sees what those who left have done; who
 *              finds it closed sees what was abandoned, and who enters what was made ready before
 *              it opened. An enter that precedes a publication is seen by the loop that has seen
 *              the publication (its release carries it).
 */
#ifndef MPCC__GATE_H
#define MPCC__GATE_H

#include <stdatomic.h>
#include <stdbool.h>

struct mpcc__gate {
  atomic_uint word;
};

void mpcc__gate_init(struct mpcc__gate *gate);

/* Any thread that keeps the gate open by what it holds. */
void mpcc__gate_enter(struct mpcc__gate *gate);

/* Any thread. False if the gate is closed. */
bool mpcc__gate_try_enter(struct mpcc__gate *gate);

/* The last touch of the instance by who entered. */
void mpcc__gate_leave(struct mpcc__gate *gate);

/* False while somebody is inside. */
bool mpcc__gate_try_close(struct mpcc__gate *gate);

void mpcc__gate_open(struct mpcc__gate *gate);

#endif
