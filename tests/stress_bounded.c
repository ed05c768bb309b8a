/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * stress_bounded [items] [producers] [slots] [seed]
 *
 * Slots of small, odd capacities. Half of the producers push and try elsewhere when they are told
 * MPCC_EFULL, the others wait for room. All of the ledger holds, and besides:
 *   - before the start, racing producers fill every slot to its capacity, neither less nor more;
 *   - when every batch a slot may have is kept in flight, so that none can be formed, the slot
 *     takes its capacity, neither less nor more, and refuses the rest; again and again;
 *   - no statistic ever shows more queued than the capacity;
 *   - after mpcc_create() the library never asks the allocator.
 */
#include "counted.h"
#include "fates.h"

struct leg {
  size_t capacity;
  uint32_t batch_size;
  uint32_t max_concurrency;
};

/* One slot in a freeze. */
struct hold {
  struct fate_job *jobs; /* guard: lock */
  uint32_t count;        /* guard: lock */
  uint64_t pumped;       /* items the pump has seen; guard: lock */
  _Atomic uint64_t accepted; /* told after the push: never more than what is in */
};

struct run {
  struct ledger ledger;
  struct fates fates;
  mpcc_t *mpcc;
  size_t capacity;
  uint64_t seed;
  pthread_mutex_t lock;
  struct hold *holds;
  bool frozen; /* guard: lock */
  atomic_bool stop;
  _Atomic uint64_t taken; /* items accepted, all producers */
  struct counted memory;
};

struct totals {
  uint64_t items;
  uint64_t waited;
  uint64_t freezes;
};

struct producer {
  struct run *run;
  pthread_t thread;
  uint64_t random;
  uint64_t waited; /* pushes that came in after waiting */
  uint32_t index;
  char apart[64]; /* from the next producer's counters */
};

/* -- Callbacks ---------------------------------------------------------------------------- */

static int pump(mpcc_batch_t *batch, void *state)
{
  struct run *run = state;
  uint64_t sum = ledger_take(&run->ledger, batch);
  struct hold *hold = &run->holds[batch->slot];
  bool keep;

  if (batch->count > run->capacity)
    verdict_fail("slot %u: a batch of %zu items out of a capacity of %zu", batch->slot,
                 batch->count, run->capacity);
  pthread_mutex_lock(&run->lock);
  hold->pumped += batch->count;
  keep = run->frozen;
  if (keep) {
    struct fate_job job = {batch, batch->id, sum, fates_choose(&run->fates, batch, sum, false),
                           batch->id % 2 == 0};

    hold->jobs[hold->count++] = job;
  }
  pthread_mutex_unlock(&run->lock);
  return keep ? MPCC_PENDING : fates_answer(&run->fates, batch, sum);
}

static void on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  struct run *run = state;

  fates_drop(&run->fates, batch, reason);
}

/* -- Producers ---------------------------------------------------------------------------- */

static void accept(struct producer *producer, uint32_t slot, uint64_t number)
{
  struct run *run = producer->run;

  ledger_accept(&run->ledger, producer->index, slot, number);
  /* relaxed: a number that comes late, never early; the joins are the order at the end. */
  atomic_fetch_add_explicit(&run->holds[slot].accepted, number, memory_order_relaxed);
  /* relaxed: likewise. */
  atomic_fetch_add_explicit(&run->taken, number, memory_order_relaxed);
}

/* Returns how many were taken, 0 if the slot was full. */
static uint64_t try_push(struct producer *producer, uint32_t slot)
{
  struct ledger_item items[16];
  size_t want = 1 + verdict_draw(&producer->random, 16);
  ptrdiff_t taken;

  if (verdict_draw(&producer->random, 2) == 0)
    want = 1;
  ledger_write(&producer->run->ledger, items, want, producer->index, slot);
  taken = want == 1 ? mpcc_push(producer->run->mpcc, items, slot)
                    : mpcc_push_many(producer->run->mpcc, items, want, slot);
  if (want == 1 && taken == 0)
    taken = 1;
  if (taken == MPCC_EFULL)
    return 0;
  if (taken <= 0 || (size_t)taken > want)
    verdict_fail("a push of %zu items: %td (%s)", want, taken, mpcc_err_name((int)taken));
  return (uint64_t)taken;
}

/* Mostly with a limit: a producer that waits for ever at one slot leaves the others alone. */
static uint64_t wait_push(struct producer *producer, uint32_t slot)
{
  uint64_t way = verdict_draw(&producer->random, 16);
  uint64_t timeout_ms = way == 0 ? MPCC_NO_TIMEOUT : way < 4 ? 0 : way;
  struct ledger_item item;
  int answer;

  ledger_write(&producer->run->ledger, &item, 1, producer->index, slot);
  answer = mpcc_push_wait(producer->run->mpcc, &item, slot, timeout_ms);
  if (answer == MPCC_ETIMEDOUT && timeout_ms != MPCC_NO_TIMEOUT)
    return 0;
  verdict_expect("mpcc_push_wait", answer, 0);
  producer->waited++;
  return 1;
}

