/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Producer handles on threads of their own, wherever the instance lives: each accepted item has
 * one fate, in its handle's order, in its slot, whatever happens meanwhile.
 */

#include "handle_team.h"
#include "harness.h"

/* Seconds natively; the thread sanitizer needs ten times as long for each. */
enum { ITEMS = 100000 / VERDICT_SLOWER };

static const struct place {
  enum host_kind kind;
  int pump_on;
} places[] = {
  {HOST_OWN, MPCC_PUMP_ON_LOOP},
  {HOST_LOOP, MPCC_PUMP_ON_LOOP},
  {HOST_MANUAL, MPCC_PUMP_ON_LOOP},
  {HOST_OWN, MPCC_PUMP_ON_WORKER},
  {HOST_LOOP, MPCC_PUMP_ON_WORKER},
};

enum { PLACES = sizeof(places) / sizeof(places[0]) };

static struct team team; /* large */

static void open_team(const struct place *place, uint32_t batch_size, uint64_t interval_ms,
                      size_t capacity, size_t lane_capacity, uint32_t handles)
{
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.batch_size = batch_size;
  options.push_interval_ms = interval_ms;
  options.capacity = capacity;
  options.lane_capacity = lane_capacity;
  options.pump_on = place->pump_on;
  options.worker_count = 3;
  team_open(&team, &options, place->kind, handles);
}

static void *push_at_full_speed(void *arg)
{
  team_push_on(arg);
  return NULL;
}

static void every_item_comes_once_in_its_handle_s_order_and_in_its_slot(void **state)
{
  (void)state;
  static const size_t lane_sizes[] = {4096, 1, 100};
  for (size_t p = 0; p < PLACES; p++)
    for (size_t k = 0; k < 3; k++) {
      size_t capacity = k == 2 ? 77 : 0;
      uint64_t items = k == 1 ? ITEMS / 10 : ITEMS; /* one at a time is slow */
      open_team(&places[p], 50, k == 0 ? MPCC_NO_INTERVAL : 1, capacity, lane_sizes[k], 1);
      for (size_t i = 0; i < TEAM_MOST; i++)
        team.members[i].left = items;

      team_hire(&team, push_at_full_speed);
      team_join(&team);
      team_stop(&team, MPCC_DRAIN);

      mpcc_stats_t stats;
      assert_int_equal(mpcc_stats(team.mpcc, &stats), 0);
      assert_int_equal(stats.delivered, TEAM_MOST * items);
      uint64_t full = 0;
      for (size_t i = 0; i < TEAM_MOST; i++)
        full += team.members[i].full;
      assert_int_equal(stats.rejected, full);
      if (capacity != 0)
        assert_in_range(stats.queued_peak, 1, capacity);
      assert_int_equal(team_close(&team, MPCC_DRAIN), TEAM_MOST * items);
    }
}

static void stops_at_full_speed_lose_nothing_and_the_handles_go_on_after_a_start(void **state)
{
  (void)state;
  for (size_t p = 0; p < 3; p++) { /* on workers a drop may overtake the batch before it */
    uint64_t random = p + 1, before = 0;
    open_team(&places[p], 33, p == 1 ? 1 : MPCC_NO_INTERVAL, p == 2 ? 100 : 0, 500, 1);
    team_hire(&team, push_at_full_speed);

    for (int life = 0; life < 60; life++) {
      mpcc_stats_t stats;
      if (life % 5 != 4)
        verdict_sleep_us(verdict_draw(&random, 3000));
      team_stop(&team, life % 2 == 0 ? MPCC_DRAIN : MPCC_DISCARD);
      assert_int_equal(mpcc_stats(team.mpcc, &stats), 0);
      assert_int_equal(stats.pushed, stats.delivered + stats.dropped);
      assert_int_equal(stats.queued + stats.in_flight, 0);
      ledger_compare(&team.ledger, team.mpcc);
      before = stats.pushed;
      host_start(&team.host, team_pump, &team);
    }
    /* relaxed: only an end. */
    atomic_store_explicit(&team.over, true, memory_order_relaxed);
    team_join(&team);

    uint64_t closed = 0;
    for (size_t i = 0; i < TEAM_MOST; i++)
      closed += team.members[i].closed;
    assert_true(closed > 0);
    assert_true(before > 0);
    assert_true(team_close(&team, MPCC_DRAIN) >= before);
  }
}

