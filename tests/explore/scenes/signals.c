/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Waking the loop: the event, the list of those who want service, and the gate. */
#include <stdlib.h>

#include "event.h"
#include "gate.h"
#include "ready.h"
#include "scene.h"

enum { NODES = 2, JOBS = 2 };
enum { SENT, SEEN }; /* ghosts */

static struct mpcc__event event;
static struct mpcc__ready list;
static struct mpcc__ready_node nodes[NODES];
static struct mpcc__gate gate;
static int *home;              /* gone when the gate is closed */

static void start(void)
{
  mpcc__event_init(&event);
  mpcc__ready_init(&list);
  mpcc__gate_init(&gate);
  for (int i = 0; i < NODES; i++)
    mpcc__ready_node_init(&nodes[i]);
}

static void send_one(void)
{
  CHECK(ghost_add(SENT, 1) == 1); /* never twice before it is consumed */
}

/* Put a node, as push, done and flush do: signal if it was not on the list. */
static void put(struct mpcc__ready_node *node)
{
  if (mpcc__ready_put(&list, node) && mpcc__event_signal(&event))
    send_one();
}

static void look(void)
{
  struct mpcc__ready_node *node = mpcc__ready_take(&list);

  while (node != NULL) {
    struct mpcc__ready_node *next = node->next;

    mpcc__ready_clear(node);
    ghost_add(SEEN, 1);
    node = next;
  }
}

/* What was put before a sleep is seen, or the sleep is ended. */
static void sleeper(int64_t puts)
{
  while (ghost_get(SEEN) < puts) {
    (void)mpcc__event_consume(&event);
    ghost_set(SENT, 0);
    look();
    if (ghost_get(SEEN) < puts && mpcc__event_sleep(&event))
      CHECK(ghost_await(SENT, 1));
  }
}

static void put_own(void *arg)
{
  put(&nodes[(intptr_t)arg]);
}

static void sleep_wake(void)
{
  start();
  scene_go(put_own, (void *)0);
  scene_go(put_own, (void *)1);
  sleeper(2);
  scene_join();
}

/* Work that is put on a node which is on the list already: the look that is still to come sees
 * it. */
static _Atomic int counted[NODES];

static void count_work(void *arg)
{
  for (int i = 0; i < JOBS; i++) {
    /* relaxed: the list carries it. */
    atomic_fetch_add_explicit(&counted[((intptr_t)arg + i) % NODES], 1, memory_order_relaxed);
    put(&nodes[((intptr_t)arg + i) % NODES]);
  }
}

static int take_work(void)
{
  struct mpcc__ready_node *node = mpcc__ready_take(&list);
  int got = 0;

  while (node != NULL) {
    struct mpcc__ready_node *next = node->next;
    int now;

    mpcc__ready_clear(node);
    /* relaxed: the list carries it. */
    now = atomic_load_explicit(&counted[node - nodes], memory_order_relaxed);
    /* relaxed: as above. */
    atomic_fetch_sub_explicit(&counted[node - nodes], now, memory_order_relaxed);
    got += now;
    node = next;
  }
  return got;
}

static void merged_work(void)
{
  int got = 0;

  start();
  for (int i = 0; i < NODES; i++)
    atomic_init(&counted[i], 0);
  scene_go(count_work, (void *)0);
  scene_go(count_work, (void *)1);
  while (got < 2 * JOBS) {
    (void)mpcc__event_consume(&event);
    ghost_set(SENT, 0);
    got += take_work();
    if (got < 2 * JOBS && mpcc__event_sleep(&event))
      CHECK(ghost_await(SENT, 1));
  }
  scene_join();
}

/* -- The gate -------------------------------------------------------------------------------- */

static void visit(void *arg)
{
  if (!mpcc__gate_try_enter(&gate))
    return;
  home[(intptr_t)arg] = 1;
  if (mpcc__event_signal(&event))
    home[(intptr_t)arg] = 2;
  mpcc__gate_leave(&gate);
}

/* Whoever is inside has the instance; who closes sees what they have done, and takes it away. */
static void gate_close(void)
{
  start();
  home = calloc(2, sizeof(*home));
  scene_go(visit, (void *)0);
  scene_go(visit, (void *)1);
  scene_dawdle(1);
  (void)mpcc__event_sleep(&event);
  while (!mpcc__gate_try_close(&gate))
    scene_yield();
  CHECK(home[0] <= 2 && home[1] <= 2);
  free(home);
  scene_join();
  CHECK(!mpcc__gate_try_enter(&gate));
}

static void visit_again(void *arg)
{
  while (!mpcc__gate_try_enter(&gate))
    scene_yield();
  CHECK(home[2] == 1);
  home[(intptr_t)arg] = 1;
  mpcc__gate_leave(&gate);
}

/* Closed, made ready, opened, closed: who enters sees what was made ready. */
static void gate_open(void)
{
  start();
  home = calloc(3, sizeof(*home));
  CHECK(mpcc__gate_try_close(&gate));
  scene_go(visit_again, (void *)0);
  scene_go(visit_again, (void *)1);
  home[2] = 1;
  mpcc__gate_open(&gate);
  scene_join();
  CHECK(mpcc__gate_try_close(&gate) && home[0] == 1 && home[1] == 1);
  free(home);
}

/* A producer enters without asking while its cell keeps the loop from finishing. */
static _Atomic int cell;

static void enter_and_publish(void *arg)
{
  (void)arg;
  mpcc__gate_enter(&gate);
  atomic_store_explicit(&cell, 1, memory_order_release); /* as segment.ready */
  if (mpcc__event_signal(&event))
    *home = 1;
  mpcc__gate_leave(&gate);
}

static void gate_publish(void)
{
  start();
  atomic_init(&cell, 0);
  home = calloc(1, sizeof(*home));
  scene_go(enter_and_publish, NULL);
  (void)mpcc__event_sleep(&event);
  while (atomic_load_explicit(&cell, memory_order_acquire) == 0) /* as segment.ready */
    scene_yield();
  while (!mpcc__gate_try_close(&gate))
    scene_yield();
  free(home);
  scene_join();
}

const struct scene scenes_signals[] = {
  {"event_sleep_wake", "two puts against going to sleep", sleep_wake, 0},
  {"event_merged_work", "work for a node that is on the list already", merged_work, 2},
  {"gate_close", "who is inside against who closes and frees", gate_close, 0},
  {"gate_open", "a gate that is opened again", gate_open, 0},
  {"gate_publish", "a producer that publishes inside", gate_publish, 0},
  {0},
};
