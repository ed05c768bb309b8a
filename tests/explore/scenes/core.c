/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What outlives an instance: late answers against the end of the pool. */
#include <stdlib.h>

#include "core.h"
#include "scene.h"

enum { LATE = 2 };

static struct mpcc__pool *pool;
static struct mpcc__core *core;
static struct mpcc__segment *segments[LATE];

static void *core_calloc(size_t count, size_t size, void *user)
{
  (void)user;
  return calloc(count, size);
}

static void core_free(void *memory, void *user)
{
  (void)user;
  free(memory);
}

static void yield(void)
{
  scene_yield();
}

static void come_late(void *arg)
{
  struct mpcc__segment *segment = segments[(intptr_t)arg];

  bool refers = scene_choose(2) == 0; /* as finish.c does, who has more to do after it */

  segment->stamp_ms = 5;
  if (refers)
    mpcc__core_refer(core);
  mpcc__core_take_back(core, segment);
  if (refers)
    mpcc__core_let_go(core);
}

static void begin(uint32_t limit)
{
  static const struct mpcc__source source = {core_calloc, core_free, NULL};

  pool = calloc(1, sizeof(*pool));
  CHECK(mpcc__pool_open(pool, &source, 8, 1, limit));
  pool->distance = 0;
  core = mpcc__core_new(NULL, pool);
  CHECK(core != NULL);
  for (int i = 0; i < LATE; i++) {
    segments[i] = mpcc__segment_at(&pool->shelf, mpcc__pool_take(pool));
    mpcc__core_abandon(core, segments[i]);
  }
}

/* The last one to let go frees the slab, and the core. */
static void destroy(void)
{
  mpcc__core_leave_home(core, yield);
  mpcc__pool_close(pool);
  free(pool);
  mpcc__core_let_go(core);
}

static void late(void)
{
  begin(3);
  scene_go(come_late, (void *)0);
  scene_go(come_late, (void *)1);
  destroy();
  scene_join();
}

/* What has come back is used again; once none is out, all that was done to it is seen. */
static void used_again(void)
{
  uint32_t number;

  begin(3);
  scene_go(come_late, (void *)0);
  scene_go(come_late, (void *)1);
  scene_dawdle(1);
  if (mpcc__core_out(core) == 0)
    CHECK(segments[0]->stamp_ms == 5 && segments[1]->stamp_ms == 5);
  number = mpcc__pool_take(pool);
  if (number != 0) {
    mpcc__segment_at(&pool->shelf, number)->stamp_ms = 6;
    mpcc__pool_give(pool, number);
  }
  destroy();
  scene_join();
}

/* The loop changes its mind about one that is answered after all. */
static void kept(void)
{
  begin(3);
  mpcc__core_abandon(core, segments[0]);
  mpcc__core_keep(core, segments[0]);
  scene_go(come_late, (void *)0);
  scene_go(come_late, (void *)1);
  destroy();
  scene_join();
}

const struct scene scenes_core[] = {
  {"core_late", "two late answers against the destroy", late, 0},
  {"core_used_again", "memory that came back is used again", used_again, 0},
  {"core_kept", "one that is not abandoned after all", kept, 0},
  {0},
};
