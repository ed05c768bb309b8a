/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "sched.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fiber.h"
#include "search.h"
#include "verdict.h"

/* A thread that only yields must let time pass some day, but not while others get on. */
enum { ROUNDS_UNTIL_TIME_PASSES = 8, CHANGES = 3 };

enum style { STICKY, STICKIER, BY_PRIORITY, STYLES };

static struct {
  struct sim_thread threads[SIM_THREADS];
  unsigned count, live, self;
  uint32_t step, limit, longest;
  uint32_t settled; /* the step in which time passed last */
  uint64_t now_ns;
  bool hurry;
  int idle_rounds;
  enum style style;
  uint32_t changes[CHANGES]; /* steps at which the thread that runs becomes the last */
  int lowest;                /* priority */
  struct sim_fiber *main;
  bool failed;
  char verdict[400];
} sched;

unsigned sim_self(void)
{
  return sched.self;
}

struct sim_thread *sim_me(void)
{
  return &sched.threads[sched.self];
}

struct sim_thread *sim_thread(unsigned number)
{
  return &sched.threads[number];
}

unsigned sim_thread_count(void)
{
  return sched.count;
}

uint32_t sim_step(void)
{
  return sched.step;
}

uint32_t sim_settled(void)
{
  return sched.settled;
}

bool sim_alone(void)
{
  return sched.live == 1;
}

uint32_t sim_tick(void)
{
  return ++sim_me()->now.known.at[sched.self];
}

uint64_t sim_now_ns(void)
{
  return sched.now_ns;
}

void sim_hurry(bool hurry)
{
  sched.hurry = hurry;
}

uint32_t sim_longest(void)
{
  uint32_t longest = sched.longest;

  sched.longest = 0;
  return longest;
}

/* -- Failing --------------------------------------------------------------------------------- */

void sim_fail(const char *format, ...)
{
  char what[320];
  va_list args;

  va_start(args, format);
  vsnprintf(what, sizeof(what), format, args);
  va_end(args);
  snprintf(sched.verdict, sizeof(sched.verdict), "%s (thread %u, step %u)", what, sched.self,
           sched.step);
  sched.failed = true;
  for (;;)
    sim_fiber_switch(sched.main);
}

static const char *who_waits(char *text, size_t size)
{
  size_t at = 0;

  text[0] = '\0';
  for (unsigned i = 0; i < sched.count && at < size; i++)
    if (sched.threads[i].live && sched.threads[i].ready != NULL)
      at += (size_t)snprintf(text + at, size - at, "%s%u for %s", at == 0 ? "" : ", ", i,
                             sched.threads[i].waits_for);
  return text;
}

/* -- Time ------------------------------------------------------------------------------------ */

static bool is_ready(const struct sim_thread *thread)
{
  return thread->ready == NULL || sched.now_ns >= thread->deadline_ns ||
         thread->ready(thread->ready_arg);
}

/* Up to the next deadline: false if nobody waits for one. */
static bool let_time_pass(void)
{
  uint64_t next_ns = SIM_NO_DEADLINE;

  for (unsigned i = 0; i < sched.count; i++) {
    const struct sim_thread *thread = &sched.threads[i];

    if (thread->live && thread->ready != NULL && thread->deadline_ns < next_ns)
      next_ns = thread->deadline_ns;
  }
  if (next_ns == SIM_NO_DEADLINE)
    return false;
  if (next_ns > sched.now_ns) {
    sched.now_ns = next_ns;
    sched.settled = sched.step;
  }
  return true;
}

/* -- Who goes on ----------------------------------------------------------------------------- */

/* Who can run, but for the thread itself: ${yielded} ones only if asked for. */
static int gather(int *list, int count, bool yielded)
{
  for (unsigned i = 0; i < sched.count; i++)
    if (i != sched.self && sched.threads[i].live && (yielded || !sched.threads[i].yielded) &&
        is_ready(&sched.threads[i]))
      list[count++] = (int)i;
  return count;
}

static int foremost(const int *list, int count)
{
  int best = list[0];

  for (int i = 1; i < count; i++)
    if (sched.threads[list[i]].priority > sched.threads[best].priority)
      best = list[i];
  return best;
}

static void go_to(int number)
{
  if ((unsigned)number == sched.self)
    return;
  sched.self = (unsigned)number;
  sim_fiber_switch(sched.threads[number].fiber);
}

static void count_step(void)
{
  if (++sched.step > sched.limit)
    sim_fail("%u steps and no end: threads wait for each other in a circle", sched.limit);
}

static int pick_at_random(const int *list, int count)
{
  if (sched.style == BY_PRIORITY) {
    for (int i = 0; i < CHANGES; i++)
      if (sched.changes[i] == sched.step)
        sim_me()->priority = --sched.lowest;
    return foremost(list, count);
  }
  if (sim_choose(sched.style == STICKY ? 3 : 12) != 0)
    return list[0];
  return list[sim_choose(count)];
}

void sim_point(void)
{
  int list[SIM_THREADS], count = 1, next;

  count_step();
  if (sched.live == 1)
    return;
  if (sim_me()->stop_after != 0 && --sim_me()->stop_after == 0)
    (void)sim_wait(sim_me()->may_go_on, sim_me()->may_go_on_arg, SIM_NO_DEADLINE, "leave to go on");
  if (sim_me()->chosen) { /* a moment ago, and has done nothing since */
    sim_me()->chosen = false;
    return;
  }
  list[0] = (int)sched.self;
  if (sim_search_mode() == SIM_RANDOM) {
    if (sched.hurry && sim_choose(64) == 1)
      (void)let_time_pass();
    next = pick_at_random(list, gather(list, count, false));
  } else {
    if (sim_may_preempt())
      count = gather(list, count, false);
    next = list[sim_choose(count)];
    if (next != list[0])
      sim_count_preemption();
  }
  go_to(next);
}

