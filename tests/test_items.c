/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The items of a batch: aligned, contiguous, byte for byte what was pushed, for every size. */

#include "harness.h"

#include <stdlib.h>

/* What a pump for items of any size finds. */
struct layout {
  size_t item_size;
  size_t alignment;
  uint64_t next; /* the item that must come next */
  uint64_t dropped;
  bool misaligned;
  bool wrong_bytes;
};

static size_t promised_alignment(size_t item_size)
{
  size_t alignment = 1;
  while (alignment < 64 && item_size % (alignment * 2) == 0)
    alignment *= 2;
  return alignment;
}

static unsigned char byte_of(uint64_t item, size_t index)
{
  return (unsigned char)(item * 31 + index * 7 + (index >> 8));
}

static void look_at_items(struct layout *layout, const mpcc_batch_t *batch)
{
  const unsigned char *bytes = batch->items;
  layout->misaligned |= (uintptr_t)batch->items % layout->alignment != 0;
  for (size_t i = 0; i < batch->count; i++, layout->next++)
    for (size_t k = 0; k < layout->item_size; k++)
      layout->wrong_bytes |= bytes[i * layout->item_size + k] != byte_of(layout->next, k);
}

static int layout_on_pump(mpcc_batch_t *batch, void *state)
{
  look_at_items(state, batch);
  return 0;
}

static void layout_on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  struct layout *layout = state;
  (void)reason;
  look_at_items(layout, batch);
  layout->dropped += batch->count;
}

/* ${count} items, pushed in ones and in runs of three, then stepped. */
static void push_patterns(mpcc_t *mpcc, size_t item_size, uint64_t first, size_t count)
{
  unsigned char *items = malloc(3 * item_size);
  assert_non_null(items);
  for (size_t i = 0; i < count;) {
    size_t run = i % 2 == 0 && count - i >= 3 ? 3 : 1;
    for (size_t n = 0; n < run; n++)
      for (size_t k = 0; k < item_size; k++)
        items[n * item_size + k] = byte_of(first + i + n, k);
    if (run == 1)
      assert_int_equal(mpcc_push(mpcc, items, 0), 0);
    else
      assert_int_equal(mpcc_push_many(mpcc, items, run, 0), run);
    i += run;
  }
  free(items);
}

static void check_layout(size_t item_size, size_t capacity)
{
  mpcc_options_t options;
  rig_options(&options, 40);
  options.item_size = item_size;
  options.capacity = capacity;
  options.on_drop = layout_on_drop;
  options.push_interval_ms = 0;
  struct layout layout = {.item_size = item_size, .alignment = promised_alignment(item_size)};
  mpcc_t *mpcc = NULL;
  assert_int_equal(mpcc_create(&mpcc, &options), 0);
  assert_int_equal(mpcc_start(mpcc, layout_on_pump, &layout), 0);

  static const size_t numbers[] = {1, 40, 17, 95, 2, 100, 39};
  uint64_t pushed = 0;
  for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
    push_patterns(mpcc, item_size, pushed, numbers[i]);
    pushed += numbers[i];
    assert_int_equal(mpcc_step(mpcc, i, NULL), 0);
    assert_true(layout.next == pushed);
  }
  push_patterns(mpcc, item_size, pushed, 90);
  assert_int_equal(mpcc_complete(mpcc, MPCC_DISCARD, NULL, NULL), 0);
  assert_int_equal(mpcc_step(mpcc, 9, NULL), 0);

  assert_int_equal(layout.dropped, 90);
  assert_true(layout.next == pushed + 90);
  assert_false(layout.misaligned);
  assert_false(layout.wrong_bytes);
  assert_int_equal(mpcc_destroy(mpcc), 0);
}

static void items_of_every_size_are_aligned_contiguous_and_whole(void **state)
{
  (void)state;
  static const size_t sizes[] = {1,  2,  3,  4,   5,   6,   7,   8,    9,     10,    12,   15,
                                 16, 17, 24, 31,  32,  33,  40,  48,   56,    63,    64,   65,
                                 72, 96, 100, 128, 192, 255, 256, 1000, 65535, 65536, 4096, 20};
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    check_layout(sizes[i], 0);
    check_layout(sizes[i], 100);
  }
}

static size_t largest_count;

static int keep_largest(mpcc_batch_t *batch, void *state)
{
  (void)state;
  if (batch->count > largest_count)
    largest_count = batch->count;
  return 0;
}

static void the_largest_batch_size_is_taken_at_its_word(void **state)
{
  (void)state;
  enum { LARGEST = 1048576 };
  mpcc_options_t options;
  rig_options(&options, LARGEST);
  options.item_size = 1;
  mpcc_t *mpcc = NULL;
  unsigned char *items = calloc(LARGEST, 1);
  assert_non_null(items);
  assert_int_equal(mpcc_create(&mpcc, &options), 0);
  assert_int_equal(mpcc_start(mpcc, keep_largest, NULL), 0);
  largest_count = 0;

  assert_int_equal(mpcc_push_many(mpcc, items, LARGEST - 1, 0), LARGEST - 1);
  assert_int_equal(mpcc_step(mpcc, 1, NULL), 0);
  assert_int_equal(largest_count, 0);
  assert_int_equal(mpcc_push(mpcc, items, 0), 0);
  assert_int_equal(mpcc_step(mpcc, 1, NULL), 0);

  assert_int_equal(largest_count, LARGEST);
  assert_int_equal(mpcc_complete(mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_step(mpcc, 1, NULL), 0);
  assert_int_equal(mpcc_destroy(mpcc), 0);
  free(items);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(items_of_every_size_are_aligned_contiguous_and_whole),
    cmocka_unit_test(the_largest_batch_size_is_taken_at_its_word),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
