/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A lock-free list that any thread adds to and the loop empties at one stroke (a Treiber stack
 * whose only take is "all": R. K. Treiber, "Systems Programming: Coping with Parallelism",
 * IBM RJ 5118, 1986; without a single-node pop there is no ABA). Slots that want service and
 * batches that are done travel on such lists.
 *
 * A node is on at most one list, once: its flag is set by whoever puts it and cleared by the
 * loop before it looks at what the node stands for. So a put that finds the flag set may rely on
 * a look that is still to come.
 *
 * Orderings:
 *
 *   ready.queued  put exchanges the flag (acq_rel), the loop exchanges it back (acq_rel). Carries
 *                 what the putter did before to the look that follows.
 *   ready.list    put swaps itself in (release), the loop takes the list (acquire). Carries the
 *                 nodes' links.
 */
#ifndef MPCC__READY_H
#define MPCC__READY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct mpcc__ready_node {
  struct mpcc__ready_node *next; /* the putter's until the node is on the list, then the loop's */
  atomic_bool queued;
};

struct mpcc__ready {
  _Atomic(struct mpcc__ready_node *) newest;
};

void mpcc__ready_init(struct mpcc__ready *ready);
void mpcc__ready_node_init(struct mpcc__ready_node *node);

/* Any thread. False if the node is on the list already. */
bool mpcc__ready_put(struct mpcc__ready *ready, struct mpcc__ready_node *node);

/* The loop. All nodes, oldest first, linked by next; their flags are still set. */
struct mpcc__ready_node *mpcc__ready_take(struct mpcc__ready *ready);

/* The loop, before it looks at what the node stands for; *node may be put again from here on. */
void mpcc__ready_clear(struct mpcc__ready_node *node);

/* Whether a take would find something now; a hint for who does not own the list. */
bool mpcc__ready_any(const struct mpcc__ready *ready);

#endif
