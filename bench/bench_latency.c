/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * How long does a push take at worst, how old does an item get, and how long is it from a full
 * batch to the pump?
 *
 * The load is open: when each push is to happen is settled before, it does not wait for the one
 * before to have been quick, and what comes late still counts from when it should have come. So a
 * delay is counted for all that it delays (there is no coordinated omission). Times go
 * one by one into log-linear histograms (histogram.h); none is left out or guessed.
 */
#define _POSIX_C_SOURCE 200809L
#include "latency.h"

int main(int argc, char **argv)
{
  struct suite suite;

  suite_open(&suite, "bench_latency", argc, argv);
  latency_push(&suite);
  latency_age(&suite);
  latency_wake(&suite);
  suite_close(&suite);
  return 0;
}
