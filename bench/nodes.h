/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Nodes for queues of pointers, which would else cost a malloc() and a free() on another thread
 * for each item. They lie in blocks; a producer takes one after the other of a block that is its
 * own, and the block is used again when the thread that hands out has given back all of its nodes.
 */
#ifndef BENCH_NODES_H
#define BENCH_NODES_H

#include <stddef.h>
#include <stdint.h>

struct nodes;
struct node_block;

/* The first member of a node. */
struct node {
  struct node_block *block;
};

/* What one producer takes from, for as long as the nodes are open; zero at first. */
struct node_lane {
  struct node_block *block;
  uint32_t used;
};

/* NULL if memory is refused. */
struct nodes *nodes_open(size_t node_size);
void nodes_close(struct nodes *nodes);

/* NULL if memory is refused. */
void *nodes_take(struct nodes *nodes, struct node_lane *lane);

/* On the one thread that hands out. */
void nodes_give(struct nodes *nodes, void *node);

#endif /* BENCH_NODES_H */
