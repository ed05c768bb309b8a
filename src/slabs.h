/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Slabs, which segments may keep after the pool is gone: who abandons a segment holds its slab, and
 * the last one to let go of it frees it. Each counts its holders, the pool among them, in its first
 * segment.
 *
 * Orderings:
 *
 *   slabs.holders  who lets go (acq_rel) sees, if it is the last, what the others did.
 */
#ifndef MPCC__SLABS_H
#define MPCC__SLABS_H

#include "segment.h"

/* What is needed to let go of a slab when there is no pool any more. */
struct mpcc__slabs {
  struct mpcc__source source;
  uint32_t mask; /* of segments in a slab */
  size_t stride;
};

static inline struct mpcc__segment *mpcc__slab_first(const struct mpcc__slabs *slabs,
                                                     struct mpcc__segment *segment)
{
  void *first = (unsigned char *)segment - ((segment->number - 1) & slabs->mask) * slabs->stride;

  return (struct mpcc__segment *)first;
}

/* Who has a segment keeps its slab. */
static inline void mpcc__slab_hold(const struct mpcc__slabs *slabs, struct mpcc__segment *segment)
{
  /* pairs slabs.holders: relaxed, as who holds more has it already. */
  atomic_fetch_add_explicit(&mpcc__slab_first(slabs, segment)->holders, 1, memory_order_relaxed);
}

/* Let go of the slab whose first segment this is. */
static inline void mpcc__slab_leave(const struct mpcc__source *source,
                                    struct mpcc__segment *first)
{
  /* pairs slabs.holders: the last one frees what nobody touches any more. */
  if (atomic_fetch_sub_explicit(&first->holders, 1, memory_order_acq_rel) == 1)
    mpcc__aligned_free(source, first);
}

static inline void mpcc__slab_let_go(const struct mpcc__slabs *slabs,
                                     struct mpcc__segment *segment)
{
  mpcc__slab_leave(&slabs->source, mpcc__slab_first(slabs, segment));
}

#endif
