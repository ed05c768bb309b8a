/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Store buffers: what a thread has put into its own comes to the cells that it has claimed. */

#include "pool_rig.h"

#include "racers.h"
#include "stores.h"

enum { CELLS = 600, ITEM = sizeof(uint64_t), MANY = 200000 / RACERS_SLOWER };

static struct mpcc__stores stores;
static uint32_t segment;

static int a_segment(void **state)
{
  int err = fresh_allocator(state);

  memset(&stores, 0, sizeof stores);
  mpcc__stores_init(&stores, ITEM);
  assert_true(open_pool(ITEM, CELLS, 2));
  segment = mpcc__pool_take(&pool);
  assert_int_not_equal(segment, 0);
  return err;
}

static int free_all(void **state)
{
  mpcc__rings_free(&stores.rings, &pool.source);
  mpcc__pool_close(&pool);
  return nothing_held(state);
}

static struct mpcc__ring *buffer_of(uintptr_t thread)
{
  return mpcc__rings_of(&stores.rings, &pool.source, thread);
}

static uint64_t claim_of(uint32_t index)
{
  return (uint64_t)segment << 32 | index;
}

static void put(struct mpcc__ring *buffer, uint32_t index, uint64_t number)
{
  const uint64_t item[4] = {number}; /* as large as usual sizes get, for the compiler's checks */

  mpcc__stores_put(buffer, claim_of(index), item);
}

static bool is_ready(uint32_t index)
{
  return mpcc__segment_is_ready(&mpcc__segment_flags(at(segment))[index]);
}

static uint64_t item_at(uint32_t index)
{
  uint64_t item;

  memcpy(&item, mpcc__segment_items(&pool.shelf, at(segment)) + index * ITEM, ITEM);
  return item;
}

static bool apply(void)
{
  return mpcc__stores_apply(&stores, &pool.source, &pool.shelf);
}

static struct mpcc__ring *grow(struct mpcc__ring *full)
{
  return mpcc__rings_grow(&stores.rings, &pool.source, full);
}

/* -- Whose they are ------------------------------------------------------------------------ */

static void a_thread_has_one_buffer_and_keeps_it(void **state)
{
  struct mpcc__ring *one = buffer_of(0x1000), *other = buffer_of(0x2000);
  (void)state;

  assert_non_null(one);
  assert_non_null(other);
  assert_ptr_not_equal(one, other);
  assert_ptr_equal(buffer_of(0x1000), one);
  assert_ptr_equal(buffer_of(0x2000), other);
}

static void who_finds_no_free_entry_has_no_buffer_and_all_others_keep_theirs(void **state)
{
  struct mpcc__ring *buffers[4 * MPCC__RINGS_THREADS];
  uint32_t without = 0;
  (void)state;

  for (uintptr_t i = 0; i < 4 * MPCC__RINGS_THREADS; i++) {
    buffers[i] = buffer_of((i + 1) * 4096);
    without += buffers[i] == NULL;
  }
  assert_true(without >= 3 * MPCC__RINGS_THREADS);
  assert_true(without < 4 * MPCC__RINGS_THREADS - MPCC__RINGS_THREADS / 2);
  for (uintptr_t i = 0; i < 4 * MPCC__RINGS_THREADS; i++) {
    assert_ptr_equal(buffer_of((i + 1) * 4096), buffers[i]);
    if (buffers[i] != NULL)
      buffers[i] = grow(buffers[i]);
    assert_ptr_equal(buffer_of((i + 1) * 4096), buffers[i]);
  }
}

static void without_memory_there_is_no_buffer_then_or_later(void **state)
{
  (void)state;

  refuse_from = counted_load(&counted.asked) + 1;
  assert_null(buffer_of(0x1000));
  refuse_from = 0;
  assert_null(buffer_of(0x1000));
  assert_false(apply());
  assert_non_null(buffer_of(0x2000));
}

/* -- What is in them ----------------------------------------------------------------------- */

static void an_item_comes_to_its_cell_when_the_loop_applies_it(void **state)
{
  struct mpcc__ring *one = buffer_of(0x1000), *other = buffer_of(0x2000);
  (void)state;

  put(one, 3, 33);
  put(other, 2, 22);
  put(one, 5, 55);
  assert_false(is_ready(2) || is_ready(3) || is_ready(5));
  assert_true(apply());
  assert_true(is_ready(2) && is_ready(3) && is_ready(5));
  assert_false(is_ready(4));
  assert_int_equal(item_at(2), 22);
  assert_int_equal(item_at(3), 33);
  assert_int_equal(item_at(5), 55);
  assert_false(apply());
}

static void fill_up(struct mpcc__ring *buffer, uint32_t *index)
{
  while (mpcc__ring_has_room(buffer)) {
    put(buffer, *index % CELLS, *index);
    ++*index;
  }
}

