/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_options_init(), every refusal of mpcc_create(), and the codes by name. */

#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t size, void *user)
{
  (void)user;
  return malloc(size);
}

static void *allocate_zeroed(size_t count, size_t size, void *user)
{
  (void)user;
  return calloc(count, size);
}

static void *reallocate(void *memory, size_t size, void *user)
{
  (void)user;
  return realloc(memory, size);
}

static void release(void *memory, void *user)
{
  (void)user;
  free(memory);
}

static size_t weigh_one(const void *item, void *arg)
{
  (void)item;
  (void)arg;
  return 1;
}

static void ignore_room(mpcc_t *mpcc, uint32_t slot, void *state)
{
  (void)mpcc;
  (void)slot;
  (void)state;
}

static void ignore_wake(mpcc_t *mpcc, void *arg)
{
  (void)mpcc;
  (void)arg;
}

static mpcc_options_t good_options(void)
{
  mpcc_options_t options;
  mpcc_options_init(&options);
  options.item_size = 8;
  return options;
}

/* Create with ${options} must be ${expected}; where it fails, the out-pointer is untouched. */
static void check_create(const mpcc_options_t *options, int expected, const char *what)
{
  static char mark;
  mpcc_t *mpcc = (mpcc_t *)(void *)&mark;
  int result = mpcc_create(&mpcc, options);
  if (result != expected)
    fail_msg("%s: %s instead of %s", what, mpcc_err_name(result), mpcc_err_name(expected));
  if (expected != 0)
    assert_ptr_equal(mpcc, &mark);
  else
    assert_int_equal(mpcc_destroy(mpcc), 0);
}

