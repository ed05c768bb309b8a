/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The libuv driver: an async to be woken by, a timer for the next deadline, and an idle handle that
 * brings a user's loop back while there is more to do; on a loop of the user's, or on a loop and
 * a thread of the library's own.
 *
 * On the library's own loop passes follow each other until there is nothing to do. On a user's loop
 * each turn makes a few passes of a limited number of batches, and comes again in the next
 * iteration, so that other handles have their turn.
 *
 * Once the dispatcher has finished nobody sends any more (the gate is closed), so the handles can
 * be closed; ${finished} is called when they are: on a user's loop in the last close callback,
 * on the own thread when its loop is closed, too.
 */
#ifndef MPCC__LOOP_H
#define MPCC__LOOP_H

#include "platform.h"
#include "world.h"

struct mpcc__loop {
  struct mpcc__world *world;
  void (*finished)(void *owner);
  void *owner;
  uv_loop_t *uv;        /* the user's, or &own */
  uv_loop_t own;
  uv_async_t async;
  uv_timer_t timer;
  uv_idle_t again;      /* active while a user's loop is to come back in its next iteration */
  uv_thread_t thread;
  bool joinable;        /* the own thread was started and not joined */
  unsigned open_handles;
  unsigned unwatched; /* sleeps since it has looked out before one */
  unsigned vain;      /* and how many there are to be */
};

void mpcc__loop_init(struct mpcc__loop *loop, struct mpcc__world *world, uv_loop_t *uv,
                     void (*finished)(void *owner), void *owner);

/* 0, MPCC_ENOMEM or MPCC_ESYSTEM; then nothing is left open. The thread of an earlier run must
 * have been joined. */
int mpcc__loop_start(struct mpcc__loop *loop);

/* Wait until the thread of a finished run is gone. */
void mpcc__loop_join(struct mpcc__loop *loop);

/* The world's wake and clock. */
void mpcc__loop_wake(struct mpcc__world *world);
uint64_t mpcc__loop_clock_ns(void);

#endif
