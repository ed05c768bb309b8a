/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "shadow.h"

#include <stdio.h>
#include <string.h>

#include "heap.h"
#include "model.h"
#include "sched.h"
#include "verdict.h"

enum { CELLS = 1 << 13, BUCKETS = 1 << 14, BLOCKS = 512, NONE = -1 };

struct bucket {
  uintptr_t granule;
  uint32_t execution;
  int first;
};

struct block {
  uintptr_t at;
  size_t size;
  uint32_t event; /* of its allocation, which wrote it */
  uint8_t thread;
  bool freed;
  int first;      /* cell */
};

static struct bucket buckets[BUCKETS];
static struct sim_cell cells[CELLS];
static struct block blocks[BLOCKS];
static int cell_count, block_count;
static uint32_t execution;

void sim_shadow_begin(void)
{
  cell_count = 0;
  block_count = 0;
  execution++;
}

/* -- Finding --------------------------------------------------------------------------------- */

static struct bucket *find_bucket(uintptr_t at)
{
  uintptr_t granule = at >> 3;
  uint64_t hash = granule * UINT64_C(0x9E3779B97F4A7C15);

  for (size_t i = (size_t)(hash >> 50);; i = (i + 1) % BUCKETS) {
    struct bucket *bucket = &buckets[i];

    if (bucket->execution != execution) {
      *bucket = (struct bucket){granule, execution, NONE};
      return bucket;
    }
    if (bucket->granule == granule)
      return bucket;
  }
}

static int find_block(uintptr_t at)
{
  for (int i = block_count - 1; i >= 0; i--)
    if (at - blocks[i].at < blocks[i].size)
      return i;
  return NONE;
}

static void check_block(uintptr_t at, int block)
{
  char text[80];

  if (block == NONE) {
    if (sim_heap_holds(at))
      sim_fail("access to the heap where no block is, %s",
               sim_shadow_place((const void *)at, text, sizeof(text)));
  } else if (blocks[block].freed) {
    sim_fail("use after free of %s", sim_shadow_place((const void *)at, text, sizeof(text)));
  }
}

static struct sim_cell *make_cell(struct bucket *bucket, uintptr_t at, unsigned size)
{
  int number = cell_count++, block = find_block(at);
  struct sim_cell *cell = &cells[number];

  if (number == CELLS - 1)
    sim_fail("more than %d pieces of memory", CELLS);
  check_block(at, block);
  *cell = (struct sim_cell){.at = at, .size = size, .next = bucket->first, .block = block,
                            .next_in_block = NONE};
  bucket->first = number;
  if (block != NONE) {
    cell->written = blocks[block].event;
    cell->writer = blocks[block].thread;
    cell->next_in_block = blocks[block].first;
    blocks[block].first = number;
    sim_heap_dirty(at, size);
  }
  return cell;
}

/* -- Checking -------------------------------------------------------------------------------- */

static bool overlaps(const struct sim_cell *cell, uintptr_t at, unsigned size)
{
  return at < cell->at + cell->size && cell->at < at + size;
}

static _Noreturn void race(const char *what, uintptr_t at, unsigned other)
{
  char text[80];

  sim_fail("data race: %s at %s, not ordered with thread %u", what,
           sim_shadow_place((const void *)at, text, sizeof(text)), other);
}

static void check_write(const struct sim_cell *cell, const char *what)
{
  if (!sim_clock_knows(&sim_me()->now.known, cell->writer, cell->written))
    race(what, cell->at, cell->writer);
}

static void check_others(const struct sim_cell *cell, const struct sim_clock *events,
                         const char *what)
{
  const struct sim_clock *known = &sim_me()->now.known;

  for (unsigned i = 0; i < sim_thread_count(); i++)
    if (i != sim_self() && !sim_clock_knows(known, i, events->at[i]))
      race(what, cell->at, i);
}

/* Look at every piece that the access overlaps, and find or make its own. */
static struct sim_cell *visit(uintptr_t at, unsigned size,
                              void (*check)(struct sim_cell *cell, bool same))
{
  struct bucket *bucket = find_bucket(at);
  struct sim_cell *own = NULL;

  for (int i = bucket->first; i != NONE; i = cells[i].next) {
    if (!overlaps(&cells[i], at, size))
      continue;
    if (cells[i].at == at && cells[i].size == size)
      own = &cells[i];
    check_block(at, cells[i].block);
    check(&cells[i], own == &cells[i]);
  }
  if (own == NULL) {
    own = make_cell(bucket, at, size);
    check(own, true);
  }
  return own;
}

