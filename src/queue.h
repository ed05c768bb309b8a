/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One slot's queue: many producers, one consumer (the loop), made of segments.
 *
 * ${tail} is one word: (segment number, index of the next free cell). A push is one fetch_add
 * on it: the old value names the segment and the cell, so memory is touched only once a cell in
 * it is the producer's own, and the loop can't retire a segment with a claimed, unpublished
 * cell in it. The order of the fetch_adds is the slot's FIFO order.
 *
 *   index < cap        the cell is claimed: copy, publish (segment.h).
 *   index >= cap       no cell. The producer takes a segment from the pool and installs it as
 *                      the new tail by compare-exchange, with its first cells already claimed;
 *                      whoever loses the race tries again and gives its segment back.
 *   IDLE, CLOSED       segment number 0 with an index beyond every cap: the same test finds it.
 *                      An idle queue has no segment. A closed one takes nothing until it is
 *                      opened again.
 *
 * Who must tell the loop: the producer that claimed the last cell of a segment, and the one that
 * installed a segment into an idle queue. Nobody else; a segment installed behind a full one is
 * found when the loop has taken that one.
 *
 * The loop follows the segments by their links. It takes a full segment as it is; a partial
 * one it seals first, by moving ${tail} from it to IDLE with one compare-exchange: no item can
 * slip between "I saw nothing more" and "nothing more may come".
 *
 * Retiring: a segment goes back to the pool only when no producer can come to it any more:
 * nobody holds a cell in it, and either its link has been read or the loop has itself moved tail
 * from it. Until then it is kept as the ${bridge}.
 *
 * Cuts: the loop may also take items from the front of the head, and leave the others there
 * (${offset}): after a discard, and where weights decide. A batch is then made of the rest of one
 * segment and the beginning of the next (front.h).
 *
 * Tickets: the number of items ever claimed in the queue, counted from MPCC__FIRST_TICKET on
 * (check.h), exact at one moment of the call: the base of the tail segment plus the index. A base
 * can only be told once the segment is installed; until its installer has set it, the word says
 * "unset" and which life of the segment that is. Whoever needs it sets it, from the base of the
 * segment before, and that one's first if it is unset, too. The compare-exchange from the unset
 * word fails when the base was set meanwhile, or when the segment has left that life, which are
 * the only ways in which what was read of the segment before may have gone stale: a segment is not
 * retired before the one behind it is linked, and that one is not linked before its base is set.
 * The incarnation of the tail segment, read before the index and after the base, tells if the two
 * belong together (a sequence lock without a lock).
 *
 * Orderings:
 *
 *   queue.tail   an installer or the loop moves tail (release); installers, claims and tickets read
 *                it (acquire). Carries a segment's cleared flags and its base, and idle_base.
 *                Claims, installing ones too, and the loop's looks behind the head are sequentially
 *                consistent, for slot.phase.
 *   queue.first  who installs into an idle queue stores first (release), the loop loads it
 *                (acquire). Carries the segment's base and stamp.
 *   queue.link   who installs behind a segment stores its next (release), the loop loads it
 *                (acquire). Carries the new segment's base and stamp.
 *   queue.idle   the loop stores idle_base (release) when it makes the queue idle; a ticket that finds
 *                it idle loads it (acquire). Carries how far items were taken.
 *   queue.base   an installer stores a segment's incarnation and unset base (release each); who
 *                needs the base sets it, by a read-modify-write, which hands on what that released;
 *                both are loaded (acquire). Whoever sees a value of a life sees that the life
 *                before is over, and its tail, and its base.
 */
#ifndef MPCC__QUEUE_H
#define MPCC__QUEUE_H

#include "segment.h"

/* 2^30 apart: claims that found no cell may pile up on the index until one of their threads puts it
 * back, at most 65536 for each thread, so there is room for 16,384 threads at one moment. */
#define MPCC__TAIL_IDLE UINT64_C(0x40000000)
#define MPCC__TAIL_CLOSED UINT64_C(0x80000000)

