/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Producer handles that come while others push, that call a loop which is at work, and that give
 * back the room which they could not use. */
#include "instance.h"

static mpcc_producer_t *handle;

static int push_handle(uint32_t slot, int who, int64_t number)
{
  uint64_t item = item_of(who, number);
  int err = mpcc_producer_push(handle, &item, slot);

  ghost_add(ACCEPTED, err == 0);
  return err;
}

/* -- A handle that is opened while the loop is at work ----------------------------------------- */

static void open_push_close(void *arg)
{
  (void)arg;
  CHECK(mpcc_producer_open(mpcc, &handle) == 0);
  CHECK(push_handle(0, 1, 1) == 0);
  CHECK(mpcc_producer_close(handle) == 0);
}

static void opened_late(void)
{
  mpcc_options_t options = manual_options(1);

  scene_barrier(scene_choose(2) == 0);
  open_instance(&options, pump_now);
  scene_go(open_push_close, NULL);
  scene_go(push_two, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == 3);
  finish_manual();
}

/* -- A call to a loop that is awake ------------------------------------------------------------ */

static void push_through(void *arg)
{
  (void)arg;
  CHECK(push_handle(0, 1, 1) == 0);
}

static void push_elsewhere(void *arg)
{
  (void)arg;
  CHECK(push_into(1, 2, 1) == 0);
}

static void call_awake(void)
{
  mpcc_options_t options = loop_options(1);

  scene_barrier(scene_choose(2) == 0);
  options.slot_count = 2;
  open_instance(&options, pump_now);
  CHECK(mpcc_producer_open(mpcc, &handle) == 0);
  scene_go(push_through, NULL);
  scene_go(push_elsewhere, NULL);
  scene_join();
  CHECK(ghost_await(DELIVERED, 2) && scene_passed_ms() < 2);
  CHECK(mpcc_producer_close(handle) == 0);
  finish_loop(MPCC_DRAIN);
}

/* -- Room that was taken and is given back ----------------------------------------------------- */

static void refused_by_lane(void *arg)
{
  int err = push_handle(0, 1, 2);

  (void)arg;
  CHECK(err == 0 || err == MPCC_EFULL);
  ghost_add(REFUSED, err != 0);
}

static void refused_by_slot(void *arg)
{
  int err = push_into(0, (int)(intptr_t)arg, 1);

  CHECK(err == 0 || err == MPCC_EFULL);
  ghost_add(REFUSED, err != 0);
}

/* The handle is full, and its push holds the slot's last place for a moment. */
static void give_back(void)
{
  mpcc_options_t options = manual_options(3);

  scene_barrier(scene_choose(2) == 0);
  options.capacity = 3;
  options.lane_capacity = 1;
  options.on_room = on_room;
  open_instance(&options, pump_now);
  push_items(5, 1);
  CHECK(mpcc_producer_open(mpcc, &handle) == 0);
  CHECK(push_handle(0, 1, 1) == 0);
  scene_go(refused_by_lane, NULL);
  scene_go(refused_by_slot, (void *)2);
  scene_dawdle(3);
  drive();
  CHECK((ghost_get(ROOMS) > 0) == (ghost_get(REFUSED) > 0));
  CHECK(mpcc_producer_close(handle) == 0);
  finish_manual();
}

const struct scene scenes_calls[] = {
  {"handle_opened_late", "a handle is opened, used and closed against pushes", opened_late, 1},
  {"handle_call_awake", "a handle calls a loop that is at work", call_awake, 1},
  {"handle_give_back", "room that a full handle gives back", give_back, 1},
  {0},
};
