/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Threads that finish, cancel, start and complete at the same moment. */

#include "harness.h"

#include <pthread.h>
#include <string.h>

#include "crew.h"

enum { FINISHERS = 2, ROOM = 64, CAP = 3, SLOTS = 4 };

/* Where the pump leaves its batches for the finishers. */
struct desk {
  pthread_mutex_t mutex; /* guards all below */
  pthread_cond_t cond;
  mpcc_batch_t *batches[ROOM];
  size_t count;
  bool closed;
  uint32_t in_flight[SLOTS];
  uint32_t in_flight_peak;
  uint64_t random;
};

static void desk_open(struct desk *desk)
{
  memset(desk, 0, sizeof(*desk));
  pthread_mutex_init(&desk->mutex, NULL);
  pthread_cond_init(&desk->cond, NULL);
  desk->random = 1;
}

static void desk_close(struct desk *desk)
{
  pthread_mutex_lock(&desk->mutex);
  desk->closed = true;
  pthread_cond_broadcast(&desk->cond);
  pthread_mutex_unlock(&desk->mutex);
}

static int leave_on_the_desk(rig_t *rig, mpcc_batch_t *batch)
{
  struct desk *desk = rig->hook_arg;
  pthread_mutex_lock(&desk->mutex);
  desk->batches[desk->count++] = batch;
  if (++desk->in_flight[batch->slot] > desk->in_flight_peak)
    desk->in_flight_peak = desk->in_flight[batch->slot];
  pthread_cond_signal(&desk->cond);
  pthread_mutex_unlock(&desk->mutex);
  return MPCC_PENDING;
}

/* One of those that lie there, by chance: batches are done in any order. */
static mpcc_batch_t *take_from_the_desk(struct desk *desk)
{
  mpcc_batch_t *batch = NULL;
  pthread_mutex_lock(&desk->mutex);
  while (desk->count == 0 && !desk->closed)
    pthread_cond_wait(&desk->cond, &desk->mutex);
  if (desk->count > 0) {
    desk->random = desk->random * 6364136223846793005u + 1442695040888963407u;
    size_t which = (size_t)(desk->random >> 40) % desk->count;
    batch = desk->batches[which];
    desk->batches[which] = desk->batches[--desk->count];
  }
  pthread_mutex_unlock(&desk->mutex);
  return batch;
}

/* Just before the done: from there on the next batch of the slot may come. */
static void leave_the_desk(struct desk *desk, const mpcc_batch_t *batch)
{
  pthread_mutex_lock(&desk->mutex);
  desk->in_flight[batch->slot]--;
  pthread_mutex_unlock(&desk->mutex);
}

struct finisher {
  pthread_t thread;
  rig_t *rig;
  struct desk *desk;
  uint64_t refused;
  uint64_t told_apart; /* second answers by id that were told so */
  uint64_t done;
};

static void *finish(void *arg)
{
  struct finisher *finisher = arg;
  for (;;) {
    mpcc_batch_t *batch = take_from_the_desk(finisher->desk);
    if (batch == NULL)
      return NULL;
    uint64_t id = batch->id;
    int status = id % 3 == 0 ? -7 : 0;
    leave_the_desk(finisher->desk, batch);
    int result = finisher->done % 2 == 0 ? mpcc_batch_done(batch, status)
                                         : mpcc_batch_done_id(finisher->rig->mpcc, id, status);
    finisher->refused += result != 0;
    finisher->told_apart += mpcc_batch_done_id(finisher->rig->mpcc, id, 0) == MPCC_EALREADY;
    finisher->done++;
  }
}

static void hire(struct finisher *finishers, rig_t *rig, struct desk *desk)
{
  rig->on_pump = leave_on_the_desk;
  rig->hook_arg = desk;
  for (size_t i = 0; i < FINISHERS; i++) {
    finishers[i] = (struct finisher){.rig = rig, .desk = desk};
    assert_int_equal(pthread_create(&finishers[i].thread, NULL, finish, &finishers[i]), 0);
  }
}

static void dismiss(struct finisher *finishers, struct desk *desk)
{
  desk_close(desk);
  for (size_t i = 0; i < FINISHERS; i++)
    pthread_join(finishers[i].thread, NULL);
  pthread_cond_destroy(&desk->cond);
  pthread_mutex_destroy(&desk->mutex);
}

static rig_t *rig_threaded(void)
{
  mpcc_options_t options;
  rig_options(&options, 5);
  options.manual = false;
  options.push_interval_ms = 1;
  options.slot_count = SLOTS;
  options.max_concurrency = CAP;
  return rig_open(&options);
}

static void batches_done_by_other_threads_are_done_once_and_never_over_the_cap(void **state)
{
  (void)state;
  rig_t *rig = rig_threaded();
  struct desk desk;
  struct finisher finishers[FINISHERS];
  desk_open(&desk);
  hire(finishers, rig, &desk);
  rig_start(rig);

  for (uint64_t i = 0; i < 40000; i++)
    rig_push(rig, (uint32_t)(i % SLOTS), i, 1);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
  dismiss(finishers, &desk);

  uint64_t next[SLOTS] = {0, 1, 2, 3}, failed = 0, done = 0;
  for (size_t i = 0; i < rig_calls(rig); i++) {
    const call_t *call = &rig->calls[i];
    failed += call->kind == CALL_DROP ? call->count : 0;
    for (size_t k = 0; call->kind == CALL_PUMP && k < call->count; k++) {
      assert_int_equal(rig->items[call->first + k], next[call->slot]);
      next[call->slot] += SLOTS;
    }
  }
  for (size_t i = 0; i < FINISHERS; i++) {
    assert_int_equal(finishers[i].refused, 0);
    assert_int_equal(finishers[i].told_apart, finishers[i].done);
    done += finishers[i].done;
  }
  assert_int_equal(done, rig_count(rig, CALL_PUMP));
  assert_in_range(desk.in_flight_peak, 1, CAP);
  assert_fates(rig, 40000 - failed, failed, 0);
  rig_close(rig);
}

