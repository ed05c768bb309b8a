/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "front.h"

#include "batch.h"
#include "check.h"
#include "memory.h"
#include "weight.h"

enum {
  FEW = 8,                /* items that are taken at a time; */
  SCATTERED_MS = 100,     /* with an interval that is longer, ... */
  SCATTERED_SLOTS = 32768 /* ... or with fewer slots pushes are not scattered */
};

/* Every change of the head goes through here: let producers know where batches fill up now, and
 * forget what was known about the old one. */
static void head_changed(struct mpcc__world *world, struct mpcc__slot *slot, uint32_t before)
{
  uint32_t head = slot->end.head, phase = head != 0 ? slot->end.offset : 0, phase_before;

  if (head != before && slot->stamped == before)
    slot->stamped = 0;
  if (head != before && head != 0)
    mpcc__batch_at(&world->pool.shelf, head)->sealed_for = 0;
  /* relaxed: only the loop writes it. */
  phase_before = atomic_load_explicit(&slot->queue.phase, memory_order_relaxed);
  if (phase_before == phase)
    return;
  if (phase_before == 0 && world->loop.phases++ == 0)
    /* pairs slot.phase: before the phase, and so before the next look at the queue. */
    atomic_store_explicit(&world->usual_end, 0, memory_order_seq_cst);
  /* pairs slot.phase: the next look at the queue comes after this. */
  atomic_store_explicit(&slot->queue.phase, phase, memory_order_seq_cst);
  if (phase == 0 && --world->loop.phases == 0 && world->usual)
    /* relaxed: who still looks closer finds a phase that is 0. */
    atomic_store_explicit(&world->usual_end, world->pool.shelf.cap - 1, memory_order_relaxed);
}

/* -- Looking ------------------------------------------------------------------------------- */

void mpcc__front_fetch(const struct mpcc__world *world, const struct mpcc__slot *slot)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  uint32_t number = slot->end.head;
  const unsigned char *segment;

  if (number == 0)
    /* pairs queue.first: the segment may be looked up. */
    number = atomic_load_explicit(&slot->queue.first, memory_order_acquire);
  if (number == 0)
    return;
  segment = (const unsigned char *)mpcc__segment_at(shelf, number);
  for (size_t at = 0; at <= MPCC__SEGMENT_HEAD; at += MPCC__LINE)
    mpcc__prefetch_to_write(segment + at);
  mpcc__prefetch_to_write(segment + shelf->items_offset);
}

/* The first segment that has no time yet, or 0. */
static uint32_t next_to_stamp(const struct mpcc__shelf *shelf, const struct mpcc__slot *slot)
{
  uint32_t head = slot->end.head;

  if (slot->stamped == 0)
    return head;
  if (slot->stamped == head && mpcc__segment_at(shelf, head)->sealed != 0)
    /* pairs queue.first: nothing is linked behind a sealed head; the queue has begun anew. */
    return atomic_load_explicit(&slot->queue.first, memory_order_acquire);
  return mpcc__queue_next(shelf, slot->stamped);
}

/* Without a clock, a segment is as old as the first pass that sees it, unless its items came out of
 * lanes before. */
static void stamp_new(struct mpcc__world *world, struct mpcc__slot *slot)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  uint32_t number;

  if (world->outside.clock_ns != NULL)
    return;
  number = next_to_stamp(shelf, slot);
  while (number != 0) {
    struct mpcc__segment *segment = mpcc__segment_at(shelf, number);

    if (segment->stamp_ms == MPCC__UNSEEN)
      segment->stamp_ms = world->loop.now_ms;
    slot->stamped = number;
    number = mpcc__queue_next(shelf, number);
  }
}

/* The head is full, and ${missing} items of a batch are gone: find them in the segment behind. */
static void look_behind(struct mpcc__world *world, struct mpcc__slot *slot, uint32_t missing,
                        struct mpcc__front *front)
{
  struct mpcc__queue_behind behind =
      mpcc__queue_look_behind(&slot->queue, &slot->end, &world->pool.shelf, missing);

  front->count = front->rest + behind.published;
  if (behind.published < behind.claimed || (behind.claimed != 0 && behind.segment == 0))
    front->state = MPCC__FRONT_STUCK;
  else if (behind.published == missing || behind.final)
    front->state = MPCC__FRONT_WHOLE;
  else
    front->state = MPCC__FRONT_GROWS;
  front->full = behind.published == missing;
}

static void look_at_whole(struct mpcc__world *world, struct mpcc__slot *slot,
                          struct mpcc__front *front)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  uint32_t missing = shelf->cap - front->rest;

  front->state = MPCC__FRONT_WHOLE;
  front->count = front->rest;
  front->full = missing == 0;
  if (missing != 0 && mpcc__segment_at(shelf, slot->end.head)->sealed == 0)
    look_behind(world, slot, missing, front);
}

