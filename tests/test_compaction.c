/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What is left of a batch when some of its items were marked: of any size, and any number. */

#include "harness.h"

#include <stdlib.h>

#include "purse.h"

/* A part of the items fails, another part in each try. */
struct chance {
  uint64_t seed;
  unsigned percent;
  bool backwards; /* mark the last one first, and every one twice */
  int refusals;
};

static bool fails(const struct chance *chance, uint64_t item, uint32_t attempt)
{
  uint64_t mixed = (chance->seed * 1000 + attempt) * UINT64_C(0x9E3779B97F4A7C15) + item;
  mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
  return (mixed >> 33) % 100 < chance->percent;
}

static int status_of(uint64_t item)
{
  return -(int)item - 1;
}

static int mark_by_chance(rig_t *rig, mpcc_batch_t *batch)
{
  struct chance *chance = rig->hook_arg;
  const uint64_t *items = batch->items;
  for (size_t i = 0; i < batch->count; i++) {
    size_t index = chance->backwards ? batch->count - 1 - i : i;
    if (!fails(chance, items[index], batch->attempt))
      continue;
    chance->refusals += mpcc_batch_fail(batch, index, status_of(items[index])) != 0;
    if (chance->backwards)
      chance->refusals += mpcc_batch_fail(batch, index, -123456) != 0;
  }
  return 0;
}

/* Call ${index} carried, in order, exactly those items from ${first} that failed all tries before
   number ${attempt}. Tells how many they were. */
static size_t expect_failed(const rig_t *rig, size_t index, uint64_t first, size_t count,
                            uint32_t attempt)
{
  const struct chance *chance = rig->hook_arg;
  const call_t *call = &rig->calls[index];
  size_t seen = 0;
  for (uint64_t item = first; item < first + count; item++) {
    bool left = true;
    for (uint32_t before = 1; left && before < attempt; before++)
      left = fails(chance, item, before);
    if (!left)
      continue;
    if (index >= rig_calls(rig) || seen >= call->count)
      fail_msg("seed %llu: item %llu is missing in try %u", (unsigned long long)chance->seed,
               (unsigned long long)item, attempt);
    assert_int_equal(rig->items[call->first + seen++], item);
  }
  assert_true(seen == 0 || seen == call->count);
  return seen;
}

enum { ATTEMPTS = 4 };

/* One batch of ${count} items through all its tries; tells how many were dropped. */
static size_t run_batch(rig_t *rig, uint64_t first, size_t count)
{
  rig_forget(rig);
  rig_push(rig, 0, first, count);
  rig_step(rig, rig->now_ms + 1);

  size_t index = 0;
  for (uint32_t attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (expect_failed(rig, index, first, count, attempt) == 0)
      break;
    assert_int_equal(rig->calls[index].kind, CALL_PUMP);
    assert_int_equal(rig->calls[index].attempt, attempt);
    index++;
  }
  size_t dropped = expect_failed(rig, index, first, count, ATTEMPTS + 1);
  if (dropped > 0) {
    const call_t *drop = &rig->calls[index++];
    assert_int_equal(drop->kind, CALL_DROP);
    assert_int_equal(drop->reason, status_of(rig->items[drop->first]));
    assert_int_equal(drop->attempt, ATTEMPTS);
  }
  assert_int_equal(rig_calls(rig), index);
  return dropped;
}

static void any_marks_in_batches_of_any_size_leave_just_the_marked(void **state)
{
  (void)state;
  static const uint32_t sizes[] = {1, 2, 7, 8, 9, 31, 33, 63, 64, 65, 127, 128, 129, 500, 513};
  uint64_t all_dropped = 0;
  for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
    mpcc_options_t options;
    rig_options(&options, sizes[k]);
    options.max_attempts = ATTEMPTS;
    options.retry_delay_ms = 0;
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    rig->on_pump = mark_by_chance;
    uint64_t pushed = 0, dropped = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
      struct chance chance = {seed, seed % 4 == 3 ? 100 : (unsigned)(seed % 4 * 40 + 5),
                              seed % 8 > 3, 0};
      rig->hook_arg = &chance;
      dropped += run_batch(rig, pushed, sizes[k]);
      pushed += sizes[k];
      assert_int_equal(chance.refusals, 0);
    }
    assert_fates(rig, pushed - dropped, dropped, 0);
    rig_close(rig);
    all_dropped += dropped;
  }
  assert_true(all_dropped > 0);
}

