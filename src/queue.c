/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The producers' end of a queue, and tickets. */
#include "queue.h"

#include "check.h"

#define BASE_UNSET (UINT64_C(1) << 63)

static uint64_t tail_word(uint32_t number, uint32_t index)
{
  return (uint64_t)number << 32 | index;
}

/* A base that is not set yet, in this life of the segment. */
static uint64_t unset_base(uint32_t incarnation)
{
  return BASE_UNSET | incarnation;
}

/* Where the index of this tail stands when no refused claim is in it. */
static uint32_t resting_index(const struct mpcc__shelf *shelf, uint64_t tail)
{
  if (mpcc__tail_segment(tail) != 0)
    return shelf->cap;
  return (uint32_t)(mpcc__tail_closed(tail) ? MPCC__TAIL_CLOSED : MPCC__TAIL_IDLE);
}

/* -- Producers ----------------------------------------------------------------------------- */

uint64_t mpcc__queue_refuse(struct mpcc__queue *queue, const struct mpcc__shelf *shelf)
{
  /* relaxed: the caller may go on to install behind what it finds here, which acquires it. */
  uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
  uint32_t rest = resting_index(shelf, tail);

  if (mpcc__tail_index(tail) > rest) {
    uint64_t normal = tail_word(mpcc__tail_segment(tail), rest);

    /* relaxed: as above. Failing is fine: another refusal, or an install, was first. */
    if (atomic_compare_exchange_strong_explicit(&queue->tail, &tail, normal, memory_order_relaxed,
                                                memory_order_relaxed))
      tail = normal;
  }
  return tail;
}

bool mpcc__queue_install(struct mpcc__queue *queue, const struct mpcc__shelf *shelf, uint64_t seen,
                         uint32_t number, uint32_t count)
{
  struct mpcc__segment *segment = mpcc__segment_at(shelf, number);
  /* relaxed: the segment is private, and only its holders write this. */
  uint32_t incarnation = atomic_load_explicit(&segment->incarnation, memory_order_relaxed);

  segment->sealed = 0;
  segment->spent = true;
  /* relaxed: published by the compare-exchange. */
  atomic_store_explicit(&segment->older_ms, MPCC__UNSEEN, memory_order_relaxed);
  /* pairs queue.base: a ticket that sees it does not see the tail of the life before any more. */
  atomic_store_explicit(&segment->incarnation, incarnation + 1, memory_order_release);
  /* relaxed: published by the base. */
  atomic_store_explicit(&segment->prev, mpcc__tail_segment(seen), memory_order_relaxed);
  /* pairs queue.base: a ticket that sees a base of this life sees the new incarnation, and prev. */
  atomic_store_explicit(&segment->base, unset_base(incarnation + 1), memory_order_release);
  /* relaxed: published by the compare-exchange. */
  atomic_store_explicit(&segment->next, 0, memory_order_relaxed);
  /* pairs queue.tail: claims see cleared flags, tickets see base and prev; acquires what the one
   * before has published, and idle_base. pairs slot.phase: it is a claim, too. */
  return atomic_compare_exchange_strong_explicit(&queue->tail, &seen, tail_word(number, count),
                                                 memory_order_seq_cst, memory_order_relaxed);
}

static bool is_unset(uint64_t base)
{
  return (base & BASE_UNSET) != 0;
}

/* ${number} has the unset base ${word}: set it, or that of the oldest segment before it that has
 * none either, unless somebody else has just done it. */
static void set_oldest_base(const struct mpcc__queue *queue, const struct mpcc__shelf *shelf,
                            uint32_t number, uint64_t word)
{
  struct mpcc__segment *segment;
  uint64_t before;

  for (;;) {
    uint32_t prev;

    segment = mpcc__segment_at(shelf, number);
    /* relaxed: of the life that the word names, or of a later one: then we fail below. */
    prev = atomic_load_explicit(&segment->prev, memory_order_relaxed);
    if (prev == 0) {
      /* relaxed: the queue was idle at this ticket, which came with the word; or it has been idle
       * again: then this base was set before, and we fail below. */
      before = atomic_load_explicit(&queue->idle_base, memory_order_relaxed);
      break;
    }
    /* pairs queue.base: if it is of another life than the one we stand behind, our own base has
     * been set, and the next load sees that. */
    before = atomic_load_explicit(&mpcc__segment_at(shelf, prev)->base, memory_order_acquire);
    /* relaxed: the load before has acquired what it must not miss. */
    if (atomic_load_explicit(&segment->base, memory_order_relaxed) != word)
      return;
    if (!is_unset(before)) {
      before += shelf->cap;
      break;
    }
    number = prev;
    word = before;
  }
  /* relaxed: in that life, and once; who reads it acquires the unset base, which it follows. */
  atomic_compare_exchange_strong_explicit(&segment->base, &word, before, memory_order_relaxed,
                                          memory_order_relaxed);
}

