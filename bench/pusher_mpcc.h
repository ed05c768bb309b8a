/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What the ways of using libmpcc have in common: how it is set up and joined, and its pump.
 */
#ifndef BENCH_PUSHER_MPCC_H
#define BENCH_PUSHER_MPCC_H

#include <mpcc.h>
#include <stdlib.h>

#include "pusher.h"

struct mpcc_pusher {
  struct pusher_job job;
  mpcc_options_t options;
  mpcc_t *mpcc;
  uint64_t now_ms; /* of a manual instance */
  size_t taken;    /* by its steps */
};

/* Not created yet. Intervals are 10 ms, batches PUSHER_BATCH items. NULL if memory is refused. */
struct mpcc_pusher *mpcc_pusher_new(const struct pusher_job *job, bool bounded);

int mpcc_pusher_pump(mpcc_batch_t *batch, void *state);

/* To push by mpcc_push() and mpcc_push_many(), or through a handle. */
bool mpcc_pusher_join(void *pusher, struct pushing *pushing);
bool mpcc_pusher_join_handle(void *pusher, struct pushing *pushing);
void mpcc_pusher_leave_handle(struct pushing *pushing);

#endif /* BENCH_PUSHER_MPCC_H */
