/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What a scenario is, and what it may use beside the library: it runs again and again, each time in
 * another way, so it makes all it needs afresh, and leaves nothing behind. It is compiled as the
 * library is, so its own memory is checked, too: variables that several threads use are atomic, or
 * guarded, or ghosts.
 */
#ifndef EXPLORE_SCENE_H
#define EXPLORE_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scene {
  const char *name;
  const char *about;
  void (*run)(void);
  int stale; /* old stores that an exhaustive search may let loads read; 0: as many as there are */
};

/* Lists of scenarios, each ended by one without a name. */
extern const struct scene scenes_queue[], scenes_phase[], scenes_pool[], scenes_signals[],
    scenes_batch[], scenes_core[], scenes_push[], scenes_stop[], scenes_done[], scenes_abandon[],
    scenes_room[], scenes_handles[], scenes_loop[], scenes_workers[], scenes_slots[],
    scenes_cuts[], scenes_words[], scenes_calls[], scenes_cells[], scenes_sight[], scenes_bases[],
    scenes_starving[], scenes_stores[], scenes_rows[], scenes_bypass[],
    scenes_ingress[];

/* What must hold; ends the execution if it does not. */
#define CHECK(condition) \
  ((condition) ? (void)0 : scene_fail(#condition, __FILE__, __LINE__))

_Noreturn void scene_fail(const char *condition, const char *file, int line);

/* Threads; and waiting until those that were started so have ended. */
void scene_go(void (*run)(void *arg), void *arg);
void scene_join(void);
void scene_yield(void);

/* Let others go first. After scene_yield() nothing is read that was overwritten before, so a loop
 * that waits for others ends; after scene_pause() old stores may still be read. Who idles in a
 * loop, and counts its turns from 0, pauses, and yields every few of them. */
void scene_pause(void);
void scene_idle(int *turns);

/* Let others go first, a number of times that is a choice, 0..most. */
void scene_dawdle(int most);

/* The thread that runs stops at its ${points}-th point from here, wherever that is, until this
 * ghost is not 0. */
void scene_stop_after(int points, int ghost);

/* One of 0..count-1: a choice, as those of the scheduler. */
int scene_choose(int count);

/* -- Ghosts: numbers outside the program's memory, which order nothing ----------------------- */

enum { GHOSTS = 64 };

void ghost_set(int which, int64_t value);
int64_t ghost_get(int which);
int64_t ghost_add(int which, int64_t value); /* what it is then */

/* Wait until this ghost is at least ${value}, or all threads but the first, and but for those that
 * wait so, have ended: false then. */
bool ghost_await(int which, int64_t value);

/* Milliseconds that have passed since the execution began: none, unless nobody could go on. */
uint64_t scene_passed_ms(void);

/* Whether there is a barrier of all threads; and whether timeouts are in a hurry. */
void scene_barrier(bool offer);
void scene_hurry(bool hurry);

#endif
