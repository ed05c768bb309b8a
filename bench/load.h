/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * An instance of libmpcc at work: threads push into it, and what comes out is counted, summed up
 * and compared with what went in. Two ways of pushing: as fast as a window lets, the same for all
 * (or an unbounded queue could be fast by growing); or each item at its planned time.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <mpcc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"
#include "suite.h"

enum { LOAD_WINDOW = 131072, LOAD_PRODUCERS_MAX = 16 };

struct load_item {
  uint64_t number;     /* of its producer's, from 1 */
  uint64_t planned_ns; /* when it should have been pushed; 0 at full speed */
};

struct load_plan {
  uint32_t producers;
  uint32_t slots;  /* that are pushed into, */
  uint32_t first;  /* which are this one, */
  uint32_t stride; /* first + stride, first + 2 * stride... */
  bool evenly;     /* each as often as the others, scattered; else by chance */
  bool handles;    /* a handle for each producer */
  uint64_t rate;   /* items a second, all producers together; 0: as fast as the window lets */
};

struct load {
  const struct suite *suite;
  mpcc_t *mpcc;
  mpcc_producer_t *handles[LOAD_PRODUCERS_MAX]; /* those asked for so far; kept until the end */
  uint64_t pushed_before;                       /* by all runs */

  struct load_plan plan;
  uint64_t begin_ns; /* the planned time of the first item */

  /* If set: how old an item was when the pump had it (the loop's thread writes), and how late the
   * first producer was. Only at planned times. */
  struct histogram *ages, *late;

  /* The loop's thread; main()'s while nothing is pushed. */
  uint64_t sum, count, expected;
  uint64_t end_ns; /* when the pump had the last one */

  pthread_mutex_t mutex;
  pthread_cond_t cond;
  uint32_t missing; /* producers at the gate; guard: mutex */
  bool open;        /* the gate; guard: mutex */
  bool ended;       /* the last item came out; guard: mutex */

  /* The window's two ends, apart from each other and from the rest. */
  unsigned char apart_1[64];
  _Atomic uint64_t announced; /* pushed, or about to be, by all producers */
  unsigned char apart_2[64];
  _Atomic uint64_t pumped;
  unsigned char apart_3[64];
};

/* item_size is set here; everything else as ${options} say. Creates and starts. */
void load_open(struct load *load, const struct suite *suite, const mpcc_options_t *options);

/* Push ${items} (rounded down to as many for each producer) and await them. Returns how long it
 * took from when the producers set off until the pump had the last item, in ns. */
double load_run(struct load *load, const struct load_plan *plan, uint64_t items);

/* Drain, check that not one item more came out, and destroy. */
void load_close(struct load *load);

#endif /* BENCH_LOAD_H */
