/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * liburcu's wait-free concurrent queue, one for each slot or one for all, which the thread that
 * hands out splices away whole. A queue that was empty is put on a list for the tick; one into
 * which a producer has pushed as many items as a batch holds, on another, and the thread is woken.
 * The library is linked with, not included: its functions are called, not inlined.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdalign.h>
#include <stdlib.h>
#include <urcu/wfcqueue.h>

#include "demux.h"
#include "nodes.h"
#include "peers.h"
#include "ready_list.h"
#include "ticker.h"

struct item_node {
  struct node node;
  struct cds_wfcq_node link;
  struct demux_record record;
};

/* What producers write on every push lies apart from what the thread takes from. */
struct queue {
  alignas(64) struct cds_wfcq_tail tail;
  alignas(64) struct __cds_wfcq_head head;
  struct ready active;
  struct ready full;
};

struct producer {
  alignas(64) struct batcher *batcher;
  struct node_lane lane;
  uint32_t *since_wake; /* by queue */
};

struct batcher {
  struct peer_job job;
  uint32_t queue_count; /* 1, or one for each slot */
  struct queue *queues;
  struct producer *producers;
  struct nodes *nodes;
  struct demux *demux;
  struct ticker *ticker;
  const ticker_flag *dormant;
  struct demux_record records[DEMUX_RECORDS]; /* the thread's */
  alignas(64) ready_list active;
  alignas(64) ready_list full;
};

static int push(void *joined, const struct peer_item *item, uint32_t slot)
{
  struct producer *producer = joined;
  struct batcher *batcher = producer->batcher;
  const uint32_t index = batcher->queue_count == 1 ? 0 : slot;
  struct queue *queue = &batcher->queues[index];
  struct item_node *node = nodes_take(batcher->nodes, &producer->lane);
  bool wake = false;

  if (node == NULL)
    return -1;
  node->record.item = *item;
  node->record.slot = slot;
  cds_wfcq_node_init(&node->link);
  if (!cds_wfcq_enqueue(&queue->head, &queue->tail, &node->link) &&
      ready_add(&batcher->active, &queue->active))
    /* seq_cst: after it is listed; see ticker.h. */
    wake = atomic_load_explicit(batcher->dormant, memory_order_seq_cst);
  if (++producer->since_wake[index] == batcher->job.batch) {
    producer->since_wake[index] = 0;
    ready_add(&batcher->full, &queue->full);
    wake = true;
  }
  if (wake)
    ticker_wake(batcher->ticker);
  return 0;
}

static void take(struct batcher *batcher, struct queue *queue)
{
  struct __cds_wfcq_head head;
  struct cds_wfcq_tail tail;
  struct cds_wfcq_node *link, *next;
  size_t count = 0;

  __cds_wfcq_init(&head, &tail);
  __cds_wfcq_splice_blocking(&head, &tail, &queue->head, &queue->tail);
  __cds_wfcq_for_each_blocking_safe(&head, &tail, link, next) {
    struct item_node *node = caa_container_of(link, struct item_node, link);

    batcher->records[count++] = node->record;
    nodes_give(batcher->nodes, node);
    if (count == DEMUX_RECORDS) {
      demux_add(batcher->demux, batcher->records, count);
      count = 0;
    }
  }
  demux_add(batcher->demux, batcher->records, count);
}

static void on_wake(void *peer)
{
  struct batcher *batcher = peer;
  struct ready *ready = ready_take_all(&batcher->full);

  while (ready != NULL) {
    struct queue *queue = caa_container_of(ready, struct queue, full);

    ready = ready_begin(ready);
    take(batcher, queue);
  }
}

static bool on_tick(void *peer)
{
  struct batcher *batcher = peer;
  struct ready *ready;

  on_wake(batcher);
  ready = ready_take_all(&batcher->active);
  while (ready != NULL) {
    struct queue *queue = caa_container_of(ready, struct queue, active);

    ready = ready_begin(ready);
    take(batcher, queue);
  }
  return demux_flush(batcher->demux);
}

/* -- Life ---------------------------------------------------------------------------------- */

static void free_batcher(struct batcher *batcher)
{
  for (uint32_t i = 0; batcher->producers != NULL && i < batcher->job.producers; i++)
    free(batcher->producers[i].since_wake);
  free(batcher->producers);
  free(batcher->queues);
  if (batcher->nodes != NULL)
    nodes_close(batcher->nodes);
  if (batcher->demux != NULL)
    demux_close(batcher->demux);
  free(batcher);
}

static bool make_producers(struct batcher *batcher)
{
  const uint32_t count = batcher->job.producers;

  batcher->producers = aligned_alloc(64, count * sizeof *batcher->producers);
  if (batcher->producers == NULL)
    return false;
  for (uint32_t i = 0; i < count; i++) {
    struct producer *producer = &batcher->producers[i];

    *producer = (struct producer){.batcher = batcher};
    producer->since_wake = calloc(batcher->queue_count, sizeof *producer->since_wake);
    if (producer->since_wake == NULL)
      batcher->job.producers = i;
  }
  return batcher->job.producers == count;
}

static bool make_queues(struct batcher *batcher)
{
  batcher->queues = aligned_alloc(64, batcher->queue_count * sizeof *batcher->queues);
  if (batcher->queues == NULL)
    return false;
  for (uint32_t i = 0; i < batcher->queue_count; i++) {
    struct queue *queue = &batcher->queues[i];

    __cds_wfcq_init(&queue->head, &queue->tail);
    atomic_init(&queue->active.listed, false);
    atomic_init(&queue->full.listed, false);
  }
  return true;
}

static void *open_with(const struct peer_job *job, uint32_t queue_count)
{
  const struct ticker_calls calls = {on_wake, on_tick};
  struct batcher *batcher = aligned_alloc(64, sizeof *batcher);

  if (batcher == NULL)
    return NULL;
  *batcher = (struct batcher){.job = *job, .queue_count = queue_count};
  atomic_init(&batcher->active, NULL);
  atomic_init(&batcher->full, NULL);
  batcher->nodes = nodes_open(sizeof(struct item_node));
  batcher->demux = demux_open(job);
  if (batcher->nodes == NULL || batcher->demux == NULL || !make_queues(batcher) ||
      !make_producers(batcher))
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

static void *open_per_slot(const struct peer_job *job)
{
  return open_with(job, job->slots);
}

static void *open_shared(const struct peer_job *job)
{
  return open_with(job, 1);
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

const struct peer peer_wfcqueue = {
  .name = "wfcqueue",
  .what = "liburcu " PEER_URCU_VERSION ", a cds_wfcq for all slots; nodes in blocks of 512; "
          "demultiplexer",
  .open = open_shared, .join = join, .leave = leave, .push = push, .wakeups = wakeups,
  .close = close_batcher,
};

const struct peer peer_wfcqueue_slots = {
  .name = "wfcqueue per slot",
  .what = "as wfcqueue, with a queue for each slot",
  .open = open_per_slot, .join = join, .leave = leave, .push = push, .wakeups = wakeups,
  .close = close_batcher,
};
