/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include "suite.h"

/* The parts of bench_latency: calls of push, the age of items, and the way from a full batch to
 * the pump. */
void latency_push(struct suite *suite);
void latency_age(struct suite *suite);
void latency_wake(struct suite *suite);

#endif /* BENCH_LATENCY_H */
