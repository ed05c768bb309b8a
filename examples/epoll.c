/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* This example shows how to run an instance in a plain epoll loop, with no thread of its own. */
#define _POSIX_C_SOURCE 200809L
#include <limits.h>
#include <mpcc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

struct app {
  mpcc_t *mpcc;
  int epoll, wake;
  unsigned long pumped;
};

static void check(bool good, const char *what)
{
  if (!good) {
    fprintf(stderr, "%s failed\n", what);
    exit(1);
  }
}

static void on_wake(mpcc_t *mpcc, void *arg) /* on any thread: it may only signal */
{
  (void)mpcc;
  check(eventfd_write(((struct app *)arg)->wake, 1) == 0, "eventfd_write");
}

static int pump(mpcc_batch_t *batch, void *state)
{
  ((struct app *)state)->pumped += batch->count;
  printf("%zu items%s\n", batch->count, batch->due == MPCC_DUE_INTERVAL ? ", after a while" : "");
  return 0;
}

static void *produce(void *arg)
{
  const struct timespec pause = {.tv_nsec = 50000000};
  struct app *app = arg;
  for (int i = 1; i <= 300; i++) {
    check(mpcc_push(app->mpcc, &i, 0) == 0, "mpcc_push");
    if (i == 250) /* the pause is longer than the interval: a partial batch of 50 comes in it */
      check(nanosleep(&pause, NULL) == 0, "nanosleep");
  }
  check(mpcc_complete(app->mpcc, MPCC_DRAIN, NULL, NULL) == 0, "mpcc_complete");
  return NULL;
}

static uint64_t clock_ms(void)
{
  struct timespec now;
  check(clock_gettime(CLOCK_MONOTONIC, &now) == 0, "clock_gettime");
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Sleep until the instance wants the next step, or on_wake asks for one before. */
static void sleep_until(const struct app *app, uint64_t next_ms)
{
  const uint64_t now_ms = clock_ms(), wait_ms = next_ms > now_ms ? next_ms - now_ms : 0;
  struct epoll_event event; /* your own descriptors would be in this epoll, too */
  eventfd_t count;
  int timeout = next_ms == UINT64_MAX ? -1 : wait_ms < INT_MAX ? (int)wait_ms : INT_MAX;
  if (epoll_wait(app->epoll, &event, 1, timeout) == 1)
    check(eventfd_read(app->wake, &count) == 0, "eventfd_read");
}

int main(void)
{
  struct app app = {.epoll = epoll_create1(EPOLL_CLOEXEC), .wake = eventfd(0, EFD_CLOEXEC)};
  mpcc_options_t options;
  pthread_t producer;
  uint64_t next_ms = 0;

  check(epoll_ctl(app.epoll, EPOLL_CTL_ADD, app.wake, &(struct epoll_event){EPOLLIN, {0}}) == 0,
        "epoll_ctl");
  mpcc_options_init(&options);
  options.item_size = sizeof(int);
  options.batch_size = 100;
  options.push_interval_ms = 20;
  options.manual = true;
  options.on_wake = on_wake;
  options.wake_arg = &app;
  check(mpcc_create(&app.mpcc, &options) == 0, "mpcc_create");
  check(mpcc_start(app.mpcc, pump, &app) == 0, "mpcc_start");
  check(pthread_create(&producer, NULL, produce, &app) == 0, "pthread_create");
  while (mpcc_wait(app.mpcc, 0) != 0) { /* asks only: 0 when the drain has ended */
    sleep_until(&app, next_ms);
    check(mpcc_step(app.mpcc, clock_ms(), &next_ms) == 0, "mpcc_step");
  }
  check(pthread_join(producer, NULL) == 0, "pthread_join"); /* it may still be in its last call */
  check(mpcc_destroy(app.mpcc) == 0, "mpcc_destroy");
  printf("%lu items in all\n", app.pumped);
  return app.pumped == 300 ? 0 : 1;
}
