/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The table at the end.
 */
#ifndef POSTGRES_REPORT_H
#define POSTGRES_REPORT_H

#include "run.h"

/* Returns 0, or -1 after a message. */
int report(const struct args *args, const struct run_result *result);

#endif
