/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Producer handles, the calls: what they refuse, how much they hold, in which order it comes. */

#include "crew.h"
#include "handles.h"

static void lanes(mpcc_options_t *options, uint32_t batch_size, size_t lane_capacity)
{
  rig_options(options, batch_size);
  options->slot_count = HAND_SLOTS;
  options->lane_capacity = lane_capacity;
}

static rig_t *rig_with_lanes(uint32_t batch_size, size_t lane_capacity)
{
  mpcc_options_t options;
  lanes(&options, batch_size, lane_capacity);
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  return rig;
}

static void a_handle_wants_an_instance_and_a_place_to_be_put(void **state)
{
  (void)state;
  rig_t *rig = rig_with_lanes(3, 8);
  static char mark;
  mpcc_producer_t *handle = (mpcc_producer_t *)(void *)&mark;

  assert_int_equal(mpcc_producer_open(NULL, &handle), MPCC_EINVAL);
  assert_int_equal(mpcc_producer_open(rig->mpcc, NULL), MPCC_EINVAL);
  assert_int_equal(mpcc_producer_open(NULL, NULL), MPCC_EINVAL);

  assert_ptr_equal(handle, &mark);
  assert_int_equal(mpcc_producer_close(NULL), 0);
  rig_close(rig);
}

static void a_push_wants_a_handle_an_item_and_a_slot_that_exists_in_every_state(void **state)
{
  (void)state;
  static const uint32_t wrong[] = {HAND_SLOTS, HAND_SLOTS + 1, MPCC_ALL_SLOTS};
  mpcc_options_t options;
  lanes(&options, 3, 8);
  rig_t *rig = rig_open(&options);
  mpcc_producer_t *handle = handle_open(rig);
  uint64_t item = 1;

  for (int life = 0; life < 3; life++) {
    assert_int_equal(mpcc_producer_push(NULL, &item, 0), MPCC_EINVAL);
    assert_int_equal(mpcc_producer_push(handle, NULL, 0), MPCC_EINVAL);
    assert_int_equal(mpcc_producer_push(NULL, NULL, HAND_SLOTS), MPCC_EINVAL);
    for (size_t i = 0; i < 3; i++)
      assert_int_equal(mpcc_producer_push(handle, &item, wrong[i]), MPCC_EINVAL);
    if (life == 0)
      rig_start(rig);
    if (life == 1) {
      assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
      rig_step(rig, 1);
    }
  }

  assert_int_equal(handle_try(handle, 0, 1), MPCC_ECLOSED);
  mpcc_stats_t stats = stats_of(rig, MPCC_ALL_SLOTS);
  assert_int_equal(stats.pushed + stats.rejected, 0);
  handle_close(handle);
  rig_close(rig);
}

static void a_lane_may_hold_any_number_and_0_means_4096(void **state)
{
  (void)state;
  static const size_t lane_sizes[] = {0, 1, 2, 3, 7, 64, 100, 1000, 4095, 4096, 4097};
  for (size_t k = 0; k < sizeof(lane_sizes) / sizeof(lane_sizes[0]); k++) {
    size_t most = lane_sizes[k] != 0 ? lane_sizes[k] : 4096;
    mpcc_options_t options;
    lanes(&options, 50, lane_sizes[k]);
    rig_t *rig = rig_open(&options);
    mpcc_producer_t *handle = handle_open(rig);

    assert_int_equal(handle_fill(handle, 5, 0, MPCC_EFULL), most);
    assert_int_equal(handle_try(handle, 6, 0), MPCC_EFULL); /* of whatever slots */
    rig_start(rig);
    rig_step(rig, 1);
    /* Empty again, wherever in the ring that is. */
    assert_int_equal(handle_fill(handle, 5, most, MPCC_EFULL), most);

    assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
    rig_step(rig, 2);
    assert_fates(rig, 2 * most, 0, 0);
    for (size_t i = 0; i < rig->item_count; i++)
      assert_int_equal(rig->items[i], i);
    handle_close(handle);
    rig_close(rig);
  }
}

