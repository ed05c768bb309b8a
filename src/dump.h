/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* A running instance as text. Takes no lock that it would have to wait for, and no memory, so that
 * it also works in a debugger, while all other threads stand still. */
#ifndef MPCC__DUMP_H
#define MPCC__DUMP_H

#include <stdio.h>

#include "instance.h"

/* Any thread. 0 or MPCC_ESYSTEM: writing has failed. */
int mpcc__dump(const mpcc_t *m, FILE *file);

#endif
