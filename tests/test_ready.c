/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The list of what wants service: order, once per node, and a look for every put. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "racers.h"
#include "ready.h"

enum {
  PUTTERS = 3,
  OWN_NODES = 20000 / RACERS_SLOWER,
  SHARED_NODES = 4,
  PIECES = 100000 / RACERS_SLOWER
};

static struct mpcc__ready ready;
static struct mpcc__ready_node nodes[8];

static int fresh_list(void **state)
{
  (void)state;
  mpcc__ready_init(&ready);
  for (int i = 0; i < 8; i++)
    mpcc__ready_node_init(&nodes[i]);
  return 0;
}

/* -- One thread ---------------------------------------------------------------------------- */

static void an_empty_list_has_nothing_to_take(void **state)
{
  (void)state;

  assert_false(mpcc__ready_any(&ready));
  assert_null(mpcc__ready_take(&ready));
}

static void nodes_are_taken_oldest_first_and_all_at_once(void **state)
{
  (void)state;
  static const int order[] = {3, 0, 5, 1};
  for (int i = 0; i < 4; i++)
    assert_true(mpcc__ready_put(&ready, &nodes[order[i]]));
  assert_true(mpcc__ready_any(&ready));

  struct mpcc__ready_node *node = mpcc__ready_take(&ready);

  for (int i = 0; i < 4; i++, node = node->next)
    assert_ptr_equal(node, &nodes[order[i]]);
  assert_null(node);
  assert_false(mpcc__ready_any(&ready));
  assert_null(mpcc__ready_take(&ready));
}

static void a_node_is_on_the_list_once(void **state)
{
  (void)state;
  assert_true(mpcc__ready_put(&ready, &nodes[0]));

  assert_false(mpcc__ready_put(&ready, &nodes[0]));

  struct mpcc__ready_node *node = mpcc__ready_take(&ready);
  assert_ptr_equal(node, &nodes[0]);
  assert_null(node->next);
}

static void a_taken_node_is_put_again_only_after_it_was_cleared(void **state)
{
  (void)state;
  assert_true(mpcc__ready_put(&ready, &nodes[0]));
  assert_ptr_equal(mpcc__ready_take(&ready), &nodes[0]);

  assert_false(mpcc__ready_put(&ready, &nodes[0]));
  assert_false(mpcc__ready_any(&ready));
  mpcc__ready_clear(&nodes[0]);

  assert_true(mpcc__ready_put(&ready, &nodes[0]));
  assert_ptr_equal(mpcc__ready_take(&ready), &nodes[0]);
}

static void what_is_put_during_a_walk_is_for_the_next_take(void **state)
{
  (void)state;
  assert_true(mpcc__ready_put(&ready, &nodes[0]));
  assert_true(mpcc__ready_put(&ready, &nodes[1]));
  struct mpcc__ready_node *first = mpcc__ready_take(&ready), *second = first->next;

  mpcc__ready_clear(first);
  assert_true(mpcc__ready_put(&ready, first));

  assert_ptr_equal(second, &nodes[1]);
  assert_null(second->next);
  assert_ptr_equal(mpcc__ready_take(&ready), &nodes[0]);
}

static void lists_do_not_mix(void **state)
{
  (void)state;
  struct mpcc__ready other;
  mpcc__ready_init(&other);

  assert_true(mpcc__ready_put(&ready, &nodes[0]));
  assert_true(mpcc__ready_put(&other, &nodes[1]));

  assert_ptr_equal(mpcc__ready_take(&ready), &nodes[0]);
  assert_ptr_equal(mpcc__ready_take(&other), &nodes[1]);
}

/* -- Many threads: nodes of one's own, with what was written before the put ------------------ */

struct parcel {
  struct mpcc__ready_node node; /* first, so that a node is its parcel */
  uint64_t payload;
};

struct putter {
  struct parcel *parcels;
  uint64_t refused;
};

static void *put_parcels(void *arg)
{
  struct putter *me = arg;

  racers_line_up();
  for (uint64_t i = 0; i < OWN_NODES; i++) {
    me->parcels[i].payload = i + 1;
    me->refused += !mpcc__ready_put(&ready, &me->parcels[i].node);
    if (i % 64 == 0)
      sched_yield();
  }
  return NULL;
}

