/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The loop's end of a queue. */
#include "check.h"
#include "queue.h"

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

/* Move tail from *tail to ${idle}; if it has changed meanwhile, *tail is what it is now. */
static bool move_tail(struct mpcc__queue *queue, const struct mpcc__shelf *shelf, uint64_t *tail,
                      uint64_t idle)
{
  uint32_t number = mpcc__tail_segment(*tail);

  if (number != 0)
    /* pairs queue.idle: tickets and installers that find the queue idle start here. */
    atomic_store_explicit(&queue->idle_base,
                          mpcc__queue_base(queue, shelf, number) + mpcc__tail_claims(shelf, *tail),
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
  last->sealed = mpcc__tail_claims(shelf, tail);
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
