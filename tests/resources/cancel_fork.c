/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * cancel_fork [rounds]
 *
 * Things that are done to a producer from outside: it is cancelled, or its process forks.
 *
 *   aimed      a thread cancels itself and then pushes into a sleeping instance: the wake-up is a
 *              system call, and system calls are where a thread would be cancelled. It must
 *              come out of the push alive, and the loop must have heard.
 *   anywhere   a thread that pushes and flushes as fast as it can is cancelled at some moment.
 *   waiting    threads that wait for room in mpcc_push_wait() are cancelled there, or not; either
 *              way others still get in.
 *   fork       a child that execs has none of the library's descriptors, and the parent goes on.
 *
 * Deferred cancellation only. After all of that the instance counts right and drains.
 */
#include <sys/wait.h>

#include "procfs.h"

#define CAPACITY 8

struct run {
  mpcc_t *mpcc;
  uint64_t accepted;           /* of the producers that were joined */
  uint64_t unsure;             /* cancelled while waiting: in or not */
  _Atomic uint64_t delivered;
};

struct victim {
  struct run *run;
  pthread_t thread;
  atomic_bool inside;   /* a call of the library */
  _Atomic uint64_t accepted;
  bool cut;             /* cancelled inside a call; guard: join */
};

/* -- Callbacks and helpers ---------------------------------------------------------------- */

static int pump(mpcc_batch_t *batch, void *state)
{
  struct run *run = state;

  /* relaxed: a number to wait for. */
  atomic_fetch_add_explicit(&run->delivered, batch->count, memory_order_relaxed);
  return 0;
}

static uint64_t delivered(struct run *run)
{
  /* relaxed: a number to wait for. */
  return atomic_load_explicit(&run->delivered, memory_order_relaxed);
}

/* Nothing ticks in these instances: a lost wake-up ends in the watch. */
static void await_delivered(struct run *run, uint64_t items)
{
  while (delivered(run) < items)
    verdict_sleep_us(20);
}

static void open_run(struct run *run, uint32_t batch_size, uint64_t interval_ms, size_t capacity)
{
  mpcc_options_t options;

  memset(run, 0, sizeof *run);
  mpcc_options_init(&options);
  options.item_size = sizeof(uint64_t);
  options.batch_size = batch_size;
  options.push_interval_ms = interval_ms;
  options.capacity = capacity;
  verdict_expect("mpcc_create", mpcc_create(&run->mpcc, &options), 0);
  verdict_watch(run->mpcc);
}

