/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include "waiters.h"

enum { SHARING_MS = 1000 };

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

static uint32_t spare_count(const struct mpcc__spares *spares)
{
  /* relaxed: only the loop writes it; who else looks signals, and is heard of in the next pass. */
  return atomic_load_explicit(&spares->count, memory_order_relaxed);
}

static void set_spare_count(struct mpcc__spares *spares, uint32_t count)
{
  /* relaxed: see above. */
  atomic_store_explicit(&spares->count, count, memory_order_relaxed);
}

static uint32_t take_first_spare(struct mpcc__spares *spares)
{
  uint32_t number = spares->numbers[spares->first];

  spares->first = (spares->first + 1) % MPCC__SPARES;
  set_spare_count(spares, spare_count(spares) - 1);
  return number;
}

uint32_t mpcc__memory_take_spare(struct mpcc__world *world)
{
  uint32_t number;

  if (spare_count(&world->loop.spares) == 0)
    return mpcc__pool_take(&world->pool);
  number = take_first_spare(&world->loop.spares);
  mpcc__segment_unpoison(&world->pool.shelf, mpcc__segment_at(&world->pool.shelf, number));
  return number;
}

void mpcc__memory_give_spare(struct mpcc__world *world, uint32_t number)
{
  struct mpcc__spares *spares = &world->loop.spares;
  struct mpcc__segment *segment = mpcc__segment_at(&world->pool.shelf, number);
  uint32_t count = spare_count(spares);

  memset((void *)mpcc__segment_flags(segment), 0, segment->sealed);
  if (count == MPCC__SPARES || world->loop.now_ms < spares->not_before_ms) {
    mpcc__pool_give_back(&world->pool, number);
    return;
  }
  mpcc__segment_poison(&world->pool.shelf, segment);
  spares->numbers[(spares->first + count) % MPCC__SPARES] = number;
  set_spare_count(spares, count + 1);
}

void mpcc__memory_share_spares(struct mpcc__world *world)
{
  struct mpcc__spares *spares = &world->loop.spares;

  /* relaxed: the signal carries it. */
  if (!atomic_load_explicit(&world->spares_wanted, memory_order_relaxed))
    return;
  /* relaxed: who says it again meanwhile finds them in the pool, too. */
  atomic_store_explicit(&world->spares_wanted, false, memory_order_relaxed);
  spares->not_before_ms = mpcc__later_ms(world->loop.now_ms, SHARING_MS);
  while (spare_count(spares) != 0)
    mpcc__pool_give_back(&world->pool, take_first_spare(spares));
}

int mpcc__memory_refusal(struct mpcc__world *world)
{
  if (mpcc__world_rationed(world) && mpcc__pool_grown(&world->pool))
    return MPCC_EFULL;
  if (spare_count(&world->loop.spares) != 0) {
    /* relaxed: see above. */
    atomic_store_explicit(&world->spares_wanted, true, memory_order_relaxed);
    mpcc__world_signal(world);
  }
  return MPCC_ENOMEM;
}

void mpcc__memory_starve(struct mpcc__world *world, struct mpcc__slot *slot)
{
  (void)mpcc__ready_put(&world->starving, &mpcc__wish_of(world, slot)->starving);
  /* pairs world.memory: put on the list, then see whether there is some. */
  atomic_fetch_or_explicit(&world->hungry, MPCC__HUNGRY_SLOTS, memory_order_acq_rel);
  if (!mpcc__pool_spent(&world->pool))
    mpcc__world_signal(world);
}
