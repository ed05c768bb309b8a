/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "tags.h"

#include <stdlib.h>

int tags_open(struct tags *tags, size_t room)
{
  tags->tag = malloc(room * sizeof *tags->tag);
  tags->count = 0;
  tags->room = room;
  return tags->tag != NULL ? 0 : -1;
}

void tags_close(struct tags *tags)
{
  free(tags->tag);
  tags->tag = NULL;
}

int tags_add(struct tags *tags, uint64_t tag)
{
  if (tags->count == tags->room)
    return -1;
  tags->tag[tags->count++] = tag;
  return 0;
}

void tags_clear(struct tags *tags)
{
  tags->count = 0;
}

static int compare(const void *left, const void *right)
{
  const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

  return (a > b) - (a < b);
}

/* Both are sorted: one walk over each. */
static void remove_all(struct tags *tags, const uint64_t *batch, size_t count)
{
  size_t kept = 0, at = 0;

  for (size_t i = 0; i < tags->count; i++) {
    while (at < count && batch[at] < tags->tag[i])
      at++;
    if (at == count || batch[at] != tags->tag[i])
      tags->tag[kept++] = tags->tag[i];
  }
  tags->count = kept;
}

size_t tags_take(struct tags *tags, uint64_t *batch, size_t count)
{
  size_t run = 0;

  qsort(batch, count, sizeof *batch, compare);
  while (run < count && run < tags->count && batch[run] == tags->tag[run])
    run++;
  remove_all(tags, batch, count);
  return run;
}
