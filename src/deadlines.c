/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "deadlines.h"

void mpcc__deadlines_init(struct mpcc__deadlines *deadlines)
{
  deadlines->first = NULL;
}

void mpcc__deadline_init(struct mpcc__deadline *deadline)
{
  deadline->time_ms = MPCC__NO_DEADLINE;
  deadline->child = NULL;
  deadline->next = NULL;
  deadline->back = NULL;
}

/* Two roots become one: the later is the first child of the earlier; of equals, ${a} stays on
 * top. */
static struct mpcc__deadline *meld(struct mpcc__deadline *a, struct mpcc__deadline *b)
{
  struct mpcc__deadline *swap = a;

  if (a == NULL || b == NULL)
    return a == NULL ? b : a;
  if (b->time_ms < a->time_ms) {
    a = b;
    b = swap;
  }
  b->next = a->child;
  if (b->next != NULL)
    b->next->back = b;
  b->back = a;
  a->child = b;
  return a;
}

/* Meld a list of siblings into one root: in pairs from the left, then the pairs from the right. */
static struct mpcc__deadline *meld_siblings(struct mpcc__deadline *list)
{
  struct mpcc__deadline *pairs = NULL, *root = NULL;

  while (list != NULL) {
    struct mpcc__deadline *a = list, *b = a->next;

    list = b == NULL ? NULL : b->next;
    a->next = a->back = NULL;
    if (b != NULL)
      b->next = b->back = NULL;
    a = meld(a, b);
    a->next = pairs;
    pairs = a;
  }
  while (pairs != NULL) {
    struct mpcc__deadline *next = pairs->next;

    pairs->next = NULL;
    root = meld(pairs, root);
    pairs = next;
  }
  return root;
}

static void take_out(struct mpcc__deadlines *deadlines, struct mpcc__deadline *deadline)
{
  struct mpcc__deadline *children = meld_siblings(deadline->child);

  if (deadlines->first == deadline) {
    deadlines->first = children;
  } else {
    if (deadline->back->child == deadline)
      deadline->back->child = deadline->next;
    else
      deadline->back->next = deadline->next;
    if (deadline->next != NULL)
      deadline->next->back = deadline->back;
    deadlines->first = meld(deadlines->first, children);
  }
  mpcc__deadline_init(deadline);
}

void mpcc__deadlines_set(struct mpcc__deadlines *deadlines, struct mpcc__deadline *deadline,
                         uint64_t time_ms)
{
  if (deadline->time_ms == time_ms)
    return;
  if (deadline->time_ms != MPCC__NO_DEADLINE)
    take_out(deadlines, deadline);
  if (time_ms == MPCC__NO_DEADLINE)
    return;
  deadline->time_ms = time_ms;
  deadlines->first = meld(deadlines->first, deadline);
}

uint64_t mpcc__deadlines_next_ms(const struct mpcc__deadlines *deadlines)
{
  return deadlines->first == NULL ? MPCC__NO_DEADLINE : deadlines->first->time_ms;
}

struct mpcc__deadline *mpcc__deadlines_expire(struct mpcc__deadlines *deadlines, uint64_t now_ms)
{
  struct mpcc__deadline *first = deadlines->first;

  if (first == NULL || first->time_ms > now_ms)
    return NULL;
  take_out(deadlines, first);
  return first;
}
