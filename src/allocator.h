/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The user's allocator, or the C library's, in the shape that the rooms take. */
#ifndef MPCC__ALLOCATOR_H
#define MPCC__ALLOCATOR_H

#include <mpcc.h>

#include "aligned.h"

/* What is needed of ${given}, or of the C library if it is NULL. */
struct mpcc__source mpcc__allocator_source(const struct mpcc_allocator *given);

#endif
