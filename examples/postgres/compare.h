/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What batches gain: the same rows without libmpcc, each a transaction of its own, over as many
 * connections with a thread each; once waiting for every answer, and once with many on their way.
 */
#ifndef POSTGRES_COMPARE_H
#define POSTGRES_COMPARE_H

#include "args.h"

enum { COMPARE_DONE, COMPARE_FAILED, COMPARE_INTERRUPTED };

/* Measure both, a few seconds each, in tables that are dropped again, and print them beside
 * ${batched}, in rows per second. Returns COMPARE_...; after a message if it is not done. */
int compare(const struct args *args, double batched);

#endif
