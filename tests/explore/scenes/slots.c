/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Several slots, weights, discards of a slot, and a producer that stops in the middle of a push. */
#include "instance.h"

/* Ghosts. */
enum { GO_ON = OWN };

static int pump_by_slot(mpcc_batch_t *batch, void *state)
{
  if (batch->slot == 1)
    ghost_set(GO_ON, 1);
  return pump_now(batch, state);
}

static void push_and_stop(void *arg)
{
  (void)arg;
  scene_stop_after(scene_choose(24), GO_ON);
  CHECK(push_into(0, 1, 1) == 0);
}

static void push_elsewhere(void *arg)
{
  (void)arg;
  CHECK(push_into(1, 2, 1) == 0);
}

/* Wherever a producer stops, pushes into another slot return, and are delivered; and its own item
 * is, when it goes on. */
static void parked(void)
{
  mpcc_options_t options = manual_options(1);

  options.slot_count = 2;
  open_instance(&options, pump_by_slot);
  scene_go(push_and_stop, NULL);
  scene_go(push_elsewhere, NULL);
  drive();
  CHECK(ghost_get(DELIVERED) == 2);
  finish_manual();
}

/* The stepper must be able to stop, too, whatever others do: it waits for the one in the push. */
static void parked_drain(void)
{
  mpcc_options_t options = manual_options(1);

  options.slot_count = 2;
  open_instance(&options, pump_by_slot);
  scene_go(push_and_stop, NULL);
  CHECK(push_into(1, 2, 1) == 0);
  scene_dawdle(1);
  (void)step();
  CHECK(ghost_get(GO_ON) == 1);
  drive();
  CHECK(ghost_get(DELIVERED) == 2);
  finish_manual();
}

/* -- Discarding a slot ----------------------------------------------------------------------- */

static void push_cut_push(void *arg)
{
  int who = (int)(intptr_t)arg;

  CHECK(push_into(0, who, 1) == 0);
  CHECK(mpcc_discard(mpcc, 0) == 0);
  CHECK(push_into(0, who, 2) == 0);
}

/* No batch holds what was pushed before a thread's discard and after it. */
static int pump_uncut(mpcc_batch_t *batch, void *state)
{
  const uint64_t *items = batch->items;
  bool before = false, after = false;

  for (size_t i = 0; i < batch->count; i++)
    if (items[i] >> 32 == 1) {
      before |= (uint32_t)items[i] == 1;
      after |= (uint32_t)items[i] == 2;
    }
  CHECK(!(before && after));
  return pump_now(batch, state);
}

/* Nor is what it pushed after it dropped. */
static void on_cut_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  const uint64_t *items = batch->items;

  for (size_t i = 0; i < batch->count; i++)
    CHECK(items[i] != item_of(1, 2));
  on_drop(batch, reason, state);
}

static void cut_push(void)
{
  mpcc_options_t options = manual_options(2);

  options.on_drop = on_cut_drop;
  open_instance(&options, pump_uncut);
  scene_go(push_cut_push, (void *)1);
  scene_go(push_two, (void *)2);
  drive();
  CHECK(ghost_get(ACCEPTED) - ghost_get(DELIVERED) - ghost_get(DROPPED) < 2);
  finish_manual();
}

/* A cut takes part of a segment, so batches fill up in the middle of one: no full one stays. */
static void cut_phase(void)
{
  mpcc_options_t options = manual_options(3);

  open_instance(&options, pump_now);
  push_items(5, 1);
  CHECK(mpcc_discard(mpcc, 0) == 0);
  push_items(4, 1);
  scene_go(push_two, (void *)1);
  scene_go(push_one, (void *)2);
  drive();
  CHECK(ghost_get(ACCEPTED) - ghost_get(DELIVERED) - ghost_get(DROPPED) < 3);
  finish_manual();
}

/* -- Weights --------------------------------------------------------------------------------- */

static size_t weigh(const void *item, void *arg)
{
  (void)item;
  (void)arg;
  return 1;
}

static int pump_weighed(mpcc_batch_t *batch, void *state)
{
  CHECK(batch->count <= 2);
  return pump_now(batch, state);
}

static mpcc_options_t weighed_options(void)
{
  mpcc_options_t options = manual_options(4);

  options.weigh = weigh;
  options.max_batch_weight = 2;
  return options;
}

/* What weighs enough does not stay. */
static void weighed_push(void)
{
  mpcc_options_t options = weighed_options();

  open_instance(&options, pump_weighed);
  scene_go(push_two, (void *)1);
  scene_go(push_one, (void *)2);
  drive();
  CHECK(ghost_get(ACCEPTED) - ghost_get(DELIVERED) < 2);
  finish_manual();
}

static void deliver_all(void *arg)
{
  (void)arg;
  for (int n = 0; n < 2; n++)
    if (by_id(n, 0) == 0)
      ghost_add(DELIVERED, 2);
}

/* The same where the place in flight is taken, and comes back by an answer. */
static void weighed_done(void)
{
  mpcc_options_t options = weighed_options();

  open_instance(&options, pump_later);
  push_items(3, 2);
  scene_go(push_one, (void *)1);
  scene_go(push_one, (void *)2);
  scene_go(deliver_all, NULL);
  drive();
  CHECK(ghost_get(DELIVERED) == 4);
  finish_manual();
}

const struct scene scenes_slots[] = {
  {"parked_push", "a producer stops in a push; another slot goes on", parked, 1},
  {"parked_step", "the same, and its own slot later", parked_drain, 1},
  {"cut_push", "push, discard, push against pushes", cut_push, 1},
  {"cut_phase", "batches that fill up in the middle of a segment", cut_phase, 1},
  {"weighed_push", "pushes with weights", weighed_push, 1},
  {"weighed_done", "pushes with weights against the answer", weighed_done, 1},
  {0},
};
