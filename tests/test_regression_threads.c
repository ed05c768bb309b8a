/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Promises between threads that were once broken: a producer that stops at the worst place delays
   no more than it must, and mpcc_flush_wait() tells of no fate before its time. */

#include "harness.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "crew.h"

/* Longer than any wait here; short of the test's own limit, so that it can say what failed. */
#define LONG_MS UINT64_C(20000)

static void nap_ms(long duration_ms)
{
  struct timespec nap = {0, duration_ms * 1000000};
  nanosleep(&nap, NULL);
}

static mpcc_stats_t stats_now(const rig_t *rig)
{
  mpcc_stats_t stats;
  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  return stats;
}

/* As rig_await_calls() and the like, for a test that says earlier what is missing. */
static bool await_stats(const rig_t *rig, bool (*holds)(const mpcc_stats_t *stats, uint64_t n),
                        uint64_t n)
{
  uint64_t end_ms = crew_now_ms() + LONG_MS;
  mpcc_stats_t stats = stats_now(rig);
  while (!holds(&stats, n) && crew_now_ms() < end_ms) {
    nap_ms(1);
    stats = stats_now(rig);
  }
  return holds(&stats, n);
}

static bool dropped_is(const mpcc_stats_t *stats, uint64_t n)
{
  return stats->dropped == n;
}

static bool delivered_is(const mpcc_stats_t *stats, uint64_t n)
{
  return stats->delivered == n;
}

static bool in_flight_is(const mpcc_stats_t *stats, uint64_t n)
{
  return stats->in_flight == n;
}

static rig_t *rig_own(uint32_t batch_size, uint64_t interval_ms, int answer)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.manual = false;
  options.push_interval_ms = interval_ms;
  rig_t *rig = rig_open(&options);
  rig->answer = answer;
  rig_start(rig);
  return rig;
}

/* -- A producer that stops ---------------------------------------------------------------- */

struct pusher {
  pthread_t thread;
  rig_t *rig;
  int result;
};

static atomic_bool stopped, goes_on;

static bool is_set(void *arg)
{
  return atomic_load_explicit((atomic_bool *)arg, memory_order_relaxed);
}

static void stop_here(void)
{
  atomic_store_explicit(&stopped, true, memory_order_relaxed);
  while (!is_set(&goes_on))
    nap_ms(1);
}

/* Returns when the thread has stopped inside its push. */
static void pusher_start(struct pusher *pusher, rig_t *rig, void *(*push)(void *arg))
{
  atomic_store_explicit(&stopped, false, memory_order_relaxed);
  atomic_store_explicit(&goes_on, false, memory_order_relaxed);
  *pusher = (struct pusher){.rig = rig, .result = 1};
  assert_int_equal(pthread_create(&pusher->thread, NULL, push, pusher), 0);
  assert_true(crew_await(is_set, &stopped));
}

static void let_it_go_on(struct pusher *pusher)
{
  atomic_store_explicit(&goes_on, true, memory_order_relaxed);
  pthread_join(pusher->thread, NULL);
  assert_int_equal(pusher->result, 0);
}

/* -- It stops while it reads the clock ---------------------------------------------------- */

/* A push reads the clock when it has taken new memory for its slot and before the loop can find
   that. The symbol is weak, so that a static libuv, which has its own, still links: then nobody
   calls this one, and the tests that want it are skipped. */
static atomic_bool clock_is_ours;
static _Thread_local bool stops_at_the_clock;

#if defined(__linux__) && defined(__ELF__) && defined(__GNUC__)
uint64_t uv_hrtime(void) __attribute__((weak));

