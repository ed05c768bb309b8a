/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "ready.h"

void mpcc__ready_init(struct mpcc__ready *ready)
{
  atomic_init(&ready->newest, NULL);
}

void mpcc__ready_node_init(struct mpcc__ready_node *node)
{
  node->next = NULL;
  atomic_init(&node->queued, false);
}

bool mpcc__ready_put(struct mpcc__ready *ready, struct mpcc__ready_node *node)
{
  struct mpcc__ready_node *newest;

  /* pairs ready.queued: if it is set, the look that clears it sees what we did before. */
  if (atomic_exchange_explicit(&node->queued, true, memory_order_acq_rel))
    return false;
  /* relaxed: only to be compared and linked. */
  newest = atomic_load_explicit(&ready->newest, memory_order_relaxed);
  do {
    node->next = newest;
    /* pairs ready.list: the loop that takes the node sees its link. */
  } while (!atomic_compare_exchange_weak_explicit(&ready->newest, &newest, node,
                                                  memory_order_release, memory_order_relaxed));
  return true;
}

struct mpcc__ready_node *mpcc__ready_take(struct mpcc__ready *ready)
{
  /* pairs ready.list: the links of all nodes on it. */
  struct mpcc__ready_node *node =
      atomic_exchange_explicit(&ready->newest, NULL, memory_order_acquire);
  struct mpcc__ready_node *oldest = NULL;

  while (node != NULL) {
    struct mpcc__ready_node *next = node->next;

    node->next = oldest;
    oldest = node;
    node = next;
  }
  return oldest;
}

void mpcc__ready_clear(struct mpcc__ready_node *node)
{
  /* pairs ready.queued: an exchange, not a store: a put that came too late to be queued again has
   * happened before the look that follows. */
  (void)atomic_exchange_explicit(&node->queued, false, memory_order_acq_rel);
}

bool mpcc__ready_any(const struct mpcc__ready *ready)
{
  /* relaxed: who takes the list acquires it; and who finds nothing may rely on it only with a
   * wake-up that is still set. */
  return atomic_load_explicit(&ready->newest, memory_order_relaxed) != NULL;
}
