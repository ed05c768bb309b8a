/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The loop's end of a queue. */
#include "check.h"
#include "queue.h"

void mpcc__queue_init(struct mpcc__queue *queue, struct mpcc__queue_end *end)
{
  atomic_init(&queue->tail, MPCC__TAIL_IDLE);
  atomic_init(&queue->idle_base, MPCC__FIRST_TICKET);
  atomic_init(&queue->first, 0);
  atomic_init(&queue->phase, 0);
  end->head = 0;
  end->bridge = 0;
  end->offset = 0;
  end->seen = 0;
  atomic_init(&end->taken, MPCC__FIRST_TICKET);
}

/* The head has nothing more to give. */
static void leave_head(struct mpcc__queue_end *end, const struct mpcc__shelf *shelf,
                       uint32_t *retired)
{
  struct mpcc__segment *head = mpcc__segment_at(shelf, end->head);

  if (head->sealed == 0)
    end->bridge = end->head;
  else
    *retired = head->spent ? end->head : 0;
  end->head = 0;
  end->offset = 0;
  end->seen = 0;
}

/* Find the head: after the bridge, or as the first one of a queue that was idle. */
static void find_head(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                      const struct mpcc__shelf *shelf, uint32_t *retired)
{
  if (end->head != 0 && end->offset == mpcc__segment_at(shelf, end->head)->sealed)
    if (end->offset != 0)
      leave_head(end, shelf, retired); /* it was sealed when all its items had been taken */
  if (end->head != 0)
    return;
  if (end->bridge != 0) {
    struct mpcc__segment *bridge = mpcc__segment_at(shelf, end->bridge);

    /* pairs queue.link: the base and stamp of the segment behind. */
    end->head = atomic_load_explicit(&bridge->next, memory_order_acquire);
    if (end->head == 0)
      return;
    *retired = bridge->spent ? end->bridge : 0;
    end->bridge = 0;
  } else {
    /* pairs queue.first: the base and stamp of the segment. */
    end->head = atomic_load_explicit(&queue->first, memory_order_acquire);
    if (end->head != 0)
      /* relaxed: it is only written again after the loop has made the queue idle. */
      atomic_store_explicit(&queue->first, 0, memory_order_relaxed);
  }
  end->offset = 0;
  end->seen = 0;
}

static bool all_published(struct mpcc__queue_end *end, struct mpcc__segment *head, uint32_t count)
{
  _Atomic uint8_t *flags = mpcc__segment_flags(head);

  uint32_t seen = end->seen;

  while (count - seen >= 8 && mpcc__segment_eight_ready(flags + seen))
    seen += 8;
  while (seen < count && mpcc__segment_is_ready(flags + seen))
    seen++;
  end->seen = seen;
  return seen == count;
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
  /* relaxed: only whether there is one: only a full segment has. */
  if (atomic_load_explicit(&head->next, memory_order_relaxed) != 0)
    return shelf->cap;
  /* relaxed: what it counts is asked for cell by cell; and if the head is full, there is another
   * look, behind it. */
  tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
  if (mpcc__tail_segment(tail) != end->head || mpcc__tail_index(tail) >= shelf->cap)
    return shelf->cap;
  *final = false;
  return mpcc__tail_index(tail);
}

enum mpcc__queue_state mpcc__queue_look(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                                        const struct mpcc__shelf *shelf, uint32_t *count,
                                        uint32_t *retired)
{
  uint32_t claims;
  bool final;

  *retired = 0;
  find_head(queue, end, shelf, retired);
  if (end->head == 0) {
    /* relaxed: a segment that is not the one we have taken is about to be linked. If it is missed,
     * the queue can't be made idle. */
    uint32_t last = mpcc__tail_segment(atomic_load_explicit(&queue->tail, memory_order_relaxed));

    *count = 0;
    if (last != end->bridge)
      return MPCC__QUEUE_STUCK;
    /* relaxed: only this thread writes the two. */
    if (last == 0 && atomic_load_explicit(&queue->idle_base, memory_order_relaxed) !=
                         atomic_load_explicit(&end->taken, memory_order_relaxed))
      return MPCC__QUEUE_STUCK;
    return MPCC__QUEUE_EMPTY;
  }
  claims = head_claims(queue, end, shelf, &final);
  *count = claims - end->offset;
  if (!final)
    return *count != 0 ? MPCC__QUEUE_PARTIAL : MPCC__QUEUE_EMPTY;
  return all_published(end, mpcc__segment_at(shelf, end->head), claims)
             ? MPCC__QUEUE_WHOLE
             : MPCC__QUEUE_STUCK;
}

