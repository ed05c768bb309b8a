/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What outlives an instance whose batches were abandoned: two gates, and how to give memory back.
 * Each such batch, each worker thread and the instance itself refer to it; the last one frees it.
 *
 *   gate   callers that may signal the loop, or look at the instance, while it runs (gate.h)
 *   home   late answers that give their segment back to the pool; open from create to destroy
 *
 * Orderings:
 *
 *   core.out   who comes back (release) has given its memory back to who counts (acquire).
 *   core.refs  who lets go (acq_rel) sees, if it is the last, what the others did.
 */
#ifndef MPCC__CORE_H
#define MPCC__CORE_H

#include "gate.h"
#include "pool.h"

struct mpcc__world;

struct mpcc__core {
  struct mpcc__world *world; /* for who is inside the gate */
  struct mpcc__pool *pool;   /* for who is inside home */
  struct mpcc__slabs slabs;  /* for who is not */
  _Atomic uint32_t refs;
  _Atomic uint32_t out; /* batches abandoned that have not come back */
  _Alignas(MPCC__LINE) struct mpcc__gate gate;
  _Alignas(MPCC__LINE) struct mpcc__gate home;
};

/* With one reference, or NULL when memory is refused. The pool is open. */
struct mpcc__core *mpcc__core_new(struct mpcc__world *world, struct mpcc__pool *pool);

void mpcc__core_refer(struct mpcc__core *core);
void mpcc__core_let_go(struct mpcc__core *core);

/* How many batches that were abandoned have not come back. */
uint32_t mpcc__core_out(const struct mpcc__core *core);

/* Destroying: from here on nobody gives anything back to the pool. */
void mpcc__core_leave_home(struct mpcc__core *core, void (*yield)(void));

/* The loop: the memory of ${segment} is in somebody's hands who may come late, or never. */
void mpcc__core_abandon(struct mpcc__core *core, struct mpcc__segment *segment);

/* The loop: it is not, after all. */
void mpcc__core_keep(struct mpcc__core *core, struct mpcc__segment *segment);

/* Any thread: he has come. Neither the segment nor the core may be touched any more. */
void mpcc__core_take_back(struct mpcc__core *core, struct mpcc__segment *segment);

#endif
