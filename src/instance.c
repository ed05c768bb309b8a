/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "instance.h"

#include "allocator.h"
#include "check.h"

static int open_lock(mpcc_t *m)
{
  if (uv_mutex_init(&m->lock) != 0)
    return MPCC_ENOMEM;
  if (uv_cond_init(&m->on_end) != 0) {
    uv_mutex_destroy(&m->lock);
    return MPCC_ENOMEM;
  }
  return 0;
}

static struct mpcc__outside choose_outside(const struct mpcc_options *options)
{
  struct mpcc__outside loop = {mpcc__loop_wake, mpcc__loop_clock_ns, mpcc__platform_yield};
  struct mpcc__outside manual = {mpcc__manual_wake, NULL, mpcc__platform_yield};

  return options->manual ? manual : loop;
}

int mpcc__instance_create(mpcc_t **mpcc, const struct mpcc_options *options,
                          void (*finished)(void *owner))
{
  struct mpcc__source source = mpcc__allocator_source(options->allocator);
  mpcc_t *m = mpcc__aligned_calloc(&source, sizeof(*m));
  int err;

  if (m == NULL)
    return MPCC_ENOMEM;
  m->world.handle = m;
  m->world.driver = &m->loop;
  m->world.outside = choose_outside(options);
  /* A manual instance repeats itself; others must not retry in step with each other. */
  m->world.loop.random = options->manual ? UINT64_C(0x9e3779b97f4a7c15) : mpcc__platform_random();
  err = mpcc__world_open(&m->world, options);
  if (err != 0)
    goto free_handle;
  err = open_lock(m);
  if (err != 0)
    goto close_world;
  m->state = MPCC__IDLE;
  m->begun = MPCC__FIRST_TICKET;
  m->ended = MPCC__FIRST_TICKET;
  mpcc__manual_init(&m->manual);
  mpcc__loop_init(&m->loop, &m->world, options->loop, finished, m);
  *mpcc = m;
  return 0;

close_world:
  mpcc__world_close(&m->world);
free_handle:
  mpcc__aligned_free(&source, m);
  return err;
}

void mpcc__instance_free(mpcc_t *m)
{
  struct mpcc__source source = m->world.source;

  mpcc__loop_join(&m->loop);
  uv_cond_destroy(&m->on_end);
  uv_mutex_destroy(&m->lock);
  mpcc__world_close(&m->world);
  mpcc__aligned_free(&source, m);
}
