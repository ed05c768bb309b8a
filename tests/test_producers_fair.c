/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The lock under which handles are emptied: the loop gets it, whoever else wants it; and everybody
 * else in turn. */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mpcc.h"

struct asker {
  mpcc_t *mpcc;
  atomic_bool over;
};

static void *ask_all_the_time(void *arg)
{
  struct asker *asker = arg;
  mpcc_stats_t stats;

  /* relaxed: only an end. */
  while (!atomic_load_explicit(&asker->over, memory_order_relaxed))
    (void)mpcc_stats(asker->mpcc, &stats);
  return NULL;
}

static int count_items(mpcc_batch_t *batch, void *state)
{
  _Atomic uint64_t *pumped = state;

  /* relaxed: only a number. */
  atomic_fetch_add_explicit(pumped, batch->count, memory_order_relaxed);
  return 0;
}

/* With so many slots whoever asks for statistics has the handles' lock nearly all the time. */
static void who_asks_for_statistics_all_the_time_keeps_nobody_out(void **state)
{
  (void)state;
  enum { ASKERS = 2, MANY = 100000, PUSHED = 1000 };
  static _Atomic uint64_t pumped;
  struct asker asker = {.mpcc = NULL};
  pthread_t askers[ASKERS];
  mpcc_producer_t *handle;
  mpcc_options_t options;
  mpcc_options_init(&options);
  options.item_size = sizeof(uint32_t);
  options.slot_count = MANY;
  assert_int_equal(mpcc_create(&asker.mpcc, &options), 0);
  assert_int_equal(mpcc_start(asker.mpcc, count_items, &pumped), 0);
  assert_int_equal(mpcc_producer_open(asker.mpcc, &handle), 0);
  for (int i = 0; i < ASKERS; i++)
    assert_int_equal(pthread_create(&askers[i], NULL, ask_all_the_time, &asker), 0);

  for (uint32_t item = 0; item < PUSHED; item++)
    assert_int_equal(mpcc_producer_push(handle, &item, item * 97 % MANY), 0);
  assert_int_equal(mpcc_producer_close(handle), 0);
  assert_int_equal(mpcc_complete(asker.mpcc, MPCC_DRAIN, NULL, NULL), 0);
  assert_int_equal(mpcc_wait(asker.mpcc, 100000), 0);
  /* relaxed: as above. */
  assert_int_equal(atomic_load_explicit(&pumped, memory_order_relaxed), PUSHED);

  /* relaxed: only an end. */
  atomic_store_explicit(&asker.over, true, memory_order_relaxed);
  for (int i = 0; i < ASKERS; i++)
    pthread_join(askers[i], NULL);
  assert_int_equal(mpcc_destroy(asker.mpcc), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(who_asks_for_statistics_all_the_time_keeps_nobody_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
