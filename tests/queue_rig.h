/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One queue over a small pool that keeps no distance, so that segments come back at once, and a
 * push in steps: claim, refuse, install, link, fill. Items are uint64_t.
 */
#ifndef MPCC_TESTS_QUEUE_RIG_H
#define MPCC_TESTS_QUEUE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "check.h"
#include "pool.h"
#include "queue.h"

struct queue_rig {
  struct mpcc__pool pool;
  struct mpcc__queue queue;
  struct mpcc__queue_end end;
  uint32_t count;   /* what the last look told */
  uint32_t retired; /* what the last look, settle or close told */
};

static inline void *rig_calloc(size_t count, size_t size, void *user)
{
  (void)user;
  return calloc(count, size);
}

static inline void rig_free(void *memory, void *user)
{
  (void)user;
  free(memory);
}

static inline void rig_open(struct queue_rig *rig, uint32_t cap, uint32_t limit)
{
  const struct mpcc__source source = {.calloc = rig_calloc, .free = rig_free, .user = NULL};

  assert_true(mpcc__pool_open(&rig->pool, &source, sizeof(uint64_t), cap, limit));
  rig->pool.distance = 0;
  mpcc__queue_init(&rig->queue, &rig->end);
}

/* All ${limit} segments have come back. */
static inline void rig_close(struct queue_rig *rig)
{
  for (uint32_t i = 0; i < rig->pool.limit; i++)
    assert_int_not_equal(mpcc__pool_take(&rig->pool), 0);
  mpcc__pool_close(&rig->pool);
}

static inline struct mpcc__segment *rig_segment(struct queue_rig *rig, uint32_t number)
{
  return mpcc__segment_at(&rig->pool.shelf, number);
}

/* Tickets are told from 0 on. */
static inline uint64_t rig_ticket(struct queue_rig *rig)
{
  return mpcc__queue_ticket(&rig->queue, &rig->pool.shelf) - MPCC__FIRST_TICKET;
}

static inline uint64_t rig_base(struct queue_rig *rig, uint32_t number)
{
  return atomic_load_explicit(&rig_segment(rig, number)->base, memory_order_acquire) -
         MPCC__FIRST_TICKET;
}

static inline uint64_t rig_taken(struct queue_rig *rig)
{
  return atomic_load_explicit(&rig->end.taken, memory_order_acquire) - MPCC__FIRST_TICKET;
}

/* -- A producer's steps --------------------------------------------------------------------- */

static inline uint64_t rig_claim(struct queue_rig *rig)
{
  return mpcc__queue_claim(&rig->queue, 1);
}

static inline uint64_t rig_refuse(struct queue_rig *rig)
{
  return mpcc__queue_refuse(&rig->queue, &rig->pool.shelf);
}

/* Publish the cell that the claim has won. */
static inline void rig_fill(struct queue_rig *rig, uint64_t claim, uint64_t item)
{
  mpcc__segment_fill(&rig->pool.shelf, rig_segment(rig, mpcc__tail_segment(claim)),
                     mpcc__tail_index(claim), &item, 1);
}

/* A segment that is the tail now, with its first cell claimed for the caller; not linked. */
static inline uint32_t rig_install(struct queue_rig *rig, uint64_t seen)
{
  uint32_t number = mpcc__pool_take(&rig->pool);

  assert_int_not_equal(number, 0);
  assert_true(mpcc__queue_install(&rig->queue, &rig->pool.shelf, seen, number, 1));
  return number;
}

static inline void rig_link(struct queue_rig *rig, uint64_t seen, uint32_t number)
{
  mpcc__queue_link(&rig->queue, &rig->pool.shelf, seen, number, 0);
}

static inline void rig_fill_first(struct queue_rig *rig, uint32_t number, uint64_t item)
{
  mpcc__segment_fill(&rig->pool.shelf, rig_segment(rig, number), 0, &item, 1);
}

/* All steps at once, with nobody in the way. */
static inline void rig_push(struct queue_rig *rig, uint64_t item)
{
  uint64_t claim = rig_claim(rig), seen;
  uint32_t number;

  if (mpcc__tail_index(claim) < rig->pool.shelf.cap) {
    rig_fill(rig, claim, item);
    return;
  }
  seen = rig_refuse(rig);
  assert_false(mpcc__tail_closed(seen));
  number = rig_install(rig, seen);
  rig_fill_first(rig, number, item);
  rig_link(rig, seen, number);
}

/* -- The loop's steps ------------------------------------------------------------------------ */

static inline enum mpcc__queue_state rig_look(struct queue_rig *rig)
{
  return mpcc__queue_look(&rig->queue, &rig->end, &rig->pool.shelf, &rig->count, &rig->retired);
}

static inline void rig_settle(struct queue_rig *rig)
{
  mpcc__queue_settle(&rig->queue, &rig->end, &rig->pool.shelf, &rig->retired);
}

static inline void rig_shut(struct queue_rig *rig)
{
  mpcc__queue_close(&rig->queue, &rig->end, &rig->pool.shelf, &rig->retired);
}

/* Take the head, which must be whole and hold ${first}, ${first} + 1, ...: its number. */
static inline uint32_t rig_take(struct queue_rig *rig, uint64_t first, uint32_t count)
{
  const void *items;
  uint32_t number;

  assert_int_equal(rig_look(rig), MPCC__QUEUE_WHOLE);
  assert_int_equal(rig->count, count);
  number = rig->end.head;
  assert_true(rig_base(rig, number) == rig_taken(rig));
  items = mpcc__segment_items(&rig->pool.shelf, rig_segment(rig, number));
  for (uint32_t i = 0; i < count; i++)
    assert_int_equal(((const uint64_t *)items)[i], first + i);
  mpcc__queue_take(&rig->end, &rig->pool.shelf);
  return number;
}

/* The batch of ${number} is done: whether the segment went back to the pool. */
static inline bool rig_done(struct queue_rig *rig, uint32_t number)
{
  if (!mpcc__queue_retire(&rig->end, &rig->pool.shelf, number))
    return false;
  mpcc__pool_give(&rig->pool, number);
  return true;
}

/* What the last step of the loop told to retire goes back. */
static inline void rig_give_retired(struct queue_rig *rig, uint32_t expected)
{
  assert_int_equal(rig->retired, expected);
  if (rig->retired != 0)
    mpcc__pool_give(&rig->pool, rig->retired);
  rig->retired = 0;
}

#endif
