/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The parts of bench_push; each prints its own heading and lines.
 */
#ifndef BENCH_PUSH_PARTS_H
#define BENCH_PUSH_PARTS_H

#include "burst.h"
#include "suite.h"

/* One thread; nobody drains meanwhile: a push, and afterwards the taking. */
void push_solo(struct suite *suite);

/* The same, many items at a time. */
void push_many(struct suite *suite);

/* Threads push at once, and what they push is drained meanwhile. */
void push_threads(struct suite *suite);

/* Threads push into slots of their own, and nobody drains meanwhile: two against one. */
void push_idle(struct suite *suite);

/* For who counts instructions: so many items, pushed and taken without looking at a clock. What
 * main() returns. */
int push_counted(const char *name, const char *items);

/* Names that push_counted() knows, one a line. */
void push_counted_names(void);

#endif /* BENCH_PUSH_PARTS_H */
