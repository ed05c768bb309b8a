/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "compare.h"

#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "console.h"
#include "database.h"
#include "hand.h"

enum { LIMIT_MS = 4000, WAYS = 2, NAME_SIZE = 48, SETTINGS_SIZE = 128 };

struct way {
  const char *name;
  uint32_t in_flight;
};

static const struct way ways[WAYS] = {
    {"by hand: waiting for each commit", 1},
    {"by hand: 64 commits on their way", 64},
};

/* The signal's handler stores it, the hands load it. It carries nothing but itself. */
static atomic_bool interrupted;

static void on_signal(int number)
{
  (void)number;
  /* relaxed: see above. */
  atomic_store_explicit(&interrupted, true, memory_order_relaxed);
}

/* The first one is noted, so that no table stays behind; the second one ends the program. */
static void listen_to_signals(void)
{
  struct sigaction action = {.sa_handler = on_signal};

  sigemptyset(&action.sa_mask);
  action.sa_flags = (int)SA_RESETHAND;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

/* With the table made and the connections open. Returns rows per second, or -1 after a message. */
static double race(const struct args *args, const char *table, struct hand *hands)
{
  const uint64_t began_ns = hand_clock_ns();
  uint64_t stored = 0, found = 0;
  uint32_t started = 0;
  bool failed;

  while (started < args->connections &&
         hand_start(&hands[started], began_ns + (uint64_t)LIMIT_MS * 1000000, &interrupted) == 0)
    started++;
  failed = started < args->connections;
  for (uint32_t i = 0; i < started; i++) {
    failed = hand_join(&hands[i]) != 0 || failed;
    stored += hands[i].stored;
  }
  const double seconds = (double)(hand_clock_ns() - began_ns) / 1e9;
  if (failed || database_count(args->connect, table, args->first_key,
                               args->first_key + args->rows - 1, &found) != 0)
    return -1;
  if (found == stored)
    return (double)stored / seconds;
  say("%" PRIu64 " rows were stored by hand, and %" PRIu64 " are there", stored, found);
  return -1;
}

static double measure(const struct args *args, const char *table, uint32_t in_flight)
{
  struct hand *hands = calloc(args->connections, sizeof *hands);
  uint32_t open = 0;
  double rate = -1;

  if (hands == NULL) {
    say("out of memory");
    return -1;
  }
  if (database_make(args->connect, table) == 0) {
    while (open < args->connections &&
           hand_open(&hands[open], args, table, open, in_flight) == 0)
      open++;
    if (open == args->connections)
      rate = race(args, table, hands);
    for (uint32_t i = 0; i < open; i++)
      hand_close(&hands[i]);
  }
  if (database_drop(args->connect, table) != 0)
    rate = -1;
  free(hands);
  return rate;
}

int compare(const struct args *args, double batched)
{
  char table[NAME_SIZE], settings[SETTINGS_SIZE], title[32];
  double rates[WAYS];

  listen_to_signals();
  for (int i = 0; i < WAYS; i++) {
    snprintf(table, sizeof table, "postgres_writer_compare_%ld_%d", (long)getpid(), i);
    rates[i] = measure(args, table, ways[i].in_flight);
    /* relaxed: see above. */
    if (atomic_load_explicit(&interrupted, memory_order_relaxed)) {
      say("no comparison: interrupted");
      return COMPARE_INTERRUPTED;
    }
    if (rates[i] <= 0)
      return COMPARE_FAILED;
  }
  if (database_settings(args->connect, settings, sizeof settings) != 0)
    return COMPARE_FAILED;
  printf("\n%" PRIu32 " connections; %s:\n%-34s%14s%14s\n", args->connections, settings, "",
         "rows/s", "batches gain");
  for (int i = 0; i < WAYS; i++)
    printf("%-34s%14.0f%13.1fx\n", ways[i].name, rates[i], batched / rates[i]);
  snprintf(title, sizeof title, "libmpcc: --batch %" PRIu32, args->batch);
  printf("%-34s%14.0f\n", title, batched);
  return fflush(stdout) == 0 && !ferror(stdout) ? COMPARE_DONE : COMPARE_FAILED;
}
