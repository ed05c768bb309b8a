/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* max_batch_weight together with intervals, flushes, drains, discards, capacity, threads and memory
   that is refused. The lowest byte of an item is its weight. */

#include "crew.h"
#include "picks.h"
#include "purse.h"
#include "verdict.h"

enum { MOST = 20 };

static size_t lowest_byte(const void *item, void *arg)
{
  (void)arg;
  return (size_t)(*(const uint64_t *)item & 255);
}

static uint64_t item_of(uint64_t number, uint64_t weight)
{
  return number << 8 | weight;
}

static void weighing(mpcc_options_t *options, uint32_t batch_size)
{
  rig_options(options, batch_size);
  options->max_batch_weight = MOST;
  options->weigh = lowest_byte;
}

static void push_weight(rig_t *rig, uint32_t slot, uint64_t number, uint64_t weight)
{
  uint64_t item = item_of(number, weight);
  assert_int_equal(mpcc_push(rig->mpcc, &item, slot), 0);
}

static size_t weight_of(const rig_t *rig, const call_t *call)
{
  size_t weight = 0;
  for (size_t i = 0; i < call->count; i++)
    weight += (size_t)(rig->items[call->first + i] & 255);
  return weight;
}

/* Every batch is light enough, and the numbers of the items count up from ${first}. */
static void check_batches(const rig_t *rig, uint32_t slot, uint64_t first, uint64_t count)
{
  uint64_t next = first;
  for (size_t i = 0; i < rig_calls(rig); i++) {
    const call_t *call = &rig->calls[i];
    if (call->kind != CALL_PUMP || call->slot != slot)
      continue;
    assert_in_range(weight_of(rig, call), 0, MOST);
    for (size_t k = 0; k < call->count; k++)
      assert_int_equal(rig->items[call->first + k] >> 8, next++);
  }
  assert_int_equal(next - first, count);
}

static void a_light_slot_waits_for_its_interval(void **state)
{
  (void)state;
  mpcc_options_t options;
  weighing(&options, 100);
  options.push_interval_ms = 100;
  rig_t *rig = rig_open(&options);
  rig_start(rig);

  push_weight(rig, 0, 0, 9);
  push_weight(rig, 0, 1, 10);
  rig_step(rig, 1000);
  rig_step(rig, 1099);
  assert_int_equal(rig_calls(rig), 0);
  rig_step(rig, 1100);

  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(rig->calls[0].due, MPCC_DUE_INTERVAL);
  assert_int_equal(rig->calls[0].waited_ms, 100);
  check_batches(rig, 0, 0, 2);
  rig_close(rig);
}

static void what_a_heavy_batch_leaves_behind_keeps_its_age(void **state)
{
  (void)state;
  mpcc_options_t options;
  weighing(&options, 100);
  options.push_interval_ms = 100;
  rig_t *rig = rig_open(&options);
  rig_start(rig);

  push_weight(rig, 0, 0, 15);
  push_weight(rig, 0, 1, 15);
  rig_step(rig, 1000);
  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(rig->next_ms, 1100);
  push_weight(rig, 0, 2, 1);
  rig_step(rig, 1050);
  assert_int_equal(rig_calls(rig), 1);
  assert_int_equal(rig->next_ms, 1100);
  rig_step(rig, 1100);

  assert_int_equal(rig_calls(rig), 2);
  assert_int_equal(rig->calls[1].due, MPCC_DUE_INTERVAL);
  assert_int_equal(rig->calls[1].count, 2);
  assert_int_equal(rig->calls[1].waited_ms, 100);
  rig_close(rig);
}

/* Items of weight 7: two fit together. */
static void check_hurry(bool drain, uint32_t concurrency, size_t items)
{
  mpcc_options_t options;
  weighing(&options, 100);
  options.max_concurrency = concurrency;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  for (uint64_t i = 0; i < items; i++)
    push_weight(rig, 0, i, 7);

  if (drain)
    assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  else
    assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), (items + 1) / 2);
  check_batches(rig, 0, 0, items);
  for (size_t i = 0; i < rig_calls(rig); i++) {
    bool rest = items - 2 * i <= 2; /* 14 is not yet the maximum */
    assert_int_equal(rig->calls[i].due, !rest    ? MPCC_DUE_FULL
                                        : drain ? MPCC_DUE_DRAIN
                                                : MPCC_DUE_FLUSH);
  }
  assert_int_equal(mpcc_wait(rig->mpcc, 0), drain ? 0 : MPCC_ESTATE);
  rig_close(rig);
}