/* "field = value" must be refused. */
#define REFUSE(assignment)                            \
  do {                                                \
    mpcc_options_t options = good_options();          \
    options.assignment;                               \
    check_create(&options, MPCC_EINVAL, #assignment); \
  } while (0)

#define ACCEPT(assignment)                   \
  do {                                       \
    mpcc_options_t options = good_options(); \
    options.assignment;                      \
    check_create(&options, 0, #assignment);  \
  } while (0)

static void defaults_are_those_of_the_header(void **state)
{
  (void)state;
  mpcc_options_t options, expected;
  memset(&options, 0xa5, sizeof(options));
  memset(&expected, 0, sizeof(expected));

  mpcc_options_init(&options);
  mpcc_options_init(NULL);

  expected.slot_count = 1;
  expected.batch_size = 500;
  expected.max_concurrency = 1;
  expected.push_interval_ms = 100;
  expected.worker_count = 4;
  expected.max_attempts = 1;
  expected.retry_delay_ms = 100;
  expected.retry_delay_max_ms = 30000;
  expected.lane_capacity = 4096;
  assert_int_equal(options.item_size, 0);
  assert_int_equal(options.slot_count, expected.slot_count);
  assert_int_equal(options.batch_size, expected.batch_size);
  assert_int_equal(options.max_concurrency, expected.max_concurrency);
  assert_int_equal(options.push_interval_ms, expected.push_interval_ms);
  assert_int_equal(options.capacity + options.max_memory + options.max_batch_weight, 0);
  assert_int_equal(options.pump_on, MPCC_PUMP_ON_LOOP);
  assert_int_equal(options.worker_count, expected.worker_count);
  assert_int_equal(options.max_attempts, expected.max_attempts);
  assert_int_equal(options.retry_delay_ms, expected.retry_delay_ms);
  assert_int_equal(options.retry_delay_max_ms, expected.retry_delay_max_ms);
  assert_int_equal(options.pump_timeout_ms, 0);
  assert_int_equal(options.lane_capacity, expected.lane_capacity);
  assert_false(options.manual || options.isolate_failures);
  assert_null(options.loop);
  assert_null(options.allocator);
  assert_null(options.wake_arg);
  assert_null(options.weigh_arg);
  assert_true(options.weigh == NULL && options.on_drop == NULL && options.on_room == NULL &&
              options.on_cancel == NULL && options.on_wake == NULL);
  assert_memory_equal(options.reserved, expected.reserved, sizeof(options.reserved));
}

static void item_size_must_be_set_and_nothing_else(void **state)
{
  (void)state;
  mpcc_options_t untouched;
  mpcc_options_init(&untouched);

  check_create(&untouched, MPCC_EINVAL, "item_size not set");
  ACCEPT(item_size = 1);
}

static void null_arguments_are_refused(void **state)
{
  (void)state;
  mpcc_options_t options = good_options();

  assert_int_equal(mpcc_create(NULL, &options), MPCC_EINVAL);
  check_create(NULL, MPCC_EINVAL, "no options");
}

static void numbers_are_held_to_their_ranges(void **state)
{
  (void)state;
  REFUSE(item_size = 0);
  REFUSE(item_size = 65537);
  REFUSE(item_size = SIZE_MAX);
  REFUSE(slot_count = 0);
  REFUSE(slot_count = UINT32_MAX);
  REFUSE(batch_size = 0);
  REFUSE(batch_size = 1048577);
  REFUSE(batch_size = UINT32_MAX);
  REFUSE(max_concurrency = 0);
  REFUSE(max_attempts = 0);

  ACCEPT(item_size = 65536);
  ACCEPT(batch_size = 1);
  ACCEPT(batch_size = 1048576);
  ACCEPT(max_concurrency = UINT32_MAX);
  ACCEPT(slot_count = 100000);
  ACCEPT(push_interval_ms = 0);
  ACCEPT(push_interval_ms = MPCC_NO_INTERVAL);
  ACCEPT(capacity = 1);
}

static void what_is_not_in_this_version_is_refused_and_not_ignored(void **state)
{
  (void)state;
  REFUSE(lane_capacity = SIZE_MAX / 16); /* items: no address space holds them */
  ACCEPT(lane_capacity = 4097);
  ACCEPT(lane_capacity = 0);
}

static void every_option_of_flow_control_and_failure_is_taken(void **state)
{
  (void)state;
  mpcc_options_t weighed = good_options();
  REFUSE(max_memory = 1);
  ACCEPT(max_memory = 65536);
  ACCEPT(max_memory = SIZE_MAX);
  ACCEPT(pump_on = MPCC_PUMP_ON_WORKER);
  ACCEPT(worker_count = 5);
  ACCEPT(max_attempts = UINT32_MAX);
  ACCEPT(retry_delay_ms = UINT64_MAX);
  ACCEPT(retry_delay_max_ms = 0);
  ACCEPT(pump_timeout_ms = UINT64_MAX);
  ACCEPT(on_room = ignore_room);
  ACCEPT(isolate_failures = true);
  REFUSE(max_batch_weight = 1);
  REFUSE(weigh = weigh_one);
  weighed.max_batch_weight = 1;
  weighed.weigh = weigh_one;
  check_create(&weighed, 0, "a weight with a scale");
}

static void unknown_values_are_refused(void **state)
{
  (void)state;
  REFUSE(pump_on = 7);
  REFUSE(pump_on = -1);
  REFUSE(reserved[0] = 1);
  REFUSE(reserved[15] = 1);
}

static void options_that_exclude_each_other_are_refused(void **state)
{
  (void)state;
  mpcc_options_t options = good_options();
  options.on_wake = ignore_wake;
  options.manual = true;
  check_create(&options, 0, "on_wake with manual");
  options.loop = (struct uv_loop_s *)(void *)&options; /* never looked at */
  check_create(&options, MPCC_EINVAL, "manual with a loop");
  options.loop = NULL;
  options.pump_on = MPCC_PUMP_ON_WORKER;
  check_create(&options, MPCC_EINVAL, "manual with workers");
}

static void an_allocator_needs_all_its_functions(void **state)
{
  (void)state;
  const mpcc_allocator_t whole = {allocate, allocate_zeroed, reallocate, release, NULL};
  mpcc_options_t options = good_options();
  mpcc_allocator_t allocator = whole;
  options.allocator = &allocator;
  check_create(&options, 0, "a whole allocator");

  allocator.malloc = NULL;
  check_create(&options, MPCC_EINVAL, "no malloc");
  allocator = whole;
  allocator.calloc = NULL;
  check_create(&options, MPCC_EINVAL, "no calloc");
  allocator = whole;
  allocator.realloc = NULL;
  check_create(&options, MPCC_EINVAL, "no realloc");
  allocator = whole;
  allocator.free = NULL;
  check_create(&options, MPCC_EINVAL, "no free");
}

static void options_and_allocator_are_copied(void **state)
{
  (void)state;
  mpcc_allocator_t allocator = {allocate, allocate_zeroed, reallocate, release, NULL};
  mpcc_options_t options = good_options();
  options.manual = true;
  options.batch_size = 2;
  options.allocator = &allocator;
  rig_t *rig = rig_open(&options);
  memset(&options, 0xa5, sizeof(options));
  memset(&allocator, 0, sizeof(allocator));

  rig_start(rig);
  rig_push(rig, 0, 0, 2000);
  rig_step(rig, 1);

  assert_int_equal(rig_calls(rig), 1000);
  rig_close(rig);
}

static const struct {
  int code;
  const char *name;
} codes[] = {
  {MPCC_OK, "MPCC_OK"},
  {MPCC_EINVAL, "MPCC_EINVAL"},
  {MPCC_ENOMEM, "MPCC_ENOMEM"},
  {MPCC_EALREADY, "MPCC_EALREADY"},
  {MPCC_ECLOSED, "MPCC_ECLOSED"},
  {MPCC_EFULL, "MPCC_EFULL"},
  {MPCC_ETIMEDOUT, "MPCC_ETIMEDOUT"},
  {MPCC_EBUSY, "MPCC_EBUSY"},
  {MPCC_EDEADLK, "MPCC_EDEADLK"},
  {MPCC_ECANCELED, "MPCC_ECANCELED"},
  {MPCC_ESTATE, "MPCC_ESTATE"},
  {MPCC_ESYSTEM, "MPCC_ESYSTEM"},
  {MPCC_E2BIG, "MPCC_E2BIG"},
};
enum { CODES = sizeof(codes) / sizeof(codes[0]) };

static void every_code_has_its_name_and_a_sentence_of_its_own(void **state)
{
  (void)state;
  for (size_t i = 0; i < CODES; i++) {
    assert_string_equal(mpcc_err_name(codes[i].code), codes[i].name);
    assert_non_null(mpcc_strerror(codes[i].code));
    assert_string_not_equal(mpcc_strerror(codes[i].code), "");
    assert_string_not_equal(mpcc_strerror(codes[i].code), mpcc_strerror(99));
    for (size_t k = 0; k < i; k++) {
      assert_int_not_equal(codes[i].code, codes[k].code);
      assert_string_not_equal(mpcc_strerror(codes[i].code), mpcc_strerror(codes[k].code));
    }
  }
}

static void other_numbers_are_unknown_and_never_null(void **state)
{
  (void)state;
  static const int others[] = {INT_MIN, -1, 1, 99, -30000, -30013, INT_MAX - 1};
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
    assert_string_equal(mpcc_err_name(others[i]), "MPCC_UNKNOWN");
    assert_non_null(mpcc_strerror(others[i]));
    assert_string_not_equal(mpcc_strerror(others[i]), "");
  }
  assert_non_null(mpcc_err_name(MPCC_PENDING));
  assert_non_null(mpcc_strerror(MPCC_PENDING));
}

static void the_library_s_version_is_the_header_s(void **state)
{
  (void)state;
  char version[64];
  snprintf(version, sizeof(version), "%d.%d.%d", MPCC_VERSION_MAJOR, MPCC_VERSION_MINOR,
           MPCC_VERSION_PATCH);
  assert_string_equal(mpcc_version(), version);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(defaults_are_those_of_the_header),
    cmocka_unit_test(item_size_must_be_set_and_nothing_else),
    cmocka_unit_test(null_arguments_are_refused),
    cmocka_unit_test(numbers_are_held_to_their_ranges),
    cmocka_unit_test(what_is_not_in_this_version_is_refused_and_not_ignored),
    cmocka_unit_test(every_option_of_flow_control_and_failure_is_taken),
    cmocka_unit_test(unknown_values_are_refused),
    cmocka_unit_test(options_that_exclude_each_other_are_refused),
    cmocka_unit_test(an_allocator_needs_all_its_functions),
    cmocka_unit_test(options_and_allocator_are_copied),
    cmocka_unit_test(every_code_has_its_name_and_a_sentence_of_its_own),
    cmocka_unit_test(other_numbers_are_unknown_and_never_null),
    cmocka_unit_test(the_library_s_version_is_the_header_s),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
