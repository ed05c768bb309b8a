/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A library to be preloaded into ingest: SQLite's third COMMIT goes wrong in the way that
 * INGEST_FAULT names.
 *
 *   lies    it takes place, and is reported as failed
 *   fails   it does not take place, and is reported as failed
 *   hangs   it never returns
 *
 * The file INGEST_FAULT_SEEN is made when that happens.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THE_ONE = 3 };

static int real_step(sqlite3_stmt *statement)
{
  int (*step)(sqlite3_stmt *);
  void *found = dlsym(RTLD_NEXT, "sqlite3_step");

  memcpy(&step, &found, sizeof step); /* ISO C has no cast from the one to the other */
  return step(statement);
}

static void let_be_seen(void)
{
  const char *seen = getenv("INGEST_FAULT_SEEN");
  const int fd = seen != NULL ? open(seen, O_WRONLY | O_CREAT, 0644) : -1;

  if (fd >= 0)
    close(fd);
}

int sqlite3_step(sqlite3_stmt *statement)
{
  static atomic_int commits;
  const char *fault = getenv("INGEST_FAULT"), *sql = sqlite3_sql(statement);

  if (fault == NULL || sql == NULL || strcmp(sql, "COMMIT") != 0 ||
      atomic_fetch_add_explicit(&commits, 1, memory_order_relaxed) + 1 != THE_ONE)
    return real_step(statement);
  if (strcmp(fault, "lies") == 0)
    real_step(statement);
  let_be_seen();
  while (strcmp(fault, "hangs") == 0)
    pause();
  return SQLITE_IOERR;
}
