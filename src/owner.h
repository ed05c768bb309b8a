/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* From a node that lives in something, such as a link of a list, to the thing itself. */
#ifndef MPCC__OWNER_H
#define MPCC__OWNER_H

#include <stddef.h>
#include <stdint.h>

#define MPCC__OWNER(node, type, member) \
  ((type *)((uintptr_t)(node)-offsetof(type, member)))

#endif