static void stops_on_workers_account_for_every_item_too(void **state)
{
  (void)state;
  for (int round = 0; round < 20; round++) {
    uint64_t random = (uint64_t)round + 1;
    open_team(&places[3 + round % 2], 33, 1, 0, 500, 1);
    team_hire(&team, push_at_full_speed);
    verdict_sleep_us(verdict_draw(&random, 3000));
    team_stop(&team, MPCC_DRAIN);
    /* relaxed: only an end. */
    atomic_store_explicit(&team.over, true, memory_order_relaxed);
    team_join(&team);
    (void)team_close(&team, MPCC_DRAIN);
  }
}

static void *reopen_now_and_then(void *arg)
{
  struct team_member *member = arg;
  uint32_t opened = 1;

  while (!team_is_over(member->team) && opened < member->team->handles) {
    uint64_t count = verdict_draw(&member->random, 4) == 0 ? 0 : verdict_draw(&member->random, 300);
    for (uint64_t i = 0; i < count; i++)
      if (team_push(member, team_draw_slot(member)) != 0)
        sched_yield();
    team_reopen(member);
    opened++;
  }
  return NULL;
}

static void *mixed_work(void *arg)
{
  struct team_member *member = arg;
  return (member - member->team->members) % 2 == 0 ? push_at_full_speed(arg)
                                                   : reopen_now_and_then(arg);
}

static void handles_are_opened_and_closed_while_others_push(void **state)
{
  (void)state;
  for (size_t p = 0; p < PLACES; p++)
    for (int with_stops = 0; with_stops < 2; with_stops++) {
      if (with_stops != 0 && places[p].pump_on == MPCC_PUMP_ON_WORKER)
        continue;
      uint64_t random = p + 1;
      open_team(&places[p], 20, 1, with_stops != 0 ? 50 : 0, 128, 64);
      for (size_t i = 0; i < TEAM_MOST; i += 2)
        team.members[i].left = ITEMS / 4;
      team_hire(&team, mixed_work);
      for (int life = 0; life < 20 * with_stops; life++) {
        verdict_sleep_us(verdict_draw(&random, 1000));
        team_stop(&team, life % 2 == 0 ? MPCC_DRAIN : MPCC_DISCARD);
        host_start(&team.host, team_pump, &team);
      }
      team_join(&team);
      assert_int_equal(team.members[1].producer, 1 + 63 * TEAM_MOST);
      (void)team_close(&team, MPCC_DRAIN);
    }
}

static uint64_t accepted_by(struct team_member *member, uint32_t slot)
{
  return *ledger_accepted(&member->team->ledger, member->producer, slot);
}

/* A wait that comes back only when its time is over was forgotten, whatever it then says. */
static void flush_and_wait(struct team *of, uint32_t slot)
{
  enum { LONG_MS = 60000 };
  uint64_t begun_ms = verdict_now_ns() / 1000000;

  verdict_expect("mpcc_flush_wait", mpcc_flush_wait(of->mpcc, slot, LONG_MS), 0);
  if (verdict_now_ns() / 1000000 - begun_ms >= LONG_MS)
    verdict_fail("slot %u: mpcc_flush_wait was not woken", slot);
}

/* The first two ask now and then whether their own items have their fate; the others push on. */
static void *push_and_ask(void *arg)
{
  struct team_member *member = arg;
  struct team *of = member->team;
  size_t number = (size_t)(member - of->members);

  if (number >= 2)
    return push_at_full_speed(arg);
  for (int round = 0; round < 200; round++) {
    uint32_t slot = team_draw_slot(member), last = slot + 1;
    bool all = round % 20 == 19;
    for (uint64_t i = verdict_draw(&member->random, 60); i > 0; i--)
      (void)team_push(member, round % 3 == 0 ? slot : team_draw_slot(member));
    flush_and_wait(of, all ? MPCC_ALL_SLOTS : slot);
    for (slot = all ? 0 : slot, last = all ? TEAM_SLOTS : last; slot < last; slot++) {
      /* relaxed: mpcc_flush_wait() has waited for the batches. */
      uint64_t seen = atomic_load_explicit(&of->seen[number][slot], memory_order_relaxed);
      if (seen != accepted_by(member, slot))
        verdict_fail("slot %u: mpcc_flush_wait returned after %" PRIu64 " of %" PRIu64
                     " items of its own thread", slot, seen, accepted_by(member, slot));
    }
  }
  /* relaxed: only an end, for those who push on. */
  if (number == 0)
    atomic_store_explicit(&of->over, true, memory_order_relaxed);
  return NULL;
}

