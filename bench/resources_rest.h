/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#ifndef BENCH_RESOURCES_REST_H
#define BENCH_RESOURCES_REST_H

#include "suite.h"

/* The part of bench_resources that is about instances at rest. */
void resources_rest(struct suite *suite);

#endif /* BENCH_RESOURCES_REST_H */
