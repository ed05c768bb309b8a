/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Calls that the library makes of libuv and of the system, refused when a test says so. The
 * linker's --wrap sends the library's calls here; libuv's own, inside its shared library, go their
 * way. Only for what the thread of the test does.
 */
#ifndef MPCC_TESTS_REFUSED_CALLS_H
#define MPCC_TESTS_REFUSED_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <uv.h>

enum refused_call {
  REFUSED_NONE,
  REFUSED_LOCK,
  REFUSED_CONDITION,
  REFUSED_LOOP,
  REFUSED_ASYNC,
  REFUSED_THREAD,
  REFUSED_RANDOM,
  REFUSED_OPEN
};

static struct {
  enum refused_call call;
  unsigned at;    /* 1: the next */
  int error;      /* what it answers; an errno for open() */
  unsigned seen;  /* of these calls, since */
} refused;

/* From here on the ${at}-th call of this kind is refused, and no other. */
static inline void refuse_call(enum refused_call call, unsigned at, int error)
{
  refused.call = call;
  refused.at = at;
  refused.error = error;
  refused.seen = 0;
}

/* Nothing is refused any more. Whether there was such a call. */
static inline bool refuse_no_more(void)
{
  bool was_refused = refused.seen >= refused.at;

  refused.call = REFUSED_NONE;
  return was_refused;
}

static inline bool is_refused(enum refused_call call)
{
  return refused.call == call && ++refused.seen == refused.at;
}

int __real_uv_mutex_init(uv_mutex_t *lock);
int __wrap_uv_mutex_init(uv_mutex_t *lock);
int __real_uv_cond_init(uv_cond_t *condition);
int __wrap_uv_cond_init(uv_cond_t *condition);
int __real_uv_loop_init(uv_loop_t *loop);
int __wrap_uv_loop_init(uv_loop_t *loop);
int __real_uv_async_init(uv_loop_t *loop, uv_async_t *async, uv_async_cb callback);
int __wrap_uv_async_init(uv_loop_t *loop, uv_async_t *async, uv_async_cb callback);
int __real_uv_thread_create(uv_thread_t *thread, uv_thread_cb run, void *arg);
int __wrap_uv_thread_create(uv_thread_t *thread, uv_thread_cb run, void *arg);
int __real_uv_random(uv_loop_t *loop, uv_random_t *request, void *memory, size_t size,
                     unsigned flags, uv_random_cb callback);
int __wrap_uv_random(uv_loop_t *loop, uv_random_t *request, void *memory, size_t size,
                     unsigned flags, uv_random_cb callback);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_uv_mutex_init(uv_mutex_t *lock)
{
  return is_refused(REFUSED_LOCK) ? refused.error : __real_uv_mutex_init(lock);
}

int __wrap_uv_cond_init(uv_cond_t *condition)
{
  return is_refused(REFUSED_CONDITION) ? refused.error : __real_uv_cond_init(condition);
}

int __wrap_uv_loop_init(uv_loop_t *loop)
{
  return is_refused(REFUSED_LOOP) ? refused.error : __real_uv_loop_init(loop);
}

int __wrap_uv_async_init(uv_loop_t *loop, uv_async_t *async, uv_async_cb callback)
{
  return is_refused(REFUSED_ASYNC) ? refused.error : __real_uv_async_init(loop, async, callback);
}

int __wrap_uv_thread_create(uv_thread_t *thread, uv_thread_cb run, void *arg)
{
  return is_refused(REFUSED_THREAD) ? refused.error : __real_uv_thread_create(thread, run, arg);
}

/* Refused with 0: it succeeds, with nothing but zeros. */
int __wrap_uv_random(uv_loop_t *loop, uv_random_t *request, void *memory, size_t size,
                     unsigned flags, uv_random_cb callback)
{
  if (!is_refused(REFUSED_RANDOM))
    return __real_uv_random(loop, request, memory, size, flags, callback);
  memset(memory, 0, size);
  return refused.error;
}

int __wrap_open(const char *path, int flags, ...)
{
  va_list more;
  int mode;

  if (is_refused(REFUSED_OPEN)) {
    errno = refused.error;
    return -1;
  }
  if ((flags & O_CREAT) == 0)
    return __real_open(path, flags);
  va_start(more, flags);
  mode = va_arg(more, int);
  va_end(more);
  return __real_open(path, flags, mode);
}

#endif
