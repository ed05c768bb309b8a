/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include "check.h"

static uint64_t tail_word(uint32_t number, uint32_t index)
{
  return (uint64_t)number << 32 | index;
}

/* Where the index of this tail stands when no refused claim is in it. */
static uint32_t resting_index(const struct mpcc__shelf *shelf, uint64_t tail)
{
  if (mpcc__tail_segment(tail) != 0)
    return shelf->cap;
  return (uint32_t)(mpcc__tail_closed(tail) ? MPCC__TAIL_CLOSED : MPCC__TAIL_IDLE);
}

static uint32_t claimed_cells(const struct mpcc__shelf *shelf, uint64_t tail)
{
  uint32_t index = mpcc__tail_index(tail);

  return index < shelf->cap ? index : shelf->cap;
}

void mpcc__queue_init(struct mpcc__queue *queue, struct mpcc__queue_end *end)
{
  atomic_init(&queue->tail, MPCC__TAIL_IDLE);
  atomic_init(&queue->idle_base, 0);
  atomic_init(&queue->first, 0);
  end->head = 0;
  end->bridge = 0;
  end->seen = 0;
  atomic_init(&end->taken, 0);
}

/* -- Producers ----------------------------------------------------------------------------- */

uint64_t mpcc__queue_refuse(struct mpcc__queue *queue, const struct mpcc__shelf *shelf)
{
  /* pairs queue.tail: the caller may go on to install behind what it finds here. */
  uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
  uint32_t rest = resting_index(shelf, tail);

  if (mpcc__tail_index(tail) > rest) {
    uint64_t normal = tail_word(mpcc__tail_segment(tail), rest);

    /* pairs queue.tail: as above. Failing is fine: another refusal, or an install, was first. */
    if (atomic_compare_exchange_strong_explicit(&queue->tail, &tail, normal, memory_order_acq_rel,
                                                memory_order_acquire))
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
  segment->orphan = false;
  /* relaxed: published by the stores of base and prev below, whoever sees them sees this. */
  atomic_store_explicit(&segment->incarnation, incarnation + 1, memory_order_relaxed);
  /* pairs queue.base: a ticket that sees a value of this life sees the new incarnation. */
  atomic_store_explicit(&segment->prev, mpcc__tail_segment(seen), memory_order_release);
  /* pairs queue.base: likewise. */
  atomic_store_explicit(&segment->base, MPCC__BASE_UNSET, memory_order_release);
  /* relaxed: published by the compare-exchange. */
  atomic_store_explicit(&segment->next, 0, memory_order_relaxed);
  /* pairs queue.tail: claims see cleared flags, tickets see base and prev; acquires what the one
   * before has published, and idle_base. */
  return atomic_compare_exchange_strong_explicit(&queue->tail, &seen, tail_word(number, count),
                                                 memory_order_acq_rel, memory_order_relaxed);
}

/* Items before cell 0 of ${start}, by walking back to a segment that knows. For who has this
 * segment unretired, or validates afterwards. */
static uint64_t find_base(const struct mpcc__queue *queue, const struct mpcc__shelf *shelf,
                          uint32_t start)
{
  uint64_t before = 0, base, idle_base;
  uint32_t number = start;

  do {
    struct mpcc__segment *segment = mpcc__segment_at(shelf, number);

    /* pairs queue.base: carries the incarnation and prev of the life it belongs to. */
    base = atomic_load_explicit(&segment->base, memory_order_acquire);
    if (base != MPCC__BASE_UNSET)
      return base + before;
    /* pairs queue.base: as above. */
    number = atomic_load_explicit(&segment->prev, memory_order_acquire);
    before += shelf->cap;
  } while (number != 0);
  /* pairs queue.idle: the queue was idle at this ticket when the last of them was installed. */
  idle_base = atomic_load_explicit(&queue->idle_base, memory_order_acquire);
  /* pairs queue.base: unless the loop is closing the queue: before it changes idle_base, it sets
   * the base of every segment. */
  base = atomic_load_explicit(&mpcc__segment_at(shelf, start)->base, memory_order_acquire);
  return base != MPCC__BASE_UNSET ? base : idle_base + before - shelf->cap;
}

void mpcc__queue_link(struct mpcc__queue *queue, const struct mpcc__shelf *shelf, uint64_t seen,
                      uint32_t number, uint64_t stamp_ms)
{
  struct mpcc__segment *segment = mpcc__segment_at(shelf, number);
  uint32_t prev = mpcc__tail_segment(seen);

  segment->stamp_ms = stamp_ms;
  /* pairs queue.base: tickets need not walk any more. */
  atomic_store_explicit(&segment->base, find_base(queue, shelf, number), memory_order_release);
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

  if (number == 0) {
    /* pairs queue.idle: stored before tail became idle. */
    *ticket = atomic_load_explicit(&queue->idle_base, memory_order_acquire);
    /* pairs queue.tail: still, or again, idle: then idle_base was right at some moment here. */
    return mpcc__tail_segment(atomic_load_explicit(&queue->tail, memory_order_acquire)) == 0;
  }
  segment = mpcc__segment_at(shelf, number);
  /* pairs queue.base: the life whose values are read from here on. */
  incarnation = atomic_load_explicit(&segment->incarnation, memory_order_acquire);
  /* pairs queue.tail: the segment is the tail in this life of it, at this index. */
  tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
  if (mpcc__tail_segment(tail) != number)
    return false;
  *ticket = find_base(queue, shelf, number) + claimed_cells(shelf, tail);
  /* relaxed: ordered behind the acquiring loads of find_base. The same life to the end, so
   * nothing that was walked over has been used for anything else. */
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
  /* pairs queue.tail: what was pushed before is not missed. */
  return mpcc__tail_segment(atomic_load_explicit(&queue->tail, memory_order_acquire)) == 0;
}

/* -- The loop ------------------------------------------------------------------------------ */

/* Find the head: after the bridge, or as the first one of a queue that was idle. */
static void find_head(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                      const struct mpcc__shelf *shelf, uint32_t *retired)
{
  if (end->head != 0)
    return;
  if (end->bridge != 0) {
    struct mpcc__segment *bridge = mpcc__segment_at(shelf, end->bridge);

    /* pairs queue.link: the base and stamp of the segment behind. */
    end->head = atomic_load_explicit(&bridge->next, memory_order_acquire);
    if (end->head == 0)
      return;
    *retired = bridge->orphan ? end->bridge : 0;
    end->bridge = 0;
  } else {
    /* pairs queue.first: the base and stamp of the segment. */
    end->head = atomic_load_explicit(&queue->first, memory_order_acquire);
    if (end->head != 0)
      /* relaxed: it is only written again after the loop has made the queue idle. */
      atomic_store_explicit(&queue->first, 0, memory_order_relaxed);
  }
  end->seen = 0;
}

static bool all_published(struct mpcc__queue_end *end, const struct mpcc__shelf *shelf,
                          struct mpcc__segment *head, uint32_t count)
{
  _Atomic uint8_t *flags = mpcc__segment_flags(shelf, head);

  /* pairs segment.ready: the items of these cells are there. */
  while (end->seen < count && atomic_load_explicit(&flags[end->seen], memory_order_acquire) != 0)
    end->seen++;
  return end->seen == count;
}

/* How many cells of the head are claimed; *final if there will be no more. */
static uint32_t head_claims(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                            const struct mpcc__shelf *shelf, bool *final)
{
  struct mpcc__segment *head = mpcc__segment_at(shelf, end->head);
  uint64_t tail;

  *final = true;
  if (head->sealed != 0)
    return head->sealed;
  /* pairs queue.link: only a full segment has one behind it. */
  if (atomic_load_explicit(&head->next, memory_order_acquire) != 0)
    return shelf->cap;
  /* pairs queue.tail: the claims that this index counts. */
  tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
  if (mpcc__tail_segment(tail) != end->head || mpcc__tail_index(tail) >= shelf->cap)
    return shelf->cap;
  *final = false;
  return mpcc__tail_index(tail);
}

enum mpcc__queue_state mpcc__queue_look(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                                        const struct mpcc__shelf *shelf, uint32_t *count,
                                        uint32_t *retired)
{
  bool final;

  *retired = 0;
  find_head(queue, end, shelf, retired);
  if (end->head == 0) {
    /* pairs queue.tail: a segment that is not the one we have taken is about to be linked. */
    uint32_t last = mpcc__tail_segment(atomic_load_explicit(&queue->tail, memory_order_acquire));

    *count = 0;
    if (last != end->bridge)
      return MPCC__QUEUE_STUCK;
    /* relaxed: only this thread writes the two. */
    if (last == 0 && atomic_load_explicit(&queue->idle_base, memory_order_relaxed) !=
                         atomic_load_explicit(&end->taken, memory_order_relaxed))
      return MPCC__QUEUE_STUCK;
    return MPCC__QUEUE_EMPTY;
  }
  *count = head_claims(queue, end, shelf, &final);
  if (!final)
    return MPCC__QUEUE_PARTIAL;
  return all_published(end, shelf, mpcc__segment_at(shelf, end->head), *count)
             ? MPCC__QUEUE_WHOLE
             : MPCC__QUEUE_STUCK;
}

/* Set the bases that installers under way have not set yet, all with the values that they will
 * set, so that nobody needs idle_base for them any more. */
static uint64_t set_bases(const struct mpcc__queue *queue, const struct mpcc__shelf *shelf,
                          uint32_t number)
{
  uint64_t result = find_base(queue, shelf, number), base = result;

  while (number != 0) {
    struct mpcc__segment *segment = mpcc__segment_at(shelf, number);

    /* pairs queue.base: a segment that knows its base is the end of the walk. */
    if (atomic_load_explicit(&segment->base, memory_order_acquire) != MPCC__BASE_UNSET)
      break;
    /* pairs queue.base: as its installer does. */
    atomic_store_explicit(&segment->base, base, memory_order_release);
    /* pairs queue.base: the same life, it is not linked yet. */
    number = atomic_load_explicit(&segment->prev, memory_order_acquire);
    base -= shelf->cap;
  }
  return result;
}

/* Move tail from *tail to ${idle}; if it has changed meanwhile, *tail is what it is now. */
static bool move_tail(struct mpcc__queue *queue, const struct mpcc__shelf *shelf, uint64_t *tail,
                      uint64_t idle)
{
  uint32_t number = mpcc__tail_segment(*tail);

  if (number != 0)
    /* pairs queue.idle: tickets and installers that find the queue idle start here. */
    atomic_store_explicit(&queue->idle_base,
                          set_bases(queue, shelf, number) + claimed_cells(shelf, *tail),
                          memory_order_release);
  /* pairs queue.tail: the next installer sees idle_base; acquires the claims. */
  return atomic_compare_exchange_strong_explicit(&queue->tail, tail, idle, memory_order_acq_rel,
                                                 memory_order_acquire);
}

/* Nothing will be linked behind the segment that ${tail} named. */
static void end_at(struct mpcc__queue_end *end, const struct mpcc__shelf *shelf, uint64_t tail,
                   uint32_t *retired)
{
  uint32_t number = mpcc__tail_segment(tail);
  struct mpcc__segment *last;

  if (number == 0)
    return;
  last = mpcc__segment_at(shelf, number);
  last->sealed = claimed_cells(shelf, tail);
  if (number == end->bridge) {
    *retired = last->orphan ? number : 0;
    end->bridge = 0;
  }
}

void mpcc__queue_settle(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                        const struct mpcc__shelf *shelf, uint32_t *retired)
{
  /* pairs queue.tail: the segment that it names. */
  uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
  uint32_t only = end->head != 0 ? end->head : end->bridge;

  *retired = 0;
  if (only == 0)
    return;
  do {
    if (mpcc__tail_segment(tail) != only)
      return;
    if (only == end->head && mpcc__tail_index(tail) >= shelf->cap)
      return;
  } while (!move_tail(queue, shelf, &tail, MPCC__TAIL_IDLE));
  end_at(end, shelf, tail, retired);
}

void mpcc__queue_close(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                       const struct mpcc__shelf *shelf, uint32_t *retired)
{
  /* pairs queue.tail: the segment that it names. */
  uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_acquire);

  *retired = 0;
  do {
    if (mpcc__tail_closed(tail))
      return;
  } while (!move_tail(queue, shelf, &tail, MPCC__TAIL_CLOSED));
  end_at(end, shelf, tail, retired);
}

