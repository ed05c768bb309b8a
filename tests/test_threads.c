/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Producers on threads of their own, with the library's thread beside them. An item says who
 * pushed it, into which slot, and the how-manyth of its producer in that slot it is.
 */

#include "harness.h"

#include <pthread.h>
#include <string.h>

#include "crew.h"

enum { PRODUCERS = 4, SLOTS = 8 };

struct producer {
  rig_t *rig;
  uint64_t number;
  uint64_t count;           /* how many to push; 0: until it is closed */
  uint64_t accepted[SLOTS]; /* per slot: the sequence of the next item */
  uint64_t full;            /* answers of MPCC_EFULL */
  int odd_answer;           /* one that should not come */
  int (*push)(struct producer *producer, uint64_t item, uint32_t slot);
};

static uint64_t item_of(uint64_t producer, uint32_t slot, uint64_t sequence)
{
  return producer << 56 | (uint64_t)slot << 48 | sequence;
}

static int push_plainly(struct producer *producer, uint64_t item, uint32_t slot)
{
  return mpcc_push(producer->rig->mpcc, &item, slot);
}

static int push_waiting(struct producer *producer, uint64_t item, uint32_t slot)
{
  return mpcc_push_wait(producer->rig->mpcc, &item, slot, MPCC_NO_TIMEOUT);
}

static void produce(void *arg)
{
  struct producer *producer = arg;
  uint64_t random = producer->number + 1;
  uint64_t pushed = 0;

  while (producer->count == 0 || pushed < producer->count) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    uint32_t slot = (uint32_t)(random >> 40) % SLOTS;
    uint64_t item = item_of(producer->number, slot, producer->accepted[slot]);
    int result = producer->push(producer, item, slot);
    pushed += result == 0;
    producer->accepted[slot] += result == 0;
    producer->full += result == MPCC_EFULL;
    if (result == MPCC_ECLOSED)
      break;
    if (result != 0 && result != MPCC_EFULL)
      producer->odd_answer = result;
  }
}

static rig_t *rig_threaded(uint32_t batch_size, uint64_t interval_ms, size_t capacity)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.manual = false;
  options.push_interval_ms = interval_ms;
  options.slot_count = SLOTS;
  options.capacity = capacity;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  return rig;
}

static void hire(struct producer *producers, rig_t *rig, uint64_t count,
                 int (*push)(struct producer *, uint64_t, uint32_t))
{
  memset(producers, 0, PRODUCERS * sizeof(*producers));
  for (uint64_t i = 0; i < PRODUCERS; i++) {
    producers[i].rig = rig;
    producers[i].number = i;
    producers[i].count = count;
    producers[i].push = push;
  }
}

/* Every accepted item was seen once, in its slot, in its producer's order. */
static void check_items(const rig_t *rig, const struct producer *producers)
{
  uint64_t next[PRODUCERS][SLOTS] = {{0}};
  for (size_t i = 0; i < rig_calls(rig); i++) {
    const call_t *call = &rig->calls[i];
    for (size_t k = 0; k < call->count; k++) {
      uint64_t item = rig->items[call->first + k];
      uint64_t producer = item >> 56;
      assert_in_range(producer, 0, PRODUCERS - 1);
      assert_int_equal(item, item_of(producer, call->slot, next[producer][call->slot]));
      next[producer][call->slot]++;
    }
  }
  for (size_t p = 0; p < PRODUCERS; p++) {
    assert_int_equal(producers[p].odd_answer, 0);
    for (size_t slot = 0; slot < SLOTS; slot++)
      assert_int_equal(next[p][slot], producers[p].accepted[slot]);
  }
}

static void drain(rig_t *rig)
{
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
}

static void racing_producers_lose_nothing_and_keep_their_own_order(void **state)
{
  (void)state;
  static const uint32_t sizes[] = {1, 7, 100};
  for (size_t k = 0; k < 3; k++) {
    rig_t *rig = rig_threaded(sizes[k], 1, 0);
    struct producer producers[PRODUCERS];
    hire(producers, rig, 20000, push_plainly);

    crew_run(produce, producers, sizeof(producers[0]), PRODUCERS);
    drain(rig);

    assert_fates(rig, PRODUCERS * 20000, 0, 0);
    check_items(rig, producers);
    rig_close(rig);
  }
}

