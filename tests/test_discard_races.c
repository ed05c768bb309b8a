/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_discard() with the library's own loop and producers beside it: the cut is at the call for
   the thread that makes it, and wherever it falls for the others, every item has one fate. */

#include <sched.h>
#include <string.h>

#include "crew.h"
#include "picks.h"

enum { NOISY = 2, SLOTS = 3, HOUR_MS = 3600000 };

struct producer {
  rig_t *rig;
  uint64_t number;
  uint64_t next[SLOTS];
  uint64_t count; /* 0: until it is over */
  int odd_answer;
};

static atomic_bool over;

static void push_next(struct producer *producer, uint32_t slot, size_t count)
{
  uint64_t items[16];
  for (size_t i = 0; i < count; i++)
    items[i] = producer->number << 32 | producer->next[slot]++;
  ptrdiff_t taken = count == 1 ? mpcc_push(producer->rig->mpcc, items, slot) + 1
                               : mpcc_push_many(producer->rig->mpcc, items, count, slot);
  if (taken != (ptrdiff_t)count)
    producer->odd_answer = -1;
}

static void produce(void *arg)
{
  struct producer *producer = arg;
  uint64_t random = producer->number + 3;
  for (uint64_t i = 0; producer->count == 0 || i < producer->count; i++) {
    if (producer->count == 0 && atomic_load_explicit(&over, memory_order_relaxed))
      return;
    mpcc_stats_t stats;
    if (producer->count == 0 && i % 64 == 0 && mpcc_stats(producer->rig->mpcc, &stats) == 0 &&
        stats.queued > 500) { /* nobody but the loop makes it less */
      sched_yield();
      i--;
      continue;
    }
    random = random * 6364136223846793005u + 1442695040888963407u;
    push_next(producer, (uint32_t)(random >> 33) % SLOTS, 1 + (random >> 40) % 5);
    if (producer->number >= 10 && i % 50 == 0 &&
        mpcc_discard(producer->rig->mpcc,
                     i % 200 == 0 ? MPCC_ALL_SLOTS : (uint32_t)(random >> 50) % SLOTS) != 0)
      producer->odd_answer = -2;
  }
}

static void *produce_on_a_thread(void *arg)
{
  produce(arg);
  return NULL;
}

static rig_t *rig_threaded(uint32_t batch_size, uint32_t concurrency, uint64_t interval_ms)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.manual = false;
  options.slot_count = SLOTS;
  options.max_concurrency = concurrency;
  options.push_interval_ms = interval_ms;
  rig_t *rig = rig_open(&options);
  atomic_store_explicit(&over, false, memory_order_relaxed);
  rig_start(rig);
  return rig;
}

/* Each producer's items once and in order, whether pumped or dropped: with one batch at a time what
   is dropped and what is pumped come in turn. */
static void check_order(const rig_t *rig, const struct producer *producers, size_t count)
{
  for (size_t p = 0; p < count; p++) {
    uint64_t next[SLOTS] = {0};
    for (size_t i = 0; i < rig_calls(rig); i++) {
      const call_t *call = &rig->calls[i];
      for (size_t k = 0; k < call->count; k++) {
        uint64_t item = rig->items[call->first + k];
        if (item >> 32 != producers[p].number)
          continue;
        assert_int_equal(item & UINT32_MAX, next[call->slot]);
        next[call->slot]++;
      }
    }
    assert_int_equal(producers[p].odd_answer, 0);
    for (uint32_t slot = 0; slot < SLOTS; slot++)
      assert_int_equal(next[slot], producers[p].next[slot]);
  }
}

struct goal {
  const rig_t *rig;
  uint64_t delivered, dropped;
};

static bool is_reached(void *arg)
{
  const struct goal *goal = arg;
  mpcc_stats_t stats = stats_of(goal->rig, 0);
  return stats.delivered >= goal->delivered && stats.dropped >= goal->dropped;
}

