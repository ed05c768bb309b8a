/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One producer's lane: a ring of (slot, item) that one thread fills and one at a time empties. A
 * push is two stores and a publication, and no read-modify-write.
 *
 * Two store-load pairs need a full barrier between store and load, on both sides:
 *
 *   stopping  who pushes says so (begun), then looks whether the instance is closed; who closes it
 *             looks, after that, who is in a push. So no item comes after the last look.
 *   sleeping  who pushes publishes (tail), then looks whether it is to call (call_at); who empties
 *             sets call_at, then looks whether something came.
 *
 * The emptying side is rare and pays for both: it makes every other thread of the process run a
 * barrier (platform.h), and a push needs none of its own. Where the system has no such thing the
 * lane is ${fenced}: then a push publishes by read-modify-writes.
 *
 * Orderings:
 *
 *   lane.tail     a push stores tail (release) when the item is in its place, the emptier loads it
 *                 (acquire). Carries the item. Fenced: a sequentially consistent exchange, against
 *                 lane.call.
 *   lane.head     the emptier stores head (release) when it has copied the items, a push that finds
 *                 no room loads it (acquire): their places may be written again.
 *   lane.begun    a push stores begun before it looks whether the instance is closed, and takes it
 *                 back if it is; who closed it loads it after the barrier. Fenced: sequentially
 *                 consistent, as that look.
 *   lane.call     the emptier stores call_at, then loads tail; a push the other way round. See
 *                 above; fenced: sequentially consistent all. It is obeyed once: who was called
 *                 sets it anew before it relies on it again.
 */
#ifndef MPCC__LANE_H
#define MPCC__LANE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aligned.h"
#include "segment.h"

struct mpcc__lane {
  /* Constant. */
  unsigned char *items;
  uint32_t *slots;
  size_t item_size;
  size_t capacity;
  bool fenced;
  bool usual; /* the size of items: see segment.h */
  bool quick; /* usual, and not fenced */

  /* The producer's. Positions count items since the lane was made; they may come round. */
  _Alignas(MPCC__LINE) _Atomic uint64_t tail; /* behind the last one published */
  _Atomic uint64_t begun; /* behind the one that is being pushed, or tail */
  uint64_t head_seen;
  uint64_t called;        /* the call_at that was obeyed last */
  size_t at;              /* tail, as an index */

  /* The emptier's. */
  _Alignas(MPCC__LINE) _Atomic uint64_t head; /* the oldest item */
  _Atomic uint64_t call_at; /* the push that makes tail this or more calls */
  size_t from;              /* head, as an index */
};

/* Bytes behind the struct for ${capacity} items and their slots; 0 if no size_t holds them. */
size_t mpcc__lane_bytes(size_t item_size, size_t capacity);

/* ${memory} is of that many bytes, on a cache line. */
void mpcc__lane_init(struct mpcc__lane *lane, void *memory, size_t item_size, size_t capacity,
                     bool fenced);

/* -- The producer --------------------------------------------------------------------------- */

/* Positions that are compared are less than half of all apart. */
static inline bool mpcc__lane_is_before(uint64_t one, uint64_t other)
{
  return one - other > UINT64_MAX / 2;
}

static inline uint64_t mpcc__lane_tail(const struct mpcc__lane *lane)
{
  /* relaxed: only this thread writes it. */
  return atomic_load_explicit(&lane->tail, memory_order_relaxed);
}

/* A push begins: what it looks at from here on is not older. */
static inline void mpcc__lane_begin_in(struct mpcc__lane *lane, bool fenced)
{
  uint64_t next = mpcc__lane_tail(lane) + 1;

  if (fenced) {
    /* pairs lane.begun: before the look whether the instance is closed. */
    (void)atomic_exchange_explicit(&lane->begun, next, memory_order_seq_cst);
    return;
  }
  /* pairs lane.begun: relaxed, as the other side makes the barrier between this and that look. */
  atomic_store_explicit(&lane->begun, next, memory_order_relaxed);
  /* pairs lane.begun: only for the compiler, so that it keeps the order. */
  atomic_signal_fence(memory_order_seq_cst);
}

