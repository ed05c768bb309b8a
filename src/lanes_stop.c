/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The end of what handles hold, when their instance stops. */
#include "lanes.h"

#include "entrance.h"
#include "outcome.h"
#include "rows.h"
#include "waiters.h"

bool mpcc__lanes_stop(struct mpcc__world *world, bool dry)
{
  struct mpcc__lanes *lanes = world->lanes;
  bool stopped = false;

  if (!mpcc__lanes_used(lanes))
    return true;
  if (mpcc__lanes_try_lock(lanes)) {
    mpcc__platform_bar();
    stopped = mpcc__lanes_quiet(lanes) && mpcc__entrance_close(world);
    if (stopped && dry)
      stopped = mpcc__lanes_empty(world) && mpcc__stage_clear(lanes->stage, MPCC_ALL_SLOTS);
    lanes->dropping = stopped && !dry;
    mpcc__lanes_leave(lanes);
  }
  if (!stopped)
    world->loop.lanes_ms = mpcc__soon_ms(world->loop.now_ms);
  return stopped;
}

/* Items in a row for one slot, as many as one batch may have. */
static uint32_t drop_count(const struct mpcc__world *world, const struct mpcc__lane *lane)
{
  size_t row = mpcc__lane_row(lane, mpcc__lane_count(lane));
  uint32_t count = 1;

  while (count < row && count < world->options.batch_size &&
         mpcc__lane_slot(lane, count) == mpcc__lane_slot(lane, 0))
    count++;
  return count;
}

/* Under the lock, which is released meanwhile: nobody else empties, nothing is pushed, and no
 * handle is freed. The items were in no queue; they count as if they had been. */
static void drop(struct mpcc__world *world, struct mpcc__slot *slot, const unsigned char *items,
                 uint32_t count, uint64_t since_ms)
{
  uint64_t now_ms = world->loop.now_ms;

  mpcc__lanes_leave(world->lanes);
  if (world->options.capacity != 0)
    mpcc__waiters_give_room(world, slot, count);
  mpcc__outcome_drop_items(world, slot, items, count, now_ms > since_ms ? now_ms - since_ms : 0);
  mpcc__outcome_tell(world, slot);
  mpcc__lanes_enter(world->lanes);
}

static void drop_some(struct mpcc__world *world, struct mpcc__lane *lane)
{
  struct mpcc__slot *slot = &world->slots[mpcc__lane_slot(lane, 0)];
  const unsigned char *items = mpcc__lane_front(lane);
  uint32_t count = drop_count(world, lane);

  mpcc__queue_pass(&slot->queue, &slot->end, count);
  mpcc__lane_took(lane, count);
  drop(world, slot, items, count, MPCC__NOW);
}

/* What came in by the ingress. False if nothing is left of it. */
static bool drop_entered(struct mpcc__world *world)
{
  const unsigned char *items;
  struct mpcc__slot *slot;
  uint32_t number, count = mpcc__entrance_drop(world, &number, &items);

  if (count == 0)
    return false;
  slot = &world->slots[number];
  mpcc__queue_pass(&slot->queue, &slot->end, count);
  drop(world, slot, items, count, MPCC__NOW);
  return true;
}

static void drop_staged(struct mpcc__world *world, uint32_t number)
{
  struct mpcc__stage *stage = world->lanes->stage;
  struct mpcc__slot *slot = &world->slots[number];
  struct mpcc__staged taken = mpcc__stage_take(stage, number);
  uint32_t count = mpcc__staged_count(&taken);

  mpcc__queue_pass(&slot->queue, &slot->end, count);
  drop(world, slot, taken.items, count, taken.since_ms);
  mpcc__stage_give(stage, &taken);
}

void mpcc__lanes_drop(struct mpcc__world *world)
{
  struct mpcc__lanes *lanes = world->lanes;
  struct mpcc_producer *dead;

  if (!mpcc__lanes_used(lanes))
    return;
  mpcc__lanes_enter(lanes);
  while (lanes->dropping && mpcc__stage_any(lanes->stage) != MPCC_ALL_SLOTS)
    drop_staged(world, mpcc__stage_any(lanes->stage));
  for (struct mpcc_producer *producer = lanes->first; lanes->dropping && producer != NULL;
       producer = producer->next)
    while (mpcc__lane_count(&producer->lane) != 0)
      drop_some(world, &producer->lane);
  while (lanes->dropping && drop_entered(world))
    continue;
  if (lanes->dropping)
    mpcc__rows_forget(lanes);
  lanes->dropping = false;
  dead = mpcc__lanes_unlink_dead(lanes);
  mpcc__lanes_leave(lanes);
  mpcc__lanes_free(world, dead);
}