uint32_t mpcc__queue_next(const struct mpcc__shelf *shelf, uint32_t number)
{
  /* pairs queue.link: the base and stamp of the segment behind. */
  return atomic_load_explicit(&mpcc__segment_at(shelf, number)->next, memory_order_acquire);
}

void mpcc__queue_take(struct mpcc__queue_end *end, const struct mpcc__shelf *shelf, uint32_t count)
{
  struct mpcc__segment *head = mpcc__segment_at(shelf, end->head);
  /* relaxed: only this thread writes it. */
  uint64_t taken = atomic_load_explicit(&end->taken, memory_order_relaxed);

  MPCC__CHECK(end->seen == count && end->bridge == 0);
  end->bridge = head->sealed != 0 ? 0 : end->head;
  end->head = 0;
  end->seen = 0;
  /* pairs queue.taken: a ticket taken after reading it is not behind it. */
  atomic_store_explicit(&end->taken, taken + count, memory_order_release);
}

bool mpcc__queue_retire(struct mpcc__queue_end *end, const struct mpcc__shelf *shelf,
                        uint32_t number)
{
  if (end->bridge != number)
    return true;
  mpcc__segment_at(shelf, number)->orphan = true;
  return false;
}

bool mpcc__queue_close_empty(struct mpcc__queue *queue, const struct mpcc__queue_end *end)
{
  /* pairs queue.tail: idle_base as it is now. */
  uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_acquire);

  do {
    if (mpcc__tail_segment(tail) != 0)
      return false;
    /* relaxed: only this thread writes the two. */
    if (atomic_load_explicit(&queue->idle_base, memory_order_relaxed) !=
        atomic_load_explicit(&end->taken, memory_order_relaxed))
      return false;
    /* pairs queue.tail: nothing was installed meanwhile, and nothing will be. */
  } while (!atomic_compare_exchange_weak_explicit(&queue->tail, &tail, MPCC__TAIL_CLOSED,
                                                  memory_order_acq_rel, memory_order_acquire));
  return true;
}

void mpcc__queue_open(struct mpcc__queue *queue)
{
  /* pairs queue.tail: whoever finds it open sees idle_base. Refused claims may still move the index
   * of a closed tail; they compare before they write, so a store is enough. */
  atomic_store_explicit(&queue->tail, MPCC__TAIL_IDLE, memory_order_release);
}
