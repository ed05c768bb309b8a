/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * seeds [count] [first seed]
 *
 * One short life of a manual instance per seed, on one thread, under a virtual clock: random
 * options, random calls from outside and from inside callbacks, memory that is refused at random,
 * and after each step a comparison of all that can be seen with a model (seeds_model.h). The same
 * seed does the same thing again: one that fails tells its last calls and how to run it alone.
 */
#include "seeds_life.h"

/* -- Memory ------------------------------------------------------------------------------- */

static bool refuse(struct seeds *seeds)
{
  bool refused = seeds->refuse_all ||
                 (seeds->refuse_in != 0 && seeds_draw(seeds, seeds->refuse_in) == 0);

  seeds->refused_memory = seeds->refused_memory || refused;
  return refused;
}

static void *take(size_t size, void *user)
{
  struct seeds *seeds = user;

  return refuse(seeds) ? NULL : counted_malloc(size, &seeds->memory);
}

static void *take_zeroed(size_t count, size_t size, void *user)
{
  struct seeds *seeds = user;

  return refuse(seeds) ? NULL : counted_calloc(count, size, &seeds->memory);
}

static void *take_again(void *memory, size_t size, void *user)
{
  struct seeds *seeds = user;

  return refuse(seeds) ? NULL : counted_realloc(memory, size, &seeds->memory);
}

static void give(void *memory, void *user)
{
  struct seeds *seeds = user;

  counted_free(memory, &seeds->memory);
}

/* -- What a seed decides ------------------------------------------------------------------ */

static uint64_t one_of(struct seeds *seeds, const uint64_t *values, size_t count)
{
  return values[seeds_draw(seeds, count)];
}

#define ONE_OF(seeds, ...) \
  one_of((seeds), (const uint64_t[]){__VA_ARGS__}, \
         sizeof (const uint64_t[]){__VA_ARGS__} / sizeof(uint64_t))

static void draw_limits(struct seeds *seeds, mpcc_options_t *options)
{
  if (seeds_draw(seeds, 3) == 0)
    options->capacity = 1 + seeds_draw(seeds, 70);
  if (seeds_draw(seeds, 5) == 0)
    options->max_memory = (size_t)ONE_OF(seeds, 1, 2, 5) *
                          (options->slot_count * (size_t)options->batch_size * 64 + 4096);
  if (seeds_draw(seeds, 3) == 0) {
    options->max_batch_weight = (size_t)ONE_OF(seeds, 1, 7, 20, 100);
    options->weigh = seeds_weigh;
    options->weigh_arg = seeds;
  }
}

static void draw_failing(struct seeds *seeds, mpcc_options_t *options)
{
  options->max_attempts = (uint32_t)ONE_OF(seeds, 1, 1, 2, 3, 5);
  options->retry_delay_ms = ONE_OF(seeds, 0, 0, 1, 5, 100);
  options->retry_delay_max_ms = ONE_OF(seeds, 0, 3, 50, 30000, 30000);
  options->pump_timeout_ms = ONE_OF(seeds, 0, 0, 1, 7, 50);
  options->isolate_failures = seeds_draw(seeds, 2) == 0;
}

static void draw_options(struct seeds *seeds)
{
  mpcc_options_t *options = &seeds->options;

  mpcc_options_init(options);
  options->manual = true;
  options->item_size = sizeof(struct seeds_item) + (size_t)ONE_OF(seeds, 0, 0, 1, 8, 16, 47);
  options->slot_count = 1 + (uint32_t)seeds_draw(seeds, SEEDS_SLOTS);
  options->batch_size = (uint32_t)ONE_OF(seeds, 1, 2, 3, 5, 8, 13, SEEDS_BATCH);
  options->max_concurrency = (uint32_t)ONE_OF(seeds, 1, 1, 2, 3);
  options->push_interval_ms = ONE_OF(seeds, 0, 1, 10, 100, UINT64_MAX - 1, MPCC_NO_INTERVAL);
  draw_limits(seeds, options);
  draw_failing(seeds, options);
  options->on_drop = seeds_on_drop;
  if (seeds_draw(seeds, 8) != 0)
    options->on_cancel = seeds_on_cancel;
  if (seeds_draw(seeds, 4) != 0)
    options->on_room = seeds_on_room;
  options->on_wake = seeds_on_wake;
  options->wake_arg = seeds;
  seeds->allocator = (mpcc_allocator_t){take, take_zeroed, take_again, give, seeds};
  options->allocator = &seeds->allocator;
}

