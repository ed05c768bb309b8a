/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* One slot's queue: pushes against each other, and against what the loop does to it. */
#include "queue_parts.h"

enum { DONE = NEXT_OF + PUSHERS, PASSED, READ, TWO = 2, PAST = 4 };

static void push_two(void *arg)
{
  push_items((int)(intptr_t)arg, TWO);
  ghost_add(DONE, 1);
}

static void push_three(void *arg)
{
  push_items((int)(intptr_t)arg, 3);
  ghost_add(DONE, 1);
}

static void push_one(void *arg)
{
  push_items((int)(intptr_t)arg, 1);
  ghost_add(DONE, 1);
}

static void start(void (*run)(void *arg), int threads)
{
  for (intptr_t i = 0; i < threads; i++)
    scene_go(run, (void *)i);
}

/* A segment of two cells: the last cell, the installing of the next, the link. */
static void push_push(void)
{
  open_queue(2, 4);
  start(push_two, 2);
  loop_until(DONE, 2, false);
  close_queue();
}

/* Segments of one cell, which come back while others still install. */
static void install_race(void)
{
  open_queue(1, 5);
  start(push_one, 3);
  loop_until(DONE, 3, false);
  close_queue();
}

/* The loop seals the segment that is pushed into. */
static void push_settle(void)
{
  open_queue(2, 3);
  start(push_two, 2);
  loop_until(DONE, 2, true);
  close_queue();
}

/* The loop closes the queue, empties it, and opens it again. */
static void push_close(void)
{
  uint32_t retired;
  uint64_t ticket;

  open_queue(2, 3);
  start(push_two, 2);
  scene_dawdle(2);
  (void)loop_step(true);
  mpcc__queue_close(&queue, &end, &pool.shelf, &retired);
  give_back(retired);
  ticket = mpcc__queue_ticket(&queue, &pool.shelf);
  /* relaxed: this thread writes it. */
  while (atomic_load_explicit(&end.taken, memory_order_relaxed) < ticket)
    if (!loop_step(true))
      scene_yield();
  CHECK(mpcc__queue_ticket(&queue, &pool.shelf) == ticket);
  loop_until(DONE, 2, true);
  close_queue();
}

/* Tickets count no push that has not begun, and never go back. */
static void read_tickets(void *arg)
{
  uint64_t last = 0;

  (void)arg;
  for (int i = 0; i < 2; i++) {
    uint64_t ticket = claimed_so_far();

    CHECK(ticket >= last && ticket <= (uint64_t)ghost_get(BEGUN));
    last = ticket;
  }
}

static void tickets(void)
{
  open_queue(1, 3);
  start(push_three, 2);
  scene_go(read_tickets, NULL);
  loop_until(DONE, 2, true);
  close_queue();
}

/* A reader that stops anywhere, while the segment that it looks at gets another life. */
static void read_slowly(void *arg)
{
  (void)arg;
  scene_stop_after(scene_choose(12), PASSED);
  CHECK(claimed_so_far() <= (uint64_t)ghost_get(BEGUN));
  ghost_set(READ, 1);
}

static void push_past(void *arg)
{
  push_items((int)(intptr_t)arg, PAST);
  ghost_set(PASSED, 1);
  (void)ghost_await(READ, 1);
  ghost_add(DONE, 1);
}

static void tickets_slowly(void)
{
  open_queue(2, 2);
  CHECK(push_item(item_of(3, 1)));
  ghost_set(BEGUN, 1);
  ghost_set(PUSHED, 1);
  scene_go(read_slowly, NULL);
  scene_go(push_past, (void *)0);
  loop_until(DONE, 1, false);
  close_queue();
}

/* Tickets of one thread never go back, even if a segment comes round between its two looks. */
static void read_twice_slowly(void *arg)
{
  uint64_t first = claimed_so_far(), second;

  (void)arg;
  scene_stop_after(scene_choose(12), PASSED);
  second = claimed_so_far();
  CHECK(first <= second && second <= (uint64_t)ghost_get(BEGUN));
  ghost_set(READ, 1);
}

static void tickets_go_on(void)
{
  open_queue(2, 2);
  CHECK(push_item(item_of(3, 1)) && push_item(item_of(3, 2)));
  ghost_set(BEGUN, 2);
  ghost_set(PUSHED, 2);
  scene_go(read_twice_slowly, NULL);
  scene_go(push_past, (void *)0);
  loop_until(DONE, 1, false);
  close_queue();
}

/* The same thread pushes and then asks: its own items are counted. */
static void push_and_ask(void *arg)
{
  for (int i = 0; i < TWO; i++) {
    ghost_add(BEGUN, 1);
    CHECK(push_item(item_of((int)(intptr_t)arg, i + 1)));
    ghost_add(PUSHED, 1);
    CHECK(claimed_so_far() >= (uint64_t)i + 1);
  }
  ghost_add(DONE, 1);
}

static void tickets_of_own(void)
{
  open_queue(1, 4);
  start(push_and_ask, 2);
  loop_until(DONE, 2, true);
  close_queue();
}

/* A batch is taken out of the middle of a segment that is still pushed into. */
static void push_skip(void)
{
  uint32_t count, retired;

  open_queue(3, 3);
  push_items(3, 2);
  start(push_two, 2);
  CHECK(mpcc__queue_look(&queue, &end, &pool.shelf, &count, &retired) != MPCC__QUEUE_EMPTY);
  give_back(retired);
  CHECK(mpcc__queue_published(&end, &pool.shelf, 1) == 1);
  ghost_add(TAKEN, 1);
  ghost_add(NEXT_OF + 3, 1);
  mpcc__queue_skip(&end, &pool.shelf, 1, &retired);
  give_back(retired);
  loop_until(DONE, 2, true);
  close_queue();
}

/* In IDLE a drain may close the queue only if it is empty. */
static void push_close_empty(void)
{
  open_queue(1, 3);
  start(push_one, 2);
  scene_dawdle(2);
  if (mpcc__queue_close_empty(&queue, &end)) {
    CHECK(claimed_so_far() == 0);
    if (scene_choose(2) == 0)
      mpcc__queue_open(&queue);
  }
  loop_until(DONE, 2, true);
  close_queue();
}

const struct scene scenes_queue[] = {
  {"queue_push_push", "two producers, segments of two cells", push_push, 1},
  {"queue_install_race", "three producers install segments of one cell", install_race, 1},
  {"queue_push_settle", "pushes while the loop seals the segment", push_settle, 1},
  {"queue_push_close", "pushes while the loop closes and drains the queue", push_close, 1},
  {"queue_tickets", "tickets while others push and segments come back", tickets, 1},
  {"queue_tickets_slowly", "a slow reader of tickets", tickets_slowly, 1},
  {"queue_tickets_go_on", "a slow reader's tickets never go back", tickets_go_on, 1},
  {"queue_tickets_of_own", "a thread's tickets count its own pushes", tickets_of_own, 1},
  {"queue_push_skip", "pushes into a segment of which a part is taken", push_skip, 1},
  {"queue_close_empty", "closing an empty queue against pushes", push_close_empty, 1},
  {0},
};
