/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One SQLite database: some of the files, and their lines. Knows SQLite and nothing of libmpcc.
 *
 *   files(id INTEGER PRIMARY KEY, path)           every file of this shard, also empty ones
 *   lines(file INTEGER, line INTEGER, text,       rows in the order of the lines
 *         PRIMARY KEY (file, line),
 *         CONSTRAINT max_line CHECK (...))        with --max-line only
 *
 * A path or text is TEXT if it is well-formed UTF-8 without a NUL, else a BLOB: SQLite would let
 * a TEXT end at a NUL in many places.
 *
 * The key is what makes it safe to store lines again when a commit failed and nobody knows whether
 * it took place after all: a row that is there already is one of its.
 *
 * A shard is used by one thread at a time, but for shard_failed(). Functions that return a code
 * return SQLite's, 0 is good; what went wrong stands in ${doing} and ${why}. They do not wait for
 * a database that another process has locked: that is SQLITE_BUSY at once, and nothing has changed.
 */
#ifndef INGEST_SHARD_H
#define INGEST_SHARD_H

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "args.h"
#include "files.h"
#include "line.h"
#include "outdir.h"

struct shard {
  char *path;
  sqlite3 *db;
  sqlite3_stmt *begin, *insert, *commit, *rollback;
  bool unclear;       /* the last commit failed, and may have taken place: see shard_add() */
  const char *doing;  /* the last error: what could not be done, */
  char why[160];      /* and SQLite's words for the reason */
  atomic_int failed;  /* shard_failed() */
};

/* The database refuses this one row: a constraint, or its size. ${why} says which. */
enum { SHARD_REFUSED = -1 };

/* Which shard a file belongs to: a whole file in one, so that its lines stay in order. */
static inline uint32_t shard_of(size_t file_index, uint32_t shard_count)
{
  return (uint32_t)(file_index % shard_count);
}

/* Make a new database with its ${files}, of which there are args->shards.
 * Returns 0, or SQLite's code after a message. */
int shard_open(struct shard *shard, struct outdir *dir, uint32_t index, const struct args *args,
               const struct files *files);

/*
 * Write nothing, or, after commit, all that was added since begin. After SHARD_REFUSED the
 * transaction goes on without that row. While shard->unclear is set, a row that is there already
 * counts as added; whoever begins with other lines than the last time clears it.
 */
int shard_begin(struct shard *shard);
int shard_add(struct shard *shard, const struct line *line);
int shard_commit(struct shard *shard);
void shard_rollback(struct shard *shard);

/* Whether ${err} means that somebody else has locked the database. */
bool shard_is_busy(int err);

/* Say what went wrong last, ${err}, and let everybody see that nothing is tried any more. */
void shard_give_up(struct shard *shard, int err);

/* That ${err}, or 0. Any thread; once it is not 0, ${why} is anybody's to read. */
int shard_failed(const struct shard *shard);

/* SELECT count(*) FROM lines, by a connection of its own: what others see. May wait for a lock.
 * Any thread, also while the shard is in use. Returns 0, or SQLite's code after a message. */
int shard_count(const struct shard *shard, uint64_t *rows);

/* Legal after a shard_open() that failed, and on a zeroed shard. */
void shard_close(struct shard *shard);

#endif
