/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What the library asks of the system itself. */
#define _DEFAULT_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <uv.h>

#include "model.h"
#include "sched.h"
#include "shadow.h"
#include "stand_ins.h"
#include "trace.h"
#include "verdict.h"

enum { FIRST_DESCRIPTOR = 100, REGISTER_PRIVATE_EXPEDITED = 1 << 4 };

static bool has_barrier;
static uint64_t drawn;

void sim_system_begin(void)
{
  has_barrier = true;
  drawn = 0;
}

void sim_offer_barrier(bool offer)
{
  has_barrier = offer;
}

/* -- Under other names, which the program is compiled with ----------------------------------- */

int sim_sched_yield(void);
int sim_pthread_setcancelstate(int state, int *before);
int sim_pthread_sigmask(int how, const sigset_t *set, sigset_t *before);
int sim_pthread_detach(pthread_t thread);
int sim_open(const char *path, int flags, ...);
int sim_close(int descriptor);
long sim_syscall(long number, ...);
_Noreturn void sim_assert_fail(const char *condition, const char *file, unsigned line,
                               const char *function);

int sim_sched_yield(void)
{
  sim_note((struct sim_event){.what = "yield", .caller = __builtin_return_address(0)});
  sim_yield(true);
  return 0;
}

int sim_pthread_setcancelstate(int state, int *before)
{
  *before = state;
  return 0;
}

int sim_pthread_sigmask(int how, const sigset_t *set, sigset_t *before)
{
  (void)how;
  (void)set;
  (void)before;
  return 0;
}

int sim_pthread_detach(pthread_t thread)
{
  (void)thread;
  return 0;
}

int sim_open(const char *path, int flags, ...)
{
  (void)path;
  (void)flags;
  return FIRST_DESCRIPTOR;
}

int sim_close(int descriptor)
{
  return descriptor == FIRST_DESCRIPTOR ? 0 : -1;
}

long sim_syscall(long number, ...)
{
  va_list args;
  int command;

  if (number != SYS_membarrier)
    sim_fail("system call %ld has no stand-in", number);
  va_start(args, number);
  command = va_arg(args, int);
  va_end(args);
  if (!has_barrier)
    return -1;
  if (command != REGISTER_PRIVATE_EXPEDITED) {
    sim_point();
    sim_fence_everywhere();
    sim_note((struct sim_event){.what = "barrier", .caller = __builtin_return_address(0)});
  }
  return 0;
}

void sim_assert_fail(const char *condition, const char *file, unsigned line,
                     const char *function)
{
  (void)function;
  sim_fail("\"%s\" does not hold, %s:%u", condition, strrchr(file, '/') ? strrchr(file, '/') + 1
                                                                       : file, line);
}

/* All fibers share one thread of the system: where the library asks which thread it is on, this
 * answers. */
uintptr_t mpcc__platform_thread(void);
uintptr_t mpcc__platform_thread(void)
{
  return (uintptr_t)sim_self() + 1;
}

/* -- libuv ----------------------------------------------------------------------------------- */

uint64_t uv_hrtime(void)
{
  return sim_now_ns();
}

static bool never(void *arg)
{
  (void)arg;
  return false;
}

void uv_sleep(unsigned ms)
{
  sim_point();
  (void)sim_wait(never, NULL, sim_now_ns() + (uint64_t)ms * 1000000, "a nap to end");
}

/* The same numbers in every execution. */
int uv_random(uv_loop_t *loop, uv_random_t *request, void *bytes, size_t size, unsigned flags,
              uv_random_cb done)
{
  (void)loop;
  (void)request;
  (void)flags;
  (void)done;
  drawn += UINT64_C(0x9E3779B97F4A7C15);
  sim_shadow_write(bytes, size);
  memset(bytes, (int)(drawn >> 56 | 1), size);
  return 0;
}

uv_pid_t uv_os_getpid(void)
{
  return 1;
}