static void lanes_that_no_address_space_can_hold_are_refused(void **state)
{
  (void)state;
  static const struct {
    size_t lane_capacity, item_size;
  } rows[] = {
    {SIZE_MAX, 1}, {SIZE_MAX - 1, 1}, {SIZE_MAX / 2, 65536}, {SIZE_MAX / 4, 1},
    {SIZE_MAX / 8, 8}, {SIZE_MAX / 65536, 65536}, {(size_t)1 << (sizeof(size_t) * 8 - 1), 8},
  };
  static char mark;
  mpcc_t *mpcc = (mpcc_t *)(void *)&mark;
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    mpcc_options_t options;
    lanes(&options, 50, rows[i].lane_capacity);
    options.item_size = rows[i].item_size;
    if (mpcc_create(&mpcc, &options) != MPCC_EINVAL)
      fail_msg("row %zu", i);
    assert_ptr_equal(mpcc, &mark);
  }
}

/* Byte ${i} of item number ${n}. */
static unsigned char pattern(size_t n, size_t i)
{
  return (unsigned char)(n * 31 + i * 7 + i / 251 + 1);
}

static int check_bytes(rig_t *rig, mpcc_batch_t *batch)
{
  const unsigned char *items = batch->items;
  size_t align = rig->item_size & ~(rig->item_size - 1), wrong = 0;
  wrong += (uintptr_t)items % (align < 64 ? align : 64) != 0;
  for (size_t n = 0; n < batch->count; n++)
    for (size_t i = 0; i < rig->item_size; i++)
      wrong += items[n * rig->item_size + i] != pattern(n + (size_t)rig->got_count * 10, i);
  rig_keep(rig, wrong == 0 && batch->count == 10);
  return 0;
}

static void items_of_every_size_are_copied_and_come_out_whole_and_aligned(void **state)
{
  (void)state;
  static const size_t sizes[] = {1, 2, 3, 4, 5, 7, 12, 16, 24, 63, 64, 100, 4096, 65535, 65536};
  static unsigned char buffer[65536 + 1];
  for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
    mpcc_options_t options;
    lanes(&options, 10, 23);
    options.item_size = sizes[k];
    rig_t *rig = rig_open(&options);
    rig->on_pump = check_bytes;
    rig_start(rig);
    mpcc_producer_t *handle = handle_open(rig);

    for (size_t n = 0; n < 100; n++) {
      for (size_t i = 0; i < sizes[k]; i++)
        buffer[1 + i] = pattern(n, i);
      assert_int_equal(mpcc_producer_push(handle, buffer + 1, 3), 0); /* need not be aligned */
      memset(buffer, 0xee, sizeof(buffer));
      if (n % 20 == 19)
        rig_step(rig, n);
    }

    assert_int_equal(rig->got_count, 10);
    for (size_t i = 0; i < 10; i++)
      assert_int_equal(rig->got[i], 1);
    handle_close(handle);
    rig_close(rig);
  }
}

static void every_handle_keeps_its_order_in_every_slot(void **state)
{
  (void)state;
  enum { COUNT = 3 };
  static const size_t lane_sizes[] = {1, 5, 64, 1000};
  for (size_t k = 0; k < 4; k++) {
    rig_t *rig = rig_with_lanes(7, lane_sizes[k]);
    struct hand hands[COUNT] = {{0}};
    uint64_t random = k + 1, full = 0;
    for (uint64_t i = 0; i < COUNT; i++)
      hands[i] = (struct hand){.handle = handle_open(rig), .number = i};

    for (uint64_t i = 0; i < 30000; i++) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      int result = hand_push(&hands[(random >> 60) % COUNT], (uint32_t)(random >> 33) % HAND_SLOTS);
      full += result == MPCC_EFULL;
      assert_true(result == 0 || result == MPCC_EFULL);
      if ((random >> 40) % (lane_sizes[k] + 1) == 0)
        rig_step(rig, rig->now_ms + (random >> 50) % 3);
    }
    assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
    rig_step(rig, rig->now_ms);

    assert_hands(rig, hands, COUNT);
    assert_int_equal(stats_of(rig, MPCC_ALL_SLOTS).rejected, full);
    assert_fates(rig, 30000 - full, 0, 0);
    for (size_t i = 0; i < COUNT; i++)
      handle_close(hands[i].handle);
    rig_close(rig);
  }
}

