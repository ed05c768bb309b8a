/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Bringing items to the stage. */
#include "stage.h"

#include "stage_list.h"

enum {
  BLOCK_BYTES = 256,
  AHEAD = 32 /* items: so much earlier the places for them are fetched */
};

/* -- Making it ------------------------------------------------------------------------------- */

struct mpcc__stage *mpcc__stage_new(struct mpcc__world *world)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  size_t slots = world->options.slot_count, cells = BLOCK_BYTES / shelf->item_size;
  struct mpcc__stage *stage;

  /* No overflow: there are as many slots already. */
  _Static_assert(sizeof(stage->table[0]) < sizeof(world->slots[0]), "what is staged is small");
  stage = world->source.calloc(1, sizeof(*stage) + slots * sizeof(stage->table[0]),
                               world->source.user);
  if (stage == NULL)
    return NULL;
  cells = cells != 0 ? cells : 1;
  stage->world = world;
  stage->room[MPCC__STAGE_BLOCK] = cells < shelf->cap ? (uint32_t)cells : shelf->cap;
  stage->room[MPCC__STAGE_SEGMENT] = shelf->cap;
  stage->may_stay = world->options.capacity == 0;
  if (mpcc__blocks_init(&stage->blocks, &world->source,
                        stage->room[MPCC__STAGE_BLOCK] * shelf->item_size, stage->may_stay))
    return stage;
  world->source.free(stage, world->source.user);
  return NULL;
}

void mpcc__stage_free(struct mpcc__stage *stage)
{
  const struct mpcc__source *source;

  if (stage == NULL)
    return;
  source = &stage->world->source;
  mpcc__blocks_close(&stage->blocks);
  source->free(stage, source->user);
}

static uint32_t room(const struct mpcc__stage *stage, const struct mpcc__staged *staged)
{
  return stage->room[staged->where];
}

/* -- Places ---------------------------------------------------------------------------------- */

static bool begin(struct mpcc__stage *stage, uint32_t slot, uint64_t since_ms)
{
  struct mpcc__staged *staged = &stage->table[slot];
  struct mpcc__stage_list *list = &stage->passing;
  void *block = mpcc__blocks_take(&stage->blocks);

  if (block == NULL && stage->passing.first != 0 && mpcc__stage_settle(stage))
    block = mpcc__blocks_take(&stage->blocks);
  if (block == NULL)
    return false;
  staged->items = (unsigned char *)block;
  staged->where = MPCC__STAGE_BLOCK;
  staged->since_ms = since_ms;
  if (stage->by_loop && mpcc__stage_may_stay(stage, slot))
    list = &stage->due;
  mpcc__stage_link(stage, list, slot);
  return true;
}

/* The block is full: go on in a segment. */
static bool move_to_segment(struct mpcc__stage *stage, struct mpcc__staged *staged)
{
  struct mpcc__shelf *shelf = &stage->world->pool.shelf;
  uint32_t number = stage->may_stay ? mpcc__pool_take(&stage->world->pool) : 0;
  unsigned char *items;

  if (number == 0)
    return false;
  items = mpcc__segment_items(shelf, mpcc__segment_at(shelf, number));
  memcpy(items, staged->items, mpcc__staged_count(staged) * shelf->item_size);
  mpcc__blocks_give(&stage->blocks, staged->items);
  staged->items = items;
  staged->where = MPCC__STAGE_SEGMENT;
  return true;
}

/* There is no place for one more item: make one. */
static bool make_room(struct mpcc__stage *stage, uint32_t slot, uint64_t since_ms)
{
  struct mpcc__staged *staged = &stage->table[slot];

  if (staged->items != NULL &&
      (room(stage, staged) == stage->world->pool.shelf.cap || !move_to_segment(stage, staged)) &&
      !mpcc__stage_clear(stage, slot))
    return false;
  return staged->items != NULL || begin(stage, slot, since_ms);
}

/* -- Putting --------------------------------------------------------------------------------- */

