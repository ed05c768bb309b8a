/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Small pieces of memory of one size, for one thread at a time. The one that was given back last is
 * taken first: it is still in the cache, or is fetched there before its turn.
 */
#ifndef MPCC__BLOCKS_H
#define MPCC__BLOCKS_H

#include <stdbool.h>

#include "aligned.h"

struct mpcc__blocks {
  const struct mpcc__source *source;
  size_t size;  /* bytes of a block */
  bool grows;   /* else what there is at the start is all */
  void **free;  /* a stack with room for all there are */
  size_t free_count, count, room; /* free blocks; all; and how many may be before it is larger */
  void *slabs;  /* the first one; its first bytes say which is next */
};

/* ${size} is rounded up to cache lines. False if all are to be there from the start, and memory is
 * refused. */
bool mpcc__blocks_init(struct mpcc__blocks *blocks, const struct mpcc__source *source, size_t size,
                       bool grows);

/* All are given back, or not needed any more. */
void mpcc__blocks_close(struct mpcc__blocks *blocks);

/* NULL if there is none and memory is refused. */
void *mpcc__blocks_take(struct mpcc__blocks *blocks);
void mpcc__blocks_give(struct mpcc__blocks *blocks, void *block);

#endif
