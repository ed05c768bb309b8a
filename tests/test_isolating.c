/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* isolate_failures: whatever items are poison, only they are dropped, and it costs few calls. */

#include "harness.h"

#include <string.h>

#include "purse.h"

enum { MOST = 512 };

/* Which items of a batch (by number, from 0) the sink refuses, and what it took. */
struct sink {
  unsigned char poison[MOST];
  uint64_t base; /* the first item of the batch */
  uint64_t taken[MOST];
  size_t taken_count;
};

static int reason_of(uint64_t number)
{
  return -1000 - (int)number;
}

/* All or nothing, as a transaction is: the first poison among them is the reason. */
static int take_all_or_nothing(rig_t *rig, mpcc_batch_t *batch)
{
  struct sink *sink = rig->hook_arg;
  const uint64_t *items = batch->items;
  for (size_t i = 0; i < batch->count; i++) {
    uint64_t number = items[i] - sink->base;
    if (number >= MOST || sink->poison[number])
      return reason_of(number);
  }
  for (size_t i = 0; i < batch->count; i++)
    if (sink->taken_count < MOST)
      sink->taken[sink->taken_count++] = items[i] - sink->base;
  return 0;
}

static rig_t *rig_isolating(struct sink *sink, uint32_t batch_size, uint32_t attempts,
                            uint64_t delay_ms)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.isolate_failures = true;
  options.max_attempts = attempts;
  options.retry_delay_ms = delay_ms;
  rig_t *rig = rig_open(&options);
  memset(sink, 0, sizeof(*sink));
  rig->hook_arg = sink;
  rig->on_pump = take_all_or_nothing;
  rig_start(rig);
  return rig;
}

/* The log holds the same items once for every try: the harness can't derive deliveries from it. */
static void close_rig(rig_t *rig)
{
  rig->forgot = true;
  rig_close(rig);
}

/* Pump one batch of ${count} items through all that follows, and tell how many calls that took
   after its own tries. */
static size_t pump_one(rig_t *rig, struct sink *sink, size_t count, uint32_t attempts)
{
  rig_forget(rig);
  sink->taken_count = 0;
  rig_push(rig, 0, sink->base, count);
  rig_step(rig, rig->now_ms + 1);
  for (int i = 0; i < 10000 && rig->next_ms != UINT64_MAX; i++)
    rig_step(rig, rig->next_ms);

  size_t calls = rig_count(rig, CALL_PUMP);
  return calls > attempts ? calls - attempts : 0;
}

/* Every good item was taken once and in order, and every poison dropped alone, for its reason. */
static void expect_sorted_out(const rig_t *rig, const struct sink *sink, size_t count,
                              uint32_t attempts)
{
  size_t taken = 0, index = 0;
  for (size_t number = 0; number < count; number++) {
    if (!sink->poison[number]) {
      assert_true(taken < sink->taken_count);
      assert_int_equal(sink->taken[taken++], number);
      continue;
    }
    while (index < rig_calls(rig) && rig->calls[index].kind != CALL_DROP)
      index++;
    assert_drop(rig, index, 0, sink->base + number, 1, reason_of(number));
    assert_int_equal(rig->calls[index].attempt, attempts);
    index++;
  }
  assert_int_equal(taken, sink->taken_count);
  assert_int_equal(rig_count(rig, CALL_DROP), count - taken);
}

static size_t log2_up(size_t count)
{
  size_t power = 0;
  while ((size_t)1 << power < count)
    power++;
  return power;
}

/* One poison at each place of a batch of so many. */
static void try_every_place(size_t count, uint32_t attempts, uint64_t delay_ms)
{
  struct sink sink;
  rig_t *rig = rig_isolating(&sink, (uint32_t)count, attempts, delay_ms);
  size_t most = 2 * log2_up(count) + attempts - 1;
  for (size_t place = 0; place < count; place++) {
    sink.base = place * 1000;
    sink.poison[place] = 1;
    size_t calls = pump_one(rig, &sink, count, attempts);
    if (calls > most)
      fail_msg("%zu calls to find item %zu of %zu, at most %zu", calls, place, count, most);
    expect_sorted_out(rig, &sink, count, attempts);
    sink.poison[place] = 0;
  }
  assert_fates(rig, (count - 1) * count, count, 0);
  close_rig(rig);
}

