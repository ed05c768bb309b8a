/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * stress_dump [dumps, at least]
 *
 * Two threads look into an instance all the time, while others push, fail, answer late, discard,
 * stop and start it. Every text must be whole, and every batch in it one that there can have been:
 * no slot, count or try is beyond what there is. Whole batches, last tries and parts of batches
 * that were split must have been among them.
 */
#include "verdict.h"

enum { SLOTS = 8, BATCH = 48, TRIES = 3, LOOKERS = 2, PUSHERS = 2, LATE_ROOM = 64 };

struct late {
  uint64_t ids[LATE_ROOM];
  unsigned count;
};

struct run {
  mpcc_t *mpcc;
  uint64_t dumps;
  atomic_bool end;
  _Atomic uint64_t looks;
  _Atomic uint64_t batches_seen, last_tries_seen, parts_seen;
  pthread_mutex_t lock;
  struct late late; /* guard: lock */
  unsigned pumping; /* guard: lock. Pumps that have not returned. */
};

struct actor {
  struct run *run;
  pthread_t thread;
  uint64_t random;
};

/* -- The pump: workers ---------------------------------------------------------------------- */

static bool keep(struct run *run, uint64_t id)
{
  bool kept = false;

  pthread_mutex_lock(&run->lock);
  if (run->late.count < LATE_ROOM) {
    run->late.ids[run->late.count++] = id;
    kept = true;
  }
  pthread_mutex_unlock(&run->lock);
  return kept;
}

/* One item in a thousand fails, alone and with others. */
static bool is_poisoned(const mpcc_batch_t *batch)
{
  const uint64_t *items = batch->items;

  for (size_t i = 0; i < batch->count; i++)
    if (items[i] % 1000 == 7)
      return true;
  return false;
}

static void count_pump(struct run *run, bool begins)
{
  pthread_mutex_lock(&run->lock);
  run->pumping += begins ? 1 : -1U;
  pthread_mutex_unlock(&run->lock);
}

static int pump(mpcc_batch_t *batch, void *state)
{
  struct run *run = state;
  int status;

  count_pump(run, true);
  sched_yield();
  if (is_poisoned(batch))
    status = -1;
  else
    status = batch->id % 7 == 1 && keep(run, batch->id) ? MPCC_PENDING : 0;
  count_pump(run, false);
  return status;
}

static void answer_late(struct run *run)
{
  struct late late;

  pthread_mutex_lock(&run->lock);
  late = run->late;
  run->late.count = 0;
  pthread_mutex_unlock(&run->lock);
  for (unsigned i = 0; i < late.count; i++)
    (void)mpcc_batch_done_id(run->mpcc, late.ids[i], i % 3 == 0 ? -2 : 0);
}

/* -- Who pushes ------------------------------------------------------------------------------ */

static bool ended(struct run *run)
{
  /* relaxed: only an end. */
  return atomic_load_explicit(&run->end, memory_order_relaxed);
}

static void *push(void *argument)
{
  struct actor *actor = argument;
  struct run *run = actor->run;
  mpcc_producer_t *producer;
  uint64_t item = 0;

  verdict_expect("mpcc_producer_open", mpcc_producer_open(run->mpcc, &producer), 0);
  while (!ended(run)) {
    uint32_t slot = (uint32_t)verdict_draw(&actor->random, SLOTS);
    int err = item % 2 == 0 ? mpcc_push(run->mpcc, &item, slot)
                            : mpcc_producer_push(producer, &item, slot);

    if (err != 0)
      sched_yield();
    if (verdict_draw(&actor->random, 4096) == 0)
      (void)mpcc_discard(run->mpcc, slot);
    item++;
  }
  verdict_expect("mpcc_producer_close", mpcc_producer_close(producer), 0);
  return NULL;
}

/* -- Who looks -------------------------------------------------------------------------------- */

static void check_batch(struct run *run, const char *line)
{
  unsigned slot, count, attempt;
  unsigned long long id;
  char due[16];

  if (sscanf(line, "  batch 0x%llx of slot %u: %u items, due: %15[a-z], attempt %u, ", &id, &slot,
             &count, due, &attempt) != 5)
    verdict_fail("not a line for a batch: %s", line);
  if (slot >= SLOTS || count == 0 || count > BATCH || attempt > TRIES)
    verdict_fail("no such batch: %s", line);
  /* relaxed: counts. */
  atomic_fetch_add_explicit(&run->batches_seen, 1, memory_order_relaxed);
  if (attempt == TRIES)
    /* relaxed: likewise. */
    atomic_fetch_add_explicit(&run->last_tries_seen, 1, memory_order_relaxed);
  if (strcmp(due, "full") == 0 && count < BATCH)
    /* relaxed: likewise. */
    atomic_fetch_add_explicit(&run->parts_seen, 1, memory_order_relaxed);
}

