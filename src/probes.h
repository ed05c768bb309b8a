/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Static probes (USDT) of provider "mpcc": a nop and a note in the binary where <sys/sdt.h> is
 * there, nothing elsewhere, or with MPCC_NO_PROBES. bpftrace, perf and gdb find them by name.
 */
#ifndef MPCC__PROBES_H
#define MPCC__PROBES_H

#if defined(__has_include) && !defined(MPCC_NO_PROBES) && !defined(MPCC_PORTABLE)
#if __has_include(<sys/sdt.h>)
#include <sys/sdt.h>
#endif
#endif

#ifdef DTRACE_PROBE1
#define MPCC__PROBE1(name, a) DTRACE_PROBE1(mpcc, name, a)
#define MPCC__PROBE2(name, a, b) DTRACE_PROBE2(mpcc, name, a, b)
#define MPCC__PROBE4(name, a, b, c, d) DTRACE_PROBE4(mpcc, name, a, b, c, d)
#define MPCC__PROBE5(name, a, b, c, d, e) DTRACE_PROBE5(mpcc, name, a, b, c, d, e)
#else
#define MPCC__PROBE1(name, a) ((void)(a))
#define MPCC__PROBE2(name, a, b) ((void)(a), (void)(b))
#define MPCC__PROBE4(name, a, b, c, d) ((void)(a), (void)(b), (void)(c), (void)(d))
#define MPCC__PROBE5(name, a, b, c, d, e) \
  ((void)(a), (void)(b), (void)(c), (void)(d), (void)(e))
#endif

#endif
