/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * test_refused_barrier unknown | forbidden | short
 *
 * Handles rely on a barrier that the system makes all threads go through (membarrier). Here it does
 * not know the call, or forbids it, or is short of memory for it every other time. The linker's
 * --wrap sends the library's syscall() here; a process asks once whether it may, so each way is a
 * run of its own.
 */

#include "handle_team.h"
#include "harness.h"

#include <sys/syscall.h>

enum { ITEMS = 20000 / VERDICT_SLOWER, REGISTER = 1 << 4 };

static const char *way;
static atomic_uint barriers, refusals;

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

static bool is_way(const char *name)
{
  return strcmp(way, name) == 0;
}

/* What the system answers to the ${nth} barrier, from 0; 0: what it does. */
static int refusal(bool registers, unsigned nth)
{
  if (is_way("unknown"))
    return ENOSYS;
  if (is_way("forbidden"))
    return registers ? 0 : EPERM;
  return !registers && nth % 2 == 1 ? ENOMEM : 0;
}

/* The library calls it for this alone, with two numbers. */
long __wrap_syscall(long number, ...)
{
  va_list numbers;
  int command, flags, error;
  unsigned nth = 0;

  va_start(numbers, number);
  command = va_arg(numbers, int);
  flags = va_arg(numbers, int);
  va_end(numbers);
  /* relaxed: only numbers. */
  if (command != REGISTER)
    nth = atomic_fetch_add_explicit(&barriers, 1, memory_order_relaxed);
  error = refusal(command == REGISTER, nth);
  if (error == 0)
    return __real_syscall(number, command, flags);
  /* relaxed: as above. */
  atomic_fetch_add_explicit(&refusals, 1, memory_order_relaxed);
  errno = error;
  return -1;
}

static unsigned count_of(atomic_uint *counter)
{
  /* relaxed: the threads that count have been joined, or count on. */
  return atomic_load_explicit(counter, memory_order_relaxed);
}

static struct team team; /* large */

static void open_team(enum host_kind kind)
{
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.batch_size = 50;
  options.push_interval_ms = 1;
  options.lane_capacity = 500;
  team_open(&team, &options, kind, 1);
}

static void *push_at_full_speed(void *arg)
{
  team_push_on(arg);
  return NULL;
}

static void every_item_comes_once_in_its_handle_s_order(void **state)
{
  (void)state;
  for (int kind = HOST_OWN; kind <= HOST_MANUAL; kind++) {
    open_team((enum host_kind)kind);
    for (size_t i = 0; i < TEAM_MOST; i++)
      team.members[i].left = ITEMS;

    team_hire(&team, push_at_full_speed);
    team_join(&team);

    assert_int_equal(team_close(&team, MPCC_DRAIN), TEAM_MOST * (uint64_t)ITEMS);
  }
}

static void a_stop_in_the_middle_of_pushes_loses_nothing(void **state)
{
  (void)state;
  for (int kind = HOST_OWN; kind <= HOST_MANUAL; kind++)
    for (int mode = MPCC_DRAIN; mode <= MPCC_ABANDON; mode++) {
      open_team((enum host_kind)kind);
      team_hire(&team, push_at_full_speed);
      verdict_sleep_us(2000);
      team_stop(&team, mode);

      /* relaxed: only an end. */
      atomic_store_explicit(&team.over, true, memory_order_relaxed);
      team_join(&team);

      (void)team_close(&team, mode);
    }
}

/* It freezes the handles of other threads for a moment. */
static void a_stop_before_the_first_start_finds_what_a_handle_holds(void **state)
{
  (void)state;
  rig_t *rig = rig_run(10, MPCC_NO_INTERVAL);
  rig_close(rig);
  mpcc_options_t options;
  mpcc_producer_t *handle = NULL;
  uint64_t item = 7;
  rig_options(&options, 10);
  rig = rig_open(&options);
  assert_int_equal(mpcc_producer_open(rig->mpcc, &handle), 0);
  assert_int_equal(mpcc_producer_push(handle, &item, 0), 0);

  assert_int_equal(rig_complete(rig, MPCC_DRAIN), MPCC_ESTATE);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);

  assert_drop(rig, 0, 0, 7, 1, MPCC_ECANCELED);
  assert_int_equal(mpcc_producer_close(handle), 0);
  rig_close(rig);
}

static void the_system_was_asked_as_often_as_it_made_sense(void **state)
{
  (void)state;
  if (is_way("unknown")) {
    assert_int_equal(count_of(&barriers), 0);
    assert_int_equal(count_of(&refusals), 1);
  } else if (is_way("forbidden")) {
    assert_int_equal(count_of(&barriers), 1);
    assert_int_equal(count_of(&refusals), 1);
  } else {
    assert_true(count_of(&refusals) > 1);
    assert_in_range(count_of(&barriers), 2 * count_of(&refusals), 2 * count_of(&refusals) + 1);
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_item_comes_once_in_its_handle_s_order),
    cmocka_unit_test(a_stop_in_the_middle_of_pushes_loses_nothing),
    cmocka_unit_test(a_stop_before_the_first_start_finds_what_a_handle_holds),
    cmocka_unit_test(the_system_was_asked_as_often_as_it_made_sense),
  };
  way = argc == 2 ? argv[1] : "";
  if (!is_way("unknown") && !is_way("forbidden") && !is_way("short")) {
    fprintf(stderr, "usage: test_refused_barrier unknown | forbidden | short\n");
    return 2;
  }
#ifdef MPCC_PORTABLE
  printf("skipped: the library was built without a barrier\n");
  return VERDICT_SKIPPED;
#endif
  if (!is_way("unknown") && __real_syscall(SYS_membarrier, REGISTER, 0) != 0) {
    printf("skipped: the system has no barrier\n");
    return VERDICT_SKIPPED;
  }
  return cmocka_run_group_tests(tests, NULL, NULL);
}
