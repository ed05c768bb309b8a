/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Rows of docs/FAULTS.md about threads and processes: producers parked inside a push, threads that
   end, slots that are contended for, a process that just leaves. */

#include "harness.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crew.h"

static void nap_us(long duration_us)
{
  struct timespec nap = {0, duration_us * 1000};
  nanosleep(&nap, NULL);
}

static rig_t *rig_own(uint32_t batch_size, uint32_t slots, size_t capacity)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.manual = false;
  options.slot_count = slots;
  options.capacity = capacity;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  return rig;
}

static void drain(rig_t *rig)
{
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
}

/* -- A process that leaves ---------------------------------------------------------------- */

static int hold(mpcc_batch_t *batch, void *state)
{
  (void)batch;
  (void)state;
  return MPCC_PENDING;
}

static void leave_in_the_middle(void)
{
  static mpcc_t *mpcc; /* still reachable at exit */
  mpcc_options_t options;
  mpcc_options_init(&options);
  options.item_size = sizeof(uint64_t);
  options.batch_size = 2;
  if (mpcc_create(&mpcc, &options) != 0 || mpcc_start(mpcc, hold, NULL) != 0)
    _exit(2);
  for (uint64_t item = 0; item < 5; item++)
    if (mpcc_push(mpcc, &item, 0) != 0)
      _exit(3);
  exit(0);
}

