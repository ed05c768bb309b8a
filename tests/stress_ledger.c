/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * stress_ledger [items] [producers] [slots] [seed]
 *
 * Producers push as fast as they can, one by one and many at once, into slots chosen at random, and
 * flush now and then; finished in every way, batches must bring each accepted item exactly once,
 * in order per producer and slot, never two slots together, never more at once than the cap.
 *
 * The items are shared between four legs, each on a new instance with other batch sizes, caps
 * and intervals. Some legs start pumping only after the producers have begun. Producers run at
 * most WINDOW items ahead. From time to time they all rest, and a flush must then bring what was
 * pushed, whatever the interval: so every slot falls idle and wakes again.
 */
#include "fates.h"

#define WINDOW (1 << 18)
#define TELL_EVERY 256
#define MANY 100

struct leg {
  uint32_t batch_size;
  uint32_t max_concurrency;
  uint64_t interval_ms;
  bool late_start;
};

struct run {
  struct ledger ledger;
  struct fates fates;
  mpcc_t *mpcc;
  uint64_t seed;
  int64_t window;
  atomic_bool started;
  atomic_bool rest;
  _Atomic uint32_t pushing; /* producers that are not through */
  _Atomic uint32_t resting; /* of these, with everything they pushed told to the ledger */
};

struct producer {
  struct run *run;
  pthread_t thread;
  uint64_t left;
  uint64_t untold;
  uint64_t random;
  uint32_t index;
  char apart[64]; /* from the next producer's counters */
};

static int pump(mpcc_batch_t *batch, void *state)
{
  struct run *run = state;

  return fates_answer(&run->fates, batch, ledger_take(&run->ledger, batch));
}

static void on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  struct run *run = state;

  fates_drop(&run->fates, batch, reason);
}

/* -- Producers ---------------------------------------------------------------------------- */

static void flush(struct producer *producer)
{
  struct run *run = producer->run;
  uint32_t slot = MPCC_ALL_SLOTS;
  /* acquire: mpcc_start() came before, so MPCC_ESTATE would be wrong. */
  bool started = atomic_load_explicit(&run->started, memory_order_acquire);
  int answer;

  if (verdict_draw(&producer->random, 8) != 0)
    slot = (uint32_t)verdict_draw(&producer->random, run->ledger.slot_count);
  answer = mpcc_flush(run->mpcc, slot);
  if (answer != MPCC_ESTATE || started)
    verdict_expect("mpcc_flush", answer, 0);
}

static bool told_to_rest(struct run *run)
{
  /* relaxed: only a pause. */
  return atomic_load_explicit(&run->rest, memory_order_relaxed);
}

static void rest(struct run *run)
{
  if (!told_to_rest(run))
    return;
  /* release: whoever sees that all rest also sees what they told. */
  atomic_fetch_add_explicit(&run->resting, 1, memory_order_release);
  while (told_to_rest(run))
    verdict_sleep_us(100);
  /* relaxed: only a pause. */
  atomic_fetch_sub_explicit(&run->resting, 1, memory_order_relaxed);
}

static void pace(struct producer *producer)
{
  struct run *run = producer->run;

  ledger_tell(&run->ledger, producer->untold);
  producer->untold = 0;
  while (ledger_backlog(&run->ledger) > run->window)
    verdict_sleep_us(100);
  rest(run);
}

static uint64_t push_some(struct producer *producer, uint32_t slot)
{
  struct ledger *ledger = &producer->run->ledger;
  struct ledger_item items[MANY];
  uint64_t want = 1 + verdict_draw(&producer->random, MANY);
  ptrdiff_t taken;

  if (want > producer->left)
    want = producer->left;
  ledger_write(ledger, items, want, producer->index, slot);
  taken = mpcc_push_many(producer->run->mpcc, items, want, slot);
  if (taken != (ptrdiff_t)want)
    verdict_fail("mpcc_push_many took %td of %" PRIu64 " into an unbounded slot", taken, want);
  return want;
}

static uint64_t push_one(struct producer *producer, uint32_t slot)
{
  struct ledger_item item;

  ledger_write(&producer->run->ledger, &item, 1, producer->index, slot);
  verdict_expect("mpcc_push", mpcc_push(producer->run->mpcc, &item, slot), 0);
  return 1;
}

static void *produce(void *argument)
{
  struct producer *producer = argument;
  struct run *run = producer->run;

  while (producer->left > 0) {
    uint64_t way = verdict_draw(&producer->random, 4096);
    uint32_t slot = (uint32_t)verdict_draw(&producer->random, run->ledger.slot_count);
    uint64_t taken = way < 40 ? push_some(producer, slot) : push_one(producer, slot);

    if (way >= 4090)
      flush(producer);
    ledger_accept(&run->ledger, producer->index, slot, taken);
    producer->left -= taken;
    producer->untold += taken;
    if (producer->untold >= TELL_EVERY)
      pace(producer);
  }
  ledger_tell(&run->ledger, producer->untold);
  /* release: with what was told. */
  atomic_fetch_sub_explicit(&run->pushing, 1, memory_order_release);
  return NULL;
}

/* -- One leg ------------------------------------------------------------------------------ */

static void start(struct run *run)
{
  verdict_expect("mpcc_start", mpcc_start(run->mpcc, pump, run), 0);
  /* release: see flush(). */
  atomic_store_explicit(&run->started, true, memory_order_release);
}

