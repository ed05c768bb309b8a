/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One producer's lane: a ring of (slot, item) that one thread fills and one at a time empties. A
 * push is two stores and a publication, and no read-modify-write.
 *
 * The ring is one row of cells, or several. Who empties may then put another row in the place of
 * one that was taken, and keep that.
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
 *   lane.head     the emptier stores head (release) when it has copied the items, or put another
 *                 row in their place, a push that finds no room loads it (acquire): their places
 *                 may be written again.
 *   lane.wish     the emptier asks for a short row (release), a push that comes to one takes that
 *                 away (acquire). Carries what the emptier did to rows before: see mpcc__lane_turn.
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

/* A push asks for the line that a push wants so many bytes later. It would else wait for each: the
 * stores of a few pushes are all that a processor looks ahead by itself, and these lines were last
 * read on another one. */
enum { MPCC__LANE_AHEAD = 512 };

struct mpcc__row {
  unsigned char *items; /* who empties may put others here when all were taken */
  size_t size;          /* cells that are used; the producer's, when it comes here */
};

struct mpcc__lane {
  /* Constant. */
  uint32_t *slots; /* of each cell of all rows; NULL: all are for slot 0 */
  size_t item_size;
  size_t capacity;  /* items that it holds; not more than its rows have cells */
  size_t row;       /* cells in a row */
  size_t row_count;
  struct mpcc__row only; /* the row, where there is but one */
  struct mpcc__row *rows;
  bool fenced;
  bool usual; /* the size of items: see segment.h */
  bool quick; /* usual, and not fenced */

  /* The producer's. Positions count items since the lane was made; they may come round. */
  _Alignas(MPCC__LINE) uint64_t limit; /* the head that was seen last, and capacity */
  uint64_t row_end;       /* behind the last cell that is used in this row */
  uint64_t easy;          /* up to here a push need not look closer: limit, or row_end */
  uint64_t called;        /* the call_at that was obeyed last */
  unsigned char *place;   /* of the next item */
  uint32_t *slot;         /* of the next item, or NULL */
  size_t to_row;

  /* What it tells the emptier. */
  _Alignas(MPCC__LINE) _Atomic uint64_t tail; /* behind the last one published */
  _Atomic uint64_t begun; /* behind the one that is being pushed, or tail */

  /* The emptier's: first what each push reads, and then what one reads that finds no room. */
  _Alignas(MPCC__LINE) _Atomic uint64_t call_at; /* the push that makes tail this or more calls */
  _Alignas(MPCC__LINE) _Atomic uint64_t head;    /* the oldest item */
  size_t from;              /* head, as an index into its row */
  size_t from_row;
  _Atomic size_t wish;      /* so many cells of the next row are to be used; 0: all */
};

/* Bytes behind the struct for ${capacity} items and their slots; 0 if no size_t holds them. */
size_t mpcc__lane_bytes(size_t item_size, size_t capacity);

/* ${memory} is of that many bytes, on a cache line. */
void mpcc__lane_init(struct mpcc__lane *lane, void *memory, size_t item_size, size_t capacity,
                     bool fenced);

/* ${rows}: ${row_count} of ${row} cells each; without two of them as many as ${capacity} or more.
 * Behind them there is memory for all their slots, or not. */
void mpcc__lane_init_rows(struct mpcc__lane *lane, struct mpcc__row *rows, size_t row_count,
                          size_t row, bool slots, size_t item_size, size_t capacity);

/* Bytes for ${row_count} rows, and ${slots} in each of them. */
size_t mpcc__lane_rows_bytes(size_t row_count, size_t slots);

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

/* A push to ${tail} begins: what it looks at from here on is not older. */
static inline void mpcc__lane_begin_at(struct mpcc__lane *lane, uint64_t tail, bool fenced)
{
  uint64_t next = tail + 1;

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
  mpcc__lane_begin_at(lane, mpcc__lane_tail(lane), lane->fenced);
}

/* It has put nothing. */
static inline void mpcc__lane_take_back(struct mpcc__lane *lane)
{
  /* relaxed: the push has ended, and has done nothing to be seen. */
  atomic_store_explicit(&lane->begun, mpcc__lane_tail(lane), memory_order_relaxed);
}

/* Limit or row_end has changed. */
static inline void mpcc__lane_ease(struct mpcc__lane *lane)
{
  lane->easy = mpcc__lane_is_before(lane->limit, lane->row_end) ? lane->limit : lane->row_end;
}

static inline bool mpcc__lane_has_room(struct mpcc__lane *lane)
{
  uint64_t tail = mpcc__lane_tail(lane);

  if (tail != lane->limit)
    return true;
  /* pairs lane.head: these places are free. */
  lane->limit = atomic_load_explicit(&lane->head, memory_order_acquire) + lane->capacity;
  mpcc__lane_ease(lane);
  return tail != lane->limit;
}

