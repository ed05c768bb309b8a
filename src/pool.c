/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include "check.h"

enum { SLAB_BYTES = 1 << 20, SLAB_COUNT = 1 << 16, DISTANCE_BYTES = 2 << 20 };
#define NUMBER_MAX ((UINT32_C(1) << 28) - 1)
#define NIL UINT32_MAX

static uint64_t tagged(uint64_t tag, uint32_t number)
{
  return tag << 32 | number;
}

static uint64_t tag_of(uint64_t word)
{
  return word >> 32;
}

static uint32_t number_of(uint64_t word)
{
  return (uint32_t)word;
}

static struct mpcc__node *node_at(struct mpcc__pool *pool, uint32_t number)
{
  return number == 0 ? &pool->dummy : &mpcc__segment_at(&pool->shelf, number)->node;
}

/* -- Layout ------------------------------------------------------------------------------ */

static size_t line_up(size_t size)
{
  return (size + MPCC__LINE - 1) / MPCC__LINE * MPCC__LINE;
}

size_t mpcc__pool_stride(size_t item_size, uint32_t cap)
{
  size_t heads = MPCC__SEGMENT_HEAD + line_up(cap);

  if (item_size > (SIZE_MAX - heads - MPCC__LINE) / cap)
    return 0;
  return heads + line_up(cap * item_size);
}

static void lay_out(struct mpcc__pool *pool, size_t item_size, uint32_t cap, uint32_t limit)
{
  struct mpcc__shelf *shelf = &pool->shelf;
  size_t distance;

  shelf->item_size = item_size;
  shelf->cap = cap;
  shelf->stride = mpcc__pool_stride(item_size, cap);
  shelf->items_offset = MPCC__SEGMENT_HEAD + line_up(cap);
  pool->limit = limit;
  shelf->slab_shift = 0;
  while (shelf->stride <= (size_t)SLAB_BYTES >> (shelf->slab_shift + 1) ||
         limit >> shelf->slab_shift >= SLAB_COUNT / 2)
    shelf->slab_shift++;
  if (limit == 0)
    pool->limit = shelf->slab_shift >= 12 ? NUMBER_MAX : (uint32_t)SLAB_COUNT << shelf->slab_shift;
  shelf->slab_mask = (UINT32_C(1) << shelf->slab_shift) - 1;
  distance = DISTANCE_BYTES / shelf->stride;
  pool->distance = distance == 0 ? 1 : (uint32_t)distance;
}

/* -- Memory that was never used ---------------------------------------------------------- */

/* Bytes of the slab in which ${number} is: the last one may be shorter. */
static size_t slab_bytes(const struct mpcc__pool *pool, uint32_t number)
{
  const struct mpcc__shelf *shelf = &pool->shelf;
  uint32_t before = (number - 1) & ~shelf->slab_mask;

  if (number <= pool->limit && pool->limit - before <= shelf->slab_mask)
    return shelf->stride * (pool->limit - before);
  return shelf->stride << shelf->slab_shift;
}

static bool slab_ready(struct mpcc__pool *pool, uint32_t number)
{
  struct mpcc__shelf *shelf = &pool->shelf;
  _Atomic(unsigned char *) *place = &shelf->slabs[(number - 1) >> shelf->slab_shift];
  unsigned char *slab, *other = NULL;

  /* relaxed: only whether it is there; who uses it loads it again. */
  if (atomic_load_explicit(place, memory_order_relaxed) != NULL)
    return true;
  slab = mpcc__aligned_calloc(&pool->source, slab_bytes(pool, number));
  if (slab == NULL)
    /* relaxed: as above. Another thread may have been given what we were not. */
    return atomic_load_explicit(place, memory_order_relaxed) != NULL;
  atomic_init(&((struct mpcc__segment *)(void *)slab)->holders, 1);
  /* pairs segment.slab: see segment.h. When two grow the pool at once, the second one's is
   * given back. */
  if (!atomic_compare_exchange_strong_explicit(place, &other, slab, memory_order_release,
                                               memory_order_relaxed))
    mpcc__aligned_free(&pool->source, slab);
  return true;
}

