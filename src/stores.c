/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "stores.h"

enum {
  PLACES = 8,         /* where the entry of a thread may be */
  AHEAD = 32,         /* records whose cells are fetched into the cache before their turn */
  QUICKLY = 4096,     /* when so many items come out of shared segments, ... */
  MANY_SLOTS = 256,   /* ... or so many items, and of so many slots, ... */
  QUICKLY_MS = 8,     /* ... in this time, buffers are turned on; */
  LOOK_BACK_MS = 500, /* when in this time ... */
  HARDLY_ANY = 64     /* ... not even one item in so many was shared, off, unless slots are many */
};

void mpcc__stores_free(struct mpcc__stores *stores, const struct mpcc__source *source)
{
  for (int i = 0; i < MPCC__STORES_THREADS; i++) {
    /* relaxed: no other thread is left. */
    struct mpcc__store_buffer *buffer =
        atomic_load_explicit(&stores->entries[i].oldest, memory_order_relaxed);

    while (buffer != NULL) {
      /* relaxed: as above. */
      struct mpcc__store_buffer *next = atomic_load_explicit(&buffer->next, memory_order_relaxed);

      mpcc__aligned_free(source, buffer);
      buffer = next;
    }
  }
}

/* -- Any thread ---------------------------------------------------------------------------- */

static struct mpcc__store_entry *entry_at(struct mpcc__stores *stores, uint32_t place)
{
  return &stores->entries[place % MPCC__STORES_THREADS];
}

/* That of a thread which has one. */
static struct mpcc__store_entry *entry_of(struct mpcc__stores *stores, uintptr_t thread)
{
  uint32_t place = mpcc__stores_home(thread);

  /* relaxed: that it is its own only its owner has stored. */
  while (atomic_load_explicit(&entry_at(stores, place)->thread, memory_order_relaxed) != thread)
    place++;
  return entry_at(stores, place);
}

static struct mpcc__store_buffer *make(const struct mpcc__source *source, uintptr_t thread,
                                       size_t item_size, size_t records)
{
  size_t stride = sizeof(uint64_t) + item_size;
  struct mpcc__store_buffer *buffer = (struct mpcc__store_buffer *)mpcc__aligned_calloc(
      source, sizeof *buffer + records * stride);

  if (buffer == NULL)
    return NULL;
  buffer->thread = thread;
  buffer->item_size = item_size;
  buffer->stride = stride;
  buffer->mask = records - 1;
  atomic_init(&buffer->tail, MPCC__FIRST_64);
  atomic_init(&buffer->head, MPCC__FIRST_64);
  atomic_init(&buffer->next, NULL);
  atomic_init(&buffer->stays, false);
  return buffer;
}

static struct mpcc__store_buffer *begin(struct mpcc__store_entry *entry,
                                        const struct mpcc__source *source, uintptr_t thread,
                                        size_t item_size)
{
  struct mpcc__store_buffer *buffer = make(source, thread, item_size, MPCC__STORES_FIRST);

  /* pairs stores.buffer: what is constant in it. */
  atomic_store_explicit(&entry->oldest, buffer, memory_order_release);
  /* pairs stores.buffer: as above. */
  atomic_store_explicit(&entry->buffer, buffer, memory_order_release);
  return buffer;
}

struct mpcc__store_buffer *mpcc__stores_grow(struct mpcc__stores *stores,
                                             const struct mpcc__source *source,
                                             struct mpcc__store_buffer *full)
{
  struct mpcc__store_entry *entry = entry_of(stores, full->thread);
  size_t records = 4 * ((size_t)full->mask + 1);
  struct mpcc__store_buffer *larger;

  /* relaxed: only the thread's. */
  if (records > MPCC__STORES_MOST || atomic_load_explicit(&full->stays, memory_order_relaxed))
    return NULL;
  larger = make(source, full->thread, full->item_size, records);
  if (larger == NULL) {
    /* relaxed: as above. */
    atomic_store_explicit(&full->stays, true, memory_order_relaxed);
    return NULL;
  }
  /* pairs stores.next: nothing more comes into the full one. */
  atomic_store_explicit(&full->next, larger, memory_order_release);
  /* pairs stores.buffer: what is constant in it. */
  atomic_store_explicit(&entry->buffer, larger, memory_order_release);
  return larger;
}

struct mpcc__store_buffer *mpcc__stores_join(struct mpcc__stores *stores,
                                             const struct mpcc__source *source, uintptr_t thread,
                                             size_t item_size)
{
  uint32_t home = mpcc__stores_home(thread);

  for (uint32_t i = 0; i < PLACES; i++) {
    struct mpcc__store_entry *entry = entry_at(stores, home + i);
    /* relaxed: whose it is; what is in it is asked for below. */
    uintptr_t owner = atomic_load_explicit(&entry->thread, memory_order_relaxed);

    /* relaxed: as above. */
    if (owner == 0 &&
        atomic_compare_exchange_strong_explicit(&entry->thread, &owner, thread,
                                                memory_order_relaxed, memory_order_relaxed))
      return begin(entry, source, thread, item_size);
    if (owner == thread)
      /* pairs stores.buffer: of a thread that had this number before, maybe. */
      return atomic_load_explicit(&entry->buffer, memory_order_acquire);
  }
  return NULL;
}

