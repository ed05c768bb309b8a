/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "dump.h"

#include <inttypes.h>
#include <stdarg.h>

#include "batch.h"
#include "lanes.h"
#include "stats.h"

struct text {
  FILE *file;
  bool failed;
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void say(struct text *text, const char *format, ...)
{
  va_list args;

  va_start(args, format);
  if (vfprintf(text->file, format, args) < 0)
    text->failed = true;
  va_end(args);
}

static void say_limit(struct text *text, const char *name, uint64_t value, const char *none)
{
  if (value == 0 || value == UINT64_MAX)
    say(text, "%s %s", name, none);
  else
    say(text, "%s %" PRIu64, name, value);
}

/* -- The instance -------------------------------------------------------------------------- */

static void say_state(struct text *text, const mpcc_t *m)
{
  static const char *const names[] = {"IDLE", "RUNNING", "COMPLETING", "STOPPED"};
  static const char *const modes[] = {"drain", "discard", "abandon"};
  uv_mutex_t *lock = (uv_mutex_t *)&m->lock;
  enum mpcc__state state;
  int mode;

  say(text, "mpcc %p (libmpcc %s): ", (const void *)m, mpcc_version());
  if (uv_mutex_trylock(lock) != 0) {
    say(text, "being started or stopped\n");
    return;
  }
  state = m->state;
  mode = m->mode;
  uv_mutex_unlock(lock);
  say(text, "%s", names[state]);
  if (state == MPCC__COMPLETING)
    say(text, " (%s)", modes[mode]);
  say(text, "\n");
}

static void say_options(struct text *text, const struct mpcc_options *options)
{
  say(text, "  options: item_size %zu, slot_count %" PRIu32 ", batch_size %" PRIu32
            ", max_concurrency %" PRIu32 ", ",
      options->item_size, options->slot_count, options->batch_size, options->max_concurrency);
  if (options->push_interval_ms == MPCC_NO_INTERVAL)
    say(text, "push_interval_ms never,\n    ");
  else
    say(text, "push_interval_ms %" PRIu64 ",\n    ", options->push_interval_ms);
  say_limit(text, "capacity", options->capacity, "unbounded");
  say_limit(text, ", max_memory", options->max_memory, "unlimited");
  say_limit(text, ", max_batch_weight", options->max_batch_weight, "none");
  say(text, ", lane_capacity %zu,\n    max_attempts %" PRIu32 ", retry_delay_ms %" PRIu64
            " to %" PRIu64,
      options->lane_capacity, options->max_attempts, options->retry_delay_ms,
      options->retry_delay_max_ms);
  say_limit(text, ", pump_timeout_ms", options->pump_timeout_ms, "none");
  say(text, ", isolate_failures %s\n", options->isolate_failures ? "yes" : "no");
}

static void say_loop(struct text *text, const struct mpcc__world *world)
{
  static const char *const words[] = {"awake", "signalled", "asleep"};
  const struct mpcc_options *options = &world->options;
  /* relaxed: for a person to read. */
  int word = atomic_load_explicit(&world->event.word, memory_order_relaxed);

  say(text, "  loop: %s, %s, woken %" PRIu64 " times; the pump runs on ",
      options->manual ? "manual" : options->loop != NULL ? "the user's" : "its own thread",
      words[word],
      /* relaxed: likewise. */
      atomic_load_explicit(&world->wakeups, memory_order_relaxed));
  if (options->pump_on == MPCC_PUMP_ON_WORKER)
    say(text, "%" PRIu32 " workers\n", options->worker_count);
  else
    say(text, "it\n");
}

static void say_memory(struct text *text, const struct mpcc__world *world)
{
  const struct mpcc__pool *pool = &world->pool;
  /* relaxed: for a person to read. */
  uint32_t used = atomic_load_explicit(&pool->fresh, memory_order_relaxed) - 1;
  /* relaxed: likewise. */
  uint32_t spare = atomic_load_explicit(&world->loop.spares.count, memory_order_relaxed);

  say(text, "  memory: at most %" PRIu32 " segments of %zu bytes used at a time, %" PRIu32
            " free now\n",
      used, pool->shelf.stride, mpcc__pool_free(pool) + spare);
}

static void say_handles(struct text *text, const struct mpcc__world *world)
{
  struct mpcc__lanes *lanes = world->lanes;
  uint64_t held;
  size_t open;

  if (!mpcc__lanes_used(lanes))
    return;
  if (uv_mutex_trylock(&lanes->lock) != 0) {
    say(text, "  producer handles: being emptied\n");
    return;
  }
  open = lanes->open_count;
  held = mpcc__lanes_held(world, MPCC_ALL_SLOTS);
  uv_mutex_unlock(&lanes->lock);
  say(text, "  producer handles: %zu open, %" PRIu64 " items in them and on their way\n", open,
      held);
}

/* -- Slots --------------------------------------------------------------------------------- */

static bool say_slot(struct text *text, const struct mpcc__world *world, uint32_t number)
{
  const struct mpcc__slot *slot = &world->slots[number];
  struct mpcc_stats stats;
  uint32_t waiting;

  mpcc__stats_queues(world, slot, &stats);
  /* relaxed: for a person to read. */
  waiting = atomic_load_explicit(&slot->waiting, memory_order_relaxed);
  if (stats.queued == 0 && stats.in_flight == 0 && waiting == 0)
    return false;
  say(text, "  slot %" PRIu32 ": %" PRIu64 " queued, %" PRIu64 " batches in flight, of %" PRIu64
            " pushed %" PRIu64 " delivered, %" PRIu64 " dropped, %" PRIu64 " orphaned",
      number, stats.queued, stats.in_flight, stats.pushed, stats.delivered, stats.dropped,
      stats.orphaned);
  if (stats.rejected != 0)
    say(text, ", %" PRIu64 " rejected", stats.rejected);
  if (waiting != 0)
    say(text, "; %" PRIu32 " threads wait for room", waiting);
  say(text, "\n");
  return true;
}

static void say_slots(struct text *text, const struct mpcc__world *world)
{
  uint32_t idle = 0;

  for (uint32_t i = 0; i < world->options.slot_count; i++)
    if (!say_slot(text, world, i))
      idle++;
  say(text, "  idle slots: %" PRIu32 "\n", idle);
}

/* -- Batches in flight ---------------------------------------------------------------------- */

static uint64_t now_ms(const struct mpcc__world *world)
{
  if (world->outside.clock_ns != NULL)
    return world->outside.clock_ns() / 1000000;
  /* relaxed: for a person to read. */
  return atomic_load_explicit(&world->seen_ms, memory_order_relaxed);
}

static uint64_t less(uint64_t more, uint64_t by)
{
  return more > by ? more - by : 0;
}

static void say_whereabouts(struct text *text, const struct mpcc__world *world,
                            const struct mpcc__seen *seen, uint64_t live, uint64_t started_ns)
{
  uint64_t now = now_ms(world);
  bool worker = world->options.pump_on == MPCC_PUMP_ON_WORKER;

  if (seen->waits)
    say(text, "waits, in %" PRIu64 " ms again", less(seen->until_ms, now));
  else if (live != seen->id)
    say(text, "answered");
  else if (worker && started_ns == 0)
    say(text, "waits for a worker");
  else
    say(text, "in the pump for %" PRIu64 " ms", less(now, started_ns / 1000000));
}

static void say_batch(struct text *text, const struct mpcc__world *world,
                      const struct mpcc__batch *batch)
{
  static const char *const dues[] = {"", "full", "interval", "flush", "drain"};
  struct mpcc__seen seen, again;
  uint64_t live, started_ns;
  bool abandoned, cancelled;

  if (!mpcc__sight_look(&batch->sight, &seen))
    return;
  live = mpcc__batch_live(batch, &abandoned);
  cancelled = mpcc__batch_is_cancelled(batch);
  /* relaxed: a time, for a person to read. */
  started_ns = atomic_load_explicit(&batch->started_ns, memory_order_relaxed);
  if (!mpcc__sight_look(&batch->sight, &again) || again.id != seen.id ||
      again.waits != seen.waits)
    return;
  say(text, "  batch %#" PRIx64 " of slot %" PRIu32 ": %" PRIu32 " items, due: %s, attempt %" PRIu32
            ", ",
      seen.id, seen.slot, seen.count, dues[seen.due], seen.attempt);
  say_whereabouts(text, world, &seen, live, started_ns);
  if (!seen.waits && live == seen.id && cancelled)
    say(text, ", cancelled");
  say(text, "; had waited %" PRIu64 " ms\n", seen.waited_ms);
}

/* The number behind ${number}, or behind 0 the first one, that has been in use, or may have been; 0
 * when there is none. */
static uint32_t next_segment(const struct mpcc__pool *pool, uint32_t number)
{
  /* relaxed: a number; its slab is asked for. */
  uint32_t fresh = atomic_load_explicit(&pool->fresh, memory_order_relaxed);
  uint32_t planned = (((pool->limit - 1) >> pool->shelf.slab_shift) + 1) << pool->shelf.slab_shift;

  number++;
  if (number >= fresh && number <= planned)
    number = planned + 1; /* what was added stands there */
  return mpcc__pool_has(pool, number) ? number : 0;
}

static void say_batches(struct text *text, const struct mpcc__world *world)
{
  uint32_t number = 0;

  while ((number = next_segment(&world->pool, number)) != 0)
    say_batch(text, world, mpcc__batch_at(&world->pool.shelf, number));
}

int mpcc__dump(const mpcc_t *m, FILE *file)
{
  struct text text = {file, false};

  say_state(&text, m);
  say_options(&text, &m->world.options);
  say_loop(&text, &m->world);
  say_memory(&text, &m->world);
  say_handles(&text, &m->world);
  say_slots(&text, &m->world);
  say_batches(&text, &m->world);
  return text.failed ? MPCC_ESYSTEM : 0;
}
