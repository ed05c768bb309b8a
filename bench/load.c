/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "load.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "schedule.h"

enum { LOOK_EVERY = 64, PATIENCE_S = 60 };

struct producer {
  struct load *load;
  mpcc_producer_t *handle; /* NULL: mpcc_push() */
  uint32_t index;
  uint64_t items;
  pthread_t thread;
};

/* By this syscalls.sh finds in a trace where a run begins and ends. */
static void mark(void)
{
  (void)getppid();
}

/* -- Pump ---------------------------------------------------------------------------------- */

static void add_ages(struct histogram *ages, const struct load_item *items, size_t count,
                     uint64_t called_ns)
{
  for (size_t i = 0; i < count; i++)
    histogram_add(ages, called_ns - items[i].planned_ns);
}

static int pump(mpcc_batch_t *batch, void *state)
{
  struct load *load = state;
  const struct load_item *items = batch->items;
  uint64_t sum = 0;

  if (load->ages != NULL)
    add_ages(load->ages, items, batch->count, now_ns());
  for (size_t i = 0; i < batch->count; i++)
    sum += items[i].number;
  load->sum += sum;
  load->count += batch->count;
  /* relaxed: the producers want a number, and no memory with it. */
  atomic_fetch_add_explicit(&load->pumped, batch->count, memory_order_relaxed);
  if (load->count == load->expected) {
    load->end_ns = now_ns();
    mark();
    pthread_mutex_lock(&load->mutex);
    load->ended = true;
    pthread_cond_broadcast(&load->cond);
    pthread_mutex_unlock(&load->mutex);
  }
  return 0;
}

/* -- Producers ----------------------------------------------------------------------------- */

static void pass_gate(struct load *load)
{
  pthread_mutex_lock(&load->mutex);
  load->missing--;
  pthread_cond_broadcast(&load->cond);
  while (!load->open)
    pthread_cond_wait(&load->cond, &load->mutex);
  pthread_mutex_unlock(&load->mutex);
}

/* Announces the next few items. */
static void await_window(struct load *load)
{
  /* relaxed: numbers only; what they count is ordered by the library. */
  const uint64_t announced = LOOK_EVERY + atomic_fetch_add_explicit(&load->announced, LOOK_EVERY,
                                                                    memory_order_relaxed);

  /* relaxed: as above. The difference may be negative: others' items are pumped, too. */
  while ((int64_t)(announced - atomic_load_explicit(&load->pumped, memory_order_relaxed)) >
         LOAD_WINDOW)
    sched_yield();
}

static void push(struct producer *producer, const struct load_item *item, uint32_t slot)
{
  int err;

  do {
    err = producer->handle != NULL ? mpcc_producer_push(producer->handle, item, slot)
                                   : mpcc_push(producer->load->mpcc, item, slot);
    if (err == MPCC_EFULL)
      sched_yield();
  } while (err == MPCC_EFULL);
  if (err != 0)
    suite_fail(producer->load->suite, mpcc_strerror(err));
}

/* The prime leads through every slot once, unless their number is a multiple of it. */
static uint32_t slot_of(const struct load_plan *plan, uint64_t i, uint64_t *random)
{
  if (plan->slots == 1)
    return plan->first;
  return plan->first +
         plan->stride * (plan->evenly ? (uint32_t)(i * 7919 % plan->slots)
                                      : random_below(random, plan->slots));
}

static void push_at_full_speed(struct producer *producer)
{
  const struct load_plan plan = producer->load->plan;
  uint64_t random = random_seed(producer->index);

  for (uint64_t i = 0; i < producer->items; i++) {
    const struct load_item item = {.number = i + 1};

    if (i % LOOK_EVERY == 0)
      await_window(producer->load);
    push(producer, &item, slot_of(&plan, i, &random));
  }
}

/* Of n producers, the k-th pushes what is due k, k + n, k + 2n... steps after the beginning. */
static void push_at_planned_times(struct producer *producer)
{
  struct load *load = producer->load;
  uint64_t random = random_seed(producer->index);

  for (uint64_t i = 0; i < producer->items; i++) {
    const uint64_t step = i * load->plan.producers + producer->index;
    const uint64_t planned_ns = load->begin_ns + step * 1000000000u / load->plan.rate;
    const struct load_item item = {.number = i + 1, .planned_ns = planned_ns};

    sleep_until_ns(planned_ns);
    if (load->late != NULL && producer->index == 0)
      histogram_add(load->late, now_ns() - planned_ns);
    push(producer, &item, slot_of(&load->plan, i, &random));
  }
}

static void *produce(void *arg)
{
  struct producer *producer = arg;
  struct load *load = producer->load;

  pass_gate(load);
  (load->plan.rate == 0 ? push_at_full_speed : push_at_planned_times)(producer);
  return NULL;
}