static void flushes_and_drains_come_in_batches_that_are_light_enough(void **state)
{
  (void)state;
  for (size_t items = 1; items < 20; items++)
    for (uint32_t concurrency = 1; concurrency < 4; concurrency++) {
      check_hurry(false, concurrency, items);
      check_hurry(true, concurrency, items);
    }
}

static void a_flush_goes_on_when_the_cap_allows_it(void **state)
{
  (void)state;
  mpcc_options_t options;
  weighing(&options, 100);
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  for (uint64_t i = 0; i < 7; i++)
    push_weight(rig, 0, i, 9);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  push_weight(rig, 0, 7, 9);
  push_weight(rig, 0, 8, 9);

  for (size_t n = 0; n < 4; n++) {
    rig_step(rig, 1 + n);
    assert_int_equal(rig_calls(rig), n + 1);
    assert_int_equal(rig_done(rig, n, 0), 0);
  }
  rig_step(rig, 10);

  /* The last item rode with nobody: it came after the flush, and found no room. */
  assert_int_equal(rig_calls(rig), 4);
  assert_int_equal(rig->calls[3].count, 2);
  check_batches(rig, 0, 0, 8);
  assert_int_equal(stats_of(rig, 0).queued, 1);
  rig_close(rig);
}

static void room_is_counted_in_items_and_comes_back_with_light_batches_too(void **state)
{
  (void)state;
  for (size_t capacity = 1; capacity < 14; capacity++) {
    purse_t purse;
    mpcc_allocator_t allocator;
    purse_open(&purse, &allocator);
    mpcc_options_t options;
    weighing(&options, 5);
    options.capacity = capacity;
    options.allocator = &allocator;
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    uint64_t calls = purse_calls(&purse), pushed = 0, item;

    for (uint64_t round = 1; round < 200; round++) {
      size_t room = capacity - (size_t)stats_of(rig, 0).queued;
      for (size_t i = 0; i < room; i++, pushed++)
        push_weight(rig, 0, pushed, pushed * 7 % (MOST + 1));
      item = item_of(pushed, 1);
      assert_int_equal(mpcc_push(rig->mpcc, &item, 0), MPCC_EFULL);
      rig->answer = round % 3 == 0 ? MPCC_PENDING : 0;
      rig_step(rig, round);
      for (size_t i = 0; i < rig_calls(rig); i++)
        (void)rig_done(rig, i, 0);
      rig->answer = 0;
      rig_step(rig, round);
      assert_true(stats_of(rig, 0).queued < capacity);
    }

    assert_int_equal(purse_calls(&purse), calls);
    check_batches(rig, 0, 0, pushed - stats_of(rig, 0).queued);
    rig_close(rig);
    assert_true(purse_close(&purse));
  }
}

static void a_discard_takes_the_weight_along(void **state)
{
  (void)state;
  for (uint64_t before = 1; before < 8; before++) {
    mpcc_options_t options;
    weighing(&options, 5);
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    rig->answer = MPCC_PENDING;
    push_weight(rig, 0, 0, MOST);
    rig_step(rig, 1);
    for (uint64_t i = 0; i < before; i++)
      push_weight(rig, 0, 1 + i, 6);
    assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
    push_weight(rig, 0, 1 + before, 12);
    push_weight(rig, 0, 2 + before, 7);
    assert_int_equal(rig_done(rig, 0, 0), 0);
    rig->answer = 0;
    rig_step(rig, 2);

    assert_int_equal(rig_count(rig, CALL_PUMP), 1); /* 19 of 20 */
    assert_int_equal(stats_of(rig, 0).dropped, before);
    push_weight(rig, 0, 3 + before, 1);
    rig_step(rig, 3);

    size_t second = pick(rig, CALL_PUMP, 0, 1);
    assert_true(second < rig_calls(rig));
    assert_int_equal(rig->calls[second].count, 3);
    assert_int_equal(rig->calls[second].due, MPCC_DUE_FULL);
    assert_int_equal(rig->items[rig->calls[second].first] >> 8, 1 + before);
    rig_close(rig);
  }
}

