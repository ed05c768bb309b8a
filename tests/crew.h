/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Threads for tests: started together at a gate, or known to sleep inside the call under test.
 * Workers never assert; they leave results for the main thread.
 */
#ifndef MPCC_TESTS_CREW_H
#define MPCC_TESTS_CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Threads that pass a gate leave it together, so that what follows really collides. */
typedef struct gate {
  pthread_mutex_t mutex;
  pthread_cond_t cond;
  unsigned missing;
  unsigned round;
  unsigned size;
} gate_t;

void gate_open(gate_t *gate, unsigned size);
void gate_pass(gate_t *gate);
void gate_close(gate_t *gate);

/* Run work(args + i * arg_size) for i in 0..count-1 on a thread each, behind one gate; join all. */
void crew_run(void (*work)(void *arg), void *args, size_t arg_size, unsigned count);

/* Look until ${holds} is true: false if it is not after two minutes. */
bool crew_await(bool (*holds)(void *arg), void *arg);

/* A thread that is inside one call that blocks. */
typedef struct sleeper {
  pthread_t thread;
  int (*act)(void *arg);
  void *arg;
  int result;
  char proc[64];
  atomic_int stage;
} sleeper_t;

/* Returns when the thread sleeps inside act(arg), or has already returned from it. */
void sleeper_start(sleeper_t *sleeper, int (*act)(void *arg), void *arg);

/* Whether act(arg) has returned. */
bool sleeper_is_up(sleeper_t *sleeper);

/* Join, and tell what act(arg) returned. */
int sleeper_join(sleeper_t *sleeper);

/* Milliseconds of the monotonic clock. */
uint64_t crew_now_ms(void);

#endif
