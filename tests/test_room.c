/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* on_room: the answer for producers that were refused and can't wait, here by options.capacity. */

#include <pthread.h>
#include <string.h>

#include "crew.h"
#include "picks.h"

enum { SLOTS = 4, CAPACITY = 3 };

/* What on_room was told; the state of an instance is its rig, hook_arg of that is this. */
struct told {
  atomic_uint times[SLOTS];
  unsigned odd; /* calls with something wrong */
  pthread_t thread;
  void (*act)(struct told *told, rig_t *rig, uint32_t slot);
  uint64_t item;
  size_t pushed;
};

static void note_room(mpcc_t *mpcc, uint32_t slot, void *state)
{
  rig_t *rig = state;
  struct told *told = rig != NULL ? rig->hook_arg : NULL;
  if (told == NULL)
    return;
  told->odd += slot >= SLOTS || mpcc != rig->mpcc;
  told->thread = pthread_self();
  if (slot < SLOTS)
    atomic_fetch_add_explicit(&told->times[slot], 1, memory_order_release);
  if (told->act != NULL)
    told->act(told, rig, slot);
}

static unsigned times(struct told *told, uint32_t slot)
{
  return atomic_load_explicit(&told->times[slot], memory_order_acquire);
}

static void roomy_options(mpcc_options_t *options)
{
  rig_options(options, CAPACITY);
  options->capacity = CAPACITY;
  options->slot_count = SLOTS;
  options->on_room = note_room;
}

static rig_t *rig_roomy(struct told *told)
{
  mpcc_options_t options;
  roomy_options(&options);
  rig_t *rig = rig_open(&options);
  memset(told, 0, sizeof(*told));
  rig->hook_arg = told;
  rig->answer = MPCC_PENDING;
  rig_start(rig);
  return rig;
}

static int push_one(rig_t *rig, uint32_t slot)
{
  uint64_t item = 99;
  return mpcc_push(rig->mpcc, &item, slot);
}

/* One batch of ${slot} in flight, and no room. */
static void fill(rig_t *rig, uint32_t slot)
{
  rig_push(rig, slot, 0, CAPACITY);
  rig_step(rig, rig->now_ms + 1);
  rig_push(rig, slot, CAPACITY, CAPACITY);
}

static void finish_all(rig_t *rig)
{
  for (size_t i = 0; i < rig_calls(rig); i++)
    if (rig->calls[i].kind == CALL_PUMP)
      (void)rig_done(rig, i, 0);
}

static void without_a_refusal_nobody_is_told(void **state)
{
  (void)state;
  struct told told;
  rig_t *rig = rig_roomy(&told);

  for (int round = 0; round < 20; round++) {
    fill(rig, 0);
    finish_all(rig);
    rig_step(rig, rig->now_ms + 1);
    finish_all(rig);
    rig_step(rig, rig->now_ms + 1);
  }

  assert_int_equal(times(&told, 0), 0);
  assert_int_equal(told.odd, 0);
  rig_close(rig);
}

static void one_or_many_refusals_are_told_of_once_when_there_is_room(void **state)
{
  (void)state;
  uint64_t items[5] = {0};
  for (int refusals = 1; refusals <= 4; refusals++) {
    struct told told;
    rig_t *rig = rig_roomy(&told);
    fill(rig, 1);
    for (int i = 1; i < refusals; i++)
      assert_int_equal(push_one(rig, 1), MPCC_EFULL);
    assert_int_equal(mpcc_push_many(rig->mpcc, items, 5, 1), MPCC_EFULL);
    rig_step(rig, 10);
    rig_step(rig, 11);
    assert_int_equal(times(&told, 1), 0); /* the batch in flight still keeps the next from room */

    finish_all(rig);
    assert_int_equal(times(&told, 1), 0);
    rig_step(rig, 12);
    assert_int_equal(times(&told, 1), 1);
    rig_push(rig, 1, 100, CAPACITY);
    finish_all(rig);
    rig_step(rig, 13);
    rig_step(rig, 14);

    assert_int_equal(times(&told, 1), 1);
    assert_int_equal(times(&told, 0) + times(&told, 2) + times(&told, 3), 0);
    assert_int_equal(told.odd, 0);
    assert_int_equal(stats_of(rig, 1).rejected, refusals - 1 + 5);
    rig_close(rig);
  }
}

static void each_new_refusal_is_told_of_again(void **state)
{
  (void)state;
  struct told told;
  rig_t *rig = rig_roomy(&told);
  fill(rig, 0);

  for (unsigned round = 1; round <= 50; round++) {
    assert_int_equal(push_one(rig, 0), MPCC_EFULL);
    finish_all(rig);
    rig_step(rig, rig->now_ms + 1);
    assert_int_equal(times(&told, 0), round);
    rig_push(rig, 0, 0, CAPACITY);
  }
  rig_close(rig);
}

