/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_start() where the system refuses descriptors: told, nothing lost, nothing left open. */

#include "harness.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

static rig_t *rig_own(void)
{
  mpcc_options_t options;
  rig_options(&options, 3);
  options.manual = false;
  return rig_open(&options);
}

/* The number that the next descriptor would get: it grows if one was left open. */
static int next_descriptor(void)
{
  int descriptor = open("/dev/null", O_RDONLY);
  assert_true(descriptor >= 0);
  close(descriptor);
  return descriptor;
}

/* libuv makes some descriptors of its own with the first loop of a process, and keeps them. */
static void run_a_first_loop(void)
{
  rig_t *rig = rig_own();
  rig_start(rig);
  rig_close(rig);
}

static int start_with_descriptors(rig_t *rig, int count)
{
  struct rlimit before, now;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  now = before;
  now.rlim_cur = (rlim_t)next_descriptor() + (rlim_t)count;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
  int result = mpcc_start(rig->mpcc, rig_on_pump, rig);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  return result;
}

static void a_start_without_descriptors_can_be_tried_again_and_has_lost_nothing(void **state)
{
  (void)state;
  run_a_first_loop();
  int first_free = next_descriptor(), result = MPCC_ESYSTEM, allowed = 0;

  for (; result != 0 && allowed < 64; allowed++) {
    rig_t *rig = rig_own();
    rig_push(rig, 0, 0, 3);

    result = start_with_descriptors(rig, allowed);

    if (result != 0) {
      assert_int_equal(result, MPCC_ESYSTEM);
      assert_int_equal(next_descriptor(), first_free);
      assert_int_equal(mpcc_wait(rig->mpcc, 0), MPCC_ESTATE);
      rig_push(rig, 0, 3, 3);
      rig_start(rig);
      assert_true(rig_await_calls(rig, 2));
      assert_batch(rig, 1, 0, 3, 3, MPCC_DUE_FULL);
    }
    rig_close(rig);
    assert_int_equal(next_descriptor(), first_free);
  }

  assert_int_equal(result, 0);
  assert_true(allowed > 1); /* a loop that needs none would make this test empty */
}

static void a_running_instance_needs_no_more_descriptors(void **state)
{
  (void)state;
  struct rlimit before, now;
  rig_t *rig = rig_own();
  rig_start(rig);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  now = before;
  now.rlim_cur = (rlim_t)next_descriptor();
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);

  rig_push(rig, 0, 0, 8);
  bool seen = rig_await_calls(rig, 2);
  int completed = rig_complete(rig, MPCC_DRAIN);
  int waited = mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);

  assert_true(seen);
  assert_int_equal(completed, 0);
  assert_int_equal(waited, 0);
  assert_fates(rig, 8, 0, 0);
  rig_close(rig);
}

static void many_lives_leave_no_descriptor_open(void **state)
{
  (void)state;
  run_a_first_loop();
  int first_free = next_descriptor();

  for (int i = 0; i < 100; i++) {
    rig_t *rig = rig_own();
    for (int life = 0; life < 3; life++) {
      rig_start(rig);
      rig_push(rig, 0, 0, 4);
      assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
      assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
    }
    rig_close(rig);
  }

  assert_int_equal(next_descriptor(), first_free);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_start_without_descriptors_can_be_tried_again_and_has_lost_nothing),
    cmocka_unit_test(a_running_instance_needs_no_more_descriptors),
    cmocka_unit_test(many_lives_leave_no_descriptor_open),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
