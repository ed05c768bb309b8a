/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * GLib's queue between threads: pointers to items that come from malloc(), under one lock, which
 * who drains takes once for all that is there.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "pusher_gather.h"
#include "pusher_sizes.h"

struct queues {
  struct pusher_job job;
  GAsyncQueue **slots;
  struct gather gather;
};

static inline int push(void *with, const void *item, uint32_t slot, size_t size)
{
  unsigned char *copy = malloc(size);

  if (copy == NULL)
    return -1;
  item_copy(copy, item, size);
  g_async_queue_push(((struct queues *)with)->slots[slot], copy);
  return 0;
}

PUSHER_EACH_SIZE(PUSHER_PUSH)

static void *queues_open(const struct pusher_job *job)
{
  struct queues *queues = calloc(1, sizeof *queues);

  if (queues == NULL)
    return NULL;
  queues->job = *job;
  queues->slots = calloc(job->slots, sizeof(GAsyncQueue *));
  if (queues->slots == NULL) {
    free(queues);
    return NULL;
  }
  for (uint32_t i = 0; i < job->slots; i++)
    queues->slots[i] = g_async_queue_new();
  return queues;
}

static bool queues_join(void *pusher, struct pushing *pushing)
{
  const size_t size = ((struct queues *)pusher)->job.item_size;

  *pushing = (struct pushing){.push = PUSHER_OF_SIZE(push, size), .with = pusher};
  return true;
}

static size_t queues_drain(void *pusher)
{
  struct queues *queues = pusher;
  struct gather *gather = &queues->gather;

  gather_begin(gather, &queues->job);
  for (uint32_t i = 0; i < queues->job.slots; i++) {
    void *item;

    g_async_queue_lock(queues->slots[i]);
    while ((item = g_async_queue_try_pop_unlocked(queues->slots[i])) != NULL) {
      memcpy(gather_place(gather), item, queues->job.item_size);
      gather_next(gather);
      free(item);
    }
    g_async_queue_unlock(queues->slots[i]);
    gather_flush(gather);
  }
  return gather->total;
}

static void queues_close(void *pusher)
{
  struct queues *queues = pusher;

  for (uint32_t i = 0; i < queues->job.slots; i++)
    g_async_queue_unref(queues->slots[i]);
  free((void *)queues->slots);
  free(queues);
}

const struct pusher pusher_glib = {
    .name = "GAsyncQueue",
    .what = "GLib " PUSHER_GLIB_VERSION "; a malloc'd copy of each item; one lock to take all",
    .open = queues_open,
    .join = queues_join,
    .drain = queues_drain,
    .close = queues_close,
};
