/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What every benchmark does alike: read its options, say on which machine it runs, measure subjects
 * in turn, print one line for each, and write the same as CSV.
 *
 *   bench_x [--smoke] [--csv FILE] [--rounds N] [--only TEXT] [--subjects NAME,NAME...]
 *
 * Subjects are compared by short rounds: in each round every subject is measured once, each round
 * begins with another one, and the ratio is the median of the rounds' ratios, not the ratio of
 * medians. So what disturbs the machine for longer than a round disturbs all alike. The interval
 * beside a ratio is that of median.h.
 */
#ifndef BENCH_SUITE_H
#define BENCH_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "median.h"

struct suite {
  const char *name;
  bool smoke;      /* a second in all: that it runs, not what it says */
  size_t rounds;   /* 0: as the program thinks fit */
  const char *only; /* configurations whose name has this in it; NULL: all */
  const char *subjects; /* names with commas between them; NULL: all */
  FILE *csv;       /* or NULL */
};

enum better { LOWER_IS_BETTER, HIGHER_IS_BETTER };

/* Measures one round of something. Exits the program if it can't. */
struct subject {
  const char *name;
  double (*measure)(void *arg);
  void *arg;
};

enum { SUBJECTS_MAX = 24, ROUNDS_MAX = 200 };

/* Exits with 2 and a word on how to use it if an argument is wrong. */
void suite_open(struct suite *suite, const char *name, int argc, char **argv);
void suite_close(struct suite *suite);

/* Whether this configuration was asked for. */
bool suite_wants(const struct suite *suite, const char *config);

/* Whether this subject was asked for; whoever calls this lets the user choose among them. */
bool suite_takes(const struct suite *suite, const char *subject);

/* ${smoke} rounds in smoke mode, else as asked for, else ${usual}. */
size_t suite_rounds(const struct suite *suite, size_t smoke, size_t usual);

/* The heading above the lines of a metric. */
void suite_heading(const struct suite *suite, const char *metric, const char *unit);

/**
 * Measure subjects in turn, and print a line for each: the median of its values, and how many times
 * better the first one is than it (above 1: the first one wins), with the interval of that ratio.
 * Metrics where more is better are compared the other way round.
 */
void suite_compare(struct suite *suite, const char *config, const char *metric, const char *unit,
                   enum better better, const struct subject *subjects, size_t count,
                   size_t rounds);

/* The first half of it: ${values} gets ${rounds} values of each subject, one subject after the
 * other. For who measures several things in a round. */
void suite_measure(const struct suite *suite, const struct subject *subjects, size_t count,
                   size_t rounds, double *values);

/* The second half: the lines of subjects that were measured, compared with number ${lead}. */
void suite_report(struct suite *suite, const char *config, const char *metric, const char *unit,
                  enum better better, const struct subject *subjects, size_t count,
                  size_t rounds, const double *values, size_t lead);

/* A line of something that has no rounds to compare: a count, a size. ${note} may be "". */
void suite_value(struct suite *suite, const char *config, const char *subject, const char *metric,
                 const char *unit, double value, const char *note);

/* Print to standard error what went wrong, and exit with 1. */
_Noreturn void suite_fail(const struct suite *suite, const char *what);

#endif /* BENCH_SUITE_H */
