/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Which thread this is. */
#ifndef MPCC__THREAD_H
#define MPCC__THREAD_H

#include <stdint.h>

/* A number that no other running thread has; not 0. A thread that has ended leaves its number to
 * later ones. */
uintptr_t mpcc__platform_thread(void);

#endif
