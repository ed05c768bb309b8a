/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "traffic.h"

#include <pthread.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "schedule.h"

enum { BOOKED_TOGETHER = 256, NAP_NS = 100000, PATIENCE_S = 60 };

/* An item's value: which producer's how manieth in this round, from 1. */
enum { PRODUCER_SHIFT = 40 };

#define ENDING UINT64_MAX

struct producer {
  struct traffic *traffic;
  uint32_t index;
  pthread_t thread;
};

struct traffic {
  const struct suite *suite;
  const struct peer *peer;
  struct traffic_load load;
  void *opened; /* by the peer */
  struct producer producers[TRAFFIC_PRODUCERS_MAX];

  /* A round's. main() writes them before the first push, the others read them after it began. */
  enum pumping pumping;
  uint64_t each; /* producer's share */
  uint64_t expected;

  /* The pump's; main() reads them when it has finished. */
  uint64_t batches, sum, end_ns;
  uint64_t *last_values; /* [slot][producer] */
  size_t last_bytes;
  const char *wrong;

  pthread_mutex_t mutex;
  pthread_cond_t begun, ended;
  uint64_t round; /* guard: mutex; 1 is the first, and after the last comes ENDING */
  uint32_t busy;  /* guard: mutex; producers that are joining, or pushing */
  bool finished;  /* guard: mutex; the pump has had everything */

  /* Each on a line of its own: the producers write one, the pump the other. */
  alignas(64) _Atomic uint64_t booked;
  alignas(64) _Atomic uint64_t pumped;
};

/* -- Pump ---------------------------------------------------------------------------------- */

static uint64_t sum_of(const struct peer_item *items, size_t count)
{
  uint64_t sum = 0;

  for (size_t i = 0; i < count; i++)
    sum += items[i].value;
  return sum;
}

static void check(struct traffic *traffic, const struct peer_item *items, size_t count,
                  uint32_t slot)
{
  uint64_t *last = &traffic->last_values[(size_t)slot * traffic->load.producers];

  if (count == 0 || count > traffic->load.batch)
    traffic->wrong = "a batch is empty or too large";
  for (size_t i = 0; i < count; i++) {
    const uint64_t producer = items[i].value >> PRODUCER_SHIFT;

    if (items[i].more != slot || producer >= traffic->load.producers)
      traffic->wrong = "an item came out of a slot that it was not pushed into";
    else if (items[i].value <= last[producer])
      traffic->wrong = "items of one producer and slot are not in order";
    else
      last[producer] = items[i].value;
  }
}

static void finish(struct traffic *traffic)
{
  traffic->end_ns = now_ns();
  pthread_mutex_lock(&traffic->mutex);
  traffic->finished = true;
  pthread_cond_signal(&traffic->ended);
  pthread_mutex_unlock(&traffic->mutex);
}

static void pump(const struct peer_item *items, size_t count, uint32_t slot, void *state)
{
  struct traffic *traffic = state;
  uint64_t pumped;

  if (traffic->pumping == PUMP_CHECKS)
    check(traffic, items, count, slot);
  if (traffic->pumping != PUMP_NOTHING)
    traffic->sum += sum_of(items, count);
  traffic->batches++;
  /* relaxed: only this thread writes it; the producers need nothing but the number. */
  pumped = atomic_load_explicit(&traffic->pumped, memory_order_relaxed) + count;
  atomic_store_explicit(&traffic->pumped, pumped, memory_order_relaxed);
  if (pumped >= traffic->expected)
    finish(traffic);
}

/* -- Producers ----------------------------------------------------------------------------- */

/* The window is the same for all, or a queue without a bound would win by growing. */
static void book(struct traffic *traffic, uint64_t count)
{
  const struct timespec nap = {.tv_nsec = NAP_NS};
  /* relaxed: nothing but numbers. */
  const uint64_t booked =
      atomic_fetch_add_explicit(&traffic->booked, count, memory_order_relaxed) + count;

  while (atomic_load_explicit(&traffic->pumped, memory_order_relaxed) + traffic->load.window <
         booked)
    nanosleep(&nap, NULL);
}

