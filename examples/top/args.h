/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The command line. */
#ifndef TOP_ARGS_H
#define TOP_ARGS_H

#include <stdbool.h>

enum { ARGS_URL = 512 };

struct args {
  char url[ARGS_URL];
  double interval_s;
  unsigned long frames; /* and then end; 0: go on */
  bool plain;
};

/* 0; 1: help was printed; -1: it is wrong, and a message has said so. */
int args_parse(struct args *args, int argc, char **argv);

#endif
