/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Locks, conditions, loops, threads and random numbers, refused one after the other. */

#include "workshop.h"

#include "purse.h"
#include "refused_calls.h"

/* -- create ------------------------------------------------------------------------------- */

/* With all that an instance may have locks for. */
static void options_of_many_locks(mpcc_options_t *options, const mpcc_allocator_t *allocator)
{
  shop_options(options, 4, 2);
  options->capacity = 16;
  options->allocator = allocator;
}

/* Whether the k-th was there to be refused; then create has told, and left nothing. */
static bool create_refused(enum refused_call call, unsigned k)
{
  mpcc_allocator_t allocator;
  mpcc_options_t options;
  purse_t purse;
  mpcc_t *mpcc = NULL;
  purse_open(&purse, &allocator);
  options_of_many_locks(&options, &allocator);

  refuse_call(call, k, UV_ENOMEM);
  int result = mpcc_create(&mpcc, &options);
  bool reached = refuse_no_more();

  assert_int_equal(result, reached ? MPCC_ENOMEM : 0);
  if (reached)
    assert_null(mpcc);
  else
    assert_int_equal(mpcc_destroy(mpcc), 0);
  assert_true(purse_close(&purse));
  return reached;
}

static void create_without_one_of_its_locks_or_conditions_leaves_nothing(void **state)
{
  (void)state;
  unsigned locks = 0, conditions = 0;

  while (create_refused(REFUSED_LOCK, locks + 1))
    locks++;
  while (create_refused(REFUSED_CONDITION, conditions + 1))
    conditions++;

  assert_true(locks >= 4);
  assert_int_equal(conditions, 3); /* of the instance, its workers and its handles */
}

/* -- start -------------------------------------------------------------------------------- */

static rig_t *rig_own(void)
{
  mpcc_options_t options;
  rig_options(&options, 3);
  options.manual = false;
  return rig_open(&options);
}

/* The start is refused with ${code}, and nothing is lost: the next one delivers it. */
static void start_is_refused(rig_t *rig, enum refused_call call, unsigned at, int error, int code)
{
  rig_push(rig, 0, 0, 3);

  refuse_call(call, at, error);
  int result = mpcc_start(rig->mpcc, rig_on_pump, rig);
  assert_true(refuse_no_more());

  assert_int_equal(result, code);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ESTATE);
  assert_int_equal(mpcc_flush(rig->mpcc, 0), MPCC_ESTATE);
  assert_fates(rig, 0, 0, 0);
}

static void a_loop_of_its_own_that_is_refused_is_told_by_its_reason(void **state)
{
  (void)state;
  static const struct {
    enum refused_call call;
    int error, code;
  } ways[] = {
    {REFUSED_LOOP, UV_ENOMEM, MPCC_ENOMEM}, {REFUSED_LOOP, UV_EMFILE, MPCC_ESYSTEM},
    {REFUSED_ASYNC, UV_ENOMEM, MPCC_ENOMEM}, {REFUSED_ASYNC, UV_ENFILE, MPCC_ESYSTEM},
    {REFUSED_THREAD, UV_EAGAIN, MPCC_ESYSTEM}, {REFUSED_THREAD, UV_ENOMEM, MPCC_ENOMEM},
  };

  for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
    rig_t *rig = rig_own();
    start_is_refused(rig, ways[i].call, 1, ways[i].error, ways[i].code);

    rig_start(rig);

    assert_true(rig_await_calls(rig, 1));
    assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FULL);
    rig_close(rig);
  }
}

static void a_users_loop_without_a_descriptor_has_no_handle_of_ours(void **state)
{
  (void)state;
  mpcc_options_t options;
  uv_loop_t loop;
  assert_int_equal(uv_loop_init(&loop), 0);
  rig_options(&options, 3);
  options.manual = false;
  options.loop = &loop;
  rig_t *rig = rig_open(&options);

  start_is_refused(rig, REFUSED_ASYNC, 1, UV_EMFILE, MPCC_ESYSTEM);

  assert_int_equal(uv_loop_close(&loop), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
  rig_start(rig);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FULL);
  assert_int_equal(uv_loop_close(&loop), 0);
  rig_close(rig);
}

