/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Where the library lets other threads run, because one of them is in the middle of something that
 * must end first; and where another one comes between two of its steps. The linker's --wrap sends
 * its sched_yield() and its memset() here, and what the other thread would do meanwhile is done by
 * hand.
 */
#include <stdlib.h>

#include "claim.h"
#include "handles.h"
#include "instance.h"
#include "lanes.h"

static void (*others)(void *arg); /* what they do while we yield */
static void *others_arg;
static unsigned yields;

int __real_sched_yield(void);
int __wrap_sched_yield(void);

int __wrap_sched_yield(void)
{
  if (others == NULL)
    return __real_sched_yield(); /* not ours: a sanitizer's, at its end */
  if (++yields > 1000)
    abort(); /* it would go on for ever */
  others(others_arg);
  return 0;
}

static void while_yielding(void (*act)(void *arg), void *arg)
{
  others = act;
  others_arg = arg;
  yields = 0;
}

/* -- Memory that is reserved, but in others' hands ------------------------------------------ */

enum { CAPACITY = 8, MOST = 256 };

static struct {
  struct mpcc__pool *pool;
  uint32_t numbers[MOST];
  size_t count;
} hands;

static void take_all(struct mpcc__pool *pool)
{
  uint32_t number;
  hands.pool = pool;
  hands.count = 0;
  while ((number = mpcc__pool_take(pool)) != 0) {
    assert_true(hands.count < MOST);
    hands.numbers[hands.count++] = number;
  }
  assert_true(hands.count > 0);
}

/* With the third yield. */
static void give_one_later(void *arg)
{
  (void)arg;
  if (yields == 3)
    mpcc__pool_give(hands.pool, hands.numbers[--hands.count]);
}

static void a_push_waits_for_a_piece_that_others_hold_for_a_moment(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  options.capacity = CAPACITY;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  take_all(&rig->mpcc->world.pool);

  while_yielding(give_one_later, NULL);
  rig_push(rig, 0, 0, 4);
  assert_int_equal(yields, 3);
  while_yielding(NULL, NULL);

  while (hands.count > 0)
    mpcc__pool_give(hands.pool, hands.numbers[--hands.count]);
  rig_step(rig, 1);
  assert_batch(rig, 0, 0, 0, 4, MPCC_DUE_FULL);
  rig_close(rig);
}

/* -- A drain in IDLE that is undone ---------------------------------------------------------- */

static void open_again(void *slot)
{
  mpcc__queue_open(&((struct mpcc__slot *)slot)->queue);
}

static void a_push_into_a_slot_that_is_closed_for_a_moment_is_not_refused(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  rig_t *rig = rig_open(&options);
  struct mpcc__slot *slot = &rig->mpcc->world.slots[0];
  assert_true(mpcc__queue_close_empty(&slot->queue, &slot->end));

  while_yielding(open_again, slot);
  rig_push(rig, 0, 0, 1);
  assert_int_equal(yields, 1);
  rig_push(rig, 0, 1, 3);
  assert_int_equal(yields, 1);
  while_yielding(NULL, NULL);

  rig_start(rig);
  rig_step(rig, 1);
  assert_batch(rig, 0, 0, 0, 4, MPCC_DUE_FULL);
  rig_close(rig);
}

/* -- Handles that are frozen ----------------------------------------------------------------- */

static bool was_quiet;

static void thaw(void *arg)
{
  struct mpcc__world *world = arg;
  was_quiet = mpcc__lanes_quiet(world->lanes); /* else who freezes would wait for who waits */
  /* pairs world.detour. */
  atomic_fetch_and_explicit(&world->detour, ~(unsigned)MPCC__DETOUR_FROZEN, memory_order_release);
}

static void a_push_through_a_frozen_handle_waits_until_it_is_thawed(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  rig_t *rig = rig_open(&options);
  mpcc_producer_t *handle = handle_open(rig);
  /* pairs world.detour: as a drain in IDLE does on another thread. */
  atomic_fetch_or_explicit(&rig->mpcc->world.detour, MPCC__DETOUR_FROZEN, memory_order_seq_cst);

  while_yielding(thaw, &rig->mpcc->world);
  handle_push(handle, 0, 0, 4);
  assert_int_equal(yields, 1);
  assert_true(was_quiet);
  while_yielding(NULL, NULL);

  rig_start(rig);
  rig_step(rig, 1);
  assert_batch(rig, 0, 0, 0, 4, MPCC_DUE_FULL);
  handle_close(handle);
  rig_close(rig);
}

static void end_push(void *arg)
{
  mpcc_producer_t *handle = arg;
  if (yields == 2)
    mpcc__lane_take_back(&handle->lane);
}

static void a_drain_in_idle_waits_for_a_push_that_has_begun(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 4);
  rig_t *rig = rig_open(&options);
  mpcc_producer_t *handle = handle_open(rig);
  mpcc__lane_begin(&handle->lane); /* and was preempted */

  while_yielding(end_push, handle);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  assert_int_equal(yields, 2);
  while_yielding(NULL, NULL);

  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  assert_int_equal(handle_try(handle, 0, 0), MPCC_ECLOSED);
  handle_close(handle);
  rig_close(rig);
}

