/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Segments of many cells: hints where they are, and looks at eight cells at once. */
#include "instance.h"

enum { EIGHT = 8, MANY = 32, HINTED = 16 };

static void push_row(int who, int count)
{
  uint64_t items[MANY];

  for (int i = 0; i < count; i++)
    items[i] = item_of(who, i + 1);
  CHECK(mpcc_push_many(mpcc, items, (size_t)count, 0) == count);
  ghost_add(ACCEPTED, count);
}

/* Whose cell is the seventeenth leaves a hint for the others. */
static void push_hint(void *arg)
{
  int who = (int)(intptr_t)arg;

  push_row(who, HINTED);
  CHECK(push_into(0, who, HINTED + 1) == 0);
}

static void hint(void)
{
  mpcc_options_t options = manual_options(MANY);

  open_instance(&options, pump_now);
  scene_go(push_hint, (void *)1);
  scene_go(push_two, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == 0);
  finish_manual();
}

static void push_seven(void *arg)
{
  push_row((int)(intptr_t)arg, EIGHT - 1);
}

/* The last cell is filled, and told of, while the seven before it are being filled. */
static void eight(void)
{
  mpcc_options_t options = manual_options(EIGHT);

  open_instance(&options, pump_now);
  scene_go(push_seven, (void *)1);
  scene_go(push_one, (void *)2);
  drive();
  CHECK(ghost_get(DELIVERED) == EIGHT);
  finish_manual();
}

const struct scene scenes_cells[] = {
  {"cells_hint", "pushes that leave a hint and follow it", hint, 1},
  {"cells_eight", "eight cells, of two threads, looked at together", eight, 1},
  {0},
};
