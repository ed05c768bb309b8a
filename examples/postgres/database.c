/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "database.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "console.h"
#include "row.h"

enum { SQL_SIZE = 512, TEXT_SIZE = 512 };

static void complain(const char *what, const char *why)
{
  char text[TEXT_SIZE];

  say_flat(text, sizeof text, why);
  say("%s: %s", what, text);
}

PGconn *database_connect(const char *connect, const char *what)
{
  const char *const words[] = {"connect_timeout", "dbname", "fallback_application_name",
                               "client_encoding", "options", NULL};
  const char *const values[] = {"10", connect, "postgres_writer", "UTF8",
                                "-c client_min_messages=warning", NULL};
  PGconn *conn = PQconnectdbParams(words, values, 1);

  if (PQstatus(conn) == CONNECTION_OK)
    return conn;
  complain(what, conn == NULL ? "out of memory" : PQerrorMessage(conn));
  PQfinish(conn);
  return NULL;
}

/* Runs ${sql} on a connection made for it. Returns its result, or NULL after a message. */
static PGresult *ask(const char *connect, const char *what, const char *sql)
{
  PGconn *conn = database_connect(connect, what);
  PGresult *result;

  if (conn == NULL)
    return NULL;
  result = PQexec(conn, sql);
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    complain(what, PQerrorMessage(conn));
    PQclear(result);
    result = NULL;
  }
  PQfinish(conn);
  return result;
}

/* Returns 0, or -1 after a message. */
static int tell(const char *connect, const char *what, const char *sql)
{
  PGresult *result = ask(connect, what, sql);

  PQclear(result);
  return result == NULL ? -1 : 0;
}

int database_count(const char *connect, const char *table, uint64_t first, uint64_t last,
                   uint64_t *rows)
{
  char sql[SQL_SIZE];
  PGresult *result;

  snprintf(sql, sizeof sql,
           "SELECT count(*) FROM \"%s\" WHERE key BETWEEN %" PRIu64 " AND %" PRIu64, table, first,
           last);
  result = ask(connect, "cannot count the rows", sql);
  if (result == NULL)
    return -1;
  *rows = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
  PQclear(result);
  return 0;
}

int database_make(const char *connect, const char *table)
{
  char sql[SQL_SIZE];

  row_create_sql(sql, sizeof sql, table);
  return tell(connect, "cannot make the table of the comparison", sql);
}

int database_drop(const char *connect, const char *table)
{
  char sql[SQL_SIZE];

  snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS \"%s\"", table);
  return tell(connect, "cannot drop the table of the comparison", sql);
}

int database_settings(const char *connect, char *text, size_t size)
{
  static const char sql[] =
      "SELECT string_agg(name || ' ' || setting, ', ' ORDER BY name) FROM pg_settings "
      "WHERE name IN ('fsync', 'synchronous_commit')";
  PGresult *result = ask(connect, "cannot read the server's settings", sql);

  if (result == NULL)
    return -1;
  snprintf(text, size, "%s", PQgetvalue(result, 0, 0));
  PQclear(result);
  return 0;
}
