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

/* One that is refused, while the only place is given back. */
static void told_while_given(void)
{
  mpcc_options_t options = bounded_options();

  open_instance(&options, pump_now);
  push_items(5, 1);
  scene_go(try_push, (void *)1);
  drive();
  CHECK((ghost_get(ROOMS) > 0) == (ghost_get(REFUSED) > 0));
  finish_manual();
}

/* Both: who waits comes first, and who is refused is told in the end. */
static void wait_and_try_in(mpcc_options_t options)
{
  open_instance(&options, pump_now);
  push_items(5, 1);
  scene_go(push_and_wait, (void *)1);
  scene_go(try_push, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == ghost_get(ACCEPTED));
  CHECK((ghost_get(ROOMS) > 0) == (ghost_get(REFUSED) > 0));
  finish_manual();
}

static void wait_and_try(void)
{
  wait_and_try_in(bounded_options());
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

static void try_slot(void *arg)
{
  uint32_t slot = (uint32_t)(uintptr_t)arg;
  int err = push_into(slot, 1 + (int)slot, 1);

  CHECK(err == 0 || err == MPCC_EFULL);
  ghost_add(REFUSED, err != 0);
}

/* What one slot gives back another one has waited for. */
static void told_elsewhere(void)
{
  mpcc_options_t options = rationed_options();

  options.slot_count = 2;
  open_instance(&options, pump_now);
  scene_go(try_slot, (void *)0);
  scene_go(try_slot, (void *)1);
  drive();
  CHECK((ghost_get(ROOMS) > 0) == (ghost_get(REFUSED) > 0));
  finish_manual();
}

/* Who waits in one slot goes before who tries in another. */
static void wait_and_try_elsewhere(void)
{
  mpcc_options_t options = rationed_options();

  options.slot_count = 2;
  open_instance(&options, pump_now);
  push_items(5, 1);
  scene_go(push_and_wait, (void *)3);
  scene_go(try_slot, (void *)1);
  drive();
  CHECK((ghost_get(ROOMS) > 0) == (ghost_get(REFUSED) > 0));
  finish_manual();
}

/* Who waits for memory goes before who tries; and who was refused is told in the end. */
static void wait_and_try_memory(void)
{
  wait_and_try_in(rationed_options());
}

/* A piece with more than one cell: the free ones are room, too. */
static void told_of_cells(void)
{
  mpcc_options_t options = manual_options(2);

  options.on_room = on_room;
  ration(&options);
  open_instance(&options, pump_now);
  scene_go(try_push, (void *)1);
  scene_go(try_push, (void *)2);
  drive();
  CHECK((ghost_get(ROOMS) > 0) == (ghost_get(REFUSED) > 0));
  finish_manual();
}

static int pump_first_later(mpcc_batch_t *batch, void *state)
{
  return ghost_get(HANDED) == 0 ? pump_later(batch, state) : pump_now(batch, state);
}

/* The same with a last piece that is put behind a full one, while another is in flight; a loop with
 * a clock needs not hear of such a piece for any other reason. */
static void told_of_last(void)
{
  mpcc_options_t options = loop_options(2);

  options.on_room = on_room;
  ration(&options);
  options.max_memory *= 3;
  open_instance(&options, pump_first_later);
  push_items(5, 2);
  CHECK(ghost_await(HANDED, 1));
  push_items(4, 2);
  scene_go(try_push, (void *)1);
  scene_go(try_push, (void *)2);
  scene_join();
  CHECK(ghost_get(REFUSED) == 0 || ghost_await(ROOMS, 1));
  CHECK(by_id(0, 0) == 0);
  finish_loop(MPCC_DRAIN);
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
  {"room_told_one", "a push is refused while room is given back", told_while_given, 1},
  {"room_wait_and_try", "who waits against who tries", wait_and_try, 1},
  {"memory_wait", "two that wait for memory", wait_for_memory, 1},
  {"memory_told", "refused pushes are told of memory", told_of_memory, 1},
  {"memory_told_elsewhere", "a refused push is told of another slot's memory", told_elsewhere, 1},
  {"memory_wait_elsewhere", "who waits against who tries elsewhere", wait_and_try_elsewhere, 1},
  {"memory_cells", "refused pushes are told of free cells", told_of_cells, 1},
  {"memory_last", "the same of the last piece, behind a full one", told_of_last, 1},
  {"memory_wait_and_try", "who waits for memory against who tries", wait_and_try_memory, 1},
  {"memory_done", "who waits for memory against the answer that frees it", memory_done, 1},
  {0},
};
