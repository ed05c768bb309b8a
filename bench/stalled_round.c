/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "stalled_round.h"

#include <mpcc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schedule.h"

enum { HEALTHY = STALLED_SLOTS - 1, STALLED = HEALTHY, PATIENCE_MS = 20000 };

/* An item is the time at which it should have been pushed. */
struct round {
  const struct stalled_load *load;
  mpcc_t *mpcc;
  bool with_stalled;
  uint64_t seed;
  uint64_t begin_ns, count_from_ns; /* set before the first item is pushed */
  uint64_t step_ns;                 /* from item to item */
  uint64_t items;                   /* of the healthy slots */

  pthread_mutex_t mutex;
  pthread_cond_t cond;
  mpcc_batch_t *stalled; /* guard: mutex */
  bool released;         /* guard: mutex */

  _Atomic size_t blocks; /* of memory that the instance has */
  /* Each slot has one batch in flight, so one thread at a time writes its waits. */
  struct histogram waits[HEALTHY];
};

struct producer {
  struct round *round;
  uint32_t index;
  uint64_t refused; /* by the stalled slot */
  pthread_t thread;
};

static void must(bool held, const char *what)
{
  if (held)
    return;
  fprintf(stderr, "bench_stalled: %s\n", what);
  exit(1);
}

/* -- Memory: when it is all back, the late batch and its worker are gone -------------------- */

static void *counted(struct round *round, void *memory)
{
  /* relaxed: the instance that gets the memory is not yet at its end. */
  if (memory != NULL)
    atomic_fetch_add_explicit(&round->blocks, 1, memory_order_relaxed);
  return memory;
}

static void *take(size_t size, void *round)
{
  return counted(round, malloc(size));
}

static void *take_zeroed(size_t count, size_t size, void *round)
{
  return counted(round, calloc(count, size));
}

static void *take_more(void *memory, size_t size, void *round)
{
  return memory == NULL ? take(size, round) : realloc(memory, size);
}

static void give(void *memory, void *arg)
{
  struct round *round = arg;

  free(memory);
  /* release: with the last one, whoever gave it is done with the round. */
  if (memory != NULL)
    atomic_fetch_sub_explicit(&round->blocks, 1, memory_order_release);
}

static void await_memory(struct round *round)
{
  const uint64_t until_ns = now_ns() + PATIENCE_MS * 1000000ull;

  /* acquire: what others did with the round before they gave its memory back. */
  while (atomic_load_explicit(&round->blocks, memory_order_acquire) != 0) {
    must(now_ns() < until_ns, "the abandoned batch keeps memory though it is done");
    sleep_ms(1);
  }
}

/* -- Pump ----------------------------------------------------------------------------------- */

static int stall(struct round *round, mpcc_batch_t *batch)
{
  pthread_mutex_lock(&round->mutex);
  round->stalled = batch;
  pthread_cond_broadcast(&round->cond);
  while (round->load->pump_on == MPCC_PUMP_ON_WORKER && !round->released)
    pthread_cond_wait(&round->cond, &round->mutex);
  pthread_mutex_unlock(&round->mutex);
  return round->load->pump_on == MPCC_PUMP_ON_WORKER ? 0 : MPCC_PENDING;
}

static int pump(mpcc_batch_t *batch, void *state)
{
  const uint64_t called_ns = now_ns();
  const uint64_t *items = batch->items;
  struct round *round = state;

  if (batch->slot == STALLED)
    return stall(round, batch);
  for (size_t i = 0; i < batch->count; i++) {
    if (items[i] >= round->count_from_ns)
      histogram_add(&round->waits[batch->slot], called_ns - items[i]);
  }
  return 0;
}

/* -- Load ----------------------------------------------------------------------------------- */

/* Item i is due at begin + i * step, whatever became of those before; thread t pushes every item
 * i = t modulo the number of threads. The stalled slot is offered as many as each other one. */
static void *produce(void *arg)
{
  struct producer *producer = arg;
  struct round *round = producer->round;
  uint64_t random = random_seed(round->seed + producer->index);

  for (uint64_t i = producer->index; i < round->items; i += round->load->producers) {
    const uint64_t due_ns = round->begin_ns + i * round->step_ns;
    const uint32_t slot = random_below(&random, HEALTHY);
    int err;

    sleep_until_ns(due_ns);
    err = mpcc_push(round->mpcc, &due_ns, slot);
    if (err == MPCC_EFULL)
      err = mpcc_push_wait(round->mpcc, &due_ns, slot, PATIENCE_MS);
    must(err == 0, "a push failed");
    if (round->with_stalled && i % HEALTHY == 0) {
      must(mpcc_push(round->mpcc, &due_ns, STALLED) == MPCC_EFULL, "the stalled slot had room");
      producer->refused++;
    }
  }
  return NULL;
}

/* Returns how many pushes the stalled slot refused. */
static uint64_t put_under_load(struct round *round)
{
  const struct stalled_load *load = round->load;
  struct producer *producers = calloc(load->producers, sizeof *producers);
  uint64_t refused = 0;

  must(producers != NULL, "no memory");
  round->begin_ns = now_ns() + 2000000;
  round->count_from_ns = round->begin_ns + load->warm_ms * 1000000ull;
  for (uint32_t i = 0; i < load->producers; i++) {
    producers[i] = (struct producer){.round = round, .index = i};
    must(pthread_create(&producers[i].thread, NULL, produce, &producers[i]) == 0, "no thread");
  }
  for (uint32_t i = 0; i < load->producers; i++) {
    pthread_join(producers[i].thread, NULL);
    refused += producers[i].refused;
  }
  free(producers);
  return refused;
}

