/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* docs/guide/tuning.md: a thread that pushes hard, through a handle of its own. */
#define _POSIX_C_SOURCE 200809L
#include "guide.h"
#include <pthread.h>

enum { THREADS = 3, ITEMS = 100000, ALL = THREADS * ITEMS };

static int count(mpcc_batch_t *batch, void *state)
{
  *(unsigned long *)state += (unsigned long)batch->count;
  return 0;
}

/* guide: handle */
static void *push_hard(void *arg)
{
  mpcc_t *mpcc = arg;
  mpcc_producer_t *producer;

  check(mpcc_producer_open(mpcc, &producer), "producer_open"); /* one for this thread */
  for (int i = 0; i < ITEMS; i++) {
    int err = mpcc_producer_push(producer, &i, 0);

    while (err == MPCC_EFULL) { /* lane_capacity items are in it, also in an unbounded instance */
      pause_ms(1);
      err = mpcc_producer_push(producer, &i, 0);
    }
    check(err, "producer_push");
  }
  check(mpcc_producer_close(producer), "producer_close"); /* what is in it stays queued */
  return NULL;
}
/* guide: end */

int main(void)
{
  mpcc_options_t options;
  pthread_t threads[THREADS];
  unsigned long counted = 0;
  mpcc_t *mpcc;

  mpcc_options_init(&options);
  options.item_size = sizeof(int);
  check(mpcc_create(&mpcc, &options), "create");
  check(mpcc_start(mpcc, count, &counted), "start");
  for (int i = 0; i < THREADS; i++)
    is_true(pthread_create(&threads[i], NULL, push_hard, mpcc) == 0, "a thread");
  for (int i = 0; i < THREADS; i++)
    is_true(pthread_join(threads[i], NULL) == 0, "its end");
  mpcc_stats_t stats = drain(mpcc);
  printf("%lu items in %llu batches\n", counted, (unsigned long long)stats.batches);
  is_true(counted == ALL, "each item came");
  return 0;
}
