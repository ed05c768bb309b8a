/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "shard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "utf8.h"

enum { BUSY_MS = 10000 }; /* how long to wait for a stranger who has locked the database */

static int fail(struct shard *shard, const char *doing, int err)
{
  const char *why = shard->db != NULL ? sqlite3_errmsg(shard->db) : sqlite3_errstr(err);

  if (shard->failed == 0)
    say("%s: cannot %s: %s", shard->path, doing, why);
  shard->failed = err;
  return err;
}

static int bind_bytes(sqlite3_stmt *statement, int at, const char *bytes, size_t length)
{
  if (utf8_is_text(bytes, length))
    return sqlite3_bind_text(statement, at, bytes, (int)length, SQLITE_STATIC);
  return sqlite3_bind_blob(statement, at, bytes, (int)length, SQLITE_STATIC);
}

static int run_once(sqlite3_stmt *statement)
{
  const int stepped = sqlite3_step(statement);
  const int err = sqlite3_reset(statement);

  return stepped == SQLITE_DONE || stepped == SQLITE_ROW ? SQLITE_OK : err;
}

static int prepare(struct shard *shard)
{
  const struct {
    const char *sql;
    sqlite3_stmt **statement;
  } statements[] = {
      {"BEGIN IMMEDIATE", &shard->begin},
      {"INSERT INTO lines (file, line, text) VALUES (?, ?, ?)", &shard->insert},
      {"COMMIT", &shard->commit},
      {"ROLLBACK", &shard->rollback},
  };
  int err = SQLITE_OK;

  for (size_t i = 0; i < sizeof statements / sizeof statements[0] && err == SQLITE_OK; i++)
    err = sqlite3_prepare_v2(shard->db, statements[i].sql, -1, statements[i].statement, NULL);
  return err;
}

/* In one transaction, before the first line: whatever ends the program, no line lacks its file. */
static int add_files(struct shard *shard, uint32_t index, uint32_t shard_count,
                     const struct files *files)
{
  sqlite3_stmt *insert;
  int err = sqlite3_prepare_v2(shard->db, "INSERT INTO files (id, path) VALUES (?, ?)", -1, &insert,
                               NULL);

  if (err == SQLITE_OK)
    err = run_once(shard->begin);
  for (size_t i = index; i < files->count && err == SQLITE_OK; i += shard_count) {
    err = sqlite3_bind_int64(insert, 1, file_id(i));
    if (err == SQLITE_OK)
      err = bind_bytes(insert, 2, files->path[i], strlen(files->path[i]));
    if (err == SQLITE_OK)
      err = run_once(insert);
  }
  if (err == SQLITE_OK)
    err = run_once(shard->commit);
  sqlite3_finalize(insert);
  return err;
}

static int set_up(struct shard *shard, const char *sync)
{
  char pragma[64];
  int err;

  sqlite3_busy_timeout(shard->db, BUSY_MS);
  /* Where a file system cannot do it SQLite keeps its older journal, which is right, too. */
  err = sqlite3_exec(shard->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
  snprintf(pragma, sizeof pragma, "PRAGMA synchronous = %s", sync);
  if (err == SQLITE_OK)
    err = sqlite3_exec(shard->db, pragma, NULL, NULL, NULL);
  if (err == SQLITE_OK)
    err = sqlite3_exec(shard->db,
                       "CREATE TABLE files (id INTEGER PRIMARY KEY, path);"
                       "CREATE TABLE lines (file INTEGER, line INTEGER, text)",
                       NULL, NULL, NULL);
  return err == SQLITE_OK ? prepare(shard) : err;
}

int shard_open(struct shard *shard, struct outdir *dir, uint32_t index, uint32_t shard_count,
               const char *sync, const struct files *files)
{
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  int err;

  memset(shard, 0, sizeof *shard);
  shard->path = shard_path(dir->path, index);
  if (shard->path == NULL) {
    say("out of memory");
    return SQLITE_NOMEM;
  }
  /* SQLite takes the empty file for a new database; it would also take one that is not ours. */
  err = outdir_create(dir, index);
  if (err != 0) {
    say("%s: cannot create the database: %s", shard->path, strerror(err));
    return shard->failed = SQLITE_CANTOPEN;
  }
  err = sqlite3_open_v2(shard->path, &shard->db, flags, NULL);
  if (err != SQLITE_OK)
    return fail(shard, "open the database", err);
  sqlite3_extended_result_codes(shard->db, 1);
  err = set_up(shard, sync);
  if (err == SQLITE_OK)
    err = add_files(shard, index, shard_count, files);
  return err == SQLITE_OK ? err : fail(shard, "set up the database", err);
}

int shard_begin(struct shard *shard)
{
  if (shard->failed != 0)
    return shard->failed;
  const int err = run_once(shard->begin);
  return err == SQLITE_OK ? err : fail(shard, "begin a transaction", err);
}

int shard_add(struct shard *shard, const struct line *line)
{
  int err = sqlite3_bind_int64(shard->insert, 1, line->file);

  if (err == SQLITE_OK)
    err = sqlite3_bind_int64(shard->insert, 2, (sqlite3_int64)line->number);
  if (err == SQLITE_OK)
    err = bind_bytes(shard->insert, 3, line_text(line), line->length);
  if (err == SQLITE_OK)
    err = run_once(shard->insert);
  return err == SQLITE_OK ? err : fail(shard, "store a line", err);
}

int shard_commit(struct shard *shard)
{
  const int err = run_once(shard->commit);

  return err == SQLITE_OK ? err : fail(shard, "commit", err);
}

void shard_rollback(struct shard *shard)
{
  /* After some errors SQLite has done it already. A failure here has nothing left to undo: what
   * was not committed is not there when the database is opened again. */
  if (sqlite3_get_autocommit(shard->db) == 0)
    (void)run_once(shard->rollback);
}

int shard_count(struct shard *shard, uint64_t *rows)
{
  sqlite3_stmt *count = NULL;
  int err = sqlite3_prepare_v2(shard->db, "SELECT count(*) FROM lines", -1, &count, NULL);

  if (err == SQLITE_OK && sqlite3_step(count) == SQLITE_ROW)
    *rows = (uint64_t)sqlite3_column_int64(count, 0);
  if (err == SQLITE_OK)
    err = sqlite3_finalize(count);
  return err == SQLITE_OK ? err : fail(shard, "count the rows", err);
}

void shard_close(struct shard *shard)
{
  sqlite3_finalize(shard->begin);
  sqlite3_finalize(shard->insert);
  sqlite3_finalize(shard->commit);
  sqlite3_finalize(shard->rollback);
  sqlite3_close(shard->db);
  free(shard->path);
  memset(shard, 0, sizeof *shard);
}