static void await_healthy(struct round *round)
{
  const uint64_t until_ns = now_ns() + PATIENCE_MS * 1000000ull;
  mpcc_stats_t stats;

  do {
    must(now_ns() < until_ns, "the other slots are not served");
    sleep_ms(1);
    mpcc_stats(round->mpcc, &stats);
  } while (stats.delivered < round->items);
}

/* -- The stalled slot ------------------------------------------------------------------------ */

/* One batch is in the pump's hands, for good, and behind it the queue is full. */
static void fill_stalled(struct round *round)
{
  const uint64_t item = 0;
  mpcc_stats_t stats;
  int err = 0;

  for (uint32_t i = 0; i < round->load->batch_size && err == 0; i++)
    err = mpcc_push(round->mpcc, &item, STALLED);
  must(err == 0, "a push failed");
  pthread_mutex_lock(&round->mutex);
  while (round->stalled == NULL)
    pthread_cond_wait(&round->cond, &round->mutex);
  pthread_mutex_unlock(&round->mutex);
  for (int i = 0; i <= STALLED_CAPACITY && err == 0; i++)
    err = mpcc_push(round->mpcc, &item, STALLED);
  mpcc_slot_stats(round->mpcc, STALLED, &stats);
  must(err == MPCC_EFULL && stats.queued == STALLED_CAPACITY, "the stalled slot does not fill");
}

static void check_stalled(struct round *round, uint64_t refused)
{
  mpcc_stats_t stats;

  mpcc_slot_stats(round->mpcc, STALLED, &stats);
  must(stats.batches == 1 && stats.in_flight == 1 && stats.queued == STALLED_CAPACITY,
       "the stalled slot has moved");
  must(refused != 0 && stats.rejected == refused + 1, "refusals were not counted");
}

/* The instance is abandoned and gone; only then does the pump answer. */
static void abandon(struct round *round)
{
  mpcc_stats_t stats;

  must(mpcc_complete(round->mpcc, MPCC_ABANDON, NULL, NULL) == 0 &&
       mpcc_wait(round->mpcc, PATIENCE_MS) == 0, "it cannot be abandoned");
  mpcc_stats(round->mpcc, &stats);
  must(stats.orphaned == round->load->batch_size && stats.dropped == STALLED_CAPACITY,
       "what was abandoned is not what was stalled");
  must(mpcc_destroy(round->mpcc) == 0, "it cannot be destroyed");
  if (round->load->pump_on == MPCC_PUMP_ON_LOOP)
    must(mpcc_batch_done(round->stalled, 0) == MPCC_ECLOSED, "the late batch was not known");
  pthread_mutex_lock(&round->mutex);
  round->released = true;
  pthread_cond_broadcast(&round->cond);
  pthread_mutex_unlock(&round->mutex);
}

static void drain(struct round *round)
{
  must(mpcc_complete(round->mpcc, MPCC_DRAIN, NULL, NULL) == 0 &&
       mpcc_wait(round->mpcc, PATIENCE_MS) == 0 && mpcc_destroy(round->mpcc) == 0,
       "it does not stop");
}

/* -- A round --------------------------------------------------------------------------------- */

static void open_instance(struct round *round)
{
  const struct stalled_load *load = round->load;
  const mpcc_allocator_t allocator = {take, take_zeroed, take_more, give, round};
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(uint64_t);
  options.slot_count = STALLED_SLOTS;
  options.batch_size = load->batch_size;
  options.push_interval_ms = load->interval_ms;
  options.capacity = STALLED_CAPACITY;
  options.pump_on = load->pump_on;
  options.worker_count = STALLED_WORKERS;
  options.allocator = &allocator;
  must(mpcc_create(&round->mpcc, &options) == 0 && mpcc_start(round->mpcc, pump, round) == 0,
       "mpcc does not start");
}

void stalled_round(const struct stalled_load *load, bool with_stalled, uint64_t seed,
                   struct histogram *waits)
{
  struct round *round = calloc(1, sizeof *round);
  uint64_t refused, counted_before = waits->count, warm;

  must(round != NULL, "no memory");
  round->load = load;
  round->with_stalled = with_stalled;
  round->seed = seed;
  round->step_ns = 1000000000u / load->rate;
  round->items = (load->warm_ms + load->round_ms) * 1000000ull / round->step_ns;
  warm = (load->warm_ms * 1000000ull + round->step_ns - 1) / round->step_ns;
  pthread_mutex_init(&round->mutex, NULL);
  pthread_cond_init(&round->cond, NULL);
  open_instance(round);
  if (with_stalled)
    fill_stalled(round);
  refused = put_under_load(round);
  await_healthy(round);
  if (with_stalled)
    check_stalled(round, refused);
  (with_stalled ? abandon : drain)(round);
  await_memory(round);
  for (int i = 0; i < HEALTHY; i++)
    histogram_merge(waits, &round->waits[i]);
  must(waits->count - counted_before == round->items - warm, "an item did not come out");
  pthread_cond_destroy(&round->cond);
  pthread_mutex_destroy(&round->mutex);
  free(round);
}
