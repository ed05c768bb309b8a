/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "allocator.h"

#include <stdlib.h>

static void *plain_malloc(size_t size, void *user)
{
  (void)user;
  return malloc(size);
}

static void *plain_calloc(size_t count, size_t size, void *user)
{
  (void)user;
  return calloc(count, size);
}

static void *plain_realloc(void *memory, size_t size, void *user)
{
  (void)user;
  return realloc(memory, size);
}

static void plain_free(void *memory, void *user)
{
  (void)user;
  free(memory);
}

struct mpcc_allocator mpcc__allocator_choose(const struct mpcc_allocator *given)
{
  struct mpcc_allocator plain = {plain_malloc, plain_calloc, plain_realloc, plain_free, NULL};

  return given != NULL ? *given : plain;
}

struct mpcc__source mpcc__allocator_source(const struct mpcc_allocator *allocator)
{
  struct mpcc__source source = {allocator->calloc, allocator->free, allocator->user};

  return source;
}
