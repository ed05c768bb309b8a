/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "blocks.h"

enum { SLAB_BYTES = 65536 };

static void *next_of(const void *piece)
{
  void *next;

  memcpy(&next, piece, sizeof(next));
  return next;
}

static void push(void **list, void *piece)
{
  memcpy(piece, list, sizeof(*list));
  *list = piece;
}

void mpcc__blocks_close(struct mpcc__blocks *blocks)
{
  while (blocks->slabs != NULL) {
    void *slab = blocks->slabs;

    blocks->slabs = next_of(slab);
    mpcc__aligned_free(blocks->source, slab);
  }
  blocks->free = NULL;
}

static bool grow(struct mpcc__blocks *blocks)
{
  size_t count = SLAB_BYTES / blocks->size + (SLAB_BYTES < blocks->size);
  unsigned char *slab = NULL;

  if (blocks->size < SIZE_MAX / 2)
    slab = (unsigned char *)mpcc__aligned_calloc(blocks->source,
                                                 MPCC__LINE + count * blocks->size);
  if (slab == NULL)
    return false;
  push(&blocks->slabs, slab);
  while (count-- > 0)
    push(&blocks->free, slab + MPCC__LINE + count * blocks->size);
  return true;
}

bool mpcc__blocks_init(struct mpcc__blocks *blocks, const struct mpcc__source *source, size_t size,
                       bool grows)
{
  blocks->source = source;
  blocks->size = (size + MPCC__LINE - 1) / MPCC__LINE * MPCC__LINE;
  blocks->grows = grows;
  blocks->free = NULL;
  blocks->slabs = NULL;
  return grows || grow(blocks);
}

void *mpcc__blocks_take(struct mpcc__blocks *blocks)
{
  void *block;

  if (blocks->free == NULL && blocks->grows)
    (void)grow(blocks);
  block = blocks->free;
  if (block != NULL)
    blocks->free = next_of(block);
  return block;
}

void mpcc__blocks_give(struct mpcc__blocks *blocks, void *block)
{
  push(&blocks->free, block);
}
