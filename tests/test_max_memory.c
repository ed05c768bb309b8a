/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* max_memory: how much is enough, what is refused, when room is back, and that an allocator that
   gives no byte more is never asked for one. */

#include <string.h>

#include "crew.h"
#include "picks.h"
#include "purse.h"

enum { BATCH = 50, SLOTS = 8, EACH_BATCH = BATCH * sizeof(uint64_t) };

static void limited(mpcc_options_t *options, size_t max_memory)
{
  rig_options(options, BATCH);
  options->slot_count = SLOTS;
  options->max_memory = max_memory;
}

static int try_create(const mpcc_options_t *options)
{
  mpcc_t *mpcc = NULL;
  int result = mpcc_create(&mpcc, options);
  if (result == 0)
    assert_int_equal(mpcc_destroy(mpcc), 0);
  return result;
}

/* The smallest max_memory that mpcc_create() takes: one batch and what goes with it. */
static size_t least_memory(mpcc_options_t options)
{
  size_t low = 0, high = (size_t)1 << 24;
  options.allocator = NULL;
  while (high - low > 1) {
    options.max_memory = low + (high - low) / 2;
    if (try_create(&options) == 0)
      high = options.max_memory;
    else
      low = options.max_memory;
  }
  return high;
}

/* An instance whose allocator has no more than max_memory to give once it is started. */
static rig_t *rig_counted(mpcc_options_t *options, purse_t *purse, mpcc_allocator_t *allocator)
{
  purse_open(purse, allocator);
  options->allocator = allocator;
  rig_t *rig = rig_open(options);
  rig_start(rig);
  purse->limit = purse->live_bytes + options->max_memory;
  return rig;
}

/* Push to ${slot} until it is refused. */
static size_t fill(rig_t *rig, uint32_t slot, uint64_t first, int refusal)
{
  size_t count = 0;
  int result;
  do {
    uint64_t item = first + count;
    result = mpcc_push(rig->mpcc, &item, slot);
    count += result == 0;
  } while (result == 0 && count < 1000000);
  assert_int_equal(result, refusal);
  return count;
}

static void finish_all(rig_t *rig)
{
  for (size_t i = 0; i < rig_calls(rig); i++)
    if (rig->calls[i].kind == CALL_PUMP)
      (void)rig_done(rig, i, 0);
}

static void less_than_a_batch_is_too_little(void **state)
{
  (void)state;
  static const size_t too_little[] = {1, 8, EACH_BATCH - 1};
  static char mark;
  mpcc_t *mpcc = (mpcc_t *)(void *)&mark;
  for (size_t capacity = 0; capacity <= 2 * BATCH; capacity += 2 * BATCH) {
    mpcc_options_t options;
    for (size_t i = 0; i < 3; i++) {
      limited(&options, too_little[i]);
      options.capacity = capacity;
      assert_int_equal(mpcc_create(&mpcc, &options), MPCC_EINVAL);
      assert_ptr_equal(mpcc, &mark);
    }
    limited(&options, 0);
    options.capacity = capacity;
    assert_in_range(least_memory(options), EACH_BATCH, 2 * EACH_BATCH + 4096);
    options.max_memory = SIZE_MAX;
    options.capacity = 0;
    assert_int_equal(try_create(&options), 0);
  }
}

static void the_whole_limit_can_be_used_and_not_a_byte_more(void **state)
{
  (void)state;
  static const size_t sizes[] = {1 << 14, 100001, 1 << 20};
  for (size_t k = 0; k < 3; k++) {
    purse_t purse;
    mpcc_allocator_t allocator;
    mpcc_options_t options;
    limited(&options, sizes[k]);
    options.max_concurrency = 100000;
    rig_t *rig = rig_counted(&options, &purse, &allocator);
    rig->answer = MPCC_PENDING;

    size_t queued = fill(rig, 3, 0, MPCC_EFULL);

    size_t pieces = sizes[k] / least_memory(options);
    assert_int_equal(queued % BATCH, 0);
    assert_in_range(queued / BATCH, pieces - 1, pieces);
    /* What is in flight counts as well: forming a batch makes no room. */
    rig_step(rig, 1);
    assert_int_equal(rig_calls(rig), queued / BATCH);
    assert_int_equal(fill(rig, 3, 0, MPCC_EFULL), 0);
    assert_int_equal(fill(rig, 4, 0, MPCC_EFULL), 0);
    assert_int_equal(rig_done(rig, 1, 0), 0);
    rig_step(rig, 2);
    assert_int_equal(fill(rig, 4, 0, MPCC_EFULL), BATCH);
    assert_int_equal(purse_refused(&purse), 0);
    assert_int_equal(stats_of(rig, 3).rejected, 2);
    assert_int_equal(stats_of(rig, 4).rejected, 2);
    rig_close(rig);
    assert_true(purse_close(&purse));
  }
}

