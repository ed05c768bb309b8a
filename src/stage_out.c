/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* From the stage into the queues. */
#include "stage.h"

#include "bypass.h"
#include "memory.h"
#include "stage_list.h"

enum {
  AHEAD = 4,    /* slots: so much earlier they are fetched */
  SORTED = 1024 /* neighbours in the list among which ages are kept in order */
};

/* -- The lists ------------------------------------------------------------------------------- */

static struct mpcc__staged *at(struct mpcc__stage *stage, uint32_t link)
{
  return &stage->table[link - 1];
}

/* Behind which one of those that stay there is a place for items of this time; 0: before all. What
 * comes out of one lane is of few times, so it is looked for beside the last one that was put. */
static uint32_t place_for(struct mpcc__stage *stage, uint64_t since_ms)
{
  uint32_t back = stage->due.last;

  if (back == 0 || at(stage, back)->since_ms <= since_ms)
    return back;
  if (stage->recent != 0 && at(stage, stage->recent)->since_ms == since_ms)
    return stage->recent;
  for (int i = 0; i < SORTED && back != 0 && at(stage, back)->since_ms > since_ms; i++)
    back = at(stage, back)->back;
  return back;
}

void mpcc__stage_link(struct mpcc__stage *stage, struct mpcc__stage_list *list, uint32_t slot)
{
  struct mpcc__staged *staged = &stage->table[slot];
  uint32_t back = list->last, next = 0;

  staged->stays = list == &stage->due;
  if (staged->stays) {
    back = place_for(stage, staged->since_ms);
    stage->recent = slot + 1;
  }
  if (back != list->last)
    next = back != 0 ? at(stage, back)->next : list->first;
  staged->back = back;
  staged->next = next;
  *(back != 0 ? &at(stage, back)->next : &list->first) = slot + 1;
  *(next != 0 ? &at(stage, next)->back : &list->last) = slot + 1;
}

static void unlink_from(struct mpcc__stage *stage, uint32_t slot)
{
  struct mpcc__staged *staged = &stage->table[slot];
  struct mpcc__stage_list *list = staged->stays ? &stage->due : &stage->passing;

  *(staged->back != 0 ? &at(stage, staged->back)->next : &list->first) = staged->next;
  *(staged->next != 0 ? &at(stage, staged->next)->back : &list->last) = staged->back;
  if (stage->recent == slot + 1)
    stage->recent = staged->back;
}

void mpcc__stage_age(struct mpcc__stage *stage, uint32_t slot, uint64_t since_ms)
{
  struct mpcc__staged *staged = &stage->table[slot];
  struct mpcc__stage_list *list = staged->stays ? &stage->due : &stage->passing;

  unlink_from(stage, slot);
  staged->since_ms = since_ms;
  mpcc__stage_link(stage, list, slot);
}

/* -- Whether items may stay ------------------------------------------------------------------ */

bool mpcc__stage_may_stay(const struct mpcc__stage *stage, uint32_t number)
{
  const struct mpcc__slot *slot = &stage->world->slots[number];
  const struct mpcc__queue *queue = &slot->queue;

  return stage->may_stay &&
         /* relaxed: what is in the queue ends with a full segment. A change is heard of. */
         mpcc__tail_index(atomic_load_explicit(&queue->tail, memory_order_relaxed)) >=
             stage->world->pool.shelf.cap &&
         /* relaxed: where batches begin; only the loop lets items stay, and it writes it. */
         atomic_load_explicit(&queue->phase, memory_order_relaxed) == 0 &&
         /* relaxed: a discard that is to cut the queue somewhere is heard of, too. */
         atomic_load_explicit(&slot->discard_to, memory_order_relaxed) <=
             /* relaxed: as the phase. */
             atomic_load_explicit(&slot->end.taken, memory_order_relaxed);
}

bool mpcc__stage_must_go(const struct mpcc__stage *stage, uint32_t slot)
{
  return mpcc__staged_count(&stage->table[slot]) != 0 && !mpcc__stage_may_stay(stage, slot);
}

/* -- Going ----------------------------------------------------------------------------------- */

static bool in_segment(const struct mpcc__staged *staged)
{
  return staged->where == MPCC__STAGE_SEGMENT;
}

static uint32_t segment_of(const struct mpcc__stage *stage, const struct mpcc__staged *staged)
{
  return mpcc__segment_of(&stage->world->pool.shelf, staged->items)->number;
}

