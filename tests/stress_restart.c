/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * stress_restart [own|loop|manual|all] [rounds] [producers] [slots] [seed]
 *
 * Producers never stop: refused, they try again. Meanwhile the instance is completed and started
 * again at random moments: drained, discarded, or drained and then discarded (see lives.h). At
 * the end every accepted item was delivered or dropped exactly once, in order per producer and
 * slot over all lives.
 *
 * Odd seeds bound the slots.
 */
#include "lives.h"

#define WINDOW (1 << 15)

struct producer {
  struct lives *lives;
  pthread_t thread;
  uint64_t random;
  uint64_t refused;
  uint32_t index;
  char apart[64]; /* from the next producer's counters */
};

/* -- Producers ---------------------------------------------------------------------------- */

static int push_wait(struct lives *lives, const struct ledger_item *item, uint32_t slot,
                     uint64_t timeout_ms)
{
  int answer;

  /* relaxed: a number to wait for. */
  atomic_fetch_add_explicit(&lives->waiting, 1, memory_order_relaxed);
  answer = mpcc_push_wait(lives->mpcc, item, slot, timeout_ms);
  /* relaxed: likewise. */
  atomic_fetch_sub_explicit(&lives->waiting, 1, memory_order_relaxed);
  return answer;
}

/* Returns how many items were taken, or the code. */
static ptrdiff_t push(struct producer *producer, uint32_t slot)
{
  struct lives *lives = producer->lives;
  struct ledger_item items[64];
  uint64_t way = verdict_draw(&producer->random, 256);
  size_t count = way < 16 ? 1 + verdict_draw(&producer->random, 64) : 1;
  ptrdiff_t taken;

  ledger_write(&lives->ledger, items, count, producer->index, slot);
  if (way < 16)
    return mpcc_push_many(lives->mpcc, items, count, slot);
  if (way < 24)
    taken = push_wait(lives, items, slot, way == 16 ? MPCC_NO_TIMEOUT : way - 16);
  else
    taken = mpcc_push(lives->mpcc, items, slot);
  return taken == 0 ? 1 : taken;
}

static void refused(struct producer *producer, int code)
{
  if (code != MPCC_ECLOSED && code != MPCC_EFULL && code != MPCC_ETIMEDOUT)
    verdict_fail("a push was refused: %s", mpcc_err_name(code));
  producer->refused++;
  sched_yield();
}

static void flush(struct producer *producer, uint32_t slot)
{
  int answer = mpcc_flush(producer->lives->mpcc, slot % 4 == 0 ? MPCC_ALL_SLOTS : slot);

  if (answer != MPCC_ECLOSED)
    verdict_expect("mpcc_flush", answer, 0);
}

static bool ended(struct lives *lives)
{
  /* relaxed: only an end. */
  return atomic_load_explicit(&lives->end, memory_order_relaxed);
}

static void *produce(void *argument)
{
  struct producer *producer = argument;
  struct lives *lives = producer->lives;
  uint64_t untold = 0;

  while (!ended(lives)) {
    uint32_t slot = (uint32_t)verdict_draw(&producer->random, lives->ledger.slot_count);
    ptrdiff_t taken = push(producer, slot);

    if (taken > 0) {
      ledger_accept(&lives->ledger, producer->index, slot, (uint64_t)taken);
      untold += (uint64_t)taken;
    } else {
      refused(producer, (int)taken);
    }
    if (verdict_draw(&producer->random, 512) == 0)
      flush(producer, slot);
    if (untold >= 64) {
      ledger_tell(&lives->ledger, untold);
      untold = 0;
    }
    while (ledger_backlog(&lives->ledger) > lives->window && !ended(lives))
      verdict_sleep_us(50);
  }
  return NULL;
}

/* -- One run ------------------------------------------------------------------------------ */

