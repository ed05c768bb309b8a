/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What one writes by hand: two arrays for each slot, swapped under a mutex, so that the items are
 * read outside it. With a thread of its own, too, which is woken when a slot has a batch and
 * looks at all of them every 10 ms.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <time.h>

#include "pusher_array.h"

enum { LINE = 64, TICK_NS = 10000000 };

/* Lines of their own: it shall lose by its design alone. */
struct slot {
  _Alignas(LINE) pthread_mutex_t mutex;
  struct array filling;                 /* guard: mutex */
  _Alignas(LINE) struct array emptying; /* who drains */
};

struct mutexed {
  struct pusher_job job;
  struct slot *slots;
  bool threaded;
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t cond;
  bool due;    /* guard: mutex */
  bool ending; /* guard: mutex */
};

/* -- Pushing ------------------------------------------------------------------------------- */

static void wake(struct mutexed *mutexed)
{
  pthread_mutex_lock(&mutexed->mutex);
  mutexed->due = true;
  pthread_cond_signal(&mutexed->cond);
  pthread_mutex_unlock(&mutexed->mutex);
}

static inline int push(void *with, const void *item, uint32_t index, size_t size)
{
  struct mutexed *mutexed = with;
  struct slot *slot = &mutexed->slots[index];
  bool done, full;

  pthread_mutex_lock(&slot->mutex);
  done = array_add(&slot->filling, item, size);
  full = slot->filling.count == PUSHER_BATCH;
  pthread_mutex_unlock(&slot->mutex);
  if (full && mutexed->threaded)
    wake(mutexed);
  return done ? 0 : -1;
}

static inline int push_many(void *with, const void *items, size_t count, uint32_t index,
                            size_t size)
{
  struct mutexed *mutexed = with;
  struct slot *slot = &mutexed->slots[index];
  bool done, full;

  pthread_mutex_lock(&slot->mutex);
  done = array_add_many(&slot->filling, items, count, size);
  full = slot->filling.count >= PUSHER_BATCH && slot->filling.count - count < PUSHER_BATCH;
  pthread_mutex_unlock(&slot->mutex);
  if (full && mutexed->threaded)
    wake(mutexed);
  return done ? 0 : -1;
}

PUSHER_EACH_SIZE(PUSHER_PUSH)
PUSHER_EACH_SIZE(PUSHER_PUSH_MANY)

static bool mutexed_join(void *pusher, struct pushing *pushing)
{
  const size_t size = ((struct mutexed *)pusher)->job.item_size;

  *pushing = (struct pushing){.push = PUSHER_OF_SIZE(push, size),
                              .push_many = PUSHER_OF_SIZE(push_many, size),
                              .with = pusher};
  return true;
}

/* -- Draining ------------------------------------------------------------------------------ */

static size_t mutexed_drain(void *pusher)
{
  struct mutexed *mutexed = pusher;
  size_t count = 0;

  for (uint32_t i = 0; i < mutexed->job.slots; i++) {
    struct slot *slot = &mutexed->slots[i];

    pthread_mutex_lock(&slot->mutex);
    array_swap(&slot->filling, &slot->emptying);
    pthread_mutex_unlock(&slot->mutex);
    count += array_empty(&slot->emptying, &mutexed->job);
  }
  return count;
}

/* Waits until a batch is full or the tick is over. False when there will be no more. */
static bool wait_for_work(struct mutexed *mutexed)
{
  struct timespec until;
  bool more;

  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += TICK_NS;
  if (until.tv_nsec >= 1000000000) {
    until.tv_nsec -= 1000000000;
    until.tv_sec++;
  }
  pthread_mutex_lock(&mutexed->mutex);
  while (!mutexed->due && !mutexed->ending) {
    if (pthread_cond_timedwait(&mutexed->cond, &mutexed->mutex, &until) != 0)
      break;
  }
  mutexed->due = false;
  more = !mutexed->ending;
  pthread_mutex_unlock(&mutexed->mutex);
  return more;
}

static void *run(void *arg)
{
  bool more;

  do {
    more = wait_for_work(arg);
    mutexed_drain(arg);
  } while (more);
  return NULL;
}

/* -- Life ---------------------------------------------------------------------------------- */

static void *mutexed_open(const struct pusher_job *job)
{
  struct mutexed *mutexed = calloc(1, sizeof *mutexed);

  if (mutexed == NULL)
    return NULL;
  mutexed->job = *job;
  mutexed->slots = aligned_alloc(LINE, job->slots * sizeof *mutexed->slots);
  if (mutexed->slots == NULL) {
    free(mutexed);
    return NULL;
  }
  for (uint32_t i = 0; i < job->slots; i++) {
    mutexed->slots[i] = (struct slot){.filling = {0}};
    pthread_mutex_init(&mutexed->slots[i].mutex, NULL);
  }
  return mutexed;
}

static void mutexed_close(void *pusher)
{
  struct mutexed *mutexed = pusher;

  for (uint32_t i = 0; i < mutexed->job.slots; i++) {
    free(mutexed->slots[i].filling.items);
    free(mutexed->slots[i].emptying.items);
    pthread_mutex_destroy(&mutexed->slots[i].mutex);
  }
  free(mutexed->slots);
  free(mutexed);
}

static void *threaded_open(const struct pusher_job *job)
{
  struct mutexed *mutexed = mutexed_open(job);

  if (mutexed == NULL)
    return NULL;
  mutexed->threaded = true;
  pthread_mutex_init(&mutexed->mutex, NULL);
  pthread_cond_init(&mutexed->cond, NULL);
  if (pthread_create(&mutexed->thread, NULL, run, mutexed) != 0) {
    mutexed_close(mutexed);
    return NULL;
  }
  return mutexed;
}

static void threaded_close(void *pusher)
{
  struct mutexed *mutexed = pusher;

  pthread_mutex_lock(&mutexed->mutex);
  mutexed->ending = true;
  pthread_cond_signal(&mutexed->cond);
  pthread_mutex_unlock(&mutexed->mutex);
  pthread_join(mutexed->thread, NULL);
  pthread_cond_destroy(&mutexed->cond);
  pthread_mutex_destroy(&mutexed->mutex);
  mutexed_close(mutexed);
}

const struct pusher pusher_mutex = {
    .name = "mutex double buffer",
    .what = "two arrays that keep their room; a default pthread mutex for each slot",
    .open = mutexed_open,
    .join = mutexed_join,
    .drain = mutexed_drain,
    .close = mutexed_close,
};

const struct pusher pusher_mutex_thread = {
    .name = "mutex double buffer",
    .what = "the same with a thread; woken by a condition variable when a slot has 500; 10 ms tick",
    .open = threaded_open,
    .join = mutexed_join,
    .close = threaded_close,
};
