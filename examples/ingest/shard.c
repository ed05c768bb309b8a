/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "shard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "utf8.h"

enum { BUSY_MS = 10000 }; /* before the first line and after the last one nobody else waits */

/* Keep SQLite's words before another call changes them. */
static int note(struct shard *shard, const char *doing, int err)
{
  const char *why = shard->db != NULL ? sqlite3_errmsg(shard->db) : sqlite3_errstr(err);

  shard->doing = doing;
  snprintf(shard->why, sizeof shard->why, "%s", why);
  return err;
}

static int fail(struct shard *shard, const char *doing, int err)
{
  note(shard, doing, err);
  shard_give_up(shard, err);
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

  if (stepped == SQLITE_DONE || stepped == SQLITE_ROW)
    return SQLITE_OK;
  return err != SQLITE_OK ? err : stepped;
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

static int make_tables(struct shard *shard, uint32_t max_line)
{
  char rule[120] = "", sql[400];

  /* In bytes: length() counts a TEXT's characters. */
  if (max_line != 0)
    snprintf(rule, sizeof rule,
             ", CONSTRAINT max_line CHECK (length(CAST(text AS BLOB)) <= %" PRIu32 ")", max_line);
  snprintf(sql, sizeof sql,
           "CREATE TABLE files (id INTEGER PRIMARY KEY, path);"
           "CREATE TABLE lines (file INTEGER, line INTEGER, text, PRIMARY KEY (file, line)%s)",
           rule);
  return sqlite3_exec(shard->db, sql, NULL, NULL, NULL);
}

static int set_up(struct shard *shard, const struct args *args)
{
  char pragma[64];
  int err;

  sqlite3_busy_timeout(shard->db, BUSY_MS);
  /* Where a file system cannot do it SQLite keeps its older journal, which is right, too. */
  err = sqlite3_exec(shard->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
  snprintf(pragma, sizeof pragma, "PRAGMA synchronous = %s", args->sync);
  if (err == SQLITE_OK)
    err = sqlite3_exec(shard->db, pragma, NULL, NULL, NULL);
  if (err == SQLITE_OK)
    err = make_tables(shard, args->max_line);
  return err == SQLITE_OK ? prepare(shard) : err;
}

int shard_open(struct shard *shard, struct outdir *dir, uint32_t index, const struct args *args,
               const struct files *files)
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
    return SQLITE_CANTOPEN;
  }
  err = sqlite3_open_v2(shard->path, &shard->db, flags, NULL);
  if (err != SQLITE_OK)
    return fail(shard, "open the database", err);
  sqlite3_extended_result_codes(shard->db, 1);
  err = set_up(shard, args);
  if (err == SQLITE_OK)
    err = add_files(shard, index, args->shards, files);
  if (err != SQLITE_OK)
    return fail(shard, "set up the database", err);
  sqlite3_busy_timeout(shard->db, 0);
  return SQLITE_OK;
}

int shard_begin(struct shard *shard)
{
  const int err = run_once(shard->begin);

  return err == SQLITE_OK ? err : note(shard, "begin a transaction", err);
}

/* Whether ${err} is about one row, which is not there then: the statement is undone, no more. */
static bool is_refusal(const struct shard *shard, int err)
{
  const int kind = err & 0xff;

  return (kind == SQLITE_CONSTRAINT || kind == SQLITE_TOOBIG || kind == SQLITE_MISMATCH) &&
         sqlite3_get_autocommit(shard->db) == 0;
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
  if (err == SQLITE_OK || (err == SQLITE_CONSTRAINT_PRIMARYKEY && shard->unclear))
    return SQLITE_OK;
  note(shard, "store a line", err);
  return is_refusal(shard, err) ? SHARD_REFUSED : err;
}

int shard_commit(struct shard *shard)
{
  const int err = run_once(shard->commit);

  if (err == SQLITE_OK)
    shard->unclear = false;
  else if (!shard_is_busy(err))
    shard->unclear = true;
  return err == SQLITE_OK ? err : note(shard, "commit", err);
}

void shard_rollback(struct shard *shard)
{
  /* After some errors SQLite has done it already. A failure here has nothing left to undo: what
   * was not committed is not there when the database is opened again. */
  if (sqlite3_get_autocommit(shard->db) == 0)
    (void)run_once(shard->rollback);
}

bool shard_is_busy(int err)
{
  return (err & 0xff) == SQLITE_BUSY || (err & 0xff) == SQLITE_LOCKED;
}

void shard_give_up(struct shard *shard, int err)
{
  say("%s: cannot %s: %s", shard->path, shard->doing, shard->why);
  /* pairs shard_failed(): who sees the error sees the words. */
  atomic_store_explicit(&shard->failed, err, memory_order_release);
}

int shard_failed(const struct shard *shard)
{
  /* pairs shard_give_up(). */
  return atomic_load_explicit(&shard->failed, memory_order_acquire);
}

int shard_count(const struct shard *shard, uint64_t *rows)
{
  sqlite3_stmt *count = NULL;
  sqlite3 *db = NULL;
  int err = sqlite3_open_v2(shard->path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);

  if (err == SQLITE_OK)
    err = sqlite3_busy_timeout(db, BUSY_MS);
  if (err == SQLITE_OK)
    err = sqlite3_prepare_v2(db, "SELECT count(*) FROM lines", -1, &count, NULL);
  if (err == SQLITE_OK && sqlite3_step(count) == SQLITE_ROW)
    *rows = (uint64_t)sqlite3_column_int64(count, 0);
  if (err == SQLITE_OK)
    err = sqlite3_reset(count);
  if (err != SQLITE_OK)
    say("%s: cannot count the rows: %s", shard->path,
        db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(err));
  sqlite3_finalize(count);
  sqlite3_close(db);
  return err;
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
