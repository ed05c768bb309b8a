/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * instances [count] [rounds]
 *
 * 200 instances side by side, each with a loop, a thread and a handle of its own, started and
 * stopped five times: 1,000 restarts. While they run each takes as many threads and descriptors as
 * the next one, and the same in every round; when all are destroyed the process has what it
 * had before, and no memory of theirs.
 */
#include <sys/resource.h>

#include "../counted.h"
#include "../resources/procfs.h"

enum { MOST = 2000, ITEMS = 40, SLOTS = 4, PER_LOOP = 6 };

struct instance {
  mpcc_t *mpcc;
  mpcc_producer_t *handle;
  uint64_t pushed;
  uint64_t sum;
  uint64_t seen; /* this and below; guard: its loop's thread */
  uint64_t seen_sum;
};

static struct instance instances[MOST];
static struct counted memory;

static int pump(mpcc_batch_t *batch, void *state)
{
  struct instance *instance = state;
  const uint64_t *items = batch->items;

  for (size_t i = 0; i < batch->count; i++)
    instance->seen_sum += items[i];
  instance->seen += batch->count;
  return 0;
}

/* -- One instance ------------------------------------------------------------------------------ */

static void create(struct instance *instance)
{
  mpcc_allocator_t allocator = counted_allocator(&memory);
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(uint64_t);
  options.slot_count = SLOTS;
  options.batch_size = 16;
  options.push_interval_ms = 1;
  options.capacity = 2 * ITEMS;
  options.allocator = &allocator;
  verdict_expect("mpcc_create", mpcc_create(&instance->mpcc, &options), 0);
  verdict_expect("mpcc_producer_open",
                 mpcc_producer_open(instance->mpcc, &instance->handle), 0);
}

static void push_some(struct instance *instance)
{
  for (uint64_t i = 0; i < ITEMS; i++) {
    uint64_t item = (instance->pushed + 1) * UINT64_C(0x9E3779B97F4A7C15);
    uint32_t slot = (uint32_t)(i % SLOTS);

    verdict_expect("a push", i % 2 == 0 ? mpcc_push(instance->mpcc, &item, slot)
                                        : mpcc_producer_push(instance->handle, &item, slot), 0);
    instance->pushed++;
    instance->sum += item;
  }
}

static void settle(struct instance *instance)
{
  mpcc_stats_t now;

  verdict_expect("mpcc_wait", mpcc_wait(instance->mpcc, MPCC_NO_TIMEOUT), 0);
  verdict_expect("mpcc_stats", mpcc_stats(instance->mpcc, &now), 0);
  if (instance->seen != instance->pushed || instance->seen_sum != instance->sum ||
      now.delivered != instance->pushed)
    verdict_fail("%" PRIu64 " items were pushed, %" PRIu64 " were seen, the library says %" PRIu64,
                 instance->pushed, instance->seen, now.delivered);
  verdict_step();
}

/* -- All of them ------------------------------------------------------------------------------- */

struct gauge {
  size_t descriptors;
  size_t threads;
  uint64_t blocks;
  uint64_t bytes;
};

static struct gauge gauge(void)
{
  return (struct gauge){procfs_descriptors(), procfs_threads(), counted_load(&memory.blocks),
                        counted_load(&memory.bytes)};
}

/* A thread that has ended is listed until the system has come to it. */
static struct gauge gauge_at_rest(size_t threads)
{
  for (int ms = 0; ms < 5000 && procfs_threads() > threads; ms++)
    verdict_sleep_us(1000);
  return gauge();
}

static void same(const char *when, const struct gauge *one, const struct gauge *other)
{
  if (one->descriptors != other->descriptors || one->threads != other->threads ||
      one->blocks != other->blocks || one->bytes != other->bytes)
    verdict_fail("%s: %zu descriptors, %zu threads, %" PRIu64 " blocks, %" PRIu64 " bytes instead "
                 "of %zu, %zu, %" PRIu64 ", %" PRIu64, when, other->descriptors, other->threads,
                 other->blocks, other->bytes, one->descriptors, one->threads, one->blocks,
                 one->bytes);
}

/* Starts all, and stops all. Returns what they took while they ran. */
static struct gauge run_round(uint64_t count)
{
  struct gauge running;

  for (uint64_t i = 0; i < count; i++) {
    verdict_expect("mpcc_start", mpcc_start(instances[i].mpcc, pump, &instances[i]), 0);
    push_some(&instances[i]);
    verdict_step();
  }
  running = gauge();
  for (uint64_t i = 0; i < count; i++) {
    verdict_expect("mpcc_flush_wait",
                   mpcc_flush_wait(instances[i].mpcc, MPCC_ALL_SLOTS, MPCC_NO_TIMEOUT), 0);
    push_some(&instances[i]);
    verdict_expect("mpcc_complete", mpcc_complete(instances[i].mpcc, MPCC_DRAIN, NULL, NULL), 0);
  }
  for (uint64_t i = 0; i < count; i++)
    settle(&instances[i]);
  return running;
}

static void run_rounds(uint64_t count, uint64_t rounds, const struct gauge *before)
{
  struct gauge idle, first = {0, 0, 0, 0}, now;

  for (uint64_t i = 0; i < count; i++)
    create(&instances[i]);
  idle = gauge();
  for (uint64_t round = 0; round < rounds; round++) {
    struct gauge running = run_round(count);

    if (round == 0)
      first = running;
    same("running, as in the first round", &first, &running);
    now = gauge_at_rest(idle.threads);
    same("stopped, as before the start", &idle, &now);
  }
  if (first.threads != before->threads + count)
    verdict_fail("%" PRIu64 " instances have %zu threads", count, first.threads - before->threads);
  printf("instances: %" PRIu64 " at once, %" PRIu64 " lives: %.2f descriptors, 1 thread, %.0f "
         "bytes each\n", count, count * rounds,
         (double)(first.descriptors - before->descriptors) / (double)count,
         (double)first.bytes / (double)count);
}

static void destroy(struct instance *instance)
{
  verdict_expect("mpcc_producer_close", mpcc_producer_close(instance->handle), 0);
  verdict_expect("mpcc_destroy", mpcc_destroy(instance->mpcc), 0);
  memset(instance, 0, sizeof *instance);
}

/* libuv keeps some descriptors of its first loop. */
static void warm_up(void)
{
  create(&instances[0]);
  (void)run_round(1);
  destroy(&instances[0]);
}

static void allow_descriptors(void)
{
  struct rlimit limit;

  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
  }
}

int main(int argc, char **argv)
{
  uint64_t count = verdict_argument(argc, argv, 1, 200);
  uint64_t rounds = verdict_argument(argc, argv, 2, 5);
  struct gauge before, after;
  struct rlimit limit;

  if (count == 0 || count > MOST || rounds == 0)
    verdict_fail("1 to %d instances, and at least one round", MOST);
  if (!procfs_there())
    return verdict_skip("there is no /proc here");
  allow_descriptors();
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < count * PER_LOOP + 64)
    return verdict_skip("too few descriptors are allowed here");
  verdict_begin(150);
  warm_up();
  before = gauge_at_rest(2); /* this one, and the watch */
  run_rounds(count, rounds, &before);
  for (uint64_t i = 0; i < count; i++)
    destroy(&instances[i]);
  after = gauge_at_rest(before.threads);
  same("after all of them, as before", &before, &after);
  verdict_end();
  return 0;
}