static void racing_producers_share_what_capacity_there_is(void **state)
{
  (void)state;
  static const size_t capacities[] = {1, 3, 10, 64};
  for (size_t k = 0; k < 4; k++) {
    rig_t *rig = rig_threaded(10, 1, capacities[k]);
    struct producer producers[PRODUCERS];
    hire(producers, rig, 3000, push_waiting);

    crew_run(produce, producers, sizeof(producers[0]), PRODUCERS);
    drain(rig);

    assert_fates(rig, PRODUCERS * 3000, 0, 0);
    mpcc_stats_t stats;
    assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
    assert_true(stats.queued_peak <= capacities[k]);
    check_items(rig, producers);
    rig_close(rig);
  }
}

static void refused_pushes_of_racing_producers_leave_no_trace(void **state)
{
  (void)state;
  rig_t *rig = rig_threaded(10, 1, 13);
  struct producer producers[PRODUCERS];
  hire(producers, rig, 10000, push_plainly);

  crew_run(produce, producers, sizeof(producers[0]), PRODUCERS);
  drain(rig);

  mpcc_stats_t stats;
  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  uint64_t full = 0;
  for (size_t i = 0; i < PRODUCERS; i++)
    full += producers[i].full;
  assert_int_equal(stats.rejected, full);
  assert_true(stats.queued_peak <= 13);
  check_items(rig, producers);
  rig_close(rig);
}

/* The first of the crew completes, in the middle of what the others do. */
struct closer {
  struct producer producer;
  int mode;
  int result;
};

static void produce_or_close(void *arg)
{
  struct closer *closer = arg;
  rig_t *rig = closer->producer.rig;
  if (closer->producer.number != 0) {
    produce(&closer->producer);
    return;
  }
  rig_await_calls(rig, 20);
  closer->result = rig_complete(rig, closer->mode);
}

static void every_item_accepted_before_the_completion_has_its_fate(void **state)
{
  (void)state;
  for (int round = 0; round < 20; round++) {
    rig_t *rig = rig_threaded(20, round % 3 == 0 ? MPCC_NO_INTERVAL : 1, 0);
    rig->answer = round % 5 == 0 ? -7 : 0;
    struct producer producers[PRODUCERS];
    struct closer closers[PRODUCERS];
    hire(producers, rig, 0, push_plainly);
    for (size_t i = 0; i < PRODUCERS; i++)
      closers[i] = (struct closer){producers[i], round % 2, 0};

    crew_run(produce_or_close, closers, sizeof(closers[0]), PRODUCERS);
    assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);

    uint64_t accepted = 0;
    for (size_t i = 0; i < PRODUCERS; i++) {
      assert_int_equal(closers[i].result, 0);
      assert_int_equal(closers[i].producer.odd_answer, 0);
      for (size_t slot = 0; slot < SLOTS; slot++)
        accepted += closers[i].producer.accepted[slot];
    }
    mpcc_stats_t stats;
    assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
    assert_int_equal(stats.pushed, accepted);
    assert_int_equal(stats.delivered + stats.dropped, accepted);
    if (rig->answer == 0 && round % 2 == MPCC_DRAIN)
      assert_int_equal(stats.dropped, 0);
    rig_close(rig); /* compares with the log */
  }
}

static bool everything_is_delivered(void *arg)
{
  rig_t *rig = arg;
  mpcc_stats_t stats;
  (void)mpcc_flush(rig->mpcc, MPCC_ALL_SLOTS);
  return mpcc_stats(rig->mpcc, &stats) == 0 && stats.delivered == PRODUCERS * 5000;
}

static int push_and_flush(struct producer *producer, uint64_t item, uint32_t slot)
{
  int result = mpcc_push(producer->rig->mpcc, &item, slot);
  if (item % 64 == 0 && mpcc_flush(producer->rig->mpcc, slot) != 0)
    producer->odd_answer = 1;
  return result;
}

static void flushes_of_racing_producers_leave_nothing_behind(void **state)
{
  (void)state;
  rig_t *rig = rig_threaded(50, MPCC_NO_INTERVAL, 0);
  struct producer producers[PRODUCERS];
  hire(producers, rig, 5000, push_and_flush);

  crew_run(produce, producers, sizeof(producers[0]), PRODUCERS);

  assert_true(crew_await(everything_is_delivered, rig));
  drain(rig);
  check_items(rig, producers);
  rig_close(rig);
}

