/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The ingress: what comes in by the rings of all threads comes out in the order of the pushes. */

#include "pool_rig.h"

#include "ingress.h"
#include "racers.h"

enum { ITEM = sizeof(uint64_t), MANY = 100000 / RACERS_SLOWER };

static const struct mpcc__source source = {
  .calloc = calloc_or_refuse, .free = counted_free, .user = &counted};
static struct mpcc__ingress *ingress;

static int an_open_one(void **state)
{
  int err = fresh_allocator(state);

  ingress = mpcc__ingress_new(&source, ITEM);
  assert_non_null(ingress);
  mpcc__ingress_open(ingress);
  return err;
}

static int free_it(void **state)
{
  mpcc__ingress_free(ingress, &source);
  return nothing_held(state);
}

/* -- One thread in several parts ----------------------------------------------------------- */

static uint64_t claim(uintptr_t thread, uint32_t slot, uint64_t value)
{
  const uint64_t item[4] = {value}; /* as large as usual sizes get, for the compiler's checks */
  struct mpcc__ring *ring = mpcc__ingress_ring(ingress, &source, thread);

  assert_non_null(ring);
  return mpcc__ingress_claim(ingress, ring, slot, (const unsigned char *)item, 1);
}

static void publish(uintptr_t thread)
{
  mpcc__ring_publish(mpcc__rings_of(&ingress->rings, &source, thread), 1);
}

static void put(uintptr_t thread, uint32_t slot, uint64_t value)
{
  assert_int_equal(claim(thread, slot, value) & MPCC__INGRESS_CLOSED, 0);
  publish(thread);
}

static uint64_t item_at(size_t i)
{
  uint64_t item;

  memcpy(&item, ingress->items + i * ITEM, ITEM);
  return item;
}

static size_t look(void)
{
  return mpcc__ingress_look(ingress, &source, mpcc__ingress_bound(ingress));
}

static uint64_t published(void)
{
  return mpcc__ingress_count(ingress, UINT32_MAX);
}

static void what_two_threads_push_in_turn_comes_out_in_turn(void **state)
{
  (void)state;

  for (uint64_t i = 0; i < 10; i++)
    put(i % 3 == 0 ? 0x1000 : 0x2000, (uint32_t)i % 4, i);
  assert_int_equal(look(), 10);
  for (uint32_t i = 0; i < 10; i++) {
    assert_int_equal(item_at(i), i);
    assert_int_equal(ingress->slots[i], i % 4);
  }
}

static void what_was_looked_at_stays_until_it_is_taken(void **state)
{
  (void)state;

  for (uint64_t i = 0; i < 7; i++)
    put(0x1000 * (i % 3 + 1), 0, i);
  assert_int_equal(look(), 7);
  mpcc__ingress_took(ingress, 0, 2);
  assert_int_equal(published(), 5);
  assert_int_equal(look(), 5);
  assert_int_equal(item_at(0), 2);
  mpcc__ingress_took(ingress, 0, 5);
  assert_int_equal(look(), 0);
}

static void what_comes_after_the_bound_stays(void **state)
{
  (void)state;

  put(0x1000, 0, 0);
  put(0x2000, 0, 1);
  uint64_t bound = mpcc__ingress_bound(ingress);
  put(0x1000, 0, 2);
  assert_int_equal(mpcc__ingress_look(ingress, &source, bound), 2);
  mpcc__ingress_took(ingress, 0, 2);
  assert_int_equal(mpcc__ingress_look(ingress, &source, bound), 0);
  assert_int_equal(look(), 1);
  assert_int_equal(item_at(0), 2);
}

static void a_push_that_has_stopped_delays_nobody(void **state)
{
  (void)state;

  (void)claim(0x1000, 0, 0);
  put(0x2000, 0, 1);
  assert_int_equal(look(), 1);
  assert_int_equal(item_at(0), 1);
  mpcc__ingress_took(ingress, 0, 1);
  publish(0x1000);
  assert_int_equal(look(), 1);
  assert_int_equal(item_at(0), 0);
}

/* Rings that were followed by larger ones, and one chunk after the other. */
static void many_come_out_in_turn_too(void **state)
{
  enum { COUNT = 8 * MPCC__STORES_FIRST };
  uint64_t next = 0;
  (void)state;

  for (uint64_t i = 0; i < COUNT; i++)
    put(i / 3 % 2 == 0 ? 0x1000 : 0x2000, (uint32_t)(i % 5), i);
  for (uint32_t slot = 0; slot < 5; slot++)
    assert_int_equal(mpcc__ingress_count(ingress, slot), (COUNT + 4 - slot) / 5);
  assert_int_equal(published(), COUNT);
  for (size_t count = look(); count != 0; count = look()) {
    for (size_t i = 0; i < count; i++)
      assert_int_equal(item_at(i), next++);
    mpcc__ingress_took(ingress, 0, count);
  }
  assert_int_equal(next, COUNT);
  assert_int_equal(published(), 0);
}

