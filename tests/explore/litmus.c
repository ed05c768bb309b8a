/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "litmus.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scene.h"
#include "scene_life.h"
#include "sim/run.h"
#include "sim/search.h"

enum { OUTCOMES = 64, LONGEST = 16, STEPS = 500, SECONDS = 20 };

static char seen[OUTCOMES][LONGEST];
static int seen_count;
static void (*body)(void);

void litmus_saw(int first, ...)
{
  char outcome[LONGEST];
  int length = 0, place = 0;
  va_list args;

  va_start(args, first);
  for (int number = first; number >= 0 && length < LONGEST - 1; number = va_arg(args, int))
    outcome[length++] = (char)('0' + number);
  va_end(args);
  outcome[length] = '\0';
  while (place < seen_count && strcmp(seen[place], outcome) < 0)
    place++;
  if (seen_count == OUTCOMES || (place < seen_count && strcmp(seen[place], outcome) == 0))
    return;
  memmove(seen[place + 1], seen[place], (size_t)(seen_count - place) * LONGEST);
  memcpy(seen[place], outcome, LONGEST);
  seen_count++;
}

static void run_body(void)
{
  scene_begin();
  body();
}

static void write_seen(char *text, size_t size)
{
  size_t at = 0;

  text[0] = '\0';
  for (int i = 0; i < seen_count && at < size; i++)
    at += (size_t)snprintf(text + at, size - at, "%s%s", i == 0 ? "" : " ", seen[i]);
}

static const char *crime_of(const char *verdict)
{
  static const char *const crimes[] = {"data race", "use after free", "double free",
                                       "never freed", "nobody can go on", "no end"};

  for (size_t i = 0; i < sizeof(crimes) / sizeof(crimes[0]); i++)
    if (strstr(verdict, crimes[i]) != NULL)
      return crimes[i];
  return verdict;
}

static bool run_one(const struct litmus *litmus)
{
  const struct sim_budget all = {SIM_UNLIMITED, SIM_UNLIMITED, 1};
  const struct sim_limits limits = {.steps = STEPS, .seconds = SECONDS};
  char text[OUTCOMES * LONGEST];
  struct sim_result result;
  bool right;

  seen_count = 0;
  body = litmus->run;
  sim_search_exhaust(&all);
  result = sim_run(run_body, &limits);
  if (result.verdict == NULL)
    write_seen(text, sizeof(text));
  else
    snprintf(text, sizeof(text), "%s", crime_of(result.verdict));
  right = strcmp(text, litmus->expected) == 0 && (result.complete || result.verdict != NULL);
  printf("%-34s %8llu schedules  %s\n", litmus->name, (unsigned long long)result.executions,
         right ? "as expected" : "NOT AS EXPECTED");
  if (!right)
    printf("  expected %s\n  seen     %s%s\n", litmus->expected, text,
           result.complete ? "" : " (not exhausted)");
  fflush(stdout);
  return right;
}

int litmus_run_all(const char *part, int *count)
{
  const struct litmus *const lists[] = {litmus_pairs, litmus_buffers, litmus_chains,
                                        litmus_updates, litmus_system};
  int wrong = 0;

  *count = 0;
  for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
    for (const struct litmus *litmus = lists[i]; litmus->name != NULL; litmus++) {
      if (part != NULL && strstr(litmus->name, part) == NULL)
        continue;
      wrong += !run_one(litmus);
      ++*count;
    }
  return wrong;
}
