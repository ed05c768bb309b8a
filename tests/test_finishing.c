/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_batch_done() and mpcc_batch_done_id(): the first answer counts, later ones are told so. */

#include "harness.h"

#include "crew.h"

/* A batch of two items that is in flight, and nothing else. */
static rig_t *rig_with_a_batch_in_flight(void)
{
  rig_t *rig = rig_run(2, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 1);
  assert_int_equal(rig_calls(rig), 1);
  return rig;
}

static void a_pending_batch_stays_in_flight_until_it_is_done(void **state)
{
  (void)state;
  rig_t *rig = rig_with_a_batch_in_flight();

  rig_step(rig, 1000000);
  assert_fates(rig, 0, 0, 1);
  assert_int_equal(mpcc_batch_done(rig->calls[0].batch, 0), 0);
  rig_step(rig, 1000001);

  assert_fates(rig, 2, 0, 0);
  assert_int_equal(rig_calls(rig), 1);
  rig_close(rig);
}

static void done_with_an_error_drops_the_batch_for_that_reason(void **state)
{
  (void)state;
  rig_t *rig = rig_with_a_batch_in_flight();
  rig->calls[0].batch->data = rig;

  assert_int_equal(mpcc_batch_done(rig->calls[0].batch, -42), 0);
  rig_step(rig, 2);
  rig_step(rig, 3);

  assert_fates(rig, 0, 2, 0);
  assert_int_equal(rig_calls(rig), 2);
  assert_drop(rig, 1, 0, 0, 2, -42);
  assert_int_equal(rig->calls[1].attempt, 1);
  assert_true(rig->calls[1].id == rig->calls[0].id);
  assert_ptr_equal(rig->calls[1].data, rig);
  rig_close(rig);
}

static void done_by_id_is_done(void **state)
{
  (void)state;
  rig_t *rig = rig_with_a_batch_in_flight();

  assert_int_equal(mpcc_batch_done_id(rig->mpcc, rig->calls[0].id, -42), 0);
  rig_step(rig, 2);

  assert_fates(rig, 0, 2, 0);
  assert_drop(rig, 1, 0, 0, 2, -42);
  rig_close(rig);
}

static void a_second_answer_is_told_so_and_changes_nothing(void **state)
{
  (void)state;
  rig_t *rig = rig_with_a_batch_in_flight();
  mpcc_batch_t *batch = rig->calls[0].batch;
  uint64_t id = rig->calls[0].id;

  assert_int_equal(mpcc_batch_done(batch, 0), 0);
  assert_int_equal(mpcc_batch_done(batch, -42), MPCC_EALREADY);
  assert_int_equal(mpcc_batch_done_id(rig->mpcc, id, -42), MPCC_EALREADY);
  rig_step(rig, 2);
  assert_int_equal(mpcc_batch_done(batch, -42), MPCC_EALREADY);
  assert_int_equal(mpcc_batch_done_id(rig->mpcc, id, -42), MPCC_EALREADY);
  rig_step(rig, 3);

  assert_fates(rig, 2, 0, 0);
  assert_int_equal(rig_calls(rig), 1);
  rig_close(rig);
}

static void pending_is_no_status(void **state)
{
  (void)state;
  rig_t *rig = rig_with_a_batch_in_flight();

  assert_int_equal(mpcc_batch_done(rig->calls[0].batch, MPCC_PENDING), MPCC_EINVAL);
  assert_int_equal(mpcc_batch_done_id(rig->mpcc, rig->calls[0].id, MPCC_PENDING), MPCC_EINVAL);
  assert_int_equal(mpcc_batch_done_id(rig->mpcc, 0, MPCC_PENDING), MPCC_EINVAL);
  assert_int_equal(mpcc_batch_done(NULL, 0), MPCC_EINVAL);
  assert_int_equal(mpcc_batch_done_id(NULL, rig->calls[0].id, 0), MPCC_EINVAL);
  rig_step(rig, 2);

  assert_fates(rig, 0, 0, 1);
  assert_int_equal(mpcc_batch_done(rig->calls[0].batch, 0), 0);
  rig_close(rig);
}

static void a_batch_that_the_pump_finished_by_its_answer_can_not_be_done_again(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, MPCC_NO_INTERVAL);
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 1);

  assert_int_equal(mpcc_batch_done(rig->calls[0].batch, -42), MPCC_EALREADY);
  assert_int_equal(mpcc_batch_done_id(rig->mpcc, rig->calls[0].id, -42), MPCC_EALREADY);
  rig_step(rig, 2);

  assert_fates(rig, 2, 0, 0);
  rig_close(rig);
}

/* What the hook answers early, and what it then returns. */
struct early {
  int status;
  int answer;
  bool by_id;
};

static int answer_early(rig_t *rig, mpcc_batch_t *batch)
{
  const struct early *early = rig->hook_arg;
  uint64_t id = batch->id;
  rig_keep(rig, early->by_id ? mpcc_batch_done_id(rig->mpcc, id, early->status)
                             : mpcc_batch_done(batch, early->status));
  rig_keep(rig, mpcc_batch_done_id(rig->mpcc, id, -99));
  return early->answer;
}