static void draw_temper(struct seeds *seeds)
{
  struct seeds_temper *temper = &seeds->temper;

  temper->fails = (uint32_t)ONE_OF(seeds, 0, 1, 2, 4, 16);
  temper->marks = (uint32_t)ONE_OF(seeds, 0, 0, 2, 8);
  temper->pending = (uint32_t)ONE_OF(seeds, 0, 1, 2, 2, 8);
  temper->inside = (uint32_t)ONE_OF(seeds, 0, 0, 4, 16);
  temper->meddles = (uint32_t)ONE_OF(seeds, 0, 0, 3, 8);
  temper->discards = (uint32_t)ONE_OF(seeds, 0, 8, 40);
  temper->completes = (uint32_t)ONE_OF(seeds, 0, 12, 60);
  temper->flushes = (uint32_t)ONE_OF(seeds, 0, 4, 20);
  temper->steps = (uint32_t)ONE_OF(seeds, 1, 2, 4, 16);
  temper->finishes = (uint32_t)ONE_OF(seeds, 1, 2, 4, 16);
  temper->many = (uint32_t)ONE_OF(seeds, 0, 2, 8);
  seeds->refuse_in = (uint32_t)ONE_OF(seeds, 0, 0, 0, 2, 10);
}

/* -- One life ----------------------------------------------------------------------------- */

static void create(struct seeds *seeds)
{
  int answer;

  do {
    seeds->refused_memory = false;
    answer = mpcc_create(&seeds->mpcc, &seeds->options);
  } while (answer == MPCC_ENOMEM && seeds->refused_memory);
  seeds_expect(seeds, "mpcc_create", answer, 0);
  seeds->state = STATE_IDLE;
  seeds->next_ms = UINT64_MAX;
}

static void step_some(struct seeds *seeds)
{
  uint64_t time_ms = seeds->now_ms;

  switch (seeds_draw(seeds, 8)) {
  case 0:
    time_ms += seeds_draw(seeds, seeds_draw(seeds, 8) == 0 ? UINT64_C(1) << 32 : 300);
    break;
  case 1:
    time_ms -= time_ms < 20 ? time_ms : seeds_draw(seeds, 20);
    break;
  case 2: case 3:
    time_ms += seeds_draw(seeds, 4);
    break;
  case 4: case 5: case 6:
    /* As whoever obeys would: woken at once, else when it was asked for. */
    if (seeds->wakes == 0 && seeds->next_ms != UINT64_MAX &&
        seeds->next_ms < seeds->now_ms + (UINT64_C(1) << 40))
      time_ms = seeds->next_ms;
    break;
  default:
    break;
  }
  seeds_step(seeds, time_ms);
}

static bool one_in(struct seeds *seeds, uint32_t many)
{
  return many != 0 && seeds_draw(seeds, many) == 0;
}

/* Calls that wait, with no time to wait, and ids that are not in flight. */
static void ask(struct seeds *seeds)
{
  switch (seeds_draw(seeds, 4)) {
  case 0: seeds_push_wait(seeds); break;
  case 1: seeds_flush_ask(seeds); break;
  case 2: seeds_ask_wait(seeds); break;
  default: seeds_finish_stale(seeds); break;
  }
}

static void act(struct seeds *seeds)
{
  const struct seeds_temper *temper = &seeds->temper;

  if (one_in(seeds, temper->steps))
    step_some(seeds);
  else if (one_in(seeds, temper->finishes))
    seeds_finish_some(seeds);
  else if (one_in(seeds, temper->flushes))
    seeds_flush(seeds);
  else if (one_in(seeds, temper->discards))
    seeds_discard(seeds);
  else if (one_in(seeds, temper->completes))
    seeds_complete(seeds, (int)seeds_draw(seeds, 3));
  else if (seeds_draw(seeds, 16) == 0)
    ask(seeds);
  else if (seeds_draw(seeds, seeds->state == STATE_RUNNING ? 32 : 4) == 0)
    seeds_start(seeds);
  if (seeds->state != STATE_GONE)
    seeds_push(seeds);
}