static void a_buffer_has_room_again_when_it_was_emptied(void **state)
{
  struct mpcc__ring *buffer = buffer_of(0x1000);
  uint32_t count = 0, again;
  (void)state;

  fill_up(buffer, &count);
  assert_int_equal(count, MPCC__STORES_FIRST);
  assert_true(apply());
  again = count;
  fill_up(buffer, &again);
  assert_int_equal(again, 2 * count);
  assert_true(apply());
  assert_int_equal(item_at((again - 1) % CELLS), again - 1);
}

static void a_full_buffer_is_followed_by_larger_ones_up_to_the_largest(void **state)
{
  struct mpcc__ring *first = buffer_of(0x1000), *buffer = first;
  uint32_t count = 0, size = MPCC__STORES_FIRST, all = 0;
  (void)state;

  for (; size <= MPCC__STORES_MOST; size *= 4) {
    assert_ptr_equal(buffer_of(0x1000), buffer);
    assert_true(mpcc__ring_has_room(buffer));
    fill_up(buffer, &count);
    all += size;
    assert_int_equal(count, all);
    first = buffer;
    buffer = grow(buffer);
  }
  assert_null(buffer);
  assert_ptr_equal(buffer_of(0x1000), first);

  /* The order in which they were put, through all of them. */
  assert_true(apply());
  assert_int_equal(item_at((all - 1) % CELLS), all - 1);
  if (all > CELLS)
    assert_int_equal(item_at(all % CELLS), all - CELLS);
  assert_false(apply());
  assert_true(mpcc__ring_has_room(first));
}

static void a_full_buffer_stays_when_memory_was_refused(void **state)
{
  struct mpcc__ring *buffer = buffer_of(0x1000);
  uint32_t count = 0;
  (void)state;

  fill_up(buffer, &count);
  refuse_from = counted_load(&counted.asked) + 1;
  assert_null(grow(buffer));
  assert_ptr_equal(buffer_of(0x1000), buffer);
  refuse_from = 0;
  uint64_t asked = counted_load(&counted.asked);
  assert_null(grow(buffer)); /* or every push would ask again */
  assert_int_equal(counted_load(&counted.asked), asked);
  assert_true(apply());
  assert_true(mpcc__ring_has_room(buffer));
  assert_int_equal(item_at(0), count > CELLS ? count - 1 - (count - 1) % CELLS : 0);
}

/* -- Two threads --------------------------------------------------------------------------- */

/* Cells are claimed in rounds of all of them; the loop takes a round when each is ready. */
static _Atomic uint64_t taken_rounds;

static void *fill(void *arg)
{
  struct mpcc__ring *buffer = buffer_of(0x1000);
  (void)arg;

  for (uint64_t i = 0; i < MANY; i++) {
    uint32_t index = (uint32_t)(i % CELLS);

    if (index == 0)
      while (atomic_load_explicit(&taken_rounds, memory_order_acquire) < i / CELLS)
        sched_yield();
    if (!mpcc__ring_has_room(buffer))
      buffer = grow(buffer);
    if (buffer != NULL)
      put(buffer, index, i);
    else
      mpcc__segment_fill(&pool.shelf, at(segment), index, &i, 1);
    buffer = buffer_of(0x1000);
  }
  return NULL;
}

static void take_round(uint64_t first, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++) {
    while (!is_ready(i))
      (void)apply();
    assert_int_equal(item_at(i), first + i);
  }
  memset((void *)mpcc__segment_flags(at(segment)), 0, count);
}

static void a_thread_fills_it_while_the_loop_empties_it(void **state)
{
  pthread_t thread;
  (void)state;

  atomic_init(&taken_rounds, 0);
  assert_int_equal(pthread_create(&thread, NULL, fill, NULL), 0);
  for (uint64_t first = 0; first < MANY; first += CELLS) {
    take_round(first, MANY - first < CELLS ? (uint32_t)(MANY - first) : CELLS);
    atomic_fetch_add_explicit(&taken_rounds, 1, memory_order_release);
  }
  assert_int_equal(pthread_join(thread, NULL), 0);
}

/* -- When they are on ---------------------------------------------------------------------- */

static enum mpcc__stores_turn note(uint32_t slot, uint32_t items, bool shared, uint64_t now_ms)
{
  const struct mpcc__stores_take take = {slot, items, shared, 0};

  return mpcc__stores_note(&stores, &take, now_ms);
}

/* Segments of 500 items in one millisecond: what the last one brought. */
static enum mpcc__stores_turn note_full(int segments, bool shared, uint64_t now_ms)
{
  enum mpcc__stores_turn turn = MPCC__STORES_STAY;

  for (int i = 0; i < segments && turn == MPCC__STORES_STAY; i++)
    turn = note(0, 500, shared, now_ms);
  return turn;
}