/* The producers' side; the loop writes it when a queue becomes idle or closed. */
struct mpcc__queue {
  _Atomic uint64_t tail;
  _Atomic uint64_t idle_base; /* tickets while there is no segment */
  _Atomic uint32_t first;     /* the segment installed into the idle queue, until the loop has it */
  _Atomic uint32_t phase;     /* who claims this many cells of a segment tells the loop; 0: none */
};

/* The loop's side. */
struct mpcc__queue_end {
  uint32_t head;          /* the oldest segment not taken, or 0: none known */
  uint32_t bridge;        /* the last one taken, while its link is awaited, or 0 */
  uint32_t offset;        /* cells of head whose items have been taken */
  uint32_t seen;          /* cells of head found published so far */
  _Atomic uint64_t taken; /* the ticket up to which items were taken; only the loop writes it */
};

enum mpcc__queue_state {
  MPCC__QUEUE_EMPTY,   /* nothing was claimed */
  MPCC__QUEUE_STUCK,   /* something was, but a producer has not published it (or its link) yet */
  MPCC__QUEUE_PARTIAL, /* head has claimed cells and room for more */
  MPCC__QUEUE_WHOLE    /* head is full or sealed, and all of it is published */
};

static inline uint32_t mpcc__tail_segment(uint64_t tail)
{
  return (uint32_t)(tail >> 32);
}

static inline uint32_t mpcc__tail_index(uint64_t tail)
{
  return (uint32_t)tail;
}

static inline bool mpcc__tail_closed(uint64_t tail)
{
  return mpcc__tail_segment(tail) == 0 && mpcc__tail_index(tail) >= MPCC__TAIL_CLOSED;
}

/* Cells of the segment that this tail counts as claimed. */
static inline uint32_t mpcc__tail_claims(const struct mpcc__shelf *shelf, uint64_t tail)
{
  uint32_t index = mpcc__tail_index(tail);

  return index < shelf->cap ? index : shelf->cap;
}

/* -- Producers: any thread ---------------------------------------------------------------- */

/* Claim up to ${count} cells. The old tail: its index tells what was won (see above). */
static inline uint64_t mpcc__queue_claim(struct mpcc__queue *queue, uint32_t count)
{
  /* pairs queue.tail: the flags of the segment were cleared before it became the tail. pairs
   * slot.phase: claim, then see which cell the loop wants to hear of. */
  return atomic_fetch_add_explicit(&queue->tail, count, memory_order_seq_cst);
}

/* Take back the part of a claim that was beyond the end, so that refused claims, however many,
 * never carry into the segment number. The tail as it is now. */
uint64_t mpcc__queue_refuse(struct mpcc__queue *queue, const struct mpcc__shelf *shelf);

/**
 * Install ${number}, the caller's own, in place of ${seen}, a tail without free cells that is not
 * closed, and claim its first ${count} cells. False if tail is not ${seen} any more. After true the
 * caller fills its cells, then links the segment.
 */
bool mpcc__queue_install(struct mpcc__queue *queue, const struct mpcc__shelf *shelf, uint64_t seen,
                         uint32_t number, uint32_t count);

/* Let the loop find the segment that was installed in place of ${seen}. */
void mpcc__queue_link(struct mpcc__queue *queue, const struct mpcc__shelf *shelf, uint64_t seen,
                      uint32_t number, uint64_t stamp_ms);

/* The ticket of the next item. Lock-free: repeats only when others have made progress. */
uint64_t mpcc__queue_ticket(const struct mpcc__queue *queue, const struct mpcc__shelf *shelf);

/* The ticket of cell 0 of ${number}; for who knows that it can't be retired meanwhile. */
uint64_t mpcc__queue_base(const struct mpcc__queue *queue, const struct mpcc__shelf *shelf,
                          uint32_t number);

/* Whether a ticket would find no segment: everything claimed is in the loop's hands. */
bool mpcc__queue_idle(const struct mpcc__queue *queue);

/* -- The loop ------------------------------------------------------------------------------ */

void mpcc__queue_init(struct mpcc__queue *queue, struct mpcc__queue_end *end);

/**
 * What the oldest segment is like; it is then end->head, and *count how many items it
 * will give (WHOLE) or has (PARTIAL: claimed so far), those taken before not counted. *retired is a
 * segment that may go back to the pool now, or 0.
 */
