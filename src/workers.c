/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "workers.h"

#include "finish.h"
#include "platform.h"

struct worker {
  struct mpcc__workers *all;
  uv_thread_t thread;
  struct mpcc__batch *job; /* in the pump, or NULL */
  uint64_t id;             /* of its hand-over */
  bool left;     /* behind: the instance must not be touched */
  bool left_job; /* and its job was abandoned: it is this thread's */
};

struct mpcc__workers {
  uv_mutex_t lock; /* guards all below, and every worker */
  uv_cond_t news;
  struct mpcc__core *core;
  struct mpcc__batch *oldest, *newest; /* jobs */
  uint32_t refs;    /* of the world, and of each thread that runs */
  uint32_t started, busy;
  bool quitting;
  bool used_up;     /* threads were left behind: for another start there must be others */
  uint32_t count;
  struct worker workers[];
};

/* -- Memory -------------------------------------------------------------------------------- */

/* Under the lock, which is released: one that refers to it less. */
static void let_go(struct mpcc__workers *all)
{
  struct mpcc__core *core = all->core;
  struct mpcc__source source = core->slabs.source;
  bool last = --all->refs == 0;

  uv_mutex_unlock(&all->lock);
  if (!last)
    return;
  uv_cond_destroy(&all->news);
  uv_mutex_destroy(&all->lock);
  mpcc__aligned_free(&source, all);
  mpcc__core_let_go(core);
}

static struct mpcc__workers *make(struct mpcc__core *core, uint32_t count)
{
  const struct mpcc__source *source = &core->slabs.source;
  struct mpcc__workers *all =
      mpcc__aligned_calloc(source, sizeof(*all) + count * sizeof(all->workers[0]));

  if (all == NULL)
    return NULL;
  if (uv_mutex_init(&all->lock) != 0)
    goto free_all;
  if (uv_cond_init(&all->news) != 0)
    goto destroy_lock;
  mpcc__core_refer(core);
  all->core = core;
  all->count = count;
  all->refs = 1;
  return all;

destroy_lock:
  uv_mutex_destroy(&all->lock);
free_all:
  mpcc__aligned_free(source, all);
  return NULL;
}

int mpcc__workers_open(struct mpcc__world *world)
{
  if (world->options.pump_on != MPCC_PUMP_ON_WORKER)
    return 0;
  if (world->workers != NULL && !world->workers->used_up)
    return 0;
  mpcc__workers_close(world);
  world->workers = make(world->core, world->options.worker_count);
  return world->workers != NULL ? 0 : MPCC_ENOMEM;
}

void mpcc__workers_close(struct mpcc__world *world)
{
  if (world->workers == NULL)
    return;
  uv_mutex_lock(&world->workers->lock);
  let_go(world->workers);
  world->workers = NULL;
}

/* -- A worker ------------------------------------------------------------------------------ */

/* Under the lock: the next job, or NULL when it is time to go. */
static struct mpcc__batch *next_job(struct mpcc__workers *all)
{
  struct mpcc__batch *job;

  while (all->oldest == NULL && !all->quitting)
    uv_cond_wait(&all->news, &all->lock);
  job = all->oldest;
  if (job == NULL)
    return NULL;
  all->oldest = job->job_next;
  if (all->oldest == NULL)
    all->newest = NULL;
  all->busy++;
  return job;
}

/* The pump has returned. Under the lock; not left behind, so the instance is there. */
static void come_back(struct mpcc__workers *all, struct mpcc__batch *job, uint64_t id, int status)
{
  struct mpcc__world *world = all->core->world;

  mpcc__gate_enter(&all->core->gate); /* open: the loop waits until nobody is busy */
  /* Abandoned a moment ago, before the workers were told, it is late. */
  if (status != MPCC_PENDING && mpcc__finish_inside(world, job, id, status) != 0)
    (void)mpcc__finish_late(job, id);
  all->busy--;
  if (mpcc__world_stop(world) != MPCC__RUNNING)
    mpcc__world_signal(world); /* the loop may have seen us busy, and wait for just that */
  mpcc__gate_leave(&all->core->gate);
}

/* The same, of one left behind, whose job was abandoned: the pump may have answered it already. */
static void come_back_late(struct mpcc__workers *all, struct mpcc__batch *job, uint64_t id,
                           int status)
{
  if (status != MPCC_PENDING)
    (void)mpcc__finish_late(job, id);
  mpcc__slab_let_go(&all->core->slabs, &job->segment);
}

