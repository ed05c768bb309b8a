/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* One program, executed in many ways. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include <stdbool.h>
#include <stdint.h>

struct sim_result {
  uint64_t executions;
  bool complete;       /* an exhaustive search has come to its end */
  const char *verdict; /* of the first that went wrong, or NULL */
  double seconds;
  uint32_t longest;    /* steps */
};

struct sim_limits {
  uint64_t executions; /* 0: no limit */
  double seconds;      /* 0: no limit */
  uint32_t steps;
};

/* One execution, as search.h was told. What went wrong, or NULL. */
const char *sim_run_once(void (*body)(void), uint32_t steps);

/* Until one goes wrong, or the search or a limit ends it. */
struct sim_result sim_run(void (*body)(void), const struct sim_limits *limits);

#endif
