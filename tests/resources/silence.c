/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * silence [seconds]
 *
 * An idle instance costs nothing: 10,000 slots get traffic, everything is delivered, and from then
 * on the library's thread is not run once, as the kernel counts it, until the next push, which is
 * served as ever. Said twice, since the second silence follows a wake-up out of the first.
 */
#include "procfs.h"

#define SLOTS 10000
#define PRODUCERS 2
#define ROUNDS 21 /* no multiple of the batch size: each slot ends with a partial batch */

struct activity {
  uint64_t voluntary;
  uint64_t forced;
  uint64_t cpu;
};

static mpcc_t *mpcc;

static int pump(mpcc_batch_t *batch, void *state)
{
  (void)batch;
  (void)state;
  return 0;
}

static void *produce(void *unused)
{
  (void)unused;
  for (uint32_t round = 0; round < ROUNDS; round++)
    for (uint32_t slot = 0; slot < SLOTS; slot++)
      verdict_expect("mpcc_push", mpcc_push(mpcc, &round, slot), 0);
  return NULL;
}

static void await_delivered(uint64_t items)
{
  mpcc_stats_t now;

  do {
    verdict_sleep_us(1000);
    verdict_expect("mpcc_stats", mpcc_stats(mpcc, &now), 0);
  } while (now.delivered < items);
}

static void traffic(void)
{
  pthread_t threads[PRODUCERS];

  for (int i = 0; i < PRODUCERS; i++)
    if (pthread_create(&threads[i], NULL, produce, NULL) != 0)
      verdict_fail("no thread for a producer");
  for (int i = 0; i < PRODUCERS; i++)
    pthread_join(threads[i], NULL);
}

static struct activity look(long thread)
{
  struct activity now = {
    procfs_switches(thread, "voluntary_ctxt_switches:"),
    procfs_switches(thread, "nonvoluntary_ctxt_switches:"),
    procfs_cpu(thread),
  };

  return now;
}

static uint64_t runs(const struct activity *before, const struct activity *after)
{
  return after->voluntary - before->voluntary + (after->forced - before->forced) +
         (after->cpu - before->cpu);
}

/* The last batch has been counted, but where processors are scarce its pass may not be over yet:
 * wait until the thread slept for half a second. */
static struct activity settle(long thread)
{
  struct activity before, after = look(thread);

  for (int i = 0; i < 20; i++) {
    before = after;
    verdict_sleep_us(500000);
    after = look(thread);
    if (runs(&before, &after) == 0 && procfs_sleeps(thread))
      return after;
  }
  verdict_fail("the library's thread runs on and on after the last batch");
}

/* Returns what the thread had done before. */
static struct activity be_silent(long thread, uint64_t seconds)
{
  struct activity before = settle(thread), after;

  verdict_sleep_us(seconds * 1000000);
  after = look(thread);
  if (runs(&before, &after) != 0)
    verdict_fail("in %" PRIu64 " s of silence the library's thread ran: %" PRIu64 " voluntary and "
                 "%" PRIu64 " forced context switches, %" PRIu64 " of processor time", seconds,
                 after.voluntary - before.voluntary, after.forced - before.forced,
                 after.cpu - before.cpu);
  return before;
}

int main(int argc, char **argv)
{
  uint64_t seconds = verdict_argument(argc, argv, 1, 3);
  uint64_t items = (uint64_t)SLOTS * ROUNDS * PRODUCERS;
  long before[PROCFS_TASKS], thread;
  struct activity first, second;
  mpcc_options_t options;
  size_t count;

  if (!procfs_there())
    return verdict_skip("no /proc/self/task to read context switches from");
  verdict_begin(60);
  mpcc_options_init(&options);
  options.item_size = sizeof(uint32_t);
  options.slot_count = SLOTS;
  options.batch_size = 10;
  options.push_interval_ms = 20;
  verdict_expect("mpcc_create", mpcc_create(&mpcc, &options), 0);
  verdict_watch(mpcc);
  count = procfs_list("/proc/self/task", before, PROCFS_TASKS);
  verdict_expect("mpcc_start", mpcc_start(mpcc, pump, NULL), 0);
  thread = procfs_new_thread(before, count);

  traffic();
  await_delivered(items);
  first = be_silent(thread, seconds);
  traffic();
  await_delivered(2 * items);
  second = be_silent(thread, seconds);
  if (second.voluntary == first.voluntary)
    verdict_fail("the second traffic did not run the thread that was watched");

  verdict_expect("mpcc_complete", mpcc_complete(mpcc, MPCC_DRAIN, NULL, NULL), 0);
  verdict_expect("mpcc_wait", mpcc_wait(mpcc, MPCC_NO_TIMEOUT), 0);
  verdict_watch(NULL);
  verdict_expect("mpcc_destroy", mpcc_destroy(mpcc), 0);
  verdict_end();
  printf("silence: %d slots, 2 x %" PRIu64 " items: the library's thread was switched %" PRIu64
         " times in traffic, 0 times in 2 x %" PRIu64 " s of silence\n", SLOTS, items,
         second.voluntary + second.forced, seconds);
  return 0;
}
