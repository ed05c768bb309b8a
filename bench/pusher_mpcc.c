/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "pusher_mpcc.h"

enum { INTERVAL_MS = 10 };

/* -- What all have in common --------------------------------------------------------------- */

struct mpcc_pusher *mpcc_pusher_new(const struct pusher_job *job, bool bounded)
{
  struct mpcc_pusher *pusher = calloc(1, sizeof *pusher);

  if (pusher == NULL)
    return NULL;
  pusher->job = *job;
  mpcc_options_init(&pusher->options);
  pusher->options.item_size = job->item_size;
  pusher->options.slot_count = job->slots;
  pusher->options.batch_size = PUSHER_BATCH;
  pusher->options.push_interval_ms = INTERVAL_MS;
  pusher->options.capacity = bounded ? job->room : 0;
  return pusher;
}

int mpcc_pusher_pump(mpcc_batch_t *batch, void *state)
{
  struct mpcc_pusher *pusher = state;

  pusher->taken += batch->count;
  pusher->job.sink(batch->items, batch->count, pusher->job.state);
  return 0;
}

static int push(void *with, const void *item, uint32_t slot)
{
  return mpcc_push(with, item, slot);
}

static int push_many(void *with, const void *items, size_t count, uint32_t slot)
{
  return mpcc_push_many(with, items, count, slot) == (ptrdiff_t)count ? 0 : -1;
}

static int push_by_handle(void *with, const void *item, uint32_t slot)
{
  return mpcc_producer_push(with, item, slot);
}

bool mpcc_pusher_join(void *pusher, struct pushing *pushing)
{
  *pushing = (struct pushing){
      .push = push, .push_many = push_many, .with = ((struct mpcc_pusher *)pusher)->mpcc};
  return true;
}

bool mpcc_pusher_join_handle(void *pusher, struct pushing *pushing)
{
  mpcc_producer_t *producer;

  if (mpcc_producer_open(((struct mpcc_pusher *)pusher)->mpcc, &producer) != 0)
    return false;
  *pushing = (struct pushing){.push = push_by_handle, .with = producer};
  return true;
}

void mpcc_pusher_leave_handle(struct pushing *pushing)
{
  mpcc_producer_close(pushing->with);
}

/* -- Drained by steps, on the thread that pushes ------------------------------------------- */

static void *open_started(const struct pusher_job *job, bool bounded, bool manual)
{
  struct mpcc_pusher *pusher = mpcc_pusher_new(job, bounded);

  if (pusher == NULL)
    return NULL;
  pusher->options.manual = manual;
  if (mpcc_create(&pusher->mpcc, &pusher->options) != 0)
    goto free_pusher;
  if (mpcc_start(pusher->mpcc, mpcc_pusher_pump, pusher) != 0)
    goto destroy;
  return pusher;

destroy:
  mpcc_destroy(pusher->mpcc);
free_pusher:
  free(pusher);
  return NULL;
}

static void *manual_open(const struct pusher_job *job)
{
  return open_started(job, false, true);
}

static void *manual_open_bounded(const struct pusher_job *job)
{
  return open_started(job, true, true);
}

/* Time goes on by an interval, so that what waited at the last step is due. */
static size_t manual_drain(void *arg)
{
  struct mpcc_pusher *pusher = arg;

  pusher->taken = 0;
  pusher->now_ms += INTERVAL_MS;
  mpcc_step(pusher->mpcc, pusher->now_ms, NULL);
  return pusher->taken;
}

static void manual_close(void *arg)
{
  struct mpcc_pusher *pusher = arg;

  mpcc_complete(pusher->mpcc, MPCC_DRAIN, NULL, NULL);
  while (mpcc_wait(pusher->mpcc, 0) != 0)
    mpcc_step(pusher->mpcc, pusher->now_ms, NULL);
  mpcc_destroy(pusher->mpcc);
  free(pusher);
}

const struct pusher pusher_mpcc = {
    .name = "mpcc push",
    .what = "mpcc_push; unbounded; manual; batches of 500",
    .open = manual_open,
    .join = mpcc_pusher_join,
    .drain = manual_drain,
    .close = manual_close,
};

const struct pusher pusher_mpcc_bounded = {
    .name = "mpcc bounded",
    .what = "mpcc_push with a capacity",
    .open = manual_open_bounded,
    .join = mpcc_pusher_join,
    .drain = manual_drain,
    .close = manual_close,
};

const struct pusher pusher_mpcc_handle = {
    .name = "mpcc handle",
    .what = "mpcc_producer_push; the default lane",
    .open = manual_open,
    .join = mpcc_pusher_join_handle,
    .leave = mpcc_pusher_leave_handle,
    .drain = manual_drain,
    .close = manual_close,
};

/* -- On a loop and a thread of its own ----------------------------------------------------- */

static void *loop_open(const struct pusher_job *job)
{
  return open_started(job, false, false);
}

static void *loop_open_bounded(const struct pusher_job *job)
{
  return open_started(job, true, false);
}

static void loop_close(void *arg)
{
  struct mpcc_pusher *pusher = arg;

  mpcc_complete(pusher->mpcc, MPCC_DRAIN, NULL, NULL);
  mpcc_wait(pusher->mpcc, MPCC_NO_TIMEOUT);
  mpcc_destroy(pusher->mpcc);
  free(pusher);
}

const struct pusher pusher_mpcc_loop = {
    .name = "mpcc push",
    .what = "mpcc_push; unbounded; its own loop; batches of 500; 10 ms",
    .open = loop_open,
    .join = mpcc_pusher_join,
    .close = loop_close,
};

const struct pusher pusher_mpcc_loop_bounded = {
    .name = "mpcc bounded",
    .what = "the same with a capacity",
    .open = loop_open_bounded,
    .join = mpcc_pusher_join,
    .close = loop_close,
};

const struct pusher pusher_mpcc_loop_handle = {
    .name = "mpcc handle",
    .what = "mpcc_producer_push; the default lane; its own loop",
    .open = loop_open,
    .join = mpcc_pusher_join_handle,
    .leave = mpcc_pusher_leave_handle,
    .close = loop_close,
};
