/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * stress_restart [own|loop|manual|all] [rounds] [producers] [slots] [seed]
 *
 * Producers never stop: refused, they try again. Meanwhile the instance is completed and started
 * again at random moments: drained, discarded, or drained and then discarded; by another thread or
 * inside the pump; started again by that thread or, where it may be, inside the callback that
 * tells of the completion. After every completion all numbers agree, no callback comes before
 * the next start, and at the end every accepted item was delivered or dropped exactly once, in
 * order per producer and slot over all lives.
 *
 * Odd seeds bound the slots.
 */
#include "fates.h"
#include "host.h"

#define WINDOW (1 << 15)

enum plan { PLAN_DRAIN, PLAN_DISCARD, PLAN_BOTH };

/* One of two callbacks that a completion may be told to. */
struct ending {
  struct run *run;
  _Atomic uint32_t count;
};

struct run {
  struct host host;
  struct ledger ledger;
  struct fates fates;
  mpcc_t *mpcc;
  uint64_t seed;
  uint64_t random;       /* of the thread that completes */
  int64_t window;
  bool stopped;          /* between a completion's callback and the next start; guard: callbacks */
  bool restart_inside;   /* what the callback shall do; set before mpcc_complete() */
  uint64_t *cancelled;   /* ids of this completion; guard: callbacks */
  uint32_t cancelled_count;
  _Atomic int pump_completes; /* 1 + the mode in which the pump shall complete; 0: not */
  struct ending endings[2];
  atomic_bool end;
};

struct producer {
  struct run *run;
  pthread_t thread;
  uint64_t random;
  uint64_t refused;
  uint32_t index;
  char apart[64]; /* from the next producer's counters */
};

/* What a run has seen, for its one line. */
struct tally {
  uint64_t drains;
  uint64_t discards;
  uint64_t overtaken; /* drains that a discard cut short */
  uint64_t refused;
};

static void on_complete(mpcc_t *mpcc, int status, void *arg);

/* -- Callbacks ---------------------------------------------------------------------------- */

static int pump(mpcc_batch_t *batch, void *state)
{
  struct run *run = state;
  uint64_t sum = ledger_take(&run->ledger, batch);
  int asked;

  if (run->stopped)
    verdict_fail("slot %u: the pump was called after the completion had been told", batch->slot);
  /* acquire: with restart_inside, which on_complete() will read. */
  asked = atomic_exchange_explicit(&run->pump_completes, 0, memory_order_acquire);
  if (asked != 0)
    verdict_expect("mpcc_complete inside the pump",
                   mpcc_complete(run->mpcc, asked - 1, on_complete, &run->endings[0]), 0);
  return fates_answer(&run->fates, batch, sum);
}

static void on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  struct run *run = state;

  if (run->stopped)
    verdict_fail("slot %u: on_drop was called after the completion had been told", batch->slot);
  fates_drop(&run->fates, batch, reason);
}

static void on_cancel(mpcc_batch_t *batch, void *state)
{
  struct run *run = state;
  const struct ledger_item *items = batch->items;

  if (run->stopped)
    verdict_fail("slot %u: on_cancel was called after the completion had been told", batch->slot);
  for (uint32_t i = 0; i < run->cancelled_count; i++)
    if (run->cancelled[i] == batch->id)
      verdict_fail("slot %u: batch %" PRIu64 " was cancelled twice", batch->slot, batch->id);
  if (run->cancelled_count == run->ledger.slot_count * run->ledger.max_concurrency)
    verdict_fail("slot %u: more batches cancelled than can be in flight", batch->slot);
  run->cancelled[run->cancelled_count++] = batch->id;
  /* A finisher may finish it right now: fields and items must stay until this returns. */
  for (size_t i = 0; i < batch->count; i++)
    if (items[i].slot != batch->slot || items[i].seal != ledger_seal(&items[i]))
      verdict_fail("slot %u: a cancelled batch was used again before on_cancel had returned",
                   batch->slot);
}

/* Just before a start, by whoever starts. */
static void revive(struct run *run)
{
  run->stopped = false;
  run->cancelled_count = 0;
}

static void on_complete(mpcc_t *mpcc, int status, void *arg)
{
  struct ending *ending = arg;
  struct run *run = ending->run;

  if (mpcc != run->mpcc || status != 0)
    verdict_fail("a completion was told with status %d, or of another instance", status);
  if (run->stopped)
    verdict_fail("a completion was told twice");
  run->stopped = true;
  if (run->host.kind == HOST_OWN)
    verdict_expect("mpcc_start inside the complete callback", mpcc_start(mpcc, pump, run),
                   MPCC_EBUSY);
  if (run->restart_inside) {
    revive(run);
    verdict_expect("mpcc_start inside the complete callback", mpcc_start(mpcc, pump, run), 0);
  }
  /* release: with all that the callbacks of this life have counted. */
  atomic_fetch_add_explicit(&ending->count, 1, memory_order_release);
}

