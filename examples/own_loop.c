/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* This example shows how to run an instance on your own uv_loop_t; its pump answers later. */
#define _POSIX_C_SOURCE 200809L /* <uv.h> needs it under -std=c11 */
#include <mpcc.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

struct app {
  mpcc_t *mpcc;
  uv_thread_t producer;
  uv_timer_t reply;       /* stands for what you really wait for: a socket, a database */
  unsigned long finished; /* items */
};

static void check(bool good, const char *what)
{
  if (good)
    return;
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

static void on_reply(uv_timer_t *timer)
{
  mpcc_batch_t *batch = timer->data;
  struct app *app = timer->loop->data;

  printf("answered: a batch of %zu items\n", batch->count);
  app->finished += batch->count;
  check(mpcc_batch_done(batch, 0) == 0, "mpcc_batch_done");
}

/* One timer is enough: max_concurrency is 1, so the next batch comes when this one is done. */
static int pump(mpcc_batch_t *batch, void *state)
{
  struct app *app = state;

  app->reply.data = batch;
  if (uv_timer_start(&app->reply, on_reply, 10, 0) != 0)
    return MPCC_ESYSTEM; /* any status but 0 and MPCC_PENDING gives the batch to on_drop */
  return MPCC_PENDING;
}

/* Called when every handle of the instance is closed, so it may be destroyed right here. */
static void on_complete(mpcc_t *mpcc, int status, void *arg)
{
  struct app *app = arg;

  /* The producer's last call was mpcc_complete(): it must be out of it before the end. */
  check(status == 0 && uv_thread_join(&app->producer) == 0, "completion");
  check(mpcc_destroy(mpcc) == 0, "mpcc_destroy");
  uv_close((uv_handle_t *)&app->reply, NULL);
}

static void produce(void *arg)
{
  struct app *app = arg;

  for (int i = 0; i < 1000; i++)
    check(mpcc_push(app->mpcc, &i, 0) == 0, "mpcc_push");
  check(mpcc_complete(app->mpcc, MPCC_DRAIN, on_complete, app) == 0, "mpcc_complete");
}

int main(void)
{
  struct app app = {0};
  uv_loop_t loop;
  mpcc_options_t options;

  check(uv_loop_init(&loop) == 0, "uv_loop_init");
  loop.data = &app;
  check(uv_timer_init(&loop, &app.reply) == 0, "uv_timer_init");

  mpcc_options_init(&options);
  options.item_size = sizeof(int);
  options.batch_size = 128;
  options.loop = &loop;
  check(mpcc_create(&app.mpcc, &options) == 0, "mpcc_create");
  check(mpcc_start(app.mpcc, pump, &app) == 0, "mpcc_start"); /* the loop does not run yet */
  check(uv_thread_create(&app.producer, produce, &app) == 0, "uv_thread_create");

  check(uv_run(&loop, UV_RUN_DEFAULT) == 0, "uv_run"); /* returns when all handles are closed */
  check(uv_loop_close(&loop) == 0, "uv_loop_close");
  printf("%lu items answered, nothing left on the loop\n", app.finished);
  return app.finished == 1000 ? 0 : 1;
}