static void each_slot_is_told_for_itself(void **state)
{
  (void)state;
  struct told told;
  rig_t *rig = rig_roomy(&told);
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    fill(rig, slot);
  assert_int_equal(push_one(rig, 0), MPCC_EFULL);
  assert_int_equal(push_one(rig, 2), MPCC_EFULL);

  assert_int_equal(rig_done(rig, pick(rig, CALL_PUMP, 2, 0), 0), 0);
  assert_int_equal(rig_done(rig, pick(rig, CALL_PUMP, 1, 0), 0), 0);
  rig_step(rig, 10);
  assert_int_equal(times(&told, 2), 1);
  assert_int_equal(times(&told, 0) + times(&told, 1) + times(&told, 3), 0);
  finish_all(rig);
  rig_step(rig, 11);

  assert_int_equal(times(&told, 0), 1);
  assert_int_equal(times(&told, 2), 1);
  assert_int_equal(times(&told, 1) + times(&told, 3), 0);
  rig_close(rig);
}

static void push_until_full(struct told *told, rig_t *rig, uint32_t slot)
{
  int result;
  while ((result = mpcc_push(rig->mpcc, &told->item, slot)) == 0)
    told->pushed++;
  rig_keep(rig, result);
}

static void who_is_told_may_push_and_is_told_again_if_refused_again(void **state)
{
  (void)state;
  struct told told;
  rig_t *rig = rig_roomy(&told);
  told.act = push_until_full;
  fill(rig, 0);
  assert_int_equal(push_one(rig, 0), MPCC_EFULL);

  for (unsigned round = 1; round <= 10; round++) {
    finish_all(rig);
    rig_step(rig, rig->now_ms + 1);
    assert_int_equal(times(&told, 0), round);
    assert_int_equal(told.pushed, (size_t)round * CAPACITY);
    assert_int_equal(rig->got[round - 1], MPCC_EFULL);
    rig_step(rig, rig->now_ms + 1);
    assert_int_equal(times(&told, 0), round);
  }
  rig_close(rig);
}

static void call_everything(struct told *told, rig_t *rig, uint32_t slot)
{
  mpcc_t *mpcc = rig->mpcc;
  uint64_t next;
  told->act = NULL;
  rig_keep(rig, mpcc_push_wait(mpcc, &told->item, slot, 0));
  rig_keep(rig, mpcc_flush_wait(mpcc, slot, 0));
  rig_keep(rig, mpcc_wait(mpcc, 0));
  rig_keep(rig, mpcc_step(mpcc, 1000, &next));
  rig_keep(rig, mpcc_start(mpcc, rig_on_pump, rig));
  rig_keep(rig, mpcc_destroy(mpcc));
  rig_keep(rig, mpcc_flush(mpcc, slot));
  rig_keep(rig, mpcc_discard(mpcc, slot));
  rig_keep(rig, mpcc_complete(mpcc, MPCC_DISCARD, NULL, NULL));
}

static void inside_on_room_the_calls_answer_as_in_every_callback(void **state)
{
  (void)state;
  static const int expected[] = {MPCC_EDEADLK, MPCC_EDEADLK, MPCC_EDEADLK, MPCC_EDEADLK,
                                 MPCC_EALREADY, MPCC_EBUSY, 0, 0, 0};
  struct told told;
  rig_t *rig = rig_roomy(&told);
  told.act = call_everything;
  fill(rig, 0);
  assert_int_equal(push_one(rig, 0), MPCC_EFULL);

  finish_all(rig);
  rig_step(rig, 10);

  assert_int_equal(rig->got_count, 9);
  for (size_t i = 0; i < 9; i++)
    assert_int_equal(rig->got[i], expected[i]);
  rig_close(rig);
}

static void room_that_a_discard_makes_is_told_of_too(void **state)
{
  (void)state;
  struct told told;
  rig_t *rig = rig_roomy(&told);
  fill(rig, 3);
  assert_int_equal(push_one(rig, 3), MPCC_EFULL);

  assert_int_equal(mpcc_discard(rig->mpcc, 3), 0);
  rig_step(rig, 10);

  assert_int_equal(times(&told, 3), 1);
  rig_push(rig, 3, 50, CAPACITY);
  rig_close(rig);
}

