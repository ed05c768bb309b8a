/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What does one push cost? And what does it cost in other queues, and at the least?
 *
 * Everything is pushed into through a pointer, by the same loop, which writes the item's fields
 * just before. The parts, each of them also a word for --only:
 *
 *   solo      one thread, items of 8 to 64 bytes; nobody drains meanwhile; then what it costs to
 *             take and read an item
 *   many      the same with 8, 64 and 500 items in a call
 *   threads   1, 2, 4 and 16 threads, on one slot and each on its own, drained meanwhile
 *   idle      two threads against one, each with a slot of its own, of an instance not started
 *
 * Further ways to call it, for instructions.sh:
 *
 *   bench_push --names               what the next one knows, one a line
 *   bench_push --items NAME COUNT    pushes and takes so many items, 16 bytes each, and is silent
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "push_parts.h"

/* -- Company ------------------------------------------------------------------------------- */

/* Some C libraries leave out what makes a lock or malloc() safe as long as there is one thread
 * only, in which nobody needs a queue. So there are always two. */
static pthread_mutex_t company_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_t company;

static void *keep_company(void *arg)
{
  (void)arg;
  pthread_mutex_lock(&company_mutex);
  pthread_mutex_unlock(&company_mutex);
  return NULL;
}

static bool company_begin(void)
{
  pthread_mutex_lock(&company_mutex);
  return pthread_create(&company, NULL, keep_company, NULL) == 0;
}

static void company_end(void)
{
  pthread_mutex_unlock(&company_mutex);
  pthread_join(company, NULL);
}

/* -- The program --------------------------------------------------------------------------- */

static void describe(const char *part, const struct pusher *const *pushers)
{
  printf("\n%s\n", part);
  for (; *pushers != NULL; pushers++)
    printf("  %-24s %s\n", (*pushers)->name, (*pushers)->what);
}

static void compare(int argc, char **argv)
{
  struct suite suite;

  suite_open(&suite, "bench_push", argc, argv);
  describe("solo, many", pushers_solo);
  describe("threads", pushers_threads);
  describe("idle", pushers_idle);
  push_solo(&suite);
  push_many(&suite);
  push_threads(&suite);
  push_idle(&suite);
  suite_close(&suite);
}

int main(int argc, char **argv)
{
  int result = 0;

  if (argc == 2 && strcmp(argv[1], "--names") == 0) {
    push_counted_names();
    return 0;
  }
  if (!company_begin()) {
    fprintf(stderr, "bench_push: no thread\n");
    return 1;
  }
  if (argc == 4 && strcmp(argv[1], "--items") == 0)
    result = push_counted(argv[2], argv[3]);
  else
    compare(argc, argv);
  company_end();
  return result;
}
