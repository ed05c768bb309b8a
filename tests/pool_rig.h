/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* One pool over an allocator that counts, and refuses when it is told to. */
#ifndef MPCC_TESTS_POOL_RIG_H
#define MPCC_TESTS_POOL_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "counted.h"
#include "pool.h"

enum { HEAD = MPCC__SEGMENT_HEAD };

static struct counted counted;
static struct mpcc__pool pool;
static uint64_t refuse_from; /* the first call of the allocator that fails; 0: none */

/* Sanitizers end the program when they are asked for more than they can give. */
#define REFUSED_SIZE ((size_t)1 << 30)

static inline void *calloc_or_refuse(size_t count, size_t size, void *user)
{
  if ((refuse_from != 0 && counted_load(&counted.asked) + 1 >= refuse_from) ||
      size >= REFUSED_SIZE / count) {
    counted_add(&counted.asked, 1);
    return NULL;
  }
  return counted_calloc(count, size, user);
}

static inline bool open_pool(size_t item_size, uint32_t cap, uint32_t limit)
{
  const struct mpcc__source source = {
    .calloc = calloc_or_refuse, .free = counted_free, .user = &counted};

  return mpcc__pool_open(&pool, &source, item_size, cap, limit);
}

static inline int fresh_allocator(void **state)
{
  (void)state;
  atomic_init(&counted.asked, 0);
  atomic_init(&counted.blocks, 0);
  atomic_init(&counted.bytes, 0);
  refuse_from = 0;
  return 0;
}

static inline int nothing_held(void **state)
{
  (void)state;
  return counted_load(&counted.blocks) == 0 ? 0 : -1;
}

static inline struct mpcc__segment *at(uint32_t number)
{
  return mpcc__segment_at(&pool.shelf, number);
}

/* Take them all: their numbers in the order in which they came. */
static inline void take_each(uint32_t *numbers, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    numbers[i] = mpcc__pool_take(&pool);
}

#define POOL_TEST(name) cmocka_unit_test_setup_teardown(name, fresh_allocator, nothing_held)

#endif
