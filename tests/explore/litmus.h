/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Litmus tests: programs of a few lines for which the C11 model says exactly what may be seen. Each
 * runs in every way there is; what was seen must be what is expected, no more and no less.
 */
#ifndef EXPLORE_LITMUS_H
#define EXPLORE_LITMUS_H

#include <stdbool.h>

struct litmus {
  const char *name;
  void (*run)(void);
  const char *expected; /* outcomes in order, between spaces; or what it must be found guilty of */
};

extern const struct litmus litmus_pairs[], litmus_buffers[], litmus_chains[], litmus_updates[],
    litmus_system[];

/* This execution's outcome: a digit for each number, -1 for the end. */
void litmus_saw(int first, ...);

/* Run all, or those of which the name contains ${part}: how many were not as expected. */
int litmus_run_all(const char *part, int *count);

#endif
