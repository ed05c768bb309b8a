/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* docs/guide/first-program.md: threads of a service log requests, one pump writes them. */
#define _POSIX_C_SOURCE 200809L
#include "guide.h"
#include <pthread.h>

enum { THREADS = 4, REQUESTS = 1000, ALL = THREADS * REQUESTS };

/* guide: item */
struct request {
  uint64_t at_ms;
  uint32_t user;
  int32_t status;
};
/* guide: end */

/* guide: pump */
static int write_lines(mpcc_batch_t *batch, void *state)
{
  const struct request *requests = batch->items;
  FILE *log = state;

  for (size_t i = 0; i < batch->count; i++)
    fprintf(log, "%llu user=%u status=%d\n", (unsigned long long)requests[i].at_ms,
            (unsigned)requests[i].user, (int)requests[i].status);
  return fflush(log) == 0 ? 0 : MPCC_ESYSTEM; /* one flush for up to 500 lines */
}
/* guide: end */

/* guide: drop */
static void on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  (void)state;
  fprintf(stderr, "%zu requests are not in the log: %s\n", batch->count, mpcc_strerror(reason));
}
/* guide: end */

static mpcc_t *begin(FILE *log)
{
  /* guide: start */
  mpcc_options_t options;
  mpcc_t *mpcc;

  mpcc_options_init(&options);
  options.item_size = sizeof(struct request);
  options.on_drop = on_drop;
  check(mpcc_create(&mpcc, &options), "create");
  check(mpcc_start(mpcc, write_lines, log), "start");
  /* guide: end */
  return mpcc;
}

static uint64_t clock_ms(void)
{
  struct timespec now;

  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* guide: push */
static void handle(mpcc_t *mpcc, uint32_t user)
{
  struct request request = {.at_ms = clock_ms(), .user = user, .status = 200};
  int err = mpcc_push(mpcc, &request, 0);

  if (err != 0)
    fprintf(stderr, "not logged: %s\n", mpcc_strerror(err));
}
/* guide: end */

static void *serve(void *arg)
{
  for (uint32_t user = 0; user < REQUESTS; user++)
    handle(arg, user);
  return NULL;
}

static void end(mpcc_t *mpcc)
{
  /* guide: stop */
  mpcc_stats_t stats;

  check(mpcc_complete(mpcc, MPCC_DRAIN, NULL, NULL), "complete"); /* pumps what is queued */
  check(mpcc_wait(mpcc, MPCC_NO_TIMEOUT), "wait");
  check(mpcc_stats(mpcc, &stats), "stats");
  check(mpcc_destroy(mpcc), "destroy");
  printf("%llu requests in %llu batches\n", (unsigned long long)stats.delivered,
         (unsigned long long)stats.batches);
  /* guide: end */
  is_true(stats.delivered == ALL && stats.dropped == 0, "all were logged");
}

static unsigned count_lines(FILE *log)
{
  unsigned lines = 0;

  rewind(log);
  for (int c = fgetc(log); c != EOF; c = fgetc(log))
    lines += c == '\n';
  return lines;
}

int main(void)
{
  FILE *log = tmpfile();
  pthread_t threads[THREADS];

  is_true(log != NULL, "there is a file");
  mpcc_t *mpcc = begin(log);
  for (int i = 0; i < THREADS; i++)
    is_true(pthread_create(&threads[i], NULL, serve, mpcc) == 0, "a thread");
  for (int i = 0; i < THREADS; i++)
    is_true(pthread_join(threads[i], NULL) == 0, "its end");
  end(mpcc);
  is_true(count_lines(log) == ALL, "each request is a line");
  return fclose(log) == 0 ? 0 : 1;
}