static void *read_stats(void *arg)
{
  rig_t *rig = arg;
  mpcc_stats_t last = {0}, now;
  uintptr_t wrong = 0;
  do {
    (void)mpcc_stats(rig->mpcc, &now);
    wrong += now.delivered + now.dropped > now.pushed;
    wrong += now.pushed < last.pushed || now.delivered < last.delivered;
    wrong += now.batches < last.batches;
    last = now;
  } while (mpcc_wait(rig->mpcc, 0) != 0);
  return (void *)wrong;
}

static void a_reader_of_stats_never_sees_more_fates_than_pushes(void **state)
{
  (void)state;
  rig_t *rig = rig_threaded(3, 1, 0);
  struct producer producers[PRODUCERS];
  hire(producers, rig, 10000, push_plainly);
  pthread_t reader;
  assert_int_equal(pthread_create(&reader, NULL, read_stats, rig), 0);

  crew_run(produce, producers, sizeof(producers[0]), PRODUCERS);
  drain(rig);

  void *wrong = NULL;
  pthread_join(reader, &wrong);
  assert_null(wrong);
  rig_close(rig);
}

static pthread_mutex_t user_mutex = PTHREAD_MUTEX_INITIALIZER;

static int push_under_mutex(struct producer *producer, uint64_t item, uint32_t slot)
{
  pthread_mutex_lock(&user_mutex);
  int result = mpcc_push(producer->rig->mpcc, &item, slot);
  pthread_mutex_unlock(&user_mutex);
  return result;
}

static int pump_under_mutex(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  (void)batch;
  pthread_mutex_lock(&user_mutex);
  pthread_mutex_unlock(&user_mutex);
  return 0;
}

static void a_lock_held_around_a_push_may_be_taken_by_the_pump(void **state)
{
  (void)state;
  rig_t *rig = rig_threaded(3, 1, 40);
  rig->on_pump = pump_under_mutex;
  struct producer producers[PRODUCERS];
  hire(producers, rig, 5000, push_under_mutex);

  crew_run(produce, producers, sizeof(producers[0]), PRODUCERS);
  drain(rig);

  check_items(rig, producers);
  rig_close(rig);
}

/* A thread with a cancellation pending: the first cancellation point ends it. (It has no array or
   addressed variable of its own: AddressSanitizer does not follow the unwinding of its stack.) */
struct doomed {
  rig_t *rig;
  uint64_t item;
  int result;
  bool returned;
};

static void *push_while_cancelled(void *arg)
{
  struct doomed *doomed = arg;
  pthread_cancel(pthread_self());
  doomed->result = mpcc_push(doomed->rig->mpcc, &doomed->item, 0);
  doomed->returned = true;
  pthread_testcancel();
  return NULL;
}

static void a_push_is_no_cancellation_point_and_still_wakes_the_loop(void **state)
{
  (void)state;
  rig_t *rig = rig_threaded(1, MPCC_NO_INTERVAL, 0);
  for (size_t i = 0; i < 50; i++) {
    struct doomed doomed = {.rig = rig, .result = 1};
    pthread_t thread;
    void *ended = NULL;

    assert_int_equal(pthread_create(&thread, NULL, push_while_cancelled, &doomed), 0);
    pthread_join(thread, &ended);

    assert_ptr_equal(ended, PTHREAD_CANCELED);
    assert_true(doomed.returned);
    assert_int_equal(doomed.result, 0);
    assert_true(rig_await_calls(rig, 2 * i + 1));
    rig_push(rig, 0, 0, 1);
    assert_true(rig_await_calls(rig, 2 * i + 2));
  }
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(racing_producers_lose_nothing_and_keep_their_own_order),
    cmocka_unit_test(racing_producers_share_what_capacity_there_is),
    cmocka_unit_test(refused_pushes_of_racing_producers_leave_no_trace),
    cmocka_unit_test(every_item_accepted_before_the_completion_has_its_fate),
    cmocka_unit_test(flushes_of_racing_producers_leave_nothing_behind),
    cmocka_unit_test(a_reader_of_stats_never_sees_more_fates_than_pushes),
    cmocka_unit_test(a_lock_held_around_a_push_may_be_taken_by_the_pump),
    cmocka_unit_test(a_push_is_no_cancellation_point_and_still_wakes_the_loop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