static void the_push_that_fills_a_batch_behind_a_cut_finds_the_loop(void **state)
{
  (void)state;
  enum { BATCH = 4 };
  rig_t *rig = rig_threaded(BATCH, 1, HOUR_MS);
  struct goal goal = {rig, 0, 0};
  for (size_t round = 0; round < 600; round++) {
    size_t before = 1 + round % (BATCH - 1), behind = 1 + round / 3 % (BATCH - 1);
    rig_push(rig, 0, 1000, before);
    assert_int_equal(mpcc_discard(rig->mpcc, 0), 0);
    rig_push(rig, 0, 0, behind);
    goal.dropped += before;
    if (round % 2 == 0) /* the loop has already dealt with it, and sleeps */
      assert_true(crew_await(is_reached, &goal));
    rig_push(rig, 0, behind, BATCH - behind);
    goal.delivered += BATCH;
    assert_true(crew_await(is_reached, &goal));
  }

  assert_full_batches(rig, 0, 599, 0, 1, BATCH);
  for (size_t n = 0; n < 600; n++)
    assert_batch(rig, pick(rig, CALL_PUMP, 0, n), 0, 0, BATCH, MPCC_DUE_FULL);
  assert_fates(rig, goal.delivered, goal.dropped, 0);
  rig_close(rig);
}

static void what_one_pushes_behind_one_s_own_cut_is_delivered(void **state)
{
  (void)state;
  rig_t *rig = rig_threaded(8, 1, HOUR_MS);
  struct producer producers[NOISY + 1];
  pthread_t threads[NOISY];
  memset(producers, 0, sizeof(producers));
  for (uint64_t i = 0; i <= NOISY; i++) {
    producers[i].rig = rig;
    producers[i].number = i;
  }
  for (size_t i = 0; i < NOISY; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, produce_on_a_thread, &producers[i]), 0);

  static uint64_t kept[300][2]; /* from, to: mine that no discard may touch */
  struct producer *me = &producers[NOISY];
  int odd = 0;
  for (size_t round = 0; round < 300; round++) {
    push_next(me, 1, round % 13);
    odd |= mpcc_discard(rig->mpcc, round % 7 == 0 ? MPCC_ALL_SLOTS : 1);
    kept[round][0] = me->next[1];
    push_next(me, 1, 1 + round % 11);
    kept[round][1] = me->next[1];
    odd |= mpcc_flush_wait(rig->mpcc, 1, MPCC_NO_TIMEOUT);
  }
  atomic_store_explicit(&over, true, memory_order_relaxed);
  for (size_t i = 0; i < NOISY; i++)
    pthread_join(threads[i], NULL);
  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);

  assert_int_equal(odd, 0);
  check_order(rig, producers, NOISY + 1);
  size_t round = 0;
  for (size_t i = 0; i < rig_calls(rig); i++) {
    const call_t *call = &rig->calls[i];
    for (size_t k = 0; k < call->count && call->slot == 1; k++) {
      uint64_t item = rig->items[call->first + k];
      if (item >> 32 != NOISY)
        continue;
      while (round < 300 && (item & UINT32_MAX) >= kept[round][1])
        round++;
      bool mine = round < 300 && (item & UINT32_MAX) >= kept[round][0];
      assert_true(!mine || call->kind == CALL_PUMP);
    }
  }
  rig_close(rig);
}

static void wherever_discards_fall_every_item_has_one_fate(void **state)
{
  (void)state;
  for (uint32_t batch_size = 1; batch_size <= 65; batch_size += 32) {
    rig_t *rig = rig_threaded(batch_size, 1, 1);
    struct producer producers[4];
    memset(producers, 0, sizeof(producers));
    for (uint64_t i = 0; i < 4; i++) {
      producers[i].rig = rig;
      producers[i].number = i < 2 ? i : 10 + i; /* two of them discard as well */
      producers[i].count = 6000;
    }

    crew_run(produce, producers, sizeof(producers[0]), 4);
    assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
    assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);

    check_order(rig, producers, 4);
    assert_true(stats_of(rig, MPCC_ALL_SLOTS).dropped > 0);
    rig_close(rig);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_push_that_fills_a_batch_behind_a_cut_finds_the_loop),
    cmocka_unit_test(what_one_pushes_behind_one_s_own_cut_is_delivered),
    cmocka_unit_test(wherever_discards_fall_every_item_has_one_fate),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
