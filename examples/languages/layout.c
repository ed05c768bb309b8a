/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Where C puts each field of the structs that other languages write down again. Their programs
 * print the same lines with --layout, and the test compares.
 */
#include <stdio.h>

#include <mpcc.h>

#define STRUCT(name) printf(#name " %zu\n", sizeof(name))
#define FIELD(type, name) \
  printf("  " #name " %zu %zu\n", offsetof(type, name), sizeof(((type *)NULL)->name))

static void show_batch(void)
{
  STRUCT(mpcc_batch_t);
  FIELD(mpcc_batch_t, items);
  FIELD(mpcc_batch_t, count);
  FIELD(mpcc_batch_t, slot);
  FIELD(mpcc_batch_t, attempt);
  FIELD(mpcc_batch_t, id);
  FIELD(mpcc_batch_t, due);
  FIELD(mpcc_batch_t, waited_ms);
  FIELD(mpcc_batch_t, data);
}

static void show_options(void)
{
  STRUCT(mpcc_options_t);
  FIELD(mpcc_options_t, item_size);
  FIELD(mpcc_options_t, slot_count);
  FIELD(mpcc_options_t, batch_size);
  FIELD(mpcc_options_t, max_concurrency);
  FIELD(mpcc_options_t, push_interval_ms);
  FIELD(mpcc_options_t, capacity);
  FIELD(mpcc_options_t, max_memory);
  FIELD(mpcc_options_t, loop);
  FIELD(mpcc_options_t, pump_on);
  FIELD(mpcc_options_t, worker_count);
  FIELD(mpcc_options_t, max_attempts);
  FIELD(mpcc_options_t, retry_delay_ms);
  FIELD(mpcc_options_t, retry_delay_max_ms);
  FIELD(mpcc_options_t, pump_timeout_ms);
  FIELD(mpcc_options_t, max_batch_weight);
  FIELD(mpcc_options_t, weigh);
  FIELD(mpcc_options_t, weigh_arg);
  FIELD(mpcc_options_t, on_drop);
  FIELD(mpcc_options_t, on_room);
  FIELD(mpcc_options_t, on_cancel);
  FIELD(mpcc_options_t, isolate_failures);
  FIELD(mpcc_options_t, manual);
  FIELD(mpcc_options_t, on_wake);
  FIELD(mpcc_options_t, wake_arg);
  FIELD(mpcc_options_t, lane_capacity);
  FIELD(mpcc_options_t, allocator);
  FIELD(mpcc_options_t, reserved);
}

static void show_stats(void)
{
  STRUCT(mpcc_stats_t);
  FIELD(mpcc_stats_t, pushed);
  FIELD(mpcc_stats_t, rejected);
  FIELD(mpcc_stats_t, delivered);
  FIELD(mpcc_stats_t, dropped);
  FIELD(mpcc_stats_t, orphaned);
  FIELD(mpcc_stats_t, queued);
  FIELD(mpcc_stats_t, queued_peak);
  FIELD(mpcc_stats_t, batches);
  FIELD(mpcc_stats_t, batches_full);
  FIELD(mpcc_stats_t, batches_interval);
  FIELD(mpcc_stats_t, batches_flush);
  FIELD(mpcc_stats_t, batches_drain);
  FIELD(mpcc_stats_t, in_flight);
  FIELD(mpcc_stats_t, retries);
  FIELD(mpcc_stats_t, timeouts);
  FIELD(mpcc_stats_t, wakeups);
  FIELD(mpcc_stats_t, pump_ns_total);
  FIELD(mpcc_stats_t, pump_ns_max);
  FIELD(mpcc_stats_t, wait_ms_max);
  FIELD(mpcc_stats_t, reserved);
}

int main(void)
{
  show_batch();
  show_options();
  show_stats();
  return 0;
}
