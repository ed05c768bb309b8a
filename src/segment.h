/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The unit of memory: a segment. It is a piece of a slot's queue while producers fill it, and
 * the same memory, not a copy of it, is the batch that the pump gets.
 *
 *     segment:  | head (room for a batch's state) | a ready byte per cell | the items |
 *
 * Where the ready bytes begin every push wants to know, so it is no variable.
 *
 * Segments have numbers from 1; 0 means "none". A number fits beside an index into one 64-bit
 * word, and finds its address through the shelf: a table of slabs of equal segments. The memory
 * of a segment stays a segment until the instance is destroyed, so a stale number may be looked
 * up without harm; what it says must then be validated.
 *
 * Orderings (each tag stands in a comment at both of its ends):
 *
 *   segment.slab   the thread that adds a slab stores its address (release); whoever looks a
 *                  number up loads it (acquire). Carries the slab's first contents.
 *   segment.ready  a producer stores a cell's ready byte (release) after copying its item; the
 *                  loop loads it (acquire). Carries the item, and what its producer wrote before.
 */
#ifndef MPCC__SEGMENT_H
#define MPCC__SEGMENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "aligned.h"

/* A link of the pool's list of free segments: see pool.h. */
struct mpcc__node {
  _Atomic uint64_t next;  /* tag and number of the node behind this one */
  _Atomic uint32_t value; /* the segment that this node stands for */
};

struct mpcc__segment {
  /* The queue's: written by installers before they link it, then by the loop. */
  _Atomic uint64_t base;        /* the ticket of cell 0; unset at first (queue.c) */
  _Atomic uint32_t next;        /* the segment behind it, or 0 */
  _Atomic uint32_t prev;        /* the one it was installed behind, or 0 */
  _Atomic uint32_t incarnation; /* counts its lives: changes whenever it leaves the pool; may come
                                   round */
  uint64_t stamp_ms;            /* when it was installed, by the instance's clock; without one:
                                   when the loop has seen it, MPCC__UNSEEN before */
  _Atomic uint64_t older_ms;    /* of an item that is older than that, or MPCC__UNSEEN */
  uint32_t sealed;              /* loop: claimed cells when nothing may follow it, else 0; no ready
                                   byte behind these is set */
  bool spent;                   /* loop: no batch needs its items (any more) */
  atomic_bool shared;           /* another thread than the opener was seen to push into it */
  uintptr_t opener;             /* the thread that has installed it */
  _Atomic uint32_t holders;     /* of the first one in a slab: the pool, and segments abandoned */

  struct mpcc__node node;       /* the pool's; the node of segment k may stand for another */
  uint32_t free_node;           /* whoever holds the segment: the node it goes back with */

  /* Constant once it has left the pool for the first time. */
  uint32_t number;
  uint64_t first_cell;          /* the tail (queue.h) that claims the first one: (number, 0) */
};

enum { MPCC__SEGMENT_HEAD = 6 * MPCC__LINE }; /* bytes before the ready bytes */

#define MPCC__UNSEEN UINT64_MAX

struct mpcc__shelf {
  _Atomic(unsigned char *) *slabs;
  uint32_t slab_shift; /* (number - 1) >> slab_shift is the slab */
  uint32_t slab_mask;
  size_t stride;       /* bytes from one segment to the next */
  size_t items_offset;
  size_t item_size;
  uint32_t cap;        /* cells in a segment */
};

static inline struct mpcc__segment *mpcc__segment_at(const struct mpcc__shelf *shelf,
                                                     uint32_t number)
{
  /* pairs segment.slab: the contents of a slab are there before its address is. */
  unsigned char *slab = atomic_load_explicit(&shelf->slabs[(number - 1) >> shelf->slab_shift],
                                             memory_order_acquire);
  void *place = slab + (size_t)((number - 1) & shelf->slab_mask) * shelf->stride;

  return (struct mpcc__segment *)place;
}

static inline _Atomic uint8_t *mpcc__segment_flags(struct mpcc__segment *segment)
{
  void *place = (unsigned char *)segment + MPCC__SEGMENT_HEAD;

  return (_Atomic uint8_t *)place;
}

static inline unsigned char *mpcc__segment_items(const struct mpcc__shelf *shelf,
                                                 struct mpcc__segment *segment)
{
  return (unsigned char *)segment + shelf->items_offset;
}

/* The one whose items are there. */
static inline struct mpcc__segment *mpcc__segment_of(const struct mpcc__shelf *shelf,
                                                     unsigned char *items)
{
  void *segment = items - shelf->items_offset;

  return (struct mpcc__segment *)segment;
}

/* What its next holder writes first is soon needed. */
static inline void mpcc__segment_fetch(const struct mpcc__shelf *shelf,
                                       struct mpcc__segment *segment)
{
  mpcc__prefetch_to_write(segment);
  mpcc__prefetch_to_write((unsigned char *)segment + MPCC__LINE);
  mpcc__prefetch_to_write((void *)mpcc__segment_flags(segment));
  mpcc__prefetch_to_write(mpcc__segment_items(shelf, segment));
}

static inline unsigned mpcc__segment_flag(const _Atomic uint8_t *flag)
{
  /* pairs segment.ready: the item. */
  return atomic_load_explicit(flag, memory_order_acquire);
}

/* Whether the item is there. */
static inline bool mpcc__segment_is_ready(const _Atomic uint8_t *flag)
{
  return mpcc__segment_flag(flag) != 0;
}

/* The same of eight in a row in the queue, where a byte is 0 or 1, without a branch for each; and
 * without a loop, which compilers would leave one. */
static inline bool mpcc__segment_eight_ready(const _Atomic uint8_t *flags)
{
  unsigned first = mpcc__segment_flag(flags) & mpcc__segment_flag(flags + 1) &
                   mpcc__segment_flag(flags + 2) & mpcc__segment_flag(flags + 3);
  unsigned last = mpcc__segment_flag(flags + 4) & mpcc__segment_flag(flags + 5) &
                  mpcc__segment_flag(flags + 6) & mpcc__segment_flag(flags + 7);

  return (first & last) != 0;
}

/* Who has installed it, before. */
static inline void mpcc__segment_sign(struct mpcc__segment *segment, uintptr_t thread)
{
  segment->opener = thread;
  /* relaxed: a hint; nobody else looks at it yet. */
  atomic_store_explicit(&segment->shared, false, memory_order_relaxed);
}

/* Somebody who has a cell of it. */
static inline void mpcc__segment_seen_by(struct mpcc__segment *segment, uintptr_t thread)
{
  if (segment->opener != thread)
    /* relaxed: a hint. */
    atomic_store_explicit(&segment->shared, true, memory_order_relaxed);
}

/* Usual sizes are 8, 16, 24 and 32 bytes. */
static inline bool mpcc__item_is_usual(size_t size)
{
  return size <= 32 && size % 8 == 0;
}

/* Moves of 8 bytes, one after the other: wide vector loads stall on an item whose fields the caller
 * has just written one by one. The first and the last are one and the same in an item of 8, which
 * costs less than to ask; so are those in between in one of 24. */
static inline void mpcc__item_copy_usual(unsigned char *to, const unsigned char *from, size_t size)
{
  memcpy(to, from, 8);
  memcpy(to + size - 8, from + size - 8, 8);
  if (size <= 16)
    return;
  memcpy(to + 8, from + 8, 8);
  memcpy(to + size - 16, from + size - 16, 8);
}

static inline void mpcc__item_copy(unsigned char *to, const unsigned char *from, size_t size)
{
  switch (size) {
  case 8:
    memcpy(to, from, 8);
    return;
  case 16:
  case 24:
  case 32:
    for (size_t at = 0; at < size; at += 8) {
      uint64_t word;

      memcpy(&word, from + at, 8);
      memcpy(to + at, &word, 8);
    }
    return;
  default:
    memcpy(to, from, size);
  }
}

/* Copy ${count} items into cells that are the caller's own, and publish them. */
static inline void mpcc__segment_fill(const struct mpcc__shelf *shelf,
                                      struct mpcc__segment *segment, uint32_t index,
                                      const void *items, uint32_t count)
{
  unsigned char *cells = mpcc__segment_items(shelf, segment) + index * shelf->item_size;
  _Atomic uint8_t *flags = mpcc__segment_flags(segment) + index;

  if (count == 1)
    mpcc__item_copy(cells, (const unsigned char *)items, shelf->item_size);
  else
    memcpy(cells, items, count * shelf->item_size);
  for (uint32_t i = 0; i < count; i++)
    /* pairs segment.ready: the loop that sees the byte sees the item. */
    atomic_store_explicit(&flags[i], 1, memory_order_release);
}

/* Under AddressSanitizer the items of a finished batch can't be read until they are used again. */
#if defined(__SANITIZE_ADDRESS__)
#define MPCC__ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MPCC__ASAN 1
#endif
#endif

#ifdef MPCC__ASAN
void __asan_poison_memory_region(void const volatile *memory, size_t size);
void __asan_unpoison_memory_region(void const volatile *memory, size_t size);
#endif

static inline void mpcc__segment_poison(const struct mpcc__shelf *shelf,
                                        struct mpcc__segment *segment)
{
#ifdef MPCC__ASAN
  __asan_poison_memory_region(mpcc__segment_items(shelf, segment), shelf->cap * shelf->item_size);
#else
  (void)shelf;
  (void)segment;
#endif
}

static inline void mpcc__segment_unpoison(const struct mpcc__shelf *shelf,
                                          struct mpcc__segment *segment)
{
#ifdef MPCC__ASAN
  __asan_unpoison_memory_region(mpcc__segment_items(shelf, segment),
                                shelf->cap * shelf->item_size);
#else
  (void)shelf;
  (void)segment;
#endif
}

#endif
