/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One SQLite database: some of the files, and their lines. Knows SQLite and nothing of libmpcc.
 *
 *   files(id INTEGER PRIMARY KEY, path)           every file of this shard, also empty ones
 *   lines(file INTEGER, line INTEGER, text)       rows in the order of the lines
 *
 * A path or text is TEXT if it is well-formed UTF-8 without a NUL, else a BLOB: SQLite would let
 * a TEXT end at a NUL in many places.
 *
 * A shard is used by one thread at a time. Functions that return a code return SQLite's, 0 is good;
 * what went wrong is said once per shard, when it happens.
 */
#ifndef INGEST_SHARD_H
#define INGEST_SHARD_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "files.h"
#include "line.h"
#include "outdir.h"

struct shard {
  char *path;
  sqlite3 *db;
  sqlite3_stmt *begin, *insert, *commit, *rollback;
  int failed; /* the first error: from then on nothing is tried any more */
};

/* Which shard a file belongs to: a whole file in one, so that its lines stay in order. */
static inline uint32_t shard_of(size_t file_index, uint32_t shard_count)
{
  return (uint32_t)(file_index % shard_count);
}

/* Make a new database with its ${files}. ${sync} is SQLite's PRAGMA synchronous. */
int shard_open(struct shard *shard, struct outdir *dir, uint32_t index, uint32_t shard_count,
               const char *sync, const struct files *files);

/* Write nothing, or, after commit, all that was added since begin. */
int shard_begin(struct shard *shard);
int shard_add(struct shard *shard, const struct line *line);
int shard_commit(struct shard *shard);
void shard_rollback(struct shard *shard);

/* SELECT count(*) FROM lines */
int shard_count(struct shard *shard, uint64_t *rows);

/* Legal after a shard_open() that failed, and on a zeroed shard. */
void shard_close(struct shard *shard);

#endif
