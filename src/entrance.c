/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "entrance.h"

#include "memory.h"
#include "thread.h"

enum {
  SHARE = 64,    /* records that may share a time */
  CHUNKS = 2048, /* in one look: many, as the more items a slot has the less each costs; but not all,
                    as what is due must be handed over, too */
  BUSY = 64,     /* records that a look finds; if in so many ms ... */
  CALM_MS = 500, /* ... none has found so many, and on the stage there are ... */
  FEW_SLOTS = 64 /* ... no more slots than that, it is closed */
};

/* -- Pushing --------------------------------------------------------------------------------- */

/* Inside the gate: the loop is to look. */
static void call(struct mpcc__world *world)
{
  /* relaxed: the signal carries it; what is in the ring comes with its number. */
  atomic_store_explicit(&world->lanes->wanted, true, memory_order_relaxed);
  mpcc__world_signal(world);
}

/* The next records are pushed now. Where many stand in the ring already, some share a time: the
 * clock costs as much as a push. */
static inline void stamp(const struct mpcc__world *world, struct mpcc__ring *ring, uint64_t filled,
                         uint32_t count)
{
  if (world->outside.clock_ns != NULL &&
      (filled < SHARE || mpcc__ring_tail(ring) % SHARE + count >= SHARE))
    ring->stamp_ms = (uint32_t)mpcc__lanes_clock_ms(world);
}

/* Put ${count} items, for which there is room. False if it has closed. */
static inline bool put(struct mpcc__world *world, struct mpcc__ring *ring, uint32_t slot,
                       const unsigned char *items, uint32_t count)
{
  uint64_t batch = world->pool.shelf.cap, filled = mpcc__ring_filled(ring), word;

  stamp(world, ring, filled, count);
  word = mpcc__ingress_claim(world->ingress, ring, slot, items, count);
  if ((word & (MPCC__INGRESS_CLOSED | MPCC__INGRESS_SLEEPS)) == 0 &&
      (filled >= batch || filled + count < batch)) {
    mpcc__ring_publish(ring, count);
    return true;
  }
  if ((word & MPCC__INGRESS_CLOSED) != 0)
    return false;
  mpcc__gate_enter(&world->core->gate); /* before it is published: see claim.h */
  mpcc__ring_publish(ring, count);
  call(world);
  mpcc__gate_leave(&world->core->gate);
  return true;
}

size_t mpcc__entrance_push(struct mpcc__world *world, uint32_t slot, const void *items,
                           size_t count, int *err)
{
  const unsigned char *item = (const unsigned char *)items;
  uintptr_t thread = mpcc__platform_thread();
  size_t done = 0;

  *err = 0;
  while (done < count) {
    struct mpcc__ring *ring = mpcc__ingress_ring(world->ingress, &world->source, thread);
    uint64_t room;

    if (ring == NULL) {
      *err = MPCC_ENOMEM;
      break;
    }
    if (count == 1) /* with this number the compiler makes another, shorter function */
      return put(world, ring, slot, item, 1) ? 1 : 0;
    room = ring->mask + 1 - mpcc__ring_filled(ring);
    if (room > count - done)
      room = count - done;
    if (!put(world, ring, slot, item + done * world->options.item_size, (uint32_t)room))
      break;
    done += (size_t)room;
  }
  return done;
}

/* -- Emptying: under the lock ---------------------------------------------------------------- */

enum brought { ALL, SOME, REFUSED };

/* Without a clock items count from when they are seen by a step. */
static uint64_t seen_ms(const struct mpcc__world *world)
{
  return world->lanes->stage->by_loop ? world->loop.now_ms : MPCC__NOW;
}

/* From when the i-th item counts. Stamps are of 32 bits: it is not 24 days old. */
static uint64_t since_ms(const struct mpcc__world *world, size_t i, uint64_t now_ms)
{
  uint32_t age_ms = (uint32_t)now_ms - world->ingress->stamps_ms[i];

  if (world->outside.clock_ns == NULL)
    return world->ingress->left_ms;
  return age_ms <= INT32_MAX && age_ms <= now_ms ? now_ms - age_ms : now_ms;
}

