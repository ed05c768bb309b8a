/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Zeroed memory that starts on a cache line, from an allocator that promises less. Zeroed by
 * the allocator, so that memory fresh from the system stays untouched until it is used. The address
 * that was allocated stands just before the one that is given out.
 */
#ifndef MPCC__ALIGNED_H
#define MPCC__ALIGNED_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { MPCC__LINE = 64 }; /* keeps what different threads write on different cache lines */

/* A hint; ${address} may be anything. */
static inline void mpcc__prefetch_to_write(const void *address)
{
#ifdef __GNUC__
  /* gcc holds a function that does nothing but this to be without effect, and leaves out calls of
   * it. It keeps those with a volatile statement. */
  __asm__ volatile("");
  __builtin_prefetch(address, 1);
#else
  (void)address;
#endif
}

/* The same of a line that another processor has just read: it is taken away from that at once,
 * where compilers for any x86-64 only fetch it to read, and a store has to ask once more.
 * Processors that do not know the instruction do nothing. */
static inline void mpcc__prefetch_to_own(const void *address)
{
#if defined(__GNUC__) && defined(__x86_64__)
  __asm__ volatile("prefetchw (%0)" : : "r"(address));
#else
  mpcc__prefetch_to_write(address);
#endif
}

struct mpcc__source {
  void *(*calloc)(size_t count, size_t size, void *user);
  void (*free)(void *memory, void *user);
  void *user;
};

static inline void *mpcc__aligned_calloc(const struct mpcc__source *source, size_t size)
{
  unsigned char *raw, *aligned;

  if (size > SIZE_MAX - 2 * (size_t)MPCC__LINE)
    return NULL;
  raw = source->calloc(1, size + 2 * (size_t)MPCC__LINE, source->user);
  if (raw == NULL)
    return NULL;
  aligned = raw + MPCC__LINE + (MPCC__LINE - (uintptr_t)raw % MPCC__LINE) % MPCC__LINE;
  memcpy(aligned - sizeof(raw), &raw, sizeof(raw));
  return aligned;
}

static inline void mpcc__aligned_free(const struct mpcc__source *source, void *aligned)
{
  unsigned char *raw;

  if (aligned == NULL)
    return;
  memcpy(&raw, (unsigned char *)aligned - sizeof(raw), sizeof(raw));
  source->free(raw, source->user);
}

#endif
