/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What anybody may look at of a batch, at any time: all of it is of one hand-over. */
#include "sight.h"

#include "scene.h"

enum { HAND_OVERS = 2 };

static struct mpcc__sight sight;

static void show(uint64_t number)
{
  struct mpcc__seen seen = {.id = number, .waited_ms = number, .until_ms = number,
                            .slot = (uint32_t)number, .count = (uint32_t)number,
                            .attempt = (uint32_t)number, .due = (int)number,
                            .waits = number % 2 == 0};

  mpcc__sight_show(&sight, &seen);
}

static void look(void *arg)
{
  struct mpcc__seen seen;

  (void)arg;
  if (!mpcc__sight_look(&sight, &seen))
    return;
  CHECK(seen.slot == seen.id && seen.count == seen.id);
  CHECK(seen.attempt == seen.id && (uint64_t)seen.due == seen.id);
  CHECK(seen.waited_ms == seen.id && seen.until_ms == seen.id);
  CHECK(seen.waits == (seen.id % 2 == 0));
}

static void begin(void)
{
  atomic_init(&sight.mark, 0);
  atomic_init(&sight.place, 0);
  atomic_init(&sight.tries, 0);
  atomic_init(&sight.waited_ms, 0);
  atomic_init(&sight.until_ms, 0);
}

static void one_looks(void)
{
  begin();
  show(1);
  scene_go(look, NULL);
  for (uint64_t i = 2; i <= HAND_OVERS; i++)
    show(i);
  scene_join();
}

static void gone(void)
{
  begin();
  scene_go(look, NULL);
  show(1);
  mpcc__sight_clear(&sight);
  show(2);
  scene_join();
}

const struct scene scenes_sight[] = {
  {"sight_next", "a look at a batch that is handed over again", one_looks, 0},
  {"sight_gone", "a look at a batch that comes, ends, and comes", gone, 2},
  {0},
};
