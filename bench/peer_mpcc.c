/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* libmpcc, in three ways of using it: all defaults, with a capacity, and with producer handles. */
#include <mpcc.h>
#include <stdlib.h>

#include "peers.h"

struct ours {
  struct peer_job job;
  mpcc_t *mpcc;
};

static int pump(mpcc_batch_t *batch, void *state)
{
  const struct peer_job *job = state;

  job->pump(batch->items, batch->count, batch->slot, job->state);
  return 0;
}

static void *open_with(const struct peer_job *job, size_t capacity)
{
  struct ours *ours = malloc(sizeof *ours);
  mpcc_options_t options;

  if (ours == NULL)
    return NULL;
  ours->job = *job;
  mpcc_options_init(&options);
  options.item_size = sizeof(struct peer_item);
  options.slot_count = job->slots;
  options.batch_size = job->batch;
  options.push_interval_ms = job->interval_ms;
  options.capacity = capacity;
  if (mpcc_create(&ours->mpcc, &options) != 0)
    goto free_ours;
  if (mpcc_start(ours->mpcc, pump, &ours->job) != 0)
    goto destroy;
  return ours;

destroy:
  mpcc_destroy(ours->mpcc);
free_ours:
  free(ours);
  return NULL;
}

static void *open_unbounded(const struct peer_job *job)
{
  return open_with(job, 0);
}

/* Over all slots about as much as may be on its way; a slot has room for two batches. */
static void *open_bounded(const struct peer_job *job)
{
  const size_t all = (size_t)1 << 20, least = 2 * (size_t)job->batch;
  const size_t each = all / job->slots < 65536 ? all / job->slots : 65536;

  return open_with(job, each > least ? each : least);
}

static void close_ours(void *peer)
{
  struct ours *ours = peer;

  mpcc_complete(ours->mpcc, MPCC_DRAIN, NULL, NULL);
  mpcc_wait(ours->mpcc, MPCC_NO_TIMEOUT);
  mpcc_destroy(ours->mpcc);
  free(ours);
}

static uint64_t wakeups(void *peer)
{
  const struct ours *ours = peer;
  mpcc_stats_t stats;

  mpcc_stats(ours->mpcc, &stats);
  return stats.wakeups;
}

/* -- Any thread pushes --------------------------------------------------------------------- */

static void *join(void *peer, uint32_t producer)
{
  const struct ours *ours = peer;

  (void)producer;
  return ours->mpcc;
}

static void leave(void *joined)
{
  (void)joined;
}

static int push(void *joined, const struct peer_item *item, uint32_t slot)
{
  return mpcc_push(joined, item, slot);
}

const struct peer peer_mpcc_push = {
  .name = "mpcc push",
  .what = "mpcc_push(); unbounded, all defaults",
  .open = open_unbounded, .join = join, .leave = leave, .push = push, .wakeups = wakeups,
  .close = close_ours,
};

const struct peer peer_mpcc_bounded = {
  .name = "mpcc bounded",
  .what = "mpcc_push(); capacity 65536, but at most 2^20 / slots and at least 1000",
  .slots_max = 1000,
  .open = open_bounded, .join = join, .leave = leave, .push = push, .wakeups = wakeups,
  .close = close_ours,
};

/* -- Each thread has a handle -------------------------------------------------------------- */

static void *join_handle(void *peer, uint32_t producer)
{
  const struct ours *ours = peer;
  mpcc_producer_t *handle;

  (void)producer;
  return mpcc_producer_open(ours->mpcc, &handle) == 0 ? handle : NULL;
}

static void leave_handle(void *joined)
{
  mpcc_producer_close(joined);
}

static int push_handle(void *joined, const struct peer_item *item, uint32_t slot)
{
  return mpcc_producer_push(joined, item, slot);
}

const struct peer peer_mpcc_handle = {
  .name = "mpcc handle",
  .what = "mpcc_producer_push(); unbounded, all defaults",
  .open = open_unbounded, .join = join_handle, .leave = leave_handle, .push = push_handle,
  .wakeups = wakeups, .close = close_ours,
};