/* While running a reader never sees more fates than pushes, and no counter goes back. */
static void look(const mpcc_t *mpcc, mpcc_stats_t *last)
{
  mpcc_stats_t now;

  verdict_expect("mpcc_stats", mpcc_stats(mpcc, &now), 0);
  if (now.delivered + now.dropped > now.pushed)
    verdict_fail("%" PRIu64 " delivered and %" PRIu64 " dropped of %" PRIu64 " pushed",
                 now.delivered, now.dropped, now.pushed);
  if (now.pushed < last->pushed || now.delivered < last->delivered ||
      now.dropped < last->dropped || now.batches < last->batches || now.wakeups < last->wakeups)
    verdict_fail("a counter went back");
  *last = now;
}

static uint32_t pushing(struct run *run)
{
  /* acquire: with what the producers told. */
  return atomic_load_explicit(&run->pushing, memory_order_acquire);
}

/* All rest, nothing is pushed: the flush alone must bring what is queued. */
static void lull(struct run *run)
{
  /* relaxed: only a pause. */
  atomic_store_explicit(&run->rest, true, memory_order_relaxed);
  /* acquire: with what the producers told. */
  while (atomic_load_explicit(&run->resting, memory_order_acquire) != pushing(run))
    verdict_sleep_us(100);
  verdict_expect("mpcc_flush", mpcc_flush(run->mpcc, MPCC_ALL_SLOTS), 0);
  while (ledger_backlog(&run->ledger) > 0)
    verdict_sleep_us(20);
  /* relaxed: only a pause. */
  atomic_store_explicit(&run->rest, false, memory_order_relaxed);
}

static void conduct(struct run *run)
{
  mpcc_stats_t last = {0};

  for (uint64_t turn = 0; pushing(run) > 0; turn++) {
    look(run->mpcc, &last);
    if (turn % 16 == 15)
      lull(run);
    verdict_sleep_us(2000);
  }
}

static void push_all(struct run *run, uint64_t items, bool late_start)
{
  uint32_t count = run->ledger.producer_count;
  struct producer *producers = ledger_memory(count, sizeof *producers);

  /* relaxed: set before the threads are made. */
  atomic_store_explicit(&run->pushing, count, memory_order_relaxed);
  if (!late_start)
    start(run);
  for (uint32_t i = 0; i < count; i++) {
    producers[i].run = run;
    producers[i].index = i;
    producers[i].left = items / count + (i < items % count);
    producers[i].random = verdict_stream(run->seed, i);
    if (pthread_create(&producers[i].thread, NULL, produce, &producers[i]) != 0)
      verdict_fail("no thread for a producer");
  }
  if (late_start) {
    verdict_sleep_us(1000);
    start(run);
  }
  conduct(run);
  for (uint32_t i = 0; i < count; i++)
    pthread_join(producers[i].thread, NULL);
  free(producers);
}

static uint64_t run_leg(const struct leg *leg, uint64_t items, uint32_t producers, uint32_t slots,
                        uint64_t seed)
{
  struct run run = {.seed = seed};
  mpcc_options_t options;
  uint64_t batches;

  mpcc_options_init(&options);
  options.item_size = sizeof(struct ledger_item);
  options.slot_count = slots;
  options.batch_size = leg->batch_size;
  options.max_concurrency = leg->max_concurrency;
  options.push_interval_ms = leg->interval_ms;
  options.on_drop = on_drop;
  verdict_expect("mpcc_create", mpcc_create(&run.mpcc, &options), 0);
  verdict_watch(run.mpcc);
  ledger_open(&run.ledger, producers, &options);
  fates_open(&run.fates, &run.ledger, run.mpcc, seed);
  /* Partial batches may wait for ever, so they must not fill the window. */
  run.window = WINDOW + (int64_t)slots * leg->batch_size;

  push_all(&run, items, leg->late_start);
  verdict_expect("mpcc_complete", mpcc_complete(run.mpcc, MPCC_DRAIN, NULL, NULL), 0);
  verdict_expect("mpcc_wait", mpcc_wait(run.mpcc, MPCC_NO_TIMEOUT), 0);
  ledger_settle(&run.ledger, run.mpcc);
  ledger_same("pushed", ledger_total_accepted(&run.ledger), items);

  batches = run.ledger.batches;
  fates_close(&run.fates);
  verdict_watch(NULL);
  verdict_expect("mpcc_destroy", mpcc_destroy(run.mpcc), 0);
  ledger_close(&run.ledger);
  return batches;
}

int main(int argc, char **argv)
{
  static const struct leg legs[] = {
    {500, 1, 100, false},
    {64, 4, MPCC_NO_INTERVAL, true},
    {512, 3, 1, false},
    {17, 2, 0, true},
  };
  uint64_t items = verdict_argument(argc, argv, 1, verdict_scaled(16000000));
  uint32_t producers = (uint32_t)verdict_argument(argc, argv, 2, 4);
  uint32_t slots = (uint32_t)verdict_argument(argc, argv, 3, 16);
  uint64_t seed = verdict_argument(argc, argv, 4, 1);
  uint64_t begun = verdict_now_ns(), batches = 0;
  double seconds;

  if (producers == 0 || slots == 0)
    verdict_fail("there must be a producer and a slot");
  verdict_begin(60);
  for (size_t i = 0; i < sizeof legs / sizeof legs[0]; i++)
    batches += run_leg(&legs[i], items / 4 + (i < items % 4), producers, slots, seed * 4 + i);
  verdict_end();
  seconds = (double)(verdict_now_ns() - begun) / 1e9;
  printf("stress_ledger: %" PRIu64 " items, %u producers, %u slots, seed %" PRIu64 ": each once, "
         "in order; %" PRIu64 " batches, %.1f s, %.1f million items/s\n", items, producers, slots,
         seed, batches, seconds, (double)items / seconds / 1e6);
  return 0;
}
