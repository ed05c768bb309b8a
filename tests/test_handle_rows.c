/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Handles of an instance with one slot: full rows are batches as they stand, and rows begin where
   batches do; and nothing comes late or is lost where that can't be. */

#include "handles.h"
#include "instance.h"
#include "lanes.h"
#include "purse.h"

enum { BATCH = 4, LANE = 16, SEEN = 64 };

/* -- A pump that looks where its items stand ------------------------------------------------- */

struct seen {
  mpcc_t *mpcc;
  uint64_t now_ms;
  const void *at[SEEN]; /* of each batch, from when on it was forgotten */
  size_t counts[SEEN];
  size_t batches;
  uint64_t items; /* of all */
  uint64_t next[3]; /* of each handle */
  unsigned wrong;
};

/* Items are numbered by handle: the second one's from this on, a third one's from twice as much. */
static const uint64_t SECOND = 1000000;

static int look(mpcc_batch_t *batch, void *state)
{
  struct seen *seen = state;
  const uint64_t *items = batch->items;

  for (size_t i = 0; i < batch->count; i++) {
    seen->wrong += items[i] % SECOND != seen->next[items[i] / SECOND]++;
  }
  if (seen->batches < SEEN) {
    seen->at[seen->batches] = items;
    seen->counts[seen->batches++] = batch->count;
  }
  seen->items += batch->count;
  return 0;
}

static void begin_manual(struct seen *seen)
{
  mpcc_options_t options;
  rig_options(&options, BATCH);
  options.lane_capacity = LANE;
  *seen = (struct seen){.now_ms = 1};
  assert_int_equal(mpcc_create(&seen->mpcc, &options), 0);
  assert_int_equal(mpcc_start(seen->mpcc, look, seen), 0);
}

static void step(struct seen *seen)
{
  mpcc_step(seen->mpcc, seen->now_ms++, NULL);
}

static void stop(struct seen *seen, int mode)
{
  int err = mpcc_complete(seen->mpcc, mode, NULL, NULL);

  assert_true(err == 0 || err == MPCC_EALREADY);
  for (int i = 0; i < 20; i++)
    step(seen);
}

/* All that was pushed comes, in order. */
static void end(struct seen *seen, uint64_t pushed)
{
  stop(seen, MPCC_DRAIN);
  assert_int_equal(seen->wrong, 0);
  assert_int_equal(seen->items, pushed);
  assert_int_equal(mpcc_destroy(seen->mpcc), 0);
}

static mpcc_producer_t *handle_of(struct seen *seen)
{
  mpcc_producer_t *handle = NULL;

  assert_int_equal(mpcc_producer_open(seen->mpcc, &handle), 0);
  return handle;
}

/* Lanes that are made of segments take a barrier of all threads. */
#define needs_rows()                \
  if (!mpcc__platform_can_bar())    \
  skip()

/* -- Batches as they stand -------------------------------------------------------------------- */

/* What a push would do next is to come to this row. */
static const void *next_row_of(const struct mpcc__lane *lane)
{
  return lane->rows[(lane->to_row + 1) % lane->row_count].items;
}

static void a_full_row_is_handed_over_where_it_stands(void **state)
{
  (void)state;
  needs_rows();
  struct seen seen;
  begin_manual(&seen);
  mpcc_producer_t *handle = handle_of(&seen);
  for (uint64_t k = 0; k < 10; k++) { /* more than once around */
    const void *expected = k == 0 ? handle->lane.place : next_row_of(&handle->lane);

    handle_push(handle, 0, k * BATCH, BATCH);
    step(&seen);
    assert_int_equal(seen.batches, k + 1);
    assert_ptr_equal(seen.at[k], expected);
    assert_true(mpcc__lane_tail(&handle->lane) == handle->lane.row_end);
    assert_int_equal(seen.counts[k], BATCH);
  }
  handle_close(handle);
  end(&seen, 10 * BATCH);
}

/* A handle whose rows do not begin where batches do: so many items of another one come before. */
static void misalign(struct seen *seen, mpcc_producer_t *other, size_t count)
{
  handle_push(other, 0, SECOND, count);
  step(seen);
  assert_int_equal(seen->batches, 0);
}

static void a_row_that_is_no_batch_is_followed_by_rows_that_are(void **state)
{
  (void)state;
  needs_rows();
  for (size_t before = 1; before < BATCH; before++) {
    struct seen seen;
    begin_manual(&seen);
    mpcc_producer_t *handle = handle_of(&seen), *other = handle_of(&seen);
    misalign(&seen, other, before);
    handle_push(handle, 0, 0, BATCH);
    step(&seen); /* it is asked for a shorter one */
    handle_push(handle, 0, BATCH, BATCH - before);
    step(&seen);
    assert_int_equal(seen.batches, 2);
    assert_true(mpcc__lane_tail(&handle->lane) == handle->lane.row_end);

    const void *expected = next_row_of(&handle->lane);
    handle_push(handle, 0, 2 * BATCH - before, BATCH);
    step(&seen);
    assert_int_equal(seen.batches, 3);
    assert_ptr_equal(seen.at[2], expected);
    handle_close(handle);
    handle_close(other);
    end(&seen, 3 * BATCH);
  }
}

