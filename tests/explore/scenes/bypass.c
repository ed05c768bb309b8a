/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Items that pass by a queue which is idle, while others push into it, or ask for a ticket. */
#include "queue_parts.h"

enum { DONE = NEXT_OF + PUSHERS, PASSED, JOINED };

/* As bypass.c does it. Whether they have got anywhere. */
static bool pass_by(int who, int64_t first, uint32_t count)
{
  const struct mpcc__shelf *shelf = &pool.shelf;
  uint32_t number = mpcc__pool_take(&pool);
  struct mpcc__segment *segment;
  uint64_t *items;

  if (number == 0)
    return false;
  segment = mpcc__segment_at(shelf, number);
  items = (uint64_t *)(void *)mpcc__segment_items(shelf, segment);
  for (uint32_t i = 0; i < count; i++)
    items[i] = item_of(who, first + i);
  ghost_add(BEGUN, count);
  switch (mpcc__queue_pass_by(&queue, &end, shelf, number, count)) {
  case MPCC__QUEUE_PASSED:
    ghost_add(PASSED, 1);
    ghost_add(PUSHED, count);
    check_items(items, count);
    mpcc__queue_count_taken(&end, count);
    mpcc__pool_give(&pool, number);
    return true;
  case MPCC__QUEUE_JOINED:
    ghost_add(JOINED, 1);
    ghost_add(PUSHED, count);
    mpcc__segment_fill(shelf, segment, 0, items, count);
    mpcc__queue_link(&queue, shelf, MPCC__TAIL_IDLE, number, STAMP);
    return true;
  default:
    ghost_add(BEGUN, -(int64_t)count);
    mpcc__pool_give(&pool, number);
    return false;
  }
}

static void push_two(void *arg)
{
  push_items((int)(intptr_t)arg, 2);
  ghost_add(DONE, 1);
}

/* Let ${times} of ${count} go by, one after the other; serve the queue meanwhile. */
static void pass_all(int times, uint32_t count, int threads)
{
  int turns = 0;

  for (int i = 0; i < times;) {
    if (pass_by(0, 1 + i * (int64_t)count, count))
      i++;
    else if (!loop_step(true))
      scene_idle(&turns);
  }
  loop_until(DONE, threads, true);
  close_queue();
}

/* Pushes come before, between and behind; segments are few, so that each has many lives. */
static void pushed(void)
{
  open_queue(3, 3);
  scene_go(push_two, (void *)1);
  pass_all(3, 2, 1);
}

static void pushed_by_two(void)
{
  open_queue(2, 4);
  scene_go(push_two, (void *)1);
  scene_go(push_two, (void *)2);
  pass_all(2, 1, 2);
}

static void ask(void *arg)
{
  uint64_t before = 0;

  (void)arg;
  for (int i = 0; i < 3; i++) {
    uint64_t ticket = claimed_so_far();

    CHECK(ticket >= before && ticket <= (uint64_t)ghost_get(BEGUN));
    before = ticket;
  }
  ghost_add(DONE, 1);
}

/* One segment, which is the tail time and again. */
static void asked(void)
{
  open_queue(3, 1);
  scene_go(ask, NULL);
  pass_all(4, 1, 1);
}

static void asked_and_pushed(void)
{
  open_queue(3, 2);
  scene_go(ask, NULL);
  scene_go(push_two, (void *)1);
  pass_all(3, 1, 2);
}

const struct scene scenes_bypass[] = {
  {"bypass_pushed", "items that pass by, and a producer", pushed, 1},
  {"bypass_pushed_by_two", "items that pass by, and two producers", pushed_by_two, 1},
  {"bypass_asked", "items that pass by, and who asks for a ticket", asked, 1},
  {"bypass_asked_and_pushed", "items that pass by, a producer, and who asks", asked_and_pushed, 1},
  {0},
};
