/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_dump(): what a person who looks into an instance is told. */

#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_ROOM = 1 << 16 };

static int dump_to(const rig_t *rig, char *text)
{
  FILE *file = tmpfile();
  int result = mpcc_dump(rig->mpcc, file);

  rewind(file);
  text[fread(text, 1, TEXT_ROOM - 1, file)] = '\0';
  fclose(file);
  return result;
}

static bool says(const rig_t *rig, const char *words)
{
  char *text = malloc(TEXT_ROOM);
  bool found = dump_to(rig, text) == 0 && strstr(text, words) != NULL;

  if (!found)
    print_error("no \"%s\" in:\n%s", words, text);
  free(text);
  return found;
}

static bool is_silent_on(const rig_t *rig, const char *words)
{
  char *text = malloc(TEXT_ROOM);
  bool silent = dump_to(rig, text) == 0 && strstr(text, words) == NULL;

  if (!silent)
    print_error("\"%s\" in:\n%s", words, text);
  free(text);
  return silent;
}

static void it_wants_an_instance_and_a_file(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, 10);

  assert_int_equal(mpcc_dump(NULL, stdout), MPCC_EINVAL);
  assert_int_equal(mpcc_dump(rig->mpcc, NULL), MPCC_EINVAL);
  rig_close(rig);
}

static void a_file_that_cannot_be_written_is_told(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, 10);
  FILE *file = tmpfile(), *readable;

  readable = fdopen(dup(fileno(file)), "r");
  assert_int_equal(mpcc_dump(rig->mpcc, readable), MPCC_ESYSTEM);
  fclose(readable);
  fclose(file);
  rig_close(rig);
}

static void it_names_the_state_the_options_and_the_loop(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 7);
  options.slot_count = 3;
  options.capacity = 12;
  options.max_attempts = 4;
  options.pump_timeout_ms = 2500;
  rig_t *rig = rig_open(&options);

  assert_true(says(rig, ": IDLE\n"));
  rig_start(rig);
  assert_true(says(rig, ": RUNNING\n"));
  assert_true(says(rig, "item_size 8, slot_count 3, batch_size 7, max_concurrency 1, "));
  assert_true(says(rig, "push_interval_ms never,"));
  assert_true(says(rig, "capacity 12, max_memory unlimited, max_batch_weight none, "));
  assert_true(says(rig, "max_attempts 4, retry_delay_ms 100 to 30000, pump_timeout_ms 2500, "));
  assert_true(says(rig, "loop: manual, "));
  assert_true(says(rig, "idle slots: 3\n"));
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_true(says(rig, ": COMPLETING (drain)\n"));
  rig_step(rig, 1);
  assert_true(says(rig, ": STOPPED\n"));
  rig_close(rig);
}

static void a_slot_with_items_is_shown_with_its_numbers(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  options.slot_count = 5;
  options.capacity = 6;
  rig_t *rig = rig_open(&options);
  uint64_t item = 0;

  rig_start(rig);
  rig_push(rig, 2, 0, 6);
  assert_int_equal(mpcc_push(rig->mpcc, &item, 2), MPCC_EFULL);

  assert_true(says(rig, "  slot 2: 6 queued, 0 batches in flight, of 6 pushed 0 delivered, "
                        "0 dropped, 0 orphaned, 1 rejected\n"));
  assert_true(says(rig, "idle slots: 4\n"));
  rig_step(rig, 1);
  assert_true(says(rig, "  slot 2: 2 queued, 0 batches in flight, of 6 pushed 4 delivered, "));
  rig_close(rig);
}

