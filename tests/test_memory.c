/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Memory: every allocation refused in turn, once and from then on; bounded instances that ask for
 * nothing; nothing left behind.
 */

#include "harness.h"

#include "purse.h"

/* The kinds of instances that are walked through refusals. */
enum { BOUNDED = 1, OWN_LOOP = 2, KINDS = 4 };

static mpcc_options_t options_of_kind(int kind, const mpcc_allocator_t *allocator)
{
  mpcc_options_t options;
  rig_options(&options, 50);
  options.slot_count = 3;
  options.max_concurrency = 2;
  options.manual = (kind & OWN_LOOP) == 0;
  options.capacity = (kind & BOUNDED) != 0 ? 400 : 0;
  options.allocator = allocator;
  return options;
}

static void a_refused_create_leaves_nothing_behind(void **state)
{
  (void)state;
  for (int kind = 0; kind < 2 * KINDS; kind++) {
    int result = MPCC_ENOMEM;
    for (uint64_t k = 1; result != 0; k++) {
      purse_t purse;
      mpcc_allocator_t allocator;
      purse_open(&purse, &allocator);
      purse_refuse(&purse, k, kind >= KINDS);
      mpcc_options_t options = options_of_kind(kind % KINDS, &allocator);
      static char mark;
      mpcc_t *mpcc = (mpcc_t *)(void *)&mark;

      result = mpcc_create(&mpcc, &options);

      assert_true(k > 1 || result == MPCC_ENOMEM); /* the first is asked for, in any case */
      assert_int_equal(result, purse_refused(&purse) > 0 ? MPCC_ENOMEM : 0);
      if (result != 0)
        assert_ptr_equal(mpcc, &mark);
      else
        assert_int_equal(mpcc_destroy(mpcc), 0);
      assert_true(purse_close(&purse));
    }
  }
}

static void a_refused_start_can_be_tried_again_and_has_lost_nothing(void **state)
{
  (void)state;
  for (int kind = 0; kind < 2 * KINDS; kind++) {
    uint64_t refused = 1;
    for (uint64_t k = 1; refused > 0; k++) {
      purse_t purse;
      mpcc_allocator_t allocator;
      purse_open(&purse, &allocator);
      mpcc_options_t options = options_of_kind(kind % KINDS, &allocator);
      rig_t *rig = rig_open(&options);
      rig_push(rig, 1, 0, 100);
      purse_refuse(&purse, k, kind >= KINDS);

      int result = mpcc_start(rig->mpcc, rig_on_pump, rig);

      purse_refuse(&purse, 0, false);
      refused = purse_refused(&purse);
      assert_true(result == 0 || (result == MPCC_ENOMEM && refused > 0));
      if (result != 0) {
        assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ESTATE);
        rig_start(rig);
      }
      if (rig->manual)
        rig_step(rig, 1);
      assert_true(rig_await_calls(rig, 2));
      assert_batch(rig, 0, 1, 0, 50, MPCC_DUE_FULL);
      assert_batch(rig, 1, 1, 50, 50, MPCC_DUE_FULL);
      rig_close(rig);
      assert_true(purse_close(&purse));
    }
  }
}

/* Push until ${count} items are in, retrying what was refused for want of memory. */
static uint64_t push_stubbornly(rig_t *rig, uint64_t count)
{
  uint64_t refusals = 0, items[16];
  for (uint64_t i = 0; i < count && refusals < 10 * count;) {
    size_t run = i % 3 == 0 ? 1 : i % 7 + 1 < count - i ? (size_t)(i % 7 + 1) : 1;
    for (size_t n = 0; n < run; n++)
      items[n] = i + n;
    ptrdiff_t taken = run == 1 ? mpcc_push(rig->mpcc, items, 0)
                               : mpcc_push_many(rig->mpcc, items, run, 0);
    if (taken < 0) {
      assert_int_equal(taken, MPCC_ENOMEM);
      refusals++;
    }
    i += taken < 0 ? 0 : run == 1 ? 1 : (uint64_t)taken;
  }
  return refusals;
}

static void a_refused_push_is_told_and_queues_nothing(void **state)
{
  (void)state;
  uint64_t refused = 1, told = 0;
  for (uint64_t k = 1; refused > 0; k++) {
    purse_t purse;
    mpcc_allocator_t allocator;
    purse_open(&purse, &allocator);
    mpcc_options_t options = options_of_kind(0, &allocator);
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    purse_refuse(&purse, k, false);

    uint64_t refusals = push_stubbornly(rig, 1000);

    refused = purse_refused(&purse);
    told += refusals;
    mpcc_stats_t stats;
    assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
    assert_int_equal(stats.pushed, 1000);
    assert_true(refusals <= refused);
    assert_true(stats.rejected >= refusals);
    for (uint64_t now = 1; now < 4; now++) /* a step may be refused memory too, and come back */
      rig_step(rig, now);
    assert_int_equal(rig_calls(rig), 20);
    for (size_t i = 0; i < 20; i++)
      assert_batch(rig, i, 0, 50 * i, 50, MPCC_DUE_FULL);
    rig_close(rig);
    assert_true(purse_close(&purse));
  }
  /* An unbounded queue that never asks would make this test empty. */
  assert_true(told > 0);
}