static void open_run(struct lives *lives, enum host_kind kind, uint32_t producers, uint32_t slots)
{
  static const uint64_t intervals[] = {MPCC_NO_INTERVAL, 1, 100, 0};
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(struct ledger_item);
  options.slot_count = slots;
  options.batch_size = 10 + (uint32_t)verdict_draw(&lives->random, 100);
  options.max_concurrency = 1 + (uint32_t)verdict_draw(&lives->random, 3);
  options.push_interval_ms = intervals[verdict_draw(&lives->random, 4)];
  options.capacity = lives->seed % 2 == 1 ? 301 : 0;
  options.on_drop = lives_on_drop;
  options.on_cancel = lives_on_cancel;
  host_open(&lives->host, kind);
  host_options(&lives->host, &options);
  verdict_expect("mpcc_create", mpcc_create(&lives->mpcc, &options), 0);
  verdict_watch(lives->mpcc);
  host_attach(&lives->host, lives->mpcc);
  ledger_open(&lives->ledger, producers, &options);
  fates_open(&lives->fates, &lives->ledger, lives->mpcc, lives->seed);
  lives->window = WINDOW + (int64_t)slots * options.batch_size;
  lives->cancelled = ledger_memory((size_t)slots * options.max_concurrency,
                                   sizeof *lives->cancelled);
  lives->endings[0].lives = lives;
  lives->endings[1].lives = lives;
}

static void close_run(struct lives *lives)
{
  verdict_expect("mpcc_complete", mpcc_complete(lives->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  verdict_expect("mpcc_wait", mpcc_wait(lives->mpcc, MPCC_NO_TIMEOUT), 0);
  ledger_settle(&lives->ledger, lives->mpcc);
  fates_close(&lives->fates);
  verdict_watch(NULL);
  host_destroy(&lives->host);
  free(lives->cancelled);
}

static void run_rounds(enum host_kind kind, uint64_t rounds, uint32_t producer_count,
                       uint32_t slots, uint64_t seed)
{
  struct lives lives = {.seed = seed, .random = verdict_stream(seed, 500)};
  struct producer *producers = ledger_memory(producer_count, sizeof *producers);
  struct tally tally = {0};

  open_run(&lives, kind, producer_count, slots);
  host_start(&lives.host, lives_pump, &lives);
  for (uint32_t i = 0; i < producer_count; i++) {
    producers[i].lives = &lives;
    producers[i].index = i;
    producers[i].random = verdict_stream(seed, i);
    if (pthread_create(&producers[i].thread, NULL, produce, &producers[i]) != 0)
      verdict_fail("no thread for a producer");
  }
  for (uint64_t i = 0; i < rounds; i++)
    lives_turn(&lives, &tally);
  /* relaxed: only an end. */
  atomic_store_explicit(&lives.end, true, memory_order_relaxed);
  for (uint32_t i = 0; i < producer_count; i++) {
    pthread_join(producers[i].thread, NULL);
    tally.refused += producers[i].refused;
  }
  close_run(&lives);
  printf("stress_restart %s: %" PRIu64 " rounds, %u producers, %u slots, seed %" PRIu64 ": %" PRIu64
         " drains (%" PRIu64 " overtaken), %" PRIu64 " discards; %" PRIu64 " items each once, in "
         "order: %" PRIu64 " delivered, %" PRIu64 " failed, %" PRIu64 " discarded; %" PRIu64
         " pushes refused\n", host_name(kind), rounds, producer_count, slots, seed, tally.drains,
         tally.overtaken, tally.discards, ledger_total_accepted(&lives.ledger),
         lives.ledger.delivered, lives.ledger.failed, lives.ledger.discarded, tally.refused);
  fflush(stdout);
  ledger_close(&lives.ledger);
  free(producers);
}

int main(int argc, char **argv)
{
  const char *where = argc > 1 ? argv[1] : "all";
  uint64_t rounds = verdict_argument(argc, argv, 2, verdict_scaled(2000));
  uint32_t producers = (uint32_t)verdict_argument(argc, argv, 3, 4);
  uint32_t slots = (uint32_t)verdict_argument(argc, argv, 4, 16);
  uint64_t seed = verdict_argument(argc, argv, 5, 1);
  bool known = false;

  if (producers == 0 || slots == 0)
    verdict_fail("there must be a producer and a slot");
  verdict_begin(60);
  for (int kind = HOST_OWN; kind <= HOST_MANUAL; kind++) {
    if (strcmp(where, "all") != 0 && strcmp(where, host_name((enum host_kind)kind)) != 0)
      continue;
    known = true;
    run_rounds((enum host_kind)kind, rounds, producers, slots, seed + (uint64_t)kind);
  }
  if (!known)
    verdict_fail("'%s' is none of own, loop, manual, all", where);
  verdict_end();
  return 0;
}
