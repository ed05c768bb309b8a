/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What differs between systems: locks, the monotonic clock, threads. Almost all of it is libuv;
 * only the rooms that block or drive a loop may include this.
 */
#ifndef MPCC__PLATFORM_H
#define MPCC__PLATFORM_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "thread.h"

uint64_t mpcc__platform_now_ns(void);

void mpcc__platform_yield(void);

void mpcc__platform_nap(void); /* a millisecond */

/* Between two looks at a word that another thread is about to write. */
static inline void mpcc__platform_relax(void)
{
#if defined(_MSC_VER)
  YieldProcessor();
#elif defined(__i386__) || defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

/* Whether there is a mpcc__platform_bar(): a barrier that all running threads of the process go
 * through, before it returns, at a moment of their own; so that those who pay for it are the few
 * who call it. */
bool mpcc__platform_can_bar(void);
void mpcc__platform_bar(void); /* nothing if there is none */

/* Keep this thread from being cancelled (where there is such a thing) until restore. */
int mpcc__platform_cancel_off(void);
void mpcc__platform_cancel_restore(int before);

/* A thread that takes no signals: those are the program's. libuv's code. */
int mpcc__platform_spawn(uv_thread_t *thread, void (*run)(void *arg), void *arg);

/* Nobody will join it. */
void mpcc__platform_detach(const uv_thread_t *thread);

/* A number that differs from process to process and call to call, as well as the system can;
 * not 0. */
uint64_t mpcc__platform_random(void);

/* Whether the system would give ${count} descriptors now. (libuv 1.44 loses one, or aborts, when it
 * runs out of them in the middle of making a loop.) */
bool mpcc__platform_has_descriptors(int count);

/* A point in time ${timeout_ms} from now, for mpcc__platform_wait; UINT64_MAX: never. */
uint64_t mpcc__platform_deadline_ns(uint64_t timeout_ms);

/* Wait on ${condition}, not cancellable. False once the deadline has passed. */
bool mpcc__platform_wait(uv_cond_t *condition, uv_mutex_t *lock, uint64_t deadline_ns);

#endif
