/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "ingress.h"

struct mpcc__ingress *mpcc__ingress_new(const struct mpcc__source *source, size_t item_size)
{
  struct mpcc__ingress *ingress = (struct mpcc__ingress *)mpcc__aligned_calloc(
      source, sizeof *ingress + MPCC__INGRESS_CHUNK * item_size);

  if (ingress == NULL)
    return NULL;
  atomic_init(&ingress->claims, MPCC__INGRESS_CLOSED);
  mpcc__rings_init(&ingress->rings, sizeof(struct mpcc__ingress_record) + item_size, true);
  ingress->item_size = item_size;
  return ingress;
}

void mpcc__ingress_free(struct mpcc__ingress *ingress, const struct mpcc__source *source)
{
  if (ingress == NULL)
    return;
  mpcc__rings_free(&ingress->rings, source);
  mpcc__aligned_free(source, ingress);
}

/* -- A push -------------------------------------------------------------------------------- */

struct mpcc__ring *mpcc__ingress_ring(struct mpcc__ingress *ingress,
                                      const struct mpcc__source *source, uintptr_t thread)
{
  struct mpcc__ring *ring = mpcc__rings_of(&ingress->rings, source, thread);

  if (ring == NULL) /* memory was refused the last time */
    ring = mpcc__rings_join(&ingress->rings, source, thread);
  if (ring != NULL && !mpcc__ring_has_room(ring))
    ring = mpcc__rings_grow(&ingress->rings, source, ring);
  return ring;
}

/* -- Looking ------------------------------------------------------------------------------- */

static struct mpcc__ingress_record record_at(struct mpcc__ring *ring, uint64_t position)
{
  struct mpcc__ingress_record record;

  memcpy(&record, mpcc__ring_at(ring, position), sizeof record);
  return record;
}

uint64_t mpcc__ingress_bound(struct mpcc__ingress *ingress)
{
  /* pairs ingress.claims: the rings are looked into after this. */
  return atomic_load_explicit(&ingress->claims, memory_order_acquire) / MPCC__INGRESS_ONE;
}

/* The ring of an entry that has its first record; one that is empty for ever is freed. */
static struct mpcc__ring *first_of(struct mpcc__ring_entry *entry,
                                   const struct mpcc__source *source)
{
  struct mpcc__ring *ring = mpcc__ring_oldest(entry);

  while (ring != NULL) {
    struct mpcc__ring *next = mpcc__ring_next(ring);

    ring->at = mpcc__ring_head(ring);
    ring->end = mpcc__ring_end(ring);
    if (ring->at != ring->end)
      return ring;
    if (next != NULL)
      mpcc__rings_drop_oldest(entry, source, next);
    ring = next;
  }
  return NULL;
}

/* Those that have a record before the bound, linked. */
static struct mpcc__ring *find_rings(struct mpcc__ingress *ingress,
                                     const struct mpcc__source *source, uint64_t bound)
{
  struct mpcc__ring *all = NULL;

  for (struct mpcc__ring_table *table = &ingress->rings.table; table != NULL;
       table = mpcc__rings_more(table))
    for (int i = 0; i < MPCC__RINGS_THREADS; i++) {
      struct mpcc__ring *ring = first_of(&table->entries[i], source);

      if (ring == NULL)
        continue;
      ring->number = record_at(ring, ring->at).number;
      if (ring->number >= bound)
        continue;
      ring->beside = all;
      all = ring;
    }
  return all;
}

/* Take the ring that has the lowest number out of the list, and lower *bound to the lowest of the
 * others. */
static struct mpcc__ring *take_lowest(struct mpcc__ring **all, uint64_t *bound)
{
  struct mpcc__ring **lowest = all, *ring;

  for (struct mpcc__ring **link = &(*all)->beside; *link != NULL; link = &(*link)->beside)
    if ((*link)->number < (*lowest)->number)
      lowest = link;
  ring = *lowest;
  *lowest = ring->beside;
  for (const struct mpcc__ring *other = *all; other != NULL; other = other->beside)
    if (other->number < *bound)
      *bound = other->number;
  return ring;
}

/* Copy its records before the bound behind the first ${count}: how many there are then. */
static size_t copy_run(struct mpcc__ingress *ingress, struct mpcc__ring *ring, uint64_t bound,
                       size_t count)
{
  size_t size = ingress->item_size;
  uint64_t at = ring->at, end = ring->end, number = ring->number;

  while (number < bound && count < MPCC__INGRESS_CHUNK) {
    const unsigned char *place = mpcc__ring_at(ring, at);

    ingress->slots[count] = record_at(ring, at).slot;
    ingress->stamps_ms[count] = record_at(ring, at).stamp_ms;
    ingress->from[count] = ring;
    mpcc__item_copy_usual(ingress->items + count * size, place + sizeof(struct mpcc__ingress_record),
                          size);
    count++;
    if (++at == end)
      break;
    number = record_at(ring, at).number;
  }
  ring->at = at;
  ring->number = number;
  return count;
}

