/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Acknowledging without libmpcc, to compare with: the worker's thread gives the commands itself, on
 * the connection that it reads from, and waits for their answers.
 */
#ifndef REDIS_STREAM_DIRECT_H
#define REDIS_STREAM_DIRECT_H

#include <stddef.h>
#include <stdint.h>

#include "entry_id.h"
#include "session.h"

/* What the server has answered. */
struct direct_counts {
  uint64_t acknowledged, commands;
  uint64_t last_ns; /* when, by uv_hrtime() */
};

/* XACK ${ids} of ${stream}: args->direct_ids in a command, args->direct_in_flight commands before
 * their answers are waited for. Returns 0, or -1 with a session->reason. */
int direct_ack(struct session *session, const char *stream, const struct entry_id *ids,
               size_t count, struct direct_counts *counts);

#endif
