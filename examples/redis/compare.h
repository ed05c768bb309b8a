/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Ways to acknowledge the same entries, read by another group each time: three without libmpcc,
 * each the best that it can be, against batches.
 */
#ifndef REDIS_STREAM_COMPARE_H
#define REDIS_STREAM_COMPARE_H

#include "args.h"

/* Returns 0, or -1 after a message. */
int compare(const struct args *args);

#endif
