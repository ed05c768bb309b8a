/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What an execution did, step by step, for who wants to see it again. Off but in a replay. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_event {
  uint32_t step;
  uint8_t thread;
  const char *what;    /* "load", "lock", ... */
  const char *order;   /* or NULL */
  const void *at;      /* or NULL */
  uint64_t before, after;
  bool reads, writes;  /* which of these are meant */
  uint32_t age;        /* a read: how many stores old */
  const void *caller;  /* where in the program */
};

/* Turning it on, or off, forgets what was noted. */
void sim_trace(bool on);
bool sim_traced(void);

/* Fills in step and thread. */
void sim_note(struct sim_event event);

/* The last ${count} events, as a table. */
void sim_trace_print(size_t count);

#endif