static inline void mpcc__lane_begin(struct mpcc__lane *lane)
{
  mpcc__lane_begin_in(lane, lane->fenced);
}

/* It has put nothing. */
static inline void mpcc__lane_take_back(struct mpcc__lane *lane)
{
  /* relaxed: the push has ended, and has done nothing to be seen. */
  atomic_store_explicit(&lane->begun, mpcc__lane_tail(lane), memory_order_relaxed);
}

static inline bool mpcc__lane_has_room(struct mpcc__lane *lane)
{
  uint64_t tail = mpcc__lane_tail(lane);

  if (tail - lane->head_seen < lane->capacity)
    return true;
  /* pairs lane.head: these places are free. */
  lane->head_seen = atomic_load_explicit(&lane->head, memory_order_acquire);
  return tail - lane->head_seen < lane->capacity;
}

/* An item of an unusual size to its place. */
void mpcc__lane_copy(struct mpcc__lane *lane, const void *item);

/* The item is in its place: publish it. True if the emptier must be called. */
static inline bool mpcc__lane_publish(struct mpcc__lane *lane, bool fenced)
{
  uint64_t next = mpcc__lane_tail(lane) + 1, call_at;

  if (fenced) {
    /* pairs lane.tail: the item is there. */
    (void)atomic_exchange_explicit(&lane->tail, next, memory_order_seq_cst);
  } else {
    /* pairs lane.tail: the item is there. */
    atomic_store_explicit(&lane->tail, next, memory_order_release);
    /* pairs lane.call: only for the compiler; the other side makes the barrier. */
    atomic_signal_fence(memory_order_seq_cst);
  }
  /* pairs lane.call: published, then looked. */
  call_at = atomic_load_explicit(&lane->call_at, memory_order_seq_cst);
  if (mpcc__lane_is_before(next, call_at) || call_at == lane->called)
    return false;
  lane->called = call_at;
  return true;
}

/* Into a lane that has room, when a push has begun. True if the emptier must be called. */
static inline bool mpcc__lane_put_in(struct mpcc__lane *lane, const void *item, uint32_t slot,
                                     bool usual, bool fenced)
{
  size_t at = lane->at, size = lane->item_size;

  if (usual)
    mpcc__item_copy_usual(lane->items + at * size, (const unsigned char *)item, size);
  else
    mpcc__lane_copy(lane, item);
  lane->slots[at] = slot;
  lane->at = at + 1 < lane->capacity ? at + 1 : 0;
  return mpcc__lane_publish(lane, fenced);
}

static inline bool mpcc__lane_put(struct mpcc__lane *lane, const void *item, uint32_t slot)
{
  return mpcc__lane_put_in(lane, item, slot, lane->usual, lane->fenced);
}

/* -- Who empties: one thread at a time ------------------------------------------------------- */

/* Items that can be taken. */
size_t mpcc__lane_count(const struct mpcc__lane *lane);

/* Of these, how many stand in a row at lane->from. */
static inline size_t mpcc__lane_row(const struct mpcc__lane *lane, size_t count)
{
  size_t row = lane->capacity - lane->from;

  return row < count ? row : count;
}

/* The first ${count}, of one row, have been taken. */
void mpcc__lane_took(struct mpcc__lane *lane, size_t count);

/* Be called when there are ${count} items. */
void mpcc__lane_call_at(struct mpcc__lane *lane, size_t count);

/* Whether it was asked to call with the next item. */
bool mpcc__lane_calls_next(const struct mpcc__lane *lane);

/* After a barrier of all threads, and when nobody may push any more: whether nobody is about to. */
bool mpcc__lane_quiet(const struct mpcc__lane *lane);

#endif
