/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * stress_faults [own|loop|manual|worker|all] [items] [producers] [slots] [seed]
 *
 * Producers push in every way, flush, wait for what they flushed, and discard; the sink fails in
 * every way (see faults.h): retries, splits, marks, timeouts. Meanwhile the instance is drained,
 * discarded and abandoned at random moments, or all of these one after the other, and started
 * again, or destroyed and made anew with other limits, while batches that were abandoned are still
 * in the finishers' hands. At the end every accepted item has exactly one fate, the library's
 * totals say the same, and all memory was given back.
 *
 * The workers have two legs: one that never abandons, one batch at a time in each slot, in which
 * the order is checked, too; and one with everything, in which it can't be.
 */
#include "scenes.h"

#define WINDOW (1 << 14)
#define BURST 64
#define MANY 48

struct producer {
  struct scene *scene;
  pthread_t thread;
  uint64_t left;
  uint64_t untold;
  uint64_t random;
  uint32_t index;
  char apart[64]; /* from the next producer's counters */
};

/* -- Producers ---------------------------------------------------------------------------- */

static uint64_t draw(struct producer *producer, uint64_t below)
{
  return verdict_draw(&producer->random, below);
}

/* Returns how many items were taken, or the code. */
static ptrdiff_t push(struct producer *producer, uint32_t slot)
{
  struct scene *scene = producer->scene;
  struct ledger_item items[MANY];
  uint64_t way = draw(producer, 256), count = way < 24 ? 1 + draw(producer, MANY) : 1;
  ptrdiff_t taken;

  if (count > producer->left)
    count = producer->left;
  accounts_prepare(&scene->accounts, producer->index, slot, count);
  ledger_write(&scene->ledger, items, count, producer->index, slot);
  if (count > 1 || way < 24)
    return mpcc_push_many(scene->mpcc, items, count, slot);
  if (way < 32)
    taken = mpcc_push_wait(scene->mpcc, items, slot, way % 4);
  else
    taken = mpcc_push(scene->mpcc, items, slot);
  return taken == 0 ? 1 : taken;
}

static void check_refusal(int code)
{
  if (code != MPCC_ECLOSED && code != MPCC_EFULL && code != MPCC_ETIMEDOUT)
    verdict_fail("a push was refused: %s", mpcc_err_name(code));
}

/* What this producer pushed into the slot must have its fate when the wait has ended well. */
static void flush_and_wait(struct producer *producer, uint32_t slot)
{
  struct scene *scene = producer->scene;
  uint64_t accepted = *ledger_accepted(&scene->ledger, producer->index, slot);
  struct ledger_item last = {.producer = producer->index, .slot = slot};
  int answer = mpcc_flush_wait(scene->mpcc, draw(producer, 8) == 0 ? MPCC_ALL_SLOTS : slot,
                               draw(producer, 4));
  enum account now;

  if (answer == MPCC_ECLOSED || answer == MPCC_ETIMEDOUT)
    return;
  verdict_expect("mpcc_flush_wait", answer, 0);
  if (accepted == 0)
    return;
  last.sequence = accepted - 1;
  now = accounts_look(&scene->accounts, &last);
  if (now == FRESH || (now == HELD && accounts_load(&scene->faults.abandons) == 0))
    verdict_fail("slot %u: mpcc_flush_wait has ended, and item %" PRIu64 " of producer %u is %s",
                 slot, last.sequence, producer->index, now == FRESH ? "queued" : "in flight");
}

static void flush(struct producer *producer, uint32_t slot)
{
  int answer = mpcc_flush(producer->scene->mpcc, draw(producer, 8) == 0 ? MPCC_ALL_SLOTS : slot);

  if (answer != MPCC_ECLOSED)
    verdict_expect("mpcc_flush", answer, 0);
}

static void meddle(struct producer *producer, uint32_t slot)
{
  uint64_t way = draw(producer, 32768);
  int answer;

  if (way < 64)
    flush(producer, slot);
  else if (way < 80)
    flush_and_wait(producer, slot);
  else if (way < 81) {
    answer = mpcc_discard(producer->scene->mpcc, slot);
    if (answer != MPCC_ECLOSED)
      verdict_expect("mpcc_discard", answer, 0);
  }
}

/* Some calls on one instance, which is there as long as this takes. Returns false if it stops. */
static bool burst(struct producer *producer)
{
  struct scene *scene = producer->scene;
  bool open = true;

  pthread_rwlock_rdlock(&scene->faults.lives);
  for (int i = 0; i < BURST && producer->left > 0 && open; i++) {
    uint32_t slot = (uint32_t)draw(producer, scene->ledger.slot_count);
    ptrdiff_t taken = push(producer, slot);

    if (taken > 0) {
      ledger_accept(&scene->ledger, producer->index, slot, (uint64_t)taken);
      producer->left -= (uint64_t)taken;
      producer->untold += (uint64_t)taken;
    } else {
      check_refusal((int)taken);
      open = false;
    }
    meddle(producer, slot);
  }
  pthread_rwlock_unlock(&scene->faults.lives);
  return open;
}

