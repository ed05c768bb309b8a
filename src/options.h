/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Defaults, ranges, cross-checks, and what follows from them for memory. */
#ifndef MPCC__OPTIONS_H
#define MPCC__OPTIONS_H

#include <mpcc.h>

enum { MPCC__LANE_CAPACITY = 4096 };

/* 0 or MPCC_EINVAL. */
int mpcc__options_check(const struct mpcc_options *options);

/* Cells in a segment. */
uint32_t mpcc__options_cells(const struct mpcc_options *options);

/**
 * How many segments of ${stride} bytes a bounded instance can ever need at once; 0 if it is
 * unbounded. MPCC_EINVAL if the numbers overflow, MPCC_ENOMEM if there can't be that many.
 */
int mpcc__options_segments(const struct mpcc_options *options, size_t stride, uint32_t *segments);

#endif
