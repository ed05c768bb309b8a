/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Rows of a lane that are changed for others when they were emptied. */
#include "lane.h"
#include "scene.h"

enum { ROW = 3, ROWS = 5, CAPACITY = (ROWS - 2) * ROW, LAST = ROW + ROWS };

/* Ghosts: how many may be pushed, and how many were. */
enum { MAY, PUSHED };

static struct mpcc__row rows[ROWS];
static uint64_t cells[ROWS + 1][ROW + 3]; /* with room for an item of the largest usual size */
static struct mpcc__lane lane;

/* When it may, without having heard by anything else. */
static void push_in_turn(void *arg)
{
  (void)arg;
  for (int i = 1; i <= LAST; i++) {
    const uint64_t item[4] = {(uint64_t)i};

    (void)ghost_await(MAY, i);
    CHECK(mpcc__lane_has_room(&lane));
    mpcc__lane_begin(&lane);
    (void)mpcc__lane_put(&lane, item, 0);
    ghost_set(PUSHED, i);
  }
}

/* Take what is there, ${count} items of one row; a full one, which is the first, is changed. */
static void take(size_t count)
{
  int turns = 0;

  while (mpcc__lane_count(&lane) != count)
    scene_idle(&turns);
  CHECK(mpcc__lane_row(&lane, count) == count);
  if (count == ROW)
    mpcc__lane_took_row(&lane, (unsigned char *)cells[ROWS], count);
  else
    mpcc__lane_took(&lane, count);
}

static void let_push(int to)
{
  ghost_set(MAY, to);
  (void)ghost_await(PUSHED, to);
}

/* All rows but the first are so short that a push comes around to that before it must look how much
 * was taken. */
static void rows_shorter(void)
{
  for (int i = 0; i < ROWS; i++)
    rows[i].items = (unsigned char *)cells[i];
  mpcc__lane_init_rows(&lane, rows, ROWS, ROW, false, sizeof(uint64_t), CAPACITY);
  scene_go(push_in_turn, NULL);
  let_push(ROW);
  take(ROW);
  for (int i = 1; i < ROWS; i++) {
    mpcc__lane_wish(&lane, 1);
    let_push(ROW + i);
    take(1);
  }
  let_push(LAST);
  scene_join();
  take(1);
}

const struct scene scenes_rows[] = {
  {"rows_shorter", "short rows, and one that was changed", rows_shorter, 1},
  {0},
};
