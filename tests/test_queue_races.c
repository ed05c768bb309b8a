/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* One slot's queue between real threads: segments so small and so few that every push meets
 * another one at an end, and the loop seals, settles, closes and opens at random moments. */

#include "queue_rig.h"
#include "racers.h"

enum {
  PRODUCERS = 3,
  READERS = 1,
  PUSHES = RACERS_SLOWER == 1 ? 6000 : 1500, /* items of each producer */
  CLAIM_MOST = 4,
  OUT_MOST = 2
};

/* An item names one of these; the producer writes it just before the push. */
struct parcel {
  uint64_t number;
};

struct producer {
  struct parcel *parcels;
  uint64_t count; /* how many it pushes */
  uint32_t seed;
  uint64_t refused; /* times that it found the queue closed */
  uint64_t behind;  /* tickets that left out what it had already pushed */
};

struct reader {
  uint64_t tickets;
  uint64_t early;     /* tickets that left out a push that had returned */
  uint64_t late;      /* tickets that counted a push that had not begun */
  uint64_t backwards; /* tickets behind an earlier one, or behind what was taken */
};

static struct queue_rig rig;
static _Atomic uint64_t begun, finished; /* pushes, in items */
static atomic_uint pushing;

/* -- Producers ------------------------------------------------------------------------------ */

/* Up to ${count} items into cells that are left, or into a new segment: how many. 0: try again. */
static uint32_t push_some(struct producer *me, const uint64_t *items, uint32_t count)
{
  const struct mpcc__shelf *shelf = &rig.pool.shelf;
  uint64_t seen = mpcc__queue_claim(&rig.queue, count);
  uint32_t index = mpcc__tail_index(seen), number;

  if (index < shelf->cap) {
    uint32_t won = count < shelf->cap - index ? count : shelf->cap - index;

    mpcc__segment_fill(shelf, mpcc__segment_at(shelf, mpcc__tail_segment(seen)), index, items, won);
    return won;
  }
  seen = rig_refuse(&rig);
  if (mpcc__tail_closed(seen)) {
    me->refused++;
    sched_yield();
    return 0;
  }
  if (mpcc__tail_index(seen) < shelf->cap)
    return 0;
  number = mpcc__pool_take(&rig.pool);
  if (number == 0) {
    sched_yield();
    return 0;
  }
  count = count < shelf->cap ? count : shelf->cap;
  if (!mpcc__queue_install(&rig.queue, shelf, seen, number, count)) {
    mpcc__pool_give(&rig.pool, number);
    return 0;
  }
  if (racers_random(&me->seed) % 8 == 0)
    sched_yield();
  mpcc__segment_fill(shelf, mpcc__segment_at(shelf, number), 0, items, count);
  rig_link(&rig, seen, number);
  return count;
}

static void push_run(struct producer *me, const uint64_t *items, uint32_t count)
{
  atomic_fetch_add_explicit(&begun, count, memory_order_acq_rel);
  for (uint32_t done = 0; done < count;)
    done += push_some(me, items + done, count - done);
  atomic_fetch_add_explicit(&finished, count, memory_order_acq_rel);
}

static void *produce(void *arg)
{
  struct producer *me = arg;

  racers_line_up();
  for (uint64_t next = 0; next < me->count;) {
    uint64_t items[CLAIM_MOST];
    uint32_t count = racers_random(&me->seed) % CLAIM_MOST + 1;

    if (count > me->count - next)
      count = (uint32_t)(me->count - next);
    for (uint32_t i = 0; i < count; i++, next++) {
      me->parcels[next].number = next + 1;
      items[i] = (uint64_t)(uintptr_t)&me->parcels[next];
    }
    push_run(me, items, count);
    if (racers_random(&me->seed) % 32 == 0)
      me->behind += rig_ticket(&rig) < next;
  }
  atomic_fetch_sub_explicit(&pushing, 1, memory_order_release);
  return NULL;
}

/* -- Readers of tickets --------------------------------------------------------------------- */

static void *read_tickets(void *arg)
{
  struct reader *me = arg;
  uint64_t last = 0;

  racers_line_up();
  while (atomic_load_explicit(&pushing, memory_order_acquire) != 0) {
    uint64_t least = atomic_load_explicit(&finished, memory_order_acquire);
    uint64_t taken = rig_taken(&rig), ticket = rig_ticket(&rig);
    uint64_t most = atomic_load_explicit(&begun, memory_order_acquire);

    if (me->tickets++ % 64 == 0)
      sched_yield();
    me->early += ticket < least;
    me->late += ticket > most;
    me->backwards += ticket < last || ticket < taken;
    last = ticket;
  }
  return NULL;
}

/* -- The loop ------------------------------------------------------------------------------- */

struct consumer {
  struct producer *producers;
  uint64_t next[PRODUCERS]; /* the parcel to come */
  uint32_t random, out[OUT_MOST], out_count;
  uint64_t wrong_items, wrong_bases, seals, closes;
  bool closing; /* sometimes */
};

static void recycle(uint32_t number)
{
  if (number != 0)
    mpcc__pool_give(&rig.pool, number);
}

static void one_done(struct consumer *me)
{
  uint32_t number;

  if (me->out_count == 0)
    return;
  number = me->out[0];
  me->out[0] = me->out[--me->out_count];
  if (mpcc__queue_retire(&rig.end, &rig.pool.shelf, number))
    mpcc__pool_give(&rig.pool, number);
}

