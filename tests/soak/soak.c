/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * soak [items] [seconds] [seed]     a billion items (a multiple of 100) in four legs
 * soak cross [seconds]              one slot, until its positions have passed 2^32
 *
 * Producers push at full speed, by mpcc_push(), by mpcc_push_many(), through handles, and by all of
 * them in turn, while the pump checks every item: it comes once, in its channel's order, in its
 * slot, with the sum that its producer has counted. A channel is what has an order of its own: a
 * producer's pushes are one, each of its handles is another. Instances are bounded, so
 * producers wait for room, and after mpcc_create() not a byte may be asked for.
 *
 * With ${seconds} it ends early, and says how far it came; all that was pushed is accounted for.
 */
#include "../counted.h"
#include "../verdict.h"

enum { PRODUCERS = 3, SLOTS = 8, RUN = 64, CHANNELS = PRODUCERS * 2, TELL = 1024 };

enum way { PUSH, PUSH_MANY, HANDLE, ALL_WAYS };

static const char *const way_names[] = {"mpcc_push", "mpcc_push_many", "handles", "all in turn"};

/* Of the items, in hundredths: the fastest way carries the mass, so that it ends in minutes. */
static const uint64_t way_shares[] = {5, 80, 10, 5};

struct item {
  uint64_t sequence; /* of its channel in its slot */
  uint32_t channel;
  uint32_t slot;
};

/* One line of each account. */
struct line {
  uint64_t count;
  uint64_t sum;
};

struct producer {
  pthread_t thread;
  mpcc_producer_t *handle;
  uint32_t index;
  uint64_t random;
  uint64_t left;
  uint64_t refused;
  struct line lines[2][SLOTS]; /* pushed by calls, and through the handle */
  char apart[64];              /* from the next producer's counters */
};

struct soak {
  mpcc_t *mpcc;
  struct counted memory;
  enum way way;
  uint32_t slot_count;
  uint32_t producer_count;
  uint64_t until_ns;  /* 0: no limit */
  atomic_bool over;
  uint64_t batches;
  uint64_t seed;
  struct line lines[CHANNELS][SLOTS]; /* what has come; guard: the loop's thread */
  struct producer producers[PRODUCERS];
};

static struct soak soak;

static uint64_t worth(const struct item *item)
{
  return (item->sequence + 1) * UINT64_C(0x9E3779B97F4A7C15) ^
         ((uint64_t)item->channel << 32 | item->slot);
}

/* -- The pump ---------------------------------------------------------------------------------- */

static int pump(mpcc_batch_t *batch, void *state)
{
  const struct item *items = batch->items;

  (void)state;
  for (size_t i = 0; i < batch->count; i++) {
    struct line *line;

    if (items[i].channel >= CHANNELS || items[i].slot != batch->slot)
      verdict_fail("slot %u: an item of channel %u, slot %u", batch->slot, items[i].channel,
                   items[i].slot);
    line = &soak.lines[items[i].channel][batch->slot];
    if (items[i].sequence != line->count)
      verdict_fail("slot %u, channel %u: item %" PRIu64 " came, %" PRIu64 " was next", batch->slot,
                   items[i].channel, items[i].sequence, line->count);
    line->count++;
    line->sum += worth(&items[i]);
  }
  soak.batches++;
  return 0;
}

/* -- Producers --------------------------------------------------------------------------------- */

static bool is_over(void)
{
  /* relaxed: only an end. */
  return atomic_load_explicit(&soak.over, memory_order_relaxed);
}

/* Whose time is up says so to all. */
static void look_at_the_clock(void)
{
  if (soak.until_ns != 0 && verdict_now_ns() > soak.until_ns)
    /* relaxed: only an end. */
    atomic_store_explicit(&soak.over, true, memory_order_relaxed);
}