static void without_memory_pushes_fail_and_stopping_works(void **state)
{
  (void)state;
  static const int modes[] = {MPCC_DRAIN, MPCC_DISCARD};
  for (int kind = 0; kind < 4; kind++) {
    purse_t purse;
    mpcc_allocator_t allocator;
    purse_open(&purse, &allocator);
    mpcc_options_t options = options_of_kind(kind & OWN_LOOP, &allocator);
    rig_t *rig = rig_open(&options);
    rig->answer = -7;
    rig_push(rig, 1, 0, 75);
    rig_start(rig);
    if (rig->manual)
      rig_step(rig, 1);
    purse_refuse(&purse, 1, true);

    uint64_t pushed = 75, item = 0;
    int result = 0;
    while (result == 0 && pushed < 100000) {
      result = mpcc_push(rig->mpcc, &item, 0);
      pushed += result == 0;
    }
    /* With a thread that pumps meanwhile, the memory there is may go round and be enough. */
    assert_true(result == MPCC_ENOMEM || (result == 0 && !rig->manual));
    assert_int_equal(mpcc_complete(rig->mpcc, modes[kind % 2], NULL, NULL), 0);
    for (uint64_t now = 2; rig->manual && now < 5; now++)
      rig_step(rig, now);
    assert_int_equal(mpcc_wait(rig->mpcc, rig->manual ? 0 : MPCC_NO_TIMEOUT), 0);

    assert_fates(rig, 0, pushed, 0);
    rig_close(rig);
    assert_true(purse_close(&purse));
  }
}

static void a_bounded_instance_asks_for_nothing_after_create(void **state)
{
  (void)state;
  for (int kind = BOUNDED; kind < KINDS; kind += OWN_LOOP) {
    purse_t purse;
    mpcc_allocator_t allocator;
    purse_open(&purse, &allocator);
    mpcc_options_t options = options_of_kind(kind, &allocator);
    options.push_interval_ms = 1;
    rig_t *rig = rig_open(&options);
    uint64_t calls = purse_calls(&purse), item = 0;

    for (int life = 0; life < 3; life++) {
      rig_start(rig);
      for (uint64_t i = 0; i < 20000; i++) {
        if (rig->manual)
          rig->answer = i % 100 < 30 ? -7 : 0;
        int result = mpcc_push(rig->mpcc, &item, (uint32_t)(i * i % 3));
        assert_true(result == 0 || result == MPCC_EFULL);
        if (rig->manual && i % 97 == 0)
          rig_step(rig, i);
        if (i % 1000 == 0)
          assert_int_equal(mpcc_flush(rig->mpcc, MPCC_ALL_SLOTS), 0);
      }
      int mode = life == 1 ? MPCC_DISCARD : MPCC_DRAIN;
      assert_int_equal(mpcc_complete(rig->mpcc, mode, NULL, NULL), 0);
      if (rig->manual)
        rig_step(rig, 30000);
      assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
    }

    assert_int_equal(purse_calls(&purse), calls);
    rig_close(rig);
    assert_true(purse_close(&purse));
  }
}

static void products_that_overflow_are_refused_and_never_wrap(void **state)
{
  (void)state;
  static const struct {
    size_t item_size, capacity;
    uint32_t slots, batch_size, concurrency;
  } sizes[] = {
    {65536, 1, UINT32_MAX - 1, 1048576, UINT32_MAX},
    {65536, 0, UINT32_MAX - 1, 1048576, UINT32_MAX},
    {1, 1, 1, 2, UINT32_MAX},
    {1, 1, 1, 1048576, UINT32_MAX},
    {1, 1, 1, 1048576, UINT32_MAX - 1},
    {8, 1, 1, 512, UINT32_MAX - 2},
    {65536, 1, 1, 1048576, UINT32_MAX / 2},
    {1, SIZE_MAX, 1, 500, 1},
    {1, SIZE_MAX - 1, 1, 1, 1},
    {1, SIZE_MAX - 1500, 1, 500, 1},
    {2, SIZE_MAX / 2, 1, 500, 1},
    {2, SIZE_MAX / 2 + 1, 1, 1, 1},
    {65536, SIZE_MAX / 65536, 1, 1, 1},
    {65536, SIZE_MAX / 65536 + 1, 1, 1, 1},
    {65536, SIZE_MAX / 65536 + 2, 2, 1, 1},
#if SIZE_MAX > UINT32_MAX
    {4096, (size_t)1 << 52, 1, 500, 1},
    {8, (size_t)1 << 61, 1, 500, 1},
    {8, (size_t)1 << 60, 2, 500, 1},
    {8, (size_t)1 << 32, (uint32_t)1 << 31, 500, 1},
    {1, (size_t)1 << 40, (uint32_t)1 << 24, 500, 1},
#endif
  };
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    purse_t purse;
    mpcc_allocator_t allocator;
    purse_open(&purse, &allocator);
    purse.limit = (size_t)1 << 28;
    mpcc_options_t options;
    rig_options(&options, sizes[i].batch_size);
    options.item_size = sizes[i].item_size;
    options.capacity = sizes[i].capacity;
    options.slot_count = sizes[i].slots;
    options.max_concurrency = sizes[i].concurrency;
    options.allocator = &allocator;
    mpcc_t *mpcc = NULL;

    int result = mpcc_create(&mpcc, &options);

    /* None of these fits below the limit: a create that succeeds has wrapped somewhere. */
    if (result != MPCC_EINVAL && result != MPCC_ENOMEM)
      fail_msg("size %zu: %s", i, mpcc_err_name(result));
    assert_null(mpcc);
    assert_true(purse_close(&purse));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_refused_create_leaves_nothing_behind),
    cmocka_unit_test(a_refused_start_can_be_tried_again_and_has_lost_nothing),
    cmocka_unit_test(a_refused_push_is_told_and_queues_nothing),
    cmocka_unit_test(without_memory_pushes_fail_and_stopping_works),
    cmocka_unit_test(a_bounded_instance_asks_for_nothing_after_create),
    cmocka_unit_test(products_that_overflow_are_refused_and_never_wrap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