static void what_several_threads_fill_quickly_turns_them_on(void **state)
{
  (void)state;

  assert_int_equal(note_full(8, true, 1000), MPCC__STORES_STAY);
  assert_int_equal(note(0, 500, true, 1001), MPCC__STORES_ON);
}

static void what_several_threads_fill_slowly_does_not(void **state)
{
  (void)state;

  for (uint64_t ms = 1000; ms < 3000; ms++)
    assert_int_equal(note(0, 400, true, ms), MPCC__STORES_STAY);
}

static void what_one_thread_fills_does_not(void **state)
{
  (void)state;

  assert_int_equal(note_full(1000, false, 1000), MPCC__STORES_STAY);
}

static void many_slots_turn_them_on_if_much_comes_out_of_them(void **state)
{
  (void)state;

  for (uint32_t i = 0; i < 2000; i++)
    assert_int_equal(note(i, 2, false, 1000), MPCC__STORES_STAY);
  for (uint32_t i = 0; i < 47; i++)
    assert_int_equal(note(i, 2, false, 1000), MPCC__STORES_STAY);
  assert_int_equal(note(47, 2, false, 1000), MPCC__STORES_ON);
}

/* Takes of so many items, of so many slots in turn, in one millisecond: what the last one brought. */
static enum mpcc__stores_turn note_scattered(uint32_t takes, uint32_t items, uint32_t slots)
{
  enum mpcc__stores_turn turn = MPCC__STORES_STAY;

  for (uint32_t i = 0; i < takes && turn == MPCC__STORES_STAY; i++) {
    const struct mpcc__stores_take take = {i % slots, items, false, 8};

    turn = mpcc__stores_note(&stores, &take, 1000);
  }
  return turn;
}

static void much_out_of_many_slots_and_little_at_a_time_is_better_scattered(void **state)
{
  (void)state;

  assert_int_equal(note_scattered(4095, 1, 4000), MPCC__STORES_STAY);
  assert_int_equal(note_scattered(1, 1, 1), MPCC__STORES_SCATTERED);
  assert_int_equal(note_scattered(4095, 1, 255), MPCC__STORES_STAY); /* not many slots */
}

static void much_at_a_time_is_not(void **state)
{
  (void)state;

  assert_int_equal(note_scattered(1000, 8, 1000), MPCC__STORES_ON);
}

static void few_slots_of_many_do_not(void **state)
{
  (void)state;

  for (uint32_t i = 0; i < 100000; i++)
    assert_int_equal(note(i % 255 * 16, 500, false, 1000), MPCC__STORES_STAY);
}

static void they_go_off_when_one_thread_has_been_alone_for_long(void **state)
{
  (void)state;

  assert_int_equal(note_full(9, true, 1000), MPCC__STORES_ON);
  assert_int_equal(note_full(1000, false, 1300), MPCC__STORES_STAY);
  assert_int_equal(note_full(16, true, 1400), MPCC__STORES_STAY);
  assert_int_equal(note_full(1, false, 1500), MPCC__STORES_STAY);
  assert_int_equal(note_full(1000, false, 1999), MPCC__STORES_STAY);
  assert_int_equal(note_full(1, false, 2000),
                   MPCC__STORES_ALWAYS ? MPCC__STORES_STAY : MPCC__STORES_OFF);
  if (!MPCC__STORES_ALWAYS)
    assert_int_equal(note_full(9, true, 2000), MPCC__STORES_ON);
}

#define STORES_TEST(name) cmocka_unit_test_setup_teardown(name, a_segment, free_all)

int main(void)
{
  const struct CMUnitTest tests[] = {
    STORES_TEST(a_thread_has_one_buffer_and_keeps_it),
    STORES_TEST(who_finds_no_free_entry_has_no_buffer_and_all_others_keep_theirs),
    STORES_TEST(without_memory_there_is_no_buffer_then_or_later),
    STORES_TEST(an_item_comes_to_its_cell_when_the_loop_applies_it),
    STORES_TEST(a_buffer_has_room_again_when_it_was_emptied),
    STORES_TEST(a_full_buffer_is_followed_by_larger_ones_up_to_the_largest),
    STORES_TEST(a_full_buffer_stays_when_memory_was_refused),
    STORES_TEST(a_thread_fills_it_while_the_loop_empties_it),
    STORES_TEST(what_several_threads_fill_quickly_turns_them_on),
    STORES_TEST(what_several_threads_fill_slowly_does_not),
    STORES_TEST(what_one_thread_fills_does_not),
    STORES_TEST(many_slots_turn_them_on_if_much_comes_out_of_them),
    STORES_TEST(much_out_of_many_slots_and_little_at_a_time_is_better_scattered),
    STORES_TEST(much_at_a_time_is_not),
    STORES_TEST(few_slots_of_many_do_not),
    STORES_TEST(they_go_off_when_one_thread_has_been_alone_for_long),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