static bool reserve(struct mpcc__pool *pool)
{
  uint32_t step = pool->shelf.slab_mask + 1;

  for (uint64_t number = 1; number <= pool->limit; number += step)
    if (!slab_ready(pool, (uint32_t)number))
      return false;
  return true;
}

static void prepare(struct mpcc__shelf *shelf, uint32_t number)
{
  struct mpcc__segment *segment = mpcc__segment_at(shelf, number);

  segment->number = number;
  segment->first_cell = (uint64_t)number << 32;
  segment->free_node = number;
  if (MPCC__FIRST_32 != 0) {
    atomic_init(&segment->incarnation, MPCC__FIRST_32);
    atomic_init(&segment->node.next, tagged(MPCC__FIRST_32, 0));
  }
}

static uint32_t take_fresh(struct mpcc__pool *pool)
{
  /* relaxed: the number is only a number; a slab is found by segment.slab. */
  uint32_t number = atomic_load_explicit(&pool->fresh, memory_order_relaxed);

  do {
    if (number > pool->limit || !slab_ready(pool, number))
      return 0;
    /* relaxed: as above. Whoever wins is the first to see this segment's memory. */
  } while (!atomic_compare_exchange_weak_explicit(&pool->fresh, &number, number + 1,
                                                  memory_order_relaxed, memory_order_relaxed));
  prepare(&pool->shelf, number);
  return number;
}

/* -- Opening and closing ------------------------------------------------------------------ */

bool mpcc__pool_open(struct mpcc__pool *pool, const struct mpcc__source *source, size_t item_size,
                     uint32_t cap, uint32_t limit)
{
  size_t stride = mpcc__pool_stride(item_size, cap);

  if (stride == 0 || limit > NUMBER_MAX || (limit != 0 && stride > SIZE_MAX / limit))
    return false;
  pool->source = *source;
  lay_out(pool, item_size, cap, limit);
  pool->shelf.slabs = source->calloc(SLAB_COUNT, sizeof(*pool->shelf.slabs), source->user);
  if (pool->shelf.slabs == NULL)
    return false;
  atomic_init(&pool->head, tagged(MPCC__FIRST_32, 0));
  atomic_init(&pool->tail, tagged(MPCC__FIRST_32, 0));
  atomic_init(&pool->dummy.next, tagged(MPCC__FIRST_32, NIL));
  atomic_init(&pool->dummy.value, 0);
  atomic_init(&pool->fresh, 1);
  if (limit == 0 || reserve(pool))
    return true;
  mpcc__pool_close(pool);
  return false;
}

void mpcc__pool_limit(struct mpcc__pool *pool, uint32_t limit)
{
  if (limit < pool->limit)
    pool->limit = limit;
}

void mpcc__pool_close(struct mpcc__pool *pool)
{
  struct mpcc__shelf *shelf = &pool->shelf;

  for (uint32_t i = 0; i < SLAB_COUNT; i++) {
    /* relaxed: nobody else is here any more. Slabs are added in order. */
    unsigned char *slab = atomic_load_explicit(&shelf->slabs[i], memory_order_relaxed);
    size_t bytes;

    if (slab == NULL)
      break;
    bytes = slab_bytes(pool, (i << shelf->slab_shift) + 1);
    for (size_t at = 0; at < bytes; at += shelf->stride)
      mpcc__segment_unpoison(shelf, (struct mpcc__segment *)(void *)(slab + at));
    mpcc__slab_leave(&pool->source, (struct mpcc__segment *)(void *)slab);
  }
  pool->source.free(pool->shelf.slabs, pool->source.user);
}

/* -- Memory that is used again ----------------------------------------------------------- */

/* ${node} is private: mark its link empty, with a tag that no stale look has seen. */
static void clear_link(struct mpcc__node *node)
{
  /* relaxed: private; a stale compare-exchange fails by the tag. */
  uint64_t next = atomic_load_explicit(&node->next, memory_order_relaxed);

  /* pairs pool.link: a stale look that finds it empty sees that the ends have moved on. */
  atomic_store_explicit(&node->next, tagged(tag_of(next) + 1, NIL), memory_order_release);
}

