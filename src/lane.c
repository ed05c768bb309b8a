/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "lane.h"

#include "check.h"

size_t mpcc__lane_bytes(size_t item_size, size_t capacity)
{
  size_t each = item_size + sizeof(uint32_t);

  if (capacity > (SIZE_MAX / 2 - MPCC__LINE) / each) /* half: room for what stands before */
    return 0;
  return (capacity * item_size + MPCC__LINE - 1) / MPCC__LINE * MPCC__LINE +
         capacity * sizeof(uint32_t);
}

/* Pushes go on in this row, of which so many cells are used. */
static void come_to(struct mpcc__lane *lane, size_t row, size_t cells)
{
  lane->to_row = row;
  lane->place = lane->rows[row].items;
  lane->row_end = mpcc__lane_tail(lane) + cells;
  mpcc__lane_ease(lane);
  lane->slot = lane->slots != NULL ? lane->slots + row * lane->row : NULL;
}

/* All but where its cells are. */
static void begin(struct mpcc__lane *lane, size_t item_size, size_t capacity, bool fenced)
{
  lane->item_size = item_size;
  lane->capacity = capacity;
  lane->fenced = fenced;
  lane->usual = mpcc__item_is_usual(item_size);
  lane->quick = lane->usual && !fenced;
  lane->limit = MPCC__FIRST_64 + capacity;
  lane->called = MPCC__FIRST_64;
  atomic_init(&lane->tail, MPCC__FIRST_64);
  come_to(lane, 0, lane->row);
  if (!lane->quick)
    lane->easy = MPCC__FIRST_64;
  lane->rows[0].size = lane->row;
  lane->from = 0;
  lane->from_row = 0;
  atomic_init(&lane->begun, MPCC__FIRST_64);
  atomic_init(&lane->head, MPCC__FIRST_64);
  atomic_init(&lane->call_at, MPCC__FIRST_64 + 1);
  atomic_init(&lane->wish, 0);
}

void mpcc__lane_init(struct mpcc__lane *lane, void *memory, size_t item_size, size_t capacity,
                     bool fenced)
{
  size_t items = mpcc__lane_bytes(item_size, capacity) - capacity * sizeof(uint32_t);
  void *slots = (unsigned char *)memory + items;

  lane->only.items = (unsigned char *)memory;
  lane->rows = &lane->only;
  lane->row_count = 1;
  lane->row = capacity;
  lane->slots = (uint32_t *)slots;
  begin(lane, item_size, capacity, fenced);
}

size_t mpcc__lane_rows_bytes(size_t row_count, size_t slots)
{
  return row_count * (sizeof(struct mpcc__row) + slots * sizeof(uint32_t));
}

void mpcc__lane_init_rows(struct mpcc__lane *lane, struct mpcc__row *rows, size_t row_count,
                          size_t row, bool slots, size_t item_size, size_t capacity)
{
  void *behind = rows + row_count;

  MPCC__CHECK((row_count - 2) * row >= capacity); /* see mpcc__lane_turn */
  lane->only.items = NULL;
  lane->rows = rows;
  lane->row_count = row_count;
  lane->row = row;
  lane->slots = slots ? (uint32_t *)behind : NULL;
  begin(lane, item_size, capacity, false);
}

void mpcc__lane_copy(struct mpcc__lane *lane, const void *item)
{
  memcpy(lane->place, item, lane->item_size);
}

void mpcc__lane_turn(struct mpcc__lane *lane)
{
  size_t row = lane->to_row + 1 < lane->row_count ? lane->to_row + 1 : 0, cells = 0;

  /* relaxed: only whether to look closer; the next row is early enough. */
  if (atomic_load_explicit(&lane->wish, memory_order_relaxed) != 0)
    /* pairs lane.wish: rows that were emptied before. It may have been taken back meanwhile. */
    cells = atomic_exchange_explicit(&lane->wish, 0, memory_order_acquire);
  if (cells == 0)
    cells = lane->row;
  if (lane->row_count != 1) /* else it stays as it is, and the emptier may look at it */
    lane->rows[row].size = cells;
  come_to(lane, row, cells);
}

static uint64_t head_of(const struct mpcc__lane *lane)
{
  /* relaxed: only who empties writes it. */
  return atomic_load_explicit(&lane->head, memory_order_relaxed);
}

size_t mpcc__lane_count(const struct mpcc__lane *lane)
{
  /* pairs lane.tail: the items are there. pairs lane.call: call_at was stored before. */
  return (size_t)(atomic_load_explicit(&lane->tail, memory_order_seq_cst) - head_of(lane));
}

size_t mpcc__lane_rest(const struct mpcc__lane *lane, size_t count)
{
  size_t at = lane->from_row, first = mpcc__lane_row(lane, count), left = count - first;

  while (left > 0) {
    at = at + 1 < lane->row_count ? at + 1 : 0;
    if (left < lane->rows[at].size)
      return left;
    left -= lane->rows[at].size;
  }
  return 0;
}

void mpcc__lane_took(struct mpcc__lane *lane, size_t count)
{
  lane->from += count;
  if (count != 0 /* of an empty row the size is not known */ &&
      lane->from == lane->rows[lane->from_row].size) {
    lane->from = 0;
    lane->from_row = lane->from_row + 1 < lane->row_count ? lane->from_row + 1 : 0;
  }
  /* pairs lane.head: their places are free. */
  atomic_store_explicit(&lane->head, head_of(lane) + count, memory_order_release);
}

void mpcc__lane_took_row(struct mpcc__lane *lane, unsigned char *items, size_t count)
{
  lane->rows[lane->from_row].items = items;
  mpcc__lane_took(lane, count);
}

void mpcc__lane_wish(struct mpcc__lane *lane, size_t cells)
{
  /* pairs lane.wish: what was done to rows is done. */
  atomic_store_explicit(&lane->wish, cells, memory_order_release);
}

bool mpcc__lane_unwish(struct mpcc__lane *lane)
{
  /* relaxed: whether a push was first. */
  return atomic_exchange_explicit(&lane->wish, 0, memory_order_relaxed) != 0;
}

void mpcc__lane_call_at(struct mpcc__lane *lane, size_t count)
{
  /* pairs lane.call: before the next look at tail. */
  atomic_store_explicit(&lane->call_at, head_of(lane) + count, memory_order_seq_cst);
}

bool mpcc__lane_calls_next(const struct mpcc__lane *lane)
{
  /* relaxed: only who empties writes it. */
  return atomic_load_explicit(&lane->call_at, memory_order_relaxed) == head_of(lane) + 1;
}

bool mpcc__lane_quiet(const struct mpcc__lane *lane)
{
  /* pairs lane.begun: a push that did not see that the instance is closed. */
  uint64_t begun = atomic_load_explicit(&lane->begun, memory_order_seq_cst);

  /* relaxed: an old one says no, and then it is asked again; items are acquired by the count. */
  return begun == atomic_load_explicit(&lane->tail, memory_order_relaxed);
}
