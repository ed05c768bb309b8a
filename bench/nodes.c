/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "nodes.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>

enum { BLOCK_NODES = 512 };

struct node_block {
  struct node_block *next;     /* in the list of those that are free, oldest first */
  struct node_block *next_all;
  uint32_t given;              /* of its nodes, by the thread that hands out */
  alignas(64) unsigned char memory[];
};

struct nodes {
  size_t node_size;
  pthread_mutex_t mutex;
  struct node_block *free_first, *free_last; /* guard: mutex */
  struct node_block *all;                    /* guard: mutex */
};

static struct node_block *make_block(struct nodes *nodes)
{
  const size_t size = sizeof(struct node_block) + BLOCK_NODES * nodes->node_size;
  struct node_block *block = aligned_alloc(64, (size + 63) / 64 * 64);

  if (block == NULL)
    return NULL;
  for (size_t i = 0; i < BLOCK_NODES; i++)
    ((struct node *)(void *)(block->memory + i * nodes->node_size))->block = block;
  pthread_mutex_lock(&nodes->mutex);
  block->next_all = nodes->all;
  nodes->all = block;
  pthread_mutex_unlock(&nodes->mutex);
  return block;
}

static struct node_block *take_block(struct nodes *nodes)
{
  struct node_block *block;

  pthread_mutex_lock(&nodes->mutex);
  block = nodes->free_first;
  if (block != NULL)
    nodes->free_first = block->next;
  pthread_mutex_unlock(&nodes->mutex);
  if (block == NULL)
    block = make_block(nodes);
  if (block != NULL)
    block->given = 0;
  return block;
}

static void give_block(struct nodes *nodes, struct node_block *block)
{
  block->next = NULL;
  pthread_mutex_lock(&nodes->mutex);
  if (nodes->free_first == NULL)
    nodes->free_first = block;
  else
    nodes->free_last->next = block;
  nodes->free_last = block;
  pthread_mutex_unlock(&nodes->mutex);
}

void *nodes_take(struct nodes *nodes, struct node_lane *lane)
{
  if (lane->block == NULL || lane->used == BLOCK_NODES) {
    struct node_block *block = take_block(nodes);

    if (block == NULL)
      return NULL;
    lane->block = block;
    lane->used = 0;
  }
  return lane->block->memory + lane->used++ * nodes->node_size;
}

void nodes_give(struct nodes *nodes, void *node)
{
  struct node_block *block = ((struct node *)node)->block;

  if (++block->given == BLOCK_NODES)
    give_block(nodes, block);
}

struct nodes *nodes_open(size_t node_size)
{
  struct nodes *nodes = calloc(1, sizeof *nodes);

  if (nodes == NULL)
    return NULL;
  nodes->node_size = node_size;
  pthread_mutex_init(&nodes->mutex, NULL);
  return nodes;
}

void nodes_close(struct nodes *nodes)
{
  struct node_block *block = nodes->all;

  while (block != NULL) {
    struct node_block *next = block->next_all;

    free(block);
    block = next;
  }
  pthread_mutex_destroy(&nodes->mutex);
  free(nodes);
}
