/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Read-modify-writes, compare-exchanges that fail, and the release sequence. */
#include "parts.h"

static int compare(atomic_int *at, int expected, int desired)
{
  (void)atomic_compare_exchange_strong_explicit(at, &expected, desired, memory_order_acq_rel,
                                                memory_order_relaxed);
  return expected;
}

static int compare_acquire(atomic_int *at, int expected, int desired)
{
  (void)atomic_compare_exchange_strong_explicit(at, &expected, desired, memory_order_acq_rel,
                                                memory_order_acquire);
  return expected;
}

static int compare_weak(atomic_int *at, int expected, int desired)
{
  return atomic_compare_exchange_weak_explicit(at, &expected, desired, memory_order_relaxed,
                                               memory_order_relaxed);
}

THREAD(add, r[0] = ADD(&x, 1, relaxed);)
THREAD(add_too, r[1] = ADD(&x, 1, relaxed);)
THREAD(take, r[0] = compare(&x, 0, 1) == 0;)
THREAD(take_too, r[1] = compare(&x, 0, 2) == 0;)
THREAD(take_weak, r[0] = compare_weak(&x, 0, 1);)
THREAD(take_strong, r[0] = compare(&x, 0, 1) == 0;)
THREAD(one_two, PUT(&x, 1, relaxed); PUT(&x, 2, relaxed);)
THREAD(two_to_three, r[0] = compare(&x, 2, 3);)

TEST(adds, add, add_too, NULL, NULL, GET(&x, relaxed), r[0], r[1])
TEST(takes, take, take_too, NULL, NULL, r[0], r[1])
TEST(weak, take_weak, NULL, NULL, NULL, r[0])
TEST(strong, take_strong, NULL, NULL, NULL, r[0])
TEST(stale_failure, one_two, two_to_three, NULL, NULL, r[0])

/* A failure has an order of its own. */
THREAD(post, PUT(&x, 1, relaxed); PUT(&y, 1, release);)
THREAD(fail_relaxed, r[0] = compare(&y, 5, 6); r[1] = GET(&x, relaxed);)
THREAD(fail_acquire, r[0] = compare_acquire(&y, 5, 6); r[1] = GET(&x, relaxed);)

TEST(failure_relaxed, post, fail_relaxed, NULL, NULL, r[0], r[1])
TEST(failure_acquire, post, fail_acquire, NULL, NULL, r[0], r[1])

/* An update in between carries the release on; another store ends it. */
THREAD(update, (void)ADD(&y, 1, relaxed);)
THREAD(overwrite, if (GET(&y, relaxed) == 1) PUT(&y, 2, relaxed);)
THREAD(collect, r[0] = GET(&y, acquire); r[1] = GET(&x, relaxed);)

TEST(sequence_update, post, update, collect, NULL, r[0] == 2 && r[1] == 0)
TEST(sequence_store, post, overwrite, collect, NULL, r[0] == 2 && r[1] == 0)

/* A lock that is taken by an exchange. */
THREAD(locked_add, while (atomic_exchange_explicit(&z, 1, memory_order_acquire) != 0)
                     scene_yield();
       data++; PUT(&z, 0, release);)
THREAD(badly_locked_add, while (atomic_exchange_explicit(&z, 1, memory_order_acquire) != 0)
                           scene_yield();
       data++; PUT(&z, 0, relaxed);)

TEST(lock, locked_add, locked_add, NULL, NULL, data)
TEST(bad_lock, badly_locked_add, badly_locked_add, NULL, NULL, data)

const struct litmus litmus_updates[] = {
  {"updates are atomic", adds, "201 210"},
  {"one of two takes", takes, "01 10"},
  {"a weak exchange may fail", weak, "0 1"},
  {"a strong exchange may not", strong, "1"},
  {"a failure may read an old store", stale_failure, "0 1 2"},
  {"a failure, relaxed", failure_relaxed, "00 01 10 11"},
  {"a failure, acquire", failure_acquire, "00 01 11"},
  {"release sequence: update", sequence_update, "0"},
  {"release sequence: other store", sequence_store, "0 1"},
  {"a lock", lock, "2"},
  {"a lock that releases nothing", bad_lock, "data race"},
  {0},
};
