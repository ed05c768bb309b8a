/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The threads of an execution, who runs, and what time it is.
 *
 * Before every atomic operation, lock and call of the system there is a point at which another
 * thread may go on instead. A thread that waits names a condition that is asked whenever somebody
 * is to be chosen. A thread that yields comes again when all others have yielded or wait: so loops
 * that wait for others end. When nobody can run, time passes up to the next deadline; when there is
 * none, the threads wait for each other for ever, and the execution has failed.
 */
#ifndef SIM_SCHED_H
#define SIM_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

#define SIM_NO_DEADLINE UINT64_MAX

struct sim_fiber;

struct sim_thread {
  struct sim_view now;      /* the memory model's: see model.h */
  struct sim_view released; /* at its last release fence */
  struct sim_view acquirable; /* what its next acquire fence acquires */
  uint32_t yielded_at;      /* reads nothing that was overwritten before this step */

  struct sim_fiber *fiber;
  void (*run)(void *arg);
  void *arg;
  bool live;
  bool yielded;
  bool chosen;              /* to run, and is not at a point yet */
  bool (*ready)(void *arg); /* waits for this, or NULL */
  void *ready_arg;
  const char *waits_for;
  unsigned stop_after;      /* points: then it waits for this, as if it had lost the processor */
  bool (*may_go_on)(void *arg);
  void *may_go_on_arg;
  uint64_t deadline_ns;
  int priority;
};

/* -- Executions ------------------------------------------------------------------------------ */

/* Run ${body} as thread 0 until all threads have ended. What went wrong, or NULL. */
const char *sim_execute(void (*body)(void), uint32_t step_limit);

/* Steps of the longest execution since this was asked last. */
uint32_t sim_longest(void);

/* -- The thread that runs -------------------------------------------------------------------- */

unsigned sim_self(void);
struct sim_thread *sim_me(void);
struct sim_thread *sim_thread(unsigned number);
unsigned sim_thread_count(void); /* that were ever started in this execution */
uint32_t sim_step(void);

/* What was stored before this step is seen by all: time has passed since. */
uint32_t sim_settled(void);

/* Nobody else is alive: nothing to choose. */
bool sim_alone(void);

/* Another event of the thread that runs. */
uint32_t sim_tick(void);

/* Another thread may go on instead. */
void sim_point(void);

/* Others go first. ${catches_up}: then nothing is read that was overwritten before. */
void sim_yield(bool catches_up);

/* Wait until ready(arg), which is not of the program under test (it is asked while somebody is
 * chosen): false if the deadline came first. */
bool sim_wait(bool (*ready)(void *arg), void *arg, uint64_t deadline_ns, const char *what);

/* Stop the thread that runs at its ${points}-th point until ready(arg). */
void sim_stop_after(unsigned points, bool (*ready)(void *arg), void *arg);

/* Start a thread, and see one end. */
unsigned sim_spawn(void (*run)(void *arg), void *arg);
void sim_join(unsigned number);

/* -- Time ------------------------------------------------------------------------------------ */

uint64_t sim_now_ns(void);

/* Timeouts may also run out while others still run. */
void sim_hurry(bool hurry);

#endif
