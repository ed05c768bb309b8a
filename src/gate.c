/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "gate.h"

enum { CLOSED = 1, ONE = 2 };

void mpcc__gate_init(struct mpcc__gate *gate)
{
  atomic_init(&gate->word, 0);
}

void mpcc__gate_enter(struct mpcc__gate *gate)
{
  /* relaxed: made visible by the publication that follows it. */
  atomic_fetch_add_explicit(&gate->word, ONE, memory_order_relaxed);
}

bool mpcc__gate_try_enter(struct mpcc__gate *gate)
{
  /* pairs gate.word: once the gate is open again, we see what was done before it opened. */
  if ((atomic_fetch_add_explicit(&gate->word, ONE, memory_order_acquire) & CLOSED) == 0)
    return true;
  mpcc__gate_leave(gate);
  return false;
}

void mpcc__gate_leave(struct mpcc__gate *gate)
{
  /* pairs gate.word: who closes the gate sees all that was done inside. */
  atomic_fetch_sub_explicit(&gate->word, ONE, memory_order_release);
}

bool mpcc__gate_try_close(struct mpcc__gate *gate)
{
  unsigned empty = 0;

  /* pairs gate.word: nobody is inside, and all who were have finished; who comes now sees what was
   * abandoned. */
  return atomic_compare_exchange_strong_explicit(&gate->word, &empty, CLOSED, memory_order_acq_rel,
                                                 memory_order_relaxed);
}

void mpcc__gate_open(struct mpcc__gate *gate)
{
  /* pairs gate.word: who enters sees the loop that was made ready. Others may be about to leave a
   * closed gate, so this is not a plain store. */
  atomic_fetch_and_explicit(&gate->word, ~(unsigned)CLOSED, memory_order_release);
}
