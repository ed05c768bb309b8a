/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What is known of the program's memory: for each piece of it that was accessed, who has read and
 * written it when, and to which block of the heap it belongs. A piece is an address and a size; an
 * access is checked against every piece that it overlaps.
 *
 * Two accesses that overlap, from different threads, at least one of them a write and not both of
 * them atomic, must be ordered by happens-before. A block that is freed must not be accessed later,
 * and everything that was done to it must happen before that.
 */
#ifndef SIM_SHADOW_H
#define SIM_SHADOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"

struct sim_history;

struct sim_cell {
  uintptr_t at;
  uint32_t size;
  int next;                       /* of the same eight bytes, or -1 */
  int block, next_in_block;       /* or -1 */
  uint32_t written;               /* the last plain write: its event, and whose */
  uint8_t writer;
  bool stale;                     /* written plainly since the history's last store */
  struct sim_history *history;    /* of atomic accesses, or NULL */
  struct sim_clock read;          /* last plain read by each thread */
  struct sim_clock touched, stored; /* last atomic access, and store */
};

void sim_shadow_begin(void);

/* An atomic access. */
struct sim_cell *sim_shadow_atomic(uintptr_t at, unsigned size, bool store);

/* A plain access, of any size. */
void sim_shadow_read(const void *at, size_t size);
void sim_shadow_write(const void *at, size_t size);

/* Before the second thread is started everything happens before what others will do, and need not
 * be noted: true then, when the address was found to be right. */
bool sim_shadow_before(uintptr_t at, size_t size);

/* A block of the heap comes and goes. False: this is no block. */
void sim_shadow_add(const void *block, size_t size);
bool sim_shadow_free(const void *block);
size_t sim_shadow_size(const void *block);

/* Bytes that were never freed. */
size_t sim_shadow_leaked(void);

/* Where an address is, for people: "block 3 + 16". */
const char *sim_shadow_place(const void *at, char *text, size_t size);

#endif
