/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * wakeups [items] [slots]
 *
 * One producer at full speed, default options, own loop; all it then says is how many batches were
 * formed and how often the library says it woke its loop, for wakeups.sh to compare with
 * the system calls it saw.
 *
 * Under a sanitizer the producer is no longer faster than the loop, which finds every slot empty
 * and must be woken twice a batch: by the item that makes the slot busy and by the one that
 * makes it full.
 */
#include "../verdict.h"

#define WAKEUPS_PER_BATCH (VERDICT_SLOWER == 1 ? 1U : 2U)

static int pump(mpcc_batch_t *batch, void *state)
{
  (void)batch;
  (void)state;
  return 0;
}

int main(int argc, char **argv)
{
  uint64_t items = verdict_argument(argc, argv, 1, 2000000);
  uint32_t slots = (uint32_t)verdict_argument(argc, argv, 2, 1);
  mpcc_options_t options;
  mpcc_stats_t end;
  mpcc_t *mpcc;

  verdict_begin(60);
  mpcc_options_init(&options);
  options.item_size = sizeof items;
  options.slot_count = slots;
  verdict_expect("mpcc_create", mpcc_create(&mpcc, &options), 0);
  verdict_watch(mpcc);
  verdict_expect("mpcc_start", mpcc_start(mpcc, pump, NULL), 0);
  for (uint64_t i = 0; i < items; i++)
    verdict_expect("mpcc_push", mpcc_push(mpcc, &i, (uint32_t)(i % slots)), 0);
  verdict_expect("mpcc_complete", mpcc_complete(mpcc, MPCC_DRAIN, NULL, NULL), 0);
  verdict_expect("mpcc_wait", mpcc_wait(mpcc, MPCC_NO_TIMEOUT), 0);
  verdict_expect("mpcc_stats", mpcc_stats(mpcc, &end), 0);
  verdict_watch(NULL);
  verdict_expect("mpcc_destroy", mpcc_destroy(mpcc), 0);
  verdict_end();
  if (end.delivered != items)
    verdict_fail("%" PRIu64 " of %" PRIu64 " items delivered", end.delivered, items);
  if (end.wakeups > end.batches * WAKEUPS_PER_BATCH)
    verdict_fail("%" PRIu64 " wake-ups for %" PRIu64 " batches", end.wakeups, end.batches);
  printf("items %" PRIu64 " slots %u batches %" PRIu64 " wakeups %" PRIu64 " limit %" PRIu64 "\n",
         items, slots, end.batches, end.wakeups, end.batches * WAKEUPS_PER_BATCH);
  return 0;
}