static void a_full_lane_is_its_own_handle_s_matter(void **state)
{
  (void)state;
  rig_t *rig = rig_with_lanes(1000, 10);
  mpcc_producer_t *first = handle_open(rig), *second = handle_open(rig);
  uint64_t item = 0;

  assert_int_equal(handle_fill(first, 2, 0, MPCC_EFULL), 10);
  assert_int_equal(handle_fill(second, 2, 0, MPCC_EFULL), 10);
  for (int i = 0; i < 100; i++)
    assert_int_equal(mpcc_push(rig->mpcc, &item, 2), 0);
  assert_int_equal(mpcc_push_wait(rig->mpcc, &item, 2, 0), 0);

  assert_int_equal(stats_of(rig, 2).rejected, 2);
  assert_int_equal(stats_of(rig, 2).pushed, 121);
  assert_int_equal(handle_try(first, 7, 0), MPCC_EFULL);
  assert_int_equal(stats_of(rig, 7).rejected, 1); /* of the slot it was for */
  handle_close(first);
  handle_close(second);
  rig_close(rig);
}

static void a_capacity_is_exact_whoever_pushes(void **state)
{
  (void)state;
  static const size_t capacities[] = {1, 2, 3, 10, 77};
  for (size_t k = 0; k < 5; k++) {
    mpcc_options_t options;
    lanes(&options, 4, 100);
    options.capacity = capacities[k];
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    rig->answer = MPCC_PENDING;
    mpcc_producer_t *first = handle_open(rig), *second = handle_open(rig);

    for (uint64_t round = 1; round <= 20; round++) {
      uint64_t item = 0;
      size_t count = 0;
      for (int full = 0; full != 7; count++) {
        int result = count % 3 == 0   ? handle_try(first, 1, 0)
                     : count % 3 == 1 ? handle_try(second, 1, 0)
                                      : mpcc_push(rig->mpcc, &item, 1);
        if (result == 0)
          continue;
        assert_int_equal(result, MPCC_EFULL);
        full |= 1 << count % 3;
      }
      assert_int_equal(stats_of(rig, 1).queued, capacities[k]);
      assert_int_equal(handle_try(first, 2, 0), 0); /* no other slot has anything to do with it */
      assert_int_equal(mpcc_discard(rig->mpcc, 2), 0);
      rig_step(rig, round);
      if (round == 1)
        assert_int_equal(rig_count(rig, CALL_PUMP), 1);
      finish_calls(rig, 0);
    }

    handle_close(first);
    handle_close(second);
    rig_close(rig);
  }
}

static void a_full_lane_takes_nothing_of_a_slot_s_capacity(void **state)
{
  (void)state;
  mpcc_options_t options;
  lanes(&options, 50, 6);
  options.capacity = 10;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  mpcc_producer_t *handle = handle_open(rig);
  uint64_t item = 0;

  assert_int_equal(handle_fill(handle, 1, 0, MPCC_EFULL), 6);
  for (int i = 0; i < 50; i++)
    assert_int_equal(handle_try(handle, 1, 0), MPCC_EFULL);
  for (int i = 0; i < 4; i++)
    assert_int_equal(mpcc_push(rig->mpcc, &item, 1), 0);
  assert_int_equal(mpcc_push(rig->mpcc, &item, 1), MPCC_EFULL);
  rig_step(rig, 1);

  assert_int_equal(stats_of(rig, 1).rejected, 52);
  assert_int_equal(rig_calls(rig), 1); /* below batch_size a slot at capacity is due */
  assert_int_equal(rig->calls[0].count, 10);
  assert_int_equal(rig->calls[0].due, MPCC_DUE_FULL);
  handle_close(handle);
  rig_close(rig);
}