static void room_comes_back_whole_every_time(void **state)
{
  (void)state;
  purse_t purse;
  mpcc_allocator_t allocator;
  mpcc_options_t options;
  limited(&options, 60000);
  rig_t *rig = rig_counted(&options, &purse, &allocator);
  size_t first = fill(rig, 0, 0, MPCC_EFULL), next = first;
  rig_step(rig, 1);

  for (uint32_t round = 1; round < 200; round++) {
    uint32_t slot = round % SLOTS;
    rig->answer = round % 3 == 0 ? -7 : 0;
    if (round % 5 == 0) {
      next += fill(rig, slot, next, MPCC_EFULL);
      assert_int_equal(mpcc_discard(rig->mpcc, slot), 0);
      rig_step(rig, round);
    }
    size_t count = fill(rig, slot, next, MPCC_EFULL);
    assert_int_equal(count, first);
    next += count;
    rig_step(rig, round);
  }

  assert_int_equal(purse_refused(&purse), 0);
  rig_close(rig);
  assert_true(purse_close(&purse));
}

static void the_least_memory_serves_one_slot_after_the_other(void **state)
{
  (void)state;
  purse_t purse;
  mpcc_allocator_t allocator;
  mpcc_options_t options;
  limited(&options, 0);
  options.max_memory = least_memory(options);
  rig_t *rig = rig_counted(&options, &purse, &allocator);

  for (uint64_t round = 1; round < 300; round++) {
    uint32_t slot = (uint32_t)(round % SLOTS);
    size_t count = round % 2 == 0 ? 1 + (size_t)round % (BATCH - 1) : BATCH;
    rig_forget(rig);
    rig_push(rig, slot, 0, count);
    uint64_t item = 0;
    assert_int_equal(mpcc_push(rig->mpcc, &item, (slot + 1) % SLOTS), MPCC_EFULL);
    assert_int_equal(mpcc_flush(rig->mpcc, slot), 0);
    rig_step(rig, round);
    assert_batch(rig, 0, slot, 0, count, count == BATCH ? MPCC_DUE_FULL : MPCC_DUE_FLUSH);
  }

  assert_int_equal(purse_refused(&purse), 0);
  rig_close(rig);
  assert_true(purse_close(&purse));
}

static void memory_that_is_refused_is_told_apart_from_a_limit(void **state)
{
  (void)state;
  purse_t purse;
  mpcc_allocator_t allocator;
  mpcc_options_t options;
  limited(&options, 60000);
  rig_t *rig = rig_counted(&options, &purse, &allocator);
  size_t room = fill(rig, 0, 0, MPCC_EFULL);
  rig_step(rig, 1);
  rig_close(rig);
  assert_true(purse_close(&purse));

  rig = rig_counted(&options, &purse, &allocator);
  purse_refuse(&purse, 1, true);
  for (int i = 0; i < 1000; i++)
    assert_int_equal(fill(rig, 1, 0, MPCC_ENOMEM), 0);
  assert_int_equal(stats_of(rig, 1).rejected, 1000);
  purse_refuse(&purse, 0, false);

  /* Nothing was counted against the limit meanwhile. */
  assert_int_equal(fill(rig, 1, 0, MPCC_EFULL), room);
  rig_step(rig, 1);
  rig_close(rig);
  assert_true(purse_close(&purse));
}

static void with_capacity_both_limits_hold_and_nothing_is_reserved(void **state)
{
  (void)state;
  purse_t purse;
  mpcc_allocator_t allocator;
  purse_open(&purse, &allocator);
  purse.limit = (size_t)16 << 20;
  mpcc_options_t options;
  limited(&options, (size_t)1 << 20);
  options.slot_count = 1000;
  options.capacity = 1000000; /* 8 GB, were they reserved */
  options.allocator = &allocator;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  size_t by_memory = fill(rig, 7, 0, MPCC_EFULL);
  assert_in_range(by_memory * sizeof(uint64_t), options.max_memory / 3, options.max_memory);
  rig_close(rig);
  assert_true(purse_close(&purse));

  static const size_t capacities[] = {1, 3, BATCH - 1, BATCH, BATCH + 1, 1000};
  for (size_t k = 0; k < 6; k++) {
    limited(&options, (size_t)1 << 20);
    options.capacity = capacities[k];
    rig = rig_counted(&options, &purse, &allocator);
    for (uint32_t slot = 0; slot < SLOTS; slot++)
      assert_int_equal(fill(rig, slot, 0, MPCC_EFULL), capacities[k]);
    rig_step(rig, 1);
    for (uint32_t slot = 0; slot < SLOTS; slot++)
      assert_true(stats_of(rig, slot).queued < capacities[k]);
    rig_close(rig);
    assert_true(purse_close(&purse));
  }
}

