/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The command line: what the user asked for.
 */
#ifndef RABBITMQ_ARGS_H
#define RABBITMQ_ARGS_H

#include <stdint.h>

struct args {
  const char *url;
  const char *queue;
  const char *journal; /* NULL: none */
  uint32_t receivers;
  uint32_t handlers;
  uint32_t prefetch;
  uint32_t batch;
  uint32_t interval_ms;
  uint32_t work_us;
  uint32_t tries;      /* to connect, in a row; 0: without end */
  uint32_t grace_ms;
  uint32_t messages;   /* to handle before it stops by itself; 0: until a signal */
  uint32_t wrong_slot; /* every how many-th tag goes to the wrong slot; 0: none */
  uint32_t direct;     /* tags in a frame, without handlers and libmpcc; 0: with both */
};

/* Fill ${args}. Returns 0, or -1 after a message about what is wrong, or 1: --help was printed. */
int args_parse(struct args *args, int argc, char **argv);

#endif
