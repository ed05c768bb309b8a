/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* This example shows how to let several threads push and get their items back in batches. */
#include <mpcc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void check(int err, const char *what)
{
  if (err == 0)
    return;
  fprintf(stderr, "%s: %s\n", what, mpcc_strerror(err));
  exit(1);
}

static void *produce(void *arg) /* runs on two threads */
{
  for (int i = 1; i <= 1200; i++)
    check(mpcc_push(arg, &i, 0), "push"); /* copies the item into slot 0; never blocks */
  return NULL;
}

static int pump(mpcc_batch_t *batch, void *state) /* runs on the library's loop */
{
  const int *items = batch->items; /* batch->count of them, contiguous, oldest first */
  long *sum = state;

  for (size_t i = 0; i < batch->count; i++)
    *sum += items[i];
  printf("a batch of %zu items\n", batch->count);
  return 0; /* delivered; or MPCC_PENDING, and mpcc_batch_done() later, from any thread */
}

int main(void)
{
  mpcc_options_t options;
  mpcc_t *mpcc;
  pthread_t threads[2];
  long sum = 0;

  mpcc_options_init(&options);
  options.item_size = sizeof(int); /* batches of up to 500, after 100 ms at the latest */
  check(mpcc_create(&mpcc, &options), "create");
  check(mpcc_start(mpcc, pump, &sum), "start");
  for (int i = 0; i < 2; i++)
    check(pthread_create(&threads[i], NULL, produce, mpcc) ? MPCC_ESYSTEM : 0, "thread");
  for (int i = 0; i < 2; i++)
    check(pthread_join(threads[i], NULL) ? MPCC_ESYSTEM : 0, "join");
  check(mpcc_complete(mpcc, MPCC_DRAIN, NULL, NULL), "complete"); /* pump all that is queued */
  check(mpcc_wait(mpcc, MPCC_NO_TIMEOUT), "wait");
  check(mpcc_destroy(mpcc), "destroy");
  printf("the sum of all items is %ld, and should be %ld\n", sum, 1200L * 1201);
  return sum == 1200L * 1201 ? 0 : 1;
}