static void push_all(const struct producer *producer, void *joined)
{
  struct traffic *traffic = producer->traffic;
  int (*const push)(void *, const struct peer_item *, uint32_t) = traffic->peer->push;
  const uint64_t base = (uint64_t)producer->index << PRODUCER_SHIFT;
  const uint32_t slots = traffic->load.slots;
  uint64_t random = random_seed(producer->index + 1);
  uint64_t done = 0;

  while (done < traffic->each) {
    const uint64_t left = traffic->each - done;
    const uint64_t until = done + (left < BOOKED_TOGETHER ? left : BOOKED_TOGETHER);

    book(traffic, until - done);
    while (done < until) {
      const uint32_t slot = slots == 1 ? 0 : random_below(&random, slots);
      const struct peer_item item = {.value = base + ++done, .more = slot};

      while (push(joined, &item, slot) < 0)
        sched_yield();
    }
  }
}

/* The one after ${before}, for which it waits; the producer has ended that one. */
static uint64_t next_round(struct traffic *traffic, uint64_t before)
{
  uint64_t round;

  pthread_mutex_lock(&traffic->mutex);
  if (--traffic->busy == 0)
    pthread_cond_signal(&traffic->ended);
  while (traffic->round == before)
    pthread_cond_wait(&traffic->begun, &traffic->mutex);
  round = traffic->round;
  pthread_mutex_unlock(&traffic->mutex);
  return round;
}

static void *produce(void *arg)
{
  const struct producer *producer = arg;
  struct traffic *traffic = producer->traffic;
  void *joined = traffic->peer->join(traffic->opened, producer->index);
  uint64_t round = 0;

  if (joined == NULL)
    suite_fail(traffic->suite, "a producer cannot join");
  while ((round = next_round(traffic, round)) != ENDING)
    push_all(producer, joined);
  traffic->peer->leave(joined);
  return NULL;
}

/* -- A round ------------------------------------------------------------------------------- */

