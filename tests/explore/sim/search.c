/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

enum { DEEPEST = 1 << 16, DIGITS = 36 };

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static struct {
  enum sim_mode mode;
  uint64_t seed, number;
  bool fixed;          /* a token: sim_search_begin() changes nothing */
  uint64_t generator;
  struct sim_budget limit, left;
  int depth, length;   /* exhaustive: choices made, choices prescribed */
  uint8_t path[DEEPEST], width[DEEPEST];
} search;

/* -- Random numbers -------------------------------------------------------------------------- */

/* splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA
 * 2014): good enough, and neighbouring seeds give unlike sequences. */
static uint64_t draw(void)
{
  uint64_t z = search.generator += UINT64_C(0x9E3779B97F4A7C15);

  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

/* -- Around executions ----------------------------------------------------------------------- */

void sim_search_random(uint64_t seed)
{
  search.mode = SIM_RANDOM;
  search.seed = seed;
  search.fixed = false;
  search.limit = (struct sim_budget){SIM_UNLIMITED, SIM_UNLIMITED, 2};
}

void sim_search_exhaust(const struct sim_budget *budget)
{
  search.mode = SIM_EXHAUST;
  search.limit = *budget;
  search.fixed = false;
  search.length = 0;
}

void sim_search_begin(uint64_t number)
{
  if (!search.fixed)
    search.number = number;
  search.generator = search.seed;
  search.generator = draw() + search.number * UINT64_C(0xD1342543DE82EF95);
  search.left = search.limit;
  search.depth = 0;
}

bool sim_search_next(void)
{
  int length = search.length;

  while (length > 0 && search.path[length - 1] + 1 >= search.width[length - 1])
    length--;
  search.length = length;
  if (length == 0)
    return false;
  search.path[length - 1]++;
  return true;
}

/* -- Tokens ---------------------------------------------------------------------------------- */

/* r.SEED.NUMBER, or x.PREEMPTIONS.STALE.SPURIOUS.CHOICES: a digit each; the last zeros are left
 * out. */
void sim_search_name(char *token, size_t size)
{
  int length = search.length, at;

  if (search.mode == SIM_RANDOM) {
    snprintf(token, size, "r.%llx.%llx", (unsigned long long)search.seed,
             (unsigned long long)search.number);
    return;
  }
  while (length > 0 && search.path[length - 1] == 0)
    length--;
  at = snprintf(token, size, "x.%d.%d.%d.", search.limit.preemptions, search.limit.stale,
                search.limit.spurious);
  for (int i = 0; i < length && (size_t)at + 1 < size; i++)
    token[at++] = digits[search.path[i]];
  token[at] = '\0';
}

static bool read_path(const char *text)
{
  search.length = 0;
  for (; *text != '\0'; text++) {
    const char *digit = strchr(digits, *text);

    if (digit == NULL || search.length == DEEPEST)
      return false;
    search.width[search.length] = DIGITS;
    search.path[search.length++] = (uint8_t)(digit - digits);
  }
  return true;
}

bool sim_search_token(const char *token)
{
  unsigned long long seed, number;
  struct sim_budget budget;
  int used = 0;

  if (sscanf(token, "r.%llx.%llx%n", &seed, &number, &used) == 2 && token[used] == '\0') {
    sim_search_random(seed);
    search.number = number;
    search.fixed = true;
    return true;
  }
  used = 0;
  if (sscanf(token, "x.%d.%d.%d.%n", &budget.preemptions, &budget.stale, &budget.spurious,
             &used) != 3 || used == 0)
    return false;
  sim_search_exhaust(&budget);
  search.fixed = true;
  return read_path(token + used);
}

/* -- Choices --------------------------------------------------------------------------------- */

enum sim_mode sim_search_mode(void)
{
  return search.mode;
}

int sim_choose(int count)
{
  int at = search.depth;

  if (count <= 1)
    return 0;
  if (search.mode == SIM_RANDOM)
    return (int)((draw() >> 16) % (uint64_t)count);
  if (at == DEEPEST || count > DIGITS)
    sim_fail("the search can't hold this many choices");
  if (at == search.length) {
    search.path[at] = 0;
    search.length++;
  }
  search.width[at] = (uint8_t)count;
  search.depth++;
  if (search.path[at] >= count)
    sim_fail("this token is of another program: choice %d is %d of %d", at, search.path[at], count);
  return search.path[at];
}

bool sim_may_preempt(void)
{
  return search.left.preemptions > 0;
}

void sim_count_preemption(void)
{
  search.left.preemptions--;
}

int sim_may_be_stale(int count)
{
  return search.left.stale > 0 ? count : 0;
}

void sim_count_stale(void)
{
  search.left.stale--;
}

bool sim_fails_spuriously(void)
{
  bool fails;

  if (search.left.spurious == 0)
    return false;
  fails = search.mode == SIM_RANDOM ? sim_choose(8) == 1 : sim_choose(2) == 1;
  if (fails)
    search.left.spurious--;
  return fails;
}