static void *produce(void *argument)
{
  struct producer *producer = argument;
  struct scene *scene = producer->scene;

  while (producer->left > 0) {
    /* relaxed: only a pause; the lock is the order. */
    while (atomic_load_explicit(&scene->moving, memory_order_relaxed))
      verdict_sleep_us(50);
    if (!burst(producer))
      verdict_sleep_us(20);
    ledger_tell(&scene->ledger, producer->untold);
    producer->untold = 0;
    while (ledger_backlog(&scene->ledger) > scene->window)
      verdict_sleep_us(50);
  }
  /* relaxed: the join is the order. */
  atomic_fetch_sub_explicit(&scene->pushing, 1, memory_order_relaxed);
  return NULL;
}

/* -- One leg ------------------------------------------------------------------------------ */

static uint32_t pushing(struct scene *scene)
{
  /* relaxed: the joins are the order. */
  return atomic_load_explicit(&scene->pushing, memory_order_relaxed);
}

static void conduct(struct scene *scene)
{
  while (pushing(scene) > 0) {
    uint64_t until = accounts_load(&scene->ledger.seen) +
                     verdict_draw(&scene->random, scene->pause);

    for (int i = 0; i < 2000 && pushing(scene) > 0 && accounts_load(&scene->ledger.seen) < until;
         i++)
      verdict_sleep_us(200);
    scenes_turn(scene);
  }
}

static void open_scene(struct scene *scene, uint64_t items, uint32_t producers, uint32_t slots)
{
  mpcc_options_t *options = &scene->options;
  uint64_t *random = &scene->random;

  mpcc_options_init(options);
  options->item_size = sizeof(struct ledger_item);
  options->slot_count = slots;
  options->batch_size = 20 + (uint32_t)verdict_draw(random, 200);
  options->max_concurrency = 1 + (uint32_t)verdict_draw(random, 3);
  if (scene->leg->worker && !scene->leg->abandons)
    options->max_concurrency = 1;
  options->pump_on = scene->leg->worker ? MPCC_PUMP_ON_WORKER : MPCC_PUMP_ON_LOOP;
  if (verdict_draw(random, 2) == 0) {
    options->max_batch_weight = (size_t)options->batch_size * 4;
    options->weigh = faults_weigh;
  }
  options->on_drop = faults_on_drop;
  options->on_cancel = faults_on_cancel;
  options->on_room = scenes_on_room;
  scene->allocator = counted_allocator(&scene->memory);
  options->allocator = &scene->allocator;
  ledger_open(&scene->ledger, producers, options);
  accounts_open(&scene->accounts, &scene->ledger);
  scene->accounts.order = !scene->leg->worker ? ORDER_ALL :
                          scene->leg->abandons ? ORDER_NONE : ORDER_PUMP;
  scene->accounts.counted = !scene->leg->worker || !scene->leg->abandons;
  faults_open(&scene->faults, &scene->accounts, scene->seed);
  scene->faults.weight_cap = options->max_batch_weight;
  scene->window = WINDOW + (int64_t)slots * options->batch_size;
  scene->pause = items / 16 < (1 << 17) ? items / 16 + 1 : 1 << 17;
  scenes_open_instance(scene);
}

static void push_all(struct scene *scene, uint64_t items)
{
  uint32_t count = scene->ledger.producer_count;
  struct producer *producers = ledger_memory(count, sizeof *producers);

  /* relaxed: set before the threads are made. */
  atomic_store_explicit(&scene->pushing, count, memory_order_relaxed);
  for (uint32_t i = 0; i < count; i++) {
    producers[i].scene = scene;
    producers[i].index = i;
    producers[i].left = items / count + (i < items % count);
    producers[i].random = verdict_stream(scene->seed, i);
    if (pthread_create(&producers[i].thread, NULL, produce, &producers[i]) != 0)
      verdict_fail("no thread for a producer");
  }
  conduct(scene);
  for (uint32_t i = 0; i < count; i++)
    pthread_join(producers[i].thread, NULL);
  free(producers);
}

static void settle(struct scene *scene)
{
  scenes_stop(scene, PLAN_DRAIN);
  scenes_close_instance(scene);
  faults_join(&scene->faults);
  accounts_settle(&scene->accounts, &scene->past, scene->leg->worker && scene->leg->abandons);
  /* A worker that was left behind gives its memory back a moment after its pump has returned. */
  for (int i = 0; i < 10000 && counted_load(&scene->memory.blocks) != 0; i++)
    verdict_sleep_us(1000);
  ledger_same("blocks of memory", counted_load(&scene->memory.blocks), 0);
}

