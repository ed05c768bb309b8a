/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Every allocation of a script refused in turn: once, until a call is told so, from then on. */

#include "refusal.h"

#include "crew.h"

/* The thread sanitizer takes long for each instance's memory, and one thread has nothing for it. */
#if defined(__SANITIZE_THREAD__)
#define STRIDE 40
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STRIDE 40
#endif
#endif
#ifndef STRIDE
#define STRIDE 1
#endif

/* What a script's instance is like, and how it stops. */
struct script {
  size_t capacity;
  size_t max_memory;
  size_t max_weight;
  uint32_t attempts;
  bool isolate;
  bool abandons; /* in the middle, and starts again */
  int mode;
};

static const struct script scripts[] = {
  {0, 0, 0, 1, false, false, MPCC_DRAIN},
  {0, 0, 0, 3, true, false, MPCC_DRAIN},
  {0, 0, 0, 3, true, true, MPCC_DISCARD},
  {0, 0, 0, 2, false, true, MPCC_ABANDON},
  {0, 0, 20, 2, true, false, MPCC_DRAIN},
  {0, 0, 20, 2, false, true, MPCC_ABANDON},
  {0, 3 << 20, 0, 3, true, true, MPCC_DISCARD},
  {48, 3 << 20, 0, 2, false, true, MPCC_DRAIN},
  {48, 0, 0, 3, true, false, MPCC_DRAIN},
  {48, 0, 20, 3, true, true, MPCC_DISCARD},
  {10, 0, 0, 2, true, true, MPCC_ABANDON},
  {48, 0, 0, 2, false, true, MPCC_DRAIN},
};

enum { SCRIPTS = sizeof(scripts) / sizeof(scripts[0]) };

static bool open_script(struct refusal *walk, const struct script *script)
{
  mpcc_options_t options;
  mpcc_options_init(&options);
  options.slot_count = 3;
  options.batch_size = 16;
  options.max_concurrency = 2;
  options.push_interval_ms = 20;
  options.capacity = script->capacity;
  options.max_memory = script->max_memory;
  options.max_batch_weight = script->max_weight;
  options.weigh = script->max_weight != 0 ? refusal_weigh : NULL;
  options.max_attempts = script->attempts;
  options.retry_delay_ms = 10;
  options.isolate_failures = script->isolate;
  options.pump_timeout_ms = 100;
  return refusal_create(walk, &options);
}

/* Traffic with every call that traffic knows. */
static void live_a_while(struct refusal *walk, const struct script *script)
{
  bool may_fill = script->capacity != 0 || script->max_memory != 0;
  mpcc_stats_t stats;
  for (uint32_t round = 0; round < 3; round++) {
    refusal_push(walk, 0, 40, may_fill);
    refusal_step(walk, 1);
    refusal_push(walk, 1, 25, may_fill);
    refusal_push(walk, 2, 5, may_fill);
    refusal_flush_wait(walk, round);
    refusal_step(walk, 30);
    refusal_finish(walk);
    refusal_step(walk, 10);
    refusal_expect(walk, mpcc_flush(walk->mpcc, MPCC_ALL_SLOTS), 0);
    if (round == 1)
      refusal_expect(walk, mpcc_discard(walk->mpcc, 1), 0);
    refusal_expect(walk, mpcc_stats(walk->mpcc, &stats), 0);
    refusal_expect(walk, mpcc_slot_stats(walk->mpcc, round, &stats), 0);
    refusal_step(walk, 120); /* some of what is held is cancelled by its time */
  }
  refusal_push(walk, 0, 20, may_fill);
}

/* All that is held stays so: it is finished in the next life. */
static void abandon(struct refusal *walk)
{
  refusal_step(walk, 1);
  refusal_expect(walk, mpcc_complete(walk->mpcc, MPCC_ABANDON, NULL, NULL), 0);
  refusal_step(walk, 1);
  refusal_expect(walk, mpcc_wait(walk->mpcc, 0), 0);
}

