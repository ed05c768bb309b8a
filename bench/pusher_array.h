/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * An array that grows: two of them under a lock, one that is filled and one that is emptied, are
 * the queue that one writes by hand. Its room doubles, and is kept.
 */
#ifndef BENCH_PUSHER_ARRAY_H
#define BENCH_PUSHER_ARRAY_H

#include <stdlib.h>
#include <string.h>

#include "pusher.h"
#include "pusher_sizes.h"

struct array {
  unsigned char *items;
  size_t count, room;
};

static inline bool array_grow(struct array *array, size_t more, size_t item_size)
{
  size_t room = array->room == 0 ? 1024 : array->room;
  unsigned char *items;

  while (room - array->count < more)
    room *= 2;
  items = (unsigned char *)realloc(array->items, room * item_size);
  if (items == NULL)
    return false;
  array->items = items;
  array->room = room;
  return true;
}

static inline bool array_add(struct array *array, const void *item, size_t item_size)
{
  if (array->count == array->room && !array_grow(array, 1, item_size))
    return false;
  item_copy(array->items + array->count * item_size, item, item_size);
  array->count++;
  return true;
}

static inline bool array_add_many(struct array *array, const void *items, size_t count,
                                  size_t item_size)
{
  if (array->room - array->count < count && !array_grow(array, count, item_size))
    return false;
  memcpy(array->items + array->count * item_size, items, count * item_size);
  array->count += count;
  return true;
}

static inline void array_swap(struct array *left, struct array *right)
{
  const struct array keep = *left;

  *left = *right;
  *right = keep;
}

/* Give ${count} items in a row to the sink. */
static inline void hand_out(const struct pusher_job *job, const unsigned char *items, size_t count)
{
  for (size_t at = 0; at < count; at += PUSHER_BATCH) {
    const size_t rest = count - at;

    job->sink(items + at * job->item_size, rest < PUSHER_BATCH ? rest : PUSHER_BATCH, job->state);
  }
}

/* How many there were. */
static inline size_t array_empty(struct array *array, const struct pusher_job *job)
{
  const size_t count = array->count;

  hand_out(job, array->items, count);
  array->count = 0;
  return count;
}

#endif /* BENCH_PUSHER_ARRAY_H */