/* A run in which nothing failed has shown nothing. */
static void check_tally(const struct scene *scene, uint64_t items)
{
  const struct faults_tally *tally = &scene->faults.tally;

  if (items < 100000)
    return;
  if (accounts_load(&tally->finished) == 0 || accounts_load(&tally->again) == 0 ||
      accounts_load(&tally->marked) == 0 || scene->past.retries == 0 ||
      accounts_load(&scene->accounts.dropped) == 0)
    verdict_fail("nothing failed, so nothing was shown");
  /* A try that a discard has called back from the workers' queue was counted, and never came. */
  if (scene->leg->worker ? accounts_load(&tally->again) > scene->past.retries
                         : accounts_load(&tally->again) != scene->past.retries)
    verdict_fail("%" PRIu64 " retries, counted were %" PRIu64, scene->past.retries,
                 accounts_load(&tally->again));
}

static void tell(const struct scene *scene, uint64_t items, double seconds)
{
  const struct faults_tally *tally = &scene->faults.tally;
  const mpcc_stats_t *past = &scene->past;

  printf("stress_faults %s: %" PRIu64 " items, %u producers, %u slots, seed %" PRIu64 ": each one "
         "fate: %" PRIu64 " delivered, %" PRIu64 " dropped, %" PRIu64 " orphaned\n  %" PRIu64
         " retries, %" PRIu64 " items marked, %" PRIu64 " timeouts, %" PRIu64 " cancelled, %" PRIu64
         " abandoned batches done late; %" PRIu64 " drains, %" PRIu64 " discards, %" PRIu64
         " abandoned, %" PRIu64 " escalated, %" PRIu64 " instances; %.1f s, %.2f million items/s\n",
         scene->leg->name, items, scene->ledger.producer_count, scene->ledger.slot_count,
         scene->seed, past->delivered, past->dropped, past->orphaned, past->retries,
         accounts_load(&tally->marked), past->timeouts, accounts_load(&tally->cancelled),
         accounts_load(&tally->absorbed), scene->completions[PLAN_DRAIN],
         scene->completions[PLAN_DISCARD], scene->completions[PLAN_ABANDON],
         scene->completions[PLAN_ESCALATE], scene->destroyed, seconds,
         (double)items / seconds / 1e6);
  fflush(stdout);
}

static void run_leg(const struct leg *leg, uint64_t items, uint32_t producers, uint32_t slots,
                    uint64_t seed)
{
  static struct scene scene;
  uint64_t begun = verdict_now_ns();

  memset(&scene, 0, sizeof scene);
  scene.leg = leg;
  scene.seed = seed;
  scene.random = verdict_stream(seed, 500);
  open_scene(&scene, items, producers, slots);
  scenes_start(&scene);
  push_all(&scene, items);
  settle(&scene);
  check_tally(&scene, items);
  tell(&scene, items, (double)(verdict_now_ns() - begun) / 1e9);
  faults_close(&scene.faults);
  accounts_close(&scene.accounts);
  ledger_close(&scene.ledger);
}

int main(int argc, char **argv)
{
  static const struct leg legs[] = {
    {"own", HOST_OWN, false, true},
    {"loop", HOST_LOOP, false, true},
    {"manual", HOST_MANUAL, false, true},
    {"worker", HOST_OWN, true, false},
    {"worker", HOST_OWN, true, true},
  };
  const char *where = argc > 1 ? argv[1] : "all";
  uint64_t items = verdict_argument(argc, argv, 2, verdict_scaled(20000000));
  uint32_t producers = (uint32_t)verdict_argument(argc, argv, 3, 4);
  uint32_t slots = (uint32_t)verdict_argument(argc, argv, 4, 16);
  uint64_t seed = verdict_argument(argc, argv, 5, 1);
  uint64_t chosen = 0;

  if (producers == 0 || slots == 0)
    verdict_fail("there must be a producer and a slot");
  for (size_t i = 0; i < sizeof legs / sizeof legs[0]; i++)
    chosen += strcmp(where, "all") == 0 || strcmp(where, legs[i].name) == 0;
  if (chosen == 0)
    verdict_fail("'%s' is none of own, loop, manual, worker, all", where);
  verdict_begin(60);
  for (size_t i = 0; i < sizeof legs / sizeof legs[0]; i++)
    if (strcmp(where, "all") == 0 || strcmp(where, legs[i].name) == 0)
      run_leg(&legs[i], items / chosen, producers, slots, seed + i);
  verdict_end();
  return 0;
}
