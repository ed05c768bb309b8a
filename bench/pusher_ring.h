/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Memory for rings: one for each slot, with the room that is needed, rounded up to a power of two,
 * and all of it written once, so that no push is the first to touch it.
 */
#ifndef BENCH_PUSHER_RING_H
#define BENCH_PUSHER_RING_H

#include <stdlib.h>
#include <string.h>

#include "pusher.h"

enum { RING_LINE = 64 };

static inline size_t ring_room(const struct pusher_job *job)
{
  size_t room = 1;

  while (room <= job->room)
    room *= 2;
  return room;
}

/* ${count} times ${size} bytes, zero, in lines of their own. */
static inline void *ring_memory(size_t count, size_t size)
{
  const size_t bytes = (count * size + RING_LINE - 1) / RING_LINE * RING_LINE;
  void *memory = aligned_alloc(RING_LINE, bytes);

  if (memory != NULL)
    memset(memory, 0, bytes);
  return memory;
}

#endif /* BENCH_PUSHER_RING_H */
