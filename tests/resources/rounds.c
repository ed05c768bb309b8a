/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * rounds [count]
 *
 * Start, traffic and completion, count (1,000) times, on a thread of the library's own, on a user's
 * loop and in a manual instance, unbounded and bounded; first one instance started again and again,
 * then a new instance each time. Descriptors, threads and memory are what they were after the
 * first rounds. What is read is the least of WINDOW rounds in a row.
 *
 * The thread sanitizer takes many ms for each instance's memory: there, fewer new instances.
 */
#include <uv.h>

#include "../counted.h"
#include "procfs.h"

#define SLOTS 4
#define BURST 120
#define ITEM_SIZE 1024
#define WINDOW 10

/* Caches of the C library come and go by less than this; 900 leaks of even 16 bytes do not. */
#define HEAP_SLACK 4096

#if defined(VERDICT_UNDER_TSAN) || defined(VERDICT_UNDER_ASAN)
size_t __sanitizer_get_current_allocated_bytes(void);
#define ROUNDS_HEAP() __sanitizer_get_current_allocated_bytes()
#elif defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 33)
#include <malloc.h>
#define ROUNDS_HEAP() (mallinfo2().uordblks + mallinfo2().hblkhd)
#endif
#endif
#ifndef ROUNDS_HEAP
#define ROUNDS_HEAP() ((size_t)0)
#endif

enum kind { OWN, LOOP, MANUAL };

static const char *const kind_names[] = {"own loop", "user's loop", "manual"};

struct gauge {
  uint64_t descriptors;
  uint64_t threads;
  uint64_t heap;   /* of the process, where that can be asked */
  uint64_t blocks; /* of the library */
  uint64_t bytes;  /* of the library */
};

struct rig {
  enum kind kind;
  bool bounded;
  mpcc_t *mpcc;
  uv_loop_t loop;
  uint64_t now_ms;
  uint64_t pumped; /* guard: callbacks */
  bool completed;  /* guard: callbacks */
  struct counted memory;
};

/* -- Callbacks ---------------------------------------------------------------------------- */

/* Some batches fail, some are done before the pump returns. */
static int pump(mpcc_batch_t *batch, void *state)
{
  struct rig *rig = state;

  rig->pumped += batch->count;
  if (batch->id % 5 == 0)
    verdict_expect("mpcc_batch_done", mpcc_batch_done(batch, 0), 0);
  return rig->pumped % 3 == 0 ? -1 : 0;
}

static void on_complete(mpcc_t *mpcc, int status, void *arg)
{
  struct rig *rig = arg;

  (void)mpcc;
  (void)status;
  rig->completed = true;
}

/* -- One round ---------------------------------------------------------------------------- */

static void create(struct rig *rig)
{
  mpcc_allocator_t allocator = counted_allocator(&rig->memory);
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = ITEM_SIZE;
  options.slot_count = SLOTS;
  options.batch_size = 50;
  options.push_interval_ms = 1;
  options.capacity = rig->bounded ? 5 * BURST : 0;
  options.allocator = &allocator;
  options.manual = rig->kind == MANUAL;
  if (rig->kind == LOOP) {
    if (uv_loop_init(&rig->loop) != 0)
      verdict_fail("no loop");
    options.loop = &rig->loop;
  }
  verdict_expect("mpcc_create", mpcc_create(&rig->mpcc, &options), 0);
  verdict_watch(rig->mpcc);
}

static void destroy(struct rig *rig)
{
  verdict_watch(NULL);
  verdict_expect("mpcc_destroy", mpcc_destroy(rig->mpcc), 0);
  if (rig->kind == LOOP && uv_loop_close(&rig->loop) != 0)
    verdict_fail("uv_loop_close: a handle was left behind");
  if (counted_load(&rig->memory.blocks) != 0)
    verdict_fail("%s: %" PRIu64 " blocks are still held after mpcc_destroy()",
                 kind_names[rig->kind], counted_load(&rig->memory.blocks));
}

static void push(struct rig *rig, uint64_t count)
{
  static const unsigned char item[ITEM_SIZE];

  for (uint64_t i = 0; i < count; i++)
    for (uint32_t slot = 0; slot < SLOTS; slot++)
      verdict_expect("mpcc_push", mpcc_push(rig->mpcc, item, slot), 0);
}

/* Lets the instance work on this thread until its completion was told. */
static void work(struct rig *rig)
{
  if (rig->kind == LOOP)
    uv_run(&rig->loop, UV_RUN_DEFAULT);
  while (rig->kind == MANUAL && !rig->completed)
    verdict_expect("mpcc_step", mpcc_step(rig->mpcc, rig->now_ms++, NULL), 0);
  verdict_expect("mpcc_wait", mpcc_wait(rig->mpcc, MPCC_NO_TIMEOUT), 0);
  if (!rig->completed)
    verdict_fail("%s: stopped, but no completion was told", kind_names[rig->kind]);
}

