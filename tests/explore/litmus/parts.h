/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What litmus tests are made of: two or three objects, and what their threads have read. */
#ifndef EXPLORE_LITMUS_PARTS_H
#define EXPLORE_LITMUS_PARTS_H

#include <stdatomic.h>
#include <stdlib.h>

#include "../litmus.h"
#include "../scene.h"

static atomic_int x, y, z;
static int data; /* not atomic */

/* What was read: written by one thread each, read when all have ended. */
static int r[4];

static inline void begin(void)
{
  atomic_init(&x, 0);
  atomic_init(&y, 0);
  atomic_init(&z, 0);
  data = 0;
  for (int i = 0; i < 4; i++)
    r[i] = 0;
}

static inline void run_threads(void (*first)(void *arg), void (*second)(void *arg),
                               void (*third)(void *arg), void (*fourth)(void *arg))
{
  scene_go(first, NULL);
  if (second != NULL)
    scene_go(second, NULL);
  if (third != NULL)
    scene_go(third, NULL);
  if (fourth != NULL)
    scene_go(fourth, NULL);
  scene_join();
}

/* Orders are constants, as in the library. */
#define PUT(at, value, order) atomic_store_explicit(at, value, memory_order_##order)
#define GET(at, order) atomic_load_explicit(at, memory_order_##order)
#define ADD(at, value, order) atomic_fetch_add_explicit(at, value, memory_order_##order)
#define FENCE(order) atomic_thread_fence(memory_order_##order)

/* A thread of a test. */
#define THREAD(name, ...) \
  static void name(void *arg) \
  { \
    (void)arg; \
    __VA_ARGS__ \
  }

/* The test itself: its threads, then what is seen. */
#define TEST(name, first, second, third, fourth, ...) \
  static void name(void) \
  { \
    begin(); \
    run_threads(first, second, third, fourth); \
    litmus_saw(__VA_ARGS__, -1); \
  }

#endif
