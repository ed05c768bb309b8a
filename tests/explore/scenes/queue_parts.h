/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One queue over a small pool whose segments come back at once. Items are uint64_t: whose, and the
 * how many-th. Who pushes, pushes as claim.c does; who takes checks that each thread's items come
 * in order, and that the base of each segment is what was taken before.
 */
#ifndef EXPLORE_QUEUE_PARTS_H
#define EXPLORE_QUEUE_PARTS_H

#include <stdlib.h>

#include "check.h"
#include "pool.h"
#include "queue.h"
#include "scene.h"

enum { PUSHERS = 4, STAMP = 7 };

/* Ghosts. */
enum { PUSHED, BEGUN, TAKEN, NEXT_OF /* [PUSHERS] */ };

static struct mpcc__pool pool;
static struct mpcc__queue queue;
static struct mpcc__queue_end end;

static inline void *parts_calloc(size_t count, size_t size, void *user)
{
  (void)user;
  return calloc(count, size);
}

static inline void parts_free(void *memory, void *user)
{
  (void)user;
  free(memory);
}

static const struct mpcc__source parts_source = {parts_calloc, parts_free, NULL};

static inline void open_queue(uint32_t cap, uint32_t limit)
{
  memset(&pool, 0, sizeof(pool));
  CHECK(mpcc__pool_open(&pool, &parts_source, sizeof(uint64_t), cap, limit));
  pool.distance = 0;
  mpcc__queue_init(&queue, &end);
}

/* Items ever claimed. */
static inline uint64_t claimed_so_far(void)
{
  return mpcc__queue_ticket(&queue, &pool.shelf) - MPCC__FIRST_TICKET;
}

static inline uint64_t item_of(int who, int64_t number)
{
  return (uint64_t)who << 32 | (uint64_t)number;
}

/* -- A producer ------------------------------------------------------------------------------ */

/* Install a segment behind ${seen} with the item in it: false if somebody else was first. */
static inline bool install(uint64_t seen, uint32_t number, uint64_t item)
{
  const struct mpcc__shelf *shelf = &pool.shelf;

  if (!mpcc__queue_install(&queue, shelf, seen, number, 1))
    return false;
  mpcc__queue_link(&queue, shelf, seen, number, STAMP);
  mpcc__segment_fill(shelf, mpcc__segment_at(shelf, number), 0, &item, 1);
  return true;
}

/* False if the queue is closed. */
static inline bool push_item(uint64_t item)
{
  const struct mpcc__shelf *shelf = &pool.shelf;
  uint32_t number = 0;
  bool done = false;

  for (;;) {
    uint64_t tail = mpcc__queue_claim(&queue, 1);

    if (mpcc__tail_index(tail) < shelf->cap) {
      mpcc__segment_fill(shelf, mpcc__segment_at(shelf, mpcc__tail_segment(tail)),
                         mpcc__tail_index(tail), &item, 1);
      done = true;
      break;
    }
    tail = mpcc__queue_refuse(&queue, shelf);
    if (mpcc__tail_closed(tail))
      break;
    if (mpcc__tail_index(tail) < shelf->cap)
      continue;
    if (number == 0)
      number = mpcc__pool_take(&pool);
    if (number == 0)
      scene_yield(); /* others hold segments that they will not use */
    else if (install(tail, number, item))
      return true;
  }
  if (number != 0)
    mpcc__pool_give(&pool, number);
  return done;
}

/* Push ${count} items of this thread, or as many as come before the queue is closed. */
static inline void push_items(int who, int count)
{
  for (int i = 0; i < count; i++) {
    ghost_add(BEGUN, 1);
    if (!push_item(item_of(who, i + 1))) {
      ghost_add(BEGUN, -1);
      return;
    }
    ghost_add(PUSHED, 1);
  }
}

/* -- The loop -------------------------------------------------------------------------------- */

static inline void give_back(uint32_t retired)
{
  if (retired != 0)
    mpcc__pool_give(&pool, retired);
}

static inline void check_items(const uint64_t *items, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++) {
    int who = (int)(items[i] >> 32);

    CHECK(who < PUSHERS && (int64_t)(uint32_t)items[i] == ghost_add(NEXT_OF + who, 1));
    ghost_add(TAKEN, 1);
  }
}

/* Take the head, which is WHOLE and has ${count} items. */
static inline void take_head(uint32_t count)
{
  const struct mpcc__shelf *shelf = &pool.shelf;
  uint32_t number = end.head, offset = end.offset;
  struct mpcc__segment *head = mpcc__segment_at(shelf, number);
  const void *items = mpcc__segment_items(shelf, head) + offset * shelf->item_size;

  CHECK(head->stamp_ms == STAMP);
  CHECK(mpcc__queue_base(&queue, shelf, number) + offset ==
        atomic_load_explicit(&end.taken, memory_order_relaxed)); /* relaxed: only it writes */
  check_items(items, count);
  mpcc__queue_take(&end, shelf);
  if (mpcc__queue_retire(&end, shelf, number))
    mpcc__pool_give(&pool, number);
}

/* One step of the loop: seal what is partial if ${settle}. Whether it has got on. */
static inline bool loop_step(bool settle)
{
  uint32_t count, retired;
  enum mpcc__queue_state state = mpcc__queue_look(&queue, &end, &pool.shelf, &count, &retired);

  give_back(retired);
  if (state == MPCC__QUEUE_WHOLE) {
    take_head(count);
    return true;
  }
  if (!settle || state == MPCC__QUEUE_STUCK || (end.head == 0 && end.bridge == 0))
    return false;
  mpcc__queue_settle(&queue, &end, &pool.shelf, &retired);
  give_back(retired);
  return true;
}

/* Until all of them are done with it: everything was taken, and every segment is back. */
static inline void loop_until(int threads_done, int threads, bool settle)
{
  int turns = 0;

  while (ghost_get(threads_done) < threads)
    if (!loop_step(settle))
      scene_idle(&turns);
  scene_join();
  while (loop_step(true))
    continue;
}

static inline void close_queue(void)
{
  CHECK(ghost_get(TAKEN) == ghost_get(PUSHED));
  CHECK(claimed_so_far() == (uint64_t)ghost_get(PUSHED));
  for (uint32_t i = 0; i < pool.limit; i++)
    CHECK(mpcc__pool_take(&pool) != 0);
  CHECK(mpcc__pool_take(&pool) == 0);
  mpcc__pool_close(&pool);
}

#endif
