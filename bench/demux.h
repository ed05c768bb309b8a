/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Sorts what comes out of one queue for all slots into a growing array for each, and hands these
 * out: an array that holds a batch at once, the others when they are flushed. One thread.
 */
#ifndef BENCH_DEMUX_H
#define BENCH_DEMUX_H

#include <stdbool.h>
#include <stddef.h>

#include "peer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct demux;

struct demux_record {
  struct peer_item item;
  uint32_t slot;
};

/* How many records a peer takes out of its queue at a time. */
enum { DEMUX_RECORDS = 512 };

/* ${job} is copied. NULL if memory is refused. */
struct demux *demux_open(const struct peer_job *job);
void demux_close(struct demux *demux);

void demux_add(struct demux *demux, const struct demux_record *records, size_t count);

/* Hands out everything. Whether there was anything since the last time. */
bool demux_flush(struct demux *demux);

#ifdef __cplusplus
}
#endif

#endif /* BENCH_DEMUX_H */
