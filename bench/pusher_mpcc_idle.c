/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * An instance that is not started while threads push into it. It is that once in its life: so
 * draining one starts and ends it, and makes the next. All of them live one after the other in
 * the same memory, which is therefore as warm as that of who is never made anew.
 */
#include <stdatomic.h>
#include <string.h>

#include "pusher_mpcc.h"

enum { HEADER = 64, FIXED_BYTES = 16 << 20 };

/* Memory is given out once and taken back all at once. */
struct arena {
  unsigned char *memory;
  size_t size;
  _Atomic size_t used;
};

struct idle_pusher {
  struct mpcc_pusher *pusher;
  mpcc_allocator_t allocator;
  struct arena arena;
};

/* -- The arena ----------------------------------------------------------------------------- */

static void *arena_malloc(size_t size, void *user)
{
  struct arena *arena = user;
  const size_t whole = HEADER + (size + HEADER - 1) / HEADER * HEADER;
  /* relaxed: it only divides the memory; what is in it, its owner tells others about. */
  const size_t at = atomic_fetch_add_explicit(&arena->used, whole, memory_order_relaxed);

  if (whole > arena->size || at > arena->size - whole)
    return NULL;
  memcpy(arena->memory + at, &size, sizeof size);
  return arena->memory + at + HEADER;
}

static void *arena_calloc(size_t count, size_t size, void *user)
{
  void *memory = arena_malloc(count * size, user);

  if (memory != NULL)
    memset(memory, 0, count * size);
  return memory;
}

static void *arena_realloc(void *memory, size_t size, void *user)
{
  void *larger = arena_malloc(size, user);
  size_t before;

  if (memory != NULL && larger != NULL) {
    memcpy(&before, (unsigned char *)memory - HEADER, sizeof before);
    memcpy(larger, memory, before < size ? before : size);
  }
  return larger;
}

static void arena_free(void *memory, void *user)
{
  (void)memory;
  (void)user;
}

static bool arena_open(struct arena *arena, size_t size)
{
  arena->size = size;
  atomic_init(&arena->used, 0);
  arena->memory = aligned_alloc(HEADER, size / HEADER * HEADER);
  return arena->memory != NULL;
}

static void arena_reset(struct arena *arena)
{
  /* relaxed: one thread, between instances. */
  atomic_store_explicit(&arena->used, 0, memory_order_relaxed);
}

/* -- One instance after the other ---------------------------------------------------------- */

static bool create(struct idle_pusher *idle)
{
  arena_reset(&idle->arena);
  return mpcc_create(&idle->pusher->mpcc, &idle->pusher->options) == 0;
}

static void idle_free(struct idle_pusher *idle)
{
  free(idle->arena.memory);
  free(idle->pusher);
  free(idle);
}

static void *open_idle(const struct pusher_job *job, bool bounded, size_t lane_capacity)
{
  struct idle_pusher *idle = calloc(1, sizeof *idle);
  const size_t items = job->room * job->slots;

  if (idle == NULL)
    return NULL;
  idle->allocator =
      (mpcc_allocator_t){arena_malloc, arena_calloc, arena_realloc, arena_free, &idle->arena};
  idle->pusher = mpcc_pusher_new(job, bounded);
  if (idle->pusher == NULL || !arena_open(&idle->arena, FIXED_BYTES + items * job->item_size * 4)) {
    idle_free(idle);
    return NULL;
  }
  idle->pusher->options.manual = true;
  idle->pusher->options.lane_capacity = lane_capacity;
  idle->pusher->options.allocator = &idle->allocator;
  if (!create(idle)) {
    idle_free(idle);
    return NULL;
  }
  return idle;
}

static void *idle_open(const struct pusher_job *job)
{
  return open_idle(job, false, 0);
}

static void *idle_open_bounded(const struct pusher_job *job)
{
  return open_idle(job, true, 0);
}

static void *idle_open_handle(const struct pusher_job *job)
{
  return open_idle(job, false, job->room);
}

static bool idle_join(void *arg, struct pushing *pushing)
{
  return mpcc_pusher_join(((struct idle_pusher *)arg)->pusher, pushing);
}

static bool idle_join_handle(void *arg, struct pushing *pushing)
{
  return mpcc_pusher_join_handle(((struct idle_pusher *)arg)->pusher, pushing);
}

static void end(struct mpcc_pusher *pusher)
{
  mpcc_complete(pusher->mpcc, MPCC_DRAIN, NULL, NULL);
  while (mpcc_wait(pusher->mpcc, 0) != 0)
    mpcc_step(pusher->mpcc, pusher->now_ms, NULL);
  mpcc_destroy(pusher->mpcc);
}

static size_t idle_drain(void *arg)
{
  struct idle_pusher *idle = arg;

  idle->pusher->taken = 0;
  if (mpcc_start(idle->pusher->mpcc, mpcc_pusher_pump, idle->pusher) != 0)
    return 0;
  end(idle->pusher);
  return create(idle) ? idle->pusher->taken : 0;
}

static void idle_close(void *arg)
{
  struct idle_pusher *idle = arg;

  mpcc_destroy(idle->pusher->mpcc);
  idle_free(idle);
}

const struct pusher pusher_mpcc_idle = {
    .name = "mpcc push",
    .what = "mpcc_push; unbounded; not started",
    .open = idle_open,
    .join = idle_join,
    .drain = idle_drain,
    .close = idle_close,
};

const struct pusher pusher_mpcc_idle_bounded = {
    .name = "mpcc bounded",
    .what = "the same with a capacity",
    .open = idle_open_bounded,
    .join = idle_join,
    .drain = idle_drain,
    .close = idle_close,
};

const struct pusher pusher_mpcc_idle_handle = {
    .name = "mpcc handle",
    .what = "mpcc_producer_push; a lane that holds all",
    .open = idle_open_handle,
    .join = idle_join_handle,
    .leave = mpcc_pusher_leave_handle,
    .drain = idle_drain,
    .close = idle_close,
};