/* The parcels taken now; each must be the next one of its putter. */
static uint64_t take_parcels(struct putter *putters, uint64_t *next, uint64_t *wrong)
{
  uint64_t taken = 0;

  for (struct mpcc__ready_node *node = mpcc__ready_take(&ready); node != NULL;
       node = node->next, taken++) {
    struct parcel *parcel = (struct parcel *)(void *)node;
    unsigned i = 0;

    while (i < PUTTERS && (parcel < putters[i].parcels || parcel >= putters[i].parcels + OWN_NODES))
      i++;
    *wrong += i == PUTTERS || parcel->payload != ++next[i];
  }
  return taken;
}

static void racing_puts_lose_nothing_and_keep_their_own_order(void **state)
{
  (void)state;
  struct putter putters[PUTTERS];
  struct racers racers;
  uint64_t next[PUTTERS] = {0}, taken = 0, wrong = 0;
  for (int i = 0; i < PUTTERS; i++) {
    putters[i].refused = 0;
    putters[i].parcels = calloc(OWN_NODES, sizeof(struct parcel));
    assert_non_null(putters[i].parcels);
    for (int k = 0; k < OWN_NODES; k++)
      mpcc__ready_node_init(&putters[i].parcels[k].node);
  }
  assert_true(racers_start(&racers, put_parcels, putters, sizeof(putters[0]), PUTTERS, 1));

  racers_line_up();
  while (taken < (uint64_t)PUTTERS * OWN_NODES && wrong == 0)
    taken += take_parcels(putters, next, &wrong);
  racers_join(&racers);

  assert_int_equal(wrong, 0);
  for (int i = 0; i < PUTTERS; i++) {
    assert_int_equal(putters[i].refused, 0);
    assert_int_equal(next[i], OWN_NODES);
    free(putters[i].parcels);
  }
}

/* -- Many threads: nodes that all put, each standing for a heap of work ---------------------- */

static _Atomic uint64_t heaps[SHARED_NODES];
static atomic_uint putting;

static void *add_and_put(void *arg)
{
  uint32_t random = *(const uint32_t *)arg;

  racers_line_up();
  for (int i = 0; i < PIECES; i++) {
    unsigned heap = racers_random(&random) % SHARED_NODES;

    /* relaxed: the put carries it, or the look that a put before it still has to come. */
    atomic_fetch_add_explicit(&heaps[heap], 1, memory_order_relaxed);
    mpcc__ready_put(&ready, &nodes[heap]);
    if (i % 16 == 0)
      sched_yield();
  }
  atomic_fetch_sub_explicit(&putting, 1, memory_order_release);
  return NULL;
}

static uint64_t serve(void)
{
  struct mpcc__ready_node *node = mpcc__ready_take(&ready);
  uint64_t pieces = 0;

  while (node != NULL) {
    struct mpcc__ready_node *next = node->next;
    uint64_t seen;

    mpcc__ready_clear(node);
    /* relaxed: the clear carries it. What this load misses stays for the look that is to come. */
    seen = atomic_load_explicit(&heaps[node - nodes], memory_order_relaxed);
    atomic_fetch_sub_explicit(&heaps[node - nodes], seen, memory_order_relaxed);
    pieces += seen;
    node = next;
  }
  return pieces;
}

static void a_put_that_found_its_node_listed_is_followed_by_a_look(void **state)
{
  (void)state;
  uint32_t seeds[PUTTERS] = {11, 22, 33};
  struct racers racers;
  uint64_t pieces = 0;
  bool more;
  for (int i = 0; i < SHARED_NODES; i++)
    atomic_init(&heaps[i], 0);
  atomic_init(&putting, PUTTERS);
  assert_true(racers_start(&racers, add_and_put, seeds, sizeof(seeds[0]), PUTTERS, 1));

  racers_line_up();
  do {
    more = atomic_load_explicit(&putting, memory_order_acquire) != 0;
    pieces += serve();
  } while (more);
  racers_join(&racers);

  assert_int_equal(pieces, (uint64_t)PUTTERS * PIECES);
  assert_false(mpcc__ready_any(&ready));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(an_empty_list_has_nothing_to_take, fresh_list),
    cmocka_unit_test_setup(nodes_are_taken_oldest_first_and_all_at_once, fresh_list),
    cmocka_unit_test_setup(a_node_is_on_the_list_once, fresh_list),
    cmocka_unit_test_setup(a_taken_node_is_put_again_only_after_it_was_cleared, fresh_list),
    cmocka_unit_test_setup(what_is_put_during_a_walk_is_for_the_next_take, fresh_list),
    cmocka_unit_test_setup(lists_do_not_mix, fresh_list),
    cmocka_unit_test_setup(racing_puts_lose_nothing_and_keep_their_own_order, fresh_list),
    cmocka_unit_test_setup(a_put_that_found_its_node_listed_is_followed_by_a_look, fresh_list),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
