/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * An allocator for options.allocator that knows how often it was asked and what is still held.
 * Each block is preceded by its size, in a piece that keeps the alignment malloc gives.
 */
#ifndef MPCC_TESTS_COUNTED_H
#define MPCC_TESTS_COUNTED_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mpcc.h"

union counted_head {
  size_t size;
  max_align_t aligned;
};

struct counted {
  _Atomic uint64_t asked;  /* calls that wanted memory */
  _Atomic uint64_t blocks; /* held now */
  _Atomic uint64_t bytes;  /* held now */
};

/* relaxed throughout: these are numbers, read when nothing runs that could change them. */

static inline uint64_t counted_load(const _Atomic uint64_t *number)
{
  return atomic_load_explicit(number, memory_order_relaxed);
}

static inline void counted_add(_Atomic uint64_t *number, uint64_t value)
{
  atomic_fetch_add_explicit(number, value, memory_order_relaxed);
}

static inline void *counted_note(union counted_head *head, size_t size, struct counted *counted)
{
  counted_add(&counted->asked, 1);
  if (head == NULL)
    return NULL;
  head->size = size;
  counted_add(&counted->blocks, 1);
  counted_add(&counted->bytes, size);
  return head + 1;
}

static inline void counted_forget(size_t size, struct counted *counted)
{
  counted_add(&counted->blocks, (uint64_t)-1);
  counted_add(&counted->bytes, (uint64_t)0 - size);
}

static inline void *counted_malloc(size_t size, void *user)
{
  if (size > SIZE_MAX - sizeof(union counted_head))
    return NULL;
  return counted_note(malloc(sizeof(union counted_head) + size), size, user);
}

static inline void *counted_calloc(size_t count, size_t size, void *user)
{
  if (size != 0 && count > (SIZE_MAX - sizeof(union counted_head)) / size)
    return NULL;
  return counted_note(calloc(1, sizeof(union counted_head) + count * size), count * size, user);
}

static inline void counted_free(void *memory, void *user)
{
  union counted_head *head = memory;

  if (head == NULL)
    return;
  counted_forget(head[-1].size, user);
  free(head - 1);
}

static inline void *counted_realloc(void *memory, size_t size, void *user)
{
  union counted_head *head = memory;
  void *moved = counted_malloc(size, user);

  if (head == NULL || moved == NULL)
    return moved;
  memcpy(moved, memory, size < head[-1].size ? size : head[-1].size);
  counted_free(memory, user);
  return moved;
}

static inline mpcc_allocator_t counted_allocator(struct counted *counted)
{
  mpcc_allocator_t allocator = {counted_malloc, counted_calloc, counted_realloc, counted_free,
                                counted};

  return allocator;
}

#endif /* MPCC_TESTS_COUNTED_H */