uint64_t uv_hrtime(void)
{
  struct timespec now;
  atomic_store_explicit(&clock_is_ours, true, memory_order_relaxed);
  if (stops_at_the_clock)
    stop_here();
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
#endif

static void *push_and_stop_at_the_clock(void *arg)
{
  struct pusher *pusher = arg;
  uint64_t item = 4;
  stops_at_the_clock = true;
  pusher->result = mpcc_push(pusher->rig->mpcc, &item, 0);
  return NULL;
}

/* A slot with a batch in flight that is never done, a full one behind it, and a producer of item 4
   that has stopped. */
static rig_t *stop_a_push(struct pusher *pusher)
{
  rig_t *rig = rig_own(2, 10, MPCC_PENDING);
  rig_push(rig, 0, 0, 4);
  assert_true(rig_await_calls(rig, 1));
  if (is_set(&clock_is_ours)) {
    pusher_start(pusher, rig, push_and_stop_at_the_clock);
    return rig;
  }
  (void)rig_done(rig, 0, 0);
  assert_true(rig_await_calls(rig, 2));
  (void)rig_done(rig, 1, 0);
  rig_close(rig);
  skip();
  return NULL;
}

static void an_abandon_ends_once_a_producer_stopped_at_the_clock_has_gone_on(void **state)
{
  (void)state;
  struct pusher pusher;
  rig_t *rig = stop_a_push(&pusher);
  assert_int_equal(rig_complete(rig, MPCC_ABANDON), 0);
  nap_ms(50); /* the loop has looked, and found nothing that it could do */
  let_it_go_on(&pusher);

  assert_int_equal(mpcc_wait(rig->mpcc, LONG_MS), 0);
  mpcc_stats_t stats = stats_now(rig);
  assert_int_equal(stats.orphaned, 2);
  assert_int_equal(stats.dropped, 3);
  assert_int_equal(stats.pushed, 5);
  assert_int_equal(mpcc_batch_done(rig->calls[0].batch, 0), MPCC_ECLOSED);
  assert_int_equal(mpcc_destroy(rig->mpcc), 0);
  rig->mpcc = NULL;
  rig_close(rig);
}

static void a_discard_drops_what_a_producer_stopped_at_the_clock_then_pushes(void **state)
{
  (void)state;
  struct pusher pusher;
  rig_t *rig = stop_a_push(&pusher);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  nap_ms(50); /* likewise */
  let_it_go_on(&pusher);

  assert_true(await_stats(rig, dropped_is, 3));
  assert_int_equal(stats_now(rig).queued, 0);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  rig_close(rig);
}

/* -- It stops while its item is copied ---------------------------------------------------- */

/* The item is in memory that can't be read; the handler of that fault keeps the thread there. */
static unsigned char *page;
static size_t page_size;

static void stop_at_the_page(int number)
{
  int saved = errno;
  (void)number;
  stop_here();
  errno = saved;
}

static void page_open(struct sigaction *before)
{
  struct sigaction action = {.sa_handler = stop_at_the_page};
  FILE *file = tmpfile();
  assert_non_null(file);
  page_size = (size_t)sysconf(_SC_PAGESIZE);
  assert_int_equal(ftruncate(fileno(file), (off_t)page_size), 0);
  page = mmap(NULL, page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
  assert_true(page != MAP_FAILED);
  fclose(file);
  sigemptyset(&action.sa_mask);
  assert_int_equal(sigaction(SIGSEGV, &action, &before[0]), 0);
  assert_int_equal(sigaction(SIGBUS, &action, &before[1]), 0);
}

static void page_close(const struct sigaction *before)
{
  sigaction(SIGSEGV, &before[0], NULL);
  sigaction(SIGBUS, &before[1], NULL);
  munmap(page, page_size);
}

static void *push_the_page(void *arg)
{
  struct pusher *pusher = arg;
  pusher->result = mpcc_push(pusher->rig->mpcc, page, 0);
  return NULL;
}

/* Items 0 to 2 are pushed before the thread stops with item 3, item 4 after that. */
static void stop_a_copy(uint64_t interval_ms, uint32_t flushed_slot)
{
  rig_t *rig = rig_own(100, interval_ms, 0);
  struct pusher pusher;
  *(uint64_t *)(void *)page = 3;
  assert_int_equal(mprotect(page, page_size, PROT_NONE), 0);
  rig_push(rig, 0, 0, 3);
  pusher_start(&pusher, rig, push_the_page);
  rig_push(rig, 0, 4, 1);
  if (interval_ms == MPCC_NO_INTERVAL)
    assert_int_equal(mpcc_flush(rig->mpcc, flushed_slot), 0);

  bool went = await_stats(rig, delivered_is, 3);
  assert_int_equal(mprotect(page, page_size, PROT_READ | PROT_WRITE), 0);
  let_it_go_on(&pusher);
  assert_true(went);

  assert_int_equal(mpcc_flush_wait(rig->mpcc, 0, LONG_MS), 0);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
  assert_fates(rig, 5, 0, 0);
  for (uint64_t i = 0; i < 5; i++)
    assert_int_equal(rig->items[i], i);
  rig_close(rig);
}

static void what_was_pushed_before_a_stopped_producers_item_goes_once_due(void **state)
{
  (void)state;
  needs_queues();
  struct sigaction before[2];
  page_open(before);
  stop_a_copy(10, 0);
  stop_a_copy(MPCC_NO_INTERVAL, 0);
  stop_a_copy(MPCC_NO_INTERVAL, MPCC_ALL_SLOTS);
  page_close(before);
}

/* -- A flush that waits, and an abandon ---------------------------------------------------- */

/* Batches of one item, all in flight. The one in the middle is answered while the loop lets go of
   them one by one: then it is dropped, and who waits for it is told after that. */
enum { MIDDLE = 6000, BATCHES = 2 * MIDDLE, ROUNDS = 4 };

static mpcc_batch_t *held[BATCHES];
static atomic_bool middle_dropped;

struct flusher {
  mpcc_t *mpcc;
  int answer;   /* of mpcc_flush_wait() */
  bool dropped; /* the middle, when that returned */
};

static int hold_it(mpcc_batch_t *batch, void *state)
{
  (void)state;
  held[*(const uint64_t *)batch->items] = batch;
  return MPCC_PENDING;
}

static void note_the_middle(const mpcc_batch_t *batch, int reason, void *state)
{
  (void)reason;
  (void)state;
  if (*(const uint64_t *)batch->items == MIDDLE)
    atomic_store_explicit(&middle_dropped, true, memory_order_relaxed);
}

static int flush_and_look(void *arg)
{
  struct flusher *flusher = arg;
  flusher->answer = mpcc_flush_wait(flusher->mpcc, 0, MPCC_NO_TIMEOUT);
  flusher->dropped = atomic_load_explicit(&middle_dropped, memory_order_relaxed);
  return 0;
}

static void *answer_the_middle(void *arg)
{
  mpcc_stats_t stats;
  do
    (void)mpcc_stats(arg, &stats);
  while (stats.orphaned == 0);
  return mpcc_batch_done(held[MIDDLE], -1) == 0 ? arg : NULL;
}

static mpcc_t *all_in_flight(sleeper_t *sleeper, struct flusher *flusher)
{
  mpcc_options_t options;
  mpcc_t *mpcc;
  rig_options(&options, 1);
  options.manual = false;
  options.max_concurrency = BATCHES;
  options.on_drop = note_the_middle;
  atomic_store_explicit(&middle_dropped, false, memory_order_relaxed);
  assert_int_equal(mpcc_create(&mpcc, &options), 0);
  assert_int_equal(mpcc_start(mpcc, hold_it, NULL), 0);
  *flusher = (struct flusher){mpcc, 1, false};
  for (uint64_t i = 0; i < BATCHES; i++) {
    assert_int_equal(mpcc_push(mpcc, &i, 0), 0);
    if (i == MIDDLE)
      sleeper_start(sleeper, flush_and_look, flusher);
  }
  assert_true(await_stats(&(rig_t){.mpcc = mpcc}, in_flight_is, BATCHES));
  return mpcc;
}

static void a_flush_tells_of_no_item_that_an_abandon_has_yet_to_drop(void **state)
{
  (void)state;
  for (int round = 0; round < ROUNDS; round++) {
    sleeper_t sleeper;
    struct flusher flusher;
    pthread_t thread;
    void *answered = NULL;
    mpcc_t *mpcc = all_in_flight(&sleeper, &flusher);
    assert_int_equal(pthread_create(&thread, NULL, answer_the_middle, mpcc), 0);
    assert_int_equal(mpcc_complete(mpcc, MPCC_ABANDON, NULL, NULL), 0);
    pthread_join(thread, &answered);
    assert_int_equal(sleeper_join(&sleeper), 0);
    assert_int_equal(mpcc_wait(mpcc, MPCC_NO_TIMEOUT), 0);

    assert_true(answered == NULL || flusher.answer != 0 || flusher.dropped);
    for (size_t i = 0; i < BATCHES; i++)
      if (i != MIDDLE)
        assert_int_equal(mpcc_batch_done(held[i], 0), MPCC_ECLOSED);
    assert_int_equal(mpcc_destroy(mpcc), 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_abandon_ends_once_a_producer_stopped_at_the_clock_has_gone_on),
    cmocka_unit_test(a_discard_drops_what_a_producer_stopped_at_the_clock_then_pushes),
    cmocka_unit_test(what_was_pushed_before_a_stopped_producers_item_goes_once_due),
    cmocka_unit_test(a_flush_tells_of_no_item_that_an_abandon_has_yet_to_drop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
