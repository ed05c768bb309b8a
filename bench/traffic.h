/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Traffic through one peer, round by round. In a round every producer pushes its share of the
 * items as fast as it can, each item into a slot picked at random, and is a thread of its own; all
 * begin together, and the round ends when the last item has been pumped. The peer and its
 * producers' threads stay from round to round.
 *
 * No more than ${window} items are on their way at a time, whatever the peer's queues would hold:
 * before each 256 items a producer books them, and naps while the pump is too far behind. A
 * producer whose push is refused yields and tries again.
 */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include <stdint.h>

#include "peer.h"
#include "suite.h"

enum { TRAFFIC_PRODUCERS_MAX = 16 };

struct traffic_load {
  uint32_t producers;
  uint32_t slots;
  uint32_t batch;
  uint64_t interval_ms;
  uint64_t window;
};

/* What the pump does with a batch beside counting its items. */
enum pumping {
  PUMP_NOTHING,
  PUMP_READS, /* reads every item; the round checks their sum */
  PUMP_CHECKS /* and checks each item's slot, and that each producer's items are in order */
};

struct traffic_result {
  uint64_t items;
  uint64_t batches;
  uint64_t wakeups; /* 0 if the peer does not count them */
  double seconds;
  double cpu_seconds; /* of the whole process */
};

struct traffic;

/* All of these exit the program, by suite_fail(), when something is refused or wrong. */
struct traffic *traffic_open(const struct suite *suite, const struct peer *peer,
                             const struct traffic_load *load);

/* Pushes about ${items} items; how many it was, the result says. */
struct traffic_result traffic_round(struct traffic *traffic, uint64_t items,
                                    enum pumping pumping);
void traffic_close(struct traffic *traffic);

#endif /* BENCH_TRAFFIC_H */
