/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include "waiters.h"

void mpcc__memory_came_back(struct mpcc__world *world)
{
  uint32_t hungry;

  if (!mpcc__world_rationed(world))
    return;
  /* pairs world.memory: a read-modify-write, so that it comes before or after that of who waits. */
  hungry = atomic_fetch_add_explicit(&world->hungry, 0, memory_order_acq_rel);
  if (hungry >= MPCC__HUNGRY_THREAD)
    mpcc__waiters_feed(world);
  if ((hungry & MPCC__HUNGRY_SLOTS) != 0)
    mpcc__world_signal(world);
}

void mpcc__memory_give(struct mpcc__world *world, uint32_t number)
{
  if (number == 0)
    return;
  mpcc__pool_give(&world->pool, number);
  mpcc__memory_came_back(world);
}

int mpcc__memory_refusal(const struct mpcc__world *world)
{
  return mpcc__world_rationed(world) && mpcc__pool_grown(&world->pool) ? MPCC_EFULL : MPCC_ENOMEM;
}

void mpcc__memory_starve(struct mpcc__world *world, struct mpcc__slot *slot)
{
  (void)mpcc__ready_put(&world->starving, &mpcc__wish_of(world, slot)->starving);
  /* pairs world.memory: put on the list, then see whether there is some. */
  atomic_fetch_or_explicit(&world->hungry, MPCC__HUNGRY_SLOTS, memory_order_acq_rel);
  if (!mpcc__pool_spent(&world->pool))
    mpcc__world_signal(world);
}