static void check_text(struct run *run, char *text)
{
  const char *needed[] = {"mpcc 0x", "  options: ", "  loop: ", "  memory: ", "  idle slots: "};
  char *rest = NULL;

  for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
    if (strstr(text, needed[i]) == NULL)
      verdict_fail("no \"%s\" in:\n%s", needed[i], text);
  for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
    if (strncmp(line, "  batch ", 8) == 0)
      check_batch(run, line);
}

static void *look(void *argument)
{
  struct actor *actor = argument;
  struct run *run = actor->run;
  static const size_t room = 1 << 18;
  char *text = malloc(room);

  /* relaxed: a count. */
  while (atomic_fetch_add_explicit(&run->looks, 1, memory_order_relaxed) < run->dumps ||
         !ended(run)) {
    FILE *file = fmemopen(text, room, "w");

    verdict_expect("mpcc_dump", mpcc_dump(run->mpcc, file), 0);
    fclose(file);
    check_text(run, text);
    verdict_step();
  }
  free(text);
  return NULL;
}

/* -- The run ---------------------------------------------------------------------------------- */

static void stop_and_start(struct run *run, int mode)
{
  verdict_expect("mpcc_complete", mpcc_complete(run->mpcc, mode, NULL, NULL), 0);
  while (mpcc_wait(run->mpcc, 1) == MPCC_ETIMEDOUT)
    answer_late(run);
  answer_late(run); /* orphans */
  verdict_expect("mpcc_start", mpcc_start(run->mpcc, pump, run), 0);
}

static bool pumps_work(struct run *run)
{
  bool work;

  pthread_mutex_lock(&run->lock);
  work = run->pumping > 0;
  pthread_mutex_unlock(&run->lock);
  return work;
}

static void open_run(struct run *run)
{
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(uint64_t);
  options.slot_count = SLOTS;
  options.batch_size = BATCH;
  options.max_concurrency = 3;
  options.push_interval_ms = 1;
  options.capacity = 500;
  options.pump_on = MPCC_PUMP_ON_WORKER;
  options.max_attempts = TRIES;
  options.retry_delay_ms = 1;
  options.pump_timeout_ms = 20;
  options.isolate_failures = true;
  verdict_expect("mpcc_create", mpcc_create(&run->mpcc, &options), 0);
  verdict_watch(run->mpcc);
  verdict_expect("mpcc_start", mpcc_start(run->mpcc, pump, run), 0);
}

static void close_run(struct run *run)
{
  verdict_expect("mpcc_complete", mpcc_complete(run->mpcc, MPCC_DISCARD, NULL, NULL), 0);
  while (mpcc_wait(run->mpcc, 1) == MPCC_ETIMEDOUT)
    answer_late(run);
  /* A pump that the last stop abandoned may be at work even now, and keep its batch. */
  while (pumps_work(run))
    verdict_sleep_us(100);
  answer_late(run);
  verdict_watch(NULL);
  verdict_expect("mpcc_destroy", mpcc_destroy(run->mpcc), 0);
}

static void hire(struct actor *actor, struct run *run, uint64_t number, void *(*act)(void *))
{
  actor->run = run;
  actor->random = verdict_stream(1, number);
  if (pthread_create(&actor->thread, NULL, act, actor) != 0)
    verdict_fail("no thread");
}

/* All who counted have ended. */
static uint64_t counted(const _Atomic uint64_t *counter)
{
  /* relaxed: their ends were waited for. */
  return atomic_load_explicit(counter, memory_order_relaxed);
}

static void tell(const struct run *run, int lives)
{
  uint64_t parts = counted(&run->parts_seen), last = counted(&run->last_tries_seen);

  printf("%" PRIu64 " dumps over %d lives, %" PRIu64 " batches seen, %" PRIu64
         " last tries, %" PRIu64 " parts\n",
         counted(&run->looks) - LOOKERS, lives, counted(&run->batches_seen), last, parts);
  if (parts == 0 || last == 0)
    verdict_fail("no part, or no last try, was ever seen");
}

int main(int argc, char **argv)
{
  static struct run run = {.lock = PTHREAD_MUTEX_INITIALIZER};
  struct actor lookers[LOOKERS], pushers[PUSHERS];
  int lives = 0;

  run.dumps = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000;
  verdict_begin(60);
  open_run(&run);
  for (int i = 0; i < PUSHERS; i++)
    hire(&pushers[i], &run, (uint64_t)i, push);
  for (int i = 0; i < LOOKERS; i++)
    hire(&lookers[i], &run, (uint64_t)(PUSHERS + i), look);
  /* Batches are hard to see in a life that is short. */
  for (; lives < 30; lives++) {
    for (int i = 0; i < 20; i++) {
      answer_late(&run);
      verdict_sleep_us(1000);
    }
    stop_and_start(&run, lives % 3);
  }
  /* relaxed: only an end. */
  atomic_store_explicit(&run.end, true, memory_order_relaxed);
  for (int i = 0; i < LOOKERS; i++)
    pthread_join(lookers[i].thread, NULL);
  for (int i = 0; i < PUSHERS; i++)
    pthread_join(pushers[i].thread, NULL);
  close_run(&run);
  tell(&run, lives);
  verdict_end();
  return 0;
}
