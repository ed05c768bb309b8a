/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Rows of docs/FAULTS.md about what the system does to a program: signals all the time, and no more
   descriptors. */

#include "harness.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "crew.h"

static rig_t *rig_own(uint32_t batch_size, size_t capacity)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.manual = false;
  options.push_interval_ms = 1;
  options.slot_count = 2;
  options.capacity = capacity;
  return rig_open(&options);
}

static int drain(rig_t *rig)
{
  int completed = rig_complete(rig, MPCC_DRAIN);
  return completed != 0 ? completed : mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT);
}

/* -- Signals ------------------------------------------------------------------------------ */

enum { SIGNALLED = 3 };

/* The producers, and the thread that waits, between signals. */
static struct {
  pthread_t threads[SIGNALLED];
  atomic_uint caught;
  atomic_uint on_the_loop;
  atomic_bool loop_is_known;
  pthread_t loop;
  atomic_bool over;
} storm;

static void count_signal(int number)
{
  (void)number;
  atomic_fetch_add_explicit(&storm.caught, 1, memory_order_relaxed);
  if (atomic_load_explicit(&storm.loop_is_known, memory_order_acquire) &&
      pthread_equal(pthread_self(), storm.loop))
    atomic_fetch_add_explicit(&storm.on_the_loop, 1, memory_order_relaxed);
}

static int note_the_loop(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  (void)batch;
  if (!atomic_load_explicit(&storm.loop_is_known, memory_order_relaxed)) {
    storm.loop = pthread_self();
    atomic_store_explicit(&storm.loop_is_known, true, memory_order_release);
  }
  return 0;
}

/* To each thread in turn, and to the process, which may choose any that does not block it. */
static void *send_signals(void *arg)
{
  (void)arg;
  for (size_t i = 0; !atomic_load_explicit(&storm.over, memory_order_acquire); i++) {
    struct timespec nap = {0, 50000};
    (void)pthread_kill(storm.threads[i % SIGNALLED], SIGUSR1);
    (void)kill(getpid(), SIGUSR1);
    nanosleep(&nap, NULL);
  }
  return NULL;
}

struct producer {
  rig_t *rig;
  uint64_t odd;
};

/* Waits for room, for what was flushed, and in vain. */
static void *push_and_wait(void *arg)
{
  struct producer *producer = arg;
  mpcc_t *mpcc = producer->rig->mpcc;
  for (uint64_t item = 0; item < 2000; item++) {
    producer->odd += mpcc_push_wait(mpcc, &item, 0, MPCC_NO_TIMEOUT) != 0;
    if (item % 50 == 0)
      producer->odd += mpcc_flush_wait(mpcc, 0, MPCC_NO_TIMEOUT) != 0;
  }
  return NULL;
}

/* An instance that never starts has no room: how long the wait for it really is. */
static uint64_t wait_in_vain(uint64_t timeout_ms)
{
  rig_t *rig = rig_own(4, 2);
  uint64_t item = 0, begin_ms = crew_now_ms();
  rig_push(rig, 0, 0, 2);
  int result = mpcc_push_wait(rig->mpcc, &item, 0, timeout_ms);
  uint64_t took_ms = crew_now_ms() - begin_ms;
  assert_int_equal(result, MPCC_ETIMEDOUT);
  rig_close(rig);
  return took_ms;
}

static void signals_all_the_time_are_not_seen(void **state)
{
  (void)state;
  struct sigaction action, before;
  memset(&action, 0, sizeof(action));
  action.sa_handler = count_signal; /* and no SA_RESTART */
  sigemptyset(&action.sa_mask);
  assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
  rig_t *rig = rig_own(4, 8);
  rig->on_pump = note_the_loop;
  rig_start(rig);
  struct producer producers[SIGNALLED - 1];
  pthread_t sender;
  storm.threads[SIGNALLED - 1] = pthread_self();
  for (size_t i = 0; i < SIGNALLED - 1; i++) {
    producers[i] = (struct producer){rig, 0};
    assert_int_equal(pthread_create(&storm.threads[i], NULL, push_and_wait, &producers[i]), 0);
  }
  assert_int_equal(pthread_create(&sender, NULL, send_signals, NULL), 0);

  uint64_t took_ms = wait_in_vain(60);
  /* No thread may be gone while signals are sent to it: join only after the storm. */
  mpcc_stats_t stats = {0};
  while (stats.pushed < 2000 * (SIGNALLED - 1) ||
         atomic_load_explicit(&storm.caught, memory_order_relaxed) <= 200) {
    struct timespec nap = {0, 1000000};
    nanosleep(&nap, NULL);
    assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  }
  int drained = drain(rig);
  atomic_store_explicit(&storm.over, true, memory_order_release);
  pthread_join(sender, NULL);
  for (size_t i = 0; i < SIGNALLED - 1; i++) {
    pthread_join(storm.threads[i], NULL);
    assert_int_equal(producers[i].odd, 0);
  }
  assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);

  assert_int_equal(drained, 0);
  assert_true(took_ms >= 59);
  assert_fates(rig, 2000 * (SIGNALLED - 1), 0, 0);
  assert_true(atomic_load_explicit(&storm.loop_is_known, memory_order_relaxed));
  assert_int_equal(atomic_load_explicit(&storm.on_the_loop, memory_order_relaxed), 0);
  rig_close(rig);
}

/* -- Instances until there are no descriptors --------------------------------------------- */

static int next_descriptor(void)
{
  int descriptor = open("/dev/null", O_RDONLY);
  assert_true(descriptor >= 0);
  close(descriptor);
  return descriptor;
}

enum { MOST = 64 };

/* How many of them could be started; the one after these was refused. */
static size_t start_as_many_as_possible(rig_t *const *rigs, int *last)
{
  struct rlimit before, now;
  size_t count = 0;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  now = before;
  now.rlim_cur = (rlim_t)next_descriptor() + 50;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
  for (*last = 0; *last == 0 && count < MOST; count += *last == 0) {
    rig_push(rigs[count], 0, 0, 3);
    *last = mpcc_start(rigs[count]->mpcc, rig_on_pump, rigs[count]);
  }
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  return count;
}

static void when_descriptors_end_the_instances_there_are_go_on(void **state)
{
  (void)state;
  rig_t *rigs[MOST];
  int last;
  for (size_t i = 0; i < MOST; i++)
    rigs[i] = rig_own(3, 0);

  size_t count = start_as_many_as_possible(rigs, &last);

  assert_in_range(count, 2, MOST - 1);
  assert_int_equal(last, MPCC_ESYSTEM);
  rig_push(rigs[count], 0, 3, 3); /* the one that was refused has lost nothing */
  rig_start(rigs[count]);
  for (size_t i = 0; i <= count; i++) {
    uint64_t items = i == count ? 9 : 6;
    rig_push(rigs[i], 0, items - 3, 3);
    assert_true(rig_await_calls(rigs[i], items / 3));
    for (size_t k = 0; k < items / 3; k++)
      assert_batch(rigs[i], k, 0, 3 * k, 3, MPCC_DUE_FULL);
    assert_int_equal(drain(rigs[i]), 0);
  }
  for (size_t i = 0; i < MOST; i++)
    rig_close(rigs[i]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(signals_all_the_time_are_not_seen),
    cmocka_unit_test(when_descriptors_end_the_instances_there_are_go_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
