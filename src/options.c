/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <string.h>

enum {
  ITEM_SIZE_MAX = 65536,
  BATCH_SIZE_MAX = 1048576,
  WORKERS_MAX = 1024,
  SPARE_BYTES = 1 << 20, /* segments that pushers hold for a moment and may not need */
  SPARE_MIN = 2,
  SPARE_MAX = 64
};
#define SEGMENTS_MAX ((UINT32_C(1) << 28) - 1)

static void set_defaults(struct mpcc_options *options)
{
  memset(options, 0, sizeof(*options));
  options->slot_count = 1;
  options->batch_size = 500;
  options->max_concurrency = 1;
  options->push_interval_ms = 100;
  options->pump_on = MPCC_PUMP_ON_LOOP;
  options->worker_count = 4;
  options->max_attempts = 1;
  options->retry_delay_ms = 100;
  options->retry_delay_max_ms = 30000;
  options->lane_capacity = MPCC__LANE_CAPACITY;
}

void mpcc_options_init(mpcc_options_t *options)
{
  if (options != NULL)
    set_defaults(options);
}

/* -- Checks -------------------------------------------------------------------------------- */

static bool in_range(const struct mpcc_options *options)
{
  return options->item_size >= 1 && options->item_size <= ITEM_SIZE_MAX &&
         options->slot_count >= 1 && options->slot_count != MPCC_ALL_SLOTS &&
         options->batch_size >= 1 && options->batch_size <= BATCH_SIZE_MAX &&
         options->max_concurrency >= 1 && options->max_attempts >= 1;
}

static bool allocator_whole(const struct mpcc_allocator *allocator)
{
  return allocator == NULL || (allocator->malloc != NULL && allocator->calloc != NULL &&
                               allocator->realloc != NULL && allocator->free != NULL);
}

static bool reserved_zero(const struct mpcc_options *options)
{
  for (size_t i = 0; i < sizeof(options->reserved) / sizeof(options->reserved[0]); i++)
    if (options->reserved[i] != 0)
      return false;
  return true;
}

static bool workers_right(const struct mpcc_options *options)
{
  if (options->pump_on == MPCC_PUMP_ON_LOOP)
    return true;
  return options->pump_on == MPCC_PUMP_ON_WORKER && !options->manual &&
         options->worker_count >= 1 && options->worker_count <= WORKERS_MAX;
}

int mpcc__options_check(const struct mpcc_options *options)
{
  if (!in_range(options) || !allocator_whole(options->allocator) || !reserved_zero(options))
    return MPCC_EINVAL;
  if (options->manual && options->loop != NULL)
    return MPCC_EINVAL;
  if ((options->max_batch_weight != 0) != (options->weigh != NULL))
    return MPCC_EINVAL;
  return workers_right(options) ? 0 : MPCC_EINVAL;
}

/* -- Sizes --------------------------------------------------------------------------------- */

uint32_t mpcc__options_cells(const struct mpcc_options *options)
{
  if (options->capacity != 0 && options->capacity < options->batch_size)
    return (uint32_t)options->capacity;
  return options->batch_size;
}

static uint32_t spare_segments(size_t stride)
{
  size_t spare = SPARE_BYTES / stride;

  if (spare < SPARE_MIN)
    return SPARE_MIN;
  return spare > SPARE_MAX ? SPARE_MAX : (uint32_t)spare;
}

int mpcc__options_segments(const struct mpcc_options *options, size_t stride, uint32_t *segments)
{
  uint32_t cells = mpcc__options_cells(options);
  uint64_t per_slot, all;

  if (options->capacity == 0 || options->max_memory != 0) {
    *segments = 0;
    return 0;
  }
  /* Queued: full ones, one partial at each end. Beyond: the one whose link is awaited, and those in
   * flight. */
  per_slot = options->capacity / cells;
  if (per_slot > SEGMENTS_MAX)
    return options->capacity > SIZE_MAX / options->item_size ? MPCC_EINVAL : MPCC_ENOMEM;
  per_slot += UINT64_C(3) + options->max_concurrency;
  if (per_slot > UINT64_MAX / 2 / options->slot_count)
    return MPCC_EINVAL;
  all = per_slot * options->slot_count;
  if (all > SIZE_MAX / stride)
    return MPCC_EINVAL;
  all += spare_segments(stride);
  if (all > SEGMENTS_MAX)
    return MPCC_ENOMEM;
  *segments = (uint32_t)all;
  return 0;
}
