/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "options.h"

static struct mpcc_options valid(void)
{
  struct mpcc_options options;

  memset(&options, 0xa5, sizeof(options));
  mpcc_options_init(&options);
  options.item_size = 16;
  return options;
}

static void init_sets_every_default_and_leaves_nothing_unset(void **state)
{
  struct mpcc_options options = valid();

  (void)state;
  assert_int_equal(options.slot_count, 1);
  assert_int_equal(options.batch_size, 500);
  assert_int_equal(options.max_concurrency, 1);
  assert_int_equal(options.push_interval_ms, 100);
  assert_int_equal(options.capacity, 0);
  assert_int_equal(options.max_attempts, 1);
  assert_int_equal(options.retry_delay_ms, 100);
  assert_int_equal(options.retry_delay_max_ms, 30000);
  assert_int_equal(options.worker_count, 4);
  assert_int_equal(options.lane_capacity, 4096);
  assert_int_equal(options.pump_on, MPCC_PUMP_ON_LOOP);
  assert_null(options.loop);
  assert_null(options.on_drop);
  assert_null(options.allocator);
  assert_false(options.manual);
  for (size_t i = 0; i < sizeof(options.reserved) / sizeof(options.reserved[0]); i++)
    assert_int_equal(options.reserved[i], 0);
  assert_int_equal(mpcc__options_check(&options), 0);
  mpcc_options_init(NULL);
}

/* One wrong thing at a time. */
#define REFUSED(change)                                       \
  do {                                                        \
    struct mpcc_options o = valid();                          \
    change;                                                   \
    assert_int_equal(mpcc__options_check(&o), MPCC_EINVAL);   \
  } while (0)

#define ALLOWED(change)                                       \
  do {                                                        \
    struct mpcc_options o = valid();                          \
    change;                                                   \
    assert_int_equal(mpcc__options_check(&o), 0);             \
  } while (0)

static void numbers_are_held_to_their_ranges(void **state)
{
  (void)state;
  REFUSED(o.item_size = 0);
  ALLOWED(o.item_size = 65536);
  REFUSED(o.item_size = 65537);
  REFUSED(o.slot_count = 0);
  ALLOWED(o.slot_count = UINT32_MAX - 1);
  REFUSED(o.slot_count = MPCC_ALL_SLOTS);
  REFUSED(o.batch_size = 0);
  ALLOWED(o.batch_size = 1048576);
  REFUSED(o.batch_size = 1048577);
  REFUSED(o.max_concurrency = 0);
  ALLOWED(o.max_concurrency = UINT32_MAX);
  REFUSED(o.max_attempts = 0);
  REFUSED(o.pump_on = 2);
  REFUSED(o.pump_on = -1);
  REFUSED(o.reserved[0] = 1);
  REFUSED(o.reserved[15] = 1);
  ALLOWED(o.push_interval_ms = 0);
  ALLOWED(o.push_interval_ms = MPCC_NO_INTERVAL);
  ALLOWED(o.capacity = SIZE_MAX);
}

static void *some_malloc(size_t size, void *user)
{
  (void)size;
  return user;
}

static void *some_calloc(size_t count, size_t size, void *user)
{
  (void)count;
  (void)size;
  return user;
}

static void *some_realloc(void *memory, size_t size, void *user)
{
  (void)size;
  (void)user;
  return memory;
}

static void some_free(void *memory, void *user)
{
  (void)memory;
  (void)user;
}

static void an_allocator_is_whole_or_absent(void **state)
{
  struct mpcc_allocator whole = {some_malloc, some_calloc, some_realloc, some_free, NULL};
  struct mpcc_allocator part;

  (void)state;
  ALLOWED(o.allocator = &whole);
  part = whole;
  part.malloc = NULL;
  REFUSED(o.allocator = &part);
  part = whole;
  part.calloc = NULL;
  REFUSED(o.allocator = &part);
  part = whole;
  part.realloc = NULL;
  REFUSED(o.allocator = &part);
  part = whole;
  part.free = NULL;
  REFUSED(o.allocator = &part);
}

static size_t weigh(const void *item, void *arg)
{
  (void)item;
  (void)arg;
  return 1;
}

static void room(mpcc_t *mpcc, uint32_t slot, void *state)
{
  (void)mpcc;
  (void)slot;
  (void)state;
}

static void a_manual_instance_has_no_loop(void **state)
{
  int loop;

  (void)state;
  ALLOWED(o.manual = true);
  ALLOWED(o.loop = (struct uv_loop_s *)(void *)&loop);
  REFUSED((o.manual = true, o.loop = (struct uv_loop_s *)(void *)&loop));
}

static void workers_need_a_loop_and_a_sensible_number(void **state)
{
  (void)state;
  ALLOWED(o.pump_on = MPCC_PUMP_ON_WORKER);
  ALLOWED((o.pump_on = MPCC_PUMP_ON_WORKER, o.worker_count = 1));
  ALLOWED((o.pump_on = MPCC_PUMP_ON_WORKER, o.worker_count = 1024));
  ALLOWED(o.worker_count = 0);
  REFUSED((o.pump_on = MPCC_PUMP_ON_WORKER, o.worker_count = 0));
  REFUSED((o.pump_on = MPCC_PUMP_ON_WORKER, o.worker_count = 1025));
  REFUSED((o.pump_on = MPCC_PUMP_ON_WORKER, o.manual = true));
}

