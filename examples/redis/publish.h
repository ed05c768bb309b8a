/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Entries to read: something to try the rest with.
 */
#ifndef REDIS_STREAM_PUBLISH_H
#define REDIS_STREAM_PUBLISH_H

#include <stdint.h>

#include "args.h"

/* Append ${count} entries, with the field "n" counting from 1, to args->streams in turn. Returns 0,
 * or -1 after a message that says how many are there. */
int publish(const struct args *args, uint64_t count);

#endif
