/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* docs/guide/asynchronous.md: a pump that sends, and a client that answers later, or never. */
#define _POSIX_C_SOURCE 200809L
#include "client.h"
#include "guide.h"

enum { ITEMS = 2000, TIMEOUT_MS = 30 };

struct app {
  mpcc_t *mpcc;
  struct client client;
  unsigned late; /* replies that came after their batch was given up; the client's thread's */
};

/* guide: pump */
static int send_batch(mpcc_batch_t *batch, void *state)
{
  struct app *app = state;

  if (!client_send(&app->client, batch->id))
    return MPCC_ESYSTEM; /* not sent: tried again, as max_attempts allows */
  return MPCC_PENDING;
}
/* guide: end */

/* guide: reply */
static void on_reply(uint64_t request, int status, void *arg) /* on the client's thread */
{
  struct app *app = arg;

  if (mpcc_batch_done_id(app->mpcc, request, status) == MPCC_EALREADY)
    app->late++; /* it had been given up, and may be under way again with another id */
}
/* guide: end */

/* guide: cancel */
static void on_cancel(mpcc_batch_t *batch, void *state) /* on the loop, after pump_timeout_ms */
{
  struct app *app = state;

  mpcc_batch_done_id(app->mpcc, batch->id, MPCC_ETIMEDOUT);
}
/* guide: end */

static void begin(struct app *app)
{
  /* guide: options */
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(int);
  options.batch_size = 100;
  options.max_concurrency = 4; /* four requests under way; order among them is the client's */
  options.pump_timeout_ms = TIMEOUT_MS;
  options.on_cancel = on_cancel;
  options.max_attempts = UINT32_MAX; /* for ever: a stop by MPCC_DISCARD ends it */
  options.retry_delay_ms = 5;
  /* guide: end */
  check(mpcc_create(&app->mpcc, &options), "create");
  check(mpcc_start(app->mpcc, send_batch, app), "start");
}

int main(void)
{
  static struct app app;
  mpcc_stats_t stats;

  is_true(client_open(&app.client, on_reply, &app), "the client is there");
  begin(&app);
  for (int i = 0; i < ITEMS; i++)
    check(mpcc_push(app.mpcc, &i, 0), "push");
  check(mpcc_complete(app.mpcc, MPCC_DRAIN, NULL, NULL), "complete");
  check(mpcc_wait(app.mpcc, MPCC_NO_TIMEOUT), "wait");
  client_close(&app.client); /* before destroy: a late reply names the instance */
  check(mpcc_stats(app.mpcc, &stats), "stats");
  check(mpcc_destroy(app.mpcc), "destroy");
  printf("%llu items, %llu batches, %llu timeouts, %u late replies\n",
         (unsigned long long)stats.delivered, (unsigned long long)stats.batches,
         (unsigned long long)stats.timeouts, app.late);
  is_true(stats.delivered == ITEMS, "each item was delivered");
  is_true(stats.timeouts > 0, "what was never answered has timed out");
  return 0;
}
