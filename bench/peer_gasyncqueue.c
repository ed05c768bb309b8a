/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * GLib's asynchronous queue of pointers, one for all slots, and a thread that waits at it, for as
 * long as there is nothing to hand out without a timeout. The queue is unlocked after every 512
 * items, and sorted meanwhile.
 */
#define _POSIX_C_SOURCE 200809L
#include <glib.h>
#include <stdalign.h>
#include <stdlib.h>

#include "demux.h"
#include "nodes.h"
#include "peers.h"

struct record_node {
  struct node node;
  struct demux_record record;
};

struct producer {
  alignas(64) struct batcher *batcher;
  struct node_lane lane;
};

struct batcher {
  struct peer_job job;
  GAsyncQueue *queue;
  GThread *thread;
  struct nodes *nodes;
  struct demux *demux;
  struct producer *producers;
  struct record_node *taken[DEMUX_RECORDS]; /* the thread's */
  struct demux_record records[DEMUX_RECORDS];
  struct record_node end; /* the last one that is pushed */
};

static int push(void *joined, const struct peer_item *item, uint32_t slot)
{
  struct producer *producer = joined;
  struct batcher *batcher = producer->batcher;
  struct record_node *node = nodes_take(batcher->nodes, &producer->lane);

  if (node == NULL)
    return -1;
  node->record.item = *item;
  node->record.slot = slot;
  g_async_queue_push(batcher->queue, node);
  return 0;
}

/* -- The thread ---------------------------------------------------------------------------- */

/* Waits for the first one; until ${tick_us} if that is not 0. */
static size_t take_some(struct batcher *batcher, gint64 tick_us)
{
  const gint64 now_us = tick_us != 0 ? g_get_monotonic_time() : 0;
  struct record_node *node;
  size_t count = 0;

  g_async_queue_lock(batcher->queue);
  if (tick_us == 0)
    node = g_async_queue_pop_unlocked(batcher->queue);
  else if (tick_us > now_us)
    node = g_async_queue_timeout_pop_unlocked(batcher->queue, (guint64)(tick_us - now_us));
  else
    node = g_async_queue_try_pop_unlocked(batcher->queue);
  while (node != NULL) {
    batcher->taken[count++] = node;
    if (count == DEMUX_RECORDS)
      break;
    node = g_async_queue_try_pop_unlocked(batcher->queue);
  }
  g_async_queue_unlock(batcher->queue);
  return count;
}

/* False when the end was among them. */
static bool sort(struct batcher *batcher, size_t count)
{
  bool more = true;

  if (count != 0 && batcher->taken[count - 1] == &batcher->end) {
    more = false;
    count--;
  }
  for (size_t i = 0; i < count; i++) {
    batcher->records[i] = batcher->taken[i]->record;
    nodes_give(batcher->nodes, batcher->taken[i]);
  }
  demux_add(batcher->demux, batcher->records, count);
  return more;
}

static void *run(void *arg)
{
  struct batcher *batcher = arg;
  const gint64 interval_us = (gint64)batcher->job.interval_ms * 1000;
  gint64 tick_us = 0;

  while (sort(batcher, take_some(batcher, tick_us))) {
    if (tick_us == 0)
      tick_us = g_get_monotonic_time() + interval_us;
    else if (g_get_monotonic_time() >= tick_us)
      tick_us = demux_flush(batcher->demux) ? tick_us + interval_us : 0;
  }
  demux_flush(batcher->demux);
  return NULL;
}

/* -- Life ---------------------------------------------------------------------------------- */

static void free_batcher(struct batcher *batcher)
{
  if (batcher->demux != NULL)
    demux_close(batcher->demux);
  if (batcher->nodes != NULL)
    nodes_close(batcher->nodes);
  free(batcher->producers);
  g_async_queue_unref(batcher->queue);
  free(batcher);
}

static void *open_batcher(const struct peer_job *job)
{
  struct batcher *batcher = calloc(1, sizeof *batcher);

  if (batcher == NULL)
    return NULL;
  batcher->job = *job;
  batcher->queue = g_async_queue_new();
  batcher->nodes = nodes_open(sizeof(struct record_node));
  batcher->demux = demux_open(job);
  batcher->producers = aligned_alloc(64, job->producers * sizeof *batcher->producers);
  if (batcher->nodes == NULL || batcher->demux == NULL || batcher->producers == NULL)
    goto free_all;
  for (uint32_t i = 0; i < job->producers; i++)
    batcher->producers[i] = (struct producer){.batcher = batcher};
  batcher->thread = g_thread_try_new("batcher", run, batcher, NULL);
  if (batcher->thread == NULL)
    goto free_all;
  return batcher;

free_all:
  free_batcher(batcher);
  return NULL;
}

static void *join(void *peer, uint32_t producer)
{
  struct batcher *batcher = peer;

  return &batcher->producers[producer];
}

static void leave(void *joined)
{
  (void)joined;
}

static void close_batcher(void *peer)
{
  struct batcher *batcher = peer;

  g_async_queue_push(batcher->queue, &batcher->end);
  g_thread_join(batcher->thread);
  free_batcher(batcher);
}

const struct peer peer_gasyncqueue = {
  .name = "GAsyncQueue",
  .what = "GLib " PEER_GLIB_VERSION ", one for all slots; nodes in blocks of 512; demultiplexer",
  .open = open_batcher, .join = join, .leave = leave, .push = push, .close = close_batcher,
};