struct mpcc__staged mpcc__stage_take(struct mpcc__stage *stage, uint32_t slot)
{
  struct mpcc__staged *staged = &stage->table[slot], taken = *staged;

  unlink_from(stage, slot);
  mpcc__stage_set_count(staged, 0);
  staged->items = NULL;
  staged->where = MPCC__STAGE_NOWHERE;
  return taken;
}

void mpcc__stage_give(struct mpcc__stage *stage, const struct mpcc__staged *taken)
{
  if (in_segment(taken))
    mpcc__pool_give(&stage->world->pool, segment_of(stage, taken));
  else
    mpcc__blocks_give(&stage->blocks, taken->items);
}

/* The segment becomes the last one of the queue, if that has no free cell. */
static bool donate(struct mpcc__stage *stage, struct mpcc__push *push, struct mpcc__staged *staged)
{
  return in_segment(staged) &&
         mpcc__claim_adopt(push, segment_of(stage, staged), mpcc__staged_count(staged));
}

bool mpcc__stage_may_bring(const struct mpcc__stage *stage, uint32_t slot)
{
  return stage->table[slot].items == NULL && mpcc__stage_may_stay(stage, slot);
}

bool mpcc__stage_bring(const struct mpcc__stage *stage, uint32_t slot, uint32_t number,
                       uint64_t since_ms)
{
  struct mpcc__world *world = stage->world;
  struct mpcc__push push = {world, &world->slots[slot], true, false, true, since_ms};

  return mpcc__claim_adopt(&push, number, world->pool.shelf.cap);
}

uint32_t mpcc__stage_missing(const struct mpcc__stage *stage, uint32_t slot)
{
  const struct mpcc__queue *queue = &stage->world->slots[slot].queue;
  /* relaxed: a guess. */
  uint32_t index = mpcc__tail_index(atomic_load_explicit(&queue->tail, memory_order_relaxed));
  uint32_t cap = stage->world->pool.shelf.cap, count = mpcc__staged_count(&stage->table[slot]);

  /* relaxed: as above. */
  if (atomic_load_explicit(&queue->phase, memory_order_relaxed) != 0)
    return 0;
  if (index < cap)
    count = (count + index) % cap;
  return count != 0 ? cap - count : 0;
}

/* Copy the items into the queue. False if some are left. */
static bool put_all(struct mpcc__stage *stage, struct mpcc__push *push,
                    struct mpcc__staged *staged)
{
  size_t size = stage->world->pool.shelf.item_size;
  uint32_t count = mpcc__staged_count(staged), put;
  int err;

  put = (uint32_t)mpcc__claim_put(push, staged->items, count, &err);
  if (put == count)
    return true;
  memmove(staged->items, staged->items + put * size, (count - put) * size);
  mpcc__stage_set_count(staged, count - put);
  return false;
}

/* What can't go for want of memory must go with the next round. */
static bool clear(struct mpcc__stage *stage, uint32_t slot)
{
  struct mpcc__staged *staged = &stage->table[slot];
  struct mpcc__push push = {stage->world, &stage->world->slots[slot], true, false, true,
                            staged->since_ms};
  struct mpcc__staged taken;

  /* Also where a push would not tell: the slot's time may have changed. */
  (void)mpcc__ready_put(&stage->world->ready, &push.slot->ready);
  if (donate(stage, &push, staged)) {
    (void)mpcc__stage_take(stage, slot);
    return true;
  }
  if (put_all(stage, &push, staged)) {
    taken = mpcc__stage_take(stage, slot);
    mpcc__stage_give(stage, &taken);
    return true;
  }
  if (staged->stays) {
    unlink_from(stage, slot);
    mpcc__stage_link(stage, &stage->passing, slot);
  }
  return false;
}

/* A few items that are due need not go through the queue. */
static bool pass_by(struct mpcc__stage *stage, uint32_t slot)
{
  const struct mpcc__staged *staged = &stage->table[slot];
  struct mpcc__staged taken;

  if (in_segment(staged) || mpcc__staged_count(staged) == stage->world->pool.shelf.cap ||
      !mpcc__bypass(stage->world, slot, staged->items, mpcc__staged_count(staged),
                    staged->since_ms))
    return false;
  taken = mpcc__stage_take(stage, slot);
  mpcc__stage_give(stage, &taken);
  return true;
}

