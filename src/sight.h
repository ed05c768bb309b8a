/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What of a batch anybody may look at, at any time: written by the loop, read without a lock.
 *
 * A sequence lock (H.-J. Boehm, "Can Seqlocks Get Along With Programming Language Memory Models?",
 * MSPC 2012) whose version is the hand-over's id, which never comes twice.
 *
 * Orderings:
 *
 *   sight.mark  the writer takes the mark away, stores each field (release), then the new mark
 *               (release). A reader loads the mark (acquire), each field (acquire), and the mark
 *               again: who has got a new field sees that the old mark is gone.
 */
#ifndef MPCC__SIGHT_H
#define MPCC__SIGHT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mpcc__sight {
  _Atomic uint64_t mark;      /* the hand-over's id, with the top bit while it waits; 0: nothing */
  _Atomic uint64_t place;     /* slot and count */
  _Atomic uint64_t tries;     /* the attempt, and why the batch was due */
  _Atomic uint64_t waited_ms;
  _Atomic uint64_t until_ms;  /* of what waits: the time of the next try */
};

struct mpcc__seen {
  uint64_t id, waited_ms, until_ms;
  uint32_t slot, count, attempt;
  int due;
  bool waits; /* for another try, or as a part for its turn */
};

#define MPCC__SIGHT_WAITS (UINT64_C(1) << 63)

/* The loop. */
static inline void mpcc__sight_clear(struct mpcc__sight *sight)
{
  /* relaxed: the fields, stored after it, carry it. */
  atomic_store_explicit(&sight->mark, 0, memory_order_relaxed);
}

/* The loop. */
static inline void mpcc__sight_show(struct mpcc__sight *sight, const struct mpcc__seen *seen)
{
  mpcc__sight_clear(sight);
  /* pairs sight.mark: who sees it sees the mark gone. */
  atomic_store_explicit(&sight->place, (uint64_t)seen->slot << 32 | seen->count,
                        memory_order_release);
  /* pairs sight.mark: likewise. */
  atomic_store_explicit(&sight->tries, (uint64_t)seen->attempt << 8 | (unsigned)seen->due,
                        memory_order_release);
  /* pairs sight.mark: likewise. */
  atomic_store_explicit(&sight->waited_ms, seen->waited_ms, memory_order_release);
  /* pairs sight.mark: likewise. */
  atomic_store_explicit(&sight->until_ms, seen->until_ms, memory_order_release);
  /* pairs sight.mark: the fields are there. */
  atomic_store_explicit(&sight->mark, seen->id | (seen->waits ? MPCC__SIGHT_WAITS : 0),
                        memory_order_release);
}

/* Any thread. False if there is nothing to see, or it is just being changed. */
static inline bool mpcc__sight_look(const struct mpcc__sight *sight, struct mpcc__seen *seen)
{
  /* pairs sight.mark: the fields of this mark, or later ones. */
  uint64_t mark = atomic_load_explicit(&sight->mark, memory_order_acquire);
  /* pairs sight.mark: if it is a later one, the mark read below is, too. */
  uint64_t place = atomic_load_explicit(&sight->place, memory_order_acquire);
  /* pairs sight.mark: likewise. */
  uint64_t tries = atomic_load_explicit(&sight->tries, memory_order_acquire);

  /* pairs sight.mark: likewise. */
  seen->waited_ms = atomic_load_explicit(&sight->waited_ms, memory_order_acquire);
  /* pairs sight.mark: likewise. */
  seen->until_ms = atomic_load_explicit(&sight->until_ms, memory_order_acquire);
  seen->id = mark & ~MPCC__SIGHT_WAITS;
  seen->waits = (mark & MPCC__SIGHT_WAITS) != 0;
  seen->slot = (uint32_t)(place >> 32);
  seen->count = (uint32_t)place;
  seen->attempt = (uint32_t)(tries >> 8);
  seen->due = (int)(tries & 0xff);
  /* relaxed: what was read before carries what it must not miss. */
  return mark != 0 && atomic_load_explicit(&sight->mark, memory_order_relaxed) == mark;
}

#endif