static void flush_wait_brings_what_its_own_thread_has_pushed_while_others_push(void **state)
{
  (void)state;
  for (size_t p = 0; p < PLACES; p++) {
    /* Pumps on workers are slower than those who push on: what is waited for must have an end. */
    size_t capacity = places[p].pump_on == MPCC_PUMP_ON_WORKER ? 300 : 0;
    open_team(&places[p], 50, 3600000, capacity, 256, 1);
    team_hire(&team, push_and_ask);
    team_join(&team);
    (void)team_close(&team, MPCC_DRAIN);
  }
}

/* While anything runs no reader sees more fates than pushes, or a number that goes back. */
static void *read_stats(void *arg)
{
  mpcc_stats_t last[2] = {{0}}, now[2];

  (void)arg;
  while (!team_is_over(&team)) {
    verdict_expect("mpcc_stats", mpcc_stats(team.mpcc, &now[0]), 0);
    verdict_expect("mpcc_slot_stats", mpcc_slot_stats(team.mpcc, 3, &now[1]), 0);
    for (size_t i = 0; i < 2; i++) {
      if (now[i].delivered + now[i].dropped > now[i].pushed)
        verdict_fail("%" PRIu64 " delivered and %" PRIu64 " dropped of %" PRIu64 " pushed",
                     now[i].delivered, now[i].dropped, now[i].pushed);
      if (now[i].pushed < last[i].pushed || now[i].delivered < last[i].delivered ||
          now[i].dropped < last[i].dropped || now[i].batches < last[i].batches)
        verdict_fail("a counter went back: pushed %" PRIu64 ", then %" PRIu64, last[i].pushed,
                     now[i].pushed);
      last[i] = now[i];
    }
  }
  return NULL;
}

static void a_reader_of_stats_never_sees_more_fates_than_pushes(void **state)
{
  (void)state;
  for (size_t p = 0; p < 3; p++) {
    uint64_t random = p + 7;
    pthread_t reader;
    open_team(&places[p], 20, 1, 0, 64, 1);
    team_hire(&team, push_at_full_speed);
    assert_int_equal(pthread_create(&reader, NULL, read_stats, NULL), 0);

    for (int life = 0; life < 60; life++) {
      verdict_sleep_us(verdict_draw(&random, 3000));
      team_stop(&team, life % 3 == 0 ? MPCC_DRAIN : MPCC_DISCARD);
      host_start(&team.host, team_pump, &team);
    }
    /* relaxed: only an end. */
    atomic_store_explicit(&team.over, true, memory_order_relaxed);
    team_join(&team);
    pthread_join(reader, NULL);

    (void)team_close(&team, MPCC_DRAIN);
  }
}

static void *push_until_closed(void *arg)
{
  struct team_member *member = arg;

  while (team_push(member, team_draw_slot(member)) != MPCC_ECLOSED)
    if (member->full > 0)
      sched_yield();
  return NULL;
}

