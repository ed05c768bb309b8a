/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One run: a loop, an instance on it, workers; from the first entry to the last acknowledgement.
 */
#ifndef REDIS_STREAM_RUN_H
#define REDIS_STREAM_RUN_H

#include <mpcc.h>
#include <stdbool.h>
#include <stdint.h>

#include "acker.h"
#include "args.h"
#include "session.h"
#include "worker.h"

struct run_result {
  struct work_counts work; /* what the workers counted */
  struct ack_counts acks;  /* what the pump counted */
  mpcc_stats_t stats;      /* what the library counted */
  double seconds;          /* from the start (with args->hold: the first push) to the last
                              acknowledgement; 0: there was none */
  bool pending_known;
  uint64_t pending;        /* what the server says afterwards, of the whole group */
  char pending_reason[REASON_SIZE]; /* why it is not known */
  bool unbalanced;         /* the counts do not fit together */
  bool failed;             /* something that was read is not acknowledged; said why */
};

/* Returns 0 with a ${result}, or -1 after a message: nothing was read. */
int run(const struct args *args, struct run_result *result);

#endif