static size_t row_size(const mpcc_producer_t *handle)
{
  return handle->lane.rows[handle->lane.to_row].size;
}

/* Three handles: one has pushed an item, the first one a row, so that it was asked for a shorter one;
   and the second one, which is looked at before it, has a row that is no batch either. */
static void ask_the_first(struct seen *seen, mpcc_producer_t *handles[3])
{
  begin_manual(seen);
  for (int i = 2; i >= 0; i--)
    handles[i] = handle_of(seen);
  misalign(seen, handles[2], 1);
  handle_push(handles[1], 0, 0, BATCH);
  step(seen);
  assert_ptr_equal(seen->mpcc->world.lanes->aligning, handles[1]);
  handle_push(handles[0], 0, 2 * SECOND, BATCH);
}

static void end_three(struct seen *seen, mpcc_producer_t *handles[3], uint64_t pushed)
{
  for (int i = 0; i < 3; i++)
    handle_close(handles[i]);
  end(seen, pushed);
}

static void one_that_has_come_to_its_shorter_row_is_the_only_one_that_was_asked(void **state)
{
  (void)state;
  needs_rows();
  struct seen seen;
  mpcc_producer_t *handles[3];
  ask_the_first(&seen, handles);
  handle_push(handles[1], 0, BATCH, 1);
  assert_int_equal(row_size(handles[1]), BATCH - 1);

  step(&seen);

  handle_push(handles[0], 0, 2 * SECOND + BATCH, 1);
  assert_int_equal(row_size(handles[0]), BATCH);
  end_three(&seen, handles, 2 * BATCH + 3);
}

static void one_that_sleeps_leaves_it_to_another(void **state)
{
  (void)state;
  needs_rows();
  struct seen seen;
  mpcc_producer_t *handles[3];
  ask_the_first(&seen, handles);

  step(&seen);

  assert_ptr_equal(seen.mpcc->world.lanes->aligning, handles[0]);
  handle_push(handles[1], 0, BATCH, 1);
  assert_int_equal(row_size(handles[1]), BATCH);
  handle_push(handles[0], 0, 2 * SECOND + BATCH, 1);
  assert_int_equal(row_size(handles[0]), BATCH - 1);
  end_three(&seen, handles, 2 * BATCH + 3);
}

static void a_handle_that_is_closed_while_it_was_asked_is_forgotten(void **state)
{
  (void)state;
  needs_rows();
  struct seen seen;
  begin_manual(&seen);
  mpcc_producer_t *handle = handle_of(&seen), *other = handle_of(&seen);
  misalign(&seen, other, 1);
  handle_push(handle, 0, 0, BATCH);
  step(&seen);
  handle_push(handle, 0, BATCH, 1); /* it has come to the shorter row */

  handle_close(handle);

  assert_null(seen.mpcc->world.lanes->aligning);
  handle_close(other);
  end(&seen, BATCH + 2);
}

/* Also when that is by way of a stop that drops it. */
static void one_whose_shorter_row_was_dropped_is_forgotten(void **state)
{
  (void)state;
  needs_rows();
  struct seen seen;
  mpcc_producer_t *handles[3];
  ask_the_first(&seen, handles);
  handle_push(handles[1], 0, BATCH, 1);

  stop(&seen, MPCC_DISCARD);

  assert_null(seen.mpcc->world.lanes->aligning);
  end_three(&seen, handles, BATCH);
}

/* As a look does that leaves some, or that gets no memory. */
static void what_was_dropped_does_not_make_the_next_item_old(void **state)
{
  (void)state;
  struct seen seen;
  begin_manual(&seen);
  mpcc_producer_t *handle = handle_of(&seen);
  handle_push(handle, 0, 0, 1);
  handle->rest_ms = 1;
  /* relaxed: one thread's. */
  atomic_store_explicit(&handle->since_ms, 1, memory_order_relaxed);
  stop(&seen, MPCC_DISCARD);

  assert_int_equal(mpcc_start(seen.mpcc, look, &seen), 0);

  assert_true(handle->rest_ms == MPCC__NOW);
  /* relaxed: one thread's. */
  assert_int_equal(atomic_load_explicit(&handle->since_ms, memory_order_relaxed), 0);
  handle_close(handle);
  end(&seen, 0);
}

