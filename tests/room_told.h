/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* An on_room that counts its calls. */
#ifndef MPCC_TESTS_ROOM_TOLD_H
#define MPCC_TESTS_ROOM_TOLD_H

#include "mpcc.h"

static unsigned room_told;

static inline void count_room(mpcc_t *mpcc, uint32_t slot, void *state)
{
  (void)mpcc;
  (void)slot;
  (void)state;
  room_told++;
}

#endif
