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

uint32_t mpcc__memory_take_spare(struct mpcc__world *world)
{
  struct mpcc__spares *spares = &world->loop.spares;
  uint32_t number;

  if (spares->count == 0)
    return mpcc__pool_take(&world->pool);
  number = spares->numbers[spares->first];
  spares->first = (spares->first + 1) % MPCC__SPARES;
  spares->count--;
  mpcc__segment_unpoison(&world->pool.shelf, mpcc__segment_at(&world->pool.shelf, number));
  return number;
}

void mpcc__memory_give_spare(struct mpcc__world *world, uint32_t number)
{
  struct mpcc__spares *spares = &world->loop.spares;
  struct mpcc__segment *segment = mpcc__segment_at(&world->pool.shelf, number);

  memset((void *)mpcc__segment_flags(segment), 0, segment->sealed);
  if (spares->count == MPCC__SPARES) {
    mpcc__pool_give_back(&world->pool, number);
    return;
  }
  mpcc__segment_poison(&world->pool.shelf, segment);
  spares->numbers[(spares->first + spares->count) % MPCC__SPARES] = number;
  spares->count++;
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
