/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "heap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sched.h"
#include "shadow.h"
#include "verdict.h"

enum { PAGE = 4096, PAGES = 1 << 17, GAP = 64 };

static unsigned char *range;
static size_t used;
static bool dirty[PAGES];
static int dirty_list[PAGES], dirty_count;

/* What the last execution wrote is zero again. */
void sim_heap_begin(void)
{
  if (range == NULL) {
    range = mmap(NULL, (size_t)PAGE * PAGES, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED)
      abort();
  }
  for (int i = 0; i < dirty_count; i++) {
    memset(range + (size_t)dirty_list[i] * PAGE, 0, PAGE);
    dirty[dirty_list[i]] = false;
  }
  dirty_count = 0;
  used = GAP;
}

bool sim_heap_holds(uintptr_t at)
{
  return at - (uintptr_t)range < (size_t)PAGE * PAGES;
}

void sim_heap_dirty(uintptr_t at, size_t size)
{
  size_t first = (at - (uintptr_t)range) / PAGE, last = (at - (uintptr_t)range + size - 1) / PAGE;

  for (size_t page = first; page <= last && page < PAGES; page++)
    if (!dirty[page]) {
      dirty[page] = true;
      dirty_list[dirty_count++] = (int)page;
    }
}

/* -- What the program calls instead ---------------------------------------------------------- */

void *sim_malloc(size_t size);
void *sim_calloc(size_t count, size_t size);
void *sim_realloc(void *memory, size_t size);
void sim_free(void *memory);

void *sim_malloc(size_t size)
{
  unsigned char *block = range + used;
  size_t place = (size + 15) / 16 * 16 + GAP;

  if (place > (size_t)PAGE * PAGES - used)
    sim_fail("the heap is used up");
  used += place;
  sim_shadow_add(block, size != 0 ? size : 1);
  return block;
}

void *sim_calloc(size_t count, size_t size)
{
  if (size != 0 && count > SIZE_MAX / size)
    return NULL;
  return sim_malloc(count * size);
}

void *sim_realloc(void *memory, size_t size)
{
  size_t before = memory != NULL ? sim_shadow_size(memory) : 0;
  void *moved = sim_malloc(size);

  if (memory == NULL)
    return moved;
  if (before > size)
    before = size;
  sim_shadow_read(memory, before);
  sim_shadow_write(moved, before);
  memcpy(moved, memory, before);
  sim_free(memory);
  return moved;
}

void sim_free(void *memory)
{
  if (memory != NULL && !sim_shadow_free(memory))
    sim_fail("free of what was never allocated");
}