static void one_poison_at_any_place_of_any_batch_is_found_in_few_calls(void **state)
{
  (void)state;
  for (size_t count = 1; count <= 40; count++)
    try_every_place(count, 1, 100);
}

static void with_more_tries_the_same_with_each_of_them_counted_once(void **state)
{
  (void)state;
  for (size_t count = 1; count <= 40; count++) {
    try_every_place(count, 2, 0);
    try_every_place(count, 3, 10);
  }
}

static void one_poison_in_500_costs_few_calls(void **state)
{
  (void)state;
  try_every_place(500, 1, 100);
  try_every_place(500, 4, 100);
}

static void whatever_is_poison_is_dropped_and_nothing_else(void **state)
{
  (void)state;
  for (size_t count = 1; count <= 9; count++) {
    struct sink sink;
    uint32_t attempts = (uint32_t)(1 + count % 3);
    rig_t *rig = rig_isolating(&sink, (uint32_t)count, attempts, 10);
    size_t one = 2 * log2_up(count) + attempts - 1;
    for (unsigned set = 0; set < 1U << count; set++) {
      size_t poisons = 0;
      sink.base = set * 1000;
      for (size_t i = 0; i < count; i++)
        poisons += sink.poison[i] = set >> i & 1;
      size_t calls = pump_one(rig, &sink, count, attempts);
      assert_true(calls <= poisons * one);
      expect_sorted_out(rig, &sink, count, attempts);
    }
    close_rig(rig);
  }
}

static void several_poisons_in_500_are_all_found(void **state)
{
  (void)state;
  static const size_t places[][5] = {
    {0, 1, 2, 3, 4}, {0, 125, 250, 375, 499}, {249, 250, 251, 252, 253}, {495, 496, 497, 498, 499}};
  struct sink sink;
  rig_t *rig = rig_isolating(&sink, 500, 2, 1);
  for (size_t k = 0; k < 4; k++) {
    sink.base = k * 1000;
    memset(sink.poison, 0, sizeof(sink.poison));
    for (size_t i = 0; i < 5; i++)
      sink.poison[places[k][i]] = 1;
    assert_true(pump_one(rig, &sink, 500, 2) <= 5 * (2 * 9 + 1));
    expect_sorted_out(rig, &sink, 500, 2);
  }
  assert_fates(rig, 4 * 495, 4 * 5, 0);
  close_rig(rig);
}

/* A tree with a leaf for each item has one inner node less; the topmost is the batch itself. */
static void if_all_is_poison_every_part_is_tried_once_and_every_item_to_its_end(void **state)
{
  (void)state;
  for (uint32_t attempts = 1; attempts <= 3; attempts++)
    for (size_t count = 2; count <= 500; count += count < 40 ? 1 : 230) {
      struct sink sink;
      rig_t *rig = rig_isolating(&sink, (uint32_t)count, attempts, 10);
      memset(sink.poison, 1, count);
      size_t calls = pump_one(rig, &sink, count, attempts);
      assert_int_equal(calls, count - 2 + count * attempts);
      expect_sorted_out(rig, &sink, count, attempts);
      assert_fates(rig, 0, count, 0);
      close_rig(rig);
    }
}

static void a_single_item_is_not_split_and_has_no_more_tries_than_any_batch(void **state)
{
  (void)state;
  struct sink sink;
  rig_t *rig = rig_isolating(&sink, 1, 3, 0);
  sink.poison[0] = 1;
  assert_int_equal(pump_one(rig, &sink, 1, 3), 0);
  assert_int_equal(rig_calls(rig), 4);
  assert_drop(rig, 3, 0, 0, 1, reason_of(0));
  close_rig(rig);
}

/* It works on its second look: the batch is tried again before anything is split. */
static int fail_the_first_time(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  return batch->attempt == 1 ? -7 : 0;
}

static void nothing_is_split_before_the_last_try_of_the_whole(void **state)
{
  (void)state;
  struct sink sink;
  rig_t *rig = rig_isolating(&sink, 8, 2, 0);
  rig->on_pump = fail_the_first_time;
  assert_int_equal(pump_one(rig, &sink, 8, 2), 0);
  assert_int_equal(rig_calls(rig), 2);
  assert_int_equal(rig->calls[1].count, 8);
  assert_int_equal(rig->calls[1].attempt, 2);
  assert_fates(rig, 8, 0, 0);
  close_rig(rig);
}