/* -- Producers ---------------------------------------------------------------------------- */

/* Returns how many items were taken, or the code. */
static ptrdiff_t push(struct producer *producer, uint32_t slot)
{
  struct run *run = producer->run;
  struct ledger_item items[64];
  uint64_t way = verdict_draw(&producer->random, 256);
  size_t count = way < 16 ? 1 + verdict_draw(&producer->random, 64) : 1;
  ptrdiff_t taken;

  ledger_write(&run->ledger, items, count, producer->index, slot);
  if (way < 16)
    return mpcc_push_many(run->mpcc, items, count, slot);
  if (way < 24)
    taken = mpcc_push_wait(run->mpcc, items, slot, way - 16);
  else
    taken = mpcc_push(run->mpcc, items, slot);
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
  int answer = mpcc_flush(producer->run->mpcc, slot % 4 == 0 ? MPCC_ALL_SLOTS : slot);

  if (answer != MPCC_ECLOSED)
    verdict_expect("mpcc_flush", answer, 0);
}

static bool ended(struct run *run)
{
  /* relaxed: only an end. */
  return atomic_load_explicit(&run->end, memory_order_relaxed);
}

static void *produce(void *argument)
{
  struct producer *producer = argument;
  struct run *run = producer->run;
  uint64_t untold = 0;

  while (!ended(run)) {
    uint32_t slot = (uint32_t)verdict_draw(&producer->random, run->ledger.slot_count);
    ptrdiff_t taken = push(producer, slot);

    if (taken > 0) {
      ledger_accept(&run->ledger, producer->index, slot, (uint64_t)taken);
      untold += (uint64_t)taken;
    } else {
      refused(producer, (int)taken);
    }
    if (verdict_draw(&producer->random, 512) == 0)
      flush(producer, slot);
    if (untold >= 64) {
      ledger_tell(&run->ledger, untold);
      untold = 0;
    }
    while (ledger_backlog(&run->ledger) > run->window && !ended(run))
      verdict_sleep_us(50);
  }
  return NULL;
}

/* -- Lives -------------------------------------------------------------------------------- */

static uint32_t completions(struct run *run)
{
  /* acquire: with what the callbacks of that life have counted. */
  return atomic_load_explicit(&run->endings[0].count, memory_order_acquire) +
         /* acquire: likewise. */
         atomic_load_explicit(&run->endings[1].count, memory_order_acquire);
}

/* Orders a discard behind a drain; the drain may be through already. Returns who must be told. */
static struct ending *overtake(struct run *run, struct tally *tally)
{
  bool tell = verdict_draw(&run->random, 2) == 0;
  int answer;

  verdict_sleep_us(verdict_draw(&run->random, 300));
  answer = mpcc_complete(run->mpcc, MPCC_DISCARD, tell ? on_complete : NULL, &run->endings[1]);
  if (answer != MPCC_EALREADY) {
    verdict_expect("mpcc_complete, discard after drain", answer, 0);
    tally->overtaken++;
  }
  return answer == 0 && tell ? &run->endings[1] : &run->endings[0];
}

/* Returns whom the completion must be told to. */
static struct ending *end_life(struct run *run, enum plan plan, bool inside, struct tally *tally)
{
  int mode = plan == PLAN_DISCARD ? MPCC_DISCARD : MPCC_DRAIN;

  tally->drains += mode == MPCC_DRAIN;
  tally->discards += mode == MPCC_DISCARD;
  if (inside) {
    /* release: with restart_inside. */
    atomic_store_explicit(&run->pump_completes, 1 + mode, memory_order_release);
    return &run->endings[0];
  }
  verdict_expect("mpcc_complete", mpcc_complete(run->mpcc, mode, on_complete, &run->endings[0]),
                 0);
  if (plan == PLAN_BOTH)
    return overtake(run, tally);
  return &run->endings[0];
}

static void await_end(struct run *run, bool inside, uint32_t lives)
{
  int answer;

  while (inside && completions(run) == lives)
    verdict_sleep_us(50);
  answer = mpcc_wait(run->mpcc, MPCC_NO_TIMEOUT);
  /* Restarted inside the callback there may be nothing left to wait for. */
  if (answer != MPCC_ESTATE || !run->restart_inside)
    verdict_expect("mpcc_wait", answer, 0);
  while (answer == MPCC_ESTATE && completions(run) == lives)
    verdict_sleep_us(50);
  if (completions(run) != lives + 1)
    verdict_fail("%u completions told of %u", completions(run), lives + 1);
}