uint32_t mpcc__queue_published(struct mpcc__queue_end *end, const struct mpcc__shelf *shelf,
                               uint32_t limit)
{
  (void)all_published(end, mpcc__segment_at(shelf, end->head), end->offset + limit);
  return end->seen - end->offset < limit ? end->seen - end->offset : limit;
}

/* How many cells of the segment behind the head are claimed; *final if there will be no more. */
static uint32_t claims_behind(const struct mpcc__queue *queue, const struct mpcc__shelf *shelf,
                              uint32_t number, bool *final)
{
  uint32_t sealed = mpcc__segment_at(shelf, number)->sealed;
  /* pairs queue.tail: the claims that this index counts. pairs slot.phase. */
  uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_seq_cst);

  *final = true;
  if (sealed != 0)
    return sealed;
  if (mpcc__tail_segment(tail) != number || mpcc__tail_index(tail) >= shelf->cap)
    return shelf->cap;
  *final = false;
  return mpcc__tail_index(tail);
}

struct mpcc__queue_behind mpcc__queue_look_behind(const struct mpcc__queue *queue,
                                                  const struct mpcc__queue_end *end,
                                                  const struct mpcc__shelf *shelf, uint32_t limit)
{
  struct mpcc__queue_behind behind = {.final = true};
  _Atomic uint8_t *flags;
  uint32_t claims;

  if (mpcc__segment_at(shelf, end->head)->sealed != 0)
    return behind;
  behind.segment = mpcc__queue_next(shelf, end->head);
  if (behind.segment == 0) {
    /* pairs queue.tail: a segment behind that is about to be linked. */
    uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_seq_cst);

    behind.claimed = mpcc__tail_segment(tail) != end->head;
    behind.final = false;
    return behind;
  }
  claims = claims_behind(queue, shelf, behind.segment, &behind.final);
  behind.claimed = claims < limit ? claims : limit;
  flags = mpcc__segment_flags(mpcc__segment_at(shelf, behind.segment));
  while (behind.published < behind.claimed && mpcc__segment_is_ready(flags + behind.published))
    behind.published++;
  return behind;
}

/* Move tail from *tail to ${idle}; if it has changed meanwhile, *tail is what it is now. */
static bool move_tail(struct mpcc__queue *queue, const struct mpcc__shelf *shelf, uint64_t *tail,
                      uint64_t idle)
{
  uint32_t number = mpcc__tail_segment(*tail);

  if (number != 0)
    /* pairs queue.idle: a ticket that sees it is not ahead of what was taken. Installers find it by
     * the tail. */
    atomic_store_explicit(&queue->idle_base,
                          mpcc__queue_base(queue, shelf, number) + mpcc__tail_claims(shelf, *tail),
                          memory_order_release);
  /* pairs queue.tail: who finds it idle sees idle_base; else the segment that it names. */
  return atomic_compare_exchange_strong_explicit(&queue->tail, tail, idle, memory_order_release,
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
    *retired = last->spent ? number : 0;
    end->bridge = 0;
  }
}

