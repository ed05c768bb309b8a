/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* docs/guide/backpressure.md: three producers meet a slow sink, each in a slot of its own. */
#define _POSIX_C_SOURCE 200809L
#include "guide.h"
#include <pthread.h>

enum { SHEDS, WAITS, IS_TOLD, SLOTS, ITEMS = 3000, ALL = 3 * ITEMS };

struct app {
  mpcc_t *mpcc;
  unsigned long shed, late; /* of its producer */
  pthread_mutex_t lock;     /* guards room */
  pthread_cond_t told;
  bool room;
};

static int slow_sink(mpcc_batch_t *batch, void *state) /* on a worker */
{
  (void)batch;
  (void)state;
  pause_ms(1);
  return 0;
}

/* guide: shed */
static void log_or_shed(struct app *app, int item)
{
  int err = mpcc_push(app->mpcc, &item, SHEDS);

  if (err == MPCC_EFULL)
    app->shed++; /* a log line less is better than a slow service */
  else
    check(err, "push");
}
/* guide: end */

/* guide: wait */
static void pay_or_complain(struct app *app, int item)
{
  int err = mpcc_push_wait(app->mpcc, &item, WAITS, 5000);

  if (err == MPCC_ETIMEDOUT)
    app->late++; /* not queued: tell the caller, who may try again */
  else
    check(err, "push_wait");
}
/* guide: end */

/* guide: told */
static void on_room(mpcc_t *mpcc, uint32_t slot, void *state) /* on the loop */
{
  struct app *app = state;

  (void)mpcc;
  if (slot != IS_TOLD)
    return;
  pthread_mutex_lock(&app->lock); /* an event loop would have its eventfd written here */
  app->room = true;
  pthread_cond_signal(&app->told);
  pthread_mutex_unlock(&app->lock);
}
/* guide: end */

/* Stands for an event loop that does not read its socket until there is room. */
static void until_told(struct app *app)
{
  pthread_mutex_lock(&app->lock);
  while (!app->room)
    pthread_cond_wait(&app->told, &app->lock);
  app->room = false;
  pthread_mutex_unlock(&app->lock);
}

/* guide: stop-reading */
static void read_or_rest(struct app *app, int item)
{
  while (mpcc_push(app->mpcc, &item, IS_TOLD) == MPCC_EFULL)
    until_told(app); /* on_room is called once after this refusal; others may come first */
}
/* guide: end */

static void *produce(void *arg)
{
  for (int i = 0; i < ITEMS; i++)
    read_or_rest(arg, i);
  return NULL;
}

static void *pay(void *arg)
{
  for (int i = 0; i < ITEMS; i++)
    pay_or_complain(arg, i);
  return NULL;
}

static void begin(struct app *app)
{
  /* guide: options */
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(int);
  options.slot_count = SLOTS;
  options.batch_size = 50;
  options.capacity = 200; /* items queued in each slot */
  options.on_room = on_room;
  options.pump_on = MPCC_PUMP_ON_WORKER;
  /* guide: end */
  check(mpcc_create(&app->mpcc, &options), "create");
  check(mpcc_start(app->mpcc, slow_sink, app), "start");
}

int main(void)
{
  static struct app app = {.lock = PTHREAD_MUTEX_INITIALIZER, .told = PTHREAD_COND_INITIALIZER};
  pthread_t told, waits;

  begin(&app);
  is_true(pthread_create(&told, NULL, produce, &app) == 0, "a thread");
  is_true(pthread_create(&waits, NULL, pay, &app) == 0, "a thread");
  for (int i = 0; i < ITEMS; i++)
    log_or_shed(&app, i);
  is_true(pthread_join(told, NULL) == 0 && pthread_join(waits, NULL) == 0, "their ends");
  mpcc_stats_t stats = drain(app.mpcc);
  printf("%llu items in, %lu shed, %lu too late\n", (unsigned long long)stats.delivered, app.shed,
         app.late);
  is_true(stats.delivered + app.shed + app.late == ALL, "each item is accounted for");
  return 0;
}
