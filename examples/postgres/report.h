/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The table at the end.
 */
#ifndef POSTGRES_REPORT_H
#define POSTGRES_REPORT_H

#include "run.h"

/* ${single} is the run with one row a transaction, or NULL; ${settings} the server's, or "".
 * Returns 0, or -1 after a message. */
int report(const struct run_plan *plan, const struct run_result *result,
           const struct run_result *single, const char *settings);

#endif
