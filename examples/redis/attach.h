/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * hiredis on a uv_loop_t. The adapter that hiredis 0.14 brings along waits for ever when a
 * connection is refused, since libuv reports that as an error and the adapter leaves errors alone;
 * and it leaks when uv_poll_init() fails.
 */
#ifndef REDIS_STREAM_ATTACH_H
#define REDIS_STREAM_ATTACH_H

#include <hiredis/async.h>
#include <uv.h>

/* Serve ${redis} on ${loop}, on whose thread this is. Returns 0, or libuv's error: ${redis} is as
 * before, and is to be freed. */
int attach(redisAsyncContext *redis, uv_loop_t *loop);

#endif