/* Items before cell 0 of ${number}; false if that is not in the life ${incarnation} any more
 * (or, for who does not hold the segment, may not be: to be validated). */
static bool find_base(const struct mpcc__queue *queue, const struct mpcc__shelf *shelf,
                      uint32_t number, uint32_t incarnation, uint64_t *base)
{
  struct mpcc__segment *segment = mpcc__segment_at(shelf, number);

  for (;;) {
    /* pairs queue.base: carries prev, and the bases before. */
    *base = atomic_load_explicit(&segment->base, memory_order_acquire);
    if (!is_unset(*base))
      return true;
    if (*base != unset_base(incarnation))
      return false;
    set_oldest_base(queue, shelf, number, *base);
  }
}

uint64_t mpcc__queue_base(const struct mpcc__queue *queue, const struct mpcc__shelf *shelf,
                          uint32_t number)
{
  /* relaxed: it does not change in the caller's hands. */
  uint32_t incarnation = atomic_load_explicit(&mpcc__segment_at(shelf, number)->incarnation,
                                              memory_order_relaxed);
  uint64_t base = 0;
  bool found = find_base(queue, shelf, number, incarnation, &base);

  MPCC__CHECK(found);
  (void)found;
  return base;
}

void mpcc__queue_link(struct mpcc__queue *queue, const struct mpcc__shelf *shelf, uint64_t seen,
                      uint32_t number, uint64_t stamp_ms)
{
  struct mpcc__segment *segment = mpcc__segment_at(shelf, number);
  uint32_t prev = mpcc__tail_segment(seen);

  segment->stamp_ms = stamp_ms;
  (void)mpcc__queue_base(queue, shelf, number); /* before the one in front may be retired */
  if (prev == 0)
    /* pairs queue.first: the loop sees the segment. */
    atomic_store_explicit(&queue->first, number, memory_order_release);
  else
    /* pairs queue.link: the loop sees the segment; from here on prev may be retired. */
    atomic_store_explicit(&mpcc__segment_at(shelf, prev)->next, number, memory_order_release);
}

/* -- Tickets ------------------------------------------------------------------------------- */

static bool try_ticket(const struct mpcc__queue *queue, const struct mpcc__shelf *shelf,
                       uint64_t *ticket)
{
  /* pairs queue.tail: the segment that it names has its prev and incarnation. */
  uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
  uint32_t number = mpcc__tail_segment(tail), incarnation;
  struct mpcc__segment *segment;
  uint64_t base;

  if (number == 0) {
    /* pairs queue.idle: came with the tail, or is newer: how far items were taken comes with it. */
    *ticket = atomic_load_explicit(&queue->idle_base, memory_order_acquire);
    /* relaxed: still, or again, idle: then idle_base was right at some moment here. */
    return mpcc__tail_segment(atomic_load_explicit(&queue->tail, memory_order_relaxed)) == 0;
  }
  segment = mpcc__segment_at(shelf, number);
  /* pairs queue.base: the life whose values are read from here on. */
  incarnation = atomic_load_explicit(&segment->incarnation, memory_order_acquire);
  /* pairs queue.tail: the segment is the tail in this life of it, at this index. */
  tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
  if (mpcc__tail_segment(tail) != number)
    return false;
  if (!find_base(queue, shelf, number, incarnation, &base))
    return false;
  *ticket = base + mpcc__tail_claims(shelf, tail);
  /* relaxed: ordered behind the acquiring load of the base. The same life to the end: base and
   * index belong together. */
  return incarnation == atomic_load_explicit(&segment->incarnation, memory_order_relaxed);
}

uint64_t mpcc__queue_ticket(const struct mpcc__queue *queue, const struct mpcc__shelf *shelf)
{
  uint64_t ticket;

  while (!try_ticket(queue, shelf, &ticket))
    continue;
  return ticket;
}

bool mpcc__queue_idle(const struct mpcc__queue *queue)
{
  /* relaxed: what was pushed before is not missed, as it has written here. */
  return mpcc__tail_segment(atomic_load_explicit(&queue->tail, memory_order_relaxed)) == 0;
}