static void a_weight_and_a_scale_go_together(void **state)
{
  (void)state;
  ALLOWED((o.max_batch_weight = 1, o.weigh = weigh));
  REFUSED(o.max_batch_weight = 1);
  REFUSED(o.weigh = weigh);
}

static void retries_timeouts_and_limits_take_any_number(void **state)
{
  (void)state;
  ALLOWED(o.max_memory = 1); /* too little for a batch: create says so */
  ALLOWED(o.max_attempts = UINT32_MAX);
  ALLOWED(o.retry_delay_ms = UINT64_MAX);
  ALLOWED((o.retry_delay_ms = 0, o.retry_delay_max_ms = 0));
  ALLOWED(o.pump_timeout_ms = UINT64_MAX);
  ALLOWED(o.on_room = room);
  ALLOWED(o.isolate_failures = true);
}

static void any_lane_capacity_is_allowed(void **state)
{
  (void)state;
  ALLOWED(o.lane_capacity = 4097);
  ALLOWED(o.lane_capacity = 0);
}

static void a_capacity_below_the_batch_size_is_the_size_of_a_segment(void **state)
{
  struct mpcc_options options = valid();

  (void)state;
  assert_int_equal(mpcc__options_cells(&options), 500);
  options.capacity = 499;
  assert_int_equal(mpcc__options_cells(&options), 499);
  options.capacity = 501;
  assert_int_equal(mpcc__options_cells(&options), 500);
  options.capacity = 1;
  assert_int_equal(mpcc__options_cells(&options), 1);
}

static void a_bounded_instance_has_segments_for_the_worst_case(void **state)
{
  struct mpcc_options options = valid();
  uint32_t segments = 77;

  (void)state;
  assert_int_equal(mpcc__options_segments(&options, 4096, &segments), 0);
  assert_int_equal(segments, 0);

  options.capacity = 1000;
  options.max_concurrency = 4;
  options.slot_count = 10;
  assert_int_equal(mpcc__options_segments(&options, 1 << 20, &segments), 0);
  assert_int_equal(segments, 10 * (1000 / 500 + 3 + 4) + 2);
  assert_int_equal(mpcc__options_segments(&options, 64, &segments), 0);
  assert_int_equal(segments, 10 * (1000 / 500 + 3 + 4) + 64);
}

static void products_that_overflow_are_errors_and_never_small_numbers(void **state)
{
  static const size_t capacities[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 3};
  struct mpcc_options options = valid();
  uint32_t segments = 77;

  (void)state;
  for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++)
    for (uint32_t slots = 1; slots < UINT32_MAX / 2; slots *= 3) {
      options.capacity = capacities[i];
      options.slot_count = slots;
      options.batch_size = 1;
      assert_int_not_equal(mpcc__options_segments(&options, 4096, &segments), 0);
      options.batch_size = 1048576; /* of items that make a segment too large for 32 bits, too */
      assert_int_not_equal(mpcc__options_segments(&options, (size_t)4 << 20, &segments), 0);
      assert_int_equal(segments, 77);
    }
  options = valid();
  options.capacity = 1;
  options.max_concurrency = UINT32_MAX;
  options.slot_count = UINT32_MAX - 1;
  assert_int_not_equal(mpcc__options_segments(&options, 4096, &segments), 0);
  assert_int_equal(segments, 77);
}

static void every_code_has_its_name_and_a_sentence(void **state)
{
  static const int codes[] = {
      MPCC_OK,    MPCC_PENDING,   MPCC_EINVAL, MPCC_ENOMEM,  MPCC_EALREADY,  MPCC_ECLOSED, MPCC_EFULL,
      MPCC_EBUSY, MPCC_ETIMEDOUT, MPCC_ESTATE, MPCC_EDEADLK, MPCC_ECANCELED, MPCC_E2BIG,
      MPCC_ESYSTEM};

  (void)state;
  for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
    assert_string_not_equal(mpcc_err_name(codes[i]), "MPCC_UNKNOWN");
    assert_string_not_equal(mpcc_strerror(codes[i]), mpcc_strerror(12345));
    for (size_t k = 0; k < i; k++) {
      assert_string_not_equal(mpcc_err_name(codes[i]), mpcc_err_name(codes[k]));
      assert_string_not_equal(mpcc_strerror(codes[i]), mpcc_strerror(codes[k]));
    }
  }
  assert_string_equal(mpcc_err_name(MPCC_EFULL), "MPCC_EFULL");
  assert_string_equal(mpcc_err_name(-30013), "MPCC_UNKNOWN");
  assert_non_null(mpcc_strerror(INT_MIN));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(init_sets_every_default_and_leaves_nothing_unset),
      cmocka_unit_test(numbers_are_held_to_their_ranges),
      cmocka_unit_test(an_allocator_is_whole_or_absent),
      cmocka_unit_test(a_manual_instance_has_no_loop),
      cmocka_unit_test(workers_need_a_loop_and_a_sensible_number),
    cmocka_unit_test(a_weight_and_a_scale_go_together),
    cmocka_unit_test(retries_timeouts_and_limits_take_any_number),
    cmocka_unit_test(any_lane_capacity_is_allowed),
      cmocka_unit_test(a_capacity_below_the_batch_size_is_the_size_of_a_segment),
      cmocka_unit_test(a_bounded_instance_has_segments_for_the_worst_case),
      cmocka_unit_test(products_that_overflow_are_errors_and_never_small_numbers),
      cmocka_unit_test(every_code_has_its_name_and_a_sentence),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