/* What ${link} stands for, and what comes behind it, is soon needed. */
static void fetch(struct mpcc__stage *stage, uint32_t link)
{
  if (link == 0)
    return;
  mpcc__slot_fetch(&stage->world->slots[link - 1]);
  mpcc__prefetch_to_write(at(stage, link)->items);
  mpcc__prefetch_to_write(at(stage, link)->items + MPCC__LINE);
  if (at(stage, link)->next != 0)
    mpcc__prefetch_to_write(at(stage, at(stage, link)->next));
}

static bool clear_list(struct mpcc__stage *stage, struct mpcc__stage_list *list)
{
  bool all = true;

  for (uint32_t link = list->first, next; link != 0; link = next) {
    next = at(stage, link)->next;
    fetch(stage, next);
    all = clear(stage, link - 1) && all;
  }
  return all;
}

bool mpcc__stage_settle(struct mpcc__stage *stage)
{
  return clear_list(stage, &stage->passing);
}

bool mpcc__stage_clear(struct mpcc__stage *stage, uint32_t slot)
{
  bool all;

  if (slot != MPCC_ALL_SLOTS)
    return stage->table[slot].items == NULL || clear(stage, slot);
  all = clear_list(stage, &stage->due);
  return clear_list(stage, &stage->passing) && all;
}

/* When it falls due: what was pushed before the start waits from then on. */
static uint64_t due_of(const struct mpcc__stage *stage, const struct mpcc__staged *staged)
{
  uint64_t since_ms = staged->since_ms, start_ms = stage->world->loop.start_ms;

  return mpcc__later_ms(since_ms > start_ms ? since_ms : start_ms,
                        stage->world->options.push_interval_ms);
}

uint64_t mpcc__stage_expire(struct mpcc__stage *stage, uint64_t now_ms, uint32_t most)
{
  uint32_t ahead = stage->due.first;

  if (stage->world->options.push_interval_ms == MPCC_NO_INTERVAL)
    return MPCC__NO_DEADLINE;
  for (int i = 0; i < AHEAD && ahead != 0; i++) {
    fetch(stage, ahead);
    ahead = at(stage, ahead)->next;
  }
  for (uint32_t i = 0; stage->due.first != 0; i++) {
    uint32_t link = stage->due.first;
    uint64_t due_ms = due_of(stage, at(stage, link));

    if (due_ms > now_ms || i == most || mpcc__bypass_is_full(stage->world))
      return due_ms;
    fetch(stage, ahead);
    ahead = ahead != 0 ? at(stage, ahead)->next : 0;
    if (!pass_by(stage, link - 1) && !clear(stage, link - 1))
      return mpcc__later_ms(now_ms, MPCC__MEMORY_MS);
  }
  return MPCC__NO_DEADLINE;
}

/* -- Looking --------------------------------------------------------------------------------- */

static uint64_t count_list(const struct mpcc__stage *stage, const struct mpcc__stage_list *list)
{
  uint64_t count = 0;

  for (uint32_t link = list->first; link != 0; link = stage->table[link - 1].next)
    count += mpcc__staged_count(&stage->table[link - 1]);
  return count;
}

/* Whether the list has no more slots than *most, which is lowered by them. */
static bool is_short(const struct mpcc__stage *stage, const struct mpcc__stage_list *list,
                     uint32_t *most)
{
  uint32_t link = list->first;

  for (; link != 0 && *most != 0; --*most)
    link = stage->table[link - 1].next;
  return link == 0;
}

bool mpcc__stage_is_short(const struct mpcc__stage *stage, uint32_t slots)
{
  return is_short(stage, &stage->due, &slots) && is_short(stage, &stage->passing, &slots);
}

uint64_t mpcc__stage_count(const struct mpcc__stage *stage, uint32_t slot)
{
  if (slot != MPCC_ALL_SLOTS)
    return mpcc__staged_count(&stage->table[slot]);
  return count_list(stage, &stage->due) + count_list(stage, &stage->passing);
}

uint32_t mpcc__stage_any(const struct mpcc__stage *stage)
{
  uint32_t link = stage->due.first != 0 ? stage->due.first : stage->passing.first;

  return link - 1; /* MPCC_ALL_SLOTS if there is none */
}
