/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Internal checks: what the code relies on, said where it relies on it. On in developers' and
 * sanitizer builds (MPCC_CHECKS), compiled out otherwise. Never for what a caller or the
 * environment can cause.
 */
#ifndef MPCC__CHECK_H
#define MPCC__CHECK_H

#if defined(MPCC_CHECKS) && MPCC_CHECKS
#include <assert.h>
#define MPCC__CHECK(condition) assert(condition)
#else
#define MPCC__CHECK(condition) ((void)sizeof(condition))
#endif

#endif
