/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Instances with a limit: waiting for room, being told of room, and giving it back. */
#include "instance.h"

static void push_and_wait(void *arg)
{
  uint64_t item = item_of((int)(intptr_t)arg, 1);
  int err = mpcc_push_wait(mpcc, &item, 0, MPCC_NO_TIMEOUT);

  CHECK(err == 0 || err == MPCC_ECLOSED);
  ghost_add(ACCEPTED, err == 0);
  ghost_add(REFUSED, err != 0);
}

static void push_in_time(void *arg)
{
  uint64_t item = item_of((int)(intptr_t)arg, 1);
  int err = mpcc_push_wait(mpcc, &item, 0, 5);

  CHECK(err == 0 || err == MPCC_ETIMEDOUT);
  ghost_add(ACCEPTED, err == 0);
  ghost_add(REFUSED, err != 0);
}

static void try_push(void *arg)
{
  int err = push_into(0, (int)(intptr_t)arg, 1);

  CHECK(err == 0 || err == MPCC_EFULL);
  ghost_add(REFUSED, err != 0);
}

static mpcc_options_t bounded_options(void)
{
  mpcc_options_t options = manual_options(1);

  options.capacity = 1;
  options.on_room = on_room;
  return options;
}

/* Room comes back batch by batch, and everybody who waits gets it. */
static void wait_for_room(void)
{
  mpcc_options_t options = bounded_options();

  open_instance(&options, pump_now);
  push_items(5, 1);
  scene_go(push_and_wait, (void *)1);
  scene_go(push_and_wait, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == 3);
  finish_manual();
}

/* Who waits is let go when the instance closes; what was taken is delivered. */
static void stop_it(void *arg)
{
  (void)arg;
  CHECK(mpcc_complete(mpcc, MPCC_DRAIN, on_complete, NULL) == 0);
}

static void wait_close(void)
{
  mpcc_options_t options = bounded_options();

  open_instance(&options, pump_now);
  push_items(5, 1);
  scene_go(push_and_wait, (void *)1);
  scene_go(push_and_wait, (void *)2);
  scene_go(stop_it, NULL);
  drive_to_end();
  scene_join();
  check_stopped();
  CHECK(ghost_get(ACCEPTED) + ghost_get(REFUSED) == 3);
  CHECK(mpcc_destroy(mpcc) == 0);
}

/* Time may run out at any moment: then the room is there for others. */
static void wait_in_time(void)
{
  mpcc_options_t options = bounded_options();

  scene_hurry(true);
  open_instance(&options, pump_now);
  push_items(5, 1);
  scene_go(push_in_time, (void *)1);
  scene_go(push_in_time, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == ghost_get(ACCEPTED));
  CHECK(push_into(0, 4, 1) == 0);
  finish_manual();
}

/* Who is refused is told of room. */
static void told_of_room(void)
{
  mpcc_options_t options = bounded_options();

  open_instance(&options, pump_now);
  scene_go(try_push, (void *)1);
  scene_go(try_push, (void *)2);
  scene_go(try_push, (void *)3);
  drive();
  CHECK(ghost_get(DELIVERED) == ghost_get(ACCEPTED));
  CHECK((ghost_get(ROOMS) > 0) == (ghost_get(REFUSED) > 0));
  finish_manual();
}

/* Both: who waits comes first, and who is refused is told in the end. */
static void wait_and_try(void)
{
  mpcc_options_t options = bounded_options();

  open_instance(&options, pump_now);
  push_items(5, 1);
  scene_go(push_and_wait, (void *)1);
  scene_go(try_push, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == ghost_get(ACCEPTED));
  CHECK((ghost_get(ROOMS) > 0) == (ghost_get(REFUSED) > 0));
  finish_manual();
}

/* -- Memory ---------------------------------------------------------------------------------- */

static mpcc_options_t rationed_options(void)
{
  mpcc_options_t options = manual_options(1);

  options.on_room = on_room;
  ration(&options);
  return options;
}

static void wait_for_memory(void)
{
  mpcc_options_t options = rationed_options();

  open_instance(&options, pump_now);
  scene_go(push_and_wait, (void *)1);
  scene_go(push_and_wait, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == 2);
  finish_manual();
}

static void told_of_memory(void)
{
  mpcc_options_t options = rationed_options();

  open_instance(&options, pump_now);
  scene_go(try_push, (void *)1);
  scene_go(try_push, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == ghost_get(ACCEPTED));
  CHECK((ghost_get(ROOMS) > 0) == (ghost_get(REFUSED) > 0));
  finish_manual();
}

/* The piece comes back by the answer of another thread. */
static void deliver_first(void *arg)
{
  (void)arg;
  CHECK(by_id(0, 0) == 0);
  ghost_add(DELIVERED, 1);
  if (by_id(1, 0) == 0)
    ghost_add(DELIVERED, 1);
}

static void memory_done(void)
{
  mpcc_options_t options = rationed_options();

  open_instance(&options, pump_later);
  push_items(5, 1);
  scene_go(push_and_wait, (void *)1);
  scene_go(deliver_first, NULL);
  drive();
  CHECK(ghost_get(DELIVERED) == 2);
  finish_manual();
}

const struct scene scenes_room[] = {
  {"room_wait", "two that wait for room", wait_for_room, 1},
  {"room_wait_close", "two that wait for room against a drain", wait_close, 1},
  {"room_wait_in_time", "timeouts against room", wait_in_time, 1},
  {"room_told", "refused pushes are told of room", told_of_room, 1},
  {"room_wait_and_try", "who waits against who tries", wait_and_try, 1},
  {"memory_wait", "two that wait for memory", wait_for_memory, 1},
  {"memory_told", "refused pushes are told of memory", told_of_memory, 1},
  {"memory_done", "who waits for memory against the answer that frees it", memory_done, 1},
  {0},
};