static void check_plain_read(struct sim_cell *cell, bool same)
{
  (void)same;
  check_write(cell, "read of a write");
  if (cell->history != NULL)
    check_others(cell, &cell->stored, "plain read of an atomic store");
}

static void check_plain_write(struct sim_cell *cell, bool same)
{
  (void)same;
  check_write(cell, "write over a write");
  check_others(cell, &cell->read, "write over a read");
  if (cell->history == NULL)
    return;
  check_others(cell, &cell->touched, "plain write over an atomic access");
  cell->stale = true;
}

static void check_atomic_read(struct sim_cell *cell, bool same)
{
  if (!same && cell->history != NULL)
    sim_fail("atomic accesses of different sizes overlap");
  check_write(cell, "atomic read of a plain write");
}

static void check_atomic_store(struct sim_cell *cell, bool same)
{
  check_atomic_read(cell, same);
  check_others(cell, &cell->read, "atomic store over a plain read");
}

struct sim_cell *sim_shadow_atomic(uintptr_t at, unsigned size, bool store)
{
  struct sim_cell *cell = visit(at, size, store ? check_atomic_store : check_atomic_read);
  uint32_t event = sim_tick();

  cell->touched.at[sim_self()] = event;
  if (store)
    cell->stored.at[sim_self()] = event;
  return cell;
}

static void read_piece(uintptr_t at, unsigned size)
{
  visit(at, size, check_plain_read)->read.at[sim_self()] = sim_tick();
}

/* What overlaps it was written, too. */
static void write_piece(uintptr_t at, unsigned size)
{
  uint32_t event = sim_tick();
  struct sim_cell *own = visit(at, size, check_plain_write);

  for (int i = find_bucket(at)->first; i != NONE; i = cells[i].next) {
    struct sim_cell *cell = &cells[i];

    if (cell != own && (cell->history == NULL || !overlaps(cell, at, size)))
      continue;
    cell->written = event;
    cell->writer = (uint8_t)sim_self();
  }
}

static void each_piece(uintptr_t at, size_t size, void (*act)(uintptr_t at, unsigned size))
{
  while (size > 0) {
    unsigned piece = (unsigned)(8 - at % 8);

    if (piece > size)
      piece = (unsigned)size;
    act(at, piece);
    at += piece;
    size -= piece;
  }
}

void sim_shadow_read(const void *at, size_t size)
{
  if (!sim_shadow_before((uintptr_t)at, size))
    each_piece((uintptr_t)at, size, read_piece);
}

void sim_shadow_write(const void *at, size_t size)
{
  if (!sim_shadow_before((uintptr_t)at, size))
    each_piece((uintptr_t)at, size, write_piece);
}

bool sim_shadow_before(uintptr_t at, size_t size)
{
  int block;

  if (sim_thread_count() != 1)
    return false;
  block = find_block(at);
  check_block(at, block);
  if (block != NONE)
    sim_heap_dirty(at, size);
  return true;
}

/* -- Blocks ---------------------------------------------------------------------------------- */

void sim_shadow_add(const void *block, size_t size)
{
  if (block_count == BLOCKS)
    sim_fail("more than %d blocks", BLOCKS);
  blocks[block_count++] = (struct block){.at = (uintptr_t)block, .size = size, .first = NONE,
                                         .thread = (uint8_t)sim_self(), .event = sim_tick()};
}

size_t sim_shadow_size(const void *block)
{
  int number = find_block((uintptr_t)block);

  return number == NONE || blocks[number].at != (uintptr_t)block ? 0 : blocks[number].size;
}

bool sim_shadow_free(const void *block)
{
  int number = find_block((uintptr_t)block);

  if (number == NONE || blocks[number].at != (uintptr_t)block)
    return false;
  if (blocks[number].freed)
    sim_fail("double free");
  for (int i = blocks[number].first; i != NONE; i = cells[i].next_in_block) {
    check_write(&cells[i], "free of memory written");
    check_others(&cells[i], &cells[i].read, "free of memory read");
    if (cells[i].history != NULL)
      check_others(&cells[i], &cells[i].touched, "free of memory accessed");
  }
  blocks[number].freed = true;
  return true;
}

size_t sim_shadow_leaked(void)
{
  size_t bytes = 0;

  for (int i = 0; i < block_count; i++)
    bytes += blocks[i].freed ? 0 : blocks[i].size;
  return bytes;
}

const char *sim_shadow_place(const void *at, char *text, size_t size)
{
  int block = find_block((uintptr_t)at);

  if (block != NONE)
    snprintf(text, size, "block %d + %zu", block, (size_t)((uintptr_t)at - blocks[block].at));
  else
    snprintf(text, size, "%p", at);
  return text;
}