static struct mpcc__front look(struct mpcc__world *world, struct mpcc__slot *slot)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  struct mpcc__front front = {MPCC__FRONT_EMPTY, MPCC__QUEUE_EMPTY, 0, 0, false};
  uint32_t before = slot->end.head, retired;

  front.head = mpcc__queue_look(&slot->queue, &slot->end, shelf, &front.rest, &retired);
  mpcc__memory_give(world, retired);
  head_changed(world, slot, before);
  stamp_new(world, slot);
  switch (front.head) {
  case MPCC__QUEUE_EMPTY:
    return front;
  case MPCC__QUEUE_STUCK:
    front.state = MPCC__FRONT_STUCK;
    if (slot->end.head != 0)
      front.count = mpcc__queue_published(&slot->end, shelf, front.rest);
    break;
  case MPCC__QUEUE_PARTIAL:
    front.state = MPCC__FRONT_GROWS;
    front.count = front.rest;
    break;
  case MPCC__QUEUE_WHOLE:
    look_at_whole(world, slot, &front);
    break;
  }
  if (world->options.weigh != NULL && slot->end.head != 0)
    mpcc__weight_look(world, slot, &front);
  return front;
}

struct mpcc__front mpcc__front_look(struct mpcc__world *world, struct mpcc__slot *slot,
                                    bool wanted)
{
  struct mpcc__front front = look(world, slot);

  if (front.state == MPCC__FRONT_STUCK && wanted)
    if (mpcc__stores_apply(&world->stores, &world->source, &world->pool.shelf))
      front = look(world, slot);
  return front;
}

/* -- Taking -------------------------------------------------------------------------------- */

static unsigned char *cell(const struct mpcc__shelf *shelf, struct mpcc__batch *batch,
                           uint32_t index)
{
  return mpcc__segment_items(shelf, &batch->segment) + index * shelf->item_size;
}

uint32_t mpcc__front_items(struct mpcc__world *world, struct mpcc__slot *slot, uint32_t limit,
                           const unsigned char **items)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  uint32_t count = mpcc__queue_published(&slot->end, shelf, limit);

  if (count < limit && mpcc__stores_apply(&world->stores, &world->source, shelf))
    count = mpcc__queue_published(&slot->end, shelf, limit);
  *items = cell(shelf, mpcc__batch_at(shelf, slot->end.head), slot->end.offset);
  return count;
}

uint32_t mpcc__front_skip(struct mpcc__world *world, struct mpcc__slot *slot, uint32_t count)
{
  uint32_t before = slot->end.head, retired;

  mpcc__queue_skip(&slot->end, &world->pool.shelf, count, &retired);
  head_changed(world, slot, before);
  return retired;
}

/* How few items at a time are better scattered (0: none are): where slots are so many that they are
 * in no cache, and what stands on the stage leaves it soon, so that the ingress can be closed. */
static uint32_t few_together(const struct mpcc__world *world)
{
  const struct mpcc_options *options = &world->options;
  uint32_t quarter = world->pool.shelf.cap / 4;

  if (world->outside.clock_ns == NULL || options->push_interval_ms > SCATTERED_MS ||
      options->slot_count < SCATTERED_SLOTS)
    return 0;
  return quarter < FEW ? quarter : FEW;
}

/* The head is about to be taken. */
static void note(struct mpcc__world *world, const struct mpcc__slot *slot,
                 const struct mpcc__segment *segment)
{
  const struct mpcc__stores_take take = {
    .slot = mpcc__slot_number(world, slot),
    .items = slot->end.seen,
    /* relaxed: a hint. */
    .shared = atomic_load_explicit(&segment->shared, memory_order_relaxed),
    .few = few_together(world),
  };

  switch (mpcc__stores_note(&world->stores, &take, world->loop.now_ms)) {
  case MPCC__STORES_ON:
    /* relaxed: nothing goes with it; who sees it late does as before. */
    atomic_fetch_or_explicit(&world->detour, MPCC__DETOUR_SHARED, memory_order_relaxed);
    break;
  case MPCC__STORES_OFF:
    /* relaxed: as above. */
    atomic_fetch_and_explicit(&world->detour, ~(unsigned)MPCC__DETOUR_SHARED,
                              memory_order_relaxed);
    break;
  case MPCC__STORES_SCATTERED:
    world->loop.scattered = true; /* the pass sees to it */
    break;
  case MPCC__STORES_STAY:
    break;
  }
}

static struct mpcc__batch *take_head(struct mpcc__world *world, struct mpcc__slot *slot)
{
  struct mpcc__batch *batch = mpcc__batch_at(&world->pool.shelf, slot->end.head);
  uint32_t before = slot->end.head;

  if (world->may_store && !world->loop.scattered)
    note(world, slot, &batch->segment);
  mpcc__queue_take(&slot->end, &world->pool.shelf);
  head_changed(world, slot, before);
  return batch;
}

