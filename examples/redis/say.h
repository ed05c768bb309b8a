/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Messages to standard error, and the clock. Every function may be called on any thread.
 */
#ifndef REDIS_STREAM_SAY_H
#define REDIS_STREAM_SAY_H

#include <stdint.h>

#if defined(__GNUC__)
#define SAY_PRINTF __attribute__((format(printf, 1, 2)))
#else
#define SAY_PRINTF
#endif

/* Print "redis_stream: ...", a line of its own. Control characters become '?'. */
void say(const char *format, ...) SAY_PRINTF;

/* Milliseconds of the monotonic clock. */
uint64_t clock_ms(void);

#endif
