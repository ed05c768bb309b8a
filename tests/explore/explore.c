/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * explore: run the scenarios in many ways.
 *
 *   explore [--list] [--scenario NAME]... [--schedules N] [--seed N] [--seconds N] [--within N]
 *           [--exhaust] [--preemptions K] [--stale K] [--replay TOKEN] [--events N]
 *           [--litmus] [--sites] [--weaken SITES] [--quiet]
 *
 * README.md has the rest.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litmus.h"
#include "scene.h"
#include "scene_life.h"
#include "sim/run.h"
#include "sim/search.h"
#include "sim/sites.h"
#include "sim/trace.h"

enum { NAMES = 128, STEPS = 20000, TOKEN = 1 << 16 };
static const double LEAST = 0.05; /* seconds */

static struct {
  const char *names[NAMES];
  int name_count;
  unsigned long long schedules, seed;
  double seconds, within;
  bool exhaust, list, litmus, sites, quiet;
  int preemptions, stale;
  const char *replay;
  size_t events;
} options = {.schedules = 2000, .seed = 1, .preemptions = 2, .events = 300};

static const struct scene *const lists[] = {
  scenes_queue, scenes_phase,   scenes_pool, scenes_signals, scenes_batch, scenes_core,
  scenes_push,  scenes_stores, scenes_stop,    scenes_done, scenes_abandon, scenes_room,  scenes_handles,
  scenes_loop,  scenes_workers, scenes_slots, scenes_cuts,    scenes_words, scenes_calls,
  scenes_cells, scenes_sight,   scenes_bases, scenes_starving, scenes_rows,
  scenes_bypass, scenes_ingress};

static const struct scene *scene; /* the one that runs */

/* All that have run so far. */
static struct {
  int count, failed, exhausted;
  unsigned long long schedules;
  double seconds;
} sum;

static void run_scene(void)
{
  scene_begin();
  scene->run();
}

/* -- Options --------------------------------------------------------------------------------- */

static bool take_flag(const char *name)
{
  static const struct {
    const char *name;
    bool *value;
  } flags[] = {{"--exhaust", &options.exhaust}, {"--list", &options.list},
               {"--litmus", &options.litmus}, {"--sites", &options.sites},
               {"--quiet", &options.quiet}};

  for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
    if (strcmp(name, flags[i].name) == 0) {
      *flags[i].value = true;
      return true;
    }
  return false;
}

static bool take_text(const char *name, const char *value)
{
  if (strcmp(name, "--scenario") == 0 && options.name_count < NAMES)
    options.names[options.name_count++] = value;
  else if (strcmp(name, "--replay") == 0)
    options.replay = value;
  else
    return strcmp(name, "--weaken") == 0 && sim_weaken(value);
  return true;
}

static bool take_number(const char *name, const char *value)
{
  char *end;
  unsigned long long number = strtoull(value, &end, 0);

  if (end == value || *end != '\0')
    return false;
  if (strcmp(name, "--schedules") == 0)
    options.schedules = number;
  else if (strcmp(name, "--seed") == 0)
    options.seed = number;
  else if (strcmp(name, "--seconds") == 0)
    options.seconds = (double)number;
  else if (strcmp(name, "--within") == 0)
    options.within = (double)number;
  else if (strcmp(name, "--preemptions") == 0)
    options.preemptions = (int)number;
  else if (strcmp(name, "--stale") == 0)
    options.stale = (int)number;
  else if (strcmp(name, "--events") == 0)
    options.events = (size_t)number;
  else
    return false;
  return true;
}

static bool read_options(int count, char **texts)
{
  for (int i = 1; i < count; i++) {
    if (take_flag(texts[i]))
      continue;
    if (i + 1 == count || !(take_text(texts[i], texts[i + 1]) ||
                            take_number(texts[i], texts[i + 1])))
      return false;
    i++;
  }
  return true;
}

/* -- Telling --------------------------------------------------------------------------------- */

/* Run the execution that has failed once more, and print what it does. */
static void show(const char *verdict)
{
  static char token[TOKEN];

  sim_search_name(token, sizeof(token));
  printf("%s: FAILED: %s\n", scene->name, verdict);
  fflush(stdout);
  if (options.quiet)
    return;
  (void)sim_search_token(token);
  sim_search_begin(0);
  sim_trace(true);
  (void)sim_run_once(run_scene, STEPS);
  sim_trace_print(options.events);
  sim_trace(false);
  printf("%s: FAILED: %s\n  again: explore --replay %s/%s\n", scene->name, verdict, scene->name,
         token);
}

