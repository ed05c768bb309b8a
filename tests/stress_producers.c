/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * stress_producers [items] [threads] [slots] [seed]
 *
 * Threads push through producer handles as fast as they can, a few items by mpcc_push(), flush,
 * wait for a flush, and now and then close their handle and open another. In half of the legs the
 * instance is meanwhile stopped and started again at random moments, in every way (lives.h). Each
 * accepted item must come exactly once, in order per handle and slot, never two slots together,
 * and all numbers must agree whenever the instance is at rest.
 *
 * The items are shared between the legs, each on a new instance of another kind.
 */
#include "lives.h"

#define HANDLES 64 /* that a thread opens, one after the other */
#define WINDOW (1 << 16)

struct leg {
  enum host_kind kind;
  uint32_t batch_size;
  uint32_t max_concurrency;
  uint64_t interval_ms;
  size_t capacity;
  size_t lane_capacity;
  bool restarts;
};

struct run {
  struct lives lives;
  uint32_t threads;
  uint64_t reopen_every; /* items, in each thread */
};

struct producer {
  struct run *run;
  pthread_t thread;
  mpcc_producer_t *handle;
  uint64_t random;
  uint64_t pushed;
  uint64_t untold;
  uint64_t refused;
  uint32_t index;
  uint32_t opened;
  char apart[64]; /* from the next producer's counters */
};

/* Between two handles, and between a handle and mpcc_push(), there is no order: in the ledger each
   is a producer of its own. Number 0 of a thread is what it pushes by mpcc_push(). */
static uint32_t ledger_number(const struct producer *producer, uint32_t handle)
{
  return handle * producer->run->threads + producer->index;
}

/* -- Producers ---------------------------------------------------------------------------- */

static void open_next(struct producer *producer)
{
  mpcc_t *mpcc = producer->run->lives.mpcc;

  verdict_expect("mpcc_producer_close", mpcc_producer_close(producer->handle), 0);
  verdict_expect("mpcc_producer_open", mpcc_producer_open(mpcc, &producer->handle), 0);
  producer->opened++;
}

static void ask(struct producer *producer, uint32_t slot)
{
  mpcc_t *mpcc = producer->run->lives.mpcc;
  uint64_t way = verdict_draw(&producer->random, 64);
  int answer;

  if (way == 0)
    answer = mpcc_flush_wait(mpcc, slot, 1 + verdict_draw(&producer->random, 20));
  else
    answer = mpcc_flush(mpcc, way < 8 ? MPCC_ALL_SLOTS : slot);
  if (answer != MPCC_ECLOSED && !(way == 0 && answer == MPCC_ETIMEDOUT))
    verdict_expect("a flush", answer, 0);
}

/* Whether it was taken. */
static bool push(struct producer *producer, uint32_t slot)
{
  struct lives *lives = &producer->run->lives;
  bool plainly = verdict_draw(&producer->random, 64) == 0;
  uint32_t number = ledger_number(producer, plainly ? 0 : producer->opened);
  struct ledger_item item;
  int answer;

  ledger_write(&lives->ledger, &item, 1, number, slot);
  answer = plainly ? mpcc_push(lives->mpcc, &item, slot)
                   : mpcc_producer_push(producer->handle, &item, slot);
  if (answer != 0 && answer != MPCC_EFULL && answer != MPCC_ECLOSED)
    verdict_fail("a push was refused: %s", mpcc_err_name(answer));
  if (answer == 0)
    ledger_accept(&lives->ledger, number, slot, 1);
  return answer == 0;
}

static void pace(struct producer *producer)
{
  struct lives *lives = &producer->run->lives;

  ledger_tell(&lives->ledger, producer->untold);
  producer->untold = 0;
  while (ledger_backlog(&lives->ledger) > lives->window)
    verdict_sleep_us(50);
}

static void now_and_then(struct producer *producer, uint32_t slot)
{
  if (++producer->untold == 256)
    pace(producer);
  if (verdict_draw(&producer->random, 2048) == 0)
    ask(producer, slot);
  if (++producer->pushed % producer->run->reopen_every == 0 && producer->opened < HANDLES - 1)
    open_next(producer);
}

static void *produce(void *argument)
{
  struct producer *producer = argument;
  struct lives *lives = &producer->run->lives;

  /* relaxed: only an end. */
  while (!atomic_load_explicit(&lives->end, memory_order_relaxed)) {
    uint32_t slot = (uint32_t)verdict_draw(&producer->random, lives->ledger.slot_count);

    if (push(producer, slot)) {
      now_and_then(producer, slot);
    } else {
      producer->refused++;
      sched_yield();
    }
  }
  verdict_expect("mpcc_producer_close", mpcc_producer_close(producer->handle), 0);
  return NULL;
}

/* -- One leg ------------------------------------------------------------------------------ */

