/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Where segments come from and where they go back to: take from any thread, give from any
 * thread, lock-free.
 *
 * Free segments wait in a first-in first-out queue (Michael and Scott, "Simple, Fast, and
 * Practical Non-Blocking and Blocking Concurrent Queue Algorithms", PODC 1996), with numbers and
 * 32-bit tags in place of pointers and counters. Its nodes are embedded in the segments; a
 * node changes hands when a value is taken, so a segment remembers which node it goes back with.
 *
 * Where segments are many, their nodes are far away: a take fetches what the next one needs.
 *
 * First in, first out, and only behind a distance of other free segments: memory that was just
 * read on one core is not written on another while it is still in the first one's cache. Before
 * the distance is reached, memory that was never used is preferred.
 *
 * A bounded pool has all its memory from the start. An unbounded one grows by slabs, which it
 * keeps until it is closed; it may be given a limit.
 *
 * Segments may outlive the pool: see slabs.h.
 *
 * Orderings:
 *
 *   pool.link  give links a node behind the last one (release); take and give follow the link
 *              (acquire). Carries the node's value and its own empty link.
 *   pool.ends  take and give move head and tail (release) and read them (acquire). Keeps tail
 *              from being seen behind head, and carries what the giver did to the segment.
 */
#ifndef MPCC__POOL_H
#define MPCC__POOL_H

#include "segment.h"
#include "slabs.h"

struct mpcc__pool {
  struct mpcc__shelf shelf;
  struct mpcc__source source;
  uint32_t limit;      /* the highest number */
  uint32_t added;      /* bounded: segments beyond what was planned */
  uint32_t distance;   /* free segments to keep before one is used again */
  _Alignas(MPCC__LINE) _Atomic uint64_t head;
  _Alignas(MPCC__LINE) _Atomic uint64_t tail;
  _Alignas(MPCC__LINE) _Atomic uint32_t fresh; /* the next number that was never taken */
  struct mpcc__node dummy;     /* node 0 */
};

/**
 * Lay out and, with a ${limit}, reserve the memory of that many segments; 0 is unbounded.
 * False when memory is refused or the sizes fit no address space. What the pool has not written of
 * the MPCC__SEGMENT_HEAD bytes at the beginning of a segment is zero until a holder writes it, and
 * then left alone.
 */
bool mpcc__pool_open(struct mpcc__pool *pool, const struct mpcc__source *source, size_t item_size,
                     uint32_t cap, uint32_t limit);

/* Unbounded: never more than ${limit} segments. Before the first is taken. */
void mpcc__pool_limit(struct mpcc__pool *pool, uint32_t limit);

/* Bounded: see that there are at least ${count} segments more than planned, with numbers up to
 * ${highest}, while nobody takes one. False when memory is refused. */
bool mpcc__pool_add(struct mpcc__pool *pool, uint32_t count, uint32_t highest);

/* Frees every slab that nobody else holds. */
void mpcc__pool_close(struct mpcc__pool *pool);

/* Any thread. 0 if there is none: memory is refused, or every segment is in somebody's hands. */
uint32_t mpcc__pool_take(struct mpcc__pool *pool);

/* Any thread, once per take. The ready bytes are cleared here; by give_back they are clear. */
void mpcc__pool_give(struct mpcc__pool *pool, uint32_t number);
void mpcc__pool_give_back(struct mpcc__pool *pool, uint32_t number);

/* Who holds the segment: it is soon given. */
void mpcc__pool_fetch(struct mpcc__pool *pool, uint32_t number);

/* Any thread. Free segments: how often tail was moved, less how often head was. Wrong by the calls
 * under way. */
uint32_t mpcc__pool_free(const struct mpcc__pool *pool);

/* Any thread. Whether no more memory may be asked for: the limit is reached. */
bool mpcc__pool_grown(const struct mpcc__pool *pool);

/* Any thread. Whether a take would find nothing for that reason; a hint. */
bool mpcc__pool_spent(const struct mpcc__pool *pool);

static inline struct mpcc__slabs mpcc__pool_slabs(const struct mpcc__pool *pool)
{
  struct mpcc__slabs slabs = {pool->source, pool->shelf.slab_mask, pool->shelf.stride};

  return slabs;
}

/* Any thread. Whether ${number}, whatever it is, may be looked up. */
bool mpcc__pool_has(const struct mpcc__pool *pool, uint32_t number);

/* Bytes that a segment takes; 0 if no size_t holds them. */
size_t mpcc__pool_stride(size_t item_size, uint32_t cap);

#endif
