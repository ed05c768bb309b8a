/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A ring of records for each thread that pushes, found by the thread's number (thread.h). Its
 * thread puts records into it; one thread at a time takes them out.
 *
 * A ring that is full is followed by one of four times its size, and freed when it has been
 * emptied: in the end by one that takes what a thread pushes while the system lets who empties wait
 * for its turn. What comes then is said by ${unlimited}: either one of that size that is full stays,
 * and so does one when there is no memory for a larger one, and nobody asks for it again; or
 * others of that size follow for as long as there is memory.
 *
 * If there was no memory for the first one, either there is none then or later; or it is asked for
 * with each push.
 *
 * When a thread has ended, and a later one has got its number, it has got the ring, too: whoever
 * hands the number on, the system or the C library, lets the one end before the other begins. Who
 * finds no free entry has no ring; or, if they are unlimited, one in a further table.
 *
 * Orderings:
 *
 *   rings.ring  who has an entry stores its ring (release) when it is made; who empties, and the
 *               next thread that has its number, load it (acquire). Carries what is constant in it.
 *   rings.next  who puts another one in its place stores that (release) behind its last record, who
 *               empties loads it (acquire). Carries the last tail.
 *   rings.tail  a push stores tail (release) behind its record, who empties loads it (acquire).
 *               Carries the record.
 *   rings.head  who empties stores head (release) behind what it has copied, a push loads it
 *               (acquire): the records before may be written again.
 *   rings.more  who makes a further table swaps it in (release), others load it (acquire). Carries
 *               its zeros.
 */
#ifndef MPCC__RINGS_H
#define MPCC__RINGS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "aligned.h"
#include "check.h"

enum {
  MPCC__RINGS_THREADS = 64, /* in one table */
  MPCC__RINGS_AHEAD = 256   /* bytes: a push asks for the line of one that comes so much later */
};

struct mpcc__ring {
  uintptr_t thread;
  size_t stride; /* bytes of a record */
  uint64_t mask; /* how many records, a power of two, less 1 */

  /* The thread's. Positions count records; they may come round. */
  _Alignas(MPCC__LINE) _Atomic uint64_t tail;
  _Atomic(struct mpcc__ring *) next; /* one that has taken its place, or NULL */
  atomic_bool stays; /* there was no memory for a larger one: not asked for again */
  uint32_t stamp_ms; /* entrance.c: of the records that it puts now */

  /* Who empties. */
  _Alignas(MPCC__LINE) _Atomic uint64_t head;

  /* A look of ingress.c: not beside what pushes read. */
  _Alignas(MPCC__LINE) uint64_t at, end; /* the next record, and behind the last one seen */
  uint64_t number;                       /* of the next record */
  struct mpcc__ring *beside;             /* another one that has records */

  _Alignas(MPCC__LINE) unsigned char records[];
};

struct mpcc__ring_entry {
  _Atomic uintptr_t thread;           /* 0: free */
  _Atomic(struct mpcc__ring *) ring;   /* NULL: not yet, or there was no memory */
  _Atomic(struct mpcc__ring *) oldest; /* not emptied; who empties has it, once there is one */
};

struct mpcc__ring_table {
  struct mpcc__ring_entry entries[MPCC__RINGS_THREADS];
  _Atomic(struct mpcc__ring_table *) more;
};

struct mpcc__rings {
  _Alignas(MPCC__LINE) struct mpcc__ring_table table;
  size_t record;  /* bytes of each */
  bool unlimited;
};

/* ${rings} is zeroed memory. Records are of ${record} bytes. */
void mpcc__rings_init(struct mpcc__rings *rings, size_t record, bool unlimited);

/* While no thread pushes. */
void mpcc__rings_free(struct mpcc__rings *rings, const struct mpcc__source *source);

/* -- The thread that pushes ------------------------------------------------------------------ */

/* Get an entry, and make its first ring. NULL if there is none for ${thread}. */
struct mpcc__ring *mpcc__rings_join(struct mpcc__rings *rings, const struct mpcc__source *source,
                                    uintptr_t thread);

/* Where the search for ${thread} begins: stacks, and what lies at their ends, are whole numbers of
 * pages apart. Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4). */
