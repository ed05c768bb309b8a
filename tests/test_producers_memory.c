/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Producer handles and refused memory: every request of a script refused in turn, memory refused
 * for good while handles hold items, and bounded instances that ask for nothing.
 */

#include "refusal.h"

#include "verdict.h"

/* The thread sanitizer takes long for each instance's memory, and one thread has nothing for it. */
enum { STRIDE = VERDICT_SLOWER > 4 ? 12 : 1 };

enum { BATCH = 16, LANE = 24, SLOTS = 3 };

struct script {
  size_t capacity;
  size_t max_memory;
  size_t max_weight;
  int mode; /* of the stop */
  bool no_interval;
};

static const struct script scripts[] = {
  {0, 0, 0, MPCC_DRAIN, false}, {0, 0, 0, MPCC_DISCARD, false},
  {0, 0, 0, MPCC_ABANDON, false}, {48, 0, 0, MPCC_DRAIN, false},
  {48, 0, 0, MPCC_ABANDON, false}, {10, 0, 0, MPCC_DISCARD, false},
  {0, 0, 20, MPCC_DISCARD, false}, {0, 3 << 20, 0, MPCC_DRAIN, false},
  {48, 3 << 20, 0, MPCC_DISCARD, false},
};

enum { SCRIPTS = sizeof(scripts) / sizeof(scripts[0]) };

static bool open_script(struct refusal *walk, const struct script *script)
{
  mpcc_options_t options;
  mpcc_options_init(&options);
  options.slot_count = SLOTS;
  options.batch_size = BATCH;
  options.max_concurrency = 2;
  options.push_interval_ms = script->no_interval ? MPCC_NO_INTERVAL : 20;
  options.lane_capacity = LANE;
  options.capacity = script->capacity;
  options.max_memory = script->max_memory;
  options.max_batch_weight = script->max_weight;
  options.weigh = script->max_weight != 0 ? refusal_weigh : NULL;
  options.retry_delay_ms = 10;
  options.max_attempts = 2;
  return refusal_create(walk, &options);
}

static mpcc_producer_t *open_handle(struct refusal *walk)
{
  static char mark;
  mpcc_producer_t *handle = (mpcc_producer_t *)(void *)&mark;
  int result;
  REFUSAL_CALL(walk, result, mpcc_producer_open(walk->mpcc, &handle));
  walk->odd += result != 0 && result != MPCC_ENOMEM;
  walk->odd += result != 0 && handle != (mpcc_producer_t *)(void *)&mark;
  return result == 0 ? handle : NULL;
}

/* How many of ${count} were taken. A lane asks for no memory; what is a mpcc_push() may. */
static size_t push_by(struct refusal *walk, mpcc_producer_t *handle, uint32_t slot, size_t count,
                      bool may_ask)
{
  size_t taken = 0;
  for (size_t i = 0; handle != NULL && i < count; i++) {
    struct refusal_item *item = &walk->run[0];
    int result;
    item->number = walk->next;
    REFUSAL_CALL(walk, result, mpcc_producer_push(handle, item, slot));
    walk->odd += result != 0 && result != MPCC_EFULL && !(may_ask && result == MPCC_ENOMEM);
    walk->next += result == 0;
    walk->accepted += result == 0;
    taken += result == 0;
  }
  if (walk->next >= REFUSAL_ITEMS)
    abort();
  return taken;
}

/* -- Every request in turn ---------------------------------------------------------------- */

/* mpcc_flush() and mpcc_discard(): told that memory was refused, they can be called again. */
static void ask(struct refusal *walk, int (*call)(mpcc_t *, uint32_t), uint32_t slot)
{
  int result;
  REFUSAL_CALL(walk, result, call(walk->mpcc, slot));
  walk->odd += result != 0 && !(result == MPCC_ENOMEM && walk->way == REFUSE_FOR_EVER);
}

static void live_a_while(struct refusal *walk, const struct script *script)
{
  bool may_ask = script->max_memory != 0 || script->max_weight != 0;
  mpcc_producer_t *first = open_handle(walk), *second = NULL;
  mpcc_stats_t stats;
  for (uint32_t round = 0; round < 3; round++) {
    second = open_handle(walk);
    push_by(walk, first, 0, LANE + 2, may_ask);
    refusal_step(walk, 1);
    push_by(walk, second, 1, 20, may_ask);
    push_by(walk, first, 2, 5, may_ask);
    refusal_push(walk, 1, 3, true);
    refusal_flush_wait(walk, round);
    refusal_step(walk, 2);
    refusal_finish(walk);
    push_by(walk, second, 2, 7, may_ask);
    ask(walk, mpcc_flush, round == 1 ? MPCC_ALL_SLOTS : round);
    push_by(walk, first, 1, 4, may_ask);
    refusal_expect(walk, mpcc_stats(walk->mpcc, &stats), 0);
    walk->odd += stats.pushed != walk->accepted;
    refusal_expect(walk, mpcc_producer_close(second), 0);
    if (round == 1)
      ask(walk, mpcc_discard, 1);
    refusal_step(walk, 30);
    push_by(walk, first, round, LANE, may_ask);
  }
  refusal_expect(walk, mpcc_producer_close(first), 0);
}

