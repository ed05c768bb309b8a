/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Scripts for walking through refused memory. A script is a list of calls on one manual instance;
 * each call that is told MPCC_ENOMEM is made again, and must then succeed. The pump draws what it
 * does - answers, fails, marks, leaves - from the items alone, so that a script is the same each
 * time but for what is refused. Every item's fate is written down, apart from the library's own
 * numbers, and at the end the two are compared.
 */
#ifndef MPCC_TESTS_REFUSAL_H
#define MPCC_TESTS_REFUSAL_H

#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "purse.h"

enum { REFUSAL_ITEMS = 4096, REFUSAL_HELD = 64, REFUSAL_RUN = 16 };

/* Large, so that a few batches already need more memory. */
struct refusal_item {
  uint64_t number;
  unsigned char body[16384 - sizeof(uint64_t)];
};

enum refusal_way {
  REFUSE_ONCE,       /* the k-th request alone */
  REFUSE_UNTIL_TOLD, /* the k-th and all after it, until a call is told so */
  REFUSE_FOR_EVER,   /* the k-th and all after it */
  REFUSAL_WAYS
};

struct refusal {
  purse_t purse;
  mpcc_allocator_t allocator;
  enum refusal_way way;
  bool weighs;       /* and is unbounded: a drain may ask for memory, and does without if need be */
  mpcc_t *mpcc;
  uint64_t now_ms;
  uint64_t told;     /* calls that were told MPCC_ENOMEM */
  uint64_t unjust;   /* MPCC_ENOMEM without a refusal, or twice where there was memory again */
  uint64_t odd;      /* answers that should not come */
  uint64_t next;     /* item */
  uint64_t accepted;
  uint64_t delivered;
  unsigned char fates[REFUSAL_ITEMS]; /* how many each accepted item has had */
  mpcc_batch_t *held[REFUSAL_HELD];   /* answered with MPCC_PENDING */
  uint64_t ids[REFUSAL_HELD];
  size_t held_count;
  struct refusal_item run[REFUSAL_RUN]; /* to push */
};

/* -- Callbacks ---------------------------------------------------------------------------- */

static inline uint64_t refusal_draw(uint64_t item, uint64_t attempt)
{
  uint64_t random = (item * 31 + attempt + 1) * 6364136223846793005u;
  return random >> 33;
}

static inline void refusal_deliver(struct refusal *walk, const mpcc_batch_t *batch,
                                   const bool *marked)
{
  const struct refusal_item *items = batch->items;
  for (size_t i = 0; i < batch->count; i++)
    if (!marked[i]) {
      walk->fates[items[i].number]++;
      walk->delivered++;
    }
}

static inline int refusal_pump(mpcc_batch_t *batch, void *state)
{
  struct refusal *walk = state;
  const struct refusal_item *items = batch->items;
  bool marked[64] = {false};
  uint64_t way = refusal_draw(items[0].number, batch->attempt) % 8;
  if (way < 2)
    return -5;
  if (way < 4 && walk->held_count < REFUSAL_HELD) {
    walk->ids[walk->held_count] = batch->id;
    walk->held[walk->held_count++] = batch;
    return MPCC_PENDING;
  }
  for (size_t i = 0; way == 4 && i < batch->count; i += 3) {
    marked[i] = true;
    walk->odd += mpcc_batch_fail(batch, i, -6) != 0;
  }
  refusal_deliver(walk, batch, marked);
  return 0;
}

static inline void refusal_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  struct refusal *walk = state;
  const struct refusal_item *items = batch->items;
  (void)reason;
  for (size_t i = 0; walk != NULL && i < batch->count; i++)
    walk->fates[items[i].number]++;
}

static inline size_t refusal_weigh(const void *item, void *arg)
{
  (void)arg;
  return (size_t)(((const struct refusal_item *)item)->number % 5);
}

/* -- Calls -------------------------------------------------------------------------------- */

