/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* This example shows how to run an instance in a GLib main loop, as a source of its own. */
#define _POSIX_C_SOURCE 200809L
#include <glib.h>
#include <mpcc.h>
#include <stdio.h>
#include <stdlib.h>

enum { ITEMS = 300, USEC_PER_MS = 1000 };

/* guide: source */
struct mpcc_source {
  GSource source; /* first: GLib allocates it */
  mpcc_t *mpcc;
  gint woken;     /* on_wake has asked for a step; atomic */
  guint64 next_ms; /* when the instance wants the next one */
};
/* guide: end */

struct app {
  struct mpcc_source *source;
  GMainLoop *loop;
  unsigned long pumped;
};

static void check(bool good, const char *what)
{
  if (good)
    return;
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

static guint64 now_ms(void)
{
  return (guint64)g_get_monotonic_time() / USEC_PER_MS;
}

/* guide: wake */
static void on_wake(mpcc_t *mpcc, void *arg) /* on any thread: it may only signal */
{
  struct mpcc_source *source = arg;

  (void)mpcc;
  g_atomic_int_set(&source->woken, 1);
  g_main_context_wakeup(g_source_get_context(&source->source));
}
/* guide: end */

/* guide: functions */
static gboolean is_due(struct mpcc_source *source)
{
  return g_atomic_int_get(&source->woken) || source->next_ms <= now_ms();
}

static gboolean prepare(GSource *base, gint *timeout_ms)
{
  struct mpcc_source *source = (struct mpcc_source *)base;
  guint64 now = now_ms();

  *timeout_ms = -1; /* asleep until it is woken */
  if (source->next_ms != G_MAXUINT64)
    *timeout_ms = source->next_ms <= now ? 0 : (gint)MIN(source->next_ms - now, G_MAXINT);
  return is_due(source);
}

static gboolean after_poll(GSource *base)
{
  return is_due((struct mpcc_source *)base);
}

static gboolean dispatch(GSource *base, GSourceFunc callback, gpointer data)
{
  struct mpcc_source *source = (struct mpcc_source *)base;

  (void)callback;
  (void)data;
  g_atomic_int_set(&source->woken, 0); /* before the step, which sees what asked for it */
  check(mpcc_step(source->mpcc, now_ms(), &source->next_ms) == 0, "mpcc_step");
  return G_SOURCE_CONTINUE;
}
/* guide: end */

static GSourceFuncs functions = {.prepare = prepare, .check = after_poll, .dispatch = dispatch};

static int pump(mpcc_batch_t *batch, void *state)
{
  ((struct app *)state)->pumped += batch->count;
  printf("%zu items%s\n", batch->count, batch->due == MPCC_DUE_INTERVAL ? ", after a while" : "");
  return 0;
}

static void on_complete(mpcc_t *mpcc, int status, void *arg)
{
  (void)mpcc;
  check(status == 0, "completion");
  g_main_loop_quit(((struct app *)arg)->loop);
}

static gpointer produce(gpointer arg)
{
  struct app *app = arg;
  mpcc_t *mpcc = app->source->mpcc;

  for (int i = 1; i <= ITEMS; i++) {
    check(mpcc_push(mpcc, &i, 0) == 0, "mpcc_push");
    if (i == 250) /* longer than the interval: a partial batch of 50 comes meanwhile */
      g_usleep(50000);
  }
  check(mpcc_complete(mpcc, MPCC_DRAIN, on_complete, app) == 0, "mpcc_complete");
  return NULL;
}

static void begin(struct app *app)
{
  mpcc_options_t options;

  /* guide: options */
  mpcc_options_init(&options);
  options.item_size = sizeof(int);
  options.batch_size = 100;
  options.push_interval_ms = 20;
  options.manual = true;
  options.on_wake = on_wake;
  options.wake_arg = app->source;
  check(mpcc_create(&app->source->mpcc, &options) == 0, "mpcc_create");
  g_source_attach(&app->source->source, NULL); /* to the default main context, */
  check(mpcc_start(app->source->mpcc, pump, app) == 0, "mpcc_start"); /* then on_wake may come */
  /* guide: end */
}

int main(void)
{
  struct app app = {.loop = g_main_loop_new(NULL, FALSE)};
  GThread *producer;

  app.source = (struct mpcc_source *)g_source_new(&functions, sizeof *app.source);
  begin(&app);
  producer = g_thread_new("producer", produce, &app);
  g_main_loop_run(app.loop);
  g_thread_join(producer); /* it may still be in its last call */
  check(mpcc_destroy(app.source->mpcc) == 0, "mpcc_destroy");
  g_source_destroy(&app.source->source);
  g_source_unref(&app.source->source);
  g_main_loop_unref(app.loop);
  printf("%lu items in all\n", app.pumped);
  return app.pumped == ITEMS ? 0 : 1;
}