static void unpack(struct consumer *me, const uint64_t *items, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++) {
    const struct parcel *parcel = (const struct parcel *)(uintptr_t)items[i];
    unsigned p = 0;

    while (p < PRODUCERS && (parcel < me->producers[p].parcels ||
                             parcel >= me->producers[p].parcels + me->producers[p].count))
      p++;
    if (p == PRODUCERS || parcel->number != ++me->next[p])
      me->wrong_items++;
  }
}

static void take_whole(struct consumer *me)
{
  uint32_t number = rig.end.head;
  const void *items = mpcc__segment_items(&rig.pool.shelf, rig_segment(&rig, number));

  me->wrong_bases += rig_base(&rig, number) != rig_taken(&rig);
  unpack(me, items, rig.count);
  mpcc__queue_take(&rig.end, &rig.pool.shelf);
  me->out[me->out_count++] = number;
}

/* False if there was nothing to do. */
static bool serve(struct consumer *me)
{
  enum mpcc__queue_state found = rig_look(&rig);

  recycle(rig.retired);
  if (found == MPCC__QUEUE_WHOLE) {
    if (me->out_count == OUT_MOST)
      one_done(me);
    take_whole(me);
    return true;
  }
  if (found != MPCC__QUEUE_STUCK && racers_random(&me->random) % 2 == 0) {
    me->seals += found == MPCC__QUEUE_PARTIAL;
    rig_settle(&rig);
    recycle(rig.retired);
  }
  one_done(me);
  return false;
}

/* Nothing more comes: take all that was claimed, see that this is all, and open again. */
static void close_and_open(struct consumer *me)
{
  uint64_t ticket;

  rig_shut(&rig);
  recycle(rig.retired);
  ticket = rig_ticket(&rig);
  while (rig_look(&rig) != MPCC__QUEUE_EMPTY) {
    recycle(rig.retired);
    if (!serve(me))
      sched_yield();
  }
  recycle(rig.retired);
  me->wrong_bases += rig_taken(&rig) != ticket || rig_ticket(&rig) != ticket;
  me->closes++;
  mpcc__queue_open(&rig.queue);
}

static void consume(struct consumer *me)
{
  while (atomic_load_explicit(&pushing, memory_order_acquire) != 0) {
    if (!serve(me))
      sched_yield();
    if (me->closing && racers_random(&me->random) % 64 == 0)
      close_and_open(me);
  }
  close_and_open(me);
  while (me->out_count > 0)
    one_done(me);
}

/* -- Races ---------------------------------------------------------------------------------- */

struct race {
  struct producer producers[PRODUCERS];
  struct consumer consumer;
  struct reader readers[READERS];
};

static void run(struct race *race, uint32_t cap, uint32_t limit, uint64_t count, bool closing)
{
  struct racers producers, readers;

  memset(race, 0, sizeof(*race));
  rig_open(&rig, cap, limit);
  atomic_init(&begun, 0);
  atomic_init(&finished, 0);
  atomic_init(&pushing, PRODUCERS);
  race->consumer.producers = race->producers;
  race->consumer.random = 99 + cap;
  race->consumer.closing = closing;
  for (uint32_t i = 0; i < PRODUCERS; i++) {
    race->producers[i].seed = 1000 * cap + i;
    race->producers[i].count = count;
    race->producers[i].parcels = calloc(count, sizeof(struct parcel));
    assert_non_null(race->producers[i].parcels);
  }
  assert_true(racers_start(&producers, produce, race->producers, sizeof(race->producers[0]),
                           PRODUCERS, READERS + 1));
  readers.count = READERS;
  for (unsigned i = 0; i < READERS; i++)
    assert_int_equal(pthread_create(&readers.threads[i], NULL, read_tickets, &race->readers[i]), 0);
  racers_line_up();
  consume(&race->consumer);
  racers_join(&producers);
  racers_join(&readers);
}

static void judge(struct race *race)
{
  const struct consumer *consumer = &race->consumer;
  uint64_t total = 0;

  assert_int_equal(consumer->wrong_items, 0);
  assert_int_equal(consumer->wrong_bases, 0);
  for (int i = 0; i < PRODUCERS; i++) {
    assert_int_equal(consumer->next[i], race->producers[i].count);
    assert_int_equal(race->producers[i].behind, 0);
    total += race->producers[i].count;
    free(race->producers[i].parcels);
  }
  assert_int_equal(rig_taken(&rig), total);
  assert_int_equal(rig_ticket(&rig), total);
  for (int i = 0; i < READERS; i++) {
    assert_int_equal(race->readers[i].early, 0);
    assert_int_equal(race->readers[i].late, 0);
    assert_int_equal(race->readers[i].backwards, 0);
  }
  rig_close(&rig);
}

static void racing_producers_lose_nothing_and_keep_their_own_order(void **state)
{
  (void)state;
  static const uint32_t caps[] = {1, 2, 3, 16};
  for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
    for (uint32_t limit = 4; limit <= 16; limit *= 4) {
      struct race race;

      run(&race, caps[i], limit, PUSHES, false);

      judge(&race);
    }
}

static void closing_and_opening_loses_nothing_and_lets_nothing_through(void **state)
{
  (void)state;
  static const uint32_t caps[] = {1, 2, 5};
  for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
    struct race race;

    run(&race, caps[i], 5, PUSHES, true);

    assert_true(race.consumer.closes > 1);
    judge(&race);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(racing_producers_lose_nothing_and_keep_their_own_order),
    cmocka_unit_test(closing_and_opening_loses_nothing_and_lets_nothing_through),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
