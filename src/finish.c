/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "finish.h"

#include "memory.h"

int mpcc__finish_inside(struct mpcc__world *world, struct mpcc__batch *batch, uint64_t id,
                        int status)
{
  uint64_t now_ns = world->outside.clock_ns != NULL ? world->outside.clock_ns() : 0;

  if (!mpcc__batch_answer(batch, id, status, now_ns))
    return MPCC_EALREADY;
  (void)mpcc__ready_put(&world->done, &batch->done);
  mpcc__world_signal(world);
  return 0;
}

int mpcc__finish_late(struct mpcc__batch *batch, uint64_t id)
{
  struct mpcc__core *core;
  bool inside;

  if (!mpcc__batch_answer_late(batch, id))
    return MPCC_EALREADY;
  core = batch->core;
  inside = mpcc__gate_try_enter(&core->gate); /* it may run again, and wait for memory */
  mpcc__core_refer(core);
  mpcc__core_take_back(core, &batch->segment);
  if (inside) {
    mpcc__memory_came_back(core->world);
    mpcc__gate_leave(&core->gate);
  }
  mpcc__core_let_go(core);
  return MPCC_ECLOSED;
}

/* Answer the hand-over ${id} of a batch that was in flight a moment ago. */
static int answer(struct mpcc__core *core, struct mpcc__batch *batch, uint64_t id, int status)
{
  int err;

  if (!mpcc__gate_try_enter(&core->gate))
    return mpcc__finish_late(batch, id);
  err = mpcc__finish_inside(core->world, batch, id, status);
  mpcc__gate_leave(&core->gate);
  return err != 0 ? mpcc__finish_late(batch, id) : 0;
}

int mpcc__finish(struct mpcc__batch *batch, int status)
{
  bool abandoned;
  uint64_t id = mpcc__batch_live(batch, &abandoned);

  if (id == 0)
    return MPCC_EALREADY;
  return abandoned ? mpcc__finish_late(batch, id) : answer(batch->core, batch, id, status);
}

int mpcc__finish_id(struct mpcc__world *world, uint64_t id, int status)
{
  uint32_t number = (uint32_t)(id & ((UINT64_C(1) << world->number_bits) - 1));

  if (!mpcc__batch_is_id(id) || !mpcc__pool_has(&world->pool, number))
    return MPCC_EALREADY;
  return answer(world->core, mpcc__batch_at(&world->pool.shelf, number), id, status);
}

int mpcc__finish_mark(struct mpcc__batch *batch, uint32_t index, int status)
{
  bool abandoned;
  uint64_t id = mpcc__batch_live(batch, &abandoned);
  struct mpcc__core *core;

  if (id == 0)
    return MPCC_EALREADY;
  core = batch->core;
  if (abandoned || !mpcc__gate_try_enter(&core->gate))
    return MPCC_ECLOSED; /* the gate is open while a batch in flight is not abandoned */
  mpcc__batch_mark(batch, index, status);
  mpcc__gate_leave(&core->gate);
  return 0;
}

bool mpcc__finish_is_cancelled(const struct mpcc__batch *batch)
{
  struct mpcc__core *core;
  bool abandoned, cancelled;

  if (mpcc__batch_is_cancelled(batch))
    return true;
  if (mpcc__batch_live(batch, &abandoned) == 0)
    return false;
  core = batch->core;
  if (abandoned || !mpcc__gate_try_enter(&core->gate))
    return true;
  /* A pump that runs on the loop keeps it from marking the batch: so look what was asked for. */
  cancelled = mpcc__world_discarded(core->world, batch->shown.slot, batch->first);
  mpcc__gate_leave(&core->gate);
  return cancelled;
}
