/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The end of an execution that has gone wrong. */
#ifndef SIM_VERDICT_H
#define SIM_VERDICT_H

/* Ends the execution, from any fiber; for run.c to report. Does not return. */
_Noreturn void sim_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
