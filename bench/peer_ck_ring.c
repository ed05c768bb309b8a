/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Concurrency Kit's ring, one of 16-byte records for each slot, many producers and one consumer.
 * A push learns how many records are in the ring; the one that makes a batch of them puts the slot
 * on a list and wakes the thread. A tick looks at every slot. A full ring refuses.
 *
 * A producer that is interrupted between taking its place and filling it holds up all others, who
 * spin; so it does not get anywhere with more producers than processors.
 */
#define _POSIX_C_SOURCE 200809L
#include <ck_ring.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

#include "peers.h"
#include "ready_list.h"
#include "ticker.h"

enum { BATCHES_AT_ONCE = 128 };

CK_RING_PROTOTYPE(item, peer_item)

struct slot {
  alignas(64) struct ck_ring ring;
  struct peer_item *records; /* the ring's */
  struct ready full;
  alignas(64) struct peer_item *batch; /* the thread's */
  uint32_t count;
};

struct batcher {
  struct peer_job job;
  struct slot *slots;
  struct peer_item *memory; /* all rings' and batches' */
  struct ticker *ticker;
  const ticker_flag *dormant;
  alignas(64) ready_list full;
};

static int push(void *joined, const struct peer_item *item, uint32_t index)
{
  struct batcher *batcher = joined;
  struct slot *slot = &batcher->slots[index];
  struct peer_item record = *item; /* the ring's functions do not take a const one */
  unsigned int before;

  if (!ck_ring_enqueue_mpsc_size_item(&slot->ring, slot->records, &record, &before))
    return -1;
  if ((before + 1) % batcher->job.batch == 0) {
    ready_add(&batcher->full, &slot->full);
    ticker_wake(batcher->ticker);
    /* relaxed: see ticker.h. */
  } else if (atomic_load_explicit(batcher->dormant, memory_order_relaxed)) {
    ticker_wake(batcher->ticker);
  }
  return 0;
}

static void hand_out(struct batcher *batcher, struct slot *slot)
{
  batcher->job.pump(slot->batch, slot->count, (uint32_t)(slot - batcher->slots),
                    batcher->job.state);
  slot->count = 0;
}

/* Full batches; what is left is in slot->batch. Not for ever: a tick may be due meanwhile. */
static void take(struct batcher *batcher, struct slot *slot)
{
  const uint32_t batch = batcher->job.batch;

  for (int i = 0; i < BATCHES_AT_ONCE; i++) {
    while (slot->count < batch &&
           ck_ring_dequeue_mpsc_item(&slot->ring, slot->records, &slot->batch[slot->count]))
      slot->count++;
    if (slot->count < batch)
      return;
    hand_out(batcher, slot);
  }
  ready_add(&batcher->full, &slot->full);
  ticker_wake(batcher->ticker);
}

static void on_wake(void *peer)
{
  struct batcher *batcher = peer;
  struct ready *ready = ready_take_all(&batcher->full);

  while (ready != NULL) {
    struct slot *slot = (struct slot *)(void *)((char *)ready - offsetof(struct slot, full));

    ready = ready_begin(ready);
    take(batcher, slot);
  }
}

static bool on_tick(void *peer)
{
  struct batcher *batcher = peer;
  bool any = false;

  on_wake(batcher);
  for (uint32_t i = 0; i < batcher->job.slots; i++) {
    struct slot *slot = &batcher->slots[i];

    if (slot->count == 0 && ck_ring_size(&slot->ring) == 0)
      continue;
    take(batcher, slot);
    if (slot->count != 0)
      hand_out(batcher, slot);
    any = true;
  }
  return any;
}

/* -- Life ---------------------------------------------------------------------------------- */

static void free_batcher(struct batcher *batcher)
{
  free(batcher->memory);
  free(batcher->slots);
  free(batcher);
}

/* A power of two, at least two batches, and as libmpcc's capacity else; one record stays empty. */
static unsigned int ring_size(const struct peer_job *job)
{
  unsigned int size = 65536;

  while (size > ((unsigned int)1 << 20) / job->slots && size / 2 > 2 * job->batch)
    size /= 2;
  return size;
}

static bool make_slots(struct batcher *batcher)
{
  const unsigned int size = ring_size(&batcher->job);
  const size_t each = size + batcher->job.batch;

  batcher->slots = aligned_alloc(64, batcher->job.slots * sizeof *batcher->slots);
  batcher->memory = calloc(batcher->job.slots, each * sizeof *batcher->memory);
  if (batcher->slots == NULL || batcher->memory == NULL)
    return false;
  for (uint32_t i = 0; i < batcher->job.slots; i++) {
    struct slot *slot = &batcher->slots[i];

    ck_ring_init(&slot->ring, size);
    slot->records = batcher->memory + i * each;
    slot->batch = slot->records + size;
    slot->count = 0;
    atomic_init(&slot->full.listed, false);
  }
  return true;
}

static void *open_batcher(const struct peer_job *job)
{
  const struct ticker_calls calls = {on_wake, on_tick};
  struct batcher *batcher = aligned_alloc(64, sizeof *batcher);

  if (batcher == NULL)
    return NULL;
  *batcher = (struct batcher){.job = *job};
  atomic_init(&batcher->full, NULL);
  if (!make_slots(batcher))
    goto free_all;
  batcher->ticker = ticker_open(&calls, job->interval_ms, batcher);
  if (batcher->ticker == NULL)
    goto free_all;
  batcher->dormant = ticker_dormant(batcher->ticker);
  return batcher;

free_all:
  free_batcher(batcher);
  return NULL;
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
  const struct batcher *batcher = peer;

  return ticker_wakeups(batcher->ticker);
}

static void close_batcher(void *peer)
{
  struct batcher *batcher = peer;

  ticker_close(batcher->ticker);
  free_batcher(batcher);
}

const struct peer peer_ck_ring = {
  .name = "ck_ring",
  .what = "Concurrency Kit " PEER_CK_VERSION ", a ring (mpsc) of up to 65536 for each slot",
  .slots_max = 1000,
  .spins = true,
  .open = open_batcher, .join = join, .leave = leave, .push = push, .wakeups = wakeups,
  .close = close_batcher,
};
