/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "stats.h"

#include "check.h"
#include "lanes.h"

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
  /* pairs slot.tally: what was counted was claimed before. */
  return atomic_load_explicit(counter, memory_order_acquire);
}

void mpcc__stats_queues(const struct mpcc__world *world, const struct mpcc__slot *slot,
                        struct mpcc_stats *stats)
{
  const struct mpcc__tally *tally = &slot->tally;
  uint64_t ticket, taken;

  memset(stats, 0, sizeof(*stats));
  stats->delivered = read_counter(&tally->delivered);
  stats->dropped = read_counter(&tally->dropped);
  stats->orphaned = read_counter(&tally->orphaned);
  stats->retries = read_counter(&tally->retries);
  stats->timeouts = read_counter(&tally->timeouts);
  stats->batches_full = read_counter(&tally->batches[MPCC_DUE_FULL - 1]);
  stats->batches_interval = read_counter(&tally->batches[MPCC_DUE_INTERVAL - 1]);
  stats->batches_flush = read_counter(&tally->batches[MPCC_DUE_FLUSH - 1]);
  stats->batches_drain = read_counter(&tally->batches[MPCC_DUE_DRAIN - 1]);
  stats->batches = stats->batches_full + stats->batches_interval + stats->batches_flush +
                   stats->batches_drain;
  /* pairs slot.tally: as the others. */
  stats->in_flight = atomic_load_explicit(&slot->in_flight_count, memory_order_acquire);
  stats->pump_ns_total = read_counter(&tally->pump_ns_total);
  stats->pump_ns_max = read_counter(&tally->pump_ns_max);
  stats->wait_ms_max = read_counter(&tally->wait_ms_max);
  stats->queued_peak = read_counter(&tally->queued_peak);
  ticket = mpcc__queue_ticket(&slot->queue, &world->pool.shelf);
  stats->pushed = ticket - MPCC__FIRST_TICKET;
  /* relaxed: a number; not less than the fates that were read above. */
  taken = atomic_load_explicit(&slot->end.taken, memory_order_relaxed);
  stats->queued = ticket > taken ? ticket - taken : 0;
  if (stats->queued > stats->queued_peak)
    stats->queued_peak = stats->queued;
  /* relaxed: a number for statistics. */
  stats->rejected = atomic_load_explicit(&slot->rejected, memory_order_relaxed);
}

/* While lanes are held: the items that they hold have been pushed, too. */
static void add_held(const struct mpcc__world *world, uint32_t slot, struct mpcc_stats *stats)
{
  uint64_t held = mpcc__lanes_held(world, slot);

  stats->pushed += held;
  stats->queued += held;
  if (stats->queued > stats->queued_peak &&
      (slot != MPCC_ALL_SLOTS || world->options.slot_count == 1))
    stats->queued_peak = stats->queued;
}

void mpcc__stats_slot(const struct mpcc__world *world, const struct mpcc__slot *slot,
                      struct mpcc_stats *stats)
{
  bool held = mpcc__lanes_hold(world);

  mpcc__stats_queues(world, slot, stats);
  if (held) {
    add_held(world, mpcc__slot_number(world, slot), stats);
    mpcc__lanes_let_go(world);
  }
}

static uint64_t larger(uint64_t a, uint64_t b)
{
  return a > b ? a : b;
}

static void add(struct mpcc_stats *sum, const struct mpcc_stats *one)
{
  sum->pushed += one->pushed;
  sum->rejected += one->rejected;
  sum->delivered += one->delivered;
  sum->dropped += one->dropped;
  sum->orphaned += one->orphaned;
  sum->queued += one->queued;
  sum->queued_peak = larger(sum->queued_peak, one->queued_peak);
  sum->batches += one->batches;
  sum->batches_full += one->batches_full;
  sum->batches_interval += one->batches_interval;
  sum->batches_flush += one->batches_flush;
  sum->batches_drain += one->batches_drain;
  sum->in_flight += one->in_flight;
  sum->retries += one->retries;
  sum->timeouts += one->timeouts;
  sum->pump_ns_total += one->pump_ns_total;
  sum->pump_ns_max = larger(sum->pump_ns_max, one->pump_ns_max);
  sum->wait_ms_max = larger(sum->wait_ms_max, one->wait_ms_max);
}

void mpcc__stats_all(const struct mpcc__world *world, struct mpcc_stats *stats)
{
  bool held = mpcc__lanes_hold(world);

  memset(stats, 0, sizeof(*stats));
  for (uint32_t i = 0; i < world->options.slot_count; i++) {
    struct mpcc_stats one;

    mpcc__stats_queues(world, &world->slots[i], &one);
    add(stats, &one);
  }
  if (held) {
    add_held(world, MPCC_ALL_SLOTS, stats);
    mpcc__lanes_let_go(world);
  }
  stats->wakeups = read_counter(&world->wakeups);
}
