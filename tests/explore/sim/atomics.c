/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What gcc calls for each atomic operation of a program that is compiled with -fsanitize=thread:
 * a point at which another thread may go on, then the operation.
 */
#include <stdbool.h>
#include <stdint.h>

#include "model.h"
#include "sched.h"
#include "sites.h"
#include "trace.h"

#define CALLER __builtin_return_address(0)

static void note(const char *what, const void *caller, uintptr_t at, enum sim_order order,
                 const uint64_t *before, const uint64_t *after)
{
  struct sim_event event;

  if (!sim_traced())
    return;
  event = (struct sim_event){.what = what, .order = sim_order_name(order), .caller = caller,
                             .at = (const void *)at, .reads = before != NULL,
                             .writes = after != NULL};
  if (before != NULL) {
    event.before = *before;
    event.age = sim_last_age();
  }
  if (after != NULL)
    event.after = *after;
  sim_note(event);
}

static uint64_t load(const void *caller, uintptr_t at, unsigned size, int given)
{
  enum sim_order order = sim_order_at(caller, (enum sim_order)given, false);
  uint64_t value;

  sim_point();
  value = sim_load(at, size, order);
  note("load", caller, at, order, &value, NULL);
  return value;
}

static void store(const void *caller, uintptr_t at, unsigned size, uint64_t value, int given)
{
  enum sim_order order = sim_order_at(caller, (enum sim_order)given, false);

  sim_point();
  sim_store(at, size, value, order);
  note("store", caller, at, order, NULL, &value);
}

static uint64_t update(const void *caller, uintptr_t at, unsigned size, enum sim_change change,
                       uint64_t operand, int given)
{
  static const char *const names[] = {"exchange", "add", "sub", "and", "or", "xor", "nand"};
  enum sim_order order = sim_order_at(caller, (enum sim_order)given, false);
  uint64_t before;

  sim_point();
  before = sim_update(at, size, change, operand, order);
  note(names[change], caller, at, order, &before, &operand);
  return before;
}

static bool compare_exchange(const void *caller, uintptr_t at, unsigned size,
                             struct sim_cas *cas, uint64_t *found)
{
  bool done;

  cas->success = sim_order_at(caller, cas->success, false);
  cas->failure = sim_order_at(caller, cas->failure, true);
  sim_point();
  done = sim_compare_exchange(at, size, cas, found);
  note(done ? "cas" : "cas failed", caller, at, done ? cas->success : cas->failure, found,
       done ? &cas->desired : NULL);
  return done;
}

#define UPDATE(bits, name, change) \
  uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *at, uint##bits##_t operand, \
                                              int order); \
  uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *at, uint##bits##_t operand, \
                                              int order) \
  { \
    return (uint##bits##_t)update(CALLER, (uintptr_t)at, bits / 8, change, operand, order); \
  }

#define COMPARE_EXCHANGE(bits, kind, is_weak) \
  int __tsan_atomic##bits##_compare_exchange_##kind(volatile uint##bits##_t *at, \
                                                    uint##bits##_t *expected, \
                                                    uint##bits##_t desired, int success, \
                                                    int failure); \
  int __tsan_atomic##bits##_compare_exchange_##kind(volatile uint##bits##_t *at, \
                                                    uint##bits##_t *expected, \
                                                    uint##bits##_t desired, int success, \
                                                    int failure) \
  { \
    struct sim_cas cas = {*expected, desired, (enum sim_order)success, (enum sim_order)failure, \
                          is_weak}; \
    uint64_t found; \
    bool done = compare_exchange(CALLER, (uintptr_t)at, bits / 8, &cas, &found); \
    *expected = (uint##bits##_t)found; \
    return done; \
  }

#define OPERATIONS(bits) \
  uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *at, int order); \
  uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *at, int order) \
  { \
    return (uint##bits##_t)load(CALLER, (uintptr_t)at, bits / 8, order); \
  } \
  void __tsan_atomic##bits##_store(volatile uint##bits##_t *at, uint##bits##_t value, int order); \
  void __tsan_atomic##bits##_store(volatile uint##bits##_t *at, uint##bits##_t value, int order) \
  { \
    store(CALLER, (uintptr_t)at, bits / 8, value, order); \
  } \
  UPDATE(bits, exchange, SIM_EXCHANGE) \
  UPDATE(bits, fetch_add, SIM_ADD) \
  UPDATE(bits, fetch_sub, SIM_SUB) \
  UPDATE(bits, fetch_and, SIM_AND) \
  UPDATE(bits, fetch_or, SIM_OR) \
  UPDATE(bits, fetch_xor, SIM_XOR) \
  UPDATE(bits, fetch_nand, SIM_NAND) \
  COMPARE_EXCHANGE(bits, strong, false) \
  COMPARE_EXCHANGE(bits, weak, true)

OPERATIONS(8)
OPERATIONS(16)
OPERATIONS(32)
OPERATIONS(64)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
  sim_point();
  sim_fence((enum sim_order)order);
  note("fence", CALLER, 0, (enum sim_order)order, NULL, NULL);
}

/* Orders nothing between threads. */
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
  (void)order;
}
