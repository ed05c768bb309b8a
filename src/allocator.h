/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The user's allocator, or the C library's, in the shape that the rooms take. */
#ifndef MPCC__ALLOCATOR_H
#define MPCC__ALLOCATOR_H

#include <mpcc.h>

#include "aligned.h"

/* A copy of ${given}, or the C library's functions if it is NULL. */
struct mpcc_allocator mpcc__allocator_choose(const struct mpcc_allocator *given);

struct mpcc__source mpcc__allocator_source(const struct mpcc_allocator *allocator);

#endif
