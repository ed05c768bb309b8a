/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A purse: an allocator for tests that counts its calls, refuses on demand, and knows its own
 * blocks. Thread-safe.
 */
#ifndef MPCC_TESTS_PURSE_H
#define MPCC_TESTS_PURSE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mpcc.h"

typedef struct purse {
  pthread_mutex_t mutex; /* guards everything below */
  uint64_t calls;        /* of all four functions */
  uint64_t asked;        /* for memory */
  uint64_t refused;
  uint64_t live;      /* blocks */
  size_t live_bytes;
  size_t limit;       /* of live_bytes; 0: none */
  uint64_t refuse_at; /* refuse when asked for the n-th time; 0: never */
  bool sticky;        /* and from then on */
  uint64_t strangers; /* blocks that were given back and are not ours */
} purse_t;

/* ${allocator} then takes from ${purse}. */
void purse_open(purse_t *purse, mpcc_allocator_t *allocator);

/* Refuse the k-th request from now on (1 is the next), ${sticky}: and all later ones; 0: none. */
void purse_refuse(purse_t *purse, uint64_t k, bool sticky);

uint64_t purse_calls(purse_t *purse);
uint64_t purse_refused(purse_t *purse);

/* Whether every block came back, and no other. */
bool purse_close(purse_t *purse);

#endif
