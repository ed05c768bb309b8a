/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The limit of a queue between two threads: a ring with an index on each side, each of which
 * remembers the other's as long as that will do. One producer for each slot.
 */
#include <stdatomic.h>

#include "pusher_array.h"
#include "pusher_ring.h"

struct slot {
  _Alignas(RING_LINE) unsigned char *items;
  size_t mask;
  _Alignas(RING_LINE) _Atomic size_t tail; /* the producer writes it */
  size_t head_seen;                        /* the producer's */
  _Alignas(RING_LINE) _Atomic size_t head; /* who drains writes it */
};

struct rings {
  struct pusher_job job;
  struct slot *slots;
};

static inline bool has_room(struct slot *slot, size_t tail, size_t count)
{
  if (tail + count - slot->head_seen <= slot->mask + 1)
    return true;
  /* acquire: pairs with the release of empty(); the cells have been read. */
  slot->head_seen = atomic_load_explicit(&slot->head, memory_order_acquire);
  return tail + count - slot->head_seen <= slot->mask + 1;
}

static inline int push(void *with, const void *item, uint32_t index, size_t size)
{
  struct slot *slot = &((struct rings *)with)->slots[index];
  /* relaxed: nobody else writes it. */
  const size_t tail = atomic_load_explicit(&slot->tail, memory_order_relaxed);

  if (!has_room(slot, tail, 1))
    return -1;
  item_copy(slot->items + (tail & slot->mask) * size, item, size);
  /* release: pairs with the acquire of empty(); carries the item. */
  atomic_store_explicit(&slot->tail, tail + 1, memory_order_release);
  return 0;
}

PUSHER_EACH_SIZE(PUSHER_PUSH)

static size_t empty(struct slot *slot, const struct pusher_job *job)
{
  /* relaxed: nobody else writes it. */
  const size_t head = atomic_load_explicit(&slot->head, memory_order_relaxed);
  /* acquire: pairs with the release of a push. */
  const size_t count = atomic_load_explicit(&slot->tail, memory_order_acquire) - head;
  const size_t cell = head & slot->mask, before_end = slot->mask + 1 - cell;
  const size_t first = count < before_end ? count : before_end;

  hand_out(job, slot->items + cell * job->item_size, first);
  hand_out(job, slot->items, count - first);
  /* release: pairs with the acquire of has_room(). */
  atomic_store_explicit(&slot->head, head + count, memory_order_release);
  return count;
}

static size_t rings_drain(void *pusher)
{
  struct rings *rings = pusher;
  size_t count = 0;

  for (uint32_t i = 0; i < rings->job.slots; i++)
    count += empty(&rings->slots[i], &rings->job);
  return count;
}

static void rings_close(void *pusher)
{
  struct rings *rings = pusher;

  for (uint32_t i = 0; rings->slots != NULL && i < rings->job.slots; i++)
    free(rings->slots[i].items);
  free(rings->slots);
  free(rings);
}

static void *rings_open(const struct pusher_job *job)
{
  struct rings *rings = calloc(1, sizeof *rings);

  if (rings == NULL)
    return NULL;
  rings->job = *job;
  rings->slots = ring_memory(job->slots, sizeof *rings->slots);
  for (uint32_t i = 0; rings->slots != NULL && i < job->slots; i++) {
    struct slot *slot = &rings->slots[i];

    atomic_init(&slot->tail, 0);
    atomic_init(&slot->head, 0);
    slot->mask = ring_room(job) - 1;
    slot->items = ring_memory(slot->mask + 1, job->item_size);
    if (slot->items == NULL) {
      rings_close(rings);
      return NULL;
    }
  }
  if (rings->slots == NULL) {
    free(rings);
    return NULL;
  }
  return rings;
}

static bool rings_join(void *pusher, struct pushing *pushing)
{
  const size_t size = ((struct rings *)pusher)->job.item_size;

  *pushing = (struct pushing){.push = PUSHER_OF_SIZE(push, size), .with = pusher};
  return true;
}

const struct pusher pusher_spsc = {
    .name = "limit: one to one ring",
    .what = "one producer for each slot; each side remembers the other's index",
    .one_producer = true,
    .open = rings_open,
    .join = rings_join,
    .drain = rings_drain,
    .close = rings_close,
};
