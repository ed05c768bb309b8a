/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Producer handles in a rig: opened, pushed through, filled and closed in a line each.
 *
 * A hand is a handle that numbers what it pushes, per slot, so that the log shows what was lost,
 * doubled, misplaced or overtaken.
 */
#ifndef MPCC_TESTS_HANDLES_H
#define MPCC_TESTS_HANDLES_H

#include <string.h>

#include "picks.h"

static inline mpcc_producer_t *handle_open(const rig_t *rig)
{
  mpcc_producer_t *handle = NULL;
  assert_int_equal(mpcc_producer_open(rig->mpcc, &handle), 0);
  assert_non_null(handle);
  return handle;
}

static inline void handle_close(mpcc_producer_t *handle)
{
  assert_int_equal(mpcc_producer_close(handle), 0);
}

static inline int handle_try(mpcc_producer_t *handle, uint32_t slot, uint64_t item)
{
  return mpcc_producer_push(handle, &item, slot);
}

static inline void handle_push(mpcc_producer_t *handle, uint32_t slot, uint64_t first, size_t count)
{
  for (size_t i = 0; i < count; i++)
    assert_int_equal(handle_try(handle, slot, first + i), 0);
}

/* Push until it is refused, which must be with ${refusal}; how many were taken. */
static inline size_t handle_fill(mpcc_producer_t *handle, uint32_t slot, uint64_t first,
                                 int refusal)
{
  size_t count = 0;
  int result;
  while ((result = handle_try(handle, slot, first + count)) == 0 && count < 1000000)
    count++;
  assert_int_equal(result, refusal);
  return count;
}

/* Finish whatever the pump has answered with MPCC_PENDING so far. */
static inline void finish_calls(rig_t *rig, int status)
{
  for (size_t i = 0; i < rig_calls(rig); i++)
    if (rig->calls[i].kind == CALL_PUMP)
      (void)rig_done(rig, i, status);
}

static inline unsigned wakes_of(const rig_t *rig)
{
  /* relaxed: only a number, and in most tests of this thread's own making. */
  return atomic_load_explicit(&rig->wakes, memory_order_relaxed);
}

/* -- A program that sleeps ---------------------------------------------------------------- */

static unsigned obey_heard; /* of the calls of on_wake */

/* Before the calls of another rig. */
static inline void obey_begin(void)
{
  obey_heard = 0;
}

/* Let time go on, and step when next_ms or on_wake asks, and at no other time. */
static inline void obey(rig_t *rig, uint64_t until_ms)
{
  for (int steps = 0; steps < 100000; steps++) {
    if (wakes_of(rig) != obey_heard) {
      obey_heard = wakes_of(rig);
      rig_step(rig, rig->now_ms);
    } else if (rig->next_ms <= until_ms) {
      rig_step(rig, rig->next_ms);
    } else {
      rig->now_ms = until_ms;
      return;
    }
  }
  fail_msg("it asks for step after step at %llu ms", (unsigned long long)rig->now_ms);
}

/* Options of such a program's instance, and the instance, started. */
static inline void obey_options(mpcc_options_t *options, uint32_t slots, uint32_t batch_size,
                                uint64_t interval_ms)
{
  rig_options(options, batch_size);
  options->slot_count = slots;
  options->push_interval_ms = interval_ms;
  obey_begin();
}

static inline rig_t *obey_rig(uint32_t slots, uint32_t batch_size, uint64_t interval_ms)
{
  mpcc_options_t options;
  obey_options(&options, slots, batch_size, interval_ms);
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig_step(rig, 0);
  return rig;
}

/* -- Hands -------------------------------------------------------------------------------- */

enum { HAND_SLOTS = 16, HANDS = 64 };

struct hand {
  mpcc_producer_t *handle;
  uint64_t number;           /* below HANDS */
  uint64_t next[HAND_SLOTS]; /* how many were accepted */
};

static inline uint64_t hand_item(const struct hand *hand, uint32_t slot)
{
  return hand->number << 56 | (uint64_t)slot << 48 | hand->next[slot];
}

static inline int hand_push(struct hand *hand, uint32_t slot)
{
  int result = handle_try(hand->handle, slot, hand_item(hand, slot));
  hand->next[slot] += result == 0;
  return result;
}

/* Each item of every hand was shown once to the pump or to on_drop, in its slot, in its order. */
static inline void check_hands(const rig_t *rig, const struct hand *hands, size_t count,
                               const char *file, int line)
{
  uint64_t seen[HANDS][HAND_SLOTS];
  memset(seen, 0, sizeof(seen));
  for (size_t i = 0; i < rig_calls(rig); i++) {
    const call_t *call = &rig->calls[i];
    bool shows = call->kind == CALL_PUMP || (call->kind == CALL_DROP && call->attempt == 0);
    for (size_t k = 0; shows && k < call->count; k++) {
      uint64_t item = rig->items[call->first + k], number = item >> 56;
      _assert_true(number < count && (item >> 48 & 255) == call->slot, "a misplaced item", file,
                   line);
      _assert_int_equal(item & UINT32_MAX, seen[number][call->slot]++, file, line);
    }
  }
  for (size_t h = 0; h < count; h++)
    for (uint32_t slot = 0; slot < HAND_SLOTS; slot++)
      _assert_int_equal(seen[hands[h].number][slot], hands[h].next[slot], file, line);
}

#define assert_hands(rig, hands, count) check_hands(rig, hands, count, __FILE__, __LINE__)

#endif