/* -- Answers that come while the instance is destroyed ---------------------------------------- */

static void leave_home(void *core)
{
  if (yields == 2)
    mpcc__gate_leave(&((struct mpcc__core *)core)->home);
}

static void destroy_waits_for_an_answer_that_is_giving_memory_back(void **state)
{
  (void)state;
  rig_t *rig = rig_run(4, MPCC_NO_INTERVAL);
  struct mpcc__core *core = rig->mpcc->world.core;
  assert_int_equal(rig_complete(rig, MPCC_ABANDON), 0);
  rig_step(rig, 1);
  assert_true(mpcc__gate_try_enter(&core->home)); /* as a late done, which is then preempted */

  while_yielding(leave_home, core);
  assert_int_equal(mpcc_destroy(rig->mpcc), 0);
  assert_int_equal(yields, 2);
  while_yielding(NULL, NULL);

  rig->mpcc = NULL;
  rig_close(rig);
}

/* -- A push that has not published ------------------------------------------------------------ */

struct claimed {
  rig_t *rig;
  uint64_t tail;
};

static void publish(void *arg)
{
  const struct claimed *claimed = arg;
  struct mpcc__shelf *shelf = &claimed->rig->mpcc->world.pool.shelf;
  uint64_t item = 3;
  if (yields == 4)
    mpcc__segment_fill(shelf, mpcc__segment_at(shelf, mpcc__tail_segment(claimed->tail)),
                       mpcc__tail_index(claimed->tail), &item, 1);
}

static void a_discard_in_idle_waits_for_a_push_that_has_claimed_its_place(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 10);
  rig_t *rig = rig_open(&options);
  rig_push(rig, 0, 0, 3);
  struct claimed claimed = {rig, mpcc__queue_claim(&rig->mpcc->world.slots[0].queue, 1)};

  while_yielding(publish, &claimed);
  assert_int_equal(rig_complete(rig, MPCC_DISCARD), 0);
  assert_true(yields >= 4);
  while_yielding(NULL, NULL);

  assert_unseen(rig, 0, 0, 4, 10);
  assert_int_equal(mpcc_wait(rig->mpcc, 0), 0);
  rig_close(rig);
}

/* -- A segment that is offered to a queue which has just got another one ----------------------- */

static rig_t *intruder; /* pushes between the next memset() of ones and what follows it */

void *__real_memset(void *memory, int byte, size_t size);
void *__wrap_memset(void *memory, int byte, size_t size);

void *__wrap_memset(void *memory, int byte, size_t size)
{
  rig_t *rig = byte == 1 ? intruder : NULL;
  if (rig != NULL) {
    intruder = NULL;
    rig_push(rig, 0, 0, 1);
  }
  return __real_memset(memory, byte, size);
}

static bool is_cleared(const struct mpcc__shelf *shelf, uint32_t number)
{
  const _Atomic uint8_t *flags = mpcc__segment_flags(mpcc__segment_at(shelf, number));
  unsigned set = 0;
  for (uint32_t i = 0; i < shelf->cap; i++)
    set += mpcc__segment_is_ready(&flags[i]);
  return set == 0;
}

static void a_segment_that_comes_second_is_not_taken_and_stays_as_it_was(void **state)
{
  (void)state;
  rig_t *rig = rig_run(4, MPCC_NO_INTERVAL);
  struct mpcc__world *world = &rig->mpcc->world;
  struct mpcc__push push = {world, &world->slots[0], true, false, true, MPCC__NOW};
  const uint64_t items[] = {4, 5, 6, 7};
  uint32_t number = mpcc__pool_take(&world->pool);
  memcpy(mpcc__segment_items(&world->pool.shelf, mpcc__segment_at(&world->pool.shelf, number)),
         items, sizeof(items));

  intruder = rig;
  bool adopted = mpcc__claim_adopt(&push, number, 4);
  bool came = intruder == NULL;
  intruder = NULL;
  if (came) {
    assert_false(adopted);
    assert_true(is_cleared(&world->pool.shelf, number));
    rig_push(rig, 0, 1, 3); /* now there is no free cell */
    assert_true(mpcc__claim_adopt(&push, number, 4));
  }
  rig_step(rig, 1);

  if (came)
    assert_batch(rig, 0, 0, 0, 4, MPCC_DUE_FULL);
  assert_batch(rig, came ? 1 : 0, 0, 4, 4, MPCC_DUE_FULL);
  rig_close(rig);
  if (!came)
    skip(); /* the compiler has its own way to fill memory */
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_push_waits_for_a_piece_that_others_hold_for_a_moment),
    cmocka_unit_test(a_push_into_a_slot_that_is_closed_for_a_moment_is_not_refused),
    cmocka_unit_test(a_push_through_a_frozen_handle_waits_until_it_is_thawed),
    cmocka_unit_test(a_drain_in_idle_waits_for_a_push_that_has_begun),
    cmocka_unit_test(destroy_waits_for_an_answer_that_is_giving_memory_back),
    cmocka_unit_test(a_discard_in_idle_waits_for_a_push_that_has_claimed_its_place),
    cmocka_unit_test(a_segment_that_comes_second_is_not_taken_and_stays_as_it_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