/* Push the next ${count} items of a channel; what is refused is pushed again later. */
static uint64_t push(struct producer *producer, bool handle, uint32_t slot, size_t count)
{
  struct line *line = &producer->lines[handle][slot];
  struct item items[RUN];
  ptrdiff_t taken;

  for (size_t i = 0; i < count; i++)
    items[i] = (struct item){line->count + i, producer->index * 2 + handle, slot};
  if (count > 1) {
    taken = mpcc_push_many(soak.mpcc, items, count, slot);
  } else {
    taken = handle ? mpcc_producer_push(producer->handle, items, slot)
                   : mpcc_push(soak.mpcc, items, slot);
    taken = taken == 0 ? 1 : taken;
  }
  if (taken == MPCC_EFULL) {
    producer->refused++;
    sched_yield();
    return 0;
  }
  if (taken <= 0)
    verdict_fail("a push was told %s", mpcc_err_name((int)taken));
  for (ptrdiff_t i = 0; i < taken; i++)
    line->sum += worth(&items[i]);
  line->count += (uint64_t)taken;
  return (uint64_t)taken;
}

static void *produce(void *argument)
{
  struct producer *producer = argument;
  uint64_t looks = 0;

  while (producer->left > 0 && !is_over()) {
    uint32_t slot = (uint32_t)verdict_draw(&producer->random, soak.slot_count);
    uint64_t way = soak.way == ALL_WAYS ? verdict_draw(&producer->random, 3) : soak.way;
    size_t run = way == PUSH_MANY ? 2 + (size_t)verdict_draw(&producer->random, RUN - 1) : 1;

    /* A few in a row, so that drawing is not what is measured. */
    for (int i = 0; i < 8 && producer->left > 0; i++) {
      run = run < producer->left ? run : (size_t)producer->left;
      producer->left -= push(producer, way == HANDLE, slot, run);
    }
    if (++looks % TELL == 0)
      look_at_the_clock();
  }
  return NULL;
}

/* -- A leg ------------------------------------------------------------------------------------- */

static void open_leg(void)
{
  mpcc_allocator_t allocator = counted_allocator(&soak.memory);
  mpcc_options_t options;

  mpcc_options_init(&options);
  options.item_size = sizeof(struct item);
  options.slot_count = soak.slot_count;
  options.batch_size = 2048;
  options.max_concurrency = 2;
  options.push_interval_ms = 1;
  options.capacity = 1 << 17;
  options.lane_capacity = 1 << 16;
  options.allocator = &allocator;
  verdict_expect("mpcc_create", mpcc_create(&soak.mpcc, &options), 0);
  verdict_watch(soak.mpcc);
  verdict_expect("mpcc_start", mpcc_start(soak.mpcc, pump, NULL), 0);
}

static void hire(uint64_t items)
{
  for (uint32_t i = 0; i < soak.producer_count; i++) {
    struct producer *producer = &soak.producers[i];

    producer->index = i;
    producer->random = verdict_stream(soak.seed, i);
    producer->left = items / soak.producer_count + (i < items % soak.producer_count);
    verdict_expect("mpcc_producer_open", mpcc_producer_open(soak.mpcc, &producer->handle), 0);
  }
}

static void work(void)
{
  uint64_t asked = counted_load(&soak.memory.asked);

  for (uint32_t i = 0; i < soak.producer_count; i++)
    if (pthread_create(&soak.producers[i].thread, NULL, produce, &soak.producers[i]) != 0)
      verdict_fail("no thread for a producer");
  for (uint32_t i = 0; i < soak.producer_count; i++)
    pthread_join(soak.producers[i].thread, NULL);
  verdict_expect("mpcc_complete", mpcc_complete(soak.mpcc, MPCC_DRAIN, NULL, NULL), 0);
  verdict_expect("mpcc_wait", mpcc_wait(soak.mpcc, MPCC_NO_TIMEOUT), 0);
  if (counted_load(&soak.memory.asked) != asked)
    verdict_fail("a bounded instance asked for memory after mpcc_create()");
}

static void same(const char *what, uint32_t slot, uint32_t channel, uint64_t one, uint64_t other)
{
  if (one != other)
    verdict_fail("slot %u, channel %u: %s: %" PRIu64 " and %" PRIu64, slot, channel, what, one,
                 other);
}

