/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* One batch's state, from launch to answer: batch.h alone. */
#include <stdlib.h>

#include "batch.h"
#include "scene.h"

enum { SLOT = 3, BITS = 8 };
enum { ANSWERS, LATE }; /* ghosts */

static struct mpcc__batch *batch;
static struct mpcc__ready done;
static struct mpcc__core core;
static struct mpcc__shelf shelf;
static _Atomic uint64_t given;

static void answer(void *arg)
{
  uint64_t id;

  while ((id = atomic_load_explicit(&given, memory_order_acquire)) == 0) /* see launch() */
    scene_yield();
  if (mpcc__batch_answer(batch, id, (int)(intptr_t)arg, 7)) {
    CHECK(batch->shown.id == id && batch->shown.slot == SLOT && batch->hi == 2);
    ghost_add(ANSWERS, 1);
    (void)mpcc__ready_put(&done, &batch->done);
  } else if (mpcc__batch_answer_late(batch, id)) {
    CHECK(batch->shown.id == id && batch->end == 1);
    ghost_add(LATE, 1);
  }
}

static void begin(int finishers)
{
  batch = calloc(1, sizeof(*batch));
  batch->segment.number = 5;
  atomic_init(&given, 0);
  mpcc__ready_init(&done);
  for (intptr_t i = 1; i <= finishers; i++)
    scene_go(answer, (void *)i);
}

static void launch(void)
{
  mpcc__batch_form(batch, &core, SLOT, 0, 2, 40);
  mpcc__batch_show(batch, &shelf, 0, 2);
  mpcc__batch_launch(batch, BITS, 0);
  /* The pump hands it to another thread, as it must, with all that is in it. */
  atomic_store_explicit(&given, batch->shown.id, memory_order_release);
}

/* The loop has been told of the answer, and may do what it wants with the batch. */
static void settle(void)
{
  struct mpcc__ready_node *node = NULL;

  while ((node = mpcc__ready_take(&done)) == NULL)
    scene_yield();
  CHECK(MPCC__OWNER(node, struct mpcc__batch, done) == batch);
  CHECK((batch->status == 1 || batch->status == 2) && batch->done_ns == 7);
  batch->shown.slot = 4;
}

static void two_answers(void)
{
  begin(2);
  launch();
  settle();
  scene_join();
  CHECK(ghost_get(ANSWERS) == 1 && ghost_get(LATE) == 0);
  free(batch);
}

/* The loop writes to the batch until it has abandoned it; from then on it is the other's. */
static void abandoned(void)
{
  bool left;

  begin(1);
  launch();
  scene_dawdle(1);
  batch->end = 1;
  left = mpcc__batch_abandon(batch);
  if (!left)
    settle();
  scene_join();
  CHECK(ghost_get(LATE) == left && ghost_get(ANSWERS) == !left);
  free(batch);
}

const struct scene scenes_batch[] = {
  {"batch_two_answers", "two answers to one hand-over", two_answers, 0},
  {"batch_abandon", "an answer against abandoning", abandoned, 0},
  {0},
};
