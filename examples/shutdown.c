/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* This example shows how a service stops within its grace period, whatever its sink is doing. */
#define _POSIX_C_SOURCE 200809L
#include <mpcc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GRACE_MS = 2000, PRODUCERS = 2, SLOTS = 4 };
enum { DELIVERED, FAILED, USAGE, DROPPED, ORPHANED }; /* exit codes */
static const char usage[] =
    "usage: shutdown [normal|slow|hung] [GRACE_MS]\n"
    "Pushes items into such a sink until SIGTERM or SIGINT, then drains, discards, abandons within\n"
    "the grace period (2000 ms). Exits with 0 if every item was delivered, 3 if some were dropped,\n"
    "4 if some were orphaned, 1 if anything failed.\n";

/* Static: a sink that is left behind may still use it, until the very end of the process. */
static struct service {
  mpcc_t *mpcc;
  bool slow, hung;                /* what the sink is like */
  atomic_ulong accepted, dropped; /* items, by this program's own count */
} service;

static void check(int err, const char *what)
{
  if (err == 0)
    return;
  fprintf(stderr, "%s: %s\n", what, mpcc_strerror(err));
  exit(FAILED);
}

static unsigned long now_ms(void)
{
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (unsigned long)now.tv_sec * 1000 + (unsigned long)now.tv_nsec / 1000000;
}

/* The sink, on a worker, so it may block. A good one looks whether it is still wanted. */
static int write_batch(mpcc_batch_t *batch, void *state)
{
  (void)state;
  for (int ms = 0; service.hung || (service.slow && ms < 50); ms += 5) {
    if (service.slow && mpcc_batch_cancelled(batch))
      return MPCC_ECANCELED;
    nanosleep(&(struct timespec){0, 5000000}, NULL);
  }
  return 0;
}

/* What a service may still want to do with an item: log it, write it to a file. */
static void on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  (void)reason;
  (void)state;
  atomic_fetch_add(&service.dropped, (unsigned long)batch->count);
}

static void *produce(void *arg)
{
  unsigned long i = 0;
  int err;

  while ((err = mpcc_push_wait(service.mpcc, &i, i % SLOTS, MPCC_NO_TIMEOUT)) == 0)
    i = atomic_fetch_add(&service.accepted, 1);
  check(err == MPCC_ECLOSED ? 0 : err, "push"); /* the stop begins: nothing more is accepted */
  return arg;
}

/* True once the stop has ended; if not, a stronger stage may follow. */
static bool stage(const char *name, int mode, unsigned long timeout_ms)
{
  unsigned long began_ms = now_ms();
  int err = mpcc_complete(service.mpcc, mode, NULL, NULL);

  check(err == MPCC_EALREADY ? 0 : err, name); /* the stage before has just ended after all */
  err = mpcc_wait(service.mpcc, timeout_ms);
  check(err == MPCC_ETIMEDOUT ? 0 : err, name);
  printf("%-8s %-10s %5lu ms\n", name, err == 0 ? "ended" : "timed out", now_ms() - began_ms);
  return err == 0;
}

static int report(void)
{
  unsigned long accepted = atomic_load(&service.accepted);
  mpcc_stats_t stats;

  check(mpcc_stats(service.mpcc, &stats), "stats");
  bool balanced = accepted == stats.delivered + stats.dropped + stats.orphaned &&
                  atomic_load(&service.dropped) == stats.dropped;
  printf("accepted %lu = delivered %llu + dropped %llu + orphaned %llu%s\n", accepted,
         (unsigned long long)stats.delivered, (unsigned long long)stats.dropped,
         (unsigned long long)stats.orphaned, balanced ? "" : ": the books do not balance");
  return !balanced ? FAILED : stats.orphaned > 0 ? ORPHANED : stats.dropped > 0 ? DROPPED : 0;
}

static void serve(pthread_t *producers)
{
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(unsigned long);
  options.slot_count = SLOTS;
  options.capacity = 32000;
  options.pump_on = MPCC_PUMP_ON_WORKER;
  options.on_drop = on_drop;
  check(mpcc_create(&service.mpcc, &options), "create");
  check(mpcc_start(service.mpcc, write_batch, NULL), "start");
  for (int i = 0; i < PRODUCERS; i++)
    check(pthread_create(&producers[i], NULL, produce, NULL) ? MPCC_ESYSTEM : 0, "thread");
}

int main(int argc, char **argv)
{
  const char *sink = argc > 1 ? argv[1] : "normal";
  unsigned long grace_ms = argc > 2 ? strtoul(argv[2], NULL, 10) : GRACE_MS;
  pthread_t producers[PRODUCERS];
  sigset_t stop;
  int received, result;

  service.slow = strcmp(sink, "slow") == 0;
  service.hung = strcmp(sink, "hung") == 0;
  if (strcmp(sink, "--help") == 0)
    return fputs(usage, stdout) < 0 ? FAILED : DELIVERED;
  if (argc > 3 || grace_ms == 0 || (!service.slow && !service.hung && strcmp(sink, "normal") != 0))
    return fputs(usage, stderr) < 0 ? FAILED : USAGE;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  check(pthread_sigmask(SIG_BLOCK, &stop, NULL) ? MPCC_ESYSTEM : 0, "signals"); /* every thread */
  serve(producers);
  fputs("serving until SIGTERM\n", stderr);
  check(sigwait(&stop, &received) ? MPCC_ESYSTEM : 0, "sigwait");

  if (!stage("drain", MPCC_DRAIN, grace_ms / 2) &&     /* deliver what is there, */
      !stage("discard", MPCC_DISCARD, grace_ms / 4) && /* or be shown what is not delivered, */
      !stage("abandon", MPCC_ABANDON, grace_ms / 4))   /* or leave it to a sink that hangs */
    return FAILED;
  for (int i = 0; i < PRODUCERS; i++)
    check(pthread_join(producers[i], NULL) ? MPCC_ESYSTEM : 0, "join");
  result = report();
  check(mpcc_destroy(service.mpcc), "destroy"); /* also while a sink hangs in its worker */
  return result;
}
