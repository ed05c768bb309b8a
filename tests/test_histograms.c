/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* mpcc_histogram_...(): sizes, ages and pump times, counted by powers of two. */

#include "harness.h"

#include <math.h>
#include <string.h>

static mpcc_histogram_t read_it(const rig_t *rig, int which)
{
  mpcc_histogram_t histogram;

  memset(&histogram, 0xa5, sizeof(histogram));
  assert_int_equal(mpcc_histogram_read(rig->mpcc, which, &histogram), 0);
  for (size_t i = 0; i < sizeof(histogram.reserved) / sizeof(histogram.reserved[0]); i++)
    assert_int_equal(histogram.reserved[i], 0);
  return histogram;
}

static void reading_wants_an_instance_one_that_there_is_and_a_place(void **state)
{
  (void)state;
  rig_t *rig = rig_run(3, 10);
  mpcc_histogram_t histogram, untouched;

  memset(&histogram, 0xa5, sizeof(histogram));
  memset(&untouched, 0xa5, sizeof(untouched));
  assert_int_equal(mpcc_histogram_read(NULL, 0, &histogram), MPCC_EINVAL);
  assert_int_equal(mpcc_histogram_read(rig->mpcc, 0, NULL), MPCC_EINVAL);
  assert_int_equal(mpcc_histogram_read(rig->mpcc, -1, &histogram), MPCC_EINVAL);
  assert_int_equal(mpcc_histogram_read(rig->mpcc, MPCC_HISTOGRAM_PUMP_NS + 1, &histogram),
                   MPCC_EINVAL);
  assert_memory_equal(&histogram, &untouched, sizeof(histogram));
  rig_close(rig);
}

static void a_bucket_ends_before_the_next_power_of_two(void **state)
{
  (void)state;
  assert_int_equal(mpcc_histogram_bound(0), 0);
  assert_int_equal(mpcc_histogram_bound(1), 1);
  assert_int_equal(mpcc_histogram_bound(2), 3);
  assert_int_equal(mpcc_histogram_bound(10), 1023);
  assert_true(mpcc_histogram_bound(63) == UINT64_MAX / 2);
  assert_true(mpcc_histogram_bound(64) == UINT64_MAX);
  assert_true(mpcc_histogram_bound(65) == UINT64_MAX);
}

static void each_batch_counts_with_its_size_and_age(void **state)
{
  (void)state;
  rig_t *rig = rig_run(8, 20);

  rig_push(rig, 0, 0, 8 + 8 + 5);
  rig_step(rig, 1);
  rig_step(rig, 21);
  mpcc_histogram_t items = read_it(rig, MPCC_HISTOGRAM_ITEMS);
  mpcc_histogram_t waited = read_it(rig, MPCC_HISTOGRAM_WAIT_MS);

  assert_int_equal(items.count, 3);
  assert_int_equal(items.sum, 21);
  assert_int_equal(items.buckets[3], 1); /* 4 to 7 */
  assert_int_equal(items.buckets[4], 2); /* 8 to 15 */
  assert_int_equal(waited.count, 3);
  assert_int_equal(waited.sum, 20);
  assert_int_equal(waited.buckets[0], 2);
  assert_int_equal(waited.buckets[5], 1); /* 16 to 31 */
  rig_close(rig);
}

static void each_try_counts_with_its_time_in_the_pump(void **state)
{
  (void)state;
  mpcc_options_t options;
  rig_options(&options, 2);
  options.max_attempts = 2;
  options.retry_delay_ms = 0;
  rig_t *rig = rig_open(&options);

  rig_start(rig);
  rig->answer = MPCC_PENDING;
  rig_push(rig, 0, 0, 2);
  rig_step(rig, 10);
  rig_step(rig, 13);
  assert_int_equal(rig_done(rig, 0, -9), 0);
  rig_step(rig, 13);
  rig_step(rig, 13);
  rig_step(rig, 14);
  assert_int_equal(rig_done(rig, 1, 0), 0);
  rig_step(rig, 14);
  mpcc_histogram_t pump = read_it(rig, MPCC_HISTOGRAM_PUMP_NS);
  mpcc_histogram_t items = read_it(rig, MPCC_HISTOGRAM_ITEMS);

  assert_int_equal(pump.count, 2);
  assert_int_equal(pump.sum, 4000000);
  assert_int_equal(pump.buckets[20], 1); /* 1,000,000 */
  assert_int_equal(pump.buckets[22], 1); /* 3,000,000 */
  assert_int_equal(items.count, 1);
  rig_forget(rig);
  rig_close(rig);
}

static void a_quantile_is_the_bound_of_its_bucket(void **state)
{
  (void)state;
  mpcc_histogram_t histogram;

  memset(&histogram, 0, sizeof(histogram));
  assert_int_equal(mpcc_histogram_quantile(NULL, 0.5), 0);
  assert_int_equal(mpcc_histogram_quantile(&histogram, 0.5), 0);
  histogram.buckets[3] = 90;
  histogram.buckets[7] = 9;
  histogram.buckets[64] = 1;
  histogram.count = 100;

  assert_int_equal(mpcc_histogram_quantile(&histogram, 0), 7);
  assert_int_equal(mpcc_histogram_quantile(&histogram, -1), 7);
  assert_int_equal(mpcc_histogram_quantile(&histogram, (double)NAN), 7);
  assert_int_equal(mpcc_histogram_quantile(&histogram, 0.9), 7);
  assert_int_equal(mpcc_histogram_quantile(&histogram, 0.91), 127);
  assert_int_equal(mpcc_histogram_quantile(&histogram, 0.99), 127);
  assert_true(mpcc_histogram_quantile(&histogram, 1) == UINT64_MAX);
  assert_true(mpcc_histogram_quantile(&histogram, 7) == UINT64_MAX);
}

static void histograms_go_on_over_a_restart(void **state)
{
  (void)state;
  rig_t *rig = rig_run(2, 20);

  rig_push(rig, 0, 0, 2);
  rig_step(rig, 1);
  assert_int_equal(rig_complete(rig, MPCC_DRAIN), 0);
  rig_step(rig, 2);
  rig_start(rig);
  rig_push(rig, 0, 2, 2);
  rig_step(rig, 3);

  assert_int_equal(read_it(rig, MPCC_HISTOGRAM_ITEMS).count, 2);
  assert_int_equal(read_it(rig, MPCC_HISTOGRAM_PUMP_NS).count, 2);
  rig_close(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reading_wants_an_instance_one_that_there_is_and_a_place),
      cmocka_unit_test(a_bucket_ends_before_the_next_power_of_two),
      cmocka_unit_test(each_batch_counts_with_its_size_and_age),
      cmocka_unit_test(each_try_counts_with_its_time_in_the_pump),
      cmocka_unit_test(a_quantile_is_the_bound_of_its_bucket),
      cmocka_unit_test(histograms_go_on_over_a_restart),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
