/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The peer: the batcher that most programs write for themselves. A mutex and a growing array for
 * each slot; one thread, woken when an array reaches batch_size and every few milliseconds
 * otherwise, swaps each array for an empty one and hands its items out batch by batch.
 *
 * It has what a push needs to be compared, done well, and nothing else: no cap, no refusal, no
 * completion that others may overlap.
 */
#ifndef BENCH_BATCHER_H
#define BENCH_BATCHER_H

#include <stddef.h>
#include <stdint.h>

typedef struct batcher batcher_t;
typedef void (*batcher_pump)(const void *items, size_t count, void *state);

/* NULL if memory or a thread is refused. */
batcher_t *batcher_open(size_t item_size, uint32_t slot_count, size_t batch_size,
                        batcher_pump pump, void *state);

/* Any thread. 0, or -1 if memory is refused. */
int batcher_push(batcher_t *batcher, const void *item, uint32_t slot);

/* Hands out what is left, and frees everything. */
void batcher_close(batcher_t *batcher);

#endif