static void each_thread_of_a_start_may_be_refused(void **state)
{
  (void)state;
  enum { WORKERS = 3 };

  for (unsigned at = 1; at <= WORKERS + 1; at++) {
    mpcc_options_t options;
    shop_options(&options, 3, WORKERS);
    shop_t *shop = shop_open(&options);
    shop_push(shop, 0, 0, 3);

    refuse_call(REFUSED_THREAD, at, UV_EAGAIN);
    assert_int_equal(mpcc_start(shop->mpcc, shop_on_pump, shop), MPCC_ESYSTEM);
    assert_true(refuse_no_more());
    assert_int_equal(shop_count(shop, CALL_PUMP), 0);

    shop_start(shop);
    shop_await_delivered(shop, 3);
    shop_close(shop);
  }
}

static void a_null_device_that_cannot_be_opened_keeps_nobody_from_starting(void **state)
{
  (void)state;
  rig_t *rig = rig_own();

  refuse_call(REFUSED_OPEN, 1, EACCES);
  int result = mpcc_start(rig->mpcc, rig_on_pump, rig);
  bool asked = refuse_no_more();
  assert_int_equal(result, 0);
  rig_close(rig);
  if (!asked)
    skip(); /* the C library opens by another name here */
}

static void a_descriptor_too_few_is_told_before_libuv_finds_out(void **state)
{
  (void)state;
  static const int errors[] = {EMFILE, ENFILE};

  for (size_t i = 0; i < 2; i++) {
    rig_t *rig = rig_own();
    rig_push(rig, 0, 0, 3);
    refuse_call(REFUSED_OPEN, 3, errors[i]);
    int result = mpcc_start(rig->mpcc, rig_on_pump, rig);
    bool asked = refuse_no_more();
    if (asked) {
      assert_int_equal(result, MPCC_ESYSTEM);
      rig_start(rig);
    }
    assert_true(rig_await_calls(rig, 1));
    rig_close(rig);
    if (!asked)
      skip();
  }
}

/* A worker hangs in its pump and is left behind: the next start needs others. */
static void workers_that_replace_those_left_behind_may_be_refused(void **state)
{
  (void)state;
  static const enum refused_call calls[] = {REFUSED_LOCK, REFUSED_CONDITION};

  for (size_t i = 0; i < 2; i++) {
    shop_t *shop = shop_run(2, 1);
    shop->work = shop_hold_and_answer;
    shop_push(shop, 0, 0, 2);
    shop_await_inside(shop, 1);
    shop_complete(shop, MPCC_ABANDON);
    assert_int_equal(mpcc_wait(shop->mpcc, MPCC_NO_TIMEOUT), 0);

    refuse_call(calls[i], 1, UV_ENOMEM);
    assert_int_equal(mpcc_start(shop->mpcc, shop_on_pump, shop), MPCC_ENOMEM);
    assert_true(refuse_no_more());
    assert_int_equal(mpcc_wait(shop->mpcc, 0), 0); /* STOPPED, as before */

    shop_door(shop, true);
    shop_start(shop);
    shop_push(shop, 0, 2, 2);
    shop_await_delivered(shop, 2);
    assert_int_equal(shop_stats(shop).orphaned, 2);
    shop_close(shop);
  }
}

/* -- Waiting ------------------------------------------------------------------------------ */

static uint64_t rejected_by(const rig_t *rig)
{
  mpcc_stats_t stats;
  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  return stats.rejected;
}

static rig_t *rig_full(size_t capacity, size_t max_memory)
{
  mpcc_options_t options;
  uint64_t item = 0;
  rig_options(&options, 4);
  options.capacity = capacity;
  options.max_memory = max_memory;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  for (; mpcc_push(rig->mpcc, &item, 0) == 0; item++)
    assert_true(item < 100000);
  return rig;
}