/* Some work is done while it runs, the rest in the drain; every third round discards that. */
static void live(struct rig *rig, uint64_t round)
{
  rig->completed = false;
  verdict_expect("mpcc_start", mpcc_start(rig->mpcc, pump, rig), 0);
  push(rig, BURST / 2);
  if (rig->kind == LOOP)
    uv_run(&rig->loop, UV_RUN_NOWAIT);
  if (rig->kind == MANUAL)
    verdict_expect("mpcc_step", mpcc_step(rig->mpcc, rig->now_ms++, NULL), 0);
  push(rig, BURST / 2);
  verdict_expect("mpcc_complete",
                 mpcc_complete(rig->mpcc, round % 3 == 2 ? MPCC_DISCARD : MPCC_DRAIN, on_complete,
                               rig), 0);
  work(rig);
}

/* -- Measuring ---------------------------------------------------------------------------- */

static void least(uint64_t *low, uint64_t value)
{
  if (value < *low)
    *low = value;
}

static void measure(struct gauge *low, const struct rig *rig)
{
  least(&low->descriptors, procfs_descriptors());
  least(&low->threads, procfs_threads());
  least(&low->heap, ROUNDS_HEAP());
  least(&low->blocks, counted_load(&rig->memory.blocks));
  least(&low->bytes, counted_load(&rig->memory.bytes));
}

/* A thread that has ended is listed until the system has come to it: give it up to two seconds. */
static void await_threads(uint64_t count)
{
  for (int ms = 0; ms < 2000 && procfs_threads() > count; ms++)
    uv_sleep(1);
}

static void same(const struct rig *rig, const char *what, uint64_t early, uint64_t late,
                 uint64_t slack)
{
  if (late > early + slack)
    verdict_fail("%s, %s: %s grew from %" PRIu64 " to %" PRIu64, kind_names[rig->kind],
                 rig->bounded ? "bounded" : "unbounded", what, early, late);
}

/* An unbounded instance keeps the most it ever needed, and uses nothing again before about 2 MB of
 * it are free, which is 40 of these segments. In a round each of the 4 slots may hold 3 full ones,
 * and as many that are partial, in flight, or not linked yet, when the loop is late. All that
 * together must have been needed once, early: 20 segments a slot are enough, 10 are not. */
static uint64_t first_burst(bool bounded)
{
  return bounded ? 4 * BURST : 8 * BURST;
}

/* ${anew}: a new instance each round, or the same one. */
static void run_rounds(enum kind kind, bool bounded, bool anew, uint64_t count)
{
  struct gauge early = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
  struct gauge late = early;
  struct rig rig = {.kind = kind, .bounded = bounded};
  uint64_t asked = 0;

  for (uint64_t round = 0; round < count; round++) {
    if (anew || round == 0) {
      create(&rig);
      asked = counted_load(&rig.memory.asked);
      push(&rig, anew ? BURST / 4 : first_burst(bounded));
    }
    live(&rig, round);
    if (bounded && counted_load(&rig.memory.asked) != asked)
      verdict_fail("%s: a bounded instance asked for memory after mpcc_create()",
                   kind_names[kind]);
    if (anew)
      destroy(&rig);
    if (round >= count / 10 && round < count / 10 + WINDOW)
      measure(&early, &rig);
    if (round >= count - WINDOW) {
      await_threads(early.threads);
      measure(&late, &rig);
    }
  }
  if (!anew)
    destroy(&rig);
  if (rig.pumped == 0)
    verdict_fail("%s: nothing was ever pumped", kind_names[kind]);
  same(&rig, "the number of descriptors", early.descriptors, late.descriptors, 0);
  same(&rig, "the number of threads", early.threads, late.threads, 0);
  same(&rig, "the number of the library's blocks", early.blocks, late.blocks, 0);
  same(&rig, "the library's memory", early.bytes, late.bytes, 0);
  same(&rig, "the heap", early.heap, late.heap, HEAP_SLACK);
}

int main(int argc, char **argv)
{
  uint64_t count = verdict_argument(argc, argv, 1, 1000), anew;

  if (count < 10 * WINDOW)
    verdict_fail("%" PRIu64 " rounds are too few to see growth", count);
  anew = VERDICT_SLOWER < 10 || count < 40 * WINDOW ? count : count / 4;
  verdict_begin(60);
  for (int kind = OWN; kind <= MANUAL; kind++)
    for (int bounded = 0; bounded < 2; bounded++) {
      run_rounds((enum kind)kind, bounded == 1, false, count);
      run_rounds((enum kind)kind, bounded == 1, true, anew);
    }
  printf("rounds: 6 x %" PRIu64 " lives of an instance, 6 x %" PRIu64 " new ones; at the end %zu "
         "descriptors, %zu threads, %zu bytes of heap\n", count, anew, procfs_descriptors(),
         procfs_threads(), (size_t)ROUNDS_HEAP());
  verdict_end();
  return 0;
}
