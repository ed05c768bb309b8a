/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Looking into a rig's log by slot and kind: calls for different slots may come in any order, those
 * for one slot may not.
 */
#ifndef MPCC_TESTS_PICKS_H
#define MPCC_TESTS_PICKS_H

#include "harness.h"

/* The index of call number ${n} (from 0) of this kind for ${slot}; rig_calls() if there is none. */
static inline size_t pick(const rig_t *rig, enum call_kind kind, uint32_t slot, size_t n)
{
  size_t i = 0;
  for (; i < rig_calls(rig); i++)
    if (rig->calls[i].kind == kind && rig->calls[i].slot == slot && n-- == 0)
      break;
  return i;
}

static inline size_t picks(const rig_t *rig, enum call_kind kind, uint32_t slot)
{
  size_t count = 0;
  for (size_t i = 0; i < rig_calls(rig); i++)
    count += rig->calls[i].kind == kind && rig->calls[i].slot == slot;
  return count;
}

/* Items that no pump ever saw and that were dropped from ${slot}: first, first + 1, ... and no
   others, in pieces of at most ${batch_size}. */
static inline void check_unseen(const rig_t *rig, uint32_t slot, uint64_t first, size_t count,
                                size_t batch_size, const char *file, int line)
{
  size_t seen = 0;
  for (size_t i = 0; i < rig_calls(rig); i++) {
    const call_t *call = &rig->calls[i];
    if (call->kind != CALL_DROP || call->slot != slot || call->attempt != 0)
      continue;
    rig_check_drop(rig, i, slot, first + seen, call->count, MPCC_ECANCELED, file, line);
    _assert_true(call->count >= 1 && call->count <= batch_size && call->id == 0 &&
                   call->due == 0 && call->data == NULL,
                 "a drop of what no pump saw", file, line);
    seen += call->count;
  }
  _assert_int_equal(seen, count, file, line);
}

#define assert_unseen(rig, slot, first, count, batch_size) \
  check_unseen(rig, slot, first, count, batch_size, __FILE__, __LINE__)

/* The pump's calls for ${slot} from number ${from} on are ${count} full batches. */
static inline void check_full_batches(const rig_t *rig, uint32_t slot, size_t from, uint64_t first,
                                      size_t count, size_t batch_size, const char *file, int line)
{
  for (size_t n = 0; n < count; n++)
    rig_check_batch(rig, pick(rig, CALL_PUMP, slot, from + n), slot, first + n * batch_size,
                    batch_size, MPCC_DUE_FULL, file, line);
  _assert_int_equal(picks(rig, CALL_PUMP, slot), from + count, file, line);
}

#define assert_full_batches(rig, slot, from, first, count, batch_size) \
  check_full_batches(rig, slot, from, first, count, batch_size, __FILE__, __LINE__)

static inline mpcc_stats_t stats_of(const rig_t *rig, uint32_t slot)
{
  mpcc_stats_t stats;
  if (slot == MPCC_ALL_SLOTS)
    assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  else
    assert_int_equal(mpcc_slot_stats(rig->mpcc, slot, &stats), 0);
  return stats;
}

#endif