static inline uint32_t mpcc__rings_home(uintptr_t thread)
{
  return (uint32_t)((uint64_t)thread * UINT64_C(0x9e3779b97f4a7c15) >> 32) % MPCC__RINGS_THREADS;
}

/* The ring of the calling thread, ${thread}, or NULL. */
static inline struct mpcc__ring *mpcc__rings_of(struct mpcc__rings *rings,
                                                const struct mpcc__source *source,
                                                uintptr_t thread)
{
  struct mpcc__ring_entry *entry = &rings->table.entries[mpcc__rings_home(thread)];

  /* relaxed: that it is its own only its owner has stored. */
  if (atomic_load_explicit(&entry->thread, memory_order_relaxed) != thread)
    return mpcc__rings_join(rings, source, thread);
  /* pairs rings.ring: of a thread that had this number before, maybe. */
  return atomic_load_explicit(&entry->ring, memory_order_acquire);
}

/* Put another ring in the place of this one, which is full. NULL if it stays, or there is no
 * memory. */
struct mpcc__ring *mpcc__rings_grow(struct mpcc__rings *rings, const struct mpcc__source *source,
                                    struct mpcc__ring *full);

static inline uint64_t mpcc__ring_tail(const struct mpcc__ring *ring)
{
  /* relaxed: only this thread writes it; or one that had its number, and had ended before. */
  return atomic_load_explicit(&ring->tail, memory_order_relaxed);
}

/* Records in it, or more. */
static inline uint64_t mpcc__ring_filled(const struct mpcc__ring *ring)
{
  /* pairs rings.head: records that are free. */
  return mpcc__ring_tail(ring) - atomic_load_explicit(&ring->head, memory_order_acquire);
}

static inline bool mpcc__ring_has_room(const struct mpcc__ring *ring)
{
  return mpcc__ring_filled(ring) <= ring->mask;
}

static inline unsigned char *mpcc__ring_at(struct mpcc__ring *ring, uint64_t position)
{
  return ring->records + (size_t)(position & ring->mask) * ring->stride;
}

/* ${count} records are in their places, from tail on. */
static inline void mpcc__ring_publish(struct mpcc__ring *ring, uint64_t count)
{
  /* pairs rings.tail: the records are there. */
  atomic_store_explicit(&ring->tail, mpcc__ring_tail(ring) + count, memory_order_release);
}

/* -- Who empties ----------------------------------------------------------------------------- */

static inline uint64_t mpcc__ring_head(const struct mpcc__ring *ring)
{
  /* relaxed: only who empties writes it. */
  return atomic_load_explicit(&ring->head, memory_order_relaxed);
}

/* Behind the last record that can be taken. */
static inline uint64_t mpcc__ring_end(const struct mpcc__ring *ring)
{
  /* pairs rings.tail: the records. */
  return atomic_load_explicit(&ring->tail, memory_order_acquire);
}

/* What stands before ${head} was taken. */
static inline void mpcc__ring_took(struct mpcc__ring *ring, uint64_t head)
{
  /* pairs rings.head: these records are free. */
  atomic_store_explicit(&ring->head, head, memory_order_release);
}

/* The oldest ring of an entry, or NULL. */
static inline struct mpcc__ring *mpcc__ring_oldest(const struct mpcc__ring_entry *entry)
{
  /* pairs rings.ring: what is constant in it. */
  return atomic_load_explicit(&entry->oldest, memory_order_acquire);
}

/* The one behind it: if there is one, nothing more comes into this one. */
static inline struct mpcc__ring *mpcc__ring_next(const struct mpcc__ring *ring)
{
  /* pairs rings.next: its last tail. */
  return atomic_load_explicit(&ring->next, memory_order_acquire);
}

/* The oldest one of the entry is empty, and this is the next: free that. */
void mpcc__rings_drop_oldest(struct mpcc__ring_entry *entry, const struct mpcc__source *source,
                             struct mpcc__ring *next);

static inline struct mpcc__ring_table *mpcc__rings_more(const struct mpcc__ring_table *table)
{
  /* pairs rings.more: its entries. */
  return atomic_load_explicit(&table->more, memory_order_acquire);
}

#endif