/* The rest of the head, and ${more} items of the segment behind. */
static struct mpcc__batch *take_and_fill(struct mpcc__world *world, struct mpcc__slot *slot,
                                         uint32_t offset, uint32_t rest, uint32_t more)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  struct mpcc__batch *batch = take_head(world, slot);
  const unsigned char *items;
  uint32_t found, retired;

  memmove(cell(shelf, batch, 0), cell(shelf, batch, offset), rest * shelf->item_size);
  (void)mpcc__queue_look(&slot->queue, &slot->end, shelf, &found, &retired);
  MPCC__CHECK(retired == 0);
  head_changed(world, slot, 0);
  found = mpcc__front_items(world, slot, more, &items);
  MPCC__CHECK(found == more);
  memcpy(cell(shelf, batch, rest), items, found * shelf->item_size);
  mpcc__memory_give(world, mpcc__front_skip(world, slot, more));
  return batch;
}

/* The first ${count} items of the head, which has more, or may get more, or is another batch's
 * memory. */
static struct mpcc__batch *take_some(struct mpcc__world *world, struct mpcc__slot *slot,
                                     uint32_t count, uint32_t *from)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  struct mpcc__batch *head = mpcc__batch_at(shelf, slot->end.head), *batch = head;
  uint32_t number = mpcc__pool_take(&world->pool), retired;

  if (number == 0)
    number = mpcc__memory_take_spare(world); /* the loop may have some when the pool has none */
  *from = slot->end.offset;
  if (number == 0 && !head->segment.spent)
    return NULL;
  if (number != 0) {
    batch = mpcc__batch_at(shelf, number);
    memcpy(cell(shelf, batch, 0), cell(shelf, head, *from), count * shelf->item_size);
    batch->segment.sealed = count; /* marks are set in these cells at most */
    *from = 0;
  }
  retired = mpcc__front_skip(world, slot, count);
  if (number == 0)
    head->segment.spent = false;
  else
    mpcc__memory_give(world, retired);
  return batch;
}

struct mpcc__batch *mpcc__front_take(struct mpcc__world *world, struct mpcc__slot *slot,
                                     const struct mpcc__front *front)
{
  uint64_t taken = mpcc__slot_taken(slot);
  uint32_t from = slot->end.offset, head = slot->end.head;
  struct mpcc__batch *batch;

  if (front->head != MPCC__QUEUE_WHOLE || front->count < front->rest) {
    batch = take_some(world, slot, front->count, &from);
  } else if (!mpcc__segment_at(&world->pool.shelf, head)->spent) {
    batch = front->count == front->rest ? take_some(world, slot, front->count, &from) : NULL;
  } else if (front->count == front->rest) {
    batch = take_head(world, slot);
  } else {
    batch = take_and_fill(world, slot, from, front->rest, front->count - front->rest);
    from = 0;
  }
  if (batch == NULL)
    return NULL;
  if (world->options.weigh != NULL)
    mpcc__weight_take(world, slot);
  mpcc__batch_form(batch, world->core, mpcc__slot_number(world, slot), from, from + front->count,
                   taken);
  mpcc__batch_show(batch, &world->pool.shelf, from, from + front->count);
  return batch;
}

/* -- Sealing ------------------------------------------------------------------------------- */

bool mpcc__front_settle(struct mpcc__world *world, struct mpcc__slot *slot)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  uint32_t before = slot->end.head, retired;

  if (before != 0)
    mpcc__queue_settle_taken(&slot->queue, &slot->end, shelf, &retired);
  else
    mpcc__queue_settle(&slot->queue, &slot->end, shelf, &retired);
  head_changed(world, slot, before);
  mpcc__memory_give(world, retired);
  return slot->end.head == 0 && slot->end.bridge == 0;
}

void mpcc__front_seal(struct mpcc__world *world, struct mpcc__slot *slot, int due)
{
  uint32_t retired;

  mpcc__batch_at(&world->pool.shelf, slot->end.head)->sealed_for = due;
  mpcc__queue_settle(&slot->queue, &slot->end, &world->pool.shelf, &retired);
}

void mpcc__front_close(struct mpcc__world *world, struct mpcc__slot *slot)
{
  uint32_t retired;

  mpcc__queue_close(&slot->queue, &slot->end, &world->pool.shelf, &retired);
  mpcc__memory_give(world, retired);
}

uint64_t mpcc__front_since_ms(const struct mpcc__world *world, const struct mpcc__slot *slot)
{
  struct mpcc__segment *head = mpcc__segment_at(&world->pool.shelf, slot->end.head);
  /* relaxed: seen with the item; before that it is not needed. */
  uint64_t older_ms = atomic_load_explicit(&head->older_ms, memory_order_relaxed);
  uint64_t stamp_ms = older_ms < head->stamp_ms ? older_ms : head->stamp_ms;

  return stamp_ms > world->loop.start_ms ? stamp_ms : world->loop.start_ms;
}

int mpcc__front_sealed_for(const struct mpcc__world *world, const struct mpcc__slot *slot)
{
  return mpcc__batch_at(&world->pool.shelf, slot->end.head)->sealed_for;
}