/* How many items from the i-th on, of ${count}, are of one time, or nearly. */
static size_t run_of(const struct mpcc__world *world, size_t i, size_t count)
{
  const uint32_t *stamps_ms = world->ingress->stamps_ms;
  size_t end = i + 1;

  while (end < count && stamps_ms[end] - stamps_ms[i] <= 1)
    end++;
  return end - i;
}

/* Bring ${count} items that were looked at to the stage. False if memory was refused. */
static bool bring_chunk(struct mpcc__world *world, size_t count, uint64_t now_ms)
{
  struct mpcc__ingress *ingress = world->ingress;
  size_t size = ingress->item_size;

  for (size_t i = 0; i < count;) {
    size_t run = run_of(world, i, count);
    size_t put = mpcc__stage_put(world->lanes->stage, ingress->items + i * size,
                                 ingress->slots + i, run, since_ms(world, i, now_ms));

    mpcc__ingress_took(ingress, i, put);
    if (put < run)
      return false;
    i += run;
  }
  return true;
}

/* Bring what has numbers before the bound, in so many chunks at most. */
static enum brought bring_before(struct mpcc__world *world, uint64_t bound, uint64_t now_ms,
                                 uint32_t chunks)
{
  for (; chunks != 0; chunks--) {
    size_t count = mpcc__ingress_look(world->ingress, &world->source, bound);

    if (count == 0)
      return ALL;
    if (!bring_chunk(world, count, now_ms))
      return REFUSED;
  }
  return SOME;
}

/* Bring what was pushed until now. Without a clock, what was left the last time is older than what
 * comes now. */
static enum brought bring(struct mpcc__world *world, uint64_t now_ms, uint32_t chunks)
{
  struct mpcc__ingress *ingress = world->ingress;
  uint64_t bound = mpcc__ingress_bound(ingress);
  enum brought brought = ALL;

  ingress->looked_ms = now_ms;
  if (world->outside.clock_ns == NULL) {
    if (ingress->left_ms == MPCC__NOW)
      ingress->left_ms = seen_ms(world);
    brought = bring_before(world, ingress->left, now_ms, chunks);
    if (brought != ALL)
      return brought;
    ingress->left = bound;
    ingress->left_ms = seen_ms(world);
  }
  return bring_before(world, bound, now_ms, chunks);
}

bool mpcc__entrance_empty(struct mpcc__world *world, uint64_t now_ms)
{
  struct mpcc__ingress *ingress = world->ingress;

  return ingress == NULL || mpcc__ingress_count(ingress, MPCC_ALL_SLOTS) == 0 ||
         bring(world, now_ms, UINT32_MAX) != REFUSED;
}

uint64_t mpcc__entrance_held(const struct mpcc__world *world, uint32_t slot)
{
  return world->ingress != NULL ? mpcc__ingress_count(world->ingress, slot) : 0;
}

/* -- The loop -------------------------------------------------------------------------------- */

static void make_and_open(struct mpcc__world *world)
{
  struct mpcc__lanes *lanes = world->lanes;

  if (lanes->stage == NULL)
    lanes->stage = mpcc__stage_new(world);
  if (lanes->stage == NULL)
    return;
  if (world->ingress == NULL)
    world->ingress = mpcc__ingress_new(&world->source, world->options.item_size);
  if (world->ingress == NULL)
    return;
  world->ingress->looked_ms = world->ingress->busy_ms = world->loop.now_ms;
  mpcc__ingress_open(world->ingress);
  lanes->look_ms = world->loop.lanes_ms = world->loop.now_ms;
  /* relaxed: who has pushed there has seen what follows. */
  atomic_store_explicit(&lanes->used, true, memory_order_relaxed);
  /* pairs world.detour: carries the ingress, and that. */
  atomic_fetch_or_explicit(&world->detour, MPCC__DETOUR_SCATTERED, memory_order_release);
}

void mpcc__entrance_open(struct mpcc__world *world)
{
  mpcc__lanes_enter(world->lanes);
  if (mpcc__world_stop(world) == MPCC__RUNNING)
    make_and_open(world);
  world->loop.scattered = mpcc__entrance_is_open(world) || MPCC__INGRESS_ALWAYS;
  mpcc__lanes_leave(world->lanes);
}