static void an_answer_before_the_pump_returns_counts_and_what_it_returns_does_not(void **state)
{
  (void)state;
  static const int statuses[] = {0, -42};
  static const int answers[] = {0, -7, MPCC_PENDING};
  for (unsigned k = 0; k < 2 * 3 * 2; k++) {
    struct early early = {statuses[k % 2], answers[k / 2 % 3], k >= 6};
    rig_t *rig = rig_run(2, MPCC_NO_INTERVAL);
    rig->on_pump = answer_early;
    rig->hook_arg = &early;

    rig_push(rig, 0, 0, 2);
    rig_step(rig, 1);

    assert_int_equal(rig->got[0], 0);
    assert_int_equal(rig->got[1], MPCC_EALREADY);
    assert_fates(rig, early.status == 0 ? 2 : 0, early.status == 0 ? 0 : 2, 0);
    assert_int_equal(rig_calls(rig), early.status == 0 ? 1 : 2);
    if (early.status != 0)
      assert_drop(rig, 1, 0, 0, 2, -42);
    rig_close(rig);
  }
}

static void finish_again(rig_t *rig, const mpcc_batch_t *batch, int reason)
{
  (void)reason;
  rig_keep(rig, mpcc_batch_done_id(rig->mpcc, batch->id, 0));
  rig_keep(rig, mpcc_batch_done((mpcc_batch_t *)(uintptr_t)batch, 0));
}

static void a_batch_shown_to_on_drop_is_already_done(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, MPCC_NO_INTERVAL);
  rig->on_drop = finish_again;
  rig->answer = -7;

  rig_push(rig, 0, 0, 2);
  rig_step(rig, 1);

  assert_int_equal(rig->got_count, 2);
  assert_int_equal(rig->got[0], MPCC_EALREADY);
  assert_int_equal(rig->got[1], MPCC_EALREADY);
  assert_fates(rig, 0, 2, 0);
  rig_close(rig);
}

static void batches_may_be_done_in_any_order(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 3);
  options.max_concurrency = 8;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 3 * 16);
  rig_step(rig, 1);
  static const size_t order[] = {7, 0, 3, 6, 1, 5, 2, 4};

  for (size_t i = 0; i < 8; i++)
    assert_int_equal(rig_done(rig, order[i], i % 2 == 0 ? 0 : -42), 0);
  rig_step(rig, 2);

  assert_int_equal(rig_count(rig, CALL_PUMP), 16);
  assert_int_equal(rig_count(rig, CALL_DROP), 4);
  assert_fates(rig, 12, 12, 8);
  rig_close(rig);
}

struct racer {
  rig_t *rig;
  uint64_t id;
  int result;
};

static void finish_by_id(void *arg)
{
  struct racer *racer = arg;
  racer->result = mpcc_batch_done_id(racer->rig->mpcc, racer->id, 0);
}

static void of_threads_that_finish_one_batch_at_once_exactly_one_wins(void **state)
{
  (void)state;
  enum { THREADS = 4, ROUNDS = 200 };
  rig_t *rig = rig_run(1, MPCC_NO_INTERVAL);
  rig->answer = MPCC_PENDING;

  for (uint64_t round = 0; round < ROUNDS; round++) {
    struct racer racers[THREADS];
    rig_push(rig, 0, round, 1);
    rig_step(rig, round);
    assert_int_equal(rig_calls(rig), round + 1);
    for (size_t i = 0; i < THREADS; i++)
      racers[i] = (struct racer){rig, rig->calls[round].id, 1};

    crew_run(finish_by_id, racers, sizeof(racers[0]), THREADS);

    unsigned winners = 0;
    for (size_t i = 0; i < THREADS; i++) {
      assert_true(racers[i].result == 0 || racers[i].result == MPCC_EALREADY);
      winners += racers[i].result == 0;
    }
    assert_int_equal(winners, 1);
  }
  rig_step(rig, ROUNDS);

  assert_fates(rig, ROUNDS, 0, 0);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_pending_batch_stays_in_flight_until_it_is_done),
    cmocka_unit_test(done_with_an_error_drops_the_batch_for_that_reason),
    cmocka_unit_test(done_by_id_is_done),
    cmocka_unit_test(a_second_answer_is_told_so_and_changes_nothing),
    cmocka_unit_test(pending_is_no_status),
    cmocka_unit_test(a_batch_that_the_pump_finished_by_its_answer_can_not_be_done_again),
    cmocka_unit_test(an_answer_before_the_pump_returns_counts_and_what_it_returns_does_not),
    cmocka_unit_test(a_batch_shown_to_on_drop_is_already_done),
    cmocka_unit_test(batches_may_be_done_in_any_order),
    cmocka_unit_test(of_threads_that_finish_one_batch_at_once_exactly_one_wins),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
