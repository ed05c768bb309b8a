/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "world.h"

#include "allocator.h"
#include "batch.h"
#include "check.h"
#include "ingress.h"
#include "lanes.h"
#include "options.h"
#include "waiters.h"
#include "workers.h"

enum { NUMBER_BITS_MAX = 28, SPARE_BITS = 8, SLAB_OVERHEAD = 2 * MPCC__LINE };

/* A batch id is a generation and the number of a segment. The fewer bits the number has, the longer
 * a generation lasts; some are for segments that are added later. */
static void set_number_bits(struct mpcc__world *world, uint32_t segments)
{
  unsigned bits = 1;

  while (segments >> bits != 0)
    bits++;
  bits += SPARE_BITS;
  world->number_bits = segments == 0 || bits > NUMBER_BITS_MAX ? NUMBER_BITS_MAX : bits;
}

/* Segments that options.max_memory allows. */
static uint32_t ration(const struct mpcc_options *options, size_t stride)
{
  size_t segments = options->max_memory / (stride + SLAB_OVERHEAD);

  return segments < UINT32_MAX ? (uint32_t)segments : UINT32_MAX;
}

static int open_pool(struct mpcc__world *world)
{
  const struct mpcc_options *options = &world->options;
  uint32_t cells = mpcc__options_cells(options), segments;
  size_t stride = mpcc__pool_stride(options->item_size, cells);
  int err;

  if (stride == 0)
    return MPCC_EINVAL;
  err = mpcc__options_segments(options, stride, &segments);
  if (err != 0)
    return err;
  set_number_bits(world, segments);
  if (mpcc__world_rationed(world) && ration(options, stride) == 0)
    return MPCC_EINVAL;
  if (!mpcc__pool_open(&world->pool, &world->source, options->item_size, cells, segments))
    return MPCC_ENOMEM;
  if (mpcc__world_rationed(world))
    mpcc__pool_limit(&world->pool, ration(options, stride));
  return 0;
}

static void init_slot(struct mpcc__slot *slot, uint64_t capacity)
{
  mpcc__queue_init(&slot->queue, &slot->end);
  mpcc__ready_node_init(&slot->ready);
  mpcc__deadline_init(&slot->deadline);
  slot->stuck_ms = MPCC__NO_DEADLINE;
  atomic_init(&slot->fated, MPCC__FIRST_TICKET);
  atomic_init(&slot->credit, capacity);
}

/* Zeroed, or NULL with *err: sizes overflow, or memory is refused. */
static void *new_array(const struct mpcc__world *world, size_t size, int *err)
{
  uint64_t bytes = (uint64_t)world->options.slot_count * size;
  void *array = NULL;

  if (*err == 0 && bytes > SIZE_MAX)
    *err = MPCC_EINVAL;
  if (*err == 0)
    array = mpcc__aligned_calloc(&world->source, (size_t)bytes);
  if (*err == 0 && array == NULL)
    *err = MPCC_ENOMEM;
  return array;
}

static void free_slots(struct mpcc__world *world)
{
  mpcc__aligned_free(&world->source, world->wishes);
  mpcc__aligned_free(&world->source, world->burdens);
  mpcc__aligned_free(&world->source, world->slots);
}

static int open_slots(struct mpcc__world *world)
{
  int err = 0;

  world->slots = new_array(world, sizeof(*world->slots), &err);
  if (world->options.weigh != NULL)
    world->burdens = new_array(world, sizeof(*world->burdens), &err);
  if (world->options.on_room != NULL)
    world->wishes = new_array(world, sizeof(*world->wishes), &err);
  if (err != 0) {
    free_slots(world);
    return err;
  }
  for (uint32_t i = 0; i < world->options.slot_count; i++) {
    init_slot(&world->slots[i], world->options.capacity);
    if (world->wishes != NULL)
      mpcc__ready_node_init(&world->wishes[i].starving);
  }
  return 0;
}

/* A segment that is no queue's: its number is 0. */
static struct mpcc__segment nowhere;

