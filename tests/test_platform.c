/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What differs between systems, as the other rooms rely on it; and without what only some have. */
#include "platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#ifdef __linux__
#include <sys/syscall.h>

long syscall(long number, ...);
#endif
#include <unistd.h>

static void the_clock_never_goes_back(void **state)
{
  (void)state;
  uint64_t before = mpcc__platform_now_ns();
  mpcc__platform_nap();
  uint64_t after = mpcc__platform_now_ns();

  assert_true(after >= before + 1000000);
}

static void a_deadline_is_as_far_as_it_was_said_or_never(void **state)
{
  (void)state;
  uint64_t now = mpcc__platform_now_ns();

  uint64_t soon = mpcc__platform_deadline_ns(5);

  assert_true(soon >= now + 5000000 && soon < now + UINT64_C(60000000000));
  assert_true(mpcc__platform_deadline_ns(0) <= mpcc__platform_now_ns());
  assert_true(mpcc__platform_deadline_ns(UINT64_MAX) == UINT64_MAX);
  assert_true(mpcc__platform_deadline_ns(UINT64_MAX / 1000000) == UINT64_MAX);
}

static void random_numbers_are_not_zero_and_not_the_same(void **state)
{
  (void)state;
  uint64_t first = mpcc__platform_random(), second = mpcc__platform_random();

  assert_true(first != 0 && second != 0);
  assert_true(first != second || mpcc__platform_random() != second);
}

static void *own_address(void *arg)
{
  *(uintptr_t *)arg = mpcc__platform_thread();
  return arg;
}

static void threads_can_be_told_apart(void **state)
{
  (void)state;
  uintptr_t here = mpcc__platform_thread(), there = here;
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, own_address, &there), 0);
  pthread_join(thread, NULL);

  assert_true(mpcc__platform_thread() == here);
  assert_true(there != here);
}

static void look_at_signals(void *arg)
{
  (void)pthread_sigmask(SIG_SETMASK, NULL, arg);
}

static void a_thread_takes_no_signals_and_its_maker_takes_them_as_before(void **state)
{
  (void)state;
  sigset_t before, after, there;
  uv_thread_t thread;
  sigemptyset(&there);
  assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &before), 0);

  assert_int_equal(mpcc__platform_spawn(&thread, look_at_signals, &there), 0);
  assert_int_equal(uv_thread_join(&thread), 0);

  assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
  assert_int_equal(sigismember(&there, SIGTERM), 1);
  assert_int_equal(sigismember(&there, SIGINT), 1);
  assert_int_equal(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
}

static int next_descriptor(void)
{
  int descriptor = dup(STDERR_FILENO);
  if (descriptor >= 0)
    close(descriptor);
  return descriptor;
}

static void descriptors_are_counted_up_to_the_limit_and_none_is_kept(void **state)
{
  (void)state;
  struct rlimit before, now;
  int first = next_descriptor();
  assert_true(first >= 0);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  now = before;
  now.rlim_cur = (rlim_t)first + 3;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);

  bool none = mpcc__platform_has_descriptors(0), three = mpcc__platform_has_descriptors(3);
  bool four = mpcc__platform_has_descriptors(4);
  int free_now = next_descriptor();
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);

  assert_true(none && three && !four);
  assert_int_equal(free_now, first);
}

static void a_wait_ends_at_its_deadline_and_one_that_has_passed_does_not_begin(void **state)
{
  (void)state;
  uv_mutex_t lock;
  uv_cond_t never;
  assert_int_equal(uv_mutex_init(&lock), 0);
  assert_int_equal(uv_cond_init(&never), 0);
  uv_mutex_lock(&lock);
  uint64_t deadline = mpcc__platform_deadline_ns(20);

  assert_false(mpcc__platform_wait(&never, &lock, mpcc__platform_now_ns()));
  while (mpcc__platform_wait(&never, &lock, deadline))
    continue;

  assert_true(mpcc__platform_now_ns() >= deadline);
  uv_mutex_unlock(&lock);
  uv_cond_destroy(&never);
  uv_mutex_destroy(&lock);
}

static void who_was_cancellable_is_so_again(void **state)
{
  (void)state;
  int ours = mpcc__platform_cancel_off(), off = 0, on = 0;

  assert_int_equal(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &off), 0);
  mpcc__platform_cancel_restore(ours);
  assert_int_equal(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &on), 0);

  assert_int_equal(off, PTHREAD_CANCEL_DISABLE);
  assert_int_equal(on, ours);
}

/* Whether the system says that it has one. */
static bool system_has_a_barrier(void)
{
#if defined(__linux__) && defined(SYS_membarrier) && !defined(MPCC_PORTABLE)
  long commands = syscall(SYS_membarrier, 0, 0); /* MEMBARRIER_CMD_QUERY */
  return commands > 0 && (commands & 1 << 3) != 0;
#else
  return false;
#endif
}

/* What it does is seen with threads (test_producers_threads.c). */
static void there_is_a_barrier_where_the_system_has_one_and_the_build_may_use_it(void **state)
{
  (void)state;
  assert_true(mpcc__platform_can_bar() == system_has_a_barrier());
  mpcc__platform_bar();
  mpcc__platform_yield();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_clock_never_goes_back),
    cmocka_unit_test(a_deadline_is_as_far_as_it_was_said_or_never),
    cmocka_unit_test(random_numbers_are_not_zero_and_not_the_same),
    cmocka_unit_test(threads_can_be_told_apart),
    cmocka_unit_test(a_thread_takes_no_signals_and_its_maker_takes_them_as_before),
    cmocka_unit_test(descriptors_are_counted_up_to_the_limit_and_none_is_kept),
    cmocka_unit_test(a_wait_ends_at_its_deadline_and_one_that_has_passed_does_not_begin),
    cmocka_unit_test(who_was_cancellable_is_so_again),
    cmocka_unit_test(there_is_a_barrier_where_the_system_has_one_and_the_build_may_use_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
