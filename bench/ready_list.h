/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A list of slots that are to be looked at: anybody puts them on it, once each, and the thread that
 * hands out takes it away whole.
 */
#ifndef BENCH_READY_LIST_H
#define BENCH_READY_LIST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct ready {
  struct ready *next;
  _Atomic bool listed;
};

typedef struct ready *_Atomic ready_list;

/* Whether it was not on the list before. */
static inline bool ready_add(ready_list *list, struct ready *ready)
{
  struct ready *first;

  /* seq_cst: with ready_begin(): either that sees what was pushed before, or this sees no mark. */
  if (atomic_exchange_explicit(&ready->listed, true, memory_order_seq_cst))
    return false;
  /* relaxed: checked by the exchange. */
  first = atomic_load_explicit(list, memory_order_relaxed);
  do
    ready->next = first;
  /* seq_cst: pairs with ready_take_all(), and precedes the producer's look at the ticker.
   * relaxed: a failure tells the new first one, which is only compared. */
  while (!atomic_compare_exchange_weak_explicit(list, &first, ready, memory_order_seq_cst,
                                                memory_order_relaxed));
  return true;
}

static inline struct ready *ready_take_all(ready_list *list)
{
  /* seq_cst: pairs with ready_add(). */
  return atomic_exchange_explicit(list, NULL, memory_order_seq_cst);
}

/* Before a slot that was taken is looked at: from now on it may be listed again. Returns the one
 * after it. */
static inline struct ready *ready_begin(struct ready *ready)
{
  struct ready *next = ready->next;

  /* seq_cst: pairs with ready_add(). */
  atomic_exchange_explicit(&ready->listed, false, memory_order_seq_cst);
  return next;
}

#endif /* BENCH_READY_LIST_H */
