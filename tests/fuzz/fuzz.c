/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * From bytes to options, to calls and to answers: the function that libFuzzer calls. Each input is
 * the life of one instance, from mpcc_create() to mpcc_destroy(), with as many starts and stops in
 * between as it likes. MPCC_FUZZ_TRACE in the environment tells each step of it.
 */
#include "fuzz.h"

#include <stdarg.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

struct fuzz fuzz;

/* -- Bytes, and words -------------------------------------------------------------------------- */

uint32_t fuzz_byte(void)
{
  if (fuzz.left == 0)
    return 0;
  fuzz.left--;
  return *fuzz.bytes++;
}

static void tell(const char *format, va_list arguments)
{
  fprintf(stderr, "%6" PRIu64 " ms: %*s", fuzz.now_ms, (int)fuzz.depth * 2, "");
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
}

void fuzz_trace(const char *format, ...)
{
  va_list arguments;

  if (!fuzz.traced)
    return;
  va_start(arguments, format);
  tell(format, arguments);
  va_end(arguments);
}

void fuzz_fail(const char *format, ...)
{
  va_list arguments;

  fflush(stdout);
  fputs("FAILED at ", stderr);
  va_start(arguments, format);
  tell(format, arguments);
  va_end(arguments);
  abort();
}

void fuzz_expect(const char *what, int64_t answer, int64_t expected)
{
  if (answer != expected)
    fuzz_fail("%s: %" PRId64 " (%s) instead of %" PRId64 " (%s)", what, answer,
              mpcc_err_name((int)answer), expected, mpcc_err_name((int)expected));
}

void fuzz_same(const char *what, uint64_t told, uint64_t counted)
{
  if (told != counted)
    fuzz_fail("%s: the library says %" PRIu64 ", counted were %" PRIu64, what, told, counted);
}

/* -- Memory ------------------------------------------------------------------------------------ */

static bool refuse(void)
{
  bool refused = fuzz.refuse_on || (fuzz.refuse_in != 0 && --fuzz.refuse_in == 0);

  if (!refused)
    return false;
  fuzz.refused = true;
  fuzz.refused_ever = true;
  fuzz.short_until = fuzz_later(fuzz.now_ms, 12); /* the loop asks again after 10 ms */
  return true;
}

static void *take(size_t size, void *user)
{
  return refuse() ? NULL : counted_malloc(size, user);
}

static void *take_zeroed(size_t count, size_t size, void *user)
{
  return refuse() ? NULL : counted_calloc(count, size, user);
}

static void *take_again(void *memory, size_t size, void *user)
{
  return refuse() ? NULL : counted_realloc(memory, size, user);
}

/* The next request but so many, alone or with all after it; or none any more. */
static void plan_refusal(void)
{
  uint32_t plan = fuzz_byte();

  fuzz.refuse_in = plan % 4;
  fuzz.refuse_on = plan >= 224;
  fuzz_trace("memory: refuse %u%s", fuzz.refuse_in, fuzz.refuse_on ? ", and all" : "");
}

/* -- Options ----------------------------------------------------------------------------------- */

static void choose_limits(mpcc_options_t *options)
{
  static const uint8_t capacities[] = {0, 0, 0, 1, 2, 3, 5, 8, 13, 20};
  static const uint8_t lanes[] = {0, 1, 2, 3, 7, 16};
  uint32_t way = fuzz_byte();

  options->capacity = capacities[way % 10];
  options->lane_capacity = lanes[way / 10 % 6];
  if (way >= 216) {
    options->max_batch_weight = 4 + way % 8;
    options->weigh = fuzz_weigh;
    options->weigh_arg = &fuzz;
  }
  if (way % 16 == 15)
    options->max_memory = (1 + way / 16 % 4) *
                          (options->slot_count * (size_t)options->batch_size * 64 + 4096);
}

static void choose_failing(mpcc_options_t *options)
{
  static const uint8_t delays[] = {0, 0, 1, 6, 100};
  uint32_t way = fuzz_byte();

  options->max_attempts = 1 + way % 3;
  options->retry_delay_ms = delays[way / 3 % 5];
  options->retry_delay_max_ms = way / 15 % 2 == 0 ? 30000 : way / 30 % 8;
  options->isolate_failures = way % 2 == 0;
  options->pump_timeout_ms = way >= 192 ? way % 9 : 0;
}

static void choose_options(void)
{
  static const uint64_t intervals[] = {0, 1, 10, 100, MPCC_NO_INTERVAL, UINT64_MAX - 1};
  static const uint8_t sizes[] = {8, 8, 9, 12, 16, 24, 32, 55, 64};
  mpcc_options_t *options = &fuzz.options;
  uint32_t way = fuzz_byte();

  mpcc_options_init(options);
  options->manual = true;
  options->slot_count = 1 + way % SLOTS;
  options->batch_size = 1 + way / SLOTS % BATCH;
  options->max_concurrency = 1 + way / (SLOTS * BATCH) % 3;
  way = fuzz_byte();
  options->push_interval_ms = intervals[way % 6];
  options->item_size = sizes[way / 6 % 9];
  choose_limits(options);
  choose_failing(options);
  if (options->lane_capacity == 0)
    options->lane_capacity = 4096;
  options->on_drop = fuzz_on_drop;
  options->on_cancel = fuzz_on_cancel;
  options->on_room = fuzz_on_room;
  options->on_wake = fuzz_on_wake;
  options->wake_arg = &fuzz;
  fuzz.allocator = (mpcc_allocator_t){take, take_zeroed, take_again, counted_free, &fuzz.memory};
  options->allocator = &fuzz.allocator;
  if (options->max_memory != 0 && fuzz.options.max_memory < 4096)
    options->max_memory = 4096;
}

