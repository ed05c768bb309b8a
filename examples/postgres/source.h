/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Producers: threads that make rows and push each into the slot of its key. The last of them to
 * end drains the instance, since nothing more will come.
 */
#ifndef POSTGRES_SOURCE_H
#define POSTGRES_SOURCE_H

#include <mpcc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "args.h"

struct sources;

struct source {
  struct sources *all;
  pthread_t thread;
  uint32_t number;
  uint64_t pushed; /* the thread's until it is joined */
  uint64_t waited; /* pushes that found no room */
};

struct sources {
  const struct args *args;
  mpcc_t *mpcc;
  mpcc_complete_cb on_complete;
  void *arg;               /* for on_complete */
  struct source list[64];
  uint32_t count;          /* threads that were started */
  atomic_uint running;
  atomic_bool stopping;
  uint64_t pushed, waited; /* the sums, after sources_join() */
};

/* Start args->producers threads. What comes before list is set. Returns 0, or -1 after a message:
 * some may run, and the instance is stopped. */
int sources_start(struct sources *sources);

/* Make no more rows. Any thread. */
void sources_stop(struct sources *sources);

void sources_join(struct sources *sources);

#endif