/* After a refusal without end there is memory again: the instance is as good as new. */
static void live_once_more(struct refusal *walk)
{
  purse_refuse(&walk->purse, 0, false);
  walk->way = REFUSE_ONCE;
  if (!refusal_start(walk))
    fail_msg("no start with memory");
  refusal_push(walk, 2, 100, true);
  refusal_step(walk, 1);
  refusal_end(walk, MPCC_DRAIN);
}

static void play(struct refusal *walk, const void *arg)
{
  const struct script *script = arg;
  if (!open_script(walk, script))
    return;
  refusal_push(walk, 0, 30, script->capacity != 0 || script->max_memory != 0);
  bool started = refusal_start(walk);
  if (started)
    live_a_while(walk, script);
  if (started && script->abandons) {
    abandon(walk);
    started = refusal_start(walk);
    if (started) {
      refusal_finish(walk);
      live_a_while(walk, script);
    }
  }
  if (started || walk->now_ms == 0) {
    refusal_end(walk, started ? script->mode : MPCC_DISCARD);
  } else {
    /* Without memory it could not start again: STOPPED it is, and gives back what is late. */
    refusal_expect(walk, mpcc_wait(walk->mpcc, 0), 0);
    refusal_finish(walk);
  }
  live_once_more(walk);
  refusal_expect(walk, mpcc_destroy(walk->mpcc), 0);
}

static void whatever_is_refused_nothing_is_lost_and_the_call_can_be_made_again(void **state)
{
  (void)state;
  uint64_t points = 0;
  for (size_t i = 0; i < SCRIPTS; i += STRIDE)
    points += refusal_walk_all(play, &scripts[i], i, 1); /* create asks, at the least */
  print_message("%llu fault points in %d scripts\n", (unsigned long long)points,
                (int)SCRIPTS / STRIDE);
}

static void with_a_capacity_nothing_asks_after_create_but_a_start_after_an_abandon(void **state)
{
  (void)state;
  for (size_t i = 0; i < SCRIPTS; i++) {
    if (scripts[i].capacity == 0 || scripts[i].max_memory != 0)
      continue;
    static struct refusal walk;
    memset(&walk, 0, sizeof(walk));
    purse_open(&walk.purse, &walk.allocator);
    assert_true(open_script(&walk, &scripts[i]));
    uint64_t asked = walk.purse.asked;

    for (int life = 0; life < 3; life++) {
      assert_true(refusal_start(&walk));
      live_a_while(&walk, &scripts[i]);
      if (life < 2) {
        refusal_end(&walk, life == 0 ? MPCC_DRAIN : MPCC_DISCARD);
        continue;
      }
      assert_int_equal(walk.purse.asked, asked);
      refusal_push(&walk, 0, 40, true);
      refusal_step(&walk, 1);
      refusal_push(&walk, 1, 30, true);
      refusal_step(&walk, 1);
      abandon(&walk);
    }
    assert_int_equal(walk.purse.asked, asked);
    assert_true(walk.held_count > 0); /* else there would be nothing to replace */
    assert_true(refusal_start(&walk));
    assert_true(walk.purse.asked > asked);
    asked = walk.purse.asked;
    live_a_while(&walk, &scripts[i]);
    refusal_end(&walk, MPCC_DRAIN);

    assert_int_equal(walk.purse.asked, asked);
    assert_int_equal(walk.told + walk.odd, 0);
    assert_int_equal(mpcc_destroy(walk.mpcc), 0);
    assert_true(purse_close(&walk.purse));
  }
}

/* -- With threads ------------------------------------------------------------------------- */

static int fail_some(mpcc_batch_t *batch, void *state)
{
  const struct refusal_item *items = batch->items;
  (void)state;
  return items[0].number % 7 == 3 ? -5 : 0;
}