static void enqueue(struct mpcc__pool *pool, uint32_t number)
{
  uint32_t mine = mpcc__segment_at(&pool->shelf, number)->free_node;
  struct mpcc__node *node = node_at(pool, mine);
  uint64_t tail, next;

  clear_link(node);
  /* relaxed: pairs with the link below. */
  atomic_store_explicit(&node->value, number, memory_order_relaxed);
  for (;;) {
    /* pairs pool.ends: the node that tail names is initialised. */
    tail = atomic_load_explicit(&pool->tail, memory_order_acquire);
    /* pairs pool.link: the node behind it is, too. */
    next = atomic_load_explicit(&node_at(pool, number_of(tail))->next, memory_order_acquire);
    /* relaxed: a look whether the two belong together; the tags decide below. */
    if (tail != atomic_load_explicit(&pool->tail, memory_order_relaxed))
      continue;
    if (number_of(next) == NIL) {
      /* pairs pool.link: publishes the value and the empty link of this node. */
      if (atomic_compare_exchange_weak_explicit(&node_at(pool, number_of(tail))->next, &next,
                                                tagged(tag_of(next) + 1, mine),
                                                memory_order_release, memory_order_relaxed))
        break;
    } else {
      /* pairs pool.ends: helps a give that was stopped between its two steps. */
      atomic_compare_exchange_strong_explicit(&pool->tail, &tail,
                                              tagged(tag_of(tail) + 1, number_of(next)),
                                              memory_order_release, memory_order_relaxed);
    }
  }
  /* pairs pool.ends: failing is fine, somebody has helped. */
  atomic_compare_exchange_strong_explicit(&pool->tail, &tail, tagged(tag_of(tail) + 1, mine),
                                          memory_order_release, memory_order_relaxed);
}

/* The node behind this one, or NULL: only to be fetched, as others may take it meanwhile. */
static struct mpcc__node *node_behind(struct mpcc__pool *pool, struct mpcc__node *node)
{
  /* relaxed: if its slab is not seen either, it is not looked up. */
  uint32_t next = number_of(atomic_load_explicit(&node->next, memory_order_relaxed));

  return next == 0 || mpcc__pool_has(pool, next) ? node_at(pool, next) : NULL;
}

/* ${node} is the head now. The next take wants the node behind it, which was fetched by the one
 * before, then its segment, and the one after that the node behind. */
static void fetch_next(struct mpcc__pool *pool, struct mpcc__node *node)
{
  struct mpcc__node *next = node_behind(pool, node);
  uint32_t value;

  if (next == NULL)
    return;
  /* relaxed: as the number of the node. */
  value = atomic_load_explicit(&next->value, memory_order_relaxed);
  if (mpcc__pool_has(pool, value))
    mpcc__segment_fetch(&pool->shelf, mpcc__segment_at(&pool->shelf, value));
  next = node_behind(pool, next);
  if (next != NULL)
    mpcc__prefetch_to_write(next);
}

static uint32_t dequeue(struct mpcc__pool *pool)
{
  uint64_t head, tail, next;
  uint32_t value;

  for (;;) {
    /* pairs pool.ends: tail, loaded next, is not behind this head. */
    head = atomic_load_explicit(&pool->head, memory_order_acquire);
    /* pairs pool.ends: the node that tail names is initialised. */
    tail = atomic_load_explicit(&pool->tail, memory_order_acquire);
    /* pairs pool.link: the node behind the head, with its value. */
    next = atomic_load_explicit(&node_at(pool, number_of(head))->next, memory_order_acquire);
    /* relaxed: a look whether they belong together; the tags decide below. */
    if (head != atomic_load_explicit(&pool->head, memory_order_relaxed))
      continue;
    if (number_of(next) == NIL)
      return 0;
    if (number_of(head) == number_of(tail)) {
      /* pairs pool.ends: helps a give that was stopped between its two steps. */
      atomic_compare_exchange_strong_explicit(&pool->tail, &tail,
                                              tagged(tag_of(tail) + 1, number_of(next)),
                                              memory_order_release, memory_order_relaxed);
      continue;
    }
    /* relaxed: carried by the link; if the node is used again meanwhile, head has moved. */
    value = atomic_load_explicit(&node_at(pool, number_of(next))->value, memory_order_relaxed);
    /* pairs pool.ends: the old head's node is ours. (What the giver did to the segment came with
     * the link.) */
    if (atomic_compare_exchange_weak_explicit(&pool->head, &head,
                                              tagged(tag_of(head) + 1, number_of(next)),
                                              memory_order_release, memory_order_relaxed))
      break;
  }
  fetch_next(pool, node_at(pool, number_of(next)));
  mpcc__segment_at(&pool->shelf, value)->free_node = number_of(head);
  return value;
}