size_t mpcc__ingress_look(struct mpcc__ingress *ingress, const struct mpcc__source *source,
                          uint64_t bound)
{
  struct mpcc__ring *all = find_rings(ingress, source, bound);
  size_t count = 0;

  while (all != NULL && count < MPCC__INGRESS_CHUNK) {
    uint64_t lowest = bound;
    struct mpcc__ring *ring = take_lowest(&all, &lowest);

    count = copy_run(ingress, ring, lowest, count);
    if (ring->at == ring->end) {
      if (mpcc__ring_next(ring) != NULL)
        break; /* lower numbers may stand there: for the next look */
    } else if (ring->number < bound) {
      ring->beside = all;
      all = ring;
    }
  }
  return count;
}

void mpcc__ingress_took(struct mpcc__ingress *ingress, size_t begin, size_t count)
{
  size_t end = begin + count;

  while (begin < end) {
    struct mpcc__ring *ring = ingress->from[begin];
    uint64_t head = mpcc__ring_head(ring);

    for (; begin < end && ingress->from[begin] == ring; begin++)
      head++;
    mpcc__ring_took(ring, head);
  }
  ingress->taken += count;
}

static uint64_t count_ring(struct mpcc__ring *ring, uint32_t slot)
{
  uint64_t end = mpcc__ring_end(ring), count = 0;

  if (slot == UINT32_MAX)
    return end - mpcc__ring_head(ring);
  for (uint64_t at = mpcc__ring_head(ring); at != end; at++)
    count += record_at(ring, at).slot == slot;
  return count;
}

uint64_t mpcc__ingress_count(struct mpcc__ingress *ingress, uint32_t slot)
{
  uint64_t count = 0;

  for (struct mpcc__ring_table *table = &ingress->rings.table; table != NULL;
       table = mpcc__rings_more(table))
    for (int i = 0; i < MPCC__RINGS_THREADS; i++)
      for (struct mpcc__ring *ring = mpcc__ring_oldest(&table->entries[i]); ring != NULL;
           ring = mpcc__ring_next(ring))
        count += count_ring(ring, slot);
  return count;
}

/* -- Sleeping and closing ------------------------------------------------------------------- */

bool mpcc__ingress_sleep(struct mpcc__ingress *ingress)
{
  /* relaxed: who draws after this sees it, and who has drawn before is counted; nothing goes with
   * that. */
  uint64_t word = atomic_fetch_or_explicit(&ingress->claims, MPCC__INGRESS_SLEEPS,
                                           memory_order_relaxed);

  ingress->sleeps = true;
  return word / MPCC__INGRESS_ONE - ingress->first == ingress->taken;
}

void mpcc__ingress_wake(struct mpcc__ingress *ingress)
{
  if (ingress->sleeps)
    /* relaxed: a push that calls in vain does no harm. */
    atomic_fetch_and_explicit(&ingress->claims, ~(uint64_t)MPCC__INGRESS_SLEEPS,
                              memory_order_relaxed);
  ingress->sleeps = false;
}

void mpcc__ingress_open(struct mpcc__ingress *ingress)
{
  /* relaxed: what is drawn from here on counts; the way there is shown by other means. */
  uint64_t word = atomic_fetch_and_explicit(
      &ingress->claims, ~(uint64_t)(MPCC__INGRESS_CLOSED | MPCC__INGRESS_SLEEPS),
      memory_order_relaxed);

  MPCC__CHECK(!ingress->open);
  ingress->open = true;
  ingress->sleeps = false;
  ingress->taken = 0;
  ingress->first = word / MPCC__INGRESS_ONE;
}

bool mpcc__ingress_close(struct mpcc__ingress *ingress)
{
  if (ingress->open)
    /* pairs ingress.claims: who finds it closed sees why. */
    ingress->last = atomic_fetch_or_explicit(&ingress->claims, MPCC__INGRESS_CLOSED,
                                             memory_order_release) /
                    MPCC__INGRESS_ONE;
  ingress->open = false;
  return ingress->last - ingress->first ==
         ingress->taken + mpcc__ingress_count(ingress, UINT32_MAX);
}

bool mpcc__ingress_close_empty(struct mpcc__ingress *ingress)
{
  uint64_t all = ingress->first + ingress->taken;
  uint64_t word = all * MPCC__INGRESS_ONE | (ingress->sleeps ? MPCC__INGRESS_SLEEPS : 0);

  /* pairs ingress.claims: who finds it closed comes behind what was put into the queues. */
  if (!atomic_compare_exchange_strong_explicit(&ingress->claims, &word,
                                               word | MPCC__INGRESS_CLOSED, memory_order_release,
                                               memory_order_relaxed))
    return false;
  ingress->last = all;
  ingress->open = false;
  return true;
}
