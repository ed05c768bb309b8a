/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Store buffers. Where threads push into the same slots at the same time, it is the cache lines
 * of items and ready bytes that cost them: two neighbours in a segment are written by two
 * processors in turn, and each claim (a locked instruction) waits until the store before it has
 * got its line. Where slots are many the lines come from far away instead. So a thread may, when
 * it has claimed a cell, write item and cell into a ring of its own, and the loop, which is about
 * to read the item anyway, brings it to the cell. Only the tails of the queues go from processor
 * to processor with each push then. The claim has settled the order; and a cell that was claimed
 * and is not filled keeps its segment, as ever.
 *
 * Nothing depends on it: a push whose thread has no buffer, or no room in it, writes to its cell
 * itself. So does one that has something to tell the loop; hence nobody is woken for a buffer.
 * The loop empties all of them when it meets a cell that was claimed and is not ready (front.c);
 * not sooner, or it would read the lines that are being written. A thread never empties its own:
 * if it were stopped meanwhile, its earlier items would wait for it, of all slots.
 *
 * A buffer that is full is followed by one of four times its size, and freed when the loop has
 * emptied it: in the end by one that takes what a thread pushes while the system lets the loop
 * wait for its turn. One of that size that is full stays, and so does one when there is no memory
 * for a larger one: no push asks for it again.
 *
 * A buffer belongs to the thread whose number (thread.h) its entry has. When the thread has
 * ended, and a later one has got its number, it has got the buffer, too: whoever hands it on, the
 * system or the C library, lets the one end before the other begins. Who finds no free entry
 * pushes directly.
 *
 * The loop decides (note): it turns buffers on when many items come out of segments in which more
 * than one thread was seen, or out of many slots, and off when hardly any do.
 *
 * Orderings:
 *
 *   stores.buffer  who has an entry stores its buffer (release) when it is made; the loop, and
 *                  the next thread that has its number, load it (acquire). Carries what is
 *                  constant in it.
 *   stores.next    who puts a larger one in its place stores that (release) behind its last record,
 *                  the loop loads it (acquire). Carries the last tail.
 *   stores.tail    a push stores tail (release) behind its record, the loop loads it (acquire).
 *                  Carries the item.
 *   stores.head    the loop stores head (release) behind what it has copied, a push loads it
 *                  (acquire): the records before may be written again.
 */
#ifndef MPCC__STORES_H
#define MPCC__STORES_H

#include "check.h"
#include "segment.h"

enum { MPCC__STORES_THREADS = 64 };
enum { MPCC__STORES_SAMPLE = 16 }; /* who fills this cell is compared with the opener */
enum { MPCC__STORES_SEEN = 4096 };

/* A record is the claim's tail (queue.h), and the item. */
struct mpcc__store_buffer {
  uintptr_t thread;
  size_t item_size;
  size_t stride;
  uint64_t mask; /* how many records, a power of two, less 1 */

  /* The thread's. Positions count records; they may come round. */
  _Alignas(MPCC__LINE) _Atomic uint64_t tail;
  _Atomic(struct mpcc__store_buffer *) next; /* a larger one that has taken its place, or NULL */
  atomic_bool stays; /* there was no memory for a larger one: not asked for again */

  /* The loop's. */
  _Alignas(MPCC__LINE) _Atomic uint64_t head;

  _Alignas(MPCC__LINE) unsigned char records[];
};

struct mpcc__store_entry {
  _Atomic uintptr_t thread; /* 0: free */
  _Atomic(struct mpcc__store_buffer *) buffer; /* NULL: not yet, or there was no memory */
  _Atomic(struct mpcc__store_buffer *) oldest; /* not emptied; the loop's, once there is one */
};

struct mpcc__stores {
  _Alignas(MPCC__LINE) struct mpcc__store_entry entries[MPCC__STORES_THREADS];

  /* The loop's. */
  _Alignas(MPCC__LINE) bool on;
  uint64_t all, shared;  /* items that have come out since ${since_ms} */
  uint64_t since_ms;
  uint32_t slots;        /* different ones that they came out of, about */
  uint64_t slots_seen[MPCC__STORES_SEEN / 64]; /* a bit for each, or for some together */
};

