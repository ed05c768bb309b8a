/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "stores.h"

enum {
  AHEAD = 32,         /* records whose cells are fetched into the cache before their turn */
  QUICKLY = 4096,     /* when so many items come out of shared segments, ... */
  MANY_SLOTS = 256,   /* ... or so many items, and of so many slots, ... */
  QUICKLY_MS = 8,     /* ... in this time, buffers are turned on; */
  LOOK_BACK_MS = 500, /* when in this time ... */
  HARDLY_ANY = 64     /* ... not even one item in so many was shared, off, unless slots are many */
};

void mpcc__stores_init(struct mpcc__stores *stores, size_t item_size)
{
  mpcc__rings_init(&stores->rings, sizeof(uint64_t) + item_size, false);
}

/* -- The loop ------------------------------------------------------------------------------ */

static unsigned char *record_at(struct mpcc__ring *ring, uint64_t position, uint64_t *claim)
{
  unsigned char *record = mpcc__ring_at(ring, position);

  memcpy(claim, record, sizeof *claim);
  return record + sizeof *claim;
}

static struct mpcc__segment *segment_of(const struct mpcc__shelf *shelf, uint64_t claim,
                                        uint32_t *index)
{
  *index = (uint32_t)claim;
  return mpcc__segment_at(shelf, (uint32_t)(claim >> 32));
}

static void fetch(const struct mpcc__shelf *shelf, uint64_t claim)
{
  uint32_t index;
  struct mpcc__segment *segment = segment_of(shelf, claim, &index);

  mpcc__prefetch_to_write(mpcc__segment_items(shelf, segment) + index * shelf->item_size);
  mpcc__prefetch_to_write((const void *)(mpcc__segment_flags(segment) + index));
}

/* Whether there was anything. */
static bool apply(struct mpcc__ring *ring, const struct mpcc__shelf *shelf)
{
  uint64_t head = mpcc__ring_head(ring), tail = mpcc__ring_end(ring), claim;

  if (head == tail)
    return false;
  for (; head != tail; head++) {
    unsigned char *item;
    uint32_t index;
    struct mpcc__segment *segment;

    if (tail - head > AHEAD) {
      (void)record_at(ring, head + AHEAD, &claim);
      fetch(shelf, claim);
    }
    item = record_at(ring, head, &claim);
    segment = segment_of(shelf, claim, &index);
    if (index == MPCC__STORES_SAMPLE)
      mpcc__segment_seen_by(segment, ring->thread);
    mpcc__item_copy_usual(mpcc__segment_items(shelf, segment) + index * shelf->item_size, item,
                          shelf->item_size);
    /* relaxed: it is the loop that looks at it. */
    atomic_store_explicit(&mpcc__segment_flags(segment)[index], 1, memory_order_relaxed);
  }
  mpcc__ring_took(ring, head);
  return true;
}

/* All that an entry's thread has put. */
static bool apply_all(struct mpcc__ring_entry *entry, const struct mpcc__source *source,
                      const struct mpcc__shelf *shelf)
{
  struct mpcc__ring *ring = mpcc__ring_oldest(entry);
  bool any = false;

  while (ring != NULL) {
    struct mpcc__ring *next = mpcc__ring_next(ring);

    any = apply(ring, shelf) || any;
    if (next != NULL)
      mpcc__rings_drop_oldest(entry, source, next);
    ring = next;
  }
  return any;
}

bool mpcc__stores_apply(struct mpcc__stores *stores, const struct mpcc__source *source,
                        const struct mpcc__shelf *shelf)
{
  bool any = false;

  for (int i = 0; i < MPCC__RINGS_THREADS; i++)
    any = apply_all(&stores->rings.table.entries[i], source, shelf) || any;
  return any;
}

static void count_anew(struct mpcc__stores *stores, uint64_t now_ms)
{
  stores->all = 0;
  stores->shared = 0;
  stores->takes = 0;
  stores->slots = 0;
  memset(stores->slots_seen, 0, sizeof stores->slots_seen);
  stores->since_ms = now_ms;
}

static void count(struct mpcc__stores *stores, const struct mpcc__stores_take *take)
{
  uint64_t *word = &stores->slots_seen[take->slot % MPCC__STORES_SEEN / 64];
  uint64_t bit = UINT64_C(1) << take->slot % 64;

  stores->all += take->items;
  stores->takes++;
  stores->shared += take->shared ? take->items : 0;
  stores->slots += (*word & bit) == 0;
  *word |= bit;
}

static bool are_many_slots(const struct mpcc__stores *stores)
{
  return stores->slots >= MANY_SLOTS && stores->all >= QUICKLY;
}

/* What brings buffers on. */
static bool are_wanted(const struct mpcc__stores *stores)
{
  return stores->shared >= QUICKLY || are_many_slots(stores);
}

/* What takes them off. Threads that take turns, each for as long as the system lets it run, look
 * as if they were alone for a while; so this is asked after a long one. */
static bool are_idle(const struct mpcc__stores *stores)
{
  return stores->shared < stores->all / HARDLY_ANY && stores->slots < MANY_SLOTS;
}

/* Much has come out of many slots, quickly, and little at a time. */
static bool are_outdone(const struct mpcc__stores *stores, uint32_t few, uint64_t now_ms)
{
  return are_many_slots(stores) && stores->all < stores->takes * few &&
         stores->all / QUICKLY >= (now_ms - stores->since_ms) / QUICKLY_MS;
}

enum mpcc__stores_turn mpcc__stores_note(struct mpcc__stores *stores,
                                         const struct mpcc__stores_take *take, uint64_t now_ms)
{
  uint64_t window_ms = stores->on ? LOOK_BACK_MS : QUICKLY_MS;
  bool over = now_ms - stores->since_ms >= window_ms, turn;

  if (over && !stores->on)
    count_anew(stores, now_ms);
  count(stores, take);
  if (are_outdone(stores, take->few, now_ms)) {
    count_anew(stores, now_ms);
    return MPCC__STORES_SCATTERED;
  }
  turn = stores->on ? over && are_idle(stores) && !MPCC__STORES_ALWAYS : are_wanted(stores);
  if (turn || (over && stores->on))
    count_anew(stores, now_ms);
  if (!turn)
    return MPCC__STORES_STAY;
  stores->on = !stores->on;
  return stores->on ? MPCC__STORES_ON : MPCC__STORES_OFF;
}
