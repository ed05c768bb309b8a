/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Counters, read while everything runs: fates before pushes, so that no reader sees more of
 * them. */
#ifndef MPCC__STATS_H
#define MPCC__STATS_H

#include "world.h"

/* Any thread. */
void mpcc__stats_slot(const struct mpcc__world *world, const struct mpcc__slot *slot,
                      struct mpcc_stats *stats);
/* The same without what producer handles hold, and without a lock. */
void mpcc__stats_queues(const struct mpcc__world *world, const struct mpcc__slot *slot,
                        struct mpcc_stats *stats);

void mpcc__stats_all(const struct mpcc__world *world, struct mpcc_stats *stats);

#endif