/* Ends whatever it is in, finishing what is in flight, or not caring. */
static void end(struct seeds *seeds)
{
  int mode = (int)seeds_draw(seeds, 3);

  seeds->refuse_all = seeds_draw(seeds, 4) == 0;
  seeds->temper.completes = 0;
  for (uint32_t i = 0; seeds->state != STATE_STOPPED && seeds->state != STATE_GONE; i++) {
    if (seeds->state == STATE_IDLE && mode == MPCC_DRAIN)
      mode = MPCC_DISCARD;
    if (seeds->state != STATE_COMPLETING || (i > 100 && seeds->mode != MPCC_ABANDON))
      seeds_complete(seeds, i > 100 ? MPCC_ABANDON : mode);
    if (seeds_draw(seeds, 2) == 0)
      seeds_finish_some(seeds);
    if (seeds->state == STATE_COMPLETING)
      seeds_step(seeds, seeds->now_ms + seeds_draw(seeds, 50));
    if (i > 10000)
      seeds_fail(seeds, "a completion does not end");
  }
}

static void finish_orphans(struct seeds *seeds)
{
  for (uint32_t i = 0; i < SEEDS_LOTS; i++)
    if (seeds->lots[i].state == LOT_ORPHAN)
      seeds_finish(seeds, &seeds->lots[i], seeds_status(seeds), seeds_draw(seeds, 2) == 0);
}

static void settle(struct seeds *seeds)
{
  for (uint32_t i = 0; i < seeds->item_count; i++)
    if (seeds->items[i].fate < FATE_DELIVERED)
      seeds_fail(seeds, "item %u of slot %u has no fate", i, seeds->items[i].slot);
  if (seeds->state != STATE_GONE) {
    seeds_check_numbers(seeds);
    if (seeds_draw(seeds, 2) == 0)
      finish_orphans(seeds);
    seeds_expect(seeds, "mpcc_destroy", mpcc_destroy(seeds->mpcc), 0);
    seeds->state = STATE_GONE;
  }
  finish_orphans(seeds);
  if (counted_load(&seeds->memory.blocks) != 0)
    seeds_fail(seeds, "%" PRIu64 " blocks of memory were not given back",
               counted_load(&seeds->memory.blocks));
}

/* What tells which seed it was that hangs. */
static char hanging[128];

static void on_alarm(int signal_number)
{
  (void)signal_number;
  if (write(STDERR_FILENO, hanging, strlen(hanging)) < 0)
    _exit(3);
  _exit(2);
}

/* Returns how many items had their fate. */
static uint64_t run(const char *program, uint64_t seed, bool alone)
{
  struct seeds *seeds = &seeds_run;
  uint32_t turns;

  seeds_clear(seeds);
  seeds->program = program;
  seeds->alone = alone;
  seeds->seed = seed;
  seeds->random = verdict_stream(seed, 7);
  seeds->now_ms = 0;
  draw_options(seeds);
  draw_temper(seeds);
  create(seeds);
  turns = 20 + (uint32_t)seeds_draw(seeds, 200);
  for (uint32_t i = 0; i < turns && seeds->state != STATE_GONE; i++) {
    act(seeds);
    if (seeds->state != STATE_GONE)
      seeds_check_awake(seeds);
  }
  end(seeds);
  settle(seeds);
  return seeds->item_count;
}

int main(int argc, char **argv)
{
  uint64_t count = verdict_argument(argc, argv, 1, verdict_scaled(20000));
  uint64_t first = verdict_argument(argc, argv, 2, 1), items = 0;
  uint64_t begun = verdict_now_ns();

  signal(SIGALRM, on_alarm);
  for (uint64_t seed = first; seed - first < count; seed++) {
    if (seed % 64 == 0 || seed == first) {
      snprintf(hanging, sizeof hanging, "HANGS: one of 64 seeds from %" PRIu64 " on\n", seed);
      alarm(60);
    }
    items += run(argv[0], seed, count == 1);
  }
  alarm(0);
  printf("seeds: %" PRIu64 " from %" PRIu64 " on, %" PRIu64 " items: each one fate, all promises "
         "kept; %.1f s\n", count, first, items, (double)(verdict_now_ns() - begun) / 1e9);
  return 0;
}
