/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "weight.h"

#define WEIGHT_STEP (UINT64_C(1) << 31)

static size_t weigh(const struct mpcc__world *world, const unsigned char *item)
{
  return world->options.weigh(item, world->options.weigh_arg);
}

static uint64_t load_of(size_t weight)
{
  return weight < WEIGHT_STEP ? weight : WEIGHT_STEP;
}

static uint64_t load_of_items(const struct mpcc__world *world, const unsigned char *items,
                              size_t count)
{
  uint64_t sum = 0;

  for (size_t i = 0; i < count; i++)
    sum += load_of(weigh(world, items + i * world->options.item_size));
  return sum;
}

/* -- Producers ----------------------------------------------------------------------------- */

size_t mpcc__weight_carried(const struct mpcc__world *world, const void *items, size_t count)
{
  const unsigned char *item = (const unsigned char *)items;

  for (size_t i = 0; i < count; i++, item += world->options.item_size)
    if (weigh(world, item) > world->options.max_batch_weight)
      return i;
  return count;
}

bool mpcc__weight_add(struct mpcc__world *world, struct mpcc__slot *slot, const void *items,
                      size_t count)
{
  uint64_t more = load_of_items(world, (const unsigned char *)items, count), now;

  /* pairs slot.load: before the look below. The loop may have taken the items already, so the
   * sum may be a little below zero. */
  now = atomic_fetch_add_explicit(&mpcc__burden_of(world, slot)->load, more,
                                  memory_order_acq_rel) +
        more;
  if (now < load_of(world->options.max_batch_weight) || now > UINT64_MAX / 2)
    return false;
  /* relaxed: the addition has acquired it. At its cap the slot is looked at when a batch is
   * settled. */
  return atomic_load_explicit(&slot->in_flight_count, memory_order_relaxed) <
         world->options.max_concurrency;
}

/* -- Loop ---------------------------------------------------------------------------------- */

/* Where the item is that has ${index} others before it in the queue. */
static const unsigned char *item_at(struct mpcc__world *world, struct mpcc__slot *slot,
                                    const struct mpcc__front *front, uint32_t index)
{
  const struct mpcc__shelf *shelf = &world->pool.shelf;
  uint32_t number = slot->end.head, cell = slot->end.offset + index;

  if (index >= front->rest) {
    number = mpcc__queue_next(shelf, number);
    cell = index - front->rest;
  }
  return mpcc__segment_items(shelf, mpcc__segment_at(shelf, number)) + cell * shelf->item_size;
}

/* Weigh on, from where the last look has ended: false if the next item is too much. */
static bool weigh_up_to(struct mpcc__world *world, struct mpcc__slot *slot,
                        const struct mpcc__front *front, uint32_t count)
{
  struct mpcc__burden *burden = mpcc__burden_of(world, slot);

  for (; burden->weighed < count; burden->weighed++) {
    size_t weight = weigh(world, item_at(world, slot, front, burden->weighed));

    /* One alone goes, whatever it weighs: only a weigh() that changes its mind makes it so. */
    if (burden->weighed != 0 && weight > world->options.max_batch_weight - burden->weight)
      return false;
    burden->weight = weight < SIZE_MAX - burden->weight ? burden->weight + weight : SIZE_MAX;
    burden->weight_load += load_of(weight);
    if (burden->weight > world->options.max_batch_weight)
      burden->weight = world->options.max_batch_weight;
  }
  return true;
}

void mpcc__weight_look(struct mpcc__world *world, struct mpcc__slot *slot,
                       struct mpcc__front *front)
{
  const struct mpcc__burden *burden = mpcc__burden_of(world, slot);
  const unsigned char *ignored;
  uint32_t count = front->count;

  if (front->head == MPCC__QUEUE_PARTIAL)
    count = mpcc__front_items(world, slot, front->rest, &ignored);
  if (!weigh_up_to(world, slot, front, count) ||
      burden->weight >= world->options.max_batch_weight) {
    front->state = MPCC__FRONT_WHOLE;
    front->count = burden->weighed;
    front->full = true;
  }
}

/* What was weighed at the front is not there any more; ${load} of the slot's load is not, either.
 * */
static void lighten(struct mpcc__burden *burden, uint64_t load)
{
  /* relaxed: items that come later are added to what is left. */
  atomic_fetch_sub_explicit(&burden->load, load, memory_order_relaxed);
  burden->weighed = 0;
  burden->weight = 0;
  burden->weight_load = 0;
}

void mpcc__weight_take(struct mpcc__world *world, struct mpcc__slot *slot)
{
  struct mpcc__burden *burden = mpcc__burden_of(world, slot);

  lighten(burden, burden->weight_load);
}

void mpcc__weight_drop(struct mpcc__world *world, struct mpcc__slot *slot,
                       const unsigned char *items, uint32_t count)
{
  lighten(mpcc__burden_of(world, slot), load_of_items(world, items, count));
}