/* The thread can't, or does not want to, go on: somebody else must, or time. */
static void leave(void)
{
  int list[SIM_THREADS], count;
  struct sim_thread *me = sim_me();
  char text[240];

  count_step();
  for (;;) {
    count = gather(list, 0, false);
    if (count != 0)
      break;
    if (++sched.idle_rounds >= ROUNDS_UNTIL_TIME_PASSES && let_time_pass())
      sched.idle_rounds = 0;
    count = gather(list, 0, true);
    if (me->live && is_ready(me))
      list[count++] = (int)sched.self;
    for (unsigned i = 0; i < sched.count; i++)
      sched.threads[i].yielded = false;
    if (count != 0)
      break;
    if (!let_time_pass())
      sim_fail("nobody can go on: %s", who_waits(text, sizeof(text)));
  }
  if (sim_search_mode() == SIM_RANDOM && sched.style == BY_PRIORITY)
    go_to(foremost(list, count));
  else
    go_to(list[sim_choose(count)]);
  me->chosen = true;
}

void sim_yield(bool catches_up)
{
  struct sim_thread *me = sim_me();

  me->yielded = true;
  me->priority = --sched.lowest;
  if (catches_up)
    me->yielded_at = sched.step;
  leave();
  me->yielded = false;
}

bool sim_wait(bool (*ready)(void *arg), void *arg, uint64_t deadline_ns, const char *what)
{
  struct sim_thread *me = sim_me();

  while (!ready(arg) && sched.now_ns < deadline_ns) {
    me->ready = ready;
    me->ready_arg = arg;
    me->deadline_ns = deadline_ns;
    me->waits_for = what;
    leave();
    me->ready = NULL;
  }
  return ready(arg);
}

void sim_stop_after(unsigned points, bool (*ready)(void *arg), void *arg)
{
  sim_me()->stop_after = points;
  sim_me()->may_go_on = ready;
  sim_me()->may_go_on_arg = arg;
}

/* -- Threads --------------------------------------------------------------------------------- */

static void run_thread(void *arg)
{
  struct sim_thread *me = arg;

  me->run(me->arg);
  me->live = false;
  sched.live--;
  if (sched.self == 0)
    sim_fiber_switch(sched.main);
  else
    leave(); /* comes back in a later execution */
}

unsigned sim_spawn(void (*run)(void *arg), void *arg)
{
  unsigned number = sched.count;
  struct sim_thread *thread = &sched.threads[number];
  struct sim_fiber *fiber = number < SIM_THREADS ? thread->fiber : NULL;

  if (number == SIM_THREADS)
    sim_fail("more than %d threads", SIM_THREADS);
  if (fiber == NULL)
    fiber = sim_fiber_new(run_thread, thread);
  if (fiber == NULL)
    sim_fail("no memory for a thread");
  *thread = (struct sim_thread){.fiber = fiber, .run = run, .arg = arg, .live = true};
  if (sched.live != 0)
    (void)sim_tick();
  thread->now = sim_me()->now;
  thread->now.known.at[number]++;
  thread->priority = sim_search_mode() == SIM_RANDOM ? sim_choose(1 << 16) : 0;
  thread->chosen = true;
  sched.count++;
  sched.live++;
  return number;
}

static bool has_ended(void *arg)
{
  return !((struct sim_thread *)arg)->live;
}

void sim_join(unsigned number)
{
  struct sim_thread *other = &sched.threads[number];

  (void)sim_wait(has_ended, other, SIM_NO_DEADLINE, "the end of a thread");
  sim_view_join(&sim_me()->now, &other->now);
}

/* -- Executions ------------------------------------------------------------------------------ */

static bool others_have_ended(void *arg)
{
  (void)arg;
  return sched.live == 1;
}

static void first_thread(void *arg)
{
  void (**body)(void) = arg;

  (*body)();
  (void)sim_wait(others_have_ended, NULL, SIM_NO_DEADLINE, "all threads");
}

static void choose_style(void)
{
  int within;

  sched.style = STICKY;
  if (sim_search_mode() != SIM_RANDOM)
    return;
  sched.style = (enum style)sim_choose(STYLES);
  if (sched.style != BY_PRIORITY)
    return;
  within = 32 << sim_choose(6); /* how long the execution will be is not known */
  for (int i = 0; i < CHANGES; i++)
    sched.changes[i] = (uint32_t)sim_choose(within) + 1;
}

const char *sim_execute(void (*body)(void), uint32_t step_limit)
{
  if (sched.main == NULL)
    sched.main = sim_fiber_main();
  sched.count = sched.live = sched.self = 0;
  sched.step = sched.settled = 0;
  sched.limit = step_limit;
  sched.now_ns = UINT64_C(1000000000);
  sched.hurry = false;
  sched.idle_rounds = 0;
  sched.lowest = 0;
  sched.failed = false;
  sched.threads[0].now = (struct sim_view){.fence = 0};
  choose_style();
  (void)sim_spawn(first_thread, &body);
  sim_fiber_switch(sched.threads[0].fiber);
  for (unsigned i = 0; i < sched.count; i++)
    if (sched.threads[i].live)
      sim_fiber_reset(sched.threads[i].fiber); /* was left in the middle */
  if (sched.step > sched.longest)
    sched.longest = sched.step;
  return sched.failed ? sched.verdict : NULL;
}
