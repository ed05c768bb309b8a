/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The two arrays of pusher_mutex.c under a spinlock, which yields the processor after a while:
 * about the least that a lock can cost. Nothing to ship: a thread that is stopped while it holds it
 * stops all others.
 */
#define _POSIX_C_SOURCE 200809L
#include <sched.h>
#include <stdatomic.h>

#include "pusher_array.h"

enum { LINE = 64, PATIENCE = 64 };

struct slot {
  _Alignas(LINE) atomic_bool locked;
  struct array filling;                 /* guard: locked */
  _Alignas(LINE) struct array emptying; /* who drains */
};

struct spun {
  struct pusher_job job;
  struct slot *slots;
};

static void wait_until_free(const struct slot *slot)
{
  /* relaxed: only a look; the exchange that follows takes the lock. */
  for (unsigned tries = 0; atomic_load_explicit(&slot->locked, memory_order_relaxed); tries++) {
    if (tries >= PATIENCE)
      sched_yield();
  }
}

static inline void lock(struct slot *slot)
{
  /* acquire: pairs with the release of unlock(); what the holder before did is seen. */
  while (atomic_exchange_explicit(&slot->locked, true, memory_order_acquire))
    wait_until_free(slot);
}

static inline void unlock(struct slot *slot)
{
  /* release: pairs with the acquire of lock(). */
  atomic_store_explicit(&slot->locked, false, memory_order_release);
}

static inline int push(void *with, const void *item, uint32_t index, size_t size)
{
  struct slot *slot = &((struct spun *)with)->slots[index];
  bool done;

  lock(slot);
  done = array_add(&slot->filling, item, size);
  unlock(slot);
  return done ? 0 : -1;
}

static inline int push_many(void *with, const void *items, size_t count, uint32_t index,
                            size_t size)
{
  struct slot *slot = &((struct spun *)with)->slots[index];
  bool done;

  lock(slot);
  done = array_add_many(&slot->filling, items, count, size);
  unlock(slot);
  return done ? 0 : -1;
}

PUSHER_EACH_SIZE(PUSHER_PUSH)
PUSHER_EACH_SIZE(PUSHER_PUSH_MANY)

static void *spun_open(const struct pusher_job *job)
{
  struct spun *spun = calloc(1, sizeof *spun);

  if (spun == NULL)
    return NULL;
  spun->job = *job;
  spun->slots = aligned_alloc(LINE, job->slots * sizeof *spun->slots);
  if (spun->slots == NULL) {
    free(spun);
    return NULL;
  }
  for (uint32_t i = 0; i < job->slots; i++)
    spun->slots[i] = (struct slot){.filling = {0}};
  return spun;
}

static bool spun_join(void *pusher, struct pushing *pushing)
{
  const size_t size = ((struct spun *)pusher)->job.item_size;

  *pushing = (struct pushing){.push = PUSHER_OF_SIZE(push, size),
                              .push_many = PUSHER_OF_SIZE(push_many, size),
                              .with = pusher};
  return true;
}

static size_t spun_drain(void *pusher)
{
  struct spun *spun = pusher;
  size_t count = 0;

  for (uint32_t i = 0; i < spun->job.slots; i++) {
    struct slot *slot = &spun->slots[i];

    lock(slot);
    array_swap(&slot->filling, &slot->emptying);
    unlock(slot);
    count += array_empty(&slot->emptying, &spun->job);
  }
  return count;
}

static void spun_close(void *pusher)
{
  struct spun *spun = pusher;

  for (uint32_t i = 0; i < spun->job.slots; i++) {
    free(spun->slots[i].filling.items);
    free(spun->slots[i].emptying.items);
  }
  free(spun->slots);
  free(spun);
}

const struct pusher pusher_spin = {
    .name = "spinlock double buffer",
    .what = "the same under a test-and-test-and-set lock that yields after 64 looks",
    .open = spun_open,
    .join = spun_join,
    .drain = spun_drain,
    .close = spun_close,
};