enum mpcc__queue_state mpcc__queue_look(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                                        const struct mpcc__shelf *shelf, uint32_t *count,
                                        uint32_t *retired);

/* How many items of the head that were not taken are published in a row, up to ${limit}. */
uint32_t mpcc__queue_published(struct mpcc__queue_end *end, const struct mpcc__shelf *shelf,
                               uint32_t limit);

/* Behind the head. */
struct mpcc__queue_behind {
  uint32_t segment;   /* 0: none, or its link is awaited */
  uint32_t claimed;   /* items in it, up to the limit; at least 1 if its link is awaited */
  uint32_t published; /* of these, in a row */
  bool final;         /* there will be no more */
};

/* What stands behind the head, which is WHOLE; look at up to ${limit} items. */
struct mpcc__queue_behind mpcc__queue_look_behind(const struct mpcc__queue *queue,
                                                  const struct mpcc__queue_end *end,
                                                  const struct mpcc__shelf *shelf,
                                                  uint32_t limit);

/* Make the queue idle if tail still stands at the head, with free cells (it is sealed: WHOLE as
 * soon as it is published), or at the bridge. *retired as above. */
void mpcc__queue_settle(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                        const struct mpcc__shelf *shelf, uint32_t *retired);

/* The head is EMPTY, its claimed items were all taken: make the queue idle, unless an item has
 * come. *retired as above. */
void mpcc__queue_settle_taken(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                              const struct mpcc__shelf *shelf, uint32_t *retired);

/* Close the queue wherever tail stands: what is in it stays, nothing more comes. *retired as
 * above. */
void mpcc__queue_close(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                       const struct mpcc__shelf *shelf, uint32_t *retired);

/* The segment linked behind ${number}, or 0. */
uint32_t mpcc__queue_next(const struct mpcc__shelf *shelf, uint32_t number);

/* Take what is left of the head, which is WHOLE: the segment is the caller's until it is
 * retired. */
void mpcc__queue_take(struct mpcc__queue_end *end, const struct mpcc__shelf *shelf);

/* Take the first ${count} items of the head, which are published. They stay where they are while
 * *retired (as above) is not given back and the caller does not look again. */
void mpcc__queue_skip(struct mpcc__queue_end *end, const struct mpcc__shelf *shelf, uint32_t count,
                      uint32_t *retired);

/* A segment is not needed by a batch any more: true if it may go back to the pool now; else the
 * queue will say so (*retired), once it does not need it either. */
bool mpcc__queue_retire(struct mpcc__queue_end *end, const struct mpcc__shelf *shelf,
                        uint32_t number);

/* What became of items that were to pass by a queue. */
enum mpcc__queue_passed {
  MPCC__QUEUE_REFUSED, /* nothing, as the queue is not idle */
  MPCC__QUEUE_PASSED,  /* they count as pushed: the segment is a batch's memory */
  MPCC__QUEUE_JOINED   /* others came: the segment is the queue's, to be published and linked */
};

/* Let the ${count} items, less than a segment's, pass by the queue, which are the first ones in
 * ${number}, the caller's own. If it is idle, the segment is its tail for a moment, with these
 * cells claimed: so tickets and other pushes find what they always find. Those that have passed are
 * then to be counted as taken, before anything else is done with the queue. */
enum mpcc__queue_passed mpcc__queue_pass_by(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                                            const struct mpcc__shelf *shelf, uint32_t number,
                                            uint32_t count);

void mpcc__queue_count_taken(struct mpcc__queue_end *end, uint64_t count);

/* The queue is closed, and all its items were taken: count others as pushed and taken. */
void mpcc__queue_pass(struct mpcc__queue *queue, struct mpcc__queue_end *end, uint64_t count);

/* Close the queue if nothing was pushed that has not been taken. */
bool mpcc__queue_close_empty(struct mpcc__queue *queue, const struct mpcc__queue_end *end);

/* Let a closed and empty queue take items again. */
void mpcc__queue_open(struct mpcc__queue *queue);

#endif
