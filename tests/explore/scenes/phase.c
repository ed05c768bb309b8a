/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Batches that fill up in the middle of a segment, without the rest of the instance: the loop takes
 * some items of the head, tells producers by the phase which cell is news, looks once more, and
 * sleeps. Whoever claims that cell must wake it.
 */
#include "claim.h"
#include "event.h"
#include "queue_parts.h"
#include "ready.h"

enum { SENT = NEXT_OF + PUSHERS }; /* ghost */

static struct mpcc__slot slot;
static struct mpcc__event event;
static struct mpcc__ready list;

static void tell(void)
{
  if (mpcc__ready_put(&list, &slot.ready) && mpcc__event_signal(&event))
    ghost_set(SENT, 1);
}

/* As claim.c: false to claim again. */
static bool push_claimed(uint64_t tail, uint64_t item)
{
  const struct mpcc__shelf *shelf = &pool.shelf;
  uint32_t index = mpcc__tail_index(tail), number;
  bool news;

  if (index < shelf->cap) {
    news = mpcc__claim_is_news(&slot, shelf->cap, index, 1);
    mpcc__segment_fill(shelf, mpcc__segment_at(shelf, mpcc__tail_segment(tail)), index, &item, 1);
    if (news)
      tell();
    return true;
  }
  tail = mpcc__queue_refuse(&slot.queue, shelf);
  if (mpcc__tail_index(tail) < shelf->cap)
    return false;
  number = mpcc__pool_take(&pool);
  CHECK(number != 0);
  if (!mpcc__queue_install(&slot.queue, shelf, tail, number, 1)) {
    mpcc__pool_give(&pool, number);
    return false;
  }
  mpcc__queue_link(&slot.queue, shelf, tail, number, STAMP);
  mpcc__segment_fill(shelf, mpcc__segment_at(shelf, number), 0, &item, 1);
  if (mpcc__tail_segment(tail) == 0 || mpcc__claim_is_news(&slot, shelf->cap, 0, 1))
    tell();
  return true;
}

static void push(int count)
{
  for (int i = 0; i < count; i++)
    while (!push_claimed(mpcc__queue_claim(&slot.queue, 1), 9))
      continue;
}

static void push_one(void *arg)
{
  (void)arg;
  push(1);
}

static void push_two(void *arg)
{
  (void)arg;
  push(2);
}

/* -- The loop ---------------------------------------------------------------------------------- */

static void set_phase(void)
{
  atomic_store_explicit(&slot.queue.phase, slot.end.head != 0 ? slot.end.offset : 0,
                        memory_order_seq_cst); /* as front.c */
}

enum found { NOTHING, STUCK, FULL };

/* Whether there is a full batch, in the head and behind it. */
static enum found find(void)
{
  uint32_t count, retired;
  enum mpcc__queue_state state =
      mpcc__queue_look(&slot.queue, &slot.end, &pool.shelf, &count, &retired);
  struct mpcc__queue_behind behind;

  give_back(retired);
  if (state != MPCC__QUEUE_WHOLE)
    return state == MPCC__QUEUE_STUCK ? STUCK : NOTHING;
  if (count == pool.shelf.cap)
    return FULL;
  behind = mpcc__queue_look_behind(&slot.queue, &slot.end, &pool.shelf, pool.shelf.cap - count);
  if (behind.published < behind.claimed || (behind.claimed != 0 && behind.segment == 0))
    return STUCK;
  return behind.published == pool.shelf.cap - count ? FULL : NOTHING;
}

/* Take some items; then look, and sleep, until there is a full batch or nobody is left. */
static bool loop_finds_full(uint32_t taken)
{
  uint32_t retired;
  enum found found;
  int turns = 0;

  (void)find();
  CHECK(mpcc__queue_published(&slot.end, &pool.shelf, taken) == taken);
  mpcc__queue_skip(&slot.end, &pool.shelf, taken, &retired);
  set_phase();
  for (;;) {
    struct mpcc__ready_node *node;

    (void)mpcc__event_consume(&event);
    ghost_set(SENT, 0);
    for (node = mpcc__ready_take(&list); node != NULL; node = NULL)
      mpcc__ready_clear(node);
    found = find();
    if (found == FULL)
      return true;
    if (found == STUCK)
      scene_idle(&turns);
    else if (mpcc__event_sleep(&event) && !ghost_await(SENT, 1))
      return false;
  }
}

static void run(uint32_t cap, int before, uint32_t taken, void (*first)(void *arg),
                void (*second)(void *arg))
{
  uint64_t queued;
  bool full;

  open_queue(cap, 5);
  mpcc__queue_init(&slot.queue, &slot.end);
  mpcc__ready_init(&list);
  mpcc__ready_node_init(&slot.ready);
  mpcc__event_init(&event);
  push(before);
  scene_go(first, NULL);
  if (second != NULL)
    scene_go(second, NULL);
  full = loop_finds_full(taken);
  scene_join();
  /* relaxed: this thread writes it. */
  queued = mpcc__queue_ticket(&slot.queue, &pool.shelf) -
           atomic_load_explicit(&slot.end.taken, memory_order_relaxed);
  CHECK(full || queued < cap);
  mpcc__pool_close(&pool);
}

static void two_by_one(void)
{
  run(3, 2, 1, push_two, NULL);
}

static void two_by_two(void)
{
  run(2, 1, 1, push_one, push_one);
}

static void three_by_two(void)
{
  run(3, 1, 1, push_two, push_one);
}

/* The batch is full with a cell of a segment that is there already: what tells is a mere claim. */
static void claim_behind(void)
{
  run(3, 4, 2, push_one, NULL);
}

static void claims_behind(void)
{
  run(4, 5, 3, push_one, push_one);
}

const struct scene scenes_phase[] = {
  {"phase_one", "one producer fills a batch up across two segments", two_by_one, 0},
  {"phase_two", "two producers, segments of two cells", two_by_two, 0},
  {"phase_three", "two producers, segments of three cells", three_by_two, 0},
  {"phase_claim", "one producer fills a batch up in the segment behind", claim_behind, 0},
  {"phase_claims", "two producers do", claims_behind, 0},
  {0},
};