/* An item of an unusual size to its place. */
void mpcc__lane_copy(struct mpcc__lane *lane, const void *item);

/* The item is in its place, behind ${tail}: publish it. True if the emptier must be called. */
static inline bool mpcc__lane_publish(struct mpcc__lane *lane, uint64_t tail, bool fenced)
{
  uint64_t next = tail + 1, call_at;

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

/* The row is full: the next one, which has room.
 *
 * Was this one seen to be empty, and which row it is now? If all that was in it lies before the
 * head that was seen last, by that. Else there are fewer items in the other rows than the lane
 * holds, though they have more cells than that even if one of them is short: so two or more are.
 * The second of these was asked for when the first had come, and so when the row before both had
 * been emptied; and by that it was seen. */
void mpcc__lane_turn(struct mpcc__lane *lane);

/* To a place in this row, when a push to ${tail} has begun. True if the emptier must be called. */
static inline bool mpcc__lane_put_here(struct mpcc__lane *lane, uint64_t tail, const void *item,
                                       uint32_t slot, bool usual, bool fenced)
{
  size_t size = lane->item_size;

  mpcc__prefetch_to_write(lane->place + MPCC__LANE_AHEAD);
  if (usual)
    mpcc__item_copy_usual(lane->place, (const unsigned char *)item, size);
  else
    mpcc__lane_copy(lane, item);
  lane->place += size;
  if (lane->slot != NULL) {
    mpcc__prefetch_to_write((unsigned char *)lane->slot + MPCC__LANE_AHEAD);
    *lane->slot++ = slot;
  }
  return mpcc__lane_publish(lane, tail, fenced);
}

/* The same into a lane that has room. */
static inline bool mpcc__lane_put(struct mpcc__lane *lane, const void *item, uint32_t slot)
{
  uint64_t tail = mpcc__lane_tail(lane);

  if (tail == lane->row_end)
    mpcc__lane_turn(lane);
  if (!lane->quick)
    lane->easy = tail + 1; /* the next one looks closer, too */
  return mpcc__lane_put_here(lane, tail, item, slot, lane->usual, lane->fenced);
}

/* -- Who empties: one thread at a time ------------------------------------------------------- */

/* Items that can be taken. */
size_t mpcc__lane_count(const struct mpcc__lane *lane);

/* Of these, one at least, how many stand in one row at the front; and where, and from where on in
 * lane->slots. */
static inline size_t mpcc__lane_row(const struct mpcc__lane *lane, size_t count)
{
  size_t row = lane->rows[lane->from_row].size - lane->from;

  return row < count ? row : count;
}

/* Of ${count} items, how many stand in a row that is not full, behind others that are; 0: none. */
size_t mpcc__lane_rest(const struct mpcc__lane *lane, size_t count);

static inline unsigned char *mpcc__lane_front(const struct mpcc__lane *lane)
{
  return lane->rows[lane->from_row].items + lane->from * lane->item_size;
}

static inline unsigned char *mpcc__lane_row_items(const struct mpcc__lane *lane)
{
  return lane->rows[lane->from_row].items;
}

static inline bool mpcc__lane_row_is_short(const struct mpcc__lane *lane)
{
  return lane->rows[lane->from_row].size < lane->row;
}

static inline const uint32_t *mpcc__lane_slots(const struct mpcc__lane *lane)
{
  return lane->slots + lane->from_row * lane->row + lane->from;
}

/* The slot of the i-th of them. */
static inline uint32_t mpcc__lane_slot(const struct mpcc__lane *lane, size_t i)
{
  return lane->slots != NULL ? mpcc__lane_slots(lane)[i] : 0;
}

/* The first ${count}, of one row, have been taken. */
void mpcc__lane_took(struct mpcc__lane *lane, size_t count);

/* The last ${count} of a row were taken, and it is the caller's now: ${items} are in its place. */
void mpcc__lane_took_row(struct mpcc__lane *lane, unsigned char *items, size_t count);

/* Of the next row that a push comes to ${cells} are to be used: so that the rows behind it begin
 * where batches do. Once; until such a row has come, or the wish was taken back. */
void mpcc__lane_wish(struct mpcc__lane *lane, size_t cells);

/* False if a push has seen it. */
bool mpcc__lane_unwish(struct mpcc__lane *lane);

/* Be called when there are ${count} items. */
void mpcc__lane_call_at(struct mpcc__lane *lane, size_t count);

/* Whether it was asked to call with the next item. */
bool mpcc__lane_calls_next(const struct mpcc__lane *lane);

/* After a barrier of all threads, and when nobody may push any more: whether nobody is about to. */
bool mpcc__lane_quiet(const struct mpcc__lane *lane);

#endif
