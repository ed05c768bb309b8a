/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "allocator.h"

#include <stdlib.h>

static void *plain_calloc(size_t count, size_t size, void *user)
{
  (void)user;
  return calloc(count, size);
}

static void plain_free(void *memory, void *user)
{
  (void)user;
  free(memory);
}

struct mpcc__source mpcc__allocator_source(const struct mpcc_allocator *given)
{
  struct mpcc__source source = {plain_calloc, plain_free, NULL};

  if (given != NULL) {
    source.calloc = given->calloc;
    source.free = given->free;
    source.user = given->user;
  }
  return source;
}