/* In IDLE nobody empties the lanes: whoever completes has to find out what is in them. */
static void in_idle_a_drain_beside_pushes_succeeds_only_before_the_first(void **state)
{
  (void)state;
  uint64_t refused = 0;
  for (int round = 0; round < 100; round++) {
    uint64_t random = (uint64_t)round + 1;
    mpcc_options_t options;
    mpcc_options_init(&options);
    options.batch_size = 50;
    options.lane_capacity = 1000;
    options.capacity = round % 2 == 0 ? 0 : 100;
    team_prepare(&team, &options, HOST_OWN, 1);
    team_hire(&team, push_until_closed);
    if (round % 4 != 0)
      verdict_sleep_us(verdict_draw(&random, 200));
    int result = mpcc_complete(team.mpcc, MPCC_DRAIN, NULL, NULL);
    if (result != 0)
      assert_int_equal(mpcc_complete(team.mpcc, MPCC_DISCARD, NULL, NULL), 0);
    team_join(&team);

    assert_true(result == 0 || result == MPCC_ESTATE);
    refused += result != 0;
    uint64_t accepted = team_close(&team, MPCC_DISCARD);
    assert_int_equal(accepted > 0, result == MPCC_ESTATE);
  }
  assert_true(refused > 0);
}

/* One push against one drain in IDLE, as close as they can be brought. */
struct duel {
  mpcc_producer_t *handle;
  _Atomic uint32_t round; /* the pusher's turn */
  _Atomic uint32_t shot;  /* rounds in which it has pushed */
  int result;             /* of its push; with shot */
};

enum { DUELS = 5000 / VERDICT_SLOWER };

static void *push_in_each_round(void *arg)
{
  struct duel *duel = arg;
  uint64_t item = 1;

  for (uint32_t round = 1; round <= DUELS; round++) {
    /* acquire: with the handle. */
    for (unsigned looks = 1;
         atomic_load_explicit(&duel->round, memory_order_acquire) != round; looks++)
      if (looks % 1024 == 0)
        sched_yield();
    duel->result = mpcc_producer_push(duel->handle, &item, 0);
    /* release: with the result. */
    atomic_store_explicit(&duel->shot, round, memory_order_release);
  }
  return NULL;
}

static void in_idle_a_drain_and_a_push_never_both_succeed(void **state)
{
  (void)state;
  struct duel duel = {.handle = NULL};
  uint64_t random = 3, drained = 0;
  mpcc_options_t options;
  pthread_t thread;
  rig_options(&options, 4);
  assert_int_equal(pthread_create(&thread, NULL, push_in_each_round, &duel), 0);

  for (uint32_t round = 1; round <= DUELS; round++) {
    mpcc_t *mpcc = NULL;
    assert_int_equal(mpcc_create(&mpcc, &options), 0);
    assert_int_equal(mpcc_producer_open(mpcc, &duel.handle), 0);
    /* release: with the handle. */
    atomic_store_explicit(&duel.round, round, memory_order_release);
    for (volatile uint64_t pause = verdict_draw(&random, 2000); pause > 0; pause--)
      ;
    int result = mpcc_complete(mpcc, MPCC_DRAIN, NULL, NULL);
    /* acquire: with the result. */
    while (atomic_load_explicit(&duel.shot, memory_order_acquire) != round)
      sched_yield();

    assert_int_equal(duel.result, result == 0 ? MPCC_ECLOSED : 0);
    assert_true(result == 0 || result == MPCC_ESTATE);
    drained += result == 0;
    if (result != 0)
      assert_int_equal(mpcc_complete(mpcc, MPCC_DISCARD, NULL, NULL), 0);
    assert_int_equal(mpcc_producer_close(duel.handle), 0);
    assert_int_equal(mpcc_destroy(mpcc), 0);
  }

  pthread_join(thread, NULL);
  print_message("%llu of %d drains came first\n", (unsigned long long)drained, (int)DUELS);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_item_comes_once_in_its_handle_s_order_and_in_its_slot),
    cmocka_unit_test(stops_at_full_speed_lose_nothing_and_the_handles_go_on_after_a_start),
    cmocka_unit_test(stops_on_workers_account_for_every_item_too),
    cmocka_unit_test(handles_are_opened_and_closed_while_others_push),
    cmocka_unit_test(flush_wait_brings_what_its_own_thread_has_pushed_while_others_push),
    cmocka_unit_test(a_reader_of_stats_never_sees_more_fates_than_pushes),
    cmocka_unit_test(in_idle_a_drain_beside_pushes_succeeds_only_before_the_first),
    cmocka_unit_test(in_idle_a_drain_and_a_push_never_both_succeed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