/* Both accounts, line by line, and the library's own. Returns how many items there were. */
static uint64_t compare(void)
{
  uint64_t all = 0;
  mpcc_stats_t now;

  for (uint32_t slot = 0; slot < soak.slot_count; slot++) {
    uint64_t of_slot = 0;

    for (uint32_t i = 0; i < soak.producer_count; i++)
      for (uint32_t handle = 0; handle < 2; handle++) {
        const struct line *pushed = &soak.producers[i].lines[handle][slot];
        const struct line *come = &soak.lines[i * 2 + handle][slot];

        same("pushed, come", slot, i * 2 + handle, pushed->count, come->count);
        same("sums of what was pushed, what came", slot, i * 2 + handle, pushed->sum, come->sum);
        of_slot += pushed->count;
      }
    verdict_expect("mpcc_slot_stats", mpcc_slot_stats(soak.mpcc, slot, &now), 0);
    same("the library's number pushed", slot, 0, now.pushed, of_slot);
    same("delivered", slot, 0, now.delivered, of_slot);
    all += of_slot;
  }
  verdict_expect("mpcc_stats", mpcc_stats(soak.mpcc, &now), 0);
  same("pushed in all", 0, 0, now.pushed, all);
  same("delivered in all", 0, 0, now.delivered, all);
  same("batches", 0, 0, now.batches, soak.batches);
  return all;
}

static uint64_t run_leg(enum way way, uint32_t slots, uint32_t producers, uint64_t items,
                        uint64_t seconds, uint64_t seed)
{
  uint64_t begun_ns = verdict_now_ns(), done, refused = 0;
  double took_s;

  memset(&soak, 0, sizeof soak);
  soak.way = way;
  soak.slot_count = slots;
  soak.producer_count = producers;
  soak.seed = seed;
  soak.until_ns = seconds == 0 ? 0 : begun_ns + seconds * UINT64_C(1000000000);
  open_leg();
  hire(items);
  work();
  done = compare();
  if (done != items && !is_over())
    verdict_fail("%" PRIu64 " items were pushed instead of %" PRIu64, done, items);
  for (uint32_t i = 0; i < producers; i++) {
    verdict_expect("mpcc_producer_close", mpcc_producer_close(soak.producers[i].handle), 0);
    refused += soak.producers[i].refused;
  }
  verdict_watch(NULL);
  verdict_expect("mpcc_destroy", mpcc_destroy(soak.mpcc), 0);
  if (counted_load(&soak.memory.blocks) != 0)
    verdict_fail("memory was not given back");
  took_s = (double)(verdict_now_ns() - begun_ns) / 1e9;
  printf("soak: %-14s %11" PRIu64 " items, each once, in order; %.1f s, %.1f million a second, %"
         PRIu64 " times full%s\n", way_names[way], done, took_s, (double)done / took_s / 1e6,
         refused, done < items ? "; time was up" : "");
  fflush(stdout);
  return done;
}

/* -- Both programs ----------------------------------------------------------------------------- */

static int cross(uint64_t seconds)
{
  uint64_t wanted = (UINT64_C(1) << 32) + 10000000, done;

  done = run_leg(HANDLE, 1, 1, wanted, seconds, 1);
  if (done < wanted)
    return verdict_skip("time was up before 2^32: this machine is too slow for it");
  printf("soak: one slot has passed 2^32\n");
  return 0;
}

int main(int argc, char **argv)
{
  bool crosses = argc > 1 && strcmp(argv[1], "cross") == 0;
  uint64_t items, seconds = verdict_argument(argc, argv, 2, 0), done = 0, seed;
  int status = 0;

  verdict_begin(150);
  if (crosses) {
    status = cross(seconds);
  } else {
    items = verdict_argument(argc, argv, 1, verdict_scaled(UINT64_C(1000000000)));
    seed = verdict_argument(argc, argv, 3, 1);
    for (int way = PUSH; way <= ALL_WAYS; way++)
      done += run_leg((enum way)way, SLOTS, PRODUCERS, items / 100 * way_shares[way],
                      (seconds + 3) / 4, seed);
    printf("soak: %" PRIu64 " items of %" PRIu64 "\n", done, items / 100 * 100);
  }
  verdict_end();
  return status;
}
