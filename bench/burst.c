/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "burst.h"

#include <string.h>

/* Drains before what has not come is taken for lost: an item may have to wait a step or two. */
enum { PATIENCE = 4 };

void sink_open(struct sink *sink, size_t item_size)
{
  sink->item_size = item_size;
  atomic_init(&sink->count, 0);
  atomic_init(&sink->sum, 0);
}

void sink_take(const void *items, size_t count, void *state)
{
  struct sink *sink = state;
  const size_t item_size = sink->item_size;
  const unsigned char *item = items, *const end = item + count * item_size;
  uint64_t sum = 0;

  for (; item != end; item += item_size) {
    uint64_t word;

    memcpy(&word, item, sizeof word);
    sum += word;
  }
  /* relaxed, and no read-modify-write: one thread writes; the count, stored last, carries it. */
  sum += atomic_load_explicit(&sink->sum, memory_order_relaxed);
  atomic_store_explicit(&sink->sum, sum, memory_order_relaxed);
  count += atomic_load_explicit(&sink->count, memory_order_relaxed);
  /* release: pairs with the acquire of sink_count(). */
  atomic_store_explicit(&sink->count, count, memory_order_release);
}

/* -- Pushing ------------------------------------------------------------------------------- */

/* As a program writes its fields: one store for each, whatever a compiler would rather do. */
static inline void write_item(uint64_t *words, uint64_t value, size_t size)
{
  volatile uint64_t *field = words;

  field[0] = value;
  if (size >= 16)
    field[1] = value;
  if (size >= 32) {
    field[2] = value;
    field[3] = value;
  }
  if (size >= 64) {
    field[4] = value;
    field[5] = value;
    field[6] = value;
    field[7] = value;
  }
}

static inline size_t push_sized(const struct pushing *pushing, uint32_t slot, uint64_t first,
                                size_t count, size_t size)
{
  uint64_t item[PUSHER_ITEM_MAX / sizeof(uint64_t)];

  for (size_t i = 0; i < count; i++) {
    write_item(item, first + i, size);
    if (pushing->push(pushing->with, item, slot) < 0)
      return i;
  }
  return count;
}

size_t burst_push(const struct pushing *pushing, uint32_t slot, uint64_t first, size_t count,
                  size_t item_size)
{
  switch (item_size) {
  case 8:
    return push_sized(pushing, slot, first, count, 8);
  case 16:
    return push_sized(pushing, slot, first, count, 16);
  case 32:
    return push_sized(pushing, slot, first, count, 32);
  default:
    return push_sized(pushing, slot, first, count, 64);
  }
}

bool burst_push_many(const struct pushing *pushing, uint32_t slot, const void *items, size_t count,
                     size_t many, size_t item_size)
{
  const unsigned char *from = items;

  for (size_t at = 0; at < count; at += many) {
    const size_t rest = count - at;

    if (pushing->push_many(pushing->with, from + at * item_size, rest < many ? rest : many,
                           slot) < 0)
      return false;
  }
  return true;
}

/* -- Taking -------------------------------------------------------------------------------- */

size_t burst_take(const struct pusher *pusher, void *opened, size_t count)
{
  size_t total = 0;

  for (int tries = 0; total < count && tries < PATIENCE; tries++)
    total += pusher->drain(opened);
  return total;
}

bool burst_cycle(const struct pushing *pushing, const struct pusher *pusher, void *opened,
                 uint32_t slots, uint32_t apart, size_t in_each)
{
  uint64_t item[2];

  for (size_t i = 0; i < in_each; i++) {
    for (uint32_t slot = 0; slot < slots; slot++) {
      write_item(item, 1 + i, sizeof item);
      if (pushing->push(pushing->with, item, slot * apart) < 0)
        return false;
    }
  }
  pusher->drain(opened);
  return true;
}
