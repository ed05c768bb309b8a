/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Static probes (USDT) of provider "mpcc": a nop and a note in the binary where <sys/sdt.h> is
 * there, nothing elsewhere, or with MPCC_NO_PROBES. bpftrace, perf and gdb find them by name.
 */
#ifndef MPCC__PROBES_H
#define MPCC__PROBES_H

#include <stddef.h>
#include <stdint.h>

#if defined(__has_include) && !defined(MPCC_NO_PROBES) && !defined(MPCC_PORTABLE)
#if __has_include(<sys/sdt.h>)
#include <sys/sdt.h>
#endif
#endif

#ifndef DTRACE_PROBE1
#define DTRACE_PROBE1(provider, name, a) ((void)(a))
#define DTRACE_PROBE2(provider, name, a, b) ((void)(a), (void)(b))
#define DTRACE_PROBE4(provider, name, a, b, c, d) ((void)(a), (void)(b), (void)(c), (void)(d))
#define DTRACE_PROBE5(provider, name, a, b, c, d, e) \
  ((void)(a), (void)(b), (void)(c), (void)(d), (void)(e))
#endif

#ifdef __clang__ /* those macros leave out arguments that C11 wants to see */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments"
#endif

/* A sleeping loop is woken. */
static inline void mpcc__probe_wake(const void *instance)
{
  DTRACE_PROBE1(mpcc, wake, instance);
}

/* A push was refused with MPCC_EFULL. */
static inline void mpcc__probe_push_full(const void *instance, uint32_t slot)
{
  DTRACE_PROBE2(mpcc, push_full, instance, slot);
}

/* ${id} is that of its first hand-over, which follows. */
static inline void mpcc__probe_batch_formed(const void *instance, uint32_t slot, uint64_t id,
                                            size_t count, int due)
{
  DTRACE_PROBE5(mpcc, batch_formed, instance, slot, id, count, due);
}

/* A hand-over has ended with ${status}. */
static inline void mpcc__probe_batch_done(const void *instance, uint32_t slot, uint64_t id,
                                          int status, uint64_t pump_ns)
{
  DTRACE_PROBE5(mpcc, batch_done, instance, slot, id, status, pump_ns);
}

static inline void mpcc__probe_drop(const void *instance, uint32_t slot, size_t count, int reason)
{
  DTRACE_PROBE4(mpcc, drop, instance, slot, count, reason);
}

#ifdef __clang__
#pragma clang diagnostic pop
#endif

#endif
