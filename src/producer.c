/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The public verbs of producer handles. */
#include <mpcc.h>

#include "instance.h"
#include "intake.h"
#include "lanes.h"
#include "probes.h"

int mpcc_producer_open(mpcc_t *mpcc, mpcc_producer_t **producer)
{
  if (mpcc == NULL || producer == NULL)
    return MPCC_EINVAL;
  return mpcc__lanes_add(&mpcc->world, producer);
}

int mpcc_producer_close(mpcc_producer_t *producer)
{
  if (producer != NULL)
    mpcc__lanes_remove(producer);
  return 0;
}

/* The push has found the instance closed, or something to look after, or no room in its slot. */
static int push_slowly(mpcc_producer_t *producer, const void *item, uint32_t slot,
                       unsigned detour)
{
  struct mpcc__world *world = producer->world;

  mpcc__lane_take_back(&producer->lane);
  if ((detour & MPCC__DETOUR_CLOSED) != 0)
    return MPCC_ECLOSED;
  if ((detour & MPCC__DETOUR_CARE) != 0)
    return mpcc__intake_push_one(world, &world->slots[slot], item);
  mpcc__intake_refuse(world, &world->slots[slot]);
  return MPCC_EFULL;
}

/* A push begins: why it may not take the usual way, or 0. Waits while pushes are frozen. */
static unsigned begin(mpcc_producer_t *producer)
{
  struct mpcc__world *world = producer->world;

  for (;;) {
    unsigned detour;

    mpcc__lane_begin(&producer->lane);
    /* pairs world.detour: see lane.begun. */
    detour = atomic_load_explicit(&world->detour, memory_order_seq_cst);
    detour &= ~(unsigned)MPCC__DETOUR_NOT_HANDLES;
    if ((detour & (MPCC__DETOUR_FROZEN | MPCC__DETOUR_CLOSED)) != MPCC__DETOUR_FROZEN)
      return detour;
    mpcc__lane_take_back(&producer->lane);
    world->outside.yield();
  }
}

/* The push has found no room in its lane. */
static int refuse(mpcc_producer_t *producer, uint32_t number, unsigned detour)
{
  struct mpcc__world *world = producer->world;
  struct mpcc__slot *slot = &world->slots[number];

  mpcc__lane_take_back(&producer->lane);
  if ((detour & MPCC__DETOUR_ROOM) != 0)
    mpcc__intake_give_back(world, slot);
  mpcc__probe_push_full(world->handle, number);
  mpcc__intake_count_rejected(slot, 1);
  if (world->options.on_room != NULL)
    mpcc__lanes_owe_room(world, slot);
  return MPCC_EFULL;
}

/* Any push through a handle. */
static int push(mpcc_producer_t *producer, const void *item, uint32_t slot)
{
  struct mpcc__world *world = producer->world;
  unsigned detour = begin(producer);

  if (detour != 0 && (detour != MPCC__DETOUR_ROOM ||
                      mpcc__slot_take_room(&world->slots[slot], 1) == 0))
    return push_slowly(producer, item, slot, detour);
  if (!mpcc__lane_has_room(&producer->lane))
    return refuse(producer, slot, detour);
  return mpcc__lane_put(&producer->lane, item, slot) ? mpcc__lanes_call(producer) : 0;
}

/* The usual one goes on without a call, so that it need not save registers; any other begins
 * again. */
int mpcc_producer_push(mpcc_producer_t *producer, const void *item, uint32_t slot)
{
  const struct mpcc__world *world;
  struct mpcc__lane *lane;
  unsigned detour;
  uint64_t tail;

  if (producer == NULL || item == NULL || slot >= producer->world->options.slot_count)
    return MPCC_EINVAL;
  world = producer->world;
  lane = &producer->lane;
  tail = mpcc__lane_tail(lane);
  if (tail == lane->easy)
    return push(producer, item, slot);
  mpcc__lane_begin_at(lane, tail, false);
  /* pairs world.detour: see lane.begun; a lane that is not fenced needs no more. */
  detour = atomic_load_explicit(&world->detour, memory_order_acquire);
  if ((detour & ~(unsigned)MPCC__DETOUR_NOT_HANDLES) != 0)
    return push(producer, item, slot);
  return mpcc__lane_put_here(lane, tail, item, slot, true, false) ? mpcc__lanes_call(producer) : 0;
}
