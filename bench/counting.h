/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * An allocator for options.allocator that counts, to the byte, what the library asks it for. What
 * malloc adds for itself is not in it, nor what libuv takes, which asks malloc.
 */
#ifndef BENCH_COUNTING_H
#define BENCH_COUNTING_H

#include <mpcc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* All relaxed: they are sums, and read when nobody is at work. */
struct counting {
  _Atomic uint64_t calls; /* for memory, and to give it back */
  _Atomic size_t bytes;   /* that are out now */
  _Atomic size_t peak;    /* of bytes */
};

/* Before each piece: how large it is. Big enough for what follows to be aligned for anything. */
union counting_head {
  size_t size;
  max_align_t align;
};

static inline void *counting_out(struct counting *counting, union counting_head *head, size_t size)
{
  size_t bytes, peak;

  /* relaxed: a sum. */
  atomic_fetch_add_explicit(&counting->calls, 1, memory_order_relaxed);
  if (head == NULL)
    return NULL;
  head->size = size;
  /* relaxed: a sum. */
  bytes = atomic_fetch_add_explicit(&counting->bytes, size, memory_order_relaxed) + size;
  /* relaxed: only this word counts. */
  peak = atomic_load_explicit(&counting->peak, memory_order_relaxed);
  /* relaxed: as above. */
  while (peak < bytes &&
         !atomic_compare_exchange_weak_explicit(&counting->peak, &peak, bytes,
                                                memory_order_relaxed, memory_order_relaxed))
    continue;
  return head + 1;
}

static inline void *counting_malloc(size_t size, void *user)
{
  union counting_head *head = size <= SIZE_MAX - sizeof *head ? malloc(sizeof *head + size) : NULL;

  return counting_out(user, head, size);
}

/* calloc: what is never touched shall cost no memory here either. */
static inline void *counting_calloc(size_t count, size_t size, void *user)
{
  const size_t most = SIZE_MAX - sizeof(union counting_head);
  union counting_head *head = NULL;

  if (size == 0 || count <= most / size)
    head = calloc(1, sizeof *head + count * size);
  return counting_out(user, head, count * size);
}

static inline void counting_free(void *memory, void *user)
{
  struct counting *counting = user;
  union counting_head *head = memory;

  if (head == NULL)
    return;
  head--;
  /* relaxed: a sum. */
  atomic_fetch_add_explicit(&counting->calls, 1, memory_order_relaxed);
  /* relaxed: a sum. */
  atomic_fetch_sub_explicit(&counting->bytes, head->size, memory_order_relaxed);
  free(head);
}

static inline void *counting_realloc(void *memory, size_t size, void *user)
{
  const union counting_head *head = memory;
  void *larger = counting_malloc(size, user);

  if (head == NULL || larger == NULL)
    return larger;
  memcpy(larger, memory, head[-1].size < size ? head[-1].size : size);
  counting_free(memory, user);
  return larger;
}

static inline mpcc_allocator_t counting_allocator(struct counting *counting)
{
  return (mpcc_allocator_t){counting_malloc, counting_calloc, counting_realloc, counting_free,
                            counting};
}

static inline size_t counting_bytes(struct counting *counting)
{
  /* relaxed: whoever asks knows that nobody is at work. */
  return atomic_load_explicit(&counting->bytes, memory_order_relaxed);
}

static inline size_t counting_peak(struct counting *counting)
{
  /* relaxed: as above. */
  return atomic_load_explicit(&counting->peak, memory_order_relaxed);
}

static inline uint64_t counting_calls(struct counting *counting)
{
  /* relaxed: as above. */
  return atomic_load_explicit(&counting->calls, memory_order_relaxed);
}

#endif /* BENCH_COUNTING_H */