static void while_it_completes_and_afterwards_nobody_is_told(void **state)
{
  (void)state;
  static const int modes[] = {MPCC_DRAIN, MPCC_DISCARD, MPCC_ABANDON};
  for (size_t k = 0; k < 3; k++) {
    struct told told;
    rig_t *rig = rig_roomy(&told);
    fill(rig, 0);
    assert_int_equal(push_one(rig, 0), MPCC_EFULL);
    /* What is abandoned is no longer the library's to count as delivered: see rig_close(). */
    if (modes[k] == MPCC_ABANDON) {
      finish_all(rig);
      rig->answer = 0;
    }

    assert_int_equal(mpcc_complete(rig->mpcc, modes[k], NULL, NULL), 0);
    for (uint64_t now = 10; now < 14; now++) {
      finish_all(rig);
      rig_step(rig, now);
    }
    assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
    assert_int_equal(times(&told, 0), 0);

    /* A refusal of the life before is at most told of once, when there is room in the next. */
    rig->answer = 0;
    rig_start(rig);
    rig_push(rig, 0, 0, CAPACITY);
    rig_step(rig, 20);
    rig_push(rig, 0, 0, CAPACITY);
    rig_step(rig, 21);
    assert_in_range(times(&told, 0), 0, 1);
    rig_close(rig);
  }
}

static void a_refusal_before_the_start_is_told_of_after_it(void **state)
{
  (void)state;
  struct told told;
  mpcc_options_t options;
  roomy_options(&options);
  rig_t *rig = rig_open(&options);
  memset(&told, 0, sizeof(told));
  rig->hook_arg = &told;
  rig_push(rig, 2, 0, CAPACITY);
  assert_int_equal(push_one(rig, 2), MPCC_EFULL);

  rig_step(rig, 1);
  assert_int_equal(times(&told, 2), 0);
  rig_start(rig);
  rig_step(rig, 2);

  assert_int_equal(times(&told, 2), 1);
  assert_int_equal(told.odd, 0);
  rig_close(rig);
}

static pthread_t pump_thread;

static int note_pump_thread(rig_t *rig, mpcc_batch_t *batch)
{
  (void)rig;
  (void)batch;
  pump_thread = pthread_self();
  return 0;
}

/* A producer that never waits: it pushes from on_room, whenever it was refused. */
static void push_the_next_ones(struct told *told, rig_t *rig, uint32_t slot)
{
  while (told->pushed < 20000 && mpcc_push(rig->mpcc, &told->item, slot) == 0) {
    told->pushed++;
    told->item++;
  }
}

static bool all_pushed(void *arg)
{
  return stats_of(arg, 1).pushed == 20000;
}

static bool all_delivered(void *arg)
{
  return stats_of(arg, 1).delivered == 20000;
}

static void a_producer_on_the_loop_s_thread_lives_on_on_room_alone(void **state)
{
  (void)state;
  struct told told = {.act = push_the_next_ones};
  mpcc_options_t options;
  roomy_options(&options);
  options.manual = false;
  options.push_interval_ms = 3600000;
  rig_t *rig = rig_open(&options);
  rig->hook_arg = &told;
  rig->on_pump = note_pump_thread;
  rig_push(rig, 1, 0, CAPACITY);
  assert_int_equal(push_one(rig, 1), MPCC_EFULL);
  told.item = CAPACITY;
  told.pushed = CAPACITY;
  rig_start(rig);

  /* 20000 is no multiple of the batch: the flush is for the last two. */
  assert_true(crew_await(all_pushed, rig));
  assert_int_equal(mpcc_flush(rig->mpcc, 1), 0);
  assert_true(crew_await(all_delivered, rig));

  assert_int_equal(mpcc_complete(rig->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
  assert_true(pthread_equal(told.thread, pump_thread));
  assert_false(pthread_equal(told.thread, pthread_self()));
  assert_int_equal(told.odd, 0);
  for (size_t i = 0; i < rig->item_count; i++)
    assert_int_equal(rig->items[i], i);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(without_a_refusal_nobody_is_told),
    cmocka_unit_test(one_or_many_refusals_are_told_of_once_when_there_is_room),
    cmocka_unit_test(each_new_refusal_is_told_of_again),
    cmocka_unit_test(each_slot_is_told_for_itself),
    cmocka_unit_test(who_is_told_may_push_and_is_told_again_if_refused_again),
    cmocka_unit_test(inside_on_room_the_calls_answer_as_in_every_callback),
    cmocka_unit_test(room_that_a_discard_makes_is_told_of_too),
    cmocka_unit_test(while_it_completes_and_afterwards_nobody_is_told),
    cmocka_unit_test(a_refusal_before_the_start_is_told_of_after_it),
    cmocka_unit_test(a_producer_on_the_loop_s_thread_lives_on_on_room_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