/* First in the table: a process with threads should not fork. */
static void a_process_may_exit_without_completing(void **state)
{
  (void)state;
  int status = 0;
  uint64_t end_ms = crew_now_ms() + 60000;
  fflush(NULL);
  pid_t child = fork(), ended = 0;
  assert_true(child >= 0);
  if (child == 0)
    leave_in_the_middle();

  while ((ended = waitpid(child, &status, WNOHANG)) == 0 && crew_now_ms() < end_ms)
    nap_us(2000);
  if (ended == 0) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
  }

  assert_int_equal(ended, child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

/* -- A producer parked inside a push ------------------------------------------------------ */

/* The push finds the memory of its item unreadable, after it has taken a place in the queue; the
   handler of that fault keeps it there until it is told to go on. */
static struct {
  int parked[2];
  int go_on[2];
  unsigned char *page;
  size_t page_size;
} lot;

static void park(int number)
{
  char byte = 0;
  int saved = errno;
  (void)number;
  if (write(lot.parked[1], &byte, 1) != 1 || read(lot.go_on[0], &byte, 1) != 1)
    _exit(9);
  errno = saved;
}

static void lot_open(struct sigaction *before)
{
  struct sigaction action;
  FILE *file = tmpfile();
  assert_non_null(file);
  lot.page_size = (size_t)sysconf(_SC_PAGESIZE);
  assert_int_equal(ftruncate(fileno(file), (off_t)lot.page_size), 0);
  lot.page = mmap(NULL, lot.page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
  assert_true(lot.page != MAP_FAILED);
  fclose(file);
  assert_int_equal(pipe(lot.parked) | pipe(lot.go_on), 0);
  action.sa_handler = park;
  action.sa_flags = 0;
  sigemptyset(&action.sa_mask);
  assert_int_equal(sigaction(SIGSEGV, &action, &before[0]), 0);
  assert_int_equal(sigaction(SIGBUS, &action, &before[1]), 0);
}

static void lot_close(const struct sigaction *before)
{
  sigaction(SIGSEGV, &before[0], NULL);
  sigaction(SIGBUS, &before[1], NULL);
  for (int i = 0; i < 2; i++) {
    close(lot.parked[i]);
    close(lot.go_on[i]);
  }
  munmap(lot.page, lot.page_size);
}

struct parker {
  pthread_t thread;
  rig_t *rig;
  int result;
};

static void *push_from_the_page(void *arg)
{
  struct parker *parker = arg;
  parker->result = mpcc_push(parker->rig->mpcc, lot.page, 0);
  return NULL;
}

/* Returns when the thread has its place in slot 0 and is kept there. */
static void park_a_push(struct parker *parker, rig_t *rig, uint64_t item)
{
  char byte;
  *(uint64_t *)(void *)lot.page = item;
  assert_int_equal(mprotect(lot.page, lot.page_size, PROT_NONE), 0);
  *parker = (struct parker){.rig = rig, .result = 1};
  assert_int_equal(pthread_create(&parker->thread, NULL, push_from_the_page, parker), 0);
  assert_int_equal(read(lot.parked[0], &byte, 1), 1);
}

static void let_it_go(struct parker *parker)
{
  char byte = 0;
  assert_int_equal(mprotect(lot.page, lot.page_size, PROT_READ | PROT_WRITE), 0);
  assert_int_equal(write(lot.go_on[1], &byte, 1), 1);
  pthread_join(parker->thread, NULL);
}

enum { SLOT_CAPACITY = 4 };

/* ${before} items are in slot 0 when the thread is parked; batches are of two. */
static void park_behind(uint64_t before, int mode)
{
  rig_t *rig = rig_own(2, 2, SLOT_CAPACITY);
  struct parker parker;
  uint64_t next = before + 1, item = 99;
  rig_push(rig, 0, 0, before);
  assert_true(rig_await_calls(rig, before / 2));
  park_a_push(&parker, rig, before);

  while (next < 100 && mpcc_push(rig->mpcc, &next, 0) == 0)
    next++;
  assert_int_equal(next, before / 2 * 2 + SLOT_CAPACITY); /* exactly full: nothing is overwritten */
  assert_int_equal(mpcc_push(rig->mpcc, &item, 0), MPCC_EFULL);
  for (uint64_t i = 0; i < 10; i++) { /* the other slot goes on */
    rig_push(rig, 1, 2 * i, 2);
    assert_true(rig_await_calls(rig, before / 2 + i + 1));
    assert_batch(rig, before / 2 + i, 1, 2 * i, 2, MPCC_DUE_FULL);
  }
  assert_int_equal(rig_complete(rig, mode), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, 20), MPCC_ETIMEDOUT);

  let_it_go(&parker);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
  assert_int_equal(parker.result, 0);
  uint64_t late = mode == MPCC_DRAIN ? 0 : SLOT_CAPACITY, seen = 0;
  assert_fates(rig, 20 + next - late, late, 0);
  for (size_t i = 0; i < rig_calls(rig); i++)
    for (size_t k = 0; rig->calls[i].slot == 0 && k < rig->calls[i].count; k++)
      assert_int_equal(rig->items[rig->calls[i].first + k], seen++);
  assert_int_equal(seen, next);
  rig_close(rig);
}

static void a_producer_parked_in_a_push_delays_what_is_behind_it_and_no_other_slot(void **state)
{
  (void)state;
  struct sigaction before[2];
  lot_open(before);
  for (int mode = MPCC_DRAIN; mode <= MPCC_ABANDON; mode++)
    for (uint64_t items = 0; items < 4; items++)
      park_behind(items, mode);
  lot_close(before);
}

/* -- Threads that end --------------------------------------------------------------------- */

static void *take_a_batch_and_end(void *arg)
{
  const mpcc_batch_t *batch = arg;
  return (void *)(uintptr_t)(batch->count == 2);
}

static void a_batch_survives_the_thread_that_held_it(void **state)
{
  (void)state;
  rig_t *rig = rig_own(2, 2, 0);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 4);
  assert_true(rig_await_calls(rig, 1));
  pthread_t thread;
  void *had_it = NULL;
  assert_int_equal(
      pthread_create(&thread, NULL, take_a_batch_and_end, rig->calls[0].batch), 0);
  pthread_join(thread, &had_it);
  assert_non_null(had_it);

  rig_push(rig, 1, 10, 2); /* other slots are not concerned */
  assert_true(rig_await_calls(rig, 2));
  assert_batch(rig, 1, 1, 10, 2, MPCC_DUE_FULL);
  assert_int_equal(rig_done(rig, 0, 0), 0);
  assert_true(rig_await_calls(rig, 3));
  assert_batch(rig, 2, 0, 2, 2, MPCC_DUE_FULL);
  assert_int_equal(rig_done(rig, 1, 0), 0);
  assert_int_equal(rig_done(rig, 2, 0), 0);

  drain(rig);
  assert_fates(rig, 6, 0, 0);
  rig_close(rig);
}

