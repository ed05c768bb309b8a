/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "blocks.h"

enum {
  SLAB_BYTES = 65536,
  AHEAD = 8 /* blocks: so much earlier they are fetched into the cache */
};

static void *next_of(const void *slab)
{
  void *next;

  memcpy(&next, slab, sizeof(next));
  return next;
}

void mpcc__blocks_close(struct mpcc__blocks *blocks)
{
  while (blocks->slabs != NULL) {
    void *slab = blocks->slabs;

    blocks->slabs = next_of(slab);
    mpcc__aligned_free(blocks->source, slab);
  }
  if (blocks->free != NULL)
    blocks->source->free(blocks->free, blocks->source->user);
  blocks->free = NULL;
}

/* See that the stack has room for ${more} blocks. */
static bool make_room(struct mpcc__blocks *blocks, size_t more)
{
  const struct mpcc__source *source = blocks->source;
  size_t room = blocks->count + more;
  void **larger;

  if (room <= blocks->room)
    return true;
  if (room < 2 * blocks->room)
    room = 2 * blocks->room;
  larger = (void **)source->calloc(room, sizeof(*larger), source->user);
  if (larger == NULL)
    return false;
  if (blocks->free != NULL) {
    memcpy(larger, blocks->free, blocks->free_count * sizeof(*larger));
    source->free(blocks->free, source->user);
  }
  blocks->free = larger;
  blocks->room = room;
  return true;
}

static bool grow(struct mpcc__blocks *blocks)
{
  size_t count = SLAB_BYTES / blocks->size + (SLAB_BYTES < blocks->size);
  unsigned char *slab = NULL;

  if (blocks->size < SIZE_MAX / 2 && make_room(blocks, count))
    slab = (unsigned char *)mpcc__aligned_calloc(blocks->source,
                                                 MPCC__LINE + count * blocks->size);
  if (slab == NULL)
    return false;
  memcpy(slab, &blocks->slabs, sizeof(blocks->slabs));
  blocks->slabs = slab;
  blocks->count += count;
  while (count-- > 0)
    mpcc__blocks_give(blocks, slab + MPCC__LINE + count * blocks->size);
  return true;
}

bool mpcc__blocks_init(struct mpcc__blocks *blocks, const struct mpcc__source *source, size_t size,
                       bool grows)
{
  memset(blocks, 0, sizeof(*blocks));
  blocks->source = source;
  blocks->size = (size + MPCC__LINE - 1) / MPCC__LINE * MPCC__LINE;
  blocks->grows = grows;
  if (grows || grow(blocks))
    return true;
  mpcc__blocks_close(blocks);
  return false;
}

void *mpcc__blocks_take(struct mpcc__blocks *blocks)
{
  if (blocks->free_count == 0 && (!blocks->grows || !grow(blocks)))
    return NULL;
  if (blocks->free_count > AHEAD)
    mpcc__prefetch_to_write(blocks->free[blocks->free_count - 1 - AHEAD]);
  return blocks->free[--blocks->free_count];
}

void mpcc__blocks_give(struct mpcc__blocks *blocks, void *block)
{
  blocks->free[blocks->free_count++] = block;
}