/* Whether a call that answered so is to be made again. */
static inline bool refusal_again(struct refusal *walk, long result)
{
  if (result != MPCC_ENOMEM)
    return false;
  walk->told++;
  walk->unjust += purse_refused(&walk->purse) == 0;
  if (walk->way == REFUSE_UNTIL_TOLD)
    purse_refuse(&walk->purse, 0, false);
  return walk->way != REFUSE_FOR_EVER;
}

/* Makes ${call}, again if it was refused memory; ${answer} is the last one. */
#define REFUSAL_CALL(walk, answer, call)         \
  do {                                           \
    (answer) = (call);                           \
    if (refusal_again((walk), (long)(answer))) { \
      (answer) = (call);                         \
      (walk)->unjust += (answer) == MPCC_ENOMEM; \
    }                                            \
  } while (0)

/* ${may_fill}: the slot has a capacity, or the instance a limit of memory. */
static inline void refusal_push(struct refusal *walk, uint32_t slot, size_t count, bool may_fill)
{
  struct refusal_item *items = walk->run;
  for (size_t done = 0; done < count;) {
    size_t run = 1 + walk->next % REFUSAL_RUN;
    ptrdiff_t taken;
    for (size_t i = 0; i < run; i++)
      items[i].number = walk->next + i;
    if (walk->next + run > REFUSAL_ITEMS)
      abort();
    if (run % 3 == 1)
      REFUSAL_CALL(walk, taken, mpcc_push_wait(walk->mpcc, items, slot, 0));
    else if (run % 3 == 2)
      REFUSAL_CALL(walk, taken, mpcc_push(walk->mpcc, items, slot));
    else
      REFUSAL_CALL(walk, taken, mpcc_push_many(walk->mpcc, items, run, slot));
    walk->odd += taken < 0 && taken != MPCC_ENOMEM &&
                 !(may_fill && (taken == MPCC_EFULL || taken == MPCC_ETIMEDOUT));
    /* An item that was refused is not there: its number is used again. */
    uint64_t got = taken < 0 ? 0 : run % 3 != 0 ? 1 : (uint64_t)taken;
    walk->next += got;
    walk->accepted += got;
    done += got == 0 ? run : (size_t)got;
  }
}

static inline void refusal_expect(struct refusal *walk, int result, int expected)
{
  walk->odd += result != expected;
}

static inline void refusal_step(struct refusal *walk, uint64_t ms)
{
  walk->now_ms += ms;
  refusal_expect(walk, mpcc_step(walk->mpcc, walk->now_ms, NULL), 0);
}

static inline bool refusal_start(struct refusal *walk)
{
  int result;
  REFUSAL_CALL(walk, result, mpcc_start(walk->mpcc, refusal_pump, walk));
  walk->odd += result != 0 && (result != MPCC_ENOMEM || walk->way != REFUSE_FOR_EVER);
  return result == 0;
}

/* Finish what was left: done late it may be told that it was abandoned. */
static inline void refusal_finish(struct refusal *walk)
{
  size_t count = walk->held_count;
  walk->held_count = 0; /* what a done makes room for comes with the next step */
  for (size_t i = 0; i < count; i++) {
    mpcc_batch_t *batch = walk->held[i];
    const struct refusal_item *items = batch->items;
    int status = walk->ids[i] % 3 == 0 ? -7 : 0;
    uint64_t numbers[64];
    size_t items_count = batch->count;
    for (size_t k = 0; k < items_count; k++)
      numbers[k] = items[k].number;
    int result = i % 2 == 0 ? mpcc_batch_done(batch, status)
                            : mpcc_batch_done_id(walk->mpcc, walk->ids[i], status);
    walk->odd += result != 0 && result != MPCC_ECLOSED;
    for (size_t k = 0; result == 0 && status == 0 && k < items_count; k++) {
      walk->fates[numbers[k]]++;
      walk->delivered++;
    }
  }
}

