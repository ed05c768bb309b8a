/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What tests of MPCC_ABANDON share: a rig whose memory comes from a purse, so that what the library
 * still holds after mpcc_destroy() is counted, and an end at which items may be orphaned.
 */
#ifndef MPCC_TESTS_PARTING_H
#define MPCC_TESTS_PARTING_H

#include "harness.h"
#include "purse.h"

struct parting {
  purse_t purse;
  mpcc_allocator_t allocator;
};

/* rig_open() of ${options}, fed by the purse, and started; its pump answers MPCC_PENDING. */
static inline rig_t *parting_open(struct parting *parting, mpcc_options_t *options)
{
  purse_open(&parting->purse, &parting->allocator);
  options->allocator = &parting->allocator;
  rig_t *rig = rig_open(options);
  rig->answer = MPCC_PENDING;
  return rig;
}

/* One slot, batches of ${batch_size}, ${concurrency} of them in flight. */
static inline rig_t *parting_run(struct parting *parting, uint32_t batch_size,
                                 uint32_t concurrency)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.max_concurrency = concurrency;
  rig_t *rig = parting_open(parting, &options);
  rig_start(rig);
  return rig;
}

static inline uint64_t parting_blocks(struct parting *parting)
{
  pthread_mutex_lock(&parting->purse.mutex);
  uint64_t live = parting->purse.live;
  pthread_mutex_unlock(&parting->purse.mutex);
  return live;
}

/* In a manual instance: abandon, and find it ended in the next step. */
static inline void parting_abandon(rig_t *rig)
{
  assert_int_equal(rig_complete(rig, MPCC_ABANDON), 0);
  rig_step(rig, rig->now_ms);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
}

/* Of an instance at rest: where its items went, by the counters and by on_drop. */
static inline void parting_check(const rig_t *rig, uint64_t delivered, uint64_t dropped,
                                 uint64_t orphaned)
{
  mpcc_stats_t stats;
  uint64_t shown = 0;
  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  assert_int_equal(stats.delivered, delivered);
  assert_int_equal(stats.dropped, dropped);
  assert_int_equal(stats.orphaned, orphaned);
  assert_int_equal(stats.pushed, delivered + dropped + orphaned);
  assert_int_equal(stats.queued, 0);
  assert_int_equal(stats.in_flight, 0);
  for (size_t i = 0; i < rig_calls(rig); i++)
    shown += rig->calls[i].kind == CALL_DROP ? rig->calls[i].count : 0;
  assert_true(shown == dropped || rig->forgot);
}

static inline void parting_destroy(rig_t *rig)
{
  assert_int_equal(mpcc_destroy(rig->mpcc), 0);
  rig->mpcc = NULL;
}

/* After mpcc_destroy() and the last late done: nothing is held, and nothing came back twice. */
static inline void parting_close(struct parting *parting, rig_t *rig)
{
  rig_close(rig);
  assert_int_equal(parting->purse.live, 0);
  assert_int_equal(parting->purse.live_bytes, 0);
  assert_true(purse_close(&parting->purse));
}

#endif