/* -- A run ---------------------------------------------------------------------------------- */

/* When all producers are there. Returns the time. */
static uint64_t open_gate(struct load *load)
{
  uint64_t begin_ns;

  pthread_mutex_lock(&load->mutex);
  while (load->missing != 0)
    pthread_cond_wait(&load->cond, &load->mutex);
  mark();
  begin_ns = now_ns();
  load->begin_ns = begin_ns;
  load->open = true;
  pthread_cond_broadcast(&load->cond);
  pthread_mutex_unlock(&load->mutex);
  return begin_ns;
}

/* As many as the plan asks for, if it does. */
static void open_handles(struct load *load)
{
  for (uint32_t i = 0; i < load->plan.producers && load->plan.handles; i++) {
    if (load->handles[i] == NULL && mpcc_producer_open(load->mpcc, &load->handles[i]) != 0)
      suite_fail(load->suite, "no handle");
  }
}

static void start_producers(struct load *load, struct producer *producers, uint64_t each)
{
  load->missing = load->plan.producers;
  load->open = false;
  for (uint32_t i = 0; i < load->plan.producers; i++) {
    producers[i] = (struct producer){.load = load, .index = i, .items = each};
    if (load->plan.handles)
      producers[i].handle = load->handles[i];
    if (pthread_create(&producers[i].thread, NULL, produce, &producers[i]) != 0)
      suite_fail(load->suite, "no thread");
  }
}

static void await_end(struct load *load)
{
  struct timespec until;
  bool ended;

  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += PATIENCE_S;
  pthread_mutex_lock(&load->mutex);
  while (!load->ended && pthread_cond_timedwait(&load->cond, &load->mutex, &until) == 0)
    continue;
  ended = load->ended;
  pthread_mutex_unlock(&load->mutex);
  if (!ended)
    suite_fail(load->suite, "items are missing, a minute after they were pushed");
}

double load_run(struct load *load, const struct load_plan *plan, uint64_t items)
{
  const uint64_t each = items / plan->producers;
  struct producer producers[LOAD_PRODUCERS_MAX];
  uint64_t begin_ns;

  if (each == 0 || plan->producers > LOAD_PRODUCERS_MAX)
    suite_fail(load->suite, "too few items or too many producers");
  load->plan = *plan;
  load->sum = load->count = 0;
  load->expected = each * plan->producers;
  load->ended = false;
  /* relaxed: nobody is at work; the threads are created after this. */
  atomic_store_explicit(&load->announced, 0, memory_order_relaxed);
  /* relaxed: as above. */
  atomic_store_explicit(&load->pumped, 0, memory_order_relaxed);
  open_handles(load);
  start_producers(load, producers, each);
  begin_ns = open_gate(load);
  for (uint32_t i = 0; i < plan->producers; i++)
    pthread_join(producers[i].thread, NULL);
  await_end(load);
  load->pushed_before += load->expected;
  if (load->sum != each * (each + 1) / 2 * plan->producers)
    suite_fail(load->suite, "what came out is not what was pushed");
  return (double)(load->end_ns - begin_ns);
}

/* -- Life ----------------------------------------------------------------------------------- */

void load_open(struct load *load, const struct suite *suite, const mpcc_options_t *options)
{
  mpcc_options_t with_item = *options;

  memset(load, 0, sizeof *load);
  load->suite = suite;
  with_item.item_size = sizeof(struct load_item);
  pthread_mutex_init(&load->mutex, NULL);
  pthread_cond_init(&load->cond, NULL);
  if (mpcc_create(&load->mpcc, &with_item) != 0 || mpcc_start(load->mpcc, pump, load) != 0)
    suite_fail(suite, "mpcc does not start");
}

void load_close(struct load *load)
{
  mpcc_stats_t stats;

  for (size_t i = 0; i < LOAD_PRODUCERS_MAX; i++)
    (void)mpcc_producer_close(load->handles[i]);
  if (mpcc_complete(load->mpcc, MPCC_DRAIN, NULL, NULL) != 0 ||
      mpcc_wait(load->mpcc, MPCC_NO_TIMEOUT) != 0)
    suite_fail(load->suite, "mpcc does not stop");
  mpcc_stats(load->mpcc, &stats);
  if (stats.pushed != load->pushed_before || stats.delivered != load->pushed_before)
    suite_fail(load->suite, "more came out than was pushed, or less");
  if (mpcc_destroy(load->mpcc) != 0)
    suite_fail(load->suite, "mpcc cannot be destroyed");
  pthread_cond_destroy(&load->cond);
  pthread_mutex_destroy(&load->mutex);
}