/* Drains and compares; what was cancelled while it waited may be in or not. */
static uint64_t close_run(struct run *run)
{
  mpcc_stats_t end;

  verdict_expect("mpcc_complete", mpcc_complete(run->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  verdict_expect("mpcc_wait", mpcc_wait(run->mpcc, MPCC_NO_TIMEOUT), 0);
  verdict_expect("mpcc_stats", mpcc_stats(run->mpcc, &end), 0);
  if (end.pushed < run->accepted || end.pushed > run->accepted + run->unsure)
    verdict_fail("%" PRIu64 " pushed; producers know of %" PRIu64 ", and are unsure of %" PRIu64,
                 end.pushed, run->accepted, run->unsure);
  if (end.delivered != end.pushed || end.queued != 0 || delivered(run) != end.delivered)
    verdict_fail("%" PRIu64 " pushed, %" PRIu64 " delivered, %" PRIu64 " came", end.pushed,
                 end.delivered, delivered(run));
  verdict_watch(NULL);
  verdict_expect("mpcc_destroy", mpcc_destroy(run->mpcc), 0);
  return end.delivered;
}

/* -- Victims ------------------------------------------------------------------------------ */

static void set_inside(struct victim *victim, bool inside)
{
  /* relaxed: read by the same thread, or after the join. */
  atomic_store_explicit(&victim->inside, inside, memory_order_relaxed);
}

static void dying(void *argument)
{
  struct victim *victim = argument;

  /* relaxed: see set_inside(). */
  victim->cut = atomic_load_explicit(&victim->inside, memory_order_relaxed);
}

static void push_inside(struct victim *victim, uint64_t value)
{
  int answer;

  set_inside(victim, true);
  answer = mpcc_push(victim->run->mpcc, &value, 0);
  set_inside(victim, false);
  verdict_expect("mpcc_push", answer, 0);
  /* relaxed: read after the join, or as a number to wait for. */
  atomic_fetch_add_explicit(&victim->accepted, 1, memory_order_relaxed);
}

static void *push_once_cancelled(void *argument)
{
  struct victim *victim = argument;

  pthread_cleanup_push(dying, victim);
  pthread_cancel(pthread_self());
  push_inside(victim, 1);
  pthread_testcancel();
  pthread_cleanup_pop(0);
  return NULL;
}

static void *push_until_cancelled(void *argument)
{
  struct victim *victim = argument;

  pthread_cleanup_push(dying, victim);
  for (uint64_t i = 0;; i++) {
    push_inside(victim, i);
    if (i % 7 == 0) {
      set_inside(victim, true);
      verdict_expect("mpcc_flush", mpcc_flush(victim->run->mpcc, 0), 0);
      set_inside(victim, false);
    }
    pthread_testcancel();
  }
  pthread_cleanup_pop(0);
  return NULL;
}

static void *wait_until_cancelled(void *argument)
{
  struct victim *victim = argument;
  uint64_t value = 0;
  int answer;

  pthread_cleanup_push(dying, victim);
  set_inside(victim, true);
  answer = mpcc_push_wait(victim->run->mpcc, &value, 0, MPCC_NO_TIMEOUT);
  set_inside(victim, false);
  verdict_expect("mpcc_push_wait", answer, 0);
  /* relaxed: read after the join. */
  atomic_fetch_add_explicit(&victim->accepted, 1, memory_order_relaxed);
  pthread_testcancel();
  pthread_cleanup_pop(0);
  return NULL;
}

static void spawn(struct victim *victim, struct run *run, void *(*body)(void *))
{
  memset(victim, 0, sizeof *victim);
  victim->run = run;
  if (pthread_create(&victim->thread, NULL, body, victim) != 0)
    verdict_fail("no thread for a producer");
}

static void collect(struct victim *victim, bool may_be_cut)
{
  pthread_join(victim->thread, NULL);
  if (victim->cut && !may_be_cut)
    verdict_fail("a push was a cancellation point");
  /* relaxed: joined. */
  victim->run->accepted += atomic_load_explicit(&victim->accepted, memory_order_relaxed);
  victim->run->unsure += victim->cut;
}

/* -- The four parts ----------------------------------------------------------------------- */

static uint64_t aimed(uint64_t rounds)
{
  struct victim victim;
  struct run run;

  open_run(&run, 1, MPCC_NO_INTERVAL, 0);
  verdict_expect("mpcc_start", mpcc_start(run.mpcc, pump, &run), 0);
  for (uint64_t i = 0; i < rounds; i++) {
    spawn(&victim, &run, push_once_cancelled);
    collect(&victim, false);
    await_delivered(&run, run.accepted);
  }
  return close_run(&run);
}

static uint64_t anywhere(uint64_t rounds)
{
  uint64_t random = verdict_stream(1, 1);
  struct victim victim;
  struct run run;

  open_run(&run, 5, MPCC_NO_INTERVAL, 0);
  verdict_expect("mpcc_start", mpcc_start(run.mpcc, pump, &run), 0);
  for (uint64_t i = 0; i < rounds; i++) {
    spawn(&victim, &run, push_until_cancelled);
    verdict_sleep_us(verdict_draw(&random, 200));
    pthread_cancel(victim.thread);
    collect(&victim, false);
    verdict_expect("mpcc_flush", mpcc_flush(run.mpcc, 0), 0);
    await_delivered(&run, run.accepted);
  }
  return close_run(&run);
}

/* In IDLE nothing makes room: every victim waits in the call when it is cancelled. */
static uint64_t waiting(uint64_t rounds)
{
  uint64_t total = 0;

  for (uint64_t i = 0; i < rounds; i++) {
    struct victim victims[4];
    struct run run;

    open_run(&run, 3, 1, CAPACITY);
    for (uint64_t value = 0; value < CAPACITY; value++)
      verdict_expect("mpcc_push", mpcc_push(run.mpcc, &value, 0), 0);
    run.accepted = CAPACITY;
    for (int j = 0; j < 4; j++)
      spawn(&victims[j], &run, wait_until_cancelled);
    verdict_sleep_us(1000);
    pthread_cancel(victims[0].thread);
    pthread_cancel(victims[2].thread);
    verdict_sleep_us(200);
    verdict_expect("mpcc_start", mpcc_start(run.mpcc, pump, &run), 0);
    for (int j = 0; j < 4; j++)
      collect(&victims[j], true);
    total += close_run(&run);
  }
  return total;
}

static size_t descriptors_of_child(void)
{
  int status;
  pid_t child = fork();

  if (child == 0) {
    execl("/bin/sh", "sh", "-c", "exit $(ls /proc/self/fd | wc -l)", (char *)NULL);
    _exit(255);
  }
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
    verdict_fail("no child, or it ended by a signal");
  return (size_t)WEXITSTATUS(status);
}

static uint64_t forking(void)
{
  uint64_t value = 0;
  size_t before = descriptors_of_child();
  struct run run;

  open_run(&run, 1, MPCC_NO_INTERVAL, 0);
  verdict_expect("mpcc_start", mpcc_start(run.mpcc, pump, &run), 0);
  for (run.accepted = 0; run.accepted < 20;) {
    if (descriptors_of_child() != before)
      verdict_fail("a descriptor of the library was inherited over exec");
    verdict_expect("mpcc_push", mpcc_push(run.mpcc, &value, 0), 0);
    await_delivered(&run, ++run.accepted);
  }
  return close_run(&run);
}

int main(int argc, char **argv)
{
  uint64_t rounds = verdict_argument(argc, argv, 1, verdict_scaled(2000));
  uint64_t items = 0;

  verdict_begin(60);
  items += aimed(rounds);
  items += anywhere(rounds);
  items += waiting(rounds / 10 + 1);
  items += forking();
  verdict_end();
  printf("cancel_fork: %" PRIu64 " producers cancelled, 21 forks, %" PRIu64 " items, none lost\n",
         2 * rounds + 2 * (rounds / 10 + 1), items);
  return 0;
}
