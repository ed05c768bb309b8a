/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* <uv.h> needs it under -std=c11 */
#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "row.h"

enum { SQL_SIZE = 512 };

static void on_event(uv_poll_t *poll, int status, int events);
static int wait_for_socket(struct link *link, int events);

static void free_poll(uv_handle_t *handle)
{
  free(handle);
}

static void unwatch(struct link *link)
{
  if (link->poll == NULL)
    return;
  link->poll->data = NULL;
  uv_close((uv_handle_t *)link->poll, free_poll);
  link->poll = NULL;
}

/* Returns 0 or an error of libuv's. */
static int watch(struct link *link, int events)
{
  int err = 0;

  if (link->poll == NULL) {
    link->poll = malloc(sizeof *link->poll);
    if (link->poll == NULL)
      return UV_ENOMEM;
    err = uv_poll_init(link->loop, link->poll, PQsocket(link->conn));
    if (err != 0) {
      free(link->poll);
      link->poll = NULL;
      return err;
    }
    link->poll->data = link;
    link->watched = 0;
  }
  if (link->watched != events)
    err = uv_poll_start(link->poll, events, on_event);
  link->watched = err == 0 ? events : 0;
  return err;
}

void link_close(struct link *link)
{
  unwatch(link); /* before the socket is closed, whose number the next one may get */
  PQfinish(link->conn);
  link->conn = NULL;
  link->state = LINK_CLOSED;
}

static void note_error(struct link *link)
{
  if (link->last_words)
    return;
  say_flat(link->why, sizeof link->why, PQerrorMessage(link->conn));
  if (link->why[0] == '\0')
    snprintf(link->why, sizeof link->why, "the connection broke");
}

static void lose(struct link *link)
{
  link_close(link);
  link->calls->lost(link);
}

/* What the server says beside its answers: to a connection without work, also why it ends it. */
static void on_notice(void *arg, const PGresult *result)
{
  struct link *link = arg;
  const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  char text[WHY_SIZE];

  say_flat(text, sizeof text, PQresultErrorMessage(result));
  if (severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0)) {
    memcpy(link->why, text, sizeof text);
    link->last_words = true;
  } else {
    say("the server says: %s", text);
  }
}

int link_open(struct link *link)
{
  const char *const words[] = {"dbname", "fallback_application_name", "client_encoding", NULL};
  const char *const values[] = {link->connect, "postgres_writer", "UTF8", NULL};

  link->created = link->refused = link->last_words = false;
  link->why[0] = '\0';
  link->tried++;
  link->conn = PQconnectStartParams(words, values, 1);
  if (link->conn == NULL) {
    snprintf(link->why, sizeof link->why, "out of memory");
    return -1;
  }
  link->state = LINK_CONNECTING;
  PQsetNoticeReceiver(link->conn, on_notice, link);
  if (PQstatus(link->conn) == CONNECTION_BAD)
    note_error(link);
  else if (wait_for_socket(link, UV_WRITABLE) == 0)
    return 0;
  link_close(link);
  return -1;
}

static int wait_for_socket(struct link *link, int events)
{
  const int err = watch(link, events);

  if (err != 0)
    snprintf(link->why, sizeof link->why, "cannot watch the socket: %s", uv_strerror(err));
  return err == 0 ? 0 : -1;
}

int link_flush(struct link *link)
{
  const int left = PQflush(link->conn);

  if (left < 0) {
    note_error(link);
    return -1;
  }
  return wait_for_socket(link, left > 0 ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}

/* The steps before READY: each sends one thing and waits for its answer. */
static int begin_step(struct link *link, enum link_state state)
{
  char sql[SQL_SIZE];
  int sent;

  link->state = state;
  link->refused = link->no_table = false;
  if (state == LINK_PREPARING) {
    row_insert_sql(sql, sizeof sql, link->table);
    sent = PQsendPrepare(link->conn, ROW_INSERT, sql, ROW_VALUES, NULL);
  } else {
    if (state == LINK_CREATING)
      row_create_sql(sql, sizeof sql, link->table);
    else
      snprintf(sql, sizeof sql, "SET client_min_messages = warning; SET lock_timeout = %u",
               (unsigned)link->lock_wait_ms);
    sent = PQsendQuery(link->conn, sql);
  }
  if (sent != 1) {
    note_error(link);
    return -1;
  }
  return link_flush(link);
}

static int next_step(struct link *link)
{
  if (link->refused && link->no_table && !link->created) {
    link->created = true;
    return begin_step(link, LINK_CREATING);
  }
  if (link->refused)
    return -1;
  if (link->state != LINK_PREPARING)
    return begin_step(link, LINK_PREPARING);
  if (PQenterPipelineMode(link->conn) != 1) {
    note_error(link);
    return -1;
  }
  link->state = LINK_READY;
  link->why[0] = '\0';
  link->opened++;
  link->calls->ready(link);
  return 0;
}

static void take_answer(struct link *link, PGresult *result)
{
  static const char undefined_table[] = "42P01";
  const ExecStatusType status = PQresultStatus(result);
  const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);

  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    link->refused = true;
    link->no_table = code != NULL && strcmp(code, undefined_table) == 0;
    say_flat(link->why, sizeof link->why, PQresultErrorMessage(result));
  }
  PQclear(result);
}

/* Returns 0, or -1 with a why. */
static int take_answers(struct link *link)
{
  PGresult *result;

  while (PQisBusy(link->conn) == 0) {
    result = PQgetResult(link->conn);
    if (result == NULL)
      return next_step(link);
    take_answer(link, result);
  }
  return 0;
}

/* One more step of libpq's, after which the socket may be another one. */
static void go_on_connecting(struct link *link)
{
  unwatch(link);
  switch (PQconnectPoll(link->conn)) {
    case PGRES_POLLING_READING:
      if (wait_for_socket(link, UV_READABLE) == 0)
        return;
      break;
    case PGRES_POLLING_WRITING:
      if (wait_for_socket(link, UV_WRITABLE) == 0)
        return;
      break;
    case PGRES_POLLING_OK:
      if (PQsetnonblocking(link->conn, 1) == 0 && begin_step(link, LINK_SETTING) == 0)
        return;
      note_error(link);
      break;
    default:
      note_error(link);
  }
  lose(link);
}

static void go_on_talking(struct link *link, int events)
{
  const uint64_t life = link->tried;
  bool alive = (events & UV_WRITABLE) == 0 || link_flush(link) == 0;

  if (alive) {
    alive = PQconsumeInput(link->conn) == 1;
    PQisBusy(link->conn); /* looks at what has come, also if nobody has asked for it */
    if (!alive)
      note_error(link);
    /* What came before the end counts. */
    if (link->state == LINK_READY)
      link->calls->input(link);
    else if (take_answers(link) != 0)
      alive = false;
  }
  if (!alive && link->state != LINK_CLOSED && link->tried == life)
    lose(link);
}

static void on_event(uv_poll_t *poll, int status, int events)
{
  struct link *link = poll->data;

  if (link == NULL)
    return;
  if (status < 0) {
    link->watched = 0; /* libuv has stopped; reading from the socket tells what it is */
    events = UV_READABLE | UV_WRITABLE;
  }
  if (link->state == LINK_CONNECTING)
    go_on_connecting(link);
  else
    go_on_talking(link, events);
}
