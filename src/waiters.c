/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "waiters.h"

#include "platform.h"

struct waiter { /* on the stack of the thread that waits */
  struct mpcc__slot *slot;
  struct waiter *next, *back;
  uv_cond_t granted_or_closed;
  bool granted;
};

struct mpcc__waiters {
  uv_mutex_t lock; /* guards the list, and every waiter on it */
  struct waiter *oldest, *newest;
};

int mpcc__waiters_open(struct mpcc__waiters **waiters, const struct mpcc__source *source)
{
  struct mpcc__waiters *made = source->calloc(1, sizeof(*made), source->user);

  if (made == NULL)
    return MPCC_ENOMEM;
  if (uv_mutex_init(&made->lock) != 0) {
    source->free(made, source->user);
    return MPCC_ENOMEM;
  }
  *waiters = made;
  return 0;
}

void mpcc__waiters_close(struct mpcc__waiters *waiters, const struct mpcc__source *source)
{
  uv_mutex_destroy(&waiters->lock);
  source->free(waiters, source->user);
}

/* -- The list; under the lock -------------------------------------------------------------- */

static void join(struct mpcc__waiters *waiters, struct waiter *waiter)
{
  waiter->next = NULL;
  waiter->back = waiters->newest;
  if (waiter->back != NULL)
    waiter->back->next = waiter;
  else
    waiters->oldest = waiter;
  waiters->newest = waiter;
  /* pairs slot.room: from here on the loop looks for us when it gives room. */
  atomic_fetch_add_explicit(&waiter->slot->waiting, 1, memory_order_seq_cst);
}

static void part(struct mpcc__waiters *waiters, struct waiter *waiter)
{
  if (waiter->back != NULL)
    waiter->back->next = waiter->next;
  else
    waiters->oldest = waiter->next;
  if (waiter->next != NULL)
    waiter->next->back = waiter->back;
  else
    waiters->newest = waiter->back;
  /* pairs slot.room: under the lock, so that it is never less than the list. */
  atomic_fetch_sub_explicit(&waiter->slot->waiting, 1, memory_order_seq_cst);
}

/* Hand up to ${count} places to the slot's oldest waiters: how many are left. */
static uint64_t grant(struct mpcc__waiters *waiters, struct mpcc__slot *slot, uint64_t count)
{
  struct waiter *waiter = waiters->oldest;

  while (waiter != NULL && count > 0) {
    struct waiter *next = waiter->next;

    if (waiter->slot == slot) {
      part(waiters, waiter);
      waiter->granted = true;
      uv_cond_signal(&waiter->granted_or_closed);
      count--;
    }
    waiter = next;
  }
  return count;
}

/* Hand free places to those who wait for them. */
static void settle(struct mpcc__waiters *waiters, struct mpcc__slot *slot)
{
  /* pairs slot.room: stable under the lock. */
  uint32_t waiting = atomic_load_explicit(&slot->waiting, memory_order_seq_cst);
  uint64_t left = grant(waiters, slot, mpcc__slot_take_room(slot, waiting));

  if (left != 0)
    /* pairs slot.room: nobody waits any more. */
    atomic_fetch_add_explicit(&slot->credit, left, memory_order_seq_cst);
}

/* -- Taking and giving --------------------------------------------------------------------- */

static bool anybody(const struct mpcc__slot *slot)
{
  /* pairs slot.room: see waiters.h. */
  return atomic_load_explicit(&slot->waiting, memory_order_seq_cst) != 0;
}

static int wait_for_grant(struct mpcc__world *world, struct waiter *waiter, uint64_t deadline_ns)
{
  struct mpcc__waiters *waiters = world->waiters;
  int err = 0;

  uv_mutex_lock(&waiters->lock);
  join(waiters, waiter);
  settle(waiters, waiter->slot);
  while (!waiter->granted && err == 0) {
    if (mpcc__world_closed(world))
      err = MPCC_ECLOSED;
    else if (!mpcc__platform_wait(&waiter->granted_or_closed, &waiters->lock, deadline_ns))
      err = MPCC_ETIMEDOUT;
  }
  if (!waiter->granted)
    part(waiters, waiter);
  uv_mutex_unlock(&waiters->lock);
  return waiter->granted ? 0 : err;
}

bool mpcc__waiters_try_room(struct mpcc__slot *slot)
{
  return !anybody(slot) && mpcc__slot_take_room(slot, 1) == 1;
}

int mpcc__waiters_wait_for_room(struct mpcc__world *world, struct mpcc__slot *slot,
                                uint64_t timeout_ms)
{
  struct waiter waiter = {.slot = slot, .granted = false};
  int err;

  if (uv_cond_init(&waiter.granted_or_closed) != 0)
    return MPCC_ENOMEM;
  err = wait_for_grant(world, &waiter, mpcc__platform_deadline_ns(timeout_ms));
  uv_cond_destroy(&waiter.granted_or_closed);
  return err;
}

void mpcc__waiters_give_room(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t count)
{
  if (anybody(slot)) {
    uv_mutex_lock(&world->waiters->lock);
    count = grant(world->waiters, slot, count);
    uv_mutex_unlock(&world->waiters->lock);
  }
  if (count == 0)
    return;
  /* pairs slot.room: give, then see who waits. */
  atomic_fetch_add_explicit(&slot->credit, count, memory_order_seq_cst);
  if (!anybody(slot))
    return;
  uv_mutex_lock(&world->waiters->lock);
  settle(world->waiters, slot);
  uv_mutex_unlock(&world->waiters->lock);
}

void mpcc__waiters_wake_all(struct mpcc__world *world)
{
  uv_mutex_lock(&world->waiters->lock);
  for (struct waiter *waiter = world->waiters->oldest; waiter != NULL; waiter = waiter->next)
    uv_cond_signal(&waiter->granted_or_closed);
  uv_mutex_unlock(&world->waiters->lock);
}
