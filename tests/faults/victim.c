/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * victim [lost]
 *
 * Six lives, on a loop of the library's own and with workers, while somebody makes system calls
 * fail (inject.sh). After three refusals a start is given up. Whatever was refused, each item has
 * its fate, every stop ends, and no descriptor, thread or memory is left - but ${lost} descriptors
 * for each start that was refused, where libuv forgets them.
 */
#include "life.h"
#include "../resources/procfs.h"

enum { LIVES = 6, TRIES = 3 };

static unsigned refused; /* starts */
static unsigned tries;   /* of one start */

static bool again(void)
{
  refused++;
  return ++tries < TRIES;
}

int main(int argc, char **argv)
{
  uint64_t lost = verdict_argument(argc, argv, 1, 0), descriptors = 0;
  static struct life life;
  size_t threads = 0;

  for (int i = 0; i < LIVES; i++) {
    tries = 0;
    life = (struct life){.workers = i % 3 == 2, .handles = i % 2 == 1, .again = again};
    life_live(&life);
    /* libuv keeps some descriptors of its first loop. */
    if (tries == 0 && descriptors == 0)
      descriptors = procfs_descriptors() - lost * refused;
  }
  if (descriptors != 0 && procfs_descriptors() > descriptors + lost * refused)
    verdict_fail("%zu descriptors are open, %" PRIu64 " were after the first life",
                 procfs_descriptors(), descriptors);
  for (int ms = 0; ms < 2000 && (threads = procfs_threads()) > 1; ms++)
    verdict_sleep_us(1000); /* an ended thread is listed for a moment */
  if (threads > 1)
    verdict_fail("%zu threads are left", threads);
  printf("victim: %d lives, %u starts refused\n", LIVES, refused);
  return 0;
}
