/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Which of the possible executions comes next. Whatever is undetermined in an execution - who runs
 * next, which store a load reads, whether a weak compare-exchange fails - is a choice, numbered in
 * the order in which they come up. An execution is its choices: the same ones give the same
 * execution again.
 *
 *   at random    every execution has its own generator, made from the seed and its number; three
 *                styles take turns (sched.c).
 *   exhaustive   depth first over all choices, with a budget of preemptions, of loads that read
 *                an old store, and of spurious failures.
 *   replay       one execution of either, named by a token.
 */
#ifndef SIM_SEARCH_H
#define SIM_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_mode { SIM_RANDOM, SIM_EXHAUST };

struct sim_budget {
  int preemptions;
  int stale;    /* loads that read an old store */
  int spurious; /* failures of a weak compare-exchange that need not fail */
};

enum { SIM_UNLIMITED = 1 << 20 };

/* -- Around executions ----------------------------------------------------------------------- */

void sim_search_random(uint64_t seed);
void sim_search_exhaust(const struct sim_budget *budget);

/* The execution that a token names. False if it is none. */
bool sim_search_token(const char *token);

/* Execution ${number}, from 0, is about to begin. */
void sim_search_begin(uint64_t number);

/* After an exhaustive execution: false if it was the last. */
bool sim_search_next(void);

/* The token of the execution that runs, or has just run. */
void sim_search_name(char *token, size_t size);

/* -- Inside one ------------------------------------------------------------------------------ */

enum sim_mode sim_search_mode(void);

/* One of 0..count-1. */
int sim_choose(int count);

/* Of an exhaustive search: whether the budget allows for one more. */
bool sim_may_preempt(void);
void sim_count_preemption(void);

/* How many old stores, of ${count}, may be read now; and one was. */
int sim_may_be_stale(int count);
void sim_count_stale(void);

/* Whether a compare-exchange that may fail spuriously does. */
bool sim_fails_spuriously(void);

#endif
