/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Threads push into slots of their own, and nobody drains meanwhile: libmpcc's instance is not even
 * started. So nothing is between them but what pushes into different slots share. One thread is
 * compared with two, each with as many items: twice as many in the same time is the most there is.
 * Between rounds all is taken out and checked. What the machine itself makes of two threads that
 * have nothing to do with each other is shown by the queues whose slots share nothing.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>

#include "push_crew.h"
#include "push_parts.h"

enum { ITEM_SIZE = 16, ROUNDS = 21, THREAD_ITEMS = 200000, SMOKE_ITEMS = 2000, THREADS = 2 };

struct side {
  struct crew crew;
  struct sink *sink;
};

/* Items a microsecond, of all threads together. */
static double measure(void *arg)
{
  struct side *side = arg;
  const uint64_t items = side->crew.each * side->crew.threads;
  const uint64_t sum = sink_sum(side->sink) + crew_sum(&side->crew);
  const uint64_t ns = crew_push(&side->crew);

  if (burst_take(side->crew.pusher, side->crew.opened, (size_t)items) != items)
    suite_fail(side->crew.suite, "not all that was pushed came out");
  if (sink_sum(side->sink) != sum)
    suite_fail(side->crew.suite, "what came out is not what was pushed");
  return (double)items * 1e3 / (double)ns;
}

static void open_sides(struct suite *suite, const struct pusher_job *job,
                       const struct pusher *pusher, void *opened, struct side *sides)
{
  for (uint32_t i = 0; i < THREADS; i++) {
    sides[i] = (struct side){.sink = job->state,
                             .crew = {.suite = suite, .pusher = pusher, .opened = opened,
                                      .item_size = job->item_size, .threads = THREADS - i,
                                      .slots = THREADS, .each = job->room}};
    measure(&sides[i]); /* to warm its memory */
  }
}

static void run_idle(struct suite *suite, const char *config, const struct pusher *pusher)
{
  const size_t each = suite->smoke ? SMOKE_ITEMS : THREAD_ITEMS;
  struct sink sink;
  struct side sides[THREADS];
  const struct subject subjects[THREADS] = {{"2 threads", measure, &sides[0]},
                                            {"1 thread", measure, &sides[1]}};
  const struct pusher_job job = {.item_size = ITEM_SIZE, .slots = THREADS, .threads = THREADS,
                                 .room = each, .sink = sink_take, .state = &sink};
  void *opened = pusher->open(&job);

  if (opened == NULL)
    suite_fail(suite, "a queue does not open");
  sink_open(&sink, job.item_size);
  open_sides(suite, &job, pusher, opened, sides);
  suite_compare(suite, config, "pushes", "items/us", HIGHER_IS_BETTER, subjects, THREADS,
                suite_rounds(suite, 1, ROUNDS));
  pusher->close(opened);
}

void push_idle(struct suite *suite)
{
  bool headed = false;

  for (const struct pusher *const *pusher = pushers_idle; *pusher != NULL; pusher++) {
    char config[64];

    snprintf(config, sizeof config, "idle %d B %s", ITEM_SIZE, (*pusher)->name);
    if (!suite_wants(suite, config))
      continue;
    if (!headed)
      suite_heading(suite, "push into slots of one's own, not started, 2 threads against 1",
                    "items/us");
    headed = true;
    run_idle(suite, config, *pusher);
  }
}
