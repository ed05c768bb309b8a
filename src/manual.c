/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "manual.h"

#include "dispatcher.h"
#include "lanes.h"
#include "platform.h"

void mpcc__manual_init(struct mpcc__manual *manual)
{
  atomic_init(&manual->stepping, false);
}

bool mpcc__manual_enter(struct mpcc__manual *manual)
{
  /* pairs manual.stepping: what the last step left. */
  return !atomic_exchange_explicit(&manual->stepping, true, memory_order_acquire);
}

void mpcc__manual_leave(struct mpcc__manual *manual)
{
  /* pairs manual.stepping: for the next step. */
  atomic_store_explicit(&manual->stepping, false, memory_order_release);
}

uint64_t mpcc__manual_pass(struct mpcc__world *world, uint64_t now_ms)
{
  mpcc__dispatcher_pass(world, now_ms, MPCC__NO_BUDGET);
  if (mpcc__dispatcher_finished(world))
    return MPCC__NO_DEADLINE;
  /* Not asleep: something was signalled meanwhile, and is not announced again. */
  if (!mpcc__dispatcher_sleep(world))
    return world->loop.now_ms;
  return mpcc__dispatcher_next_ms(world);
}

void mpcc__manual_start(struct mpcc__world *world)
{
  do
    (void)mpcc__event_consume(&world->event);
  while (!mpcc__dispatcher_sleep(world));
}

void mpcc__manual_announce(struct mpcc__world *world)
{
  if (!mpcc__gate_try_enter(&world->core->gate))
    return;
  if (mpcc__ready_any(&world->ready) || mpcc__lanes_hold_items(world))
    mpcc__world_signal(world);
  mpcc__gate_leave(&world->core->gate);
}

void mpcc__manual_wake(struct mpcc__world *world)
{
  int cancel = mpcc__platform_cancel_off(); /* the user's signal may be a cancellation point */

  if (world->options.on_wake != NULL)
    world->options.on_wake(world->handle, world->options.wake_arg);
  mpcc__platform_cancel_restore(cancel);
}
