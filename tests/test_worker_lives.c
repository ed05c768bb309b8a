/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Threads of workers: refused at start, left hanging at exit, started again and again. */

#include "workshop.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

/* 0 where the system does not tell. */
static size_t threads_there_are(void)
{
  size_t count = 0;
  DIR *tasks = opendir("/proc/self/task");
  if (tasks == NULL)
    return 0;
  for (const struct dirent *task; (task = readdir(tasks)) != NULL;)
    count += task->d_name[0] != '.';
  closedir(tasks);
  return count;
}

static bool threads_are_as_before(void *arg)
{
  return threads_there_are() <= *(const size_t *)arg;
}

/* -- Refused threads ---------------------------------------------------------------------- */

enum { REFUSALS_WALKED = 0, REFUSALS_FAILED = 1, REFUSALS_UNKNOWN = 77 };

#ifdef RLIMIT_NPROC

static void *come_and_go(void *arg)
{
  return arg;
}

static bool may_have_threads(rlim_t limit)
{
  struct rlimit now;
  pthread_t thread;
  if (getrlimit(RLIMIT_NPROC, &now) != 0)
    return false;
  now.rlim_cur = limit;
  if (setrlimit(RLIMIT_NPROC, &now) != 0 || pthread_create(&thread, NULL, come_and_go, NULL) != 0)
    return false;
  pthread_join(thread, NULL);
  shop_nap_ms(5); /* the system may count it for a moment longer */
  return true;
}

/* The least limit that allows one thread more than there are now; 0: there is none. */
static rlim_t limit_for_one_thread(void)
{
  rlim_t least = 1, enough = 1 << 16;
  if (may_have_threads(least) || !may_have_threads(enough))
    return 0;
  while (enough - least > 1) {
    rlim_t middle = least + (enough - least) / 2;
    *(may_have_threads(middle) ? &enough : &least) = middle;
  }
  return enough;
}

#define CHECK(holds)                                        \
  do {                                                      \
    if (!(holds)) {                                         \
      fprintf(stderr, "line %d: not %s\n", __LINE__, #holds); \
      _exit(REFUSALS_FAILED);                               \
    }                                                       \
  } while (0)

static int hold_nothing(mpcc_batch_t *batch, void *state)
{
  (void)batch;
  (void)state;
  return 0;
}

/* With so many threads allowed: the answer of the first start. The second must succeed. */
static int start_with_threads(rlim_t base, rlim_t allowed, rlim_t many)
{
  struct rlimit limit;
  mpcc_options_t options;
  mpcc_stats_t stats;
  mpcc_t *mpcc;
  shop_options(&options, 2, 3);
  options.on_drop = NULL;
  options.on_cancel = NULL;
  CHECK(mpcc_create(&mpcc, &options) == 0);
  for (uint64_t item = 0; item < 5; item++)
    CHECK(mpcc_push(mpcc, &item, 0) == 0);

  size_t before = threads_there_are();
  CHECK(getrlimit(RLIMIT_NPROC, &limit) == 0);
  limit.rlim_cur = base + allowed - 1;
  CHECK(setrlimit(RLIMIT_NPROC, &limit) == 0);
  int result = mpcc_start(mpcc, hold_nothing, NULL);
  limit.rlim_cur = many;
  CHECK(setrlimit(RLIMIT_NPROC, &limit) == 0);

  CHECK(result == 0 || result == MPCC_ESYSTEM);
  if (result != 0) {
    uint64_t item = 5;
    CHECK(crew_await(threads_are_as_before, &before)); /* those that came are gone, too */
    CHECK(mpcc_wait(mpcc, 0) == MPCC_ESTATE);
    CHECK(mpcc_stats(mpcc, &stats) == 0 && stats.queued == 5 && stats.batches == 0);
    CHECK(mpcc_push(mpcc, &item, 0) == 0);
    CHECK(mpcc_start(mpcc, hold_nothing, NULL) == 0);
  }
  CHECK(mpcc_complete(mpcc, MPCC_DRAIN, NULL, NULL) == 0);
  CHECK(mpcc_wait(mpcc, MPCC_NO_TIMEOUT) == 0);
  CHECK(mpcc_stats(mpcc, &stats) == 0);
  CHECK(stats.delivered == (result == 0 ? 5 : 6) && stats.delivered == stats.pushed);
  CHECK(mpcc_destroy(mpcc) == 0);
  return result;
}

/* The loop's thread is one, the workers are three: each is refused in turn. */
static void walk_refusals(void)
{
  struct rlimit whole;
  bool exact = geteuid() == 0;
  /* The limit does not count for the superuser; a number of one's own makes the counts exact. */
  if (exact && setuid((uid_t)(1000000 + getpid())) != 0)
    _exit(REFUSALS_UNKNOWN);
  CHECK(getrlimit(RLIMIT_NPROC, &whole) == 0);
  rlim_t base = limit_for_one_thread(), refused = 0;
  if (base == 0)
    _exit(REFUSALS_UNKNOWN);
  for (rlim_t allowed = 0; allowed < 4; allowed++)
    refused += start_with_threads(base, allowed, whole.rlim_max) != 0;
  CHECK(start_with_threads(base, 16, whole.rlim_max) == 0);
  CHECK(refused == 4 || (refused > 0 && !exact)); /* others of this user come and go */
  _exit(REFUSALS_WALKED);
}

#else

static void walk_refusals(void)
{
  _exit(REFUSALS_UNKNOWN);
}

#endif

/* Early in the table: a process with threads should not fork. */
static void a_refused_thread_is_told_and_a_later_start_has_lost_nothing(void **state)
{
  (void)state;
  int status;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0)
    walk_refusals();

  assert_int_equal(waitpid(child, &status, 0), child);

  assert_true(WIFEXITED(status));
  if (WEXITSTATUS(status) == REFUSALS_UNKNOWN)
    skip();
  assert_int_equal(WEXITSTATUS(status), REFUSALS_WALKED);
}

