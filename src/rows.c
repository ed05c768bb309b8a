/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "rows.h"

enum {
  SPARE = 2, /* see mpcc__lane_turn */
  MOST = 64  /* the heads of more would take more memory than their items */
};

/* -- Segments -------------------------------------------------------------------------------- */

/* The items of a free one, or NULL. */
static unsigned char *take_segment(struct mpcc__world *world)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  uint32_t number = mpcc__pool_take(&world->pool);

  return number != 0 ? mpcc__segment_items(shelf, mpcc__segment_at(shelf, number)) : NULL;
}

static uint32_t number_of(const struct mpcc__world *world, unsigned char *items)
{
  return mpcc__segment_of(&world->pool.shelf, items)->number;
}

static void give_segment(struct mpcc__world *world, unsigned char *items)
{
  mpcc__pool_give_back(&world->pool, number_of(world, items));
}

size_t mpcc__rows_count(const struct mpcc__world *world)
{
  size_t capacity = world->options.lane_capacity, cap = world->pool.shelf.cap;

  if (world->options.capacity != 0 || mpcc__world_rationed(world) || world->options.weigh != NULL ||
      capacity / cap < 2 || capacity / cap >= MOST || !mpcc__platform_can_bar())
    return 0;
  return (capacity + cap - 1) / cap + SPARE;
}

bool mpcc__rows_open(struct mpcc__world *world, struct mpcc__row *rows, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    rows[i].items = take_segment(world);
    if (rows[i].items == NULL) {
      mpcc__rows_close(world, rows, i);
      return false;
    }
  }
  return true;
}

void mpcc__rows_close(struct mpcc__world *world, const struct mpcc__row *rows, size_t count)
{
  for (size_t i = 0; i < count; i++)
    give_segment(world, rows[i].items);
}

/* -- Of many slots --------------------------------------------------------------------------- */

/* What is in the row is sorted by slots; when it is empty it is changed for another one. */
static size_t sort(struct mpcc__world *world, struct mpcc__lane *lane, size_t count,
                   uint64_t since_ms)
{
  unsigned char *items = mpcc__lane_front(lane), *row = mpcc__lane_row_items(lane), *fresh = NULL;
  size_t put = mpcc__stage_put(world->lanes->stage, items, mpcc__lane_slots(lane), count, since_ms);

  if (lane->from + put == lane->row)
    fresh = take_segment(world);
  if (fresh == NULL) {
    mpcc__lane_took(lane, put);
    return put;
  }
  mpcc__lane_took_row(lane, fresh, put);
  give_segment(world, row);
  return put;
}

/* -- Of one slot ----------------------------------------------------------------------------- */

/* The row at the front is full, and nothing of it was taken: it becomes a batch as it is. False if
 * that can't be. */
static bool bring(struct mpcc__world *world, struct mpcc__lane *lane, uint64_t since_ms)
{
  struct mpcc__stage *stage = world->lanes->stage;
  unsigned char *fresh;

  if (!mpcc__stage_may_bring(stage, 0))
    return false;
  fresh = take_segment(world);
  if (fresh == NULL)
    return false;
  if (!mpcc__stage_bring(stage, 0, number_of(world, mpcc__lane_row_items(lane)), since_ms)) {
    give_segment(world, fresh); /* a push has begun a segment since the look */
    return false;
  }
  mpcc__lane_took_row(lane, fresh, lane->row);
  return true;
}

/* Whether another handle may be asked, or the same again: not if a push has seen what it was asked
 * for, or is about to. */
static bool may_ask(const struct mpcc__lanes *lanes, const struct mpcc_producer *producer)
{
  struct mpcc_producer *asked = lanes->aligning;

  return asked == NULL ||
         ((asked == producer || asked->sleeping) && mpcc__lane_unwish(&asked->lane));
}

/* Rows do not begin where batches do. One that is so much shorter sets that right; but only one
 * handle at a time. */
static void align(struct mpcc__world *world, struct mpcc_producer *producer)
{
  struct mpcc__lanes *lanes = world->lanes;
  uint32_t missing = mpcc__stage_missing(lanes->stage, 0);

  if (missing == 0 || !may_ask(lanes, producer))
    return;
  lanes->aligning = producer;
  mpcc__lane_wish(&producer->lane, missing);
}

void mpcc__rows_forget(struct mpcc__lanes *lanes)
{
  if (lanes->aligning != NULL)
    (void)mpcc__lane_unwish(&lanes->aligning->lane);
  lanes->aligning = NULL;
}

size_t mpcc__rows_take(struct mpcc__world *world, struct mpcc_producer *producer, size_t count,
                       uint64_t since_ms)
{
  struct mpcc__lanes *lanes = world->lanes;
  struct mpcc__lane *lane = &producer->lane;
  size_t put;

  if (lane->slots != NULL)
    return sort(world, lane, count, since_ms);
  if (count == lane->row) {
    if (bring(world, lane, since_ms))
      return count;
    align(world, producer);
  }
  if (mpcc__lane_row_is_short(lane) && lanes->aligning == producer)
    lanes->aligning = NULL; /* it has come */
  put = mpcc__stage_put_row(lanes->stage, 0, mpcc__lane_front(lane), count, since_ms);
  mpcc__lane_took(lane, put);
  return put;
}
