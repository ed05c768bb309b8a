/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The table at the end.
 */
#ifndef INGEST_REPORT_H
#define INGEST_REPORT_H

#include "run.h"

/* Print ${result} to standard output, beside ${single}, a run with --batch 1, or NULL.
 * Returns 0, or -1 after a message if it could not be written. */
int report(const struct run_plan *plan, const struct run_result *result,
           const struct run_result *single);

#endif