/* Stop in ${mode}; if that waits for memory that does not come, as a stop by a deadline does.
   Returns the mode in which it ended. */
static int end(struct refusal *walk, int mode)
{
  for (bool first = true; mode <= MPCC_ABANDON; mode++, first = false) {
    int result = mpcc_complete(walk->mpcc, mode, NULL, NULL);
    refusal_expect(walk, result, 0);
    for (int i = 0; i < 100 && mpcc_wait(walk->mpcc, 0) != 0; i++) {
      refusal_step(walk, 50);
      if (mode != MPCC_ABANDON)
        refusal_finish(walk);
    }
    if (mpcc_wait(walk->mpcc, 0) == 0)
      break;
    /* Only a drain needs memory, and only while there is none. */
    walk->odd += !first || mode != MPCC_DRAIN || walk->way != REFUSE_FOR_EVER;
  }
  refusal_expect(walk, mpcc_wait(walk->mpcc, 0), 0);
  refusal_finish(walk);
  return mode;
}

static void compare(struct refusal *walk)
{
  mpcc_stats_t stats;
  uint64_t twice = 0, with_fate = 0;
  for (uint64_t item = 0; item < walk->next; item++) {
    twice += walk->fates[item] > 1;
    with_fate += walk->fates[item] == 1;
  }
  assert_int_equal(mpcc_stats(walk->mpcc, &stats), 0);
  assert_int_equal(twice, 0);
  assert_int_equal(stats.pushed, walk->accepted);
  assert_int_equal(stats.delivered, walk->delivered);
  assert_int_equal(stats.delivered + stats.dropped, with_fate);
  assert_int_equal(stats.delivered + stats.dropped + stats.orphaned, walk->accepted);
  assert_int_equal(stats.queued + stats.in_flight, 0);
}

static void play(struct refusal *walk, const void *arg)
{
  const struct script *script = arg;
  if (!open_script(walk, script))
    return;
  mpcc_producer_t *idle = open_handle(walk);
  bool may_ask = script->max_memory != 0 || script->max_weight != 0;
  push_by(walk, idle, 2, 9, may_ask);
  refusal_expect(walk, mpcc_producer_close(idle), 0);
  bool started = refusal_start(walk);
  if (started)
    live_a_while(walk, script);
  (void)end(walk, started ? script->mode : MPCC_DISCARD);
  /* What is dropped in IDLE comes without the state of a start: it is only counted. */
  if (started)
    compare(walk);
  refusal_expect(walk, mpcc_destroy(walk->mpcc), 0);
}

static void whatever_is_refused_no_item_of_a_handle_is_lost(void **state)
{
  (void)state;
  uint64_t points = 0;
  for (size_t i = 0; i < SCRIPTS; i += STRIDE)
    points += refusal_walk_all(play, &scripts[i], i, 2); /* create asks, and so does each open */
  print_message("%llu fault points in %d scripts\n", (unsigned long long)points,
                (int)(SCRIPTS + STRIDE - 1) / STRIDE);
}

/* -- No memory for good ------------------------------------------------------------------- */

static uint64_t next_in[SLOTS]; /* the lowest number that a first try may begin with */

/* One handle, and so the numbers of each slot grow, wherever they stood when memory was refused. */
static int pump_in_order(mpcc_batch_t *batch, void *state)
{
  struct refusal *walk = state;
  const struct refusal_item *items = batch->items;
  for (size_t i = 0; batch->attempt == 1 && i < batch->count; i++) {
    walk->odd += items[i].number < next_in[batch->slot];
    next_in[batch->slot] = items[i].number + 1;
  }
  return refusal_pump(batch, state);
}

/* An unbounded instance that gets no more memory than for ${had} items in each slot, and a handle
   that was pushed into until it stayed full. */
static mpcc_producer_t *starve(struct refusal *walk, bool holds, size_t had)
{
  memset(walk, 0, sizeof(*walk));
  purse_open(&walk->purse, &walk->allocator);
  walk->way = REFUSE_FOR_EVER;
  struct script script = scripts[0];
  script.no_interval = had != 0; /* nothing but the stop makes a partial batch due */
  assert_true(open_script(walk, &script));
  mpcc_producer_t *handle = open_handle(walk);
  memset(next_in, 0, sizeof(next_in));
  assert_int_equal(mpcc_start(walk->mpcc, pump_in_order, walk), 0);
  if (!holds)
    walk->held_count = REFUSAL_HELD; /* the pump then answers at once */
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    push_by(walk, handle, slot, had, false);
  refusal_step(walk, 1);
  purse_refuse(&walk->purse, 1, true);
  for (int still = 0; still < 5 && walk->next < REFUSAL_ITEMS / 2;) {
    size_t taken = 0;
    for (uint64_t i = 0; i <= LANE; i++)
      taken += push_by(walk, handle, (uint32_t)(walk->next * 7 / 3 % SLOTS), 1, false);
    refusal_step(walk, 2);
    still = taken > 0 ? 0 : still + 1;
  }
  return handle;
}

