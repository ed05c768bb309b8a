/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Concurrency Kit's ring with many producers and one consumer, of records of 16 bytes. Its room is
 * fixed. A producer that is stopped in a push stops all others.
 */
#include <ck_ring.h>
#include <stdlib.h>

#include "pusher_gather.h"
#include "pusher_ring.h"
#include "pusher_sizes.h"

struct record {
  uint64_t words[2];
};

CK_RING_PROTOTYPE(record, record)

struct slot {
  ck_ring_t ring;
  struct record *records;
};

struct rings {
  struct pusher_job job;
  struct slot *slots;
  struct gather gather;
};

static int push(void *with, const void *item, uint32_t index)
{
  struct slot *slot = &((struct rings *)with)->slots[index];
  struct record record;

  item_copy((unsigned char *)record.words, item, sizeof record);
  return CK_RING_ENQUEUE_MPSC(record, &slot->ring, slot->records, &record) ? 0 : -1;
}

static size_t rings_drain(void *pusher)
{
  struct rings *rings = pusher;
  struct gather *gather = &rings->gather;

  gather_begin(gather, &rings->job);
  for (uint32_t i = 0; i < rings->job.slots; i++) {
    struct slot *slot = &rings->slots[i];

    while (CK_RING_DEQUEUE_MPSC(record, &slot->ring, slot->records,
                                (struct record *)(void *)gather_place(gather)))
      gather_next(gather);
    gather_flush(gather);
  }
  return gather->total;
}

static void rings_close(void *pusher)
{
  struct rings *rings = pusher;

  for (uint32_t i = 0; rings->slots != NULL && i < rings->job.slots; i++)
    free(rings->slots[i].records);
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
    ck_ring_init(&rings->slots[i].ring, (unsigned)ring_room(job));
    rings->slots[i].records = ring_memory(ring_room(job), sizeof(struct record));
    if (rings->slots[i].records == NULL) {
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
  *pushing = (struct pushing){.push = push, .with = pusher};
  return true;
}

const struct pusher pusher_ck = {
    .name = "ck_ring",
    .what = "Concurrency Kit " PUSHER_CK_VERSION "; many producers; one consumer; 16-byte records",
    .item_size = sizeof(struct record),
    .open = rings_open,
    .join = rings_join,
    .drain = rings_drain,
    .close = rings_close,
};