static void copy(struct mpcc__stage *stage, struct mpcc__staged *staged,
                 const unsigned char *items, uint32_t count)
{
  size_t size = stage->world->pool.shelf.item_size;
  uint32_t before = mpcc__staged_count(staged);
  unsigned char *to = staged->items + before * size;

  if (count == 1)
    mpcc__item_copy(to, items, size);
  else
    memcpy(to, items, count * size);
  mpcc__stage_set_count(staged, before + count);
}

/* There is no memory to stage anything of a slot that has nothing here: the queue may have some. */
static size_t put_past(struct mpcc__stage *stage, uint32_t slot, const unsigned char *items,
                       size_t count, uint64_t since_ms)
{
  struct mpcc__push push = {stage->world, &stage->world->slots[slot], true, false, true, since_ms};
  int err;

  return mpcc__claim_put(&push, items, count, &err);
}

size_t mpcc__stage_put_row(struct mpcc__stage *stage, uint32_t slot, const unsigned char *items,
                           size_t count, uint64_t since_ms)
{
  const struct mpcc__shelf *shelf = &stage->world->pool.shelf;
  struct mpcc__staged *staged = &stage->table[slot];
  size_t done = 0;

  if (staged->items != NULL && since_ms < staged->since_ms)
    mpcc__stage_age(stage, slot, since_ms);
  while (done < count) {
    uint32_t free_cells = room(stage, staged) - mpcc__staged_count(staged);
    uint32_t some = free_cells < count - done ? free_cells : (uint32_t)(count - done);

    if (some == 0) {
      if (make_room(stage, slot, since_ms))
        continue;
      if (staged->items == NULL)
        done += put_past(stage, slot, items + done * shelf->item_size, count - done, since_ms);
      break;
    }
    copy(stage, staged, items + done * shelf->item_size, some);
    done += some;
    if (mpcc__staged_count(staged) == shelf->cap)
      (void)mpcc__stage_clear(stage, slot); /* a full batch; if that fails, the next round tries */
  }
  return done;
}

/* How many items at the front are for one slot. */
static size_t row_length(const uint32_t *slots, size_t count)
{
  size_t length = 1;

  while (length < count && slots[length] == slots[0])
    length++;
  return length;
}

/* Of an item that comes soon, and of one that comes sooner. */
static void fetch(const struct mpcc__stage *stage, const uint32_t *slots, size_t left)
{
  const struct mpcc__staged *soon;
  const struct mpcc__slot *slot;

  if (left <= AHEAD)
    return;
  mpcc__prefetch_to_write(&stage->table[slots[AHEAD]]);
  soon = &stage->table[slots[AHEAD / 2]];
  if (soon->items != NULL) {
    mpcc__prefetch_to_write(soon->items +
                            mpcc__staged_count(soon) * stage->world->pool.shelf.item_size);
    return;
  }
  slot = &stage->world->slots[slots[AHEAD / 2]];
  mpcc__prefetch_to_write(&slot->queue);
  mpcc__prefetch_to_write(&slot->discard_to);
}

/* One item, if it neither wants memory nor fills a batch nor is older than the others. */
static bool put_one(struct mpcc__stage *stage, struct mpcc__staged *staged,
                    const unsigned char *item, uint64_t since_ms)
{
  size_t size = stage->world->pool.shelf.item_size;
  uint32_t before = mpcc__staged_count(staged);

  if (before + 1 >= room(stage, staged) || since_ms < staged->since_ms)
    return false;
  mpcc__item_copy(staged->items + before * size, item, size);
  mpcc__stage_set_count(staged, before + 1);
  return true;
}

size_t mpcc__stage_put(struct mpcc__stage *stage, const unsigned char *items,
                       const uint32_t *slots, size_t count, uint64_t since_ms)
{
  size_t size = stage->world->pool.shelf.item_size, done = 0;

  while (done < count) {
    size_t row = row_length(slots + done, count - done), put;

    fetch(stage, slots + done, count - done);
    if (row == 1 && put_one(stage, &stage->table[slots[done]], items + done * size, since_ms)) {
      done++;
      continue;
    }
    put = mpcc__stage_put_row(stage, slots[done], items + done * size, row, since_ms);
    done += put;
    if (put < row)
      break;
  }
  return done;
}