/* Two that are looked at in one round: what the first one has is not in the queue yet. */
static void a_shorter_row_makes_up_for_what_is_in_the_queue_and_outside(void **state)
{
  (void)state;
  needs_rows();
  struct seen seen;
  begin_manual(&seen);
  mpcc_producer_t *first = handle_of(&seen), *second = handle_of(&seen);
  assert_int_equal(mpcc_push(seen.mpcc, &(uint64_t){2 * SECOND}, 0), 0);
  handle_push(second, 0, SECOND, 1);
  handle_push(first, 0, 0, BATCH);

  step(&seen);
  handle_push(first, 0, BATCH, 1);

  assert_int_equal(row_size(first), BATCH - 2);
  handle_close(first);
  handle_close(second);
  end(&seen, BATCH + 3);
}

/* -- Where rows can't be batches ---------------------------------------------------------------- */

static void where_batches_end_inside_segments_rows_are_copied(void **state)
{
  (void)state;
  needs_rows();
  struct seen seen;
  begin_manual(&seen);
  mpcc_producer_t *handle = handle_of(&seen);
  for (uint64_t item = 0; item < 3; item++)
    assert_int_equal(mpcc_push(seen.mpcc, &item, 0), 0);
  assert_int_equal(mpcc_discard(seen.mpcc, 0), 0);
  for (uint64_t item = SECOND; item < SECOND + 2; item++)
    assert_int_equal(mpcc_push(seen.mpcc, &item, 0), 0);
  step(&seen);
  assert_int_equal(seen.batches, 0);

  handle_push(handle, 0, 0, 2 * BATCH);
  step(&seen);

  assert_null(seen.mpcc->world.lanes->aligning);
  assert_int_equal(seen.batches, 2);
  handle_close(handle);
  end(&seen, 2 + 2 * BATCH);
}

static void without_memory_for_another_row_items_wait_where_they_are(void **state)
{
  (void)state;
  needs_rows();
  enum { LARGE = 65536 };
  static unsigned char item[LARGE];
  mpcc_allocator_t allocator;
  purse_t purse;
  mpcc_options_t options;
  purse_open(&purse, &allocator);
  rig_options(&options, BATCH);
  options.item_size = LARGE;
  options.lane_capacity = LANE;
  options.allocator = &allocator;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  mpcc_producer_t *handle = handle_open(rig);

  purse_refuse(&purse, 1, true);
  for (int k = 0; k < 40; k++) /* until nothing is left of what there was before */
    for (int i = 0; i < LANE && mpcc_producer_push(handle, item, 0) == 0; i++)
      rig_step(rig, rig->now_ms + 1);
  mpcc_stats_t stats = stats_of(rig, 0);
  assert_int_equal(stats.pushed, stats.delivered + stats.queued);

  purse_refuse(&purse, 0, false);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  for (int i = 0; i < 40; i++)
    rig_step(rig, rig->now_ms + 10);
  assert_int_equal(stats_of(rig, 0).delivered, stats.pushed);
  handle_close(handle);
  rig_close(rig);
  assert_true(purse_close(&purse));
}

/* What a loop finds behind a full batch it leaves for one look; but not longer. */
static void what_fills_no_row_comes_when_its_time_has_come(void **state)
{
  (void)state;
  needs_ticks();
  for (uint64_t interval_ms = 7; interval_ms <= 9; interval_ms++) {
    mpcc_options_t options;
    rig_options(&options, BATCH);
    options.manual = false;
    options.lane_capacity = LANE;
    options.push_interval_ms = interval_ms;
    rig_t *rig = rig_open(&options);
    mpcc_producer_t *handle = handle_open(rig);
    handle_push(handle, 0, 0, 2 * BATCH + 1);

    rig_start(rig);

    assert_true(rig_await_calls(rig, 3));
    assert_batch(rig, 0, 0, 0, BATCH, MPCC_DUE_FULL);
    assert_batch(rig, 1, 0, BATCH, BATCH, MPCC_DUE_FULL);
    assert_batch(rig, 2, 0, 2 * BATCH, 1, MPCC_DUE_INTERVAL);
    assert_true(rig->calls[2].waited_ms >= interval_ms);
    handle_close(handle);
    rig_close(rig);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_full_row_is_handed_over_where_it_stands),
    cmocka_unit_test(a_row_that_is_no_batch_is_followed_by_rows_that_are),
    cmocka_unit_test(one_that_has_come_to_its_shorter_row_is_the_only_one_that_was_asked),
    cmocka_unit_test(one_that_sleeps_leaves_it_to_another),
    cmocka_unit_test(one_whose_shorter_row_was_dropped_is_forgotten),
    cmocka_unit_test(what_was_dropped_does_not_make_the_next_item_old),
    cmocka_unit_test(a_shorter_row_makes_up_for_what_is_in_the_queue_and_outside),
    cmocka_unit_test(a_handle_that_is_closed_while_it_was_asked_is_forgotten),
    cmocka_unit_test(where_batches_end_inside_segments_rows_are_copied),
    cmocka_unit_test(without_memory_for_another_row_items_wait_where_they_are),
    cmocka_unit_test(what_fills_no_row_comes_when_its_time_has_come),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
