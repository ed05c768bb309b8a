/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* syscall() */
#include "platform.h"

#ifndef _WIN32
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <unistd.h>
#endif

/* Not the address of a thread-local variable: the C library may allocate that at its first use, and
 * ends the program if it can't. */
uintptr_t mpcc__platform_thread(void)
{
#ifdef _WIN32
  return GetCurrentThreadId();
#else
  return (uintptr_t)pthread_self();
#endif
}

uint64_t mpcc__platform_now_ns(void)
{
  return uv_hrtime();
}

void mpcc__platform_yield(void)
{
#ifdef _WIN32
  SwitchToThread();
#else
  (void)sched_yield();
#endif
}

#if defined(MPCC_PORTABLE)
#define BAR_BY_NONE
#elif defined(_WIN32)
#define BAR_BY_WINDOWS
#elif defined(__linux__) && defined(SYS_membarrier)
#define BAR_BY_LINUX
#else
#define BAR_BY_NONE
#endif

#ifdef BAR_BY_LINUX

enum { MEMBARRIER_PRIVATE_EXPEDITED = 1 << 3, MEMBARRIER_REGISTER_PRIVATE_EXPEDITED = 1 << 4 };

static uv_once_t bar_once = UV_ONCE_INIT;
static bool bar_works; /* guard: bar_once */

static void try_bar(void)
{
  bar_works = syscall(SYS_membarrier, MEMBARRIER_REGISTER_PRIVATE_EXPEDITED, 0) == 0 &&
              syscall(SYS_membarrier, MEMBARRIER_PRIVATE_EXPEDITED, 0) == 0;
}

bool mpcc__platform_can_bar(void)
{
  uv_once(&bar_once, try_bar);
  return bar_works;
}

void mpcc__platform_bar(void)
{
  if (!mpcc__platform_can_bar())
    return;
  while (syscall(SYS_membarrier, MEMBARRIER_PRIVATE_EXPEDITED, 0) != 0 && errno == ENOMEM)
    mpcc__platform_yield(); /* the kernel is short of memory for a moment */
}

#else

bool mpcc__platform_can_bar(void)
{
#ifdef BAR_BY_WINDOWS
  return true;
#else
  return false;
#endif
}

void mpcc__platform_bar(void)
{
#ifdef BAR_BY_WINDOWS
  FlushProcessWriteBuffers();
#endif
}

#endif

void mpcc__platform_nap(void)
{
  int cancel = mpcc__platform_cancel_off();

  uv_sleep(1);
  mpcc__platform_cancel_restore(cancel);
}

#if defined(_WIN32) || defined(__ANDROID__)

int mpcc__platform_cancel_off(void)
{
  return 0;
}

void mpcc__platform_cancel_restore(int before)
{
  (void)before;
}

#else

int mpcc__platform_cancel_off(void)
{
  int before = 0;

  (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
  return before;
}

void mpcc__platform_cancel_restore(int before)
{
  int ignored;

  (void)pthread_setcancelstate(before, &ignored);
}

#endif

int mpcc__platform_spawn(uv_thread_t *thread, void (*run)(void *arg), void *arg)
{
#ifdef _WIN32
  return uv_thread_create(thread, run, arg);
#else
  sigset_t all, before;
  int err;

  sigfillset(&all);
  (void)pthread_sigmask(SIG_SETMASK, &all, &before);
  err = uv_thread_create(thread, run, arg);
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  return err;
#endif
}

void mpcc__platform_detach(const uv_thread_t *thread)
{
#ifdef _WIN32
  (void)CloseHandle(*thread);
#else
  (void)pthread_detach(*thread);
#endif
}

uint64_t mpcc__platform_random(void)
{
  uint64_t number = 0;

  if (uv_random(NULL, NULL, &number, sizeof(number), 0, NULL) != 0)
    number = uv_hrtime() ^ (uint64_t)(uintptr_t)&number ^ (uint64_t)uv_os_getpid() << 32;
  return number != 0 ? number : 1;
}

#ifdef _WIN32

bool mpcc__platform_has_descriptors(int count)
{
  (void)count;
  return true;
}

#else

/* As deep as ${count}, a handful. NOLINTNEXTLINE(misc-no-recursion) */
bool mpcc__platform_has_descriptors(int count)
{
  int descriptor;
  bool enough;

  if (count == 0)
    return true;
  descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return errno != EMFILE && errno != ENFILE;
  enough = mpcc__platform_has_descriptors(count - 1);
  (void)close(descriptor);
  return enough;
}

#endif

uint64_t mpcc__platform_deadline_ns(uint64_t timeout_ms)
{
  uint64_t now = uv_hrtime();

  return timeout_ms > (UINT64_MAX - now) / 1000000 ? UINT64_MAX : now + timeout_ms * 1000000;
}

bool mpcc__platform_wait(uv_cond_t *condition, uv_mutex_t *lock, uint64_t deadline_ns)
{
  const uint64_t longest_ns = UINT64_C(3600) * 1000000000; /* far from overflow in any timespec */
  uint64_t now = uv_hrtime();
  int cancel;

  if (deadline_ns != UINT64_MAX && now >= deadline_ns)
    return false;
  cancel = mpcc__platform_cancel_off();
  if (deadline_ns == UINT64_MAX)
    uv_cond_wait(condition, lock);
  else
    (void)uv_cond_timedwait(condition, lock,
                            deadline_ns - now < longest_ns ? deadline_ns - now : longest_ns);
  mpcc__platform_cancel_restore(cancel);
  return true;
}