/* Pushes need not come there any more. */
static void leave(struct mpcc__world *world)
{
  /* pairs world.detour: who does not comes behind what is in the queues by now. */
  atomic_fetch_and_explicit(&world->detour, ~(unsigned)MPCC__DETOUR_SCATTERED,
                            memory_order_release);
}

void mpcc__entrance_rest(struct mpcc__world *world)
{
  struct mpcc__ingress *ingress = world->ingress;
  struct mpcc__stage *stage = world->lanes->stage;

  if (!mpcc__entrance_is_open(world) || MPCC__INGRESS_ALWAYS ||
      world->loop.now_ms < ingress->busy_ms + CALM_MS || !mpcc__stage_is_short(stage, FEW_SLOTS))
    return;
  if (!mpcc__stage_clear(stage, MPCC_ALL_SLOTS) || !mpcc__ingress_close_empty(ingress))
    return;
  world->loop.scattered = false;
  leave(world);
}

bool mpcc__entrance_close(struct mpcc__world *world)
{
  if (mpcc__entrance_is_open(world))
    leave(world);
  return world->ingress == NULL || mpcc__ingress_close(world->ingress);
}

/* There are records. After how long to look again. */
static uint64_t take_in(struct mpcc__world *world, uint64_t now_ms)
{
  struct mpcc__ingress *ingress = world->ingress;
  bool all = world->outside.clock_ns == NULL; /* a step sees all there is */
  enum brought brought = bring(world, now_ms, all ? UINT32_MAX : CHUNKS);

  if (brought == REFUSED) {
    (void)mpcc__ingress_sleep(ingress); /* there may be memory for what comes meanwhile */
    return MPCC__MEMORY_MS;
  }
  mpcc__ingress_wake(ingress);
  if (brought == SOME)
    return 0;
  return mpcc__ingress_count(ingress, MPCC_ALL_SLOTS) >= world->pool.shelf.cap
             ? 0
             : MPCC__LANES_LOOK_MS;
}

uint64_t mpcc__entrance_look(struct mpcc__world *world, uint64_t now_ms, bool at_once)
{
  struct mpcc__ingress *ingress = world->ingress;
  uint64_t delay_ms = 0;

  if (!mpcc__entrance_is_open(world))
    return MPCC__NO_DEADLINE;
  for (int i = at_once ? MPCC__LANES_LOOKS : 1; i > 0 && delay_ms != MPCC__MEMORY_MS; i--) {
    uint64_t count = mpcc__ingress_count(ingress, MPCC_ALL_SLOTS);

    if (count == 0) {
      if (!at_once && !ingress->sleeps && now_ms < ingress->looked_ms + MPCC__LANES_LOOK_MS)
        return MPCC__LANES_LOOK_MS; /* a lane has called: this may go on */
      if (mpcc__ingress_sleep(ingress))
        return MPCC__NO_DEADLINE;
      if (mpcc__ingress_count(ingress, MPCC_ALL_SLOTS) == 0)
        return 1; /* somebody is in the middle of a push */
    }
    if (count >= BUSY)
      ingress->busy_ms = world->loop.now_ms;
    delay_ms = take_in(world, now_ms);
  }
  return at_once && delay_ms == MPCC__LANES_LOOK_MS ? 0 : delay_ms;
}

uint32_t mpcc__entrance_drop(struct mpcc__world *world, uint32_t *slot,
                             const unsigned char **items)
{
  struct mpcc__ingress *ingress = world->ingress;
  uint32_t count = 0;
  size_t first;

  if (ingress == NULL)
    return 0;
  if (ingress->dropped == ingress->to_drop) {
    ingress->dropped = 0;
    ingress->to_drop = mpcc__ingress_look(ingress, &world->source, UINT64_MAX);
  }
  first = ingress->dropped;
  *slot = ingress->slots[first];
  *items = ingress->items + first * ingress->item_size;
  while (ingress->dropped != ingress->to_drop && count < world->options.batch_size &&
         ingress->slots[ingress->dropped] == *slot) {
    ingress->dropped++;
    count++;
  }
  mpcc__ingress_took(ingress, first, count);
  return count;
}