static unsigned told[SLOTS];
static bool push_when_told;

static void note_room(mpcc_t *mpcc, uint32_t slot, void *state)
{
  uint64_t item = 1;
  (void)state;
  told[slot]++;
  while (push_when_told && mpcc_push(mpcc, &item, slot) == 0)
    ;
}

/* Memory for two batches, both of slot 0; slots 0 to 3 were refused. */
static rig_t *rig_with_four_refused(bool pushing)
{
  mpcc_options_t options;
  limited(&options, 0);
  options.max_memory = 2 * least_memory(options);
  options.on_room = note_room;
  memset(told, 0, sizeof(told));
  push_when_told = pushing;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  assert_int_equal(fill(rig, 0, 0, MPCC_EFULL), 2 * BATCH);
  for (uint32_t slot = 1; slot < 4; slot++)
    assert_int_equal(fill(rig, slot, 0, MPCC_EFULL), 0);
  rig_step(rig, 1);
  rig_step(rig, 2);
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    assert_int_equal(told[slot], 0); /* in flight is not yet room */
  return rig;
}

static void on_room_tells_every_slot_that_the_limit_refused_once(void **state)
{
  (void)state;
  rig_t *rig = rig_with_four_refused(false);
  for (uint64_t now = 3; now < 10; now++) {
    finish_all(rig);
    rig_step(rig, now);
  }
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    assert_int_equal(told[slot], slot < 4);
  rig_close(rig);
}

static void a_slot_that_takes_whatever_there_is_does_not_starve_the_others(void **state)
{
  (void)state;
  rig_t *rig = rig_with_four_refused(true);
  for (uint64_t now = 3; now < 50; now++) {
    finish_all(rig);
    rig_step(rig, now);
  }
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    assert_in_range(told[slot], slot < 4 ? 1 : 0, slot < 4 ? 100 : 0);
  for (uint32_t slot = 1; slot < 4; slot++)
    assert_true(stats_of(rig, slot).pushed > 0);
  push_when_told = false;
  rig_close(rig);
}

struct producer {
  rig_t *rig;
  uint64_t number;
  uint64_t full;
  int odd_answer;
};

static void produce(void *arg)
{
  struct producer *producer = arg;
  for (uint64_t i = 0; i < 30000; i++) {
    uint64_t item = producer->number << 32 | i;
    uint32_t slot = (uint32_t)(i / 100 + producer->number) % SLOTS;
    int result = i % 2 == 0 ? MPCC_EFULL : mpcc_push(producer->rig->mpcc, &item, slot);
    producer->full += i % 2 != 0 && result == MPCC_EFULL;
    if (result == MPCC_EFULL)
      result = mpcc_push_wait(producer->rig->mpcc, &item, slot, MPCC_NO_TIMEOUT);
    if (result != 0)
      producer->odd_answer = result;
  }
}

static void many_threads_never_get_more_than_the_limit(void **state)
{
  (void)state;
  for (int capacity = 0; capacity < 2; capacity++) {
    purse_t purse;
    mpcc_allocator_t allocator;
    mpcc_options_t options;
    limited(&options, 20000);
    options.manual = false;
    options.push_interval_ms = 1; /* what lies in other slots must not keep the last piece */
    options.capacity = capacity != 0 ? 70 : 0;
    rig_t *rig = rig_counted(&options, &purse, &allocator);
    /* Threads that find no memory at the same moment may each ask for some, and give it back. */
    size_t most = purse.limit;
    purse.limit += 3 * options.max_memory;
    struct producer producers[4];
    for (uint64_t i = 0; i < 4; i++)
      producers[i] = (struct producer){rig, i, 0, 0};

    crew_run(produce, producers, sizeof(producers[0]), 4);
    assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
    assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);

    for (size_t i = 0; i < 4; i++)
      assert_int_equal(producers[i].odd_answer, 0);
    assert_int_equal(purse_refused(&purse), 0);
    assert_in_range(purse.live_bytes, 0, most);
    assert_fates(rig, 4 * 30000, 0, 0);
    rig_close(rig);
    assert_true(purse_close(&purse));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(less_than_a_batch_is_too_little),
    cmocka_unit_test(the_whole_limit_can_be_used_and_not_a_byte_more),
    cmocka_unit_test(room_comes_back_whole_every_time),
    cmocka_unit_test(the_least_memory_serves_one_slot_after_the_other),
    cmocka_unit_test(memory_that_is_refused_is_told_apart_from_a_limit),
    cmocka_unit_test(with_capacity_both_limits_hold_and_nothing_is_reserved),
    cmocka_unit_test(on_room_tells_every_slot_that_the_limit_refused_once),
    cmocka_unit_test(a_slot_that_takes_whatever_there_is_does_not_starve_the_others),
    cmocka_unit_test(many_threads_never_get_more_than_the_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
