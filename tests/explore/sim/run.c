/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* sigaltstack() */
#include "run.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "heap.h"
#include "model.h"
#include "sched.h"
#include "search.h"
#include "shadow.h"
#include "stand_ins.h"
#include "verdict.h"

enum { LOOK_AT_CLOCK = 64 };

static char leak[80];

/* An address that is nobody's: the end of this execution, not of the program. */
static void on_fault(int number)
{
  (void)number;
  sim_fail("access to an address where no memory is");
}

static void catch_faults(void)
{
  static unsigned char stack[64 * 1024];
  static bool caught;
  struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_ONSTACK | SA_NODEFER};
  stack_t place = {.ss_sp = stack, .ss_size = sizeof(stack)};

  if (caught)
    return;
  (void)sigaltstack(&place, NULL);
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(SIGSEGV, &action, NULL);
  (void)sigaction(SIGBUS, &action, NULL);
  caught = true;
}

const char *sim_run_once(void (*body)(void), uint32_t steps)
{
  const char *verdict;
  size_t leaked;

  catch_faults();
  sim_heap_begin();
  sim_shadow_begin();
  sim_model_begin();
  sim_locks_begin();
  sim_loops_begin();
  sim_system_begin();
  verdict = sim_execute(body, steps);
  leaked = sim_shadow_leaked();
  if (verdict != NULL || leaked == 0)
    return verdict;
  snprintf(leak, sizeof(leak), "%zu bytes were never freed", leaked);
  return leak;
}

/* Of the processor, so that a result does not depend on who else uses it. */
static double seconds_now(void)
{
  struct timespec now;

  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool is_over(const struct sim_result *result, const struct sim_limits *limits,
                    double begun)
{
  if (limits->executions != 0 && result->executions >= limits->executions)
    return true;
  return limits->seconds > 0 && result->executions % LOOK_AT_CLOCK == 0 &&
         seconds_now() - begun > limits->seconds;
}

struct sim_result sim_run(void (*body)(void), const struct sim_limits *limits)
{
  struct sim_result result = {0};
  double begun = seconds_now();

  do {
    sim_search_begin(result.executions++);
    result.verdict = sim_run_once(body, limits->steps);
    if (result.verdict != NULL)
      break;
    result.complete = sim_search_mode() == SIM_EXHAUST && !sim_search_next();
  } while (!result.complete && !is_over(&result, limits, begun));
  result.seconds = seconds_now() - begun;
  result.longest = sim_longest();
  return result;
}
