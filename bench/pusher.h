/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What bench_push pushes into: a queue for each slot, and a way to empty them. libmpcc is one of
 * them, in several ways of using it. The whole job, with its loop and its intervals, is in peer.h.
 *
 * All of them are reached through the same pointers, so that each push pays for one call. A peer
 * has one set of functions for each size of item, as in a program that knows what it
 * pushes; libmpcc is told the size when it runs.
 */
#ifndef BENCH_PUSHER_H
#define BENCH_PUSHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PUSHER_BATCH = 500, PUSHER_ITEM_MAX = 64 };

/* Reads ${count} items in a row, PUSHER_BATCH at most. */
typedef void (*pusher_sink)(const void *items, size_t count, void *state);

struct pusher_job {
  size_t item_size; /* 8, 16, 32 or 64 */
  uint32_t slots;
  uint32_t threads; /* that push at the same time */
  size_t room;      /* items that will be in one slot at the same time, at most */
  pusher_sink sink;
  void *state;
};

/* What one thread pushes with; both answer 0, or less than 0: there was no room for it, or not
 * for all of them. */
struct pushing {
  int (*push)(void *with, const void *item, uint32_t slot);
  int (*push_many)(void *with, const void *items, size_t count, uint32_t slot); /* or NULL */
  void *with;
};

struct pusher {
  const char *name;
  const char *what;  /* version and settings, for who reads the results */
  size_t item_size;  /* the only one it is there for; 0: any */
  bool one_producer; /* per slot */

  /* NULL if memory or a thread is refused. */
  void *(*open)(const struct pusher_job *job);

  /* On the thread that pushes, before its first push and after its last. ${leave} may be NULL. */
  bool (*join)(void *pusher, struct pushing *pushing);
  void (*leave)(struct pushing *pushing);

  /* Give the sink what has been pushed, on one thread at a time. How many items that were. NULL:
   * it has a thread of its own for that. */
  size_t (*drain)(void *pusher);

  /* When it is empty. */
  void (*close)(void *pusher);
};

/* Those that were found when this was built, libmpcc's first; each list ends with a NULL. */
extern const struct pusher *const pushers_solo[];    /* one thread; drained by the same */
extern const struct pusher *const pushers_threads[]; /* drained while threads push */
extern const struct pusher *const pushers_idle[];    /* nobody drains while threads push */

#ifdef __cplusplus
}
#endif

#endif /* BENCH_PUSHER_H */
