/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * liburcu's wait-free-enqueue queue: a list of nodes, of which who drains takes all at once. The
 * nodes come from malloc(), and so they do in every program that has no pool for them. Its
 * functions are called in its library, not compiled in.
 */
#include <stdlib.h>
#include <string.h>
#include <urcu/wfcqueue.h>

#include "pusher_gather.h"
#include "pusher_sizes.h"

enum { LINE = 64 };

struct node {
  struct cds_wfcq_node link;
  uint64_t item[];
};

struct slot {
  _Alignas(LINE) struct cds_wfcq_tail tail;
  _Alignas(LINE) struct cds_wfcq_head head;
};

struct lists {
  struct pusher_job job;
  struct slot *slots;
  struct gather gather;
};

static inline int push(void *with, const void *item, uint32_t index, size_t size)
{
  struct slot *slot = &((struct lists *)with)->slots[index];
  struct node *node = malloc(sizeof *node + size);

  if (node == NULL)
    return -1;
  cds_wfcq_node_init(&node->link);
  item_copy((unsigned char *)node->item, item, size);
  cds_wfcq_enqueue(&slot->head, &slot->tail, &node->link);
  return 0;
}

PUSHER_EACH_SIZE(PUSHER_PUSH)

static void *lists_open(const struct pusher_job *job)
{
  struct lists *lists = calloc(1, sizeof *lists);

  if (lists == NULL)
    return NULL;
  lists->job = *job;
  lists->slots = aligned_alloc(LINE, job->slots * sizeof *lists->slots);
  if (lists->slots == NULL) {
    free(lists);
    return NULL;
  }
  for (uint32_t i = 0; i < job->slots; i++)
    cds_wfcq_init(&lists->slots[i].head, &lists->slots[i].tail);
  return lists;
}

static bool lists_join(void *pusher, struct pushing *pushing)
{
  const size_t size = ((struct lists *)pusher)->job.item_size;

  *pushing = (struct pushing){.push = PUSHER_OF_SIZE(push, size), .with = pusher};
  return true;
}

static void empty(struct lists *lists, struct slot *slot)
{
  struct cds_wfcq_head head;
  struct cds_wfcq_tail tail;
  struct cds_wfcq_node *link, *next;

  cds_wfcq_init(&head, &tail);
  __cds_wfcq_splice_blocking(&head, &tail, &slot->head, &slot->tail);
  __cds_wfcq_for_each_blocking_safe(&head, &tail, link, next)
  {
    struct node *node = caa_container_of(link, struct node, link);

    memcpy(gather_place(&lists->gather), node->item, lists->job.item_size);
    gather_next(&lists->gather);
    free(node);
  }
  cds_wfcq_destroy(&head, &tail);
  gather_flush(&lists->gather);
}

static size_t lists_drain(void *pusher)
{
  struct lists *lists = pusher;

  gather_begin(&lists->gather, &lists->job);
  for (uint32_t i = 0; i < lists->job.slots; i++)
    empty(lists, &lists->slots[i]);
  return lists->gather.total;
}

static void lists_close(void *pusher)
{
  struct lists *lists = pusher;

  for (uint32_t i = 0; i < lists->job.slots; i++)
    cds_wfcq_destroy(&lists->slots[i].head, &lists->slots[i].tail);
  free(lists->slots);
  free(lists);
}

const struct pusher pusher_urcu = {
    .name = "liburcu wfcqueue",
    .what = "liburcu " PUSHER_URCU_VERSION "; a malloc'd node for each item; spliced",
    .open = lists_open,
    .join = lists_join,
    .drain = lists_drain,
    .close = lists_close,
};
