/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* <uv.h> needs it under -std=c11 */
#include "attach.h"

#include <stdlib.h>

struct watch {
  redisAsyncContext *redis; /* NULL once hiredis has let go of it */
  uv_poll_t poll;
  int wanted; /* UV_READABLE, UV_WRITABLE */
};

static void watch_again(struct watch *watch);

static void on_events(uv_poll_t *poll, int status, int events)
{
  struct watch *watch = poll->data;

  /* An error is for hiredis to find: reading or writing tells it which. */
  if (status != 0)
    events = watch->wanted;
  if (watch->redis != NULL && (events & UV_READABLE) != 0)
    redisAsyncHandleRead(watch->redis);
  if (watch->redis != NULL && (events & UV_WRITABLE) != 0)
    redisAsyncHandleWrite(watch->redis);
  if (watch->redis != NULL && status != 0)
    watch_again(watch); /* libuv has stopped it */
}

/* A handle that cannot be started has no way to say so: the batch in flight then runs into
 * options.pump_timeout_ms, and the connection is made anew. */
static void watch_again(struct watch *watch)
{
  if (watch->wanted != 0)
    uv_poll_start(&watch->poll, watch->wanted, on_events);
  else
    uv_poll_stop(&watch->poll);
}

static void want(void *data, int more, int less)
{
  struct watch *watch = data;
  const int wanted = (watch->wanted | more) & ~less;

  if (wanted == watch->wanted)
    return;
  watch->wanted = wanted;
  watch_again(watch);
}

static void add_read(void *data)
{
  want(data, UV_READABLE, 0);
}

static void delete_read(void *data)
{
  want(data, 0, UV_READABLE);
}

static void add_write(void *data)
{
  want(data, UV_WRITABLE, 0);
}

static void delete_write(void *data)
{
  want(data, 0, UV_WRITABLE);
}

static void on_close(uv_handle_t *handle)
{
  free(handle->data);
}

/* hiredis closes the descriptor next: the handle must not poll it any more, and does not. */
static void cleanup(void *data)
{
  struct watch *watch = data;

  watch->redis = NULL;
  uv_close((uv_handle_t *)&watch->poll, on_close);
}

int attach(redisAsyncContext *redis, uv_loop_t *loop)
{
  struct watch *watch = calloc(1, sizeof *watch);

  if (watch == NULL)
    return UV_ENOMEM;
  const int err = uv_poll_init_socket(loop, &watch->poll, redis->c.fd);
  if (err != 0) {
    free(watch);
    return err;
  }
  watch->poll.data = watch;
  watch->redis = redis;
  redis->ev.data = watch;
  redis->ev.addRead = add_read;
  redis->ev.delRead = delete_read;
  redis->ev.addWrite = add_write;
  redis->ev.delWrite = delete_write;
  redis->ev.cleanup = cleanup;
  return 0;
}
