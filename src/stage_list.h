/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What the two halves of the stage share. */
#ifndef MPCC__STAGE_LIST_H
#define MPCC__STAGE_LIST_H

#include "stage.h"

/* Whether items of the slot may wait here: see stage.h. */
bool mpcc__stage_may_stay(const struct mpcc__stage *stage, uint32_t slot);

/* Put the slot into a list. */
void mpcc__stage_link(struct mpcc__stage *stage, struct mpcc__stage_list *list, uint32_t slot);

/* It has items, and gets one that is older. */
void mpcc__stage_age(struct mpcc__stage *stage, uint32_t slot, uint64_t since_ms);

static inline void mpcc__stage_set_count(struct mpcc__staged *staged, uint32_t count)
{
  /* relaxed: see mpcc__staged_count. */
  atomic_store_explicit(&staged->count, count, memory_order_relaxed);
}

#endif