struct wish {
  rig_t *rig;
  uint64_t item;
};

static int push_and_wait(void *arg)
{
  struct wish *wish = arg;
  return mpcc_push_wait(wish->rig->mpcc, &wish->item, 1, MPCC_NO_TIMEOUT);
}

static void who_waits_for_room_gets_what_a_handle_s_items_leave_and_before_the_handle(void **state)
{
  (void)state;
  for (int discarded = 0; discarded < 2; discarded++) {
    mpcc_options_t options;
    lanes(&options, 5, 100);
    options.capacity = 5;
    rig_t *rig = rig_open(&options);
    rig_start(rig);
    mpcc_producer_t *handle = handle_open(rig);
    handle_push(handle, 1, 0, 5);
    struct wish wish = {rig, 5};
    sleeper_t sleeper;
    sleeper_start(&sleeper, push_and_wait, &wish);
    bool early = sleeper_is_up(&sleeper);
    int result = handle_try(handle, 1, 99);

    if (discarded != 0)
      assert_int_equal(mpcc_discard(rig->mpcc, 1), 0);
    rig_step(rig, 1);
    int waited = sleeper_join(&sleeper);
    handle_push(handle, 1, 6, 4);
    rig_step(rig, 2);

    assert_false(early);
    assert_int_equal(result, MPCC_EFULL);
    assert_int_equal(waited, 0);
    assert_batch(rig, pick(rig, CALL_PUMP, 1, discarded != 0 ? 0 : 1), 1, 5, 5, MPCC_DUE_FULL);
    handle_close(handle);
    rig_close(rig);
  }
}

static unsigned told[HAND_SLOTS];

static void note_room(mpcc_t *mpcc, uint32_t slot, void *state)
{
  rig_t *rig = state;
  if (rig != NULL && mpcc == rig->mpcc && slot < HAND_SLOTS)
    told[slot]++;
}

static void who_was_refused_by_a_full_lane_is_told_of_room_once(void **state)
{
  (void)state;
  mpcc_options_t options;
  lanes(&options, 1000, 8);
  options.on_room = note_room;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  mpcc_producer_t *handle = handle_open(rig);
  memset(told, 0, sizeof(told));
  rig_step(rig, 1);

  for (unsigned round = 1; round <= 20; round++) {
    assert_int_equal(handle_fill(handle, 3, 0, MPCC_EFULL), 8);
    assert_int_equal(handle_try(handle, 3, 0), MPCC_EFULL);
    assert_int_equal(handle_try(handle, 4, 0), MPCC_EFULL);
    assert_int_equal(told[3] + told[4], 2 * (round - 1));
    for (uint64_t i = 0; i < 3; i++)
      rig_step(rig, rig->now_ms + 2);
    assert_int_equal(told[3], round);
    assert_int_equal(told[4], round);
  }

  assert_int_equal(told[0] + told[5], 0);
  handle_close(handle);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_handle_wants_an_instance_and_a_place_to_be_put),
    cmocka_unit_test(a_push_wants_a_handle_an_item_and_a_slot_that_exists_in_every_state),
    cmocka_unit_test(a_lane_may_hold_any_number_and_0_means_4096),
    cmocka_unit_test(lanes_that_no_address_space_can_hold_are_refused),
    cmocka_unit_test(items_of_every_size_are_copied_and_come_out_whole_and_aligned),
    cmocka_unit_test(every_handle_keeps_its_order_in_every_slot),
    cmocka_unit_test(a_full_lane_is_its_own_handle_s_matter),
    cmocka_unit_test(a_capacity_is_exact_whoever_pushes),
    cmocka_unit_test(a_full_lane_takes_nothing_of_a_slot_s_capacity),
    cmocka_unit_test(who_waits_for_room_gets_what_a_handle_s_items_leave_and_before_the_handle),
    cmocka_unit_test(who_was_refused_by_a_full_lane_is_told_of_room_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