static void a_batch_in_flight_is_shown_with_its_age_until_it_is_done(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 5);
  options.slot_count = 2;
  options.push_interval_ms = 20;
  rig_t *rig = rig_open(&options);
  char words[128];

  rig_start(rig);
  rig->answer = MPCC_PENDING;
  rig_step(rig, 100);
  rig_push(rig, 1, 0, 3);
  rig_step(rig, 101);
  rig_step(rig, 125);
  rig_step(rig, 165);

  snprintf(words, sizeof(words), "  batch %#llx of slot 1: 3 items, due: interval, attempt 1, "
           "in the pump for 40 ms; had waited 24 ms\n", (unsigned long long)rig->calls[0].id);
  assert_true(says(rig, words));
  assert_int_equal(rig_done(rig, 0, 0), 0);
  assert_true(says(rig, "answered; had waited"));
  rig_step(rig, 166);
  assert_true(is_silent_on(rig, "batch 0x"));
  rig_close(rig);
}

static void a_batch_that_waits_for_its_next_try_says_when(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 2);
  options.max_attempts = 3;
  options.retry_delay_ms = 1; /* without room for jitter */
  rig_t *rig = rig_open(&options);

  rig_start(rig);
  rig->answer = -5;
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 10);

  assert_true(says(rig, ": 2 items, due: full, attempt 1, waits, in 1 ms again; had waited 0 ms"));
  rig_step(rig, 11);
  assert_true(says(rig, "attempt 2, waits, in "));
  rig_step(rig, 15);
  assert_true(is_silent_on(rig, "batch 0x"));
  rig_forget(rig);
  rig_close(rig);
}

static void a_cancelled_batch_is_called_so(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, 10);

  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 1);
  assert_true(is_silent_on(rig, "cancelled"));
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_step(rig, 2);

  assert_true(says(rig, "in the pump for 1 ms, cancelled; "));
  rig_close(rig);
}

static void an_orphan_is_a_number_and_no_batch(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, 10);
  mpcc_batch_t *batch;

  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 1);
  batch = rig->calls[0].batch;
  assert_int_equal(rig_complete(rig, MPCC_ABANDON), 0);
  rig_step(rig, 2);

  assert_true(is_silent_on(rig, "batch 0x"));
  assert_int_equal(mpcc_batch_done(batch, 0), MPCC_ECLOSED);
  assert_int_equal(mpcc_destroy(rig->mpcc), 0);
  rig->mpcc = NULL;
  rig_close(rig);
}

static void items_in_handles_are_told(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, 10);
  mpcc_producer_t *producer;
  uint64_t item = 0;

  assert_int_equal(mpcc_producer_open(rig->mpcc, &producer), 0);
  assert_int_equal(mpcc_producer_push(producer, &item, 0), 0);

  assert_true(says(rig, "producer handles: 1 open, 1 items in them"));
  assert_int_equal(mpcc_producer_close(producer), 0);
  assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
  rig_step(rig, 1);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  rig_step(rig, 2);
  assert_int_equal(mpcc_destroy(rig->mpcc), 0);
  rig->mpcc = NULL;
  rig_close(rig);
}

static int dump_inside(rig_t *rig, mpcc_batch_t *batch)
{
  FILE *file = tmpfile();

  (void)batch;
  rig_keep(rig, mpcc_dump(rig->mpcc, file));
  rig_keep(rig, ftell(file) > 100);
  fclose(file);
  return 0;
}

static void the_pump_itself_may_ask(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, 10);

  rig->on_pump = dump_inside;
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 1);

  assert_int_equal(rig->got_count, 2);
  assert_int_equal(rig->got[0], 0);
  assert_int_equal(rig->got[1], 1);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_wants_an_instance_and_a_file),
      cmocka_unit_test(a_file_that_cannot_be_written_is_told),
      cmocka_unit_test(it_names_the_state_the_options_and_the_loop),
      cmocka_unit_test(a_slot_with_items_is_shown_with_its_numbers),
      cmocka_unit_test(a_batch_in_flight_is_shown_with_its_age_until_it_is_done),
      cmocka_unit_test(a_batch_that_waits_for_its_next_try_says_when),
      cmocka_unit_test(a_cancelled_batch_is_called_so),
      cmocka_unit_test(an_orphan_is_a_number_and_no_batch),
      cmocka_unit_test(items_in_handles_are_told),
      cmocka_unit_test(the_pump_itself_may_ask),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