static void marks_need_no_memory(void **state)
{
  (void)state;
  purse_t purse;
  mpcc_allocator_t allocator;
  purse_open(&purse, &allocator);
  mpcc_options_t options;
  rig_options(&options, 129);
  options.capacity = 1290;
  options.max_attempts = ATTEMPTS;
  options.retry_delay_ms = 5;
  options.allocator = &allocator;
  rig_t *rig = rig_open(&options);
  struct chance chance = {7, 60, true, 0};
  rig->hook_arg = &chance;
  rig->on_pump = mark_by_chance;
  rig_start(rig);
  rig_push(rig, 0, 0, 1290);
  uint64_t calls = purse_calls(&purse);
  purse_refuse(&purse, 1, true);
  rig_step(rig, 1);
  for (int i = 0; i < 100 && rig->next_ms != UINT64_MAX; i++)
    rig_step(rig, rig->next_ms);

  uint64_t dropped = 0;
  for (uint64_t item = 0; item < 1290; item++) {
    uint32_t attempt = 1;
    while (attempt <= ATTEMPTS && fails(&chance, item, attempt))
      attempt++;
    dropped += attempt > ATTEMPTS;
  }
  assert_in_range(dropped, 50, 400);
  assert_fates(rig, 1290 - dropped, dropped, 0);
  assert_int_equal(purse_calls(&purse), calls);
  assert_int_equal(chance.refusals, 0);
  rig->forgot = true; /* items were pumped more than once */
  rig_close(rig);
  assert_true(purse_close(&purse));
}

enum { PIECES = 70 };

static unsigned char byte_of(size_t item, size_t offset)
{
  return (unsigned char)(item * 31 + offset * 7 + offset / 256);
}

/* Of items of any size: every third is marked in the first try, and the second try must get these,
   byte for byte and as well aligned. The answer is what is wrong, or 0. */
static int mark_every_third(rig_t *rig, mpcc_batch_t *batch)
{
  size_t size = rig->item_size, align = size & (~size + 1);
  const unsigned char *bytes = batch->items;
  size_t step = batch->attempt == 1 ? 1 : 3;
  for (size_t i = 0; i < batch->count; i++)
    for (size_t k = 0; k < size; k++)
      if (bytes[i * size + k] != byte_of(i * step, k))
        rig_keep(rig, (int)(i + 1));
  if ((uintptr_t)bytes % (align < 64 ? align : 64) != 0)
    rig_keep(rig, -1);
  if (batch->attempt == 1)
    for (size_t i = 0; i < batch->count; i += 3)
      if (mpcc_batch_fail(batch, i, -1) != 0)
        rig_keep(rig, -2);
  return 0;
}

static void items_of_any_size_are_kept_to_the_byte(void **state)
{
  (void)state;
  static const size_t sizes[] = {1, 2, 3, 5, 8, 12, 24, 64, 100, 4096, 65536};
  for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
    mpcc_options_t options;
    rig_options(&options, PIECES);
    options.item_size = sizes[k];
    options.max_attempts = 2;
    options.retry_delay_ms = 0;
    rig_t *rig = rig_open(&options);
    rig->on_pump = mark_every_third;
    rig_start(rig);
    unsigned char *item = malloc(sizes[k]);
    assert_non_null(item);
    for (size_t i = 0; i < PIECES; i++) {
      for (size_t offset = 0; offset < sizes[k]; offset++)
        item[offset] = byte_of(i, offset);
      assert_int_equal(mpcc_push(rig->mpcc, item, 0), 0);
    }
    free(item);
    rig_step(rig, 1);

    assert_int_equal(rig->got_count, 0);
    assert_int_equal(rig_calls(rig), 2);
    assert_int_equal(rig->calls[1].count, (PIECES + 2) / 3);
    assert_fates(rig, PIECES, 0, 0);
    rig->forgot = true; /* items were pumped more than once */
    rig_close(rig);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(any_marks_in_batches_of_any_size_leave_just_the_marked),
    cmocka_unit_test(marks_need_no_memory),
    cmocka_unit_test(items_of_any_size_are_kept_to_the_byte),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