static void without_memory_a_full_handle_is_looked_at_again_until_there_is_some(void **state)
{
  (void)state;
  static struct refusal walk;
  mpcc_producer_t *handle = starve(&walk, false, 0);
  mpcc_stats_t stats;
  uint64_t next_ms = UINT64_MAX;
  for (int i = 0; i < 10; i++) {
    refusal_expect(&walk, mpcc_step(walk.mpcc, ++walk.now_ms, &next_ms), 0);
    assert_in_range(next_ms, walk.now_ms, walk.now_ms + 1000); /* nobody else would wake it */
  }
  int flushed = mpcc_flush(walk.mpcc, MPCC_ALL_SLOTS);
  assert_true(flushed == 0 || flushed == MPCC_ENOMEM);
  assert_int_equal(mpcc_stats(walk.mpcc, &stats), 0);
  assert_int_equal(stats.pushed, walk.accepted);

  purse_refuse(&walk.purse, 0, false);
  for (int i = 0; i < 100 && next_ms != UINT64_MAX; i++)
    refusal_expect(&walk, mpcc_step(walk.mpcc, walk.now_ms = next_ms, &next_ms), 0);

  assert_int_equal(mpcc_stats(walk.mpcc, &stats), 0);
  assert_int_equal(stats.delivered + stats.dropped, walk.accepted);
  assert_int_equal(push_by(&walk, handle, 0, LANE + 1, false), LANE);
  refusal_expect(&walk, mpcc_producer_close(handle), 0);
  walk.held_count = 0;
  assert_int_equal(end(&walk, MPCC_DRAIN), MPCC_DRAIN);
  compare(&walk);
  assert_int_equal(mpcc_destroy(walk.mpcc), 0);
  assert_int_equal(walk.odd + walk.unjust, 0);
  assert_true(purse_close(&walk.purse));
}

static void without_memory_every_stop_ends_and_shows_every_item(void **state)
{
  (void)state;
  for (int kind = 0; kind < 24; kind++) {
    static struct refusal walk;
    bool holds = kind / 6 % 2 != 0, some = kind / 12 != 0;
    mpcc_producer_t *handle = starve(&walk, holds, some ? 2 : 0);
    if (kind / 3 % 2 != 0) { /* closed with items in it, or open to the end */
      refusal_expect(&walk, mpcc_producer_close(handle), 0);
      handle = NULL;
    }

    if (!holds)
      walk.held_count = 0;
    int mode = end(&walk, kind % 3);

    /* With some memory a drain ends, as that goes round. */
    assert_true(mode == kind % 3 || !some);
    compare(&walk);
    refusal_expect(&walk, mpcc_producer_close(handle), 0);
    refusal_expect(&walk, mpcc_destroy(walk.mpcc), 0);
    assert_int_equal(walk.odd + walk.unjust, 0);
    assert_true(purse_close(&walk.purse));
  }
}

static void with_a_capacity_only_an_open_asks(void **state)
{
  (void)state;
  for (size_t i = 0; i < SCRIPTS; i++) {
    if (scripts[i].capacity == 0 || scripts[i].max_memory != 0)
      continue;
    static struct refusal walk;
    memset(&walk, 0, sizeof(walk));
    purse_open(&walk.purse, &walk.allocator);
    assert_true(open_script(&walk, &scripts[i]));
    mpcc_producer_t *first = open_handle(&walk), *second = open_handle(&walk);
    uint64_t asked = walk.purse.asked;

    for (int life = 0; life < 3; life++) {
      if (life == 0)
        push_by(&walk, first, 1, 5, false);
      assert_true(refusal_start(&walk));
      for (uint32_t round = 0; round < 20; round++) {
        push_by(&walk, first, round % SLOTS, 10, false);
        push_by(&walk, second, 2, LANE + 1, false);
        refusal_step(&walk, 3);
        refusal_finish(&walk);
        refusal_expect(&walk, mpcc_flush(walk.mpcc, MPCC_ALL_SLOTS), 0);
      }
      push_by(&walk, second, 0, 3, false);
      assert_int_equal(end(&walk, life % 2), life % 2);
    }

    assert_int_equal(walk.purse.asked, asked);
    compare(&walk);
    refusal_expect(&walk, mpcc_producer_close(first), 0);
    refusal_expect(&walk, mpcc_producer_close(second), 0);
    assert_int_equal(walk.purse.asked, asked);
    assert_int_equal(walk.odd + walk.told, 0);
    assert_int_equal(mpcc_destroy(walk.mpcc), 0);
    assert_true(purse_close(&walk.purse));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(whatever_is_refused_no_item_of_a_handle_is_lost),
    cmocka_unit_test(without_memory_a_full_handle_is_looked_at_again_until_there_is_some),
    cmocka_unit_test(without_memory_every_stop_ends_and_shows_every_item),
    cmocka_unit_test(with_a_capacity_only_an_open_asks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
