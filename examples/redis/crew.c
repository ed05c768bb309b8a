/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "crew.h"

#include <inttypes.h>
#include <string.h>

#include "say.h"

int crew_open(struct crew *crew, const struct args *args)
{
  memset(crew, 0, sizeof *crew);
  crew->args = args;
  int err = uv_mutex_init(&crew->lock);
  if (err == 0 && (err = uv_cond_init(&crew->changed)) != 0)
    uv_mutex_destroy(&crew->lock);
  if (err == 0)
    return 0;
  say("cannot make a lock: %s", uv_strerror(err));
  return -1;
}

void crew_close(struct crew *crew)
{
  uv_cond_destroy(&crew->changed);
  uv_mutex_destroy(&crew->lock);
}

void crew_enter(struct crew *crew)
{
  uv_mutex_lock(&crew->lock);
  crew->present++;
  uv_mutex_unlock(&crew->lock);
}

void crew_leave(struct crew *crew)
{
  uv_mutex_lock(&crew->lock);
  const bool last = --crew->present == 0;
  uv_mutex_unlock(&crew->lock);
  if (last)
    crew->on_end(crew->arg);
}

static void stop(struct crew *crew, bool hurrying, bool failed)
{
  uv_mutex_lock(&crew->lock);
  crew->stopping = true;
  crew->hurrying = crew->hurrying || hurrying;
  crew->failed = crew->failed || failed;
  uv_cond_broadcast(&crew->changed);
  uv_mutex_unlock(&crew->lock);
}

void crew_stop(struct crew *crew)
{
  stop(crew, false, false);
}

void crew_hurry(struct crew *crew)
{
  stop(crew, true, false);
}

void crew_fail(struct crew *crew)
{
  stop(crew, false, true);
}

bool crew_stopping(struct crew *crew)
{
  uv_mutex_lock(&crew->lock);
  const bool stopping = crew->stopping;
  uv_mutex_unlock(&crew->lock);
  return stopping;
}

bool crew_hurrying(struct crew *crew)
{
  uv_mutex_lock(&crew->lock);
  const bool hurrying = crew->hurrying;
  uv_mutex_unlock(&crew->lock);
  return hurrying;
}

void crew_pause(struct crew *crew, uint64_t ms)
{
  const uint64_t until = clock_ms() + ms;
  uint64_t now = clock_ms();

  uv_mutex_lock(&crew->lock);
  for (; !crew->stopping && now < until; now = clock_ms())
    uv_cond_timedwait(&crew->changed, &crew->lock, (until - now) * 1000000);
  uv_mutex_unlock(&crew->lock);
}

void crew_count(struct crew *crew, uint64_t entries)
{
  uv_mutex_lock(&crew->lock);
  crew->processed += entries;
  if (crew->args->limit > 0 && crew->processed >= crew->args->limit) {
    crew->stopping = true;
    uv_cond_broadcast(&crew->changed);
  }
  uv_mutex_unlock(&crew->lock);
}

void crew_begin(struct crew *crew)
{
  uv_mutex_lock(&crew->lock);
  if (crew->began_ns == 0)
    crew->began_ns = uv_hrtime();
  uv_mutex_unlock(&crew->lock);
}

void crew_cut_off(struct crew *crew, const char *reason)
{
  uv_mutex_lock(&crew->lock);
  const bool first = crew->cut_off++ == 0;
  uv_mutex_unlock(&crew->lock);
  if (first)
    say("%s:%" PRIu32 ": cannot read: %s; trying again", crew->args->host, crew->args->port,
        reason);
}

void crew_back(struct crew *crew)
{
  uv_mutex_lock(&crew->lock);
  const bool last = --crew->cut_off == 0;
  uv_mutex_unlock(&crew->lock);
  if (last)
    say("%s:%" PRIu32 ": reading again", crew->args->host, crew->args->port);
}
