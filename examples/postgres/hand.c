/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "hand.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "console.h"
#include "database.h"
#include "row.h"

enum { SQL_SIZE = 512, TEXT_SIZE = 512, NO_ANSWER = 3 };

static int fail(struct hand *hand)
{
  char text[TEXT_SIZE];

  say_flat(text, sizeof text, PQerrorMessage(hand->conn));
  say("by hand, connection %u: %s", (unsigned)hand->number, text);
  hand->failed = true;
  return -1;
}

int hand_open(struct hand *hand, const struct args *args, const char *table, uint32_t number,
              uint32_t in_flight)
{
  char sql[SQL_SIZE];

  *hand = (struct hand){.args = args, .number = number, .in_flight = in_flight};
  hand->conn = database_connect(args->connect, "no connection for the comparison");
  if (hand->conn == NULL)
    return -1;
  row_insert_sql(sql, sizeof sql, table);
  PGresult *result = PQprepare(hand->conn, ROW_INSERT, sql, ROW_VALUES, NULL);
  const bool good = PQresultStatus(result) == PGRES_COMMAND_OK &&
                    (in_flight == 1 || PQenterPipelineMode(hand->conn) == 1);
  PQclear(result);
  if (good)
    return 0;
  fail(hand);
  hand_close(hand);
  return -1;
}

void hand_close(struct hand *hand)
{
  PQfinish(hand->conn);
  hand->conn = NULL;
}

static int store_waiting(struct hand *hand, const struct row_text *text)
{
  PGresult *result =
      PQexecPrepared(hand->conn, ROW_INSERT, ROW_VALUES, text->values, NULL, NULL, 0);
  const bool good = PQresultStatus(result) == PGRES_COMMAND_OK;

  PQclear(result);
  hand->stored += good;
  return good ? 0 : fail(hand);
}

/* The oldest one on its way: its own answer, and that of its commit. */
static int take_answer(struct hand *hand)
{
  bool stored = false;
  unsigned nothing = 0;

  while (nothing < NO_ANSWER) {
    PGresult *result = PQgetResult(hand->conn);
    const ExecStatusType status = PQresultStatus(result);
    nothing = result == NULL ? nothing + 1 : 0;
    PQclear(result);
    stored = stored || (nothing == 0 && status == PGRES_COMMAND_OK);
    if (nothing == 0 && status == PGRES_PIPELINE_SYNC) {
      hand->stored += stored;
      return stored ? 0 : fail(hand);
    }
  }
  return fail(hand);
}

static int send_row(struct hand *hand, const struct row_text *text)
{
  if (PQsendQueryPrepared(hand->conn, ROW_INSERT, ROW_VALUES, text->values, NULL, NULL, 0) == 1 &&
      PQpipelineSync(hand->conn) == 1)
    return 0;
  return fail(hand);
}

static bool is_over(const struct hand *hand)
{
  /* relaxed: it carries nothing but itself. */
  return atomic_load_explicit(hand->enough, memory_order_relaxed) ||
         hand_clock_ns() >= hand->until_ns;
}

static void *work(void *arg)
{
  struct hand *hand = arg;
  const struct args *args = hand->args;
  struct row_text text;
  struct row row;
  uint32_t sent = 0;
  int err = 0;

  for (uint64_t i = hand->number; i < args->rows && err == 0 && !is_over(hand);
       i += args->connections) {
    row_make(&row, (int64_t)(args->first_key + i), hand->number, 0);
    row_to_text(&row, &text);
    if (hand->in_flight == 1) {
      err = store_waiting(hand, &text);
      continue;
    }
    err = send_row(hand, &text);
    if (err == 0 && ++sent == hand->in_flight) {
      err = take_answer(hand);
      sent--;
    }
  }
  for (; sent > 0 && err == 0; sent--)
    err = take_answer(hand);
  return NULL;
}

int hand_start(struct hand *hand, uint64_t until_ns, const atomic_bool *enough)
{
  hand->until_ns = until_ns;
  hand->enough = enough;
  const int err = pthread_create(&hand->thread, NULL, work, hand);
  if (err != 0)
    say("the system refused a thread: %s", strerror(err));
  return err == 0 ? 0 : -1;
}

int hand_join(struct hand *hand)
{
  pthread_join(hand->thread, NULL);
  return hand->failed ? -1 : 0;
}

uint64_t hand_clock_ns(void)
{
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
