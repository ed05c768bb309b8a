/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The batcher that a good C programmer writes by hand. A mutex and two growing arrays for each
 * slot, which the loop swaps; slots that hold something are on a list, full ones on a second. On a
 * wake the loop serves the full ones, on a tick all that are listed; what it finds in a slot it
 * hands out, the last batch not full. A slot's first cache line is the producers', its second one
 * the loop's.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "peers.h"
#include "ready_list.h"
#include "ticker.h"

enum { ROOM_FIRST = 16 };

struct array {
  struct peer_item *items;
  uint32_t count, room;
};

struct slot {
  alignas(64) pthread_mutex_t mutex;
  struct array filling; /* guard: mutex */

  alignas(64) struct array emptying; /* the loop's */
  struct ready active;
  struct ready full;
};

struct hand {
  struct peer_job job;
  bool scans; /* ticks look at every slot, and there is no list */
  struct slot *slots;
  struct ticker *ticker;
  const ticker_flag *dormant;
  alignas(64) ready_list active;
  alignas(64) ready_list full;
};

static bool grow(struct array *array)
{
  const uint32_t room = array->room == 0 ? ROOM_FIRST : array->room * 2;
  struct peer_item *items = realloc(array->items, room * sizeof *items);

  if (items == NULL)
    return false;
  array->items = items;
  array->room = room;
  return true;
}

static struct slot *slot_of(struct ready *ready, size_t offset)
{
  return (struct slot *)(void *)((unsigned char *)ready - offset);
}

/* The first item since the slot was served. Whether the loop has to be woken for it. */
static bool list(struct hand *hand, struct slot *slot)
{
  if (!hand->scans && !ready_add(&hand->active, &slot->active))
    return false;
  /* seq_cst: after it is listed; see ticker.h. */
  return atomic_load_explicit(hand->dormant, memory_order_seq_cst);
}

static int push(void *joined, const struct peer_item *item, uint32_t index)
{
  struct hand *hand = joined;
  struct slot *slot = &hand->slots[index];
  struct array *array = &slot->filling;
  uint32_t count;

  pthread_mutex_lock(&slot->mutex);
  if (array->count == array->room && !grow(array)) {
    pthread_mutex_unlock(&slot->mutex);
    return -1;
  }
  array->items[array->count] = *item;
  count = ++array->count;
  pthread_mutex_unlock(&slot->mutex);

  if ((count == 1 && list(hand, slot)) ||
      (count == hand->job.batch && ready_add(&hand->full, &slot->full)))
    ticker_wake(hand->ticker);
  return 0;
}

/* Whether there was anything. */
static bool serve(struct hand *hand, struct slot *slot)
{
  const uint32_t batch = hand->job.batch;
  const uint32_t index = (uint32_t)(slot - hand->slots);
  struct array taken;

  pthread_mutex_lock(&slot->mutex);
  taken = slot->filling;
  slot->filling = slot->emptying;
  pthread_mutex_unlock(&slot->mutex);

  for (uint32_t at = 0; at < taken.count; at += batch) {
    const uint32_t left = taken.count - at;

    hand->job.pump(taken.items + at, left < batch ? left : batch, index, hand->job.state);
  }
  slot->emptying = taken;
  slot->emptying.count = 0;
  return taken.count != 0;
}

static void on_wake(void *peer)
{
  struct hand *hand = peer;
  struct ready *ready = ready_take_all(&hand->full);

  while (ready != NULL) {
    struct slot *slot = slot_of(ready, offsetof(struct slot, full));

    ready = ready_begin(ready);
    serve(hand, slot);
  }
}

static bool scan(struct hand *hand)
{
  bool any = false;

  for (uint32_t i = 0; i < hand->job.slots; i++)
    any |= serve(hand, &hand->slots[i]);
  return any;
}

static bool on_tick(void *peer)
{
  struct hand *hand = peer;
  struct ready *ready;
  bool any;

  on_wake(hand);
  if (hand->scans)
    return scan(hand);
  ready = ready_take_all(&hand->active);
  any = ready != NULL;
  while (ready != NULL) {
    struct slot *slot = slot_of(ready, offsetof(struct slot, active));

    ready = ready_begin(ready);
    serve(hand, slot);
  }
  return any;
}

/* -- Life ---------------------------------------------------------------------------------- */

static void free_hand(struct hand *hand)
{
  for (uint32_t i = 0; i < hand->job.slots; i++) {
    pthread_mutex_destroy(&hand->slots[i].mutex);
    free(hand->slots[i].filling.items);
    free(hand->slots[i].emptying.items);
  }
  free(hand->slots);
  free(hand);
}

static bool make_slots(struct hand *hand, int mutex_type)
{
  pthread_mutexattr_t attributes;

  hand->slots = aligned_alloc(64, hand->job.slots * sizeof *hand->slots);
  if (hand->slots == NULL)
    return false;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, mutex_type);
  memset(hand->slots, 0, hand->job.slots * sizeof *hand->slots);
  for (uint32_t i = 0; i < hand->job.slots; i++)
    pthread_mutex_init(&hand->slots[i].mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return true;
}

static void *open_as(const struct peer_job *job, int mutex_type, bool scans)
{
  const struct ticker_calls calls = {on_wake, on_tick};
  struct hand *hand = aligned_alloc(64, sizeof *hand);

  if (hand == NULL)
    return NULL;
  hand->job = *job;
  hand->scans = scans;
  atomic_init(&hand->active, NULL);
  atomic_init(&hand->full, NULL);
  if (!make_slots(hand, mutex_type)) {
    free(hand);
    return NULL;
  }
  hand->ticker = ticker_open(&calls, job->interval_ms, hand);
  if (hand->ticker == NULL) {
    free_hand(hand);
    return NULL;
  }
  hand->dormant = ticker_dormant(hand->ticker);
  return hand;
}

static void *open_plain(const struct peer_job *job)
{
  return open_as(job, PTHREAD_MUTEX_DEFAULT, false);
}

static void *open_scanning(const struct peer_job *job)
{
  return open_as(job, PTHREAD_MUTEX_DEFAULT, true);
}

static void *join(void *peer, uint32_t producer)
{
  (void)producer;
  return peer;
}

static void leave(void *joined)
{
  (void)joined;
}

static uint64_t wakeups(void *peer)
{
  const struct hand *hand = peer;

  return ticker_wakeups(hand->ticker);
}

static void close_hand(void *peer)
{
  struct hand *hand = peer;

  ticker_close(hand->ticker);
  free_hand(hand);
}

const struct peer peer_hand = {
  .name = "hand",
  .what = "a mutex and two growing arrays for each slot; ready lists",
  .open = open_plain, .join = join, .leave = leave, .push = push, .wakeups = wakeups,
  .close = close_hand,
};

const struct peer peer_hand_scan = {
  .name = "hand scan",
  .what = "as hand, without a list of slots: each tick looks at all",
  .open = open_scanning, .join = join, .leave = leave, .push = push, .wakeups = wakeups,
  .close = close_hand,
};

#ifdef PEER_HAS_ADAPTIVE_MUTEX
static void *open_adaptive(const struct peer_job *job)
{
  return open_as(job, PTHREAD_MUTEX_ADAPTIVE_NP, false);
}

const struct peer peer_hand_adaptive = {
  .name = "hand adaptive",
  .what = "as hand, with PTHREAD_MUTEX_ADAPTIVE_NP",
  .open = open_adaptive, .join = join, .leave = leave, .push = push, .wakeups = wakeups,
  .close = close_hand,
};
#endif