/* Under the lock, but for the pump. False if it was left behind. */
static bool work(struct worker *worker, struct mpcc__batch *job)
{
  struct mpcc__workers *all = worker->all;
  struct mpcc__world *world = all->core->world;
  mpcc_pump_cb pump = world->loop.pump;
  void *state = world->loop.state;
  uint64_t id = job->shown.id;
  int status;

  worker->job = job;
  worker->id = id;
  /* relaxed: the pump's time counts from here; nothing goes with it. */
  atomic_store_explicit(&job->started_ns, world->outside.clock_ns(), memory_order_relaxed);
  uv_mutex_unlock(&all->lock);
  status = pump(&job->shown, state);
  uv_mutex_lock(&all->lock);
  worker->job = NULL;
  if (!worker->left) {
    come_back(all, job, id, status);
    return true;
  }
  uv_mutex_unlock(&all->lock); /* memory may be freed, by the user's allocator */
  if (worker->left_job)
    come_back_late(all, job, id, status);
  uv_mutex_lock(&all->lock);
  return false;
}

static void run_worker(void *arg)
{
  struct worker *worker = (struct worker *)arg;
  struct mpcc__workers *all = worker->all;
  struct mpcc__batch *job;

  uv_mutex_lock(&all->lock);
  do
    job = next_job(all);
  while (job != NULL && work(worker, job));
  let_go(all);
}

/* -- Starting and stopping ----------------------------------------------------------------- */

int mpcc__workers_start(struct mpcc__world *world)
{
  struct mpcc__workers *all;
  int err = mpcc__workers_open(world);

  all = world->workers;
  if (err != 0 || all == NULL)
    return err;
  all->quitting = false;
  for (all->started = 0; all->started < all->count; all->started++) {
    struct worker *worker = &all->workers[all->started];

    worker->all = all;
    uv_mutex_lock(&all->lock);
    all->refs++;
    uv_mutex_unlock(&all->lock);
    if (mpcc__platform_spawn(&worker->thread, run_worker, worker) != 0) {
      uv_mutex_lock(&all->lock);
      let_go(all); /* not the last */
      mpcc__workers_stop(world);
      return MPCC_ESYSTEM;
    }
  }
  return 0;
}

void mpcc__workers_leave(struct mpcc__world *world)
{
  struct mpcc__workers *all = world->workers;

  if (all == NULL)
    return;
  uv_mutex_lock(&all->lock);
  for (uint32_t i = 0; i < all->started; i++) {
    struct worker *worker = &all->workers[i];

    if (worker->job == NULL || worker->left)
      continue;
    worker->left = true;
    /* One that was answered before its pump returned may be another batch by now. */
    worker->left_job = mpcc__batch_is_abandoned(worker->job, worker->id);
    if (worker->left_job) /* so that it can be looked at, whoever answers it */
      mpcc__slab_hold(&all->core->slabs, &worker->job->segment);
    all->used_up = true;
    all->busy--;
  }
  uv_mutex_unlock(&all->lock);
}

void mpcc__workers_stop(struct mpcc__world *world)
{
  struct mpcc__workers *all = world->workers;

  if (all == NULL)
    return;
  uv_mutex_lock(&all->lock);
  all->quitting = true;
  uv_cond_broadcast(&all->news);
  uv_mutex_unlock(&all->lock);
  for (uint32_t i = 0; i < all->started; i++) {
    if (all->workers[i].left)
      mpcc__platform_detach(&all->workers[i].thread);
    else
      (void)uv_thread_join(&all->workers[i].thread);
  }
  all->started = 0;
}

/* -- Jobs ---------------------------------------------------------------------------------- */

void mpcc__workers_submit(struct mpcc__world *world, struct mpcc__batch *batch)
{
  struct mpcc__workers *all = world->workers;

  batch->job_next = NULL;
  uv_mutex_lock(&all->lock);
  if (all->newest != NULL)
    all->newest->job_next = batch;
  else
    all->oldest = batch;
  all->newest = batch;
  uv_cond_signal(&all->news);
  uv_mutex_unlock(&all->lock);
}

/* Under the lock. */
static bool remove_job(struct mpcc__workers *all, struct mpcc__batch *batch)
{
  struct mpcc__batch **link = &all->oldest, *before = NULL;

  while (*link != NULL && *link != batch) {
    before = *link;
    link = &before->job_next;
  }
  if (*link == NULL)
    return false;
  *link = batch->job_next;
  if (all->newest == batch)
    all->newest = before;
  return true;
}

bool mpcc__workers_withdraw(struct mpcc__world *world, struct mpcc__batch *batch)
{
  struct mpcc__workers *all = world->workers;
  bool removed;

  if (all == NULL)
    return false;
  uv_mutex_lock(&all->lock);
  removed = remove_job(all, batch);
  uv_mutex_unlock(&all->lock);
  if (removed)
    mpcc__batch_withdraw(batch, world->number_bits);
  return removed;
}

bool mpcc__workers_quiet(struct mpcc__world *world)
{
  struct mpcc__workers *all = world->workers;
  bool quiet;

  if (all == NULL)
    return true;
  uv_mutex_lock(&all->lock);
  quiet = all->busy == 0;
  uv_mutex_unlock(&all->lock);
  return quiet;
}
