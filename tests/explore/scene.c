/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include <string.h>

#include "sim/sched.h"
#include "sim/search.h"
#include "sim/stand_ins.h"
#include "sim/verdict.h"
#include "scene_life.h"

enum { FIRST_MS = 1000, TURNS = 4 };

/* What a thread inside ghost_await() waits for. */
struct awaited {
  bool waits;
  int which;
  int64_t value;
};

static int64_t ghosts[GHOSTS];
static struct awaited awaited[SIM_THREADS];
static bool over; /* nobody will act any more */
static unsigned started[SIM_THREADS], started_count, joined; /* threads that the scenario started */

void scene_begin(void)
{
  memset(ghosts, 0, sizeof(ghosts));
  started_count = joined = 0;
  memset(awaited, 0, sizeof(awaited));
  over = false;
}

void scene_fail(const char *condition, const char *file, int line)
{
  const char *name = strrchr(file, '/');

  sim_fail("\"%s\" does not hold, %s:%d", condition, name != NULL ? name + 1 : file, line);
}

void scene_go(void (*run)(void *arg), void *arg)
{
  started[started_count++] = sim_spawn(run, arg);
}

void scene_join(void)
{
  while (joined < started_count)
    sim_join(started[joined++]);
}

void scene_yield(void)
{
  sim_yield(true);
}

void scene_pause(void)
{
  sim_yield(false);
}

void scene_idle(int *turns)
{
  sim_yield(++*turns % TURNS == 0);
}

static bool may_go_on(void *arg)
{
  return *(int64_t *)arg != 0;
}

void scene_stop_after(int points, int ghost)
{
  sim_stop_after((unsigned)points + 1, may_go_on, &ghosts[ghost]);
}

int scene_choose(int count)
{
  return sim_choose(count);
}

void scene_dawdle(int most)
{
  for (int times = sim_choose(most + 1); times > 0; times--)
    sim_yield(false);
}

uint64_t scene_passed_ms(void)
{
  return sim_now_ns() / 1000000 - FIRST_MS;
}

void scene_barrier(bool offer)
{
  sim_offer_barrier(offer);
}

void scene_hurry(bool hurry)
{
  sim_hurry(hurry);
}

/* -- Ghosts ---------------------------------------------------------------------------------- */

void ghost_set(int which, int64_t value)
{
  ghosts[which] = value;
}

int64_t ghost_get(int which)
{
  return ghosts[which];
}

int64_t ghost_add(int which, int64_t value)
{
  return ghosts[which] += value;
}

/* Every thread has ended, or waits for what none of them will do. */
static bool nobody_acts(void)
{
  for (unsigned i = 0; i < sim_thread_count() && !over; i++)
    if (sim_thread(i)->live &&
        (!awaited[i].waits || ghosts[awaited[i].which] >= awaited[i].value))
      return false;
  over = true;
  return true;
}

static bool has_come(void *arg)
{
  const struct awaited *mine = arg;

  return ghosts[mine->which] >= mine->value || nobody_acts();
}

bool ghost_await(int which, int64_t value)
{
  struct awaited *mine = &awaited[sim_self()];

  sim_point();
  *mine = (struct awaited){true, which, value};
  (void)sim_wait(has_come, mine, SIM_NO_DEADLINE, "what somebody should do");
  mine->waits = false;
  return ghosts[which] >= value;
}