static void *produce(void *argument)
{
  struct producer *producer = argument;
  struct run *run = producer->run;
  bool waits = producer->index % 2 == 1;

  /* relaxed: only an end. */
  while (!atomic_load_explicit(&run->stop, memory_order_relaxed)) {
    uint32_t slot = (uint32_t)verdict_draw(&producer->random, run->ledger.slot_count);
    uint64_t taken = waits ? wait_push(producer, slot) : try_push(producer, slot);

    if (taken > 0)
      accept(producer, slot, taken);
    else
      sched_yield();
  }
  return NULL;
}

/* -- Exact capacity ----------------------------------------------------------------------- */

/* Items that are in the queue for certain: told by the producers, not seen by the pump. */
static uint64_t certainly_queued(struct run *run, uint32_t slot, bool *full_house)
{
  struct hold *hold = &run->holds[slot];
  uint64_t pumped;

  pthread_mutex_lock(&run->lock);
  pumped = hold->pumped;
  *full_house = hold->count == run->ledger.max_concurrency;
  pthread_mutex_unlock(&run->lock);
  /* relaxed: late is right, see struct hold. It may trail what the pump has seen. */
  uint64_t accepted = atomic_load_explicit(&hold->accepted, memory_order_relaxed);
  return accepted > pumped ? accepted - pumped : 0;
}

static void check_peak(struct run *run, uint32_t slot)
{
  mpcc_stats_t now;

  verdict_expect("mpcc_slot_stats", mpcc_slot_stats(run->mpcc, slot, &now), 0);
  if (now.queued > run->capacity || now.queued_peak > run->capacity)
    verdict_fail("slot %u: %" PRIu64 " queued, at most %" PRIu64 ", the capacity is %zu", slot,
                 now.queued, now.queued_peak, run->capacity);
}

/* Waits until a slot has all its batches kept (or needs none) and is exactly full. */
static void await_full(struct run *run, uint32_t slot, bool idle)
{
  for (;;) {
    bool full_house;
    uint64_t queued = certainly_queued(run, slot, &full_house);

    if ((full_house || idle) && queued > run->capacity)
      verdict_fail("slot %u: %" PRIu64 " items queued, the capacity is %zu", slot, queued,
                   run->capacity);
    check_peak(run, slot);
    if ((full_house || idle) && queued == run->capacity)
      return;
    verdict_sleep_us(100);
  }
}

static void thaw(struct run *run)
{
  pthread_mutex_lock(&run->lock);
  run->frozen = false;
  pthread_mutex_unlock(&run->lock);
  for (uint32_t slot = 0; slot < run->ledger.slot_count; slot++) {
    struct hold *hold = &run->holds[slot];

    /* The pump keeps none any more, so they are this thread's. */
    for (uint32_t i = 0; i < hold->count; i++)
      fates_leave(&run->fates, &hold->jobs[i]);
    hold->count = 0;
  }
}

static void freeze(struct run *run)
{
  uint64_t accepted;

  pthread_mutex_lock(&run->lock);
  run->frozen = true;
  pthread_mutex_unlock(&run->lock);
  for (uint32_t slot = 0; slot < run->ledger.slot_count; slot++)
    await_full(run, slot, false);
  /* All are full, the producers still try: nothing may come in any more. */
  /* relaxed: see struct hold. */
  accepted = atomic_load_explicit(&run->taken, memory_order_relaxed);
  verdict_sleep_us(500);
  /* relaxed: see struct hold. */
  if (accepted != atomic_load_explicit(&run->taken, memory_order_relaxed))
    for (uint32_t slot = 0; slot < run->ledger.slot_count; slot++)
      await_full(run, slot, false);
  thaw(run);
}

/* -- One leg ------------------------------------------------------------------------------ */

static void open_run(struct run *run, const struct leg *leg, uint32_t producers, uint32_t slots)
{
  mpcc_allocator_t allocator = counted_allocator(&run->memory);
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(struct ledger_item);
  options.slot_count = slots;
  options.batch_size = leg->batch_size;
  options.max_concurrency = leg->max_concurrency;
  options.capacity = leg->capacity;
  options.push_interval_ms = MPCC_NO_INTERVAL;
  options.on_drop = on_drop;
  options.allocator = &allocator;
  verdict_expect("mpcc_create", mpcc_create(&run->mpcc, &options), 0);
  verdict_watch(run->mpcc);
  ledger_open(&run->ledger, producers, &options);
  fates_open(&run->fates, &run->ledger, run->mpcc, run->seed);
  run->capacity = leg->capacity;
  pthread_mutex_init(&run->lock, NULL);
  run->holds = ledger_memory(slots, sizeof *run->holds);
  for (uint32_t slot = 0; slot < slots; slot++)
    run->holds[slot].jobs = ledger_memory(leg->max_concurrency, sizeof(struct fate_job));
}

