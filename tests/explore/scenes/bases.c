/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Who asks for a ticket may have to set the base of a segment that another thread has installed,
 * and of those before it. Here three threads stop anywhere on their way, so that what the one
 * looks at has got another life when it goes on:
 *
 *   - an installer, before it has set the base of its segment;
 *   - a reader, that sets it instead, and looks at the segment before;
 *   - another installer, to whom that segment has come meanwhile, while the queue becomes idle
 *     once more between its look and its install.
 */
#include "queue_parts.h"

enum { FIRST_GOES = NEXT_OF + PUSHERS, READER_GOES, SECOND_GOES, DONE };
/* Points in a push, and in a ticket: from the first at which it is worth to stop, and how many. */
enum { PUSH_FROM = 16, PUSH_SPAN = 14, TICKET_FROM = 6, TICKET_SPAN = 6 };

static void push_slowly(int who, int ghost)
{
  scene_stop_after(PUSH_FROM + scene_choose(PUSH_SPAN), ghost);
  push_items(who, 1);
  ghost_add(DONE, 1);
}

static void first_installer(void *arg)
{
  (void)arg;
  push_slowly(0, FIRST_GOES);
}

static void second_installer(void *arg)
{
  (void)arg;
  push_slowly(1, SECOND_GOES);
}

static void reader(void *arg)
{
  (void)arg;
  scene_stop_after(TICKET_FROM + scene_choose(TICKET_SPAN), READER_GOES);
  CHECK(claimed_so_far() <= (uint64_t)ghost_get(BEGUN));
  ghost_add(DONE, 1);
}

static void drain(void)
{
  for (int i = 0; i < 6; i++)
    (void)loop_step(true);
}

static void early(void)
{
  open_queue(1, 5);
  push_items(3, 1);
  scene_go(first_installer, NULL);
  scene_pause();
  scene_go(reader, NULL);
  scene_pause();
  ghost_set(FIRST_GOES, 1);
  scene_pause();
  drain();
  scene_go(second_installer, NULL);
  scene_pause();
  ghost_set(READER_GOES, 1);
  scene_pause();
  push_items(2, 1);
  drain();
  ghost_set(SECOND_GOES, 1);
  loop_until(DONE, 3, true);
  close_queue();
}

const struct scene scenes_bases[] = {
  {"queue_base_early", "a base that is set for a segment before it is installed", early, 1},
  {0},
};
