/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "batcher.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TICK_NS = 10000000 };

struct array {
  unsigned char *items;
  size_t count, room;
};

/* Padded, so that slots do not share cache lines: the peer shall lose by its design alone. */
struct slot {
  pthread_mutex_t mutex;
  struct array filling; /* guard: mutex */
  struct array emptying; /* the thread's */
  unsigned char apart[64];
};

struct batcher {
  size_t item_size, batch_size;
  uint32_t slot_count;
  batcher_pump pump;
  void *state;
  struct slot *slots;
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t cond;
  bool due;    /* guard: mutex */
  bool ending; /* guard: mutex */
};

static bool grow(struct array *array, size_t item_size)
{
  size_t room = array->room == 0 ? 1024 : array->room * 2;
  unsigned char *items = realloc(array->items, room * item_size);

  if (items == NULL)
    return false;
  array->items = items;
  array->room = room;
  return true;
}

int batcher_push(batcher_t *batcher, const void *item, uint32_t slot)
{
  struct slot *into = &batcher->slots[slot];
  struct array *array = &into->filling;
  bool full;

  pthread_mutex_lock(&into->mutex);
  if (array->count == array->room && !grow(array, batcher->item_size)) {
    pthread_mutex_unlock(&into->mutex);
    return -1;
  }
  memcpy(array->items + array->count * batcher->item_size, item, batcher->item_size);
  array->count++;
  full = array->count == batcher->batch_size;
  pthread_mutex_unlock(&into->mutex);

  if (full) {
    pthread_mutex_lock(&batcher->mutex);
    batcher->due = true;
    pthread_cond_signal(&batcher->cond);
    pthread_mutex_unlock(&batcher->mutex);
  }
  return 0;
}

static void serve(struct batcher *batcher, struct slot *slot)
{
  struct array swap = slot->emptying;

  pthread_mutex_lock(&slot->mutex);
  slot->emptying = slot->filling;
  slot->filling = swap;
  pthread_mutex_unlock(&slot->mutex);

  for (size_t at = 0; at < slot->emptying.count; at += batcher->batch_size) {
    size_t count = slot->emptying.count - at;

    if (count > batcher->batch_size)
      count = batcher->batch_size;
    batcher->pump(slot->emptying.items + at * batcher->item_size, count, batcher->state);
  }
  slot->emptying.count = 0;
}

/* Waits until a batch is full or the tick is over. False when there will be no more. */
static bool wait_for_work(struct batcher *batcher)
{
  struct timespec until;
  bool more;

  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += TICK_NS;
  if (until.tv_nsec >= 1000000000) {
    until.tv_nsec -= 1000000000;
    until.tv_sec++;
  }
  pthread_mutex_lock(&batcher->mutex);
  while (!batcher->due && !batcher->ending) {
    if (pthread_cond_timedwait(&batcher->cond, &batcher->mutex, &until) != 0)
      break;
  }
  batcher->due = false;
  more = !batcher->ending;
  pthread_mutex_unlock(&batcher->mutex);
  return more;
}

static void *run(void *arg)
{
  struct batcher *batcher = arg;
  bool more;

  do {
    more = wait_for_work(batcher);
    for (uint32_t slot = 0; slot < batcher->slot_count; slot++)
      serve(batcher, &batcher->slots[slot]);
  } while (more);
  return NULL;
}

batcher_t *batcher_open(size_t item_size, uint32_t slot_count, size_t batch_size,
                        batcher_pump pump, void *state)
{
  struct batcher *batcher = calloc(1, sizeof *batcher);

  if (batcher == NULL)
    return NULL;
  batcher->item_size = item_size;
  batcher->batch_size = batch_size;
  batcher->slot_count = slot_count;
  batcher->pump = pump;
  batcher->state = state;
  batcher->slots = calloc(slot_count, sizeof *batcher->slots);
  if (batcher->slots == NULL)
    goto free_batcher;
  for (uint32_t slot = 0; slot < slot_count; slot++)
    pthread_mutex_init(&batcher->slots[slot].mutex, NULL);
  pthread_mutex_init(&batcher->mutex, NULL);
  pthread_cond_init(&batcher->cond, NULL);
  if (pthread_create(&batcher->thread, NULL, run, batcher) != 0)
    goto free_slots;
  return batcher;

free_slots:
  free(batcher->slots);
free_batcher:
  free(batcher);
  return NULL;
}

void batcher_close(batcher_t *batcher)
{
  pthread_mutex_lock(&batcher->mutex);
  batcher->ending = true;
  pthread_cond_signal(&batcher->cond);
  pthread_mutex_unlock(&batcher->mutex);
  pthread_join(batcher->thread, NULL);

  for (uint32_t slot = 0; slot < batcher->slot_count; slot++) {
    free(batcher->slots[slot].filling.items);
    free(batcher->slots[slot].emptying.items);
    pthread_mutex_destroy(&batcher->slots[slot].mutex);
  }
  pthread_cond_destroy(&batcher->cond);
  pthread_mutex_destroy(&batcher->mutex);
  free(batcher->slots);
  free(batcher);
}
