/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "core.h"

struct mpcc__core *mpcc__core_new(struct mpcc__world *world, struct mpcc__pool *pool)
{
  struct mpcc__core *core = mpcc__aligned_calloc(&pool->source, sizeof(*core));

  if (core == NULL)
    return NULL;
  core->world = world;
  core->pool = pool;
  core->slabs = mpcc__pool_slabs(pool);
  atomic_init(&core->refs, 1);
  mpcc__gate_init(&core->gate);
  mpcc__gate_init(&core->home);
  return core;
}

void mpcc__core_refer(struct mpcc__core *core)
{
  /* pairs core.refs: relaxed, as who refers has a reference already. */
  atomic_fetch_add_explicit(&core->refs, 1, memory_order_relaxed);
}

void mpcc__core_let_go(struct mpcc__core *core)
{
  struct mpcc__source source = core->slabs.source;

  /* pairs core.refs: the last one frees what nobody touches any more. */
  if (atomic_fetch_sub_explicit(&core->refs, 1, memory_order_acq_rel) == 1)
    mpcc__aligned_free(&source, core);
}

uint32_t mpcc__core_out(const struct mpcc__core *core)
{
  /* pairs core.out: see core.h. */
  return atomic_load_explicit(&core->out, memory_order_acquire);
}

void mpcc__core_leave_home(struct mpcc__core *core, void (*yield)(void))
{
  while (!mpcc__gate_try_close(&core->home))
    yield();
}

void mpcc__core_abandon(struct mpcc__core *core, struct mpcc__segment *segment)
{
  mpcc__slab_hold(&core->slabs, segment);
  /* relaxed: counted by this thread, or with it at rest. */
  atomic_fetch_add_explicit(&core->out, 1, memory_order_relaxed);
  mpcc__core_refer(core);
}

void mpcc__core_keep(struct mpcc__core *core, struct mpcc__segment *segment)
{
  mpcc__slab_let_go(&core->slabs, segment);
  /* relaxed: who counts them is the loop, which is here. */
  atomic_fetch_sub_explicit(&core->out, 1, memory_order_relaxed);
  mpcc__core_let_go(core);
}

void mpcc__core_take_back(struct mpcc__core *core, struct mpcc__segment *segment)
{
  struct mpcc__slabs slabs = core->slabs;

  if (mpcc__gate_try_enter(&core->home)) {
    mpcc__pool_give(core->pool, segment->number);
    mpcc__slab_let_go(&slabs, segment); /* the pool holds it, too */
    mpcc__gate_leave(&core->home);
  } else {
    mpcc__slab_let_go(&slabs, segment);
  }
  /* pairs core.out: see core.h. */
  atomic_fetch_sub_explicit(&core->out, 1, memory_order_release);
  mpcc__core_let_go(core);
}
