/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* All orders here are relaxed: the counter guards no data, it only has to add up. */

static bool take(struct line_memory *memory, size_t length)
{
  size_t used = atomic_load_explicit(&memory->used, memory_order_relaxed);

  do {
    if (length > LINE_MEMORY - used)
      return false;
  } while (!atomic_compare_exchange_weak_explicit(&memory->used, &used, used + length,
                                                  memory_order_relaxed, memory_order_relaxed));
  return true;
}

static void give(struct line_memory *memory, size_t length)
{
  atomic_fetch_sub_explicit(&memory->used, length, memory_order_relaxed);
}

int line_make(struct line *line, struct line_memory *memory, const char *text, size_t length)
{
  line->length = (uint32_t)length;
  line->heap = NULL;
  if (length <= LINE_INLINE) {
    memcpy(line->text, text, length);
    return 0;
  }
  if (!take(memory, length))
    return EAGAIN;
  line->heap = malloc(length);
  if (line->heap == NULL) {
    give(memory, length);
    return ENOMEM;
  }
  memcpy(line->heap, text, length);
  return 0;
}

void line_free(const struct line *line, struct line_memory *memory)
{
  if (line->heap == NULL)
    return;
  free(line->heap);
  give(memory, line->length);
}