static pthread_key_t last_words;
static atomic_int wrong_words;

static void push_at_the_end(void *arg)
{
  rig_t *rig = arg;
  uint64_t item = 7;
  if (mpcc_push(rig->mpcc, &item, 0) != 0)
    atomic_fetch_add_explicit(&wrong_words, 1, memory_order_relaxed);
}

static void *set_last_words(void *arg)
{
  (void)pthread_setspecific(last_words, arg);
  return NULL;
}

static void a_thread_may_push_in_its_last_destructor(void **state)
{
  (void)state;
  enum { THREADS = 40 };
  rig_t *rig = rig_own(1, 1, 0);
  assert_int_equal(pthread_key_create(&last_words, push_at_the_end), 0);

  for (size_t i = 0; i < THREADS; i++) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, set_last_words, rig), 0);
    pthread_join(thread, NULL);
    assert_true(rig_await_calls(rig, i + 1));
  }

  assert_int_equal(atomic_load_explicit(&wrong_words, memory_order_relaxed), 0);
  drain(rig);
  assert_fates(rig, THREADS, 0, 0);
  pthread_key_delete(last_words);
  rig_close(rig);
}

/* -- One place for eight ------------------------------------------------------------------ */

struct pusher {
  rig_t *rig;
  uint64_t odd;
};

static void push_500_waiting(void *arg)
{
  struct pusher *pusher = arg;
  for (uint64_t item = 0; item < 500; item++)
    pusher->odd += mpcc_push_wait(pusher->rig->mpcc, &item, 0, MPCC_NO_TIMEOUT) != 0;
}

static void eight_producers_share_one_place(void **state)
{
  (void)state;
  rig_t *rig = rig_own(1, 1, 1);
  struct pusher pushers[8];
  mpcc_stats_t stats;
  for (size_t i = 0; i < 8; i++)
    pushers[i] = (struct pusher){rig, 0};

  crew_run(push_500_waiting, pushers, sizeof(pushers[0]), 8);
  drain(rig);

  for (size_t i = 0; i < 8; i++)
    assert_int_equal(pushers[i].odd, 0);
  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  assert_int_equal(stats.delivered, 4000);
  assert_int_equal(stats.queued_peak, 1);
  rig_close(rig);
}

/* -- A slot that never runs dry ----------------------------------------------------------- */

static atomic_bool dry;

static int refill_slot_0(rig_t *rig, mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;
  if (batch->slot == 0 && !atomic_load_explicit(&dry, memory_order_relaxed))
    return mpcc_push(rig->mpcc, items, 0);
  return 0;
}

static bool slot_1_is_through(void *arg)
{
  const rig_t *rig = arg;
  mpcc_stats_t stats;
  return mpcc_slot_stats(rig->mpcc, 1, &stats) == 0 && stats.delivered == stats.pushed;
}

static void a_slot_that_never_runs_dry_leaves_others_their_turn(void **state)
{
  (void)state;
  rig_t *rig = rig_own(1, 2, 0);
  mpcc_stats_t busy;
  rig->on_pump = refill_slot_0;
  rig_push(rig, 0, 0, 8);
  for (uint64_t i = 0; i < 20; i++) {
    rig_push(rig, 1, i, 1);
    assert_true(crew_await(slot_1_is_through, rig));
  }

  assert_int_equal(mpcc_slot_stats(rig->mpcc, 0, &busy), 0);
  assert_true(busy.delivered > 20);
  atomic_store_explicit(&dry, true, memory_order_relaxed);
  drain(rig);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_process_may_exit_without_completing),
    cmocka_unit_test(a_producer_parked_in_a_push_delays_what_is_behind_it_and_no_other_slot),
    cmocka_unit_test(a_batch_survives_the_thread_that_held_it),
    cmocka_unit_test(a_thread_may_push_in_its_last_destructor),
    cmocka_unit_test(eight_producers_share_one_place),
    cmocka_unit_test(a_slot_that_never_runs_dry_leaves_others_their_turn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
