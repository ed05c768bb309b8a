/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "line.h"

#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

#include "attach.h"

enum { ADDRESS_SIZE = 128 };

static void set_reason(struct line *line, const char *text)
{
  snprintf(line->reason, sizeof line->reason, "%s", text);
}

void line_open(struct line *line, const struct args *args, uv_loop_t *loop, line_made_cb on_made,
               void *owner)
{
  *line = (struct line){.args = args, .loop = loop, .on_made = on_made, .owner = owner};
  set_reason(line, "not connected yet");
}

static void unmade(struct line *line, const char *reason)
{
  set_reason(line, reason);
  line->counts.unmade++;
  line->turn++;
  line->on_made(line->owner, false);
}

/* Commands that were given meanwhile are called back by hiredis. */
static void on_connect(const redisAsyncContext *redis, int status)
{
  struct line *line = redis->data;

  if (line->redis != redis)
    return;
  if (status == REDIS_OK) {
    line->connected = true;
    return;
  }
  line->redis = NULL;
  line->counts.unmade++;
  line->turn++;
}

static void on_disconnect(const redisAsyncContext *redis, int status)
{
  struct line *line = redis->data;

  if (line->redis != redis) /* it was cut */
    return;
  line_note(line, redis);
  line->redis = NULL;
  if (status != REDIS_OK)
    line->counts.broken++;
}

static void on_login(redisAsyncContext *redis, void *answer, void *unused)
{
  const redisReply *reply = answer;
  struct line *line = redis->data;

  (void)unused;
  if (reply != NULL && reply->type == REDIS_REPLY_ERROR && line->redis == redis)
    line_cut(line, reply->str);
}

static int log_in(redisAsyncContext *redis, const struct args *args)
{
  if (args->password == NULL)
    return REDIS_OK;
  if (args->user == NULL)
    return redisAsyncCommand(redis, on_login, NULL, "AUTH %s", args->password);
  return redisAsyncCommand(redis, on_login, NULL, "AUTH %s %s", args->user, args->password);
}

static void connect_to(struct line *line, const char *address)
{
  redisAsyncContext *redis = redisAsyncConnect(address, (int)line->args->port);
  int err;

  if (redis == NULL) {
    unmade(line, "out of memory");
    return;
  }
  redis->data = line;
  if (redis->err != 0) {
    unmade(line, redis->errstr);
    redisAsyncFree(redis);
    return;
  }
  err = attach(redis, line->loop);
  if (err != 0) {
    unmade(line, uv_strerror(err));
    redisAsyncFree(redis);
    return;
  }
  line->redis = redis;
  line->connected = false;
  redisAsyncSetDisconnectCallback(redis, on_disconnect);
  /* This asks for the socket to be watched, too. */
  redisAsyncSetConnectCallback(redis, on_connect);
  if (log_in(redis, line->args) != REDIS_OK) {
    line_cut(line, "out of memory");
    line->on_made(line->owner, false);
    return;
  }
  line->on_made(line->owner, true);
}

/* The addresses of a name are taken in turn. */
static const struct addrinfo *pick(const struct addrinfo *list, uint32_t turn)
{
  const struct addrinfo *at;
  uint32_t count = 0;

  for (at = list; at != NULL; at = at->ai_next)
    count++;
  at = list;
  for (uint32_t left = count > 0 ? turn % count : 0; left > 0; left--)
    at = at->ai_next;
  return at;
}

static void on_lookup(uv_getaddrinfo_t *lookup, int status, struct addrinfo *list)
{
  struct line *line = lookup->data;
  char address[ADDRESS_SIZE];

  line->looking_up = false;
  if (line->closing) {
    uv_freeaddrinfo(list);
    return;
  }
  const struct addrinfo *found = status == 0 ? pick(list, line->turn) : NULL;
  if (found == NULL)
    unmade(line, uv_strerror(status != 0 ? status : UV_EAI_NODATA));
  else if (getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof address, NULL, 0,
                       NI_NUMERICHOST) != 0)
    unmade(line, "its address cannot be written down");
  else
    connect_to(line, address);
  uv_freeaddrinfo(list);
}

void line_make(struct line *line)
{
  const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  int err;

  if (line->looking_up)
    return;
  line->lookup.data = line;
  line->looking_up = true;
  err = uv_getaddrinfo(line->loop, &line->lookup, on_lookup, line->args->host, NULL, &hints);
  if (err == 0)
    return;
  line->looking_up = false;
  unmade(line, uv_strerror(err));
}

void line_cut(struct line *line, const char *reason)
{
  redisAsyncContext *redis = line->redis;

  if (redis == NULL)
    return;
  set_reason(line, reason);
  line->redis = NULL;
  line->counts.cut++;
  if (!line->connected)
    line->turn++;
  redisAsyncFree(redis);
}

void line_note(struct line *line, const redisAsyncContext *redis)
{
  if (redis->err != 0)
    set_reason(line, redis->errstr);
}

void line_close(struct line *line)
{
  redisAsyncContext *redis = line->redis;

  line->closing = true;
  line->redis = NULL;
  if (redis != NULL)
    redisAsyncFree(redis);
  if (line->looking_up)
    uv_cancel((uv_req_t *)&line->lookup); /* or wait for its answer, if it cannot be */
}
