/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"

enum { WAITING, STORED, REFUSED };
enum { NO_ANSWER = 3 }; /* libpq says "no more" once a statement, perhaps twice, never thrice */

int store_open(struct store *store, size_t room)
{
  memset(store, 0, sizeof *store);
  store->room = room;
  store->fates = malloc(room);
  store->refusals = malloc(room * sizeof *store->refusals);
  if (store->fates != NULL && store->refusals != NULL)
    return 0;
  store_close(store);
  return -1;
}

void store_close(struct store *store)
{
  free(store->fates);
  free(store->refusals);
  store->fates = NULL;
  store->refusals = NULL;
}

static enum store_state lost(struct store *store, const char *why)
{
  say_flat(store->why, sizeof store->why, why);
  return STORE_LOST;
}

static size_t next_waiting(const struct store *store, size_t index)
{
  while (index < store->count && store->fates[index] != WAITING)
    index++;
  return index;
}

/* The transaction whose answers come next. */
static void begin_run(struct store *store)
{
  store->first = store->next;
  store->length = store->left = store->run_size < store->unread ? store->run_size : store->unread;
  store->unread -= store->left;
  store->noted = 0;
  store->failed = false;
}

static enum store_state send_round(struct store *store)
{
  struct row_text text;
  size_t sent = 0;

  if (store->runs > store->waiting)
    store->runs = store->waiting;
  store->run_size = (store->waiting + store->runs - 1) / store->runs;
  store->ends = 0;
  for (size_t i = next_waiting(store, 0); i < store->count; i = next_waiting(store, i + 1)) {
    row_to_text(&store->rows[i], &text);
    if (PQsendQueryPrepared(store->conn, ROW_INSERT, ROW_VALUES, text.values, NULL, NULL, 0) != 1)
      return lost(store, PQerrorMessage(store->conn));
    sent++;
    if (sent % store->run_size != 0 && sent != store->waiting)
      continue;
    if (PQpipelineSync(store->conn) != 1)
      return lost(store, PQerrorMessage(store->conn));
    store->ends++;
  }
  store->runs *= 2;
  store->unread = store->waiting;
  store->next = 0;
  begin_run(store);
  return STORE_SENDS;
}

enum store_state store_begin(struct store *store, PGconn *conn, const struct row *rows,
                             size_t count)
{
  store->conn = conn;
  store->rows = rows;
  store->count = store->waiting = count;
  store->refusal_count = store->later_count = store->stored = store->already = 0;
  store->runs = 1;
  memset(store->fates, WAITING, count);
  return send_round(store);
}

/* Whose fault is it? A server that stops, a full disk, a table that was dropped: no row's. */
static bool is_the_rows(const char *state)
{
  static const char *const classes[] = {
      "22", /* data exception */
      "23", /* integrity constraint violation */
      "40", /* transaction rollback: deadlock, serialization */
      "44", /* WITH CHECK OPTION violation */
      "54", /* program limit exceeded */
      "P0", /* raised by a trigger */
      "55P03", /* lock not available in time */
      "57014", /* query cancelled, or beyond statement_timeout */
  };

  for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
    if (strncmp(state, classes[i], strlen(classes[i])) == 0)
      return true;
  return false;
}

static bool is_for_later(const char *state)
{
  return strncmp(state, "40", 2) == 0 || strncmp(state, "55", 2) == 0 ||
         strncmp(state, "57", 2) == 0;
}

static void refuse(struct store *store, size_t index)
{
  store->failure.index = index;
  store->fates[index] = REFUSED;
  store->waiting--;
  store->refusals[store->refusal_count++] = store->failure;
  store->later_count += store->failure.later;
}

/* A statement has failed, or, if there is none left, the commit. */
static enum store_state take_failure(struct store *store, const PGresult *result)
{
  const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char *reason = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

  /* Without a state it is libpq itself that speaks, of the connection. */
  if (state == NULL || !is_the_rows(state))
    return lost(store, PQresultErrorMessage(result));
  snprintf(store->failure.state, sizeof store->failure.state, "%s", state);
  say_flat(store->failure.reason, REASON_SIZE, reason != NULL ? reason : "");
  store->failure.later = is_for_later(state);
  store->failed = true;
  if (store->left > 0)
    refuse(store, next_waiting(store, store->next));
  else if (store->length == 1)
    refuse(store, next_waiting(store, store->first));
  if (store->later_count > STORE_LATER_MAX)
    return lost(store, PQresultErrorMessage(result));
  return STORE_WAITS;
}

static enum store_state take_row(struct store *store, PGresult *result)
{
  const ExecStatusType status = PQresultStatus(result);
  const size_t index = next_waiting(store, store->next);

  if (status == PGRES_FATAL_ERROR) {
    if (take_failure(store, result) == STORE_LOST)
      return STORE_LOST;
  } else if (status == PGRES_COMMAND_OK) {
    store->noted += strcmp(PQcmdTuples(result), "0") == 0;
  } else if (status != PGRES_PIPELINE_ABORTED || !store->failed) {
    return lost(store, "an answer that does not belong to an INSERT");
  }
  store->next = index + 1;
  store->left--;
  return STORE_WAITS;
}

static enum store_state end_run(struct store *store)
{
  for (size_t i = store->first; i < store->next && !store->failed; i++)
    if (store->fates[i] == WAITING) {
      store->fates[i] = STORED;
      store->stored++;
      store->waiting--;
    }
  if (!store->failed)
    store->already += store->noted;
  store->ends--;
  if (store->ends > 0)
    begin_run(store);
  else
    return store->waiting == 0 ? STORE_DONE : send_round(store);
  return STORE_WAITS;
}

static enum store_state take_result(struct store *store, PGresult *result)
{
  if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
    if (store->left > 0)
      return lost(store, "fewer answers than statements");
    return end_run(store);
  }
  if (store->left > 0)
    return take_row(store, result);
  if (PQresultStatus(result) == PGRES_FATAL_ERROR)
    return take_failure(store, result);
  return lost(store, "more answers than statements");
}

enum store_state store_take(struct store *store)
{
  enum store_state state = STORE_WAITS;
  unsigned nothing = 0;

  while (state == STORE_WAITS && PQisBusy(store->conn) == 0) {
    PGresult *result = PQgetResult(store->conn);
    if (result != NULL) {
      nothing = 0;
      state = take_result(store, result);
      PQclear(result);
    } else if (++nothing == NO_ANSWER) {
      return lost(store, "fewer answers than statements");
    }
  }
  return state;
}