static void tell_options(void)
{
  const mpcc_options_t *options = &fuzz.options;

  fuzz_trace("item_size %zu, slots %u, batch %u, concurrency %u, interval %" PRIu64
             ", capacity %zu, lane %zu, max_memory %zu, weight %zu", options->item_size,
             options->slot_count, options->batch_size, options->max_concurrency,
             options->push_interval_ms, options->capacity, options->lane_capacity,
             options->max_memory, options->max_batch_weight);
  fuzz_trace("attempts %u, delay %" PRIu64 " up to %" PRIu64 ", isolate %d, timeout %" PRIu64,
             options->max_attempts, options->retry_delay_ms, options->retry_delay_max_ms,
             options->isolate_failures, options->pump_timeout_ms);
}

/* -- Calls ------------------------------------------------------------------------------------- */

static void step_somehow(uint32_t way)
{
  uint64_t time_ms = fuzz.now_ms;

  if (way < 96 && fuzz.wakes == 0 && fuzz.next_ms != NEVER && fuzz.next_ms < time_ms + (1u << 30))
    time_ms = fuzz.next_ms; /* as whoever obeys would */
  else if (way < 128)
    time_ms += 0;
  else if (way < 192)
    time_ms += way % 8;
  else if (way < 240)
    time_ms += way;
  else if (way < 248)
    time_ms -= fuzz_sooner(time_ms, 5);
  else
    time_ms += UINT64_C(1) << 32;
  fuzz_step(time_ms);
}

/* What may be done anywhere; returns false if it is for outside of callbacks. */
static bool act_anywhere(uint32_t which)
{
  switch (which) {
  case 0: case 1: case 2: fuzz_push(); return true;
  case 3: case 4: case 5: fuzz_handle_push(); return true;
  case 6: fuzz_handle_open_or_close(); return true;
  case 7: case 8: fuzz_finish_some(); return true;
  case 9: fuzz_flush(); return true;
  case 10: if (fuzz_of(3) == 0) fuzz_discard(); return true;
  case 11: if (fuzz_of(4) == 0) fuzz_complete((int)fuzz_of(3), fuzz_of(3) != 0); return true;
  case 12: fuzz_start(); return true;
  case 13: fuzz_finish_stale(); return true;
  case 14: fuzz_misuse(); return true;
  case 15: plan_refusal(); return true;
  default: return false;
  }
}

void fuzz_meddle(void)
{
  if (fuzz.idle_end)
    return;
  for (uint32_t more = 1 + fuzz_of(3); more > 0; more--)
    (void)act_anywhere(fuzz_of(16));
}

static void act(void)
{
  uint32_t which = fuzz_of(25);

  if (act_anywhere(which))
    return;
  switch (which) {
  case 16: fuzz_push_wait(); break;
  case 17: fuzz_flush_ask(); break;
  case 18: fuzz_ask_wait(); break;
  case 19: fuzz_ask_destroy(); break;
  default: step_somehow(fuzz_byte()); break;
  }
}

/* -- The end ----------------------------------------------------------------------------------- */

static void finish_all(bool orphans)
{
  for (uint32_t i = 0; i < LOTS; i++)
    if (orphans ? fuzz.lots[i].state == LOT_ORPHAN : fuzz_in_flight(&fuzz.lots[i]))
      fuzz_finish(&fuzz.lots[i], i % 4 == 3 ? -1 : 0, i % 2 == 0);
}

/* Memory may stay refused: a stop needs none, unless weights want some, or handles that drain. */
static void stop(void)
{
  int mode = fuzz.item_count % 3 == 0 ? MPCC_DRAIN : (int)(fuzz.item_count % 3);

  if (fuzz.life == IDLE)
    fuzz_complete(mode == MPCC_DRAIN ? MPCC_DISCARD : mode, true);
  if (fuzz.life == RUNNING)
    fuzz_complete(mode, true);
  for (uint32_t turn = 0; fuzz.life == COMPLETING; turn++) {
    if (turn == 200)
      fuzz.refuse_on = false;
    if (turn > 2000)
      fuzz_fail("a completion does not end");
    if (fuzz.mode != MPCC_ABANDON)
      finish_all(false);
    fuzz_step(fuzz.next_ms != NEVER && fuzz.next_ms > fuzz.now_ms ? fuzz.next_ms : fuzz.now_ms);
  }
}

static void settle(void)
{
  fuzz_check_numbers();
  for (uint32_t i = 0; i < fuzz.item_count; i++)
    if (fuzz.items[i].fate < DELIVERED)
      fuzz_fail("item %u of slot %u has no fate", i, fuzz.items[i].slot);
  for (uint32_t i = 0; i < HANDLES; i++)
    if (fuzz.handles[i].producer != NULL)
      fuzz_expect("mpcc_producer_close", mpcc_producer_close(fuzz.handles[i].producer), 0);
  if (fuzz.item_count % 2 == 0)
    finish_all(true);
  fuzz_expect("mpcc_destroy", mpcc_destroy(fuzz.mpcc), 0);
  fuzz.mpcc = NULL;
  finish_all(true);
  if (counted_load(&fuzz.memory.blocks) != 0)
    fuzz_fail("%" PRIu64 " blocks of memory were not given back",
              counted_load(&fuzz.memory.blocks));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
  memset(&fuzz, 0, offsetof(struct fuzz, items));
  memset(fuzz.lots, 0, sizeof fuzz.lots);
  fuzz.bytes = bytes;
  fuzz.left = count;
  fuzz.traced = getenv("MPCC_FUZZ_TRACE") != NULL;
  choose_options();
  tell_options();
  fuzz_create();
  while (fuzz.left > 0) {
    act();
    fuzz_check_awake();
  }
  while (fuzz.life != STOPPED)
    stop();
  settle();
  return 0;
}