static void init_pushing(struct mpcc__world *world)
{
  const struct mpcc_options *options = &world->options;
  unsigned detour = 0;

  if (options->capacity != 0)
    detour |= MPCC__DETOUR_ROOM;
  if (options->weigh != NULL || mpcc__world_rationed(world))
    detour |= MPCC__DETOUR_CARE;
  atomic_init(&world->detour, detour);
  world->usual = mpcc__item_is_usual(options->item_size);
  atomic_init(&world->usual_end, world->usual ? mpcc__options_cells(options) - 1 : 0);
  mpcc__stores_init(&world->stores, options->item_size);
  world->may_store = detour == 0 && world->usual && mpcc__options_cells(options) > 2;
  if (world->may_store && MPCC__STORES_ALWAYS) {
    world->stores.on = true;
    atomic_init(&world->detour, MPCC__DETOUR_SHARED);
  }
  for (int i = 0; i < MPCC__HINTS; i++)
    atomic_init(&world->hints[i], &nowhere);
}

static void init_shared(struct mpcc__world *world)
{
  init_pushing(world);
  atomic_init(&world->stop, MPCC__RUNNING);
  world->loop.pass = MPCC__FIRST_32;
  world->loop.stopping = MPCC__RUNNING;
  world->loop.recheck_ms = MPCC__NO_DEADLINE;
  world->loop.lanes_ms = MPCC__NO_DEADLINE;
  mpcc__deadlines_init(&world->loop.deadlines);
  mpcc__deadlines_init(&world->loop.batch_deadlines);
  mpcc__ready_init(&world->ready);
  mpcc__ready_init(&world->done);
  mpcc__event_init(&world->event);
  mpcc__ready_init(&world->starving);
}

/* Every push into an empty slot wakes, or is missed; and who means never has never. */
static uint64_t interval_without_ticks(uint64_t interval_ms)
{
  return interval_ms < UINT64_C(60000) ? 0 : MPCC_NO_INTERVAL;
}

int mpcc__world_open(struct mpcc__world *world, const struct mpcc_options *options)
{
  int err;

  world->options = *options;
  if (world->options.lane_capacity == 0)
    world->options.lane_capacity = MPCC__LANE_CAPACITY;
  if (!MPCC__TICKS && !options->manual)
    world->options.push_interval_ms = interval_without_ticks(options->push_interval_ms);
  world->options.allocator = NULL; /* the user's struct may be gone; what is needed is in source */
  world->source = mpcc__allocator_source(options->allocator);
  init_shared(world);
  if (mpcc__lane_bytes(options->item_size, world->options.lane_capacity) == 0)
    return MPCC_EINVAL;
  err = open_pool(world);
  if (err != 0)
    return err;
  err = open_slots(world);
  if (err != 0)
    goto close_pool;
  err = mpcc__waiters_open(&world->waiters, &world->source);
  if (err != 0)
    goto close_slots;
  err = mpcc__lanes_open(world);
  if (err != 0)
    goto close_waiters;
  world->core = mpcc__core_new(world, &world->pool);
  if (world->core == NULL)
    goto close_lanes;
  if (mpcc__workers_open(world) != 0)
    goto free_core;
  return 0;

free_core:
  mpcc__core_let_go(world->core);
close_lanes:
  mpcc__lanes_close(world);
  err = MPCC_ENOMEM;
close_waiters:
  mpcc__waiters_close(world->waiters, &world->source);
close_slots:
  free_slots(world);
close_pool:
  mpcc__pool_close(&world->pool);
  return err;
}

bool mpcc__world_refill(struct mpcc__world *world)
{
  if (!mpcc__world_reserved(world))
    return true;
  return mpcc__pool_add(&world->pool, mpcc__core_out(world->core),
                        (UINT32_C(1) << world->number_bits) - 1);
}

void mpcc__world_close(struct mpcc__world *world)
{
  mpcc__core_leave_home(world->core, world->outside.yield);
  mpcc__workers_close(world);
  mpcc__lanes_close(world);
  mpcc__ingress_free(world->ingress, &world->source);
  mpcc__waiters_close(world->waiters, &world->source);
  mpcc__rings_free(&world->stores.rings, &world->source);
  free_slots(world);
  mpcc__pool_close(&world->pool);
  mpcc__core_let_go(world->core);
}
