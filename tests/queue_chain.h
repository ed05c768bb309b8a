/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Several pushes at once that have installed their segments and not linked them. */
#ifndef MPCC_TESTS_QUEUE_CHAIN_H
#define MPCC_TESTS_QUEUE_CHAIN_H

#include "queue_rig.h"

enum { CHAIN = 3 };

struct chain {
  uint64_t seen[CHAIN];
  uint32_t number[CHAIN];
};

/* Every way to link three segments. */
static const int orders[6][CHAIN] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                     {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

/* What a queue has behind it when a chain begins. */
enum before { FRESH, IDLE_AGAIN, AT_BRIDGE, AT_FULL_HEAD, BEFORES };

/* Bring the queue there: how many items were pushed. */
static inline uint64_t begin(struct queue_rig *rig, enum before before)
{
  uint64_t pushed = 0;
  uint32_t number;

  if (before == FRESH)
    return 0;
  while (pushed < rig->pool.shelf.cap)
    rig_push(rig, pushed++);
  if (before == AT_FULL_HEAD)
    return pushed;
  number = rig_take(rig, 0, rig->pool.shelf.cap);
  assert_false(rig_done(rig, number));
  if (before == IDLE_AGAIN) {
    rig_settle(rig);
    rig_give_retired(rig, number);
  }
  return pushed;
}

/* Install full segments one behind the other; items count on from ${first}. */
static inline void install_chain(struct queue_rig *rig, struct chain *chain, uint64_t first)
{
  for (int i = 0; i < CHAIN; i++) {
    rig_claim(rig);
    chain->seen[i] = rig_refuse(rig);
    chain->number[i] = rig_install(rig, chain->seen[i]);
    rig_fill_first(rig, chain->number[i], first++);
    for (uint32_t k = 1; k < rig->pool.shelf.cap; k++)
      rig_fill(rig, rig_claim(rig), first++);
  }
}

static inline void link_one(struct queue_rig *rig, const struct chain *chain, int which)
{
  rig_link(rig, chain->seen[which], chain->number[which]);
}

/* Everything can be taken, in order; what may be retired is. */
static inline void take_all(struct queue_rig *rig, uint64_t pushed)
{
  for (uint64_t item = rig_taken(rig); item < pushed; item = rig_taken(rig)) {
    uint32_t number;

    assert_int_equal(rig_look(rig), MPCC__QUEUE_WHOLE);
    rig_give_retired(rig, rig->retired);
    number = rig_take(rig, item, rig->count);
    rig_done(rig, number);
  }
  assert_int_equal(rig_look(rig), MPCC__QUEUE_EMPTY);
  rig_settle(rig);
  rig_give_retired(rig, rig->retired);
}

#endif