void mpcc__queue_settle(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                        const struct mpcc__shelf *shelf, uint32_t *retired)
{
  /* relaxed: compared with the segment that the loop has. */
  uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
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

void mpcc__queue_settle_taken(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                              const struct mpcc__shelf *shelf, uint32_t *retired)
{
  uint64_t tail = (uint64_t)end->head << 32 | end->offset, claimed = tail;

  *retired = 0;
  if (!move_tail(queue, shelf, &tail, MPCC__TAIL_IDLE))
    return;
  end_at(end, shelf, claimed, retired);
  leave_head(end, shelf, retired);
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

void mpcc__queue_count_taken(struct mpcc__queue_end *end, uint64_t count)
{
  /* relaxed: only this thread writes it. */
  uint64_t taken = atomic_load_explicit(&end->taken, memory_order_relaxed);

  /* relaxed: a number. Who has seen the fate of items (slot.tally) does not see less. */
  atomic_store_explicit(&end->taken, taken + count, memory_order_relaxed);
}

enum mpcc__queue_passed mpcc__queue_pass_by(struct mpcc__queue *queue, struct mpcc__queue_end *end,
                                            const struct mpcc__shelf *shelf, uint32_t number,
                                            uint32_t count)
{
  uint64_t tail = mpcc__segment_at(shelf, number)->first_cell + count;

  if (end->head != 0 || end->bridge != 0)
    return MPCC__QUEUE_REFUSED;
  /* relaxed: only this thread writes the two. Others have passed, and are not counted yet. */
  if (atomic_load_explicit(&queue->idle_base, memory_order_relaxed) !=
      atomic_load_explicit(&end->taken, memory_order_relaxed))
    return MPCC__QUEUE_REFUSED;
  if (!mpcc__queue_install(queue, shelf, MPCC__TAIL_IDLE, number, count))
    return MPCC__QUEUE_REFUSED;
  if (!move_tail(queue, shelf, &tail, MPCC__TAIL_IDLE))
    return MPCC__QUEUE_JOINED;
  return MPCC__QUEUE_PASSED;
}

void mpcc__queue_pass(struct mpcc__queue *queue, struct mpcc__queue_end *end, uint64_t count)
{
  /* relaxed: only this thread writes it. */
  uint64_t base = atomic_load_explicit(&queue->idle_base, memory_order_relaxed);

  /* relaxed: tickets count them, under the lanes' lock. */
  atomic_store_explicit(&queue->idle_base, base + count, memory_order_relaxed);
  mpcc__queue_count_taken(end, count);
}

void mpcc__queue_take(struct mpcc__queue_end *end, const struct mpcc__shelf *shelf)
{
  uint32_t retired;

  MPCC__CHECK(end->bridge == 0);
  mpcc__segment_at(shelf, end->head)->spent = false;
  mpcc__queue_count_taken(end, end->seen - end->offset);
  leave_head(end, shelf, &retired);
}

void mpcc__queue_skip(struct mpcc__queue_end *end, const struct mpcc__shelf *shelf, uint32_t count,
                      uint32_t *retired)
{
  uint32_t sealed = mpcc__segment_at(shelf, end->head)->sealed;

  MPCC__CHECK(end->bridge == 0 && end->offset + count <= end->seen);
  *retired = 0;
  mpcc__queue_count_taken(end, count);
  end->offset += count;
  if (end->offset == (sealed != 0 ? sealed : shelf->cap))
    leave_head(end, shelf, retired);
}

bool mpcc__queue_retire(struct mpcc__queue_end *end, const struct mpcc__shelf *shelf,
                        uint32_t number)
{
  mpcc__segment_at(shelf, number)->spent = true;
  return end->bridge != number && end->head != number;
}

bool mpcc__queue_close_empty(struct mpcc__queue *queue, const struct mpcc__queue_end *end)
{
  /* relaxed: only whether there is a segment. */
  uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);

  do {
    if (mpcc__tail_segment(tail) != 0)
      return false;
    /* relaxed: only this thread writes the two. */
    if (atomic_load_explicit(&queue->idle_base, memory_order_relaxed) !=
        atomic_load_explicit(&end->taken, memory_order_relaxed))
      return false;
    /* relaxed: nothing was installed meanwhile, and nothing will be; so nothing is handed on. */
  } while (!atomic_compare_exchange_weak_explicit(&queue->tail, &tail, MPCC__TAIL_CLOSED,
                                                  memory_order_relaxed, memory_order_relaxed));
  return true;
}

void mpcc__queue_open(struct mpcc__queue *queue)
{
  /* pairs queue.tail: whoever finds it open sees idle_base. Refused claims may still move the index
   * of a closed tail; they compare before they write, so a store is enough. */
  atomic_store_explicit(&queue->tail, MPCC__TAIL_IDLE, memory_order_release);
}
