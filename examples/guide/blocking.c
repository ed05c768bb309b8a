/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* docs/guide/blocking.md: a client that blocks, a connection a slot, and no lock around it. */
#define _POSIX_C_SOURCE 200809L
#include "guide.h"

enum { CONNECTIONS = 8, ITEMS = 4000 };

/* guide: connection */
/* One of these a slot. max_concurrency is 1, so one worker at a time has it, and what that worker
 * wrote the next one sees: no lock, though the threads change. */
struct connection {
  unsigned long rows;
  unsigned calls;
};
/* guide: end */

/* Stands for a call of a client library that returns when the server has answered. */
static int insert(struct connection *connection, const int *rows, size_t count)
{
  (void)rows;
  pause_ms(1);
  connection->rows += count;
  connection->calls++;
  return 0;
}

/* guide: pump */
static int write_rows(mpcc_batch_t *batch, void *state) /* on a worker: it may block */
{
  struct connection *connections = state;
  const int *rows = batch->items;

  for (size_t from = 0; from < batch->count; from += 50) { /* what one call of the client takes */
    size_t count = batch->count - from < 50 ? batch->count - from : 50;
    int err = 0;

    if (mpcc_batch_cancelled(batch)) /* too slow, or the service stops */
      err = MPCC_ECANCELED;
    else
      err = insert(&connections[batch->slot], rows + from, count);
    for (size_t i = from; err != 0 && i < batch->count; i++)
      check(mpcc_batch_fail(batch, i, err), "fail"); /* the rows that are not in yet */
    if (err != 0)
      break;
  }
  return 0;
}
/* guide: end */

static mpcc_t *begin(struct connection *connections)
{
  mpcc_t *mpcc;

  /* guide: options */
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(int);
  options.slot_count = CONNECTIONS;
  options.batch_size = 200;
  options.pump_on = MPCC_PUMP_ON_WORKER;
  options.worker_count = CONNECTIONS; /* fewer, and a slot may wait for another one's call */
  /* guide: end */
  check(mpcc_create(&mpcc, &options), "create");
  check(mpcc_start(mpcc, write_rows, connections), "start");
  return mpcc;
}

int main(void)
{
  static struct connection connections[CONNECTIONS];
  mpcc_t *mpcc = begin(connections);
  unsigned long rows = 0;

  for (int i = 0; i < ITEMS; i++)
    check(mpcc_push(mpcc, &i, (uint32_t)(i % CONNECTIONS)), "push");
  is_true(drain(mpcc).delivered == ITEMS, "each row was delivered");
  for (int i = 0; i < CONNECTIONS; i++) {
    printf("connection %d: %lu rows in %u calls\n", i, connections[i].rows, connections[i].calls);
    rows += connections[i].rows;
  }
  is_true(rows == ITEMS, "each row is in");
  return 0;
}
