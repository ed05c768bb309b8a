/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The numbers of instances over HTTP, as Prometheus reads them (text exposition format 0.0.4), on
 * a libuv loop of yours. Take the folder into a service, but for main.c, load.* and the tests.
 *
 *   GET /metrics, HEAD /metrics; anything else is 404 or 405. Nothing here needs a password or
 *   encrypts: give it an address that only your scraper reaches.
 *
 * The numbers are collected on a thread of libuv's pool, so the loop never waits for them; who asks
 * while that is under way shares the collection that follows. A client has 10 seconds to send a
 * request of up to 4 KiB and 30 to take the answer; 32 are served at a time, and others wait in the
 * system's queue.
 */
#ifndef MPCC_METRICS_H
#define MPCC_METRICS_H

#include <mpcc.h>
#include <stddef.h>
#include <uv.h>

typedef struct mpcc_metrics mpcc_metrics_t;

struct mpcc_metrics_instance {
  const mpcc_t *mpcc;
  const char *name;    /* the label "queue": UTF-8, other than its neighbours'; it is copied */
  unsigned slot_limit; /* slots with labels of their own; the others are slot="other" (slots.h) */
};

typedef void (*mpcc_metrics_closed_cb)(void *arg);

/**
 * Listen on an IPv4 or IPv6 ${address}, and ${port}, or any for 0.
 *
 * Thread:   the loop's, or any while the loop is not running.
 * Owns:     *metrics is yours until mpcc_metrics_close(). The instances must outlive the callback
 *           of that. SIGPIPE must be ignored in the process, as always with libuv and sockets.
 * Returns:  0, or libuv's code: UV_EINVAL (a wrong address or port, no instance, a name that is
 *           missing or there twice), UV_ENOMEM, UV_EADDRINUSE, UV_EACCES ...
 */
int mpcc_metrics_serve(mpcc_metrics_t **metrics, uv_loop_t *loop, const char *address, int port,
                       const struct mpcc_metrics_instance *instances, size_t instance_count);

/* The port it listens on, for who asked for any. */
int mpcc_metrics_port(const mpcc_metrics_t *metrics);

/**
 * End it: connections are cut, and ${closed} (may be NULL) is called on the loop when nothing of it
 * is left. Thread: the loop's. NULL is allowed, and then ${closed} is not called.
 */
void mpcc_metrics_close(mpcc_metrics_t *metrics, mpcc_metrics_closed_cb closed, void *arg);

#endif
