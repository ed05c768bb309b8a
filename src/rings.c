/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "rings.h"

enum { PLACES = 8 }; /* where in a table the entry of a thread may be */

void mpcc__rings_init(struct mpcc__rings *rings, size_t record, bool unlimited)
{
  rings->record = record;
  rings->unlimited = unlimited;
}

static void free_rings(struct mpcc__ring *ring, const struct mpcc__source *source)
{
  while (ring != NULL) {
    struct mpcc__ring *next = mpcc__ring_next(ring);

    mpcc__aligned_free(source, ring);
    ring = next;
  }
}

void mpcc__rings_free(struct mpcc__rings *rings, const struct mpcc__source *source)
{
  struct mpcc__ring_table *table = &rings->table;

  while (table != NULL) {
    struct mpcc__ring_table *more = mpcc__rings_more(table);

    for (int i = 0; i < MPCC__RINGS_THREADS; i++)
      free_rings(mpcc__ring_oldest(&table->entries[i]), source);
    if (table != &rings->table)
      source->free(table, source->user);
    table = more;
  }
}

/* -- The thread that pushes ------------------------------------------------------------------ */

static struct mpcc__ring *make(const struct mpcc__source *source, uintptr_t thread, size_t stride,
                               size_t records)
{
  struct mpcc__ring *ring = (struct mpcc__ring *)mpcc__aligned_calloc(
      source, sizeof *ring + records * stride);

  if (ring == NULL)
    return NULL;
  ring->thread = thread;
  ring->stride = stride;
  ring->mask = records - 1;
  atomic_init(&ring->tail, MPCC__FIRST_64);
  atomic_init(&ring->head, MPCC__FIRST_64);
  atomic_init(&ring->next, NULL);
  atomic_init(&ring->stays, false);
  return ring;
}

static struct mpcc__ring *begin(struct mpcc__ring_entry *entry, const struct mpcc__rings *rings,
                                const struct mpcc__source *source, uintptr_t thread)
{
  struct mpcc__ring *ring = make(source, thread, rings->record, MPCC__STORES_FIRST);

  /* pairs rings.ring: what is constant in it. */
  atomic_store_explicit(&entry->oldest, ring, memory_order_release);
  /* pairs rings.ring: as above. */
  atomic_store_explicit(&entry->ring, ring, memory_order_release);
  return ring;
}

/* The entry of ${thread} in this table, or a free one that is its own now (*fresh), or NULL. */
static struct mpcc__ring_entry *find(struct mpcc__ring_table *table, uintptr_t thread, bool *fresh)
{
  uint32_t home = mpcc__rings_home(thread);

  for (uint32_t i = 0; i < PLACES; i++) {
    struct mpcc__ring_entry *entry = &table->entries[(home + i) % MPCC__RINGS_THREADS];
    /* relaxed: whose it is; what is in it is asked for later. */
    uintptr_t owner = atomic_load_explicit(&entry->thread, memory_order_relaxed);

    *fresh = false;
    if (owner == 0)
      /* relaxed: as above. */
      *fresh = atomic_compare_exchange_strong_explicit(&entry->thread, &owner, thread,
                                                       memory_order_relaxed, memory_order_relaxed);
    if (*fresh || owner == thread)
      return entry;
  }
  return NULL;
}

/* The table behind this one; NULL if there is none, and no memory for it. */
static struct mpcc__ring_table *further(struct mpcc__ring_table *table,
                                        const struct mpcc__source *source)
{
  struct mpcc__ring_table *more = mpcc__rings_more(table), *made;

  if (more != NULL)
    return more;
  made = (struct mpcc__ring_table *)source->calloc(1, sizeof *made, source->user);
  if (made == NULL)
    return NULL;
  /* pairs rings.more: its zeros. */
  if (atomic_compare_exchange_strong_explicit(&table->more, &more, made, memory_order_release,
                                              memory_order_relaxed))
    return made;
  source->free(made, source->user);
  return mpcc__rings_more(table); /* somebody else's was first */
}

struct mpcc__ring *mpcc__rings_join(struct mpcc__rings *rings, const struct mpcc__source *source,
                                    uintptr_t thread)
{
  struct mpcc__ring_table *table = &rings->table;
  bool fresh;
  struct mpcc__ring_entry *entry = find(table, thread, &fresh);
  struct mpcc__ring *ring;

  while (entry == NULL && rings->unlimited && table != NULL) {
    table = further(table, source);
    entry = table != NULL ? find(table, thread, &fresh) : NULL;
  }
  if (entry == NULL)
    return NULL;
  if (fresh)
    return begin(entry, rings, source, thread);
  /* pairs rings.ring: of a thread that had this number before, maybe. */
  ring = atomic_load_explicit(&entry->ring, memory_order_acquire);
  return ring == NULL && rings->unlimited ? begin(entry, rings, source, thread) : ring;
}

/* That of a thread which has one. */
static struct mpcc__ring_entry *entry_of(struct mpcc__rings *rings, uintptr_t thread)
{
  struct mpcc__ring_table *table = &rings->table;
  bool fresh;
  struct mpcc__ring_entry *entry = find(table, thread, &fresh);

  while (entry == NULL) {
    table = mpcc__rings_more(table);
    entry = find(table, thread, &fresh);
  }
  return entry;
}

/* How many records the one has that follows this one, or 0. */
static size_t larger(const struct mpcc__rings *rings, const struct mpcc__ring *full)
{
  size_t records = 4 * ((size_t)full->mask + 1);

  if (records <= MPCC__STORES_MOST)
    /* relaxed: only the thread's. */
    return atomic_load_explicit(&full->stays, memory_order_relaxed) ? 0 : records;
  return rings->unlimited ? (size_t)full->mask + 1 : 0;
}

struct mpcc__ring *mpcc__rings_grow(struct mpcc__rings *rings, const struct mpcc__source *source,
                                    struct mpcc__ring *full)
{
  struct mpcc__ring_entry *entry = entry_of(rings, full->thread);
  size_t records = larger(rings, full);
  struct mpcc__ring *ring;

  if (records == 0)
    return NULL;
  ring = make(source, full->thread, full->stride, records);
  if (ring == NULL) {
    /* relaxed: as above. */
    atomic_store_explicit(&full->stays, !rings->unlimited, memory_order_relaxed);
    return NULL;
  }
  /* pairs rings.next: nothing more comes into the full one. */
  atomic_store_explicit(&full->next, ring, memory_order_release);
  /* pairs rings.ring: what is constant in it. */
  atomic_store_explicit(&entry->ring, ring, memory_order_release);
  return ring;
}

/* -- Who empties ----------------------------------------------------------------------------- */

void mpcc__rings_drop_oldest(struct mpcc__ring_entry *entry, const struct mpcc__source *source,
                             struct mpcc__ring *next)
{
  struct mpcc__ring *empty = mpcc__ring_oldest(entry);

  /* relaxed: from the first one on it is this thread's, or who had the lock before. */
  atomic_store_explicit(&entry->oldest, next, memory_order_relaxed);
  mpcc__aligned_free(source, empty);
}
