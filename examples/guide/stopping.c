/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* docs/guide/stopping.md: three sinks, and a stop that ends in time with each of them. */
#define _POSIX_C_SOURCE 200809L
#include "guide.h"
#include <pthread.h>

enum { ITEMS = 2000, GRACE_MS = 2000 };

/* Static: the hung sink is still in it when its instance has long been destroyed. */
static pthread_mutex_t hung_lock = PTHREAD_MUTEX_INITIALIZER; /* held while the sink hangs */

static int good_sink(mpcc_batch_t *batch, void *state)
{
  (void)batch;
  (void)state;
  return 0;
}

/* guide: slow */
static int slow_sink(mpcc_batch_t *batch, void *state) /* on a worker */
{
  (void)state;
  for (int ms = 0; ms < 5000; ms += 5) {
    if (mpcc_batch_cancelled(batch))
      return MPCC_ECANCELED; /* not delivered: on_drop shows it */
    pause_ms(5);
  }
  return 0;
}
/* guide: end */

static int hung_sink(mpcc_batch_t *batch, void *state)
{
  (void)batch;
  (void)state;
  pthread_mutex_lock(&hung_lock);
  pthread_mutex_unlock(&hung_lock);
  return 0;
}

/* guide: stop */
/* 0: it has stopped. MPCC_ETIMEDOUT: only if a callback of yours keeps the loop's thread. */
static int stop(mpcc_t *mpcc, uint64_t grace_ms)
{
  const struct {
    int mode;
    uint64_t share_ms;
  } stages[] = {
      {MPCC_DRAIN, grace_ms / 2},   /* deliver what is there */
      {MPCC_DISCARD, grace_ms / 4}, /* or be shown what is not delivered */
      {MPCC_ABANDON, grace_ms / 4}, /* or leave it to a sink that hangs */
  };
  int err = MPCC_ETIMEDOUT;

  for (size_t i = 0; i < 3 && err == MPCC_ETIMEDOUT; i++) {
    err = mpcc_complete(mpcc, stages[i].mode, NULL, NULL);
    if (err == 0 || err == MPCC_EALREADY) /* already: the stage before has ended after all */
      err = mpcc_wait(mpcc, stages[i].share_ms);
  }
  return err;
}
/* guide: end */

static void run(const char *name, mpcc_pump_cb sink)
{
  mpcc_options_t options;
  mpcc_stats_t stats;
  mpcc_t *mpcc;

  mpcc_options_init(&options);
  options.item_size = sizeof(int);
  options.batch_size = 100;
  options.pump_on = MPCC_PUMP_ON_WORKER;
  check(mpcc_create(&mpcc, &options), "create");
  check(mpcc_start(mpcc, sink, NULL), "start");
  for (int i = 0; i < ITEMS; i++)
    check(mpcc_push(mpcc, &i, 0), "push");
  check(stop(mpcc, GRACE_MS), "stop");
  check(mpcc_stats(mpcc, &stats), "stats");
  check(mpcc_destroy(mpcc), "destroy"); /* also while a sink hangs */
  printf("%-5s %5llu delivered %5llu dropped %5llu orphaned\n", name,
         (unsigned long long)stats.delivered, (unsigned long long)stats.dropped,
         (unsigned long long)stats.orphaned);
  is_true(stats.delivered + stats.dropped + stats.orphaned == ITEMS, "each item has one fate");
}

int main(void)
{
  run("good", good_sink);
  run("slow", slow_sink);
  pthread_mutex_lock(&hung_lock);
  run("hung", hung_sink);
  pthread_mutex_unlock(&hung_lock);
  return 0;
}
