/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * descriptors
 *
 * RLIMIT_NOFILE from 3 upwards, until a start has all it needs: each limit in a process of its
 * own, whose first loop this is. A start that is refused has lost nothing and left nothing open,
 * and works once there are more; a stepped instance needs none at all. No limit may end a process.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include "life.h"
#include "../resources/procfs.h"

enum { FIRST = 3, MOST = 64, REFUSED = 10 };

static struct rlimit before;
static size_t open_before;
static bool refused;

/* The number that the next descriptor would get: it grows if one was left open. */
static int next_descriptor(void)
{
  int next = dup(0);

  if (next >= 0)
    close(next);
  return next;
}

static bool again(void)
{
  if (refused)
    verdict_fail("a start was refused, and again without a limit");
  refused = true;
  if (setrlimit(RLIMIT_NOFILE, &before) != 0)
    verdict_fail("the limit can't be lifted again");
  if (procfs_descriptors() != open_before)
    verdict_fail("%zu descriptors before a start that was refused, %zu after it", open_before,
                 procfs_descriptors());
  return true;
}

/* In a child: one life under this limit. */
static void live_under(rlim_t limit, bool workers, bool handles, bool manual)
{
  static struct life life;
  struct rlimit now = before;

  life = (struct life){.workers = workers, .handles = handles, .manual = manual, .again = again};
  open_before = procfs_descriptors();
  now.rlim_cur = limit;
  if (setrlimit(RLIMIT_NOFILE, &now) != 0)
    verdict_fail("no limit of %lu", (unsigned long)limit);
  alarm(300);
  life_live(&life);
  fflush(NULL);
  _exit(refused ? REFUSED : 0);
}

/* Whether a start was refused under this limit. */
static bool refuses(rlim_t limit, bool workers, bool handles, bool manual)
{
  pid_t child;
  int status;

  fflush(NULL);
  child = fork();
  if (child < 0)
    verdict_fail("no process");
  if (child == 0)
    live_under(limit, workers, handles, manual);
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      verdict_fail("a process is gone");
  if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != REFUSED))
    verdict_fail("limit %lu, workers %d, handles %d: a life ended with status %x",
                 (unsigned long)limit, workers, handles, (unsigned)status);
  return WEXITSTATUS(status) == REFUSED;
}

/* Returns how many limits were tried. */
static unsigned sweep(const char *name, bool workers, bool handles, bool manual)
{
  unsigned points = 0, enough = 0;
  rlim_t limit = FIRST;

  /* Some more than enough: there must be no gap. */
  for (; limit < MOST && enough < 4; limit++, points++) {
    bool refusal = refuses(limit, workers, handles, manual);

    if (refusal && enough > 0)
      verdict_fail("%s: refused under limit %lu, and not under a lower one", name,
                   (unsigned long)limit);
    enough += !refusal;
  }
  if (enough == 0)
    verdict_fail("%s: refused under every limit up to %d", name, MOST);
  if (manual && points != enough)
    verdict_fail("%s: an instance that is stepped was refused", name);
  if (!manual && points < 2 + enough)
    verdict_fail("%s: nothing was refused", name);
  printf("descriptors: %-24s %2u limits from %d on, %u refused\n", name, points, FIRST,
         points - enough);
  return points;
}

int main(void)
{
  unsigned points = 0;

  if (getrlimit(RLIMIT_NOFILE, &before) != 0 || before.rlim_cur < MOST)
    return verdict_skip("too few descriptors are allowed here as it is");
  if (next_descriptor() > MOST / 2)
    return verdict_skip("too many descriptors are open here");
  points += sweep("own loop", false, false, false);
  points += sweep("own loop, handles", false, true, false);
  points += sweep("workers", true, false, false);
  points += sweep("workers, handles", true, true, false);
  points += sweep("stepped", false, true, true);
  printf("descriptors: %u points; nothing lost, nothing left open, no process ended\n", points);
  return 0;
}
