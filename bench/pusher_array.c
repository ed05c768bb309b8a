/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * An array for each slot and nothing to protect it: what the call, the writing of the item and its
 * copying cost alone, which is in all other figures, too. One thread.
 */
#include "pusher_array.h"

struct arrays {
  struct pusher_job job;
  struct array *slots;
};

static inline int push(void *with, const void *item, uint32_t slot, size_t size)
{
  return array_add(&((struct arrays *)with)->slots[slot], item, size) ? 0 : -1;
}

static inline int push_many(void *with, const void *items, size_t count, uint32_t slot,
                            size_t size)
{
  return array_add_many(&((struct arrays *)with)->slots[slot], items, count, size) ? 0 : -1;
}

PUSHER_EACH_SIZE(PUSHER_PUSH)
PUSHER_EACH_SIZE(PUSHER_PUSH_MANY)

static void *arrays_open(const struct pusher_job *job)
{
  struct arrays *arrays = calloc(1, sizeof *arrays);

  if (arrays == NULL)
    return NULL;
  arrays->job = *job;
  arrays->slots = calloc(job->slots, sizeof *arrays->slots);
  if (arrays->slots == NULL) {
    free(arrays);
    return NULL;
  }
  return arrays;
}

static bool arrays_join(void *pusher, struct pushing *pushing)
{
  const size_t size = ((struct arrays *)pusher)->job.item_size;

  *pushing = (struct pushing){.push = PUSHER_OF_SIZE(push, size),
                              .push_many = PUSHER_OF_SIZE(push_many, size),
                              .with = pusher};
  return true;
}

static size_t arrays_drain(void *pusher)
{
  struct arrays *arrays = pusher;
  size_t count = 0;

  for (uint32_t i = 0; i < arrays->job.slots; i++)
    count += array_empty(&arrays->slots[i], &arrays->job);
  return count;
}

static void arrays_close(void *pusher)
{
  struct arrays *arrays = pusher;

  for (uint32_t i = 0; i < arrays->job.slots; i++)
    free(arrays->slots[i].items);
  free(arrays->slots);
  free(arrays);
}

const struct pusher pusher_array = {
    .name = "limit: plain array",
    .what = "one thread and no protection: the harness and a copy",
    .open = arrays_open,
    .join = arrays_join,
    .drain = arrays_drain,
    .close = arrays_close,
};