static void without_the_option_nothing_is_split(void **state)
{
  (void)state;
  rig_t *rig = rig_run(8, MPCC_NO_INTERVAL);
  rig->answer = -7;
  rig_push(rig, 0, 0, 8);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 2);
  assert_drop(rig, 1, 0, 0, 8, -7);
  close_rig(rig);
}

static void isolating_needs_no_memory(void **state)
{
  (void)state;
  for (size_t capacity = RIG_INGRESS * 1000; capacity <= 1000; capacity += 1000) {
    purse_t purse;
    mpcc_allocator_t allocator;
    struct sink sink;
    memset(&sink, 0, sizeof(sink));
    purse_open(&purse, &allocator);
    mpcc_options_t options;
    rig_options(&options, 500);
    options.capacity = capacity;
    options.isolate_failures = true;
    options.max_attempts = 2;
    options.allocator = &allocator;
    rig_t *rig = rig_open(&options);
    rig->hook_arg = &sink;
    rig->on_pump = take_all_or_nothing;
    rig_start(rig);
    for (size_t i = 0; i < 500; i += 3)
      sink.poison[i] = 1;
    rig_push(rig, 0, 0, 500);
    uint64_t calls = purse_calls(&purse);
    purse_refuse(&purse, 1, true);
    rig_step(rig, 1);
    for (int i = 0; i < 1000 && rig->next_ms != UINT64_MAX; i++)
      rig_step(rig, rig->next_ms);

    expect_sorted_out(rig, &sink, 500, 2);
    assert_int_equal(purse_refused(&purse), 0);
    assert_true(capacity == 0 || purse_calls(&purse) == calls);
    close_rig(rig);
    assert_true(purse_close(&purse));
  }
}

static int refuse_every_37th(rig_t *rig, mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;
  (void)rig;
  for (size_t i = 0; i < batch->count; i++)
    if (items[i] % 37 == 0)
      return -7;
  return 0;
}

static void a_real_loop_finds_them_too(void **state)
{
  (void)state;
  enum { COUNT = 10000 };
  mpcc_options_t options;
  rig_options(&options, 50);
  options.manual = false;
  options.max_concurrency = 3;
  options.isolate_failures = true;
  options.max_attempts = 2;
  options.retry_delay_ms = 1;
  rig_t *rig = rig_open(&options);
  rig->on_pump = refuse_every_37th;
  rig_start(rig);
  rig_push(rig, 0, 0, COUNT);
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);

  static unsigned char dropped[COUNT];
  for (size_t i = 0; i < rig_calls(rig); i++)
    if (rig->calls[i].kind == CALL_DROP) {
      assert_int_equal(rig->calls[i].count, 1);
      assert_int_equal(rig->calls[i].reason, -7);
      dropped[rig->items[rig->calls[i].first]]++;
    }
  for (size_t item = 0; item < COUNT; item++)
    assert_int_equal(dropped[item], item % 37 == 0 ? 1 : 0);
  assert_fates(rig, COUNT - (COUNT + 36) / 37, (COUNT + 36) / 37, 0);
  close_rig(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_poison_at_any_place_of_any_batch_is_found_in_few_calls),
    cmocka_unit_test(with_more_tries_the_same_with_each_of_them_counted_once),
    cmocka_unit_test(one_poison_in_500_costs_few_calls),
    cmocka_unit_test(whatever_is_poison_is_dropped_and_nothing_else),
    cmocka_unit_test(several_poisons_in_500_are_all_found),
    cmocka_unit_test(if_all_is_poison_every_part_is_tried_once_and_every_item_to_its_end),
    cmocka_unit_test(a_single_item_is_not_split_and_has_no_more_tries_than_any_batch),
    cmocka_unit_test(nothing_is_split_before_the_last_try_of_the_whole),
    cmocka_unit_test(without_the_option_nothing_is_split),
    cmocka_unit_test(isolating_needs_no_memory),
    cmocka_unit_test(a_real_loop_finds_them_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
