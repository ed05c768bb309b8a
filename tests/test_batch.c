/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* A batch's id, hand-overs of the same memory after more of them than a test could ever make. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "batch.h"

enum { NUMBER = 5, NUMBER_BITS = 7 };

static struct mpcc__batch batch;

static int fresh_batch(void **state)
{
  static const struct mpcc__batch nothing;
  (void)state;
  batch = nothing;
  batch.segment.number = NUMBER;
  return 0;
}

/* The id of the hand-over that follows ${generation} others. */
static uint64_t hand_over_after(uint64_t generation)
{
  batch.generation = generation;
  mpcc__batch_launch(&batch, NUMBER_BITS, 0);
  return batch.shown.id;
}

static void a_stale_id_stays_stale_after_2_to_the_32_hand_overs(void **state)
{
  static const uint64_t later[] = {
    UINT64_C(1) << 16, UINT64_C(1) << 24, UINT64_C(1) << 31, UINT64_C(1) << 32,
    UINT64_C(1) << 33, UINT64_C(1) << 48, UINT64_C(1) << 55,
  };
  (void)state;
  for (uint64_t first = 0; first < 3; first++)
    for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
      uint64_t stale = hand_over_after(first);
      assert_true(mpcc__batch_answer(&batch, stale, 0, 0));

      uint64_t id = hand_over_after(first + later[i]);

      assert_true(mpcc__batch_is_id(id));
      assert_true(id != stale);
      assert_false(mpcc__batch_answer(&batch, stale, -42, 0));
      assert_true(mpcc__batch_answer(&batch, id, 0, 0));
      assert_false(mpcc__batch_answer(&batch, id, -42, 0));
      assert_int_equal(batch.status, 0);
    }
}

/* With all its bits an id still names the segment, and can be marked as abandoned. */
static void the_last_ids_are_ids_like_others(void **state)
{
  const uint64_t most = (UINT64_C(1) << (63 - NUMBER_BITS)) - 2;
  (void)state;
  for (uint64_t generation = most - 3; generation <= most; generation++) {
    uint64_t id = hand_over_after(generation);

    assert_true(mpcc__batch_is_id(id));
    assert_true((id & ((UINT64_C(1) << NUMBER_BITS) - 1)) == NUMBER);
    assert_false(mpcc__batch_answer_late(&batch, id)); /* it was not abandoned */
    assert_true(mpcc__batch_answer(&batch, id, 0, 0));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(a_stale_id_stays_stale_after_2_to_the_32_hand_overs, fresh_batch),
    cmocka_unit_test_setup(the_last_ids_are_ids_like_others, fresh_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
