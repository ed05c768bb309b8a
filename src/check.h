/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Internal checks: what the code relies on, said where it relies on it. On in developers' and
 * sanitizer builds (MPCC_CHECKS), compiled out otherwise. Never for what a caller or the
 * environment can cause.
 *
 * And where counters begin that are only ever compared. In builds with checks that is a little
 * before they come round, so that nearly every test goes through it; else at 0.
 *
 *   MPCC__FIRST_32, _64  counters that may come round: they are compared for being the same, or by
 *                        their distance
 *   MPCC__FIRST_TICKET   counters that are compared by their order, and so must not: at 10^9 in a
 *                        second they would in 292 years. They begin before 2^62, where a carry goes
 *                        through all their bits, but for the one that queue.c keeps for itself
 *
 * What users see is exact: it is counted from there.
 *
 * MPCC_STORES_ALWAYS is for tests: store buffers (stores.h) are on from the start; and so is
 * MPCC_STORES_RECORDS, which says how large they are at first, and lets them grow once only.
 * MPCC_INGRESS_ALWAYS: pushes go by way of the ingress (ingress.h) from the first pass on.
 * MPCC_NO_TICK is for tests, too: a loop then looks at nothing again after a while to see what may
 * have come, so that a wake-up that is missing is missed. MPCC_WATCH_NS is for where time stands
 * still while a thread runs.
 */
#ifndef MPCC__CHECK_H
#define MPCC__CHECK_H

#include <stdint.h>

#if defined(MPCC_CHECKS) && MPCC_CHECKS
#include <assert.h>
#define MPCC__CHECK(condition) assert(condition)
#define MPCC__FIRST_32 (UINT32_MAX - 2)
#define MPCC__FIRST_64 (UINT64_MAX - 2)
#define MPCC__FIRST_TICKET ((UINT64_C(1) << 62) - 3)
#else
#define MPCC__CHECK(condition) ((void)sizeof(condition))
#define MPCC__FIRST_32 UINT32_C(0)
#define MPCC__FIRST_64 UINT64_C(0)
#define MPCC__FIRST_TICKET UINT64_C(0)
#endif

#if defined(MPCC_NO_TICK) && MPCC_NO_TICK
enum { MPCC__TICKS = 0 };
#else
enum { MPCC__TICKS = 1 };
#endif

#if defined(MPCC_INGRESS_ALWAYS) && MPCC_INGRESS_ALWAYS
enum { MPCC__INGRESS_ALWAYS = 1 };
#else
enum { MPCC__INGRESS_ALWAYS = 0 };
#endif

#if defined(MPCC_STORES_ALWAYS) && MPCC_STORES_ALWAYS
enum { MPCC__STORES_ALWAYS = 1 };
#else
enum { MPCC__STORES_ALWAYS = 0 };
#endif

/* How long a loop looks out before it sleeps; 0: it looks once. */
#ifdef MPCC_WATCH_NS
enum { MPCC__WATCH_NS = MPCC_WATCH_NS };
#else
enum { MPCC__WATCH_NS = 5000 };
#endif

#ifdef MPCC_STORES_RECORDS
enum { MPCC__STORES_FIRST = MPCC_STORES_RECORDS, MPCC__STORES_MOST = 4 * MPCC__STORES_FIRST };
#else
enum { MPCC__STORES_FIRST = 1024, MPCC__STORES_MOST = 64 * MPCC__STORES_FIRST };
#endif

#endif
