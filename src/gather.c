/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "gather.h"

#include "front.h"
#include "lanes.h"
#include "owner.h"

enum {
  SLOTS_AHEAD = 12,     /* slots: so much earlier one is fetched, ... */
  FRONTS_AHEAD = 6,     /* ... and what is at its front */
  EXPIRED_TOGETHER = 16 /* slots that are fetched before the first of them is looked at */
};

void mpcc__gather_again(struct mpcc__world *world, struct mpcc__slot *slot)
{
  struct mpcc__loop_side *loop = &world->loop;

  slot->work_next = NULL;
  if (loop->work_last != NULL)
    loop->work_last->work_next = slot;
  else
    loop->work_first = slot;
  loop->work_last = slot;
  slot->on_work = true;
}

void mpcc__gather(struct mpcc__world *world, struct mpcc__slot *slot)
{
  mpcc__lanes_meet(world, mpcc__slot_number(world, slot));
  if (slot->cut_pass != world->loop.pass) {
    slot->cut_pass = world->loop.pass;
    slot->cut = mpcc__queue_ticket(&slot->queue, &world->pool.shelf);
    mpcc__tally_max(&slot->tally.queued_peak, slot->cut - mpcc__slot_taken(slot));
  }
  if (!slot->on_work)
    mpcc__gather_again(world, slot);
}

struct mpcc__slot *mpcc__gather_next(struct mpcc__world *world)
{
  struct mpcc__loop_side *loop = &world->loop;
  struct mpcc__slot *slot = loop->work_first;

  loop->work_first = slot->work_next;
  if (loop->work_first == NULL) {
    loop->work_last = NULL;
  } else {
    mpcc__front_fetch(world, loop->work_first);
    if (loop->work_first->work_next != NULL)
      mpcc__slot_fetch(loop->work_first->work_next);
  }
  slot->on_work = false;
  return slot;
}

/* -- The ready list ------------------------------------------------------------------------ */

static void fetch_slot(struct mpcc__ready_node **node)
{
  if (*node == NULL)
    return;
  mpcc__slot_fetch(MPCC__OWNER(*node, struct mpcc__slot, ready));
  *node = (*node)->next;
}

static void fetch_front(const struct mpcc__world *world, struct mpcc__ready_node **node)
{
  if (*node == NULL)
    return;
  mpcc__front_fetch(world, MPCC__OWNER(*node, struct mpcc__slot, ready));
  *node = (*node)->next;
}

void mpcc__gather_ready(struct mpcc__world *world)
{
  struct mpcc__ready_node *node = mpcc__ready_take(&world->ready), *slots = node, *fronts = node;

  for (int i = 0; i < SLOTS_AHEAD; i++)
    fetch_slot(&slots);
  for (int i = 0; i < FRONTS_AHEAD; i++)
    fetch_front(world, &fronts);
  while (node != NULL) {
    struct mpcc__slot *slot = MPCC__OWNER(node, struct mpcc__slot, ready);

    fetch_slot(&slots);
    fetch_front(world, &fronts);
    node = node->next;
    /* Before its flag is cleared: or the slot would be put on the list again, which nobody would
     * look at. */
    mpcc__lanes_meet(world, mpcc__slot_number(world, slot));
    mpcc__ready_clear(&slot->ready);
    mpcc__gather(world, slot);
  }
}

/* -- Deadlines ----------------------------------------------------------------------------- */

/* Some slots. Whether there may be more. */
static bool gather_some(struct mpcc__world *world)
{
  struct mpcc__slot *some[EXPIRED_TOGETHER];
  int count = 0;

  while (count < EXPIRED_TOGETHER) {
    struct mpcc__deadline *deadline =
        mpcc__deadlines_expire(&world->loop.deadlines, world->loop.now_ms);

    if (deadline == NULL)
      break;
    some[count] = MPCC__OWNER(deadline, struct mpcc__slot, deadline);
    mpcc__slot_fetch(some[count++]);
  }
  for (int i = 0; i < count; i++)
    mpcc__front_fetch(world, some[i]);
  for (int i = 0; i < count; i++)
    mpcc__gather(world, some[i]);
  return count == EXPIRED_TOGETHER;
}

void mpcc__gather_expired(struct mpcc__world *world)
{
  while (gather_some(world))
    continue;
}