static void close_run(struct run *run)
{
  fates_close(&run->fates);
  verdict_watch(NULL);
  verdict_expect("mpcc_destroy", mpcc_destroy(run->mpcc), 0);
  ledger_same("memory still held", counted_load(&run->memory.blocks), 0);
  for (uint32_t slot = 0; slot < run->ledger.slot_count; slot++)
    free(run->holds[slot].jobs);
  free(run->holds);
  pthread_mutex_destroy(&run->lock);
  ledger_close(&run->ledger);
}

static struct producer *begin(struct run *run)
{
  struct producer *producers = ledger_memory(run->ledger.producer_count, sizeof *producers);

  for (uint32_t i = 0; i < run->ledger.producer_count; i++) {
    producers[i].run = run;
    producers[i].index = i;
    producers[i].random = verdict_stream(run->seed, i);
    if (pthread_create(&producers[i].thread, NULL, produce, &producers[i]) != 0)
      verdict_fail("no thread for a producer");
  }
  return producers;
}

/* Returns how often all slots were seen exactly full. */
static uint64_t conduct(struct run *run, uint64_t items)
{
  uint64_t random = verdict_stream(run->seed, 500), freezes = 0;

  do {
    freeze(run);
    freezes++;
    verdict_sleep_us(verdict_draw(&random, 20000));
    /* relaxed: a limit that need not be met exactly. */
  } while (atomic_load_explicit(&run->taken, memory_order_relaxed) < items);
  return freezes;
}

/* Returns how many items came in after waiting for room. */
static uint64_t finish(struct run *run, struct producer *producers)
{
  uint64_t waited = 0;

  /* relaxed: only an end. */
  atomic_store_explicit(&run->stop, true, memory_order_relaxed);
  for (uint32_t i = 0; i < run->ledger.producer_count; i++) {
    pthread_join(producers[i].thread, NULL);
    waited += producers[i].waited;
  }
  free(producers);
  verdict_expect("mpcc_complete", mpcc_complete(run->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  verdict_expect("mpcc_wait", mpcc_wait(run->mpcc, MPCC_NO_TIMEOUT), 0);
  ledger_settle(&run->ledger, run->mpcc);
  return waited;
}

static void run_leg(const struct leg *leg, uint64_t items, uint32_t producers, uint32_t slots,
                    uint64_t seed, struct totals *totals)
{
  struct run run = {.seed = seed};
  struct producer *threads;
  uint64_t asked;

  open_run(&run, leg, producers, slots);
  asked = counted_load(&run.memory.asked);
  threads = begin(&run);
  for (uint32_t slot = 0; slot < slots; slot++)
    await_full(&run, slot, true);
  verdict_expect("mpcc_start", mpcc_start(run.mpcc, pump, &run), 0);
  totals->freezes += conduct(&run, items);
  totals->waited += finish(&run, threads);
  totals->items += ledger_total_accepted(&run.ledger);
  ledger_same("asks for memory after mpcc_create()", counted_load(&run.memory.asked), asked);
  close_run(&run);
}

int main(int argc, char **argv)
{
  static const struct leg legs[] = {
    {1, 1, 1}, {3, 7, 2}, {13, 5, 1}, {101, 16, 3}, {1000, 500, 1}, {7, 100, 4},
  };
  size_t leg_count = sizeof legs / sizeof legs[0];
  uint64_t items = verdict_argument(argc, argv, 1, verdict_scaled(3000000));
  uint32_t producers = (uint32_t)verdict_argument(argc, argv, 2, 6);
  uint32_t slots = (uint32_t)verdict_argument(argc, argv, 3, 5);
  uint64_t seed = verdict_argument(argc, argv, 4, 1);
  struct totals totals = {0};

  if (producers == 0 || slots == 0)
    verdict_fail("there must be a producer and a slot");
  verdict_begin(60);
  for (size_t i = 0; i < leg_count; i++)
    run_leg(&legs[i], items / leg_count, producers, slots, seed * leg_count + i, &totals);
  verdict_end();
  printf("stress_bounded: %" PRIu64 " items, %u producers, %u slots, seed %" PRIu64 ": each once, "
         "in order; %" PRIu64 " after waiting for room; all slots exactly full %" PRIu64
         " times\n", totals.items, producers, slots, seed, totals.waited, totals.freezes);
  return 0;
}