static void after_a_discard_of_much_weight_light_pushes_wake_nobody(void **state)
{
  (void)state;
  mpcc_options_t options;
  weighing(&options, 100);
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  for (uint64_t i = 0; i < 30; i++)
    push_weight(rig, 0, i, MOST);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  push_weight(rig, 0, 30, 1);
  rig_step(rig, 1);
  unsigned wakes = atomic_load_explicit(&rig->wakes, memory_order_relaxed);

  for (uint64_t i = 0; i < 40; i++) {
    push_weight(rig, 0, 31 + i, 0);
    rig_step(rig, 2 + i);
  }

  assert_in_range(atomic_load_explicit(&rig->wakes, memory_order_relaxed), wakes, wakes + 1);
  assert_int_equal(rig_count(rig, CALL_PUMP), 0);
  rig_close(rig);
}

static void without_memory_batches_still_come_out_and_a_drain_ends(void **state)
{
  (void)state;
  for (uint64_t weight = 0; weight <= MOST; weight++) {
    purse_t purse;
    mpcc_allocator_t allocator;
    purse_open(&purse, &allocator);
    mpcc_options_t options;
    weighing(&options, 50);
    options.allocator = &allocator;
    options.slot_count = 3;
    options.max_concurrency = 2;
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    for (uint64_t i = 0; i < 400; i++)
      push_weight(rig, (uint32_t)(i % 2), i / 2, (i & 8) != 0 ? weight : 1);
    purse_refuse(&purse, 1, true);

    rig_step(rig, 1);
    for (uint32_t slot = 0; slot < 2; slot++)
      assert_true(stats_of(rig, slot).queued < 50);
    assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
    for (uint64_t now = 2; now < 5; now++)
      rig_step(rig, now);

    assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
    assert_fates(rig, 400, 0, 0);
    check_batches(rig, 0, 0, 200);
    check_batches(rig, 1, 0, 200);
    rig_close(rig);
    assert_true(purse_close(&purse));
  }
}

enum { PRODUCERS = 3, EACH = 30000 / VERDICT_SLOWER };

struct producer {
  rig_t *rig;
  uint64_t number;
  int odd_answer;
};

static void produce(void *arg)
{
  struct producer *producer = arg;
  uint64_t random = producer->number + 5;
  for (uint64_t i = 0; i < EACH; i++) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    uint64_t item = item_of(producer->number << 40 | i, (random >> 40) % (MOST + 1));
    int result = mpcc_push_wait(producer->rig->mpcc, &item, (uint32_t)(i % 2), MPCC_NO_TIMEOUT);
    if (result != 0)
      producer->odd_answer = result;
  }
}

static void producers_share_batches_that_are_never_too_heavy(void **state)
{
  (void)state;
  for (size_t capacity = 0; capacity < 60; capacity += 29) {
    mpcc_options_t options;
    weighing(&options, 30);
    options.manual = false;
    options.slot_count = 2;
    options.push_interval_ms = 3600000; /* a wake-up that is missing would show */
    options.capacity = capacity;
    options.max_concurrency = 2;
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    struct producer producers[PRODUCERS];
    for (uint64_t i = 0; i < PRODUCERS; i++)
      producers[i] = (struct producer){rig, i, 0};

    crew_run(produce, producers, sizeof(producers[0]), PRODUCERS);
    assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
    assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);

    uint64_t next[PRODUCERS][2] = {{0, 1}, {0, 1}, {0, 1}};
    for (size_t i = 0; i < rig_calls(rig); i++) {
      const call_t *call = &rig->calls[i];
      assert_in_range(weight_of(rig, call), 0, MOST);
      for (size_t k = 0; k < call->count; k++) {
        uint64_t number = rig->items[call->first + k] >> 8;
        uint64_t *mine = &next[number >> 40][call->slot];
        assert_int_equal(number & ((UINT64_C(1) << 40) - 1), *mine);
        *mine += 2;
      }
    }
    assert_fates(rig, PRODUCERS * EACH, 0, 0);
    for (size_t i = 0; i < PRODUCERS; i++)
      assert_int_equal(producers[i].odd_answer, 0);
    rig_close(rig);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_light_slot_waits_for_its_interval),
    cmocka_unit_test(what_a_heavy_batch_leaves_behind_keeps_its_age),
    cmocka_unit_test(flushes_and_drains_come_in_batches_that_are_light_enough),
    cmocka_unit_test(a_flush_goes_on_when_the_cap_allows_it),
    cmocka_unit_test(room_is_counted_in_items_and_comes_back_with_light_batches_too),
    cmocka_unit_test(a_discard_takes_the_weight_along),
    cmocka_unit_test(after_a_discard_of_much_weight_light_pushes_wake_nobody),
    cmocka_unit_test(without_memory_batches_still_come_out_and_a_drain_ends),
    cmocka_unit_test(producers_share_batches_that_are_never_too_heavy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
