/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "loop_thread.h"

#include "platform.h"

enum { PATIENCE_MS = 1000 };

/* Identities are stored and loaded relaxed throughout: a thread only asks whether what is there is
 * its own, and what it has stored itself it sees in order. */

void mpcc__loop_thread_set(struct mpcc__world *world)
{
  if (!mpcc__loop_thread_is_me(world))
    /* relaxed: see above. */
    atomic_store_explicit(&world->loop_thread, mpcc__platform_thread(), memory_order_relaxed);
}

void mpcc__loop_thread_expect(struct mpcc__world *world)
{
  /* relaxed: see above. */
  atomic_store_explicit(&world->starter, mpcc__platform_thread(), memory_order_relaxed);
}

void mpcc__loop_thread_clear(struct mpcc__world *world)
{
  /* relaxed: see above. */
  atomic_store_explicit(&world->starter, 0, memory_order_relaxed);
  /* relaxed: see above. */
  atomic_store_explicit(&world->loop_thread, 0, memory_order_relaxed);
}

bool mpcc__loop_thread_is_me(const struct mpcc__world *world)
{
  /* relaxed: see above. */
  return atomic_load_explicit(&world->loop_thread, memory_order_relaxed) ==
         mpcc__platform_thread();
}

bool mpcc__loop_thread_may_be_me(const struct mpcc__world *world)
{
  /* relaxed: see above. */
  if (atomic_load_explicit(&world->starter, memory_order_relaxed) != mpcc__platform_thread())
    return false;
  /* relaxed: only whether there is one; if it is late to be seen, we ask again. */
  return atomic_load_explicit(&world->loop_thread, memory_order_relaxed) == 0;
}

bool mpcc__loop_thread_would_wait_for_me(const struct mpcc__world *world, uint64_t timeout_ms)
{
  uint64_t deadline_ns =
      mpcc__platform_deadline_ns(timeout_ms < PATIENCE_MS ? timeout_ms : PATIENCE_MS);

  while (mpcc__loop_thread_may_be_me(world)) {
    if (mpcc__platform_now_ns() >= deadline_ns)
      return true;
    mpcc__platform_nap();
  }
  return mpcc__loop_thread_is_me(world);
}
