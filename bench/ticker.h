/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The thread of a peer that hands out: a libuv loop with one async handle, by which producers wake
 * it, and one timer, which runs only while there is something to hand out. At rest it sleeps.
 *
 * A producer wakes it when a batch is full, and with the first item after a time of rest, when no
 * tick is to come (ticker_dormant()). No fence is needed between a push and that look: the ticker
 * calls itself dormant one tick before it stops its timer, and what it did not see at the first
 * of the two it sees at the second. So the look costs a push one plain load.
 */
#ifndef BENCH_TICKER_H
#define BENCH_TICKER_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
#include <atomic>
typedef std::atomic<bool> ticker_flag; /* of the same size and alignment in both languages */
extern "C" {
#else
#include <stdatomic.h>
typedef _Atomic bool ticker_flag;
#endif

struct ticker;

/* What is called on the thread, with the peer. */
struct ticker_calls {
  void (*wake)(void *peer); /* hand out full batches */
  bool (*tick)(void *peer); /* hand out everything; whether there was anything */
};

/* NULL if memory, a loop or a thread is refused. */
struct ticker *ticker_open(const struct ticker_calls *calls, uint64_t interval_ms, void *peer);

/* When all producers have left: hands out what is left, ends the thread, and frees it. */
void ticker_close(struct ticker *ticker);

/* Any thread. */
void ticker_wake(struct ticker *ticker);

/* Set while no tick is to come: who pushes has to wake it then. For the ticker's life. */
const ticker_flag *ticker_dormant(const struct ticker *ticker);

/* How often the thread found itself woken. */
uint64_t ticker_wakeups(const struct ticker *ticker);

#ifdef __cplusplus
}
#endif

#endif /* BENCH_TICKER_H */
