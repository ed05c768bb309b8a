/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The memory model: what an atomic operation may read. It is C11's, as repaired by RC11 (Lahav,
 * Vafeiadis, Kang, Hur and Dreyer, "Repairing sequential consistency in C/C++11", PLDI 2017), but
 * for what the README calls its limits.
 *
 * Each atomic object has a history: its stores, in modification order, which is the order in which
 * they are executed. A load may read each of them that is not older than
 *   - a store, or one that was read, which happens before the load (coherence), or happens before a
 *     seq_cst fence that is before the load by another;
 *   - if it is seq_cst: the last seq_cst store, and each store that happens before a seq_cst fence;
 *   - a seq_cst store from before the last fence that happens before the load;
 *   - what was the newest when its thread last yielded, so that loops end, and when time last
 *     passed.
 * A store carries the view of a thread that releases, or of its last release fence; a
 * read-modify-write reads the newest store and carries on what that one carried.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

/* As the compiler numbers them. */
enum sim_order { SIM_RELAXED, SIM_CONSUME, SIM_ACQUIRE, SIM_RELEASE, SIM_ACQ_REL, SIM_SEQ_CST };

enum sim_change {
  SIM_EXCHANGE, SIM_ADD, SIM_SUB, SIM_AND, SIM_OR, SIM_XOR, SIM_NAND
};

struct sim_cas {
  uint64_t expected, desired;
  enum sim_order success, failure;
  bool weak;
};

void sim_model_begin(void);

uint64_t sim_load(uintptr_t at, unsigned size, enum sim_order order);
void sim_store(uintptr_t at, unsigned size, uint64_t value, enum sim_order order);

/* What was there before. */
uint64_t sim_update(uintptr_t at, unsigned size, enum sim_change change, uint64_t operand,
                    enum sim_order order);

/* Whether it has exchanged; *found is what was there. */
bool sim_compare_exchange(uintptr_t at, unsigned size, const struct sim_cas *cas,
                          uint64_t *found);

void sim_fence(enum sim_order order);

/* Every thread goes through a seq_cst fence, at its own place, before this returns. */
void sim_fence_everywhere(void);

/* How far from the newest store the last load of the thread that runs was; for the trace. */
uint32_t sim_last_age(void);

#endif
