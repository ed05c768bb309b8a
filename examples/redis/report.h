/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The table at the end of a run.
 */
#ifndef REDIS_STREAM_REPORT_H
#define REDIS_STREAM_REPORT_H

#include "run.h"

/* Returns 0, or -1 after a message: standard output does not take it. */
int report(const struct run_result *result);

#endif