static inline void refusal_flush_wait(struct refusal *walk, uint32_t slot)
{
  int result;
  REFUSAL_CALL(walk, result, mpcc_flush_wait(walk->mpcc, slot, 1));
  /* Nobody steps meanwhile: it ends by its time, unless there is nothing to wait for. */
  walk->odd += result != 0 && result != MPCC_ETIMEDOUT && result != MPCC_ENOMEM;
}

/* -- A walk ------------------------------------------------------------------------------- */

static inline bool refusal_create(struct refusal *walk, mpcc_options_t *options)
{
  int result;
  options->item_size = sizeof(struct refusal_item);
  options->manual = true;
  options->on_drop = refusal_drop;
  options->allocator = &walk->allocator;
  walk->weighs = options->weigh != NULL && options->capacity == 0;
  REFUSAL_CALL(walk, result, mpcc_create(&walk->mpcc, options));
  walk->odd += result != 0 && result != MPCC_ENOMEM;
  return result == 0;
}

/* Stop in ${mode}, and see that the two accounts agree. The stop itself asks for nothing. */
static inline void refusal_end(struct refusal *walk, int mode)
{
  mpcc_stats_t stats;
  uint64_t asked = walk->purse.asked, twice = 0, with_fate = 0;
  refusal_expect(walk, mpcc_complete(walk->mpcc, mode, NULL, NULL), 0);
  for (int i = 0; i < 400 && mpcc_wait(walk->mpcc, 0) != 0; i++) {
    refusal_step(walk, 50);
    if (mode != MPCC_ABANDON)
      refusal_finish(walk);
  }
  refusal_expect(walk, mpcc_wait(walk->mpcc, 0), 0);
  refusal_finish(walk);
  assert_true(walk->purse.asked == asked || (walk->weighs && mode == MPCC_DRAIN));

  assert_int_equal(mpcc_stats(walk->mpcc, &stats), 0);
  for (uint64_t item = 0; item < walk->next; item++) {
    twice += walk->fates[item] > 1;
    with_fate += walk->fates[item] == 1;
  }
  assert_int_equal(twice, 0);
  assert_int_equal(stats.pushed, walk->accepted);
  assert_int_equal(stats.delivered, walk->delivered);
  assert_int_equal(stats.delivered + stats.dropped, with_fate);
  assert_int_equal(stats.delivered + stats.dropped + stats.orphaned, walk->accepted);
  assert_int_equal(stats.queued + stats.in_flight, 0);
}

/* -- Walks -------------------------------------------------------------------------------- */

typedef void (*refusal_play)(struct refusal *walk, const void *script);

/* One life of a script, with one refusal. How often it was refused. */
static inline uint64_t refusal_walk(refusal_play play, const void *script, size_t number,
                                    enum refusal_way way, uint64_t k)
{
  static struct refusal walk; /* large */
  memset(&walk, 0, sizeof(walk));
  purse_open(&walk.purse, &walk.allocator);
  walk.way = way;
  purse_refuse(&walk.purse, k, way != REFUSE_ONCE);

  play(&walk, script);

  uint64_t refused = purse_refused(&walk.purse);
  if (walk.unjust != 0 || walk.odd != 0 || !purse_close(&walk.purse))
    fail_msg("script %zu, way %d, request %llu: %llu unjust, %llu odd, %llu blocks left", number,
             (int)way, (unsigned long long)k, (unsigned long long)walk.unjust,
             (unsigned long long)walk.odd, (unsigned long long)walk.purse.live);
  return refused;
}

/* Each request of a script refused in each way; it makes more than ${least}. How many there were. */
static inline uint64_t refusal_walk_all(refusal_play play, const void *script, size_t number,
                                        uint64_t least)
{
  uint64_t points = 0;
  for (enum refusal_way way = 0; way < REFUSAL_WAYS; way++) {
    uint64_t k = 1;
    while (refusal_walk(play, script, number, way, k) > 0)
      k++;
    assert_true(k > least);
    points += k - 1;
  }
  return points;
}

#endif