static void push_in_every_way(struct refusal *walk, uint64_t count)
{
  while (walk->next < count) {
    struct refusal_item *items = walk->run;
    ptrdiff_t taken;
    for (size_t i = 0; i < 5; i++)
      items[i].number = walk->next;
    if (walk->next % 3 == 0)
      REFUSAL_CALL(walk, taken, mpcc_push_many(walk->mpcc, items, 5, 0));
    else
      REFUSAL_CALL(walk, taken, mpcc_push_wait(walk->mpcc, items, 1, MPCC_NO_TIMEOUT));
    walk->odd += taken < 0 && taken != MPCC_ENOMEM;
    walk->accepted += taken < 0 ? 0 : walk->next % 3 == 0 ? (uint64_t)taken : 1;
    walk->next++;
  }
}

/* An own loop, with or without workers, from create to destroy; the loop goes its own pace. */
static void play_with_threads(struct refusal *walk, int pump_on, int mode)
{
  mpcc_options_t options;
  mpcc_stats_t stats;
  int result;
  rig_options(&options, 16);
  options.item_size = sizeof(struct refusal_item);
  options.manual = false;
  options.slot_count = 2;
  options.pump_on = pump_on;
  options.worker_count = 2;
  options.max_concurrency = 2;
  options.max_attempts = 2;
  options.retry_delay_ms = 1;
  options.isolate_failures = true;
  options.allocator = &walk->allocator;
  REFUSAL_CALL(walk, result, mpcc_create(&walk->mpcc, &options));
  if (result != 0)
    return;
  push_in_every_way(walk, 50);
  REFUSAL_CALL(walk, result, mpcc_start(walk->mpcc, fail_some, NULL));
  if (result == 0) {
    push_in_every_way(walk, 400);
    for (uint32_t slot = 0; slot < 2; slot++)
      refusal_expect(walk, mpcc_flush_wait(walk->mpcc, slot, 60000), 0);
    assert_int_equal(mpcc_stats(walk->mpcc, &stats), 0);
    walk->odd += stats.delivered + stats.dropped != walk->accepted;
    push_in_every_way(walk, 450);
  }
  refusal_expect(walk, mpcc_complete(walk->mpcc, result == 0 ? mode : MPCC_DISCARD, NULL, NULL), 0);
  refusal_expect(walk, mpcc_wait(walk->mpcc, 60000), 0);
  assert_int_equal(mpcc_stats(walk->mpcc, &stats), 0);
  assert_int_equal(stats.pushed, walk->accepted);
  assert_int_equal(stats.pushed, stats.delivered + stats.dropped + stats.orphaned);
  refusal_expect(walk, mpcc_destroy(walk->mpcc), 0);
}

static bool purse_is_whole(void *arg)
{
  purse_t *purse = arg;
  pthread_mutex_lock(&purse->mutex);
  bool whole = purse->live == 0;
  pthread_mutex_unlock(&purse->mutex);
  return whole;
}

static void with_threads_nothing_is_lost_either(void **state)
{
  (void)state;
  uint64_t points = 0;
  for (int kind = 0; kind < 6; kind++)
    for (enum refusal_way way = 0; way < REFUSAL_WAYS; way++) {
      uint64_t refused = 1;
      for (uint64_t k = 1; refused > 0; k++) {
        static struct refusal walk;
        memset(&walk, 0, sizeof(walk));
        purse_open(&walk.purse, &walk.allocator);
        walk.way = way;
        purse_refuse(&walk.purse, k, way != REFUSE_ONCE);

        play_with_threads(&walk, kind % 2 == 0 ? MPCC_PUMP_ON_LOOP : MPCC_PUMP_ON_WORKER,
                          kind / 2);

        refused = purse_refused(&walk.purse);
        points += refused > 0;
        assert_int_equal(walk.odd, 0);
        assert_int_equal(walk.unjust, 0);
        /* A worker that was left inside its pump gives its batch back when that returns. */
        assert_true(crew_await(purse_is_whole, &walk.purse));
        assert_true(purse_close(&walk.purse));
      }
    }
  print_message("%llu fault points with threads\n", (unsigned long long)points);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(whatever_is_refused_nothing_is_lost_and_the_call_can_be_made_again),
    cmocka_unit_test(with_a_capacity_nothing_asks_after_create_but_a_start_after_an_abandon),
    cmocka_unit_test(with_threads_nothing_is_lost_either),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