static void tell(const struct sim_result *result, int stale)
{
  char budget[64] = "at random";

  if (options.exhaust)
    snprintf(budget, sizeof(budget), stale < SIM_UNLIMITED ? "%d preemptions, %d old stores"
                                                           : "%d preemptions",
             options.preemptions, stale);
  printf("%-32s %9llu schedules, %s%s, %u steps, %.2f s\n", scene->name,
         (unsigned long long)result->executions, budget,
         !options.exhaust ? "" : result->complete ? ", EXHAUSTED" : ", not exhausted",
         result->longest, result->seconds);
  fflush(stdout);
}

/* -- Running --------------------------------------------------------------------------------- */

/* What one scenario may take when ${left} are still to come, itself included. */
static double seconds_for_one(int left)
{
  double share = (options.within - sum.seconds) / left;

  if (options.within <= 0)
    return options.seconds;
  if (share < LEAST)
    share = LEAST;
  return options.seconds > 0 && options.seconds < share ? options.seconds : share;
}

static void count_in(const struct sim_result *result)
{
  sum.count++;
  sum.failed += result->verdict != NULL;
  sum.exhausted += result->complete;
  sum.schedules += result->executions;
  sum.seconds += result->seconds;
}

static void run_one(int left)
{
  struct sim_limits limits = {options.schedules, seconds_for_one(left), STEPS};
  int stale = options.stale != 0 ? options.stale : scene->stale != 0 ? scene->stale
                                                                     : SIM_UNLIMITED;
  struct sim_result result;

  if (options.exhaust)
    sim_search_exhaust(&(struct sim_budget){options.preemptions, stale, 1});
  else
    sim_search_random(options.seed);
  result = sim_run(run_scene, &limits);
  count_in(&result);
  tell(&result, stale);
  if (result.verdict != NULL)
    show(result.verdict);
}

static bool is_wanted(const char *name)
{
  for (int i = 0; i < options.name_count; i++)
    if (strcmp(options.names[i], name) == 0)
      return true;
  return options.name_count == 0;
}

/* Each scenario that is wanted is run, or listed: how many there are. */
static int go_through(bool run, int count)
{
  int at = 0;

  for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
    for (scene = lists[i]; scene->name != NULL; scene++) {
      if (!is_wanted(scene->name))
        continue;
      if (run)
        run_one(count - at);
      else if (options.list)
        printf("%-32s %s\n", scene->name, scene->about);
      at++;
    }
  return at;
}

static bool run_all(void)
{
  int count = go_through(false, 0);

  if (count == 0)
    fprintf(stderr, "explore: there is no such scenario\n");
  else if (count > 1 && options.list)
    printf("%d scenarios\n", count);
  if (count == 0 || options.list)
    return count != 0;
  (void)go_through(true, count);
  if (count > 1)
    printf("%d scenarios, %llu schedules, %s %llu, %d exhausted, %d failed, %.1f s\n", sum.count,
           sum.schedules, options.exhaust ? "preemptions" : "seed",
           options.exhaust ? (unsigned long long)options.preemptions : options.seed,
           sum.exhausted, sum.failed, sum.seconds);
  return sum.failed == 0;
}

static const struct scene *find(const char *name, size_t length)
{
  for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
    for (const struct scene *one = lists[i]; one->name != NULL; one++)
      if (strlen(one->name) == length && memcmp(one->name, name, length) == 0)
        return one;
  return NULL;
}

static int replay(void)
{
  const char *token = strchr(options.replay, '/'), *verdict;

  if (token != NULL)
    scene = find(options.replay, (size_t)(token - options.replay));
  if (scene == NULL || !sim_search_token(token + 1)) {
    fprintf(stderr, "explore: %s names no scenario and schedule\n", options.replay);
    return 2;
  }
  sim_search_begin(0);
  sim_trace(true);
  verdict = sim_run_once(run_scene, STEPS);
  sim_trace_print(options.events);
  printf("%s: %s%s\n", scene->name, verdict != NULL ? "FAILED: " : "passed",
         verdict != NULL ? verdict : "");
  return verdict != NULL;
}

static int litmus(void)
{
  int count, wrong = litmus_run_all(options.name_count != 0 ? options.names[0] : NULL, &count);

  printf("%d litmus tests, %d not as expected\n", count, wrong);
  return wrong != 0 || count == 0;
}

int main(int count, char **texts)
{
  bool right;

  if (!read_options(count, texts)) {
    fprintf(stderr, "explore: README.md tells which options there are\n");
    return 2;
  }
  if (options.litmus)
    return litmus();
  if (options.replay != NULL)
    return replay();
  sim_sites_note(options.sites);
  right = run_all();
  if (options.sites)
    sim_sites_print();
  return !right;
}
