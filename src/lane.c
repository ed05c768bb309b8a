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

void mpcc__lane_init(struct mpcc__lane *lane, void *memory, size_t item_size, size_t capacity,
                     bool fenced)
{
  size_t items = mpcc__lane_bytes(item_size, capacity) - capacity * sizeof(uint32_t);
  void *slots = (unsigned char *)memory + items;

  lane->items = (unsigned char *)memory;
  lane->slots = (uint32_t *)slots;
  lane->item_size = item_size;
  lane->capacity = capacity;
  lane->fenced = fenced;
  lane->usual = mpcc__item_is_usual(item_size);
  lane->quick = lane->usual && !fenced;
  lane->head_seen = MPCC__FIRST_64;
  lane->called = MPCC__FIRST_64;
  lane->at = 0;
  lane->from = 0;
  atomic_init(&lane->tail, MPCC__FIRST_64);
  atomic_init(&lane->begun, MPCC__FIRST_64);
  atomic_init(&lane->head, MPCC__FIRST_64);
  atomic_init(&lane->call_at, MPCC__FIRST_64 + 1);
}

void mpcc__lane_copy(struct mpcc__lane *lane, const void *item)
{
  memcpy(lane->items + lane->at * lane->item_size, item, lane->item_size);
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

void mpcc__lane_took(struct mpcc__lane *lane, size_t count)
{
  lane->from += count;
  if (lane->from == lane->capacity)
    lane->from = 0;
  /* pairs lane.head: their places are free. */
  atomic_store_explicit(&lane->head, head_of(lane) + count, memory_order_release);
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
