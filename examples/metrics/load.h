/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Two instances with something to do, for the demonstration:
 *
 *   orders   a slot for each shop, some much busier than others; pumped on workers that take some
 *            milliseconds, and fail now and then; bounded, so that a burst is refused
 *   mail     one slot, pumped on the loop
 */
#ifndef METRICS_LOAD_H
#define METRICS_LOAD_H

#include <mpcc.h>
#include <uv.h>

struct load_options {
  uint32_t slots;
  unsigned long rate;  /* items each second, of orders; mail gets a tenth of it */
  unsigned long items; /* of orders, and then rest; 0: go on */
};

struct load {
  struct load_options options;
  mpcc_t *orders, *mail;
  uv_thread_t thread;
  bool threaded;
  unsigned long pushes; /* the thread's, as is ${random} */
  uint64_t random;
};

/* Make and start all of it: 0, or -1 after a message; then load_end() clears up. */
int load_begin(struct load *load, uv_loop_t *loop, const struct load_options *options);

/* Let it end: what is queued is still pumped, and then nothing of it keeps the loop. */
void load_stop(struct load *load);

/* When the loop has ended. */
void load_end(struct load *load);

#endif
