/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Pushes that are refused for memory which a thread has in its hands and gives back: as a push that
 * comes second with a segment, or a late answer, does. */
#include "../../../src/instance.h"
#include "../../../src/memory.h"
#include "instance.h"

static void take_refuse_give(void *arg)
{
  struct mpcc__world *world = &mpcc->world;
  uint32_t number = mpcc__pool_take(&world->pool);

  (void)arg;
  if (number == 0)
    return;
  ghost_add(REFUSED, push_into(1, 2, 1) != 0);
  mpcc__memory_give(world, number);
}

/* Two slots are refused, one after the other; both are told. */
static void told_of_gift(void)
{
  mpcc_options_t options = manual_options(1);
  uint32_t number;

  options.slot_count = 2;
  options.on_room = on_room;
  ration(&options);
  open_instance(&options, pump_now);
  number = mpcc__pool_take(&mpcc->world.pool);
  CHECK(number != 0);
  CHECK(push_into(0, 1, 1) == MPCC_EFULL);
  ghost_add(REFUSED, 1);
  mpcc__memory_give(&mpcc->world, number);
  scene_go(take_refuse_give, NULL);
  drive();
  CHECK(ghost_get(ROOMS) == ghost_get(REFUSED));
  finish_manual();
}

const struct scene scenes_starving[] = {
  {"memory_given", "refused pushes are told of memory that a thread gives back", told_of_gift, 1},
  {0},
};