/* -- Leaving the process ------------------------------------------------------------------ */

static int hang_for_ever(mpcc_batch_t *batch, void *state)
{
  (void)batch;
  atomic_fetch_add_explicit((atomic_uint *)state, 1, memory_order_relaxed);
  for (;;)
    pause();
  return 0;
}

/* A program of its own: two pumps hang, it abandons, destroys and leaves by exit(). */
static void leave_with_hung_workers(void)
{
  static atomic_uint hung;
  mpcc_options_t options;
  mpcc_t *mpcc;
  uint64_t item = 0;
  shop_options(&options, 1, 2);
  options.on_drop = NULL;
  options.on_cancel = NULL;
  if (mpcc_create(&mpcc, &options) != 0 || mpcc_start(mpcc, hang_for_ever, &hung) != 0)
    _exit(2);
  for (uint32_t slot = 0; slot < 3; slot++)
    if (mpcc_push(mpcc, &item, slot) != 0)
      _exit(3);
  while (atomic_load_explicit(&hung, memory_order_relaxed) != 2)
    shop_nap_ms(1);
  if (mpcc_complete(mpcc, MPCC_ABANDON, NULL, NULL) != 0 || mpcc_wait(mpcc, 30000) != 0)
    _exit(4);
  if (mpcc_destroy(mpcc) != 0)
    _exit(5);
  exit(0);
}