static void open_leg(struct run *run, const struct leg *leg, uint32_t slots, uint64_t seed)
{
  struct lives *lives = &run->lives;
  mpcc_options_t options;

  lives->seed = seed;
  lives->random = verdict_stream(seed, 500);
  mpcc_options_init(&options);
  options.item_size = sizeof(struct ledger_item);
  options.slot_count = slots;
  options.batch_size = leg->batch_size;
  options.max_concurrency = leg->max_concurrency;
  options.push_interval_ms = leg->interval_ms;
  options.capacity = leg->capacity;
  options.lane_capacity = leg->lane_capacity;
  options.on_drop = lives_on_drop;
  options.on_cancel = lives_on_cancel;
  host_open(&lives->host, leg->kind);
  host_options(&lives->host, &options);
  verdict_expect("mpcc_create", mpcc_create(&lives->mpcc, &options), 0);
  verdict_watch(lives->mpcc);
  host_attach(&lives->host, lives->mpcc);
  ledger_open(&lives->ledger, run->threads * HANDLES, &options);
  fates_open(&lives->fates, &lives->ledger, lives->mpcc, seed);
  /* Partial batches may wait for ever, so they must not fill the window. */
  lives->window = WINDOW + (int64_t)slots * leg->batch_size;
  lives->cancelled = ledger_memory((size_t)slots * leg->max_concurrency, sizeof *lives->cancelled);
  lives->endings[0].lives = lives;
  lives->endings[1].lives = lives;
  host_start(&lives->host, lives_pump, lives);
}

static void hire(struct run *run, struct producer *producers)
{
  for (uint32_t i = 0; i < run->threads; i++) {
    producers[i].run = run;
    producers[i].index = i;
    producers[i].random = verdict_stream(run->lives.seed, i);
    open_next(&producers[i]);
    if (pthread_create(&producers[i].thread, NULL, produce, &producers[i]) != 0)
      verdict_fail("no thread for a producer");
  }
}

/* Somebody pushes all the time: a stop may wait for a pump. */
static void conduct(struct run *run, uint64_t items, bool restarts, struct tally *tally)
{
  /* relaxed: only a number, told now and then. */
  while (atomic_load_explicit(&run->lives.ledger.pushed, memory_order_relaxed) < items) {
    if (restarts)
      lives_turn(&run->lives, tally);
    else
      verdict_sleep_us(200);
  }
  /* relaxed: only an end. */
  atomic_store_explicit(&run->lives.end, true, memory_order_relaxed);
}

static void close_leg(struct run *run)
{
  struct lives *lives = &run->lives;

  verdict_expect("mpcc_complete", mpcc_complete(lives->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  verdict_expect("mpcc_wait", mpcc_wait(lives->mpcc, MPCC_NO_TIMEOUT), 0);
  ledger_settle(&lives->ledger, lives->mpcc);
  fates_close(&lives->fates);
  verdict_watch(NULL);
  host_destroy(&lives->host);
  free(lives->cancelled);
}

static void run_leg(const struct leg *leg, uint64_t items, uint32_t threads, uint32_t slots,
                    uint64_t seed)
{
  struct run run = {.threads = threads, .reopen_every = 1 + items / threads / HANDLES};
  struct producer *producers = ledger_memory(threads, sizeof *producers);
  struct tally tally = {0};
  uint64_t begun = verdict_now_ns();
  const struct ledger *ledger = &run.lives.ledger;

  open_leg(&run, leg, slots, seed);
  hire(&run, producers);
  conduct(&run, items, leg->restarts, &tally);
  for (uint32_t i = 0; i < threads; i++) {
    pthread_join(producers[i].thread, NULL);
    tally.refused += producers[i].refused;
  }
  close_leg(&run);
  if (ledger_total_accepted(ledger) < items)
    verdict_fail("not all items were pushed");
  printf("stress_producers %s: %" PRIu64 " items, %u threads, %u slots, seed %" PRIu64 ": each "
         "once, in order: %" PRIu64 " delivered, %" PRIu64 " failed, %" PRIu64 " discarded; %"
         PRIu64 " drains, %" PRIu64 " discards; %" PRIu64 " pushes refused; %.1f s\n",
         host_name(leg->kind), ledger_total_accepted(ledger), threads, slots, seed,
         ledger->delivered, ledger->failed, ledger->discarded, tally.drains, tally.discards,
         tally.refused, (double)(verdict_now_ns() - begun) / 1e9);
  fflush(stdout);
  ledger_close(&run.lives.ledger);
  free(producers);
}

int main(int argc, char **argv)
{
  static const struct leg legs[] = {
    {HOST_OWN, 500, 1, 100, 0, 4096, false},
    {HOST_LOOP, 64, 4, 1, 0, 100, false},
    {HOST_OWN, 33, 3, 1, 301, 1000, false},
    {HOST_MANUAL, 17, 2, 0, 0, 64, false},
    {HOST_OWN, 50, 2, MPCC_NO_INTERVAL, 0, 500, true},
    {HOST_LOOP, 100, 1, 1, 0, 4096, true},
    {HOST_MANUAL, 20, 3, 1, 150, 128, true},
    {HOST_OWN, 8, 1, 0, 40, 16, true},
  };
  enum { LEGS = sizeof legs / sizeof legs[0] };
  uint64_t items = verdict_argument(argc, argv, 1, verdict_scaled(16000000));
  uint32_t threads = (uint32_t)verdict_argument(argc, argv, 2, 4);
  uint32_t slots = (uint32_t)verdict_argument(argc, argv, 3, 16);
  uint64_t seed = verdict_argument(argc, argv, 4, 1);

  if (threads == 0 || slots == 0)
    verdict_fail("there must be a thread and a slot");
  verdict_begin(60);
  for (size_t i = 0; i < LEGS; i++)
    run_leg(&legs[i], items / LEGS + (i < items % LEGS), threads, slots, seed * LEGS + i);
  verdict_end();
  return 0;
}
