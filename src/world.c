/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "world.h"

#include "allocator.h"
#include "batch.h"
#include "options.h"
#include "waiters.h"

enum { NUMBER_BITS_UNBOUNDED = 28 };

static int open_pool(struct mpcc__world *world)
{
  const struct mpcc_options *options = &world->options;
  uint32_t cells = mpcc__options_cells(options), segments;
  size_t stride = mpcc__pool_stride(sizeof(struct mpcc__batch), options->item_size, cells);
  int err;

  if (stride == 0)
    return MPCC_EINVAL;
  err = mpcc__options_segments(options, stride, &segments);
  if (err != 0)
    return err;
  world->number_bits = NUMBER_BITS_UNBOUNDED;
  if (segments != 0)
    for (world->number_bits = 1; segments >> world->number_bits != 0;)
      world->number_bits++;
  return mpcc__pool_open(&world->pool, &world->source, sizeof(struct mpcc__batch),
                         options->item_size, cells, segments)
             ? 0
             : MPCC_ENOMEM;
}

static void init_slot(struct mpcc__slot *slot, uint64_t capacity)
{
  mpcc__queue_init(&slot->queue, &slot->end);
  mpcc__ready_node_init(&slot->ready);
  mpcc__deadline_init(&slot->deadline);
  atomic_init(&slot->credit, capacity);
}

static int open_slots(struct mpcc__world *world)
{
  uint32_t count = world->options.slot_count;

  uint64_t bytes = (uint64_t)count * sizeof(*world->slots);

  if (bytes > SIZE_MAX)
    return MPCC_EINVAL;
  world->slots = mpcc__aligned_calloc(&world->source, (size_t)bytes);
  if (world->slots == NULL)
    return MPCC_ENOMEM;
  for (uint32_t i = 0; i < count; i++)
    init_slot(&world->slots[i], world->options.capacity);
  return 0;
}

static void init_shared(struct mpcc__world *world)
{
  atomic_init(&world->stop, MPCC__RUNNING);
  world->loop.stopping = MPCC__RUNNING;
  world->loop.recheck_ms = MPCC__NO_DEADLINE;
  mpcc__deadlines_init(&world->loop.deadlines);
  mpcc__ready_init(&world->ready);
  mpcc__ready_init(&world->done);
  mpcc__event_init(&world->event);
  mpcc__gate_init(&world->gate);
}

int mpcc__world_open(struct mpcc__world *world, const struct mpcc_options *options)
{
  int err;

  world->options = *options;
  world->options.allocator = NULL; /* the user's struct may be gone; what is needed is in source */
  world->source = mpcc__allocator_source(options->allocator);
  init_shared(world);
  err = open_pool(world);
  if (err != 0)
    return err;
  err = open_slots(world);
  if (err != 0)
    goto close_pool;
  err = mpcc__waiters_open(&world->waiters, &world->source);
  if (err != 0)
    goto free_slots;
  return 0;

free_slots:
  mpcc__aligned_free(&world->source, world->slots);
close_pool:
  mpcc__pool_close(&world->pool);
  return err;
}

void mpcc__world_close(struct mpcc__world *world)
{
  mpcc__waiters_close(world->waiters, &world->source);
  mpcc__aligned_free(&world->source, world->slots);
  mpcc__pool_close(&world->pool);
}
