/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One way of doing the whole job: threads push items into slots; one thread hands them out in
 * batches, each of one slot, when a slot has ${batch} items or its oldest has waited
 * ${interval_ms}. libmpcc is one of them, in several ways of using it.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What all are measured with. It is known when they are compiled, as in a program that writes its
 * batcher for itself; only libmpcc learns the size when it runs. */
struct peer_item {
  uint64_t value;
  uint64_t more;
};

/* On the one thread that hands out: ${count} items of one slot, in a row. */
typedef void (*peer_pump)(const struct peer_item *items, size_t count, uint32_t slot,
                          void *state);

struct peer_job {
  uint32_t slots;
  uint32_t producers;
  uint32_t batch;
  uint64_t interval_ms;
  peer_pump pump;
  void *state;
};

struct peer {
  const char *name;
  const char *what; /* version and settings, for the page that shows the results */
  uint32_t slots_max; /* more would take memory out of all proportion; 0: any */
  bool spins; /* its producers wait for each other: not for more of them than processors */

  /* NULL if memory or a thread is refused. */
  void *(*open)(const struct peer_job *job);

  /* On a producer's thread, before its first push and after its last. What join gives is what it
   * pushes with; NULL if memory is refused. */
  void *(*join)(void *peer, uint32_t producer);
  void (*leave)(void *joined);

  /* 0, or less than 0: full, try again after a while. */
  int (*push)(void *joined, const struct peer_item *item, uint32_t slot);

  /* How often its thread was woken so far; NULL: it does not count. */
  uint64_t (*wakeups)(void *peer);

  /* When all producers have left: hand out what is left, and free everything. */
  void (*close)(void *peer);
};

#ifdef __cplusplus
}
#endif

#endif /* BENCH_PEER_H */