static void every_thread_has_a_ring_however_many_there_are(void **state)
{
  enum { THREADS = 5 * MPCC__RINGS_THREADS };
  (void)state;

  for (uint64_t i = 0; i < 2 * THREADS; i++)
    put((uintptr_t)(i % THREADS + 1) * 4096, 0, i);
  assert_int_equal(published(), 2 * THREADS);
  uint64_t next = 0;
  for (size_t count = look(); count != 0; count = look()) {
    for (size_t i = 0; i < count; i++)
      assert_int_equal(item_at(i), next++);
    mpcc__ingress_took(ingress, 0, count);
  }
  assert_int_equal(next, 2 * THREADS);
}

static void a_further_table_is_asked_for_and_rings_in_it_grow(void **state)
{
  (void)state;

  for (int i = 0; i < MPCC__RINGS_THREADS; i++)
    atomic_store_explicit(&ingress->rings.table.entries[i].thread, 1, memory_order_relaxed);
  refuse_from = counted_load(&counted.asked) + 1;
  assert_null(mpcc__ingress_ring(ingress, &source, 0x1000));
  refuse_from = 0;
  for (uint64_t i = 0; i < 3 * MPCC__STORES_FIRST; i++) {
    struct mpcc__ring *ring = mpcc__ingress_ring(ingress, &source, 0x1000);

    assert_non_null(ring);
    (void)claim(0x1000, 0, i);
    mpcc__ring_publish(ring, 1);
  }
  assert_int_equal(published(), 3 * MPCC__STORES_FIRST);
}

static void without_memory_nothing_is_drawn_and_later_it_goes_on(void **state)
{
  uint64_t count = 0;
  (void)state;

  refuse_from = counted_load(&counted.asked) + 1;
  assert_null(mpcc__ingress_ring(ingress, &source, 0x1000));
  assert_int_equal(mpcc__ingress_bound(ingress), 0);
  refuse_from = 0;
  put(0x1000, 0, count++);
  while (mpcc__ring_has_room(mpcc__rings_of(&ingress->rings, &source, 0x1000)))
    put(0x1000, 0, count++);
  refuse_from = counted_load(&counted.asked) + 1;
  assert_null(mpcc__ingress_ring(ingress, &source, 0x1000));
  refuse_from = 0;
  put(0x1000, 0, count++);
  assert_int_equal(published(), count);
}

static void several_are_put_at_once(void **state)
{
  const uint64_t items[4] = {5, 6, 7, 8};
  struct mpcc__ring *ring = mpcc__ingress_ring(ingress, &source, 0x1000);
  (void)state;

  put(0x2000, 1, 4);
  (void)mpcc__ingress_claim(ingress, ring, 3, (const unsigned char *)items, 4);
  assert_int_equal(published(), 1);
  mpcc__ring_publish(ring, 4);
  put(0x2000, 1, 9);
  assert_int_equal(look(), 6);
  for (uint32_t i = 0; i < 6; i++) {
    assert_int_equal(item_at(i), 4 + i);
    assert_int_equal(ingress->slots[i], i == 0 || i == 5 ? 1 : 3);
  }
}

/* -- Sleeping and closing ------------------------------------------------------------------- */

static void a_push_sees_that_the_loop_sleeps(void **state)
{
  (void)state;

  assert_int_equal(claim(0x1000, 0, 0) & MPCC__INGRESS_SLEEPS, 0);
  assert_false(mpcc__ingress_sleep(ingress)); /* that one won't call */
  publish(0x1000);
  assert_int_equal(look(), 1);
  mpcc__ingress_took(ingress, 0, 1);
  assert_true(mpcc__ingress_sleep(ingress));
  assert_int_not_equal(claim(0x2000, 0, 1) & MPCC__INGRESS_SLEEPS, 0);
  mpcc__ingress_wake(ingress);
  assert_int_equal(claim(0x1000, 0, 1) & MPCC__INGRESS_SLEEPS, 0);
}