static double cpu_seconds(void)
{
  struct rusage usage;

  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* When it began, and how much processor time had been used by then. */
static uint64_t begin(struct traffic *traffic, double *cpu)
{
  uint64_t begin_ns;

  traffic->batches = traffic->sum = 0;
  memset(traffic->last_values, 0, traffic->last_bytes);
  /* relaxed: no producer looks at them before the mutex tells that it begins. */
  atomic_store_explicit(&traffic->booked, 0, memory_order_relaxed);
  atomic_store_explicit(&traffic->pumped, 0, memory_order_relaxed);
  pthread_mutex_lock(&traffic->mutex);
  traffic->busy = traffic->load.producers;
  traffic->finished = false;
  traffic->round++;
  *cpu = cpu_seconds();
  begin_ns = now_ns();
  pthread_cond_broadcast(&traffic->begun);
  pthread_mutex_unlock(&traffic->mutex);
  return begin_ns;
}

/* Once all are pushed, the rest must come soon. */
static void await_end(struct traffic *traffic)
{
  struct timespec until;

  pthread_mutex_lock(&traffic->mutex);
  while (traffic->busy != 0)
    pthread_cond_wait(&traffic->ended, &traffic->mutex);
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += PATIENCE_S;
  while (!traffic->finished) {
    if (pthread_cond_timedwait(&traffic->ended, &traffic->mutex, &until) != 0)
      suite_fail(traffic->suite, "items were lost");
  }
  pthread_mutex_unlock(&traffic->mutex);
}

static void verify(const struct traffic *traffic)
{
  const uint64_t each = traffic->each;
  uint64_t sum = 0;

  /* relaxed: the pump has finished, and that was told by a mutex. */
  if (atomic_load_explicit(&traffic->pumped, memory_order_relaxed) != traffic->expected)
    suite_fail(traffic->suite, "more came out than was pushed");
  if (traffic->wrong != NULL)
    suite_fail(traffic->suite, traffic->wrong);
  if (traffic->pumping == PUMP_NOTHING)
    return;
  for (uint32_t i = 0; i < traffic->load.producers; i++)
    sum += each * ((uint64_t)i << PRODUCER_SHIFT) + each * (each + 1) / 2;
  if (sum != traffic->sum)
    suite_fail(traffic->suite, "what came out is not what was pushed");
}

struct traffic_result traffic_round(struct traffic *traffic, uint64_t items,
                                    enum pumping pumping)
{
  const struct peer *peer = traffic->peer;
  struct traffic_result result = {0};
  uint64_t begin_ns;
  double cpu;

  traffic->pumping = pumping;
  traffic->each = items / traffic->load.producers + 1;
  traffic->expected = result.items = traffic->each * traffic->load.producers;
  if (peer->wakeups != NULL)
    result.wakeups = peer->wakeups(traffic->opened);
  begin_ns = begin(traffic, &cpu);
  await_end(traffic);
  result.cpu_seconds = cpu_seconds() - cpu;
  result.seconds = (double)(traffic->end_ns - begin_ns) / 1e9;
  result.batches = traffic->batches;
  if (peer->wakeups != NULL)
    result.wakeups = peer->wakeups(traffic->opened) - result.wakeups;
  verify(traffic);
  return result;
}

/* -- Life ---------------------------------------------------------------------------------- */

static void start_producers(struct traffic *traffic)
{
  traffic->busy = traffic->load.producers;
  for (uint32_t i = 0; i < traffic->load.producers; i++) {
    struct producer *producer = &traffic->producers[i];

    *producer = (struct producer){.traffic = traffic, .index = i};
    if (pthread_create(&producer->thread, NULL, produce, producer) != 0)
      suite_fail(traffic->suite, "no thread");
  }
  pthread_mutex_lock(&traffic->mutex);
  while (traffic->busy != 0)
    pthread_cond_wait(&traffic->ended, &traffic->mutex);
  pthread_mutex_unlock(&traffic->mutex);
}

static void stop_producers(struct traffic *traffic)
{
  pthread_mutex_lock(&traffic->mutex);
  traffic->round = ENDING;
  pthread_cond_broadcast(&traffic->begun);
  pthread_mutex_unlock(&traffic->mutex);
  for (uint32_t i = 0; i < traffic->load.producers; i++)
    pthread_join(traffic->producers[i].thread, NULL);
}

struct traffic *traffic_open(const struct suite *suite, const struct peer *peer,
                             const struct traffic_load *load)
{
  struct traffic *traffic = aligned_alloc(64, sizeof *traffic);
  const struct peer_job job = {.slots = load->slots, .producers = load->producers,
                               .batch = load->batch, .interval_ms = load->interval_ms,
                               .pump = pump, .state = traffic};

  if (traffic == NULL || load->producers > TRAFFIC_PRODUCERS_MAX)
    suite_fail(suite, "no memory, or too many producers");
  memset(traffic, 0, sizeof *traffic);
  traffic->suite = suite;
  traffic->peer = peer;
  traffic->load = *load;
  traffic->last_bytes = (size_t)load->slots * load->producers * sizeof *traffic->last_values;
  traffic->last_values = malloc(traffic->last_bytes);
  pthread_mutex_init(&traffic->mutex, NULL);
  pthread_cond_init(&traffic->begun, NULL);
  pthread_cond_init(&traffic->ended, NULL);
  traffic->opened = peer->open(&job);
  if (traffic->opened == NULL || traffic->last_values == NULL)
    suite_fail(suite, "a peer does not open");
  start_producers(traffic);
  return traffic;
}

void traffic_close(struct traffic *traffic)
{
  stop_producers(traffic);
  traffic->peer->close(traffic->opened);
  pthread_cond_destroy(&traffic->begun);
  pthread_cond_destroy(&traffic->ended);
  pthread_mutex_destroy(&traffic->mutex);
  free(traffic->last_values);
  free(traffic);
}
