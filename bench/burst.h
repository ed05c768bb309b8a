/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Pushing and taking many items, as bench_push measures them. These stand in a file of their own,
 * so that each is a function also after optimization: one can count its instructions.
 */
#ifndef BENCH_BURST_H
#define BENCH_BURST_H

#include <stdatomic.h>

#include "pusher.h"

/* What has come out. One thread takes; any may look. */
struct sink {
  size_t item_size;
  _Atomic uint64_t count;
  _Atomic uint64_t sum; /* of the items' first words */
};

void sink_open(struct sink *sink, size_t item_size);

/* A pusher_sink; ${state} is a sink. Reads every item's first word. */
void sink_take(const void *items, size_t count, void *state);

/* How many items have come, and what they had to say was all that they should. */
static inline uint64_t sink_count(const struct sink *sink)
{
  /* acquire: pairs with the release of sink_take(); the items have been read, and the sum that
   * belongs to this count is there. */
  return atomic_load_explicit(&sink->count, memory_order_acquire);
}

static inline uint64_t sink_sum(const struct sink *sink)
{
  /* relaxed: ordered by the count, which was read before. */
  return atomic_load_explicit(&sink->sum, memory_order_relaxed);
}

/**
 * Push ${count} items, each of which is written just before, field by field; their first words
 * are ${first}, ${first} + 1, and so on. How many there was room for.
 */
size_t burst_push(const struct pushing *pushing, uint32_t slot, uint64_t first, size_t count,
                  size_t item_size);

/* Push ${count} items that are there already, ${many} at a time. Whether there was room. */
bool burst_push_many(const struct pushing *pushing, uint32_t slot, const void *items, size_t count,
                     size_t many, size_t item_size);

/* Drain ${pusher}, opened as ${opened}, until ${count} items have come, if it goes on giving. */
size_t burst_take(const struct pusher *pusher, void *opened, size_t count);

/* Push ${in_each} items of 16 bytes into each of ${slots} slots, ${apart} numbers apart, and drain
 * once. Whether there was room. */
bool burst_cycle(const struct pushing *pushing, const struct pusher *pusher, void *opened,
                 uint32_t slots, uint32_t apart, size_t in_each);

/* The sum of ${count} numbers from ${first}. */
static inline uint64_t burst_sum(uint64_t first, uint64_t count)
{
  return count * first + count * (count - 1) / 2;
}

#endif /* BENCH_BURST_H */