static void a_push_sees_that_it_was_closed_and_does_not_count(void **state)
{
  (void)state;

  put(0x1000, 0, 0);
  (void)claim(0x2000, 0, 1);
  assert_false(mpcc__ingress_close(ingress)); /* that one was in time, and has not published */
  assert_int_not_equal(claim(0x1000, 0, 2) & MPCC__INGRESS_CLOSED, 0);
  publish(0x2000);
  assert_true(mpcc__ingress_close(ingress));
  assert_int_equal(look(), 2);
  mpcc__ingress_took(ingress, 0, 2);
  assert_true(mpcc__ingress_close(ingress));
}

static void it_is_opened_again(void **state)
{
  (void)state;

  put(0x1000, 0, 0);
  assert_int_equal(look(), 1);
  mpcc__ingress_took(ingress, 0, 1);
  assert_true(mpcc__ingress_close(ingress));
  assert_int_not_equal(claim(0x1000, 0, 1) & MPCC__INGRESS_CLOSED, 0);
  mpcc__ingress_open(ingress);
  put(0x1000, 0, 2);
  assert_int_equal(look(), 1);
  assert_int_equal(item_at(0), 2);
  mpcc__ingress_took(ingress, 0, 1);
  assert_true(mpcc__ingress_sleep(ingress));
  assert_true(mpcc__ingress_close(ingress));
}

static void only_an_empty_one_is_closed_when_it_is_calm(void **state)
{
  (void)state;

  (void)claim(0x1000, 0, 0);
  assert_false(mpcc__ingress_close_empty(ingress));
  publish(0x1000);
  assert_false(mpcc__ingress_close_empty(ingress));
  assert_int_equal(look(), 1);
  mpcc__ingress_took(ingress, 0, 1);
  for (int sleeps = 0; sleeps < 2; sleeps++) {
    if (sleeps)
      assert_true(mpcc__ingress_sleep(ingress));
    assert_true(mpcc__ingress_close_empty(ingress));
    assert_int_not_equal(claim(0x1000, 0, 1) & MPCC__INGRESS_CLOSED, 0);
    assert_true(mpcc__ingress_close(ingress));
    mpcc__ingress_open(ingress);
  }
}

/* -- Several threads ------------------------------------------------------------------------ */

/* A number that goes from thread to thread; each puts the one it has got before it passes it on: so
 * they must come out in order. */
static _Atomic uint64_t baton;

enum { RUNNERS = 3 };

static void *run(void *arg)
{
  uint64_t me = (uintptr_t)arg;

  for (uint64_t i = me; i < MANY; i += RUNNERS) {
    while (atomic_load_explicit(&baton, memory_order_acquire) != i)
      sched_yield();
    put((uintptr_t)(me + 1) * 4096, 0, i);
    atomic_store_explicit(&baton, i + 1, memory_order_release);
  }
  return NULL;
}

static void what_has_returned_before_another_one_began_comes_out_before_it(void **state)
{
  pthread_t threads[RUNNERS];
  uint64_t next = 0;
  (void)state;

  atomic_init(&baton, 0);
  for (uintptr_t i = 0; i < RUNNERS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)i), 0);
  while (next < MANY) {
    size_t count = look();

    for (size_t i = 0; i < count; i++)
      assert_int_equal(item_at(i), next++);
    mpcc__ingress_took(ingress, 0, count);
  }
  for (int i = 0; i < RUNNERS; i++)
    assert_int_equal(pthread_join(threads[i], NULL), 0);
}

#define INGRESS_TEST(name) cmocka_unit_test_setup_teardown(name, an_open_one, free_it)

int main(void)
{
  const struct CMUnitTest tests[] = {
    INGRESS_TEST(what_two_threads_push_in_turn_comes_out_in_turn),
    INGRESS_TEST(what_was_looked_at_stays_until_it_is_taken),
    INGRESS_TEST(what_comes_after_the_bound_stays),
    INGRESS_TEST(a_push_that_has_stopped_delays_nobody),
    INGRESS_TEST(many_come_out_in_turn_too),
    INGRESS_TEST(every_thread_has_a_ring_however_many_there_are),
    INGRESS_TEST(a_further_table_is_asked_for_and_rings_in_it_grow),
    INGRESS_TEST(without_memory_nothing_is_drawn_and_later_it_goes_on),
    INGRESS_TEST(several_are_put_at_once),
    INGRESS_TEST(a_push_sees_that_the_loop_sleeps),
    INGRESS_TEST(a_push_sees_that_it_was_closed_and_does_not_count),
    INGRESS_TEST(it_is_opened_again),
    INGRESS_TEST(only_an_empty_one_is_closed_when_it_is_calm),
    INGRESS_TEST(what_has_returned_before_another_one_began_comes_out_before_it),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