static void look_while_it_may_be_done(rig_t *rig, mpcc_batch_t *batch)
{
  uint64_t sum = 0;
  for (size_t i = 0; i < batch->count; i++)
    sum += ((const uint64_t *)batch->items)[i];
  if (sum != 5 * 77 || !mpcc_batch_cancelled(batch))
    rig_keep(rig, 1);
}

static void a_done_may_meet_the_cancel_of_its_batch(void **state)
{
  (void)state;
  for (int round = 0; round < 100; round++) {
    rig_t *rig = rig_threaded();
    struct desk desk;
    struct finisher finishers[FINISHERS];
    desk_open(&desk);
    hire(finishers, rig, &desk);
    rig->on_cancel = look_while_it_may_be_done;
    for (uint64_t i = 0; i < 200; i++)
      rig_push(rig, (uint32_t)(i / 5 % SLOTS), 77, 1);
    rig_start(rig);
    if (round % 2 == 0)
      rig_await_calls(rig, 1);

    assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
    assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
    dismiss(finishers, &desk);

    for (size_t i = 0; i < FINISHERS; i++)
      assert_int_equal(finishers[i].refused, 0);
    assert_int_equal(rig->got_count, 0);
    assert_true(rig_count(rig, CALL_CANCEL) <= rig_count(rig, CALL_PUMP));
    rig_close(rig); /* every item once, by log and counters */
  }
}

struct caller {
  rig_t *rig;
  int mode;
  int result;
};

static void start_it(void *arg)
{
  struct caller *caller = arg;
  caller->result = mpcc_start(caller->rig->mpcc, rig_on_pump, caller->rig);
}

static void complete_it(void *arg)
{
  struct caller *caller = arg;
  caller->result = rig_complete(caller->rig, caller->mode);
}

static unsigned winners(const struct caller *callers, unsigned count)
{
  unsigned zeros = 0;
  for (unsigned i = 0; i < count; i++) {
    assert_true(callers[i].result == 0 || callers[i].result == MPCC_EALREADY);
    zeros += callers[i].result == 0;
  }
  return zeros;
}

static void of_threads_that_start_or_complete_at_once_exactly_one_wins(void **state)
{
  (void)state;
  enum { THREADS = 4 };
  rig_t *rig = rig_threaded();
  for (unsigned life = 0; life < 100; life++) {
    struct caller callers[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
      callers[i] = (struct caller){rig, (int)(life % 2), 1};

    crew_run(start_it, callers, sizeof(callers[0]), THREADS);
    assert_int_equal(winners(callers, THREADS), 1);
    rig_push(rig, 0, life, 1);
    crew_run(complete_it, callers, sizeof(callers[0]), THREADS);
    assert_int_equal(winners(callers, THREADS), 1);
    assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);

    assert_int_equal(rig_count(rig, CALL_COMPLETE), life + 1);
  }
  rig_close(rig);
}

static void a_drain_and_a_discard_at_once_end_in_one_completion(void **state)
{
  (void)state;
  rig_t *rig = rig_threaded();
  for (unsigned life = 0; life < 100; life++) {
    struct caller callers[2] = {{rig, MPCC_DRAIN, 1}, {rig, MPCC_DISCARD, 1}};
    rig_start(rig);
    rig_push(rig, life % SLOTS, life, 3);

    crew_run(complete_it, callers, sizeof(callers[0]), 2);
    assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);

    /* The discard wins before the drain and goes on from it after; too late is too late. */
    assert_true(callers[0].result == 0 || callers[1].result == 0);
    assert_true(callers[0].result == 0 || callers[0].result == MPCC_EALREADY);
    assert_true(callers[1].result == 0 || callers[1].result == MPCC_EALREADY);
    assert_int_equal(rig_count(rig, CALL_COMPLETE), life + 1);
  }
  rig_close(rig);
}

static int wait_for_the_end(void *arg)
{
  return mpcc_wait(arg, MPCC_NO_TIMEOUT);
}

static void every_waiter_is_told_of_the_end(void **state)
{
  (void)state;
  rig_t *rig = rig_threaded();
  sleeper_t sleepers[4];
  rig->answer = MPCC_PENDING;
  rig_start(rig);
  rig_push(rig, 0, 0, 5);
  assert_true(rig_await_calls(rig, 1));
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  for (size_t i = 0; i < 4; i++)
    sleeper_start(&sleepers[i], wait_for_the_end, rig->mpcc);

  bool was_up = false;
  for (size_t i = 0; i < 4; i++)
    was_up |= sleeper_is_up(&sleepers[i]);
  assert_int_equal(rig_done(rig, 0, 0), 0);

  for (size_t i = 0; i < 4; i++)
    assert_int_equal(sleeper_join(&sleepers[i]), 0);
  assert_false(was_up);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(batches_done_by_other_threads_are_done_once_and_never_over_the_cap),
    cmocka_unit_test(a_done_may_meet_the_cancel_of_its_batch),
    cmocka_unit_test(of_threads_that_start_or_complete_at_once_exactly_one_wins),
    cmocka_unit_test(a_drain_and_a_discard_at_once_end_in_one_completion),
    cmocka_unit_test(every_waiter_is_told_of_the_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