/* Early in the table: a process with threads should not fork. */
static void a_process_leaves_while_its_workers_hang(void **state)
{
  (void)state;
  int status = 0;
  uint64_t end_ms = crew_now_ms() + 60000;
  fflush(NULL);
  pid_t child = fork(), ended = 0;
  assert_true(child >= 0);
  if (child == 0)
    leave_with_hung_workers();

  while ((ended = waitpid(child, &status, WNOHANG)) == 0 && crew_now_ms() < end_ms)
    shop_nap_ms(5);
  if (ended == 0) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
  }

  assert_int_equal(ended, child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

/* -- Lives -------------------------------------------------------------------------------- */

static void *run_loop(void *loop)
{
  uv_run(loop, UV_RUN_DEFAULT);
  return NULL;
}

static void a_user_s_loop_has_workers_too_and_closes_after_them(void **state)
{
  (void)state;
  static const int modes[] = {MPCC_DRAIN, MPCC_DISCARD};
  for (size_t k = 0; k < 2; k++) {
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    mpcc_options_t options;
    shop_options(&options, 2, 3);
    options.loop = &loop;
    shop_t *shop = shop_open(&options);
    shop->work = shop_hold_and_answer;
    shop_push(shop, 0, 0, 2);
    shop_start(shop);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_loop, &loop), 0);

    for (uint32_t slot = 1; slot < 5; slot++)
      shop_push(shop, slot, 2 * slot, 2);
    shop_await_inside(shop, 3);
    shop_complete(shop, modes[k]);
    shop_nap_ms(10);
    assert_int_equal(shop_count(shop, CALL_COMPLETE), 0);
    shop_door(shop, true);
    pthread_join(thread, NULL);

    const shop_note_t *ended = shop_nth(shop, CALL_COMPLETE, 0);
    assert_true(pthread_equal(ended->thread, thread));
    assert_int_equal(shop_count(shop, CALL_CANCEL), k == 0 ? 0 : 3);
    assert_int_equal(mpcc_wait(shop->mpcc, 0), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
    shop_check(shop, k == 0 ? 10 : 6, k == 0 ? 0 : 4, 0);
    shop_close(shop);
  }
}

static void every_life_has_its_workers(void **state)
{
  (void)state;
  mpcc_options_t options;
  shop_options(&options, 2, 3);
  options.capacity = 64;
  shop_t *shop = shop_open(&options);
  shop->work = shop_hold_and_answer;

  for (uint64_t life = 0; life < 60; life++) {
    shop_door(shop, false);
    shop_start(shop);
    for (uint32_t slot = 0; slot < SHOP_SLOTS; slot++)
      shop_push(shop, slot, life * 100 + 4 * slot, 4);
    shop_await_inside(shop, 3);
    shop_complete(shop, life % 2 == 0 ? MPCC_DRAIN : MPCC_DISCARD);
    shop_door(shop, true);
    assert_int_equal(mpcc_wait(shop->mpcc, MPCC_NO_TIMEOUT), 0);
    mpcc_stats_t stats = shop_stats(shop);
    assert_int_equal(stats.pushed, (life + 1) * 4 * SHOP_SLOTS);
    assert_int_equal(stats.pushed, stats.delivered + stats.dropped);
  }

  shop_close(shop);
}

static void a_thousand_lives_leave_no_thread_behind(void **state)
{
  (void)state;
  shop_t *shop = shop_run(1, 1);
  shop_close(shop); /* what tools and libraries start once is there from here on */
  size_t before = threads_there_are();
  mpcc_options_t options;
  shop_options(&options, 1, 2);
  shop = shop_open(&options);

  for (uint64_t life = 0; life < 1000; life++) {
    shop_start(shop);
    shop_push(shop, (uint32_t)(life % SHOP_SLOTS), life, 1);
    shop_complete(shop, life % 3 == 0 ? MPCC_DISCARD : MPCC_DRAIN);
    assert_int_equal(mpcc_wait(shop->mpcc, MPCC_NO_TIMEOUT), 0);
  }

  /* A thread that has ended may still be listed for a moment. */
  assert_true(crew_await(threads_are_as_before, &before));
  assert_int_equal(shop->counts[CALL_COMPLETE], 1000);
  shop_close(shop);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_refused_thread_is_told_and_a_later_start_has_lost_nothing),
    cmocka_unit_test(a_process_leaves_while_its_workers_hang),
    cmocka_unit_test(a_user_s_loop_has_workers_too_and_closes_after_them),
    cmocka_unit_test(every_life_has_its_workers),
    cmocka_unit_test(a_thousand_lives_leave_no_thread_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