/* Nobody can wait, as the thread gets no condition: told so, counted, and no room is lost by it. */
static void nobody_waits_without_a_condition(rig_t *rig)
{
  mpcc_stats_t before, after;
  uint64_t item = 100000;
  assert_int_equal(mpcc_stats(rig->mpcc, &before), 0);

  refuse_call(REFUSED_CONDITION, 1, UV_ENOMEM);
  assert_int_equal(mpcc_push_wait(rig->mpcc, &item, 0, 1000), MPCC_ENOMEM);
  assert_true(refuse_no_more());
  assert_int_equal(rejected_by(rig), before.rejected + 1);
  assert_int_equal(mpcc_push_wait(rig->mpcc, &item, 0, 1), MPCC_ETIMEDOUT);

  assert_int_equal(mpcc_flush(rig->mpcc, 0), 0);
  while (assert_int_equal(mpcc_stats(rig->mpcc, &after), 0), after.queued != 0)
    rig_step(rig, rig->now_ms + 20);
  assert_int_equal(after.delivered, before.queued);
  for (uint64_t i = 0; i < before.queued; i++)
    assert_int_equal(mpcc_push(rig->mpcc, &i, 0), 0);
  assert_int_equal(mpcc_push(rig->mpcc, &item, 0), MPCC_EFULL);
}

static void a_push_that_cannot_wait_for_room_says_so(void **state)
{
  (void)state;
  rig_t *rig = rig_full(8, 0);
  nobody_waits_without_a_condition(rig);
  rig_close(rig);
}

static void a_push_that_cannot_wait_for_memory_says_so(void **state)
{
  (void)state;
  rig_t *rig = rig_full(0, 4096);
  nobody_waits_without_a_condition(rig);
  rig_close(rig);
  rig = rig_full(100000, 4096);
  nobody_waits_without_a_condition(rig);
  rig_close(rig);
}

static void a_flush_that_cannot_wait_says_so_and_has_flushed(void **state)
{
  (void)state;
  rig_t *rig = rig_run(4, MPCC_NO_INTERVAL);
  rig_push(rig, 0, 0, 3);

  refuse_call(REFUSED_CONDITION, 1, UV_ENOMEM);
  assert_int_equal(mpcc_flush_wait(rig->mpcc, 0, 1000), MPCC_ENOMEM);
  assert_true(refuse_no_more());

  rig_step(rig, 1);
  assert_batch(rig, 0, 0, 0, 3, MPCC_DUE_FLUSH);
  rig_close(rig);
}

/* -- Random numbers ----------------------------------------------------------------------- */

static int fail_at_first(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  return batch->attempt < 3 ? -1 : 0;
}

static void without_random_numbers_batches_are_tried_again_all_the_same(void **state)
{
  (void)state;
  static const int errors[] = {UV_ENOSYS, 0};

  for (size_t i = 0; i < 2; i++) {
    mpcc_options_t options;
    rig_options(&options, 3);
    options.manual = false;
    options.max_attempts = 3;
    options.retry_delay_ms = 2;
    refuse_call(REFUSED_RANDOM, 1, errors[i]);
    rig_t *rig = rig_open(&options);
    assert_true(refuse_no_more());
    rig->on_pump = fail_at_first;
    rig_start(rig);

    rig_push(rig, 0, 0, 3);

    assert_true(rig_await_calls(rig, 3));
    assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
    assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
    assert_fates(rig, 3, 0, 0);
    rig->forgot = true; /* the log holds the same items once for every try */
    rig_close(rig);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(create_without_one_of_its_locks_or_conditions_leaves_nothing),
    cmocka_unit_test(a_loop_of_its_own_that_is_refused_is_told_by_its_reason),
    cmocka_unit_test(a_users_loop_without_a_descriptor_has_no_handle_of_ours),
    cmocka_unit_test(each_thread_of_a_start_may_be_refused),
    cmocka_unit_test(a_null_device_that_cannot_be_opened_keeps_nobody_from_starting),
    cmocka_unit_test(a_descriptor_too_few_is_told_before_libuv_finds_out),
    cmocka_unit_test(workers_that_replace_those_left_behind_may_be_refused),
    cmocka_unit_test(a_push_that_cannot_wait_for_room_says_so),
    cmocka_unit_test(a_push_that_cannot_wait_for_memory_says_so),
    cmocka_unit_test(a_flush_that_cannot_wait_says_so_and_has_flushed),
    cmocka_unit_test(without_random_numbers_batches_are_tried_again_all_the_same),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