static uint32_t take_used(struct mpcc__pool *pool)
{
  uint32_t number = dequeue(pool);

  if (number != 0)
    mpcc__segment_unpoison(&pool->shelf, mpcc__segment_at(&pool->shelf, number));
  return number;
}

/* -- Public to the other rooms ----------------------------------------------------------- */

uint32_t mpcc__pool_take(struct mpcc__pool *pool)
{
  uint32_t number = 0;

  /* Wrong, it costs a cache miss or a piece of memory, never a segment. */
  if (mpcc__pool_free(pool) >= pool->distance)
    number = take_used(pool);
  if (number == 0)
    number = take_fresh(pool);
  if (number == 0)
    number = take_used(pool);
  return number;
}

uint32_t mpcc__pool_free(const struct mpcc__pool *pool)
{
  /* relaxed: hints. What was given before the call is seen, by whatever says that it was before. */
  uint64_t tail = atomic_load_explicit(&pool->tail, memory_order_relaxed);
  /* relaxed: as the tail; so it may be newer than that, by calls under way. */
  uint64_t head = atomic_load_explicit(&pool->head, memory_order_relaxed);
  uint32_t count = (uint32_t)tag_of(tail) - (uint32_t)tag_of(head);

  return count <= UINT32_MAX / 2 ? count : 0;
}

bool mpcc__pool_grown(const struct mpcc__pool *pool)
{
  /* relaxed: only a number, which never falls. */
  return atomic_load_explicit(&pool->fresh, memory_order_relaxed) > pool->limit;
}

bool mpcc__pool_spent(const struct mpcc__pool *pool)
{
  return mpcc__pool_grown(pool) && mpcc__pool_free(pool) == 0;
}

bool mpcc__pool_has(const struct mpcc__pool *pool, uint32_t number)
{
  const struct mpcc__shelf *shelf = &pool->shelf;
  uint32_t slab = (number - 1) >> shelf->slab_shift;

  if (number == 0 || slab >= SLAB_COUNT)
    return false;
  if (number > pool->limit && slab == (pool->limit - 1) >> shelf->slab_shift)
    return false; /* the last slab that was planned may be short */
  /* relaxed: only whether it is there; who looks it up loads it again. */
  return atomic_load_explicit(&shelf->slabs[slab], memory_order_relaxed) != NULL;
}

void mpcc__pool_fetch(struct mpcc__pool *pool, uint32_t number)
{
  mpcc__prefetch_to_write(node_at(pool, mpcc__segment_at(&pool->shelf, number)->free_node));
}

void mpcc__pool_give(struct mpcc__pool *pool, uint32_t number)
{
  struct mpcc__segment *segment = mpcc__segment_at(&pool->shelf, number);
  uint32_t used = segment->sealed != 0 ? segment->sealed : pool->shelf.cap;

  memset((void *)mpcc__segment_flags(segment), 0, used);
  mpcc__pool_give_back(pool, number);
}

void mpcc__pool_give_back(struct mpcc__pool *pool, uint32_t number)
{
  mpcc__segment_poison(&pool->shelf, mpcc__segment_at(&pool->shelf, number));
  enqueue(pool, number);
}

bool mpcc__pool_add(struct mpcc__pool *pool, uint32_t count, uint32_t highest)
{
  struct mpcc__shelf *shelf = &pool->shelf;
  uint32_t step = shelf->slab_mask + 1, slab = ((pool->limit - 1) >> shelf->slab_shift) + 1;

  for (slab += pool->added / step; pool->added < count; slab++) {
    uint32_t first = (slab << shelf->slab_shift) + 1;

    if (slab >= SLAB_COUNT || first + step - 1 > highest || !slab_ready(pool, first))
      return false;
    for (uint32_t i = 0; i < step; i++) {
      prepare(shelf, first + i);
      mpcc__pool_give(pool, first + i);
    }
    pool->added += step;
  }
  return true;
}