/* One completion and, unless a callback has seen to it, the next start. */
static void turn(struct run *run, struct tally *tally)
{
  enum plan plan = (enum plan)verdict_draw(&run->random, 3);
  bool inside = plan != PLAN_BOTH && verdict_draw(&run->random, 4) == 0;
  uint32_t lives = completions(run), before;
  struct ending *ending;

  if (verdict_draw(&run->random, 4) != 0)
    verdict_sleep_us(verdict_draw(&run->random, 2000));
  run->restart_inside = plan != PLAN_BOTH && run->host.kind != HOST_OWN &&
                        verdict_draw(&run->random, 2) == 0;
  /* relaxed: no completion is under way. */
  before = atomic_load_explicit(&run->endings[1].count, memory_order_relaxed);
  ending = end_life(run, plan, inside, tally);
  await_end(run, inside, lives);
  /* relaxed: await_end() has ordered it. */
  if (before + (ending == &run->endings[1]) !=
      atomic_load_explicit(&run->endings[1].count, memory_order_relaxed))
    verdict_fail("the completion was told to the wrong callback");
  verdict_step();
  if (run->restart_inside)
    return;
  ledger_compare(&run->ledger, run->mpcc);
  if (verdict_draw(&run->random, 4) == 0)
    verdict_sleep_us(verdict_draw(&run->random, 500));
  revive(run);
  host_start(&run->host, pump, run);
}

/* -- One run ------------------------------------------------------------------------------ */

static void open_run(struct run *run, enum host_kind kind, uint32_t producers, uint32_t slots)
{
  static const uint64_t intervals[] = {MPCC_NO_INTERVAL, 1, 100, 0};
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(struct ledger_item);
  options.slot_count = slots;
  options.batch_size = 10 + (uint32_t)verdict_draw(&run->random, 100);
  options.max_concurrency = 1 + (uint32_t)verdict_draw(&run->random, 3);
  options.push_interval_ms = intervals[verdict_draw(&run->random, 4)];
  options.capacity = run->seed % 2 == 1 ? 301 : 0;
  options.on_drop = on_drop;
  options.on_cancel = on_cancel;
  host_open(&run->host, kind);
  host_options(&run->host, &options);
  verdict_expect("mpcc_create", mpcc_create(&run->mpcc, &options), 0);
  verdict_watch(run->mpcc);
  host_attach(&run->host, run->mpcc);
  ledger_open(&run->ledger, producers, &options);
  fates_open(&run->fates, &run->ledger, run->mpcc, run->seed);
  run->window = WINDOW + (int64_t)slots * options.batch_size;
  run->cancelled = ledger_memory((size_t)slots * options.max_concurrency,
                                 sizeof *run->cancelled);
  run->endings[0].run = run;
  run->endings[1].run = run;
}

static void close_run(struct run *run)
{
  verdict_expect("mpcc_complete", mpcc_complete(run->mpcc, MPCC_DRAIN, NULL, NULL), 0);
  verdict_expect("mpcc_wait", mpcc_wait(run->mpcc, MPCC_NO_TIMEOUT), 0);
  ledger_settle(&run->ledger, run->mpcc);
  fates_close(&run->fates);
  verdict_watch(NULL);
  host_destroy(&run->host);
  free(run->cancelled);
}

static void run_rounds(enum host_kind kind, uint64_t rounds, uint32_t producer_count,
                       uint32_t slots, uint64_t seed)
{
  struct run run = {.seed = seed, .random = verdict_stream(seed, 500)};
  struct producer *producers = ledger_memory(producer_count, sizeof *producers);
  struct tally tally = {0};

  open_run(&run, kind, producer_count, slots);
  host_start(&run.host, pump, &run);
  for (uint32_t i = 0; i < producer_count; i++) {
    producers[i].run = &run;
    producers[i].index = i;
    producers[i].random = verdict_stream(seed, i);
    if (pthread_create(&producers[i].thread, NULL, produce, &producers[i]) != 0)
      verdict_fail("no thread for a producer");
  }
  for (uint64_t i = 0; i < rounds; i++)
    turn(&run, &tally);
  /* relaxed: only an end. */
  atomic_store_explicit(&run.end, true, memory_order_relaxed);
  for (uint32_t i = 0; i < producer_count; i++) {
    pthread_join(producers[i].thread, NULL);
    tally.refused += producers[i].refused;
  }
  close_run(&run);
  printf("stress_restart %s: %" PRIu64 " rounds, %u producers, %u slots, seed %" PRIu64 ": %" PRIu64
         " drains (%" PRIu64 " overtaken), %" PRIu64 " discards; %" PRIu64 " items each once, in "
         "order: %" PRIu64 " delivered, %" PRIu64 " failed, %" PRIu64 " discarded; %" PRIu64
         " pushes refused\n", host_name(kind), rounds, producer_count, slots, seed, tally.drains,
         tally.overtaken, tally.discards, ledger_total_accepted(&run.ledger),
         run.ledger.delivered, run.ledger.failed, run.ledger.discarded, tally.refused);
  fflush(stdout);
  ledger_close(&run.ledger);
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