/* -- The loop ------------------------------------------------------------------------------ */

static unsigned char *record_at(struct mpcc__store_buffer *buffer, uint64_t position,
                                uint64_t *claim)
{
  unsigned char *record = buffer->records + (size_t)(position & buffer->mask) * buffer->stride;

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
static bool apply(struct mpcc__store_buffer *buffer, const struct mpcc__shelf *shelf)
{
  /* relaxed: only the loop writes it. */
  uint64_t head = atomic_load_explicit(&buffer->head, memory_order_relaxed);
  /* pairs stores.tail: the records. */
  uint64_t tail = atomic_load_explicit(&buffer->tail, memory_order_acquire), claim;

  if (head == tail)
    return false;
  for (; head != tail; head++) {
    unsigned char *item;
    uint32_t index;
    struct mpcc__segment *segment;

    if (tail - head > AHEAD) {
      (void)record_at(buffer, head + AHEAD, &claim);
      fetch(shelf, claim);
    }
    item = record_at(buffer, head, &claim);
    segment = segment_of(shelf, claim, &index);
    if (index == MPCC__STORES_SAMPLE)
      mpcc__segment_seen_by(segment, buffer->thread);
    mpcc__item_copy_usual(mpcc__segment_items(shelf, segment) + index * shelf->item_size, item,
                          shelf->item_size);
    /* relaxed: it is the loop that looks at it. */
    atomic_store_explicit(&mpcc__segment_flags(segment)[index], 1, memory_order_relaxed);
  }
  /* pairs stores.head: these records are free. */
  atomic_store_explicit(&buffer->head, head, memory_order_release);
  return true;
}

/* All that an entry's thread has put. */
static bool apply_all(struct mpcc__store_entry *entry, const struct mpcc__source *source,
                      const struct mpcc__shelf *shelf)
{
  /* pairs stores.buffer: what is constant in it. */
  struct mpcc__store_buffer *buffer = atomic_load_explicit(&entry->oldest, memory_order_acquire);
  bool any = false;

  while (buffer != NULL) {
    /* pairs stores.next: if there is one, nothing more comes into this one. */
    struct mpcc__store_buffer *next = atomic_load_explicit(&buffer->next, memory_order_acquire);

    any = apply(buffer, shelf) || any;
    if (next != NULL) {
      /* relaxed: from the first one on it is the loop's. */
      atomic_store_explicit(&entry->oldest, next, memory_order_relaxed);
      mpcc__aligned_free(source, buffer);
    }
    buffer = next;
  }
  return any;
}

bool mpcc__stores_apply(struct mpcc__stores *stores, const struct mpcc__source *source,
                        const struct mpcc__shelf *shelf)
{
  bool any = false;

  for (int i = 0; i < MPCC__STORES_THREADS; i++)
    any = apply_all(&stores->entries[i], source, shelf) || any;
  return any;
}

static void count_anew(struct mpcc__stores *stores, uint64_t now_ms)
{
  stores->all = 0;
  stores->shared = 0;
  stores->slots = 0;
  memset(stores->slots_seen, 0, sizeof stores->slots_seen);
  stores->since_ms = now_ms;
}

static void count(struct mpcc__stores *stores, uint32_t slot, uint32_t items, bool shared)
{
  uint64_t *word = &stores->slots_seen[slot % MPCC__STORES_SEEN / 64];
  uint64_t bit = UINT64_C(1) << slot % 64;

  stores->all += items;
  stores->shared += shared ? items : 0;
  stores->slots += (*word & bit) == 0;
  *word |= bit;
}

/* What brings buffers on. */
static bool are_wanted(const struct mpcc__stores *stores)
{
  return stores->shared >= QUICKLY || (stores->slots >= MANY_SLOTS && stores->all >= QUICKLY);
}

/* What takes them off. Threads that take turns, each for as long as the system lets it run, look
 * as if they were alone for a while; so this is asked after a long one. */
static bool are_idle(const struct mpcc__stores *stores)
{
  return stores->shared < stores->all / HARDLY_ANY && stores->slots < MANY_SLOTS;
}

enum mpcc__stores_turn mpcc__stores_note(struct mpcc__stores *stores, uint32_t slot,
                                         uint32_t items, bool shared, uint64_t now_ms)
{
  uint64_t window_ms = stores->on ? LOOK_BACK_MS : QUICKLY_MS;
  bool over = now_ms - stores->since_ms >= window_ms, turn;

  if (over && !stores->on)
    count_anew(stores, now_ms);
  count(stores, slot, items, shared);
  turn = stores->on ? over && are_idle(stores) && !MPCC__STORES_ALWAYS : are_wanted(stores);
  if (turn || (over && stores->on))
    count_anew(stores, now_ms);
  if (!turn)
    return MPCC__STORES_STAY;
  stores->on = !stores->on;
  return stores->on ? MPCC__STORES_ON : MPCC__STORES_OFF;
}
