/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The limit of everything in which many threads share one queue by tickets: a fetch-add, the item,
 * a ready byte. It does nothing else: no thread looks if there is room, which has to be known, or
 * tells anybody.
 */
#include <stdatomic.h>

#include "pusher_array.h"
#include "pusher_ring.h"

struct slot {
  _Alignas(RING_LINE) unsigned char *items;
  _Atomic uint8_t *ready;
  size_t mask;
  _Alignas(RING_LINE) _Atomic size_t tail;
  _Alignas(RING_LINE) size_t head; /* who drains */
};

struct tickets {
  struct pusher_job job;
  struct slot *slots;
};

static inline int push(void *with, const void *item, uint32_t index, size_t size)
{
  struct slot *slot = &((struct tickets *)with)->slots[index];
  /* relaxed: it only numbers the cells; each is published by its byte. */
  const size_t cell = atomic_fetch_add_explicit(&slot->tail, 1, memory_order_relaxed) & slot->mask;

  item_copy(slot->items + cell * size, item, size);
  /* release: pairs with the acquire of published(); carries the item. */
  atomic_store_explicit(&slot->ready[cell], 1, memory_order_release);
  return 0;
}

static inline int push_many(void *with, const void *items, size_t count, uint32_t index,
                            size_t size)
{
  struct slot *slot = &((struct tickets *)with)->slots[index];
  /* relaxed: as in push(). */
  size_t cell = atomic_fetch_add_explicit(&slot->tail, count, memory_order_relaxed) & slot->mask;
  const size_t before_end = slot->mask + 1 - cell;
  const size_t first = count < before_end ? count : before_end;

  memcpy(slot->items + cell * size, items, first * size);
  memcpy(slot->items, (const unsigned char *)items + first * size, (count - first) * size);
  for (size_t i = 0; i < count; i++) {
    /* release: pairs with the acquire of published(); carries the item. */
    atomic_store_explicit(&slot->ready[(cell + i) & slot->mask], 1, memory_order_release);
  }
  return 0;
}

PUSHER_EACH_SIZE(PUSHER_PUSH)
PUSHER_EACH_SIZE(PUSHER_PUSH_MANY)

/* Items in a row that are published at ${cell}, up to a batch and to the ring's end. */
static size_t published(struct slot *slot, size_t cell)
{
  const size_t before_end = slot->mask + 1 - cell;
  const size_t most = before_end < PUSHER_BATCH ? before_end : PUSHER_BATCH;
  size_t count = 0;

  /* acquire: pairs with the release of a push. */
  while (count < most && atomic_load_explicit(&slot->ready[cell + count], memory_order_acquire))
    count++;
  return count;
}

static size_t empty(struct slot *slot, const struct pusher_job *job)
{
  size_t total = 0, count;

  while ((count = published(slot, slot->head & slot->mask)) != 0) {
    const size_t cell = slot->head & slot->mask;

    for (size_t i = 0; i < count; i++) {
      /* relaxed: the cell is pushed into again only when the sink has told of the item. */
      atomic_store_explicit(&slot->ready[cell + i], 0, memory_order_relaxed);
    }
    job->sink(slot->items + cell * job->item_size, count, job->state);
    slot->head += count;
    total += count;
  }
  return total;
}

static size_t tickets_drain(void *pusher)
{
  struct tickets *tickets = pusher;
  size_t count = 0;

  for (uint32_t i = 0; i < tickets->job.slots; i++)
    count += empty(&tickets->slots[i], &tickets->job);
  return count;
}

static void tickets_close(void *pusher)
{
  struct tickets *tickets = pusher;

  for (uint32_t i = 0; tickets->slots != NULL && i < tickets->job.slots; i++) {
    free(tickets->slots[i].items);
    free((void *)tickets->slots[i].ready);
  }
  free(tickets->slots);
  free(tickets);
}

static void *tickets_open(const struct pusher_job *job)
{
  struct tickets *tickets = calloc(1, sizeof *tickets);

  if (tickets == NULL)
    return NULL;
  tickets->job = *job;
  tickets->slots = ring_memory(job->slots, sizeof *tickets->slots);
  for (uint32_t i = 0; tickets->slots != NULL && i < job->slots; i++) {
    struct slot *slot = &tickets->slots[i];
    const size_t room = ring_room(job);

    atomic_init(&slot->tail, 0);
    slot->mask = room - 1;
    slot->items = ring_memory(room, job->item_size);
    slot->ready = ring_memory(room, sizeof *slot->ready);
    if (slot->items == NULL || slot->ready == NULL) {
      tickets_close(tickets);
      return NULL;
    }
  }
  if (tickets->slots == NULL) {
    free(tickets);
    return NULL;
  }
  return tickets;
}

static bool tickets_join(void *pusher, struct pushing *pushing)
{
  const size_t size = ((struct tickets *)pusher)->job.item_size;

  *pushing = (struct pushing){.push = PUSHER_OF_SIZE(push, size),
                              .push_many = PUSHER_OF_SIZE(push_many, size),
                              .with = pusher};
  return true;
}

const struct pusher pusher_xadd = {
    .name = "limit: xadd and store",
    .what = "a fetch-add; the item; a ready byte; a ring that is known to have room",
    .open = tickets_open,
    .join = tickets_join,
    .drain = tickets_drain,
    .close = tickets_close,
};
