/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_dump() of what changes while it is looked at. The linker's --wrap sends one of the library's
   own calls here, between the two looks that dump takes at a batch. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "crew.h"
#include "harness.h"

enum { TEXT_ROOM = 1 << 16 };

static void (*meanwhile)(rig_t *rig);
static rig_t *meanwhile_rig;

uint64_t __real_mpcc__batch_live(const struct mpcc__batch *batch, bool *abandoned);
uint64_t __wrap_mpcc__batch_live(const struct mpcc__batch *batch, bool *abandoned);

uint64_t __wrap_mpcc__batch_live(const struct mpcc__batch *batch, bool *abandoned)
{
  void (*act)(rig_t *rig) = meanwhile;

  meanwhile = NULL;
  if (act != NULL)
    act(meanwhile_rig);
  return __real_mpcc__batch_live(batch, abandoned);
}

/* Whether the dump says these words; ${act} happens in its middle. */
static bool says(rig_t *rig, void (*act)(rig_t *rig), const char *words)
{
  static char text[TEXT_ROOM];
  FILE *file = tmpfile();
  assert_non_null(file);
  meanwhile = act;
  meanwhile_rig = rig;
  assert_int_equal(mpcc_dump(rig->mpcc, file), 0);
  assert_null(meanwhile);
  rewind(file);
  text[fread(text, 1, TEXT_ROOM - 1, file)] = '\0';
  fclose(file);
  return strstr(text, words) != NULL;
}

static rig_t *rig_in_flight(uint64_t retry_delay_ms)
{
  mpcc_options_t options;
  rig_options(&options, 2);
  options.max_attempts = 2;
  options.retry_delay_ms = retry_delay_ms;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 10);
  assert_true(says(rig, NULL, "attempt 1, in the pump for 0 ms"));
  return rig;
}

static void succeed(rig_t *rig)
{
  (void)rig_done(rig, 0, 0);
  rig_step(rig, rig->now_ms);
}

static void fail_it(rig_t *rig)
{
  (void)rig_done(rig, 0, -5);
  rig_step(rig, rig->now_ms);
}

static void a_batch_that_is_done_meanwhile_is_left_out(void **state)
{
  (void)state;
  rig_t *rig = rig_in_flight(0);

  assert_false(says(rig, succeed, "  batch 0x"));

  assert_fates(rig, 2, 0, 0);
  rig_close(rig);
}

static void so_is_one_that_is_handed_over_again_or_begins_to_wait(void **state)
{
  (void)state;
  for (uint64_t delay_ms = 0; delay_ms <= 1; delay_ms++) {
    rig_t *rig = rig_in_flight(delay_ms);

    assert_false(says(rig, fail_it, "  batch 0x"));
    assert_true(says(rig, NULL, delay_ms == 0 ? "attempt 2, in the pump" : "attempt 1, waits"));

    rig_step(rig, 20);
    assert_int_equal(rig_done(rig, 1, 0), 0);
    rig_step(rig, 21);
    assert_fates(rig, 2, 0, 0);
    rig->forgot = true; /* the log holds the same items once for every try */
    rig_close(rig);
  }
}

static int push_and_wait(void *arg)
{
  uint64_t item = 7;
  return mpcc_push_wait(((rig_t *)arg)->mpcc, &item, 1, MPCC_NO_TIMEOUT);
}

static void a_slot_tells_how_many_threads_wait_in_it(void **state)
{
  (void)state;
  mpcc_options_t options;
  sleeper_t sleepers[2];
  rig_options(&options, 1);
  options.slot_count = 2;
  options.capacity = 1;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig_push(rig, 1, 0, 1);
  for (size_t i = 0; i < 2; i++)
    sleeper_start(&sleepers[i], push_and_wait, rig);

  assert_true(says(rig, NULL, "slot 1: 1 queued"));
  assert_true(says(rig, NULL, "; 2 threads wait for room\n"));
  assert_false(says(rig, NULL, "slot 0:"));

  for (size_t i = 0; i < 2; i++) {
    rig_step(rig, 1 + i);
    (void)sleeper_join(&sleepers[i]);
  }
  rig_step(rig, 3);
  assert_fates(rig, 3, 0, 0);
  assert_false(says(rig, NULL, "wait for room"));
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_batch_that_is_done_meanwhile_is_left_out),
    cmocka_unit_test(so_is_one_that_is_handed_over_again_or_begins_to_wait),
    cmocka_unit_test(a_slot_tells_how_many_threads_wait_in_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
