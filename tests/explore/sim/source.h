/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* From addresses in the program to lines of its source, by addr2line. */
#ifndef SIM_SOURCE_H
#define SIM_SOURCE_H

struct sim_source {
  const void *address;
  char file[64];  /* without its folders */
  unsigned line;
  char text[100]; /* of that line */
};

/* Gather addresses, then ask for them all at once. */
void sim_source_want(const void *address);
void sim_source_resolve(void);

/* NULL: unknown. */
const struct sim_source *sim_source_of(const void *address);

#endif