/* What the loop makes of it: leave things as they are, or turn buffers on or off. */
enum mpcc__stores_turn { MPCC__STORES_STAY, MPCC__STORES_ON, MPCC__STORES_OFF };

/* Zeroed memory is ready for use. While no thread pushes. */
void mpcc__stores_free(struct mpcc__stores *stores, const struct mpcc__source *source);

/* -- Any thread ---------------------------------------------------------------------------- */

/* Get an entry, and make its first buffer. NULL if there is none for ${thread}. */
struct mpcc__store_buffer *mpcc__stores_join(struct mpcc__stores *stores,
                                             const struct mpcc__source *source, uintptr_t thread,
                                             size_t item_size);

/* Where the search for ${thread} begins: stacks, and what lies at their ends, are whole numbers of
 * pages apart. Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4). */
static inline uint32_t mpcc__stores_home(uintptr_t thread)
{
  return (uint32_t)((uint64_t)thread * UINT64_C(0x9e3779b97f4a7c15) >> 32) % MPCC__STORES_THREADS;
}

/* The buffer of the calling thread, ${thread}, or NULL. */
static inline struct mpcc__store_buffer *mpcc__stores_of(struct mpcc__stores *stores,
                                                         const struct mpcc__source *source,
                                                         uintptr_t thread, size_t item_size)
{
  struct mpcc__store_entry *entry = &stores->entries[mpcc__stores_home(thread)];

  /* relaxed: that it is its own only its owner has stored. */
  if (atomic_load_explicit(&entry->thread, memory_order_relaxed) != thread)
    return mpcc__stores_join(stores, source, thread, item_size);
  /* pairs stores.buffer: of a thread that had this number before, maybe. */
  return atomic_load_explicit(&entry->buffer, memory_order_acquire);
}

static inline uint64_t mpcc__stores_tail(const struct mpcc__store_buffer *buffer)
{
  /* relaxed: only this thread writes it; or one that had its number, and had ended before. */
  return atomic_load_explicit(&buffer->tail, memory_order_relaxed);
}

/* Put a larger buffer in the place of that of ${thread}, which is full. NULL if it is as large as
 * any may be, or there is no memory. */
struct mpcc__store_buffer *mpcc__stores_grow(struct mpcc__stores *stores,
                                             const struct mpcc__source *source,
                                             struct mpcc__store_buffer *full);

static inline bool mpcc__stores_has_room(const struct mpcc__store_buffer *buffer)
{
  /* pairs stores.head: records that are free. */
  uint64_t head = atomic_load_explicit(&buffer->head, memory_order_acquire);

  return mpcc__stores_tail(buffer) - head <= buffer->mask;
}

/* The item of a usual size for the cell that was claimed by ${claim}; there is room. */
static inline void mpcc__stores_put(struct mpcc__store_buffer *buffer, uint64_t claim,
                                    const void *item)
{
  uint64_t tail = mpcc__stores_tail(buffer);
  unsigned char *record = buffer->records + (size_t)(tail & buffer->mask) * buffer->stride;

  memcpy(record, &claim, sizeof claim);
  mpcc__item_copy_usual(record + sizeof claim, (const unsigned char *)item, buffer->item_size);
  /* pairs stores.tail: the record is there. */
  atomic_store_explicit(&buffer->tail, tail + 1, memory_order_release);
}

/* -- The loop ------------------------------------------------------------------------------ */

/* Bring what is in the buffers to its cells. Whether there was anything. */
bool mpcc__stores_apply(struct mpcc__stores *stores, const struct mpcc__source *source,
                        const struct mpcc__shelf *shelf);

/* A segment of so many items of a slot was taken; ${shared}: several threads were seen at it. */
enum mpcc__stores_turn mpcc__stores_note(struct mpcc__stores *stores, uint32_t slot,
                                         uint32_t items, bool shared, uint64_t now_ms);

#endif
